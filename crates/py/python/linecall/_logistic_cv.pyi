from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike
from typing_extensions import Self

from ._base import _Floats, _Rows
from ._logistic import LogisticRegression

class LogisticRegressionCV(LogisticRegression):
    C_: float
    l1_ratio_: float
    Cs_: _Floats
    scores_: _Floats
    coefs_paths_: _Floats
    def __init__(
        self,
        *,
        Cs: int | Sequence[float] = 10,
        l1_ratios: Sequence[float] | None = (0.0,),
        fit_intercept: bool = True,
        cv: Any = None,
        scoring: Any = None,
        solver: str = "auto",
        tol: float = 1e-9,
        max_iter: int = 1000,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        n_jobs: int | None = None,
        refit: bool = True,
        random_state: Any = None,
        standardize: bool = False,
    ) -> None: ...
    def fit(
        self, X: _Rows, y: ArrayLike, sample_weight: ArrayLike | None = None, **params: Any
    ) -> Self: ...
    def score(
        self, X: _Rows, y: ArrayLike, sample_weight: ArrayLike | None = None, **score_params: Any
    ) -> float: ...
