//! The largest difference between groups, with an interval.

use serde::{Deserialize, Serialize};

use super::interval::{Rate, newcombe};

/// The largest difference of a share between two groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The difference, 0 or above.
    pub value: f64,
    /// Lower end of the interval of the largest difference.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The lowest share over the highest (the "four fifths" of US employment guidance); `None`
    /// where the highest is zero, or where shares are not compared as such.
    pub ratio: Option<f64>,
    /// The group with the highest share (the first of equals).
    pub highest: String,
    /// The group with the lowest (the first of equals).
    pub lowest: String,
}

/// The gap of shares; `None` for fewer than two groups.
pub(crate) fn worst_gap(rates: &[(&str, Rate)], level: f64) -> Option<Gap> {
    let moved: Vec<(&str, Rate, f64)> = rates.iter().map(|(name, r)| (*name, *r, 0.0)).collect();
    let gap = worst_moved_gap(&moved, level)?;
    let value = |name: &str| rates.iter().find(|r| r.0 == name).map_or(0.0, |r| r.1.value);
    let (high, low) = (value(&gap.highest), value(&gap.lowest));
    Some(Gap { ratio: (high > 0.0).then(|| low / high), ..gap })
}

/// As [`worst_gap`], of shares less a given number for each group.
pub(crate) fn worst_moved_gap(rates: &[(&str, Rate, f64)], level: f64) -> Option<Gap> {
    if rates.len() < 2 {
        return None;
    }
    let pairs = (rates.len() * (rates.len() - 1) / 2) as f64;
    let each = 1.0 - (1.0 - level) / pairs;
    let (mut low, mut high) = (0.0f64, 0.0f64);
    for (i, (_, a, from_a)) in rates.iter().enumerate() {
        for (_, b, from_b) in rates.iter().skip(i + 1) {
            let shift = from_b - from_a;
            let (l, h) = newcombe((a.value, a.effective_rows), (b.value, b.effective_rows), each);
            let (l, h) = (l + shift, h + shift);
            // The absolute value of a difference between l and h.
            low = low.max(l).max(-h);
            high = high.max(h).max(-l);
        }
    }
    let at = |(_, rate, from): &(&str, Rate, f64)| rate.value - from;
    let mut ends = (rates.first()?, rates.first()?);
    for entry in rates {
        if at(entry) > at(ends.0) {
            ends.0 = entry;
        }
        if at(entry) < at(ends.1) {
            ends.1 = entry;
        }
    }
    let value = at(ends.0) - at(ends.1);
    Some(Gap {
        value,
        low: low.max(0.0).min(value),
        high: high.max(value),
        ratio: None,
        highest: ends.0.0.to_owned(),
        lowest: ends.1.0.to_owned(),
    })
}
