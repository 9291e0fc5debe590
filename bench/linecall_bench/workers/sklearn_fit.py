"""scikit-learn: `LogisticRegression` and `LinearSVC`.

The intercept is free in lbfgs, newton-cg, newton-cholesky and saga; the liblinear solvers penalise
it, so they are only asked for problems without one (a column of ones stands in).
"""
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

MANY = 100_000


def prepare(held, request, lambdas):
    x, y = held
    strengths = 1.0 / (lambdas * y.size)
    if request["loss"] != "logistic":
        name = "squared_hinge" if request["loss"] == "squared_hinge" else "hinge"
        model = LinearSVC(loss=name, dual=request["solver"] == "dual", C=strengths[0],
                          tol=float(request["tolerance"]), fit_intercept=False, max_iter=MANY)
        return lambda: [_row(model.fit(x, y))]
    settings = {}
    if request["tolerance"] != "default":
        settings = {"tol": float(request["tolerance"]), "max_iter": MANY}
    model = LogisticRegression(solver=request["solver"], C=strengths[0],
                               l1_ratio=1.0 if request["penalty"] == "l1" else 0.0,
                               fit_intercept=request["intercept"] == "1", random_state=0,
                               warm_start=strengths.size > 1, **settings)

    def path():
        return [_row(model.set_params(C=c).fit(x, y)) for c in strengths]
    if hasattr(model, "coef_"):
        del model.coef_
    return path


def _row(model):
    return np.append(model.coef_.ravel(), model.intercept_)
