"""The credit job by scikit-learn: `credit_sklearn.py DATA SOLVER OUT`; see `credit_job.py`."""
import gzip
import sys

import joblib
import numpy as np
import polars
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

CODED = ["SEX", "EDUCATION", "MARRIAGE"]


def main():
    source, solver, out = sys.argv[1:]
    # The file ends its lines in a bare carriage return, which polars does not know.
    with gzip.open(source, "rt", encoding="utf-8-sig") as file:
        table = polars.read_csv(file.read().encode()).drop("ID")
    y = table["default payment next month"].to_numpy()
    table = table.drop("default payment next month")
    order = CODED + [name for name in table.columns if name not in CODED]
    x = table.select(order).to_numpy().astype(np.float64)
    train, _, y_train, _ = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
    model = make_pipeline(
        ColumnTransformer([("c", OneHotEncoder(drop="first", handle_unknown="ignore"),
                            list(range(len(CODED))))],
                          remainder="passthrough", sparse_threshold=0),
        StandardScaler(),
        LogisticRegressionCV(Cs=np.logspace(-5, 2, 50), cv=10, scoring="neg_log_loss",
                             solver=solver, max_iter=2000, n_jobs=2, l1_ratios=(0,),
                             use_legacy_attributes=False))
    model.fit(train, y_train)
    joblib.dump(model, out)


main()
