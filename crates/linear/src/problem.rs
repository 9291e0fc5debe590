//! One training problem: rows, loss, weights and scaling, and the passes that solvers make.
//!
//! Parameters are kept in standardised units, column after column with the `K` scores of a column
//! side by side, then the `K` intercepts: `theta[j * K + k]`, `theta[d * K + k]`.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::StopFlag;
use crate::chunks::{chunks, split_mut, tile_rows};
use crate::loss::RowLoss;
use crate::rows::Rows;
use crate::scale::Scaling;
use crate::shared::Seat;
use crate::terms::Terms;
use crate::vector;
use crate::vicinal::mixed::Mixer;
use crate::view::View;

/// What one pass over the data gives.
pub(crate) struct Pass {
    /// Weighted mean loss.
    pub(crate) loss: f64,
    /// Gradient of the loss by `theta`.
    pub(crate) gradient: Vec<f64>,
    /// Slope of every row's weighted loss by its scores.
    pub(crate) slope: Vec<f64>,
    /// Curvature state of every row, for Hessian products.
    pub(crate) state: Vec<f64>,
}

/// Losses at given scores: what needs no visit of the matrix.
pub(crate) struct Lifted {
    /// Weighted mean loss.
    pub(crate) loss: f64,
    /// Slope of every row's weighted loss by its scores.
    pub(crate) slope: Vec<f64>,
    /// Curvature state of every row.
    pub(crate) state: Vec<f64>,
}

/// Rows, loss and scaling of one fit.
pub(crate) struct Problem<'a> {
    view: View<'a>,
    pub(crate) loss: Box<dyn RowLoss + 'a>,
    /// Row weights, summing to one.
    pub(crate) weight: Vec<f64>,
    pub(crate) scaling: Scaling,
    pub(crate) fit_intercept: bool,
    /// What the loss is taken over, if not the rows themselves.
    pub(crate) mixer: Option<Mixer>,
    /// Where it asks for passes, if it shares them with others.
    pub(crate) seat: Option<Seat>,
    /// Raised when nobody waits for the solution any more.
    pub(crate) stop: StopFlag,
    chunks: Vec<Range<usize>>,
    tile: usize,
    passes: AtomicU64,
    /// Partial sums that are not in use.
    spare: Mutex<Vec<Vec<f64>>>,
}

impl<'a> Problem<'a> {
    pub(crate) fn new(
        view: View<'a>,
        loss: Box<dyn RowLoss + 'a>,
        weight: Vec<f64>,
        scaling: Scaling,
        fit_intercept: bool,
    ) -> Self {
        let tile = tile_rows(&view);
        let chunks = chunks(&view, view.cols() * loss.width(), view.nnz() * loss.width(), tile);
        Self {
            view,
            loss,
            weight,
            scaling,
            fit_intercept,
            mixer: None,
            seat: None,
            stop: StopFlag::default(),
            chunks,
            tile,
            passes: AtomicU64::new(1),
            spare: Mutex::new(Vec::new()),
        }
    }

    /// The same problem over mixtures of its rows.
    pub(crate) fn over(self, mixer: Option<Mixer>) -> Self {
        Self { mixer, ..self }
    }

