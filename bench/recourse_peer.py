"""Recourse beside the package of the paper's authors (PyPI `actionable-recourse` 1.0.1), problem by
problem: on the same people, the same fixed coefficients, the same grids and costs.

    python3 -m venv .peer && .peer/bin/pip install actionable-recourse "numpy<2" "pandas<2.2" scikit-learn
    .peer/bin/python bench/recourse_peer.py credit_processed.csv NoDefaultNextMonth --people 200 \
        --output problems.jsonl
    cargo run --release -p linecall-search --example mck_against -- problems.jsonl

Each line holds a knapsack (gains and costs by column, as the package builds them), what the package
found, and the CPU seconds that it took to build and solve. `--solver cplex` needs a licence for
problems of this size; `python-mip` is the free solver (CBC)."""
import argparse
import json
import time
import warnings

warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import recourse as rs  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

FIXED = ("Female", "Single", "Married", "Age", "Overdue")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("target")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--solver", default="python-mip")
    parser.add_argument("--output", default="problems.jsonl")
    parser.add_argument("--costs", default="max,total,local")
    args = parser.parse_args()
    data = pd.read_csv(args.table)
    y = data.pop(args.target)
    scale = data.std().replace(0.0, 1.0)
    model = LogisticRegression(penalty="l1", C=0.02, solver="liblinear")
    model.fit(data / scale, y)
    coef = model.coef_[0] / scale.values
    intercept = float(model.intercept_[0])
    actions = rs.ActionSet(X=data)
    for name in data.columns:
        if any(part in name for part in FIXED):
            actions[name].actionable = False
        if name == "EducationLevel":
            actions[name].step_direction = 1
    actions.set_alignment(coefficients=coef, intercept=intercept)
    scores = data.values @ coef + intercept
    asking = np.flatnonzero(scores < 0)[: args.people]
    # The solver talks on standard output, so problems go to a file.
    with open(args.output, "w") as out:
        for row in asking:
            x = data.iloc[row].values.astype(float)
            for cost in args.costs.split(","):
                problem = one(actions, coef, intercept, x, cost, args.solver, int(row))
                out.write(json.dumps(problem) + "\n")


def one(actions, coef, intercept, x, cost, solver, row):
    began = time.process_time()
    builder = rs.RecourseBuilder(solver=solver, coefficients=coef, intercept=intercept,
                                 action_set=actions, x=x, mip_cost_type=cost)
    found = builder.fit()
    seconds = time.process_time() - began
    info, _ = builder._get_mip_build_info()
    classes, taken = [], []
    for own in info.values():
        gains = [own["coef"] * a for a in own["actions"]]
        classes.append({"gains": gains, "costs": own["costs"]})
        if found["feasible"]:
            action = found["actions"][own["idx"]]
            taken.append(own["costs"][int(np.argmin(np.abs(np.array(own["actions"]) - action)))])
    theirs = None
    if found["feasible"]:
        theirs = max(taken) if cost == "max" else sum(taken)
    need = -float(x @ coef + intercept)
    return {"row": row, "cost": cost, "need": need, "classes": classes, "theirs": theirs,
            "seconds": seconds, "solver": solver}


main()
