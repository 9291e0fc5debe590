//! Rows put in an order of their own, and one value per metric from one set of row weights.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::metrics::calls::Predictions;
use crate::metrics::confusion::Margins;
use crate::metrics::probability::{binned_error, ece_bin, row_brier, row_log_loss, weighted_mean};
use crate::metrics::ranking::Ranking;
use crate::{Error, Result};

/// The rows of positive weight in canonical order: by scores (highest first), then by everything
/// else that is known of a row. Rows that tie are equal, so that nothing computed from here
/// depends on the order in which the rows came, rounding and bootstrap draws included.
pub(crate) struct Prepared {
    pub(crate) classes: usize,
    pub(crate) n_scores: usize,
    /// Index of the positive class for two classes.
    pub(crate) positive: usize,
    pub(crate) truth: Vec<u32>,
    pub(crate) called: Vec<u32>,
    /// Row weights over a power of two, so that the largest lies in `[1, 2)`.
    pub(crate) weights: Vec<f64>,
    /// That power of two.
    pub(crate) scale: f64,
    pub(crate) scores: Vec<f64>,
    pub(crate) probabilities: Option<Vec<f64>>,
}

impl Prepared {
    /// Checks and orders rows.
    pub(crate) fn new(p: &Predictions<'_>) -> Result<Self> {
        p.check()?;
        let (k, s) = (p.classes.len(), p.n_scores());
        let weight = |i: usize| p.weights.map_or(1.0, |w| w[i]);
        let mut order: Vec<usize> = (0..p.rows()).filter(|&i| weight(i) > 0.0).collect();
        if order.is_empty() {
            return Err(Error::NoRows);
        }
        order.par_sort_unstable_by(|&a, &b| compare(p, k, s, a, b));
        let scale = power_of_two(order.iter().map(|&i| weight(i)).fold(0.0, f64::max));
        let rows = |values: &[f64], width: usize| -> Vec<f64> {
            let row = |&i: &usize| values[i * width..(i + 1) * width].iter().map(|v| v + 0.0);
            order.iter().flat_map(row).collect()
        };
        Ok(Self {
            classes: k,
            n_scores: s,
            positive: p.positive.unwrap_or(k - 1),
            truth: order.iter().map(|&i| p.truth[i]).collect(),
            called: order.iter().map(|&i| p.called[i]).collect(),
            weights: order.iter().map(|&i| weight(i) / scale).collect(),
            scale,
            scores: rows(p.scores, s),
            probabilities: p.probabilities.map(|values| rows(values, k)),
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.truth.len()
    }

    /// The classes that are ranked against the rest: the positive one of two, or all.
    pub(crate) fn ranked_classes(&self) -> Vec<usize> {
        if self.classes == 2 { vec![self.positive] } else { (0..self.classes).collect() }
    }

    /// What ranks rows by how much they look like a class: the score of two classes, otherwise
    /// the probability, otherwise the class's score.
    pub(crate) fn ranking_value(&self, row: usize, class: usize) -> f64 {
        match &self.probabilities {
            _ if self.classes == 2 => self.scores[row],
            Some(p) => p[row * self.classes + class],
            None => self.scores[row * self.n_scores + class],
        }
    }

    /// One class against the rest.
    pub(crate) fn ranking(&self, class: usize) -> Ranking {
        let inside = |i: usize| self.truth[i] as usize == class;
        Ranking::new(self.rows(), |i| self.ranking_value(i, class), inside)
    }

    /// The rows' shares in the metrics of probabilities.
    pub(crate) fn row_values(&self) -> Option<RowValues> {
        let p = self.probabilities.as_ref()?;
        let two = self.classes == 2;
        let mut values = RowValues::default();
        let codes = self.truth.iter().zip(&self.called);
        for (p, (&truth, &called)) in p.chunks_exact(self.classes).zip(codes) {
            let stated = if two { self.positive } else { called as usize };
            let right = truth as usize == stated;
            values.log_loss.push(row_log_loss(p[truth as usize]));
            values.brier.push(row_brier(p, truth as usize));
            values.bins.push(ece_bin(p[stated]));
            values.gaps.push(p[stated] - f64::from(u8::from(right)));
        }
        Some(values)
    }
}

/// Per row: log loss, Brier score, calibration bin and gap.
#[derive(Default)]
pub(crate) struct RowValues {
    log_loss: Vec<f64>,
    brier: Vec<f64>,
    bins: Vec<u8>,
    gaps: Vec<f64>,
}

impl RowValues {
    /// Log loss, Brier score and calibration error under row weights.
    pub(crate) fn evaluate(&self, weights: &[f64]) -> [Option<f64>; 3] {
        [
            weighted_mean(&self.log_loss, weights),
            weighted_mean(&self.brier, weights),
            binned_error(&self.bins, &self.gaps, weights),
        ]
    }
}

/// Accuracy, balanced accuracy and Matthews coefficient, then precision, recall and F1 of each
/// class, under row weights.
pub(crate) fn call_values(
    rows: &Prepared,
    margins: &mut Margins,
    weights: &[f64],
) -> Vec<Option<f64>> {
    margins.count(&rows.truth, &rows.called, weights);
    let mut values = vec![margins.accuracy(), margins.balanced_accuracy(), margins.matthews()];
    for k in 0..rows.classes {
        values.extend([margins.precision(k), margins.recall(k), margins.f1(k)]);
    }
    values
}

fn compare(p: &Predictions<'_>, k: usize, s: usize, a: usize, b: usize) -> Ordering {
    let by = |values: &[f64], width: usize| {
        let (x, y) = (&values[a * width..(a + 1) * width], &values[b * width..(b + 1) * width]);
        let pairs = x.iter().zip(y).map(|(x, y)| (y + 0.0).total_cmp(&(x + 0.0)));
        pairs.fold(Ordering::Equal, Ordering::then)
    };
    by(p.scores, s)
        .then_with(|| p.truth[a].cmp(&p.truth[b]))
        .then_with(|| p.called[a].cmp(&p.called[b]))
        .then_with(|| p.weights.map_or(Ordering::Equal, |w| w[b].total_cmp(&w[a])))
        .then_with(|| p.probabilities.map_or(Ordering::Equal, |v| by(v, k)))
}

/// The largest power of two that is not above `x > 0`.
pub(super) fn power_of_two(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    f64::from_bits(x.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::power_of_two;

    #[test]
    fn powers_of_two_at_the_ends_of_the_range() {
        assert_eq!(power_of_two(1.0), 1.0);
        assert_eq!(power_of_two(7.9), 4.0);
        assert_eq!(power_of_two(5e-324), f64::MIN_POSITIVE);
        assert_eq!(power_of_two(f64::MAX), 2f64.powi(1023));
    }
}
