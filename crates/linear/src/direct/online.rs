//! Algorithms that visit one row after another: the perceptron and passive-aggressive learning.
//!
//! A row with score `f` and class `y` in {-1, +1} moves the coefficients by `tau y x` and the
//! intercept by `tau y`, as if the row held a column of ones; `q = |x|^2 + 1`.
//!
//! - Perceptron: `tau = 1` where `y f <= 0`, else 0. Rosenblatt (Psychological Review, 1958).
//! - Passive-aggressive: `tau = l / q` at most `C` (variant I), `tau = l / (q + 1 / (2 C))`
//!   (variant II), `l = max(0, 1 - y f)`. Crammer, Dekel, Keshet, Shalev-Shwartz & Singer, "Online
//!   passive-aggressive algorithms" (JMLR, 2006).
//!
//! With three or more classes the row's own class moves towards it and the best other class away
//! from it, with the difference of their scores for `y f` and `2 q` for `q` (Crammer & Singer
//! 2003). Averaging takes the mean of the coefficients after every visit: Freund & Schapire, "Large
//! margin classification using the perceptron algorithm" (Machine Learning, 1999); Collins (EMNLP
//! 2002).
//!
//! A row of weight `s` is visited `s` times in succession, the last time with what is left of `s`
//! as the length of the step (for passive-aggressive learning: of `C`); from a weight of 1,000 on,
//! a thousand times with longer steps. Rows of weight 0 are not there.
//!
//! Cost: one pass per epoch, on one thread: the order of the rows is the algorithm.

use linecall_data::{Design, Matrix};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{Notes, Passes, Solved, Task, Variant};
use crate::folds::shuffle;
use crate::scale::Scaling;
use crate::view::View;

/// Most visits of one row in succession.
const VISITS: f64 = 1_000.0;

/// Which algorithm.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    Perceptron,
    PassiveAggressive(f64, Variant),
}

impl Rule {
    /// The length of the step at a margin, for a visit of size `size` (1 for a whole one).
    fn step(self, margin: f64, q: f64, size: f64) -> f64 {
        let loss = (1.0 - margin).max(0.0);
        match self {
            Self::Perceptron if margin <= 0.0 => size,
            Self::Perceptron => 0.0,
            Self::PassiveAggressive(c, Variant::I) => (loss / q).min(c * size),
            // What `size` of a visit leaves of the loss is the `size`-th power of what one leaves.
            Self::PassiveAggressive(c, Variant::II) => {
                let left = 1.0 / (1.0 + 2.0 * c * q);
                let done = if size == 1.0 { 1.0 - left } else { 1.0 - left.powf(size) };
                loss / q * done
            }
        }
    }
}

/// Coefficients on their way.
struct State {
    /// Number of scores.
    k: usize,
    /// Coefficients, column after column with the scores side by side; then the intercepts.
    w: Vec<f64>,
    /// Every step times the clock at its beginning: the mean over visits is `w - late / clock`.
    late: Vec<f64>,
    /// Size of all visits so far.
    clock: f64,
}

/// Two classes have one score; more have one each.
pub(super) fn solve(task: &Task, rule: Rule, passes: &Passes) -> Solved {
    let d = task.design.cols();
    let k = if task.classes.len() == 2 { 1 } else { task.classes.len() };
    let (center, scale) = units(task, passes.standardize);
    let mut state =
        State { k, w: vec![0.0; (d + 1) * k], late: vec![0.0; (d + 1) * k], clock: 0.0 };
    let mut order: Vec<usize> =
        (0..task.codes.len()).filter(|&i| task.weights.row[i] > 0.0).collect();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(passes.seed);
    let mut notes = Notes::default();
    let mut row = Vec::new();
    for _ in 0..passes.epochs {
        if passes.shuffle {
            shuffle(&mut order, &mut rng);
        }
        let (mut mistakes, mut steps) = (0, 0u64);
        for &i in &order {
            row.clear();
            task.design.for_each_in_row(i, |j, x| row.push((j, (x - center[j]) * scale[j])));
            let seen = state.visit(rule, &row, task.codes[i] as usize, task.weights.row[i]);
            mistakes += u64::from(seen.mistake);
            steps += u64::from(seen.stepped);
        }
        notes.mistakes.push(mistakes);
        notes.passes += 1;
        if steps == 0 {
            break;
        }
    }
    state.solved(passes.average, &center, &scale, notes)
}

