"""Texts: vectorizers against scikit-learn's, live; classifiers against the command's models."""

import csv
import io
import json
import pickle
import threading
import zipfile

import numpy as np
import pytest
import sklearn.feature_extraction.text as theirs
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from test_model import command

import linecall

#: What is easily cut otherwise.
AWKWARD = [
    "A good film, a good story.",
    "not a Good film; it's don't-ish",
    "",
    "   ",
    "x",
    "tab\tand\n\nnew  lines  \r\n here ",
    "Été à la crème brûlée, NAÏVE façade",
    "e\u0301te\u0301 decomposed cafe\u0301",
    "İstanbul ISTANBUL ıstanbul ΟΔΟΣ οδός Straße STRASSE",
    "ﬁne ligatures ＡＢＣ １２３ x² Ⅷ ½",
    "中文分词 很 有趣 日本語のテキスト 한국어 문장",
    "emoji 😀 good😀bad 👩‍👩‍👧 family",
    "under_score 42 4.2e-3 __init__ v1.0.2",
    "\u00a0non\u2003breaking\u200bspaces\x1cseparators",
    "good " * 7 + "film",
    "a\x00null and \ufeff a mark",
    "שלום עולם العربية हिन्दी ไทย",
]

COUNTS = [
    {},
    {"ngram_range": (1, 3)},
    {"lowercase": False},
    {"strip_accents": "unicode"},
    {"strip_accents": "unicode", "lowercase": False, "ngram_range": (2, 2)},
    {"analyzer": "char"},
    {"analyzer": "char", "ngram_range": (2, 4)},
    {"analyzer": "char_wb", "ngram_range": (1, 5)},
    {"analyzer": "char_wb", "ngram_range": (4, 4), "strip_accents": "unicode"},
    {"min_df": 2},
    {"max_df": 0.1},
    {"min_df": 0.1, "max_df": 5},
    {"binary": True, "ngram_range": (1, 2)},
    {"analyzer": "char", "binary": True, "min_df": 3},
]
TFIDFS = [
    *COUNTS,
    {"norm": "l1"},
    {"norm": None},
    {"norm": None, "binary": True},
    {"use_idf": False},
    {"use_idf": False, "binary": True, "norm": "l1"},
    {"smooth_idf": False},
    {"sublinear_tf": True},
    {"sublinear_tf": True, "use_idf": False, "norm": None},
    {"sublinear_tf": True, "smooth_idf": False, "analyzer": "char", "ngram_range": (1, 2)},
]
HASHES = [
    {"n_features": 2**20},
    {"n_features": 16},
    {"n_features": 2**10, "ngram_range": (1, 2), "norm": "l1"},
    {"n_features": 2**12, "norm": None, "analyzer": "char_wb", "ngram_range": (2, 3)},
    {"n_features": 2**18, "binary": True},
    {"n_features": 2**18, "strip_accents": "unicode", "lowercase": False},
]

#: Half a unit in the last place of single precision, and what scikit-learn's own sums leave open.
SINGLE = dict(rtol=1e-6, atol=1e-7)


def same(ours, others):
    assert sparse.issparse(ours) and ours.format == "csr" and ours.dtype == np.float32
    assert ours.shape == others.shape
    assert ours.has_canonical_format
    ours.check_format(full_check=True)
    assert np.array_equal(ours.toarray() != 0, others.toarray() != 0)
    np.testing.assert_allclose(ours.toarray(), others.toarray(), **SINGLE)


@pytest.mark.parametrize("settings", COUNTS, ids=str)
def test_counts_are_scikit_learns(settings):
    own, other = linecall.CountVectorizer(**settings), theirs.CountVectorizer(**settings)
    same(own.fit_transform(AWKWARD), other.fit_transform(AWKWARD))
    assert own.vocabulary_ == other.vocabulary_
    assert own.get_feature_names_out().tolist() == other.get_feature_names_out().tolist()
    new = ["a new text of good words", *AWKWARD[::-1], "", "nothing known: qqq"]
    same(own.transform(new), other.transform(new))


