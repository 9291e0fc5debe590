from typing import Any, Literal

from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from typing_extensions import Self

from . import _linecall
from ._base import _Floats, _Rows
from ._logistic import LogisticRegression

GROUP: str

class FairClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    classes_: NDArray[Any]
    estimator_: LogisticRegression
    model_: _linecall.Model
    outcome_: dict[str, Any] | None
    n_features_in_: int
    def __init__(
        self,
        estimator: LogisticRegression | None = None,
        *,
        criterion: Literal[
            "demographic_parity", "equal_opportunity", "equalised_odds"
        ] = "demographic_parity",
        delta: float = 0.05,
        favourable: Any = None,
        group_share: float | None = None,
        random_state: int | None = None,
    ) -> None: ...
    def fit(
        self,
        X: _Rows,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        sensitive_features: ArrayLike | None = None,
    ) -> Self: ...
    def predict(self, X: _Rows) -> NDArray[Any]: ...
    def predict_proba(self, X: _Rows) -> _Floats: ...
    def __sklearn_tags__(self) -> Any: ...
