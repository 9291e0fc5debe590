//! One design in the form that many problems share: standardised tiles, and passes over them that
//! serve every problem at once.
//!
//! Rows are kept in tiles of 64, each as it is and transposed, columns in units of their standard
//! deviation around their mean, with a last column of ones. A problem's own centres and scales are an
//! affine map from there, so that folds and resamples need no copy of the data. A pass is two
//! products of matrices a tile: scores `W Z'` and gradients `R Z`, `W` and `R` holding a row for each
//! problem. What a problem gets does not depend on which others are in the pass.

use std::borrow::Cow;
use std::ops::Range;

use faer::Mat;
use linecall_kernels::{Rows, gemm_accumulate, gram_stride};
use rayon::prelude::*;

use crate::problem::Problem;
use crate::rows::Chosen;
use crate::scale::Scaling;
use crate::view::View;

/// Rows of a tile.
const TILE: usize = 64;
/// Tiles of a chunk, whose sums are kept apart.
const CHUNK: usize = 64;
/// Most bytes of tiles that are kept; others are made again in every pass.
const KEPT: usize = 1 << 30;

/// A design shared by many problems.
pub(crate) struct Frame<'a> {
    view: View<'a>,
    base: Scaling,
    every: Chosen,
    stride: usize,
    tiles: Option<Kept>,
}

/// Tiles one after the other, each as it is and then transposed, from an address on that vectors may be
/// loaded from at once.
struct Kept {
    values: Vec<f64>,
    first: usize,
}

impl Kept {
    fn zeros(size: usize) -> Self {
        let values = vec![0.0; size + 8];
        let first = values.as_ptr().align_offset(64).min(8);
        Self { values, first }
    }
}

/// Mean loss and its gradient, in the units of the problem.
#[derive(Clone, Debug, Default)]
pub(crate) struct At {
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f64>,
}

/// A tile, and the rows that are in it.
struct Tile<'t> {
    rows: Range<usize>,
    values: Cow<'t, [f64]>,
    stride: usize,
}

impl Tile<'_> {
    /// Row by row.
    fn rows(&self) -> Rows<'_> {
        Rows { values: &self.values[..TILE * self.stride], stride: self.stride }
    }

    /// Column by column.
    fn columns(&self) -> Rows<'_> {
        Rows { values: &self.values[TILE * self.stride..], stride: TILE }
    }
}

impl<'a> Frame<'a> {
    /// The design in base units, from the statistics of weighted rows.
    pub(crate) fn new(view: View<'a>, weight: &[f64]) -> Self {
        let mut base = Scaling::of(&view, weight, true, true);
        base.scale.iter_mut().filter(|s| **s == 0.0).for_each(|s| *s = 1.0);
        let d = view.cols();
        let every = Chosen::new((0..d).collect(), d);
        let stride = gram_stride(d + 1);
        let mut frame = Self { view, base, every, stride, tiles: None };
        let size = 2 * TILE * stride;
        let count = frame.view.n().div_ceil(TILE);
        if count.saturating_mul(size) <= KEPT / 8 {
            let mut kept = Kept::zeros(count * size);
            let tiles = &mut kept.values[kept.first..][..count * size];
            let parts = tiles.par_chunks_mut(size.max(1)).enumerate();
            parts.for_each(|(t, out)| frame.fill(frame.rows_of(t), out));
            frame.tiles = Some(kept);
        }
        frame
    }

