//! Sparse rows: gather scores, scatter sums.
//!
//! A [`SparseTile`] is a run of compressed sparse rows whose column indices were checked once, when
//! its [`SparseIndices`] were made; the loops then read and write without checks. A dot product is
//! kept in four lanes (entry `4 q + l` in lane `l`), so it is the same whatever the processor.

use std::borrow::Cow;
use std::ops::Range;

use crate::Real;

/// Column indices, each known to be below a number of columns.
#[derive(Clone, Debug)]
pub struct SparseIndices<'a> {
    indices: Cow<'a, [u32]>,
    cols: usize,
}

impl<'a> SparseIndices<'a> {
    /// Indices over `cols` columns; `None` when one of them is `cols` or above.
    pub fn new(indices: impl Into<Cow<'a, [u32]>>, cols: usize) -> Option<Self> {
        let indices = indices.into();
        let top = indices.iter().fold(0, |top, &j| top.max(j));
        (indices.is_empty() || (top as usize) < cols).then_some(Self { indices, cols })
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Number of indices.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// All of them.
    pub fn all(&self) -> &[u32] {
        &self.indices
    }
}

/// Compressed sparse rows: `offsets` (one more than rows) into indices and values.
#[derive(Clone, Copy, Debug)]
pub struct SparseTile<'a, T> {
    offsets: &'a [u64],
    indices: &'a [u32],
    cols: usize,
    values: &'a [T],
}

impl<'a, T: Real> SparseTile<'a, T> {
    /// Rows over checked indices and as many values.
    ///
    /// # Panics
    /// When there are not as many values as indices.
    #[inline]
    pub fn new(offsets: &'a [u64], indices: &'a SparseIndices<'_>, values: &'a [T]) -> Self {
        assert_eq!(indices.indices.len(), values.len());
        Self { offsets, indices: &indices.indices, cols: indices.cols, values }
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// When the range is not within the rows.
    #[inline]
    pub fn rows(&self, rows: Range<usize>) -> Self {
        Self { offsets: &self.offsets[rows.start..rows.end + 1], ..*self }
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Indices and values of the first row.
    ///
    /// # Panics
    /// When there is none.
    pub fn row(&self) -> (&'a [u32], &'a [T]) {
        let range = self.offsets[0] as usize..self.offsets[1] as usize;
        (&self.indices[range.clone()], &self.values[range])
    }

    /// Indices and values of each row in turn. Offsets that decrease or pass the entries panic.
    #[inline(always)]
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'a [u32], &'a [T])> {
        let (indices, values) = (self.indices, self.values);
        self.offsets.windows(2).map(move |w| {
            let range = w[0] as usize..w[1] as usize;
            (&indices[range.clone()], &values[range])
        })
    }
}

/// `scores_i = row_i . w + intercept` for each row of the tile.
///
/// # Panics
/// When `w` is not as long as there are columns.
#[allow(unsafe_code)]
pub fn sparse_scores<T: Real>(tile: SparseTile<'_, T>, w: &[f64], intercept: f64, out: &mut [f64]) {
    assert_eq!(w.len(), tile.cols());
    // SAFETY: `SparseIndices` holds indices below `cols`, which is the length of `w`.
    let at = |j: u32| unsafe { *w.get_unchecked(j as usize) };
    for ((indices, values), score) in tile.each().zip(out) {
        let mut lanes = [0.0; 4];
        let (ji, jr) = indices.as_chunks::<4>();
        let (vi, vr) = values.as_chunks::<4>();
        for (j, v) in ji.iter().zip(vi) {
            for l in 0..4 {
                lanes[l] += v[l].wide() * at(j[l]);
            }
        }
        for (l, (&j, v)) in jr.iter().zip(vr).enumerate() {
            lanes[l] += v.wide() * at(j);
        }
        *score = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]) + intercept;
    }
}

