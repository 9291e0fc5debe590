"""The same script with the import line changed: scikit-learn and linecall on the same arrays.

    python bench/python/run.py                  # credit and adult: one fit, one search; start-up
    python bench/python/run.py --sparse         # and the 200,000 x 500,000 task
    python bench/python/run.py --only sparse --rows 20000    # that alone, with fewer rows

Both minimise the same objective, and what is compared is the time to the same objective: of
scikit-learn's solvers and tolerances the fastest is taken whose objective is within 1e-6, relative,
of the least that anybody found (and its default beside it). Runs alternate; medians of five. A search
is over ten strengths in five folds; the objective is that of the fit on all rows at the strength that
was chosen.

Start-up: seconds of `import linecall` after NumPy and scikit-learn's linear models, and of the first
fit of a process beside its later ones, each in fresh processes, in turns.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
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
    ways = [("lbfgs", 1e-4, None), ("lbfgs", 1e-6, None), ("newton-cholesky", 1e-4, None),
            ("lbfgs", 1e-4, -1), ("newton-cholesky", 1e-4, -1)]
    for solver, tol, jobs in ways:
        name = f"scikit-learn {solver} tol={tol:g}" + (" n_jobs=-1" if jobs else "")
        makers[name] = lambda solver=solver, tol=tol, jobs=jobs: estimator(
            THEIRS, "LogisticRegressionCV", solver=solver, tol=tol, n_jobs=jobs, **common
        )
    return makers


def sparse_searches():
    """The same for many columns, where there is no curvature matrix."""
    makers = {"linecall": lambda: estimator(OURS, "LogisticRegressionCV", Cs=10, cv=5)}
    for jobs in (None, -1):
        name = "scikit-learn lbfgs tol=1e-4" + (" n_jobs=-1" if jobs else "")
        makers[name] = lambda jobs=jobs: estimator(
            THEIRS, "LogisticRegressionCV", Cs=10, cv=5, scoring="accuracy", l1_ratios=(0.0,),
            use_legacy_attributes=False, max_iter=2000, n_jobs=jobs,
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


def child(code):
    """What a fresh process prints, as numbers."""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           cwd=Path(__file__).resolve().parents[1])
    return json.loads(found.stdout)


def start_up(runs):
    """Seconds of the import and of first calls, in fresh processes."""
    clock = "import time, json; t = time.perf_counter(); "
    theirs = clock + "import numpy, sklearn.linear_model; "
    say = "print(json.dumps([time.perf_counter() - t]))"
    added, whole = [], []
    for _ in range(2 * runs + 1):
        ours = theirs + "u = time.perf_counter(); import linecall; "
        both = child(ours + "v = time.perf_counter(); print(json.dumps([v - u, v - t]))")
        alone = child(theirs + say)[0]
        added.append(both[0])
        whole.append(both[1] - alone)
    row = {"task": "import", "seconds": statistics.median(added),
           "beside": statistics.median(whole)}
    print(f"\nimport linecall: {1e3 * row['seconds']:.0f} ms after NumPy and sklearn.linear_model "
          f"({1e3 * row['beside']:.0f} ms as the difference of whole processes)")
    rows = [row]
    for name in ("credit", "adult"):
        if name == "adult" and not tables.ADULT.exists():
            continue
        for kind, make in (("fit", "LogisticRegression()"), ("search", "LogisticRegressionCV(cv=5)")):
            code = (
                "import time, json, warnings; warnings.simplefilter('ignore')\n"
                "from linecall_bench import tables\n"
                f"from {{}} import {make.partition('(')[0]}\n"
                f"X, y = tables.{name}()\n"
                "took = []\n"
                "for _ in range(6):\n"
                f"    model = {make}; t = time.perf_counter(); model.fit(X, y)\n"
                "    took.append(time.perf_counter() - t)\n"
                "print(json.dumps(took))"
            )
            found = [child(code.format(OURS)) for _ in range(runs)]
            ratio = statistics.median(took[0] / statistics.median(took[1:]) for took in found)
            first = statistics.median(took[0] for took in found)
            rows.append({"task": f"first {kind} on {name}", "first": first, "times_later": ratio})
            print(f"first {kind} of a process on {name}: {first:.4f} s, "
                  f"{ratio:.2f} times the later ones")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sparse", action="store_true", help="the sparse task, too")
    parser.add_argument("--only", choices=["credit", "adult", "sparse", "start-up"])
    parser.add_argument("--rows", type=int, default=200_000, help="of the sparse task")
    parser.add_argument("--columns", type=int, default=500_000)
    parser.add_argument("--search-rows", type=int, help="of the search on the sparse task")
    parser.add_argument("--json", help="a file for the table")
    args = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    print(f"linecall {linecall.__version__}, scikit-learn {sklearn.__version__}, "
          f"NumPy {np.__version__}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    rows = []
    if args.only in (None, "start-up"):
        rows += start_up(args.runs)
    for name in ("credit", "adult"):
        if args.only not in (None, name):
            continue
        if name == "adult" and not tables.ADULT.exists():
            print("skipped: adult is not there")
            continue
        X, y = getattr(tables, name)()
        rows.append(compare(f"{name}, fit", fits(X, y, 1.0), X, y, 1.0, args.runs))
        rows.append(compare(f"{name}, search", searches(), X, y, None, min(args.runs, 3)))
    if args.sparse or args.only == "sparse":
        X, y = sparse.generate(args.rows, args.columns)
        X = X.astype(np.float64)
        rows.append(compare("sparse, fit", fits(X, y, 1.0), X, y, 1.0, args.runs))
        few = args.search_rows or args.rows
        rows.append(compare("sparse, search", sparse_searches(), X[:few], y[:few], None, 1))
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
