"""Coefficients, intercepts and probabilities by scikit-learn, for the tests of closed forms.

Run from this folder, with scikit-learn installed:

    python3 direct.py > direct.json

Class functions are given as scikit-learn holds them; functions that differ by one that all classes
share are the same classifier, and the tests compare differences.
"""
import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.covariance import empirical_covariance, ledoit_wolf, oas
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Perceptron, SGDClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
rng = np.random.default_rng(11)
n, d = 70, 6
three = np.sort(rng.integers(0, 3, n))
rng.shuffle(three)
binary = (three == 2).astype(int)
rates = rng.gamma(1.0, 1.0, (3, d))
counts = rng.poisson(rates[three]).astype(float)
bits = (counts > 0).astype(float)
mixing = rng.normal(size=(d, d))
real = np.round(rng.normal(size=(n, d)) @ mixing + 1.2 * three[:, None] * rates[1] + [0, 50, 0, -3, 0, 1000], 3)
weights = np.round(rng.uniform(0.2, 3.0, n), 2)
targets = dict(three=three, binary=binary)
designs = dict(counts=counts, bits=bits, real=real)
cases = []


def case(learner, design, target, weighted=False, **settings):
    """A case without its answer, the rows, the classes and the weights."""
    y = targets[target]
    out = dict(learner=learner, design=design, target=target, weighted=weighted, settings=settings)
    cases.append(out)
    return out, designs[design], y, dict(sample_weight=weights) if weighted else {}


for target in targets:
    k = len(np.unique(targets[target]))
    for weighted in (False, True):
        for alpha, fit_prior in ((1.0, True), (0.1, False)):
            out, x, y, kw = case("multinomial", "counts", target, weighted, alpha=alpha, fit_prior=fit_prior)
            m = MultinomialNB(alpha=alpha, fit_prior=fit_prior).fit(x, y, **kw)
            out.update(coef=m.feature_log_prob_.tolist(), intercept=m.class_log_prior_.tolist(),
                       probability=m.predict_proba(x[:20]).tolist())
            out, x, y, kw = case("bernoulli", "bits", target, weighted, alpha=alpha, fit_prior=fit_prior)
            m = BernoulliNB(alpha=alpha, fit_prior=fit_prior, binarize=None).fit(x, y, **kw)
            absent = np.log1p(-np.exp(m.feature_log_prob_))
            out.update(coef=(m.feature_log_prob_ - absent).tolist(),
                       intercept=(m.class_log_prior_ + absent.sum(axis=1)).tolist(),
                       probability=m.predict_proba(x[:20]).tolist())
        for norm in (False, True):
            out, x, y, kw = case("complement", "counts", target, weighted, alpha=0.5, norm=norm)
            m = ComplementNB(alpha=0.5, norm=norm).fit(x, y, **kw)
            out.update(coef=m.feature_log_prob_.tolist(), intercept=[0.0] * k, calls=m.predict(x).tolist())


class Estimator:
    """A covariance estimator for LinearDiscriminantAnalysis from a function of centred rows."""

    def __init__(self, f):
        self.f = f

    def fit(self, x):
        self.covariance_ = self.f(x)
        return self


def in_deviations(f):
    """The estimate between columns of unit deviation, taken back to the columns' own units."""
    def estimate(x):
        scaler = StandardScaler()
        c = f(scaler.fit_transform(x))
        return scaler.scale_[:, None] * c * scaler.scale_[None, :]
    return estimate


def lda(target, by, standardize, priors=None, unit=1.0, **how):
    out, x, y, _ = case("lda", "real", target, shrinkage=by, standardize=standardize, priors=priors)
    x = x / unit
    m = LinearDiscriminantAnalysis(solver="lsqr", priors=priors, **how).fit(x, y)
    coef, intercept = m.coef_ / unit, m.intercept_
    if coef.shape[0] == 1:  # one score for two classes
        coef, intercept = np.vstack([0 * coef, coef]), np.array([0.0, intercept[0]])
    out.update(coef=coef.tolist(), intercept=intercept.tolist(), probability=m.predict_proba(x[:20]).tolist())


for target, priors in (("three", [0.2, 0.5, 0.3]), ("binary", [0.25, 0.75])):
    lda(target, "none", True)
    lda(target, "none", False, priors)
    lda(target, 0.3, False, shrinkage=0.3)
    y = targets[target]
    within = sum(((real[y == k] - real[y == k].mean(axis=0)) ** 2).sum(axis=0) for k in np.unique(y)) / n
    lda(target, 0.3, True, unit=np.sqrt(within), shrinkage=0.3)
    lda(target, "auto", True, shrinkage="auto")
    lda(target, "auto", True, priors, shrinkage="auto")
    lda(target, "auto", False, covariance_estimator=Estimator(lambda x: ledoit_wolf(x)[0]))
    lda(target, "oas", False, covariance_estimator=Estimator(lambda x: oas(x)[0]))
    lda(target, "oas", True, covariance_estimator=Estimator(in_deviations(lambda x: oas(x)[0])))
    # Gaussian naive Bayes with shared variances: the discriminant with a diagonal covariance.
    out, x, y, _ = case("gaussian", "real", target)
    m = LinearDiscriminantAnalysis(
        solver="lsqr",
        covariance_estimator=Estimator(lambda x: np.diag(np.diag(empirical_covariance(x))))).fit(x, y)
    coef, intercept = m.coef_, m.intercept_
    if coef.shape[0] == 1:
        coef, intercept = np.vstack([0 * coef, coef]), np.array([0.0, intercept[0]])
    out.update(coef=coef.tolist(), intercept=intercept.tolist(), probability=m.predict_proba(x[:20]).tolist())

for target in targets:
    for standardize in (False, True):
        for threshold in (None, 0.4, 1.5):
            out, x, y, _ = case("centroid", "real", target, standardize=standardize, threshold=threshold)
            scaler = StandardScaler().fit(x) if standardize else None
            m = NearestCentroid(shrink_threshold=threshold).fit(scaler.transform(x) if standardize else x, y)
            scale = scaler.scale_ if standardize else np.ones(d)
            centre = scaler.mean_ if standardize else np.zeros(d)
            c = m.centroids_
            coef = c / scale
            out.update(coef=coef.tolist(), intercept=(-0.5 * (c ** 2).sum(axis=1) - coef @ centre).tolist(),
                       calls=m.predict(scaler.transform(x) if standardize else x).tolist())

for epochs in (1, 3):
    for average in (False, True):
        out, x, y, _ = case("perceptron", "counts", "binary", epochs=epochs, average=average)
        m = SGDClassifier(loss="perceptron", penalty=None, learning_rate="constant", eta0=1.0, shuffle=False,
                          max_iter=epochs, tol=None, average=average).fit(x, y)
        if not average:
            same = Perceptron(shuffle=False, max_iter=epochs, tol=None).fit(x, y)
            assert np.array_equal(same.coef_, m.coef_)
        out.update(coef=[[0.0] * d, m.coef_[0].tolist()], intercept=[0.0, m.intercept_[0]],
                   calls=m.predict(x).tolist())

json.dump(dict(command="python3 direct.py > direct.json", scikit_learn=sklearn.__version__,
               weights=weights.tolist(), three=three.tolist(), binary=binary.tolist(),
               **{name: x.tolist() for name, x in designs.items()}, cases=cases), sys.stdout)
