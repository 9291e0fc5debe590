"""Logistic regression."""

from __future__ import annotations

import numpy as np

from ._base import LinearClassifier, Probabilities, at_least, one_of, penalised

#: scikit-learn's names of solvers, which find the same optimum as ours.
THEIRS = ("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga")
#: linecall's solvers.
OURS = ("auto", "newton", "trust-region", "proximal-newton", "dual-descent")


def solver_name(name):
    """A solver as linecall writes it."""
    one_of("solver", name, OURS + THEIRS)
    return "auto" if name in THEIRS else name.replace("-", "_")


def penalty_of(C, penalty, l1_ratio):
    """Kind of penalty from scikit-learn's parameters; its strength is C's."""
    one_of("penalty", penalty, ("deprecated", "l2", "l1", "elasticnet", None))
    share = {"l2": 0.0, "l1": 1.0}.get(penalty, l1_ratio)
    if penalty is None or np.isinf(C):
        return {"kind": "none"}
    share = 0.0 if share is None else share
    if not 0 <= share <= 1:
        raise ValueError(f"l1_ratio is {share!r}, expected a number from 0 (l2) to 1 (l1)")
    if share == 0:
        return {"kind": "l2", "lambda": 1.0}
    if share == 1:
        return {"kind": "l1", "lambda": 1.0}
    return {"kind": "elastic_net", "lambda": 1.0, "alpha": float(share)}


class LogisticRegression(Probabilities, LinearClassifier):
    """Logistic regression, of two classes or (multinomial) of more.

    The objective is scikit-learn's: ``C sum_i s_i log(1 + exp(-y_i f_i)) + P(w)``, with
    ``P = l1_ratio ||w||_1 + (1 - l1_ratio)/2 ||w||^2``; the intercept is not penalised. The optimum
    is found to a residual of 1e-9 and carries a certificate, so that ``coef_`` may differ from
    scikit-learn's in the digits that its own tolerance leaves open.

    Parameters
    ----------
    penalty : {'l2', 'l1', 'elasticnet', None}, default='deprecated'
        Kept for older scripts; ``l1_ratio`` and ``C=numpy.inf`` say the same.
    C : float, default=1.0
        Inverse of the strength of the penalty; ``numpy.inf`` is none.
    l1_ratio : float, default=0.0
        0 is L2, 1 is L1, between them the elastic net.
    tol : float, default=1e-9
        Largest violation of the optimality conditions, per standard deviation of a column, at which a
        fit has converged. (scikit-learn's default is 1e-4, of another measure.)
    fit_intercept : bool, default=True
        Whether there is an intercept.
    class_weight : dict or 'balanced', default=None
        Weights of whole classes.
    random_state : int, RandomState instance or None, default=None
        Not used: nothing is random. Present for API consistency by convention.
    solver : str, default='auto'
        'auto', 'newton', 'trust-region', 'proximal-newton' or 'dual-descent'. scikit-learn's names
        are taken as 'auto': the optimum is the same.
    max_iter : int, default=1000
        Limit on outer iterations.
    n_jobs : int, default=None
        Not used: a fit uses all threads, and its result does not depend on how many there are.
        Present for API consistency by convention.
    standardize : bool, default=False
        Whether columns are penalised per standard deviation. ``coef_`` is in the user's units either
        way.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where the rows had names that are all text.
    n_iter_ : ndarray of shape (1,)
        Iterations of the solver.
    certificate_ : dict
        Objective, duality gap, residual and why the solver stopped.

    Examples
    --------
    >>> from linecall import LogisticRegression
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression().fit(X, y)
    >>> round(model.score(X, y), 3)
    0.973
    >>> model.certificate_["duality_gap"] < 1e-9
    True
    """

    def __init__(
        self,
        penalty="deprecated",
        *,
        C=1.0,
        l1_ratio=0.0,
        tol=1e-9,
        fit_intercept=True,
        class_weight=None,
        random_state=None,
        solver="auto",
        max_iter=1000,
        n_jobs=None,
        standardize=False,
    ):
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.n_jobs = n_jobs
        self.standardize = standardize

    def _check(self):
        at_least("C", self.C, 0, strict=True)
        at_least("tol", self.tol, 0, strict=True)
        at_least("max_iter", self.max_iter, 1)

    def _method(self, task):
        return penalised(
            task,
            loss="logistic",
            penalty=penalty_of(self.C, self.penalty, self.l1_ratio),
            solver=solver_name(self.solver),
            tol=self.tol,
            max_iter=self.max_iter,
            standardize=self.standardize,
            fit_intercept=self.fit_intercept,
            weight=self.class_weight,
        )

    def _strength(self):
        return ("C", float(self.C))
