//! Trust-region Newton method with preconditioned conjugate gradients, for many columns.
//!
//! Follows Lin, Weng and Keerthi (2008) for the region and Steihaug (1983) inside it; the
//! preconditioner is the diagonal of the curvature matrix (Hsia, Chiang and Lin 2018 mix it with
//! the identity, which undoes it where columns are not standardised). The inner solves are loose at
//! first and tighten with the gradient, so that convergence is superlinear.
//!
//! Where the loss is convex the region has no bound, and a step that is too long is searched along
//! instead of cut (Galli and Lin 2021): the inner solve tells how the scores change, so
//! the slope at any point of the step is one sum over the rows. Slopes do not drown in rounding as
//! differences of the objective do, so that the end is as exact as the gradient is.
//!
//! Cost: one pass over the matrix a Hessian product; none for the points that are looked at along a
//! step; one for gradient and preconditioner together at an accepted point; and three sweeps over the
//! coefficients an inner step.
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

/// Steps without a lower residual after which double precision is taken to be spent.
const STALLED: u32 = 12;
/// Times that the end is looked at again with fresh scores.
const AGAIN: u32 = 3;
/// Share of the slope at the start that may be left at the end of a whole step, and where one is
/// searched for.
const WHOLE: f64 = 0.5;
const FLAT: f64 = 0.1;
/// Most points that are looked at along a step.
const SEARCH: u32 = 40;

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

pub(crate) async fn solve(
    problem: &Problem<'_>,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let convex = problem.loss.is_convex();
    let mut here = point(problem, terms, start).await;
    let (mut gradient, mut diagonal) = slopes(problem, terms, &here).await;
    let first_norm = dot(&gradient, &gradient).sqrt();
    let mut radius = f64::INFINITY;
    let (mut iterations, mut accepted, mut rejected, mut again) = (0, 0, 0, 0);
    let (mut best, mut stalled) = (f64::INFINITY, 0);
    loop {
        problem.stop.check()?;
        let residual = vector::largest(&gradient);
        stalled = if residual < 0.95 * best { 0 } else { stalled + 1 };
        best = best.min(residual);
        let reason = if residual <= stop.tolerance {
            Some(StopReason::Converged)
        } else if iterations == stop.max_iterations {
            Some(StopReason::IterationLimit)
        } else if rejected > 40 || convex && stalled >= STALLED && best < 1e-6 {
            Some(StopReason::Precision)
        } else {
            None
        };
        if let Some(reason) = reason {
            let end = finish(problem, terms, here.theta, iterations, reason, stop).await;
            if reason == end.reason || again == AGAIN {
                return Ok(end);
            }
            // The scores that were carried along hid what is left.
            again += 1;
            here = point(problem, terms, end.theta).await;
            (gradient, diagonal) = slopes(problem, terms, &here).await;
            continue;
        }
        iterations += 1;
        let norm = dot(&gradient, &gradient).sqrt();
        let forcing = (norm / first_norm).sqrt().min(LOOSE);
        if radius.is_infinite() && !convex {
            // Without convexity the first step must not run off along a flat direction.
            radius = inverse_norm(&gradient, &diagonal);
        }
        let system =
            System { problem, terms, at: &here.at, gradient: &gradient, diagonal: &diagonal };
        let inner = system.solve(radius, forcing).await;
        if convex {
            let (length, trial) = searched(problem, terms, &here, &inner);
            let Some(trial) = trial else {
                (stalled, best) = (STALLED, 0.0);
                continue;
            };
            if terms.is_none() && iterations > 6 {
                separation::refuse_recession(problem, &inner.step, 1e-9)?;
            }
            here = trial;
            accepted += 1;
            if accepted <= FRESH || length != 1.0 {
                (gradient, diagonal) = slopes(problem, terms, &here).await;
            } else {
                gradient = problem.shared_rows_times(&here.at.slope).await;
                smooth_gradient(problem, terms, &here.theta, &mut gradient);
            }
            continue;
        }
        let trial = moved(problem, terms, &here, &inner, 1.0);
        let actual = here.objective - trial.objective;
        if inner.predicted.abs() <= 1e-10 * here.objective.abs() {
            // Rounding hides the change in the objective; the gradient still shows it.
            let (next_gradient, next_diagonal) = slopes(problem, terms, &trial).await;
            if dot(&next_gradient, &next_gradient).sqrt() < 0.9 * norm {
                (here, gradient, diagonal) = (trial, next_gradient, next_diagonal);
            } else {
                rejected = 41;
            }
            continue;
        }
        radius = resize(radius, &inner, actual);
        if trial.objective.is_finite() && actual > ACCEPT * inner.predicted {
            here = trial;
            (gradient, diagonal) = slopes(problem, terms, &here).await;
            rejected = 0;
        } else {
            rejected += 1;
        }
    }
}

