"""Texts to classes, front end and all."""

from __future__ import annotations

import json
import warnings
from types import SimpleNamespace

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from . import _frames, _inputs, _linecall, _remarks
from ._base import LinearClassifier, Probabilities, at_least, class_weight, one_of, whole
from ._linecall import Error
from ._logistic import OURS, penalty_of, solver_name
from ._progress import watch
from ._texts import ANALYZERS, NORMS, cut, kept, ngrams

WEIGHTINGS = ("tfidf", "count", "binary", "bm25")
#: Losses whose scores become probabilities only where the model says so.
CERTAIN = ("logistic",)


def _has_probabilities(own):
    model = own.__dict__.get("model_")
    if own.loss in CERTAIN if model is None else model.has_probabilities:
        return True
    raise AttributeError(f"loss {own.loss!r} gives scores and no probabilities")


class TextClassifier(LinearClassifier):
    """A linear classifier of texts: vocabulary, weights and coefficients in one model.

    What is fitted is what ``linecall fit`` fits with ``--holdout 0`` and flags of the same names, so
    that ``Model.of(classifier).save("model.linecall")`` is a whole model of a table: the command and
    the package score raw texts with it, and :func:`linecall.challenge` says which words carry a call
    and without which it would be another.

    ``X`` is a list of texts (or an array or a column of them), or a data frame with columns of texts
    and any others. In a data frame a text that is missing is an empty one. There are no sample
    weights.

    Parameters
    ----------
    text_columns : sequence of str, default=None
        Columns of a data frame that are texts; by default those that hold sentences.
    analyzer : {'word', 'char', 'char_wb', 'byte'}, default=None
        What a text is cut into; by default words, or characters where nothing is said of texts and
        they have no spaces between words.
    ngram_range : (int, int), default=None
        Fewest and most units of an n-gram; by default (1, 2), of 'char' (1, 3).
    weighting : {'tfidf', 'count', 'binary', 'bm25'}, default=None
        What counts of n-grams become; by default 'tfidf', with ``hash_bits`` 'count'.
    norm : {'auto', 'l2', 'l1', None}, default='auto'
        What a row is divided by; 'auto' is 'l2' for 'tfidf' and hashes, else None.
    sublinear_tf : bool, default=False
        Whether a count ``c`` is damped to ``1 + log(c)``.
    min_df : int or float, default=1
        N-grams in fewer texts are left out: a number of texts, or a share of them.
    max_df : int or float, default=1.0
        N-grams in more texts are left out.
    max_features : int, default=None
        At most so many n-grams are kept, the most frequent.
    hash_bits : int, default=None
        Hash n-grams into 2 to this power columns instead of keeping a vocabulary.
    lowercase : bool, default=True
        Whether letters are made small.
    strip_accents : {None, 'unicode'}, default=None
        Whether accents and other marks are taken off letters.
    stop_words : str, default=None
        Language whose commonest words are left out, such as 'english'.
    stem : str, default=None
        Language by whose rules words are reduced to stems.
    token_length : int, default=2
        Fewest characters of a word.
    normalization : {None, 'nfc', 'nfkc'}, default=None
        The Unicode normal form that texts are brought to first.
    segmenter : {None, 'jieba', 'script', 'unicode'}, default=None
        What divides text without spaces into words.
    romanize : bool, default=False
        Whether other scripts are written in Latin letters.
    loss : str, default='logistic'
        'logistic', 'squared_hinge', 'hinge', 'modified_huber', 'squared' and others, as the command
        spells them.
    penalty : {'l2', 'l1', 'elasticnet', None}, default='l2'
        The penalty.
    l1_ratio : float, default=0.5
        Share of L1 in the elastic net.
    C : float, default=None
        Inverse of the strength of the penalty; by default it is tuned by cross-validation.
    cv : int, default=10
        Number of folds.
    rule : {'min', '1se'}, default='min'
        Which strength is taken: that of the smallest mean loss, or the largest within one standard
        error of it.
    class_weight : dict or 'balanced', default=None
        Weights of whole classes.
    standardize : bool, default=True
        Whether columns are penalised per standard deviation.
    fit_intercept : bool, default=True
        Whether there is an intercept.
    solver : str, default='auto'
        As of :class:`linecall.LogisticRegression`.
    tol : float, default=1e-9
        Largest violation of the optimality conditions at which a fit has converged.
    random_state : int, default=0
        Seed of the folds.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (1, n_columns) or (n_classes, n_columns)
        Coefficients, of the n-grams and of other columns.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    lambda_ : float
        Strength of the penalty.
    tuning_ : dict or None
        How it was tuned; None where C was given.
    certificate_ : dict
        Objective, duality gap, residual and why the solver stopped.
    n_features_in_ : int
        Number of columns of a data frame.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names.
    n_iter_ : ndarray of shape (1,)
        Iterations of the solver.

    Examples
    --------
    >>> from linecall import TextClassifier
    >>> texts = ["a good film", "a bad film", "good, very good", "bad, very bad", "a dull film"]
    >>> model = TextClassifier(C=1.0).fit(texts, ["pos", "neg", "pos", "neg", "neg"])
    >>> model.predict(["a very good film"])
    array(['pos'], dtype='<U3')
    >>> found = model.top_tokens(1)[0]
    >>> found["class"], [own["token"] for own in found["for"]]
    ('pos', ['good'])
    >>> case = model.challenge("a good film")
    >>> case["words"][0]["removal"]["words"]
    ['good']
    """

    def __init__(
        self,
        *,
        text_columns=None,
        analyzer=None,
        ngram_range=None,
        weighting=None,
        norm="auto",
        sublinear_tf=False,
        min_df=1,
        max_df=1.0,
        max_features=None,
        hash_bits=None,
        lowercase=True,
        strip_accents=None,
        stop_words=None,
        stem=None,
        token_length=2,
        normalization=None,
        segmenter=None,
        romanize=False,
        loss="logistic",
        penalty="l2",
        l1_ratio=0.5,
        C=None,
        cv=10,
        rule="min",
        class_weight=None,
        standardize=True,
        fit_intercept=True,
        solver="auto",
        tol=1e-9,
        random_state=0,
    ):
        self.text_columns = text_columns
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.weighting = weighting
        self.norm = norm
        self.sublinear_tf = sublinear_tf
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.hash_bits = hash_bits
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.stop_words = stop_words
        self.stem = stem
        self.token_length = token_length
        self.normalization = normalization
        self.segmenter = segmenter
        self.romanize = romanize
        self.loss = loss
        self.penalty = penalty
        self.l1_ratio = l1_ratio
        self.C = C
        self.cv = cv
        self.rule = rule
        self.class_weight = class_weight
        self.standardize = standardize
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.tol = tol
        self.random_state = random_state

    # -- what is asked --------------------------------------------------------------------------

    def _text(self):
        """How texts are cut, as linecall writes it; None where nothing is said of it."""
        said = {name: value for name, value in self.get_params(deep=False).items() if name in _TEXT}
        if said == _TEXT:
            return None
        one_of("analyzer", self.analyzer, ANALYZERS + (None,))
        one_of("weighting", self.weighting, WEIGHTINGS + (None,))
        one_of("norm", self.norm, ("auto",) + NORMS)
        hashes = self.hash_bits is not None
        analyzer = self.analyzer or "word"
        usual = (1, 3) if analyzer == "char" else (1, 2)
        given = usual if self.ngram_range is None else self.ngram_range
        own = SimpleNamespace(**{**said, "analyzer": analyzer, "ngram_range": ngrams(given)})
        settings = {
            **cut(own),
            **kept(own),
            "weighting": self.weighting or ("count" if hashes else "tfidf"),
            "sublinear_tf": bool(self.sublinear_tf),
        }
        if hashes:
            settings["hash_bits"] = whole("hash_bits", self.hash_bits, 1)
        if self.norm != "auto":
            settings["norm"] = self.norm or "none"
        elif hashes:
            settings["norm"] = "l2"
        return settings

    def _asked(self, target, columns, classes, names, positive):
        """The settings of a fit as the compiled module takes them."""
        one_of("penalty", self.penalty, ("l2", "l1", "elasticnet", None))
        one_of("rule", self.rule, ("min", "1se"))
        one_of("solver", self.solver, OURS + ("interior-point",))
        at_least("tol", self.tol, 0, strict=True)
        if not isinstance(self.loss, str):
            raise ValueError(f"loss is {self.loss!r}, expected a name such as 'logistic'")
        if self.penalty is None:
            if self.C is not None:
                raise ValueError(f"C is {self.C!r}, and penalty=None takes none")
            strength = {"lambda": 0.0}
        elif self.C is None:
            strength = {"tune": {"rule": self.rule, "folds": whole("cv", self.cv, 2)}}
        else:
            at_least("C", self.C, 0, strict=True)
            strength = {"c": float(self.C)}
        solver = "interior_point" if self.solver == "interior-point" else solver_name(self.solver)
        return {
            "target": target,
            "positive": positive,
            "text_columns": columns,
            "text": self._text(),
            "loss": self.loss,
            "penalty": penalty_of(1.0, self.penalty, self.l1_ratio),
            "strength": strength,
            "class_weight": class_weight(self.class_weight, classes, names),
            "solver": solver,
            "tolerance": float(self.tol),
            "standardize": bool(self.standardize),
            "fit_intercept": bool(self.fit_intercept),
            "seed": whole("random_state", self.random_state, 0),
        }

    def fit(self, X, y):
        """Fit the model.

        Parameters
        ----------
        X : iterable of str, or data frame
            The texts, or a table with columns of texts and others.
        y : array-like of shape (n_samples,)
            The class of each row.

        Returns
        -------
        self : object
            The fitted classifier.
        """
        if y is None:
            raise ValueError("TextClassifier requires y to be passed, but the target y is None.")
        column, columns = _columns(X)
        y = _inputs.unmasked(y, "y")
        label = _frames.name_of(y, "class")
        check_classification_targets(y)
        values = column_or_1d(y, warn=True)
        check_consistent_length(columns[0][1] if columns else [], values)
        if len(values) == 0:
            raise Error("there are no texts")
        classes = np.unique(values)
        names = _inputs.class_names(classes)
        if len(set(names)) < len(names):
            raise ValueError("two classes have the same text; rename one of them")
        if len(classes) < 2:
            raise ValueError(f"y holds a single class, {names[0]!r}; a classifier needs two or more")
        target = _free(label, [name for name, _ in columns])
        texts = [column] if column is not None else _listed(self.text_columns)
        positive = names[1] if len(classes) == 2 else None
        asked = self._asked(target, texts, classes, names, positive)
        cells = _inputs.class_names(values)
        frame = _frames.table("data", [*columns, (target, cells)])
        try:
            model, told = _linecall.fit_table(frame, json.dumps(asked), watch())
        except Error as error:
            raise Error(_in_python(str(error))) from None
        told = json.loads(told)
        self._keep_all(column, columns, classes, names, model, told)
        return self

    def _keep_all(self, column, columns, classes, names, model, told):
        """Remembers what was fitted."""
        place = {name: k for k, name in enumerate(model.classes)}
        self.classes_ = classes
        self._order = np.array([place[name] for name in names], dtype=np.int64)
        #: The column that texts of a list are; None where a table was fitted to.
        self._column = column
        self.model_ = model
        self.tuning_ = told["tuning"]
        plan = json.loads(model.manifest())["training"]["plan"]
        self.lambda_ = float(plan["penalty"].get("lambda", 0.0))
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
        if column is None:
            self.n_features_in_ = len(columns)
            self.feature_names_in_ = np.asarray([name for name, _ in columns], dtype=object)
        if model.iterations is not None:
            self.n_iter_ = np.array([max(1, model.iterations)], dtype=np.int32)
        _remarks.warn(told["remarks"])
        if model.converged is False:
            warnings.warn(
                "TextClassifier stopped at its limit of iterations; raise tol or lower C",
                ConvergenceWarning,
                stacklevel=3,
            )

    # -- calls ----------------------------------------------------------------------------------

    def _design(self, X):
        check_is_fitted(self)
        _, columns = _columns(X, self._column)
        return self.model_.design_of(_frames.table("data", columns))

    predict_proba = available_if(_has_probabilities)(Probabilities.predict_proba)
    predict_log_proba = available_if(_has_probabilities)(Probabilities.predict_log_proba)

    def top_tokens(self, n=10):
        """The n-grams that speak most for and against each class.

        Parameters
        ----------
        n : int, default=10
            How many of each.

        Returns
        -------
        tokens : list of dict
            For each column of texts and each score: ``column``, ``class``, the n-grams ``for`` and
            ``against`` it (``token``, ``coef``, ``texts``), how many n-grams there are (``terms``)
            and how many have a coefficient (``nonzero``).
        """
        return json.loads(self._fitted("top_tokens").top_tokens(whole("n", n, 0)))

    def challenge(self, text, **settings):
        """The case of one text: why the call, and without which words it would be another.

        Parameters
        ----------
        text : str, or data frame of one row
            The text, or the row.
        **settings : dict
            As in :func:`linecall.challenge`.

        Returns
        -------
        case : Answer
            The case file; what its texts say is under ``words``.
        """
        from ._questions import challenge

        check_is_fitted(self)
        return challenge(self, [text] if isinstance(text, str) else text, 0, **settings)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


