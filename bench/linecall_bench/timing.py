"""Fits alone: every peer at its own setting, taking turns, the median of some runs."""
import os
import statistics
import sys

from . import datasets, ladder, optimum, versions
from .channel import Cut, Worker, command
from .settings import LIMIT_SECONDS

SLOW = 10.0  # a peer whose fit takes longer is timed once


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(task, peers, scale, runs, again):
    """Rows of the runs file for a task."""
    best = optimum.certified(task, scale)
    objective = optimum.problem(task, scale)
    found, rows = {}, []
    for peer in (p for p in peers if p.does(task)):
        if not versions.of(peer.kind):
            rows.append(row(task, peer.name, "", "", status="not installed"))
            continue
        if peer.kind == "linecall" and not runs:
            continue  # its settings are searched anew at each timing, for its code changes
        found[peer] = ladder.find(task, peer, scale, objective, best, again)
        reached = ", ".join(f"{t} at {s:g}" for t, s in found[peer]["settings"].items())
        say(f"  {peer.name:26} {found[peer]['status']:28} {reached}")
    for target in task.targets if runs else ():
        rows += _target(task, target, found, scale, objective, best, runs)
    return rows


COLUMNS = ("task", "kind", "target", "peer", "version", "setting", "data", "threads", "run",
           "seconds", "cpu_seconds", "peak_mib", "suboptimality", "load", "status")


def row(task, peer, target, worker, **more):
    """One row of the runs file; `load` is the machine's load average of the last minute."""
    known = {"task": getattr(task, "name", task), "target": target, "kind": "fit", "peer": peer,
             "version": versions.of(worker) if worker else "", "status": "ok",
             "load": f"{os.getloadavg()[0]:.1f}"}
    return dict.fromkeys(COLUMNS, "") | known | more


def _target(task, target, found, scale, objective, best, runs):
    rows, workers = [], {}
    for peer, entry in found.items():
        if str(target) not in entry["settings"]:
            rows.append(row(task, peer.name, target, peer.kind, status=entry["status"]))
            continue
        folder = datasets.ensure(entry["data"], scale)
        workers[peer] = Worker(command(peer.kind, folder), entry["threads"])
    try:
        for number in range(runs + 1):  # the first call is kept, as run 0, and not in the median
            for peer in list(workers):
                entry = found[peer]
                tolerance = entry["settings"][str(target)]
                if is_slow(entry, tolerance) and number > 1:
                    continue
                rows.append(_once(task, target, peer, entry, workers[peer], tolerance, number,
                                  objective, best))
                if rows[-1]["status"] != "ok":
                    workers.pop(peer).close()
    finally:
        for worker in workers.values():
            worker.close()
    return rows


def is_slow(entry, tolerance):
    """Whether a fit at this setting is run once only."""
    return any(min(r["seconds"], r["cpu_seconds"]) > SLOW
               for r in entry["rungs"] if r["tolerance"] == tolerance)


def _once(task, target, peer, entry, worker, tolerance, number, objective, best):
    shared = {"setting": f"{tolerance:.6g}", "data": entry["data"], "threads": entry["threads"],
              "run": number}
    try:
        answer = worker.fit(4 * LIMIT_SECONDS, task, best["lambdas"],
                            tolerance=f"{tolerance:.6g}", solver=peer.solver)
    except Cut as cut:
        return row(task, peer.name, target, peer.kind, **shared, status=f"cut: {cut}")
    if "error" in answer:
        return row(task, peer.name, target, peer.kind, **shared, status=answer["error"])
    reached = optimum.suboptimality(objective, best, answer["coefficients"])
    return row(task, peer.name, target, peer.kind, **shared, seconds=f"{answer['seconds']:.6f}",
               cpu_seconds=f"{answer['cpu_seconds']:.6f}", suboptimality=f"{reached:.2e}")


def medians(rows):
    """`{(task, kind, target, peer): (median, min, max, rows)}` of the runs that count."""
    groups = {}
    for r in rows:
        if r["seconds"] != "" and int(r["run"]) > 0:
            groups.setdefault((r["task"], r["kind"], str(r["target"]), r["peer"]), []).append(r)
    out = {}
    for key, own in groups.items():
        seconds = [float(r["seconds"]) for r in own]
        out[key] = (statistics.median(seconds), min(seconds), max(seconds), own)
    return out
