"""Snap ML: `LogisticRegression` (dual and primal) and `SupportVectorMachine`.

Its intercept is a column of ones, penalised like any other. It works on `f32`.
"""
import numpy as np
from snapml import LogisticRegression, SupportVectorMachine

VALUE = np.float32
MANY = 100_000


def prepare(held, request, lambdas):
    x, y = held
    settings = {"max_iter": MANY, "tol": float(request["tolerance"]), "use_gpu": False,
                "n_jobs": int(request["threads"]), "fit_intercept": False, "random_state": 0}
    if request["loss"] != "logistic":
        make, settings["loss"] = SupportVectorMachine, request["loss"]
    else:
        make = LogisticRegression
        settings |= {"penalty": request["penalty"], "dual": request["solver"] == "dual"}
    strengths = lambdas * y.size

    def path():
        return [np.append(make(regularizer=s, **settings).fit(x, y).coef_.ravel(), 0.0)
                for s in strengths]
    return path
