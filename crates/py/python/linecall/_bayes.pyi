from typing import Any, NoReturn

from numpy.typing import ArrayLike
from typing_extensions import Self

from ._base import _Floats, LinearClassifier, Probabilities, _Rows

class _NaiveBayes(LinearClassifier):
    def partial_fit(
        self,
        X: _Rows,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self: ...
    @property
    def class_log_prior_(self) -> _Floats: ...
    @property
    def class_count_(self) -> _Floats: ...

class _Counts(_NaiveBayes):
    def __sklearn_tags__(self) -> Any: ...

class MultinomialNB(Probabilities, _Counts):
    def __init__(
        self, *, alpha: float = 1.0, fit_prior: bool = True, class_prior: ArrayLike | None = None
    ) -> None: ...
    @property
    def decision_function(self) -> NoReturn: ...

class BernoulliNB(Probabilities, _NaiveBayes):
    def __init__(
        self,
        *,
        alpha: float = 1.0,
        binarize: float | None = 0.0,
        fit_prior: bool = True,
        class_prior: ArrayLike | None = None,
    ) -> None: ...
    def __sklearn_tags__(self) -> Any: ...

class ComplementNB(_Counts):
    def __init__(self, *, alpha: float = 1.0, norm: bool = False) -> None: ...

class GaussianNB(Probabilities, _NaiveBayes):
    def __init__(
        self, *, priors: ArrayLike | None = None, var_smoothing: float = 1e-9
    ) -> None: ...
