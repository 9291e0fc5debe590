//! One learner: implicit adaptive steps, lazily shrunk and averaged coefficients.
//!
//! At a row of weight `s` (the mean weight is 1) with scores `f`, standardised entries `z` and
//! slopes `r = s l'(f)`, a coefficient moves by `-t eta r z / sqrt(G)`, `G` the sum of the squares
//! of its past gradients `r z`, this one included. `t` solves the implicit equation along that
//! step: the slopes at the scores where it ends, seen along `r`, are `t` times as long. So a long
//! step ends where the loss levels off, not beyond. Between the visits of a column its coefficient
//! decays as the L2 penalty has it, `w exp(-lambda eta k / sqrt(G))` after `k` rows, and its sum
//! for the average grows by the integral of that: cost per entry, none per column. The average is
//! over the last epoch.

use linecall_data::Design;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::survey::Frame;
use crate::folds::shuffle;
use crate::loss::RowLoss;
use crate::plan::Plan;

/// What is kept of a coefficient.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    w: f64,
    /// Sum of squared gradients.
    squares: f64,
    /// Sum of the coefficient over the rows of this epoch up to `seen`.
    sum: f64,
    /// Rows of all epochs up to the last visit.
    seen: u64,
}

/// A learner of one step length.
pub(super) struct Learner {
    k: usize,
    rate: f64,
    lambda: f64,
    intercept: bool,
    /// Column after column, the scores of a column side by side; then the intercepts.
    cells: Vec<Cell>,
    /// Rows visited, and those at the beginning of the epoch.
    clock: u64,
    began: u64,
    scratch: Scratch,
}

/// Vectors of one row.
#[derive(Default)]
struct Scratch {
    row: Vec<(usize, f64)>,
    next: Vec<(usize, f64)>,
    scores: Vec<f64>,
    slope: Vec<f64>,
    state: Vec<f64>,
    /// By how much each score moves per unit of its slope.
    reach: Vec<f64>,
    trial: Vec<f64>,
    there: Vec<f64>,
}

impl Learner {
    /// Bytes of a coefficient.
    pub(super) const CELL: u64 = std::mem::size_of::<Cell>() as u64;

    pub(super) fn new(cols: usize, k: usize, rate: f64, plan: &Plan) -> Self {
        let zeros = || vec![0.0; k];
        let scratch = Scratch {
            row: Vec::new(),
            next: Vec::new(),
            scores: zeros(),
            slope: zeros(),
            state: zeros(),
            reach: zeros(),
            trial: zeros(),
            there: zeros(),
        };
        Self {
            k,
            rate,
            lambda: plan.penalty.lambda(),
            intercept: plan.fit_intercept,
            cells: vec![Cell::default(); (cols + 1) * k],
            clock: 0,
            began: 0,
            scratch,
        }
    }

    /// Begins an epoch: its average starts anew.
    pub(super) fn begin(&mut self) {
        self.settle_all();
        self.cells.iter_mut().for_each(|cell| cell.sum = 0.0);
        self.began = self.clock;
    }

    /// The mean of the coefficients over the epoch, from which the next one starts.
    pub(super) fn settle_on_mean(&mut self) -> Vec<f64> {
        self.settle_all();
        let rows = (self.clock - self.began).max(1) as f64;
        for cell in &mut self.cells {
            cell.w = cell.sum / rows;
        }
        self.cells.iter().map(|cell| cell.w).collect()
    }

    /// Rows visited.
    pub(super) fn rows(&self) -> u64 {
        self.clock
    }

    /// The coefficients as they are, or their mean over the epoch; nothing of the learner moves on.
    pub(super) fn coefficients(&mut self, mean: bool) -> Vec<f64> {
        self.settle_all();
        let rows = self.clock - self.began;
        let of = |cell: &Cell| match mean && rows > 0 {
            true => cell.sum / rows as f64,
            false => cell.w,
        };
        self.cells.iter().map(of).collect()
    }

