"""The objectives are scikit-learn's: its coefficients, at tolerances tighter than its defaults."""

import numpy as np
import pytest
import sklearn.discriminant_analysis as discriminant
import sklearn.linear_model as linear
import sklearn.naive_bayes as bayes
import sklearn.svm as svm
from numpy.testing import assert_allclose

import linecall

# What scikit-learn's Newton solver leaves at tol=1e-12 on these data.
NEAR = 1e-7


def same(ours, theirs, rtol=NEAR):
    scale = np.abs(theirs.coef_).max()
    # RidgeClassifier of two classes has coefficients of one dimension.
    assert_allclose(ours.coef_, np.atleast_2d(theirs.coef_), rtol=rtol, atol=rtol * scale)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=rtol, atol=rtol * scale)
    assert_allclose(ours.classes_, theirs.classes_)


def logistic(**more):
    return linear.LogisticRegression(solver="newton-cholesky", tol=1e-12, max_iter=10_000, **more)


@pytest.mark.parametrize("C", [1e-3, 1.0, 100.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_logistic_of_two_classes(cancer, C, fit_intercept):
    X, y = cancer
    ours = linecall.LogisticRegression(C=C, fit_intercept=fit_intercept).fit(X, y)
    same(ours, logistic(C=C, fit_intercept=fit_intercept).fit(X, y))
    assert ours.certificate_["duality_gap"] < 1e-9


@pytest.mark.parametrize("C", [0.01, 10.0])
def test_logistic_of_three_classes(iris, C):
    X, y = iris
    ours = linecall.LogisticRegression(C=C).fit(X, y)
    theirs = logistic(C=C).fit(X, y)
    same(ours, theirs)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-8)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_logistic_with_an_l1_part(cancer, l1_ratio):
    X, y = cancer
    ours = linecall.LogisticRegression(C=0.1, l1_ratio=l1_ratio).fit(X, y)
    theirs = linear.LogisticRegression(
        C=0.1, l1_ratio=l1_ratio, solver="saga", tol=1e-9, max_iter=100_000
    ).fit(X, y)
    same(ours, theirs, rtol=1e-5)
    assert (ours.coef_ == 0).any()


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 1.0, 1: 4.0}])
@pytest.mark.parametrize("rows", [False, True])
def test_weights_of_rows_and_classes(weighted, class_weight, rows):
    X, y, s = weighted
    s = s if rows else None
    ours = linecall.LogisticRegression(class_weight=class_weight).fit(X, y, s)
    same(ours, logistic(class_weight=class_weight).fit(X, y, s))
    ridge = linecall.RidgeClassifier(class_weight=class_weight).fit(X, y, s)
    same(ridge, linear.RidgeClassifier(class_weight=class_weight, solver="cholesky").fit(X, y, s))


@pytest.mark.parametrize("alpha", [1e-3, 1.0, 50.0])
def test_ridge(cancer, iris, alpha):
    for X, y in (cancer, iris):
        ours = linecall.RidgeClassifier(alpha=alpha).fit(X, y)
        same(ours, linear.RidgeClassifier(alpha=alpha, solver="cholesky").fit(X, y), rtol=1e-8)


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_support_vectors_without_an_intercept(cancer, loss, C):
    X, y = cancer
    ours = linecall.LinearSVC(loss=loss, C=C, fit_intercept=False).fit(X, y)
    theirs = svm.LinearSVC(
        loss=loss, C=C, fit_intercept=False, dual=True, tol=1e-10, max_iter=10_000_000,
        random_state=0,
    ).fit(X, y)
    same(ours, theirs, rtol=1e-5)


def test_support_vectors_with_a_free_intercept(cancer):
    # A large intercept_scaling makes the penalty of scikit-learn's intercept vanish.
    X, y = cancer
    ours = linecall.LinearSVC(C=0.1).fit(X, y)
    theirs = svm.LinearSVC(
        C=0.1, dual=False, intercept_scaling=1e3, tol=1e-12, max_iter=1_000_000
    ).fit(X, y)
    same(ours, theirs, rtol=1e-5)


def test_support_vectors_of_three_classes_and_l1(iris):
    X, y = iris
    ours = linecall.LinearSVC(penalty="l1", fit_intercept=False).fit(X, y)
    theirs = svm.LinearSVC(
        penalty="l1", dual=False, fit_intercept=False, tol=1e-10, max_iter=1_000_000, random_state=0
    ).fit(X, y)
    same(ours, theirs, rtol=1e-4)


