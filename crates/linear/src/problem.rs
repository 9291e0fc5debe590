//! One training problem: rows, loss, weights and scaling, and the passes that solvers make.
//!
//! Parameters are kept in standardised units, column after column with the `K` scores of a column
//! side by side, then the `K` intercepts: `theta[j * K + k]`, `theta[d * K + k]`.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use linecall_data::Design;
use rayon::prelude::*;

use crate::loss::RowLoss;
use crate::penalty::Penalty;
use crate::rows::{Rows, is_dense, rows_of};
use crate::scale::Scaling;

/// What one pass over the data gives.
pub(crate) struct Pass {
    /// Weighted mean loss.
    pub(crate) loss: f64,
    /// Gradient of the loss by `theta`.
    pub(crate) gradient: Vec<f64>,
    /// Curvature state of every row, for Hessian products.
    pub(crate) state: Vec<f64>,
}

/// Rows, loss and scaling of one fit.
pub(crate) struct Problem<'a> {
    rows: Box<dyn Rows + 'a>,
    design: &'a Design,
    pub(crate) loss: Box<dyn RowLoss + 'a>,
    /// Row weights, summing to one.
    pub(crate) weight: Vec<f64>,
    pub(crate) scaling: Scaling,
    pub(crate) fit_intercept: bool,
    chunks: Vec<Range<usize>>,
    tile: usize,
    passes: AtomicU64,
}

impl<'a> Problem<'a> {
    pub(crate) fn new(
        design: &'a Design,
        loss: Box<dyn RowLoss + 'a>,
        weight: Vec<f64>,
        scaling: Scaling,
        fit_intercept: bool,
    ) -> Self {
        let (n, d, k) = (design.rows(), design.cols(), loss.width());
        let tile = tile_rows(design);
        Self {
            rows: rows_of(design),
            design,
            loss,
            weight,
            scaling,
            fit_intercept,
            chunks: chunks(n, d * k, design.nnz() * k, tile),
            tile,
            passes: AtomicU64::new(1),
        }
    }

    /// The design's columns.
    pub(crate) fn columns(&self) -> &[linecall_data::DesignColumn] {
        self.design.columns()
    }

    /// Number of columns.
    pub(crate) fn cols(&self) -> usize {
        self.design.cols()
    }

    /// Number of scores a row.
    pub(crate) fn width(&self) -> usize {
        self.loss.width()
    }

    /// Number of rows.
    pub(crate) fn n(&self) -> usize {
        self.weight.len()
    }

    /// Number of parameters, intercepts included.
    pub(crate) fn len(&self) -> usize {
        (self.cols() + 1) * self.width()
    }

    /// Whether the matrix is stored densely.
    pub(crate) fn is_dense(&self) -> bool {
        is_dense(self.design)
    }

    /// Stored entries.
    pub(crate) fn nnz(&self) -> usize {
        self.design.nnz()
    }

    /// Passes over the data so far.
    pub(crate) fn passes(&self) -> u64 {
        self.passes.load(Ordering::Relaxed)
    }

    pub(crate) fn count_pass(&self) {
        self.passes.fetch_add(1, Ordering::Relaxed);
    }

    /// Chunks of rows; partial sums are kept by chunk and added in order.
    pub(crate) fn chunks(&self) -> &[Range<usize>] {
        &self.chunks
    }

    /// Tiles of a chunk.
    pub(crate) fn tiles(&self, chunk: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let (tile, end) = (self.tile, chunk.end);
        chunk.clone().step_by(tile).map(move |start| start..(start + tile).min(end))
    }

    pub(crate) fn rows(&self) -> &dyn Rows {
        &*self.rows
    }

    /// The starting point: no coefficients, the best intercepts.
    pub(crate) fn start(&self) -> Vec<f64> {
        let mut theta = vec![0.0; self.len()];
        if self.fit_intercept {
            let base = self.loss.base_intercept(&self.weight);
            theta[self.cols() * self.width()..].copy_from_slice(&base);
        }
        theta
    }

    /// Coefficients and intercepts per unit of the columns.
    pub(crate) fn to_raw(&self, theta: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let k = self.width();
        let (v, b) = theta.split_at(self.cols() * k);
        let mut w = v.to_vec();
        let mut b = b.to_vec();
        for (j, w) in w.chunks_exact_mut(k).enumerate() {
            for (w, b) in w.iter_mut().zip(&mut b) {
                *w *= self.scaling.scale[j];
                *b -= *w * self.scaling.center[j];
            }
        }
        (w, b)
    }

