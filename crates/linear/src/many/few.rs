//! Many problems of few columns, step by step side by side.
//!
//! Each problem takes Newton steps with a curvature matrix that is kept: from step to step, and from
//! one strength to the next. What the matrix lacks, the last steps make up for (limited-memory BFGS
//! around it; Nocedal & Wright 2006, section 7.2); where they no longer shrink the residual well enough
//! to be worth the passes, it is built anew. Penalties with corners take the steps of the proximal
//! Newton method with the same matrix. Every round is one pass over the design for all problems that
//! are not done ([`Frame::pass`]), and a problem that is done leaves the round. Along a path of
//! strengths a problem starts where the last two solutions point.

use std::collections::VecDeque;

use faer::Mat;
use faer::linalg::solvers::{Llt, Solve};
use linecall_data::StopReason;
use rayon::prelude::*;

use super::frame::{At, Frame};
use crate::penalty::Penalty;
use crate::plan::Plan;
use crate::rows::Chosen;
use crate::setup::{Part, Setup};
use crate::solve::{Solver, newton, proximal_newton, smooth_gradient};
use crate::terms::Terms;
use crate::{Error, Result, separation};

/// Steps that are remembered around a curvature matrix.
const PAIRS: usize = 8;
/// Rounds that a fresh matrix is taken to need.
const FRESH: f64 = 3.0;

/// Solves a group of problems over one design along a path, each on its own terms.
pub(crate) fn solve(
    frame: &Frame,
    plan: &Plan,
    setups: &[Setup],
    lambdas: &[f64],
    tick: &(dyn Fn() + Sync),
) -> Vec<Result<Vec<Part>>> {
    let mut runs: Vec<Run> = setups.iter().map(|setup| Run::new(setup, plan)).collect();
    let mut out: Vec<Result<Vec<Part>>> = setups.iter().map(|_| Ok(Vec::new())).collect();
    for &lambda in lambdas {
        for run in runs.iter_mut().filter(|r| r.refused.is_none()) {
            run.begin(plan, lambda);
        }
        lend(frame, &mut runs);
        rounds(frame, plan, &mut runs);
        for (run, out) in runs.iter_mut().zip(&mut out) {
            match (run.refused.clone(), out.as_mut()) {
                (Some(error), _) => *out = Err(error),
                (None, Ok(parts)) => parts.push(run.part()),
                (None, Err(_)) => {}
            }
            tick();
        }
    }
    out
}

/// Problems that weigh rows alike and start at the same point are lent one matrix for their first
/// steps: where labels are dealt out anew, that is all of them.
fn lend(frame: &Frame, runs: &mut [Run]) {
    let [first, others @ ..] = runs else { return };
    if first.matrix.is_some() || !first.is_open() {
        return;
    }
    let own = &first.setup.problem;
    let alike = |other: &Run| {
        let problem = &other.setup.problem;
        other.is_open()
            && other.trial == first.trial
            && other.columns.columns == first.columns.columns
            && problem.weight == own.weight
    };
    let alike: Vec<usize> = (0..others.len()).filter(|&i| alike(&others[i])).collect();
    if alike.is_empty() {
        return;
    }
    let matrix = frame.curvature(own, &first.trial, &first.columns);
    alike.into_iter().for_each(|i| others[i].matrix = Some(matrix.clone()));
    first.matrix = Some(matrix);
}

/// Rounds until no problem is open.
fn rounds(frame: &Frame, plan: &Plan, runs: &mut [Run]) {
    loop {
        for run in runs.iter_mut() {
            run.refused = run.refused.take().or(run.setup.problem.stop.check().err());
        }
        let mut open: Vec<&mut Run> = runs.iter_mut().filter(|r| r.is_open()).collect();
        if open.is_empty() {
            return;
        }
        let jobs: Vec<_> = open.iter().map(|r| (&r.setup.problem, r.trial.as_slice())).collect();
        let found = frame.pass(&jobs);
        open.par_iter_mut().zip(found).for_each(|(run, at)| {
            run.look(at, plan);
            if run.is_open() && run.step.is_none() {
                run.turn(frame, plan);
            }
        });
    }
}

