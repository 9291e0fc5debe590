"""Naive Bayes of rows that come some at a time: as scikit-learn's, and as one fit of all rows."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sparse
import sklearn.naive_bayes as theirs
from sklearn.base import clone

import linecall

DISCRETE = ["MultinomialNB", "BernoulliNB", "ComplementNB"]
ALL = [*DISCRETE, "GaussianNB"]


def parts(X, y, weights, order, count=5):
    for rows in np.array_split(order, count):
        yield X[rows], y[rows], None if weights is None else weights[rows]


def numbers(model):
    return np.concatenate([model.coef_.ravel(), model.intercept_])


@pytest.fixture(scope="module")
def weights():
    return np.random.default_rng(3).uniform(0, 3, 300)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize("weigh", [False, True])
@pytest.mark.parametrize("kinds", [2, 3])
def test_parts_in_any_order_are_one_fit(name, thin, weigh, kinds, counts, weights):
    X, y = counts
    y = np.array(["c", "a", "b"])[np.minimum(y, kinds - 1)]
    X = sparse.csr_matrix(X) if thin else X
    s = weights if weigh else None
    whole = getattr(linecall, name)().fit(X, y, s)
    by_class = np.argsort(y, kind="stable")
    for order in (np.arange(300), by_class, by_class[::-1]):
        model = getattr(linecall, name)()
        for rows, own, weight in parts(X, y, s, order):
            model.partial_fit(rows, own, classes=np.unique(y), sample_weight=weight)
        np.testing.assert_allclose(numbers(model), numbers(whole), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(model.class_count_, whole.class_count_, rtol=1e-12)
        assert (model.predict(X) == whole.predict(X)).all()


@pytest.mark.parametrize("name", DISCRETE)
@pytest.mark.parametrize("fit_prior", [True, False])
@pytest.mark.parametrize("kinds", [2, 3])
def test_after_every_part_as_scikit_learn(name, fit_prior, kinds, counts, weights):
    X, y = counts
    y = np.minimum(y, kinds - 1)
    settings = {"alpha": 0.5}
    if name != "ComplementNB":
        settings["fit_prior"] = fit_prior
    own, other = getattr(linecall, name)(**settings), getattr(theirs, name)(**settings)
    # Class after class, so that for a while some have had no row.
    for rows, code, weight in parts(X, y, weights, np.argsort(y, kind="stable"), 7):
        own.partial_fit(rows, code, classes=range(kinds), sample_weight=weight)
        other.partial_fit(rows, code, classes=range(kinds), sample_weight=weight)
        if name != "ComplementNB":
            np.testing.assert_allclose(own.predict_proba(X), other.predict_proba(X), atol=1e-12)
            # A class without rows is impossible, not just unlikely.
            impossible = np.isneginf(other.predict_log_proba(X))
            assert np.isneginf(own.predict_log_proba(X))[impossible].all()
            np.testing.assert_allclose(own.class_log_prior_, other.class_log_prior_, rtol=1e-12)
        assert (own.predict(X) == other.predict(X)).all()
        np.testing.assert_allclose(own.class_count_, other.class_count_)


@pytest.mark.parametrize("name", DISCRETE)
def test_it_goes_on_after_a_fit_and_with_other_settings(name, counts):
    X, y = counts
    own, other = getattr(linecall, name)(), getattr(theirs, name)()
    for model in (own, other):
        model.fit(X[:100], y[:100])
        model.set_params(alpha=2.5)
        model.partial_fit(X[100:], y[100:])
    assert (own.predict(X) == other.predict(X)).all()
    alone = getattr(linecall, name)(alpha=2.5).fit(X, y)
    np.testing.assert_allclose(numbers(own), numbers(alone), rtol=1e-12, atol=1e-12)
    # A fit begins anew.
    own.fit(X[:50], y[:50])
    again = clone(own).fit(X[:50], y[:50])
    assert (numbers(own) == numbers(again)).all()


@pytest.mark.parametrize("name", ALL)
def test_a_pickle_goes_on(name, counts):
    X, y = counts
    first = getattr(linecall, name)().partial_fit(X[:120], y[:120], classes=[0, 1, 2])
    again = pickle.loads(pickle.dumps(first))
    for model in (first, again):
        model.partial_fit(X[120:], y[120:])
    assert (numbers(first) == numbers(again)).all()
    file = linecall.Model.from_bytes(linecall.Model.of(first).to_bytes())
    assert list(file.predict(X)) == [str(k) for k in first.predict(X)]
    assert all(ok for _, ok, _ in file.verify())


@pytest.mark.parametrize("name", ALL)
def test_what_is_not_there_yet_is_said(name, counts):
    X, y = counts
    model = getattr(linecall, name)()
    with pytest.raises(ValueError, match="classes must be passed"):
        model.partial_fit(X, y)
    one = X[y == 1]
    model.partial_fit(one, np.ones(len(one), dtype=int), classes=[0, 1, 2])
    if name == "ComplementNB":
        assert model.coef_.shape == (3, 12)
    else:
        assert set(model.predict(X)) == {1}
        if name != "GaussianNB":
            assert (model.predict_log_proba(X)[:, 1] == 0).all()
        assert (model.predict_proba(X) == [0, 1, 0]).all()
        with pytest.raises(AttributeError, match="class .*0.* has had no row"):
            model.coef_
        with pytest.raises(linecall.Error, match="a single class"):
            linecall.Model.of(model)
    assert not hasattr(model, "certificate_")
    with pytest.raises(ValueError, match="not the same"):
        model.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="not among classes"):
        model.partial_fit(X, y + 1)
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(X[:, :3], y)
    model.partial_fit(X, y)
    assert set(model.predict(X)) == {0, 1, 2}


def test_a_part_that_is_refused_leaves_the_rest_as_it_was(counts):
    X, y = counts
    model = linecall.MultinomialNB().partial_fit(X[:99], y[:99], classes=[0, 1, 2])
    before = numbers(model)
    with pytest.raises(linecall.Error, match="Negative values in data: row 1"):
        model.partial_fit(-1.0 - X[99:], y[99:])
    assert (numbers(model) == before).all() and model.class_count_.sum() == 99
