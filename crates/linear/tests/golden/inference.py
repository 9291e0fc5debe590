"""Golden values of inference: statsmodels, R (stats, sandwich, brglm2, glmnet), firthmodels, numpy.

    pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 scikit-learn==1.9.1 firthmodels==0.8.2
    apt-get install r-base-core r-cran-sandwich r-cran-mass r-cran-brglm2 r-cran-glmnet r-cran-jsonlite
    python inference.py > inference.json

R 4.2.2 with sandwich 3.0-2, MASS 7.3-58.2, brglm2 0.9, glmnet 4.1-6.
"""

import json
import subprocess
import tempfile
import warnings

import numpy as np
import statsmodels.api as sm
from firthmodels import FirthLogisticRegression
from scipy.optimize import brentq, minimize
from sklearn.linear_model import Lasso

warnings.simplefilter("ignore")
rng = np.random.default_rng(7)
n, d = 150, 4
x = np.round(rng.normal(size=(n, d)) * [1, 2, 0.5, 3] + [0, 1, 5, -2], 2)
x[:, 3] = (x[:, 3] > -2).astype(float)
cluster = np.repeat(np.arange(30), 5)
effect = rng.normal(size=30)[cluster] * 0.7
eta = 0.8 * x[:, 0] - 0.5 * x[:, 1] + 0.9 * (x[:, 2] - 5) + 0.6 * x[:, 3] + effect
y = (eta + rng.logistic(size=n) > 0).astype(int)
y3 = np.argmax(np.c_[0.6 * eta, np.zeros(n), 0.5 * x[:, 1]] + rng.gumbel(size=(n, 3)), axis=1)
counts = rng.integers(1, 4, size=n)
sampling = np.round(rng.uniform(0.3, 3, size=n), 2)
const = np.c_[np.ones(n), x]

# Two rows of every class beyond a gap in x0: separated.
xs = np.round(np.r_[rng.normal(-1.5, 0.4, (14, 2)), rng.normal(1.5, 0.4, (12, 2))], 2)
xs[:, 1] = np.round(rng.normal(size=26), 2)
ys = np.r_[np.zeros(14), np.ones(12)].astype(int)


def told(fit):
    params = np.asarray(fit.params).T.ravel()
    out = {"params": params, "bse": np.asarray(fit.bse).T.ravel(), "p": np.asarray(fit.pvalues).T.ravel()}
    interval = np.asarray(fit.conf_int()).reshape(-1, 2)
    out["low"], out["high"] = interval[:, 0], interval[:, 1]
    return {k: v.tolist() for k, v in out.items()}


out = {
    "x": x.tolist(), "y": y.tolist(), "y3": y3.tolist(), "cluster": cluster.tolist(),
    "counts": counts.tolist(), "sampling": sampling.tolist(),
    "xs": xs.tolist(), "ys": ys.tolist(),
}
logit = sm.Logit(y, const)
kw = dict(disp=0, tol=1e-14, maxiter=200)
base = logit.fit(**kw)
out["logit"] = told(base) | {
    "llf": base.llf, "llnull": base.llnull, "prsquared": base.prsquared, "llr": base.llr,
    "llr_pvalue": base.llr_pvalue, "df_model": base.df_model, "df_resid": base.df_resid,
}
out["logit_hc0"] = told(logit.fit(cov_type="HC0", **kw))
out["logit_hc1_of_statsmodels"] = told(logit.fit(cov_type="HC1", **kw))
out["logit_cluster"] = told(logit.fit(cov_type="cluster", cov_kwds={"groups": cluster}, **kw))
out["logit_counts"] = told(sm.GLM(y, const, family=sm.families.Binomial(), freq_weights=counts).fit(tol=1e-14, maxiter=200))
sy = 2 * y - 1
ols = sm.OLS(sy, const)
out["ols"] = told(ols.fit())
for kind in ["HC0", "HC1", "HC2", "HC3"]:
    out["ols_" + kind.lower()] = told(ols.fit(cov_type=kind))
out["ols_cluster"] = told(ols.fit(cov_type="cluster", cov_kwds={"groups": cluster}))
mn = sm.MNLogit(y3, const)
fit = mn.fit(method="newton", **kw)
out["mnlogit"] = told(fit) | {"llf": fit.llf, "llnull": fit.llnull, "llr_pvalue": fit.llr_pvalue}
out["mnlogit_hc0"] = told(mn.fit(method="newton", cov_type="HC0", **kw))


