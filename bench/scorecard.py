"""Scorecards, against FasterRisk.

    python3.11 -m venv bench/.venv-scorecard && bench/.venv-scorecard/bin/pip install fasterrisk==0.1.10
    cargo build --release --locked -p linecall-search --example bench_card
    bench/.venv-scorecard/bin/python bench/scorecard.py [--sets adult,bank] [--peer FILE] [--ours FILE] [OUT]

An environment of its own, since FasterRisk pins pandas 1.5 and scikit-learn 1.2, which need numpy below 2.
Eight sets of two classes, five folds and all rows, 3 to 8 columns, points from -5 to 5 and from -10 to 10. Both
get the same matrix. Times are processor seconds of the search alone, one thread, the matrix being in memory:
`RiskScoreOptimizer(...).optimize()` with its defaults, which is all that it does, and linecall's up to its
first card. On sets of at most 15 columns linecall goes on to the proof, for 60 seconds at most.

A run that is in a file of results is not made again: `--peer` and `--ours` name these files, one JSON object a
line, which are appended to. Without FasterRisk the runs that are there are used, and those that are missing are
counted. What a file says of a peer's card is not believed: losses and areas are computed anew from its points.
With OUT the tables go there as JSON.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import csv
import gzip
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from linecall_bench.settings import DATA, RELEASE, TABLES, environment

BENCH_CARD = Path(os.environ.get("LINECALL_BENCH_CARD", RELEASE / "examples" / "bench_card"))
SIZES = range(3, 9)
BOUNDS = (5, 10)
FOLDS = 5
# Up to so many columns the search goes on to the proof, for so many seconds.
FEW, PATIENCE = 15, 60
# On wider sets the gap is told after so many seconds, at one size, on all rows.
GAP_SECONDS, GAP_SIZE = 30, 5


def rows_of(path):
    """The header and the rows of a CSV file."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(TABLES / path, "rt", encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def numbers(path, target, positive=lambda cell: float(cell) > 0):
    """A table of numbers, with the column of the class by name or, as `None`, the first one."""
    header, rows = rows_of(Path(path))
    at = 0 if target is None else header.index(target)
    rest = [j for j in range(len(header)) if j != at]
    x = np.array([[float(row[j]) for j in rest] for row in rows])
    return x, np.array([positive(row[at]) for row in rows]), [header[j] for j in rest]


def heart():
    """270 rows of 13 numbers, scaled to [-1, 1] as published."""
    with open(TABLES / "heart_scale" / "heart_scale.libsvm", encoding="utf-8") as file:
        rows = [line.split() for line in file if line.strip()]
    x = np.zeros((len(rows), 13))
    for i, row in enumerate(rows):
        for cell in row[1:]:
            j, value = cell.split(":")
            x[i, int(j) - 1] = float(value)
    return x, np.array([float(row[0]) > 0 for row in rows]), [f"x{j}" for j in range(1, 14)]


def bank():
    """Bank marketing without `duration`, which is only known after the call: every level of a category, and
    numbers at their deciles, as columns of 0 and 1."""
    header, rows = rows_of(Path("bank_marketing", "bank_full.csv.gz"))
    names, columns = [], []
    for j, name in enumerate(header):
        if name in ("y", "duration"):
            continue
        cells = [row[j] for row in rows]
        levels = set(cells)
        try:
            values = np.array([float(cell) for cell in cells])
        except ValueError:
            values = None
        if values is None or len(levels) <= 2:
            ordered = sorted(levels)
            for level in ordered if len(levels) > 2 else ordered[1:]:
                names.append(f"{name}={level}")
                columns.append([float(cell == level) for cell in cells])
            continue
        deciles = np.unique(np.quantile(values, np.linspace(0.1, 0.9, 9), method="higher"))
        for cut in deciles[deciles > values.min()]:
            names.append(f"{name}>={cut:g}")
            columns.append((values >= cut).astype(float))
    target = header.index("y")
    return np.array(columns).T, np.array([row[target].strip() in ("yes", "1") for row in rows]), names


SETS = {
    "haberman": lambda: numbers("uci_small/haberman.csv", "label", lambda cell: cell == "positive"),
    "heart": heart,
    "breastcancer": lambda: numbers("scorecard/breastcancer_data.csv", None),
    "mammo": lambda: numbers("scorecard/mammo_data.csv", None),
    "spambase": lambda: numbers("scorecard/spambase_data.csv", None),
    "mushroom": lambda: numbers("scorecard/mushroom_data.csv.gz", "poisonous"),
    "adult": lambda: numbers("adult/adult_binarized.csv.gz", "Over50K"),
    "bank": bank,
}


def folds(positive):
    """A fold for every row: the rows of each class in a random order, dealt out."""
    random = np.random.default_rng(2026)
    fold = np.empty(len(positive), int)
    for side in (False, True):
        rows = np.flatnonzero(positive == side)
        random.shuffle(rows)
        fold[rows] = np.arange(len(rows)) % FOLDS
    return fold


def loss(totals, positive, slope, intercept):
    score = slope * totals + intercept
    return float(np.logaddexp(0, np.where(positive, -score, score)).mean())


