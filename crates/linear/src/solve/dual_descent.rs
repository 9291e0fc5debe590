//! Dual coordinate descent for losses of a margin with the L2 penalty.
//!
//! With `w = (1/lambda) sum_i alpha_i y_i x_i` (columns weighed by their scale and factor), each
//! step solves the dual in one `alpha_i` exactly and keeps `w` up to date, at the cost of two visits
//! of a row (Hsieh and others 2008; for the logistic loss, Yu, Huang and Lin 2011). Rows are
//! visited in a seeded random order; rows whose `alpha` rests at a bound are left out until the rest
//! has converged (shrinking). One against the rest, classes are solved side by side.
//!
//! The free intercept makes the dual carry `sum_i alpha_i y_i = 0`, which single coordinates cannot
//! keep. It is found by proximal steps in one dimension: inside, the intercept is held near its
//! last value `b_k` by `mu/2 (b - b_k)^2`, which gives it the part of one more column; after each
//! round `b_k` moves to where it ended (Rockafellar 1976).
//! How far it moves is a falling, continuous function of `b_k` (the slope of a Moreau envelope), so
//! once the rows have settled its zero is found by the secant through the last two, kept inside the
//! bracket that signs give.
//!
//! Stops when the duality gap is at most 1,000 times the tolerance, relative to the objective.

use linecall_data::StopReason;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

use super::{Solution, Stop};
use crate::dual;
use crate::loss::Loss;
use crate::problem::Problem;
use crate::terms::Terms;
use crate::{Error, Result};

/// How near 1 the margin of a row is taken to lie on the corner of the hinge.
const CORNER: f64 = 1e-2;
/// Looks at the gap when slopes for given coefficients are sought.
const CERTIFYING_LOOKS: usize = 250;
/// Rounds over the rows between looks at the duality gap, at most.
const ROUNDS: usize = 40;

/// Whether the solver is for a loss over the rows of a problem.
pub(crate) fn can(loss: &Loss, problem: &Problem) -> bool {
    let known = matches!(
        loss,
        Loss::Hinge | Loss::SquaredHinge | Loss::SmoothedHinge { .. } | Loss::Logistic
    );
    known && !problem.loss.is_coupled()
}

pub(crate) fn solve(
    loss: &Loss,
    problem: &Problem,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let k = problem.width();
    let scores: Vec<usize> = (0..k).collect();
    let mut descents: Vec<Descent> = scores
        .iter()
        .map(|&c| Descent::new(loss, problem, terms, c, &start))
        .collect::<Result<_>>()?;
    let (mut theta, mut slope);
    let (mut iterations, mut best, mut stalled) = (0u64, f64::INFINITY, 0);
    let reason = loop {
        problem.stop.check()?;
        descents.par_iter_mut().for_each(|descent| descent.run(problem, ROUNDS));
        (0..ROUNDS).for_each(|_| problem.count_pass());
        iterations += ROUNDS as u64;
        let joined = join(problem, &descents);
        theta = joined.0;
        let (slopes, gap, objective) = certified(loss, problem, terms, &theta, joined.1);
        slope = slopes;
        if gap <= 1e3 * stop.tolerance * objective.abs() {
            break StopReason::Converged;
        }
        stalled = if gap < 0.99 * best { 0 } else { stalled + 1 };
        best = best.min(gap);
        if stalled >= 50 {
            break StopReason::Precision;
        }

        if iterations >= stop.max_iterations.saturating_mul(10) {
            break StopReason::IterationLimit;
        }
    };
    Ok(Solution::with_slopes(problem, terms, theta, slope, (iterations, reason)))
}

/// Slopes that certify given coefficients of the hinge: rows off the corner have the loss's slope,
/// those on it get what descent in the dual finds for them.
pub(crate) fn certifying_slopes(
    loss: &Loss,
    problem: &Problem,
    terms: &Terms,
    theta: &[f64],
    tolerance: f64,
) -> Result<Vec<f64>> {
    let mut descents: Vec<Descent> = (0..problem.width())
        .map(|c| Descent::new(loss, problem, terms, c, theta))
        .collect::<Result<_>>()?;
    let scores = problem.scores(theta);
    for (c, descent) in descents.iter_mut().enumerate() {
        descent.begin_at(problem, &scores, c);
    }
    let mut best = (f64::INFINITY, Vec::new());
    let mut stalled = 0;
    for look in 0..CERTIFYING_LOOKS {
        descents.par_iter_mut().for_each(|descent| descent.run(problem, ROUNDS));
        let slope = join(problem, &descents).1;
        let (slope, gap, objective) = certified(loss, problem, terms, theta, slope);
        stalled = if gap < 0.99 * best.0 { 0 } else { stalled + 1 };
        if gap < best.0 || look == 0 {
            best = (gap, slope);
        }
        if gap <= 0.5e3 * tolerance * objective.abs() || stalled >= 30 {
            break;
        }
    }
    Ok(best.1)
}

