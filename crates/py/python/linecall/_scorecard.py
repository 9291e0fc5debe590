"""Scorecards: whole points for a few conditions, proved."""

from __future__ import annotations

import json

import numpy as np

from . import _linecall
from ._base import LinearClassifier, Probabilities, at_least, class_weight, one_of
from ._progress import watch


class _Card(LinearClassifier):
    """What both losses share."""

    _loss = ""

    def __init__(
        self,
        max_size=5,
        *,
        points=(-5, 5),
        l0=0.0,
        column_points=None,
        signs=None,
        ladder="monotone",
        include=None,
        exclude=None,
        if_then=None,
        max_fpr=None,
        min_tpr=None,
        class_weight=None,
        time=30.0,
        delta=0.0,
        pool=100,
    ):
        self.max_size = max_size
        self.points = points
        self.l0 = l0
        self.column_points = column_points
        self.signs = signs
        self.ladder = ladder
        self.include = include
        self.exclude = exclude
        self.if_then = if_then
        self.max_fpr = max_fpr
        self.min_tpr = min_tpr
        self.class_weight = class_weight
        self.time = time
        self.delta = delta
        self.pool = pool

    def _whole_intercept(self):
        return None

    def _check(self):
        at_least("max_size", self.max_size, 1)
        at_least("l0", self.l0, 0)
        at_least("delta", self.delta, 0)
        at_least("pool", self.pool, 1)
        one_of("ladder", self.ladder, ("any", "monotone", "one"))
        if self.time is not None:
            at_least("time", self.time, 0)

    def _plan(self, task):
        names = [task.names[k] for k in task.order]
        plan = {
            "scorecard": self._loss,
            "max_size": int(self.max_size),
            "l0": float(self.l0),
            "points": points(self.points),
            "column_points": {str(c): points(p) for c, p in (self.column_points or {}).items()},
            "signs": {str(c): sign(s) for c, s in (self.signs or {}).items()},
            "ladder": self.ladder,
            "must_include": [str(c) for c in self.include or ()],
            "must_exclude": [str(c) for c in self.exclude or ()],
            "implies": [[str(a), str(b)] for a, b in self.if_then or ()],
            "class_weight": class_weight(self.class_weight, task.classes, names),
            "positive": task.positive,
        }
        for name, value in (("max_fpr", self.max_fpr), ("min_tpr", self.min_tpr)):
            if value is not None:
                plan[name] = float(value)
        if self._whole_intercept() is not None:
            plan["whole_intercept"] = [int(v) for v in self._whole_intercept()]
        return plan

    def fit(self, X, y, sample_weight=None):
        """Find the best card.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows. Columns of 0 and 1 are conditions; of other columns points are for each unit.
        y : array-like of shape (n_samples,)
            The class of each row, one of two.
        sample_weight : array-like of shape (n_samples,), default=None
            What each row weighs. A weight of 2 is the row twice, a weight of 0 the row gone.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._check()
        task = self._task(X, y, sample_weight)
        if len(task.classes) > 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is multiclass."
            )
        if len(task.classes) < 2:
            raise ValueError(
                f"{type(self).__name__} needs rows of two classes, and all are of one class"
            )
        model, text = _linecall.fit_card(
            task.design,
            task.codes,
            task.names,
            json.dumps(self._plan(task)),
            None if self.time is None else float(self.time),
            float(self.delta),
            int(self.pool),
            task.target,
            task.weights,
            watch(),
        )
        found = json.loads(text)
        self.card_ = found["card"]
        self.pool_ = [(cost, np.array(coef[0], dtype=np.int64)) for cost, coef in found["pool"]]
        self._keep(task, model)
        return self

    @property
    def points_(self):
        """Points of each column, whole numbers: (n_features,)."""
        return self._fitted("points_").coef()[0].astype(np.int64)

    def total(self, X):
        """The sum of the points of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        total : ndarray of shape (n_samples,)
            The sums; the positive class is called from ``card_["from"]`` on.
        """
        return self.decision_function(X) - self.intercept_[0]

    def risk(self, X):
        """The risk of each row: the probability of ``classes_[1]`` that belongs to its total.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        risk : ndarray of shape (n_samples,)
            By the logistic fit of the training rows to their totals. Calls of ``Scorecard``, and of
            cards with caps, need not turn where it passes one half.
        """
        return self._probabilities(self._design(X))[:, 1]

    def to_markdown(self):
        """The card as a table in Markdown.

        Returns
        -------
        text : str
            Conditions with points, then the risk of every total.
        """
        self._fitted("card_")
        lines = ["| condition | points |", "|---|---:|"]
        for variable in self.card_["variables"]:
            for line in variable["lines"]:
                each = " each" if line["per_unit"] else ""
                lines.append(f"| {line['condition']} | {line['points']:+d}{each} |")
        lines += ["", "| total | risk | seen | rows |", "|---:|---:|---:|---:|"]
        for row in self.card_["risks"]:
            low, high = row["low"], row["high"]
            total = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            risk = "" if row["risk"] is None else f"{row['risk']:.1%}"
            lines.append(f"| {total} | {risk} | {row['observed']:.1%} | {row['rows']} |")
        return "\n".join(lines) + "\n"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def points(given):
    """Points as linecall writes them: a range of two numbers, or a list of more."""
    given = [int(v) for v in given]
    if len(given) == 2:
        return {"range": given}
    return {"values": given}


def sign(given):
    """A sign as linecall writes it."""
    if given not in (1, -1, "positive", "negative"):
        raise ValueError(f"a sign is {given!r}, expected 1, -1, 'positive' or 'negative'")
    return "positive" if given in (1, "positive") else "negative"


_PARAMETERS = '''
    Parameters
    ----------
    max_size : int, default=5
        Most conditions.
    points : sequence of int, default=(-5, 5)
        The least and the most points, or, of three numbers and more, all that are allowed; 0 always
        is.
    l0 : float, default={l0}
        What every condition adds to the objective.
    column_points : dict, default=None
        Other points for some columns, by name.
    signs : dict, default=None
        Signs of the points of some columns: 1 or -1.
    ladder : {{'any', 'monotone', 'one'}}, default='monotone'
        How many thresholds of a variable a card may use, where columns are steps of one.
    include : sequence of str, default=None
        Columns that the card must use.
    exclude : sequence of str, default=None
        Columns that the card must not use.
    if_then : sequence of (str, str), default=None
        Where the first column is used, the second is.
    max_fpr : float, default=None
        Largest share of the negative training rows that is called positive.
    min_tpr : float, default=None
        Least share of the positive training rows that is called positive.
    class_weight : dict or 'balanced', default=None
        Weights of whole classes.
    time : float, default=30.0
        Seconds for the proof; ``None`` takes as long as it takes. The certificate says how far it came.
    delta : float, default=0.0
        Cards up to so much above the best are kept in ``pool_``.
    pool : int, default=100
        Most cards that are kept.{more}

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The classes.
    points_ : ndarray of shape (n_features,)
        The points.
    coef_ : ndarray of shape (1, n_features)
        The points, as coefficients.
    intercept_ : ndarray of shape (1,)
        Minus the total at which calls turn.
    card_ : dict
        The card as it is printed, with the risk of every total.
    certificate_ : dict
        Objective (``upper``), bound (``lower``) and ``gap``.
    pool_ : list of (float, ndarray)
        Objectives and points of the cards that were kept, the best first.
    n_features_in_ : int
        Number of features.
'''


class RiskScore(Probabilities, _Card):
    __doc__ = """Whole points of least logistic loss, with the best slope, intercept and threshold.

    The objective is ``mean(log(1 + exp(-y (slope total + b)))) + l0 * size`` over all allowed points,
    slopes above 0 and intercepts; it is minimised to a proof (RiskSLIM: Ustun & Rudin, JMLR, 2019).
