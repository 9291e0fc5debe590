"""Our own evaluation of an objective and of a proved lower bound, in f64 with numpy and scipy.

Every peer, linecall included, is judged by these numbers and not by what it says of itself.

    P(w, b) = (1/n) sum_i l(m_i) + lambda pen(w),   m_i = y_i (x_i . w + b)

with `pen` = |w|^2 / 2 (L2) or |w|_1 (L1) and `b` free, or absent. For any `a` in the domain of the
conjugate, with `sum_i y_i a_i = 0` where `b` is free, and `v = (1/n) sum_i a_i y_i x_i`, Fenchel
duality gives

    P* >= D(a) = -(1/n) sum_i l*(-a_i) - |v|^2 / (2 lambda)       (L2)
    P* >= D(a) = -(1/n) sum_i l*(-a_i)   where |v|_inf <= lambda  (L1)

`a_i = -l'(m_i)` is turned into such a point by factors of at most one: one per class to balance
the classes, one for all to meet the L1 bound.
"""
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, xlogy


class Logistic:
    """l(m) = ln(1 + e^-m)"""

    @staticmethod
    def value(m):
        return np.logaddexp(0.0, -m)

    @staticmethod
    def pull(m):
        return expit(-m)

    @staticmethod
    def curvature(m):
        p = expit(-m)
        return p * (1 - p)

    @staticmethod
    def conjugate(a):
        return xlogy(a, a) + xlogy(1 - a, 1 - a)


class SquaredHinge:
    """l(m) = max(0, 1 - m)^2"""

    @staticmethod
    def value(m):
        return np.maximum(0.0, 1 - m) ** 2

    @staticmethod
    def pull(m):
        return 2 * np.maximum(0.0, 1 - m)

    @staticmethod
    def curvature(m):
        return 2.0 * (m < 1)

    @staticmethod
    def conjugate(a):
        return a * a / 4 - a


class Hinge:
    """l(m) = max(0, 1 - m)"""

    @staticmethod
    def value(m):
        return np.maximum(0.0, 1 - m)

    @staticmethod
    def pull(m):
        return (m < 1).astype(np.float64)

    @staticmethod
    def conjugate(a):
        return -a


LOSSES = {"logistic": Logistic, "squared-hinge": SquaredHinge, "hinge": Hinge}


@dataclass
class Objective:
    """One objective on one data set."""

    x: object
    y: np.ndarray
    loss: str
    penalty: str
    intercept: bool

    def __post_init__(self):
        self.function = LOSSES[self.loss]
        # The transpose as rows, so that products with it read memory in order.
        self.xt = self.x.T.tocsr() if hasattr(self.x, "tocsr") else self.x.T

    @property
    def n(self):
        return self.y.size

    def margins(self, w, b=0.0):
        return self.y * (self.x @ w + b)

    def penalty_value(self, w):
        return 0.5 * (w @ w) if self.penalty == "l2" else np.abs(w).sum()

    def value(self, w, b, lam):
        return self.function.value(self.margins(w, b)).mean() + lam * self.penalty_value(w)

    def gradient(self, w, b, lam):
        """The slope by `w` and by `b`, of the smooth part: without an L1 penalty."""
        pull = self.y * self.function.pull(self.margins(w, b)) / self.n
        by_w = -(self.xt @ pull)
        if self.penalty == "l2":
            by_w += lam * w
        return by_w, -pull.sum()

    def bound(self, w, b, lam, a=None):
        """A proved lower bound of the optimum, from the slopes at a point or from given `a`."""
        if a is None:
            a = self.function.pull(self.margins(w, b))
        if self.intercept:
            sums = {c: a[self.y == c].sum() for c in (-1.0, 1.0)}
            low = min(sums.values())
            a = a * np.where(self.y > 0, low / sums[1.0], low / sums[-1.0])
        v = self.xt @ (self.y * a) / self.n
        if self.penalty == "l1":
            top = np.abs(v).max()
            a = a * min(1.0, lam / top)
            return -self.function.conjugate(a).mean()
        return -self.function.conjugate(a).mean() - (v @ v) / (2 * lam)

    def top_lambda(self):
        """The smallest L1 strength whose solution has no coefficient but the intercept."""
        share = (self.y > 0).mean()
        b = np.log(share / (1 - share)) if self.intercept else 0.0
        slope, _ = self.gradient(np.zeros(self.x.shape[1]), b, 0.0)
        return np.abs(slope).max()
