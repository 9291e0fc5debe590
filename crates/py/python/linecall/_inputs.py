"""What users pass, as arrays that the compiled module takes, without a copy where the layout allows.

NumPy arrays of ``float64`` or ``float32`` with rows one after the other and SciPy CSR matrices with
sorted 32-bit indices are taken as they lie in memory. Everything else is copied once.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.utils.validation import validate_data

from . import _linecall
from ._linecall import Error

#: A dense matrix of more columns has them numbered rather than named.
MOST_NAMES = 4096


def is_arrow(X):
    """Whether X is a pyarrow Table or RecordBatch, without importing pyarrow."""
    kind = type(X)
    return kind.__module__.split(".")[0] == "pyarrow" and hasattr(X, "column_names")


def unmasked(X, name="X"):
    """X, refused where it hides values under a mask."""
    if not isinstance(X, np.ma.MaskedArray):
        return X
    mask = np.ma.getmaskarray(X)
    if mask.any():
        row = int(np.argwhere(mask)[0][0])
        raise Error(f"{name} is masked at row {row + 1}; fill the values in or leave the row out")
    return np.asarray(X.data)


def matrix(estimator, X, *, reset, y="no_validation"):
    """A checked array or CSR matrix of X (and y); feature names are remembered or compared."""
    X = unmasked(X)
    if is_arrow(X) and not hasattr(X, "combine_chunks"):
        # scikit-learn finds the names of a table, not of a batch.
        import pyarrow

        X = pyarrow.Table.from_batches([X])
    options = dict(
        accept_sparse="csr",
        dtype=[np.float64, np.float32],
        order="C",
        # The compiled module looks for NaN and infinities, and says where they are.
        ensure_all_finite=False,
    )
    if isinstance(y, str):
        return validate_data(estimator, X, reset=reset, **options)
    return validate_data(estimator, X, unmasked(y, "y"), reset=reset, **options)


def design(X, names=None):
    """The compiled module's matrix over a checked array or CSR matrix."""
    if not sparse.issparse(X):
        if not X.flags.aligned or not X.dtype.isnative:
            X = np.array(X, dtype=X.dtype.newbyteorder("="), order="C")
        return _linecall.Design.dense(X, names)
    try:
        return _linecall.Design.csr(X.shape[1], X.indptr, X.indices, X.data, names)
    except Error:
        # SciPy walks along broken offsets without a look.
        if not _offsets_hold(X) or X.has_canonical_format:
            raise
    if X.has_sorted_indices:
        raise Error("a row of X has a column twice; X.sum_duplicates() adds such values together")
    X = X.sorted_indices()
    return design(X, names)


def _offsets_hold(X):
    """Whether the rows of a CSR matrix lie inside its arrays."""
    indptr, n = X.indptr, len(X.indices)
    ordered = len(indptr) == X.shape[0] + 1 and (np.diff(indptr) >= 0).all()
    return ordered and indptr[0] == 0 and indptr[-1] == n == len(X.data)


def class_names(classes):
    """Names of classes in model files: whole numbers without a fraction, truth values as Python's."""
    return [
        f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
        for value in np.asarray(classes).tolist()
    ]


def weights(sample_weight):
    """Row weights as the compiled module takes them."""
    if sample_weight is None:
        return None
    return np.ascontiguousarray(sample_weight, dtype=np.float64)
