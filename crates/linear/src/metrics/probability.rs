//! How good the probabilities are: log loss, Brier score, expected calibration error.

use crate::Result;
use crate::metrics::calls::{check_codes, check_probabilities, check_weights, same};

/// Probabilities below this count as this in the log loss, so that one confident mistake costs at
/// most 36.04 and the mean stays finite. It is the distance from 1 to the next double, 2.2e-16,
/// the bound that scikit-learn takes since version 1.3.
pub const LOG_LOSS_FLOOR: f64 = f64::EPSILON;

/// Number of bins of [`expected_calibration_error`].
pub const ECE_BINS: usize = 15;

/// Log loss of one row: `-ln(max(p, 2.2e-16))`, `p` the probability of the true class.
#[inline]
pub(crate) fn row_log_loss(p: f64) -> f64 {
    // The maximum with 0 turns the -0.0 of a certain and right call into 0.0.
    (-p.max(LOG_LOSS_FLOOR).ln()).max(0.0)
}

/// Brier score of one row from its `K` probabilities. Two classes: the squared error of one
/// class's probability (it is the same for both). More: squared errors summed over classes.
#[inline]
pub(crate) fn row_brier(p: &[f64], truth: usize) -> f64 {
    let error = |(k, p): (usize, &f64)| (p - f64::from(u8::from(k == truth))).powi(2);
    match p.len() {
        2 => p.iter().enumerate().skip(1).map(error).sum(),
        _ => p.iter().enumerate().map(error).sum(),
    }
}

/// The bin of a probability, `0..15`: bins `[b / 15, (b + 1) / 15)`, 1 falls in the last.
#[inline]
pub(crate) fn ece_bin(p: f64) -> u8 {
    ((p * ECE_BINS as f64) as usize).min(ECE_BINS - 1) as u8
}

/// Mean of row values under row weights; `None` without weight.
pub(crate) fn weighted_mean(values: &[f64], weights: &[f64]) -> Option<f64> {
    let (sum, total) = sums(values, weights);
    (total > 0.0).then(|| sum / total)
}

/// `sum v w` and `sum w`, in four interleaved chains (a fixed order, whatever the machine).
fn sums(values: &[f64], weights: &[f64]) -> (f64, f64) {
    let (mut sum, mut total) = ([0.0; 4], [0.0; 4]);
    let (v, w) = (values.chunks_exact(4), weights.chunks_exact(4));
    for (j, (v, w)) in v.remainder().iter().zip(w.remainder()).enumerate() {
        sum[j] += v * w;
        total[j] += w;
    }
    for (v, w) in v.zip(w) {
        for j in 0..4 {
            sum[j] += v[j] * w[j];
            total[j] += w[j];
        }
    }
    (sum.iter().sum(), total.iter().sum())
}

/// Expected calibration error from each row's bin and gap (`p` minus 1 if right, else `p`).
pub(crate) fn binned_error(bins: &[u8], gaps: &[f64], weights: &[f64]) -> Option<f64> {
    // Two chains in turn, since rows in order of their score share a bin for long.
    let (mut sums, mut total) = ([[0.0; ECE_BINS]; 2], 0.0);
    for (i, ((&b, gap), w)) in bins.iter().zip(gaps).zip(weights).enumerate() {
        sums[i & 1][b as usize] += gap * w;
        total += w;
    }
    let [even, odd] = sums;
    let error: f64 = even.iter().zip(odd).map(|(a, b)| (a + b).abs()).sum();
    (total > 0.0).then(|| error / total)
}

/// Log loss: the weighted mean of `-ln p(true class)` over `n` rows, natural logarithm.
///
/// `probabilities` holds `classes` entries per row. A probability below [`LOG_LOSS_FLOOR`] counts
/// as the floor. `None` without rows of positive weight. Source: Good, "Rational decisions", 1952.
///
/// ```
/// use linecall_linear::metrics::log_loss;
/// let loss = log_loss(&[0.5, 0.5, 0.0, 1.0], 2, &[0, 1], None)?.unwrap();
/// assert!((loss - 2f64.ln() / 2.0).abs() < 1e-15);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// When the sizes differ, a code has no class, a probability is outside 0 to 1 or a weight is
/// negative or not finite.
pub fn log_loss(
    probabilities: &[f64],
    classes: usize,
    truth: &[u32],
    weights: Option<&[f64]>,
) -> Result<Option<f64>> {
    row_mean(probabilities, classes, truth, weights, |p, t| row_log_loss(p[t]))
}

/// Brier score: weighted mean squared error of the probabilities over `n` rows.
///
/// Two classes: of one class's probability, from 0 to 1. More: summed over classes, from 0 to 2,
/// as first defined (Brier, "Verification of forecasts expressed in terms of probability", 1950).
/// `None` without rows of positive weight.
///
/// ```
/// use linecall_linear::metrics::brier;
/// assert_eq!(brier(&[0.5, 0.5, 0.0, 1.0], 2, &[0, 1], None)?, Some(0.125));
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// As [`log_loss`].
pub fn brier(
    probabilities: &[f64],
    classes: usize,
    truth: &[u32],
    weights: Option<&[f64]>,
) -> Result<Option<f64>> {
    row_mean(probabilities, classes, truth, weights, row_brier)
}

fn row_mean(
    probabilities: &[f64],
    classes: usize,
    truth: &[u32],
    weights: Option<&[f64]>,
    value: impl Fn(&[f64], usize) -> f64,
) -> Result<Option<f64>> {
    let n = truth.len();
    same("probabilities", probabilities.len(), n * classes)?;
    check_codes("true class", truth, classes)?;
    check_probabilities(probabilities, classes)?;
    check_weights(weights, n)?;
    let rows = probabilities.chunks_exact(classes.max(1)).zip(truth);
    let values: Vec<f64> = rows.map(|(p, &t)| value(p, t as usize)).collect();
    Ok(match weights {
        Some(w) => weighted_mean(&values, w),
        None => weighted_mean(&values, &vec![1.0; n]),
    })
}

/// Expected calibration error: `sum_b |sum_{i in b} s_i (p_i - right_i)| / S` over 15 bins of
/// equal width, `p` the stated probability and `right` whether it came true. `None` without rows
/// of positive weight.
///
/// Source: Naeini, Cooper & Hauskrecht, AAAI 2015; Guo et al., ICML 2017. Note that it is biased
/// upwards: a perfectly calibrated model on few rows does not reach 0.
///
/// ```
/// use linecall_linear::metrics::expected_calibration_error as ece;
/// assert_eq!(ece(&[0.75, 0.75, 0.25], &[true, false, false], None)?, Some(0.25));
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// When the sizes differ, a probability is outside 0 to 1 or a weight is negative or not finite.
pub fn expected_calibration_error(
    stated: &[f64],
    right: &[bool],
    weights: Option<&[f64]>,
) -> Result<Option<f64>> {
    let n = stated.len();
    same("outcomes", right.len(), n)?;
    check_probabilities(stated, 1)?;
    check_weights(weights, n)?;
    let bins: Vec<u8> = stated.iter().map(|&p| ece_bin(p)).collect();
    let gaps: Vec<f64> =
        stated.iter().zip(right).map(|(p, &r)| p - f64::from(u8::from(r))).collect();
    Ok(match weights {
        Some(w) => binned_error(&bins, &gaps, w),
        None => binned_error(&bins, &gaps, &vec![1.0; n]),
    })
}