/// One problem on its way.
struct Run<'s, 'a> {
    setup: &'s Setup<'a>,
    columns: Chosen,
    penalty: Penalty,
    terms: Terms,
    theta: Vec<f64>,
    /// The last solution and the logarithm of its strength, and the one before.
    solved: VecDeque<(f64, Vec<f64>)>,
    at: At,
    objective: f64,
    residual: f64,
    /// What is looked at next.
    trial: Vec<f64>,
    /// The step that the trial is on; `None` at the start and after each step taken.
    step: Option<Step>,
    matrix: Option<Mat<f64>>,
    factor: Option<Llt<f64>>,
    /// Whether the matrix was built where the step begins.
    fresh: bool,
    /// Whether steps no longer shrink the residual well.
    slow: bool,
    /// Changes of the parameters and of the loss's gradient.
    pairs: VecDeque<(Vec<f64>, Vec<f64>)>,
    begun: bool,
    /// Whether an unpenalised problem has no slope left.
    flat: bool,
    best: f64,
    stalled: u32,
    iterations: u64,
    passes: u64,
    ended: Option<StopReason>,
    refused: Option<Error>,
}

struct Step {
    direction: Vec<f64>,
    /// First-order change of the objective along it.
    predicted: f64,
    length: f64,
    halved: u32,
}

impl<'s, 'a> Run<'s, 'a> {
    fn new(setup: &'s Setup<'a>, plan: &Plan) -> Self {
        let problem = &setup.problem;
        let active = (0..problem.cols()).filter(|&j| problem.scaling.scale[j] != 0.0).collect();
        Self {
            setup,
            columns: Chosen::new(active, problem.cols()),
            penalty: plan.penalty,
            terms: setup.shape.terms(plan.penalty),
            theta: problem.start(),
            solved: VecDeque::new(),
            at: At::default(),
            objective: f64::INFINITY,
            residual: f64::INFINITY,
            trial: Vec::new(),
            step: None,
            matrix: None,
            factor: None,
            fresh: false,
            slow: false,
            pairs: VecDeque::new(),
            begun: false,
            flat: false,
            best: f64::INFINITY,
            stalled: 0,
            iterations: 0,
            passes: 0,
            ended: None,
            refused: None,
        }
    }

    fn is_open(&self) -> bool {
        self.ended.is_none() && self.refused.is_none()
    }

    /// Passes for which the matrix is kept rather than built anew. Where the pairs mend it, it costs
    /// more than they do for long.
    fn price(&self) -> f64 {
        let per = if self.terms.is_smooth() { 4.0 } else { 12.0 };
        (self.columns.columns.len() as f64 / per).max(3.0)
    }

    /// Takes up the next strength.
    fn begin(&mut self, plan: &Plan, lambda: f64) {
        self.penalty = plan.penalty.with_lambda(lambda);
        if let Err(error) = self.penalty.check() {
            self.refused = Some(error);
            return;
        }
        self.terms = self.setup.shape.terms(self.penalty);
        self.trial = self.ahead(lambda);
        (self.step, self.factor) = (None, None);
        (self.fresh, self.slow, self.begun) = (false, false, false);
        (self.best, self.stalled, self.iterations) = (f64::INFINITY, 0, 0);
        (self.ended, self.flat, self.passes) = (None, false, self.setup.problem.passes());
        self.residual = f64::INFINITY;
    }

    /// Where the last two solutions point, on a logarithmic scale of strengths. A coefficient does not
    /// leave 0, change its sign or pass a bound on the way.
    fn ahead(&self, lambda: f64) -> Vec<f64> {
        let (Some((near, last)), Some((far, before))) = (self.solved.front(), self.solved.get(1))
        else {
            return self.theta.clone();
        };
        let share = (lambda.ln() - near) / (near - far);
        if !(share > 0.0 && share <= 2.0) {
            return last.clone();
        }
        let corners = !self.terms.is_smooth();
        let ahead = |(j, (a, b)): (usize, (&f64, &f64))| {
            let next = a + share * (a - b);
            if !corners || j == self.columns.position.len() {
                return next;
            }
            let (low, high) = self.terms.bounds(j);
            if *a == 0.0 || next.signum() != a.signum() { *a } else { next.clamp(low, high) }
        };
        last.iter().zip(before).enumerate().map(ahead).collect()
    }

