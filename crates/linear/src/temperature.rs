//! One temperature for the scores of three or more classes.
//!
//! The scores of a perceptron or of a nearest centroid mean something beside each other, not each
//! by itself: adding the same number to all of a row's scores changes no call. So one class against
//! the rest ([`crate::calibrate::Platt`]) is the wrong question for them. Here `p_k = exp(slope
//! score_k) / sum_j exp(slope score_j)`, with the slope of greatest likelihood on rows that the fit
//! did not see: Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks" (ICML
//! 2017). The call stays the most probable class.
//!
//! As Platt does for two classes, a row of class `y` counts as of class `y` by
//! `(N_y + 1) / (N_y + 2)` and shares the rest among the others (`N_y` the weight of the class), so
//! that the slope stays finite when the scores separate the classes.
//!
//! Cost: about ten passes over the scores.

use crate::metrics::calls;
use crate::{Error, Link, Result};

/// The map from the scores of three or more classes to their probabilities.
///
/// ```
/// use linecall_linear::calibrate::Temperature;
/// let scores = [2.0, 0.0, 0.0, /**/ 0.0, 1.0, 0.0, /**/ 0.0, 0.0, 3.0, /**/ 1.0, 0.0, 0.0];
/// let found = Temperature::fit(3, &scores, &[0, 1, 2, 2], None)?;
/// assert!(found.slope > 0.0);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Temperature {
    /// What scores are multiplied by; below zero when high scores speak against their class.
    pub slope: f64,
}

impl Temperature {
    /// Fits the slope to `n * classes` scores, row after row, and the class of each row.
    ///
    /// Scores that do not differ within any row give slope 0.
    ///
    /// # Errors
    /// [`Error::NoRows`] without rows of positive weight; when the sizes differ, a code has no
    /// class, a score is not finite, or a weight is negative or not finite.
    pub fn fit(
        classes: usize,
        scores: &[f64],
        truth: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        calls::same("classes", classes, classes.max(2))?;
        calls::check_codes("true class", truth, classes)?;
        calls::same("scores", scores.len(), truth.len() * classes)?;
        calls::check_finite("score", scores, classes)?;
        calls::check_weights(weights, truth.len())?;
        let rows = Rows::new(classes, scores, truth, weights)?;
        let slope = rows.newton() / rows.scale;
        if slope.is_finite() {
            return Ok(Self { slope });
        }
        Err(Error::Numerical(
            "the scores differ by too little to calibrate them; multiply them by a constant"
                .to_owned(),
        ))
    }

    /// The link that holds the slope.
    pub fn link(self) -> Link {
        Link::Temperature { slope: self.slope }
    }
}

/// Rows of positive weight, with scores around their mean and at most 1 in size.
struct Rows {
    classes: usize,
    z: Vec<f64>,
    truth: Vec<u32>,
    /// Weights, summing to 1.
    weight: Vec<f64>,
    /// By how much a row is of its own class.
    own: Vec<f64>,
    scale: f64,
}

impl Rows {
    fn new(classes: usize, scores: &[f64], truth: &[u32], weights: Option<&[f64]>) -> Result<Self> {
        let weight_of = |i: usize| weights.map_or(1.0, |w| w[i]);
        let used: Vec<usize> = (0..truth.len()).filter(|&i| weight_of(i) > 0.0).collect();
        let total: f64 = used.iter().map(|&i| weight_of(i)).sum();
        if used.is_empty() || !total.is_finite() {
            return Err(Error::NoRows);
        }
        let mut by_class = vec![0.0; classes];
        used.iter().for_each(|&i| by_class[truth[i] as usize] += weight_of(i));
        let mut z = Vec::with_capacity(used.len() * classes);
        for &i in &used {
            let row = &scores[i * classes..(i + 1) * classes];
            let mean = row.iter().map(|f| f / classes as f64).sum::<f64>();
            z.extend(row.iter().map(|f| f - mean));
        }
        let top = z.iter().fold(0.0, |top: f64, v| top.max(v.abs()));
        let scale = if top > 0.0 { top } else { 1.0 };
        z.iter_mut().for_each(|v| *v /= scale);
        Ok(Self {
            classes,
            z,
            truth: used.iter().map(|&i| truth[i]).collect(),
            weight: used.iter().map(|&i| weight_of(i) / total).collect(),
            own: by_class.iter().map(|n| (n + 1.0) / (n + 2.0)).collect(),
            scale,
        })
    }

