"""Optimal objectives by scikit-learn and LIBLINEAR, for the golden tests.

Run from this folder, with scikit-learn installed and LIBLINEAR's `liblinear-train` on the path
(Debian package liblinear-tools):

    python3 fits.py > fits.json

Objectives are those of linecall: mean weighted loss plus lambda times the penalty, with a free
intercept (scikit-learn) or none (LIBLINEAR). Columns are not standardised.
"""
import json
import math
import subprocess
import sys
import tempfile

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(7)
n, d = 90, 6
x = np.round(rng.normal(size=(n, d)) * [1, 2, 0.5, 1, 3, 1] + [0, 1, 0, -2, 0, 0], 3)
x[:, 4] = np.where(rng.random(n) < 0.7, 0.0, np.round(x[:, 4]))
raw = x @ [1.0, -0.7, 0.5, 0.0, 0.3, 0.0] + 0.4 + rng.logistic(size=n)
binary = (raw > np.median(raw)).astype(int)
three = np.digitize(raw, np.quantile(raw, [0.3, 0.6]))
weights = np.round(rng.uniform(0.2, 3.0, n), 2)
ones = np.ones(n)


def log_loss(y, f, s):
    return float(np.sum(s * np.logaddexp(0, -(2 * y - 1) * f)) / s.sum())


def multi_loss(y, f, s):
    top = f.max(axis=1, keepdims=True)
    total = top[:, 0] + np.log(np.exp(f - top).sum(axis=1))
    return float(np.sum(s * (total - f[np.arange(len(y)), y])) / s.sum())


def sk(name, y, s, penalty, lam):
    c = 1 / (lam * s.sum())
    solver = "saga" if penalty == "l1" else "lbfgs"
    ratio = 1.0 if penalty == "l1" else 0.0
    m = LogisticRegression(C=c, l1_ratio=ratio, solver=solver, tol=1e-12, max_iter=1_000_000)
    m.fit(x, y, sample_weight=s)
    f = m.decision_function(x)
    w = m.coef_
    loss = multi_loss(y, f, s) if w.shape[0] > 1 else log_loss(y, f, s)
    reg = lam * np.abs(w).sum() if penalty == "l1" else lam / 2 * (w**2).sum()
    cases.append(dict(name=name, by="scikit-learn", loss="logistic", penalty=penalty, lam=lam,
                      target="three" if w.shape[0] > 1 else "binary",
                      weighted=bool(s is weights), intercept=True, objective=float(loss + reg),
                      coef=w.tolist(), intercepts=m.intercept_.tolist()))


def liblinear(name, kind, loss, penalty, lam):
    """LIBLINEAR minimises P(w) + C sum_i loss_i, without a bias term (-B -1)."""
    c = 1 / (lam * n)
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/x", "w") as out:
            for row, y in zip(x, binary):
                cells = " ".join(f"{j + 1}:{v:.3f}" for j, v in enumerate(row) if v != 0)
                out.write(f"{'+1' if y else '-1'} {cells}\n")
        subprocess.run(["liblinear-train", "-q", "-s", str(kind), "-c", repr(c), "-e", "1e-10",
                        "-B", "-1", f"{folder}/x", f"{folder}/m"], check=True)
        lines = open(f"{folder}/m").read().split("\n")
        first = lines[2].split()[1] == "1"
        w = np.array([float(v) for v in lines[lines.index("w") + 1:] if v.strip()])
        w = w if first else -w
    f = x @ w
    y = 2 * binary - 1
    mean = {"logistic": np.logaddexp(0, -y * f),
            "squared_hinge": np.maximum(0, 1 - y * f) ** 2}[loss].mean()
    reg = lam * np.abs(w).sum() if penalty == "l1" else lam / 2 * (w**2).sum()
    cases.append(dict(name=name, by="LIBLINEAR", loss=loss, penalty=penalty, lam=lam,
                      target="binary", weighted=False, intercept=False,
                      objective=float(mean + reg), coef=[w.tolist()], intercepts=[0.0]))


cases = []
for lam in (1.0, 0.05, 0.001):
    sk(f"l2 {lam}", binary, ones, "l2", lam)
    sk(f"l2 weighted {lam}", binary, weights, "l2", lam)
    sk(f"multinomial l2 {lam}", three, ones, "l2", lam)
sk("multinomial l2 weighted", three, weights, "l2", 0.02)
for lam in (0.1, 0.02, 0.002):
    sk(f"l1 {lam}", binary, ones, "l1", lam)
    sk(f"l1 weighted {lam}", binary, weights, "l1", lam)
sk("multinomial l1", three, ones, "l1", 0.01)
for lam in (0.5, 0.01):
    liblinear(f"-s 0 {lam}", 0, "logistic", "l2", lam)
    liblinear(f"-s 2 {lam}", 2, "squared_hinge", "l2", lam)
    liblinear(f"-s 6 {lam}", 6, "logistic", "l1", lam / 10)
    liblinear(f"-s 5 {lam}", 5, "squared_hinge", "l1", lam / 10)
version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "liblinear-tools"],
                         capture_output=True, text=True).stdout
json.dump(dict(command="python3 fits.py > fits.json", scikit_learn=sklearn.__version__,
               liblinear=version, x=x.tolist(), binary=binary.tolist(), three=three.tolist(),
               weights=weights.tolist(), cases=cases), sys.stdout, indent=None)
assert math.isfinite(cases[-1]["objective"])
