//! Gaussian naive Bayes with shared variances.
//!
//! In class `k` column `j` is Gaussian with mean `mu_kj` and a variance `v_j` that all classes
//! share, independently of the other columns; so the boundary is linear: `f_k = log prior_k + sum_j
//! (x_j - m_j) (mu_kj - m_j) / v_j - 1/2 sum_j (mu_kj - m_j)^2 / v_j`, with any reference `m`, here
//! the mean of the class means by prior. `v_j` is the maximum likelihood estimate, the pooled
//! within-class variance, plus `var_smoothing` times the column's variance over all rows (of its
//! own, not of the widest column as in scikit-learn's `GaussianNB`, so that units do not matter).
//! It is the discriminant of [`super::lda`] with a diagonal covariance.
//!
//! A column without variance in the sense above has coefficient 0. Cost: two passes.

use super::{Notes, Priors, Solved};
use crate::Result;
use crate::class_stats::ClassStats;

pub(super) fn solve(
    stats: &ClassStats,
    classes: &[String],
    var_smoothing: f64,
    priors: &Priors,
) -> Result<Solved> {
    let priors = priors.of(classes, stats.weight())?;
    let variance: Vec<f64> = stats
        .within_variance()
        .iter()
        .zip(stats.total_variance())
        .map(|(within, total)| within + var_smoothing * total)
        .collect();
    let reference = stats.mixed_mean(&priors);
    let mut solved = Solved::default();
    for (k, prior) in priors.iter().enumerate() {
        let away = stats.mean(k).into_iter().zip(&reference).map(|(mu, m)| mu - m);
        let pairs: Vec<(f64, f64)> =
            away.zip(&variance).map(|(a, v)| (if *v > 0.0 { a / v } else { 0.0 }, a)).collect();
        let squares: f64 = pairs.iter().map(|(w, a)| w * a).sum();
        let moved: f64 = pairs.iter().zip(&reference).map(|((w, _), m)| w * m).sum();
        solved.coef.push(pairs.into_iter().map(|(w, _)| w).collect());
        solved.intercept.push(prior.ln() - 0.5 * squares - moved);
    }
    solved.notes = Notes { priors, passes: 2, ..Notes::default() };
    Ok(solved)
}
