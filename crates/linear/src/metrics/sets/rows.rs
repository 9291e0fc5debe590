//! Rows in an order of their own, and one value per metric from one set of row weights.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::SetCalls;
use crate::metrics::prepared::power_of_two;
use crate::metrics::probability::{row_log_loss, weighted_mean};
use crate::metrics::ranking::Ranking;
use crate::{Error, Result};

/// The rows of positive weight in canonical order: by scores (highest first), then by everything
/// else that is known of a row, so that nothing depends on the order in which they came.
pub(super) struct SetRows<'a> {
    calls: &'a SetCalls,
    /// The rows, by their place in the calls.
    order: Vec<usize>,
    /// Row weights over a power of two, so that the largest lies in `[1, 2)`.
    pub(super) weights: Vec<f64>,
    /// That power of two.
    pub(super) scale: f64,
}

impl<'a> SetRows<'a> {
    pub(super) fn new(calls: &'a SetCalls) -> Result<Self> {
        let weight = |i: usize| calls.weights.as_ref().map_or(1.0, |w| w[i]);
        let mut order: Vec<usize> = (0..calls.truth.len()).filter(|&i| weight(i) > 0.0).collect();
        if order.is_empty() {
            return Err(Error::NoRows);
        }
        order.par_sort_unstable_by(|&a, &b| compare(calls, a, b));
        let scale = power_of_two(order.iter().map(|&i| weight(i)).fold(0.0, f64::max));
        let weights = order.iter().map(|&i| weight(i) / scale).collect();
        Ok(Self { calls, order, weights, scale })
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn labels(&self) -> usize {
        self.calls.k()
    }

    /// The true labels of a row.
    pub(super) fn truth(&self, i: usize) -> &'a [u32] {
        &self.calls.truth[self.order[i]]
    }

    /// The labels called for a row.
    pub(super) fn called(&self, i: usize) -> &'a [u32] {
        &self.calls.called[self.order[i]]
    }

    /// Whether a row carries a label.
    pub(super) fn has(&self, i: usize, label: usize) -> bool {
        self.truth(i).binary_search(&(label as u32)).is_ok()
    }

    /// The score of a label.
    pub(super) fn score(&self, i: usize, label: usize) -> f64 {
        self.calls.scores[self.order[i] * self.calls.k() + label]
    }

    /// The probability of a label.
    pub(super) fn probability(&self, i: usize, label: usize) -> Option<f64> {
        let values = self.calls.probabilities.as_ref()?;
        values.get(self.order[i] * self.calls.k() + label).copied()
    }

    /// What ranks the labels of a row: probabilities, or scores where there are none.
    fn ranked(&self, i: usize) -> &'a [f64] {
        let values = self.calls.probabilities.as_ref().unwrap_or(&self.calls.scores);
        &values[self.order[i] * self.calls.k()..(self.order[i] + 1) * self.calls.k()]
    }

    /// Rows by the score of a label, those that carry it against the rest.
    pub(super) fn ranking(&self, label: usize) -> Ranking {
        Ranking::new(self.len(), |i| self.score(i, label), |i| self.has(i, label))
    }
}

fn compare(calls: &SetCalls, a: usize, b: usize) -> Ordering {
    let k = calls.k();
    let by = |values: &[f64]| {
        let (x, y) = (&values[a * k..(a + 1) * k], &values[b * k..(b + 1) * k]);
        let pairs = x.iter().zip(y).map(|(x, y)| (y + 0.0).total_cmp(&(x + 0.0)));
        pairs.fold(Ordering::Equal, Ordering::then)
    };
    by(&calls.scores)
        .then_with(|| calls.truth[a].cmp(&calls.truth[b]))
        .then_with(|| calls.weights.as_ref().map_or(Ordering::Equal, |w| w[b].total_cmp(&w[a])))
}

/// What a row adds to the metrics that are means over rows.
pub(super) struct RowValues {
    exact: Vec<f64>,
    wrong: Vec<f64>,
    ranking: Vec<f64>,
    coverage: Vec<f64>,
    /// Log loss and squared error, where there are probabilities.
    stated: Option<[Vec<f64>; 2]>,
}

impl RowValues {
    pub(super) fn new(rows: &SetRows) -> Self {
        let (n, k) = (rows.len(), rows.labels() as f64);
        let each = |of: &(dyn Fn(usize) -> f64 + Sync)| -> Vec<f64> {
            (0..n).into_par_iter().map(of).collect()
        };
        let mean = |i: usize, of: &dyn Fn(f64, bool) -> f64| {
            let value = |c| of(rows.probability(i, c).unwrap_or(0.5), rows.has(i, c));
            (0..rows.labels()).map(value).sum::<f64>() / k
        };
        let log_loss = |p: f64, with: bool| row_log_loss(if with { p } else { 1.0 - p });
        let squared = |p: f64, with: bool| (p - f64::from(u8::from(with))).powi(2);
        let stated = rows
            .calls
            .probabilities
            .as_ref()
            .map(|_| [each(&|i| mean(i, &log_loss)), each(&|i| mean(i, &squared))]);
        Self {
            exact: each(&|i| f64::from(u8::from(rows.truth(i) == rows.called(i)))),
            wrong: each(&|i| differing(rows.truth(i), rows.called(i)) as f64 / k),
            ranking: each(&|i| ranking_precision(rows.ranked(i), rows.truth(i))),
            coverage: each(&|i| coverage(rows.ranked(i), rows.truth(i)) as f64),
            stated,
        }
    }

