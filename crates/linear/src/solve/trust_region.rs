//! Trust-region Newton method with preconditioned conjugate gradients, for many columns.
//!
//! Follows Lin, Weng and Keerthi (2008) for the region; the preconditioner is the diagonal of the
//! curvature matrix (Hsia, Chiang and Lin 2018 mix it with the identity, which undoes it where
//! columns are not standardised). One fused pass gives a Hessian product. The
//! inner solves are loose at first and tighten with the gradient, so that convergence is
//! superlinear.

use linecall_data::StopReason;
use linecall_kernels::dot;

use super::{Solution, Stop, smooth_gradient};
use crate::Result;
use crate::penalty::Penalty;
use crate::problem::{Pass, Problem};
use crate::separation;

/// Steps are accepted above this ratio of actual to predicted reduction.
const ACCEPT: f64 = 1e-4;
/// Smallest entry of the preconditioner, relative to its largest.
const FLOOR: f64 = 1e-9;

pub(crate) fn solve(
    problem: &Problem,
    penalty: Penalty,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let mut theta = start;
    let mut pass = problem.pass(&theta);
    let mut objective = problem.objective(&theta, &pass, penalty);
    let mut gradient = smooth_gradient(problem, penalty, &theta, &pass);
    let first_norm = dot(&gradient, &gradient).sqrt();
    let mut radius = f64::INFINITY;
    let (mut iterations, mut rejected) = (0, 0);
    let reason = loop {
        let residual = gradient.iter().fold(0f64, |m, g| m.max(g.abs()));
        if residual <= stop.tolerance {
            break StopReason::Converged;
        }
        if iterations == stop.max_iterations {
            break StopReason::IterationLimit;
        }
        iterations += 1;
        let diagonal = preconditioner(problem, penalty, &pass);
        let norm = dot(&gradient, &gradient).sqrt();
        let forcing = (norm / first_norm).sqrt().min(0.1);
        let inner =
            conjugate_gradients(problem, penalty, &pass, &gradient, &diagonal, radius, forcing);
        let step_norm = weighted_norm(&inner.step, &diagonal);
        if radius.is_infinite() {
            radius = step_norm;
        }
        let next: Vec<f64> = theta.iter().zip(&inner.step).map(|(t, s)| t + s).collect();
        let next_pass = problem.pass(&next);
        let value = problem.objective(&next, &next_pass, penalty);
        let slope = dot(&gradient, &inner.step);
        let predicted = -0.5 * (slope - dot(&inner.step, &inner.residual));
        let actual = objective - value;
        if predicted.abs() <= 1e-10 * objective.abs() {
            // Rounding hides the change in the objective; the gradient still shows it.
            let next_gradient = smooth_gradient(problem, penalty, &next, &next_pass);
            if dot(&next_gradient, &next_gradient).sqrt() < 0.9 * norm {
                (theta, pass, objective, gradient) = (next, next_pass, value, next_gradient);
                continue;
            }
            break StopReason::Precision;
        }
        radius = resize(radius, step_norm, slope, actual, predicted, inner.on_boundary);
        if value.is_finite() && actual > ACCEPT * predicted {
            if penalty == Penalty::None && iterations > 6 {
                separation::refuse_recession(problem, &inner.step, 1e-9)?;
            }
            (theta, pass, objective) = (next, next_pass, value);
            gradient = smooth_gradient(problem, penalty, &theta, &pass);
            rejected = 0;
            continue;
        }
        rejected += 1;
        if rejected > 40 {
            break StopReason::Precision;
        }
    };
    let residual = problem.residual(&theta, &pass.gradient, penalty);
    Ok(Solution { theta, pass, iterations, residual, reason })
}

/// The new radius from how well the model predicted the reduction.
fn resize(radius: f64, step: f64, slope: f64, actual: f64, predicted: f64, boundary: bool) -> f64 {
    if !actual.is_finite() {
        return 0.25 * step.min(radius);
    }
    let alpha =
        if -actual - slope <= 0.0 { 4.0 } else { (-0.5 * (slope / (-actual - slope))).max(0.25) };
    if actual < ACCEPT * predicted {
        (alpha * step).min(0.5 * radius)
    } else if actual < 0.25 * predicted {
        (alpha * step).clamp(0.25 * radius, 0.5 * radius)
    } else if actual < 0.75 * predicted {
        (alpha * step).clamp(0.25 * radius, 4.0 * radius)
    } else if boundary {
        4.0 * radius
    } else {
        (alpha * step).clamp(radius, 4.0 * radius)
    }
}

