"""Scores an export with a public program, on rows that come as a file.

Called as `python3 score.py JOB.json`; prints one JSON document: `version` and `rows`, each a list
[call, probabilities, scores] or null where the row is refused; or `absent`, what is not installed.
"""

import json
import math
import os
import signal
import sys


def number(value):
    value = float(value)
    return value if math.isfinite(value) else None


def rows_of_sql(found, job):
    out = []
    p = job["probabilities"]
    for row in found:
        call, numbers, refused = row[0], row[1:-1], row[-1]
        if refused:
            out.append(None)
            continue
        numbers = [number(v) for v in numbers]
        out.append([call, numbers[:p], numbers[p:]])
    return out


def duckdb(job):
    try:
        import duckdb as engine
    except ImportError:
        return {"absent": "duckdb"}
    con = engine.connect()
    con.execute(job["setup"])
    found = con.execute(job["query"]).fetchall()
    return {"version": "DuckDB " + engine.__version__, "rows": rows_of_sql(found, job)}


def sqlite(job):
    try:
        import sqlite3 as engine
    except ImportError:
        return {"absent": "sqlite3"}
    con = engine.connect(":memory:")
    con.executescript(job["setup"])
    found = con.execute(job["query"]).fetchall()
    return {"version": "SQLite " + engine.sqlite_version, "rows": rows_of_sql(found, job)}


def onnx(job):
    try:
        import numpy
        import onnxruntime
    except ImportError:
        return {"absent": "onnxruntime"}
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
    real = numpy.float32 if job["single"] else numpy.float64
    feed = {}
    names = [i.name for i in session.get_inputs()]
    for name, column in zip(names, job["columns"]):
        if column["kind"] == "text":
            values = numpy.array(column["values"], dtype=object).reshape(-1, 1)
        else:
            values = [math.nan if v is None else v for v in column["values"]]
            values = numpy.array(values, dtype=real).reshape(-1, column["width"])
        feed[name] = values
    found = session.run(None, feed)
    call, score, refused = found[0], found[-2], found[-1]
    probability = found[1] if len(found) == 4 else numpy.zeros((len(score), 0))
    out = []
    for i in range(len(score)):
        if refused[i][0]:
            if call.ndim == 1 and call[i] != "":
                raise SystemExit("a row that is refused has a call")
            out.append(None)
            continue
        said = call[i]
        if call.ndim == 2:
            said = job["mark"].join(c for c, up in zip(job["classes"], said) if up)
        out.append([str(said), [number(p) for p in probability[i]], [number(s) for s in score[i]]])
    return {"version": "onnxruntime " + onnxruntime.__version__, "rows": out}


def pmml(job):
    evaluate, version = jpmml(job) or pypmml(job) or (None, None)
    if evaluate is None:
        return {"absent": "jpmml-evaluator (with py4j or jpype1, and Java) or pypmml"}
    out = []
    for row in job["rows"]:
        found = evaluate(dict(zip(job["names"], row)))
        first = found.get(job["scores"][0]) if found else None
        if first is None or math.isnan(float(first)):
            out.append(None)
            continue
        if job["called"]:
            called = [found.get(name) for name in job["called"]]
            up = [str(value).lower() == "true" for value in called]
            call = job["mark"].join(c for c, u in zip(job["classes"], up) if u)
        else:
            call = str(found.get(job["call"]))
        of = lambda names: [number(found.get(n) if found.get(n) is not None else math.nan) for n in names]
        out.append([call, of(job["probability"]), of(job["scores"])])
    return {"version": version, "rows": out}


def jpmml(job):
    try:
        from jpmml_evaluator import make_evaluator
        import jpmml_evaluator.metadata as metadata
    except ImportError:
        return None
    for backend in ("py4j", "jpype"):
        try:
            evaluator = make_evaluator(job["model"], backend=backend)
        except (ImportError, ModuleNotFoundError):
            continue
        evaluator.verify()
        version = "JPMML-Evaluator (jpmml-evaluator " + metadata.__version__ + ")"
        return evaluator.evaluate, version
    return None


def pypmml(job):
    try:
        import pypmml as engine
    except ImportError:
        return None
    model = engine.Model.load(job["model"])
    return model.predict, "PMML4S (pypmml " + engine.__version__ + ")"


def main():
    # An evaluator may start a Java machine that would outlive this program.
    group = hasattr(os, "setpgrp") and hasattr(os, "killpg")
    if group:
        os.setpgrp()
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    verbs = {"duckdb": duckdb, "sqlite": sqlite, "onnx": onnx, "pmml": pmml}
    found = verbs[job["verb"]](job)
    with open(job["answer"], "w", encoding="utf-8") as file:
        json.dump(found, file, allow_nan=False)
    if group:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


main()
