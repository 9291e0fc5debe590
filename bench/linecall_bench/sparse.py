"""A text-like sparse matrix: Zipf column popularity, tf-idf values, rows of norm one.

Row lengths are log-normal. Words of a row are drawn from a Zipf law over the columns (the ranks
are shuffled, so that a column's number says nothing of its popularity); repeated draws are the
term frequency. A value is `(1 + ln tf) idf`, the row is scaled to norm one, and values are
rounded up to multiples of 1/256. On that grid `f32` is exact, so that every peer, also one that
stores `f32`, works on the very same matrix, whether it reads text or arrays.

Labels: a ground truth of normal weights on a tenth of the columns, logistic noise, the threshold
at the median score, so that the classes are about balanced.
"""
import numpy as np
import scipy.sparse as sp

GRID = 256
ZIPF = 1.05
DRAWS = 90.0  # a row of 90 draws has about 70 different words


def generate(rows, cols, seed=20240229):
    """The CSR matrix (f32) and labels of -1 and 1."""
    rng = np.random.default_rng(seed)
    weight = 1.0 / np.arange(1, cols + 1) ** ZIPF
    cumulative = np.cumsum(weight / weight.sum())
    column_of_rank = rng.permutation(cols).astype(np.int64)
    lengths = np.maximum(rng.lognormal(np.log(DRAWS) - 0.08, 0.4, rows), 1).astype(np.int64)
    counts = sp.vstack(
        [_counts(rng, cumulative, column_of_rank, lengths[k:k + 20_000])
         for k in range(0, rows, 20_000)], format="csr")
    x = _tfidf(counts)
    return x, _labels(rng, x)


def _counts(rng, cumulative, column_of_rank, lengths):
    """Term frequencies of some rows."""
    ranks = np.searchsorted(cumulative, rng.random(lengths.sum()))
    columns = column_of_rank[np.minimum(ranks, cumulative.size - 1)]
    owner = np.repeat(np.arange(lengths.size), lengths)
    keys, times = np.unique(owner * cumulative.size + columns, return_counts=True)
    owner, columns = np.divmod(keys, cumulative.size)
    indptr = np.searchsorted(owner, np.arange(lengths.size + 1))
    return sp.csr_matrix((times.astype(np.float64), columns.astype(np.int32), indptr),
                         shape=(lengths.size, cumulative.size))


def _tfidf(counts):
    rows = counts.shape[0]
    documents = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + rows) / (1 + documents)) + 1
    x = counts.copy()
    x.data = (1 + np.log(x.data)) * idf[x.indices]
    owner = np.repeat(np.arange(rows), np.diff(x.indptr))
    norm = np.sqrt(np.bincount(owner, x.data ** 2, minlength=rows))
    x.data = (np.ceil(x.data / norm[owner] * GRID) / GRID).astype(np.float32)
    return x


def _labels(rng, x):
    truth = rng.normal(size=x.shape[1]) * (rng.random(x.shape[1]) < 0.1)
    score = x.astype(np.float64) @ truth
    score = (score - np.median(score)) / score.std()
    noisy = 3.0 * score + rng.logistic(size=score.size)
    return np.where(noisy > 0, 1, -1).astype(np.int8)


def write_libsvm(path, x, y):
    """The matrix as LIBSVM text; every value is written in full, at most eight decimals."""
    value = [format(v / GRID, ".8f").rstrip("0").rstrip(".") for v in range(GRID + 1)]
    column = [f"{j + 1}:" for j in range(x.shape[1])]
    grid = np.rint(x.data.astype(np.float64) * GRID).astype(np.int64)
    part = path.with_name(path.name + ".part")
    with open(part, "w", encoding="ascii") as file:
        for i in range(x.shape[0]):
            span = slice(x.indptr[i], x.indptr[i + 1])
            entries = [column[j] + value[v]
                       for j, v in zip(x.indices[span].tolist(), grid[span].tolist())]
            file.write(f"{'+1' if y[i] > 0 else '-1'} {' '.join(entries)}\n")
    part.rename(path)
