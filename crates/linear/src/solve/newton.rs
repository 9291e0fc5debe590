//! Newton's method with a Cholesky factorisation, for tall data.
//!
//! Each step costs one pass for the curvature matrix and one for loss and gradient. The step is
//! `-(H + ridge)^-1 g`, shortened until the objective falls (Armijo). Convergence is quadratic.
//! For the multinomial loss the matrix holds all `K x K` blocks. Directions that the loss does not
//! feel (the same shift of all classes; the intercept of a problem without one) get unit curvature,
//! which leaves the step unchanged because the gradient has no part in them.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};
use linecall_data::StopReason;

use super::{Solution, Stop, line_search, smooth_gradient};
use crate::gram::{gram, gram_rows};
use crate::plan::Plan;
use crate::problem::{Pass, Problem};
use crate::rows::Chosen;
use crate::separation;
use crate::terms::Terms;
use crate::vector::largest;
use crate::vicinal::mixed;
use crate::{Error, Result};

pub(crate) async fn solve(
    problem: &Problem<'_>,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let active = (0..problem.cols()).filter(|&j| problem.scaling.scale[j] != 0.0).collect();
    let columns = Chosen::new(active, problem.cols());
    let mut theta = start;
    let mut pass = problem.shared_pass(&theta).await;
    let mut objective = problem.objective(&theta, pass.loss, terms);
    let mut iterations = 0;
    let mut best = f64::INFINITY;
    let mut stalled = 0;
    let reason = loop {
        problem.stop.check()?;
        let mut gradient = pass.gradient.clone();
        smooth_gradient(problem, terms, &theta, &mut gradient);
        let residual = largest(&gradient);
        if residual <= stop.tolerance {
            if terms.is_none() {
                // Separated classes flatten the loss: no slope is left, but steps stay long.
                let direction = step(problem, terms, &pass, &gradient, &columns)?;
                separation::refuse_recession(problem, &direction, 1e-4)?;
            }
            break StopReason::Converged;
        }
        stalled = if residual < 0.95 * best { 0 } else { stalled + 1 };
        best = best.min(residual);
        if stalled >= 8 && residual < 1e-6 {
            break StopReason::Precision;
        }
        if iterations == stop.max_iterations {
            break StopReason::IterationLimit;
        }
        iterations += 1;
        let direction = step(problem, terms, &pass, &gradient, &columns)?;
        if terms.is_none() && iterations > 6 {
            separation::refuse_recession(problem, &direction, 1e-9)?;
        }
        let slope: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let at = (theta.as_slice(), objective, residual);
        match line_search(problem, terms, at, &direction, slope).await {
            Some((next, next_pass, value)) => (theta, pass, objective) = (next, next_pass, value),
            None => break StopReason::Precision,
        }
    };
    let residual = problem.residual(&theta, &pass.gradient, terms);
    Ok(Solution { theta, pass, iterations, residual, reason })
}

/// The Newton direction.
fn step(
    problem: &Problem<'_>,
    terms: &Terms,
    pass: &Pass,
    gradient: &[f64],
    columns: &Chosen,
) -> Result<Vec<f64>> {
    let h = curvature(problem, pass, columns);
    let setting = (problem.fit_intercept, problem.loss.ignores_shifts());
    solved(setting, problem.width(), h, terms, gradient, columns)
}

/// The Newton direction of a plan for `k` scores, from the Hessian of the loss and the gradient of
/// the objective.
pub(crate) fn direction(
    plan: &Plan,
    k: usize,
    h: Mat<f64>,
    terms: &Terms,
    gradient: &[f64],
    columns: &Chosen,
) -> Result<Vec<f64>> {
    let joint = k > 1 && plan.loss.is_joint(plan.multiclass);
    solved((plan.fit_intercept, joint), k, h, terms, gradient, columns)
}

