"""A dense gradient pass against the machine's read bandwidth.

Bandwidth: two threads sum one GiB of `f64`, best of seven. A pass: trust-region fits of the dense
task to a loose and to a tight tolerance differ by a known number of passes over the matrix; the
difference of their times over that number is a pass, without what a fit does once.
"""
from . import datasets
from .channel import Worker, command
from .settings import LIMIT_SECONDS
from .tasks import BY_NAME
from .timing import row

NAME = "dense-pass"


def run(scale, runs):
    """Rows of the runs file: seconds of a pass, and of reading as many bytes."""
    task = BY_NAME["dense-logistic"]
    folder = datasets.ensure(task.data, scale)
    size = (folder / "values.bin").stat().st_size
    lambdas = [1.0 / (folder / "labels.bin").stat().st_size]
    worker, rows = Worker(command("linecall", folder), 2), []
    try:
        for number in range(runs + 1):
            rate = worker.ask(LIMIT_SECONDS, bandwidth=2 ** 30)["bytes_per_second"]
            ends = [worker.fit(LIMIT_SECONDS, task, lambdas, solver="trust_region",
                               tolerance=tolerance) for tolerance in ("1e-1", "1e-9")]
            if any("error" in end for end in ends):
                return [row(NAME, "linecall", "", "linecall", status=str(ends))]
            seconds = ends[1]["seconds"] - ends[0]["seconds"]
            passes = ends[1]["passes"] - ends[0]["passes"]
            shared = {"kind": "pass", "data": task.data, "threads": 2, "run": number}
            rows.append(row(NAME, "linecall", "", "linecall", **shared, suboptimality=0,
                            setting=f"{passes} passes", cpu_seconds=0,
                            seconds=f"{seconds / max(passes, 1):.6f}"))
            rows.append(row(NAME, "read bandwidth", "", "linecall", **shared, suboptimality=0,
                            setting=f"{rate / 1e9:.2f} GB/s", cpu_seconds=0,
                            seconds=f"{size / rate:.6f}"))
    finally:
        worker.close()
    return rows