@pytest.mark.parametrize("settings", TFIDFS, ids=str)
def test_rarities_are_scikit_learns(settings):
    own, other = linecall.TfidfVectorizer(**settings), theirs.TfidfVectorizer(**settings)
    same(own.fit_transform(AWKWARD), other.fit_transform(AWKWARD))
    assert own.vocabulary_ == other.vocabulary_
    if settings.get("use_idf", True):
        np.testing.assert_allclose(own.idf_, other.idf_, rtol=1e-14)
    else:
        assert not hasattr(own, "idf_") and not hasattr(other, "idf_")
    new = AWKWARD[3:8] + ["good good film"]
    same(own.transform(new), other.transform(new))


@pytest.mark.parametrize("settings", HASHES, ids=str)
def test_hashes_are_scikit_learns(settings):
    other = theirs.HashingVectorizer(**settings).transform(AWKWARD)
    # scikit-learn keeps a zero where n-grams cancel.
    other.eliminate_zeros()
    same(linecall.HashingVectorizer(**settings).transform(AWKWARD), other)


def test_the_most_frequent_are_kept():
    texts = ["a3 a3 a3 b2 b2 c1", "b2 d4 d4 d4 d4", "a3 e1"]
    own = linecall.CountVectorizer(max_features=3).fit(texts)
    assert own.vocabulary_ == theirs.CountVectorizer(max_features=3).fit(texts).vocabulary_
    # Of equals, those that come first.
    own = linecall.CountVectorizer(max_features=2).fit(["zz yy", "xx ww"])
    assert sorted(own.vocabulary_) == ["ww", "xx"]


def test_saturating_counts_are_their_formula():
    texts = ["good film good", "bad film", "story of a film, a long one"]
    own = linecall.BM25Vectorizer()
    X = own.fit_transform(texts).toarray()
    counts = theirs.CountVectorizer().fit_transform(texts).toarray()
    n, df = len(texts), (counts > 0).sum(0)
    idf = np.log(1 + (n - df + 0.5) / (df + 0.5))
    length = counts.sum(1, keepdims=True) / counts.sum(1).mean()
    expected = idf * 2.2 * counts / (counts + 1.2 * (0.25 + 0.75 * length))
    np.testing.assert_allclose(X, expected, **SINGLE)
    np.testing.assert_allclose(own.idf_, idf)
    assert own.mean_length_ == counts.sum(1).mean()
    unit = linecall.BM25Vectorizer(norm="l2").fit_transform(texts)
    np.testing.assert_allclose(sparse.linalg.norm(unit, axis=1), 1, rtol=1e-6)


def test_bytes_stems_stop_words_and_segments():
    own = linecall.CountVectorizer(analyzer="byte", ngram_range=(2, 2)).fit(["é", "\x00a"])
    assert own.vocabulary_ == {b"\x00a": 0, "é".encode(): 1}
    assert own.get_feature_names_out().tolist() == ["\\x00a", "é"]
    stems = linecall.CountVectorizer(stem="english", stop_words="english")
    assert sorted(stems.fit(["This is the running of films"]).vocabulary_) == ["film", "run"]
    chinese = linecall.CountVectorizer(segmenter="jieba").fit(["我来到北京清华大学"])
    assert "北京" in chinese.vocabulary_
    latin = linecall.CountVectorizer(romanize=True, normalization="nfkc", token_length=1)
    assert "moskva" in latin.fit(["Москва x"]).vocabulary_


def test_words_know_where_they_stand():
    text = "😀 Été, İstanbul: ok"
    found = linecall.CountVectorizer().fit(["any"]).words(text)
    assert [(word, text[start:end]) for word, start, end in found] == [
        ("été", "Été"), ("stanbul", "stanbul"), ("ok", "ok"),
    ]
    assert linecall.HashingVectorizer().words("one two") == [("one", 0, 3), ("two", 4, 7)]
    with pytest.raises(linecall.Error, match="type int"):
        linecall.HashingVectorizer().words(3)


VECTORIZERS = [
    linecall.CountVectorizer(ngram_range=(1, 2)),
    linecall.TfidfVectorizer(sublinear_tf=True),
    linecall.TfidfVectorizer(binary=True),
    linecall.BM25Vectorizer(analyzer="char", ngram_range=(1, 2)),
    linecall.HashingVectorizer(n_features=2**8),
]


