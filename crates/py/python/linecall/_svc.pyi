from typing import Any, Literal

from ._base import LinearClassifier

class LinearSVC(LinearClassifier):
    def __init__(
        self,
        penalty: Literal["l2", "l1"] = "l2",
        loss: Literal["squared_hinge", "hinge"] = "squared_hinge",
        *,
        tol: float = 1e-9,
        C: float = 1.0,
        fit_intercept: bool = True,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        random_state: Any = None,
        solver: str = "auto",
        max_iter: int = 1000,
        standardize: bool = False,
    ) -> None: ...
