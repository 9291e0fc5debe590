//! Trust-region Newton method with preconditioned conjugate gradients, for many columns.
//!
//! Follows Lin, Weng and Keerthi (2008) for the region and Steihaug (1983) inside it; the
//! preconditioner is the diagonal of the curvature matrix (Hsia, Chiang and Lin 2018 mix it with
//! the identity, which undoes it where columns are not standardised). The inner solves are loose at
//! first and tighten with the gradient, so that convergence is superlinear.
//!
//! Cost: one pass over the matrix a Hessian product, which also tells how the scores change along
//! the direction, so that a trial point needs no pass for its loss; one pass for gradient and
//! preconditioner together at an accepted point; and three sweeps over the coefficients an inner
//! step.
//!
//! Losses that are not convex are handled as they are: a direction of negative curvature is
//! followed to the boundary of the region, and the end is a stationary point.

use linecall_data::StopReason;

use super::{Solution, Stop, smooth_gradient};
use crate::Result;
use crate::problem::{Lifted, Problem};
use crate::separation;
use crate::terms::Terms;
use crate::vector::{self, dot, sum_blocks, sum_over_blocks};

/// Steps are accepted above this ratio of actual to predicted reduction.
const ACCEPT: f64 = 1e-4;
/// Smallest entry of the preconditioner, relative to its largest.
const FLOOR: f64 = 1e-9;
/// Inner residual, relative to the gradient, at the start.
const LOOSE: f64 = 0.3;

/// Accepted steps after which the preconditioner is taken anew; later it changes too little to pay
/// for its pass.
const FRESH: u64 = 2;

/// A point with all that is known there.
struct Point {
    theta: Vec<f64>,
    scores: Vec<f64>,
    at: Lifted,
    objective: f64,
}

pub(crate) fn solve(
    problem: &Problem,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let mut here = point(problem, terms, start);
    let (mut gradient, mut diagonal) = slopes(problem, terms, &here);
    let first_norm = dot(&gradient, &gradient).sqrt();
    let mut radius = f64::INFINITY;
    let (mut iterations, mut accepted, mut rejected) = (0, 0, 0);
    let reason = loop {
        let residual = vector::largest(&gradient);
        if residual <= stop.tolerance {
            break StopReason::Converged;
        }
        if iterations == stop.max_iterations {
            break StopReason::IterationLimit;
        }
        iterations += 1;
        let norm = dot(&gradient, &gradient).sqrt();
        let forcing = (norm / first_norm).sqrt().min(LOOSE);
        if radius.is_infinite() && !problem.loss.is_convex() {
            // Without convexity the first step must not run off along a flat direction.
            radius = inverse_norm(&gradient, &diagonal);
        }
        let system =
            System { problem, terms, at: &here.at, gradient: &gradient, diagonal: &diagonal };
        let inner = system.solve(radius, forcing);
        if radius.is_infinite() {
            radius = inner.norm;
        }
        let trial = moved(problem, terms, &here, &inner);
        let actual = here.objective - trial.objective;
        if inner.predicted.abs() <= 1e-10 * here.objective.abs() {
            // Rounding hides the change in the objective; the gradient still shows it.
            let (next_gradient, next_diagonal) = slopes(problem, terms, &trial);
            if dot(&next_gradient, &next_gradient).sqrt() < 0.9 * norm {
                (here, gradient, diagonal) = (trial, next_gradient, next_diagonal);
                continue;
            }
            break StopReason::Precision;
        }
        radius = resize(radius, &inner, actual);
        if trial.objective.is_finite() && actual > ACCEPT * inner.predicted {
            if terms.is_none() && iterations > 6 && problem.loss.is_convex() {
                separation::refuse_recession(problem, &inner.step, 1e-9)?;
            }
            here = trial;
            accepted += 1;
            if accepted <= FRESH || rejected > 0 || !problem.loss.is_convex() {
                (gradient, diagonal) = slopes(problem, terms, &here);
            } else {
                gradient = problem.rows_times(&here.at.slope);
                smooth_gradient(problem, terms, &here.theta, &mut gradient);
            }
            rejected = 0;
            continue;
        }
        rejected += 1;
        if rejected > 40 {
            break StopReason::Precision;
        }
    };
    drop((gradient, diagonal));
    finish(problem, terms, here.theta, iterations, reason, stop)
}

