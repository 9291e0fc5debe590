"""Model files, in memory and on disk."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sparse
from conftest import shared

import linecall


def command(*arguments, folder):
    return subprocess.run(
        [sys.executable, "-c", "from linecall._command import main; main()", *map(str, arguments)],
        capture_output=True, text=True, cwd=folder,
    )


@pytest.fixture(scope="module")
def loans(tmp_path_factory):
    """A table with a category, missing cells and a text target; its file and the command's model."""
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    n = 400
    frame = pandas.DataFrame(
        {
            "income": rng.lognormal(8, 0.5, n).round(2),
            "purpose": rng.choice(["car", "house", "travel"], n),
            "years": rng.integers(0, 30, n).astype(float),
        }
    )
    score = np.log(frame.income) - 8 + (frame.purpose == "house") + rng.normal(0, 0.7, n)
    frame.loc[::17, "years"] = np.nan
    frame["repaid"] = np.where(score > 0.2, "yes", "no")
    folder = tmp_path_factory.mktemp("loans")
    frame.to_csv(folder / "loans.csv", index=False)
    done = command("fit", "loans.csv", "--target", "repaid", "-o", "model.linecall", folder=folder)
    assert done.returncode == 0, done.stderr
    return frame, folder


def test_what_the_command_wrote_is_read_bit_for_bit(loans, tmp_path):
    _, folder = loans
    model = linecall.Model.load(folder / "model.linecall")
    model.save(tmp_path / "again.linecall")
    assert (tmp_path / "again.linecall").read_bytes() == (folder / "model.linecall").read_bytes()
    assert model.to_bytes() == (folder / "model.linecall").read_bytes()
    assert pickle.loads(pickle.dumps(model)).to_bytes() == model.to_bytes()
    assert all(ok for _, ok, _ in model.verify())
    assert model.classes == ["no", "yes"] and set(model.features) == {"income", "purpose", "years"}


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "dict", "path"])
def test_a_data_frame_is_called_as_its_file_is(loans, kind):
    frame, folder = loans
    model = linecall.Model.load(folder / "model.linecall")
    done = command("predict", "model.linecall", "loans.csv", folder=folder)
    lines = [line.split(",") for line in done.stdout.splitlines()]
    call, p = lines[0].index("call"), lines[0].index("probability_yes")
    rows = frame.drop(columns="repaid")
    given = {
        "pandas": lambda: rows,
        "polars": lambda: pytest.importorskip("polars").from_pandas(rows),
        "pyarrow": lambda: pytest.importorskip("pyarrow").Table.from_pandas(rows),
        "dict": lambda: {name: rows[name] for name in rows},
        "path": lambda: folder / "loans.csv",
    }[kind]()
    assert list(model.predict(given)) == [line[call] for line in lines[1:]]
    found = model.predict_proba(given)[:, 1]
    assert (found == np.array([float(line[p]) for line in lines[1:]])).all()


