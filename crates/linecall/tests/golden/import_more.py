"""Models of skl2onnx and Vowpal Wabbit, and what onnxruntime and VW say of rows.

    pip install scikit-learn skl2onnx onnxruntime vowpalwabbit
    python import_more.py

writes onnx/*.onnx and import_more.json beside itself. Made with scikit-learn 1.9.1, skl2onnx 1.20.0,
onnxruntime 1.32.0 and vowpalwabbit 9.11.9.
"""

import json
import os
import random

import numpy as np
import onnxruntime
import vowpalwabbit
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

HERE = os.path.dirname(os.path.abspath(__file__))
x, y = load_iris(return_X_y=True)
x = x.astype(np.float32)
ROWS = x[::6]


def onnx(name, model, x, y, **options):
    model.fit(x, y)
    made = to_onnx(model, x[:1], **options)
    path = os.path.join(HERE, "onnx", name + ".onnx")
    with open(path, "wb") as file:
        file.write(made.SerializeToString())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    called, numbers = session.run(None, {session.get_inputs()[0].name: ROWS})
    return {"name": name, "called": [str(c) for c in called], "numbers": np.asarray(numbers).tolist()}


def cases_of_onnx():
    two = y < 2
    names = np.array(["setosa", "versicolor", "virginica"])
    plain = {"options": {"zipmap": False}}
    out = [
        onnx("binary", LogisticRegression(), x[two], y[two], **plain),
        onnx("strings", LogisticRegression(), x[two], names[y[two]], **plain),
        onnx("multi", LogisticRegression(), x, names[y], **plain),
        onnx("scaled", make_pipeline(StandardScaler(), LogisticRegression()), x, y, **plain),
        onnx("svc", LinearSVC(), x[two], y[two]),
        onnx("svc3", LinearSVC(), x, y),
    ]
    for name, model, labels in [
        ("refused_sgd", SGDClassifier(loss="log_loss", random_state=0), y),
        ("refused_regressor", LinearRegression(), y.astype(float)),
        ("refused_ovr", OneVsRestClassifier(LogisticRegression()), y),
    ]:
        with open(os.path.join(HERE, "onnx", name + ".onnx"), "wb") as file:
            file.write(to_onnx(model.fit(x, labels), x[:1]).SerializeToString())
    return out


def rows_of_vw():
    random.seed(1)
    out = []
    for _ in range(200):
        age, income = random.gauss(40, 10), random.gauss(2, 1)
        city = random.choice(["Bern", "Oslo", "Rome"])
        up = 0.05 * (age - 40) + income - 2 + 0.8 * (city == "Oslo") + random.gauss(0, 0.5) > 0
        out.append((1 if up else -1, round(age, 3), round(income, 3), city))
    return out


def vw(name, options, rows, label, space="", names=True):
    file = "/tmp/vw_model.txt"
    how = "--invert_hash" if names else "--readable_model"
    workspace = vowpalwabbit.Workspace(f"{options} {how} {file} -b 12 --quiet")
    lines = [f"|{space} age:{a} income:{i} city={c}" for _, a, i, c in rows]
    for row, line in zip(rows, lines):
        workspace.learn(f"{label(row)} {line}")
    said = [workspace.predict(line) for line in lines[:40]]
    workspace.finish()
    with open(file) as text:
        return {"name": name, "model": text.read(), "said": said}


def cases_of_vw():
    rows = rows_of_vw()
    sign = lambda row: row[0]
    third = lambda row: 1 + (row[1] > 36) + (row[1] > 44)
    log = "--loss_function logistic"
    return [list(row[1:]) for row in rows[:40]], [
        vw("names", log, rows, sign),
        vw("namespace", log + " --link logistic", rows, sign, space="person"),
        vw("hashes", log, rows, sign, names=False),
        vw("noconstant", log + " --noconstant --save_resume", rows, sign),
        vw("oaa", "--oaa 3 " + log, rows, third),
        vw("refused_quadratic", log + " -q ::", rows, sign),
        vw("refused_csoaa", "--csoaa 3", rows, lambda row: f"{third(row)}:0 {third(row) % 3 + 1}:1"),
        vw("refused_nn", log + " --nn 2", rows, sign),
    ]


if __name__ == "__main__":
    os.makedirs(os.path.join(HERE, "onnx"), exist_ok=True)
    rows, models = cases_of_vw()
    out = {"rows": ROWS.tolist(), "onnx": cases_of_onnx(), "vw_rows": rows, "vw": models}
    with open(os.path.join(HERE, "import_more.json"), "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")
