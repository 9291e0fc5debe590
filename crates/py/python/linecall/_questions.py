"""Questions to ask of any linear classifier."""

from __future__ import annotations

import json
import operator

from . import _inputs, _linecall, _remarks
from ._answers import Answer, _given
from ._linecall import Error
from ._model import Model
from ._progress import watch



def _as_model(model, reference=None):
    """The model, which knows its training data where they are given."""
    if reference is None:
        return Model.of(model), None
    given = reference if isinstance(reference, tuple) else (reference,)
    if len(given) > 3:
        raise Error("reference is (X, y) or (X, y, sample_weight)")
    X, y, weight = (*given, None, None)[:3]
    own = Model.of(model, X, y, weight) if y is not None else Model.of(model)
    return own, own.frame(X, y, weight, name="reference")


def _row(row):
    row = operator.index(row)
    if row < 0:
        raise Error(f"row is {row}, expected a position from 0")
    return row + 1


def _ask(question, model, frame, settings, reference=None):
    settings = {key: value for key, value in settings.items() if value is not None}
    text, page, made = _linecall.ask(
        question, model._inner, model.name, frame, json.dumps(settings), reference, watch()
    )
    document = json.loads(text)
    _remarks.warn(document.get("remarks") or [])
    return document, page, None if made is None else Model(made, model.name)


def _word(value):
    """A class as models have it."""
    return None if value is None else _inputs.class_names([value])[0]


def challenge(model, X, row, y=None, *, reference=None, favourable=None, probability=None,
              actions=None, cost=None, ways=None, listing=None, drift=None, epsilon=None,
              false_alarms=None, group=None, redact=(), groups=None, seed=None):
    """One person's case: why the call, what would change it, would another model call otherwise.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall or of scikit-learn, or a model.
    X : data frame, array-like or path
        Rows, among them the person's.
    row : int
        Position of the person in X, from 0. (The document counts rows from 1, as the command does.)
    y : array-like, default=None
        Classes of the rows.
    reference : tuple of (X, y) or (X, y, sample_weight), default=None
        The training data, for the questions that need them.
    favourable : object, default=None
        The class wished for; by default the schema's, or else the positive one.
    probability : float, default=None
        The least probability of it; by default the model must call it.
    actions : str, default=None
        What people can change, in TOML (``docs/recourse.md``).
    cost : {'total', 'max', 'log'}, default=None
        What a change costs.
    ways : int, default=None
        Most ways that are listed.
    listing : {'needed', 'distinct', 'exclusive'}, default=None
        Which ways are listed.
    drift : float, default=None
        Share of itself by which each coefficient may drift without undoing a way.
    epsilon : float, default=None
        How much worse, relative, an equally good model may be.
    false_alarms : float, default=None
        Share of reference rows that are called novel.
    group : str, default=None
        Column whose groups put the call in context.
    redact : sequence of str, default=()
        Columns that are kept out of the case.
    groups : dict of str to array-like, default=None
        More columns of the rows, beside those of X, by name.
    seed : int, default=None
        Seed of what is drawn at random.

    Returns
    -------
    case : Answer
        The case file.

    Examples
    --------
    >>> import linecall
    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> X = X[["mean radius", "mean texture"]]
    >>> fit = linecall.LogisticRegression().fit(X, y)
    >>> case = linecall.challenge(fit, X, 0, y, reference=(X, y))
    >>> case["call"]["class"]
    '0'
    >>> case.to_frame().shape
    (2, 3)
    """
    model, reference = _as_model(model, reference)
    settings = dict(
        row=_row(row), favourable=_word(favourable), probability=probability, actions=actions,
        cost=cost, ways=ways, listing=listing, drift=drift, epsilon=epsilon,
        false_alarms=false_alarms, group=group, redact=list(redact), seed=seed,
    )
    frame = model.frame(X, y, extra=groups)
    document, page, _ = _ask("challenge", model, frame, settings, reference)
    return Answer("challenge", document, page)


