//! Proximal Newton method for the L1 penalty, with coordinate descent on a working set.
//!
//! Each outer step makes a quadratic model of the loss at the current point and minimises it plus
//! the penalty by coordinate descent over the working set: the coefficients that are not zero, and
//! those whose slope exceeds lambda (Friedman, Hastie and Tibshirani 2010; Yuan, Ho and Lin 2012).
//! The curvature matrix is built over the working set alone. A line search on the true objective
//! makes every step safe. Two classes use the exact curvature; more use the bound
//! `diag(p) - p p' <= 2 diag(p (1 - p))`, which separates the classes.

use faer::Mat;
use linecall_data::StopReason;

use super::{Solution, Stop, line_search};
use crate::Result;
use crate::gram::gram;
use crate::penalty::Penalty;
use crate::problem::{Pass, Problem};
use crate::rows::Chosen;

pub(crate) fn solve(
    problem: &Problem,
    penalty: Penalty,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let mut theta = start;
    let mut pass = problem.pass(&theta);
    let mut objective = problem.objective(&theta, &pass, penalty);
    let (mut iterations, mut best, mut stalled) = (0, f64::INFINITY, 0);
    let reason = loop {
        let residual = problem.residual(&theta, &pass.gradient, penalty);
        if residual <= stop.tolerance {
            break StopReason::Converged;
        }
        stalled = if residual < 0.9 * best { 0 } else { stalled + 1 };
        best = best.min(residual);
        if stalled >= 30 && residual < 1e-6 {
            break StopReason::Precision;
        }
        if iterations == stop.max_iterations {
            break StopReason::IterationLimit;
        }
        iterations += 1;
        let direction = direction(problem, penalty, &theta, &pass, residual);
        let slope = predicted(problem, penalty, &theta, &pass, &direction);
        match line_search(problem, penalty, &theta, objective, residual, &direction, slope.min(0.0))
        {
            Some((next, next_pass, value)) => (theta, pass, objective) = (next, next_pass, value),
            None => break StopReason::Precision,
        }
    };
    let residual = problem.residual(&theta, &pass.gradient, penalty);
    Ok(Solution { theta, pass, iterations, residual, reason })
}

/// First-order change of the objective along a direction: slope plus change of the penalty.
fn predicted(
    problem: &Problem,
    penalty: Penalty,
    theta: &[f64],
    pass: &Pass,
    direction: &[f64],
) -> f64 {
    let columns = problem.cols() * problem.width();
    let moved: Vec<f64> = theta.iter().zip(direction).map(|(t, d)| t + d).collect();
    linecall_kernels::dot(&pass.gradient, direction) + penalty.value(&moved[..columns])
        - penalty.value(&theta[..columns])
}

/// The step to the minimiser of the quadratic model plus penalty, score by score.
fn direction(
    problem: &Problem,
    penalty: Penalty,
    theta: &[f64],
    pass: &Pass,
    residual: f64,
) -> Vec<f64> {
    let (k, d) = (problem.width(), problem.cols());
    let lambda = penalty.lambda();
    let mut direction = vec![0.0; problem.len()];
    for c in 0..k {
        let chosen: Vec<usize> = (0..d)
            .filter(|&j| problem.scaling.scale[j] != 0.0)
            .filter(|&j| theta[j * k + c] != 0.0 || pass.gradient[j * k + c].abs() > lambda)
            .collect();
        let chosen = Chosen::new(chosen, d);
        let h = gram(problem, &curvature(problem, pass, c), &chosen);
        let at =
            |a: usize| if a < chosen.columns.len() { chosen.columns[a] * k + c } else { d * k + c };
        let size = chosen.columns.len() + 1;
        let mut model = Model {
            h,
            slope: (0..size).map(|a| pass.gradient[at(a)]).collect(),
            start: (0..size).map(|a| theta[at(a)]).collect(),
            delta: vec![0.0; size],
            lambda,
            free_intercept: problem.fit_intercept,
        };
        model.minimise(1e-3 * residual);
        for a in 0..size {
            direction[at(a)] = model.delta[a];
        }
    }
    direction
}

/// Curvature of one score, a row at a time.
fn curvature(problem: &Problem, pass: &Pass, score: usize) -> Vec<f64> {
    let k = problem.width();
    if k == 1 {
        return pass.state.clone();
    }
    let p = pass.state.iter().skip(score).step_by(k);
    p.zip(&problem.weight).map(|(p, s)| 2.0 * s * p * (1.0 - p)).collect()
}

/// `slope . x + x' H x / 2 + lambda |start + x|_1`, the last coordinate being the intercept.
struct Model {
    h: Mat<f64>,
    slope: Vec<f64>,
    start: Vec<f64>,
    delta: Vec<f64>,
    lambda: f64,
    free_intercept: bool,
}

impl Model {
    /// Coordinate descent until no coordinate is further than `tolerance` from optimal. `slope`
    /// is kept equal to the model's slope at `delta`.
    fn minimise(&mut self, tolerance: f64) {
        let size = self.delta.len();
        let mut live: Vec<usize> = (0..size).collect();
        for _ in 0..1_000 {
            if self.sweep(&live) <= tolerance {
                if live.len() == size {
                    return;
                }
                live = (0..size).collect();
                continue;
            }
            live.retain(|&a| a + 1 == size || self.start[a] + self.delta[a] != 0.0);
        }
    }

    /// One round over the coordinates; returns the largest violation met.
    fn sweep(&mut self, live: &[usize]) -> f64 {
        let last = self.delta.len() - 1;
        let mut worst = 0f64;
        for &a in live {
            let h = self.h[(a, a)];
            if h <= 0.0 || (a == last && !self.free_intercept) {
                continue;
            }
            let value = self.start[a] + self.delta[a];
            let penalty = if a == last { Penalty::None } else { Penalty::l1(self.lambda) };
            worst = worst.max(penalty.violation(value, self.slope[a]));
            let free = value - self.slope[a] / h;
            let target = if a == last { free } else { soft_threshold(free, self.lambda / h) };
            let change = target - value;
            if change == 0.0 {
                continue;
            }
            // An exact zero stays exact after the step is added to the starting point.
            self.delta[a] = if target == 0.0 { -self.start[a] } else { self.delta[a] + change };
            for (s, h) in self.slope.iter_mut().zip(self.h.col_as_slice(a)) {
                *s += h * change;
            }
        }
        worst
    }
}

/// `sign(v) max(|v| - t, 0)`.
fn soft_threshold(v: f64, t: f64) -> f64 {
    v.signum() * (v.abs() - t).max(0.0)
}