    /// The design, in the order of columns that the problem has.
    pub(crate) fn view(&self) -> &View<'a> {
        &self.view
    }

    /// Number of columns.
    pub(crate) fn cols(&self) -> usize {
        self.view.cols()
    }

    /// Number of scores a row.
    pub(crate) fn width(&self) -> usize {
        self.loss.width()
    }

    /// Number of rows.
    pub(crate) fn n(&self) -> usize {
        self.weight.len()
    }

    /// Number of coefficients, intercepts left out.
    pub(crate) fn columns_end(&self) -> usize {
        self.cols() * self.width()
    }

    /// Number of parameters, intercepts included.
    pub(crate) fn len(&self) -> usize {
        (self.cols() + 1) * self.width()
    }

    /// Whether the matrix is stored densely.
    pub(crate) fn is_dense(&self) -> bool {
        self.view.is_dense()
    }

    /// Stored entries.
    pub(crate) fn nnz(&self) -> usize {
        self.view.nnz()
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

    /// Rows of the largest tile.
    fn tile(&self) -> usize {
        let longest = self.chunks.iter().map(|c| c.len()).max().unwrap_or(0);
        self.tile.min(longest)
    }

    /// Tiles of a chunk.
    pub(crate) fn tiles(&self, chunk: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let (tile, end) = (self.tile, chunk.end);
        chunk.clone().step_by(tile).map(move |start| start..(start + tile).min(end))
    }

    pub(crate) fn rows(&self) -> &dyn Rows {
        self.view.rows()
    }

    /// A vector of zeros as long as `theta`, from those that were given back.
    fn zeros(&self) -> Vec<f64> {
        let spare = self.spare.lock().ok().and_then(|mut spare| spare.pop());
        match spare {
            Some(mut sum) => {
                sum.fill(0.0);
                sum
            }
            None => vec![0.0; self.len()],
        }
    }

    fn give_back(&self, parts: impl IntoIterator<Item = Vec<f64>>) {
        if let Ok(mut spare) = self.spare.lock() {
            // A pass takes one a chunk; what shared passes give out was never taken from here.
            let room = self.chunks.len().saturating_sub(spare.len());
            spare.extend(parts.into_iter().take(room));
        }
    }

    /// Vectors that wait to be used again.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.spare.lock().map_or(0, |spare| spare.len())
    }

    /// Takes back a vector that a pass gave out, for the next one.
    pub(crate) fn reuse(&self, vector: Vec<f64>) {
        self.give_back([vector]);
    }

    /// Adds the partial sums of the chunks in their order, in standardised units.
    fn total(&self, mut parts: Vec<Vec<f64>>) -> Vec<f64> {
        let rest = parts.split_off(1.min(parts.len()));
        let mut total = parts.pop().unwrap_or_else(|| self.zeros());
        vector::add_all(&rest, &mut total);
        self.give_back(rest);
        self.to_standard(&mut total);
        total
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
        let (v, b) = theta.split_at(self.columns_end());
        let mut w = v.to_vec();
        let scale = &self.scaling.scale;
        if k == 1 {
            vector::for_blocks(&mut w, |first, w| {
                w.iter_mut().zip(&scale[first..]).for_each(|(w, s)| *w *= s);
            });
        } else {
            for (w, s) in w.chunks_exact_mut(k).zip(scale) {
                w.iter_mut().for_each(|w| *w *= s);
            }
        }
        let mut b = b.to_vec();
        if self.scaling.centred {
            for (w, center) in w.chunks_exact(k).zip(&self.scaling.center) {
                w.iter().zip(&mut b).for_each(|(w, b)| *b -= w * center);
            }
        }
        (w, b)
    }

    /// The gradient by `theta` from sums over the raw columns, in place.
    pub(crate) fn to_standard(&self, sum: &mut [f64]) {
        let k = self.width();
        let (g, r) = sum.split_at_mut(self.columns_end());
        let (scale, center) = (&self.scaling.scale, &self.scaling.center);
        if self.scaling.centred {
            for (j, g) in g.chunks_exact_mut(k).enumerate() {
                g.iter_mut().zip(&*r).for_each(|(g, r)| *g = (*g - center[j] * r) * scale[j]);
            }
        } else if k == 1 {
            vector::for_blocks(g, |first, g| {
                g.iter_mut().zip(&scale[first..]).for_each(|(g, s)| *g *= s);
            });
        } else {
            for (g, s) in g.chunks_exact_mut(k).zip(scale) {
                g.iter_mut().for_each(|g| *g *= s);
            }
        }
        if !self.fit_intercept {
            r.fill(0.0);
        }
    }

    /// Scores of a tile for raw coefficients.
    fn tile_scores(&self, tile: Range<usize>, w: &[f64], b: &[f64], out: &mut [f64]) {
        if let [b] = b {
            self.rows().scores(tile, w, *b, out);
        } else {
            self.rows().scores_multi(tile, w, b, out);
        }
    }

    /// Adds a tile's residuals times its rows, and the residuals themselves, to `sum`.
    pub(crate) fn tile_accumulate(&self, tile: Range<usize>, r: &[f64], sum: &mut [f64]) {
        let k = self.width();
        let (columns, totals) = sum.split_at_mut(self.cols() * k);
        if k == 1 {
            self.rows().accumulate(tile, r, columns);
        } else {
            self.rows().accumulate_multi(tile, r, k, columns);
        }
        for r in r.chunks_exact(k) {
            totals.iter_mut().zip(r).for_each(|(t, r)| *t += r);
        }
    }

    /// Loss, gradient, slopes and curvature state at `theta`: one pass over the data.
    pub(crate) fn pass(&self, theta: &[f64]) -> Pass {
        if self.mixer.is_some() {
            let Lifted { loss, slope, state } = self.lift(&self.scores(theta));
            return Pass { loss, gradient: self.rows_times(&slope), slope, state };
        }
        self.count_pass();
        let k = self.width();
        let (w, b) = self.to_raw(theta);
        let (mut state, mut slope) = (vec![0.0; self.n() * k], vec![0.0; self.n() * k]);
        let parts: Vec<(f64, Vec<f64>)> = split_mut(&mut state, &self.chunks, k)
            .into_par_iter()
            .zip(split_mut(&mut slope, &self.chunks, k))
            .zip(&self.chunks)
            .map(|((state, slope), chunk)| {
                let mut sum = self.zeros();
                let mut scores = vec![0.0; self.tile() * k];
                let mut loss = 0.0;
                for tile in self.tiles(chunk) {
                    let m = tile.len() * k;
                    let at = (tile.start - chunk.start) * k;
                    let slope = &mut slope[at..at + m];
                    self.tile_scores(tile.clone(), &w, &b, &mut scores[..m]);
                    loss += self.loss.tile(
                        tile.start,
                        &scores[..m],
                        &self.weight[tile.clone()],
                        slope,
                        &mut state[at..at + m],
                    );
                    self.tile_accumulate(tile, slope, &mut sum);
                }
                (loss, sum)
            })
            .collect();
        let (losses, parts): (Vec<f64>, Vec<Vec<f64>>) = parts.into_iter().unzip();
        Pass { loss: losses.iter().sum(), gradient: self.total(parts), slope, state }
    }

    /// Loss, slopes and curvature state at given scores, without a visit of the matrix.
    pub(crate) fn lift(&self, scores: &[f64]) -> Lifted {
        if let Some(mixer) = &self.mixer {
            return mixer.lift(scores, &self.weight, self.loss.as_ref());
        }
        let k = self.width();
        let (mut state, mut slope) = (vec![0.0; self.n() * k], vec![0.0; self.n() * k]);
        let losses: Vec<f64> = split_mut(&mut state, &self.chunks, k)
            .into_par_iter()
            .zip(split_mut(&mut slope, &self.chunks, k))
            .zip(&self.chunks)
            .map(|((state, slope), chunk)| {
                let scores = &scores[chunk.start * k..chunk.end * k];
                self.loss.tile(chunk.start, scores, &self.weight[chunk.clone()], slope, state)
            })
            .collect();
        Lifted { loss: losses.iter().sum(), slope, state }
    }

    /// Gradient of the loss and, without centring, the diagonal of its Hessian, from slopes and
    /// state: one pass over the matrix for both.
    pub(crate) fn gradient_and_diagonal(&self, at: &Lifted) -> (Vec<f64>, Vec<f64>) {
        if self.is_dense() || self.width() > 1 || self.scaling.centred {
            return (self.rows_times(&at.slope), self.curvature_diagonal(&at.state));
        }
        self.count_pass();
        let d = self.cols();
        let mut parts: Vec<(Vec<[f64; 2]>, [f64; 2])> = self
            .chunks
            .par_iter()
            .map(|chunk| {
                let mut sum = vec![[0.0; 2]; d];
                let mut total = [0.0; 2];
                for tile in self.tiles(chunk) {
                    let (r, c) = (&at.slope[tile.clone()], &at.state[tile.clone()]);
                    self.rows().accumulate_curved(tile, r, c, &mut sum);
                    total[0] += r.iter().sum::<f64>();
                    total[1] += c.iter().sum::<f64>();
                }
                (sum, total)
            })
            .collect();
        let (mut gradient, mut diagonal) = (self.zeros(), vec![0.0; self.len()]);
        let scale = &self.scaling.scale;
        vector::sum_over_blocks(&mut gradient[..d], &mut diagonal[..d], |first, g, h| {
            for (i, (g, h)) in g.iter_mut().zip(h).enumerate() {
                let j = first + i;
                let mut sum = [0.0; 2];
                for (part, _) in &parts {
                    sum[0] += part[j][0];
                    sum[1] += part[j][1];
                }
                *g = sum[0] * scale[j];
                *h = sum[1] * (scale[j] * scale[j]);
            }
            0.0
        });
        if self.fit_intercept {
            gradient[d] = parts.iter().map(|p| p.1[0]).sum();
            diagonal[d] = parts.iter().map(|p| p.1[1]).sum();
        }
        parts.clear();
        (gradient, diagonal)
    }

    /// How the slopes of the scores change where the scores do, from the state of a pass.
    pub(crate) fn bent(&self, state: &[f64], change: &[f64]) -> Vec<f64> {
        let k = self.width();
        let mut out = vec![0.0; change.len()];
        split_mut(&mut out, &self.chunks, k).into_par_iter().zip(&self.chunks).for_each(
            |(out, chunk)| {
                let own = chunk.start * k..chunk.end * k;
                let weight = &self.weight[chunk.clone()];
                self.loss.curve(chunk.start, &state[own.clone()], weight, &change[own], out);
            },
        );
        out
    }

    /// The Hessian of the loss times a direction, from the state of a pass: one pass. `change`
    /// receives how the scores change along the direction.
    pub(crate) fn hessian_times(
        &self,
        state: &[f64],
        direction: &[f64],
        change: &mut [f64],
    ) -> Vec<f64> {
        if let Some(mixer) = &self.mixer {
            let (w, b) = self.to_raw(direction);
            self.raw_scores(&w, &b, change);
            let loss = self.loss.as_ref();
            return self.rows_times(&mixer.hessian_times(state, &self.weight, loss, change));
        }
        self.count_pass();
        let k = self.width();
        let (w, b) = self.to_raw(direction);
        let parts: Vec<Vec<f64>> = split_mut(change, &self.chunks, k)
            .into_par_iter()
            .zip(&self.chunks)
            .map(|(change, chunk)| {
                let mut sum = self.zeros();
                let mut r = vec![0.0; self.tile() * k];
                for tile in self.tiles(chunk) {
                    let m = tile.len() * k;
                    let at = (tile.start - chunk.start) * k;
                    let (t, r) = (&mut change[at..at + m], &mut r[..m]);
                    let state = &state[tile.start * k..tile.end * k];
                    self.tile_scores(tile.clone(), &w, &b, t);
                    self.loss.curve(tile.start, state, &self.weight[tile.clone()], t, r);
                    self.tile_accumulate(tile, r, &mut sum);
                }
                sum
            })
            .collect();
        self.total(parts)
    }

    /// The diagonal of the loss's Hessian, from the state of a pass: one pass. A column without
    /// scale has 0. For K > 1 scores it is `sum_i s_i p_ik (1 - p_ik) z_ij^2`.
    pub(crate) fn curvature_diagonal(&self, state: &[f64]) -> Vec<f64> {
        self.count_pass();
        let k = self.width();
        let d = self.cols();
        let own = |i: usize, c: usize| self.loss.own_curvature(state, self.weight[i], i, c);
        // Sums of c, c x and c x^2 by column, so that centring can be undone at the end.
        let parts: Vec<Vec<f64>> = self
            .chunks
            .par_iter()
            .map(|chunk| {
                let mut sum = vec![0.0; (2 * d + 1) * k];
                for i in chunk.clone() {
                    self.rows().entries(i, &mut |j, x| {
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
        let mut total = vec![0.0; (2 * d + 1) * k];
        vector::add_all(&parts, &mut total);
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
        let (w, b) = self.to_raw(theta);
        let mut out = vec![0.0; self.n() * self.width()];
        self.raw_scores(&w, &b, &mut out);
        out
    }

    /// Scores of every row for raw coefficients: one pass.
    fn raw_scores(&self, w: &[f64], b: &[f64], out: &mut [f64]) {
        self.count_pass();
        let k = self.width();
        split_mut(out, &self.chunks, k).into_par_iter().zip(&self.chunks).for_each(
            |(out, chunk)| {
                for tile in self.tiles(chunk) {
                    let at = (tile.start - chunk.start) * k;
                    let m = tile.len() * k;
                    self.tile_scores(tile, w, b, &mut out[at..at + m]);
                }
            },
        );
    }

    /// Sum over rows of residuals times standardised rows: one pass.
    pub(crate) fn rows_times(&self, residual: &[f64]) -> Vec<f64> {
        self.count_pass();
        let k = self.width();
        let parts: Vec<Vec<f64>> = self
            .chunks
            .par_iter()
            .map(|chunk| {
                let mut sum = self.zeros();
                for tile in self.tiles(chunk) {
                    let r = &residual[tile.start * k..tile.end * k];
                    self.tile_accumulate(tile, r, &mut sum);
                }
                sum
            })
            .collect();
        self.total(parts)
    }

    /// Objective from the mean loss.
    pub(crate) fn objective(&self, theta: &[f64], loss: f64, terms: &Terms) -> f64 {
        loss + terms.value(&theta[..self.columns_end()], self.width())
    }

    /// Largest violation of the optimality conditions; columns without scale are left out.
    pub(crate) fn residual(&self, theta: &[f64], gradient: &[f64], terms: &Terms) -> f64 {
        let (k, end) = (self.width(), self.columns_end());
        let mut worst = vector::largest(&gradient[end..]);
        if let Some(groups) = &terms.groups {
            for (g, members) in groups.members.iter().enumerate() {
                for c in 0..k {
                    let pick = |from: &[f64]| -> Vec<f64> {
                        let live = members.iter().filter(|&&j| self.scaling.scale[j] != 0.0);
                        live.map(|&j| from[j * k + c]).collect()
                    };
                    worst = worst.max(terms.group_violation(g, &pick(theta), &pick(gradient)));
                }
            }
            return worst;
        }
        let top = |j: usize| -> f64 {
            if self.scaling.scale[j] == 0.0 {
                return 0.0;
            }
            let own = j * k..(j + 1) * k;
            own.fold(0.0, |m, c| m.max(terms.violation(j, theta[c], gradient[c])))
        };
        let columns = (0..self.cols()).into_par_iter().with_min_len(vector::BLOCK);
        worst.max(columns.map(top).reduce(|| 0.0, f64::max))
    }
}