""" + _PARAMETERS.format(l0="0.0", more="") + """
    Examples
    --------
    >>> from linecall import RiskScore
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1], [1, 1], [0, 0], [1, 0], [0, 1]]
    >>> y = [0, 0, 1, 1, 1, 0, 0, 1]
    >>> card = RiskScore(max_size=2).fit(X, y)
    >>> card.points_
    array([1, 1])
    >>> card.certificate_["gap"]
    0.0
    """

    _loss = "risk"


class Scorecard(_Card):
    __doc__ = """Whole points of fewest wrong calls: SLIM.

    The objective is the weighted share of wrong calls ``+ l0 * size`` over all allowed points and
    thresholds; it is minimised to a proof (Ustun & Rudin, Machine Learning, 2016). Risks of totals are
    those of a logistic fit to them.
""" + _PARAMETERS.format(l0="0.001", more="""
    whole_intercept : (int, int), default=None
        Range of the whole intercept of SLIM as it was published; a total that cancels it is wrong
        whatever the class. ``None`` puts the threshold between totals.""") + """
    Examples
    --------
    >>> from linecall import Scorecard
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1], [1, 1], [0, 0], [1, 0], [0, 1]]
    >>> y = [0, 0, 0, 1, 1, 0, 0, 0]
    >>> card = Scorecard(max_size=2).fit(X, y)
    >>> card.points_, card.predict([[1, 1], [1, 0]])
    (array([1, 1]), array([1, 0]))
    """

    _loss = "slim"

    def __init__(
        self,
        max_size=5,
        *,
        points=(-5, 5),
        l0=0.001,
        column_points=None,
        signs=None,
        ladder="monotone",
        include=None,
        exclude=None,
        if_then=None,
        max_fpr=None,
        min_tpr=None,
        class_weight=None,
        time=30.0,
        delta=0.0,
        pool=100,
        whole_intercept=None,
    ):
        super().__init__(
            max_size,
            points=points,
            l0=l0,
            column_points=column_points,
            signs=signs,
            ladder=ladder,
            include=include,
            exclude=exclude,
            if_then=if_then,
            max_fpr=max_fpr,
            min_tpr=min_tpr,
            class_weight=class_weight,
            time=time,
            delta=delta,
            pool=pool,
        )
        self.whole_intercept = whole_intercept

    def _whole_intercept(self):
        return self.whole_intercept
