"""Leverages, residuals, Cook's distances, DFBETAS, VIFs and condition indices, by statsmodels, numpy
and R's car, for the golden tests.

Run from this folder, with statsmodels installed and, for the generalised VIFs, R with car
(Debian package r-cran-car):

    python3 diagnose.py > diagnose.json

Targets of the squared loss are -1 and +1, as in linecall.
"""
import json
import subprocess
import sys
import tempfile

import numpy as np
import statsmodels
import statsmodels.api as sm
from statsmodels.stats.outliers_influence import OLSInfluence, variance_inflation_factor

rng = np.random.default_rng(11)
n = 60
age = np.round(rng.uniform(20, 70, n), 1)
income = np.round(800 + 30 * age + rng.normal(0, 300, n), 0)
debt = np.round(0.3 * income + rng.normal(0, 60, n), 0)
purpose = rng.choice(["car", "house", "other"], n, p=[0.5, 0.3, 0.2])
car, house = (purpose == "car").astype(float), (purpose == "house").astype(float)
raw = 0.05 * (age - 45) + 0.0006 * (income - 2100) + 0.8 * car - 0.4 + rng.logistic(size=n)
y = (raw > 0).astype(int)
x = np.column_stack([age, income, debt, car, house])
x1 = np.column_stack([np.ones(n), x])

ols = OLSInfluence(sm.OLS(2.0 * y - 1.0, x1).fit())
glm_fit = sm.GLM(y, x1, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
glm = glm_fit.get_influence()


def indices(z):
    """Belsley, Kuh and Welsch: columns of length one, not centred."""
    z = z / np.sqrt((z**2).sum(axis=0))
    _, values, vt = np.linalg.svd(z, full_matrices=False)
    phi = (vt.T / values) ** 2
    return dict(values=values.tolist(), indices=(values[0] / values).tolist(),
                shares=(phi / phi.sum(axis=1, keepdims=True)).T.tolist(),
                condition=float(np.linalg.cond(z)))


def car_vif():
    """GVIF of the linear model and of the logistic fit, by car::vif."""
    lines = ["age,income,debt,purpose,y"]
    lines += [f"{a},{i},{d},{p},{t}" for a, i, d, p, t in zip(age, income, debt, purpose, y)]
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        program = f"""
            suppressMessages(library(car))
            d <- read.csv("{file.name}")
            d$purpose <- relevel(factor(d$purpose), ref = "other")
            m <- lm(y ~ age + income + debt + purpose, data = d)
            g <- glm(y ~ age + income + debt + purpose, data = d, family = binomial,
                     control = glm.control(epsilon = 1e-14, maxit = 100))
            show <- function(v) cat(sprintf("%.15g", v[, "GVIF"]), "\\n")
            show(vif(m)); show(vif(g))
            cat(as.character(packageVersion("car")), "\\n")
        """
        out = subprocess.run(["Rscript", "-e", program], capture_output=True, text=True, check=True)
        linear, logistic, version = out.stdout.strip().splitlines()
        return [float(v) for v in linear.split()], [float(v) for v in logistic.split()], version


def listed(values):
    return [float(v) for v in values]


linear, logistic, version = car_vif()
json.dump(dict(
    made_by=f"diagnose.py, statsmodels {statsmodels.__version__}, numpy {np.__version__}, car {version.strip()}",
    columns=["age", "income", "debt", "purpose = car", "purpose = house"],
    x=x.tolist(), y=y.tolist(),
    ols=dict(
        params=listed(ols.results.params), leverage=listed(ols.hat_matrix_diag),
        internal=listed(ols.resid_studentized_internal), external=listed(ols.resid_studentized_external),
        cook=listed(ols.cooks_distance[0]), dfbetas=ols.dfbetas.tolist(),
        left_out=(x1 * ols.params_not_obsi).sum(axis=1).tolist()),
    glm=dict(
        params=listed(glm_fit.params), leverage=listed(glm.hat_matrix_diag),
        pearson=listed(glm_fit.resid_pearson), deviance=listed(glm_fit.resid_deviance),
        response=listed(glm_fit.resid_response), studentized=listed(glm.resid_studentized),
        cook=listed(glm.cooks_distance[0]), dfbetas=glm.dfbetas.tolist()),
    vif=[float(variance_inflation_factor(x1, j)) for j in range(1, x1.shape[1])],
    gvif=dict(sources=["age", "income", "debt", "purpose"], linear=linear, logistic=logistic),
    conditioning=indices(x1),
), sys.stdout)
print()
