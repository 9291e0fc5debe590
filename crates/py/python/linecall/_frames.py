"""Tables in memory as the facade's questions take them: named columns of numbers and texts."""

from __future__ import annotations

import os

import numpy as np

from . import _inputs, _linecall
from ._linecall import Error


def is_path(data):
    """Whether data are named by a path, or by a list of paths."""
    if isinstance(data, (str, os.PathLike)):
        return True
    return (
        isinstance(data, (list, tuple))
        and len(data) > 0
        and all(isinstance(one, (str, os.PathLike)) for one in data)
    )


def files(data):
    """The compiled module's frame over files."""
    paths = [data] if isinstance(data, (str, os.PathLike)) else data
    return _linecall.Frame.files([os.fspath(path) for path in paths])


def kind_of(data):
    """``pandas``, ``polars``, ``pyarrow``, ``dict``, or None for what has no named columns."""
    module = type(data).__module__.split(".")[0]
    if module in ("pandas", "polars") and hasattr(data, "columns"):
        return module
    if _inputs.is_arrow(data):
        return "pyarrow"
    return "dict" if isinstance(data, dict) else None


def columns(data):
    """Names and cells of the columns of a table: an array of numbers, or a list of texts."""
    kind = kind_of(data)
    if kind == "pandas":
        return [(str(name), _of_pandas(data[name])) for name in data.columns]
    if kind == "polars":
        if hasattr(data, "collect"):
            data = data.collect()
        return [(one.name, _of_polars(one)) for one in data.get_columns()]
    if kind == "pyarrow":
        return [(name, _of_arrow(one)) for name, one in zip(data.column_names, data.columns)]
    if kind == "dict":
        return [(str(name), cells(values)) for name, values in data.items()]
    raise Error(
        f"{type(data).__name__} has no named columns; give a data frame, a pyarrow table or a dict"
    )


def cells(values):
    """The cells of one column of any kind."""
    module = type(values).__module__.split(".")[0]
    if module == "pandas":
        return _of_pandas(values)
    if module == "polars":
        return _of_polars(values)
    if module == "pyarrow":
        return _of_arrow(values)
    values = _inputs.unmasked(np.asanyarray(values), "a column")
    if values.ndim != 1:
        raise Error(f"a column has {values.ndim} dimensions, expected 1")
    if values.dtype.kind in "iuf":
        return np.ascontiguousarray(values, dtype=np.float64)
    return [_text(value) for value in values.tolist()]


def _text(value):
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return _inputs.class_names(np.array([value]))[0] if isinstance(value, float) else str(value)


def _of_pandas(series):
    kind = getattr(series.dtype, "kind", "O")
    if kind in "iuf":
        return np.ascontiguousarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    gone = series.isna().to_numpy()
    return [None if no else _text(value) for value, no in zip(series.tolist(), gone)]


def _of_polars(series):
    import polars

    if series.dtype.is_numeric():
        return np.ascontiguousarray(series.cast(polars.Float64).to_numpy())
    if series.dtype == polars.Boolean:
        return [None if value is None else str(value) for value in series.to_list()]
    return series.cast(polars.String).to_list()


def _of_arrow(column):
    import pyarrow

    kind = column.type
    if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
        own = column.cast(pyarrow.float64())
        own = own.combine_chunks() if hasattr(own, "combine_chunks") else own
        return np.ascontiguousarray(own.to_numpy(zero_copy_only=False), dtype=np.float64)
    return [None if value is None else str(value) for value in column.to_pylist()]


def names(y):
    """The texts of a column of classes, as model files have them."""
    values = cells(y)
    if isinstance(values, np.ndarray):
        return _inputs.class_names(values)
    return values


def name_of(y, default):
    """The name of a column, where it has one."""
    name = getattr(y, "name", None)
    return name if isinstance(name, str) and name else default
