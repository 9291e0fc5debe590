"""The same script with the import line changed: scikit-learn and linecall on the same arrays.

    python bench/python/run.py                  # credit and adult: one fit, one search; start-up
    python bench/python/run.py --sparse         # and the 200,000 x 500,000 task
    python bench/python/run.py --only sparse --rows 20000    # that alone, with fewer rows

Both minimise the same objective, and what is compared is the time to the same objective: of
scikit-learn's solvers and tolerances, and of linecall's tolerances, the fastest is taken whose objective
is within 1e-6, relative, of the least that anybody found (and the defaults beside it). Each has a process of its own, which takes
all the threads it likes; they take turns, and medians of five are compared. A search
is over ten strengths in five folds; the objective is that of the fit on all rows at the strength that
was chosen.

Start-up: seconds of `import linecall` after NumPy and scikit-learn's linear models, and of the first
fit of a process beside its later ones, each in fresh processes, in turns.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
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
    for tol in (1e-4, 1e-5):
        makers[f"linecall tol={tol:g}"] = lambda tol=tol: estimator(
            OURS, "LogisticRegression", C=C, tol=tol
        )
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
    makers["linecall tol=1e-5"] = lambda: estimator(
        OURS, "LogisticRegressionCV", Cs=10, cv=5, tol=1e-5
    )
    common = dict(Cs=10, cv=5, scoring="accuracy", l1_ratios=(0.0,), use_legacy_attributes=False,
                  max_iter=2000)
    ways = [("lbfgs", 1e-4, None), ("newton-cholesky", 1e-4, None), ("newton-cholesky", 1e-4, -1)]
    for solver, tol, jobs in ways:
        name = f"scikit-learn {solver} tol={tol:g}" + (" n_jobs=-1" if jobs else "")
        makers[name] = lambda solver=solver, tol=tol, jobs=jobs: estimator(
            THEIRS, "LogisticRegressionCV", solver=solver, tol=tol, n_jobs=jobs, **common
        )
    return makers


def sparse_searches():
    """The same for many columns, where there is no curvature matrix."""
    makers = {"linecall": lambda: estimator(OURS, "LogisticRegressionCV", Cs=10, cv=5)}
    makers["linecall tol=1e-5"] = lambda: estimator(
        OURS, "LogisticRegressionCV", Cs=10, cv=5, tol=1e-5
    )
    for jobs in (None, -1):
        name = "scikit-learn lbfgs tol=1e-4" + (" n_jobs=-1" if jobs else "")
        makers[name] = lambda jobs=jobs: estimator(
            THEIRS, "LogisticRegressionCV", Cs=10, cv=5, scoring="accuracy", l1_ratios=(0.0,),
            use_legacy_attributes=False, max_iter=2000, n_jobs=jobs,
        )
    return makers


def load(task, folder):
    """The data of a task."""
    if task.startswith("sparse"):
        return sp.load_npz(Path(folder) / f"{task}.npz"), np.load(Path(folder) / f"{task}.npy")
    return getattr(tables, task.partition("-")[0])()


def makers_of(task, X):
    """Makers of a task, by name."""
    if task.endswith("-fit"):
        return fits(X, None, 1.0)
    return sparse_searches() if task.startswith("sparse") else searches()


def work(task, name, folder, pipe):
    """A process of its own: fits whenever it is asked to, and sends seconds and what was found."""
    X, y = load(task, folder)
    make = makers_of(task, X)[name]
    pipe.send("ready")
    while pipe.recv():
        seconds, model = timed(make, X, y)
        C = getattr(model, "C_", 1.0)
        pipe.send((seconds, float(objective(model, X, y, C)), float(np.ravel(C)[0])))


def compare(task, folder, runs):
    """Runs all makers in turn and prints what they took."""
    X, y = load(task, folder)
    names = list(makers_of(task, X))
    spawn = multiprocessing.get_context("spawn")
    workers = {}
    for name in names:
        mine, theirs = spawn.Pipe()
        process = spawn.Process(target=work, args=(task, name, folder, theirs), daemon=True)
        process.start()
        mine.recv()
        workers[name] = (mine, process)

    def ask(name):
        workers[name][0].send(True)
        return workers[name][0].recv()

    first, value, at = {}, {}, {}
    for name in names:
        first[name], value[name], at[name] = ask(name)
    # A run of many seconds says all at once.
    seconds = {name: [took] if took > 20 else [] for name, took in first.items()}
    for _ in range(runs):
        for name in names:
            if first[name] <= 20:
                seconds[name].append(ask(name)[0])
    for pipe, process in workers.values():
        pipe.send(False)
        process.join()
    median = {name: statistics.median(taken) for name, taken in seconds.items()}
    same = [name for name in names if at[name] == at["linecall"]]
    best = min(value[name] for name in same)
    near = [n for n in same if value[n] <= best * (1 + NEAR)]
    ours = min((n for n in near if n.startswith("linecall")), key=median.get)
    reach = [n for n in near if not n.startswith("linecall")]
    print(f"\n{task}: {X.shape[0]:,} x {X.shape[1]:,}")
    for name in names:
        mark = "same objective" if name in near else "not that near"
        if name not in same:
            mark = "another C"
        off = value[name] / best - 1
        print(f"  {name:42} {median[name]:9.4f} s  first {first[name]:8.4f} s  "
              f"C {at[name]:.4g}  objective {off:+.1e}  {mark}")
    row = {"task": task, "rows": X.shape[0], "columns": X.shape[1], "seconds": median,
           "linecall": median["linecall"], "fastest": ours}
    if reach:
        peer = min(reach, key=median.get)
        row.update(peer=peer, times=median[peer] / median[ours])
        print(f"  -> {ours}: {row['times']:.1f} times the fastest of scikit-learn ({peer})")
    default = next(n for n in names if n == "scikit-learn (default)" or "lbfgs tol=1e-4" in n
                   or "lbfgs tol=0.0001" in n)
    row["default"] = median[default] / median["linecall"]
    print(f"  -> by default: {row['default']:.1f} times scikit-learn's default ({default})")
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
    with tempfile.TemporaryDirectory() as folder:
        for name in ("credit", "adult"):
            if args.only not in (None, name):
                continue
            if name == "adult" and not tables.ADULT.exists():
                print("skipped: adult is not there")
                continue
            rows.append(compare(f"{name}-fit", folder, args.runs))
            rows.append(compare(f"{name}-search", folder, min(args.runs, 3)))
        if args.sparse or args.only == "sparse":
            X, y = sparse.generate(args.rows, args.columns)
            X = X.astype(np.float64)
            few = args.search_rows or args.rows
            for task, n in (("sparse-fit", args.rows), ("sparse-search", few)):
                sp.save_npz(Path(folder) / f"{task}.npz", X[:n], compressed=False)
                np.save(Path(folder) / f"{task}.npy", y[:n])
            del X
            rows.append(compare("sparse-fit", folder, args.runs))
            rows.append(compare("sparse-search", folder, 1))
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