def refitted(totals, positive):
    """The log loss of totals at their best slope and intercept, by Newton's steps with halving."""
    scale = totals.std() or 1.0
    x = np.column_stack([(totals - totals.mean()) / scale, np.ones(len(totals))])
    w, best = np.zeros(2), np.log(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -500, 500)))
        gradient = x.T @ (p - positive)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-12 * len(x) * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        length = 1.0
        while length > 1e-9:
            at = w - length * step
            found = loss(x @ at, positive, 1, 0)
            if found < best:
                break
            length /= 2
        else:
            break
        done = best - found < 1e-13
        w, best = at, found
        if done:
            break
    return best


def area(totals, positive):
    """The area under the ROC curve, ties counting half."""
    levels, at = np.unique(totals, return_inverse=True)
    up = np.bincount(at, positive, len(levels))
    down = np.bincount(at, ~positive, len(levels))
    below = np.cumsum(down) - down
    return float((up * (below + down / 2)).sum() / (up.sum() * down.sum()))


class Runs:
    """Results by run, in a file that grows."""

    def __init__(self, file):
        self.file, self.known = Path(file), {}
        if self.file.exists():
            for line in self.file.read_text().splitlines():
                run = json.loads(line)
                self.known[self.key(run)] = run

    @staticmethod
    def key(run):
        return (run["name"], run["fold"], run["size"], run["c"], run.get("cards"), run.get("seconds_asked"), run.get("l0"))

    def get(self, make, name, fold, size, c, **more):
        """The run, made with `make` if it is not known; `None` where it cannot be."""
        run = {"name": name, "fold": fold, "size": size, "c": c, **more}
        key = self.key(run)
        if key not in self.known and make is not None:
            self.known[key] = {**run, **make()}
            with self.file.open("a") as file:
                file.write(json.dumps(self.known[key]) + "\n")
        return self.known.get(key)


def fasterrisk():
    try:
        from fasterrisk.fasterrisk import RiskScoreOptimizer
    except ImportError:
        print("FasterRisk is absent: only runs that are in the file are used", file=sys.stderr)
        return None

    def run(x, y, size, c, cards=None):
        more = {} if cards is None else {"select_top_m": cards}
        begun = time.process_time()
        search = RiskScoreOptimizer(x, y, k=size, lb=-c, ub=c, **more)
        search.optimize()
        cpu = time.process_time() - begun
        m, b0, b = search.get_models(model_index=0)
        return {"cpu": cpu, "m": float(m), "b0": float(b0), "w": {int(j): float(b[j]) for j in np.flatnonzero(b)}}

    return run


def bench_card(file, size, c, seconds, fold, l0=None):
    command = [BENCH_CARD, file, size, c, seconds, fold, *([] if l0 is None else [l0])]
    found = subprocess.run([str(a) for a in command], env=environment(2), check=True, capture_output=True, text=True)
    return json.loads(found.stdout)


def totals(x, points):
    total = np.zeros(len(x))
    for j, p in points:
        total += p * x[:, int(j)]
    return total


class Set:
    """A data set with the runs on it."""

    def __init__(self, name, options):
        self.name = name
        self.x, self.positive, columns = SETS[name]()
        self.fold = folds(self.positive)
        self.y = np.where(self.positive, 1.0, -1.0)
        self.peer, self.ours, self.optimise, self.only_known = options
        self.few = len(columns) <= FEW
        self.sizes = sorted({min(size, len(columns)) for size in SIZES})
        folder = DATA / "scorecard"
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"{name}.csv"
        with self.file.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["y", "fold", *columns])
            whole = (self.x == np.round(self.x)).all()
            for y, fold, row in zip(self.positive, self.fold, self.x):
                writer.writerow([int(y), fold, *(int(v) if whole else repr(float(v)) for v in row)])

    def card(self, fold, size, c, seconds, l0=None):
        more = {"seconds_asked": seconds} if l0 is None else {"seconds_asked": seconds, "l0": l0}
        make = None if self.only_known else lambda: bench_card(self.file, size, c, seconds, fold, l0)
        return self.ours.get(make, self.name, fold, size, c, **more)

    def theirs(self, fold, size, c, cards=None):
        rows = self.fold != fold
        make = self.optimise and (lambda: self.optimise(self.x[rows], self.y[rows], size, c, cards))
        more = {} if cards is None else {"cards": cards}
        return self.peer.get(make, self.name, fold, size, c, **more)

    def pair(self, fold, size, c):
        """Both on the same rows; `None` where a run is missing."""
        theirs = self.theirs(fold, size, c)
        if theirs is None:
            return None
        ours = self.card(fold, size, c, PATIENCE if self.few else 0)
        if ours is None:
            return None
        rows = self.fold != fold
        total = totals(self.x, theirs["w"].items())
        own = totals(self.x, ours["points"])
        positive = self.positive
        found = {
            "ratio": theirs["cpu"] / ours["first_cpu"],
            "theirs": loss(total[rows], positive[rows], 1 / theirs["m"], theirs["b0"] / theirs["m"]),
            "refitted": refitted(total[rows], positive[rows]),
            "ours": loss(own[rows], positive[rows], ours["slope"], ours["intercept"]),
            "first": ours["first"],
            "proved": ours["proved"],
            "cpu": (ours["first_cpu"], theirs["cpu"], ours["cpu"]),
        }
        # The loss that the program states is that of the card it states.
        assert abs(found["ours"] - ours["best"]) < 1e-9, (self.name, fold, size, c, found, ours)
        if "loss" in theirs:
            assert abs(found["theirs"] - theirs["loss"]) < 1e-9, (self.name, fold, size, c, found, theirs)
        if fold >= 0:
            found["auc"] = (area(own[~rows], positive[~rows]), area(total[~rows], positive[~rows]))
        return found


