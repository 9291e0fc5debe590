"""Logistic regression whose penalty is chosen by cross-validation."""

from __future__ import annotations

import json

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.model_selection import check_cv

from . import _linecall
from ._base import at_least
from ._logistic import LogisticRegression, penalty_of
from ._progress import watch


class LogisticRegressionCV(LogisticRegression):
    """Logistic regression with ``C`` chosen by cross-validation.

    All folds are fitted at once, each along the whole path of strengths, each to the optimum; what
    is chosen is what scikit-learn would choose with exact fits on the same folds.

    Parameters
    ----------
    Cs : int or list of float, default=10
        Values of C, or how many to spread evenly between 1e-4 and 1e4 on the log scale.
    l1_ratios : array-like of shape (n_l1_ratios,), default=(0.0,)
        Mixtures of the penalty to try: 0 is L2, 1 is L1.
    fit_intercept : bool, default=True
        Whether there is an intercept.
    cv : int, cross-validation generator or iterable, default=None
        As in scikit-learn: by default five stratified folds.
    scoring : str or callable, default=None
        A scorer of scikit-learn; by default the accuracy.
    solver : str, default='auto'
        As in :class:`LogisticRegression`.
    tol : float, default=1e-9
        As in :class:`LogisticRegression`, of the fit on all rows and of those on folds.
    max_iter : int, default=1000
        Limit on outer iterations.
    class_weight : dict or 'balanced', default=None
        Weights of whole classes.
    n_jobs : int, default=None
        Not used: a fit uses all threads. Present for API consistency by convention.
    refit : bool, default=True
        Whether the best strength is fitted to all rows; otherwise coefficients are means over the
        folds, each at its own best strength.
    random_state : int, RandomState instance or None, default=None
        Not used: nothing is random. Present for API consistency by convention.
    standardize : bool, default=False
        Whether columns are penalised per standard deviation.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients at the best strength.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    C_ : float
        The best value of C.
    l1_ratio_ : float
        The best mixture of the penalty.
    Cs_ : ndarray of shape (n_cs,)
        Values of C that were tried.
    scores_ : ndarray of shape (n_folds, n_l1_ratios, n_cs)
        Score of each fold at each strength.
    coefs_paths_ : ndarray of shape (n_folds, n_l1_ratios, n_cs, n_scores, n_features + 1)
        Coefficients of each fold at each strength, the intercept last.
    n_features_in_ : int
        Number of features.
    n_iter_ : ndarray of shape (n_folds, n_l1_ratios, n_cs)
        Iterations of each fit.

    Examples
    --------
    >>> from linecall import LogisticRegressionCV
    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LogisticRegressionCV(Cs=[0.01, 1.0, 100.0], cv=3, standardize=True).fit(X, y)
    >>> float(model.C_)
    1.0
    """

    def __init__(
        self,
        *,
        Cs=10,
        l1_ratios=(0.0,),
        fit_intercept=True,
        cv=None,
        scoring=None,
        solver="auto",
        tol=1e-9,
        max_iter=1000,
        class_weight=None,
        n_jobs=None,
        refit=True,
        random_state=None,
        standardize=False,
    ):
        self.Cs = Cs
        self.l1_ratios = l1_ratios
        self.fit_intercept = fit_intercept
        self.cv = cv
        self.scoring = scoring
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.refit = refit
        self.random_state = random_state
        self.standardize = standardize

    def fit(self, X, y, sample_weight=None, **params):
        """Choose the strength and fit the model.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            The class of each row.
        sample_weight : array-like of shape (n_samples,), default=None
            What each row weighs, in the fits and in the scores.
        **params : dict
            Metadata for the splitter and the scorer, where routing is enabled.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        at_least("tol", self.tol, 0, strict=True)
        at_least("max_iter", self.max_iter, 1)
        cs = self._values_of_c()
        ratios = [0.0] if self.l1_ratios is None else [float(r) for r in self.l1_ratios]
        task = self._task(X, y, sample_weight)
        own = task.classes[np.argsort(task.order)][task.codes]
        folds = list(check_cv(self.cv, own, classifier=True).split(task.X, own))
        scorer = _Scorer(self, task, own)
        scores = np.empty((len(folds), len(ratios), len(cs)))
        iterations = np.empty(scores.shape, dtype=np.int32)
        paths = []
        for at, ratio in enumerate(ratios):
            coef, intercept, count = _linecall.fit_folds(
                task.design,
                task.codes,
                task.names,
                json.dumps(self._plan(task, ratio)),
                [float(c) for c in cs],
                [np.asarray(train, dtype=np.int64) for train, _ in folds],
                task.weights,
                watch(),
            )
            coef = coef.reshape(*intercept.shape, task.X.shape[1])
            paths.append(np.concatenate([coef, intercept[..., None]], axis=3))
            iterations[:, at] = count
            for fold, (_, held) in enumerate(folds):
                scores[fold, at] = scorer(held, coef[fold], intercept[fold])
        self.Cs_, self.scores_, self.n_iter_ = cs, scores, None
        self._choose(task, ratios, np.stack(paths, axis=1), scores)
        self.n_iter_ = np.maximum(iterations, 1)
        return self

    def _values_of_c(self):
        if isinstance(self.Cs, (int, np.integer)):
            at_least("Cs", self.Cs, 1)
            return np.logspace(-4, 4, int(self.Cs))
        cs = np.asarray(self.Cs, dtype=float)
        if cs.ndim != 1 or not len(cs) or not (cs > 0).all() or not np.isfinite(cs).all():
            raise ValueError(f"Cs is {self.Cs!r}, expected a number of them or a list above 0")
        return cs

    def _plan(self, task, ratio):
        self_penalty = penalty_of(1.0, "deprecated", ratio)
        return {**LogisticRegression._method(_Plain(self), task), "penalty": self_penalty}

    def _choose(self, task, ratios, paths, scores):
        """Fits the best strength to all rows, or takes the mean of the folds' best."""
        if self.refit:
            mean = scores.mean(axis=0)
            at, point = np.unravel_index(np.argmax(mean), mean.shape)
            C, ratio = self.Cs_[point], ratios[at]
            plan = self._plan(task, ratio)
            model = _linecall.fit(
                task.design, task.codes, task.names, json.dumps(plan), ("C", float(C)),
                task.target, task.weights, watch(),
            )
        else:
            flat = scores.reshape(len(scores), -1).argmax(axis=1)
            best = [np.unravel_index(k, scores.shape[1:]) for k in flat]
            C = np.mean([self.Cs_[point] for _, point in best])
            ratio = np.mean([ratios[at] for at, _ in best])
            mean = np.mean([paths[f, at, point] for f, (at, point) in enumerate(best)], axis=0)
            plan = self._plan(task, ratio)
            model = _linecall.assembled(
                task.design, task.codes, task.names, json.dumps(plan), ("C", float(C)),
                mean[:, :-1].tolist(), mean[:, -1].tolist(), task.target, task.weights,
            )
        self._keep(task, model)
        self.C_, self.l1_ratio_ = C, ratio
        self.coefs_paths_ = paths if len(task.classes) == 2 else paths[:, :, :, task.order]

    def score(self, X, y, sample_weight=None, **score_params):
        """Score of the model by ``scoring`` (the accuracy by default).

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            Their classes.
        sample_weight : array-like of shape (n_samples,), default=None
            What each row weighs.
        **score_params : dict
            Metadata for the scorer.

        Returns
        -------
        score : float
            The score.
        """
        if sample_weight is not None:
            score_params["sample_weight"] = sample_weight
        return get_scorer(self.scoring or "accuracy")(self, X, y, **score_params)