/// The solution at a point, from a fresh pass: scores that were carried along do not enter it.
async fn finish(
    problem: &Problem<'_>,
    terms: &Terms,
    theta: Vec<f64>,
    iterations: u64,
    reason: StopReason,
    stop: Stop,
) -> Solution {
    let pass = problem.shared_pass(&theta).await;
    let residual = problem.residual(&theta, &pass.gradient, terms);
    let reason = match reason {
        // Carried scores may end a hair above the tolerance once they are computed afresh.
        StopReason::Converged if residual > 1.01 * stop.tolerance => StopReason::Precision,
        reason => reason,
    };
    Solution { theta, pass, iterations, residual, reason }
}

async fn point(problem: &Problem<'_>, terms: &Terms, theta: Vec<f64>) -> Point {
    let scores = problem.shared_scores(&theta).await;
    let at = problem.lift(&scores);
    let objective = problem.objective(&theta, at.loss, terms);
    Point { theta, scores, at, objective }
}

/// The point after so much of a step, without a pass.
fn moved(problem: &Problem, terms: &Terms, from: &Point, inner: &Inner, length: f64) -> Point {
    let mut theta = from.theta.clone();
    vector::for_blocks(&mut theta, |first, theta| {
        theta.iter_mut().zip(&inner.step[first..]).for_each(|(t, s)| *t += length * s);
    });
    let mut scores = from.scores.clone();
    scores.iter_mut().zip(&inner.change).for_each(|(s, c)| *s += length * c);
    let at = problem.lift(&scores);
    let objective = problem.objective(&theta, at.loss, terms);
    Point { theta, scores, at, objective }
}

/// The point where a convex objective no longer falls along the step, near enough, and how much of
/// the step it took; `None` where it does not fall at all.
///
/// No trial needs a pass. The whole step is taken unless the objective's slope at its end is as steep
/// as half that at its start: the curvature of a loss with kinks holds for the rows that it was taken
/// from alone, and where others come into play the step may be far too long.
fn searched(problem: &Problem, terms: &Terms, from: &Point, inner: &Inner) -> (f64, Option<Point>) {
    let end = problem.columns_end();
    let k = problem.width();
    // Slope and curvature of the penalty along the step.
    let (theta, step) = (&from.theta[..end], &inner.step[..end]);
    let over = |r: std::ops::Range<usize>, with: &[f64]| -> f64 {
        let first = r.start;
        let pairs = with[r.clone()].iter().zip(&step[r]).enumerate();
        pairs.map(|(i, (v, s))| terms.l2.at((first + i) / k) * v * s).sum()
    };
    let linear = sum_blocks(end, |r| over(r, theta));
    let square = sum_blocks(end, |r| over(r, step));
    let slope_at =
        |point: &Point, length: f64| dot(&point.at.slope, &inner.change) + linear + length * square;
    let first = slope_at(from, 0.0);
    if first >= 0.0 || first.is_nan() {
        return (0.0, None);
    }
    let (mut low, mut high) = ((0.0, first), (f64::INFINITY, 0.0));
    let mut length = 1.0;
    for trial in 0..SEARCH {
        let point = moved(problem, terms, from, inner, length);
        let slope = slope_at(&point, length);
        let flat = if trial == 0 { WHOLE } else { FLAT };
        if point.objective.is_finite() && slope.abs() <= flat * first.abs() {
            return (length, Some(point));
        }
        if slope < 0.0 && point.objective.is_finite() {
            low = (length, slope);
        } else {
            high = (length, slope);
        }
        length = if high.0.is_infinite() {
            4.0 * low.0
        } else {
            // Where the line through both slopes is 0, kept away from the ends.
            let share = if high.1.is_finite() { low.1 / (low.1 - high.1) } else { 0.0 };
            low.0 + share.clamp(0.1, 0.9) * (high.0 - low.0)
        };
    }
    // The longest that is known to fall.
    let point = (low.0 > 0.0).then(|| moved(problem, terms, from, inner, low.0));
    (low.0, point)
}

/// Gradient of the smooth objective, and the diagonal of its curvature kept away from 0.
async fn slopes(problem: &Problem<'_>, terms: &Terms, point: &Point) -> (Vec<f64>, Vec<f64>) {
    let (mut gradient, mut diagonal) = problem.shared_gradient_and_diagonal(&point.at).await;
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
    async fn solve(&self, radius: f64, forcing: f64) -> Inner {
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
            if rz.sqrt() <= target || self.problem.stop.is_raised() {
                break;
            }
            let (hp, curvature) = self.product(&p, &mut along).await;
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
    async fn product(&self, p: &[f64], along: &mut [f64]) -> (Vec<f64>, f64) {
        let mut hp = self.problem.shared_hessian_times(&self.at.state, p, along).await;
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
