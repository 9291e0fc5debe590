"""The command line of the harness."""
import argparse

from . import credit_job, datasets, passes, process, reading, report, timing
from .peers import PEERS
from .process import WHOLE
from .settings import BENCH, BENCH_FIT, BENCH_READ, LINECALL
from .tasks import BY_NAME, TASKS


def main():
    args = _arguments()
    if args.report:
        report.write_results(max((BENCH / "runs").glob("*.csv")))
        return
    scale = "quick" if args.quick else "full"
    datasets.home(scale).mkdir(parents=True, exist_ok=True)
    for built in (BENCH_FIT, BENCH_READ, LINECALL):
        if not built.exists():
            raise SystemExit(f"{built} is not built: run `make bench-build`")
    passed = skipped = 0
    works = list(_work(args, scale))
    for name, work in works:
        if not _chosen(name, args.task):
            continue
        timing.say(f"{name} ({scale})")
        rows = work()
        skipped += all(r["status"].startswith("skipped") for r in rows)
        passed += any(r["status"] == "ok" for r in rows)
        print(report.text(rows), flush=True)
        if args.save:
            report.save(rows, [name for name, _ in works])
    print(f"{passed} tasks run, {skipped} skipped")


def _work(args, scale):
    """Name of each task, and what runs it."""
    peers = [p for p in PEERS if p.kind == "linecall" or _chosen(p.name, args.peer)]
    for task in TASKS:
        yield task.name, lambda task=task: _fit(task, peers, scale, args)
    for whole in WHOLE:
        yield whole.name, lambda whole=whole: process.run(whole, peers, scale, args.runs,
                                                          args.again)
    yield passes.NAME, lambda: passes.run(scale, args.runs)
    yield credit_job.NAME, lambda: credit_job.run(args.runs)
    for name in reading.NAMES:
        yield name, lambda name=name: reading.run(name, scale, args.runs)


def _fit(task, peers, scale, args):
    why = datasets.missing(task.data)
    if why:
        return [timing.row(task, "", "", "", status=f"skipped: {why}")]
    return timing.run(task, peers, scale, args.runs, args.again)


def _chosen(name, wanted):
    """Whether a name holds one of the wanted parts; `=NAME` wants the whole name."""
    return not wanted or any(
        w[1:].lower() == name.lower() if w.startswith("=") else w.lower() in name.lower()
        for w in wanted)


def _arguments():
    parser = argparse.ArgumentParser(prog="bench/run.py", description="The benchmarks of linecall")
    parser.add_argument("--quick", action="store_true", help="small data, for trying the harness")
    parser.add_argument("--task", action="append",
                        help="only tasks whose name holds this (`=NAME`: only this task); "
                        "may be repeated. Tasks: " + ", ".join(
                            [*BY_NAME, *(w.name for w in WHOLE), passes.NAME, credit_job.NAME,
                             *reading.NAMES]))
    parser.add_argument("--peer", action="append",
                        help="only peers whose name holds this (linecall always takes part)")
    parser.add_argument("--runs", type=int, default=5,
                        help="runs of each peer [5]; 0 only searches the settings")
    parser.add_argument("--again", action="store_true", help="search the peers' settings anew")
    parser.add_argument("--save", action="store_true",
                        help="write bench/runs/ and bench/RESULTS.md")
    parser.add_argument("--report", action="store_true",
                        help="write bench/RESULTS.md from the newest runs file, and end")
    args = parser.parse_args()
    if args.quick and args.save:
        parser.error("--save is for the full sizes: results on small data would be misread")
    return args
