//! Newton steps over a source: where columns are few, the optimum is worth some more passes.
//!
//! The curvature matrix of the loss adds up over batches as the gradient does ([`crate::solve::newton`]),
//! so that a step costs one pass and the memory of two such matrices. A step that does not lower the
//! objective is shortened to a quarter, at the cost of another pass.

use faer::Mat;

use super::Source;
use super::bound::{setup, terms};
use super::survey::Frame;
use crate::Error;
use crate::plan::Plan;
use crate::rows::Chosen;
use crate::solve::newton;
use crate::terms::Terms;

/// Largest number of coefficients, intercepts included, whose curvature matrix is added up.
const FEW: usize = 400;
/// Most passes.
const MOST: u64 = 20;

/// Whether there are few enough coefficients, and a loss for Newton's method.
pub(super) fn can(plan: &Plan, cols: usize, k: usize) -> bool {
    plan.loss.is_smooth() && plan.loss.is_convex() && few(cols, k)
}

/// Bytes that the matrices take.
pub(super) fn memory(cols: usize, k: usize) -> u64 {
    let size = ((cols + 1) * k) as u64;
    if few(cols, k) { 3 * 8 * size * size } else { 0 }
}

fn few(cols: usize, k: usize) -> bool {
    (cols + 1).saturating_mul(k) <= FEW
}

/// What a pass gives at a point.
struct Seen {
    objective: f64,
    gradient: Vec<f64>,
    residual: f64,
    direction: Vec<f64>,
}

/// The optimum of the rows of a frame from a point on, or as near as the steps come; and the number
/// of passes.
pub(super) fn polish<S: Source>(
    plan: &Plan,
    source: &mut S,
    frame: &Frame,
    start: Vec<f64>,
) -> std::result::Result<(Vec<f64>, u64), S::Error> {
    let mut best = (look(plan, source, frame, &start)?, start);
    let mut passes = 1;
    let mut length = 1.0;
    while best.0.residual > plan.tolerance && passes < MOST && length > 1e-3 {
        let moved = best.1.iter().zip(&best.0.direction).map(|(v, d)| v + length * d);
        let next: Vec<f64> = moved.collect();
        let seen = look(plan, source, frame, &next)?;
        passes += 1;
        // At the end only rounding is left to tell two points apart.
        let rounding = 1e-14 * best.0.objective.abs();
        let nearer = seen.residual < best.0.residual;
        if seen.objective < best.0.objective - rounding
            || nearer && seen.objective <= best.0.objective + rounding
        {
            (best, length) = ((seen, next), 1.0);
        } else {
            length *= 0.25;
        }
    }
    Ok((best.1, passes))
}

fn look<S: Source>(
    plan: &Plan,
    source: &mut S,
    frame: &Frame,
    theta: &[f64],
) -> std::result::Result<Seen, S::Error> {
    let cols = source.cols();
    let live = (0..cols).filter(|&j| frame.scaling.scale[j] != 0.0).collect();
    let columns = Chosen::new(live, cols);
    let mut seen = Seen {
        objective: 0.0,
        gradient: vec![0.0; theta.len()],
        residual: 0.0,
        direction: Vec::new(),
    };
    let mut curvature: Option<Mat<f64>> = None;
    let mut of_penalty: Option<Terms> = None;
    source.pass(&mut |batch| {
        let setup = setup(plan, frame, batch)?;
        let problem = &setup.problem;
        let pass = problem.pass(theta);
        seen.objective += pass.loss;
        seen.gradient.iter_mut().zip(&pass.gradient).for_each(|(a, b)| *a += b);
        let own = newton::curvature(problem, &pass, &columns);
        match &mut curvature {
            Some(sum) => *sum += own,
            None => {
                let terms = terms(plan, &setup)?;
                seen.objective += problem.objective(theta, 0.0, &terms);
                of_penalty = Some(terms);
                curvature = Some(own);
            }
        }
        Ok(())
    })?;
    let (Some(h), Some(terms)) = (curvature, of_penalty) else { return Err(Error::NoRows.into()) };
    let k = theta.len() / (cols + 1);
    for j in 0..cols {
        for at in j * k..(j + 1) * k {
            let live = f64::from(u8::from(frame.scaling.scale[j] != 0.0));
            seen.gradient[at] = live * (seen.gradient[at] + terms.l2.at(j) * theta[at]);
        }
    }
    seen.residual = crate::vector::largest(&seen.gradient);
    seen.direction = newton::direction(plan, k, h, &terms, &seen.gradient, &columns)?;
    Ok(seen)
}
