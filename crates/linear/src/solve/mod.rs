//! Solvers: one algorithm per file, and the choice among them.
//!
//! | solver | losses | penalties | for | stops when |
//! |---|---|---|---|---|
//! | [`newton`] | convex, smooth | none, L2 | few columns (dense or sparse) | residual <= tolerance |
//! | [`trust_region`] | smooth | none, L2 | many columns; losses that are not convex | residual <= tolerance |
//! | [`proximal_newton`] | convex, smooth | any | L1, elastic net, groups, bounds | residual <= tolerance |
//! | [`adam`] | relu | none | losses with kinks | its steps are done |
//! | [`interior_point`] | hinge | L2 | few columns | relative duality gap <= tolerance, or at rest |
//! | [`averaged_sgd`](crate::stream) | all but relu | L2 | rows that are not held in memory | its epochs are done |
//! | [`dual_descent`] | hinge, squared and smoothed hinge, logistic | L2 | the hinge; large sparse data at low accuracy | relative duality gap <= tolerance |
//!
//! The residual is the largest violation of the optimality conditions by a standardised
//! coefficient ([`crate::terms`]). Each solver also stops when no step lowers the objective in
//! double precision, and at its limit of iterations; the certificate says which.

pub(crate) mod adam;
mod bend;
pub(crate) mod dual_descent;
pub(crate) mod interior_point;
pub(crate) mod newton;
pub(crate) mod proximal_newton;
mod quadratic;
pub(crate) mod trust_region;

use linecall_data::StopReason;
use serde::{Deserialize, Serialize};

pub(crate) use proximal_newton::Memory;

use crate::loss::Loss;
use crate::problem::{Pass, Problem};
use crate::terms::Terms;
use crate::{Error, Result, vector};

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
    /// Primal-dual interior point, for the hinge.
    InteriorPoint,
    /// Dual coordinate descent with shrinking.
    DualDescent,
    /// Adam over all rows, for losses with kinks.
    Adam,
    /// Averaged stochastic gradient descent over rows that are not held in memory
    /// ([`crate::stream`]).
    AveragedSgd,
}

