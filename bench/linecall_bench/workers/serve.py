"""The loop of the Python workers: `python -m linecall_bench.workers.serve PEER DATA`."""
import importlib
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from .. import store

MODULES = {"sklearn": "sklearn_fit", "snapml": "snapml_fit", "skglm": "skglm_fit",
           "liblinear": "liblinear_fit"}


def reply(answer):
    sys.__stdout__.write("REPLY " + json.dumps(answer) + "\n")
    sys.__stdout__.flush()


def main():
    warnings.simplefilter("ignore")
    kind, folder = sys.argv[1], Path(sys.argv[2])
    peer = importlib.import_module(f"{__package__}.{MODULES[kind]}")
    began = time.perf_counter()
    x, y = store.read(folder, getattr(peer, "VALUE", np.float64))
    held = peer.load(x, y) if hasattr(peer, "load") else (x, y)
    reply({"seconds": time.perf_counter() - began})
    for line in sys.stdin:
        request = dict(pair.split("=", 1) for pair in line.rstrip("\n").split("\t"))
        try:
            reply(answer(peer, held, request))
        except Exception as error:  # a peer's refusal is a result, not a crash of the harness
            reply({"error": f"{type(error).__name__}: {error}"[:300]})


def answer(peer, held, request):
    lambdas = np.fromfile(request["lambdas"])
    fit = peer.prepare(held, request, lambdas)
    began, cpu = time.perf_counter(), time.process_time()
    fitted = fit()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    rows = peer.coefficients(fitted) if hasattr(peer, "coefficients") else fitted
    np.asarray(rows, np.float64).tofile(request["coef"])
    return {"seconds": seconds, "cpu_seconds": cpu}


if __name__ == "__main__":
    main()
