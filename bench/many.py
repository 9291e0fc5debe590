"""Many related fits at once, against scikit-learn with n_jobs=2 and linecall one after another.

    python3 -m venv bench/.venv && bench/.venv/bin/pip install -r bench/requirements.txt
    cargo build --release --locked -p linecall-linear --example bench_many
    bench/.venv/bin/python bench/many.py [OUT]

Tasks on spambase and credit (see `bench/README.md`), two threads: 10 folds x 100 strengths, L2 and elastic
net (l1_ratio 0.5), and 1,000 permutations at C = 1 (L2). The same columns, standardised once. Peers share
fits out among two processes of one thread. What would take a peer minutes is timed on an evenly spread part of
the fits and scaled; the part is named. Ways alternate; medians of 3 (of 1 for the peers' long ones). Coefficients of the
first problems are held against the peer's.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from joblib import Parallel, delayed
from linecall_bench import tables
from linecall_bench.settings import RELEASE, environment
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

BENCH_MANY = RELEASE / "examples" / "bench_many"
FOLDS, POINTS, PERMUTATIONS = 10, 100, 1000
TOLERANCE = "1e-9"
# Share of the fits that a peer is timed on.
PARTS = {"newton-cholesky": 0.1, "lbfgs": 0.1, "saga": 0.01}


def lambdas(penalty):
    top, low = (10.0, 1e-5) if penalty == "l2" else (0.3, 3e-5)
    return [top * low ** (p / (POINTS - 1)) for p in range(POINTS)]


def permuted(y, p):
    """The labels of `bench_many`'s permutation."""
    y, state = y.copy(), p + 1
    for i in range(len(y) - 1, 0, -1):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        j = (state >> 33) % (i + 1)
        y[i], y[j] = y[j], y[i]
    return y


def problems(what, penalty, n):
    """(problem, lambda) of every fit."""
    if what == "permute":
        return [(p, 1 / n) for p in range(PERMUTATIONS)]
    return [(p, l) for p in range(FOLDS) for l in lambdas(penalty)]


def fit(solver, x, y, what, penalty, problem, exact=True):
    p, l = problem
    if what == "permute":
        rows, y = np.ones(len(y), bool), permuted(y, p) if exact else np.random.default_rng(p).permutation(y)
    else:
        rows = np.arange(len(y)) % FOLDS != p
    options = {} if penalty == "l2" else {"penalty": "elasticnet", "l1_ratio": 0.5}
    tolerance = {"newton-cholesky": 1e-9, "lbfgs": 1e-8, "saga": 1e-7}[solver]
    model = LogisticRegression(C=1 / (l * rows.sum()), solver=solver, tol=tolerance, max_iter=100_000, **options)
    with threadpool_limits(1):
        model.fit(x[rows], y[rows])
    return np.append(model.coef_[0], model.intercept_[0])


def ours(files, penalty, what, way, out):
    count, points = (PERMUTATIONS, 1) if what == "permute" else (FOLDS, POINTS)
    command = [BENCH_MANY, *files, penalty, what, str(count), str(points), TOLERANCE, way, out]
    found = subprocess.run([str(c) for c in command], env=environment(2), check=True, capture_output=True, text=True)
    return float(found.stdout.split()[1])


def main():
    results = []
    for name, table in (("spambase", tables.spambase), ("credit", tables.credit)):
        x, y = table()
        x, y = x[:, x.std(0) > 0], (np.asarray(y) > 0).astype(np.int64)
        with tempfile.TemporaryDirectory() as folder, Parallel(n_jobs=2) as pool:
            files = [Path(folder) / "x.npy", Path(folder) / "y.npy"]
            np.save(files[0], x), np.save(files[1], y)
            for what, penalty in (("folds", "l2"), ("folds", "elastic-net"), ("permute", "l2")):
                every = problems(what, penalty, len(y))
                kept = Path(folder) / "coefficients"
                times = {"many": [], "one": []}
                for _ in range(3):
                    times["many"].append(ours(files, penalty, what, "many", kept))
                times["one"].append(ours(files, penalty, what, "one", kept))
                own = np.loadtxt(kept)
                apart = None
                for solver in ("newton-cholesky", "lbfgs") if penalty == "l2" else ("saga",):
                    step = round(1 / PARTS[solver])
                    part = every[step // 2 :: step]
                    begin = time.perf_counter()
                    pool(delayed(fit)(solver, x, y, what, penalty, one, False) for one in part)
                    times[solver] = [(time.perf_counter() - begin) * len(every) / len(part)]
                    if solver == "newton-cholesky":
                        size = 1 if what == "permute" else POINTS
                        checked = [k for k in range(0, len(own), max(1, size // 5))][:12]
                        found = [fit(solver, x, y, what, penalty, every[k]) for k in checked]
                        apart = max(float(np.abs(f - own[k]).max()) for f, k in zip(found, checked))
                medians = {way: statistics.median(t) for way, t in times.items()}
                best = min(t for way, t in medians.items() if way not in ("many", "one"))
                results.append({"data": name, "task": what, "penalty": penalty, "fits": len(every),
                                "seconds": medians, "over_best_peer": best / medians["many"],
                                "over_one_after_another": medians["one"] / medians["many"],
                                "largest_difference": apart})
                print(json.dumps(results[-1]), flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