/// `sum += sum_i r_i row_i` over the rows of the tile; rows with `r_i = 0` are passed over.
///
/// # Panics
/// When `sum` is not as long as there are columns.
#[allow(unsafe_code)]
pub fn sparse_accumulate<T: Real>(tile: SparseTile<'_, T>, r: &[f64], sum: &mut [f64]) {
    assert_eq!(sum.len(), tile.cols());
    for ((indices, values), &r) in tile.each().zip(r) {
        if r == 0.0 {
            continue;
        }
        for (&j, v) in indices.iter().zip(values) {
            // SAFETY: `SparseIndices` holds indices below `cols`, which is the length of `sum`.
            unsafe { *sum.get_unchecked_mut(j as usize) += r * v.wide() };
        }
    }
}

/// `sum_j += (r_i x_ij, c_i x_ij^2)` over the rows of the tile: a gradient and the diagonal of a
/// curvature matrix, in one visit of the entries.
///
/// # Panics
/// When `sum` is not as long as there are columns.
#[allow(unsafe_code)]
pub fn sparse_accumulate_curved<T: Real>(
    tile: SparseTile<'_, T>,
    r: &[f64],
    c: &[f64],
    sum: &mut [[f64; 2]],
) {
    assert_eq!(sum.len(), tile.cols());
    for ((indices, values), (&r, &c)) in tile.each().zip(r.iter().zip(c)) {
        if r == 0.0 && c == 0.0 {
            continue;
        }
        for (&j, v) in indices.iter().zip(values) {
            let x = v.wide();
            // SAFETY: `SparseIndices` holds indices below `cols`, which is the length of `sum`.
            let sum = unsafe { sum.get_unchecked_mut(j as usize) };
            sum[0] += r * x;
            sum[1] += c * (x * x);
        }
    }
}

/// `scores_ik = row_i . w_k + b_k` for the `K = b.len()` scores of each row; `w` holds the `K`
/// weights of a column side by side, `out` the `K` scores of a row.
///
/// # Panics
/// When `w` does not hold `K` numbers a column.
#[allow(unsafe_code)]
pub fn sparse_scores_multi<T: Real>(
    tile: SparseTile<'_, T>,
    w: &[f64],
    b: &[f64],
    out: &mut [f64],
) {
    let k = b.len();
    assert_eq!(w.len(), tile.cols() * k);
    for ((indices, values), out) in tile.each().zip(out.chunks_exact_mut(k.max(1))) {
        out.copy_from_slice(b);
        for (&j, v) in indices.iter().zip(values) {
            let (x, at) = (v.wide(), j as usize * k);
            // SAFETY: `j < cols`, so `j k + k` is at most `cols k`, the length of `w`.
            let w = unsafe { w.get_unchecked(at..at + k) };
            out.iter_mut().zip(w).for_each(|(o, w)| *o += x * w);
        }
    }
}

