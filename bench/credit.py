"""linecall against scikit-learn on the bundled credit data: the same job, in the same run.

The job: read the CSV file, one-hot and standardise, choose the L2 strength among 50 by 10-fold
cross-validation on 24,000 rows, fit. scikit-learn does it with LogisticRegressionCV (lbfgs, and
newton-cholesky), linecall with `fit`, which also takes the bootstrap metrics, refits on all rows and
saves the model. Runs alternate; medians of wall-clock seconds are printed.

    make build
    python3 -m venv .venv && .venv/bin/pip install scikit-learn pandas
    .venv/bin/python bench/credit.py
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

SK = r"""
import gzip, io, sys
import numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
text = gzip.open(sys.argv[1], "rt", encoding="utf-8-sig", newline=None).read()
table = pd.read_csv(io.StringIO(text)).drop(columns="ID")
y = table.pop("default payment next month")
train, held, y_train, y_held = train_test_split(table, y, test_size=0.2, stratify=y, random_state=0)
coded = ["SEX", "EDUCATION", "MARRIAGE"]
model = make_pipeline(
    ColumnTransformer([("c", OneHotEncoder(drop="first", handle_unknown="ignore"), coded)],
                      remainder="passthrough", sparse_threshold=0),
    StandardScaler(),
    LogisticRegressionCV(Cs=np.logspace(-5, 2, 50), cv=10, scoring="neg_log_loss",
                         solver=sys.argv[2], max_iter=2000, n_jobs=2, l1_ratios=(0,),
                         use_legacy_attributes=False))
model.fit(train, y_train)
print(model[-1].C_)
"""


def timed(command):
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    data = os.path.join(root, "data", "credit_default.csv.gz")
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        linecall = [os.path.join(root, "target", "release", "linecall"), "fit", data, "--schema",
                    os.path.join(root, "data", "credit_default.schema.toml"),
                    "-o", os.path.join(folder, "m.linecall"), "--quiet"]
        jobs = {"linecall fit": linecall}
        for solver in ("lbfgs", "newton-cholesky"):
            jobs[f"scikit-learn {solver}"] = [sys.executable, "-c", SK, data, solver]
        times = {name: [] for name in jobs}
        for _ in range(runs):
            for name, command in jobs.items():
                times[name].append(timed(command))
    base = statistics.median(times["linecall fit"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:30} median {middle:7.2f} s   min {min(values):7.2f}   max {max(values):7.2f}"
              f"   {middle / base:5.1f} x")


if __name__ == "__main__":
    main()
