"""The data sets by name: generated once into the data folder, then read from there.

A name is `BASE[.csr][+1]`: `.csr` is the same matrix stored sparse, `+1` has a last column of ones
(an intercept that is penalised like any coefficient, for peers that know no other).
"""
import numpy as np
import scipy.sparse as sp

from . import dense, sparse, store, tables
from .settings import DATA

SIZES = {"full": {"sparse": (200_000, 500_000), "dense": (500_000, 50)},
         "quick": {"sparse": (5_000, 20_000), "dense": (20_000, 20)}}
TABLE = {"adult": tables.ADULT, "spambase": tables.SPAMBASE, "credit": tables.CREDIT}


def home(scale):
    """The folder of a scale (`full` or `quick`)."""
    return DATA / scale


def missing(name):
    """Why a data set cannot be had here, or `None`."""
    source = TABLE.get(base_of(name))
    return None if source is None or source.exists() else f"no data file {source.name}"


def base_of(name):
    """The name without storage and intercept column."""
    return name.split("+")[0].split(".")[0]


def ensure(name, scale):
    """The folder of a data set, made if it is not there."""
    folder = home(scale) / name
    if not folder.exists():
        x, y = _make(name, scale)
        store.write(folder, x, y)
    return folder


def _make(name, scale):
    if name.endswith("+1"):
        x, y = store.read(ensure(name[:-2], scale))
        ones = np.ones((x.shape[0], 1))
        joined = sp.hstack([x, ones], format="csr") if sp.issparse(x) else np.hstack([x, ones])
        return joined, y
    if name.endswith(".csr"):
        x, y = store.read(ensure(name[:-4], scale))
        return sp.csr_matrix(x), y
    if name in TABLE:
        return getattr(tables, name)()
    rows, cols = SIZES[scale][name]
    return sparse.generate(rows, cols) if name == "sparse" else dense.generate(rows, cols)


def text(name, scale):
    """The text file of the sparse (LIBSVM) or the dense (CSV) data set, made if not there."""
    path = home(scale) / ("sparse.libsvm" if name == "sparse" else "dense.csv")
    if not path.exists():
        x, y = store.read(ensure(name, scale))
        (sparse.write_libsvm if name == "sparse" else dense.write_csv)(path, x, y)
    return path