/// `sum_jk += sum_i r_ik x_ij` for `k` residuals a row; laid out as in [`sparse_scores_multi`].
///
/// # Panics
/// When `sum` does not hold `k` numbers a column.
#[allow(unsafe_code)]
pub fn sparse_accumulate_multi<T: Real>(
    tile: SparseTile<'_, T>,
    r: &[f64],
    k: usize,
    sum: &mut [f64],
) {
    assert_eq!(sum.len(), tile.cols() * k);
    for ((indices, values), r) in tile.each().zip(r.chunks_exact(k.max(1))) {
        for (&j, v) in indices.iter().zip(values) {
            let (x, at) = (v.wide(), j as usize * k);
            // SAFETY: `j < cols`, so `j k + k` is at most `cols k`, the length of `sum`.
            let sum = unsafe { sum.get_unchecked_mut(at..at + k) };
            sum.iter_mut().zip(r).for_each(|(s, r)| *s += x * r);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLS: usize = 20;

    fn lengths() -> Vec<usize> {
        (0..12).chain([0, 3]).collect()
    }

    /// Rows of every length up to eleven, and one column used by most of them.
    fn matrix() -> (Vec<u64>, Vec<u32>, Vec<f32>) {
        let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
        for (i, n) in lengths().into_iter().enumerate() {
            for k in 0..n {
                indices.push(((k * 7 + i) % COLS) as u32);
                values.push((k + i) as f32 * 0.5 - 1.0);
            }
            offsets.push(indices.len() as u64);
        }
        (offsets, indices, values)
    }

    fn dense(values: &[f64]) -> Vec<Vec<f64>> {
        let (offsets, indices, _) = matrix();
        offsets
            .windows(2)
            .map(|w| {
                let mut row = vec![0.0; COLS];
                for e in w[0] as usize..w[1] as usize {
                    row[indices[e] as usize] += values[e];
                }
                row
            })
            .collect()
    }

    fn check<T: Real>(values: &[T]) {
        let (offsets, indices, _) = matrix();
        let wide: Vec<f64> = values.iter().map(|v| v.wide()).collect();
        let rows = dense(&wide);
        let n = rows.len();
        let indices = SparseIndices::new(&indices, COLS).unwrap();
        let all = SparseTile::new(&offsets, &indices, values);
        let w: Vec<f64> = (0..COLS * 3).map(|j| (j % 11) as f64 * 0.25 - 1.0).collect();
        let r: Vec<f64> = (0..n * 3).map(|i| (i % 5) as f64 - 2.0).collect();
        let c: Vec<f64> = (0..n).map(|i| (i % 3) as f64).collect();
        for (start, end) in [(0, n), (3, 9), (5, 5)] {
            let tile = all.rows(start..end);
            let m = end - start;
            let mut scores = vec![0.0; m];
            sparse_scores(tile, &w[..COLS], 0.5, &mut scores);
            let mut multi = vec![0.0; m * 3];
            sparse_scores_multi(tile, &w, &[0.5, 1.0, -1.0], &mut multi);
            let (mut sum, mut curved) = (vec![1.0; COLS], vec![[1.0; 2]; COLS]);
            sparse_accumulate(tile, &r[..m], &mut sum);
            sparse_accumulate_curved(tile, &r[..m], &c[..m], &mut curved);
            let mut sums = vec![1.0; COLS * 3];
            sparse_accumulate_multi(tile, &r[..m * 3], 3, &mut sums);
            let rows = &rows[start..end];
            for (i, row) in rows.iter().enumerate() {
                let plain: f64 = row.iter().zip(&w).map(|(x, w)| x * w).sum();
                assert!((scores[i] - plain - 0.5).abs() < 1e-12);
                for (k, b) in [0.5, 1.0, -1.0].iter().enumerate() {
                    let plain: f64 = (0..COLS).map(|j| row[j] * w[j * 3 + k]).sum();
                    assert!((multi[i * 3 + k] - plain - b).abs() < 1e-12);
                }
            }
            for j in 0..COLS {
                let total = |f: &dyn Fn(usize, f64) -> f64| -> f64 {
                    1.0 + rows.iter().enumerate().map(|(i, row)| f(i, row[j])).sum::<f64>()
                };
                assert!((sum[j] - total(&|i, x| r[i] * x)).abs() < 1e-12);
                assert!((curved[j][0] - total(&|i, x| r[i] * x)).abs() < 1e-12);
                assert!((curved[j][1] - total(&|i, x| c[i] * x * x)).abs() < 1e-12);
                for k in 0..3 {
                    assert!((sums[j * 3 + k] - total(&|i, x| r[i * 3 + k] * x)).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn gather_and_scatter_agree_with_plain_loops() {
        let (_, indices, narrow) = matrix();
        check(&narrow);
        check(&narrow.iter().map(|&v| f64::from(v) / 3.0).collect::<Vec<f64>>());
        check(&vec![(); indices.len()]);
    }

    #[test]
    fn an_index_beyond_the_columns_is_refused() {
        let (_, indices, _) = matrix();
        assert!(SparseIndices::new(&indices, COLS - 1).is_none());
        assert!(SparseIndices::new(&[][..], 0).is_some());
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn offsets_beyond_the_entries_panic() {
        let indices = SparseIndices::new(&[0u32, 1][..], COLS).unwrap();
        let mut out = [0.0];
        sparse_scores(SparseTile::new(&[0, 9], &indices, &[1.0, 2.0]), &[0.0; COLS], 0.0, &mut out);
    }
}