def table_row(data, c):
    """What one set and one range of points came to."""
    runs, missing = [], 0
    for fold in range(-1, FOLDS):
        for size in data.sizes:
            pair = data.pair(fold, size, c)
            missing += pair is None
            runs.extend([] if pair is None else [pair])
    if not runs:
        return {"data": data.name, "points": c, "runs": 0, "missing": missing}
    held = [(own - theirs) for own, theirs in (r["auc"] for r in runs if "auc" in r)]
    return {
        "data": data.name,
        "rows": len(data.x),
        "columns": data.x.shape[1],
        "points": c,
        "sizes": [data.sizes[0], data.sizes[-1]],
        "runs": len(runs),
        "missing": missing,
        "first_cpu": statistics.median(r["cpu"][0] for r in runs),
        "peer_cpu": statistics.median(r["cpu"][1] for r in runs),
        "ratio_least": min(r["ratio"] for r in runs),
        "ratio": statistics.median(r["ratio"] for r in runs),
        "first_less_theirs": max(r["first"] - r["theirs"] for r in runs),
        "ours_less_theirs": max(r["ours"] - r["theirs"] for r in runs),
        "ours_less_theirs_median": statistics.median(r["ours"] - r["theirs"] for r in runs),
        "ours_less_refitted": max(r["ours"] - r["refitted"] for r in runs),
        "better_than_refitted": sum(r["ours"] < r["refitted"] - 1e-9 for r in runs),
        "auc": [statistics.mean(held), min(held), max(held)] if held else None,
        "auc_lower": sum(d < 0 for d in held),
        "auc_higher": sum(d > 0 for d in held),
        "auc_runs": len(held),
        "proved": sum(r["proved"] for r in runs),
        "proof_cpu": [statistics.median(r["cpu"][2] for r in runs), max(r["cpu"][2] for r in runs)],
    }


def gaps(data):
    """How near the wide sets come to a proof."""
    found = []
    for c in BOUNDS:
        run = data.card(-1, GAP_SIZE, c, GAP_SECONDS)
        if run is None:
            continue
        found.append({"data": data.name, "points": c, "best": run["best"], "lower": run["lower"], "first": run["first"],
                      "cpu": run["cpu"], "proved": run["proved"]})
    return found


def slim(data):
    """SLIM's optimum with every column at hand: errors and a hundredth of the rows for each column."""
    size = data.x.shape[1]
    run = data.card(-1, size, 10, PATIENCE, 0.01)
    if run is None:
        return None
    n = len(data.x)
    return {"data": data.name, "optimum": run["best"] * n, "columns": len(run["points"]), "points": run["points"],
            "intercept": run["intercept"], "errors": round((run["best"] - 0.01 * len(run["points"])) * n),
            "proved": run["proved"], "cpu": run["cpu"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", nargs="?")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--peer", default=DATA / "scorecard" / "fasterrisk.jsonl")
    parser.add_argument("--ours", default=DATA / "scorecard" / "linecall.jsonl")
    parser.add_argument("--only-known", action="store_true", help="make no run, and tell what the files hold")
    asked = parser.parse_args()
    (DATA / "scorecard").mkdir(parents=True, exist_ok=True)
    optimise = None if asked.only_known else fasterrisk()
    options = Runs(asked.peer), Runs(asked.ours), optimise, asked.only_known
    found = {"against": [], "one card": [], "gaps": [], "slim": []}

    def tell(part, row):
        found[part].append(row)
        print(json.dumps({part: row}), flush=True)

    for name in asked.sets.split(","):
        data = Set(name, options)
        for c in BOUNDS:
            tell("against", table_row(data, c))
        # The peer also gathers a pool of cards: what it takes for one alone.
        size = min(GAP_SIZE, data.sizes[-1])
        one = data.theirs(-1, size, 5, cards=1)
        ours = data.card(-1, size, 5, PATIENCE if data.few else 0)
        if one is not None and ours is not None:
            tell("one card", {"data": name, "ratio": one["cpu"] / ours["first_cpu"]})
        if not data.few:
            for row in gaps(data):
                tell("gaps", row)
        if name in ("haberman", "breastcancer", "mammo"):
            row = slim(data)
            if row is not None:
                tell("slim", row)
    if asked.out:
        Path(asked.out).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
