"""Reading alone: LIBSVM against LIBLINEAR's own reader, CSV and Parquet against polars.

LIBLINEAR checks its settings after it has read the file: with a penalty that it refuses (`-c -1`)
its command reads and ends. CSV is read to numbers by all; linecall keeps the text of every cell
besides, as its tables do. linecall (`crates/data/examples/bench_read.rs`) and polars
(`workers/read_polars.py`) time the call itself, after their programs have started; of LIBLINEAR it
is the whole process, which does next to nothing else.
"""
import json
import sys

from . import datasets, versions
from .process import launch
from .settings import BENCH, BENCH_READ
from .timing import row

ROW_GROUPS = 16

LIBSVM, CSV, PARQUET = "read-libsvm", "read-csv", "read-parquet"
NAMES = (LIBSVM, CSV, PARQUET)


def run(name, scale, runs):
    """Rows of the runs file for one of `NAMES`."""
    path = _file(name, scale)
    rows = []
    for number in range(runs + 1):
        for peer, kind, threads, command in _peers(name, path):
            rows.append(_once(name, path, peer, kind, threads, command, number))
    return rows


def _peers(name, path):
    """Name, worker, threads and command of each peer that is installed."""
    how = {LIBSVM: "matrix", CSV: "numbers", PARQUET: "table"}[name]
    ours = [BENCH_READ, how, path]
    peers = [("linecall", "linecall", 2, ours), ("linecall, one thread", "linecall", 1, ours)]
    if name == LIBSVM:
        # The last argument would be the model, which is not written.
        command = ["liblinear-train", "-c", "-1", path, "/dev/null"]
        peers.append(("liblinear's reader", "liblinear", 1, command))
    else:
        worker = BENCH / "linecall_bench/workers/read_polars.py"
        peers += [("polars" + more, "polars", threads, [sys.executable, worker, path])
                  for more, threads in (("", 2), (", one thread", 1))]
    return [peer for peer in peers if versions.of(peer[1])]


def _once(name, path, peer, kind, threads, command, number):
    done = launch(command, threads)
    shared = {"kind": "read", "data": path.name, "threads": threads, "run": number}
    # LIBLINEAR says that it does not like the penalty.
    expected = 1 if kind == "liblinear" else 0
    if done["code"] != expected:
        return row(name, peer, "", kind, **shared,
                   status=f"exit code {done['code']} {done.get('said', '')}".strip())
    seconds = done["seconds"] if kind == "liblinear" else json.loads(done["said"])["seconds"]
    rate = path.stat().st_size / seconds / 1e6
    return row(name, peer, "", kind, **shared, setting=f"{rate:.0f} MB/s",
               seconds=f"{seconds:.6f}", cpu_seconds=f"{done['cpu_seconds']:.6f}",
               peak_mib=f"{done['peak_mib']:.1f}")


def _file(name, scale):
    if name == LIBSVM:
        return datasets.text("sparse", scale)
    text = datasets.text("dense", scale)
    if name == CSV:
        return text
    import polars
    path = text.with_suffix(".parquet")
    if not path.exists():
        table = polars.read_csv(text)
        part = path.with_name(path.name + ".part")
        table.write_parquet(part, row_group_size=-(-len(table) // ROW_GROUPS))
        part.rename(path)
    return path
