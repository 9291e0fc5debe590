"""skglm: proximal Newton with working sets for L1, each strength from where the last ended.

The first call compiles; it is a call of its own in the runs file, and not in the medians.
"""
import numpy as np
import scipy.sparse as sp
from skglm.datafits import Logistic
from skglm.penalties import L1
from skglm.solvers import ProxNewton


def load(x, y):
    return (x.tocsc() if sp.issparse(x) else np.asfortranarray(x)), y


def prepare(held, request, lambdas):
    x, y = held
    free = request["intercept"] == "1"
    solver = ProxNewton(tol=float(request["tolerance"]), fit_intercept=free, warm_start=True,
                        max_iter=1_000)

    def path():
        w, scores, rows = None, None, []
        for strength in lambdas:
            w = solver.solve(x, y, Logistic(), L1(strength), w, scores)[0]
            scores = x @ w[:x.shape[1]] + (w[-1] if free else 0.0)
            rows.append(np.append(w[:x.shape[1]], w[-1] if free else 0.0))
        return rows
    return path
