//! Bernoulli naive Bayes.
//!
//! Every column is 0 or 1; in class `k` column `j` is 1 with probability
//! `p_kj = (N_kj + alpha) / (S_k + 2 alpha)`, `N_kj` the weight of the rows where it is. Absence
//! speaks as well as presence: `f_k = log prior_k + sum_j log(1 - p_kj) + sum_j x_j log(p_kj / (1 -
//! p_kj))`. Zeros go into the intercept, so sparse rows stay sparse.
//!
//! Source: McCallum & Nigam (1998), as for the multinomial model. Numbers as scikit-learn's
//! `BernoulliNB`. Cost: one pass.

use super::{Notes, Priors, Solved};
use crate::Result;
use crate::class_stats::ClassStats;

pub(super) fn solve(
    stats: &ClassStats,
    classes: &[String],
    alpha: f64,
    priors: &Priors,
) -> Result<Solved> {
    let priors = priors.of(classes, stats.weight())?;
    let mut solved = Solved::default();
    for (k, prior) in priors.iter().enumerate() {
        let weight = stats.weight()[k];
        let log_all = (weight + 2.0 * alpha).ln();
        // Sums of fractional weights may pass the weight of the class by a rounding.
        let zeros = |ones: f64| ((weight - ones).max(0.0) + alpha).ln();
        let counts = stats.sums(k);
        solved.coef.push(counts.iter().map(|n| (n + alpha).ln() - zeros(*n)).collect());
        let absent: f64 = counts.iter().map(|n| zeros(*n) - log_all).sum();
        solved.intercept.push(prior.ln() + absent);
    }
    solved.notes = Notes { priors, passes: 1, ..Notes::default() };
    Ok(solved)
}
