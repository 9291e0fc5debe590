//! The difference of two models on the same rows, with an interval that knows they are the same.
//!
//! Two accuracies on the same rows move together from sample to sample, since hard rows are hard for
//! both. So it is the rows' differences that are resampled, not the two accuracies apart; the
//! interval is then narrower, often by far. Dietterich, "Approximate statistical tests for comparing
//! supervised classification learning algorithms" (Neural Computation, 1998), explains why; resamples
//! and percentiles are those of [`Bootstrap`].
//!
//! The interval speaks of other test rows and of these two models. It says nothing of other training
//! rows, nor that one of them was chosen among many because it did well on these rows.
//!
//! Cost: `O(n)` a replicate.

use super::Interval;
use super::bootstrap::{Bootstrap, Kind, Range, interval};
use super::calls::{check_finite, check_weights, same};
use crate::{Error, Result};

/// The weighted mean of `one[i] - other[i]`, with its interval; take 1 for a row that is called
/// rightly and 0 for others, and it is the difference of accuracies.
///
/// Where no row differs, both ends are the value: 0.
///
/// ```
/// use linecall_linear::metrics::{Bootstrap, paired_difference};
/// let (one, other) = ([1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0]);
/// let found = paired_difference(&one, &other, None, &Bootstrap::default())?;
/// assert_eq!(found.value, 0.25);
/// assert!(found.low >= 0.0 && found.high > 0.25);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// [`Error::NoRows`] without rows of positive weight; when the numbers of rows differ, a value is not
/// finite, or a weight or a setting of the bootstrap is out of range.
pub fn paired_difference(
    one: &[f64],
    other: &[f64],
    weights: Option<&[f64]>,
    bootstrap: &Bootstrap,
) -> Result<Interval> {
    bootstrap.check()?;
    same("values of the other model", other.len(), one.len())?;
    check_finite("value", one, 1)?;
    check_finite("value", other, 1)?;
    check_weights(weights, one.len())?;
    let differences: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
    let weights = weights.map_or_else(|| vec![1.0; one.len()], <[f64]>::to_vec);
    let mean = |w: &[f64]| super::probability::weighted_mean(&differences, w);
    let value = mean(&weights).ok_or(Error::NoRows)?;
    let drawn = bootstrap.replicate(&weights, || (), |w, ()| vec![mean(w)]);
    let low = differences.iter().copied().fold(f64::INFINITY, f64::min);
    let high = differences.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let drawn = drawn.first().map_or(&[][..], Vec::as_slice);
    Ok(interval(value, drawn, bootstrap.level, Range(low, high), Kind::Percentile))
}
