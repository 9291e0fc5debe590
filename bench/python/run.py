"""The same script with the import line changed: scikit-learn and linecall on the same arrays.

    python bench/python/run.py                  # credit and adult: one fit, one search
    python bench/python/run.py --sparse         # and the 200,000 x 500,000 task (one fit)
    python bench/python/run.py --rows 20000 ... # the sparse task with fewer rows

Both minimise the same objective, and what is compared is the time to the same objective: of
scikit-learn's solvers and tolerances the fastest is taken whose objective is within 1e-6, relative,
of the least that anybody found (and its default beside it). Runs alternate; medians of five. The
first call of each is told apart.
"""

import argparse
import importlib
import json
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import sklearn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from linecall_bench import sparse, tables  # noqa: E402

import linecall  # noqa: E402

NEAR = 1e-6
OURS, THEIRS = "linecall", "sklearn.linear_model"


def estimator(module, name, **settings):
    """The estimator of a name, from one import line or the other."""
    return getattr(importlib.import_module(module), name)(**settings)


def objective(model, X, y, C):
    """C times the mean log loss and the penalty over the rows: what both minimise, by rows."""
    score = X @ model.coef_[0] + model.intercept_[0]
    sign = np.where(y == model.classes_[1], 1.0, -1.0)
    w = model.coef_[0]
    return np.logaddexp(0, -sign * score).mean() + 0.5 * (w @ w) / (C * len(y))


def timed(make, X, y):
    """Seconds of a fit, and the model."""
    model = make()
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    return time.perf_counter() - start, model


def fits(X, y, C):
    """Makers of one fit each, by name."""
    solvers = ["lbfgs"] + ([] if sp.issparse(X) else ["newton-cholesky"]) + ["newton-cg"]
    makers = {"linecall": lambda: estimator(OURS, "LogisticRegression", C=C)}
    makers["scikit-learn (default)"] = lambda: estimator(THEIRS, "LogisticRegression", C=C)
    for solver in solvers:
        for tol in (1e-4, 1e-6):
            makers[f"scikit-learn {solver} tol={tol:g}"] = lambda solver=solver, tol=tol: estimator(
                THEIRS, "LogisticRegression", C=C, solver=solver, tol=tol, max_iter=2000
            )
    return makers


def searches():
    """Makers of a search over ten strengths in five folds."""
    makers = {"linecall": lambda: estimator(OURS, "LogisticRegressionCV", Cs=10, cv=5)}
    common = dict(Cs=10, cv=5, scoring="accuracy", l1_ratios=(0.0,), use_legacy_attributes=False,
                  max_iter=2000)
    for solver, tol in (("lbfgs", 1e-4), ("lbfgs", 1e-6), ("newton-cholesky", 1e-4)):
        makers[f"scikit-learn {solver} tol={tol:g}"] = lambda solver=solver, tol=tol: estimator(
            THEIRS, "LogisticRegressionCV", solver=solver, tol=tol, **common
        )
    return makers


def compare(title, makers, X, y, C, runs):
    """Runs all makers in turn and prints what they took."""
    first, models, seconds = {}, {}, {name: [] for name in makers}
    for name, make in makers.items():
        first[name], models[name] = timed(make, X, y)
    # A fit of many seconds says all at once.
    runs = 1 if max(first.values()) > 20 else runs
    for _ in range(runs):
        for name, make in makers.items():
            seconds[name].append(timed(make, X, y)[0])
    at = {name: getattr(model, "C_", C) for name, model in models.items()}
    value = {name: float(objective(model, X, y, at[name])) for name, model in models.items()}
    median = {name: statistics.median(taken) for name, taken in seconds.items()}
    same = [name for name in makers if at[name] == at["linecall"]]
    best = min(value[name] for name in same)
    reach = [n for n in same if value[n] <= best * (1 + NEAR) and n != "linecall"]
    print(f"\n{title}: {X.shape[0]:,} x {X.shape[1]:,}")
    for name in makers:
        mark = "same objective" if name in reach or name == "linecall" else "not that near"
        off = value[name] / best - 1
        print(f"  {name:34} {median[name]:9.4f} s  first {first[name]:8.4f} s  "
              f"C {at[name]:.4g}  objective +{off:.1e}  {mark}")
    row = {"task": title, "linecall": median["linecall"], "first": first["linecall"]}
    if reach:
        peer = min(reach, key=median.get)
        row.update(peer=peer, seconds=median[peer], times=median[peer] / median["linecall"])
        print(f"  -> {row['times']:.1f} times the fastest of scikit-learn ({peer})")
    if "scikit-learn (default)" in median:
        row["default"] = median["scikit-learn (default)"] / median["linecall"]
        print(f"  -> {row['default']:.1f} times scikit-learn's default")
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sparse", action="store_true")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=500_000)
    parser.add_argument("--json", help="a file for the table")
    args = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    print(f"linecall {linecall.__version__}, scikit-learn {sklearn.__version__}")
    rows = []
    for name in ("credit", "adult"):
        if name == "adult" and not tables.ADULT.exists():
            print("skipped: adult is not there")
            continue
        X, y = getattr(tables, name)()
        rows.append(compare(f"{name}, fit", fits(X, y, 1.0), X, y, 1.0, args.runs))
        rows.append(compare(f"{name}, search", searches(), X, y, None, min(args.runs, 3)))
    if args.sparse:
        X, y = sparse.generate(args.rows, args.columns)
        X = X.astype(np.float64)
        rows.append(compare("sparse, fit", fits(X, y, 1.0), X, y, 1.0, args.runs))
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
