"""adult, spambase and credit as matrices.

Numbers are scaled to mean 0 and standard deviation 1; a categorical column becomes one 0/1 column
per level, none left out. The rows are the published training rows, in file order.
"""
import csv
import gzip

import numpy as np

from .settings import ROOT, TABLES

ADULT = TABLES / "adult" / "adult_train.csv.gz"
SPAMBASE = TABLES / "scorecard" / "spambase_data.csv"
CREDIT = ROOT / "data" / "credit_default.csv.gz"


def adult():
    """32,561 rows of 6 numbers and 8 categorical columns."""
    with gzip.open(ADULT, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, skipinitialspace=True) if row]
    return _encode(rows, numbers=(0, 2, 4, 10, 11, 12), categories=(1, 3, 5, 6, 7, 8, 9, 13),
                   label=lambda row: row[14].startswith(">50K"))


def spambase():
    """4,601 rows of 57 numbers; the first column is the label."""
    with open(SPAMBASE, encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))[1:]
    return _encode(rows, numbers=range(1, len(rows[0])), categories=(),
                   label=lambda row: float(row[0]) > 0)


def credit():
    """30,000 rows of 20 numbers and 3 categorical columns; the bundled data."""
    with gzip.open(CREDIT, "rt", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    header, rows = rows[0], rows[1:]
    categories = [header.index(name) for name in ("SEX", "EDUCATION", "MARRIAGE")]
    target = header.index("default payment next month")
    skip = {header.index("ID"), target, *categories}
    numbers = [j for j in range(len(header)) if j not in skip]
    return _encode(rows, numbers, categories, label=lambda row: float(row[target]) > 0)


def _encode(rows, numbers, categories, label):
    blocks = []
    for j in numbers:
        column = np.array([float(row[j]) for row in rows])
        blocks.append(((column - column.mean()) / column.std())[:, None])
    for j in categories:
        cells = np.array([row[j] for row in rows])
        blocks.append((cells[:, None] == np.unique(cells)[None, :]).astype(np.float64))
    y = np.array([1 if label(row) else -1 for row in rows], np.int8)
    return np.ascontiguousarray(np.hstack(blocks)), y