/// Coefficients and slopes of all scores.
fn join(problem: &Problem, descents: &[Descent]) -> (Vec<f64>, Vec<f64>) {
    let (k, d) = (problem.width(), problem.cols());
    let mut theta = vec![0.0; problem.len()];
    let mut slope = vec![0.0; problem.n() * k];
    for (c, descent) in descents.iter().enumerate() {
        for j in 0..d {
            let scale = problem.scaling.scale[j];
            theta[j * k + c] = if scale == 0.0 { 0.0 } else { descent.w[j] / scale };
        }
        theta[d * k + c] = descent.b;
        for (i, alpha) in descent.alpha.iter().enumerate() {
            slope[i * k + c] = -descent.y[i] * alpha;
        }
    }
    (theta, slope)
}

/// Slopes that certify a point, duality gap (infinite where there is none) and objective. A smooth
/// loss has slopes of its own there, which anybody can compute again; at a corner of the hinge any
/// slope between both sides is right, and the dual's say which.
pub(super) fn certified(
    loss: &Loss,
    problem: &Problem,
    terms: &Terms,
    theta: &[f64],
    dual_slope: Vec<f64>,
) -> (Vec<f64>, f64, f64) {
    let lifted = problem.lift(&problem.scores(theta));
    let objective = problem.objective(theta, lifted.loss, terms);
    let slope = if loss.is_smooth() { lifted.slope } else { dual_slope };
    let gradient = problem.rows_times(&slope);
    let gap = dual::gap_at(problem, terms, objective, &slope, &gradient);
    (slope, gap.unwrap_or(f64::INFINITY), objective)
}

/// What the dual of a loss does with one coordinate; `a = alpha / s` is `-dl/dm`.
#[derive(Clone, Copy)]
enum Kind {
    /// `l*(-a) = bend/2 a^2 - a` on `[0, top]`: the hinges.
    Quadratic { top: f64, bend: f64 },
    /// `l*(-a) = a log a + (1 - a) log(1 - a)` on `[0, 1]`.
    Entropy,
}

/// Descent in the dual of one score.
struct Descent {
    kind: Kind,
    y: Vec<f64>,
    s: Vec<f64>,
    alpha: Vec<f64>,
    /// Coefficients per unit of the columns.
    w: Vec<f64>,
    b: f64,
    /// How weakly the intercept is held (`1 / mu`; 0 without an intercept).
    give: f64,
    /// `sum_i alpha_i y_i`.
    balance: f64,
    /// Where the intercept was last held once the rows had settled, and how far it wanted to move.
    last: Option<(f64, f64)>,
    /// Where it is to be held, from signs.
    bracket: (f64, f64),
    /// `scale_j^2 / (lambda factor_j)` of each column.
    reach: Vec<f64>,
    /// The same, where it is one number.
    same_reach: Option<f64>,
    /// `sum_j reach_j x_ij^2` of each row, the intercept's part included.
    curvature: Vec<f64>,
    /// Rows that may change, and those of them that have not been left out.
    all: Vec<u32>,
    active: Vec<u32>,
    /// Smallest and largest projected slope of the last round.
    bound: (f64, f64),
    /// Largest violation when all rows were last active.
    kept_out: f64,
    random: Xoshiro256PlusPlus,
}

