"""Scorecards: whole points, proofs, and the rest of the package on them."""

import itertools
import pickle

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression as Theirs

import linecall


@pytest.fixture(scope="module")
def rows():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X = X[["mean radius", "mean texture", "mean concavity", "worst radius", "worst concavity"]]
    return (X > X.median()).astype(int), y


def log_loss(total, y):
    """The least mean log loss of totals, by scikit-learn."""
    model = Theirs(C=1e9, tol=1e-10, max_iter=10_000).fit(total.reshape(-1, 1), y)
    p = model.predict_proba(total.reshape(-1, 1))[np.arange(len(y)), y]
    return -np.log(p).mean() if model.coef_[0, 0] > 0 else np.inf


def test_no_card_is_better(rows):
    X, y = rows
    card = linecall.RiskScore(max_size=2, points=(-2, 2)).fit(X, y)
    assert card.certificate_["optimal"] and card.certificate_["gap"] <= 1e-9
    assert (card.points_ != 0).sum() <= 2 and np.abs(card.points_).max() <= 2
    best = np.inf
    for columns in itertools.combinations(range(X.shape[1]), 2):
        for points in itertools.product(range(-2, 3), repeat=2):
            if any(points):
                total = X.to_numpy()[:, columns] @ np.array(points)
                best = min(best, log_loss(total, y.to_numpy()))
    # scikit-learn's own tolerance.
    assert abs(card.certificate_["upper"] - best) < 1e-6


def test_probabilities_calls_and_totals_agree(rows):
    X, y = rows
    for card in (linecall.RiskScore(3), linecall.Scorecard(3)):
        card.fit(X, y)
        total = X.to_numpy() @ card.points_
        assert np.array_equal(card.total(X), total)
        called = total >= card.card_["from"]
        assert np.array_equal(card.predict(X), called.astype(int))
        p = card.risk(X)
        for row in card.card_["risks"]:
            assert np.allclose(p[total == row["low"]], row["risk"])
        assert "| condition | points |" in card.to_markdown()
        again = pickle.loads(pickle.dumps(card))
        assert np.array_equal(again.risk(X), p)


def test_the_package_takes_cards(rows, tmp_path):
    X, y = rows
    card = linecall.RiskScore(3).fit(X, y)
    case = linecall.challenge(card, X, 0, y, reference=(X, y), favourable=1)
    assert case["points"]["total"] == card.total(X)[0]
    assert case["recourse"]["answer"] in ("ways", "already_there", "impossible")
    model = linecall.Model.of(card, X, y)
    model.save(tmp_path / "card.linecall")
    again = linecall.Model.load(tmp_path / "card.linecall")
    assert np.allclose(again.predict_proba(X), card.predict_proba(X))
    assert linecall.audit(card, X, y, favourable=1)["recourse"] is not None


def test_rules_and_pool(rows):
    X, y = rows
    first = "mean radius"
    card = linecall.RiskScore(2, include=[first], signs={"mean texture": 1}, delta=0.05).fit(X, y)
    assert card.points_[0] != 0 and card.points_[1] >= 0
    assert len(card.pool_) > 1
    assert all(a[0] <= b[0] for a, b in itertools.pairwise(card.pool_))
    out = linecall.RiskScore(2, exclude=[first]).fit(X, y)
    assert out.points_[0] == 0


@pytest.mark.parametrize(
    "settings, text",
    [
        ({"max_size": 0}, "max_size"),
        ({"points": (3, -3)}, "points"),
        ({"include": ["nobody"]}, "include"),
        ({"signs": {"mean radius": 2}}, "sign"),
        ({"time": -1.0}, "time"),
        ({"ladder": "up"}, "ladder"),
        ({"max_fpr": 2.0}, "max-fpr"),
    ],
)
def test_bad_settings_are_refused_in_one_line(rows, settings, text):
    X, y = rows
    with pytest.raises(ValueError) as refused:
        linecall.RiskScore(**settings).fit(X, y)
    assert text in str(refused.value) and "\n" not in str(refused.value)


def test_three_classes_are_refused(rows):
    X, _ = rows
    with pytest.raises(ValueError, match="Only binary classification"):
        linecall.RiskScore().fit(X, np.arange(len(X)) % 3)
