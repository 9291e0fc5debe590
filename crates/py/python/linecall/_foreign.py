"""Fitted scikit-learn estimators as models, by reading their arrays.

A pipeline is followed step by step: every feature of the classifier is written as a sum of the
user's own columns (numbers, and levels of categories), so that answers speak of those.
"""

from __future__ import annotations

import json

import numpy as np

from . import _frames, _inputs, _linecall, _remarks
from ._linecall import Error
from ._model import Model

#: By how much scores may differ, relative to the largest of them: sums in another order.
SAME = 1e-9


def from_sklearn(estimator, X=None, y=None, *, schema=None, favourable=None, target=None,
                 name=None):
    """The model of a fitted scikit-learn estimator.

    Parameters
    ----------
    estimator : object
        ``LogisticRegression``, ``LogisticRegressionCV``, ``LinearSVC``, ``SGDClassifier``,
        ``RidgeClassifier``, ``Perceptron``, ``LinearDiscriminantAnalysis``, or a ``Pipeline`` that
        ends in one, over ``ColumnTransformer``, ``OneHotEncoder``, ``StandardScaler``,
        ``MinMaxScaler``, ``MaxAbsScaler`` and ``SimpleImputer``; also inside a
        ``CalibratedClassifierCV`` of two classes with one sigmoid.
    X : data frame or array-like, default=None
        Rows like those to be asked about: scores of the model and of the estimator are compared on
        them.
    y : array-like, default=None
        Their classes; its name becomes the name of the target.
    schema : str, default=None
        A schema in TOML that describes the columns, as in the command.
    favourable : object, default=None
        The class that is good for the person judged.
    target : str, default=None
        Name of the target; by default that of y, or 'class'.
    name : str, default=None
        What answers call the model; by default the estimator's class.

    Returns
    -------
    model : Model
        The model. Where it was trained and on what is not known to it.

    Examples
    --------
    >>> import linecall
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> theirs = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    >>> model = linecall.from_sklearn(theirs, X, y)
    >>> model.features[:2]
    ['mean radius', 'mean texture']
    """
    steps, classifier, sigmoid = _parts(estimator)
    coef, intercept, classes, link = _linear(classifier)
    raw = _raw_columns(estimator, steps, classifier, X, coef.shape[1])
    features = _Features.raw(raw)
    for step in steps:
        features = features.through(step)
    if len(features.terms) != coef.shape[1]:
        raise Error(
            f"{len(features.terms)} columns reach the classifier, and it has {coef.shape[1]} "
            "coefficients"
        )
    if sigmoid is not None:
        coef, intercept, link = sigmoid[0] * coef, sigmoid[0] * intercept + sigmoid[1], "logistic"
    weights, shift = features.folded(coef)
    intercept = intercept + shift
    target = target or _frames.name_of(y, "class")
    while target in raw:
        target += "_"
    attributes = {
        "coef_": [[row.get(term, 0.0) for term in features.all_terms()] for row in weights],
        "intercept_": intercept.tolist(),
        "classes_": _inputs.class_names(classes),
        "feature_names_in_": [term_name(term) for term in features.all_terms()],
        "estimator": type(classifier).__name__,
    }
    like = None
    if schema is None and features.needs_schema():
        schema = _schema(features, raw, target, attributes["classes_"])
    if schema is not None:
        like = _typical(features, raw, target, attributes["classes_"])
    favourable = None if favourable is None else _inputs.class_names(np.array([favourable]))[0]
    inner, remarks = _linecall.import_scikit(
        json.dumps(attributes), link, like, target, schema, favourable
    )
    _remarks.warn(remarks)
    model = Model(inner, name or type(estimator).__name__)
    if X is not None:
        _check_scores(model, estimator, X, raw, classes, sigmoid)
    return model


# -- the classifier -------------------------------------------------------------------------------


