//! Differences of two models on the same rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use linecall_linear::Error;
use linecall_linear::metrics::{Bootstrap, paired_difference};

#[test]
fn the_same_calls_do_not_differ() {
    let right = [1.0, 0.0, 1.0];
    let found = paired_difference(&right, &right, None, &Bootstrap::default()).unwrap();
    assert_eq!((found.value, found.low, found.high), (0.0, 0.0, 0.0));
    assert_eq!(paired_difference(&[], &[], None, &Bootstrap::default()), Err(Error::NoRows));
    assert!(paired_difference(&[1.0], &[], None, &Bootstrap::default()).is_err());
}

/// Against the normal interval of the mean of paired differences.
#[test]
fn the_interval_is_that_of_the_mean_difference() {
    // Of 2,000 rows 300 are called rightly by one only and 200 by the other only.
    let one: Vec<f64> = (0..2_000).map(|i| f64::from(u8::from(!(300..600).contains(&i)))).collect();
    let other: Vec<f64> = (0..2_000).map(|i| f64::from(u8::from(i >= 300))).collect();
    let other: Vec<f64> = other
        .iter()
        .enumerate()
        .map(|(i, v)| if (500..600).contains(&i) { 0.0 } else { *v })
        .collect();
    let found = paired_difference(&one, &other, None, &Bootstrap::default()).unwrap();
    assert!((found.value - 0.05).abs() < 1e-12);
    let variance: f64 =
        one.iter().zip(&other).map(|(a, b)| (a - b - 0.05f64).powi(2)).sum::<f64>() / 2_000.0;
    let half = 1.96 * (variance / 2_000.0).sqrt();
    // Of 1,000 replicates an end is off by about a tenth of the half width.
    assert!((found.low - (0.05 - half)).abs() < 0.25 * half, "{found:?} {half}");
    assert!((found.high - (0.05 + half)).abs() < 0.25 * half, "{found:?} {half}");
}
