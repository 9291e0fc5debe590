//! Nearest centroid, with shrunken centroids.
//!
//! A row belongs to the class whose mean is nearest. As `-1/2 |x - mu_k|^2` is linear in `x` but
//! for a part that all classes share, `f_k = (x - m)'(mu_k - m) - 1/2 |mu_k - m|^2` with the
//! overall mean `m`. With `standardize`, distances are taken between columns divided by their
//! deviation over all rows.
//!
//! With a threshold `t`, each class mean is drawn to the overall mean by `t` standard errors,
//! column by column, and a column in which no class is left apart drops out (coefficient 0):
//! `mu'_kj = m_j + e_kj sign(z) max(|z| - t, 0)`, `z = (mu_kj - m_j) / e_kj`, `e_kj = sqrt(1/S_k -
//! 1/S) (v_j + median of v)`, `v_j^2 = W_jj / (S - K)`.
//!
//! Source: Tibshirani, Hastie, Narasimhan & Chu, "Class prediction by nearest shrunken centroids,
//! with applications to DNA microarrays" (Statistical Science, 2003). Numbers as scikit-learn's
//! `NearestCentroid` (without `standardize`). Distances are no likelihoods: probabilities come from
//! calibration. Cost: one pass, or two with a threshold or `standardize`.

use super::{Notes, Solved};
use crate::class_stats::{ClassStats, Keep};
use crate::{Error, Result};

/// Which second moments the learner needs.
pub(super) fn keeps(threshold: Option<f64>, standardize: bool) -> Keep {
    let spread = standardize || threshold.is_some_and(|t| t > 0.0);
    if spread { Keep::Variances } else { Keep::Sums }
}

pub(super) fn solve(
    stats: &ClassStats,
    threshold: Option<f64>,
    standardize: bool,
) -> Result<Solved> {
    let threshold = threshold.filter(|t| *t > 0.0);
    let spread = standardize || threshold.is_some();
    let (classes, d) = (stats.classes(), stats.cols());
    let scale: Vec<f64> = if standardize {
        let inverse = |v: &f64| if *v > 0.0 { 1.0 / v.sqrt() } else { 0.0 };
        stats.total_variance().iter().map(inverse).collect()
    } else {
        vec![1.0; d]
    };
    let overall = stats.overall_mean();
    // Class means relative to the overall one, in units of distance.
    let mut away: Vec<Vec<f64>> = (0..classes)
        .map(|k| {
            let mean = stats.mean(k);
            (0..d).map(|j| (mean[j] - overall[j]) * scale[j]).collect()
        })
        .collect();
    if let Some(threshold) = threshold {
        shrink(stats, &scale, threshold, &mut away)?;
    }
    let mut solved = Solved::default();
    for own in &away {
        let coef: Vec<f64> = own.iter().zip(&scale).map(|(a, s)| a * s).collect();
        let half: f64 = 0.5 * own.iter().map(|a| a * a).sum::<f64>();
        let moved: f64 = coef.iter().zip(&overall).map(|(w, m)| w * m).sum();
        solved.coef.push(coef);
        solved.intercept.push(-half - moved);
    }
    solved.notes = Notes { passes: if spread { 2 } else { 1 }, ..Notes::default() };
    Ok(solved)
}

/// Soft thresholding of the class means, in units of their standard errors.
fn shrink(stats: &ClassStats, scale: &[f64], threshold: f64, away: &mut [Vec<f64>]) -> Result<()> {
    let (total, classes) = (stats.total_weight(), away.len() as f64);
    if total <= classes {
        return Err(Error::Setting {
            name: "shrink-threshold",
            value: threshold.to_string(),
            expected: "more weight of rows than classes",
        });
    }
    let deviation: Vec<f64> = stats
        .within_variance()
        .iter()
        .zip(scale)
        .map(|(v, s)| (v * total / (total - classes)).sqrt() * s)
        .collect();
    let middle = median(&deviation);
    for (away, weight) in away.iter_mut().zip(stats.weight()) {
        let of_class = (1.0 / weight - 1.0 / total).max(0.0).sqrt();
        for (a, v) in away.iter_mut().zip(&deviation) {
            let by = threshold * of_class * (v + middle);
            *a = a.signum() * (a.abs() - by).max(0.0);
        }
    }
    Ok(())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let at = |i: usize| sorted.get(i).copied().unwrap_or(0.0);
    if n % 2 == 1 { at(n / 2) } else { 0.5 * (at((n / 2).saturating_sub(1)) + at(n / 2)) }
}
