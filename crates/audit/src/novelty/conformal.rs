//! From a distance to a p-value that holds in finite samples.
//!
//! Let `s_1 .. s_m` be the distances of calibration rows that had no part in the fit, and `s` that of
//! a new row. If the new row is exchangeable with them (drawn alike, in any order), then whatever the
//! distribution and the distance, `p = (1 + #{i : s_i >= s}) / (m + 1)` satisfies
//! `P(p <= e) <= e` for every `e` (Vovk, Gammerman & Shafer, "Algorithmic learning in a random
//! world", 2005; Papadopoulos and others, "Inductive confidence machines for regression", ECML 2002,
//! for the split). Rows that tie count against novelty. The guarantee is over the draw of the
//! calibration rows as well as of the new one; it says nothing of rows that come together (several
//! of one person), nor of how often a row that is novel is found.

use serde::{Deserialize, Serialize};

/// Distances of calibration rows, ascending.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conformal {
    sorted: Vec<f64>,
}

impl Conformal {
    /// The distances of calibration rows, in any order.
    ///
    /// ```
    /// use linecall_audit::novelty::Conformal;
    /// let calibration = Conformal::new(vec![3.0, 1.0, 2.0]);
    /// assert_eq!(calibration.p_value(2.0), 0.75); // two of three are as far
    /// assert_eq!(calibration.p_value(9.0), 0.25); // no p-value is smaller with three rows
    /// ```
    pub fn new(mut distances: Vec<f64>) -> Self {
        distances.sort_unstable_by(f64::total_cmp);
        Self { sorted: distances }
    }

    /// Number of calibration rows.
    pub fn rows(&self) -> usize {
        self.sorted.len()
    }

    /// The share of rows, the new one among them, that are as far: small for a row that is novel.
    pub fn p_value(&self, distance: f64) -> f64 {
        let as_far = self.sorted.len() - self.sorted.partition_point(|s| *s < distance);
        (1 + as_far) as f64 / (self.sorted.len() + 1) as f64
    }

    /// The smallest p-value that any row can have.
    pub fn least(&self) -> f64 {
        1.0 / (self.sorted.len() + 1) as f64
    }

    /// Whether the distances are finite and in order.
    pub(super) fn is_sound(&self) -> bool {
        self.sorted.iter().all(|s| s.is_finite()) && self.sorted.is_sorted()
    }
}
