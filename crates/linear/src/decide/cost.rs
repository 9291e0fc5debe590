//! The least expected cost: what each error costs, and where that puts the line.
//!
//! Under probabilities `p` of the true class, calling `k` costs `sum_j p_j C[j][k]`, and the class
//! of least expected cost is called. With two classes that is a threshold on the probability of the
//! positive one (Elkan, 2001, equation 2): with `a = C[pos][neg] - C[pos][pos]` and
//! `b = C[neg][pos] - C[neg][neg]` it is `b / (a + b)`. It is the best there is where the
//! probabilities are right. The cut of least cost on the rows does not need them.
//!
//! An expected value is a cost of the other sign.

use serde::{Deserialize, Serialize};

use super::cuts::Tally;
use crate::{Error, Result};

/// What each pair of true and called class costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostMatrix {
    /// `amounts[true][called]`, in class order: costs, or values where `value` is set.
    pub amounts: Vec<Vec<f64>>,
    /// Whether amounts are worth having rather than costs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub value: bool,
}

impl CostMatrix {
    /// What a call costs (below 0 where it is worth something).
    pub fn cost(&self, truth: usize, called: usize) -> f64 {
        let amount = self.amounts.get(truth).and_then(|row| row.get(called)).copied();
        let amount = amount.unwrap_or(0.0);
        if self.value { -amount } else { amount }
    }

    /// Checks that the matrix is square, of so many classes, finite, and that calls matter.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self, classes: usize) -> Result<()> {
        let square =
            self.amounts.len() == classes && self.amounts.iter().all(|row| row.len() == classes);
        if !square {
            let found = self.amounts.len();
            return Err(Error::Shape { what: "rows of the cost matrix", found, expected: classes });
        }
        let refuse =
            |value: String, expected| Err(Error::Setting { name: "cost-matrix", value, expected });
        if let Some(bad) = self.amounts.iter().flatten().find(|v| !v.is_finite()) {
            return refuse(bad.to_string(), "finite numbers");
        }
        let alike = |row: &Vec<f64>| row.windows(2).all(|pair| pair.first() == pair.last());
        if self.amounts.iter().all(alike) {
            return refuse("the same for every call".to_owned(), "costs that depend on the call");
        }
        Ok(())
    }

    /// The matrix in words: the amounts that are not 0.
    pub fn describe(&self, classes: &[String]) -> String {
        let name = |at: usize| classes.get(at).map_or("", String::as_str);
        let cells = self.amounts.iter().enumerate().flat_map(|(truth, row)| {
            let own = row.iter().enumerate().filter(|(_, amount)| **amount != 0.0);
            own.map(move |(called, amount)| (truth, called, *amount))
        });
        let cells: Vec<String> = cells
            .map(|(truth, called, amount)| {
                format!("{amount} where `{}` is called `{}`", name(truth), name(called))
            })
            .collect();
        let what =
            if self.value { "the largest expected value" } else { "the least expected cost" };
        format!("{what} ({})", cells.join(", "))
    }

    /// The probability of the class `positive` of two above which calling it costs less than calling
    /// the other; `None` where one of them always costs less.
    ///
    /// ```
    /// use linecall_linear::decide::CostMatrix;
    /// // A missed one costs five times a false alarm: call from one in six.
    /// let costs = CostMatrix { amounts: vec![vec![0.0, 1.0], vec![5.0, 0.0]], value: false };
    /// assert_eq!(costs.probability(1), Some(1.0 / 6.0));
    /// ```
    pub fn probability(&self, positive: usize) -> Option<f64> {
        let other = 1 - positive.min(1);
        let missed = self.cost(positive, other) - self.cost(positive, positive);
        let alarm = self.cost(other, positive) - self.cost(other, other);
        (missed > 0.0 && alarm > 0.0).then(|| alarm / (alarm + missed))
    }
}

/// The class of least expected cost under probabilities of the true class; the first of equals.
pub fn least_cost(costs: &CostMatrix, probability: &[f64]) -> usize {
    let expected = |called: usize| -> f64 {
        probability.iter().enumerate().map(|(truth, p)| p * costs.cost(truth, called)).sum()
    };
    let mut best = (0, f64::INFINITY);
    for called in 0..probability.len() {
        let own = expected(called);
        if own < best.1 {
            best = (called, own);
        }
    }
    best.0
}

/// What the four kinds of rows cost, by what they are and whether they are flagged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cells {
    /// Of the class and flagged.
    pub(super) hit: f64,
    /// Of another and flagged.
    pub(super) alarm: f64,
    /// Of the class and not flagged.
    pub(super) missed: f64,
    /// Of another and not flagged.
    pub(super) passed: f64,
}

impl Cells {
    pub(super) fn of(costs: &CostMatrix, flag: usize) -> Self {
        let other = 1 - flag.min(1);
        Self {
            hit: costs.cost(flag, flag),
            alarm: costs.cost(other, flag),
            missed: costs.cost(flag, other),
            passed: costs.cost(other, other),
        }
    }

    /// Mean cost of a row, where so much weight is flagged and so much of that is hit.
    pub(super) fn mean(&self, total: f64, own: f64, flagged: f64, hits: f64) -> f64 {
        let sum = self.hit * hits
            + self.alarm * (flagged - hits)
            + self.missed * (own - hits)
            + self.passed * (total - own - (flagged - hits));
        sum / total
    }
}

/// The cut of least mean cost; the one that flags least of equals.
pub(super) fn best_cut(tally: &Tally, cells: &Cells) -> usize {
    let (total, own) = (tally.total(), tally.own());
    let mut best = (0, f64::INFINITY);
    for cut in 0..tally.cuts() {
        let (flagged, hits) = tally.at(cut);
        let mean = cells.mean(total, own, flagged, hits);
        // What differs by rounding alone is equal.
        if mean < best.1 - 1e-13 * best.1.abs() || best.1 == f64::INFINITY {
            best = (cut, mean);
        }
    }
    best.0
}