impl Solver {
    /// The name used in flags, files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Newton => "newton",
            Self::TrustRegion => "trust_region",
            Self::ProximalNewton => "proximal_newton",
            Self::InteriorPoint => "interior_point",
            Self::DualDescent => "dual_descent",
            Self::Adam => "adam",
            Self::AveragedSgd => "averaged_sgd",
        }
    }

    /// The solver that `Auto` stands for.
    ///
    /// # Errors
    /// When the named solver cannot do the loss or the penalty.
    pub(crate) fn resolve(self, loss: &Loss, problem: &Problem<'_>, terms: &Terms) -> Result<Self> {
        let smooth = terms.is_smooth();
        let only_l2 = smooth && !terms.frees_a_column(problem.cols());
        let refuse = |expected| {
            let value = self.name().replace('_', "-");
            Err(Error::Setting { name: "solver", value, expected })
        };
        if !loss.is_smooth() && !only_l2 {
            return Err(Error::Setting {
                name: "loss",
                value: loss.to_string(),
                expected: "a smooth loss for this penalty (the hinge takes l2 alone; \
                           smoothed-hinge takes all)",
            });
        }
        if !loss.is_convex() && !smooth {
            return Err(Error::Setting {
                name: "loss",
                value: loss.to_string(),
                expected: "a convex loss for this penalty (others take none or l2, without bounds)",
            });
        }
        if *loss == Loss::Relu && !terms.is_none() {
            return Err(Error::Setting {
                name: "penalty",
                value: "a penalty".to_owned(),
                expected: "none for the relu loss, which depends on ratios of scores alone",
            });
        }
        match self {
            Self::DualDescent if problem.mixer.is_some() => {
                refuse("another for mixtures of rows (newton, trust-region, proximal-newton)")
            }
            Self::Auto if *loss == Loss::Relu => Ok(Self::Adam),
            Self::Adam if *loss != Loss::Relu => refuse("another for this loss (adam is for relu)"),
            Self::Auto if !loss.is_smooth() && problem.cols() < FEW => Ok(Self::InteriorPoint),
            Self::Auto if !loss.is_smooth() => Ok(Self::DualDescent),
            // Of texts there are fewer rows than n-grams: the dual is the smaller problem.
            Self::Auto if *loss == Loss::SquaredHinge && in_the_dual(problem, terms, only_l2) => {
                Ok(Self::DualDescent)
            }
            Self::InteriorPoint if *loss != Loss::Hinge => {
                refuse("another for this loss (interior-point is for the hinge)")
            }
            Self::InteriorPoint | Self::Newton if problem.cols() > MOST => {
                refuse("one that factorises no matrix (this one takes 10,000 columns at most)")
            }
            Self::Auto if !smooth => Ok(Self::ProximalNewton),
            Self::Auto if loss.is_convex() && by_matrix(problem) => Ok(Self::Newton),
            Self::Auto => Ok(Self::TrustRegion),
            Self::DualDescent if !(only_l2 && dual_descent::can(loss, problem)) => refuse(
                "another for this loss and penalty (dual-descent is for hinge, squared-hinge, \
                 smoothed-hinge and logistic, of two classes or one against the rest, with l2)",
            ),
            Self::Newton | Self::TrustRegion if !loss.is_smooth() => {
                refuse("interior-point or dual-descent for the hinge")
            }
            Self::ProximalNewton if !(loss.is_smooth() && loss.is_convex()) => {
                refuse("another for this loss (proximal-newton is for smooth convex ones)")
            }
            Self::Newton if !loss.is_convex() => {
                refuse("trust-region for a loss that is not convex")
            }
            Self::Newton | Self::TrustRegion if !smooth => {
                refuse("proximal-newton for l1, elastic-net and group-lasso, and for bounds")
            }
            Self::AveragedSgd => refuse("another for rows in memory (averaged-sgd is for streams)"),
            named => Ok(named),
        }
    }
}

/// Columns, intercept included, up to which the hinge's systems are factorised unasked.
const FEW: usize = 500;
/// Most columns whose matrix is factorised where the solver is named: 800 MB of numbers.
const MOST: usize = 10_000;

/// Whether building and factorising the curvature matrix of columns and scores beats conjugate
/// gradients: a Newton step costs `n (d K)^2 / 2`, a conjugate-gradient step `2 n d K`, and there are
/// tens of those. Of the rows: how many, their entries, whether they are stored densely.
pub(crate) fn factorises(
    (cols, width): (usize, usize),
    (n, nnz, dense): (usize, usize, bool),
) -> bool {
    let size = (cols + 1) * width;
    let limit = if width > 1 { 200 } else { 500 };
    size <= limit || (size <= 1_500 && !dense && nnz / n.max(1) < 100)
}

/// Whether a margin loss over n-grams of texts is better solved row by row.
fn in_the_dual(problem: &Problem, terms: &Terms, only_l2: bool) -> bool {
    only_l2
        && !terms.is_none()
        && problem.mixer.is_none()
        && !problem.is_dense()
        && problem.n() < problem.cols()
        && !problem.view().grams().is_empty()
}

