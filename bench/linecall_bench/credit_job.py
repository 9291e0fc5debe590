"""The main job on the bundled credit data: from CSV to a tuned, saved model.

Read the file, one-hot and standardise, choose the L2 strength among 50 by 10-fold
cross-validation on 24,000 rows, fit. scikit-learn does it with `LogisticRegressionCV`
(`workers/credit_sklearn.py`), linecall with `fit`, which also takes the bootstrap metrics, refits
on all rows and saves the model.
"""
import sys
import tempfile
from pathlib import Path

from .process import launch
from .settings import BENCH, LINECALL, ROOT
from .timing import row

NAME = "credit-job"
DATA = ROOT / "data" / "credit_default.csv.gz"


def run(runs):
    """Rows of the runs file."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        jobs = {"linecall": ("linecall", [
            LINECALL, "fit", DATA, "--schema", ROOT / "data" / "credit_default.schema.toml",
            "-o", out / "m.linecall", "--quiet"])}
        for solver in ("lbfgs", "newton-cholesky"):
            jobs[f"sklearn {solver}"] = ("sklearn", [
                sys.executable, BENCH / "linecall_bench/workers/credit_sklearn.py", DATA, solver,
                out / "m.joblib"])
        for number in range(runs + 1):
            for name, (kind, command) in jobs.items():
                # scikit-learn runs two folds at a time (`n_jobs=2`); with two BLAS threads in each
                # of them it is slower.
                done = launch(command, 2 if kind == "linecall" else 1)
                shared = {"kind": "process", "data": DATA.name, "threads": 2, "run": number}
                if done["code"] != 0:
                    rows.append(row(NAME, name, "", kind, **shared,
                                    status=f"exit code {done['code']} {done['said']}"))
                    continue
                rows.append(row(NAME, name, "", kind, **shared,
                                seconds=f"{done['seconds']:.6f}",
                                cpu_seconds=f"{done['cpu_seconds']:.6f}",
                                peak_mib=f"{done['peak_mib']:.1f}"))
    return rows