# Exact profile limits, by brute force.
def nll(b, X, t):
    e = X @ b
    return np.sum(np.logaddexp(0, e)) - t @ e


def newton(X, t, offset):
    value = lambda b: np.sum(np.logaddexp(0, X @ b + offset)) - t @ (X @ b + offset)
    b = np.zeros(X.shape[1])
    for _ in range(200):
        p = 1 / (1 + np.exp(-(X @ b + offset)))
        g = X.T @ (p - t)
        step = np.linalg.solve((X * (p * (1 - p) + 1e-12)[:, None]).T @ X, g)
        while value(b - step) > value(b) + 1e-12:
            step = step / 2
        b -= step
        if np.abs(step).max() < 1e-12:
            break
    return value(b)


q = 3.841458820694124
profile = []
for j in range(d + 1):
    others = np.delete(const, j, axis=1)
    rise = lambda c: 2 * (newton(others, y, const[:, j] * c) - (-base.llf)) - q
    c, s = base.params[j], base.bse[j]
    zero = rise(0) + q
    profile.append([brentq(rise, c - 3 * s, c, xtol=1e-13), brentq(rise, c, c + 3 * s, xtol=1e-13), zero])
out["profile"] = profile

# l2: the sandwich of a penalised estimate, in raw units.
lam = 0.05
sd = x.std(axis=0)
D = np.diag(np.r_[0, lam * sd**2])
objective = lambda b: nll(b, const, y) / n + 0.5 * b @ D @ b
b = minimize(objective, np.zeros(d + 1), method="BFGS").x
for _ in range(50):
    p = 1 / (1 + np.exp(-const @ b))
    H = (const * (p * (1 - p))[:, None]).T @ const / n
    b = b - np.linalg.solve(H + D, const.T @ (p - y) / n + D @ b)
A = np.linalg.inv(H + D)
psi = const * (p - y)[:, None] + D @ b
out["l2"] = {
    "lambda": lam, "params": b.tolist(),
    "model": np.sqrt(np.diag(A @ H @ A) / n).tolist(),
    "hc0": np.sqrt(np.diag(A @ (psi.T @ psi / n) @ A) / n).tolist(),
    "bias": (-A @ D @ b).tolist(),
}


# Firth by brute force: the penalised likelihood maximised directly, its profile by roots.
def firth_value(b, X, t):
    p = 1 / (1 + np.exp(-X @ b))
    return nll(b, X, t) - 0.5 * np.linalg.slogdet((X * (p * (1 - p))[:, None]).T @ X)[1]


def firth(X, t):
    own = FirthLogisticRegression(max_iter=1000, gtol=1e-11, xtol=1e-11)
    best = minimize(firth_value, np.zeros(X.shape[1]), args=(X, t), method="BFGS", options={"gtol": 1e-9})
    best = minimize(firth_value, best.x, args=(X, t), method="Nelder-Mead",
                    options={"xatol": 1e-11, "fatol": 1e-13, "maxiter": 40000, "maxfev": 40000})
    p = 1 / (1 + np.exp(-X @ best.x))
    bse = np.sqrt(np.diag(np.linalg.inv((X * (p * (1 - p))[:, None]).T @ X)))
    ends = []
    for j in range(X.shape[1]):
        def rise(c):
            start = np.delete(best.x, j)
            held = lambda o: firth_value(np.insert(o, j, c), X, t)
            # Under separation the profile has more than one valley: the lowest counts.
            starts = [start] + [start + np.outer(s, [1, -1])[:, i] for s in [np.full(len(start), 3.0)] for i in (0, 1)]
            starts += [start * np.where(np.arange(len(start)) == k, f, 1) for k in range(len(start)) for f in (-6, 6)]
            fits = [minimize(held, s, method="BFGS", options={"gtol": 1e-9}).fun for s in starts]
            return 2 * (min(fits) - best.fun) - q
        c, s = best.x[j], bse[j]
        ends.append([brentq(rise, c - 20 * s, c, xtol=1e-9), brentq(rise, c, c + 20 * s, xtol=1e-9), rise(0) + q])
    own.fit(X[:, 1:], t)
    peer = own.conf_int(method="pl", max_iter=1000, tol=1e-10)
    return {
        "params": best.x.tolist(), "bse": bse.tolist(), "profile": ends,
        "firthmodels": np.r_[own.intercept_, np.ravel(own.coef_)].tolist(),
        "firthmodels_ci": np.asarray(peer).tolist(),
    }


out["firth"] = firth(const, y)
out["firth_separated"] = firth(np.c_[np.ones(26), xs], ys)