    /// Takes in what a pass found at the trial.
    fn look(&mut self, at: At, plan: &Plan) {
        let problem = &self.setup.problem;
        let value = problem.objective(&self.trial, at.loss, &self.terms);
        let Some(step) = &mut self.step else {
            if !self.begun && !value.is_finite() && self.trial != problem.start() {
                self.trial = problem.start();
                return;
            }
            self.arrive(at, value, plan);
            return;
        };
        let enough =
            value.is_finite() && value <= self.objective + 1e-4 * step.length * step.predicted;
        // Near the optimum the change drowns in rounding, but the residual still shows it.
        let drowned = step.predicted.abs() <= 1e-10 * self.objective.abs();
        let still = || {
            drowned
                && value <= self.objective + 1e-13 * self.objective.abs()
                && problem.residual(&self.trial, &at.gradient, &self.terms) < self.residual
        };
        if enough || still() {
            let moved: Vec<f64> = self.trial.iter().zip(&self.theta).map(|(t, o)| t - o).collect();
            let bent = at.gradient.iter().zip(&self.at.gradient).map(|(g, o)| g - o).collect();
            if self.terms.is_smooth() {
                self.pairs.truncate(PAIRS - 1);
                self.pairs.push_front((moved, bent));
            }
            self.arrive(at, value, plan);
            return;
        }
        step.length *= 0.5;
        step.halved += 1;
        let lost = step.halved >= 50 || (drowned && step.length < 1e-3);
        if lost || (step.halved >= 3 && !self.fresh) {
            if self.fresh {
                self.ended = Some(StopReason::Precision);
            } else {
                // An old matrix may be to blame.
                (self.slow, self.step) = (true, None);
            }
            return;
        }
        let next = self.theta.iter().zip(&step.direction).map(|(t, d)| t + step.length * d);
        self.trial = next.collect();
    }

    /// Stands at the trial.
    fn arrive(&mut self, at: At, value: f64, plan: &Plan) {
        let problem = &self.setup.problem;
        self.theta.clone_from(&self.trial);
        (self.at, self.objective) = (at, value);
        let before = std::mem::replace(
            &mut self.residual,
            problem.residual(&self.theta, &self.at.gradient, &self.terms),
        );
        let whole = self.step.as_ref().is_none_or(|s| s.halved == 0);
        (self.step, self.fresh) = (None, false);
        if !self.residual.is_finite() {
            let what = "the objective overflows double precision; rescale the columns";
            self.refused = Some(Error::Numerical(what.to_owned()));
            return;
        }
        let tolerance = plan.tolerance;
        if self.residual <= tolerance {
            // Separated classes flatten an unpenalised loss: no slope is left, but steps stay long.
            match self.terms.is_none() {
                true => self.flat = true,
                false => self.ended = Some(StopReason::Converged),
            }
        }
        self.stalled = if self.residual < 0.95 * self.best { 0 } else { self.stalled + 1 };
        self.best = self.best.min(self.residual);
        if self.stalled >= 12 && self.residual < 1e-6 && self.is_open() {
            self.ended = Some(StopReason::Precision);
        }
        if self.begun {
            let shrunk = self.residual / before;
            let left = (self.residual / tolerance).ln() / -shrunk.ln();
            self.slow = shrunk >= 1.0 || !whole || left > self.price() + FRESH;
        }
        self.begun = true;
    }

    /// Finds the next step, from fresh curvature where the old is missing or slow.
    fn turn(&mut self, frame: &Frame, plan: &Plan) {
        if self.iterations == plan.max_iterations {
            self.ended = Some(StopReason::IterationLimit);
            return;
        }
        self.iterations += u64::from(!self.flat);
        if self.matrix.is_none() || self.slow || self.flat {
            let problem = &self.setup.problem;
            self.matrix = Some(frame.curvature(problem, &self.theta, &self.columns));
            (self.factor, self.fresh, self.slow) = (None, true, false);
            self.pairs.clear();
        }
        match self.head_for() {
            Err(error) => self.refused = Some(error),
            Ok(()) if self.flat => self.ended = Some(StopReason::Converged),
            Ok(()) => {}
        }
    }

