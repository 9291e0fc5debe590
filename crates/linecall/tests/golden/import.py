"""Models and predictions of LIBLINEAR and scikit-learn, for the tests of `import`.

Needs liblinear-train and liblinear-predict on the path, and scikit-learn:

    python3 crates/linecall/tests/golden/import.py

writes `import.json`: the rows, and for every model its file and what its own program says of the
rows: called classes, and probabilities where it has them.
"""

import json
import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import sklearn
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

random.seed(7)
N, D = 60, 4


def rows():
    return [[round(random.gauss(0, 1 + j), 3) for j in range(D)] for _ in range(N)]


X = rows()
SIGNAL = [x[0] + 0.5 * x[1] - 0.3 * x[2] + random.gauss(0, 0.6) for x in X]
LABELS = {
    "two": ["1" if s > 0 else "-1" for s in SIGNAL],
    "three": ["7" if s > 1 else "2" if s > -1 else "30" for s in SIGNAL],
}


def libsvm(labels):
    lines = []
    for x, y in zip(X, labels):
        lines.append(y + "".join(f" {j + 1}:{v}" for j, v in enumerate(x)))
    return "\n".join(lines) + "\n"


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


def liblinear():
    found = []
    with tempfile.TemporaryDirectory() as folder:
        data, model, out = (str(Path(folder) / name) for name in ("data", "model", "out"))
        for name, labels in LABELS.items():
            Path(data).write_text(libsvm(labels))
            for solver in range(8):
                for bias in ("-1", "2.5"):
                    run("liblinear-train", "-q", "-s", str(solver), "-B", bias, data, model)
                    case = {"labels": name, "solver": solver, "model": Path(model).read_text()}
                    run("liblinear-predict", data, model, out)
                    case["called"] = Path(out).read_text().split()
                    if solver in (0, 6, 7):
                        run("liblinear-predict", "-b", "1", data, model, out)
                        head, *rest = Path(out).read_text().splitlines()
                        case["order"] = head.split()[1:]
                        case["probability"] = [[float(v) for v in r.split()[1:]] for r in rest]
                    found.append(case)
    return found


def dump(clf, names=None, scaler=None):
    out = {k: getattr(clf, k).tolist() for k in ("coef_", "intercept_", "classes_")}
    out["estimator"] = type(clf).__name__
    if names:
        out["feature_names_in_"] = names
    if scaler is not None:
        out.update(mean_=scaler.mean_.tolist(), scale_=scaler.scale_.tolist())
    return out


def scikit_learn():
    found = []
    x = np.array(X)
    names = [f"x{j}" for j in range(D)]
    for name, labels in LABELS.items():
        words = np.array(["c" + y for y in labels])
        estimators = [
            (LogisticRegression(), True),
            (LinearDiscriminantAnalysis(), True),
            (LinearSVC(), False),
            (RidgeClassifier(), False),
            (SGDClassifier(loss="log_loss", random_state=0), True),
            (make_pipeline(StandardScaler(), LogisticRegression()), True),
        ]
        for estimator, probabilities in estimators:
            estimator.fit(x, words)
            scaler, clf = None, estimator
            if hasattr(estimator, "steps"):
                scaler, clf = estimator[0], estimator[-1]
            case = {
                "labels": name,
                "model": dump(clf, names, scaler),
                "called": estimator.predict(x).tolist(),
            }
            if isinstance(clf, SGDClassifier):
                case["model"]["link"] = "one_vs_rest"
            if probabilities:
                case["probability"] = estimator.predict_proba(x).tolist()
            found.append(case)
    return found


if __name__ == "__main__":
    golden = {
        "command": "python3 crates/linecall/tests/golden/import.py",
        "versions": {"scikit-learn": sklearn.__version__, "liblinear": "2.3.0"},
        "rows": X,
        "liblinear": liblinear(),
        "scikit_learn": scikit_learn(),
    }
    path = Path(__file__).with_name("import.json")
    path.write_text(json.dumps(golden) + "\n")
