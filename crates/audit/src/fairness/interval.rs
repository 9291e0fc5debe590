//! How uncertain is a share of people, and the difference of two?
//!
//! Shares have the exact interval of Clopper & Pearson, "The use of confidence or fiducial limits
//! illustrated in the case of the binomial" (Biometrika, 1934): it covers at least at its level for
//! every share and every number of rows. Differences of shares of two separate groups have the
//! interval of Newcombe, "Interval estimation for the difference between independent proportions"
//! (Statistics in Medicine, 1998, method 10), which joins the two Wilson intervals and stays
//! sensible at shares of 0 and 1.
//!
//! Unequal row weights enter through Kish's effective number of rows; the intervals are then
//! approximate.

use linecall_linear::metrics::beta::beta_quantile;
use linecall_linear::metrics::{Interval, two_sided_z, wilson};
use serde::{Deserialize, Serialize};

/// The exact interval of a share of `successes` among `rows` (either may be an effective number).
/// Without rows it is 0 to 1.
///
/// ```
/// use linecall_audit::fairness::clopper_pearson;
/// // The rule of three: none of 100 still allows for 3.6% (3% one-sided).
/// let (low, high) = clopper_pearson(0.0, 100.0, 0.95);
/// assert!(low == 0.0 && (high - (1.0 - 0.025f64.powf(0.01))).abs() < 1e-12);
/// ```
pub fn clopper_pearson(successes: f64, rows: f64, level: f64) -> (f64, f64) {
    if rows.is_nan() || rows <= 0.0 {
        return (0.0, 1.0);
    }
    let tail = 0.5 * (1.0 - level);
    let (k, rest) = (successes.clamp(0.0, rows), (rows - successes).clamp(0.0, rows));
    let low = if k <= 0.0 { 0.0 } else { beta_quantile(k, rest + 1.0, tail) };
    let high = if rest <= 0.0 { 1.0 } else { beta_quantile(k + 1.0, rest, 1.0 - tail) };
    (low, high)
}

/// Newcombe's interval of the difference `a - b` of two shares, each with its number of rows.
///
/// ```
/// use linecall_audit::fairness::newcombe;
/// // Newcombe (1998), table II, example (a): 56 of 70 and 48 of 80.
/// let (low, high) = newcombe((0.8, 70.0), (0.6, 80.0), 0.95);
/// assert!((low - 0.0524).abs() < 1e-4 && (high - 0.3339).abs() < 1e-4);
/// ```
pub fn newcombe(a: (f64, f64), b: (f64, f64), level: f64) -> (f64, f64) {
    let z = two_sided_z(level);
    let ((low_a, high_a), (low_b, high_b)) = (wilson(a.0, a.1, z), wilson(b.0, b.1, z));
    let difference = a.0 - b.0;
    let low = difference - (a.0 - low_a).hypot(high_b - b.0);
    let high = difference + (high_a - a.0).hypot(b.0 - low_b);
    (low.max(-1.0), high.min(1.0))
}

/// A share of people with its exact interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Weight of those counted over the weight of all.
    pub value: f64,
    /// Lower end (Clopper-Pearson).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Rows of positive weight that it is a share of.
    pub rows: u64,
    /// Their effective number: fewer where weights differ.
    pub effective_rows: f64,
}

impl Rate {
    /// Value and ends alone.
    pub fn interval(&self) -> Interval {
        Interval { value: self.value, low: self.low, high: self.high }
    }
}

/// Sums that a [`Rate`] is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    hits: f64,
    weight: f64,
    squares: f64,
    rows: u64,
}

impl Tally {
    /// Counts a row.
    pub(crate) fn add(&mut self, hit: bool, weight: f64) {
        if weight > 0.0 {
            self.hits += if hit { weight } else { 0.0 };
            self.weight += weight;
            self.squares += weight * weight;
            self.rows += 1;
        }
    }

    /// Rows of positive weight.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Sum of the weights.
    pub(crate) fn weight(&self) -> f64 {
        self.weight
    }

    /// The effective number of rows.
    pub(crate) fn effective(&self) -> f64 {
        if self.squares > 0.0 { self.weight * self.weight / self.squares } else { 0.0 }
    }

    /// The share; `None` without rows.
    pub(crate) fn rate(&self, level: f64) -> Option<Rate> {
        let n = self.effective();
        (self.rows > 0 && self.weight > 0.0).then(|| {
            let value = (self.hits / self.weight).clamp(0.0, 1.0);
            let (low, high) = clopper_pearson(value * n, n, level);
            let (low, high) = (low.min(value), high.max(value));
            Rate { value, low, high, rows: self.rows, effective_rows: n }
        })
    }
}
