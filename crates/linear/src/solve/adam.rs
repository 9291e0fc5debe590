//! Adam over all rows, for losses with kinks: the rectified cross-entropy.
//!
//! Newton's method stands still where a loss has kinks, for its model of the loss ends there. Adam
//! (Kingma and Ba 2015) takes steps of a size that does not depend on the slope's, here with the
//! whole gradient (so nothing is random) and a step that falls to 0 along a half cosine; the best
//! point met is kept. Cost: one pass a step, at most [`STEPS`] of them.
//!
//! It ends after its steps. On a kink no slope is 0, so the residual of the certificate says how
//! steep the loss still is on one side of the kinks, and not how far the point is from stationary.

use linecall_data::StopReason;

use super::{Solution, Stop};
use crate::Result;
use crate::problem::Problem;
use crate::terms::Terms;

/// Steps at most.
const STEPS: u64 = 1_000;
/// Size of the first steps, in units of standardised coefficients.
const RATE: f64 = 0.05;
/// How slowly the mean slope and the mean square slope forget.
const DECAY: [f64; 2] = [0.9, 0.999];

pub(crate) fn solve(
    problem: &Problem,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
) -> Result<Solution> {
    let steps = STEPS.min(stop.max_iterations);
    let mut theta = start;
    let (mut mean, mut square) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    let mut best = (f64::INFINITY, theta.clone());
    let (mut iterations, mut reason) = (0, StopReason::IterationLimit);
    let (mut begun, mut scale) = (0, 1.0);
    while iterations < steps {
        problem.stop.check()?;
        let pass = problem.pass(&theta);
        let objective = problem.objective(&theta, pass.loss, terms);
        if objective < best.0 {
            best = (objective, theta.clone());
        }
        if problem.residual(&theta, &pass.gradient, terms) <= stop.tolerance {
            if objective <= best.0 {
                reason = StopReason::Converged;
                break;
            }
            // No slope is left because rows have died on the way: back, and on with shorter steps.
            theta.clone_from(&best.1);
            mean.fill(0.0);
            square.fill(0.0);
            (begun, scale) = (iterations, 0.5 * scale);
            iterations += 1;
            continue;
        }
        let along = iterations as f64 / steps as f64;
        let rate = scale * RATE * 0.5 * (1.0 + (std::f64::consts::PI * along).cos());
        iterations += 1;
        let unbiased = DECAY.map(|d| 1.0 - d.powi((iterations - begun) as i32));
        for (c, g) in pass.gradient.iter().enumerate() {
            mean[c] = DECAY[0] * mean[c] + (1.0 - DECAY[0]) * g;
            square[c] = DECAY[1] * square[c] + (1.0 - DECAY[1]) * g * g;
            let size = (square[c] / unbiased[1]).sqrt();
            if size > 0.0 {
                theta[c] -= rate * (mean[c] / unbiased[0]) / size;
            }
        }
        problem.reuse(pass.gradient);
    }
    let theta = best.1;
    let pass = problem.pass(&theta);
    let residual = problem.residual(&theta, &pass.gradient, terms);
    Ok(Solution { theta, pass, iterations, residual, reason })
}
