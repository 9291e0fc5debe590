import numpy as np
from numpy.typing import NDArray

from ._texts import _Accents, _Analyzer, _Norm, _Normalization, _Segmenter, Learnt

class CountVectorizer(Learnt):
    def __init__(
        self,
        *,
        analyzer: _Analyzer = "word",
        ngram_range: tuple[int, int] = (1, 1),
        lowercase: bool = True,
        strip_accents: _Accents = None,
        stop_words: str | None = None,
        token_length: int = 2,
        normalization: _Normalization = None,
        segmenter: _Segmenter = None,
        romanize: bool = False,
        stem: str | None = None,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        binary: bool = False,
        preprocessor: None = None,
        tokenizer: None = None,
        token_pattern: str = r"(?u)\b\w\w+\b",
    ) -> None: ...

class TfidfVectorizer(Learnt):
    def __init__(
        self,
        *,
        analyzer: _Analyzer = "word",
        ngram_range: tuple[int, int] = (1, 1),
        lowercase: bool = True,
        strip_accents: _Accents = None,
        stop_words: str | None = None,
        token_length: int = 2,
        normalization: _Normalization = None,
        segmenter: _Segmenter = None,
        romanize: bool = False,
        stem: str | None = None,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        binary: bool = False,
        norm: _Norm = "l2",
        use_idf: bool = True,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
        preprocessor: None = None,
        tokenizer: None = None,
        token_pattern: str = r"(?u)\b\w\w+\b",
    ) -> None: ...
    @property
    def idf_(self) -> NDArray[np.float64]: ...

class BM25Vectorizer(Learnt):
    def __init__(
        self,
        *,
        analyzer: _Analyzer = "word",
        ngram_range: tuple[int, int] = (1, 1),
        lowercase: bool = True,
        strip_accents: _Accents = None,
        stop_words: str | None = None,
        token_length: int = 2,
        normalization: _Normalization = None,
        segmenter: _Segmenter = None,
        romanize: bool = False,
        stem: str | None = None,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        norm: _Norm = None,
        preprocessor: None = None,
        tokenizer: None = None,
        token_pattern: str = r"(?u)\b\w\w+\b",
    ) -> None: ...
    @property
    def idf_(self) -> NDArray[np.float64]: ...
    @property
    def mean_length_(self) -> float: ...