@pytest.mark.parametrize("vectorizer", VECTORIZERS, ids=lambda own: type(own).__name__)
def test_estimators_keep_the_conventions(vectorizer):
    own = clone(vectorizer)
    assert own.get_params() == vectorizer.get_params()
    X = own.fit_transform(AWKWARD)
    assert own.fit(AWKWARD) is own
    again = pickle.loads(pickle.dumps(own))
    assert (again.transform(AWKWARD) != X).nnz == 0
    # Any list of texts is one.
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    ways = (tuple, iter, np.array, lambda t: np.array(t, dtype=object), pandas.Series, polars.Series)
    for way in ways:
        assert (own.transform(way(AWKWARD)) != X).nnz == 0
    assert own.transform([]).shape == (0, X.shape[1])
    own.set_params(lowercase=False)
    assert own.lowercase is False
    with pytest.raises(ValueError):
        own.set_params(nothing=1)


@pytest.mark.parametrize("vectorizer", VECTORIZERS[:4], ids=lambda own: type(own).__name__)
def test_what_is_not_fitted_says_so(vectorizer):
    own = clone(vectorizer)
    with pytest.raises(NotFittedError):
        own.transform(["text"])
    assert not hasattr(own, "vocabulary_")


def test_results_do_not_depend_on_threads_of_python():
    own = linecall.TfidfVectorizer().fit(AWKWARD)
    expected = own.transform(AWKWARD * 200)
    found = [None] * 4

    def work(k):
        found[k] = own.transform(AWKWARD * 200)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    assert all((one != expected).nnz == 0 for one in found)


@pytest.mark.parametrize(
    "texts, text",
    [
        ("one text", "put it into a list"),
        (b"bytes", "put it into a list"),
        (None, "None"),
        (3, "type int"),
        ({"a": 1}, "dict"),
        (["good", None], "row 2 is None"),
        (["good", 3], "row 2 is of type int"),
        (["good", b"bytes"], "row 2 is of type bytes; decode"),
        (["good", float("nan")], "row 2 is of type float"),
        (["good", "half \ud800"], "row 2 holds half of a surrogate pair"),
        (np.array([["good", "bad"]]), "one column"),
        (sparse.csr_matrix((2, 2)), "one column"),
        (np.arange(3.0), "row 1 is of type float"),
    ],
    ids=str,
)
def test_what_is_no_list_of_texts_is_refused_in_one_line(texts, text):
    for own in (linecall.CountVectorizer(), linecall.HashingVectorizer()):
        with pytest.raises(ValueError) as refused:
            own.fit_transform(texts)
        assert text in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("frame", ["pandas", "polars", "pyarrow"])
def test_a_frame_is_not_its_names(frame):
    module = pytest.importorskip(frame)
    make = module.table if frame == "pyarrow" else module.DataFrame
    with pytest.raises(linecall.Error, match="give one column"):
        linecall.CountVectorizer().fit(make({"text": ["good", "bad"]}))


@pytest.mark.parametrize(
    "settings, text",
    [
        ({"analyzer": str.split}, "analyzer is a function"),
        ({"analyzer": "words"}, "analyzer is 'words'"),
        ({"tokenizer": str.split}, "tokenizer is not supported"),
        ({"preprocessor": str.lower}, "preprocessor is not supported"),
        ({"token_pattern": r"\w+"}, "token_pattern is not supported"),
        ({"strip_accents": "ascii"}, "strip_accents is 'ascii'"),
        ({"stop_words": ["the"]}, "stop_words is of type list"),
        ({"stop_words": "klingon"}, "klingon"),
        ({"stem": "klingon"}, "klingon"),
        ({"analyzer": "char", "stem": "english"}, "are for words"),
        ({"ngram_range": (2, 1)}, "ngram_range"),
        ({"ngram_range": 2}, "ngram_range"),
        ({"ngram_range": (0, 1)}, "ngram_range"),
        ({"token_length": 0}, "token_length"),
        ({"normalization": "nfd"}, "normalization"),
        ({"segmenter": "spaces"}, "segmenter"),
    ],
    ids=str,
)
def test_settings_that_are_none_are_refused_in_one_line(settings, text):
    for kind in (linecall.TfidfVectorizer, linecall.BM25Vectorizer, linecall.HashingVectorizer):
        with pytest.raises(ValueError) as refused:
            kind(**settings).fit_transform(["good film"])
        assert text in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "kind, settings, texts, text",
    [
        (linecall.CountVectorizer, {}, [], "vocabulary is empty"),
        (linecall.CountVectorizer, {}, ["", "a"], "vocabulary is empty: the texts hold no n-gram"),
        (linecall.CountVectorizer, {"min_df": 2}, ["good", "bad"], "lower `min_df`"),
        (linecall.CountVectorizer, {"min_df": 1.5}, ["good"], "min_df is 1.5"),
        (linecall.CountVectorizer, {"max_df": -1}, ["good"], "max_df is -1"),
        (linecall.CountVectorizer, {"max_features": 0}, ["good"], "max_features is 0"),
        (linecall.TfidfVectorizer, {"norm": "l3"}, ["good"], "norm is 'l3'"),
        (linecall.HashingVectorizer, {"n_features": 1000}, ["good"], "power of 2"),
        (linecall.HashingVectorizer, {"alternate_sign": False}, ["good"], "alternate_sign"),
    ],
    ids=str,
)
def test_empty_vocabularies_and_bad_bounds_are_refused(kind, settings, texts, text):
    with pytest.raises(ValueError) as refused:
        kind(**settings).fit_transform(texts)
    assert text in str(refused.value) and "\n" not in str(refused.value)