def test_a_file_with_a_byte_changed_is_refused(loans):
    _, folder = loans
    data = bytearray((folder / "model.linecall").read_bytes())
    data[len(data) // 2] ^= 1
    with pytest.raises(linecall.Error) as found:
        linecall.Model.from_bytes(bytes(data))
    assert "\n" not in str(found.value)
    with pytest.raises(OSError, match="missing.linecall"):
        linecall.Model.load("missing.linecall")
    for junk in (b"", b"PK", b"\x80\x04.", bytes(100)):
        with pytest.raises(linecall.Error):
            linecall.Model.from_bytes(junk)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_an_estimators_file_serves_the_command(kind, cancer_frame, tmp_path):
    X, y = cancer_frame
    fitted = linecall.LogisticRegression(C=0.1, standardize=True).fit(X, y)
    model = linecall.Model.of(fitted, X, y)
    model.save(tmp_path / "model.linecall")
    rows = X.assign(target=y)
    if kind == "csv":
        rows.to_csv(tmp_path / "rows.csv", index=False)
        # Numbers in other words than the fingerprint of numbers in memory has them.
        assert ",1001.0," in (tmp_path / "rows.csv").read_text()
    else:
        pytest.importorskip("pyarrow")
        rows.to_parquet(tmp_path / "rows.parquet", index=False)
    done = command("predict", "model.linecall", f"rows.{kind}", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    calls = [line.split(",")[1] for line in done.stdout.splitlines()[1:]]
    assert calls == [str(k) for k in fitted.predict(X)]
    checked = command("verify", "model.linecall", f"rows.{kind}", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    # Another value in one cell is seen.
    rows.iloc[3, 2] += 1e-9
    if kind == "csv":
        rows.to_csv(tmp_path / "rows.csv", index=False)
    else:
        rows.to_parquet(tmp_path / "rows.parquet", index=False)
    checked = command("verify", "model.linecall", f"rows.{kind}", folder=tmp_path)
    assert checked.returncode == 1 and "FAIL training data" in checked.stdout


def every():
    names = ["a", "b", "c"]
    return [
        (linecall.LogisticRegression(), names), (linecall.LogisticRegression(l1_ratio=1.0), None),
        (linecall.LinearSVC(), names), (linecall.RidgeClassifier(), None),
        (linecall.MultinomialNB(), None), (linecall.BernoulliNB(binarize=1.0), None),
        (linecall.ComplementNB(), None), (linecall.GaussianNB(), None),
        (linecall.LinearDiscriminantAnalysis(shrinkage=0.1), None), (linecall.SGDClassifier(), None),
        (linecall.LogisticRegressionCV(Cs=2, cv=2), None),
        (linecall.LogisticRegressionCV(Cs=2, cv=2, refit=False), None),
    ]


@pytest.mark.parametrize("estimator, names", every())
@pytest.mark.parametrize("thin", [False, True])
def test_every_estimator_is_a_model_file(estimator, names, thin, counts):
    X, y = counts
    own = y if names is None else np.array(names)[y]
    X = sparse.csr_matrix(X) if thin else X
    fitted = estimator.fit(X, own)
    model = linecall.Model.from_bytes(linecall.Model.of(fitted).to_bytes())
    assert all(ok for _, ok, _ in model.verify()), model.verify()
    assert list(model.predict(X)) == [str(k) for k in fitted.predict(X)]
    if hasattr(fitted, "decision_function"):
        np.testing.assert_array_equal(model.decision_function(X), fitted.decision_function(X))


def test_training_data_are_told_by_the_certificate(weighted):
    X, y, s = weighted
    fitted = linecall.LogisticRegression().fit(X, y, s)
    known = linecall.Model.of(fitted, X, y, s)
    assert known._inner.knows_data
    assert known.inspect()["fingerprint"]["rows"] == 400
    for other in [(X[::-1], y, s), (X[:-1], y[:-1], s[:-1]), (X, 1 - y, s), (X, y, s[::-1])]:
        with pytest.raises(linecall.Error, match="not the rows"):
            linecall.Model.of(fitted, *other)


def test_exports_score_alike(cancer_frame, tmp_path):
    X, y = cancer_frame
    X = X[["mean radius", "mean texture", "mean area"]]
    fitted = linecall.LogisticRegression(standardize=True).fit(X, y)
    model = linecall.Model.of(fitted)
    text = model.to_sql(tmp_path / "model.sql", table="people")
    assert "people" in text and (tmp_path / "model.sql").read_text() == text
    data = model.to_onnx(tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == data and len(data) > 100
    with pytest.raises(linecall.Error, match="no format"):
        model.export("word")


@pytest.mark.parametrize("kind, program", [("onnx", "onnxruntime"), ("sql", "duckdb")])
def test_exports_are_scored_again_before_they_are_written(kind, program, loans, tmp_path):
    # The pipeline of the command, with a category and missing cells, and a model of plain numbers.
    pytest.importorskip(program)
    frame, folder = loans
    rows = frame.drop(columns="repaid")
    model = linecall.Model.load(folder / "model.linecall")
    write = {"onnx": model.to_onnx, "sql": model.to_sql}[kind]
    data = write(tmp_path / "checked", rows)
    assert data == write() and (tmp_path / "checked").stat().st_size == len(data)
    # The rows are looked at: those of another table are refused.
    with pytest.raises(linecall.Error, match="income"):
        write(tmp_path / "never", rows.drop(columns="income"))
    assert not (tmp_path / "never").exists()


def test_an_onnx_file_calls_as_the_model_does(cancer_frame):
    onnxruntime = pytest.importorskip("onnxruntime")
    X, y = cancer_frame
    X = X[["mean radius", "mean texture", "mean area"]]
    model = linecall.Model.of(linecall.LogisticRegression(standardize=True).fit(X, y))
    session = onnxruntime.InferenceSession(model.to_onnx(X=X), providers=["CPUExecutionProvider"])
    kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    given = {
        own.name: X[[own.name]].to_numpy(kinds[own.type]) if own.name in X else
        X.to_numpy(kinds[own.type])
        for own in session.get_inputs()
    }
    answers = dict(zip([own.name for own in session.get_outputs()], session.run(None, given)))
    calls = next(values for values in answers.values() if np.asarray(values).dtype.kind in "OU")
    assert list(np.ravel(calls)) == list(model.predict(X))


def test_sql_calls_as_the_model_does(cancer_frame):
    import sqlite3

    X, y = cancer_frame
    X = X[["mean radius", "mean texture", "mean area"]]
    model = linecall.Model.of(linecall.LogisticRegression(standardize=True).fit(X, y))
    with sqlite3.connect(":memory:") as base:
        X.to_sql("rows", base, index=False)
        answers = base.execute(f"SELECT call FROM ({model.to_sql().strip().rstrip(';')})").fetchall()
    assert [call for (call,) in answers] == list(model.predict(X))


def test_rows_of_another_shape_are_refused(cancer):
    X, y = cancer
    model = linecall.Model.of(linecall.LogisticRegression().fit(X, y))
    for bad in (X[:, :3], X[0], [["a"] * 30], {"x0": [1.0]}):
        with pytest.raises((linecall.Error, ValueError)):
            model.predict(bad)


def test_credit_from_the_command_to_an_answer(tmp_path):
    path = shared("tabular", "credit_default", "credit_processed.csv")
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_csv(path)
    y = frame.pop("NoDefaultNextMonth")
    fitted = linecall.LogisticRegression(standardize=True).fit(frame, y)
    row = int(np.argmin(fitted.decision_function(frame)))
    case = linecall.challenge(fitted, frame, row, y, reference=(frame, y), favourable=1)
    assert case["reference_origin"] == "training"
    assert case["call"]["class"] == "0"
    assert case["recourse"]["answer"] in ("ways", "impossible")
