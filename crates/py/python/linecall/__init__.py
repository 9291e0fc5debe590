"""Linear classification whose every call you can challenge.

Estimators follow scikit-learn's conventions and its objectives; answers are objects that show
themselves in a notebook.

>>> import linecall
>>> from sklearn.datasets import load_breast_cancer
>>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
>>> model = linecall.LogisticRegression(C=0.1).fit(X, y)
>>> model.predict(X[:3])
array([0, 0, 0])
"""

from ._answers import Answer
from ._bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from ._discriminant import LinearDiscriminantAnalysis
from ._fair import FairClassifier
from ._foreign import from_sklearn
from ._linecall import Error, __version__
from ._logistic import LogisticRegression
from ._logistic_cv import LogisticRegressionCV
from ._model import Model
from ._progress import progress
from ._questions import (
    audit,
    challenge,
    diagnose,
    explain,
    fairness,
    forget,
    inference,
    multiplicity,
    recourse,
)
from ._remarks import Remark
from ._ridge import RidgeClassifier
from ._scorecard import RiskScore, Scorecard
from ._sgd import SGDClassifier
from ._svc import LinearSVC

__all__ = [
    "Answer",
    "BernoulliNB",
    "ComplementNB",
    "Error",
    "FairClassifier",
    "GaussianNB",
    "LinearDiscriminantAnalysis",
    "LinearSVC",
    "LogisticRegression",
    "LogisticRegressionCV",
    "Model",
    "MultinomialNB",
    "Remark",
    "RidgeClassifier",
    "RiskScore",
    "SGDClassifier",
    "Scorecard",
    "__version__",
    "audit",
    "challenge",
    "diagnose",
    "explain",
    "fairness",
    "forget",
    "from_sklearn",
    "inference",
    "multiplicity",
    "progress",
    "recourse",
]
