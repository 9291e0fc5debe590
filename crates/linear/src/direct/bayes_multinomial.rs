//! Multinomial naive Bayes.
//!
//! A row of class `k` is a bag of draws of columns with probabilities `theta_k`; `x_j` says how
//! often column `j` was drawn. With weighted counts `N_kj = sum s_i x_ij` over the class and `d`
//! columns, `theta_kj = (N_kj + alpha) / (N_k + alpha d)` (Lidstone; Laplace for `alpha = 1`), and
//! the score is the log posterior but for what classes share:
//! `f_k = log prior_k + sum_j x_j log theta_kj`.
//!
//! Source: McCallum & Nigam, "A comparison of event models for naive Bayes text classification"
//! (AAAI workshop, 1998). Numbers as scikit-learn's `MultinomialNB`. Cost: one pass.

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
    let coef = (0..stats.classes()).map(|k| log_shares(&stats.sums(k), alpha)).collect();
    let intercept = priors.iter().map(|p| p.ln()).collect();
    Ok(Solved { coef, intercept, notes: Notes { priors, passes: 1, ..Notes::default() } })
}

/// Logarithms of the smoothed shares of counts.
pub(super) fn log_shares(counts: &[f64], alpha: f64) -> Vec<f64> {
    let total: f64 = counts.iter().map(|n| n + alpha).sum();
    let log_total = total.ln();
    counts.iter().map(|n| (n + alpha).ln() - log_total).collect()
}
