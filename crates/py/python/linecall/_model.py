"""What a model file holds, as an object."""

from __future__ import annotations

import json
import os
import sys

import numpy as np
from scipy import sparse

from . import _frames, _inputs, _linecall, _remarks
from ._linecall import Error


class Model:
    """A linear classifier with everything that a model file holds: how raw rows become columns,
    coefficients, certificates, and how it was trained.

    What the command writes is read here and the other way round, bit for bit. Models come from
    :meth:`load`, :meth:`from_bytes` and :meth:`of`.

    Examples
    --------
    >>> import linecall
    >>> fit = linecall.LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"])
    >>> model = linecall.Model.of(fit)
    >>> model.classes
    ['no', 'yes']
    >>> linecall.Model.from_bytes(model.to_bytes()).predict([[0.2], [2.9]])
    array(['no', 'yes'], dtype='<U3')
    """

    def __init__(self, inner, name="model"):
        if not isinstance(inner, _linecall.Model):
            raise TypeError("take Model.load, Model.from_bytes or Model.of")
        self._inner = inner
        self.name = name

    @classmethod
    def load(cls, path):
        """Read a model file.

        Parameters
        ----------
        path : str or os.PathLike
            The file.

        Returns
        -------
        model : Model
            The model.
        """
        return cls(_linecall.Model.load(os.fspath(path)), os.fspath(path))

    @classmethod
    def from_bytes(cls, data, name="model"):
        """A model from the bytes of its file; loading runs no code.

        Parameters
        ----------
        data : bytes
            What the file holds.
        name : str, default='model'
            What answers call it.

        Returns
        -------
        model : Model
            The model.
        """
        return cls(_linecall.Model.from_bytes(bytes(data)), name)

    @classmethod
    def of(cls, estimator, X=None, y=None, sample_weight=None, **options):
        """The model of a fitted estimator, of linecall or of scikit-learn.

        Parameters
        ----------
        estimator : object
            A fitted estimator of linecall; or of scikit-learn, its arrays are read then
            (:func:`linecall.from_sklearn` says which).
        X, y, sample_weight : array-like, default=None
            The training data. With them, the model knows what it was trained on (checked by its
            certificate), as some questions ask. A scikit-learn estimator's scores are compared on X.
        **options : dict
            Passed to :func:`linecall.from_sklearn`.

        Returns
        -------
        model : Model
            The model.
        """
        if isinstance(estimator, cls):
            model = estimator
        elif "model_" in estimator.__dict__ and estimator.model_ is None:
            raise Error("the estimator has met a single class so far; a model needs two")
        elif isinstance(estimator.__dict__.get("model_"), _linecall.Model):
            model = cls(_of_linecall(estimator))
        else:
            from ._foreign import from_sklearn

            return from_sklearn(estimator, X, y, **options)
        if y is not None and not model._inner.knows_data:
            model = cls(model._inner.knowing(model.frame(X, y, sample_weight)), model.name)
        return model

    def __reduce__(self):
        return (_from_bytes, (self.to_bytes(), self.name))

    def __repr__(self):
        what = f"{self._inner.n_columns} columns, classes {', '.join(self.classes)}"
        return f"<linecall.Model {self.name!r}: {what}>"

    def save(self, path):
        """Write the model file, whole or not at all.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        self._inner.save(os.fspath(path))

    def to_bytes(self):
        """The bytes of the model file.

        Returns
        -------
        data : bytes
            The same model gives the same bytes, always and everywhere.
        """
        return self._inner.to_bytes()

    # -- what it is -----------------------------------------------------------------------------

    @property
    def classes(self):
        """Names of the classes, sorted; by number where all are numbers."""
        return self._inner.classes

    @property
    def coef(self):
        """Coefficients, a row for each score; the score of two classes speaks for ``positive``."""
        return self._inner.coef()

    @property
    def intercept(self):
        """Intercepts, one for each score."""
        return self._inner.intercept()

    @property
    def positive(self):
        """The class of two that a score above 0 speaks for; None where there are more."""
        at = self._inner.positive
        return None if at is None else self.classes[at]

    @property
    def features(self):
        """Columns of a table that the model takes; None for a model of a matrix."""
        return self._inner.features

    @property
    def columns(self):
        """Names of the design columns, one for each coefficient."""
        return self._inner.columns

    @property
    def certificates(self):
        """What is proved about the model, as dictionaries."""
        return json.loads(self._inner.certificates())

    @property
    def schema(self):
        """What each column is, as TOML; None for a model of a matrix."""
        return self._inner.schema()

    def with_schema(self, schema):
        """The same model with another description of its table.

        Parameters
        ----------
        schema : str
            A schema in TOML: units, what people can change and in which direction, the favourable
            class. Names, kinds and levels must stay.

        Returns
        -------
        model : Model
            The model.
        """
        return type(self)(self._inner.with_schema(schema), self.name)

    def inspect(self):
        """Everything that the model file says.

        Returns
        -------
        page : dict
            As of ``linecall inspect --json``.
        """
        return json.loads(self._inner.manifest())

    def verify(self):
        """Check the model against itself, without its data.

        Returns
        -------
        checks : list of (str, bool, str)
            What is checked, whether it holds, and what was found.
        """
        return self._inner.verify()

    # -- calls ----------------------------------------------------------------------------------

    def predict(self, X):
        """The class that each row is called, as text.

        Parameters
        ----------
        X : data frame, array-like, sparse matrix or path
            The rows: a table with the model's columns, or an array with as many. A path is read as
            the command reads it.

        Returns
        -------
        y : ndarray of str, shape (n_samples,)
            Names of classes.
        """
        return np.asarray(self.classes)[self._inner.calls(self._design(X))]

    def decision_function(self, X):
        """Scores of rows.

        Parameters
        ----------
        X : data frame, array-like, sparse matrix or path
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            ``x . w + b``.
        """
        scores = self._inner.scores(self._design(X))
        return scores[:, 0] if self._inner.positive is not None else scores

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : data frame, array-like, sparse matrix or path
            The rows.

        Returns
        -------
        probability : ndarray of shape (n_samples, n_classes)
            In the order of ``classes``.
        """
        return self._inner.probabilities(self._design(X))

    # -- elsewhere ------------------------------------------------------------------------------

    def export(self, format, path=None, X=None, *, name="model", table="rows"):
        """The model in another format, to be scored without linecall.

        Parameters
        ----------
        format : {'sql', 'onnx', 'pmml', 'json', 'c', 'rust', 'liblinear', 'markdown'}
            The format.
        path : str or os.PathLike, default=None
            A file to write.
        X : data frame or path, default=None
            Rows to re-score the export on with the program that it is for, which must be there; an
            export that scores one otherwise is refused.
        name : str, default='model'
            Name of the model in the export.
        table : str, default='rows'
            The table that SQL reads.

        Returns
        -------
        text : str or bytes
            What the file holds; bytes of ONNX.
        """
        frame = None if X is None else self.frame(X)
        data, remarks = self._inner.exported(
            format, frame, name, table, sys.executable or "python3"
        )
        _remarks.warn(remarks)
        if path is not None:
            with open(path, "wb") as file:
                file.write(data)
        return data if format == "onnx" else data.decode()

    def to_onnx(self, path=None, X=None):
        """The model as ONNX.

        Parameters
        ----------
        path : str or os.PathLike, default=None
            A file to write.
        X : data frame or path, default=None
            Rows to re-score it on with onnxruntime.

        Returns
        -------
        data : bytes
            What the file holds.
        """
        return self.export("onnx", path, X)

    def to_sql(self, path=None, X=None, *, table="rows"):
        """The model as one query.

        Parameters
        ----------
        path : str or os.PathLike, default=None
            A file to write.
        X : data frame or path, default=None
            Rows to re-score it on with SQLite and DuckDB.
        table : str, default='rows'
            The table that the query reads.

        Returns
        -------
        text : str
            The query.
        """
        return self.export("sql", path, X, table=table)

    # -- rows -----------------------------------------------------------------------------------

    def _design(self, X):
        if isinstance(X, _linecall.Design):
            return X
        if self._inner.takes_table and not (self._inner.plain and _is_array(X)):
            return self._inner.design_of(self.frame(X))
        if _frames.is_path(X):
            return self._inner.design_of(_frames.files(X))
        return self._inner.encoded(self._over(X))

    def _over(self, X):
        """The matrix of an array of the model's width."""
        X = _inputs.unmasked(X)
        if sparse.issparse(X):
            X = X.tocsr()
            if X.dtype not in (np.float64, np.float32):
                X = X.astype(np.float64)
        else:
            X = np.asarray(X)
            if X.dtype not in (np.float64, np.float32):
                X = X.astype(np.float64)
            X = np.ascontiguousarray(X)
            if X.ndim != 2:
                raise Error(f"X has {X.ndim} dimensions, expected 2: rows and columns")
        if X.shape[1] != self._inner.n_columns:
            raise Error(f"X has {X.shape[1]} columns, expected {self._inner.n_columns}")
        return _inputs.design(X)

    def frame(self, X, y=None, sample_weight=None, extra=None, *, name="data"):
        """Rows as this model's questions take them; they take such a frame in place of X.

        Parameters
        ----------
        X : data frame, array-like, sparse matrix or path
            The rows.
        y : array-like, default=None
            Their classes.
        sample_weight : array-like, default=None
            What each row weighs.
        extra : dict of str to array-like, default=None
            More columns, by name.
        name : str, default='data'
            What answers call the rows.

        Returns
        -------
        frame : object
            The rows.
        """
        if isinstance(X, _linecall.Frame):
            return X
        if _frames.is_path(X):
            if y is not None:
                raise Error("the classes of rows in a file are in its target column; leave y out")
            return _frames.files(X)
        if not self._inner.takes_table:
            return self._matrix(X, y, sample_weight, name)
        if _is_array(X) and self._inner.features is not None:
            X = np.asarray(_inputs.unmasked(X.toarray() if sparse.issparse(X) else X))
            features = self._inner.features
            if X.ndim != 2 or X.shape[1] != len(features):
                shape = "x".join(map(str, X.shape))
                raise Error(f"X is {shape}, expected {len(features)} columns")
            columns = [(own, _frames.cells(X[:, j])) for j, own in enumerate(features)]
        else:
            columns = _frames.columns(X)
        target, weight = self._inner.target
        have = {own for own, _ in columns}
        if y is not None:
            columns = [c for c in columns if c[0] != target] + [(target, _frames.names(y))]
        elif target in have:
            # Classes that are numbers are texts in a model.
            columns = [
                (own, _inputs.class_names(cells) if own == target and isinstance(cells, np.ndarray)
                 else cells)
                for own, cells in columns
            ]
        if sample_weight is not None:
            if weight is None:
                raise Error("the model was trained without weights; leave sample_weight out")
            columns.append((weight, _frames.cells(sample_weight)))
        for own, values in (extra or {}).items():
            columns = [c for c in columns if c[0] != own] + [(own, _frames.cells(values))]
        return _linecall.Frame.table(name, columns)

    def _matrix(self, X, y, sample_weight, name):
        design = self._over(X)
        if y is None:
            raise Error("rows of a matrix are asked about with their classes; give y")
        place = {own: k for k, own in enumerate(self.classes)}
        codes = []
        for row, own in enumerate(_frames.names(y)):
            if own not in place:
                raise Error(f"row {row + 1} is of class `{own}`, which the model does not know")
            codes.append(place[own])
        weights = _inputs.weights(sample_weight)
        return _linecall.Frame.matrix(name, design, codes, self.classes, weights)


def _is_array(X):
    return sparse.issparse(X) or _frames.kind_of(X) is None


def _from_bytes(data, name):
    return Model.from_bytes(data, name)


def _of_linecall(estimator):
    if getattr(estimator, "binarize", None) is not None:
        return estimator.model_.binarizing(float(estimator.binarize))
    return estimator.model_
