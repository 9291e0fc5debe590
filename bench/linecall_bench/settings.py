"""Where things are, and how long a peer may take."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
RELEASE = ROOT / "target" / "release"
LINECALL = RELEASE / "linecall"
BENCH_FIT = RELEASE / "examples" / "bench_fit"
BENCH_READ = RELEASE / "examples" / "bench_read"

# Generated data, certified optima and scratch files; some 2 GB for the full sizes.
DATA = Path(os.environ.get("LINECALL_BENCH_DATA", BENCH / ".data"))
# Where adult and spambase are looked for (laid out as `adult/adult_train.csv.gz`,
# `scorecard/spambase_data.csv`); without them those tasks are skipped, and counted as skipped.
TABLES = Path(os.environ.get("LINECALL_BENCH_TABLES", ROOT.parent / "shared" / "data" / "tabular"))

# A fit that takes longer than this is cut, and reported as cut.
LIMIT_SECONDS = 60.0
# Relative suboptimality asked for.
TARGETS = (1e-3, 1e-6)
# A certified optimum is proved to be this near, relative: far below the tightest target.
CERTIFIED = 1e-9


def environment(threads):
    """The environment of a peer: BLAS, OpenMP and numba at `threads`, no forced BLAS kernel."""
    env = dict(os.environ)
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        env.pop(name, None)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
                 "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"):
        env[name] = str(threads)
    return env
