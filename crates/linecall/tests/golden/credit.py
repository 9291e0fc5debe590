"""Golden values of the bundled credit data from scikit-learn.

The design is the one of `data/credit_default.schema.toml`: numbers as they are, one column for each
level of SEX, EDUCATION and MARRIAGE but the reference level 2, all columns standardised with divisor
n. The objective is the mean log loss plus lambda / 2 times the squared norm of the coefficients,
without the intercept; scikit-learn's C is 1 / (lambda n).

Made with Python 3.11, numpy 2.4.6 and scikit-learn 1.9.1:

    python credit.py > credit.json
"""
import csv
import gzip
import io
import json
import os

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

TARGET = "default payment next month"
LEVELS = {"SEX": "12", "EDUCATION": "0123456", "MARRIAGE": "0123"}
REFERENCE = "2"
LAMBDAS = [1e-1, 1e-3, 1e-5]


def design(rows, header):
    names, columns = [], []
    for j, column in enumerate(header):
        cells = [row[j] for row in rows]
        if column in ("ID", TARGET):
            continue
        if column in LEVELS:
            for level in LEVELS[column]:
                if level != REFERENCE:
                    names.append(f"{column} = {level}")
                    columns.append([float(cell == level) for cell in cells])
        else:
            names.append(column)
            columns.append([float(cell) for cell in cells])
    return names, np.array(columns).T


def fitted(z, y, strength):
    model = LogisticRegression(C=1 / (strength * len(y)), solver="newton-cholesky", tol=1e-13,
                               max_iter=1000)
    model.fit(z, y)
    v, b = model.coef_[0], model.intercept_[0]
    score = z @ v + b
    probability = 1 / (1 + np.exp(-score))
    return {
        "lambda": strength,
        "objective": float(np.mean(np.logaddexp(0, np.where(y == 1, -score, score)))
                           + strength / 2 * (v @ v)),
        "standardized": v.tolist(),
        "auc": float(roc_auc_score(y, score)),
        "average_precision": float(average_precision_score(y, score)),
        "log_loss": float(log_loss(y, probability)),
        "accuracy": float(np.mean((score > 0) == (y == 1))),
    }


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(folder, "..", "..", "..", "..", "data", "credit_default.csv.gz")
    text = gzip.open(path).read().decode("utf-8-sig").replace("\r", "\n")
    header, *rows = [row for row in csv.reader(io.StringIO(text)) if row]
    y = np.array([int(row[header.index(TARGET)]) for row in rows])
    names, x = design(rows, header)
    deviation = x.std(axis=0)
    z = (x - x.mean(axis=0)) / deviation
    print(json.dumps({
        "scikit-learn": sklearn.__version__,
        "rows": len(y),
        "names": names,
        "deviation": deviation.tolist(),
        "fits": [fitted(z, y, strength) for strength in LAMBDAS],
    }, indent=1))


if __name__ == "__main__":
    main()
