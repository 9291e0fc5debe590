"""Golden numbers for the group metrics, from SciPy, statsmodels and fairlearn.

    pip install scipy==1.17.1 statsmodels==0.15.0 fairlearn==0.15.0
    python crates/audit/tests/golden/fairness.py > crates/audit/tests/golden/fairness.json
"""

import json

import numpy as np
from fairlearn.metrics import (
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equalized_odds_difference,
)
from scipy.stats import binom
from sklearn.metrics import accuracy_score
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


def shares():
    out = []
    for k, n in [(0, 1), (1, 1), (0, 17), (3, 10), (50, 100), (99, 100), (12, 4000), (30000, 100000)]:
        for level in (0.9, 0.95, 0.999):
            low, high = proportion_confint(k, n, alpha=1 - level, method="beta")
            out.append(dict(k=k, n=n, level=level, low=float(low), high=float(high)))
    return out


def differences():
    out = []
    for k1, n1, k2, n2 in [(56, 70, 48, 80), (9, 10, 3, 10), (0, 10, 0, 20), (10, 10, 0, 10), (500, 900, 480, 1000)]:
        low, high = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
        out.append(dict(k1=k1, n1=n1, k2=k2, n2=n2, low=float(low), high=float(high)))
    return out


def quantile_ranks():
    """Ranks (from 1) of the order statistics around a quantile; 0 and n + 1 where there is none."""
    out = []
    for n, q, level in [(3, 0.5, 0.95), (6, 0.5, 0.95), (20, 0.5, 0.95), (50, 0.9, 0.9), (101, 0.25, 0.99)]:
        tail = (1 - level) / 2
        low = max([j for j in range(1, n + 1) if binom.cdf(j - 1, n, q) <= tail], default=0)
        high = min([k for k in range(1, n + 1) if binom.sf(k - 1, n, q) <= tail], default=n + 1)
        out.append(dict(n=n, q=q, level=level, low=low, high=high))
    return out


def cases():
    out = []
    for seed, groups, weighted in [(1, 2, False), (2, 3, False), (3, 2, True), (4, 5, True)]:
        rng = np.random.default_rng(seed)
        n = 200
        group = rng.integers(0, groups, n)
        truth = (rng.random(n) < 0.3 + 0.1 * group).astype(int)
        called = (rng.random(n) < 0.2 + 0.4 * truth + 0.05 * group).astype(int)
        weight = rng.integers(1, 5, n).astype(float) if weighted else np.ones(n)
        kw = dict(sensitive_features=group, sample_weight=weight)
        acc = [
            accuracy_score(truth[group == g], called[group == g], sample_weight=weight[group == g])
            for g in range(groups)
        ]
        out.append(
            dict(
                group=[f"g{g}" for g in group],
                truth=truth.tolist(),
                called=called.tolist(),
                weight=weight.tolist(),
                demographic_parity=float(demographic_parity_difference(truth, called, **kw)),
                ratio=float(demographic_parity_ratio(truth, called, **kw)),
                equal_opportunity=float(equal_opportunity_difference(truth, called, **kw)),
                equalised_odds=float(equalized_odds_difference(truth, called, **kw)),
                accuracy=[float(a) for a in acc],
            )
        )
    return out


print(json.dumps(dict(shares=shares(), differences=differences(), ranks=quantile_ranks(), cases=cases())))
