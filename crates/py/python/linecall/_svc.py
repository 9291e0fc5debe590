"""Linear support vector machines."""

from __future__ import annotations

from ._base import LinearClassifier, at_least, one_of, penalised
from ._logistic import OURS, solver_name


class LinearSVC(LinearClassifier):
    """Linear support vector machine, one against the rest where there are more than two classes.

    The objective is ``C sum_i s_i max(0, 1 - y_i f_i)^2 + 1/2 ||w||^2`` (or its relatives by ``loss``
    and ``penalty``). Unlike scikit-learn's ``LinearSVC``, which penalises the intercept with the
    other coefficients, the intercept is free, as the textbook has it; without an intercept both are
    the same.

    Parameters
    ----------
    penalty : {'l2', 'l1'}, default='l2'
        The penalty; 'l1' goes with the squared hinge.
    loss : {'squared_hinge', 'hinge'}, default='squared_hinge'
        The loss.
    tol : float, default=1e-9
        Largest violation of the optimality conditions (of the hinge: relative duality gap) at which a
        fit has converged.
    C : float, default=1.0
        Inverse of the strength of the penalty.
    fit_intercept : bool, default=True
        Whether there is an intercept.
    class_weight : dict or 'balanced', default=None
        Weights of whole classes.
    random_state : int, RandomState instance or None, default=None
        Not used: nothing is random. Present for API consistency by convention.
    solver : str, default='auto'
        'auto', 'newton', 'trust-region', 'proximal-newton', 'interior-point' or 'dual-descent'.
    max_iter : int, default=1000
        Limit on outer iterations.
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
    >>> from linecall import LinearSVC
    >>> model = LinearSVC().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> model.predict([[0.5], [2.5]])
    array([0, 1])
    """

    def __init__(
        self,
        penalty="l2",
        loss="squared_hinge",
        *,
        tol=1e-9,
        C=1.0,
        fit_intercept=True,
        class_weight=None,
        random_state=None,
        solver="auto",
        max_iter=1000,
        standardize=False,
    ):
        self.penalty = penalty
        self.loss = loss
        self.tol = tol
        self.C = C
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.standardize = standardize

    def _check(self):
        one_of("penalty", self.penalty, ("l2", "l1"))
        one_of("loss", self.loss, ("squared_hinge", "hinge"))
        one_of("solver", self.solver, OURS + ("interior-point",))
        at_least("C", self.C, 0, strict=True)
        at_least("tol", self.tol, 0, strict=True)
        at_least("max_iter", self.max_iter, 1)
        if (self.penalty, self.loss) == ("l1", "hinge"):
            raise ValueError("penalty 'l1' goes with loss 'squared_hinge', not with 'hinge'")

    def _method(self, task):
        solver = self.solver
        return penalised(
            task,
            loss=self.loss,
            penalty={"kind": self.penalty, "lambda": 1.0},
            solver="interior_point" if solver == "interior-point" else solver_name(solver),
            tol=self.tol,
            max_iter=self.max_iter,
            standardize=self.standardize,
            fit_intercept=self.fit_intercept,
            weight=self.class_weight,
        )

    def _strength(self):
        return ("C", float(self.C))
