"""Fitted scikit-learn estimators as models: the same scores, in the user's own columns."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.svm import LinearSVC

import linecall


@pytest.fixture(scope="module")
def people():
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(4)
    n = 500
    X = pandas.DataFrame(
        {
            "income": rng.lognormal(8, 0.5, n),
            "purpose": rng.choice(["car", "house", "travel"], n),
            "years": rng.integers(0, 30, n).astype(float),
            "owner": rng.choice([0, 1], n),
        }
    )
    X.loc[::13, "years"] = np.nan
    X.loc[5::29, "purpose"] = np.nan
    score = np.log(X.income) - 8 + (X.purpose == "house") + 0.4 * X.owner + rng.normal(0, 0.7, n)
    return X, pandas.Series(np.where(score > 0.3, "repaid", "late"), name="outcome")


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(), LogisticRegression(solver="liblinear"), LinearSVC(),
        RidgeClassifier(), SGDClassifier("log_loss", random_state=0), SGDClassifier(random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(MinMaxScaler(), StandardScaler(with_mean=False), LinearSVC()),
        make_pipeline(MaxAbsScaler(), "passthrough", RidgeClassifier()),
        CalibratedClassifierCV(LinearSVC(), ensemble=False),
        make_pipeline(StandardScaler(), CalibratedClassifierCV(LinearSVC(), ensemble=False)),
    ],
    ids=str,
)
def test_scores_are_the_estimators(cancer_frame, estimator):
    X, y = cancer_frame
    X = X[["mean radius", "mean texture", "mean smoothness"]]
    fitted = estimator.fit(X, y)
    model = linecall.from_sklearn(fitted, X, y)
    assert model.features == list(X.columns)
    assert list(model.predict(X)) == [str(k) for k in fitted.predict(X)]
    if hasattr(fitted, "predict_proba"):
        np.testing.assert_allclose(model.predict_proba(X), fitted.predict_proba(X), atol=1e-9)


def test_three_classes(iris):
    X, y = iris
    for estimator in (
        LogisticRegression(max_iter=5000), LinearSVC(), SGDClassifier("log_loss", random_state=0),
    ):
        fitted = estimator.fit(X, y)
        model = linecall.from_sklearn(fitted, X)
        assert list(model.predict(X)) == [str(k) for k in fitted.predict(X)]
        if hasattr(fitted, "predict_proba"):
            np.testing.assert_allclose(model.predict_proba(X), fitted.predict_proba(X), atol=1e-9)


def columns(drop=None):
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(drop=drop)
    )
    return ColumnTransformer(
        [("words", words, ["purpose"]), ("numbers", numbers, ["income", "years"])],
        remainder="passthrough",
    )


@pytest.mark.parametrize("drop", [None, "first"])
def test_a_pipeline_over_a_table(people, drop, tmp_path):
    X, y = people
    pipe = make_pipeline(columns(drop), LogisticRegression()).fit(X, y)
    model = linecall.from_sklearn(pipe, X, y, favourable="repaid")
    assert set(model.features) == set(X.columns)
    assert list(model.predict(X)) == list(pipe.predict(X))
    np.testing.assert_allclose(model.predict_proba(X), pipe.predict_proba(X), atol=1e-9)
    # It is a model like any other.
    again = linecall.Model.from_bytes(model.to_bytes())
    assert list(again.predict(X)) == list(pipe.predict(X))
    # And it answers in the user's own words.
    person = int(np.argmax(np.where(pipe.predict(X) == "late", pipe.predict_proba(X)[:, 1], -1)))
    case = linecall.challenge(pipe, X, person, y, reference=(X, y))
    assert {row["column"] for row in case["values"]} >= set(X.columns)
    assert case["call"]["class"] == "late"


def test_columns_by_selector_and_position(people):
    X, y = people
    X = X.dropna()
    y = y[X.index]
    pipe = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(), make_column_selector(dtype_exclude="number")),
            (StandardScaler(), make_column_selector(dtype_include="number")),
        ),
        LinearSVC(),
    ).fit(X, y)
    model = linecall.from_sklearn(pipe, X, y)
    assert list(model.predict(X)) == list(pipe.predict(X))
    some = make_pipeline(
        ColumnTransformer([("own", StandardScaler(), [2, 0])], remainder="drop"),
        RidgeClassifier(),
    ).fit(X, y)
    assert list(linecall.from_sklearn(some, X, y).predict(X)) == list(some.predict(X))


def test_what_is_not_linear_is_refused(people, cancer):
    X, y = cancer
    for estimator in (
        RandomForestClassifier(3), make_pipeline(PolynomialFeatures(), RidgeClassifier()),
        CalibratedClassifierCV(LinearSVC(), ensemble=True),
        make_pipeline(MinMaxScaler(clip=True), RidgeClassifier()),
    ):
        with pytest.raises(linecall.Error) as found:
            linecall.from_sklearn(estimator.fit(X[:, :4], y))
        assert "\n" not in str(found.value)


def test_scores_are_compared_on_the_way_in(people):
    X, y = people
    X = X.dropna()
    pipe = make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["purpose"]),
                                remainder="passthrough"),
        RidgeClassifier(),
    ).fit(X, y[X.index])
    other = X.copy()
    other.loc[other.index[7], "purpose"] = "boat"
    # A level without a coefficient is no row of this model.
    with pytest.raises(linecall.Error, match="boat"):
        linecall.from_sklearn(pipe, other)

    class Turned(RidgeClassifier):
        def decision_function(self, X):
            return super().decision_function(X) + 1e-3

    turned = Turned().fit(X[["income"]], y[X.index])
    with pytest.raises(linecall.Error, match="row 1 of X has score"):
        linecall.from_sklearn(turned, X[["income"]])
