from typing import Any, Literal

from ._base import LinearClassifier

class RidgeClassifier(LinearClassifier):
    def __init__(
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float = 1e-9,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        random_state: Any = None,
        standardize: bool = False,
    ) -> None: ...