    /// All that was learnt, bit for bit: the clock, the beginning of the epoch, and each cell.
    pub(super) fn state(&self) -> Vec<u64> {
        let mut state = vec![self.clock, self.began];
        for cell in &self.cells {
            let numbers = [cell.w, cell.squares, cell.sum].map(f64::to_bits);
            state.extend(numbers);
            state.push(cell.seen);
        }
        state
    }

    /// Takes up a state; false, and nothing done, where it is not of a learner like this one.
    pub(super) fn resume(&mut self, state: &[u64]) -> bool {
        let [clock, began, cells @ ..] = state else { return false };
        let (clock, began) = (*clock, *began);
        let sound = |cell: &[u64]| {
            let [w, squares, sum, seen] = cell else { return false };
            let finite = |bits: &u64| f64::from_bits(*bits).is_finite();
            finite(w)
                && finite(sum)
                && finite(squares)
                && f64::from_bits(*squares) >= 0.0
                && *seen <= clock
        };
        let fits = cells.len() == 4 * self.cells.len() && began <= clock;
        if !fits || !cells.chunks(4).all(sound) {
            return false;
        }
        (self.clock, self.began) = (clock, began);
        for (own, cell) in self.cells.iter_mut().zip(cells.chunks(4)) {
            if let [w, squares, sum, seen] = cell {
                let [w, squares, sum] = [w, squares, sum].map(|bits| f64::from_bits(*bits));
                *own = Cell { w, squares, sum, seen: *seen };
            }
        }
        true
    }

    fn settle_all(&mut self) {
        let columns = self.cells.len() - self.k;
        let (clock, decay) = (self.clock, self.rate * self.lambda);
        let (cells, intercepts) = self.cells.split_at_mut(columns);
        cells.iter_mut().for_each(|cell| cell.settle(clock, decay));
        intercepts.iter_mut().for_each(|cell| cell.settle(clock, 0.0));
    }

    /// Learns from rows of a batch, in the given order.
    pub(super) fn learn(
        &mut self,
        frame: &Frame,
        design: &Design,
        loss: &dyn RowLoss,
        weight: &[f64],
        order: &[usize],
    ) {
        let mut row = std::mem::take(&mut self.scratch.row);
        let mut next = std::mem::take(&mut self.scratch.next);
        let mut state = std::mem::take(&mut self.scratch.state);
        if let Some(&first) = order.first() {
            self.fetch(frame, design, first, &mut next);
        }
        for (at, &i) in order.iter().enumerate() {
            std::mem::swap(&mut row, &mut next);
            if let Some(&coming) = order.get(at + 1) {
                self.fetch(frame, design, coming, &mut next);
            }
            let s = [weight[i] * frame.rows];
            self.visit(&row, &mut |scores, slope| {
                loss.tile(i, scores, &s, slope, &mut state);
            });
        }
        (self.scratch.row, self.scratch.next, self.scratch.state) = (row, next, state);
    }

    /// The standardised entries of a row, whose cells are on their way when this returns.
    fn fetch(&self, frame: &Frame, design: &Design, i: usize, row: &mut Vec<(usize, f64)>) {
        let (center, scale) = (&frame.scaling.center, &frame.scaling.scale);
        row.clear();
        design.for_each_in_row(i, |j, x| {
            let z = (x - center[j]) * scale[j];
            if z != 0.0 {
                linecall_kernels::prefetch(&self.cells[j * self.k]);
                row.push((j, z));
            }
        });
    }