class _Plain:
    """The parameters of a search as those of one fit."""

    penalty = "deprecated"
    C = 1.0
    l1_ratio = 0.0

    def __init__(self, search):
        self._search = search

    def __getattr__(self, name):
        return getattr(self._search, name)


class _Scorer:
    """Scores of models on the rows of a fold."""

    def __init__(self, search, task, y):
        self.search, self.task, self.y = search, task, y
        self.scoring = search.scoring

    def __call__(self, held, coef, intercept):
        task = self.task
        weight = None if task.weights is None else task.weights[held]
        if self.scoring is not None and self.scoring != "accuracy":
            return [self._other(held, w, b, weight) for w, b in zip(coef, intercept)]
        scores = _linecall.fold_scores(
            task.design, np.asarray(held, dtype=np.int64), coef.tolist(), intercept.tolist()
        )
        if scores.shape[2] == 1:
            calls = np.where(scores[:, :, 0] > 0, task.positive, 1 - task.positive)
        else:
            calls = scores.argmax(axis=2)
        right = calls == task.codes[held]
        return np.average(right, axis=1, weights=weight)

    def _other(self, held, coef, intercept, weight):
        task = self.task
        plan = LogisticRegression._method(_Plain(self.search), task)
        one = LogisticRegression()
        one.classes_, one._order = task.classes, task.order
        one.n_features_in_ = task.X.shape[1]
        one.model_ = _linecall.assembled(
            task.design, task.codes, task.names, json.dumps(plan), ("C", 1.0),
            coef.tolist(), intercept.tolist(), None, task.weights,
        )
        more = {} if weight is None else {"sample_weight": weight}
        return get_scorer(self.scoring)(one, task.X[held], self.y[held], **more)
