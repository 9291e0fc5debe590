//! Passes over the rows of a design: the only place where solvers touch the matrix.
//!
//! Rows are visited in *tiles* that fit the cache and grouped into *chunks*. The chunks depend on
//! the shape of the data alone; each keeps its own partial sums, which are added in chunk order.
//! So results do not depend on the number of threads.

use std::ops::Range;

use linecall_data::{Design, Matrix};
use linecall_kernels::Lanes;
use rayon::prelude::*;

use crate::scale::Scaling;

mod dense;
mod order;
mod sparse;
mod stats;

use dense::DenseRows;
pub(crate) use order::Order;
use sparse::SparseRows;
pub(crate) use stats::Stats;

/// Storage-blind access to a run of rows.
pub(crate) trait Rows: Send + Sync {
    /// `scores[i] = row_i . w + b` for each row of the range.
    fn scores(&self, rows: Range<usize>, w: &[f64], b: f64, scores: &mut [f64]);
    /// `sum += sum_i r_i row_i`.
    fn accumulate(&self, rows: Range<usize>, r: &[f64], sum: &mut [f64]);
    /// `sum_j += (sum_i r_i x_ij, sum_i c_i x_ij^2)`.
    fn accumulate_curved(&self, rows: Range<usize>, r: &[f64], c: &[f64], sum: &mut [[f64; 2]]) {
        for (i, (&r, &c)) in rows.zip(r.iter().zip(c)) {
            self.entries(i, &mut |j, x| {
                sum[j][0] += r * x;
                sum[j][1] += c * (x * x);
            });
        }
    }
    /// As [`Rows::scores`] for `b.len()` scores a row; `w` is columns x scores.
    fn scores_multi(&self, rows: Range<usize>, w: &[f64], b: &[f64], scores: &mut [f64]);
    /// As [`Rows::accumulate`] for `k` residuals a row; `sum` is columns x k.
    fn accumulate_multi(&self, rows: Range<usize>, r: &[f64], k: usize, sum: &mut [f64]);
    /// `scores[i] += row_i . w` for each row of the range, in each of eight lanes.
    fn scores_lanes(&self, rows: Range<usize>, w: &[Lanes], scores: &mut [Lanes]);
    /// `sums += sum_i r_i row_i`, or of squared rows, in each of eight lanes.
    fn sums_lanes(&self, rows: Range<usize>, r: &[Lanes], squared: bool, sums: &mut [Lanes]);
    /// Calls `f(column, value)` for the stored entries of a row.
    fn entries(&self, row: usize, f: &mut dyn FnMut(usize, f64));
    /// Adds the stored entries of the rows of positive weight `s` to what is known of the columns.
    fn describe(&self, rows: Range<usize>, s: &[f64], stats: &mut Stats);
    /// Widens the range of each column by the stored entries of a row.
    fn widen(&self, row: usize, low: &mut [f64], high: &mut [f64]) {
        self.entries(row, &mut |j, x| {
            low[j] = low[j].min(x);
            high[j] = high[j].max(x);
        });
    }
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
    /// Design columns, in the order of their positions.
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

    /// Lets design columns take part that do not yet, after the others.
    pub(crate) fn add(&mut self, new: &[usize]) {
        for &j in new {
            self.position[j] = self.columns.len();
            self.columns.push(j);
        }
    }

    /// Whether all of some design columns take part.
    pub(crate) fn hold(&self, columns: &[usize]) -> bool {
        columns.iter().all(|&j| self.position[j] != usize::MAX)
    }
}

/// Whether the matrix is stored densely.
pub(crate) fn is_dense(design: &Design) -> bool {
    matches!(design.matrix(), Matrix::DenseF64(_) | Matrix::DenseF32(_))
}

/// The rows of a design.
pub(crate) fn rows_of(design: &Design) -> Box<dyn Rows + '_> {
    ordered_rows(design, None)
}

/// The rows of a design, sparse columns renumbered.
pub(crate) fn ordered_rows<'a>(design: &'a Design, order: Option<&Order>) -> Box<dyn Rows + 'a> {
    let position = order.map(|o| o.position.as_slice());
    match design.matrix() {
        Matrix::DenseF64(m) => Box::new(DenseRows(m)),
        Matrix::DenseF32(m) => Box::new(DenseRows(m)),
        Matrix::SparseF64(m) => Box::new(SparseRows::new(m, position)),
        Matrix::SparseF32(m) => Box::new(SparseRows::new(m, position)),
        Matrix::SparseOnes(m) => Box::new(SparseRows::new(m, position)),
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