def recourse(model, X, row, y=None, **settings):
    """What a person could change to be called as wished, cheapest first; or the proof that nothing
    leads there.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall or of scikit-learn, or a model.
    X : data frame, array-like or path
        Rows, among them the person's.
    row : int
        Position of the person in X, from 0.
    y : array-like, default=None
        Classes of the rows.
    **settings : dict
        As in :func:`challenge`.

    Returns
    -------
    answer : Answer
        ``answer["answer"]`` is 'ways', 'impossible' or 'already_there'.
    """
    case = challenge(model, X, row, y, **settings)
    return Answer("recourse", _given(case["recourse"]), None)


def audit(model, X, y=None, *, reference=None, groups=(), within=None, epsilons=(), people=None,
          level=None, favourable=None, probability=None, actions=None, cost=None, drift=None,
          epsilon=None, false_alarms=None, seed=None):
    """Every question for everybody.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall or of scikit-learn, or a model.
    X : data frame, array-like or path
        The people.
    y : array-like, default=None
        Their classes.
    reference : tuple of (X, y) or (X, y, sample_weight), default=None
        The training data; by default X and y, where they are those.
    groups : sequence of str, or dict of str to array-like, default=()
        Columns of groups: of X by name, or beside X with their values.
    within : str, default=None
        Where all people are, in TOML, for the certificate of recourse.
    epsilons : sequence of float, default=()
        How much worse equally good models may be, for the curve.
    people : int, default=None
        Most people that multiplicity is asked for.
    level : float, default=None
        Level of the intervals.
    favourable, probability, actions, cost, drift, epsilon, false_alarms, seed : default=None
        As in :func:`challenge`.

    Returns
    -------
    report : Answer
        The report.
    """
    if reference is None and y is not None:
        reference_of = _knows(model, X, y)
    else:
        reference_of = reference
    own, given = _as_model(model, reference_of)
    extra = dict(groups) if isinstance(groups, dict) else None
    settings = dict(
        groups=list(groups), within=within, epsilons=[float(e) for e in epsilons], people=people,
        level=level, row=0, favourable=_word(favourable), probability=probability, actions=actions,
        cost=cost, drift=drift, epsilon=epsilon, false_alarms=false_alarms, seed=seed,
    )
    frame = own.frame(X, y, extra=extra)
    document, page, _ = _ask("audit", own, frame, settings, given)
    return Answer("audit", document, page)


def _knows(model, X, y):
    """(X, y) where they are what the model was trained on, else None."""
    try:
        return (X, y) if Model.of(model, X, y)._inner.knows_data else None
    except Error:
        return None


def multiplicity(model, X, y, *, epsilons=(), people=None, **settings):
    """How many people equally good models would call otherwise.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall, or a model that linecall trained.
    X : data frame, array-like or path
        The people.
    y : array-like
        Their classes.
    epsilons : sequence of float, default=()
        How much worse, relative, such models may be.
    people : int, default=None
        Most people that are looked at.
    **settings : dict
        As in :func:`audit`.

    Returns
    -------
    answer : Answer
        Ambiguity and discrepancy, each with both bounds.
    """
    report = audit(model, X, y, epsilons=epsilons, people=people, **settings)
    return Answer("multiplicity", _given(report["multiplicity"]))


def fairness(model, X, y, groups, **settings):
    """How a model calls groups, with exact intervals.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall or of scikit-learn, or a model.
    X : data frame, array-like or path
        The people.
    y : array-like
        Their classes.
    groups : sequence of str, or dict of str to array-like
        Columns of groups: of X by name, or beside X with their values.
    **settings : dict
        As in :func:`audit`.

    Returns
    -------
    answer : Answer
        Rates by group, and the gaps between them.
    """
    report = audit(model, X, y, groups=groups, **settings)
    return Answer("fairness", {"fairness": _given(report["fairness"])})


