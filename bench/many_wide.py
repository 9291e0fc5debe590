"""Many related fits of many columns at once, against scikit-learn's lbfgs with n_jobs=2 and linecall one
problem after another.

    cargo build --release --locked -p linecall-linear --example bench_many
    bench/.venv/bin/python bench/many_wide.py [OUT]

L2 logistic regression, two threads, residuals to 1e-6: 100 folds at C = 1 on 2,000 x 5,000 dense normal
columns (the check of FaSTGLZ's card: at most 0.2 of 100 single fits), and 10 folds x 10 strengths on
20,000 x 100,000 text-like sparse rows. Ways alternate; medians of 3. scikit-learn is timed on an even tenth
of the fits and scaled.
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
from linecall_bench import sparse
from linecall_bench.settings import RELEASE, environment
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

BENCH_MANY = RELEASE / "examples" / "bench_many"


def dense(rows=2_000, cols=5_000, seed=0):
    """Normal columns; a fiftieth of them bear on the label, with logistic noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, cols))
    score = x @ (rng.normal(size=cols) * (rng.random(cols) < 0.02))
    return x, (score / score.std() + rng.logistic(size=rows) > 0).astype(np.int64)


def lambdas(points, n):
    return [1 / n] if points == 1 else [10.0 * 1e-5 ** (p / (points - 1)) for p in range(points)]


def peer(x, y, folds, problem):
    p, l = problem
    rows = np.flatnonzero(np.arange(len(y)) % folds != p)
    model = LogisticRegression(C=1 / (l * len(rows)), solver="lbfgs", tol=1e-6, max_iter=100_000)
    with threadpool_limits(1):
        model.fit(x[rows], y[rows])
    return np.append(model.coef_[0], model.intercept_[0])


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder, Parallel(n_jobs=2) as pool:
        folder = Path(folder)
        x, y = dense()
        np.save(folder / "x.npy", x), np.save(folder / "y.npy", y)
        tasks = [("dense", x, y, [folder / "x.npy", folder / "y.npy"], 100, 1)]
        x, y = sparse.generate(20_000, 100_000)
        sparse.write_libsvm(folder / "x.libsvm", x, y)
        tasks.append(("text-like", x, y, [folder / "x.libsvm", "-"], 10, 10))
        for name, x, y, files, folds, points in tasks:
            times = {"many": [], "path": []}
            kept = folder / "coefficients"
            for _ in range(3):
                for way in times:
                    command = [BENCH_MANY, *files, "l2", "folds", folds, points, "1e-6", way, kept]
                    found = subprocess.run([str(c) for c in command], env=environment(2), check=True,
                                           capture_output=True, text=True)
                    times[way].append(float(found.stdout.split()[1]))
            own = np.loadtxt(kept, max_rows=4 * points)
            every = [(p, l) for p in range(folds) for l in lambdas(points, len(y))]
            part = every[5::10]
            begin = time.perf_counter()
            pool(delayed(peer)(x, y, folds, one) for one in part)
            times["lbfgs"] = [(time.perf_counter() - begin) * len(every) / len(part)]
            apart = float(np.abs(peer(x, y, folds, every[0]) - own[0]).max())
            medians = {way: statistics.median(t) for way, t in times.items()}
            results.append({"data": name, "folds": folds, "strengths": points, "seconds": medians,
                            "largest_difference": apart})
            print(json.dumps(results[-1]), flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
