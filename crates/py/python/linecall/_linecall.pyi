"""The compiled module; not for users."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "__version__", "main", "Design", "Error", "assembled", "fit", "fit_folds", "fold_scores",
    "sorted_classes", "Frame", "Model", "import_scikit", "Online", "Tally", "ask",
]

__version__: str

_Watch: TypeAlias = Callable[[str, int, int], object] | None
_Target: TypeAlias = tuple[str, str | None] | None
_Strength: TypeAlias = tuple[str, float]
_Weights: TypeAlias = NDArray[np.float64] | None
_Codes: TypeAlias = Sequence[int] | NDArray[np.uint32]
_Positions: TypeAlias = Sequence[int] | NDArray[np.int64]

class Error(ValueError): ...

@final
class Design:
    @staticmethod
    def dense(array: NDArray[Any], names: Sequence[str] | None = None) -> Design: ...
    @staticmethod
    def csr(
        cols: int,
        indptr: NDArray[Any],
        indices: NDArray[Any],
        data: NDArray[Any],
        names: Sequence[str] | None = None,
    ) -> Design: ...
    def binarized(self, above: float) -> Design: ...
    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def address(self) -> int: ...
    @property
    def indices_address(self) -> int: ...

@final
class Frame:
    @staticmethod
    def table(name: str, columns: Sequence[tuple[str, Any]]) -> Frame: ...
    @staticmethod
    def matrix(
        name: str,
        design: Design,
        codes: _Codes,
        classes: Sequence[str],
        sample_weight: _Weights = None,
    ) -> Frame: ...
    @staticmethod
    def files(paths: Sequence[str]) -> Frame: ...

@final
class Model:
    @staticmethod
    def load(path: str | PathLike[str]) -> Model: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> Model: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def to_bytes(self) -> bytes: ...
    def coef(self) -> NDArray[np.float64]: ...
    def intercept(self) -> NDArray[np.float64]: ...
    @property
    def classes(self) -> list[str]: ...
    @property
    def positive(self) -> int | None: ...
    @property
    def multilabel(self) -> bool: ...
    @property
    def takes_table(self) -> bool: ...
    @property
    def features(self) -> list[str] | None: ...
    @property
    def plain(self) -> bool: ...
    @property
    def target(self) -> _Target: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def n_columns(self) -> int: ...
    @property
    def iterations(self) -> int | None: ...
    @property
    def converged(self) -> bool | None: ...
    @property
    def has_probabilities(self) -> bool: ...
    @property
    def knows_data(self) -> bool: ...
    def certificates(self) -> str: ...
    def manifest(self) -> str: ...
    def scores(self, design: Design) -> NDArray[np.float64]: ...
    def probabilities(self, design: Design) -> NDArray[np.float64]: ...
    def calls(self, design: Design) -> NDArray[np.int64]: ...
    def design_of(self, frame: Frame) -> Design: ...
    def binarizing(self, above: float) -> Model: ...
    def encoded(self, design: Design) -> Design: ...
    def knowing(self, frame: Frame) -> Model: ...
    def exported(
        self,
        format: str,
        frame: Frame | None = None,
        name: str = "model",
        table: str = "rows",
        python: str = "python3",
    ) -> tuple[bytes, list[str]]: ...
    def verify(self) -> list[tuple[str, bool, str]]: ...
    def with_schema(self, text: str) -> Model: ...
    def schema(self) -> str | None: ...

@final
class Online:
    def __new__(cls, plan: str, classes: Sequence[str], cols: int, rate: float) -> Online: ...
    def learn(
        self,
        design: Design,
        codes: _Codes,
        sample_weight: _Weights = None,
        seed: int | None = None,
        passes: int = 1,
        watch: _Watch = None,
    ) -> None: ...
    @property
    def visits(self) -> int: ...
    def model(
        self, mean: bool, columns: Sequence[str] | None = None, target: _Target = None
    ) -> Model: ...

@final
class Tally:
    def __new__(cls, method: str, classes: Sequence[str], cols: int) -> Tally: ...
    @staticmethod
    def fit(
        design: Design,
        codes: _Codes,
        classes: Sequence[str],
        method: str,
        target: _Target = None,
        sample_weight: _Weights = None,
        watch: _Watch = None,
    ) -> tuple[Tally, Model]: ...
    def replan(self, method: str) -> None: ...
    def add(
        self,
        design: Design,
        codes: _Codes,
        sample_weight: _Weights = None,
        watch: _Watch = None,
    ) -> None: ...
    @property
    def weight(self) -> list[float]: ...
    @property
    def priors(self) -> list[float] | None: ...
    @property
    def known(self) -> list[int]: ...
    def model(
        self, columns: Sequence[str] | None = None, target: _Target = None
    ) -> Model | None: ...

def ask(
    question: str,
    model: Model,
    name: str,
    frame: Frame,
    settings: str,
    reference: Frame | None = None,
    watch: _Watch = None,
) -> tuple[str, str | None, Model | None]: ...
def assembled(
    design: Design,
    codes: _Codes,
    classes: Sequence[str],
    method: str,
    strength: _Strength,
    coef: Sequence[Sequence[float]],
    intercept: Sequence[float],
    target: _Target = None,
    sample_weight: _Weights = None,
) -> Model: ...
def fit(
    design: Design,
    codes: _Codes,
    classes: Sequence[str],
    method: str,
    strength: _Strength,
    target: _Target = None,
    sample_weight: _Weights = None,
    watch: _Watch = None,
) -> Model: ...
def fit_card(
    design: Design,
    codes: _Codes,
    classes: Sequence[str],
    plan: str,
    time: float | None,
    delta: float,
    pool: int,
    target: _Target = None,
    sample_weight: _Weights = None,
    watch: _Watch = None,
) -> tuple[Model, str]: ...
def fit_folds(
    design: Design,
    codes: _Codes,
    classes: Sequence[str],
    method: str,
    cs: Sequence[float],
    folds: Sequence[_Positions],
    sample_weight: _Weights = None,
    watch: _Watch = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[list[int]]]: ...
def fold_scores(
    design: Design,
    rows: _Positions,
    coef: Sequence[Sequence[Sequence[float]]],
    intercept: Sequence[Sequence[float]],
) -> NDArray[np.float64]: ...
def import_scikit(
    attributes: str,
    link: Literal["logistic", "softmax", "one_vs_rest", "score"] | str,
    like: Frame | None = None,
    target: str | None = None,
    schema: str | None = None,
    favourable: str | None = None,
) -> tuple[Model, list[str]]: ...
def main(arguments: Sequence[str]) -> int: ...
def sorted_classes(names: Sequence[str]) -> list[str]: ...
