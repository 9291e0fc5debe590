from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ._base import LinearClassifier, Probabilities

_Ladder = Literal["any", "monotone", "one"]
_Sign = Literal[1, -1, "positive", "negative"]

class _Card(LinearClassifier):
    def __init__(
        self,
        max_size: int = 5,
        *,
        points: Sequence[int] = (-5, 5),
        l0: float = 0.0,
        column_points: Mapping[str, Sequence[int]] | None = None,
        signs: Mapping[str, _Sign] | None = None,
        ladder: _Ladder = "monotone",
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        if_then: Sequence[tuple[str, str]] | None = None,
        max_fpr: float | None = None,
        min_tpr: float | None = None,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        time: float | None = 30.0,
        delta: float = 0.0,
        pool: int = 100,
    ) -> None: ...
    card_: dict[str, Any]
    pool_: list[tuple[float, NDArray[np.int64]]]
    @property
    def points_(self) -> NDArray[np.int64]: ...
    def total(self, X: Any) -> NDArray[np.float64]: ...
    def risk(self, X: Any) -> NDArray[np.float64]: ...
    def to_markdown(self) -> str: ...

def points(given: Sequence[int]) -> dict[str, list[int]]: ...
def sign(given: _Sign) -> str: ...

class RiskScore(Probabilities, _Card): ...

class Scorecard(_Card):
    def __init__(
        self,
        max_size: int = 5,
        *,
        points: Sequence[int] = (-5, 5),
        l0: float = 0.001,
        column_points: Mapping[str, Sequence[int]] | None = None,
        signs: Mapping[str, _Sign] | None = None,
        ladder: _Ladder = "monotone",
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        if_then: Sequence[tuple[str, str]] | None = None,
        max_fpr: float | None = None,
        min_tpr: float | None = None,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        time: float | None = 30.0,
        delta: float = 0.0,
        pool: int = 100,
        whole_intercept: tuple[int, int] | None = None,
    ) -> None: ...
