"""Answers as objects, of linecall's estimators and of scikit-learn's."""

import json
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import linecall


@pytest.fixture(scope="module")
def rows():
    pytest.importorskip("pandas")
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return X[["mean radius", "mean texture", "mean smoothness", "mean symmetry"]], y


@pytest.fixture(scope="module")
def fitted(rows):
    return linecall.LogisticRegression(C=1.0, standardize=True).fit(*rows)


@pytest.fixture(scope="module")
def person(rows, fitted):
    score = fitted.decision_function(rows[0])
    return int(np.argmax(np.where(score < 0, score, -np.inf)))


def shows(answer, tmp_path, plots=True):
    page = answer._repr_html_()
    assert page.startswith("<iframe") and "&lt;" in page
    answer.save_html(tmp_path / "page.html")
    assert "<" in (tmp_path / "page.html").read_text()
    assert len(answer.to_frame()) > 0
    assert json.loads(answer.to_json()) == answer.document
    if plots:
        matplotlib = pytest.importorskip("matplotlib")
        matplotlib.use("agg")
        import matplotlib.pyplot as pyplot

        ax = answer.plot()
        assert ax.has_data()
        pyplot.close("all")


def test_challenge(rows, fitted, person, tmp_path):
    X, y = rows
    case = linecall.challenge(fitted, X, person, y, reference=(X, y), favourable=1)
    assert case["row"] == person + 1
    assert case["reference_origin"] == "training"
    assert case["call"]["class"] == "0"
    shows(case, tmp_path)
    # Contributions add up to the distance of the scores.
    parts = [p for p in case["contributions"] if p["class"] == "1"][0]
    total = sum(c["contribution"] for c in parts["columns"])
    assert total == pytest.approx(parts["difference"], rel=1e-9)
    score = fitted.decision_function(X)[person]
    assert case["call"]["score"][0] == pytest.approx(score, rel=1e-12)
    for part in ("recourse", "multiplicity", "novelty", "influence", "confidence"):
        assert "unavailable" not in case[part], (part, case[part])


def test_recourse_leads_to_the_other_call(rows, fitted, person, tmp_path):
    X, y = rows
    found = linecall.recourse(fitted, X, person, y, reference=(X, y), favourable=1)
    assert found["answer"] == "ways"
    shows(found, tmp_path)
    moved = X.iloc[[person]].copy()
    for change in found["ways"][0]["changes"]:
        moved[change["column"]] = change["to"]
    assert fitted.predict(moved)[0] == 1


def test_audit_fairness_and_multiplicity(rows, fitted, tmp_path):
    X, y = rows
    group = np.where(np.arange(len(y)) % 3 == 0, "a", "b")
    report = linecall.audit(fitted, X, y, groups={"team": group}, favourable=1)
    assert report["reference_origin"] == "training" and report["rows"] == len(y)
    shows(report, tmp_path)
    fair = linecall.fairness(fitted, X, y, {"team": group}, favourable=1)
    shows(fair, tmp_path)
    table = fair.to_frame()
    calls = fitted.predict(X)
    for name in ("a", "b"):
        row = table[table.group == name].iloc[0]
        assert row.rows == (group == name).sum()
        assert row.favourable == pytest.approx((calls[group == name] == 1).mean())
    many = linecall.multiplicity(fitted, X, y, epsilons=[0.01, 0.05], people=100)
    shows(many, tmp_path)
    assert 0 <= many["ambiguity"]["lower"] <= many["ambiguity"]["upper"] <= 1


def test_explain(rows, fitted, person, tmp_path):
    X, _ = rows
    answer = linecall.explain(fitted, X, person)
    shows(answer, tmp_path)
    weights = {r.column: r.weight for r in answer.to_frame().itertuples()}
    away = X.iloc[person] - X.mean()
    for j, column in enumerate(X.columns):
        assert weights[column] == pytest.approx(fitted.coef_[0, j] * away[column], rel=1e-6)