/// The solution at a point, from a fresh pass: scores that were carried along do not enter it.
fn finish(
    problem: &Problem,
    terms: &Terms,
    theta: Vec<f64>,
    iterations: u64,
    reason: StopReason,
    stop: Stop,
) -> Result<Solution> {
    let pass = problem.pass(&theta);
    let residual = problem.residual(&theta, &pass.gradient, terms);
    let reason = match reason {
        // Carried scores may end a hair above the tolerance once they are computed afresh.
        StopReason::Converged if residual > 1.01 * stop.tolerance => StopReason::Precision,
        reason => reason,
    };
    Ok(Solution { theta, pass, iterations, residual, reason })
}

fn point(problem: &Problem, terms: &Terms, theta: Vec<f64>) -> Point {
    let scores = problem.scores(&theta);
    let at = problem.lift(&scores);
    let objective = problem.objective(&theta, at.loss, terms);
    Point { theta, scores, at, objective }
}

/// The point after a step, without a pass.
fn moved(problem: &Problem, terms: &Terms, from: &Point, inner: &Inner) -> Point {
    let mut theta = from.theta.clone();
    vector::for_blocks(&mut theta, |first, theta| {
        theta.iter_mut().zip(&inner.step[first..]).for_each(|(t, s)| *t += s);
    });
    let mut scores = from.scores.clone();
    scores.iter_mut().zip(&inner.change).for_each(|(s, c)| *s += c);
    let at = problem.lift(&scores);
    let objective = problem.objective(&theta, at.loss, terms);
    Point { theta, scores, at, objective }
}

/// Gradient of the smooth objective, and the diagonal of its curvature kept away from 0.
fn slopes(problem: &Problem, terms: &Terms, point: &Point) -> (Vec<f64>, Vec<f64>) {
    let (mut gradient, mut diagonal) = problem.gradient_and_diagonal(&point.at);
    smooth_gradient(problem, terms, &point.theta, &mut gradient);
    let (k, end) = (problem.width(), problem.columns_end());
    vector::for_blocks(&mut diagonal[..end], |first, h| {
        h.iter_mut().enumerate().for_each(|(c, h)| *h += terms.l2.at((first + c) / k));
    });
    let floor = FLOOR * vector::largest(&diagonal);
    let floor = if floor > 0.0 { floor } else { 1.0 };
    vector::for_blocks(&mut diagonal, |_, h| h.iter_mut().for_each(|h| *h = h.max(floor)));
    (gradient, diagonal)
}

/// `(g' M^-1 g)^(1/2)`.
fn inverse_norm(g: &[f64], diagonal: &[f64]) -> f64 {
    sum_blocks(g.len(), |r| g[r.clone()].iter().zip(&diagonal[r]).map(|(g, m)| g * g / m).sum())
        .sqrt()
}

/// The region's next radius (in the norm of the preconditioner).
fn resize(radius: f64, inner: &Inner, actual: f64) -> f64 {
    let ratio = actual / inner.predicted;
    // Minimiser of the parabola through both objectives and the slope.
    let bend = -actual - inner.slope;
    let alpha = if bend > 0.0 { (-0.5 * inner.slope / bend).clamp(0.25, 4.0) } else { 4.0 };
    if !actual.is_finite() || ratio < 0.25 {
        (alpha * inner.norm).clamp(0.1 * inner.norm, 0.5 * inner.norm)
    } else if ratio > 0.75 && inner.on_boundary {
        (alpha * inner.norm).clamp(radius, 4.0 * radius)
    } else {
        radius
    }
}

/// What an inner solve found.
struct Inner {
    step: Vec<f64>,
    /// How the scores change along the step.
    change: Vec<f64>,
    /// The step's norm in the preconditioner.
    norm: f64,
    /// `g . step`.
    slope: f64,
    /// Reduction of the quadratic model.
    predicted: f64,
    on_boundary: bool,
}