    /// Mean loss at a slope, its first and its second derivative.
    fn loss(&self, slope: f64) -> [f64; 3] {
        let mut sum = [0.0; 3];
        let rows = self.z.chunks_exact(self.classes).zip(&self.truth).zip(&self.weight);
        for ((z, &class), w) in rows {
            let top = z.iter().fold(f64::NEG_INFINITY, |top, z| top.max(slope * z));
            let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
            for z in z {
                let e = linecall_kernels::exp(slope * z - top);
                total += e;
                first += e * z;
                second += e * z * z;
            }
            let (mean, square) = (first / total, second / total);
            // Scores sum to zero, so the other classes together score minus the own one.
            let own = self.own[class as usize];
            let other = (1.0 - own) / (self.classes as f64 - 1.0);
            let target = (own - other) * z[class as usize];
            sum[0] += w * (top + total.ln() - slope * target);
            sum[1] += w * (mean - target);
            sum[2] += w * (square - mean * mean);
        }
        sum
    }

    /// Newton's method with backtracking; the loss is convex in the slope.
    fn newton(&self) -> f64 {
        const STEPS: usize = 200;
        let mut slope = 0.0;
        let mut at = self.loss(slope);
        for _ in 0..STEPS {
            let [loss, first, second] = at;
            let step = -first / second;
            if !step.is_finite() || first * step >= 0.0 {
                break;
            }
            let mut length = 1.0;
            let next = loop {
                let next = self.loss(slope + length * step);
                if next[0] <= loss + 1e-4 * length * step * first || length < 1e-12 {
                    break next;
                }
                length *= 0.5;
            };
            if next[0] >= loss {
                break;
            }
            slope += length * step;
            at = next;
        }
        slope
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Scores of `n` rows of three classes, and labels drawn with probabilities of slope `slope`.
    fn drawn(n: usize, slope: f64) -> (Vec<f64>, Vec<u32>) {
        let mut state = 7u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let (mut scores, mut truth) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let f: Vec<f64> = (0..3).map(|_| 4.0 * uniform() - 2.0).collect();
            let e: Vec<f64> = f.iter().map(|f| (slope * f).exp()).collect();
            let mut left = uniform() * e.iter().sum::<f64>();
            let mut class = 0;
            while class < 2 && left > e[class] {
                left -= e[class];
                class += 1;
            }
            scores.extend(f.iter().map(|f| f + 100.0));
            truth.push(class as u32);
        }
        (scores, truth)
    }

    #[test]
    fn the_slope_behind_the_labels_is_found() {
        for slope in [0.4, 2.5] {
            let (scores, truth) = drawn(20_000, slope);
            let found = Temperature::fit(3, &scores, &truth, None).unwrap().slope;
            // Standard error of about 1% with 20,000 rows.
            assert!((found / slope - 1.0).abs() < 0.04, "{found}");
        }
    }

    #[test]
    fn no_other_slope_has_less_loss() {
        let (scores, truth) = drawn(300, 1.0);
        let rows = Rows::new(3, &scores, &truth, None).unwrap();
        let best = rows.newton();
        let loss = rows.loss(best)[0];
        assert!(rows.loss(best)[1].abs() < 1e-7);
        for step in [-0.5, -0.01, 0.01, 0.5] {
            assert!(rows.loss(best + step)[0] > loss);
        }
    }

    #[test]
    fn units_and_copies_change_nothing() {
        let (scores, truth) = drawn(200, 1.0);
        let fit = |scores: &[f64], truth: &[u32], weights: Option<&[f64]>| {
            Temperature::fit(3, scores, truth, weights).unwrap().slope
        };
        let slope = fit(&scores, &truth, None);
        let thousand: Vec<f64> = scores.iter().map(|f| f * 1000.0).collect();
        assert!((fit(&thousand, &truth, None) * 1000.0 / slope - 1.0).abs() < 1e-6);
        let weights: Vec<f64> = (0..200).map(|i| f64::from(i % 3)).collect();
        let (mut more, mut of) = (Vec::new(), Vec::new());
        for i in 0..200 {
            for _ in 0..i % 3 {
                more.extend_from_slice(&scores[i * 3..i * 3 + 3]);
                of.push(truth[i]);
            }
        }
        assert!((fit(&scores, &truth, Some(&weights)) / fit(&more, &of, None) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn separated_and_equal_scores_stay_finite() {
        let scores = [9.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 9.0];
        let sure = Temperature::fit(3, &scores, &[0, 1, 2], None).unwrap().slope;
        assert!(sure > 0.0 && sure.is_finite());
        assert_eq!(Temperature::fit(3, &[1.0; 9], &[0, 1, 2], None).unwrap().slope, 0.0);
        assert!(Temperature::fit(3, &[], &[], None).is_err());
        assert!(Temperature::fit(3, &[1.0; 3], &[3], None).is_err());
        assert!(Temperature::fit(3, &[f64::NAN; 3], &[0], None).is_err());
    }
}