#: What is said of texts where nothing is.
_TEXT = dict(
    analyzer=None, ngram_range=None, weighting=None, norm="auto", sublinear_tf=False, min_df=1,
    max_df=1.0, max_features=None, hash_bits=None, lowercase=True, strip_accents=None,
    stop_words=None, stem=None, token_length=2, normalization=None, segmenter=None, romanize=False,
)


def _columns(X, name=None):
    """The column that texts of a list become (None of a table), and names and cells of all."""
    if _frames.kind_of(X) is not None:
        return None, _frames.columns(X)
    name = name or _frames.name_of(X, "text")
    return name, [(name, _inputs.texts(X, checked=True))]


def _listed(columns):
    if isinstance(columns, str):
        raise Error(f"text_columns is {columns!r}, expected a list of names; put it into a list")
    return [] if columns is None else [str(name) for name in columns]


def _free(name, taken):
    while name in taken:
        name += "_"
    return name


def _in_python(text):
    """A refusal of the facade, whose mends name flags of the command, in the words of Python."""
    for flag, parameter in (
        ("name it by --text", "name it in text_columns"),
        ("--holdout 0 --no-tune --lambda NUMBER", "C=NUMBER"),
        ("--no-tune --lambda NUMBER", "C=NUMBER"),
        ("set the column's role to `ignored`", "leave the column out"),
    ):
        text = text.replace(flag, parameter)
    return text
