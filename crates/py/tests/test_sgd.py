"""Learning from rows as they come."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sparse
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

import linecall


@pytest.fixture(scope="module")
def rows():
    X, y = make_classification(3000, 12, n_informative=5, flip_y=0.1, random_state=3)
    return X * np.logspace(-2, 2, 12), y


@pytest.mark.parametrize("loss", ["log_loss", "hinge", "squared_hinge", "modified_huber"])
def test_passes_come_near_the_optimum(rows, loss):
    X = StandardScaler().fit_transform(rows[0])
    y = rows[1]
    model = linecall.SGDClassifier(loss, alpha=1e-3, max_iter=100).fit(X, y)
    signs = np.where(y == 1, 1.0, -1.0)

    def objective(w, b):
        m = signs * (X @ w + b)
        losses = {
            "log_loss": np.logaddexp(0, -m),
            "hinge": np.maximum(0, 1 - m),
            "squared_hinge": np.maximum(0, 1 - m) ** 2,
            "modified_huber": np.where(m >= -1, np.maximum(0, 1 - m) ** 2, -4 * m),
        }
        return losses[loss].mean() + 0.5e-3 * w @ w

    if loss == "log_loss":
        best = linecall.LogisticRegression(C=1 / (1e-3 * len(y))).fit(X, y)
    elif loss == "modified_huber":
        best = linecall.LinearSVC(C=1 / (1e-3 * len(y))).fit(X, y)
    else:
        best = linecall.LinearSVC(loss=loss, C=1 / (1e-3 * len(y))).fit(X, y)
    found = objective(model.coef_[0], model.intercept_[0])
    least = objective(best.coef_[0], best.intercept_[0])
    # The mean over a pass is that near; the losses are below 1.
    assert found < least + 2e-3


def test_parts_are_the_whole_and_a_pickle_goes_on(rows):
    X, y = rows
    whole = linecall.SGDClassifier("log_loss").partial_fit(X, y, classes=[0, 1])
    parts = linecall.SGDClassifier("log_loss")
    for a in range(0, 3000, 300):
        if a == 1500:
            parts = pickle.loads(pickle.dumps(parts))
        parts.partial_fit(X[a : a + 300], y[a : a + 300], classes=[0, 1])
    assert (parts.coef_ == whole.coef_).all() and (parts.intercept_ == whole.intercept_).all()
    assert parts.t_ == 3001


def test_sparse_rows_and_weights(rows):
    X, y = rows
    dense = linecall.SGDClassifier("log_loss", max_iter=3).fit(X, y)
    thin = linecall.SGDClassifier("log_loss", max_iter=3).fit(sparse.csr_matrix(X), y)
    np.testing.assert_allclose(thin.coef_, dense.coef_, rtol=1e-9)
    s = np.where(np.arange(3000) < 1000, 0.0, 1.0)
    weighted = linecall.SGDClassifier(shuffle=False, max_iter=2).fit(X, y, s)
    without = linecall.SGDClassifier(shuffle=False, max_iter=2).fit(X[1000:], y[1000:])
    np.testing.assert_allclose(weighted.coef_, without.coef_, rtol=1e-12)


def test_what_cannot_be_is_refused(rows):
    X, y = rows
    with pytest.raises(ValueError, match="classes must be passed"):
        linecall.SGDClassifier().partial_fit(X, y)
    model = linecall.SGDClassifier().partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="not among classes"):
        model.partial_fit(X, y + 1)
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(X[:, :5], y)
    with pytest.raises(AttributeError):
        model.predict_proba(X)
    with pytest.raises(ValueError, match="balanced"):
        linecall.SGDClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1])
    with pytest.raises(linecall.Error, match="state"):
        kind, kept = model._online.__reduce__()
        kind(*kept[:4], kept[4][:-8], kept[5])