    /// The gradient by `theta` from sums over the raw columns, in place.
    fn to_standard(&self, sum: &mut [f64]) {
        let k = self.width();
        let (g, r) = sum.split_at_mut(self.cols() * k);
        for (j, g) in g.chunks_exact_mut(k).enumerate() {
            for (g, r) in g.iter_mut().zip(&*r) {
                *g = (*g - self.scaling.center[j] * r) * self.scaling.scale[j];
            }
        }
        if !self.fit_intercept {
            r.fill(0.0);
        }
    }

    /// Scores of a tile for raw coefficients.
    fn tile_scores(&self, tile: Range<usize>, w: &[f64], b: &[f64], out: &mut [f64]) {
        if let [b] = b {
            self.rows.scores(tile, w, *b, out);
        } else {
            self.rows.scores_multi(tile, w, b, out);
        }
    }

    /// Adds a tile's residuals times its rows, and the residuals themselves, to `sum`.
    fn tile_accumulate(&self, tile: Range<usize>, r: &[f64], sum: &mut [f64]) {
        let k = self.width();
        let (columns, totals) = sum.split_at_mut(self.cols() * k);
        if k == 1 {
            self.rows.accumulate(tile, r, columns);
        } else {
            self.rows.accumulate_multi(tile, r, k, columns);
        }
        for r in r.chunks_exact(k) {
            totals.iter_mut().zip(r).for_each(|(t, r)| *t += r);
        }
    }

    /// Loss, gradient and curvature state at `theta`: one pass over the data.
    pub(crate) fn pass(&self, theta: &[f64]) -> Pass {
        self.count_pass();
        let k = self.width();
        let (w, b) = self.to_raw(theta);
        let mut state = vec![0.0; self.n() * k];
        let parts: Vec<(f64, Vec<f64>)> = split_mut(&mut state, &self.chunks, k)
            .into_par_iter()
            .zip(&self.chunks)
            .map(|(state, chunk)| {
                let mut sum = vec![0.0; self.len()];
                let mut scores = vec![0.0; self.tile * k];
                let mut slope = vec![0.0; self.tile * k];
                let mut loss = 0.0;
                for tile in self.tiles(chunk) {
                    let m = tile.len() * k;
                    let at = (tile.start - chunk.start) * k;
                    self.tile_scores(tile.clone(), &w, &b, &mut scores[..m]);
                    loss += self.loss.tile(
                        tile.start,
                        &scores[..m],
                        &self.weight[tile.clone()],
                        &mut slope[..m],
                        &mut state[at..at + m],
                    );
                    self.tile_accumulate(tile, &slope[..m], &mut sum);
                }
                (loss, sum)
            })
            .collect();
        let loss = parts.iter().map(|p| p.0).sum();
        let mut gradient = add_parts(parts.into_iter().map(|p| p.1), self.len());
        self.to_standard(&mut gradient);
        Pass { loss, gradient, state }
    }

    /// The Hessian of the loss times a direction, from the state of a pass: one pass.
    pub(crate) fn hessian_times(&self, state: &[f64], direction: &[f64]) -> Vec<f64> {
        self.count_pass();
        let k = self.width();
        let (w, b) = self.to_raw(direction);
        let parts: Vec<Vec<f64>> = self
            .chunks
            .par_iter()
            .map(|chunk| {
                let mut sum = vec![0.0; self.len()];
                let mut t = vec![0.0; self.tile * k];
                let mut r = vec![0.0; self.tile * k];
                for tile in self.tiles(chunk) {
                    let m = tile.len() * k;
                    let state = &state[tile.start * k..tile.end * k];
                    self.tile_scores(tile.clone(), &w, &b, &mut t[..m]);
                    self.loss.curve(state, &self.weight[tile.clone()], &t[..m], &mut r[..m]);
                    self.tile_accumulate(tile, &r[..m], &mut sum);
                }
                sum
            })
            .collect();
        let mut out = add_parts(parts.into_iter(), self.len());
        self.to_standard(&mut out);
        out
    }

