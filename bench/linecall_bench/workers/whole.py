"""scikit-learn and Snap ML from text to a saved model: `whole.py KIND SOLVER TOL THREADS IN OUT`.

LIBSVM text is read with scikit-learn's own reader, CSV with polars. `C = 1`; no intercept for
LIBSVM text, a free one for CSV.
"""
import sys

import joblib
import numpy as np

MANY = 100_000


def read(path):
    if path.endswith(".libsvm"):
        from sklearn.datasets import load_svmlight_file
        x, y = load_svmlight_file(path)
        # The reader counts in 64 bits; the liblinear solvers take 32 only.
        x.indices, x.indptr = x.indices.astype(np.int32), x.indptr.astype(np.int32)
        return x, y
    import polars
    table = polars.read_csv(path)
    return table.drop("y").to_numpy(), table["y"].to_numpy()


def model(kind, solver, loss, tolerance, threads, intercept):
    if kind == "snapml":
        from snapml import LogisticRegression, SupportVectorMachine
        shared = {"tol": tolerance, "max_iter": MANY, "n_jobs": threads, "random_state": 0}
        if loss == "logistic":
            return LogisticRegression(dual=solver == "dual", **shared)
        return SupportVectorMachine(loss=loss.replace("-", "_"), **shared)
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC
    if loss == "logistic":
        return LogisticRegression(solver=solver, tol=tolerance, max_iter=MANY,
                                  fit_intercept=intercept, random_state=0)
    name = "squared_hinge" if loss == "squared-hinge" else "hinge"
    return LinearSVC(loss=name, dual=solver == "dual", tol=tolerance, max_iter=MANY,
                     fit_intercept=intercept)


def main():
    kind, solver, loss, tolerance, threads, source, out = sys.argv[1:]
    x, y = read(source)
    if kind == "snapml":
        x = x.astype(np.float32)
    fitted = model(kind, solver, loss, float(tolerance), int(threads), source.endswith(".csv"))
    fitted.fit(x, y)
    joblib.dump(fitted, out)


main()
