from typing import Any

from typing_extensions import Self

from ._texts import _Accents, _Analyzer, _Norm, _Normalization, _Rows, _Segmenter, _Texts, Vectorizer

class HashingVectorizer(Vectorizer):
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
        n_features: int = 1048576,
        binary: bool = False,
        norm: _Norm = "l2",
        alternate_sign: bool = True,
        preprocessor: None = None,
        tokenizer: None = None,
        token_pattern: str = r"(?u)\b\w\w+\b",
    ) -> None: ...
    def fit(self, X: _Texts, y: Any = None) -> Self: ...
    def partial_fit(self, X: _Texts, y: Any = None) -> Self: ...
    def transform(self, X: _Texts) -> _Rows: ...
    def fit_transform(self, X: _Texts, y: Any = None) -> _Rows: ...
    def __sklearn_is_fitted__(self) -> bool: ...
    def __sklearn_tags__(self) -> Any: ...
