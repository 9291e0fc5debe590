"""Naive Bayes."""

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext

import numpy as np
from sklearn.utils.validation import check_is_fitted

from . import _linecall
from ._base import LinearClassifier, Probabilities, at_least
from ._linecall import Error
from ._progress import watch


def priors(given, fit_prior, task):
    """Prior probabilities as linecall writes them; `given` are in the order of the classes."""
    if given is not None:
        given = np.asarray(given, dtype=float)
        if given.shape != (len(task.classes),):
            raise ValueError("Number of priors must match number of classes.")
        if (given <= 0).any():
            raise ValueError("Priors must be non-negative and above 0.")
        if abs(given.sum() - 1.0) > 1e-8:
            raise ValueError("The sum of the priors should be 1.")
        names = [task.names[k] for k in task.order]
        return {"kind": "given", "shares": [[n, float(p)] for n, p in zip(names, given)]}
    return {"kind": "empirical" if fit_prior else "uniform"}


class _NaiveBayes(LinearClassifier):
    """Closed forms over sums by class, which rows can be added to."""

    #: Places of the classes that the model knows, where it does not know all of them yet.
    _known = None

    def _learner(self, task):
        raise NotImplementedError

    def _method(self, task):
        return {
            "learner": self._learner(task),
            "class_weight": {"kind": "none"},
            "positive": task.positive,
        }

    def _within(self):
        """Around work on the values of rows."""
        return nullcontext()

    def fit(self, X, y, sample_weight=None):
        """Fit the model.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            The class of each row.
        sample_weight : array-like of shape (n_samples,), default=None
            What each row weighs. A weight of 2 is the row twice, a weight of 0 the row gone.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._check()
        task = self._task(X, y, sample_weight)
        method = json.dumps(self._method(task))
        with self._within():
            tally, model = _linecall.Tally.fit(
                task.design, task.codes, task.names, method, task.target, task.weights, watch()
            )
        self._tally, self._names, self._known = tally, (task.columns, task.target), None
        self._keep(task, model)
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Learn from some more rows, in one pass and without those that came before.

        Any order of the same rows, in any parts, gives the model that :meth:`fit` gives of all of
        them, up to the rounding of sums; it goes on where :meth:`fit` or the last call ended. There
        is no certificate, as the rows are not there at once.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            The class of each row.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come; needed in the first call. One that has had no row has
            probability 0 where priors are the classes' shares.
        sample_weight : array-like of shape (n_samples,), default=None
            What each row weighs.

        Returns
        -------
        self : object
            The estimator.
        """
        self._check()
        task, first = self._more(X, y, classes, sample_weight)
        method = json.dumps(self._method(task))
        if first:
            tally = _linecall.Tally(method, task.names, task.X.shape[1])
            names = (task.columns, task.target)
        else:
            tally, names = self._tally, self._names
            tally.replan(method)
        with self._within():
            tally.add(task.design, task.codes, task.weights, watch())
        self._tally, self._names = tally, names
        self.classes_, self._order = task.classes, task.order
        self.model_ = tally.model(*names)
        self._known = None if len(tally.known) == len(task.classes) else np.array(tally.known)
        return self

    def __sklearn_is_fitted__(self):
        return "_tally" in self.__dict__

    def _fitted(self, name):
        if self._known is not None:
            missing = [k for k in range(len(self._order)) if k not in self._known]
            (own,) = self._called(np.array(missing[:1]))
            raise AttributeError(f"there is no '{name}' yet: class {own!r} has had no row")
        return super()._fitted(name)

    def _probabilities(self, design):
        if self._known is None:
            return super()._probabilities(design)
        found = np.zeros((design.shape[0], len(self.classes_)))
        known = 1.0 if self.model_ is None else self.model_.probabilities(design)
        found[:, self._known] = known
        return found[:, self._order]

    def decision_function(self, X):
        """Scores of rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            ``x . w + b``: above 0 speaks for ``classes_[1]`` of two.
        """
        check_is_fitted(self)
        self._fitted("decision_function")
        return super().decision_function(X)

    def predict(self, X):
        """Class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The classes that the scores call.
        """
        if self.__dict__.get("_known") is None:
            return super().predict(X)
        design = self._design(X)
        calls = 0 if self.model_ is None else self.model_.calls(design)
        return self._called(np.broadcast_to(self._known[calls], design.shape[:1]))

    @property
    def class_log_prior_(self):
        """Logarithm of the prior probability of each class."""
        priors = self._added("class_log_prior_").priors
        if priors is None:
            raise AttributeError(f"a {type(self).__name__} has no priors")
        with np.errstate(divide="ignore"):
            return np.log(priors)[self._order]

    @property
    def class_count_(self):
        """Sum of the row weights of each class."""
        return np.asarray(self._added("class_count_").weight)[self._order]

    def _added(self, name):
        if "_tally" not in self.__dict__:
            super()._fitted(name)
        return self._tally


class _Counts(_NaiveBayes):
    """Naive Bayes of counts, which cannot be negative."""

    @contextmanager
    def _within(self):
        try:
            yield
        except Error as error:
            if "below 0" not in str(error):
                raise
            raise Error(f"Negative values in data: {error}") from None

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.classifier_tags.poor_score = True
        return tags


