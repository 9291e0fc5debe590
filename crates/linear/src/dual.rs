//! A proved lower bound of the optimum, for losses of two classes.
//!
//! With slopes `r_i` of the weighted loss at any point, rescaled per class so that they sum to
//! zero (the intercept is free), Fenchel duality gives
//! `P* >= -sum_i s_i l*(r_i / s_i) - pen*(-X' r)`. For L2, `pen*(v) = |v|^2 / (2 lambda)`; for L1,
//! slopes are also shrunk until no column exceeds lambda, and the last term is 0.

use crate::penalty::Penalty;
use crate::problem::Problem;
use crate::solve::Solution;

/// Objective minus the lower bound at a solution; `None` where there is no bound (no penalty, or a
/// loss with more than one score).
pub(crate) fn gap(problem: &Problem, penalty: Penalty, at: &Solution) -> Option<f64> {
    if problem.width() != 1 || penalty == Penalty::None {
        return None;
    }
    let d = problem.cols();
    let scores = problem.scores(&at.theta);
    let (mut slope, mut state) = (vec![0.0; problem.n()], vec![0.0; problem.n()]);
    problem.loss.tile(0, &scores, &problem.weight, &mut slope, &mut state);
    let mut factor = balance(problem, &slope);
    // Column sums by class, so that rescaling needs no further pass.
    let by_class = |positive: bool| {
        let part: Vec<f64> = slope
            .iter()
            .enumerate()
            .map(|(i, r)| if problem.loss.is_positive(i) == positive { *r } else { 0.0 })
            .collect();
        problem.rows_times(&part)
    };
    let (negative, positive) = (by_class(false), by_class(true));
    let combined = |factor: [f64; 2]| -> Vec<f64> {
        (0..d).map(|j| factor[0] * negative[j] + factor[1] * positive[j]).collect()
    };
    let sums = combined(factor);
    let conjugate = match penalty {
        Penalty::L2 { lambda } => linecall_kernels::norm_squared(&sums) / (2.0 * lambda),
        Penalty::L1 { lambda } => {
            let top = sums.iter().fold(0f64, |m, v| m.max(v.abs()));
            if top > lambda {
                factor = factor.map(|f| f * lambda / top);
            }
            0.0
        }
        Penalty::None => return None,
    };
    let bound = -problem.loss.conjugate(&slope, &problem.weight, factor)? - conjugate;
    let objective = problem.objective(&at.theta, &at.pass, penalty);
    let gap = objective - bound;
    gap.is_finite().then_some(gap.max(0.0))
}

/// Factors at most 1 for the two classes that make the slopes sum to zero.
fn balance(problem: &Problem, slope: &[f64]) -> [f64; 2] {
    if !problem.fit_intercept {
        return [1.0, 1.0];
    }
    let (mut negative, mut positive) = (0.0, 0.0);
    for (i, r) in slope.iter().enumerate() {
        if problem.loss.is_positive(i) {
            positive += r.abs();
        } else {
            negative += r.abs();
        }
    }
    if negative > positive {
        [if negative > 0.0 { positive / negative } else { 1.0 }, 1.0]
    } else {
        [1.0, if positive > 0.0 { negative / positive } else { 1.0 }]
    }
}