# -- classifiers ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reviews():
    """Reviews of two opinions, from a few words by chance."""
    rng = np.random.default_rng(0)
    good = ["good", "great", "lovely", "a delight"]
    bad = ["bad", "awful", "dull", "not good"]
    fill = ["the film", "this story", "an actor", "scenes", "of course", "it was", "Été"]
    texts, y = [], []
    for _ in range(160):
        kind = rng.integers(0, 2)
        words = [*rng.choice(fill, 4), *rng.choice([bad, good][kind], 2), *rng.choice(bad + good, 1)]
        texts.append(", ".join(rng.permutation(words)))
        y.append(["neg", "pos"][kind])
    return texts, y


def test_pipelines_and_searches(reviews):
    texts, y = reviews
    grid = {"tfidfvectorizer__ngram_range": [(1, 1), (1, 2)], "linearsvc__C": [0.1, 1.0]}
    pipeline = make_pipeline(linecall.TfidfVectorizer(), linecall.LinearSVC())
    search = GridSearchCV(pipeline, grid, cv=3).fit(texts, y)
    assert search.best_score_ > 0.8
    others = make_pipeline(theirs.TfidfVectorizer(), linecall.LinearSVC()).fit(texts, y)
    own = make_pipeline(linecall.TfidfVectorizer(), linecall.LinearSVC()).fit(texts, y)
    # The rows differ in the last digit of single precision.
    np.testing.assert_allclose(
        own.decision_function(texts), others.decision_function(texts), rtol=1e-4, atol=1e-5
    )
    search = GridSearchCV(linecall.TextClassifier(C=1.0), {"ngram_range": [(1, 1), (1, 2)]}, cv=3)
    assert search.fit(texts, y).score(texts, y) > 0.9


