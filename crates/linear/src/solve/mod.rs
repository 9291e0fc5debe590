//! Solvers: one algorithm per file, and the choice among them.
//!
//! | solver | penalty | for | stops when |
//! |---|---|---|---|
//! | [`newton`] | none, L2 | few columns (dense or sparse) | residual <= tolerance |
//! | [`trust_region`] | none, L2 | many columns | residual <= tolerance |
//! | [`proximal_newton`] | L1 | any | residual <= tolerance |
//!
//! The residual is the largest violation of the optimality conditions by a standardised
//! coefficient ([`crate::penalty`]). Each solver also stops when no step lowers the objective in
//! double precision, and at its limit of iterations; the certificate says which.

pub(crate) mod newton;
pub(crate) mod proximal_newton;
pub(crate) mod trust_region;

use linecall_data::StopReason;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::penalty::Penalty;
use crate::problem::{Pass, Problem};

/// A solver by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Solver {
    /// The best of those below for the penalty and the shape of the data.
    #[default]
    Auto,
    /// Newton's method with a Cholesky factorisation of the curvature matrix.
    Newton,
    /// Trust-region Newton method with preconditioned conjugate gradients.
    TrustRegion,
    /// Proximal Newton method with coordinate descent on a working set.
    ProximalNewton,
}

impl Solver {
    /// The name used in flags, files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Newton => "newton",
            Self::TrustRegion => "trust_region",
            Self::ProximalNewton => "proximal_newton",
        }
    }

    /// The solver that `Auto` stands for; a named solver that cannot do the penalty gives `None`.
    pub(crate) fn resolve(self, problem: &Problem, penalty: Penalty) -> Option<Self> {
        let l1 = matches!(penalty, Penalty::L1 { .. });
        match self {
            Self::Auto if l1 => Some(Self::ProximalNewton),
            Self::Auto if factorises(problem) => Some(Self::Newton),
            Self::Auto => Some(Self::TrustRegion),
            Self::ProximalNewton => l1.then_some(self),
            _ => (!l1).then_some(self),
        }
    }
}

/// Whether building and factorising the curvature matrix beats conjugate gradients: a Newton step
/// costs `n (d K)^2 / 2`, a conjugate-gradient step `2 n d K`, and there are tens of those.
fn factorises(problem: &Problem) -> bool {
    let size = (problem.cols() + 1) * problem.width();
    let limit = if problem.width() > 1 { 200 } else { 500 };
    size <= limit
        || (size <= 1_500 && !problem.is_dense() && problem.nnz() / problem.n().max(1) < 100)
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    pub(crate) tolerance: f64,
    pub(crate) max_iterations: u64,
}

/// Where a solver ended.
pub(crate) struct Solution {
    pub(crate) theta: Vec<f64>,
    pub(crate) pass: Pass,
    pub(crate) iterations: u64,
    pub(crate) residual: f64,
    pub(crate) reason: StopReason,
}

/// Runs a resolved solver from a starting point.
pub(crate) fn solve(
    solver: Solver,
    problem: &Problem,
    penalty: Penalty,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let mut solution = match solver {
        Solver::TrustRegion => trust_region::solve(problem, penalty, start, stop),
        Solver::ProximalNewton => proximal_newton::solve(problem, penalty, start, stop),
        Solver::Newton | Solver::Auto => newton::solve(problem, penalty, start, stop),
    }?;
    fix_shift(problem, penalty, &mut solution.theta);
    Ok(solution)
}

/// With several scores, the same shift of all intercepts (and, without a penalty, of all
/// coefficients of a column) changes no probability: take the one with mean zero.
fn fix_shift(problem: &Problem, penalty: Penalty, theta: &mut [f64]) {
    let k = problem.width();
    if k == 1 {
        return;
    }
    let (columns, intercepts) = theta.split_at_mut(problem.cols() * k);
    let mean = |own: &[f64]| own.iter().sum::<f64>() / k as f64;
    if penalty == Penalty::None {
        for own in columns.chunks_exact_mut(k) {
            let mean = mean(own);
            own.iter_mut().for_each(|v| *v -= mean);
        }
    }
    if problem.fit_intercept {
        // The mean is taken in the user's units, so that it does not depend on centring.
        let joined: Vec<f64> = columns.iter().chain(&*intercepts).copied().collect();
        let mean = mean(&problem.to_raw(&joined).1);
        intercepts.iter_mut().for_each(|b| *b -= mean);
    }
}

/// The gradient of the smooth objective: the loss's, and the L2 penalty's on the coefficients.
pub(crate) fn smooth_gradient(
    problem: &Problem,
    penalty: Penalty,
    theta: &[f64],
    pass: &Pass,
) -> Vec<f64> {
    let mut g = pass.gradient.clone();
    if let Penalty::L2 { lambda } = penalty {
        let end = problem.cols() * problem.width();
        g[..end].iter_mut().zip(theta).for_each(|(g, t)| *g += lambda * t);
    }
    for (j, g) in
        g[..problem.cols() * problem.width()].chunks_exact_mut(problem.width()).enumerate()
    {
        if problem.scaling.scale[j] == 0.0 {
            g.fill(0.0);
        }
    }
    g
}

/// Backtracks from a full step until the objective has fallen enough (Armijo, 1e-4).
///
/// `directional` is the predicted first-order change (negative). Returns the accepted point with
/// its pass and objective, or `None` when no step lowers the objective beyond rounding.
pub(crate) fn line_search(
    problem: &Problem,
    penalty: Penalty,
    theta: &[f64],
    objective: f64,
    residual: f64,
    direction: &[f64],
    directional: f64,
) -> Option<(Vec<f64>, Pass, f64)> {
    let slack = 1e-13 * objective.abs();
    let drowned = directional.abs() <= 1e-10 * objective.abs();
    let mut step = 1.0;
    for _ in 0..50 {
        let next: Vec<f64> = theta.iter().zip(direction).map(|(t, d)| t + step * d).collect();
        let pass = problem.pass(&next);
        let value = problem.objective(&next, &pass, penalty);
        if value.is_finite() && value <= objective + 1e-4 * step * directional {
            return Some((next, pass, value));
        }
        // Near the optimum the change drowns in rounding, but the residual still shows it.
        if drowned
            && value <= objective + slack
            && problem.residual(&next, &pass.gradient, penalty) < residual
        {
            return Some((next, pass, value));
        }
        step *= 0.5;
        if drowned && step < 1e-3 {
            return None;
        }
    }
    None
}
