"""Coefficients from saved models: of linecall, LIBLINEAR and the Python packages."""
import json
import struct
import zipfile

import numpy as np


def coefficients(kind, path, cols):
    """The row `w, b` for the class +1, `cols` coefficients long."""
    row = {"linecall": _linecall, "liblinear": _liblinear}.get(kind, _joblib)(path)
    # A text file says nothing of columns after the last that it holds.
    return np.concatenate([row[:-1], np.zeros(cols - row.size + 1), row[-1:]])


def _linecall(path):
    with zipfile.ZipFile(path) as file:
        raw = file.read("weights.safetensors")
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8:8 + length])

    def tensor(name):
        start, end = header[name]["data_offsets"]
        return np.frombuffer(raw[8 + length + start:8 + length + end], "<f8")
    return np.append(tensor("coef"), tensor("intercept"))


def _liblinear(path):
    with open(path, encoding="ascii") as file:
        head = {}
        for line in file:
            if line.strip() == "w":
                break
            key, _, value = line.partition(" ")
            head[key] = value.split()
        w = np.array([float(line) for line in file])
    return np.append(w if head["label"][0] == "1" else -w, 0.0)


def _joblib(path):
    import joblib
    model = joblib.load(path)
    return np.append(np.ravel(model.coef_), np.ravel(model.intercept_))
