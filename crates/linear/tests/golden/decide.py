"""Thresholds that scikit-learn's TunedThresholdClassifierCV chooses on out-of-fold scores.

Run: python3 decide.py > decide.json   (scikit-learn 1.9.1, numpy 2.4.6)

Scores are those of logistic regression on rows that its fold did not train on, rounded so that
some are equal. A classifier that hands them through is tuned without refitting (cv="prefit"), over
a threshold between every two distinct scores.
"""

import json

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, make_scorer, precision_score, recall_score
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV, cross_val_predict


class Through(ClassifierMixin, BaseEstimator):
    """Its scores are the one column that it is given."""

    def __init__(self):
        self.classes_ = np.array([0, 1])

    def fit(self, X, y):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def decision_function(self, X):
        return X[:, 0]

    def predict(self, X):
        return (X[:, 0] > 0).astype(int)


def cost(fp, fn, tp=0.0, tn=0.0):
    def mean(y, called):
        m = confusion_matrix(y, called, labels=[0, 1])
        return -(tn * m[0, 0] + fp * m[0, 1] + fn * m[1, 0] + tp * m[1, 1]) / len(y)

    return mean


def recall_above(floor):
    def score(y, called):
        enough = precision_score(y, called, zero_division=0.0) >= floor
        return recall_score(y, called) if enough else -1.0

    return score


def precision_above(floor):
    def score(y, called):
        enough = recall_score(y, called) >= floor
        return precision_score(y, called, zero_division=0.0) if enough else -1.0

    return score


X, y = make_classification(
    n_samples=600, n_features=8, n_informative=4, weights=[0.8], flip_y=0.08, random_state=5
)
folds = StratifiedKFold(5, shuffle=True, random_state=1)
scores = cross_val_predict(LogisticRegression(), X, y, cv=folds, method="decision_function")
scores = np.round(scores, 1)
distinct = np.unique(scores)
grid = np.concatenate(
    [[distinct[0] - 1.0], (distinct[1:] + distinct[:-1]) / 2.0, [distinct[-1] + 1.0]]
)
cases = []
for name, settings, score in [
    ("cost", {"fp": 1.0, "fn": 5.0, "tp": 0.0, "tn": 0.0}, cost(1.0, 5.0)),
    ("cost", {"fp": 3.0, "fn": 1.0, "tp": 0.0, "tn": 0.0}, cost(3.0, 1.0)),
    ("cost", {"fp": 20.0, "fn": 10.0, "tp": -100.0, "tn": -1.0}, cost(20.0, 10.0, -100.0, -1.0)),
    ("precision", {"floor": 0.7}, recall_above(0.7)),
    ("precision", {"floor": 0.9}, recall_above(0.9)),
    ("recall", {"floor": 0.6}, precision_above(0.6)),
    ("recall", {"floor": 0.95}, precision_above(0.95)),
]:
    tuned = TunedThresholdClassifierCV(
        Through(), scoring=make_scorer(score), thresholds=grid, cv="prefit", refit=False,
        response_method="decision_function",
    ).fit(scores[:, None], y)
    cases.append(
        {
            "task": name,
            "settings": settings,
            "best_score": float(tuned.best_score_),
            "best_threshold": float(tuned.best_threshold_),
        }
    )
print(json.dumps({"scores": scores.tolist(), "truth": y.tolist(), "cases": cases}))