def parts(data):
    """The files in a model file; of the manifest, what does not name the command."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(found.pop("manifest.json"))
    manifest["training"].pop("command")
    return manifest, found


@pytest.mark.parametrize(
    "settings, flags",
    [
        ({"C": 1.0}, ["--C", "1"]),
        ({"cv": 4, "rule": "1se", "random_state": 3},
         ["--folds", "4", "--rule", "1se", "--seed", "3"]),
        ({"C": 0.5, "loss": "squared_hinge", "analyzer": "char", "min_df": 2},
         ["--C", "0.5", "--loss", "squared-hinge", "--analyzer", "char", "--min-df", "2"]),
        ({"C": 1.0, "hash_bits": 10, "class_weight": "balanced", "standardize": False},
         ["--C", "1", "--hash-bits", "10", "--class-weight", "balanced", "--no-standardize"]),
        ({"C": 1.0, "weighting": "bm25", "ngram_range": (1, 1), "max_features": 12,
          "stop_words": "english", "stem": "english", "penalty": "l1"},
         ["--C", "1", "--weighting", "bm25", "--ngrams", "1", "--max-features", "12",
          "--stop-words", "english", "--stem", "english", "--penalty", "l1"]),
        ({"C": 2.0, "weighting": "tfidf", "norm": "l1", "sublinear_tf": True, "token_length": 1,
          "strip_accents": "unicode", "lowercase": False},
         ["--C", "2", "--weighting", "tfidf", "--text-norm", "l1", "--sublinear-tf",
          "--token-length", "1", "--strip-accents", "--no-lowercase"]),
    ],
    ids=str,
)
def test_the_model_is_the_commands(settings, flags, reviews, tmp_path):
    texts, y = reviews
    with open(tmp_path / "rows.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "class"), *zip(texts, y)])
    done = command(
        "fit", "rows.csv", "--target", "class", "--text", "text", "--holdout", "0", *flags,
        "-o", "model.linecall", folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    theirs = (tmp_path / "model.linecall").read_bytes()
    own = linecall.TextClassifier(**settings).fit(texts, y)
    ours = linecall.Model.of(own).to_bytes()
    assert parts(ours) == parts(theirs)
    # And either scores what the other scores.
    model = linecall.Model.load(tmp_path / "model.linecall")
    assert np.array_equal(model.decision_function(np.array(texts)), own.decision_function(texts))
    assert model.predict({"text": texts}).tolist() == own.predict(texts).tolist()


def test_classifiers_keep_the_conventions(reviews):
    texts, y = reviews
    own = linecall.TextClassifier(C=1.0)
    with pytest.raises(NotFittedError):
        own.predict(texts)
    assert not hasattr(own, "coef_")
    assert clone(own).get_params() == own.get_params()
    assert own.fit(texts, y) is own
    assert own.classes_.tolist() == ["neg", "pos"]
    assert own.score(texts, y) > 0.9
    p = own.predict_proba(texts)
    np.testing.assert_allclose(p.sum(1), 1)
    assert np.array_equal(own.classes_[p.argmax(1)], own.predict(texts))
    assert np.array_equal(own.decision_function(texts) > 0, own.predict(texts) == "pos")
    assert own.coef_.shape == (1, own.top_tokens()[0]["terms"]) and own.tuning_ is None
    assert own.certificate_["stop"] == "converged"
    again = pickle.loads(pickle.dumps(own))
    assert np.array_equal(again.predict_proba(texts), p)
    assert np.array_equal(own.predict(np.array(texts)), own.predict(texts))
    for y_own in (np.array(y) == "pos", np.where(np.array(y) == "pos", 10, 9)):
        other = linecall.TextClassifier(C=1.0).fit(texts, y_own)
        assert np.array_equal(other.classes_, np.unique(y_own))
        assert np.array_equal(other.decision_function(texts), own.decision_function(texts))
        assert other.predict(texts).dtype == y_own.dtype


def test_scores_are_those_of_vectorizer_and_classifier(reviews):
    texts, y = reviews
    own = linecall.TextClassifier(C=1.0, standardize=False, ngram_range=(1, 1)).fit(texts, y)
    X = linecall.TfidfVectorizer().fit_transform(texts)
    other = linecall.LogisticRegression(C=1.0).fit(X, y)
    # Both at an optimum of 1e-9.
    np.testing.assert_allclose(own.coef_, other.coef_, atol=1e-7)
    np.testing.assert_allclose(own.decision_function(texts), other.decision_function(X), atol=1e-7)


def test_three_classes_and_scores_without_probabilities(reviews):
    texts, _ = reviews
    y = np.array([10, 2, 1])[[("good" in t) + ("bad" in t) for t in texts]]
    own = linecall.TextClassifier(C=1.0).fit(texts, y)
    assert own.decision_function(texts).shape == (len(texts), 3)
    assert own.predict_proba(texts).shape == (len(texts), 3)
    assert own.score(texts, y) > 0.9
    assert {one["class"] for one in own.top_tokens(2)} == {"1", "2", "10"}
    svm = linecall.TextClassifier(C=1.0, loss="hinge")
    assert not hasattr(svm, "predict_proba")


def test_tables_have_texts_and_other_columns(reviews):
    pandas = pytest.importorskip("pandas")
    texts, y = reviews
    rng = np.random.default_rng(1)
    frame = pandas.DataFrame({
        "review": texts, "stars": rng.normal(size=len(y)) + 2 * (np.array(y) == "pos"),
        "title": [t.split(",")[0] for t in texts], "place": rng.choice(["north", "south"], len(y)),
    })
    label = pandas.Series(y, name="opinion")
    own = linecall.TextClassifier(C=1.0, text_columns=["review", "title"]).fit(frame, label)
    assert own.feature_names_in_.tolist() == list(frame) and own.n_features_in_ == 4
    assert {one["column"] for one in own.top_tokens(1)} == {"review", "title"}
    names = linecall.Model.of(own).columns
    assert "stars" in names and "place = south" in names
    assert own.score(frame, y) > 0.9
    case = linecall.challenge(own, frame, 3, label, reference=(frame, label))
    assert [one["column"] for one in case["words"]] == ["review", "title"]
    # A missing text is an empty one.
    frame.loc[0, "title"] = None
    assert own.predict(frame).shape == (len(y),)
    with pytest.raises(linecall.Error, match="title"):
        own.predict(frame.drop(columns="title"))
    with pytest.raises(linecall.Error, match="is no column"):
        linecall.TextClassifier(C=1.0, text_columns=["none"]).fit(frame, label)


def test_the_words_of_a_call_are_challenged(reviews):
    texts, y = reviews
    own = linecall.TextClassifier(C=1.0, ngram_range=(1, 1)).fit(texts, y)
    case = own.challenge("a good story, a great film", reference=(texts, y))
    words = case["words"][0]
    assert words["class"] == own.predict(["a good story, a great film"])[0] == "pos"
    assert words["margin"] == pytest.approx(own.decision_function([words["text"]])[0])
    removal = words["removal"]
    assert removal["to"] == "neg" and own.predict([removal["text"]])[0] == "neg"
    assert len(words["nearest"]) > 0
    assert "story" in case.to_html()
    again = linecall.challenge(own, texts, 5, y, reference=(texts, y))
    assert again["words"][0]["text"] == texts[5]
    other = linecall.challenge(linecall.Model.of(own, texts, y), texts, 5, reference=(texts, y))
    assert other["words"] == again["words"]
    tokens = own.top_tokens(3)[0]
    assert {"good", "great"} & {one["token"] for one in tokens["for"]}
    assert tokens == linecall.Model.of(own).top_tokens(3)[0]


@pytest.mark.parametrize(
    "settings, X, y, text",
    [
        ({}, "one text", ["a"], "put it into a list"),
        ({}, None, ["a"], "None"),
        ({}, ["good", None], ["a", "b"], "row 2 is None"),
        ({}, ["good", 3], ["a", "b"], "row 2 is of type int"),
        ({}, ["good", "half \ud800"], ["a", "b"], "row 2, column `text`: holds half of a surrogate"),
        ({}, ["good", "bad"], ["a"], "inconsistent"),
        ({}, ["good", "bad"], ["a", "a"], "single class"),
        ({}, ["good", "bad"], None, "y"),
        ({}, [], [], ""),
        ({}, ["", "a"], ["a", "b"], "no n-gram"),
        ({"C": 0.0}, ["good", "bad"], ["a", "b"], "C is 0.0"),
        ({"C": None}, ["good", "bad"], ["a", "b"], "C=NUMBER"),
        ({"loss": "none"}, ["good", "bad"], ["a", "b"], "loss"),
        ({"penalty": "l3"}, ["good", "bad"], ["a", "b"], "penalty"),
        ({"rule": "max"}, ["good", "bad"], ["a", "b"], "rule"),
        ({"analyzer": "words"}, ["good", "bad"], ["a", "b"], "analyzer"),
        ({"weighting": "idf"}, ["good", "bad"], ["a", "b"], "weighting"),
        ({"hash_bits": 40}, ["good", "bad"], ["a", "b"], "hash_bits"),
        ({"hash_bits": 8, "min_df": 2}, ["good", "bad"], ["a", "b"], "min_df"),
        ({"class_weight": {"c": 2}}, ["good", "bad"], ["a", "b"], "class_weight"),
        ({"random_state": None}, ["good", "bad"], ["a", "b"], "random_state"),
    ],
    ids=str,
)
def test_what_a_classifier_does_not_take_is_refused_in_one_line(settings, X, y, text):
    with pytest.raises(ValueError) as refused:
        linecall.TextClassifier(**{"C": 1.0, **settings}).fit(X, y)
    assert text in str(refused.value) and "\n" not in str(refused.value)
    assert "--" not in str(refused.value)
