"""Bias scoring against fairlearn's ThresholdOptimizer on adult and COMPAS, in one run.

    python3 -m venv bench/.venv && bench/.venv/bin/pip install fairlearn==0.15.0 pandas scikit-learn
    bench/.venv/bin/python bench/fairness.py TABLES [OUT]

TABLES holds `adult/` and `compas/` (see `bench/README.md`). Both start from the same probabilities of
the same linear model, fit on the same rows (`rule`) and are measured on the same others (`test`).
ThresholdOptimizer reads each person's group when it calls, and randomises: its figures are means over
20 seeds. Our rule reads no group and does not randomise; under `unseen` its model does not see the
group either.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference, true_positive_rate_difference
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.base import BaseEstimator, ClassifierMixin

ROOT = Path(__file__).resolve().parent.parent
CRITERIA = {
    "demographic_parity": ("demographic_parity", demographic_parity_difference),
    "equal_opportunity": ("true_positive_rate_parity", true_positive_rate_difference),
    "equalised_odds": ("equalized_odds", equalized_odds_difference),
}
SEEDS = 20


class Given(ClassifierMixin, BaseEstimator):
    """An estimator whose probabilities are its input."""

    classes_ = np.array([0, 1])

    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        p = np.asarray(x)[:, 0]
        return np.column_stack([1 - p, p])

    def __sklearn_is_fitted__(self):
        return True


def peer(rows, criterion):
    name, gap = CRITERIA[criterion]
    part = {k: rows[rows["part"] == k] for k in ("rule", "test")}
    x = {k: v[["probability"]].to_numpy() for k, v in part.items()}
    optimizer = ThresholdOptimizer(
        estimator=Given(), constraints=name, objective="accuracy_score", prefit=True, predict_method="predict_proba"
    )
    began = time.perf_counter()
    optimizer.fit(x["rule"], part["rule"]["truth"], sensitive_features=part["rule"]["group"])
    found = {"seconds": time.perf_counter() - began}
    for k, own in part.items():
        both = []
        for seed in range(SEEDS):
            call = optimizer.predict(x[k], sensitive_features=own["group"], random_state=seed)
            both.append((np.mean(call == own["truth"]), gap(own["truth"], call, sensitive_features=own["group"])))
        found[k] = np.mean(both, axis=0)
    return found


def main():
    tables = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "bench" / ".data" / "fairness"
    cargo = ["cargo", "run", "--release", "--locked", "-q", "-p", "linecall-audit", "--example", "fair_tables", "--"]
    subprocess.run([*cargo, str(tables), str(out)], cwd=ROOT, check=True)
    head = f"{'task':<20} {'criterion':<19} {'':<9} {'fit acc':>8} {'fit gap':>8} {'acc':>8} {'gap':>8}  interval          seconds"
    print(head)
    for task in json.loads((out / "ours.json").read_text()):
        rows = pd.read_csv(out / task["file"])
        for found in task["found"]:
            test = found["test_rows"]
            worst = lambda gaps: max((g["gap"] for g in gaps), key=lambda g: g["value"])  # noqa: E731
            own, before = worst(test["gaps"]), worst(test["gaps_before"])
            line = f"{task['task']:<20} {found['criterion']:<19}"
            fit = found["before"]
            print(
                f"{line} {'before':<9} {fit['accuracy']:8.4f} {max(fit['gaps']):8.4f} "
                f"{test['accuracy_before']['value']:8.4f} {before['value']:8.4f}"
            )
            fit = found["after"]
            print(
                f"{line} {'linecall':<9} {fit['accuracy']:8.4f} {max(fit['gaps']):8.4f} "
                f"{test['accuracy']['value']:8.4f} {own['value']:8.4f}  [{own['low']:.4f}, {own['high']:.4f}]"
                f"  {found['seconds']:.3f}"
            )
            theirs = peer(rows, found["criterion"])
            print(
                f"{line} {'fairlearn':<9} {theirs['rule'][0]:8.4f} {theirs['rule'][1]:8.4f} "
                f"{theirs['test'][0]:8.4f} {theirs['test'][1]:8.4f}  {'':<16}  {theirs['seconds']:.3f}"
            )


main()
