"""Writes multilabel.json: sets of labels, what scikit-learn fits to them and how it measures that.

Run:  python crates/linear/tests/golden/multilabel.py > crates/linear/tests/golden/multilabel.json

Fits are `OneVsRestClassifier(LogisticRegression)` with columns as they are and a free intercept;
linecall's lambda is 1 / (C n). Balanced class weights are those of each label. Calls and
probabilities behind the metrics are those of the first fit, rounded, so that the Rust test reads the
very same numbers.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

COMMAND = ("python crates/linear/tests/golden/multilabel.py "
           "> crates/linear/tests/golden/multilabel.json")

rng = np.random.default_rng(11)
n, d, k = 80, 4, 5
x = np.round(rng.normal(size=(n, d)) * [1, 2, 0.5, 1], 3)
raw = x @ rng.normal(size=(d, k)) + [0.0, -1.5, 0.8, -2.5, 0.0] + rng.logistic(size=(n, k))
y = (raw > 0).astype(int)
assert (y.sum(axis=1) == 0).any() and (y.sum(axis=1) >= 3).any()
weights = np.round(rng.uniform(0.2, 3.0, n), 2)


def fit(name, lam, class_weight):
    one = LogisticRegression(C=1 / (lam * n), tol=1e-12, max_iter=1_000_000,
                             class_weight=class_weight)
    model = OneVsRestClassifier(one).fit(x, y)
    coef = np.vstack([e.coef_ for e in model.estimators_])
    intercept = np.hstack([e.intercept_ for e in model.estimators_])
    fits.append({"name": name, "lam": lam, "balanced": class_weight == "balanced",
                 "coef": coef.tolist(), "intercept": intercept.tolist(),
                 "probability": model.predict_proba(x[:5]).tolist(),
                 "call": model.predict(x[:5]).tolist()})
    return model


def measures(name, truth, scores, s):
    """Scores have two decimals, so that some tie."""
    called = (scores > 0).astype(int)
    w = {"sample_weight": s}
    nan = {"zero_division": np.nan, **w}
    p = 1 / (1 + np.exp(-scores))
    inside = [c for c in range(truth.shape[1]) if 0 < truth[:, c].sum() < len(truth)]
    ones = np.ones(len(truth)) if s is None else s
    return {
        "name": name, "truth": truth.tolist(), "scores": scores.tolist(),
        "weights": None if s is None else s.tolist(),
        "subset_accuracy": m.accuracy_score(truth, called, **w),
        "hamming_loss": m.hamming_loss(truth, called, **w),
        "micro_precision": m.precision_score(truth, called, average="micro", **nan),
        "micro_recall": m.recall_score(truth, called, average="micro", **nan),
        "micro_f1": m.f1_score(truth, called, average="micro", **nan),
        "macro_f1": m.f1_score(truth, called, average="macro", **nan),
        "weighted_f1": m.f1_score(truth, called, average="weighted", **nan),
        "macro_auc": m.roc_auc_score(truth[:, inside], scores[:, inside], average="macro", **w),
        "macro_average_precision": m.average_precision_score(
            truth[:, inside], scores[:, inside], average="macro", **w),
        "ranking_average_precision": m.label_ranking_average_precision_score(truth, scores, **w),
        "coverage_error": m.coverage_error(truth, scores, **w),
        "log_loss": float(np.mean([m.log_loss(truth[:, c], p[:, c], labels=[0, 1], **w)
                                   for c in range(truth.shape[1])])),
        "brier": float(np.average(((p - truth) ** 2).mean(axis=1), weights=ones)),
        "precision": [none(v) for v in m.precision_score(truth, called, average=None, **nan)],
        "recall": [none(v) for v in m.recall_score(truth, called, average=None, **nan)],
        "f1": [none(v) for v in m.f1_score(truth, called, average=None, **nan)],
    }


def none(value):
    return None if np.isnan(value) else float(value)


fits = []
model = fit("plain", 0.02, None)
fit("strong", 0.5, None)
fit("balanced", 0.05, "balanced")
scores = np.round(x @ np.vstack([e.coef_ for e in model.estimators_]).T
                  + np.hstack([e.intercept_ for e in model.estimators_]), 2)
# A label that no row carries and none is called for, and one that is called for no row.
absent = np.column_stack([y, np.zeros(n, int), y[:, 0]])
low = np.column_stack([scores, np.full(n, -3.0), np.full(n, -1.0)])
cases = [measures("plain", y, scores, None), measures("weighted", y, scores, weights),
         measures("absent", absent, low, weights)]
json.dump({"command": COMMAND, "sklearn": sklearn.__version__, "x": x.tolist(), "y": y.tolist(),
           "fits": fits, "cases": cases}, sys.stdout)
