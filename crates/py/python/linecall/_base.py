"""What all estimators share: scikit-learn's conventions around a compiled model."""

from __future__ import annotations

import json
import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d

from . import _inputs, _linecall
from ._progress import watch


class LinearClassifier(ClassifierMixin, BaseEstimator):
    """A linear classifier that linecall fits.

    What was fitted is one compiled model (``model_``); coefficients are read from it, and pickles
    carry the bytes of its model file.
    """

    def _method(self, classes):
        """The plan as linecall writes it, for class names in the model's order."""
        raise NotImplementedError

    def _strength(self):
        """How strong the penalty is: ``("C", value)``, ``("alpha", value)`` or ``("lambda", value)``."""
        return ("lambda", 0.0)

    def _check(self):
        """Refuses parameters that contradict each other."""

    def fit(self, X, y, sample_weight=None):
        """Fit the model.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows. Taken without a copy where they are ``float64`` or ``float32`` with rows one
            after the other, or CSR.
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
        model = _linecall.fit(
            task.design,
            task.codes,
            task.names,
            json.dumps(self._method(task)),
            self._strength(),
            task.target,
            task.weights,
            watch(),
        )
        self._keep(task, model)
        return self

    def _task(self, X, y, sample_weight):
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is "
                "None."
            )
        label = getattr(y, "name", None)
        X, y = _inputs.matrix(self, X, y=y, reset=True)
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        return Task(self, X, y, sample_weight, label)

    def _more(self, X, y, classes, sample_weight):
        """Some more rows for ``partial_fit``, and whether they are the first."""
        first = not hasattr(self, "classes_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if not first and classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError("`classes` is not the same as on last call to partial_fit")
        all_classes = np.unique(classes) if first else self.classes_
        label = getattr(y, "name", None)
        X, y = _inputs.matrix(self, X, y=y, reset=first)
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        unknown = np.setdiff1d(y, all_classes)
        if len(unknown):
            raise ValueError(f"y holds {unknown[0]!r}, which is not among classes")
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        return Task(self, X, y, sample_weight, label, classes=all_classes), first

    def _keep(self, task, model):
        """Remembers what was fitted."""
        self.classes_ = task.classes
        self._order = task.order
        self.model_ = model
        if model.iterations is not None:
            self.n_iter_ = np.array([max(1, model.iterations)], dtype=np.int32)
        if model.converged is False:
            warnings.warn(
                f"{type(self).__name__} stopped at its limit of {getattr(self, 'max_iter', '')} "
                "iterations; raise max_iter",
                ConvergenceWarning,
                stacklevel=3,
            )

    # -- what was found -----------------------------------------------------------------------

    def _rows(self, values):
        """Rows of scores in the order of ``classes_``."""
        return values if len(self.classes_) == 2 else values[self._order]

    def _fitted(self, name):
        """The compiled model, or the error that scikit-learn looks for where there is none yet."""
        try:
            return self.__dict__["model_"]
        except KeyError:
            raise AttributeError(
                f"'{type(self).__name__}' object has no attribute '{name}' before it is fitted"
            ) from None

    @property
    def coef_(self):
        """Coefficients per unit of each column: (1, n_features), or one row a class."""
        return self._rows(self._fitted("coef_").coef())

    @property
    def intercept_(self):
        """Intercepts: (1,), or one a class."""
        return self._rows(self._fitted("intercept_").intercept())

    @property
    def certificate_(self):
        """How near the optimum the fit is, as a dictionary."""
        found = json.loads(self._fitted("certificate_").certificates())
        if not found:
            raise AttributeError(
                f"this {type(self).__name__} has no certificate: its rows were not there at once"
            )
        return found[0]

    # -- calls --------------------------------------------------------------------------------

    def _design(self, X):
        check_is_fitted(self)
        return self._design_of(_inputs.matrix(self, X, reset=False))

    def _design_of(self, X, columns=None):
        """The matrix that the model takes, over checked rows."""
        return _inputs.design(X, columns)

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
        design = self._design(X)
        scores = self.model_.scores(design)
        return scores.ravel() if len(self.classes_) == 2 else scores[:, self._order]

    def _probabilities(self, design):
        """Probabilities in the order of ``classes_``."""
        return self.model_.probabilities(design)[:, self._order]

    def _called(self, calls):
        """Classes by their places among the model's."""
        back = np.empty_like(self._order)
        back[self._order] = np.arange(len(self._order))
        return self.classes_[back[calls]]

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
        design = self._design(X)
        return self._called(self.model_.calls(design))

    def __sklearn_is_fitted__(self):
        return "model_" in self.__dict__

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class Probabilities:
    """Classifiers whose scores are log odds."""

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        probability : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        return self._probabilities(self._design(X))

    def predict_log_proba(self, X):
        """Logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        log_probability : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


class Task:
    """Rows, classes and names, ready for the compiled module."""

    def __init__(self, estimator, X, y, sample_weight, label, classes=None):
        if classes is None:
            self.classes, codes = np.unique(y, return_inverse=True)
        else:
            self.classes, codes = classes, np.searchsorted(classes, y)
        own = _inputs.class_names(self.classes)
        self.names = _linecall.sorted_classes(own)
        place = {name: k for k, name in enumerate(self.names)}
        if len(place) != len(own):
            raise ValueError("two classes have the same text; rename one of them")
        #: Where each of ``classes_`` is among the model's classes.
        self.order = np.array([place[name] for name in own], dtype=np.int64)
        self.codes = self.order[codes].astype(np.uint32)
        self.positive = int(self.order[1]) if len(own) == 2 else 0
        self.weights = _inputs.weights(sample_weight)
        self.X = X
        columns = self._columns(estimator)
        self.columns = columns
        self.target = None if columns is None else self._target(label, columns)
        self.design = estimator._design_of(X, columns)

    def _columns(self, estimator):
        from scipy import sparse

        if sparse.issparse(self.X) or self.X.shape[1] > _inputs.MOST_NAMES:
            return None
        names = getattr(estimator, "feature_names_in_", None)
        if names is None:
            return [f"x{j}" for j in range(self.X.shape[1])]
        names = [str(name) for name in names]
        if len(set(names)) < len(names) or "" in names:
            return None
        return names

    def _target(self, label, columns):
        taken = set(columns)

        def free(name):
            while name in taken:
                name += "_"
            taken.add(name)
            return name

        target = free(label if isinstance(label, str) and label else "class")
        return (target, None if self.weights is None else free("sample_weight"))


def class_weight(given, classes, names):
    """Class weights as linecall writes them."""
    if given is None:
        return {"kind": "none"}
    if isinstance(given, str):
        if given != "balanced":
            raise ValueError(f"class_weight is {given!r}, expected None, 'balanced' or a dict")
        return {"kind": "balanced"}
    own = dict(zip(np.asarray(classes).tolist(), names))
    unknown = [key for key in given if key not in own]
    if unknown:
        raise ValueError(f"class_weight names {unknown[0]!r}, which is no class of y")
    return {"kind": "given", "weights": [[own[key], float(w)] for key, w in given.items()]}


def penalised(task, *, loss, penalty, solver="auto", tol, max_iter, standardize, fit_intercept,
              weight, multiclass="auto"):
    """A plan of a penalised loss as linecall writes it; its lambda comes with the strength."""
    names = [task.names[k] for k in task.order]
    return {
        "loss": loss,
        "penalty": penalty,
        "solver": solver,
        "tolerance": float(tol),
        "max_iterations": int(max_iter),
        "standardize": bool(standardize),
        "fit_intercept": bool(fit_intercept),
        "class_weight": class_weight(weight, task.classes, names),
        "positive": task.positive,
        "multiclass": multiclass,
    }


def at_least(name, value, low, *, strict=False):
    """Refuses a number that is not above (or at) a bound."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or np.isnan(value) or value < low or (strict and value == low):
        sign = "above" if strict else "of at least"
        raise ValueError(f"{name} is {value!r}, expected a number {sign} {low}")


def one_of(name, value, known):
    """Refuses a word that is not known."""
    if value not in known:
        words = ", ".join(repr(word) for word in known)
        raise ValueError(f"{name} is {value!r}, expected one of {words}")
