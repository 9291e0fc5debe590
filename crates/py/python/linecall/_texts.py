"""What all vectorizers of texts share."""

from __future__ import annotations

import json
import numbers

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from . import _inputs, _linecall
from ._base import one_of, whole
from ._linecall import Error
from ._progress import watch

ANALYZERS = ("word", "char", "char_wb", "byte")
NORMS = ("l1", "l2", None)
NORMALIZATIONS = ("nfc", "nfkc", None)
SEGMENTERS = ("jieba", "script", "unicode", None)
#: Words of two characters and more, which is what scikit-learn's vectorizers take by default.
PATTERN = r"(?u)\b\w\w+\b"


def cut(own):
    """How texts are cut, as linecall writes it, from an estimator's parameters."""
    if callable(own.analyzer):
        raise Error("analyzer is a function, expected 'word', 'char', 'char_wb' or 'byte'")
    one_of("analyzer", own.analyzer, ANALYZERS)
    if own.strip_accents not in (None, "unicode"):
        raise ValueError(f"strip_accents is {own.strip_accents!r}, expected None or 'unicode'")
    one_of("normalization", own.normalization, NORMALIZATIONS)
    one_of("segmenter", own.segmenter, SEGMENTERS)
    settings = {
        "analyzer": own.analyzer,
        "ngram_range": ngrams(own.ngram_range),
        "lowercase": bool(own.lowercase),
        "normalization": own.normalization or "none",
        "strip_accents": own.strip_accents is not None,
        "segmenter": own.segmenter or "none",
        "romanize": bool(own.romanize),
        "token_length": whole("token_length", own.token_length, 1),
    }
    for name in ("stop_words", "stem"):
        language = getattr(own, name)
        if language is not None and not isinstance(language, str):
            raise Error(f"{name} is of type {type(language).__name__}, expected a language")
        if language is not None:
            settings[name] = language
    return settings


def kept(own):
    """Which n-grams are kept, as linecall writes it, from an estimator's parameters."""
    settings = {"min_df": share("min_df", own.min_df), "max_df": share("max_df", own.max_df)}
    if own.max_features is not None:
        settings["max_features"] = whole("max_features", own.max_features, 1)
    return settings


def ngrams(given):
    """Fewest and most units of an n-gram."""
    try:
        low, high = given
    except (TypeError, ValueError):
        raise ValueError(f"ngram_range is {given!r}, expected two numbers such as (1, 2)") from None
    return [whole("ngram_range", low, 1), whole("ngram_range", high, 1)]


def share(name, value):
    """A number of texts (whole) or a share of them (with a point)."""
    if isinstance(value, numbers.Integral):
        return whole(name, value, 0)
    if isinstance(value, numbers.Real) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f"{name} is {value!r}, expected a whole number, or a share from 0.0 to 1.0")


def refuse(own, **defaults):
    """Refuses what scikit-learn's vectorizers have and these do not."""
    for name, default in defaults.items():
        if getattr(own, name) != default:
            raise Error(f"{name} is not supported; leave it at {default!r}")


class Vectorizer(BaseEstimator):
    """What all vectorizers share."""

    def _matrix(self, texts, X):
        """The rows of texts as SciPy's matrix."""
        indptr, indices, data = texts.encode(_inputs.texts(X), watch())
        X = sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, texts.width))
        X.has_canonical_format = True
        return X

    def _cut(self):
        refuse(self, preprocessor=None, tokenizer=None, token_pattern=PATTERN)
        return cut(self)

    def words(self, text):
        """The words of a text, and where they stand in it.

        Parameters
        ----------
        text : str
            A text.

        Returns
        -------
        words : list of (str, int, int)
            Each word as the vocabulary would have it, its first character and the one after its last.
            Where n-grams are of characters or bytes, the words that Unicode finds (UAX #29).
        """
        if not isinstance(text, str):
            raise Error(f"text is of type {type(text).__name__}, expected a str")
        return self._any().words(text)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


