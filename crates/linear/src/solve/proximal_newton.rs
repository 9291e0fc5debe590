//! Proximal Newton method for penalties with corners, groups and bounds.
//!
//! Each outer step makes a quadratic model of the loss at the current point and minimises it plus
//! the penalty by coordinate descent ([`super::quadratic`]) over the working set: the coefficients
//! that are not zero, and those that want to leave it (Friedman, Hastie and Tibshirani 2010; Yuan,
//! Ho and Lin 2012). A line search on the true objective makes every step safe.
//!
//! The curvature matrix is by far the dearest part, and along a path it changes little from one
//! strength to the next. So it is kept ([`Memory`]) and built anew only when steps with the old one
//! no longer shrink the residual well; the steps stay steps of descent all the same.
//!
//! Scores that are tied together (the multinomial loss) use the bound
//! `diag(p) - p p' <= 2 diag(p (1 - p))`, which separates the classes.

use faer::Mat;
use linecall_data::StopReason;

use super::quadratic::Quadratic;
use super::{Solution, Stop, line_search};
use crate::Result;
use crate::gram::gram;
use crate::problem::{Pass, Problem};
use crate::rows::Chosen;
use crate::terms::Terms;

/// Up to so many columns the curvature of all is built, so that it serves a whole path.
const ALL_COLUMNS: usize = 400;
/// A step that shrinks the residual by less than this asks for fresh curvature.
const GOOD: f64 = 0.25;

/// Curvature matrices, by score, from one call to the next.
#[derive(Default)]
pub(crate) struct Memory {
    scores: Vec<Option<Curvature>>,
}

/// A curvature matrix over some columns and the intercept.
struct Curvature {
    columns: Chosen,
    h: Mat<f64>,
}

pub(crate) fn solve(
    problem: &Problem,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
    memory: &mut Memory,
) -> Result<Solution> {
    let mut theta = start;
    let mut pass = problem.pass(&theta);
    let mut objective = problem.objective(&theta, pass.loss, terms);
    let mut residual = problem.residual(&theta, &pass.gradient, terms);
    let (mut iterations, mut best, mut stalled) = (0, f64::INFINITY, 0);
    let mut refresh = memory.scores.len() != problem.width();
    memory.scores.resize_with(problem.width(), || None);
    let reason = loop {
        if residual <= stop.tolerance {
            break StopReason::Converged;
        }
        stalled = if residual < 0.999 * best { 0 } else { stalled + 1 };
        best = best.min(residual);
        if stalled >= 30 && residual < 1e-6 {
            break StopReason::Precision;
        }
        if iterations == stop.max_iterations {
            break StopReason::IterationLimit;
        }
        iterations += 1;
        let fresh = direction(problem, terms, &theta, &pass, residual, memory, refresh);
        let (direction, used_old) = fresh;
        let slope = predicted(problem, terms, &theta, &pass, &direction).min(0.0);
        match line_search(problem, terms, &theta, objective, residual, &direction, slope) {
            Some((next, next_pass, value)) => {
                let before = residual;
                residual = problem.residual(&next, &next_pass.gradient, terms);
                refresh = residual > GOOD * before;
                (theta, pass, objective) = (next, next_pass, value);
            }
            None if used_old => refresh = true,
            None => break StopReason::Precision,
        }
    };
    Ok(Solution { theta, pass, iterations, residual, reason })
}

/// First-order change of the objective along a direction: slope plus change of the penalty.
fn predicted(
    problem: &Problem,
    terms: &Terms,
    theta: &[f64],
    pass: &Pass,
    direction: &[f64],
) -> f64 {
    let (end, k) = (problem.columns_end(), problem.width());
    let moved: Vec<f64> = theta.iter().zip(direction).map(|(t, d)| t + d).collect();
    linecall_kernels::dot(&pass.gradient, direction) + terms.value(&moved[..end], k)
        - terms.value(&theta[..end], k)
}

/// The step to the minimiser of the quadratic model plus penalty, score by score, and whether it
/// came from old curvature.
fn direction(
    problem: &Problem,
    terms: &Terms,
    theta: &[f64],
    pass: &Pass,
    residual: f64,
    memory: &mut Memory,
    refresh: bool,
) -> (Vec<f64>, bool) {
    let (k, d) = (problem.width(), problem.cols());
    let mut direction = vec![0.0; problem.len()];
    let mut used_old = false;
    for c in 0..k {
        let working = working_set(problem, terms, theta, pass, c);
        let known = &mut memory.scores[c];
        let covers =
            |known: &Curvature| working.iter().all(|&j| known.columns.position[j] != usize::MAX);
        if refresh || !known.as_ref().is_some_and(covers) {
            let live = (0..d).filter(|&j| problem.scaling.scale[j] != 0.0);
            let columns = if d <= ALL_COLUMNS { live.collect() } else { working.clone() };
            let columns = Chosen::new(columns, d);
            let h = gram(problem, &curvature(problem, pass, c), &columns);
            *known = Some(Curvature { columns, h });
        } else {
            used_old = true;
        }
        let Some(Curvature { columns, h }) = known else { continue };
        let at = |a: usize| columns.columns.get(a).map_or(d * k + c, |j| j * k + c);
        let size = columns.columns.len() + 1;
        let mut model = Quadratic {
            h,
            slope: (0..size).map(|a| pass.gradient[at(a)]).collect(),
            start: (0..size).map(|a| theta[at(a)]).collect(),
            delta: vec![0.0; size],
            columns: &columns.columns,
            terms,
            free_intercept: problem.fit_intercept,
        };
        let working: Vec<usize> = working.iter().map(|&j| columns.position[j]).collect();
        model.minimise(&working, 1e-3 * residual);
        for (a, delta) in model.delta.iter().enumerate() {
            direction[at(a)] = *delta;
        }
    }
    (direction, used_old)
}

/// Columns whose coefficient is not zero or wants to leave it; whole groups of them.
fn working_set(
    problem: &Problem,
    terms: &Terms,
    theta: &[f64],
    pass: &Pass,
    c: usize,
) -> Vec<usize> {
    let (k, d) = (problem.width(), problem.cols());
    let live = |j: &usize| problem.scaling.scale[*j] != 0.0;
    let Some(groups) = &terms.groups else {
        let wants = |j: &usize| {
            let at = j * k + c;
            theta[at] != 0.0 || terms.violation(*j, theta[at], pass.gradient[at]) > 0.0
        };
        return (0..d).filter(live).filter(wants).collect();
    };
    let mut out = Vec::new();
    for (members, strength) in groups.members.iter().zip(&groups.strength) {
        let norm = |of: &[f64]| members.iter().map(|j| of[j * k + c].powi(2)).sum::<f64>().sqrt();
        if norm(theta) > 0.0 || norm(&pass.gradient) > *strength {
            out.extend(members.iter().copied().filter(live));
        }
    }
    out.sort_unstable();
    out
}

/// Curvature of one score, a row at a time.
fn curvature(problem: &Problem, pass: &Pass, score: usize) -> Vec<f64> {
    let k = problem.width();
    if k == 1 {
        return pass.state.clone();
    }
    let bound = if problem.loss.is_coupled() { 2.0 } else { 1.0 };
    (0..problem.n())
        .map(|i| bound * problem.loss.own_curvature(&pass.state, problem.weight[i], i, score))
        .collect()
}
