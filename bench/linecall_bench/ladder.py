"""The loosest setting of each peer that reaches each target.

Tolerances are tried in decades, from the loosest; once a decade reaches a target, the half decade
above it is tried too. What counts is our own value at the returned coefficients. The ways to run a
peer (threads, storage) are then timed at the tightest setting found, and the fastest is kept.

The outcome is kept in `bench/ladder.json`, under the fingerprint of the data and the peer's
version. linecall's own is searched anew each time: its code changes.
"""
import json

from . import datasets, optimum, versions
from .channel import Cut, Worker, command
from .settings import BENCH, LIMIT_SECONDS

FOUND = {}  # of this run of the harness
LOOSER = 6  # decades that may be gone up from the first
PATIENCE = 20.0  # half decades are not tried on fits that take longer


def path(scale):
    """Where the outcome is kept."""
    return BENCH / "ladder.json" if scale == "full" else datasets.home(scale) / "ladder.json"


def find(task, peer, scale, objective, best, again=False):
    """`{data, threads, rungs, settings: {target: tolerance}, status}`."""
    if (task, peer) not in FOUND:
        FOUND[task, peer] = _find(task, peer, scale, objective, best, again)
    return FOUND[task, peer]


def _find(task, peer, scale, objective, best, again):
    kept = json.loads(path(scale).read_text()) if path(scale).exists() else {}
    key = f"{task.name} / {peer.name}"
    mark = [best["fingerprint"], versions.of(peer.kind)]
    entry = kept.get(key)
    if entry and entry["mark"] == mark and not again and peer.kind != "linecall":
        return entry
    entry = {"mark": mark} | _search(task, peer, scale, objective, best)
    kept = json.loads(path(scale).read_text()) if path(scale).exists() else {}
    kept[key] = entry
    path(scale).write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")
    return entry


def _search(task, peer, scale, objective, best):
    variants = peer.variants(task)
    rungs, settings, status = [], {}, "ok"
    worker = _open(variants[0], peer, scale)
    try:
        def attempt(exponent):
            """Fits at a tolerance; keeps it for the targets that it is the loosest to reach."""
            rung = _rung(worker, task, peer, objective, best, 10.0 ** exponent)
            rungs.append(rung)
            reached = [t for t in task.targets if rung["suboptimality"] <= t]
            for t in reached:
                settings[t] = max(settings.get(t, 0.0), rung["tolerance"])
            return reached, min(rung["seconds"], rung["cpu_seconds"])
        first, exponent = peer.ladder[0], peer.ladder[0]
        while attempt(exponent)[0] and exponent < first + LOOSER:
            exponent += 1  # the ladder began too tight for this task
        for exponent in range(first - 1, peer.ladder[1] - 1, -1):
            if len(settings) == len(task.targets):
                break
            had = set(settings)
            _, seconds = attempt(exponent)
            if set(settings) - had and seconds < PATIENCE:
                attempt(exponent + 0.5)
    except Cut:
        status = f"cut at {LIMIT_SECONDS:.0f} s"
    except RuntimeError as error:
        status = str(error)
    finally:
        worker.close()
    if len(settings) < len(task.targets) and status == "ok":
        status = "not reached at any setting"
    data, threads = variants[0]
    if settings:
        data, threads = _fastest(variants, task, peer, scale, best["lambdas"],
                                 min(settings.items())[1])
    return {"data": data, "threads": threads, "rungs": rungs, "status": status,
            "settings": {str(t): tolerance for t, tolerance in settings.items()}}


def _open(variant, peer, scale):
    data, threads = variant
    return Worker(command(peer.kind, datasets.ensure(data, scale)), threads)


def _rung(worker, task, peer, objective, best, tolerance):
    answer = worker.fit(LIMIT_SECONDS, task, best["lambdas"], tolerance=f"{tolerance:.6g}",
                        solver=peer.solver)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return {"tolerance": float(f"{tolerance:.6g}"), "seconds": round(answer["seconds"], 4),
            "cpu_seconds": round(answer["cpu_seconds"], 4),
            "suboptimality": float("%.3g" % optimum.suboptimality(
                objective, best, answer["coefficients"]))}


def _fastest(variants, task, peer, scale, lambdas, tolerance):
    """The variant with the shortest of two fits after a first."""
    if len(variants) == 1:
        return variants[0]
    taken = {}
    for variant in variants:
        worker = _open(variant, peer, scale)
        try:
            answers = [worker.fit(LIMIT_SECONDS, task, lambdas,
                                  tolerance=f"{tolerance:.6g}", solver=peer.solver)
                       for _ in range(3)]
            taken[variant] = min(a.get("seconds", float("inf")) for a in answers[1:])
        except Cut:
            taken[variant] = float("inf")
        finally:
            worker.close()
    return min(variants, key=taken.get)

