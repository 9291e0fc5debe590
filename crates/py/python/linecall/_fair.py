"""A classifier whose calls are alike for groups."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from ._base import at_least, one_of
from ._logistic import LogisticRegression
from ._model import Model
from ._questions import _ask

#: Name of the column of groups in what the rule is fitted on.
GROUP = "sensitive_features"


class FairClassifier(ClassifierMixin, BaseEstimator):
    """Logistic regression of two classes with a rule that turns the calls which close gaps between
    groups at the least loss of accuracy (``docs/fairness.md``).

    The rule estimates the group from the other columns, so that :meth:`predict` needs no group.

    Parameters
    ----------
    estimator : LogisticRegression, default=None
        What the model is; by default ``LogisticRegression()``.
    criterion : {'demographic_parity', 'equal_opportunity', 'equalised_odds'}, \
default='demographic_parity'
        What is to be alike.
    delta : float, default=0.05
        Largest gap that is allowed.
    favourable : object, default=None
        The class that is good for the person judged; by default ``classes_[1]``.
    group_share : float, default=None
        Share of the rows on which groups are estimated apart from the rule; None is the default of
        ``linecall fair``.
    random_state : int, default=None
        Seed of that split; None is 0.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The classes.
    estimator_ : LogisticRegression
        The fitted model before the rule.
    model_ : compiled model
        The model with its rule, as in a model file.
    outcome_ : dict
        What ``linecall fair --json`` says of the rule: gaps and accuracy before and after. None where
        no groups were given.
    n_features_in_ : int
        Number of features.

    Examples
    --------
    >>> import numpy as np
    >>> from linecall import FairClassifier
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(0, 2, 2000)
    >>> X = np.column_stack([rng.normal(size=2000) + group, group + rng.normal(0, 0.3, 2000)])
    >>> y = (X[:, 0] + rng.normal(size=2000) > 0.5).astype(int)
    >>> fair = FairClassifier(delta=0.05).fit(X, y, sensitive_features=group)
    >>> plain = fair.estimator_.predict(X)
    >>> gap = lambda calls: abs(calls[group == 0].mean() - calls[group == 1].mean())
    >>> bool(gap(fair.predict(X)) < gap(plain) / 2)
    True
    """

    def __init__(self, estimator=None, *, criterion="demographic_parity", delta=0.05,
                 favourable=None, group_share=None, random_state=None):
        self.estimator = estimator
        self.criterion = criterion
        self.delta = delta
        self.favourable = favourable
        self.group_share = group_share
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None, *, sensitive_features=None):
        """Fit the model, then the rule.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,)
            The class of each row.
        sample_weight : array-like of shape (n_samples,), default=None
            What each row weighs.
        sensitive_features : array-like of shape (n_samples,), default=None
            The group of each row. Without, nothing is to be alike and the calls are the model's.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        one_of("criterion", self.criterion,
               ("demographic_parity", "equal_opportunity", "equalised_odds"))
        at_least("delta", self.delta, 0)
        estimator = LogisticRegression() if self.estimator is None else clone(self.estimator)
        if not isinstance(estimator, LogisticRegression):
            raise ValueError(
                f"estimator is {estimator!r}, expected a linecall.LogisticRegression, whose "
                "probabilities the rule is about"
            )
        self.estimator_ = estimator.fit(X, y, sample_weight)
        self.classes_ = self.estimator_.classes_
        self.n_features_in_ = self.estimator_.n_features_in_
        if hasattr(self.estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.estimator_.feature_names_in_
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is multiclass."
            )
        self.model_, self.outcome_ = self.estimator_.model_, None
        if sensitive_features is not None:
            self._rule(X, y, sample_weight, sensitive_features)
        return self

    def _rule(self, X, y, sample_weight, groups):
        model = Model(self.estimator_.model_)
        if len(groups) != len(y):
            raise ValueError(
                f"sensitive_features has {len(groups)} entries, and there are {len(y)} rows"
            )
        # Groups are texts, whatever they are coded by.
        texts = [str(group) for group in np.asarray(groups).tolist()]
        frame = model.frame(X, y, sample_weight, extra={GROUP: np.array(texts, dtype=object)})
        good = self.classes_[1] if self.favourable is None else self.favourable
        from ._inputs import class_names

        settings = dict(
            groups=[GROUP], criterion=self.criterion, delta=float(self.delta),
            favourable=class_names(np.array([good]))[0], holdout=0.0, group_share=self.group_share,
            seed=int(self.random_state or 0),
        )
        self.outcome_, _, made = _ask("fair", model, frame, settings)
        self.model_ = made._inner

    def predict(self, X):
        """Class of each row, after the rule.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The calls.
        """
        check_is_fitted(self)
        own = self.estimator_
        calls = self.model_.calls(own._design(X))
        back = np.empty_like(own._order)
        back[own._order] = np.arange(len(own._order))
        return self.classes_[back[calls]]

    def predict_proba(self, X):
        """Probability of each class by the model before the rule.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        probability : ndarray of shape (n_samples, 2)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.sparse = True
        return tags