/// The diagonal of the curvature matrix, kept away from zero. Columns without scale get the floor.
fn preconditioner(problem: &Problem, penalty: Penalty, pass: &Pass) -> Vec<f64> {
    let mut diagonal = problem.curvature_diagonal(&pass.state);
    let d = problem.cols() * problem.width();
    diagonal.iter_mut().take(d).for_each(|h| *h += penalty.lambda());
    let floor = FLOOR * diagonal.iter().fold(0f64, |m, h| m.max(*h));
    let floor = if floor > 0.0 { floor } else { 1.0 };
    diagonal.iter_mut().for_each(|h| *h = h.max(floor));
    diagonal
}

fn weighted_norm(v: &[f64], diagonal: &[f64]) -> f64 {
    v.iter().zip(diagonal).map(|(v, m)| v * v * m).sum::<f64>().sqrt()
}

struct Inner {
    step: Vec<f64>,
    residual: Vec<f64>,
    on_boundary: bool,
}

/// Approximately solves `H step = -g` inside the region `step' M step <= radius^2`.
fn conjugate_gradients(
    problem: &Problem,
    penalty: Penalty,
    pass: &Pass,
    gradient: &[f64],
    diagonal: &[f64],
    radius: f64,
    forcing: f64,
) -> Inner {
    let n = gradient.len();
    let lambda = penalty.lambda();
    let columns = problem.cols() * problem.width();
    let mut step = vec![0.0; n];
    let mut r: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut z: Vec<f64> = r.iter().zip(diagonal).map(|(r, m)| r / m).collect();
    let mut p = z.clone();
    let mut rz = dot(&r, &z);
    let target = forcing * rz.sqrt();
    for _ in 0..n.clamp(8, 500) {
        if rz.sqrt() <= target {
            break;
        }
        let mut hp = problem.hessian_times(&pass.state, &p);
        hp[..columns].iter_mut().zip(&p).for_each(|(h, p)| *h += lambda * p);
        let curvature = dot(&p, &hp);
        let alpha = rz / curvature;
        let leaves = !(curvature > 0.0 && alpha.is_finite());
        let trial: Vec<f64> =
            step.iter().zip(&p).map(|(s, p)| s + if leaves { 0.0 } else { alpha } * p).collect();
        if leaves || weighted_norm(&trial, diagonal) > radius {
            let tau = to_boundary(&step, &p, diagonal, radius);
            step.iter_mut().zip(&p).for_each(|(s, p)| *s += tau * p);
            r.iter_mut().zip(&hp).for_each(|(r, h)| *r -= tau * h);
            return Inner { step, residual: r, on_boundary: true };
        }
        step = trial;
        r.iter_mut().zip(&hp).for_each(|(r, h)| *r -= alpha * h);
        z.iter_mut().zip(&r).zip(diagonal).for_each(|((z, r), m)| *z = r / m);
        let next = dot(&r, &z);
        let beta = next / rz;
        rz = next;
        p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + beta * *p);
    }
    Inner { step, residual: r, on_boundary: false }
}

/// The positive `tau` with `(s + tau p)' M (s + tau p) = radius^2`.
fn to_boundary(s: &[f64], p: &[f64], m: &[f64], radius: f64) -> f64 {
    if radius.is_infinite() {
        return 0.0;
    }
    let (mut ss, mut sp, mut pp) = (0.0, 0.0, 0.0);
    for ((s, p), m) in s.iter().zip(p).zip(m) {
        ss += s * s * m;
        sp += s * p * m;
        pp += p * p * m;
    }
    if pp == 0.0 {
        return 0.0;
    }
    let root = (sp * sp + pp * (radius * radius - ss).max(0.0)).sqrt();
    if sp >= 0.0 { (radius * radius - ss).max(0.0) / (sp + root) } else { (root - sp) / pp }
}