def test_inference_is_that_of_the_information_matrix(rows, tmp_path):
    X, y = rows
    fitted = linecall.LogisticRegression(C=np.inf).fit(X, y)
    answer = linecall.inference(fitted, X, y, methods=["model", "hc3"])
    shows(answer, tmp_path)
    table = answer.to_frame()
    own = table[table.method == "model"].set_index("term")["std_err"]
    p = fitted.predict_proba(X)[:, 1]
    Z = np.column_stack([np.ones(len(X)), X])
    error = np.sqrt(np.diag(np.linalg.inv(Z.T @ (Z * (p * (1 - p))[:, None]))))
    # Rows are `(intercept)` and the columns, in some order.
    assert own["(intercept)"] == pytest.approx(error[0], rel=1e-5)
    for column, expected in zip(X.columns, error[1:]):
        assert own[column] == pytest.approx(expected, rel=1e-5)


def test_forget(rows, fitted, tmp_path):
    X, y = rows
    gone = [3, 17, 200]
    answer = linecall.forget(fitted, X, y, gone, refit=True)
    shows(answer, tmp_path, plots=False)
    rest = np.setdiff1d(np.arange(len(y)), gone)
    again = linecall.LogisticRegression(standardize=True, C=1.0).fit(X.iloc[rest], y.iloc[rest])
    # lambda is kept, and C with fewer rows is another lambda: a relative 3 in 569.
    np.testing.assert_allclose(answer.model.coef, again.coef_, rtol=1e-2, atol=1e-2)
    assert (answer.model.coef != fitted.coef_).any()
    assert answer.model.inspect()["training"]["rows"] == len(y) - 3


def test_diagnose(rows, fitted, tmp_path):
    X, y = rows
    shows(linecall.diagnose(fitted, X, y), tmp_path, plots=False)


def test_questions_say_what_they_cannot_do(rows, fitted):
    X, y = rows
    with pytest.raises(linecall.Error, match="from 0"):
        linecall.challenge(fitted, X, -1)
    with pytest.raises(linecall.Error):
        linecall.challenge(fitted, X, 10_000)
    with pytest.raises(linecall.Error, match="no class of the model"):
        linecall.challenge(fitted, X, 0, favourable="maybe")
    with pytest.raises(linecall.Error, match="not the rows"):
        linecall.inference(fitted, X.iloc[:-1], y.iloc[:-1])
    with pytest.raises(linecall.Error, match="mean radius"):
        linecall.challenge(fitted, X.drop(columns="mean radius"), 0)


def test_a_refusal_is_one_line_whatever_columns_are_called(rows, fitted):
    X = rows[0].rename(columns={"mean radius": "mean\nradius"}).assign(more=np.inf)
    for bad in (X, X.rename(columns={"more": "a\nb"})):
        with pytest.raises(linecall.Error) as found:
            linecall.challenge(fitted, bad, 0)
        assert "\n" not in str(found.value)


def test_numpy_rows_have_numbered_columns(rows):
    X, y = rows[0].to_numpy(), rows[1].to_numpy()
    fitted = linecall.LogisticRegression(standardize=True).fit(X, y)
    case = linecall.challenge(fitted, X, 0, y, reference=(X, y))
    assert {v["column"] for v in case["values"]} >= {"x0", "x1", "x2", "x3"}


def test_fair_calls_close_the_gap():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 3000)
    X = np.column_stack([rng.normal(size=3000) + group, group + rng.normal(0, 0.3, 3000)])
    y = np.where(X[:, 0] + rng.normal(size=3000) > 0.5, "yes", "no")
    fair = linecall.FairClassifier(delta=0.05).fit(X, y, sensitive_features=group)
    gap = lambda calls: abs(np.mean(calls[group == 0] == "yes") - np.mean(calls[group == 1] == "yes"))
    before, after = gap(fair.estimator_.predict(X)), gap(fair.predict(X))
    assert before > 0.2 and after < 0.08
    model = linecall.Model.from_bytes(linecall.Model.of(fair).to_bytes())
    assert (model.predict(X) == fair.predict(X)).all()


def test_remarks_are_warnings(cancer_frame):
    X, y = cancer_frame
    X = X[["mean radius", "mean texture"]]
    fitted = linecall.LogisticRegression().fit(X, y)
    with pytest.warns(linecall.Remark, match="training data were not given") as told:
        case = linecall.challenge(fitted, X, 0, y)
    assert {str(one.message) for one in told} == set(case["remarks"])
    # They are of the line that asked, however deep it is inside.
    with pytest.warns(linecall.Remark) as deeper:
        linecall.recourse(fitted, X, 0, y)
    assert {one.filename for one in [*told, *deeper]} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error", linecall.Remark)
        linecall.challenge(fitted, X, 0, y, reference=(X, y), favourable=1)
