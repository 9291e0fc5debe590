"""Texts to rows of n-grams by hashes."""

from __future__ import annotations

import json

import numpy as np

from . import _inputs, _linecall
from ._base import one_of, whole
from ._texts import CUT, NORMS, PATTERN, THEIRS, Vectorizer, refuse


class HashingVectorizer(Vectorizer):
    __doc__ = """Counts of n-grams by hashes, as scikit-learn's ``HashingVectorizer`` has them: no
    vocabulary, nothing to fit.

    Columns and signs are scikit-learn's (MurmurHash3), values are in single precision (``float32``).
    N-grams of one text that cancel one another leave nothing.

    Parameters
    ----------
    """ + CUT + """n_features : int, default=1048576
        Number of columns: a power of 2, up to 2**26.
    binary : bool, default=False
        Whether counts become 1, without signs.
    norm : {'l2', 'l1', None}, default='l2'
        What a row is divided by.
    alternate_sign : bool, default=True
        Not supported otherwise: half of the n-grams are taken off instead of added.
    """ + THEIRS + """
    Examples
    --------
    >>> from linecall import HashingVectorizer
    >>> HashingVectorizer(n_features=16, norm=None).transform(["a good film"]).shape
    (1, 16)
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
        n_features=2**20,
        binary=False,
        norm="l2",
        alternate_sign=True,
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
        self.n_features = n_features
        self.binary = binary
        self.norm = norm
        self.alternate_sign = alternate_sign
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.token_pattern = token_pattern

    def _any(self):
        one_of("norm", self.norm, NORMS)
        refuse(self, alternate_sign=True)
        count = whole("n_features", self.n_features, 2)
        if count & (count - 1) or count > 2**26:
            raise ValueError(f"n_features is {count}, expected a power of 2 up to 2**26")
        settings = {
            **self._cut(),
            "weighting": "binary" if self.binary else "count",
            "norm": self.norm or "none",
            "hash_bits": count.bit_length() - 1,
        }
        return _linecall.Texts.of(json.dumps(settings))

    def fit(self, X, y=None):
        """Check the parameters; there is nothing to learn.

        Parameters
        ----------
        X : iterable of str
            The texts.
        y : object, default=None
            Not used.

        Returns
        -------
        self : object
            The vectorizer.
        """
        self._any()
        _inputs.texts(X)
        return self

    def partial_fit(self, X, y=None):
        """Check the parameters; there is nothing to learn.

        Parameters
        ----------
        X : iterable of str
            The texts.
        y : object, default=None
            Not used.

        Returns
        -------
        self : object
            The vectorizer.
        """
        return self.fit(X, y)

    def transform(self, X):
        """The rows of texts.

        Parameters
        ----------
        X : iterable of str
            The texts.

        Returns
        -------
        rows : csr_matrix of float32, shape (n_samples, n_features)
            The rows.
        """
        found = self._matrix(self._any(), X)
        if self.binary:
            # scikit-learn drops the signs of binary counts.
            np.abs(found.data, out=found.data)
        return found

    def fit_transform(self, X, y=None):
        """The rows of texts.

        Parameters
        ----------
        X : iterable of str
            The texts.
        y : object, default=None
            Not used.

        Returns
        -------
        rows : csr_matrix of float32, shape (n_samples, n_features)
            The rows.
        """
        return self.transform(X)

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags
