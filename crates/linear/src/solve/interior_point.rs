//! Primal-dual interior point for the hinge with the L2 penalty, for few columns.
//!
//! The corner of the hinge becomes two families of inequalities: with margins `m_i`, slacks
//! `t_i = m_i - 1 + xi_i >= 0` and `xi_i >= 0`, and multipliers `alpha_i`, `beta_i >= 0` with
//! `alpha_i + beta_i = s_i`. Newton steps follow `alpha_i t_i = beta_i xi_i = mu` as `mu` falls, with
//! Mehrotra's predictor and corrector (SIAM J. Optimization, 1992). All that belongs to a row is
//! eliminated, so that a step solves one system in the coefficients (Ferris and Munson, SIAM J.
//! Optimization, 2002): `(diag(lambda) + Z' diag(1 / q) Z) step = r`, `q = t / alpha + xi / beta`.
//!
//! The intercept is free without any outer solve, and the number of steps (twenty or so) hardly
//! depends on the data; coordinates in the dual may need tens of thousands of rounds where columns
//! are few and classes overlap. Cost of a step: a curvature matrix, four passes, and some vectors
//! as long as the rows for each score. One against the rest, scores share the passes.
//!
//! Stops when the duality gap is at most the tolerance, relative to the objective, or falls no more.

use faer::Mat;
use faer::linalg::solvers::{Llt, Solve};
use linecall_data::StopReason;

use super::dual_descent::certified;
use super::newton::factorise;
use super::{Solution, Stop};
use crate::Result;
use crate::gram::gram;
use crate::loss::Loss;
use crate::problem::Problem;
use crate::rows::Chosen;
use crate::terms::Terms;

/// Most steps.
const STEPS: u64 = 300;
/// Steps without half the gap after which no more is expected. Where many rows lie at their corners, the
/// path has stretches of dozens of short steps.
const PATIENCE: u64 = 80;
/// Share of the way to the nearest wall that is gone.
const REACH: f64 = 0.995;

pub(crate) fn solve(
    loss: &Loss,
    problem: &Problem,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let k = problem.width();
    let live = (0..problem.cols()).filter(|&j| problem.scaling.scale[j] != 0.0).collect();
    let columns = Chosen::new(live, problem.cols());
    let mut theta = start;
    let scores = problem.scores(&theta);
    let mut paths: Vec<Path> = (0..k).map(|c| Path::new(problem, &scores, c)).collect();
    let (mut iterations, mut best, mut stalled) = (0, f64::INFINITY, 0);
    let mut kept = (theta.clone(), Vec::new());
    let reason = loop {
        problem.stop.check()?;
        let dual_slope = rows(problem, &paths, |path, i| -path.y[i] * path.alpha[i]);
        let (slope, gap, objective) = certified(loss, problem, terms, &theta, dual_slope);
        stalled = if gap < 0.5 * best { 0 } else { stalled + 1 };
        if gap < best || kept.1.is_empty() {
            (best, kept) = (gap, (theta.clone(), slope));
        }
        let good = 1e3 * stop.tolerance * objective.abs();
        if best <= stop.tolerance * objective.abs() || stalled >= 5 && best <= good {
            break StopReason::Converged;
        }
        if stalled >= PATIENCE {
            break StopReason::Precision;
        }
        if iterations == STEPS.min(stop.max_iterations) {
            break StopReason::IterationLimit;
        }
        iterations += 1;
        advance(problem, terms, &columns, &mut paths, &mut theta)?;
    };
    let (theta, slope) = kept;
    Ok(Solution::with_slopes(problem, terms, theta, slope, (iterations, reason)))
}

/// A number for every row and score.
fn rows(problem: &Problem, paths: &[Path], of: impl Fn(&Path, usize) -> f64) -> Vec<f64> {
    (0..problem.n())
        .flat_map(|i| paths.iter().map(move |path| (path, i)))
        .map(|(path, i)| if problem.weight[i] > 0.0 { of(path, i) } else { 0.0 })
        .collect()
}