def explain(model, X, row, *, method=None, background=None, label=None, reference=None):
    """Why one row is scored as it is.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall or of scikit-learn, or a model.
    X : data frame, array-like or path
        Rows.
    row : int
        Position of the row in X, from 0.
    method : {'contributions', 'lime', 'shap'}, default=None
        By default contributions, which are exact.
    background : str, default=None
        What the row is held against (``docs/explain.md``).
    label : object, default=None
        The class whose score is explained; by default all.
    reference : tuple of (X, y), default=None
        The rows that the background is taken from; by default X.

    Returns
    -------
    answer : Answer
        The explanation.
    """
    model, reference = _as_model(model, reference)
    settings = dict(
        row=_row(row), method=method, background=background, **{"class": _word(label)}
    )
    document, page, _ = _ask("explain", model, model.frame(X), settings, reference)
    return Answer("explain", document, page)


def inference(model, X, y, sample_weight=None, *, methods=("model",), cluster=None, confidence=None,
              replicates=None, seed=None, groups=None):
    """How sure a model is of its coefficients.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall, or a model that linecall trained.
    X, y, sample_weight : array-like
        The training data: checked to be those.
    methods : sequence of str, default=('model',)
        Methods, as ``linecall inspect --inference`` names them ('model', 'hc3', 'profile', ...).
    cluster : str, default=None
        The column that says which rows belong together.
    confidence : float, default=None
        Level of the intervals.
    replicates : int, default=None
        Replicates of bootstraps.
    seed : int, default=None
        Seed of bootstraps.
    groups : dict of str to array-like, default=None
        More columns of the rows, such as the clusters. (The training data must then have been so.)

    Returns
    -------
    answer : Answer
        A table for each method that holds, and why others do not.

    Examples
    --------
    >>> import linecall, numpy
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1, 1]
    >>> fit = linecall.LogisticRegression(C=numpy.inf).fit(X, y)
    >>> answer = linecall.inference(fit, X, y)
    >>> list(answer.to_frame()["term"])
    ['(intercept)', 'x0']
    """
    own = Model.of(model, X, y, sample_weight)
    settings = dict(
        methods=[name.replace("-", "_") for name in methods], cluster=cluster, confidence=confidence,
        replicates=replicates, seed=seed,
    )
    frame = own.frame(X, y, sample_weight, extra=groups)
    document, page, _ = _ask("inference", own, frame, settings)
    return Answer("inference", document, page)


def diagnose(model, X, y, sample_weight=None, *, top=None, refits=None):
    """What a fit rests on: margins, separability, weighty rows, collinear columns.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall, or a model that linecall trained.
    X, y, sample_weight : array-like
        The training data.
    top : int, default=None
        How many rows are listed.
    refits : int, default=None
        How many of them are left out for a refit.

    Returns
    -------
    answer : Answer
        The diagnosis.
    """
    own = Model.of(model, X, y, sample_weight)
    frame = own.frame(X, y, sample_weight)
    document, page, _ = _ask("diagnose", own, frame, dict(top=top, refits=refits))
    return Answer("diagnose", document, page)


def forget(model, X, y, rows, sample_weight=None, *, refit=False, salt=""):
    """Take rows out of a model, exactly or within a certified bound, with a receipt.

    Parameters
    ----------
    model : estimator or Model
        A fitted estimator of linecall, or a model that linecall trained.
    X, y, sample_weight : array-like
        The training data: checked to be those.
    rows : sequence of int
        Positions of the rows to be forgotten, from 0.
    refit : bool, default=False
        Whether the rest is fitted to the end.
    salt : str, default=''
        Text that goes into the hashes of the rows.

    Returns
    -------
    answer : Answer
        The receipt; ``answer.model`` is the model without the rows.
    """
    own = Model.of(model, X, y, sample_weight)
    settings = dict(rows=[_row(row) for row in rows], refit=bool(refit), salt=salt)
    frame = own.frame(X, y, sample_weight)
    document, page, made = _ask("forget", own, frame, settings)
    return Answer("forget", document, page, made)
