"""Writes metrics.json: small inputs and what scikit-learn makes of them.

Run:  python crates/linear/tests/golden/metrics.py > crates/linear/tests/golden/metrics.json

Inputs come from a fixed linear congruential generator and are written too, rounded, so that the
Rust test reads the very same doubles.
"""

import json
import warnings

import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

COMMAND = "python crates/linear/tests/golden/metrics.py > crates/linear/tests/golden/metrics.json"


def uniforms(seed, n):
    """Numbers in [0, 1) from Knuth's MMIX generator."""
    out, state = [], seed
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append((state >> 11) / 2**53)
    return np.array(out)


def shared(truth, called, weights):
    k = range(int(truth.max()) + 1)
    args = {"sample_weight": weights, "labels": list(k), "average": None}
    return {
        "accuracy": m.accuracy_score(truth, called, sample_weight=weights),
        "balanced_accuracy": m.balanced_accuracy_score(truth, called, sample_weight=weights),
        "mcc": m.matthews_corrcoef(truth, called, sample_weight=weights),
        "precision": m.precision_score(truth, called, **args).tolist(),
        "recall": m.recall_score(truth, called, **args).tolist(),
        "f1": m.f1_score(truth, called, **args).tolist(),
        "confusion": m.confusion_matrix(truth, called, sample_weight=weights).tolist(),
    }


def two_classes(seed, n, weighted):
    u, v, w = uniforms(seed, n), uniforms(seed + 1, n), uniforms(seed + 2, n)
    scores = np.round(8 * u - 4, 1)  # one decimal: many ties
    truth = (v < 1 / (1 + np.exp(-0.8 * scores))).astype(int)
    probabilities = 1 / (1 + np.exp(-scores))
    # One certain mistake and one certain hit, for the floor of the log loss.
    probabilities[0], truth[0] = 0.0, 1
    probabilities[1], truth[1] = 1.0, 1
    weights = np.round(0.25 + 3 * w, 2) if weighted else None
    called = (scores > 0).astype(int)
    both = np.column_stack([1 - probabilities, probabilities])
    expected = shared(truth, called, weights)
    expected["auc"] = m.roc_auc_score(truth, scores, sample_weight=weights)
    expected["average_precision"] = m.average_precision_score(truth, scores, sample_weight=weights)
    expected["log_loss"] = m.log_loss(truth, both, sample_weight=weights)
    expected["brier"] = m.brier_score_loss(truth, probabilities, sample_weight=weights)
    return case("two classes", truth, called, scores, both, weights, expected)


def four_classes(seed, n, weighted):
    u, v, w = uniforms(seed, 4 * n), uniforms(seed + 1, n), uniforms(seed + 2, n)
    scores = np.round(3 * u.reshape(n, 4), 1)
    raw = np.exp(scores)
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    truth = (v[:, None] > probabilities.cumsum(axis=1)).sum(axis=1).clip(0, 3)
    weights = np.round(0.25 + 3 * w, 2) if weighted else None
    called = scores.argmax(axis=1)
    expected = shared(truth, called, weights)
    expected["auc"] = m.roc_auc_score(
        truth, probabilities, multi_class="ovr", average="macro", sample_weight=weights
    )
    expected["average_precision"] = m.average_precision_score(
        np.eye(4)[truth], probabilities, average="macro", sample_weight=weights
    )
    expected["log_loss"] = m.log_loss(truth, probabilities, sample_weight=weights)
    expected["brier"] = m.brier_score_loss(
        truth, probabilities, sample_weight=weights, scale_by_half=False
    )
    return case("four classes", truth, called, scores, probabilities, weights, expected)


def case(name, truth, called, scores, probabilities, weights, expected):
    return {
        "name": name + ("" if weights is None else ", weighted"),
        "truth": truth.tolist(),
        "called": called.tolist(),
        "scores": scores.ravel().tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "weights": None if weights is None else weights.tolist(),
        "expected": {k: v if isinstance(v, list) else float(v) for k, v in expected.items()},
    }


class Scores(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose decision function is its one column."""

    def fit(self, x, y):
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, x):
        return np.asarray(x)[:, 0]

    def predict(self, x):
        return (self.decision_function(x) > 0).astype(int)


def platt(name, scores, truth, weights):
    fit = CalibratedClassifierCV(FrozenEstimator(Scores().fit(None, None)), method="sigmoid")
    fit.fit(scores[:, None], truth, sample_weight=weights)
    maps = [c.calibrators[0] for c in fit.calibrated_classifiers_]
    assert len({(p.a_, p.b_) for p in maps}) == 1  # a frozen classifier is calibrated on all rows
    return {
        "name": name,
        "scores": scores.tolist(),
        "positive": [bool(t) for t in truth],
        "weights": None if weights is None else weights.tolist(),
        # scikit-learn writes 1 / (1 + exp(a s + b)).
        "slope": -float(maps[0].a_),
        "intercept": -float(maps[0].b_),
    }


def platts():
    n = 120
    u, v, w = uniforms(41, n), uniforms(42, n), uniforms(43, n)
    scores = np.round(6 * u - 2, 3)
    truth = (v < 1 / (1 + np.exp(1 - 1.3 * scores))).astype(int)
    return [
        platt("plain", scores, truth, None),
        platt("weighted", scores, truth, np.round(0.5 + 2 * w, 2)),
        platt("separable", scores, (scores > 0.4).astype(int), None),
        platt("large scores", 500 * scores, truth, None),
    ]


warnings.simplefilter("error")
# The scores are fixed: weights are for the calibration only, as it says.
warnings.filterwarnings("ignore", message="Since FrozenEstimator")
print(json.dumps({
    "made_by": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "command": COMMAND,
    "cases": [
        two_classes(1, 150, False),
        two_classes(11, 150, True),
        four_classes(21, 60, False),
        four_classes(31, 60, True),
    ],
    "platt": platts(),
}))
