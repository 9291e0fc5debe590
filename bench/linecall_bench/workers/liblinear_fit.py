"""LIBLINEAR: the very library behind `liblinear-train`, called in process for the fit alone.

The structures are those of version 2.30 (`linear.h`). No bias term (`-B -1`, its default).
"""
import ctypes
import ctypes.util

import numpy as np
import scipy.sparse as sp

NODE = np.dtype([("index", "<i4"), ("value", "<f8")], align=True)
LIBRARY = ctypes.CDLL(ctypes.util.find_library("linear") or "liblinear.so.4")
PRINTER = ctypes.CFUNCTYPE(None, ctypes.c_char_p)
SILENT = PRINTER(lambda text: None)


class Problem(ctypes.Structure):
    _fields_ = [("l", ctypes.c_int), ("n", ctypes.c_int), ("y", ctypes.c_void_p),
                ("x", ctypes.c_void_p), ("bias", ctypes.c_double)]


class Parameter(ctypes.Structure):
    _fields_ = [("solver_type", ctypes.c_int), ("eps", ctypes.c_double), ("C", ctypes.c_double),
                ("nr_weight", ctypes.c_int), ("weight_label", ctypes.c_void_p),
                ("weight", ctypes.c_void_p), ("p", ctypes.c_double), ("init_sol", ctypes.c_void_p)]


class Model(ctypes.Structure):
    _fields_ = [("param", Parameter), ("nr_class", ctypes.c_int), ("nr_feature", ctypes.c_int),
                ("w", ctypes.POINTER(ctypes.c_double)), ("label", ctypes.POINTER(ctypes.c_int)),
                ("bias", ctypes.c_double)]


LIBRARY.train.restype = ctypes.POINTER(Model)
LIBRARY.train.argtypes = [ctypes.POINTER(Problem), ctypes.POINTER(Parameter)]
LIBRARY.free_and_destroy_model.argtypes = [ctypes.POINTER(ctypes.POINTER(Model))]
LIBRARY.set_print_string_function(SILENT)


def load(x, y):
    """The problem, and what must outlive it."""
    if ctypes.c_int.in_dll(LIBRARY, "liblinear_version").value != 230:
        raise RuntimeError("this harness knows LIBLINEAR 2.30")
    x = sp.csr_matrix(x)
    rows = x.shape[0]
    # Every row ends in a node of index -1.
    nodes = np.zeros(x.nnz + rows, NODE)
    starts = x.indptr[:-1].astype(np.int64) + np.arange(rows)
    place = np.arange(x.nnz) + np.repeat(np.arange(rows), np.diff(x.indptr))
    nodes["index"] = -1
    nodes["index"][place] = x.indices + 1
    nodes["value"][place] = x.data
    pointers = nodes.ctypes.data + starts * NODE.itemsize
    y = np.ascontiguousarray(y)
    problem = Problem(rows, x.shape[1], y.ctypes.data, pointers.ctypes.data, -1.0)
    return problem, (nodes, pointers, y)


def prepare(held, request, lambdas):
    problem = held[0]

    def path():
        return [_train(problem, request, 1.0 / (strength * problem.l)) for strength in lambdas]
    return path


def _train(problem, request, strength):
    parameter = Parameter(int(request["solver"]), float(request["tolerance"]), strength,
                          0, None, None, 0.1, None)
    return LIBRARY.train(ctypes.byref(problem), ctypes.byref(parameter))


def coefficients(models):
    rows = []
    for model in models:
        found = model.contents
        w = np.ctypeslib.as_array(found.w, (found.nr_feature,)).copy()
        # LIBLINEAR's scores are for the label that it met first.
        rows.append(np.append(w if found.label[0] == 1 else -w, 0.0))
        LIBRARY.free_and_destroy_model(ctypes.byref(model))
    return rows
