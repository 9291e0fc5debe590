"""Texts to rows of n-grams: vectorizers with a vocabulary, by scikit-learn's names."""

from __future__ import annotations

import json

import numpy as np
from sklearn.preprocessing import normalize

from ._base import one_of
from ._texts import CUT, KEPT, NORMS, PATTERN, THEIRS, VOCABULARY, Learnt, kept


class CountVectorizer(Learnt):
    __doc__ = """Counts of the n-grams of texts, as scikit-learn's ``CountVectorizer`` has them.

    Rows are in single precision (``float32``), not whole numbers. Texts are cut by compiled code on
    all threads, while other Python code runs.

    Parameters
    ----------
    """ + CUT + KEPT + """binary : bool, default=False
        Whether counts become 1.
    """ + THEIRS + """
    Attributes
    ----------
    """ + VOCABULARY + """
    Examples
    --------
    >>> from linecall import CountVectorizer
    >>> vectorizer = CountVectorizer(ngram_range=(1, 2))
    >>> X = vectorizer.fit_transform(["a good film", "not a good film"])
    >>> vectorizer.get_feature_names_out().tolist()
    ['film', 'good', 'good film', 'not', 'not good']
    >>> X.toarray()[1].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        *,
        analyzer="word",
        ngram_range=(1, 1),
        lowercase=True,
        strip_accents=None,
        stop_words=None,
        token_length=2,
        normalization=None,
        segmenter=None,
        romanize=False,
        stem=None,
        min_df=1,
        max_df=1.0,
        max_features=None,
        binary=False,
        preprocessor=None,
        tokenizer=None,
        token_pattern=PATTERN,
    ):
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.stop_words = stop_words
        self.token_length = token_length
        self.normalization = normalization
        self.segmenter = segmenter
        self.romanize = romanize
        self.stem = stem
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.binary = binary
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.token_pattern = token_pattern

    def _settings(self):
        weighting = "binary" if self.binary else "count"
        return {**self._cut(), **kept(self), "weighting": weighting, "norm": "none"}


class TfidfVectorizer(Learnt):
    __doc__ = """Counts of n-grams times how rare they are, as scikit-learn's ``TfidfVectorizer`` has
    them: to single precision (``float32``).

    Parameters
    ----------
    """ + CUT + KEPT + """binary : bool, default=False
        Whether counts become 1 first.
    norm : {'l2', 'l1', None}, default='l2'
        What a row is divided by.
    use_idf : bool, default=True
        Whether counts are multiplied by rarity.
    smooth_idf : bool, default=True
        Whether rarity is taken as if one more text held every n-gram.
    sublinear_tf : bool, default=False
        Whether a count ``c`` is damped to ``1 + log(c)``.
    """ + THEIRS + """
    Attributes
    ----------
    """ + VOCABULARY + """idf_ : ndarray of shape (n_terms,)
        How rare each n-gram is.

    Examples
    --------
    >>> from linecall import LinearSVC, TfidfVectorizer
    >>> from sklearn.pipeline import make_pipeline
    >>> texts = ["a good film", "a bad film", "good, very good", "bad, very bad"]
    >>> model = make_pipeline(TfidfVectorizer(), LinearSVC()).fit(texts, [1, 0, 1, 0])
    >>> model.predict(["good"])
    array([1])
    """

    def __init__(
        self,
        *,
        analyzer="word",
        ngram_range=(1, 1),
        lowercase=True,
        strip_accents=None,
        stop_words=None,
        token_length=2,
        normalization=None,
        segmenter=None,
        romanize=False,
        stem=None,
        min_df=1,
        max_df=1.0,
        max_features=None,
        binary=False,
        norm="l2",
        use_idf=True,
        smooth_idf=True,
        sublinear_tf=False,
        preprocessor=None,
        tokenizer=None,
        token_pattern=PATTERN,
    ):
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.stop_words = stop_words
        self.token_length = token_length
        self.normalization = normalization
        self.segmenter = segmenter
        self.romanize = romanize
        self.stem = stem
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.binary = binary
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.token_pattern = token_pattern

    def _settings(self):
        one_of("norm", self.norm, NORMS)
        plain = "binary" if self.binary else "count"
        # Rarity alone is put in place of the counts afterwards, and rows are divided then.
        norm = None if self.binary and self.use_idf else self.norm
        return {
            **self._cut(),
            **kept(self),
            "weighting": "tfidf" if self.use_idf else plain,
            "norm": norm or "none",
            "smooth_idf": bool(self.smooth_idf),
            "sublinear_tf": bool(self.sublinear_tf),
        }

    def _matrix(self, texts, X):
        X = super()._matrix(texts, X)
        if not (self.binary and self.use_idf):
            return X
        X.data = texts.idf[X.indices]
        if self.norm is not None and X.shape[0] > 0:
            X = normalize(X, self.norm, copy=False)
        return X.astype(np.float32)

    @property
    def idf_(self):
        """How rare each n-gram is."""
        texts = self._fitted("idf_")
        if json.loads(texts.settings)["weighting"] != "tfidf":
            raise AttributeError("there is no idf_ where use_idf is False")
        return texts.idf


class BM25Vectorizer(Learnt):
    __doc__ = """Okapi BM25: counts of n-grams that saturate, times how rare they are, by the length
    of the text.

    With ``n`` training texts, ``df`` of them with the n-gram, and the length ``L`` of a text as a
    share of their mean, a count ``c`` becomes ``log(1 + (n - df + 1/2) / (df + 1/2)) *
    2.2 c / (c + 1.2 (0.25 + 0.75 L))`` (Robertson et al., 1994, with a logarithm that is never
    negative). Rows are in single precision (``float32``).

    Parameters
    ----------
    """ + CUT + KEPT + """norm : {'l2', 'l1', None}, default=None
        What a row is divided by.
    """ + THEIRS + """
    Attributes
    ----------
    """ + VOCABULARY + """idf_ : ndarray of shape (n_terms,)
        How rare each n-gram is.
    mean_length_ : float
        Mean number of n-grams of a training text.

    Examples
    --------
    >>> from linecall import BM25Vectorizer
    >>> vectorizer = BM25Vectorizer().fit(["good film", "bad film"])
    >>> vectorizer.mean_length_
    2.0
    >>> vectorizer.transform(["good good film"]).toarray().round(3).tolist()
    [[0.0, 0.166, 0.857]]
    """

    def __init__(
        self,
        *,
        analyzer="word",
        ngram_range=(1, 1),
        lowercase=True,
        strip_accents=None,
        stop_words=None,
        token_length=2,
        normalization=None,
        segmenter=None,
        romanize=False,
        stem=None,
        min_df=1,
        max_df=1.0,
        max_features=None,
        norm=None,
        preprocessor=None,
        tokenizer=None,
        token_pattern=PATTERN,
    ):
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.stop_words = stop_words
        self.token_length = token_length
        self.normalization = normalization
        self.segmenter = segmenter
        self.romanize = romanize
        self.stem = stem
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.norm = norm
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.token_pattern = token_pattern

    def _settings(self):
        one_of("norm", self.norm, NORMS)
        return {**self._cut(), **kept(self), "weighting": "bm25", "norm": self.norm or "none"}

    @property
    def idf_(self):
        """How rare each n-gram is."""
        return self._fitted("idf_").idf

    @property
    def mean_length_(self):
        """Mean number of n-grams of a training text."""
        return self._fitted("mean_length_").mean_length