    /// The diagonal of the loss's Hessian, from the state of a pass: one pass. A column without
    /// scale has 0. For K > 1 scores it is `sum_i s_i p_ik (1 - p_ik) z_ij^2`.
    pub(crate) fn curvature_diagonal(&self, state: &[f64]) -> Vec<f64> {
        self.count_pass();
        let k = self.width();
        let d = self.cols();
        let own = |i: usize, c: usize| {
            let p = state[i * k + c];
            if k == 1 { p } else { self.weight[i] * p * (1.0 - p) }
        };
        // Sums of c, c x and c x^2 by column, so that centring can be undone at the end.
        let parts: Vec<Vec<f64>> = self
            .chunks
            .par_iter()
            .map(|chunk| {
                let mut sum = vec![0.0; (2 * d + 1) * k];
                for i in chunk.clone() {
                    self.rows.entries(i, &mut |j, x| {
                        for c in 0..k {
                            let cx = own(i, c) * x * self.scaling.scale[j];
                            sum[j * k + c] += cx;
                            sum[(d + j) * k + c] += cx * x * self.scaling.scale[j];
                        }
                    });
                    for c in 0..k {
                        sum[2 * d * k + c] += own(i, c);
                    }
                }
                sum
            })
            .collect();
        let total = add_parts(parts.into_iter(), (2 * d + 1) * k);
        let mut out = vec![0.0; self.len()];
        for j in 0..d {
            let m = self.scaling.center[j] * self.scaling.scale[j];
            for c in 0..k {
                let (linear, square) = (total[j * k + c], total[(d + j) * k + c]);
                out[j * k + c] =
                    (square - 2.0 * m * linear + m * m * total[2 * d * k + c]).max(0.0);
            }
        }
        if self.fit_intercept {
            out[d * k..].copy_from_slice(&total[2 * d * k..]);
        }
        out
    }

    /// Scores of every row at `theta`, row after row: one pass.
    pub(crate) fn scores(&self, theta: &[f64]) -> Vec<f64> {
        self.count_pass();
        let k = self.width();
        let (w, b) = self.to_raw(theta);
        let mut out = vec![0.0; self.n() * k];
        split_mut(&mut out, &self.chunks, k).into_par_iter().zip(&self.chunks).for_each(
            |(out, chunk)| {
                for tile in self.tiles(chunk) {
                    let at = (tile.start - chunk.start) * k;
                    let m = tile.len() * k;
                    self.tile_scores(tile, &w, &b, &mut out[at..at + m]);
                }
            },
        );
        out
    }

    /// Sum over rows of residuals times standardised rows: one pass.
    pub(crate) fn rows_times(&self, residual: &[f64]) -> Vec<f64> {
        self.count_pass();
        let k = self.width();
        let parts: Vec<Vec<f64>> = self
            .chunks
            .par_iter()
            .map(|chunk| {
                let mut sum = vec![0.0; self.len()];
                for tile in self.tiles(chunk) {
                    let r = &residual[tile.start * k..tile.end * k];
                    self.tile_accumulate(tile, r, &mut sum);
                }
                sum
            })
            .collect();
        let mut out = add_parts(parts.into_iter(), self.len());
        self.to_standard(&mut out);
        out
    }

    /// Objective from a pass.
    pub(crate) fn objective(&self, theta: &[f64], pass: &Pass, penalty: Penalty) -> f64 {
        pass.loss + penalty.value(&theta[..self.cols() * self.width()])
    }

    /// Largest violation of the optimality conditions; columns without scale are left out.
    pub(crate) fn residual(&self, theta: &[f64], gradient: &[f64], penalty: Penalty) -> f64 {
        let (k, d) = (self.width(), self.cols());
        let mut worst = 0f64;
        for j in 0..d {
            if self.scaling.scale[j] != 0.0 {
                for c in j * k..(j + 1) * k {
                    worst = worst.max(penalty.violation(theta[c], gradient[c]));
                }
            }
        }
        gradient[d * k..].iter().fold(worst, |worst, g| worst.max(g.abs()))
    }
}

fn tile_rows(design: &Design) -> usize {
    if is_dense(design) {
        (16_384 / design.cols().max(1)).clamp(8, 256).next_multiple_of(4)
    } else {
        256
    }
}

/// Chunks by shape alone: few where partial sums are long beside the data, at most 64.
fn chunks(n: usize, sums: usize, entries: usize, tile: usize) -> Vec<Range<usize>> {
    let by_memory = entries / (4 * sums.max(1)) + 1;
    let by_work = entries / 65_536 + 1;
    let count = by_memory.min(by_work).clamp(1, 64).min(n.max(1));
    let rows = n.div_ceil(count).next_multiple_of(tile);
    (0..n).step_by(rows.max(1)).map(|start| start..(start + rows).min(n)).collect()
}

/// Splits a vector of `k` numbers a row by chunks.
pub(crate) fn split_mut<'v>(
    mut values: &'v mut [f64],
    chunks: &[Range<usize>],
    k: usize,
) -> Vec<&'v mut [f64]> {
    let mut parts = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let (part, rest) = values.split_at_mut(chunk.len() * k);
        parts.push(part);
        values = rest;
    }
    parts
}

fn add_parts(mut parts: impl Iterator<Item = Vec<f64>>, len: usize) -> Vec<f64> {
    let mut total = parts.next().unwrap_or_else(|| vec![0.0; len]);
    for part in parts {
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
    total
}