class MultinomialNB(Probabilities, _Counts):
    """Multinomial naive Bayes: a row is a bag of counts.

    Parameters
    ----------
    alpha : float, default=1.0
        Added to the count of every column in every class; above 0.
    fit_prior : bool, default=True
        Whether prior probabilities are the classes' shares; otherwise they are equal.
    class_prior : array-like of shape (n_classes,), default=None
        Prior probabilities.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients of the log odds: of two classes their difference, of more each class's less their
        mean.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts, alike.
    class_log_prior_ : ndarray of shape (n_classes,)
        Logarithm of the prior probability of each class.
    n_features_in_ : int
        Number of features.

    Examples
    --------
    >>> from linecall import MultinomialNB
    >>> model = MultinomialNB().fit([[2, 0], [1, 0], [0, 3]], ["ham", "ham", "spam"])
    >>> model.coef_.round(4)
    array([[-1.3863,  1.3863]])
    """

    def __init__(self, *, alpha=1.0, fit_prior=True, class_prior=None):
        self.alpha = alpha
        self.fit_prior = fit_prior
        self.class_prior = class_prior

    def _check(self):
        at_least("alpha", self.alpha, 0, strict=True)

    def _learner(self, task):
        return {
            "kind": "naive_bayes_multinomial",
            "alpha": float(self.alpha),
            "priors": priors(self.class_prior, self.fit_prior, task),
        }

    @property
    def decision_function(self):
        """Not there, as in scikit-learn: ``predict_log_proba`` says more."""
        raise AttributeError("MultinomialNB has no decision_function; take predict_log_proba")


class BernoulliNB(Probabilities, _NaiveBayes):
    """Bernoulli naive Bayes: every column is 0 or 1, and both speak.

    Parameters
    ----------
    alpha : float, default=1.0
        Added to the count of zeros and to that of ones; above 0.
    binarize : float or None, default=0.0
        Values above this are taken as 1, others as 0; None where they are 0 and 1 already.
    fit_prior : bool, default=True
        Whether prior probabilities are the classes' shares; otherwise they are equal.
    class_prior : array-like of shape (n_classes,), default=None
        Prior probabilities.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients of the log odds, per column of 0 and 1.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    class_log_prior_ : ndarray of shape (n_classes,)
        Logarithm of the prior probability of each class.
    n_features_in_ : int
        Number of features.

    Examples
    --------
    >>> from linecall import BernoulliNB
    >>> BernoulliNB().fit([[1, 0], [1, 1], [0, 1]], [0, 0, 1]).predict([[0, 1]])
    array([1])
    """

    def __init__(self, *, alpha=1.0, binarize=0.0, fit_prior=True, class_prior=None):
        self.alpha = alpha
        self.binarize = binarize
        self.fit_prior = fit_prior
        self.class_prior = class_prior

    def _check(self):
        at_least("alpha", self.alpha, 0, strict=True)

    def _learner(self, task):
        # The model is one of zeros and ones; what makes them of the rows is kept here.
        return {
            "kind": "naive_bayes_bernoulli",
            "alpha": float(self.alpha),
            "priors": priors(self.class_prior, self.fit_prior, task),
        }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def _design_of(self, X, columns=None):
        design = super()._design_of(X, columns)
        return design if self.binarize is None else design.binarized(float(self.binarize))


class ComplementNB(_Counts):
    """Complement naive Bayes (Rennie and others 2003): a class is scored by what the others are not.

    Scores of three or more classes are no log odds of anything, so that there is no
    ``predict_proba``: calibrate where one is needed (``sklearn.calibration``).

    Parameters
    ----------
    alpha : float, default=1.0
        Added to the count of every column in every complement; above 0.
    norm : bool, default=False
        Whether each class's weights are divided by their sum.

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

    Examples
    --------
    >>> from linecall import ComplementNB
    >>> ComplementNB().fit([[2, 0], [1, 0], [0, 3]], [0, 0, 1]).predict([[0, 1]])
    array([1])
    """

    def __init__(self, *, alpha=1.0, norm=False):
        self.alpha = alpha
        self.norm = norm

    def _check(self):
        at_least("alpha", self.alpha, 0, strict=True)

    def _learner(self, task):
        return {
            "kind": "naive_bayes_complement",
            "alpha": float(self.alpha),
            "norm": bool(self.norm),
        }


class GaussianNB(Probabilities, _NaiveBayes):
    """Gaussian naive Bayes with one variance a column, shared by all classes.

    That makes the boundary linear. scikit-learn's ``GaussianNB`` has a variance a class, and its
    boundary is curved: the two are different models.

    Parameters
    ----------
    priors : array-like of shape (n_classes,), default=None
        Prior probabilities; by default the classes' shares.
    var_smoothing : float, default=1e-9
        Added to a column's variance, as a share of its variance over all rows. (scikit-learn takes
        the variance of the widest column.)

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients of the log odds.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    class_log_prior_ : ndarray of shape (n_classes,)
        Logarithm of the prior probability of each class.
    n_features_in_ : int
        Number of features.

    Examples
    --------
    >>> from linecall import GaussianNB
    >>> GaussianNB().fit([[0.0], [1.0], [4.0], [5.0]], [0, 0, 1, 1]).predict([[2.6]])
    array([1])
    """

    def __init__(self, *, priors=None, var_smoothing=1e-9):
        self.priors = priors
        self.var_smoothing = var_smoothing

    def _check(self):
        at_least("var_smoothing", self.var_smoothing, 0)

    def _learner(self, task):
        return {
            "kind": "naive_bayes_gaussian",
            "var_smoothing": float(self.var_smoothing),
            "priors": priors(self.priors, True, task),
        }