/// One step of every score: predictor, corrector, and as far as all stays positive.
fn advance(
    problem: &Problem,
    terms: &Terms,
    columns: &Chosen,
    paths: &mut [Path],
    theta: &mut [f64],
) -> Result<()> {
    let (k, d) = (problem.width(), problem.cols());
    let scores = problem.scores(theta);
    let mut systems = Vec::with_capacity(k);
    for (c, path) in paths.iter_mut().enumerate() {
        path.aim(problem, &scores, c);
        systems.push(System::new(problem, terms, columns, path, c)?);
    }
    let solve = |paths: &[Path]| {
        let pull = rows(problem, paths, |p, i| p.y[i] * (p.alpha[i] + p.goal[i] / p.q[i]));
        let pull = problem.rows_times(&pull);
        let mut step = vec![0.0; theta.len()];
        for system in &systems {
            system.solve(terms, columns, theta, &pull, &mut step);
        }
        step
    };
    let ahead = problem.scores(&solve(paths));
    for (c, path) in paths.iter_mut().enumerate() {
        path.predict(problem, &ahead, c);
    }
    let step = solve(paths);
    let change = problem.scores(&step);
    for (c, path) in paths.iter_mut().enumerate() {
        let far = path.correct(problem, &change, c);
        for j in 0..=d {
            theta[j * k + c] += far * step[j * k + c];
        }
    }
    Ok(())
}

/// The system of one score, factorised.
struct System {
    factor: Llt<f64>,
    score: usize,
    width: usize,
    cols: usize,
}

impl System {
    fn new(
        problem: &Problem,
        terms: &Terms,
        columns: &Chosen,
        path: &Path,
        score: usize,
    ) -> Result<Self> {
        let bend: Vec<f64> = path
            .q
            .iter()
            .zip(&problem.weight)
            .map(|(q, s)| if *s > 0.0 { 1.0 / q } else { 0.0 })
            .collect();
        let mut h = gram(problem, &bend, columns);
        let last = columns.columns.len();
        for (a, &j) in columns.columns.iter().enumerate() {
            h[(a, a)] += terms.l2.at(j);
        }
        if !problem.fit_intercept {
            h[(last, last)] = 1.0;
        }
        let factor = factorise(&mut h)?;
        Ok(Self { factor, score, width: problem.width(), cols: problem.cols() })
    }

    /// Writes the step of the score.
    fn solve(&self, terms: &Terms, columns: &Chosen, at: &[f64], pull: &[f64], step: &mut [f64]) {
        let place = |a: usize| {
            columns.columns.get(a).copied().unwrap_or(self.cols) * self.width + self.score
        };
        let last = columns.columns.len();
        let rhs = Mat::from_fn(last + 1, 1, |a, _| {
            let held = columns.columns.get(a).map_or(0.0, |&j| terms.l2.at(j) * at[place(a)]);
            pull[place(a)] - held
        });
        let solution = self.factor.solve(&rhs);
        (0..=last).for_each(|a| step[place(a)] = solution[(a, 0)]);
    }
}

/// Where one score is on its path: slacks and multipliers of every row.
struct Path {
    y: Vec<f64>,
    alpha: Vec<f64>,
    beta: Vec<f64>,
    slack: Vec<f64>,
    excess: Vec<f64>,
    q: Vec<f64>,
    /// By how much `t` differs from what the scores make it.
    off: Vec<f64>,
    /// What the products `alpha t` and `beta xi` are to change by.
    first: Vec<f64>,
    second: Vec<f64>,
    /// `g` in `d alpha = (g - y df) / q`.
    goal: Vec<f64>,
    mu: f64,
}

/// The step of one row.
struct Move {
    alpha: f64,
    slack: f64,
    excess: f64,
}

/// Shares of a step that leave everything positive.
struct Room {
    /// Of coefficients and slacks.
    primal: f64,
    /// Of multipliers.
    dual: f64,
}

impl Path {
    fn new(problem: &Problem, scores: &[f64], c: usize) -> Self {
        let (n, k) = (problem.n(), problem.width());
        let y: Vec<f64> = (0..n).map(|i| problem.loss.sign(i, c)).collect();
        let margin = |i: usize| y[i] * scores[i * k + c] - 1.0;
        let excess: Vec<f64> = (0..n).map(|i| (-margin(i)).max(0.0) + 0.5).collect();
        let slack = (0..n).map(|i| margin(i) + excess[i]).collect();
        let half = |(i, s): (usize, &f64)| 0.5 * (s * problem.loss.factor(i, c));
        let half: Vec<f64> = problem.weight.iter().enumerate().map(half).collect();
        let zeros = || vec![0.0; n];
        let (beta, alpha, q) = (half.clone(), half, vec![1.0; n]);
        let (off, first, second, goal) = (zeros(), zeros(), zeros(), zeros());
        Self { y, alpha, beta, slack, excess, q, off, first, second, goal, mu: 0.0 }
    }

