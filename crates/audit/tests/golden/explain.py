"""Golden numbers for explanations, from scikit-learn's Ridge and the shap package.

    pip install scikit-learn==1.9.1 shap==0.51.0
    python crates/audit/tests/golden/explain.py > crates/audit/tests/golden/explain.json

LIME's surrogate is Ridge on all 2^s masks with the kernel as sample weight; its strength is scaled to
the total weight that the expectation of `draws` masks has. Kernel SHAP is shap.KernelExplainer with
all coalitions.
"""

import itertools
import json

import numpy as np
import shap
from sklearn.linear_model import Ridge

COEF = np.array([0.8, -1.2, 0.3, 2.0, -0.5, 0.1])
ROW = np.array([1.0, 2.0, -1.0, 0.5, 3.0, 0.0])
BACK = np.array([0.2, 0.1, 0.4, -0.3, 1.0, 1.0])


def score(x):
    return x @ COEF + 0.25


def product(x):
    """Not linear: a logistic of the score and a pair of columns."""
    return 1 / (1 + np.exp(-(score(x) + 0.7 * x[:, 0] * x[:, 3])))


def lime(f, kernel, ridge, draws):
    s = len(ROW)
    masks = np.array(list(itertools.product([0.0, 1.0], repeat=s)))
    rows = np.where(masks == 1, ROW, BACK)
    weight = np.array([kernel(m, s) for m in masks.sum(axis=1)]) * (draws - 1) / len(masks)
    weight[-1] += 1.0
    fit = Ridge(alpha=ridge, tol=1e-14, solver="cholesky").fit(masks, f(rows), sample_weight=weight)
    r2 = fit.score(masks, f(rows), sample_weight=weight)
    return dict(weights=fit.coef_.tolist(), intercept=float(fit.intercept_), r2=float(r2))


def cosine(width):
    return lambda m, s: np.sqrt(np.exp(-((1 - np.sqrt(m / s)) ** 2) / width**2))


def euclid(m, s):
    return np.sqrt(np.exp(-(s - m) / (0.75**2 * s)))


def kernel_shap(f):
    explainer = shap.KernelExplainer(f, BACK[None, :])
    values = explainer.shap_values(ROW[None, :], nsamples=2**12, l1_reg=False, silent=True)
    return dict(weights=np.ravel(values).tolist(), intercept=float(np.ravel(explainer.expected_value)[0]))


print(
    json.dumps(
        dict(
            coef=COEF.tolist(),
            row=ROW.tolist(),
            background=BACK.tolist(),
            score=dict(
                cosine=lime(score, cosine(0.25), 1.0, 1000),
                euclidean=lime(score, euclid, 1.0, 5000),
                short=lime(score, cosine(0.5), 2.5, 12),
                shap=kernel_shap(score),
            ),
            product=dict(
                cosine=lime(product, cosine(0.25), 1.0, 1000),
                euclidean=lime(product, euclid, 1.0, 5000),
                short=lime(product, cosine(0.5), 2.5, 12),
                shap=kernel_shap(product),
            ),
        )
    )
)
