from typing import Any

from numpy.typing import ArrayLike

from ._base import _Rows
from ._model import Model

def from_sklearn(
    estimator: Any,
    X: _Rows = None,
    y: ArrayLike | None = None,
    *,
    schema: str | None = None,
    favourable: Any = None,
    target: str | None = None,
    name: str | None = None,
) -> Model: ...
