from typing import Any, Literal

from ._base import LinearClassifier, Probabilities

class LogisticRegression(Probabilities, LinearClassifier):
    def __init__(
        self,
        penalty: Literal["deprecated", "l2", "l1", "elasticnet"] | None = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float | None = 0.0,
        tol: float = 1e-9,
        fit_intercept: bool = True,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        random_state: Any = None,
        solver: str = "auto",
        max_iter: int = 1000,
        n_jobs: int | None = None,
        standardize: bool = False,
    ) -> None: ...
