//! Passes over the rows of a design: the only place where solvers touch the matrix.
//!
//! Rows are visited in *tiles* that fit the cache and grouped into *chunks*. The chunks depend on
//! the shape of the data alone; each keeps its own partial sums, which are added in chunk order.
//! So results do not depend on the number of threads.

use std::ops::Range;

use linecall_data::{Csr, Dense, Design, Matrix};
use linecall_kernels::{Real, dense_accumulate, dense_scores, sparse_accumulate, sparse_dot};
use rayon::prelude::*;

use crate::scale::Scaling;

/// Storage-blind access to a run of rows.
pub(crate) trait Rows: Sync {
    /// `scores[i] = row_i . w + b` for each row of the range.
    fn scores(&self, rows: Range<usize>, w: &[f64], b: f64, scores: &mut [f64]);
    /// `sum += sum_i r_i row_i`.
    fn accumulate(&self, rows: Range<usize>, r: &[f64], sum: &mut [f64]);
    /// As [`Rows::scores`] for `b.len()` scores a row; `w` is columns x scores.
    fn scores_multi(&self, rows: Range<usize>, w: &[f64], b: &[f64], scores: &mut [f64]);
    /// As [`Rows::accumulate`] for `k` residuals a row; `sum` is columns x k.
    fn accumulate_multi(&self, rows: Range<usize>, r: &[f64], k: usize, sum: &mut [f64]);
    /// Calls `f(column, value)` for the stored entries of a row.
    fn entries(&self, row: usize, f: &mut dyn FnMut(usize, f64));
    /// Writes `(x_j - center_j) scale_j` for the chosen columns of a row.
    fn standard_row(&self, row: usize, chosen: &Chosen, scaling: &Scaling, out: &mut [f64]) {
        for (o, &j) in out.iter_mut().zip(&chosen.columns) {
            *o = -scaling.center[j] * scaling.scale[j];
        }
        self.entries(row, &mut |j, x| {
            let at = chosen.position[j];
            if at != usize::MAX {
                out[at] = (x - scaling.center[j]) * scaling.scale[j];
            }
        });
    }
}

/// Columns that take part in a curvature matrix, and where each stands in it.
pub(crate) struct Chosen {
    /// Design columns, in order.
    pub(crate) columns: Vec<usize>,
    /// Position of each design column, `usize::MAX` where it takes no part.
    pub(crate) position: Vec<usize>,
}

impl Chosen {
    pub(crate) fn new(columns: Vec<usize>, cols: usize) -> Self {
        let mut position = vec![usize::MAX; cols];
        for (at, &j) in columns.iter().enumerate() {
            position[j] = at;
        }
        Self { columns, position }
    }
}

struct DenseRows<'a, T: 'static>(&'a Dense<T>);

impl<T: Real> DenseRows<'_, T> {
    fn tile(&self, rows: Range<usize>) -> &[T] {
        let d = self.0.cols();
        &self.0.values()[rows.start * d..rows.end * d]
    }
}

impl<T: Real> Rows for DenseRows<'_, T> {
    fn scores(&self, rows: Range<usize>, w: &[f64], b: f64, scores: &mut [f64]) {
        dense_scores(self.tile(rows), w, b, scores);
    }

    fn accumulate(&self, rows: Range<usize>, r: &[f64], sum: &mut [f64]) {
        dense_accumulate(self.tile(rows), r, sum);
    }

    // One score at a time: dot products and sums over long rows run on whole vectors, which short
    // loops over scores do not.
    fn scores_multi(&self, rows: Range<usize>, w: &[f64], b: &[f64], scores: &mut [f64]) {
        let k = b.len();
        let tile = self.tile(rows.clone());
        let mut own = vec![0.0; rows.len()];
        let mut w_own = vec![0.0; self.0.cols()];
        for (c, &b) in b.iter().enumerate() {
            w_own.iter_mut().zip(w.iter().skip(c).step_by(k)).for_each(|(o, w)| *o = *w);
            dense_scores(tile, &w_own, b, &mut own);
            scores.iter_mut().skip(c).step_by(k).zip(&own).for_each(|(s, o)| *s = *o);
        }
    }

    fn accumulate_multi(&self, rows: Range<usize>, r: &[f64], k: usize, sum: &mut [f64]) {
        let tile = self.tile(rows.clone());
        let mut own = vec![0.0; rows.len()];
        let mut total = vec![0.0; self.0.cols()];
        for c in 0..k {
            own.iter_mut().zip(r.iter().skip(c).step_by(k)).for_each(|(o, r)| *o = *r);
            total.fill(0.0);
            dense_accumulate(tile, &own, &mut total);
            sum.iter_mut().skip(c).step_by(k).zip(&total).for_each(|(s, t)| *s += t);
        }
    }

    fn entries(&self, row: usize, f: &mut dyn FnMut(usize, f64)) {
        self.0.row(row).iter().enumerate().for_each(|(j, x)| f(j, x.wide()));
    }

    fn standard_row(&self, row: usize, chosen: &Chosen, scaling: &Scaling, out: &mut [f64]) {
        let row = self.0.row(row);
        if chosen.columns.len() == row.len() {
            let affine = scaling.center.iter().zip(&scaling.scale);
            for ((o, x), (center, scale)) in out.iter_mut().zip(row).zip(affine) {
                *o = (x.wide() - center) * scale;
            }
        } else {
            for (o, &j) in out.iter_mut().zip(&chosen.columns) {
                *o = (row[j].wide() - scaling.center[j]) * scaling.scale[j];
            }
        }
    }
}

