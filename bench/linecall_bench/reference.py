"""Our own solvers, slow and simple, for the certified optima. They share nothing with linecall.

* `newton`: few columns; a full Newton step, halved until the objective falls.
* `newton_cg`: many columns; Newton steps by conjugate gradients.
* `polish`: L1; Newton on the support of a given solution, its signs held.
* `dual_ascent`: hinge loss without an intercept; dual coordinate ascent, compiled by numba.
"""
import numpy as np
import scipy.linalg


def newton(objective, lam, steps=100):
    """`w, b` of an L2 objective."""
    x, n = objective.x, objective.n
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        by_w, by_b = objective.gradient(w, b, lam)
        curvature = objective.function.curvature(objective.margins(w, b)) / n
        matrix, slope = _curvature_matrix(objective, x, curvature, lam), by_w
        if objective.intercept:
            slope = np.append(by_w, by_b)
        step = -scipy.linalg.solve(matrix, slope, assume_a="pos")
        moved = _search(objective, w, b, lam, step, slope)
        if moved is None:
            break
        w, b = moved
    return w, b


def _curvature_matrix(objective, x, curvature, lam):
    weighted = x.multiply(curvature[:, None]).tocsr() if hasattr(x, "multiply") \
        else x * curvature[:, None]
    gram = x.T @ weighted
    gram = gram.toarray() if hasattr(gram, "toarray") else gram
    gram[np.diag_indices_from(gram)] += lam
    if not objective.intercept:
        return gram
    cross = x.T @ curvature
    # The smallest curvature keeps the matrix positive definite where no row has any.
    corner = max(curvature.sum(), 1e-12)
    return np.block([[gram, cross[:, None]], [cross[None, :], np.array([[corner]])]])


def _search(objective, w, b, lam, step, slope):
    d, fall = w.size, slope @ step
    value = objective.value(w, b, lam)
    for halving in range(40):
        size = 0.5 ** halving
        at = (w + size * step[:d], b + (size * step[d] if step.size > d else 0.0))
        if objective.value(*at, lam) <= value + 1e-4 * size * fall:
            return at if abs(fall) > 1e-17 * abs(value) else None
    return None


def newton_cg(objective, lam, gap, steps=60):
    """`w` of an L2 objective without an intercept, until the proved relative gap is below `gap`."""
    x, xt, n = objective.x, objective.xt, objective.n
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        value = objective.value(w, 0.0, lam)
        if value - objective.bound(w, 0.0, lam) <= gap * value:
            break
        slope, _ = objective.gradient(w, 0.0, lam)
        curvature = objective.function.curvature(objective.margins(w)) / n
        step = _conjugate_gradients(
            lambda v: xt @ (curvature * (x @ v)) + lam * v, -slope)
        moved = _search(objective, w, 0.0, lam, step, slope)
        if moved is None:
            break
        w = moved[0]
    return w, 0.0


def _conjugate_gradients(product, right, limit=300):
    z, r = np.zeros_like(right), right.copy()
    p, square = r.copy(), r @ r
    target = min(0.1, square ** 0.25) ** 2 * square
    for _ in range(limit):
        if square <= target:
            break
        image = product(p)
        size = square / (p @ image)
        z += size * p
        r -= size * image
        square, before = r @ r, square
        p = r + (square / before) * p
    return z


def polish(objective, lam, w, b, steps=20):
    """`w, b` of an L1 objective: Newton on the support of `w`. Kept only where no sign turns."""
    from .objective import Objective
    support = np.flatnonzero(w)
    signs = np.sign(w[support])
    small = Objective(objective.x[:, support], objective.y, objective.loss, "l2",
                      objective.intercept)
    v = w[support]
    for _ in range(steps):
        by_w, by_b = small.gradient(v, b, 0.0)
        slope = by_w + lam * signs
        slope = np.append(slope, by_b) if objective.intercept else slope
        if slope.size == 0 or np.abs(slope).max() < 1e-16:
            break
        curvature = small.function.curvature(small.margins(v, b)) / small.n
        matrix = _curvature_matrix(small, small.x, curvature, 0.0)
        step = -scipy.linalg.lstsq(matrix, slope)[0]
        v_next = v + step[:v.size]
        b_next = b + (step[-1] if objective.intercept else 0.0)
        if (np.sign(v_next) != signs).any():
            break
        v, b = v_next, b_next
    polished = np.zeros_like(w)
    polished[support] = v
    return polished, b


def dual_ascent(objective, lam, gap, limit=5_000):
    """`w, a` of the L2 hinge objective without an intercept, with the dual point that proves it."""
    import numba
    x, y, n = objective.x.tocsr(), objective.y, objective.n
    squares = np.asarray(x.multiply(x).sum(axis=1)).ravel()

    @numba.njit
    def sweep(order, indptr, indices, values, y, squares, a, w, scale):
        for i in order:
            if squares[i] == 0.0:
                a[i] = 1.0
                continue
            score = 0.0
            for k in range(indptr[i], indptr[i + 1]):
                score += values[k] * w[indices[k]]
            new = min(max(a[i] + (1 - y[i] * score) / (squares[i] * scale), 0.0), 1.0)
            change = (new - a[i]) * scale * y[i]
            if change != 0.0:
                for k in range(indptr[i], indptr[i + 1]):
                    w[indices[k]] += change * values[k]
            a[i] = new

    rng, a, w = np.random.default_rng(0), np.zeros(n), np.zeros(x.shape[1])
    for pass_number in range(limit):
        sweep(rng.permutation(n), x.indptr, x.indices, x.data, y, squares, a, w, 1 / (lam * n))
        if pass_number % 10 == 9:
            value = objective.value(w, 0.0, lam)
            if value - objective.bound(w, 0.0, lam, a) <= gap * value:
                break
    return w, a
