"""The runs file, `bench/RESULTS.md`, and the table for the terminal."""
import csv
import datetime
import re

from . import versions
from .goals import judge
from .settings import BENCH
from .timing import COLUMNS, medians

HEAD = """# Results

Made by `make bench`, from `{source}`; do not edit. How it is done: [README.md](README.md).

{machine}, {date}. Load average of the last minute while the runs were made: {load}
(a figure well above the number of cores says that other work shared the machine, and that wall
times are worth little).

Every peer runs at the loosest setting that brings our own evaluation of the objective to the
target, relative to a certified optimum. Seconds are medians of the runs that took turns, first
calls left out; `x` is the median against linecall's; `off` is the worst relative suboptimality of
the runs.
"""


def text(rows):
    """A task's table for the terminal."""
    lines = []
    for (task, kind, target, peer), value in medians(rows).items():
        cells = _cells(rows, (task, kind, target, peer), value)
        lines.append(f"{task:28} {target:6} {peer:26} {cells['median']:>9} s  min {cells['min']:>9}"
                     f"  max {cells['max']:>9}  cpu {cells['cpu']:>8}  {cells['x']:>7} x"
                     f"  off {cells['off']:8} {cells['peak']:>7}")
    lines += [f"{r['task']:28} {r['target']!s:6} {r['peer']:26} {r['status']}"
              for r in rows if r["status"] != "ok"]
    return "\n".join(lines)


def _cells(rows, key, value):
    middle, low, high, own = value
    base = medians(rows).get((*key[:3], "linecall"))
    numbers = {name: sorted(float(r[name]) for r in own if r[name] != "")
               for name in ("cpu_seconds", "suboptimality", "peak_mib")}
    cpu, off, peak = numbers.values()
    return {"median": _seconds(middle), "min": _seconds(low), "max": _seconds(high),
            "x": f"{middle / base[0]:.2f}" if base else "",
            "cpu": _seconds(cpu[len(cpu) // 2]) if cpu else "",
            "off": f"{off[-1]:.1e}" if off else "", "peak": f"{peak[-1]:.0f}" if peak else "",
            "threads": own[0]["threads"], "setting": own[0]["setting"], "data": own[0]["data"],
            "runs": len(own)}


def _seconds(value):
    return f"{value:.2f}" if value >= 10 else f"{value:.3f}" if value >= 0.1 else f"{value:.4f}"


def runs_file():
    """Today's runs file of this kind of machine."""
    cpu = re.sub(r"[^a-z0-9]+", "-", versions.machine()["cpu"].lower()).strip("-")
    return BENCH / "runs" / f"{datetime.date.today()}-{cpu}.csv"


def read(path):
    """The rows of a runs file."""
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def save(rows, order):
    """Puts rows in today's runs file, in place of older ones of their tasks; writes RESULTS.md.

    Tasks stand in the given order.
    """
    path = runs_file()
    tasks = {r["task"] for r in rows}
    rows = [r for r in read(path) if r["task"] not in tasks] + rows
    rows.sort(key=lambda r: order.index(r["task"]) if r["task"] in order else len(order))
    path.parent.mkdir(exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_results(path)


def write_results(path):
    """RESULTS.md from a runs file."""
    rows = read(path)
    found = medians(rows)
    loads = [float(r["load"]) for r in rows if r["load"]]
    machine = versions.machine()
    parts = [HEAD.format(
        source=path.relative_to(BENCH.parent), date=path.name[:10],
        machine=f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB",
        load=f"{min(loads, default=0):.1f} to {max(loads, default=0):.1f}")]
    parts.append(_versions(rows))
    parts.append(_goals(found))
    for task in dict.fromkeys(r["task"] for r in rows):
        parts.append(_task(task, [r for r in rows if r["task"] == task]))
    (BENCH / "RESULTS.md").write_text("\n".join(parts), encoding="utf-8")


def _versions(rows):
    own = sorted({r["version"] for r in rows if r["peer"] == "linecall" and r["version"]})
    names = versions.table() | {"linecall": "; ".join(own)}
    return "## Versions\n\n" + ", ".join(f"{k} {v}" for k, v in names.items()) + "\n"


def _goals(found):
    goals = judge(found)
    met = sum(goal.met for goal in goals)
    lines = [f"## Goals: {met} met, {len(goals) - met} missed\n",
             "| goal | asked | measured | |", "|---|---|---|---|"]
    lines += [f"| {g.what} | {g.asked} | {g.measured} | {'met' if g.met else '**missed**'} |"
              for g in goals]
    return "\n".join(lines) + "\n"


def _task(task, rows):
    lines = [f"## {task}\n", f"`bench/run.py --task {task}`\n",
             "| target | peer | median s | min | max | x | CPU s | off | peak MiB | setting | data "
             "| threads | runs |", "|" + "---|" * 13]
    found = medians(rows)
    for key in sorted(found, key=lambda k: (-float(k[2] or 0), found[k][0])):
        c = _cells(rows, key, found[key])
        lines.append(f"| {key[2]} | {key[3]} | {c['median']} | {c['min']} | {c['max']} | {c['x']} "
                     f"| {c['cpu']} | {c['off']} | {c['peak']} | {c['setting']} | {c['data']} "
                     f"| {c['threads']} | {c['runs']} |")
    refused = dict.fromkeys((str(r["target"]), r["peer"], r["status"]) for r in rows
                            if r["status"] != "ok")
    lines += [f"\n{' '.join(filter(None, (target and target + ':', peer + ':' if peer else '')))} "
              f"{status}" for target, peer, status in refused]
    return "\n".join(lines) + "\n"
