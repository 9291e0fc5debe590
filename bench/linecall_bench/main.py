"""The command line of the harness."""
import argparse

from . import datasets, report, timing
from .peers import PEERS
from .settings import DATA, BENCH_FIT
from .tasks import TASKS


def main():
    args = _arguments()
    scale = "quick" if args.quick else "full"
    datasets.home(scale).mkdir(parents=True, exist_ok=True)
    if not BENCH_FIT.exists():
        raise SystemExit(f"{BENCH_FIT} is not built: run `make bench-build`")
    rows = []
    peers = [p for p in PEERS if p.kind == "linecall" or _chosen(p.name, args.peer)]
    for task in TASKS:
        if not _chosen(task.name, args.task):
            continue
        timing.say(f"{task.name} ({scale})")
        why = datasets.missing(task.data)
        if why:
            rows.append(timing.row(task, "", "", status=f"skipped: {why}"))
            continue
        found = timing.run(task, peers, scale, args.runs, args.again)
        rows += found
        print(report.text(found), flush=True)
    if args.save:
        report.save(rows)


def _chosen(name, wanted):
    return not wanted or any(w.lower() in name.lower() for w in wanted)


def _arguments():
    parser = argparse.ArgumentParser(prog="bench/run.py", description="The benchmarks of linecall")
    parser.add_argument("--quick", action="store_true", help="small data, for trying the harness")
    parser.add_argument("--task", action="append", help="only tasks whose name holds this")
    parser.add_argument("--peer", action="append", help="only peers whose name holds this")
    parser.add_argument("--runs", type=int, default=5, help="runs of each peer [5]")
    parser.add_argument("--again", action="store_true", help="search the peers' settings anew")
    parser.add_argument("--save", action="store_true",
                        help="write bench/runs/ and bench/RESULTS.md")
    return parser.parse_args()
