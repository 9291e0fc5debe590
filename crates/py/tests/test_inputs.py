"""What may be passed, what is copied, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse
from numpy.testing import assert_allclose, assert_array_equal

import linecall
from linecall import _inputs
from linecall._linecall import Design


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    return X, (X[:, 0] + rng.normal(size=60) > 0).astype(int)


def address(array):
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_in_order_are_not_copied(rows, dtype):
    X = rows[0].astype(dtype)
    assert Design.dense(X).address == address(X)
    seen = {}

    class Spy(linecall.LogisticRegression):
        def _design_of(self, checked, columns=None):
            design = super()._design_of(checked, columns)
            seen["address"] = design.address
            return design

    Spy().fit(X, rows[1])
    assert seen["address"] == address(X)
    Spy().fit(X, rows[1]).predict(X[10:20])
    assert seen["address"] == address(X[10:20])


def test_a_data_frame_over_such_an_array_is_not_copied(rows):
    pandas = pytest.importorskip("pandas")
    X = np.ascontiguousarray(rows[0])
    frame = pandas.DataFrame(X, columns=list("abcd"), copy=False)
    if address(frame.to_numpy()) != address(X):
        pytest.skip("this pandas copies on construction")
    model = linecall.LogisticRegression()
    checked = _inputs.matrix(model, frame, reset=True)
    assert _inputs.design(checked).address == address(X)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sparse_rows_are_not_copied(rows, dtype):
    X = sparse.csr_matrix(np.where(rows[0] > 0, rows[0], 0).astype(dtype))
    design = _inputs.design(X)
    assert design.address == address(X.data)
    assert design.indices_address == address(X.indices)
    assert design.shape == X.shape


def test_a_matrix_outlives_the_array_it_is_over(rows):
    X = rows[0].copy()
    design = Design.dense(X)
    model = linecall.LogisticRegression().fit(*rows)
    before = model.model_.scores(design)
    del X
    junk = [np.zeros((60, 4)) for _ in range(50)]
    assert_array_equal(model.model_.scores(design), before)
    assert len(junk) == 50


@pytest.mark.parametrize(
    "kind",
    [
        "fortran", "strided", "reversed", "read-only", "big-endian", "integers", "objects", "lists",
        "float32", "float16", "unaligned", "masked", "csr", "csc", "coo", "csr-array", "csr-64",
        "csr-unsorted", "pandas", "pandas-nullable", "polars", "pyarrow", "pyarrow-batch",
    ],
)
def test_any_layout_gives_the_same_fit(rows, kind):
    X, y = rows
    X = np.round(X, 1)  # survives float16 to a few digits
    plain = linecall.LogisticRegression().fit(X, y)
    loose = kind in ("float32", "float16")
    given = layout(X * 10 if kind == "integers" else X, kind)
    if kind == "integers":
        plain = linecall.LogisticRegression().fit(np.round(X * 10), y)
    model = linecall.LogisticRegression().fit(given, y)
    assert_allclose(model.coef_, plain.coef_, rtol=1e-3 if loose else 1e-9, atol=1e-3 if loose else 0)
    assert model.predict(given).shape == (60,)
    if kind.startswith(("pandas", "polars", "pyarrow")):
        assert list(model.feature_names_in_) == list("abcd")


def layout(X, kind):
    names = list("abcd")
    if kind == "strided":
        wide = np.zeros((120, 8))
        wide[::2, ::2] = X
        return wide[::2, ::2]
    if kind == "reversed":
        return X[::-1, ::-1].copy()[::-1, ::-1]
    if kind == "read-only":
        X = X.copy()
        X.flags.writeable = False
        return X
    if kind == "unaligned":
        raw = np.zeros(X.size * 8 + 1, dtype=np.uint8)
        own = raw[1:].view(np.float64).reshape(X.shape)
        own[...] = X
        return own
    if kind == "csr-64":
        own = sparse.csr_matrix(X)
        own.indices, own.indptr = own.indices.astype(np.int64), own.indptr.astype(np.int64)
        return own
    if kind == "csr-unsorted":
        own = sparse.csr_matrix(X)
        indices, data = own.indices.copy(), own.data.copy()
        for a, b in zip(own.indptr[:-1], own.indptr[1:]):
            indices[a:b], data[a:b] = indices[a:b][::-1].copy(), data[a:b][::-1].copy()
        return sparse.csr_matrix((data, indices, own.indptr), shape=X.shape)
    if kind.startswith("pandas"):
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame(X, columns=names)
        return frame.astype("Float64") if kind.endswith("nullable") else frame
    if kind == "polars":
        return pytest.importorskip("polars").DataFrame(dict(zip(names, X.T.copy())))
    if kind.startswith("pyarrow"):
        pyarrow = pytest.importorskip("pyarrow")
        table = pyarrow.table(dict(zip(names, X.T.copy())))
        return table.to_batches()[0] if kind.endswith("batch") else table
    make = {
        "fortran": np.asfortranarray,
        "big-endian": lambda X: X.astype(">f8"),
        "integers": lambda X: np.round(X).astype(np.int32),
        "objects": lambda X: X.astype(object),
        "lists": lambda X: X.tolist(),
        "float32": lambda X: X.astype(np.float32),
        "float16": lambda X: X.astype(np.float16),
        "masked": lambda X: np.ma.masked_array(X, mask=np.zeros(X.shape, bool)),
        "csr": sparse.csr_matrix,
        "csc": sparse.csc_matrix,
        "coo": sparse.coo_matrix,
        "csr-array": sparse.csr_array,
    }
    return make[kind](X)


def bad(X, kind):
    X = X.copy()
    if kind == "nan":
        X[7, 2] = np.nan
    elif kind == "infinite":
        X[7, 2] = np.inf
    elif kind == "no-rows":
        X = X[:0]
    elif kind == "no-columns":
        X = X[:, :0]
    elif kind == "one-dimension":
        X = X[:, 0]
    elif kind == "three-dimensions":
        X = X[:, :, None]
    elif kind == "complex":
        X = X + 1j
    elif kind == "text":
        X = X.astype(object)
        X[3, 1] = "much"
    elif kind == "masked":
        X = np.ma.masked_greater(X, 1.5)
    elif kind == "duplicates":
        X = sparse.csr_matrix(
            (np.ones(120), np.zeros(120, int), np.arange(0, 121, 2)), shape=(60, 4)
        )
    elif kind == "negative-index":
        X = sparse.csr_matrix(X)
        X.indices[0] = -1
    elif kind == "large-index":
        X = sparse.csr_matrix(X)
        X.indices[3] = 9
    elif kind == "broken-offsets":
        X = sparse.csr_matrix(X)
        X.indptr[5] = 10_000
    elif kind == "sparse-nan":
        X = sparse.csr_matrix(X)
        X.data[9] = np.nan
    return X


KINDS = [
    "nan", "infinite", "no-rows", "no-columns", "one-dimension", "three-dimensions", "complex",
    "text", "masked", "duplicates", "negative-index", "large-index", "broken-offsets", "sparse-nan",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["LogisticRegression", "LinearSVC", "LinearDiscriminantAnalysis"])
def test_bad_input_is_one_exception(rows, kind, name):
    X, y = rows
    estimator = getattr(linecall, name)()
    y = y[:0] if kind == "no-rows" else y
    with pytest.raises((ValueError, TypeError)) as found:
        estimator.fit(bad(X, kind), y)
    assert str(found.value).strip()


def test_a_bad_value_is_named_by_row_and_column(rows):
    X, y = rows
    with pytest.raises(linecall.Error, match="row 8, column `x2`.*NaN") as found:
        linecall.LogisticRegression().fit(bad(X, "nan"), y)
    assert "\n" not in str(found.value)
    with pytest.raises(linecall.Error, match="column twice.*sum_duplicates"):
        linecall.LogisticRegression().fit(bad(X, "duplicates"), y)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 2), int), np.zeros(2), np.zeros((2, 2), ">f8"), np.zeros((2, 2), "f2"),
        np.asfortranarray(np.zeros((3, 2))), np.zeros((4, 4))[::2, ::2], [[1.0]], None, "text",
        np.zeros((2, 2), object),
    ],
)
def test_the_border_takes_nothing_unchecked(array):
    with pytest.raises((linecall.Error, TypeError)):
        Design.dense(array)


def test_sparse_parts_are_checked_at_the_border():
    one = np.ones(1)
    for cols, indptr, indices, data in [
        (2, [0, 1], [5], one), (2, [0, 1], [-1], one), (2, [0, 2], [0], one), (2, [1, 1], [0], one),
        (2, [0, 1, 0], [0], one), (2, [0, 1], [0], np.ones(2)), (2, [-1, 1], [0], one),
        (2**33, [0, 1], [0], one),
    ]:
        for kind in (np.int32, np.int64):
            with pytest.raises(linecall.Error):
                Design.csr(cols, np.array(indptr, kind), np.array(indices, kind), data)


def test_bad_parameters_are_named(rows):
    X, y = rows
    for estimator, match in [
        (linecall.LogisticRegression(C=-1.0), "C is -1.0"),
        (linecall.LogisticRegression(C="1"), "C is '1'"),
        (linecall.LogisticRegression(l1_ratio=2), "l1_ratio is 2"),
        (linecall.LogisticRegression(solver="best"), "solver is 'best'"),
        (linecall.LogisticRegression(tol=0), "tol is 0"),
        (linecall.LogisticRegression(max_iter=0), "max_iter is 0"),
        (linecall.LogisticRegression(class_weight="even"), "class_weight is 'even'"),
        (linecall.LogisticRegression(class_weight={7: 1.0}), "names 7"),
        (linecall.LinearSVC(penalty="l1", loss="hinge"), "squared_hinge"),
        (linecall.RidgeClassifier(alpha=-1), "alpha is -1"),
        (linecall.MultinomialNB(alpha=0), "alpha is 0"),
        (linecall.GaussianNB(priors=[0.5, 0.6]), "sum of the priors"),
        (linecall.LinearDiscriminantAnalysis(shrinkage=2.0), "shrinkage"),
        (linecall.LogisticRegressionCV(Cs=[-1.0]), "Cs"),
    ]:
        with pytest.raises(ValueError, match=match) as found:
            estimator.fit(np.abs(X), y)
        assert "\n" not in str(found.value)


def test_more_columns_than_memory_are_refused_and_not_tried():
    policy = Path("/proc/sys/vm/overcommit_memory")
    if not policy.exists() or policy.read_text().strip() == "1":
        pytest.skip("this system promises memory that it does not have")
    X = sparse.csr_matrix(
        (np.ones(2), np.array([0, 5]), np.array([0, 1, 2])), shape=(2, 2**32 - 2)
    )
    for estimator in (linecall.LogisticRegression(), linecall.SGDClassifier()):
        with pytest.raises(MemoryError, match="4294967294 columns"):
            estimator.fit(X, [0, 1])