def _parts(estimator):
    """Steps before the classifier, the classifier, and slope and intercept of a calibration."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(estimator)
    if isinstance(estimator, CalibratedClassifierCV):
        inner = estimator.calibrated_classifiers_
        if len(inner) != 1:
            raise Error(
                f"{len(inner)} calibrated classifiers are averaged, which is no linear model; take "
                "ensemble=False"
            )
        calibrators = inner[0].calibrators
        if len(calibrators) != 1 or not hasattr(calibrators[0], "a_"):
            raise Error("only a sigmoid of two classes is read from a calibration")
        steps, classifier, _ = _parts(inner[0].estimator)
        # p = 1 / (1 + exp(a f + b))
        return steps, classifier, (-float(calibrators[0].a_), -float(calibrators[0].b_))
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps[:-1] if step not in (None, "passthrough")]
        more, classifier, sigmoid = _parts(estimator.steps[-1][1])
        return steps + more, classifier, sigmoid
    return [], estimator, None


def _linear(classifier):
    """Coefficients, intercepts, classes and link of a linear classifier."""
    name = type(classifier).__name__
    if not hasattr(classifier, "coef_"):
        raise Error(f"{name} has no coef_; only linear classifiers are read")
    coef = classifier.coef_
    coef = coef.toarray() if hasattr(coef, "toarray") else coef
    coef = np.atleast_2d(np.asarray(coef, dtype=float))
    intercept = np.zeros(len(coef)) + np.asarray(classifier.intercept_, dtype=float)
    classes = np.asarray(classifier.classes_)
    if classes.ndim != 1 or len(coef) not in (1, len(classes)):
        raise Error(f"{name} is of several targets, which are no classes of one")
    link = "score"
    if name in ("LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis"):
        link = "softmax"
        if getattr(classifier, "solver", None) == "liblinear" and len(classes) > 2:
            link = "one_vs_rest"
    elif name == "SGDClassifier" and classifier.loss == "log_loss":
        link = "one_vs_rest" if len(classes) > 2 else "logistic"
    return coef, intercept, classes, link


# -- the columns ----------------------------------------------------------------------------------


def _raw_columns(estimator, steps, classifier, X, width):
    """Names of the user's columns."""
    names = None
    for one in (estimator, *steps[:1], classifier if not steps else None):
        names = names if names is not None else getattr(one, "feature_names_in_", None)
    if names is not None:
        return [str(name) for name in names]
    if X is not None and _frames.kind_of(X) is not None:
        return [name for name, _ in _frames.columns(X)]
    first = steps[0] if steps else classifier
    return [f"x{j}" for j in range(getattr(first, "n_features_in_", width))]


def term_name(term):
    """A term in the words of design columns."""
    column, level = term
    return column if level is None else f"{column} = {level}"