@pytest.mark.parametrize("name", ["MultinomialNB", "BernoulliNB"])
@pytest.mark.parametrize("fit_prior", [True, False])
def test_naive_bayes_of_counts(counts, name, fit_prior):
    X, y = counts
    s = np.random.default_rng(2).uniform(0.5, 2, len(y))
    settings = dict(alpha=0.3, fit_prior=fit_prior)
    ours = getattr(linecall, name)(**settings).fit(X, y, s)
    theirs = getattr(bayes, name)(**settings).fit(X, y, s)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-9, atol=1e-12)
    assert_allclose(ours.class_log_prior_, theirs.class_log_prior_, rtol=1e-12)
    assert_allclose(ours.class_count_, theirs.class_count_, rtol=1e-12)


@pytest.mark.parametrize("norm", [True, False])
def test_complement_naive_bayes(counts, norm):
    X, y = counts
    ours = linecall.ComplementNB(norm=norm).fit(X, y)
    theirs = bayes.ComplementNB(norm=norm).fit(X, y)
    assert (ours.predict(X) == theirs.predict(X)).all()
    # Scores are theirs less their mean over the classes.
    scores = theirs.predict_joint_log_proba(X)
    centred = scores - scores.mean(axis=1, keepdims=True)
    assert_allclose(ours.decision_function(X), centred, rtol=1e-9, atol=1e-12)


def test_gaussian_naive_bayes_is_the_shared_variance_model(iris):
    X, y = iris
    ours = linecall.GaussianNB(var_smoothing=0.0).fit(X, y)
    # The discriminant with a diagonal covariance, written out.
    means = np.array([X[y == k].mean(0) for k in range(3)])
    variance = ((X - means[y]) ** 2).mean(0)
    score = -0.5 * (((X[:, None] - means) ** 2) / variance).sum(2) + np.log(1 / 3)
    expected = np.exp(score - score.max(1, keepdims=True))
    expected /= expected.sum(1, keepdims=True)
    assert_allclose(ours.predict_proba(X), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shrinkage", [None, 0.3, "auto"])
@pytest.mark.parametrize("priors", [None, [0.2, 0.3, 0.5]])
def test_discriminant(iris, shrinkage, priors):
    X, y = iris
    ours = linecall.LinearDiscriminantAnalysis(shrinkage=shrinkage, priors=priors).fit(X, y)
    theirs = discriminant.LinearDiscriminantAnalysis(
        solver="lsqr", shrinkage=shrinkage, priors=priors
    ).fit(X, y)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6, atol=1e-9)


def test_cross_validation_chooses_as_sklearn_does(cancer, iris):
    for X, y in (cancer, iris):
        ours = linecall.LogisticRegressionCV(Cs=6, cv=4).fit(X, y)
        theirs = linear.LogisticRegressionCV(
            Cs=6, cv=4, solver="newton-cholesky", tol=1e-10, max_iter=10_000, scoring="accuracy",
            l1_ratios=(0.0,), use_legacy_attributes=False,
        ).fit(X, y)
        assert_allclose(ours.Cs_, theirs.Cs_)
        assert_allclose(ours.scores_, np.reshape(theirs.scores_, ours.scores_.shape))
        assert_allclose(ours.C_, theirs.C_)
        same(ours, theirs, rtol=1e-6)


def test_cross_validation_by_another_score(weighted):
    X, y, _ = weighted
    cs = [0.001, 0.1, 10.0]
    ours = linecall.LogisticRegressionCV(Cs=cs, cv=3, scoring="neg_log_loss").fit(X, y)
    theirs = linear.LogisticRegressionCV(
        Cs=cs, cv=3, scoring="neg_log_loss", solver="newton-cholesky", tol=1e-12, max_iter=10_000,
        l1_ratios=(0.0,), use_legacy_attributes=False,
    ).fit(X, y)
    # Fits on folds are as near the optimum as those on all rows.
    assert_allclose(ours.scores_, np.reshape(theirs.scores_, ours.scores_.shape), rtol=1e-7)
    assert ours.C_ == theirs.C_


def test_classes_of_any_kind(iris):
    X, y = iris
    plain = linecall.LogisticRegression().fit(X, y)
    # As text, these sort otherwise than as numbers.
    names = np.array(["10", "9", "100"])[y]
    ours = linecall.LogisticRegression().fit(X, names)
    assert list(ours.classes_) == ["10", "100", "9"]
    at = [list(ours.classes_).index(n) for n in ("10", "9", "100")]
    assert_allclose(ours.predict_proba(X)[:, at], plain.predict_proba(X), atol=1e-9)
    assert (ours.predict(X) == np.array(["10", "9", "100"])[plain.predict(X)]).all()
    two = y < 2
    for pair in ([False, True], [-1, 1], ["9", "10"], [2.0, 1.0], ["no", "yes"]):
        own = np.array(pair)[y[two]]
        fit = linecall.LogisticRegression().fit(X[two], own)
        assert (fit.predict(X[two]) == own).all()
        assert ((fit.decision_function(X[two]) > 0) == (own == fit.classes_[1])).all()
        assert_allclose(fit.predict_proba(X[two]).sum(1), 1.0)
