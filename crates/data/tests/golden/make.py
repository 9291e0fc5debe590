"""Writes the golden files of the readers with the libraries that own the formats:

    python3 -m venv .venv && .venv/bin/pip install numpy pyarrow safetensors
    .venv/bin/python crates/data/tests/golden/make.py

Every file of a kind holds the same rows, which the tests know.
"""
import os

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import safetensors.numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 60


def path(name):
    return os.path.join(HERE, name)


def table():
    """x a number with gaps, n a whole number, w a word from a dictionary, f a flag."""
    rows = range(ROWS)
    return pa.table({
        "x": pa.array([None if i % 7 == 0 else i / 8 for i in rows], pa.float64()),
        "n": pa.array(list(rows), pa.int32()),
        "nested": pa.array([[i, i] for i in rows], pa.list_(pa.int64())),
        "w": pa.array([None if i % 5 == 0 else f"w{i % 11}" for i in rows]).dictionary_encode(),
        "v": pa.array([f"a somewhat longer word {i}" for i in rows], pa.string_view()),
        "f": pa.array([i % 3 == 0 for i in rows]),
    })


def arrow():
    t = table()
    for codec in ("lz4", "zstd", "uncompressed"):
        pa.feather.write_feather(t, path(f"{codec}.feather"), compression=codec, chunksize=25)
    with pa.OSFile(path("stream.arrows"), "wb") as out, pa.ipc.new_stream(out, t.schema) as writer:
        writer.write_table(t, max_chunksize=20)


def matrix(kind):
    """3 rows and 4 columns: 0, 1, ..., 11, as numbers of a kind."""
    return np.arange(12).reshape(3, 4).astype(kind)


def numpy():
    for kind in ("<f8", ">f8", "<f4", "<f2", "<i8", ">i4", "<u2", "|u1", "|i1"):
        name = kind.replace("<", "l").replace(">", "b").replace("|", "")
        np.save(path(f"{name}.npy"), matrix(kind))
    np.save(path("bool.npy"), matrix("i8") % 2 == 0)
    np.save(path("fortran.npy"), np.asfortranarray(matrix("<f4")))
    np.save(path("cube.npy"), matrix("<f4").reshape(3, 2, 2))
    np.save(path("cube_fortran.npy"), np.asfortranarray(matrix("<f4").reshape(3, 2, 2)))
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(path(f"version{version[0]}.npy"), "wb") as out:
            np.lib.format.write_array(out, matrix("<f8"), version=version)
    labels = np.array(["no", "yes", "no"])
    np.save(path("labels.npy"), labels)
    np.save(path("object.npy"), np.array([{}, None], dtype=object), allow_pickle=True)
    np.savez(path("stored.npz"), X=matrix("<f8"), y=np.array([0, 1, 0]))
    np.savez_compressed(path("deflated.npz"), train=matrix("<f4"), target=labels, other=labels)


def tensors():
    x, y = matrix("<f4"), np.array([2, 1, 2], dtype="<i8")
    safetensors.numpy.save_file({"x": x, "labels": y}, path("plain.safetensors"))
    # bfloat16 is the upper half of float32.
    half = (x.view("<u4") >> 16).astype("<u2")
    header = {
        "features": {"dtype": "BF16", "shape": [3, 4], "data_offsets": [0, 24]},
        "y": {"dtype": "U8", "shape": [3], "data_offsets": [24, 27]},
        "__metadata__": {"made": "by hand"},
    }
    import json
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path("bfloat.safetensors"), "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text + half.tobytes() + bytes([1, 0, 1]))


arrow()
numpy()
tensors()