class _Features:
    """Features at some step: each a sum of terms of the user's columns and a constant.

    A term is ``(column, None)``, the number, or ``(column, level)``, 1 at that level.
    """

    def __init__(self, terms, constants, fills=None, levels=None):
        self.terms, self.constants = terms, constants
        #: What stands in for a missing number, by column.
        self.fills = dict(fills or {})
        #: Levels of categories, by column.
        self.levels = dict(levels or {})

    @classmethod
    def raw(cls, names):
        return cls([{(name, None): 1.0} for name in names], [0.0] * len(names))

    def pick(self, at):
        return _Features(
            [self.terms[j] for j in at], [self.constants[j] for j in at], self.fills, self.levels
        )

    def through(self, step):
        """The features after a fitted step."""
        name = type(step).__name__
        if name == "FunctionTransformer" and step.func is None:
            return self
        read = getattr(self, f"_{name}", None)
        if read is None:
            raise Error(
                f"{name} is no step that can be written over the columns (StandardScaler, "
                "MinMaxScaler, MaxAbsScaler, SimpleImputer, OneHotEncoder, ColumnTransformer, "
                "Pipeline are)"
            )
        return read(step)

    def _Pipeline(self, step):
        out = self
        for _, one in step.steps:
            if one not in (None, "passthrough"):
                out = out.through(one)
        return out

    def _scaled(self, center, scale):
        terms = [
            {term: w / s for term, w in own.items()} for own, s in zip(self.terms, scale)
        ]
        constants = [(c - m) / s for c, m, s in zip(self.constants, center, scale)]
        return _Features(terms, constants, self.fills, self.levels)

    def _StandardScaler(self, step):
        zeros = np.zeros(len(self.terms))
        return self._scaled(
            step.mean_ if step.with_mean else zeros,
            step.scale_ if step.with_std else zeros + 1,
        )

    def _MinMaxScaler(self, step):
        if step.clip:
            raise Error("MinMaxScaler with clip is not linear")
        return self._scaled(-step.min_ / step.scale_, 1 / step.scale_)

    def _MaxAbsScaler(self, step):
        return self._scaled(np.zeros(len(self.terms)), step.scale_)

    def _SimpleImputer(self, step):
        if step.add_indicator:
            raise Error("SimpleImputer with add_indicator is not read; leave the indicator out")
        fills = dict(self.fills)
        for own, constant, value in zip(self.terms, self.constants, step.statistics_):
            if len(own) != 1 or constant != 0.0:
                raise Error("SimpleImputer is read as the first step of a column alone")
            ((column, level),) = own
            if level is None:
                fills[column] = value
        keep = [j for j, v in enumerate(step.statistics_) if not _is_nan(v)]
        out = self.pick(keep)
        out.fills = fills
        return out

    def _OneHotEncoder(self, step):
        terms, levels = [], dict(self.levels)
        infrequent = getattr(step, "infrequent_categories_", None) or [None] * len(self.terms)
        for j, own in enumerate(self.terms):
            ((column, level),) = own
            if level is not None or self.constants[j] != 0.0:
                raise Error("OneHotEncoder is read as the first step of a column alone")
            if infrequent[j] is not None:
                raise Error("OneHotEncoder with infrequent categories is not read")
            known = [_category(value) for value in step.categories_[j]]
            levels[column] = known
            drop = None if step.drop_idx_ is None else step.drop_idx_[j]
            terms += [{(column, level): 1.0} for k, level in enumerate(known) if k != drop]
        return _Features(terms, [0.0] * len(terms), self.fills, levels)

    def _ColumnTransformer(self, step):
        out = _Features([], [], self.fills, self.levels)
        slices = step.output_indices_
        parts = {}
        for name, transformer, columns in step.transformers_:
            at = self._positions(step, columns)
            if isinstance(transformer, str) and transformer == "drop" or not len(at):
                continue
            own = self.pick(at)
            if not (isinstance(transformer, str) and transformer == "passthrough"):
                own = own.through(transformer)
            parts[slices[name].start] = own
        for start in sorted(parts):
            own = parts[start]
            if start != len(out.terms):
                raise Error("the columns of a ColumnTransformer are in no order that is known")
            out = _Features(
                out.terms + own.terms, out.constants + own.constants,
                {**out.fills, **own.fills}, {**out.levels, **own.levels},
            )
        return out

    def _positions(self, step, columns):
        if isinstance(columns, slice):
            return list(range(len(self.terms)))[columns]
        columns = [columns] if isinstance(columns, (str, int, np.integer)) else list(columns)
        if columns and isinstance(columns[0], (bool, np.bool_)):
            return [j for j, take in enumerate(columns) if take]
        names = [str(name) for name in getattr(step, "feature_names_in_", [])]
        return [names.index(c) if isinstance(c, str) else int(c) for c in columns]

    def all_terms(self):
        """Every term of a feature, once."""
        seen = {}
        for own in self.terms:
            seen.update(dict.fromkeys(own))
        return list(seen)

    def folded(self, coef):
        """Coefficients by term, a dictionary for each score, and what is added to the intercepts."""
        out = []
        for row in coef:
            total = {}
            for w, own in zip(row, self.terms):
                for term, by in own.items():
                    total[term] = total.get(term, 0.0) + float(w) * by
            out.append(total)
        return out, coef @ np.asarray(self.constants, dtype=float)

    def needs_schema(self):
        """Whether the table is more than plain numbers."""
        return bool(self.levels or self.fills)


