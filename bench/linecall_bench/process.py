"""Whole processes: from a text file to a saved model, with the peak of memory.

Each peer runs at the setting that `ladder.py` found for the same objective; the saved model is
read back and judged by our own objective.
"""
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import datasets, ladder, models, optimum, versions
from .settings import BENCH, LIMIT_SECONDS, LINECALL, environment
from .tasks import BY_NAME
from .timing import is_slow, row, say


@dataclass(frozen=True)
class Whole:
    """A whole-process task over the objective of a fit task."""

    name: str
    of: str
    data: str  # `sparse` (LIBSVM) or `dense` (CSV)


WHOLE = [Whole("sparse-logistic-process", "sparse-logistic", "sparse"),
         Whole("sparse-squared-hinge-process", "sparse-squared-hinge", "sparse"),
         Whole("sparse-hinge-process", "sparse-hinge", "sparse"),
         Whole("dense-logistic-process", "dense-logistic", "dense")]
KINDS = {"sparse": ("linecall", "liblinear", "sklearn", "snapml"),
         "dense": ("linecall", "sklearn", "snapml")}


def run(whole, peers, scale, runs, again):
    """Rows of the runs file for a whole-process task."""
    task = BY_NAME[whole.of]
    best, objective = optimum.certified(task, scale), optimum.problem(task, scale)
    text, found, rows = datasets.text(whole.data, scale), {}, []
    for peer in (p for p in peers if p.does(task) and p.kind in KINDS[whole.data]):
        if versions.of(peer.kind):
            found[peer] = ladder.find(task, peer, scale, objective, best, again)
            say(f"  {peer.name:26} {found[peer]['status']}")
    for target in map(str, task.targets if runs else ()):
        for number in range(runs + 1):
            for peer, entry in found.items():
                if target not in entry["settings"]:
                    if number == 0:
                        rows.append(row(whole, peer.name, target, peer.kind, kind="process",
                                        status=entry["status"]))
                    continue
                slow = is_slow(entry, entry["settings"][target])
                if not (slow and number > 1):
                    rows.append(_once(whole, task, target, peer, entry, text, number, objective,
                                      best))
    return rows


def _once(whole, task, target, peer, entry, text, number, objective, best):
    tolerance = entry["settings"][target]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model.linecall"
        done = launch(_command(task, peer, tolerance, entry["threads"], text, out),
                      entry["threads"])
        shared = {"kind": "process", "data": text.name, "threads": entry["threads"],
                  "run": number, "setting": f"{tolerance:.6g}"}
        if peer.kind == "linecall" and not _has_tolerance():
            shared["setting"] = "default"
        if done["code"] != 0:
            return row(whole, peer.name, target, peer.kind, **shared,
                       status=f"exit code {done['code']} {done.get('said', '')}".strip())
        found = models.coefficients(peer.kind, out, objective.x.shape[1])
    reached = optimum.suboptimality(objective, best, [found])
    return row(whole, peer.name, target, peer.kind, **shared, seconds=f"{done['seconds']:.6f}",
               cpu_seconds=f"{done['cpu_seconds']:.6f}", peak_mib=f"{done['peak_mib']:.1f}",
               suboptimality=f"{reached:.2e}")


def launch(command, threads):
    """Wall seconds, CPU seconds, exit code and peak memory of a command."""
    launcher = [sys.executable, "-S", str(BENCH / "linecall_bench/workers/launch.py")]
    try:
        done = subprocess.run([*launcher, *map(str, command)], env=environment(threads),
                              capture_output=True, text=True, timeout=10 * LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        return {"code": "cut"}
    said = done.stderr.strip().splitlines()[-1:] or [""]
    return json.loads(done.stdout) | {"said": said[0][:200]}


@cache
def _has_tolerance():
    said = subprocess.run([LINECALL, "fit", "--help"], capture_output=True, text=True, check=True)
    return "--tolerance" in said.stdout


def _command(task, peer, tolerance, threads, text, out):
    tolerance = f"{tolerance:.6g}"
    if peer.kind == "linecall":
        flags = ["--target", "y"] if text.suffix == ".csv" else ["--no-intercept"]
        flags += ["--tolerance", tolerance] if _has_tolerance() else []
        return [LINECALL, "fit", text, "-o", out, "--loss", task.loss, "--no-standardize",
                "--no-tune", "--C", "1", "--holdout", "0", "--threads", threads, "--quiet", *flags]
    if peer.kind == "liblinear":
        return ["liblinear-train", "-q", "-s", peer.solver, "-c", "1", "-e", tolerance, text, out]
    return [sys.executable, BENCH / "linecall_bench/workers/whole.py", peer.kind, peer.solver,
            task.loss, tolerance, threads, text, out]
