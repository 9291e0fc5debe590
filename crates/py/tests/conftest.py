"""Data that several tests share."""

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, make_classification

SHARED = Path(os.environ.get("LINECALL_DATA", Path(__file__).parents[4] / "shared" / "data"))


@pytest.fixture(scope="session")
def cancer():
    """569 rows of two classes, as numpy arrays; columns of unit deviation."""
    X, y = load_breast_cancer(return_X_y=True)
    return (X - X.mean(0)) / X.std(0), y


@pytest.fixture(scope="session")
def cancer_frame():
    """The same as a data frame with names, in its own units."""
    pytest.importorskip("pandas")
    return load_breast_cancer(return_X_y=True, as_frame=True)


@pytest.fixture(scope="session")
def iris():
    """150 rows of three classes."""
    return load_iris(return_X_y=True)


@pytest.fixture(scope="session")
def weighted():
    """Rows with weights, two classes of unequal size."""
    X, y = make_classification(400, 8, n_informative=4, weights=[0.8], flip_y=0.1, random_state=0)
    return X, y, np.random.default_rng(0).uniform(0, 3, 400)


@pytest.fixture(scope="session")
def counts():
    """Counts of words in rows of three classes."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 300)
    rate = rng.gamma(0.7, 1.0, (3, 12))
    return rng.poisson(rate[y]).astype(float), y


def shared(*parts):
    """A file of the shared data; the test is skipped where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)}: shared data absent")
    return path
