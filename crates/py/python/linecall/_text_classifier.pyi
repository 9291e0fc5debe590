from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike
from typing_extensions import Self

from ._answers import Answer
from ._base import _Floats, LinearClassifier, _Rows
from ._texts import _Accents, _Analyzer, _Norm, _Normalization, _Segmenter

class TextClassifier(LinearClassifier):
    lambda_: float
    tuning_: dict[str, Any] | None
    def __init__(
        self,
        *,
        text_columns: Sequence[str] | None = None,
        analyzer: _Analyzer | None = None,
        ngram_range: tuple[int, int] | None = None,
        weighting: Literal["tfidf", "count", "binary", "bm25"] | None = None,
        norm: _Norm | Literal["auto"] = "auto",
        sublinear_tf: bool = False,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        hash_bits: int | None = None,
        lowercase: bool = True,
        strip_accents: _Accents = None,
        stop_words: str | None = None,
        stem: str | None = None,
        token_length: int = 2,
        normalization: _Normalization = None,
        segmenter: _Segmenter = None,
        romanize: bool = False,
        loss: str = "logistic",
        penalty: Literal["l2", "l1", "elasticnet"] | None = "l2",
        l1_ratio: float = 0.5,
        C: float | None = None,
        cv: int = 10,
        rule: Literal["min", "1se"] = "min",
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        standardize: bool = True,
        fit_intercept: bool = True,
        solver: str = "auto",
        tol: float = 1e-9,
        random_state: int = 0,
    ) -> None: ...
    def fit(self, X: _Rows, y: ArrayLike) -> Self: ...  # type: ignore[override]
    def predict_proba(self, X: _Rows) -> _Floats: ...
    def predict_log_proba(self, X: _Rows) -> _Floats: ...
    def top_tokens(self, n: int = 10) -> list[dict[str, Any]]: ...
    def challenge(self, text: Any, **settings: Any) -> Answer: ...
    def __sklearn_tags__(self) -> Any: ...
