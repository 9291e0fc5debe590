"""A data set on disk: one folder of raw little-endian arrays, which every worker can read.

    meta.txt       key=value lines: kind (dense | csr), rows, cols, nnz, value (f64 | f32)
    values.bin     dense: rows * cols values, row after row; csr: nnz values
    indices.bin    csr: nnz column indices, u32, from 0, increasing in each row
    offsets.bin    csr: rows + 1 row offsets, u64
    labels.bin     rows labels, i8, -1 or 1
"""
import hashlib
import shutil

import numpy as np
import scipy.sparse as sp

VALUE = {"f64": np.dtype("<f8"), "f32": np.dtype("<f4")}


def write(folder, x, y):
    """Writes a matrix (ndarray or CSR) and labels of -1 and 1; whole or not at all."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    csr = sp.issparse(x)
    values = x.data if csr else np.ascontiguousarray(x)
    kind = "f32" if values.dtype == np.float32 else "f64"
    values.astype(VALUE[kind], copy=False).tofile(part / "values.bin")
    if csr:
        x.indices.astype("<u4").tofile(part / "indices.bin")
        x.indptr.astype("<u8").tofile(part / "offsets.bin")
    y.astype(np.int8).tofile(part / "labels.bin")
    rows, cols = x.shape
    meta = {"kind": "csr" if csr else "dense", "rows": rows, "cols": cols,
            "nnz": values.size, "value": kind}
    (part / "meta.txt").write_text("".join(f"{k}={v}\n" for k, v in meta.items()))
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def meta(folder):
    """The meta data of a written data set."""
    pairs = (line.split("=", 1) for line in (folder / "meta.txt").read_text().split())
    return {k: int(v) if v.isdigit() else v for k, v in pairs}


def read(folder, dtype=np.float64):
    """Matrix (ndarray, or CSR with 32-bit indices) with values of `dtype`, and labels as f64."""
    m = meta(folder)
    values = np.fromfile(folder / "values.bin", VALUE[m["value"]]).astype(dtype, copy=False)
    y = np.fromfile(folder / "labels.bin", np.int8).astype(np.float64)
    if m["kind"] == "dense":
        return values.reshape(m["rows"], m["cols"]), y
    indices = np.fromfile(folder / "indices.bin", "<u4").view(np.int32)
    indptr = np.fromfile(folder / "offsets.bin", "<u8").astype(np.int32)
    return sp.csr_matrix((values, indices, indptr), shape=(m["rows"], m["cols"])), y


def fingerprint(folder):
    """SHA-256 of the arrays, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name in ("meta.txt", "values.bin", "indices.bin", "offsets.bin", "labels.bin"):
        path = folder / name
        if path.exists():
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