/// Solves for the direction. The setting: whether there is an intercept, and whether the same
/// change of all scores leaves the loss as it is.
fn solved(
    setting: (bool, bool),
    k: usize,
    mut h: Mat<f64>,
    terms: &Terms,
    gradient: &[f64],
    columns: &Chosen,
) -> Result<Vec<f64>> {
    let d = gradient.len() / k - 1;
    let width = columns.columns.len() + 1;
    add_penalty(setting, k, &mut h, |j| terms.l2.at(j), columns);
    let place =
        |j: usize, c: usize| if j < width - 1 { columns.columns[j] * k + c } else { d * k + c };
    let rhs = Mat::from_fn(k * width, 1, |row, _| -gradient[place(row % width, row / width)]);
    let factor = factorise(&mut h)?;
    let solution = factor.solve(&rhs);
    let mut direction = vec![0.0; gradient.len()];
    for row in 0..k * width {
        direction[place(row % width, row / width)] = solution[(row, 0)];
    }
    Ok(direction)
}

/// Adds the curvature of the penalty, `l2` by column, and unit curvature in the directions that the
/// objective does not feel. The setting is that of [`solved`].
pub(crate) fn add_penalty(
    (fit_intercept, ignores_shifts): (bool, bool),
    k: usize,
    h: &mut Mat<f64>,
    l2: impl Fn(usize) -> f64,
    columns: &Chosen,
) {
    let width = columns.columns.len() + 1;
    for c in 0..k {
        for (a, &j) in columns.columns.iter().enumerate() {
            h[(c * width + a, c * width + a)] += l2(j);
        }
        if !fit_intercept {
            let b = c * width + width - 1;
            h[(b, b)] = 1.0;
        }
    }
    if ignores_shifts {
        // The shift that all classes share, of every coefficient without a penalty.
        let free = |a: &usize| columns.columns.get(*a).is_none_or(|&j| l2(j) == 0.0);
        for a in (0..width).filter(free) {
            for c in 0..k {
                for e in 0..k {
                    h[(c * width + a, e * width + a)] += 1.0 / k as f64;
                }
            }
        }
    }
}

/// The Hessian of the loss over the chosen columns and intercepts, score after score.
pub(crate) fn curvature(problem: &Problem<'_>, pass: &Pass, columns: &Chosen) -> Mat<f64> {
    let k = problem.width();
    if problem.mixer.is_some() {
        return mixed::curvature(problem, pass, columns);
    }
    if k == 1 {
        return gram(problem, &pass.state, columns);
    }
    let width = columns.columns.len() + 1;
    let (p, s) = (&pass.state, &problem.weight);
    if !problem.loss.is_coupled() {
        let mut h = Mat::zeros(k * width, k * width);
        for c in 0..k {
            let own: Vec<f64> = p.iter().skip(c).step_by(k).copied().collect();
            let own = gram(problem, &own, columns);
            for a in 0..width {
                for b in 0..width {
                    h[(c * width + a, c * width + b)] = own[(a, b)];
                }
            }
        }
        return h;
    }
    // diag(p) - p p': the first part by score, the second as one Gram matrix of stacked rows.
    let cross = gram_rows(problem, columns, k, &|i, k, out| {
        let root = s[i].sqrt();
        out.iter_mut().zip(&p[i * k..(i + 1) * k]).for_each(|(o, p)| *o = root * p);
    });
    let mut h = Mat::from_fn(k * width, k * width, |a, b| -cross[(a, b)]);
    for c in 0..k {
        let own = gram_rows(problem, columns, 1, &|i, _, out| {
            out[0] = (s[i] * p[i * k + c]).sqrt();
        });
        for a in 0..width {
            for b in 0..width {
                h[(c * width + a, c * width + b)] += own[(a, b)];
            }
        }
    }
    h
}

/// Factorises, adding as little to the diagonal as makes the matrix positive definite.
pub(crate) fn factorise(h: &mut Mat<f64>) -> Result<Llt<f64>> {
    let n = h.nrows();
    let top = (0..n).fold(0f64, |m, i| m.max(h[(i, i)].abs()));
    if !top.is_finite() {
        return Err(Error::Numerical(
            "the curvature overflows double precision; rescale the columns".to_owned(),
        ));
    }
    let mut ridge = 0.0;
    for _ in 0..12 {
        if let Ok(factor) = h.llt(Side::Lower) {
            return Ok(factor);
        }
        let next = if ridge == 0.0 { 1e-14 * top.max(1e-300) } else { ridge * 100.0 };
        (0..n).for_each(|i| h[(i, i)] += next - ridge);
        ridge = next;
    }
    Err(Error::Numerical("the curvature matrix cannot be factorised".to_owned()))
}
