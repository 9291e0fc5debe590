"""What a type checker sees of the package: `mypy --strict tests/typed.py`. Nothing of it runs."""

from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import linecall


def fits(X: NDArray[np.float64], y: NDArray[np.int64]) -> None:
    model = linecall.LogisticRegression(C=0.5, l1_ratio=0.2).fit(X, y)
    assert_type(model.coef_, NDArray[np.float64])
    assert_type(model.score(X, y), float)
    search = linecall.LogisticRegressionCV(Cs=[0.1, 1.0]).fit(X, y)
    assert_type(search.C_, float)
    linecall.SGDClassifier("log_loss").partial_fit(X, y, classes=[0, 1]).predict_proba(X)
    linecall.LinearSVC(loss="hinge").fit(X, y).decision_function(X)


def asks(X: NDArray[np.float64], y: NDArray[np.int64]) -> None:
    model = linecall.Model.load("model.linecall")
    assert_type(model.predict(X), NDArray[np.str_])
    assert_type(model.to_bytes(), bytes)
    case = linecall.challenge(model, X, 3, y, reference=(X, y))
    assert_type(case, linecall.Answer)
    case.save_html("case.html")
    with linecall.progress(lambda stage, done, total: None):
        linecall.audit(model, X, y, groups=["sex"])


def mistakes(X: NDArray[np.float64]) -> None:
    linecall.LinearSVC(loss="square")  # type: ignore[arg-type]
    linecall.LogisticRegression(c=1.0)  # type: ignore[call-arg]
    linecall.Model.load(3)  # type: ignore[arg-type]
