"""A dense matrix: correlated Gaussian columns, logistic labels.

Columns are `z R` with an autoregressive correlation of 0.5, scaled by spreads from 1/4 to 4, and
rounded to six decimals, so that the text says what the arrays hold. Labels follow a logistic
model with normal weights; the score's standard deviation is 2.
"""
import numpy as np


def generate(rows, cols, seed=20240301):
    """The matrix (f64) and labels of -1 and 1."""
    rng = np.random.default_rng(seed)
    distance = np.abs(np.subtract.outer(np.arange(cols), np.arange(cols)))
    mix = np.linalg.cholesky(0.5 ** distance).T
    spread = 2.0 ** rng.uniform(-2, 2, cols)
    x = np.round(rng.normal(size=(rows, cols)) @ mix * spread, 6)
    score = x @ (rng.normal(size=cols) / spread)
    score = 2.0 * score / score.std() + 0.5
    y = np.where(score + rng.logistic(size=rows) > 0, 1, -1).astype(np.int8)
    return x, y


def write_csv(path, x, y):
    """The matrix as CSV with a header `y,x1,x2,...`."""
    part = path.with_name(path.name + ".part")
    with open(part, "w", encoding="ascii") as file:
        file.write(",".join(["y"] + [f"x{j + 1}" for j in range(x.shape[1])]) + "\n")
        for i in range(0, x.shape[0], 10_000):
            block = np.column_stack([y[i:i + 10_000], x[i:i + 10_000]])
            np.savetxt(file, block, fmt=["%d"] + ["%.6f"] * x.shape[1], delimiter=",")
    part.rename(path)