impl Descent {
    fn new(loss: &Loss, problem: &Problem, terms: &Terms, c: usize, theta: &[f64]) -> Result<Self> {
        let (n, d, k) = (problem.n(), problem.cols(), problem.width());
        let kind = match loss {
            Loss::Hinge => Kind::Quadratic { top: 1.0, bend: 0.0 },
            Loss::SquaredHinge => Kind::Quadratic { top: f64::INFINITY, bend: 0.5 },
            Loss::SmoothedHinge { gamma } => Kind::Quadratic { top: 1.0, bend: *gamma },
            Loss::Logistic => Kind::Entropy,
            other => {
                return Err(Error::Setting {
                    name: "loss",
                    value: other.to_string(),
                    expected: "a loss that dual-descent can do",
                });
            }
        };
        let reach: Vec<f64> = (0..d)
            .map(|j| {
                let scale = problem.scaling.scale[j];
                if scale == 0.0 { 0.0 } else { scale * scale / terms.l2.at(j) }
            })
            .collect();
        let mut curvature = vec![0.0; n];
        for (i, q) in curvature.iter_mut().enumerate() {
            problem.rows().entries(i, &mut |j, x| *q += reach[j] * x * x);
        }
        let give = if problem.fit_intercept {
            curvature.iter().zip(&problem.weight).map(|(q, s)| q * s).sum::<f64>().max(1e-12)
        } else {
            0.0
        };
        curvature.iter_mut().for_each(|q| *q += give);
        // At the start every alpha is 0 (halfway for the log loss, where the ends are singular).
        let weight = |(i, s): (usize, &f64)| s * problem.loss.factor(i, c);
        let s: Vec<f64> = problem.weight.iter().enumerate().map(weight).collect();
        let all: Vec<u32> = (0..n as u32).filter(|&i| s[i as usize] > 0.0).collect();
        let first = reach.first().copied();
        let mut out = Self {
            kind,
            y: (0..n).map(|i| problem.loss.sign(i, c)).collect(),
            alpha: vec![0.0; n],
            w: vec![0.0; d],
            b: theta[d * k + c],
            give,
            balance: 0.0,
            last: None,
            bracket: (f64::NEG_INFINITY, f64::INFINITY),
            same_reach: first.filter(|f| reach.iter().all(|r| r == f)),
            reach,
            curvature,
            active: all.clone(),
            all,
            bound: (f64::NEG_INFINITY, f64::INFINITY),
            kept_out: 0.0,
            random: Xoshiro256PlusPlus::seed_from_u64(0x11ec + c as u64),
            s,
        };
        if matches!(kind, Kind::Entropy) {
            for i in 0..n {
                let alpha = out.s[i] * 1e-3;
                out.change(problem, i, alpha);
            }
        }
        Ok(out)
    }

    /// Starts from the slopes of the loss at scores; only rows on the corner stay active.
    fn begin_at(&mut self, problem: &Problem, scores: &[f64], c: usize) {
        let k = problem.width();
        let Kind::Quadratic { top, bend } = self.kind else { return };
        self.active.clear();
        for i in 0..self.y.len() {
            let short = 1.0 - self.y[i] * scores[i * k + c];
            if bend == 0.0 && short.abs() <= CORNER && self.s[i] > 0.0 {
                self.active.push(i as u32);
            }
            let a = if bend > 0.0 {
                (short / bend).clamp(0.0, top)
            } else {
                f64::from(u8::from(short > 0.0))
            };
            self.change(problem, i, self.s[i] * a);
        }
        self.all = self.active.clone();
    }

    /// Sets `alpha_i`, keeping `w` and `b`.
    fn change(&mut self, problem: &Problem, i: usize, alpha: f64) {
        let step = (alpha - self.alpha[i]) * self.y[i];
        self.alpha[i] = alpha;
        if step == 0.0 {
            return;
        }
        match self.same_reach {
            Some(reach) => problem.rows().accumulate(i..i + 1, &[step * reach], &mut self.w),
            None => {
                let (w, reach) = (&mut self.w, &self.reach);
                problem.rows().entries(i, &mut |j, x| w[j] += step * reach[j] * x);
            }
        }
        self.balance += step;
        self.b += step * self.give;
    }

    /// Some rounds over the rows; the point that the intercept is held at follows as they settle.
    fn run(&mut self, problem: &Problem, rounds: usize) {
        // Signs seen before the rows had settled enough must not bar the way for ever.
        self.bracket = (f64::NEG_INFINITY, f64::INFINITY);
        let mut since = 0;
        for _ in 0..rounds {
            if problem.stop.is_raised() {
                return;
            }
            let worst = self.round(problem);
            since += 1;
            let move_by = self.give * self.balance;
            let whole = self.active.len() == self.all.len();
            if worst <= 1e-13 && move_by.abs() <= 1e-14 && whole {
                return;
            }
            if worst <= 0.02 * move_by.abs() && whole || since == rounds {
                self.hold(worst <= 0.02 * move_by.abs());
                since = 0;
            }
            if worst <= 0.1 * self.kept_out.max(1e-13) && !whole {
                self.reset(worst);
            }
        }
        self.reset(self.kept_out);
    }

    /// All rows take part again.
    fn reset(&mut self, worst: f64) {
        self.active.clone_from(&self.all);
        self.bound = (f64::NEG_INFINITY, f64::INFINITY);
        self.kept_out = worst;
    }