    /// Subset accuracy, Hamming loss, ranking precision, coverage, log loss and squared error.
    pub(super) fn evaluate(&self, weights: &[f64]) -> [Option<f64>; 6] {
        let mean = |values: &Vec<f64>| weighted_mean(values, weights);
        let stated = |which: usize| self.stated.as_ref().and_then(|s| mean(&s[which]));
        [
            mean(&self.exact),
            mean(&self.wrong),
            mean(&self.ranking),
            mean(&self.coverage),
            stated(0),
            stated(1),
        ]
    }
}

/// How many labels are in one of two increasing sets only.
fn differing(a: &[u32], b: &[u32]) -> usize {
    let both = a.iter().filter(|c| b.binary_search(c).is_ok()).count();
    a.len() + b.len() - 2 * both
}

/// Mean over the true labels of the share of true labels among those ranked as high.
fn ranking_precision(values: &[f64], truth: &[u32]) -> f64 {
    if truth.is_empty() || truth.len() == values.len() {
        return 1.0;
    }
    // Sorted once, so that a rank is a search and not a count over all labels.
    let sorted = |mut v: Vec<f64>| {
        v.sort_unstable_by(|a, b| b.total_cmp(a));
        v
    };
    let all = sorted(values.iter().map(|v| v + 0.0).collect());
    let own = sorted(truth.iter().map(|&c| values[c as usize] + 0.0).collect());
    let rank = |among: &[f64], v: f64| among.partition_point(|other| *other >= v) as f64;
    own.iter().map(|&v| rank(&own, v) / rank(&all, v)).sum::<f64>() / own.len() as f64
}

/// How many labels are ranked as high as the lowest true one; 0 without a true label.
fn coverage(values: &[f64], truth: &[u32]) -> usize {
    let Some(lowest) = truth.iter().map(|&c| values[c as usize]).min_by(f64::total_cmp) else {
        return 0;
    };
    values.iter().filter(|v| **v >= lowest).count()
}

/// Sums of row weights by label: rightly called, true, called.
pub(super) struct LabelSums {
    right: Vec<f64>,
    truth: Vec<f64>,
    called: Vec<f64>,
}

impl LabelSums {
    pub(super) fn new(labels: usize) -> Self {
        Self { right: vec![0.0; labels], truth: vec![0.0; labels], called: vec![0.0; labels] }
    }

    /// Sums anew over rows.
    pub(super) fn count(&mut self, rows: &SetRows, weights: &[f64]) {
        for sums in [&mut self.right, &mut self.truth, &mut self.called] {
            sums.fill(0.0);
        }
        for (i, w) in weights.iter().enumerate() {
            let (truth, called) = (rows.truth(i), rows.called(i));
            truth.iter().for_each(|&c| self.truth[c as usize] += w);
            for &c in called {
                self.called[c as usize] += w;
                if truth.binary_search(&c).is_ok() {
                    self.right[c as usize] += w;
                }
            }
        }
    }

    /// Micro precision, recall and F1, macro F1 and weighted F1, then precision, recall and F1 of
    /// each label.
    pub(super) fn values(&self) -> Vec<Option<f64>> {
        let sum = |sums: &[f64]| sums.iter().sum::<f64>();
        let (right, truth, called) = (sum(&self.right), sum(&self.truth), sum(&self.called));
        let mut values =
            vec![ratio(right, called), ratio(right, truth), ratio(2.0 * right, truth + called)];
        let f1 = |c: usize| ratio(2.0 * self.right[c], self.truth[c] + self.called[c]);
        let k = self.truth.len();
        let defined: Vec<f64> = (0..k).filter_map(f1).collect();
        values.push(ratio(sum(&defined), defined.len() as f64));
        let weighted = (0..k).filter_map(|c| Some(self.truth[c] * f1(c)?)).sum::<f64>();
        values.push(ratio(weighted, truth));
        for c in 0..k {
            let right = self.right[c];
            values.extend([ratio(right, self.called[c]), ratio(right, self.truth[c]), f1(c)]);
        }
        values
    }
}

/// A share; `None` over nothing.
fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| (part / whole).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_with_ties_are_counted_by_definition() {
        let values = [0.9, 0.5, 0.5, 0.1];
        // Label 0 is first of one; label 1 shares rank 3 with label 2: two of three are true.
        let expected = (1.0 + 2.0 / 3.0) / 2.0;
        assert!((ranking_precision(&values, &[0, 1]) - expected).abs() < 1e-15);
        assert_eq!(ranking_precision(&values, &[]), 1.0);
        assert_eq!(
            (coverage(&values, &[0]), coverage(&values, &[1]), coverage(&values, &[])),
            (1, 3, 0)
        );
        assert_eq!(differing(&[0, 2, 3], &[2, 4]), 3);
    }
}
