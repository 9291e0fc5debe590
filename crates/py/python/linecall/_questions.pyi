from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike

from ._answers import Answer
from ._base import _Rows

_Groups = Sequence[str] | dict[str, Any]

def challenge(
    model: Any,
    X: _Rows,
    row: int,
    y: ArrayLike | None = None,
    *,
    reference: tuple[Any, ...] | None = None,
    favourable: Any = None,
    probability: float | None = None,
    actions: str | None = None,
    cost: Literal["total", "max", "log"] | None = None,
    ways: int | None = None,
    listing: Literal["needed", "distinct", "exclusive"] | None = None,
    drift: float | None = None,
    epsilon: float | None = None,
    false_alarms: float | None = None,
    group: str | None = None,
    redact: Sequence[str] = (),
    groups: dict[str, Any] | None = None,
    seed: int | None = None,
) -> Answer: ...
def recourse(
    model: Any, X: _Rows, row: int, y: ArrayLike | None = None, **settings: Any
) -> Answer: ...
def audit(
    model: Any,
    X: _Rows,
    y: ArrayLike | None = None,
    *,
    reference: tuple[Any, ...] | None = None,
    groups: _Groups = (),
    within: str | None = None,
    epsilons: Sequence[float] = (),
    people: int | None = None,
    level: float | None = None,
    favourable: Any = None,
    probability: float | None = None,
    actions: str | None = None,
    cost: Literal["total", "max", "log"] | None = None,
    drift: float | None = None,
    epsilon: float | None = None,
    false_alarms: float | None = None,
    seed: int | None = None,
) -> Answer: ...
def multiplicity(
    model: Any,
    X: _Rows,
    y: ArrayLike,
    *,
    epsilons: Sequence[float] = (),
    people: int | None = None,
    **settings: Any,
) -> Answer: ...
def fairness(
    model: Any, X: _Rows, y: ArrayLike, groups: _Groups, **settings: Any
) -> Answer: ...
def explain(
    model: Any,
    X: _Rows,
    row: int,
    *,
    method: Literal["contributions", "lime", "shap"] | None = None,
    background: str | None = None,
    label: Any = None,
    reference: tuple[Any, ...] | None = None,
) -> Answer: ...
def inference(
    model: Any,
    X: _Rows,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    methods: Sequence[str] = ("model",),
    cluster: str | None = None,
    confidence: float | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    groups: dict[str, Any] | None = None,
) -> Answer: ...
def diagnose(
    model: Any,
    X: _Rows,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    top: int | None = None,
    refits: int | None = None,
) -> Answer: ...
def forget(
    model: Any,
    X: _Rows,
    y: ArrayLike,
    rows: Sequence[int],
    sample_weight: ArrayLike | None = None,
    *,
    refit: bool = False,
    salt: str = "",
) -> Answer: ...