    /// Rows that have a say.
    fn live<'a>(problem: &'a Problem) -> impl Iterator<Item = usize> + 'a {
        (0..problem.n()).filter(|&i| problem.weight[i] > 0.0)
    }

    /// Aims straight at the optimum (the predictor).
    fn aim(&mut self, problem: &Problem, scores: &[f64], c: usize) {
        let k = problem.width();
        let (mut sum, mut count) = (0.0, 0.0);
        for i in Self::live(problem) {
            let products = (self.alpha[i] * self.slack[i], self.beta[i] * self.excess[i]);
            self.q[i] = self.slack[i] / self.alpha[i] + self.excess[i] / self.beta[i];
            self.off[i] = self.slack[i] - (self.y[i] * scores[i * k + c] - 1.0 + self.excess[i]);
            (self.first[i], self.second[i]) = (-products.0, -products.1);
            sum += products.0 + products.1;
            count += 2.0;
        }
        self.mu = sum / f64::max(count, 1.0);
        self.set_goal(problem);
    }

    fn set_goal(&mut self, problem: &Problem) {
        for i in Self::live(problem) {
            let (first, second) = (self.first[i] / self.alpha[i], self.second[i] / self.beta[i]);
            self.goal[i] = first - second + self.off[i];
        }
    }

    fn step(&self, i: usize, change: f64) -> Move {
        let alpha = (self.goal[i] - self.y[i] * change) / self.q[i];
        let slack = (self.first[i] - self.slack[i] * alpha) / self.alpha[i];
        let excess = (self.second[i] + self.excess[i] * alpha) / self.beta[i];
        Move { alpha, slack, excess }
    }

    /// How far slacks and multipliers can go before one of them is 0.
    fn room(&self, problem: &Problem, change: &[f64], c: usize) -> Room {
        let k = problem.width();
        let wall = |value: f64, step: f64| if step < 0.0 { -value / step } else { f64::INFINITY };
        let mut room = Room { primal: 1.0, dual: 1.0 };
        for i in Self::live(problem) {
            let step = self.step(i, change[i * k + c]);
            room.primal = room.primal.min(wall(self.slack[i], step.slack) * REACH);
            room.primal = room.primal.min(wall(self.excess[i], step.excess) * REACH);
            room.dual = room.dual.min(wall(self.alpha[i], step.alpha) * REACH);
            room.dual = room.dual.min(wall(self.beta[i], -step.alpha) * REACH);
        }
        room
    }

    /// From how far the predictor gets: where to aim, with what it left out put right.
    fn predict(&mut self, problem: &Problem, change: &[f64], c: usize) {
        let k = problem.width();
        let room = self.room(problem, change, c);
        let (mut sum, mut count) = (0.0, 0.0);
        for i in Self::live(problem) {
            let step = self.step(i, change[i * k + c]);
            let alpha = self.alpha[i] + room.dual * step.alpha;
            let beta = self.beta[i] - room.dual * step.alpha;
            sum += alpha * (self.slack[i] + room.primal * step.slack)
                + beta * (self.excess[i] + room.primal * step.excess);
            count += 2.0;
        }
        let left = sum / f64::max(count, 1.0) / self.mu;
        let aim = left.powi(3).min(1.0) * self.mu;
        for i in Self::live(problem) {
            let step = self.step(i, change[i * k + c]);
            self.first[i] += aim - step.alpha * step.slack;
            self.second[i] += aim + step.alpha * step.excess;
        }
        self.set_goal(problem);
    }

    /// Takes the corrected step; returns how far the coefficients go.
    fn correct(&mut self, problem: &Problem, change: &[f64], c: usize) -> f64 {
        let k = problem.width();
        let room = self.room(problem, change, c);
        for i in Self::live(problem) {
            let step = self.step(i, change[i * k + c]);
            self.slack[i] += room.primal * step.slack;
            self.excess[i] += room.primal * step.excess;
            self.alpha[i] += room.dual * step.alpha;
            self.beta[i] -= room.dual * step.alpha;
        }
        room.primal
    }
}
