"""Many related fits at once, against scikit-learn with n_jobs=2 and linecall one after another.

    python3 -m venv bench/.venv && bench/.venv/bin/pip install -r bench/requirements.txt
    cargo build --release --locked -p linecall-linear --example bench_many
    bench/.venv/bin/python bench/many.py [OUT]
    bench/.venv/bin/python bench/many.py --glmnet [OUT]     # the elastic net against glmnet alone

Tasks on spambase and credit (see `bench/README.md`), two threads: 10 folds x 100 strengths, L2 and elastic
net (l1_ratio 0.5), and 1,000 permutations at C = 1 (L2). The same columns, standardised once. Peers share
fits out among two processes of one thread. What would take a peer minutes is timed on an evenly spread part of
the fits and scaled; the part is named. Ways alternate; medians of 3 (of 1 for the peers' long ones). Coefficients of the
first problems are held against the peer's.

glmnet (Debian: r-cran-glmnet) takes the same matrix, folds (`foldid`) and strengths. Its objective is linecall's:
the mean log loss plus lambda (alpha |w|_1 + (1 - alpha) / 2 |w|_2^2), intercept free. So its lambda is ours and
its alpha the l1_ratio, without a factor; `standardize = FALSE`, as the columns come standardised. Both take the
loosest setting, by decades (glmnet's by three), with which the coefficients of the first 4 folds, along the whole path, are within 1e-6
of linecall's at 1e-13: linecall's tolerance from 1e-9 on, glmnet's `thresh` from its default, 1e-7, on. A run of glmnet
is cut after 20 minutes (or LINECALL_BENCH_LIMIT seconds); then the time is at least that, and the difference is that of the last `thresh` that
ended. Two ways: `glmnet`, the same 1,000 fits, folds shared out among two processes; and
`cv.glmnet` as users call it, with its fit to all rows. With OUT, the numbers go into the entries that are there.
"""

import json
import os
import shutil
import signal
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
# Seconds after which a run of glmnet is cut.
LIMIT = float(os.environ.get("LINECALL_BENCH_LIMIT", 1200))
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


def ours(files, penalty, what, way, out, tolerance=TOLERANCE):
    count, points = (PERMUTATIONS, 1) if what == "permute" else (FOLDS, POINTS)
    command = [BENCH_MANY, *files, penalty, what, str(count), str(points), tolerance, way, out]
    found = subprocess.run([str(c) for c in command], env=environment(2), check=True, capture_output=True, text=True)
    return float(found.stdout.split()[1])


def glmnet(folder, shape, thresh, way, out):
    """Seconds of glmnet's fits."""
    worker = Path(__file__).resolve().parent / "linecall_bench" / "workers" / "glmnet_cv.R"
    command = ["Rscript", worker, folder, *shape, FOLDS, 0.5, thresh, way, out]
    # One thread of BLAS a process; the folds are what is shared out.
    # In a group of its own: the processes that R forks must end with it.
    running = subprocess.Popen([str(c) for c in command], env=environment(1), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        said, complaint = running.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return None
    if running.returncode:
        raise SystemExit(f"glmnet: {complaint}")
    return float(said)


def against_glmnet(name, x, y):
    """The elastic net in 10 folds: seconds by way, and how far coefficients are apart."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "x.npy", Path(folder) / "y.npy"]
        kept, theirs = Path(folder) / "ours", Path(folder) / "theirs"
        np.save(files[0], x), np.save(files[1], y)
        for file, values in (("x.bin", x), ("y.bin", y), ("lambdas.bin", np.array(lambdas("elastic-net")))):
            np.ascontiguousarray(values, "<f8").tofile(Path(folder) / file)
        ours(files, "elastic-net", "folds", "many", kept, "1e-13")
        best = np.loadtxt(kept)

        def apart(file):
            return float(np.abs(np.loadtxt(file).reshape(best.shape) - best).max())

        def near(run, file, decades):
            """The loosest setting that is near enough, else the tightest that ended; whether one was cut."""
            found = (None, None)
            for decade in decades:
                if run(f"1e-{decade}") is None:
                    return *found, True
                found = (f"1e-{decade}", apart(file))
                if found[1] <= 1e-6:
                    break
            return *found, False

        def mine(tolerance):
            return ours(files, "elastic-net", "folds", "many", kept, tolerance)

        tolerance, own_apart, _ = near(mine, kept, range(9, 13))
        thresh, their_apart, cut = near(lambda t: glmnet(folder, x.shape, t, "folds", theirs), theirs, range(7, 23, 3))
        times = {"many": [], "glmnet": [], "cv.glmnet": []}
        for _ in range(3):
            times["many"].append(mine(tolerance))
            for way, what in (("glmnet", "folds"), ("cv.glmnet", "cv")):
                times[way].append(LIMIT if cut else glmnet(folder, x.shape, thresh, what, theirs) or LIMIT)
    medians = {way: statistics.median(t) for way, t in times.items()}
    found = {"data": name, "task": "folds", "penalty": "elastic-net", "seconds": medians,
             "tolerance": tolerance, "thresh": thresh, "glmnet_cut": cut, "largest_difference": own_apart,
             "glmnet_over_many": min(medians["glmnet"], medians["cv.glmnet"]) / medians["many"],
             "glmnet_largest_difference": their_apart}
    print(json.dumps(found), flush=True)
    return found


def matrix(table):
    x, y = table()
    return x[:, x.std(0) > 0], (np.asarray(y) > 0).astype(np.int64)


def glmnet_only(out):
    found = [against_glmnet(name, *matrix(table)) for name, table in TABLES]
    if out:
        file = Path(out)
        results = json.loads(file.read_text()) if file.exists() else []
        for own in found:
            key = [own[k] for k in ("data", "task", "penalty")]
            old = next((r for r in results if [r[k] for k in ("data", "task", "penalty")] == key), None)
            if old is None:
                results.append(own)
                continue
            # Seconds of both sides of a ratio come from the same run.
            ways = {"glmnet": own["seconds"]["glmnet"], "cv.glmnet": own["seconds"]["cv.glmnet"],
                    "many beside glmnet": own["seconds"]["many"]}
            old.update({**own, "seconds": {**old["seconds"], **ways}})
        file.write_text(json.dumps(results, indent=1) + "\n")


TABLES = (("spambase", tables.spambase), ("credit", tables.credit))


def main():
    if "--glmnet" in sys.argv:
        return glmnet_only(next((a for a in sys.argv[1:] if a != "--glmnet"), None))
    results = []
    for name, table in TABLES:
        x, y = matrix(table)
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
    out = sys.argv[1] if len(sys.argv) > 1 else None
    if out:
        Path(out).write_text(json.dumps(results, indent=1) + "\n")
    if shutil.which("Rscript"):
        glmnet_only(out)
    else:
        print("glmnet: Rscript is absent", flush=True)


if __name__ == "__main__":
    main()