def _is_nan(value):
    return isinstance(value, (float, np.floating)) and np.isnan(value)


def _category(value):
    if value is None or _is_nan(value):
        raise Error("OneHotEncoder has a category for missing values, which is not read")
    return _frames._text(value.item() if hasattr(value, "item") else value)


# -- the table ------------------------------------------------------------------------------------


def _table(X, raw):
    if _frames.kind_of(X) is None:
        X = np.asarray(X)
        return [(name, _frames.cells(X[:, j])) for j, name in enumerate(raw)]
    own = dict(_frames.columns(X))
    missing = [name for name in raw if name not in own]
    if missing:
        raise Error(f"X lacks the column `{missing[0]}`")
    return [(name, own[name]) for name in raw]


def _typical(features, raw, target, classes):
    """A table that front ends learn the imputer's own values from: each column holds nothing else."""
    columns = []
    for column in raw:
        fill = features.fills.get(column)
        if column in features.levels:
            level = features.levels[column][0] if fill is None else _category(fill)
            columns.append((column, [level] * len(classes)))
        else:
            columns.append((column, np.full(len(classes), 0.0 if fill is None else float(fill))))
    return _linecall.Frame.table("X", columns + [(target, list(classes))])


def _schema(features, raw, target, classes):
    """A schema in TOML: numbers, categories with their levels, and what fills missing cells."""
    used = {column for own in features.terms for column, _ in own}
    quote = json.dumps
    lines = ["version = 1", "[target]", f"column = {quote(target)}"]
    lines += [f"classes = {quote(_linecall.sorted_classes(classes))}"]
    if len(classes) == 2:
        lines += [f"positive = {quote(classes[1])}"]
    for column in raw:
        lines += ["[[columns]]", f"name = {quote(column)}"]
        if column not in used:
            kind = "category" if column in features.levels else "number"
            lines += ['role = "ignored"', f"kind = {quote(kind)}"]
        elif column in features.levels:
            lines += ['role = "feature"', 'kind = "category"']
            lines += [f"levels = {quote(features.levels[column])}"]
            lines += [f"reference = {quote(features.levels[column][0])}"]
            if column in features.fills:
                lines += ['missing = "impute"']
        else:
            lines += ['role = "feature"', 'kind = "number"']
            if column in features.fills:
                lines += ['missing = "impute"']
    lines += ["[[columns]]", f"name = {quote(target)}", 'role = "target"', 'kind = "category"']
    return "\n".join(lines) + "\n"


def _check_scores(model, estimator, X, raw, classes, sigmoid):
    """Refuses a model that scores a row otherwise than the estimator."""
    if sigmoid is None:
        theirs = np.asarray(estimator.decision_function(X), dtype=float)
    else:
        p = estimator.predict_proba(X)
        theirs = np.log(p[:, 1]) - np.log(p[:, 0])
    frame = _linecall.Frame.table("X", _table(X, raw))
    ours = model._inner.scores(model._inner.design_of(frame))
    names = _inputs.class_names(classes)
    if theirs.ndim == 1:
        sign = 1.0 if model.positive == names[1] else -1.0
        ours = sign * ours[:, 0]
    else:
        ours = ours[:, [model.classes.index(name) for name in names]]
    # A probability next to 0 or 1 has lost the digits of its score.
    near = np.isfinite(theirs) & (np.abs(theirs) < (20 if sigmoid else np.inf))
    scale = max(1.0, float(np.abs(theirs[near]).max(initial=0.0)))
    apart = np.where(near, np.abs(ours - theirs), 0.0)
    limit = (1e-6 if sigmoid else SAME) * scale
    if (apart > limit).any():
        row = int(np.argwhere(apart > limit)[0][0])
        raise Error(
            f"row {row + 1} of X has score {np.ravel(theirs[row])[0]!r} by the estimator and "
            f"{np.ravel(ours[row])[0]!r} by the model that was read from it; a missing value or a "
            "category that was not seen in training is treated otherwise"
        )