/// The Newton system at a point.
struct System<'a, 'p> {
    problem: &'a Problem<'p>,
    terms: &'a Terms,
    at: &'a Lifted,
    gradient: &'a [f64],
    diagonal: &'a [f64],
}

impl System<'_, '_> {
    /// Approximately solves `H step = -g` inside the region `step' M step <= radius^2`.
    fn solve(&self, radius: f64, forcing: f64) -> Inner {
        let (n, m) = (self.gradient.len(), self.diagonal);
        let mut step = vec![0.0; n];
        let mut change = vec![0.0; self.at.slope.len()];
        let mut along = vec![0.0; self.at.slope.len()];
        let mut r = vec![0.0; n];
        let mut p = vec![0.0; n];
        let mut rz = sum_over_blocks(&mut r, &mut p, |first, r, p| {
            let mut sum = 0.0;
            for (i, (r, p)) in r.iter_mut().zip(p).enumerate() {
                *r = -self.gradient[first + i];
                *p = *r / m[first + i];
                sum += *r * *p;
            }
            sum
        });
        // Norms in M follow from recurrences: s's, s'p and p'p.
        let (mut ss, mut sp, mut pp) = (0.0, 0.0, rz);
        let (mut slope, mut bend) = (0.0, 0.0);
        let target = forcing * rz.sqrt();
        let mut on_boundary = false;
        for _ in 0..n.clamp(8, 500) {
            if rz.sqrt() <= target {
                break;
            }
            let (hp, curvature) = self.product(&p, &mut along);
            let mut alpha = rz / curvature;
            let leaves = !(curvature > 0.0 && alpha.is_finite())
                || ss + 2.0 * alpha * sp + alpha * alpha * pp > radius * radius;
            if leaves {
                alpha = to_boundary(ss, sp, pp, radius);
                on_boundary = true;
            }
            // Directions are conjugate, so `g . p = -r . z`.
            slope -= alpha * rz;
            bend += alpha * alpha * curvature;
            change.iter_mut().zip(&along).for_each(|(c, a)| *c += alpha * a);
            let next = sum_over_blocks(&mut step, &mut r, |first, step, r| {
                let mut sum = 0.0;
                for (i, (s, r)) in step.iter_mut().zip(r).enumerate() {
                    let j = first + i;
                    *s += alpha * p[j];
                    *r -= alpha * hp[j];
                    sum += *r * *r / m[j];
                }
                sum
            });
            self.problem.reuse(hp);
            ss += 2.0 * alpha * sp + alpha * alpha * pp;
            if on_boundary {
                break;
            }
            let beta = next / rz;
            sp = beta * (sp + alpha * pp);
            pp = next + beta * beta * pp;
            rz = next;
            vector::for_blocks(&mut p, |first, p| {
                for (i, p) in p.iter_mut().enumerate() {
                    let j = first + i;
                    *p = r[j] / m[j] + beta * *p;
                }
            });
        }
        Inner {
            step,
            change,
            norm: ss.max(0.0).sqrt(),
            slope,
            predicted: -slope - 0.5 * bend,
            on_boundary,
        }
    }

    /// The curvature matrix times a direction, and `p' H p`.
    fn product(&self, p: &[f64], along: &mut [f64]) -> (Vec<f64>, f64) {
        let mut hp = self.problem.hessian_times(&self.at.state, p, along);
        let (k, end) = (self.problem.width(), self.problem.columns_end());
        vector::for_blocks(&mut hp[..end], |first, hp| {
            for (c, h) in hp.iter_mut().enumerate() {
                *h += self.terms.l2.at((first + c) / k) * p[first + c];
            }
        });
        let curvature = dot(p, &hp);
        (hp, curvature)
    }
}

/// The positive `tau` with `(s + tau p)' M (s + tau p) = radius^2`.
fn to_boundary(ss: f64, sp: f64, pp: f64, radius: f64) -> f64 {
    if radius.is_infinite() || pp == 0.0 {
        return 0.0;
    }
    let left = (radius * radius - ss).max(0.0);
    let root = (sp * sp + pp * left).sqrt();
    if sp >= 0.0 { left / (sp + root) } else { (root - sp) / pp }
}