fn is_dense(design: &Design) -> bool {
    matches!(design.matrix(), Matrix::DenseF64(_) | Matrix::DenseF32(_))
}

/// Centre and scale of each column. Sparse rows are not centred: zeros stay zeros.
fn units(task: &Task, standardize: bool) -> (Vec<f64>, Vec<f64>) {
    let d = task.design.cols();
    if !standardize {
        return (vec![0.0; d], vec![1.0; d]);
    }
    let scaling =
        Scaling::of(&View::plain(task.design), &task.share(), true, is_dense(task.design));
    (scaling.center, scaling.scale)
}

/// What a row did.
struct Seen {
    mistake: bool,
    stepped: bool,
}

impl State {
    fn visit(&mut self, rule: Rule, row: &[(usize, f64)], class: usize, weight: f64) -> Seen {
        let mut f = self.scores(row);
        let q = 1.0 + row.iter().map(|(_, x)| x * x).sum::<f64>();
        let mut step = vec![0.0; self.k];
        let mut late = vec![0.0; self.k];
        let mut seen = Seen { mistake: false, stepped: false };
        let visits = weight.min(VISITS).ceil();
        let whole = if weight > VISITS { weight / VISITS } else { 1.0 };
        let mut left = weight;
        for visit in 0..visits as u32 {
            let size = whole.min(left);
            let (margin, rival) = margin(&f, class);
            seen.mistake |= visit == 0 && margin <= 0.0;
            let q = if rival.is_some() { 2.0 * q } else { q };
            let tau = rule.step(margin, q, size);
            if tau == 0.0 {
                break;
            }
            seen.stepped = true;
            let mut turn = |c: usize, by: f64| {
                step[c] += by;
                late[c] += by * self.clock;
                f[c] += by * if rival.is_some() { 0.5 * q } else { q };
            };
            match rival {
                Some(rival) => {
                    turn(class, tau);
                    turn(rival, -tau);
                }
                None => turn(0, if class == 1 { tau } else { -tau }),
            }
            self.clock += size;
            left -= size;
        }
        self.clock += left;
        if seen.stepped {
            self.move_by(row, &step, &late);
        }
        seen
    }

    fn scores(&self, row: &[(usize, f64)]) -> Vec<f64> {
        let k = self.k;
        let mut f = self.w[self.w.len() - k..].to_vec();
        for &(j, x) in row {
            f.iter_mut().zip(&self.w[j * k..(j + 1) * k]).for_each(|(f, w)| *f += x * w);
        }
        f
    }

    fn move_by(&mut self, row: &[(usize, f64)], step: &[f64], late: &[f64]) {
        let k = self.k;
        let ones = self.w.len() / k - 1;
        for (j, x) in row.iter().copied().chain(std::iter::once((ones, 1.0))) {
            let own = j * k..(j + 1) * k;
            self.w[own.clone()].iter_mut().zip(step).for_each(|(w, s)| *w += x * s);
            self.late[own].iter_mut().zip(late).for_each(|(l, s)| *l += x * s);
        }
    }

    /// Coefficients per unit of the columns.
    fn solved(mut self, average: bool, center: &[f64], scale: &[f64], notes: Notes) -> Solved {
        let (k, d) = (self.k, scale.len());
        if average && self.clock > 0.0 {
            let clock = self.clock;
            self.w.iter_mut().zip(&self.late).for_each(|(w, l)| *w -= l / clock);
        }
        let mut solved = Solved { notes, ..Solved::default() };
        for c in 0..k {
            let coef: Vec<f64> = (0..d).map(|j| self.w[j * k + c] * scale[j]).collect();
            let moved: f64 = coef.iter().zip(center).map(|(w, m)| w * m).sum();
            solved.intercept.push(self.w[d * k + c] - moved);
            solved.coef.push(coef);
        }
        solved
    }
}

/// By how much the right class leads, and which class follows (the first of equals); with one score
/// no class has to be named.
fn margin(f: &[f64], class: usize) -> (f64, Option<usize>) {
    if let [f] = f {
        return (if class == 1 { *f } else { -f }, None);
    }
    let mut rival = usize::from(class == 0);
    for k in (0..f.len()).filter(|&k| k != class) {
        if f[k] > f[rival] {
            rival = k;
        }
    }
    (f[class] - f[rival], Some(rival))
}
