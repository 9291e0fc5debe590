"""Learning from rows as they come."""

from __future__ import annotations

import json
import numbers

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from . import _linecall
from ._base import LinearClassifier, Probabilities, at_least, one_of, penalised
from ._progress import watch

#: scikit-learn's names of losses, and linecall's.
LOSSES = {
    "hinge": "hinge",
    "log_loss": "logistic",
    "modified_huber": "modified_huber",
    "squared_hinge": "squared_hinge",
    "squared_error": "squared",
}


def _has_probabilities(self):
    if self.loss != "log_loss":
        raise AttributeError(f"probability estimates are not available for loss={self.loss!r}")
    return True


class SGDClassifier(LinearClassifier):
    """A linear classifier that learns from rows one after the other.

    The objective is scikit-learn's, ``mean of s_i loss_i + alpha/2 ||w||^2``; the steps are not: each
    coefficient has its own step length, which shrinks with the gradients that it has met, and a step
    is the implicit one, which cannot overshoot. So neither a schedule of step lengths nor columns of
    one scale are needed.

    Parameters
    ----------
    loss : {'hinge', 'log_loss', 'modified_huber', 'squared_hinge', 'squared_error'}, default='hinge'
        The loss; of more than two classes one against the rest.
    alpha : float, default=0.0001
        Strength of the L2 penalty.
    fit_intercept : bool, default=True
        Whether there is an intercept.
    max_iter : int, default=20
        Passes over the rows that :meth:`fit` makes.
    shuffle : bool, default=True
        Whether :meth:`fit` visits rows in a random order.
    random_state : int, RandomState instance or None, default=None
        Seed of that order; None is 0.
    class_weight : dict, default=None
        Weights of whole classes; 'balanced' for :meth:`fit` alone.
    average : bool, default=True
        Whether coefficients are the mean over the visits (of the last pass of :meth:`fit`) instead
        of the last ones.
    eta0 : float, default=0.3
        Length of the steps.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    n_iter_ : int
        Passes made by the last call of :meth:`fit`; 1 for :meth:`partial_fit`.
    t_ : int
        Visits of rows so far, plus 1.
    n_features_in_ : int
        Number of features.

    Examples
    --------
    >>> import numpy as np
    >>> from linecall import SGDClassifier
    >>> X = np.arange(20.0).reshape(-1, 1) - 9.5
    >>> y = (X[:, 0] > 0).astype(int)
    >>> model = SGDClassifier(loss="log_loss")
    >>> for part in range(4):
    ...     model = model.partial_fit(X[part::4], y[part::4], classes=[0, 1])
    >>> model.predict([[-8.0], [8.0]])
    array([0, 1])
    """

    def __init__(
        self,
        loss="hinge",
        *,
        alpha=0.0001,
        fit_intercept=True,
        max_iter=20,
        shuffle=True,
        random_state=None,
        class_weight=None,
        average=True,
        eta0=0.3,
    ):
        self.loss = loss
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.class_weight = class_weight
        self.average = average
        self.eta0 = eta0

    def _check(self):
        one_of("loss", self.loss, LOSSES)
        at_least("alpha", self.alpha, 0)
        at_least("eta0", self.eta0, 0, strict=True)
        at_least("max_iter", self.max_iter, 1)

    def fit(self, X, y, sample_weight=None):
        """Learn from the rows in several passes, from the beginning.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            The class of each row.
        sample_weight : array-like of shape (n_samples,), default=None
            What each row weighs.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._check()
        task = self._task(X, y, sample_weight)
        if len(task.classes) < 2:
            raise ValueError(
                f"all rows are of one class, {task.classes[0]!r}; a classifier needs rows of two"
            )
        self._begin(task)
        seed = None
        if self.shuffle:
            fixed = self.random_state is None or isinstance(self.random_state, numbers.Integral)
            seed = int(self.random_state or 0) if fixed else int(
                check_random_state(self.random_state).randint(2**31 - 1)
            )
        self._online.learn(
            task.design, task.codes, task.weights, seed, int(self.max_iter), watch()
        )
        self._settle(int(self.max_iter))
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Learn from some more rows, each visited once, in their order.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            The class of each row.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            What each row weighs.

        Returns
        -------
        self : object
            The estimator.
        """
        self._check()
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight 'balanced' is not known before all rows are; give a dict of weights"
            )
        task, first = self._more(X, y, classes, sample_weight)
        if first:
            self._begin(task)
        self._online.learn(task.design, task.codes, task.weights, None, 1, watch())
        self._settle(1)
        return self

    def _begin(self, task):
        plan = penalised(
            task,
            loss=LOSSES[self.loss],
            penalty={"kind": "l2", "lambda": float(self.alpha)} if self.alpha else {"kind": "none"},
            tol=1e-9,
            max_iter=1,
            standardize=False,
            fit_intercept=self.fit_intercept,
            weight=self._class_weight(task),
            multiclass="one_vs_rest" if len(task.classes) > 2 else "auto",
            solver="averaged_sgd",
        )
        self.classes_, self._order = task.classes, task.order
        self._names = (task.columns, task.target)
        self._online = _linecall.Online(
            json.dumps(plan), task.names, task.X.shape[1], float(self.eta0)
        )

    def _class_weight(self, task):
        if self.class_weight != "balanced":
            return self.class_weight
        weight = np.ones(len(task.codes)) if task.weights is None else task.weights
        sums = np.bincount(task.codes, weight, len(task.names))[task.order]
        shares = np.where(sums > 0, weight.sum() / (len(sums) * np.maximum(sums, 1e-300)), 1.0)
        return dict(zip(task.classes.tolist(), shares.tolist()))

    def _settle(self, passes):
        columns, target = self._names
        self.model_ = self._online.model(bool(self.average), columns, target)
        self.n_iter_ = passes
        self.t_ = self._online.visits + 1

    predict_proba = available_if(_has_probabilities)(Probabilities.predict_proba)
    predict_log_proba = available_if(_has_probabilities)(Probabilities.predict_log_proba)