# What R says.
script = """
suppressMessages({library(jsonlite); library(sandwich); library(MASS); library(brglm2); library(glmnet)})
a <- fromJSON(commandArgs(TRUE)[1])
X <- a$x
se <- function(v) as.numeric(sqrt(diag(v)))
tight <- glm.control(epsilon=1e-15, maxit=200)
g <- glm(a$y ~ X, family=binomial, control=tight)
r <- list(confint=unname(suppressMessages(confint(g))))
for (k in c("HC0", "HC1", "HC2", "HC3")) r[[tolower(k)]] <- se(vcovHC(g, type=k))
w <- suppressWarnings(glm(a$y ~ X, family=binomial, weights=a$sampling, control=tight))
r$sampling <- list(params=as.numeric(coef(w)), hc0=se(vcovHC(w, type="HC0")), hc3=se(vcovHC(w, type="HC3")))
r$cluster_hc0 <- se(vcovCL(g, cluster=a$cluster, type="HC1"))
f <- glm(a$y ~ X, family=binomial, method="brglmFit", type="AS_mean", epsilon=1e-12, maxit=1000)
r$firth <- list(params=as.numeric(coef(f)), bse=se(vcov(f)))
XS <- a$xs
f <- glm(a$ys ~ XS, family=binomial, method="brglmFit", type="AS_mean", epsilon=1e-12, maxit=1000)
r$firth_separated <- list(params=as.numeric(coef(f)), bse=se(vcov(f)))
lam <- 0.03
l <- glmnet(a$xl, a$yl, family="binomial", lambda=c(0.2, 0.1, lam), thresh=1e-15, maxit=1e7)
r$lasso <- as.numeric(coef(l, s=lam))
cat(toJSON(r, digits=NA))
"""
# The debiased lasso has rows enough to matter and columns that say nothing.
nl, dl = 200, 12
xl = np.round(rng.normal(size=(nl, dl)) @ (np.eye(dl) + 0.4 * np.eye(dl, k=1)), 2)
yl = (xl[:, 0] - 0.8 * xl[:, 3] + rng.logistic(size=nl) > 0.3).astype(int)
out["xl"], out["yl"] = xl.tolist(), yl.tolist()
with tempfile.TemporaryDirectory() as folder:
    given = {k: out[k] for k in ["x", "y", "xs", "ys", "xl", "yl", "sampling", "cluster"]}
    open(folder + "/in.json", "w").write(json.dumps(given))
    open(folder + "/r.R", "w").write(script)
    text = subprocess.run(["Rscript", folder + "/r.R", folder + "/in.json"], check=True, capture_output=True, text=True)
    out["r"] = json.loads(text.stdout)

# One step from the refit of what glmnet's lasso kept, nodewise lassos by scikit-learn.
b = np.asarray(out["r"]["lasso"])
kept_at = np.r_[0, 1 + np.flatnonzero(b[1:])]
b[kept_at] = sm.Logit(yl, np.c_[np.ones(nl), xl][:, kept_at]).fit(**kw).params
p = 1 / (1 + np.exp(-(b[0] + xl @ b[1:])))
w = p * (1 - p)
centred = xl - (w @ xl) / w.sum()
unit = np.sqrt((w[:, None] * centred**2).mean(axis=0))
root = np.sqrt(w)[:, None] * centred / unit
kept = np.count_nonzero(b[1:])
deb, se = [], []
for j in range(dl):
    others = np.delete(np.arange(dl), j)
    noise = 1.0
    for _ in range(200):
        lasso = Lasso(alpha=noise * np.sqrt(2 * np.log(dl) / nl), fit_intercept=False, tol=1e-14, max_iter=10**6)
        lasso.fit(root[:, others], root[:, j])
        next_noise = np.sqrt(np.mean((root[:, j] - root[:, others] @ lasso.coef_) ** 2))
        done = abs(next_noise - noise) < 1e-9 * noise
        noise = next_noise
        if done:
            break
    tau = root[:, j] @ (root[:, j] - root[:, others] @ lasso.coef_) / nl
    theta = np.zeros(dl)
    theta[j], theta[others] = 1 / tau, -lasso.coef_ / tau
    direction = centred / unit @ theta / unit[j]
    deb.append(b[1 + j] - np.mean(direction * (p - yl)))
    se.append(np.sqrt(np.mean(direction**2 * (p - yl) ** 2) / nl * nl / (nl - kept - 1)))
out["debiased"] = {"params": deb, "bse": se}
print(json.dumps(out))