fn by_matrix(problem: &Problem) -> bool {
    let of_rows = (problem.n(), problem.nnz(), problem.is_dense());
    factorises((problem.cols(), problem.width()), of_rows)
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

impl Solution {
    /// A point whose slopes come from the dual: at a corner of the loss the point alone does not
    /// say which of the many is right.
    pub(crate) fn with_slopes(
        problem: &Problem<'_>,
        terms: &Terms,
        theta: Vec<f64>,
        slope: Vec<f64>,
        (iterations, reason): (u64, StopReason),
    ) -> Self {
        let mut pass = problem.pass(&theta);
        pass.gradient = problem.rows_times(&slope);
        pass.slope = slope;
        let residual = problem.residual(&theta, &pass.gradient, terms);
        Self { theta, pass, iterations, residual, reason }
    }
}

/// Runs a resolved solver from a starting point. Solvers of smooth losses share their passes with other
/// problems where the problem has a seat ([`crate::shared`]).
pub(crate) async fn solve(
    solver: Solver,
    loss: &Loss,
    problem: &Problem<'_>,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
    memory: &mut Memory,
) -> Result<Solution> {
    let mut solution = match solver {
        Solver::TrustRegion => trust_region::solve(problem, terms, start, stop).await,
        Solver::ProximalNewton => proximal_newton::solve(problem, terms, start, stop, memory).await,
        Solver::Adam => adam::solve(problem, terms, start, stop),
        Solver::InteriorPoint => interior_point::solve(loss, problem, terms, start, stop),
        Solver::DualDescent => dual_descent::solve(loss, problem, terms, start, stop),
        Solver::Newton | Solver::Auto | Solver::AveragedSgd => {
            newton::solve(problem, terms, start, stop).await
        }
    }?;
    // What a loop inside a solver left off because of the flag is no solution.
    problem.stop.check()?;
    fix_shift(problem, terms, &mut solution.theta);
    Ok(solution)
}

/// With several scores, the same shift of all intercepts (and, without a penalty, of all
/// coefficients of a column) changes no probability: take the one with mean zero.
fn fix_shift(problem: &Problem<'_>, terms: &Terms, theta: &mut [f64]) {
    let k = problem.width();
    if !problem.loss.ignores_shifts() {
        return;
    }
    let (columns, intercepts) = theta.split_at_mut(problem.cols() * k);
    let mean = |own: &[f64]| own.iter().sum::<f64>() / k as f64;
    if terms.is_none() {
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

/// Turns the gradient of the loss into that of the smooth objective, the L2 part on the
/// coefficients; columns without scale have none.
pub(crate) fn smooth_gradient(
    problem: &Problem<'_>,
    terms: &Terms,
    theta: &[f64],
    gradient: &mut [f64],
) {
    let (k, end) = (problem.width(), problem.columns_end());
    let scale = &problem.scaling.scale;
    vector::for_blocks(&mut gradient[..end], |first, g| {
        for (i, g) in g.iter_mut().enumerate() {
            let c = first + i;
            let j = c / k;
            *g = if scale[j] == 0.0 { 0.0 } else { *g + terms.l2.at(j) * theta[c] };
        }
    });
}

/// Backtracks from a full step until the objective has fallen enough (Armijo, 1e-4).
///
/// It begins at a point with its objective and residual; `directional` is the predicted first-order change (negative). Returns the accepted point with
/// its pass and objective, or `None` when no step lowers the objective beyond rounding.
pub(crate) async fn line_search(
    problem: &Problem<'_>,
    terms: &Terms,
    (theta, objective, residual): (&[f64], f64, f64),
    direction: &[f64],
    directional: f64,
) -> Option<(Vec<f64>, Pass, f64)> {
    let slack = 1e-13 * objective.abs();
    let drowned = directional.abs() <= 1e-10 * objective.abs();
    let mut step = 1.0;
    for _ in 0..50 {
        if problem.stop.is_raised() {
            return None;
        }
        let next: Vec<f64> = theta.iter().zip(direction).map(|(t, d)| t + step * d).collect();
        let pass = problem.shared_pass(&next).await;
        let value = problem.objective(&next, pass.loss, terms);
        if value.is_finite() && value <= objective + 1e-4 * step * directional {
            return Some((next, pass, value));
        }
        // Near the optimum the change drowns in rounding, but the residual still shows it.
        if drowned
            && value <= objective + slack
            && problem.residual(&next, &pass.gradient, terms) < residual
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
