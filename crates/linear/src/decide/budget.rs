//! A budget: as many rows are flagged as it allows, and never more on the rows it was chosen on.
//!
//! The threshold is a quantile of the scores, weighted where rows have weights. Rows of equal
//! scores are flagged together or not at all, so that fewer may be flagged than the budget allows.
//! With a confidence, the upper Clopper-Pearson bound of the share must keep to the budget.

use super::cuts::Tally;
use crate::metrics::beta::{beta_cdf, beta_quantile};

/// What rounding of sums may add to a share.
const ROUNDING: f64 = 1e-12;

/// The cut that flags most within a share; `None` where even flagging nobody cannot promise that.
/// `tail` is one minus the confidence.
pub(super) fn best_cut(tally: &Tally, share: f64, tail: Option<f64>, rows: f64) -> Option<usize> {
    let total = tally.total();
    let keeps = |cut: usize| {
        let flagged = tally.at(cut).0;
        let within = flagged <= (share + ROUNDING) * total;
        within && tail.is_none_or(|tail| is_bounded(flagged / total, rows, share, tail))
    };
    // Flagged weight grows with the cut, and with it the bound.
    let (mut low, mut high) = (0, tally.cuts());
    while low < high {
        let middle = low + (high - low) / 2;
        if keeps(middle) { low = middle + 1 } else { high = middle }
    }
    low.checked_sub(1)
}

/// Whether the upper bound of a share among so many rows is at most `share`.
fn is_bounded(found: f64, rows: f64, share: f64, tail: f64) -> bool {
    let (hits, rest) = (found * rows, (1.0 - found) * rows);
    // The bound is the quantile 1 - tail of Beta(hits + 1, rest).
    rest > 0.0 && beta_cdf(hits + 1.0, rest, share) >= 1.0 - tail
}

/// The least share that can be promised for flagging nobody among so many rows.
pub(super) fn least(rows: f64, tail: Option<f64>) -> f64 {
    tail.map_or(0.0, |tail| beta_quantile(1.0, rows, 1.0 - tail))
}
