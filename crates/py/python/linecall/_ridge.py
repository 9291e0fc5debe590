"""Ridge regression on classes."""

from __future__ import annotations

import numpy as np

from ._base import LinearClassifier, at_least, penalised


class RidgeClassifier(LinearClassifier):
    """Least squares on classes coded -1 and +1, with an L2 penalty.

    The objective is scikit-learn's: ``sum_i s_i (y_i - f_i)^2 + alpha ||w||^2``, one against the rest
    where there are more than two classes; the intercept is not penalised.

    Parameters
    ----------
    alpha : float, default=1.0
        Strength of the penalty.
    fit_intercept : bool, default=True
        Whether there is an intercept.
    max_iter : int, default=1000
        Limit on iterations of the solver; one is enough where columns are few.
    tol : float, default=1e-9
        Largest violation of the optimality conditions at which a fit has converged.
    class_weight : dict or 'balanced', default=None
        Weights of whole classes.
    random_state : int, RandomState instance or None, default=None
        Not used: nothing is random. Present for API consistency by convention.
    standardize : bool, default=False
        Whether columns are penalised per standard deviation.

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
    n_iter_ : ndarray of shape (1,)
        Iterations of the solver.

    Examples
    --------
    >>> from linecall import RidgeClassifier
    >>> RidgeClassifier(alpha=0.5).fit([[0.0], [1.0], [3.0]], ["no", "no", "yes"]).predict([[2.9]])
    array(['yes'], dtype='<U3')
    """

    def __init__(
        self,
        alpha=1.0,
        *,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-9,
        class_weight=None,
        random_state=None,
        standardize=False,
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.class_weight = class_weight
        self.random_state = random_state
        self.standardize = standardize

    def _check(self):
        at_least("alpha", self.alpha, 0)
        at_least("tol", self.tol, 0, strict=True)
        at_least("max_iter", self.max_iter, 1)

    def _method(self, task):
        return penalised(
            task,
            loss="squared",
            penalty={"kind": "l2", "lambda": 1.0},
            tol=self.tol,
            max_iter=self.max_iter,
            standardize=self.standardize,
            fit_intercept=self.fit_intercept,
            weight=self._class_weight(task),
        )

    def _class_weight(self, task):
        """Balanced weights count rows, whatever these weigh, as scikit-learn's do here."""
        if task.weights is None or self.class_weight != "balanced":
            return self.class_weight
        rows = np.bincount(task.codes, minlength=len(task.names))[task.order]
        return dict(zip(task.classes.tolist(), (rows.sum() / (len(rows) * rows)).tolist()))

    def _strength(self):
        return ("alpha", float(self.alpha))
