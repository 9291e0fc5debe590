//! A floor under precision or recall, and the best of the other that it leaves.
//!
//! The floor under precision takes the cut of largest recall among those that reach it; the floor
//! under recall the cut of largest precision. With a confidence, it is the lower bound of Clopper &
//! Pearson ("The use of confidence or fiducial limits illustrated in the case of the binomial",
//! Biometrika 1934) that must reach the floor: of one share, at the cut that is chosen; that the
//! cut was chosen among many is what the bootstrap's intervals show.

use super::cuts::Tally;
use crate::metrics::beta::{beta_cdf, beta_quantile};

/// What rounding of sums may take from a share.
const ROUNDING: f64 = 1e-12;

/// Whether a share of so many rows reaches a floor, by its lower bound where there is a tail.
fn reaches(share: f64, rows: f64, floor: f64, tail: Option<f64>) -> bool {
    if share < floor - ROUNDING {
        return false;
    }
    let Some(tail) = tail else { return true };
    let (hits, rest) = (share * rows, (1.0 - share) * rows);
    // The bound is the quantile `tail` of Beta(hits, rest + 1).
    hits > 0.0 && floor < 1.0 && beta_cdf(hits, rest + 1.0, floor) <= tail
}

/// The lower bound of a share of so many rows; the share itself without a tail.
fn bound(share: f64, rows: f64, tail: Option<f64>) -> f64 {
    let Some(tail) = tail else { return share };
    let (hits, rest) = (share * rows, (1.0 - share) * rows);
    if hits > 0.0 { beta_quantile(hits, rest + 1.0, tail) } else { 0.0 }
}

/// The cut of largest recall whose precision reaches a floor; `per` is the number of rows that a
/// unit of weight stands for.
pub(super) fn by_precision(
    tally: &Tally,
    floor: f64,
    tail: Option<f64>,
    per: f64,
) -> Option<usize> {
    let mut best: Option<usize> = None;
    for cut in (1..tally.cuts()).rev() {
        let (flagged, hits) = tally.at(cut);
        // Hits fall as the cut rises: once one is found, only equal hits of fewer rows are better.
        if best.is_some_and(|best| tally.at(best).1 > hits) {
            break;
        }
        if flagged > 0.0 && hits > 0.0 && reaches(hits / flagged, per * flagged, floor, tail) {
            best = Some(cut);
        }
    }
    best
}

/// The cut of largest precision whose recall reaches a floor.
pub(super) fn by_recall(tally: &Tally, floor: f64, tail: Option<f64>, per: f64) -> Option<usize> {
    let own = tally.own();
    if own <= 0.0 {
        return None;
    }
    let enough = |cut: usize| reaches(tally.at(cut).1 / own, per * own, floor, tail);
    let (mut low, mut high) = (0, tally.cuts());
    while low < high {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle + 1 }
    }
    let mut best: Option<(usize, f64)> = None;
    for cut in low..tally.cuts() {
        let (flagged, hits) = tally.at(cut);
        let precision = if flagged > 0.0 { hits / flagged } else { continue };
        // Of equal precision, the larger recall.
        if best.is_none_or(|best| precision >= best.1 - 1e-15) {
            best = Some((cut, precision));
        }
    }
    best.map(|best| best.0)
}

/// The largest precision (or its bound) of any cut, and the recall there.
pub(super) fn best_precision(tally: &Tally, tail: Option<f64>, per: f64) -> f64 {
    let of = |cut: usize| {
        let (flagged, hits) = tally.at(cut);
        if flagged > 0.0 { bound(hits / flagged, per * flagged, tail) } else { 0.0 }
    };
    (1..tally.cuts()).map(of).fold(0.0, f64::max)
}

/// The largest recall (or its bound): that of flagging everybody.
pub(super) fn best_recall(tally: &Tally, tail: Option<f64>, per: f64) -> f64 {
    if tally.own() > 0.0 { bound(1.0, per * tally.own(), tail) } else { 0.0 }
}