    fn head_for(&mut self) -> Result<()> {
        let problem = &self.setup.problem;
        let Some(matrix) = &self.matrix else { return Ok(()) };
        let (direction, predicted);
        if self.terms.is_smooth() {
            let mut gradient = self.at.gradient.clone();
            smooth_gradient(problem, &self.terms, &self.theta, &mut gradient);
            if self.factor.is_none() {
                let mut h = matrix.clone();
                let setting = (problem.fit_intercept, false);
                newton::add_penalty(setting, 1, &mut h, |j| self.terms.l2.at(j), &self.columns);
                self.factor = Some(newton::factorise(&mut h)?);
            }
            let mut down = self.towards(&gradient);
            let mut slope = linecall_kernels::dot(&gradient, &down);
            if slope >= 0.0 {
                self.pairs.clear();
                down = self.towards(&gradient);
                slope = linecall_kernels::dot(&gradient, &down);
            }
            (direction, predicted) = (down, slope);
            if self.terms.is_none() && self.fresh && (self.flat || self.iterations > 6) {
                let slack = if self.flat { 1e-4 } else { 1e-9 };
                separation::refuse_recession(problem, &direction, slack)?;
            }
        } else {
            let at = (self.theta.as_slice(), self.at.gradient.as_slice(), self.residual);
            direction =
                proximal_newton::model_step(problem, &self.terms, at, (&self.columns, matrix));
            let gradient = &self.at.gradient;
            let change =
                proximal_newton::predicted(problem, &self.terms, &self.theta, gradient, &direction);
            predicted = change.min(0.0);
        }
        self.trial = self.theta.iter().zip(&direction).map(|(t, d)| t + d).collect();
        self.step = Some(Step { direction, predicted, length: 1.0, halved: 0 });
        Ok(())
    }

    /// Minus the inverse curvature times the gradient, corrected by the pairs.
    fn towards(&self, gradient: &[f64]) -> Vec<f64> {
        let l2 = |s: &[f64], y: &[f64]| -> Vec<f64> {
            let d = s.len() - 1;
            let own =
                |(j, y): (usize, &f64)| if j < d { y + self.terms.l2.at(j) * s[j] } else { *y };
            y.iter().enumerate().map(own).collect()
        };
        let usable: Vec<(&Vec<f64>, Vec<f64>, f64)> = self
            .pairs
            .iter()
            .map(|(s, y)| {
                let y = l2(s, y);
                let product = linecall_kernels::dot(s, &y);
                (s, y, product)
            })
            .filter(|(s, y, product)| {
                let sizes = linecall_kernels::norm_squared(s) * linecall_kernels::norm_squared(y);
                *product > 1e-8 * sizes.sqrt()
            })
            .collect();
        let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut shares = Vec::with_capacity(usable.len());
        for (s, y, product) in &usable {
            let share = linecall_kernels::dot(s, &q) / product;
            q.iter_mut().zip(y).for_each(|(q, y)| *q -= share * y);
            shares.push(share);
        }
        let mut r = self.unbent(&q);
        for ((s, y, product), share) in usable.iter().zip(shares).rev() {
            let back = linecall_kernels::dot(y, &r) / product;
            r.iter_mut().zip(*s).for_each(|(r, s)| *r += (share - back) * s);
        }
        r
    }

    /// The inverse of the factorised curvature times a vector; 0 for columns without scale.
    fn unbent(&self, q: &[f64]) -> Vec<f64> {
        let Some(factor) = &self.factor else { return q.to_vec() };
        let size = self.columns.columns.len() + 1;
        let place = |a: usize| self.columns.columns.get(a).copied().unwrap_or(q.len() - 1);
        let right = Mat::from_fn(size, 1, |a, _| q[place(a)]);
        let solution = factor.solve(&right);
        let mut out = vec![0.0; q.len()];
        (0..size).for_each(|a| out[place(a)] = solution[(a, 0)]);
        if !self.setup.problem.fit_intercept {
            out[q.len() - 1] = 0.0;
        }
        out
    }

    /// The solution at this strength; the next one starts from it.
    fn part(&mut self) -> Part {
        let problem = &self.setup.problem;
        let (w, b) = problem.to_raw(&self.theta);
        let lambda = self.penalty.lambda();
        if lambda > 0.0 {
            self.solved.truncate(1);
            self.solved.push_front((lambda.ln(), self.theta.clone()));
        }
        let smooth = self.terms.is_smooth();
        Part {
            w,
            b,
            penalty: self.penalty,
            solver: if smooth { Solver::Newton } else { Solver::ProximalNewton },
            objective: self.objective,
            loss: self.at.loss,
            gap: None,
            proved_zero: None,
            passes: problem.passes() - self.passes,
            iterations: self.iterations,
            residual: self.residual,
            reason: self.ended.unwrap_or(StopReason::Precision),
        }
    }
}
