from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from typing_extensions import Self

_Texts: TypeAlias = Iterable[str]
_Analyzer: TypeAlias = Literal["word", "char", "char_wb", "byte"]
_Norm: TypeAlias = Literal["l1", "l2"] | None
_Accents: TypeAlias = Literal["unicode"] | None
_Normalization: TypeAlias = Literal["nfc", "nfkc"] | None
_Segmenter: TypeAlias = Literal["jieba", "script", "unicode"] | None
#: _Rows: a `scipy.sparse.csr_matrix` of float32; SciPy has no types of its own.
_Rows: TypeAlias = Any

class Vectorizer(BaseEstimator):  # type: ignore[misc]
    def words(self, text: str) -> list[tuple[str, int, int]]: ...
    def __sklearn_tags__(self) -> Any: ...

class Learnt(Vectorizer):
    def fit(self, raw_documents: _Texts, y: Any = None) -> Self: ...
    def fit_transform(self, raw_documents: _Texts, y: Any = None) -> _Rows: ...
    def transform(self, raw_documents: _Texts) -> _Rows: ...
    @property
    def vocabulary_(self) -> dict[Any, int]: ...
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __sklearn_is_fitted__(self) -> bool: ...
