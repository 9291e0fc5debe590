//! A proved lower bound of the optimum.
//!
//! With slopes `r_i` of the weighted loss at any point, changed as little as makes each score's sum
//! to zero where the intercept is free ([`RowLoss::balance`](crate::loss::RowLoss::balance)),
//! Fenchel duality gives, for `0 < t <= 1` small enough that both conjugates are finite,
//! `P* >= -sum_i s_i l*(t r_i / s_i) - sum_j h_j*(-t (X' r)_j)`.
//! The penalty's conjugate and `t` are in [`Terms::conjugate`].

use crate::problem::Problem;
use crate::terms::Terms;

/// Objective minus the lower bound, from slopes and the gradient that they make; `None` where there
/// is no bound (a coefficient that nothing holds, or a loss without a conjugate here).
pub(crate) fn gap_at(
    problem: &Problem,
    terms: &Terms,
    objective: f64,
    slope: &[f64],
    gradient: &[f64],
) -> Option<f64> {
    bound_at(problem, terms, objective, slope, gradient).map(|bound| bound.gap)
}

/// A lower bound of the optimum.
pub(crate) struct Bound {
    /// Objective minus the bound, 0 at least.
    pub(crate) gap: f64,
    /// `X' r` of the slopes that it comes from, standardised, `k` a column.
    pub(crate) slopes: Vec<f64>,
}

/// As [`gap_at`], with the slopes that the dual allows.
pub(crate) fn bound_at(
    problem: &Problem,
    terms: &Terms,
    objective: f64,
    slope: &[f64],
    gradient: &[f64],
) -> Option<Bound> {
    if terms.frees_a_column(problem.cols()) && terms.bounds.is_none() {
        return None;
    }
    if problem.mixer.is_some() {
        // Slopes by row do not tell those of the mixtures; see `vicinal::mixed::gap`.
        return None;
    }
    // Saves a pass where the loss has no dual bound at all.
    problem.loss.conjugate(slope, &problem.weight)?;
    let (k, d) = (problem.width(), problem.cols());
    let balanced;
    let (slope, sums) = if problem.fit_intercept {
        let mut changed = slope.to_vec();
        if !problem.loss.balance(&mut changed, &problem.weight) {
            return None;
        }
        balanced = (problem.rows_times(&changed), changed);
        (balanced.1.as_slice(), balanced.0.as_slice())
    } else {
        (slope, gradient)
    };
    // One factor for all scores, since a multinomial loss ties their slopes together.
    let (mut penalty, mut t) = (0.0, 1f64);
    let mut columns = vec![Vec::new(); k];
    for (c, own) in columns.iter_mut().enumerate() {
        *own = (0..d).map(|j| -sums[j * k + c]).collect::<Vec<f64>>();
        t = t.min(terms.conjugate(own)?.1);
    }
    for own in &mut columns {
        if t < 1.0 {
            own.iter_mut().for_each(|u| *u *= t);
        }
        penalty += terms.conjugate(own)?.0;
    }
    let loss = if t < 1.0 {
        let shrunk: Vec<f64> = slope.iter().map(|r| t * r).collect();
        problem.loss.conjugate(&shrunk, &problem.weight)?
    } else {
        problem.loss.conjugate(slope, &problem.weight)?
    };
    let gap = objective + loss + penalty;
    let slopes = sums[..d * k].iter().map(|u| t * u).collect();
    gap.is_finite().then(|| Bound { gap: gap.max(0.0), slopes })
}
