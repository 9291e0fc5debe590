"""Linear discriminant analysis."""

from __future__ import annotations

from ._base import at_least
from ._base import LinearClassifier, Probabilities
from ._bayes import priors


class LinearDiscriminantAnalysis(Probabilities, LinearClassifier):
    """Linear discriminant analysis: one Gaussian a class, one covariance for all.

    The covariance is the maximum likelihood estimate, as that of scikit-learn's ``solver='lsqr'``
    (its ``'svd'`` divides by ``n - K`` instead of ``n``). There is no ``transform``.

    Parameters
    ----------
    shrinkage : {'auto', 'oas'} or float, default=None
        How far the covariance is drawn to a multiple of the identity: 'auto' by Ledoit and Wolf,
        'oas' by Chen, Wiesel, Eldar and Hero (both for each class, on columns of unit deviation), or
        a share from 0 to 1.
    priors : array-like of shape (n_classes,), default=None
        Prior probabilities; by default the classes' shares.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients of the log odds: of two classes their difference, of more each class's less their
        mean.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts, alike.
    n_features_in_ : int
        Number of features.

    Examples
    --------
    >>> from linecall import LinearDiscriminantAnalysis
    >>> model = LinearDiscriminantAnalysis().fit([[0.0], [1.0], [4.0], [5.0]], [0, 0, 1, 1])
    >>> model.coef_
    array([[16.]])
    """

    def __init__(self, *, shrinkage=None, priors=None):
        self.shrinkage = shrinkage
        self.priors = priors

    def _check(self):
        if self.shrinkage is not None and self.shrinkage not in ("auto", "oas"):
            at_least("shrinkage", self.shrinkage, 0)

    def _method(self, task):
        names = {None: "none", "auto": "ledoit_wolf", "oas": "oracle_approximating"}
        by_word = self.shrinkage is None or isinstance(self.shrinkage, str)
        if by_word:
            shrinkage = {"kind": names[self.shrinkage]}
        else:
            shrinkage = {"kind": "fixed", "share": float(self.shrinkage)}
        return {
            "learner": {
                "kind": "lda",
                "shrinkage": shrinkage,
                "priors": priors(self.priors, True, task),
                "standardize": isinstance(self.shrinkage, str),
            },
            "class_weight": {"kind": "none"},
            "positive": task.positive,
        }