    /// Moves the point that the intercept is held at. Where the rows have settled, how far the
    /// intercept wants to move is exact, and tells on which side the zero lies.
    fn hold(&mut self, settled: bool) {
        if self.give == 0.0 {
            return;
        }
        let move_by = self.give * self.balance;
        let here = self.b - move_by;
        let mut next = self.b;
        if settled {
            if move_by > 0.0 {
                self.bracket.0 = self.bracket.0.max(here);
            } else {
                self.bracket.1 = self.bracket.1.min(here);
            }
            if let Some((there, before)) = self.last
                && before != move_by
            {
                let secant = here - move_by * (here - there) / (move_by - before);
                if secant.is_finite() && (secant - here) * move_by >= 0.0 {
                    next = secant;
                }
            }
            self.last = Some((here, move_by));
            let (low, high) = self.bracket;
            if !(next >= low && next <= high) {
                next = if low.is_finite() && high.is_finite() && low < high {
                    0.5 * (low + high)
                } else {
                    self.b
                };
            }
        }
        self.b += next - here;
    }

    /// Visits the active rows once; returns the largest violation. Rows that rest at a bound, with
    /// a slope beyond the largest violation of the round before, are left out.
    fn round(&mut self, problem: &Problem) -> f64 {
        self.shuffle();
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut at = 0;
        while at < self.active.len() {
            let i = self.active[at] as usize;
            match self.visit(problem, i) {
                Visit::Rests => {
                    self.active.swap_remove(at);
                }
                Visit::Violates(violation) => {
                    low = low.min(violation);
                    high = high.max(violation);
                    at += 1;
                }
            }
        }
        self.bound = (
            if low < 0.0 { low } else { f64::NEG_INFINITY },
            if high > 0.0 { high } else { f64::INFINITY },
        );
        let worst = low.abs().max(high.abs());
        let worst = if worst.is_finite() { worst } else { 0.0 };
        self.kept_out = self.kept_out.max(worst);
        worst
    }

    fn shuffle(&mut self) {
        for at in (1..self.active.len()).rev() {
            let other = ((u128::from(self.random.next_u64()) * (at as u128 + 1)) >> 64) as usize;
            self.active.swap(at, other);
        }
    }

    /// Minimises the dual in one coordinate; returns the projected slope met.
    fn visit(&mut self, problem: &Problem, i: usize) -> Visit {
        let mut score = [0.0];
        problem.rows().scores(i..i + 1, &self.w, self.b, &mut score);
        let (s, q, m) = (self.s[i], self.curvature[i], self.y[i] * score[0]);
        let old = self.alpha[i];
        let Kind::Quadratic { top, bend } = self.kind else {
            let new = s * entropy_step(old / s, m, q * s);
            self.change(problem, i, new);
            return Visit::Violates((new - old) / s);
        };
        // Slope of the dual by alpha, and what of it points inside the bounds.
        let slope = m - 1.0 + bend * old / s;
        let h = q + bend / s;
        let inside = if old <= 0.0 {
            if slope > self.bound.1 {
                return Visit::Rests;
            }
            slope.min(0.0)
        } else if old >= top * s {
            if slope < self.bound.0 {
                return Visit::Rests;
            }
            slope.max(0.0)
        } else {
            slope
        };
        if inside != 0.0 && h > 0.0 {
            self.change(problem, i, (old - slope / h).clamp(0.0, top * s));
        }
        Visit::Violates(inside)
    }
}

/// What a visit of a row found.
enum Visit {
    /// The projected slope.
    Violates(f64),
    /// The row rests at a bound, and can be left out for now.
    Rests,
}

/// The `x` in (0, 1) with `m + q (x - a) + log(x / (1 - x)) = 0`, by Newton steps kept inside.
fn entropy_step(a: f64, m: f64, q: f64) -> f64 {
    let (mut low, mut high) = (0.0f64, 1.0f64);
    let mut x = a.clamp(1e-12, 1.0 - 1e-12);
    for _ in 0..50 {
        let f = m + q * (x - a) + (x / (1.0 - x)).ln();
        if f > 0.0 {
            high = x
        } else {
            low = x
        }
        let step = f / (q + 1.0 / (x * (1.0 - x)));
        let next = x - step;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        if (next - x).abs() <= 1e-15 + 1e-12 * x.min(1.0 - x) {
            return next.clamp(1e-300, 1.0 - 1e-16);
        }
        x = next;
    }
    x.clamp(1e-300, 1.0 - 1e-16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entropy_coordinate_is_solved() {
        for (a, m, q) in [(0.5, 0.0, 1.0), (1e-3, 30.0, 0.1), (0.9, -200.0, 5.0), (0.2, 3.0, 1e3)] {
            let x = entropy_step(a, m, q);
            assert!((0.0..1.0).contains(&x));
            let f = m + q * (x - a) + x.ln() - (-x).ln_1p();
            assert!(f.abs() < 1e-6 || !(1e-12..=1.0 - 1e-12).contains(&x), "{f} at {x}");
        }
    }
}
