"""Certified optima: the least value found, and a proof of how far below it the optimum can be.

The value and the bound are our own (`objective.py`), at the coefficients of our own solvers
(`reference.py`). For an L1 path the coefficients come from linecall at a tight tolerance and are
polished; the proof does not care who found them. Optima are kept in the data folder, under the
fingerprint of the data.
"""
import json

import numpy as np

from . import datasets, reference, store
from .objective import Objective
from .settings import CERTIFIED


def certified(task, scale):
    """`lambdas`, best `value` per lambda, proved relative `gap` per lambda; from the cache."""
    folder = datasets.ensure(task.data, scale)
    cache = datasets.home(scale) / f"optimum-{task.name}.json"
    # The task is part of what the optimum depends on.
    fingerprint = f"{store.fingerprint(folder)} {task}"
    if cache.exists():
        kept = json.loads(cache.read_text())
        if kept["fingerprint"] == fingerprint:
            return kept
    objective = problem(task, scale)
    lambdas = task.lambdas(objective)
    pairs = [(value, bound) for value, bound in _solve(task, scale, objective, lambdas)]
    values, bounds = (np.array(column) for column in zip(*pairs))
    found = {"fingerprint": fingerprint, "lambdas": lambdas.tolist(), "value": values.tolist(),
             "gap": ((values - bounds) / values).tolist()}
    worst = max(found["gap"])
    if worst > CERTIFIED:
        raise SystemExit(f"{task.name}: the optimum is proved to {worst:.1e} only")
    cache.write_text(json.dumps(found))
    return found


def problem(task, scale):
    """The objective of a task."""
    x, y = store.read(datasets.ensure(task.data, scale))
    return Objective(x, y, task.loss, task.penalty, task.intercept)


def suboptimality(objective, optimum, coefficients):
    """The worst relative suboptimality over the strengths; one row of `w, b` per strength."""
    worst = 0.0
    for lam, best, row in zip(optimum["lambdas"], optimum["value"], coefficients):
        value = objective.value(row[:-1], row[-1], lam)
        worst = max(worst, (value - best) / best) if np.isfinite(value) else np.inf
    return worst


def _solve(task, scale, objective, lambdas):
    if task.penalty == "l1":
        yield from _path(task, scale, objective, lambdas)
    elif task.loss == "hinge":
        w, a = reference.dual_ascent(objective, lambdas[0], CERTIFIED / 2)
        yield objective.value(w, 0.0, lambdas[0]), objective.bound(w, 0.0, lambdas[0], a)
    else:
        few = objective.x.shape[1] <= 2_000
        w, b = (reference.newton(objective, lambdas[0]) if few
                else reference.newton_cg(objective, lambdas[0], CERTIFIED / 10))
        yield objective.value(w, b, lambdas[0]), objective.bound(w, b, lambdas[0])


def _path(task, scale, objective, lambdas):
    from .channel import linecall_path
    rows = linecall_path(task, scale, lambdas, tolerance=1e-11)
    for lam, row in zip(lambdas, rows):
        w, b = reference.polish(objective, lam, row[:-1], row[-1])
        candidates = [(w, b), (row[:-1], row[-1])]
        yield (min(objective.value(*at, lam) for at in candidates),
               max(objective.bound(*at, lam) for at in candidates))
