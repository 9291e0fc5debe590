from typing import Any, Literal

from numpy.typing import ArrayLike
from typing_extensions import Self

from ._base import _Floats, LinearClassifier, _Rows

class SGDClassifier(LinearClassifier):
    t_: int
    def __init__(
        self,
        loss: Literal[
            "hinge", "log_loss", "modified_huber", "squared_hinge", "squared_error"
        ] = "hinge",
        *,
        alpha: float = 0.0001,
        fit_intercept: bool = True,
        max_iter: int = 20,
        shuffle: bool = True,
        random_state: Any = None,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        average: bool = True,
        eta0: float = 0.3,
    ) -> None: ...
    def partial_fit(
        self,
        X: _Rows,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self: ...
    def predict_proba(self, X: _Rows) -> _Floats: ...
    def predict_log_proba(self, X: _Rows) -> _Floats: ...