class Learnt(Vectorizer):
    """Vectorizers with a vocabulary."""

    def _settings(self):
        """The settings as linecall writes them."""
        raise NotImplementedError

    def fit(self, raw_documents, y=None):
        """Learn the vocabulary.

        Parameters
        ----------
        raw_documents : iterable of str
            The texts: a list, an array, or a column of a data frame.
        y : object, default=None
            Not used.

        Returns
        -------
        self : object
            The fitted vectorizer.
        """
        settings = json.dumps(self._settings())
        self._learn(settings, _inputs.texts(raw_documents))
        return self

    def _learn(self, settings, texts):
        self._texts = _linecall.Texts.learn(settings, texts, watch())
        self.__dict__.pop("_vocabulary", None)

    def fit_transform(self, raw_documents, y=None):
        """Learn the vocabulary and give the rows of the texts.

        Parameters
        ----------
        raw_documents : iterable of str
            The texts.
        y : object, default=None
            Not used.

        Returns
        -------
        X : csr_matrix of float32, shape (n_samples, n_terms)
            The rows.
        """
        texts = _inputs.texts(raw_documents)
        self._learn(json.dumps(self._settings()), texts)
        return self.transform(texts)

    def transform(self, raw_documents):
        """The rows of texts.

        Parameters
        ----------
        raw_documents : iterable of str
            The texts.

        Returns
        -------
        X : csr_matrix of float32, shape (n_samples, n_terms)
            The rows.
        """
        return self._matrix(self._any(), raw_documents)

    def _any(self):
        if "_texts" not in self.__dict__:
            raise NotFittedError(f"this {type(self).__name__} has no vocabulary yet; call fit first")
        return self._texts

    def _fitted(self, name):
        """The compiled object, or the error that scikit-learn looks for where there is none yet."""
        if "_texts" not in self.__dict__:
            raise AttributeError(
                f"'{type(self).__name__}' object has no attribute '{name}' before it is fitted"
            )
        return self._texts

    @property
    def vocabulary_(self):
        """The column of each n-gram; those of bytes are ``bytes``."""
        texts = self._fitted("vocabulary_")
        if "_vocabulary" not in self.__dict__:
            terms = texts.terms
            if json.loads(texts.settings)["analyzer"] == "byte":
                terms = [term.encode("latin-1") for term in terms]
            self._vocabulary = {term: column for column, term in enumerate(terms)}
        return self._vocabulary

    def get_feature_names_out(self, input_features=None):
        """The n-grams, column by column.

        Parameters
        ----------
        input_features : object, default=None
            Not used.

        Returns
        -------
        names : ndarray of str objects, shape (n_terms,)
            The n-grams; those of bytes are escaped where they are no text.
        """
        texts = self._any()
        if json.loads(texts.settings)["analyzer"] == "byte":
            return np.asarray(texts.shown, dtype=object)
        return np.asarray(texts.terms, dtype=object)

    def __getstate__(self):
        state = dict(super().__getstate__())
        state.pop("_vocabulary", None)
        return state

    def __sklearn_is_fitted__(self):
        return "_texts" in self.__dict__


#: Parts of docstrings.
CUT = '''analyzer : {'word', 'char', 'char_wb', 'byte'}, default='word'
        What a text is cut into: words, characters, characters within words, or bytes of UTF-8.
    ngram_range : (int, int), default=(1, 1)
        Fewest and most units of an n-gram.
    lowercase : bool, default=True
        Whether letters are made small.
    strip_accents : {None, 'unicode'}, default=None
        Whether accents and other marks are taken off letters.
    stop_words : str, default=None
        Language whose commonest words are left out, such as 'english'. The list is another than
        scikit-learn's, which has some 300 words of English.
    token_length : int, default=2
        Fewest characters of a word.
    normalization : {None, 'nfc', 'nfkc'}, default=None
        The Unicode normal form that texts are brought to first.
    segmenter : {None, 'jieba', 'script', 'unicode'}, default=None
        What divides text without spaces into words: a dictionary of Chinese, runs of one script (for
        Japanese), or the boundaries of UAX #29.
    romanize : bool, default=False
        Whether other scripts are written in Latin letters.
    stem : str, default=None
        Language by whose rules words are reduced to stems, such as 'english'.
    '''

THEIRS = '''preprocessor, tokenizer : None, default=None
        Not supported: functions on texts cannot be kept in a model file.
    token_pattern : str, default=r"(?u)\\b\\w\\w+\\b"
        Not supported otherwise; ``token_length`` says how short a word may be.
    '''

KEPT = '''min_df : int or float, default=1
        N-grams in fewer texts are left out: a number of texts, or a share of them.
    max_df : int or float, default=1.0
        N-grams in more texts are left out.
    max_features : int, default=None
        At most so many n-grams are kept, the most frequent; of equals those that come first in the
        alphabet.
    '''

VOCABULARY = '''vocabulary_ : dict
        The column of each n-gram; columns are in the order of the alphabet.
    '''