    pub(crate) fn view(&self) -> &View<'a> {
        &self.view
    }

    fn n(&self) -> usize {
        self.view.n()
    }

    fn d(&self) -> usize {
        self.view.cols()
    }

    fn rows_of(&self, tile: usize) -> Range<usize> {
        tile * TILE..((tile + 1) * TILE).min(self.n())
    }

    /// Writes a tile, as it is and transposed; `out` is zero.
    fn fill(&self, rows: Range<usize>, out: &mut [f64]) {
        let d = self.d();
        let (plain, turned) = out.split_at_mut(TILE * self.stride);
        for (r, i) in rows.enumerate() {
            let row = &mut plain[r * self.stride..][..self.stride];
            self.view.rows().standard_row(i, &self.every, &self.base, &mut row[..d]);
            row[d] = 1.0;
            row.iter().enumerate().for_each(|(j, z)| turned[j * TILE + r] = *z);
        }
    }

    fn tile(&self, t: usize) -> Tile<'_> {
        let (rows, stride) = (self.rows_of(t), self.stride);
        let size = 2 * TILE * stride;
        let values = match &self.tiles {
            Some(kept) => Cow::Borrowed(&kept.values[kept.first + t * size..][..size]),
            None => {
                let mut own = vec![0.0; size];
                self.fill(rows.clone(), &mut own);
                Cow::Owned(own)
            }
        };
        Tile { rows, values, stride }
    }

    /// Sums over tiles, kept apart by chunk and added in order.
    fn sum(&self, size: usize, of: impl Fn(Tile, &mut [f64]) + Sync) -> Vec<f64> {
        let count = self.n().div_ceil(TILE);
        crate::vector::sum_parts(count.div_ceil(CHUNK), size, |c, sum| {
            (c * CHUNK..((c + 1) * CHUNK).min(count)).for_each(|t| of(self.tile(t), sum));
        })
    }

    /// Centres and scales of the columns under each of several row weights that sum to one: one pass
    /// for all.
    pub(crate) fn scalings(
        &self,
        weights: &[&[f64]],
        standardize: bool,
        center: bool,
    ) -> Vec<Scaling> {
        let (p, stride, d) = (weights.len(), self.stride, self.d());
        let sums = self.sum(2 * p * stride, |tile, sum| {
            let mut own = vec![0.0; p * TILE];
            for (own, s) in own.chunks_exact_mut(TILE).zip(weights) {
                own[..tile.rows.len()].copy_from_slice(&s[tile.rows.clone()]);
            }
            let left = Rows { values: &own, stride: TILE };
            let (first, second) = sum.split_at_mut(p * stride);
            let shape = (p, tile.rows.len(), stride);
            gemm_accumulate(shape, left, tile.rows(), first, stride);
            let squares: Vec<f64> = tile.rows().values.iter().map(|z| z * z).collect();
            gemm_accumulate(shape, left, Rows { values: &squares, stride }, second, stride);
        });
        let (first, second) = sums.split_at(p * stride);
        let grams = self.view.grams();
        let moments = first.chunks_exact(stride).zip(second.chunks_exact(stride)).zip(weights);
        moments
            .map(|((first, second), s)| {
                let mut constant = vec![false; d];
                let (mut mean, mut deviation) = (vec![0.0; d], vec![0.0; d]);
                for j in 0..d {
                    let mut variance = second[j] - first[j] * first[j];
                    // A mean far from the base one hides the spread: look again around it.
                    if variance < 1e-6 * second[j] {
                        (variance, constant[j]) = self.spread(j, first[j], s);
                    }
                    let unit = self.base.scale[j];
                    mean[j] = self.base.center[j] + first[j] / unit;
                    deviation[j] = variance.max(0.0).sqrt() / unit;
                    constant[j] |= variance == 0.0;
                }
                let is = |j: usize| constant[j];
                let mut own = Scaling::from_moments(mean, deviation, is, standardize, center);
                if standardize {
                    own.leave(&grams);
                }
                own
            })
            .collect()
    }

    /// Variance of a column around its mean, in base units, and whether it holds one value.
    fn spread(&self, j: usize, mean: f64, weight: &[f64]) -> (f64, bool) {
        let (mut variance, mut low, mut high) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for t in 0..self.n().div_ceil(TILE) {
            let tile = self.tile(t);
            for (i, z) in tile.rows.clone().zip(&tile.columns().values[j * TILE..]) {
                if weight[i] > 0.0 {
                    variance += weight[i] * (z - mean) * (z - mean);
                    (low, high) = (low.min(*z), high.max(*z));
                }
            }
        }
        (if low == high { 0.0 } else { variance }, low == high)
    }

    /// Coefficients by base units from those of a problem, the constant last.
    fn to_base(&self, problem: &Problem, theta: &[f64], out: &mut [f64]) {
        let d = self.d();
        let own = &problem.scaling;
        let mut constant = theta[d];
        for j in 0..d {
            let w = theta[j] * own.scale[j];
            out[j] = w / self.base.scale[j];
            constant += w * (self.base.center[j] - own.center[j]);
        }
        out[d] = constant;
    }

    /// The gradient in the units of a problem from sums in base units.
    fn standardised(&self, problem: &Problem, sum: &[f64]) -> Vec<f64> {
        let d = self.d();
        let own = &problem.scaling;
        let column = |j: usize| {
            let x = sum[j] / self.base.scale[j] + (self.base.center[j] - own.center[j]) * sum[d];
            x * own.scale[j]
        };
        let intercept = if problem.fit_intercept { sum[d] } else { 0.0 };
        (0..d).map(column).chain([intercept]).collect()
    }

    /// Loss and gradient of problems of one score at their parameters: one pass for all.
    pub(crate) fn pass(&self, jobs: &[(&Problem, &[f64])]) -> Vec<At> {
        let (p, d, stride) = (jobs.len(), self.d(), self.stride);
        let mut w = vec![0.0; p * stride];
        for (out, (problem, theta)) in w.chunks_exact_mut(stride).zip(jobs) {
            self.to_base(problem, theta, out);
            problem.count_pass();
        }
        // A row of gradients for each problem, then the losses.
        let sums = self.sum(p * stride + p, |tile, sum| {
            let m = tile.rows.len();
            let mut scores = vec![0.0; p * TILE];
            let left = Rows { values: &w, stride };
            gemm_accumulate((p, d + 1, TILE), left, tile.columns(), &mut scores, TILE);
            let (gradient, loss) = sum.split_at_mut(p * stride);
            let mut state = [0.0; TILE];
            let mut slope = vec![0.0; p * TILE];
            let rows = scores.chunks_exact(TILE).zip(slope.chunks_exact_mut(TILE));
            for (((problem, _), loss), (f, r)) in jobs.iter().zip(loss).zip(rows) {
                let s = &problem.weight[tile.rows.clone()];
                let (f, r, state) = (&f[..m], &mut r[..m], &mut state[..m]);
                *loss += problem.loss.tile(tile.rows.start, f, s, r, state);
            }
            let left = Rows { values: &slope, stride: TILE };
            gemm_accumulate((p, m, stride), left, tile.rows(), gradient, stride);
        });
        let (gradients, losses) = sums.split_at(p * stride);
        let each = gradients.chunks_exact(stride).zip(losses).zip(jobs);
        each.map(|((sum, loss), (problem, _))| At {
            loss: *loss,
            gradient: self.standardised(problem, sum),
        })
        .collect()
    }

    /// The Hessian of the loss of a problem of one score at its parameters, over its chosen columns
    /// and the intercept: one pass.
    pub(crate) fn curvature(&self, problem: &Problem, theta: &[f64], columns: &Chosen) -> Mat<f64> {
        problem.count_pass();
        let (d, stride) = (self.d(), self.stride);
        let mut w = vec![0.0; stride];
        self.to_base(problem, theta, &mut w);
        let sum = self.sum(stride * stride, |tile, sum| {
            let m = tile.rows.len();
            let (mut f, mut r, mut c) = ([0.0; TILE], [0.0; TILE], [0.0; TILE]);
            let left = Rows { values: &w, stride };
            gemm_accumulate((1, d + 1, TILE), left, tile.columns(), &mut f, TILE);
            let s = &problem.weight[tile.rows.clone()];
            problem.loss.tile(tile.rows.start, &f[..m], s, &mut r[..m], &mut c[..m]);
            // The columns times the curvature, then one product for each run of sixteen columns, of
            // which what lies below the diagonal is left out.
            let mut left = vec![0.0; (d + 1) * TILE];
            let columns = tile.columns().values.chunks_exact(TILE);
            for (out, z) in left.chunks_exact_mut(TILE).zip(columns) {
                out.iter_mut().zip(z).zip(&c).for_each(|((o, z), c)| *o = z * c);
            }
            let left = Rows { values: &left, stride: TILE };
            for first in (0..stride).step_by(16) {
                let right = Rows { values: &tile.rows().values[first..], stride };
                let above = (first + 16).min(d + 1);
                gemm_accumulate((above, m, 16), left, right, &mut sum[first..], stride);
            }
        });
        let at = |a: usize, b: usize| sum[a.min(b) * stride + a.max(b)];
        let own = &problem.scaling;
        let shift = |j: usize| self.base.center[j] - own.center[j];
        let column = |a: usize| columns.columns.get(a).copied();
        let size = columns.columns.len() + 1;
        let one = f64::from(u8::from(problem.fit_intercept));
        Mat::from_fn(size, size, |a, b| match (column(a), column(b)) {
            (Some(i), Some(j)) => {
                let (u, v) = (self.base.scale[i], self.base.scale[j]);
                let plain = at(i, j) / (u * v);
                let crossed = shift(j) * (at(i, d) / u) + shift(i) * (at(j, d) / v);
                let square = shift(i) * shift(j) * at(d, d);
                (plain + crossed + square) * own.scale[i] * own.scale[j]
            }
            (Some(j), None) | (None, Some(j)) => {
                let x = at(j, d) / self.base.scale[j] + shift(j) * at(d, d);
                one * x * own.scale[j]
            }
            (None, None) => one * at(d, d),
        })
    }
}