    fn visit(&mut self, row: &[(usize, f64)], slopes: &mut dyn FnMut(&[f64], &mut [f64])) {
        let (k, decay, clock) = (self.k, self.rate * self.lambda, self.clock);
        let ones = self.cells.len() - k;
        let Scratch { scores, slope, reach, .. } = &mut self.scratch;
        if self.intercept {
            for (score, cell) in scores.iter_mut().zip(&mut self.cells[ones..]) {
                cell.settle(clock, 0.0);
                *score = cell.w;
            }
        } else {
            scores.fill(0.0);
        }
        for &(j, z) in row {
            for (score, cell) in scores.iter_mut().zip(&mut self.cells[j * k..(j + 1) * k]) {
                cell.settle(clock, decay);
                *score += cell.w * z;
            }
        }
        self.clock += 1;
        slopes(scores, slope);
        if slope.iter().all(|r| *r == 0.0) {
            return;
        }
        reach.fill(0.0);
        let intercept = self.intercept.then_some((ones / k, 1.0));
        for (j, z) in row.iter().copied().chain(intercept) {
            let cells = self.cells[j * k..(j + 1) * k].iter_mut();
            for ((cell, r), reach) in cells.zip(&*slope).zip(&mut *reach) {
                cell.squares += r * z * (r * z);
                if cell.squares > 0.0 {
                    *reach += self.rate / cell.squares.sqrt() * z * z;
                }
            }
        }
        let t = self.scratch.length(slopes);
        let slope = &self.scratch.slope;
        for (j, z) in row.iter().copied().chain(intercept) {
            for (cell, r) in self.cells[j * k..(j + 1) * k].iter_mut().zip(slope) {
                if cell.squares > 0.0 {
                    cell.w -= t * self.rate / cell.squares.sqrt() * r * z;
                }
            }
        }
    }
}

impl Cell {
    /// Shrinks the coefficient for the rows since its last visit, and adds it up over them.
    #[inline]
    fn settle(&mut self, clock: u64, decay: f64) {
        let rows = (clock - self.seen) as f64;
        self.seen = clock;
        if self.w == 0.0 || rows == 0.0 {
            return;
        }
        let x = if decay == 0.0 { 0.0 } else { rows * decay / self.squares.sqrt() };
        let (left, mean) = if x < 1e-3 {
            (1.0 - x * (1.0 - 0.5 * x), 1.0 - x * (0.5 - x / 6.0))
        } else {
            let left = (-x).exp();
            (left, (1.0 - left) / x)
        };
        self.sum += self.w * rows * mean;
        self.w *= left;
    }
}

impl Scratch {
    /// The share of the step that the implicit equation allows, to 5%, from 0 to 1.
    fn length(&mut self, slopes: &mut dyn FnMut(&[f64], &mut [f64])) -> f64 {
        const NEAR: f64 = 0.05;
        let norm: f64 = self.slope.iter().map(|r| r * r).sum();
        let mut excess = |t: f64| {
            let moved = self.scores.iter().zip(&self.reach).zip(&self.slope);
            self.trial.iter_mut().zip(moved).for_each(|(x, ((f, q), r))| *x = f - t * q * r);
            slopes(&self.trial, &mut self.there);
            self.there.iter().zip(&self.slope).map(|(a, b)| a * b).sum::<f64>() / norm - t
        };
        let (mut low, mut high) = ((0.0, 1.0), (1.0, excess(1.0)));
        if high.1 >= -NEAR {
            return 1.0;
        }
        // False position, with the end that stays put halved (the Illinois rule).
        for _ in 0..30 {
            let t = low.0 + (high.0 - low.0) * low.1 / (low.1 - high.1);
            let value = excess(t);
            if value.abs() <= NEAR * t {
                return t;
            }
            if value > 0.0 {
                low = (t, value);
                high.1 *= 0.5;
            } else {
                high = (t, value);
                low.1 *= 0.5;
            }
        }
        low.0
    }
}

/// Rows of positive weight in a random order that depends on the seed, the epoch, and the rows
/// before.
pub(super) fn order(weight: &[f64], [seed, epoch, before]: [u64; 3]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weight.len()).filter(|&i| weight[i] > 0.0).collect();
    let mixed = seed ^ epoch.rotate_left(48) ^ before.rotate_left(16);
    shuffle(&mut order, &mut Xoshiro256PlusPlus::seed_from_u64(mixed));
    order
}