struct SparseRows<'a, T: 'static>(&'a Csr<T>);

impl<T> SparseRows<'_, T> {
    fn row(&self, i: usize) -> (&[u32], &[T]) {
        let range = self.0.row_range(i);
        (&self.0.indices()[range.clone()], &self.0.values()[range])
    }
}

impl<T: Real> Rows for SparseRows<'_, T> {
    fn scores(&self, rows: Range<usize>, w: &[f64], b: f64, scores: &mut [f64]) {
        for (i, score) in rows.zip(scores) {
            let (indices, values) = self.row(i);
            *score = sparse_dot(indices, Some(values), w) + b;
        }
    }

    fn accumulate(&self, rows: Range<usize>, r: &[f64], sum: &mut [f64]) {
        for (i, &r) in rows.zip(r) {
            if r != 0.0 {
                let (indices, values) = self.row(i);
                sparse_accumulate(indices, Some(values), r, sum);
            }
        }
    }

    fn scores_multi(&self, rows: Range<usize>, w: &[f64], b: &[f64], scores: &mut [f64]) {
        let k = b.len();
        for (i, out) in rows.zip(scores.chunks_exact_mut(k)) {
            out.copy_from_slice(b);
            self.entries(i, &mut |j, x| {
                out.iter_mut().zip(&w[j * k..(j + 1) * k]).for_each(|(o, w)| *o += x * w);
            });
        }
    }

    fn accumulate_multi(&self, rows: Range<usize>, r: &[f64], k: usize, sum: &mut [f64]) {
        for (i, r) in rows.zip(r.chunks_exact(k)) {
            self.entries(i, &mut |j, x| {
                sum[j * k..(j + 1) * k].iter_mut().zip(r).for_each(|(s, r)| *s += x * r);
            });
        }
    }

    fn entries(&self, row: usize, f: &mut dyn FnMut(usize, f64)) {
        let (indices, values) = self.row(row);
        indices.iter().zip(values).for_each(|(&j, x)| f(j as usize, x.wide()));
    }
}

/// 0/1 rows: the value type is never read.
struct OnesRows<'a>(&'a Csr<()>);

impl OnesRows<'_> {
    fn indices(&self, i: usize) -> &[u32] {
        self.0.row_indices(i)
    }
}

impl Rows for OnesRows<'_> {
    fn scores(&self, rows: Range<usize>, w: &[f64], b: f64, scores: &mut [f64]) {
        for (i, score) in rows.zip(scores) {
            *score = sparse_dot::<f64>(self.indices(i), None, w) + b;
        }
    }

    fn accumulate(&self, rows: Range<usize>, r: &[f64], sum: &mut [f64]) {
        for (i, &r) in rows.zip(r) {
            if r != 0.0 {
                sparse_accumulate::<f64>(self.indices(i), None, r, sum);
            }
        }
    }

    fn scores_multi(&self, rows: Range<usize>, w: &[f64], b: &[f64], scores: &mut [f64]) {
        let k = b.len();
        for (i, out) in rows.zip(scores.chunks_exact_mut(k)) {
            out.copy_from_slice(b);
            for &j in self.indices(i) {
                let w = &w[j as usize * k..(j as usize + 1) * k];
                out.iter_mut().zip(w).for_each(|(o, w)| *o += w);
            }
        }
    }

    fn accumulate_multi(&self, rows: Range<usize>, r: &[f64], k: usize, sum: &mut [f64]) {
        for (i, r) in rows.zip(r.chunks_exact(k)) {
            for &j in self.indices(i) {
                let s = &mut sum[j as usize * k..(j as usize + 1) * k];
                s.iter_mut().zip(r).for_each(|(s, r)| *s += r);
            }
        }
    }

    fn entries(&self, row: usize, f: &mut dyn FnMut(usize, f64)) {
        self.indices(row).iter().for_each(|&j| f(j as usize, 1.0));
    }
}

/// Whether the matrix is stored densely.
pub(crate) fn is_dense(design: &Design) -> bool {
    matches!(design.matrix(), Matrix::DenseF64(_) | Matrix::DenseF32(_))
}

/// The rows of a design.
pub(crate) fn rows_of(design: &Design) -> Box<dyn Rows + '_> {
    match design.matrix() {
        Matrix::DenseF64(m) => Box::new(DenseRows(m)),
        Matrix::DenseF32(m) => Box::new(DenseRows(m)),
        Matrix::SparseF64(m) => Box::new(SparseRows(m)),
        Matrix::SparseF32(m) => Box::new(SparseRows(m)),
        Matrix::SparseOnes(m) => Box::new(OnesRows(m)),
    }
}

/// Rows that one task scores.
const SCORE_ROWS: usize = 1024;

/// Scores of all rows, row after row, for one row of coefficients per score.
pub(crate) fn scores(design: &Design, coef: &[Vec<f64>], intercept: &[f64]) -> Vec<f64> {
    let (n, d, k) = (design.rows(), design.cols(), intercept.len());
    let rows = rows_of(design);
    let mut out = vec![0.0; n * k];
    let w: Vec<f64> = (0..d * k).map(|at| coef[at % k][at / k]).collect();
    out.par_chunks_mut((SCORE_ROWS * k).max(1)).enumerate().for_each(|(c, out)| {
        let range = c * SCORE_ROWS..((c + 1) * SCORE_ROWS).min(n);
        match (coef, intercept) {
            ([w], [b]) => rows.scores(range, w, *b, out),
            _ => rows.scores_multi(range, &w, intercept, out),
        }
    });
    out
}
