//! Wrong calls by threshold, and the best threshold.

use super::choices::Caps;
use super::scale::Totals;
use crate::{Error, Result};

/// What a wrong call costs, by the class of the row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// Calling a negative row positive.
    pub false_positive: f64,
    /// Calling a positive row negative.
    pub false_negative: f64,
}

impl Default for Prices {
    fn default() -> Self {
        Self { false_positive: 1.0, false_negative: 1.0 }
    }
}

impl Prices {
    pub(super) fn check(&self) -> Result<()> {
        let all =
            [("false-positive", self.false_positive), ("false-negative", self.false_negative)];
        match all.iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0)) {
            Some((what, bad)) => {
                let what = format!("the {what} cost (which must be 0 or above)");
                Err(Error::NotFinite { what, value: bad.to_string() })
            }
            None => Ok(()),
        }
    }
}

/// Where the threshold of a card under the 0-1 loss may lie.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Threshold {
    /// Between any two totals: a row is called positive from some total on.
    #[default]
    Any,
    /// At a whole number in a range, which is minus the intercept of SLIM: a row is called positive
    /// above it, and a row whose total is the number itself counts as wrong whatever its class.
    Whole {
        /// Least intercept.
        low: i32,
        /// Largest intercept.
        high: i32,
    },
}

/// Calls with a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    /// What is added to totals, so that a sum above 0 calls the positive class.
    pub(super) intercept: f64,
    pub(super) price: f64,
    pub(super) below: f64,
}

/// Total, weight of negative rows, weight of positive rows.
pub(super) type Step = (f64, f64, f64);

/// The totals of rows in order.
pub(super) fn steps(totals: &Totals) -> (Vec<Step>, [f64; 2]) {
    let mut sums = [0.0; 2];
    let rows = totals.total.iter().zip(&totals.class).zip(&totals.weight);
    let one = |((t, c), w): ((&f64, &f64), &f64)| {
        sums[usize::from(*c > 0.0)] += w;
        if *c > 0.0 { (*t, 0.0, *w) } else { (*t, *w, 0.0) }
    };
    let mut steps: Vec<Step> = rows.map(one).collect();
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    (steps, sums)
}

/// Totals nearer to each other than this share of the largest are the same but for rounding.
pub(super) const SAME: f64 = 1e-9;

/// The threshold of least price within the caps; of equals the lowest. `steps` are in order of their
/// totals, `sums` the weights of all negative and positive rows; no threshold lies between totals that
/// are the same but for so large a share of the largest.
pub(super) fn least(
    steps: &[Step],
    sums: [f64; 2],
    prices: Prices,
    caps: Caps,
    threshold: Threshold,
    same: f64,
) -> Option<Cut> {
    let slack = 1e-9 * (sums[0] + sums[1]);
    let mut best: Option<Cut> = None;
    let mut consider = |fp: f64, missed: f64, below: f64, intercept: f64| {
        let price = prices.false_positive * fp + prices.false_negative * missed;
        let allowed = fp <= caps.false_positive_rate * sums[0] + slack
            && sums[1] - missed >= caps.true_positive_rate * sums[1] - slack;
        if allowed && best.is_none_or(|b| price < b.price) {
            best = Some(Cut { intercept, price, below });
        }
    };
    let ends = [steps.first(), steps.last()].into_iter().flatten().map(|s| s.0.abs());
    let same = same * ends.fold(0.0, f64::max);
    match threshold {
        Threshold::Any => between(steps, sums, same, &mut consider),
        Threshold::Whole { low, high } => {
            at_whole(steps, sums, (-high..=-low).map(f64::from), same, &mut consider);
        }
    }
    best
}

type Consider<'a> = &'a mut dyn FnMut(f64, f64, f64, f64);

/// Between two totals, and outside all.
fn between(steps: &[Step], sums: [f64; 2], same: f64, consider: Consider<'_>) {
    let (mut fp, mut missed, mut at) = (sums[0], 0.0, 0);
    let first = steps.first().map_or(0.0, |s| s.0);
    consider(fp, missed, f64::NEG_INFINITY, 1.0 - first);
    while let Some(&(total, ..)) = steps.get(at) {
        let mut last = total;
        while let Some(step) = steps.get(at).filter(|s| s.0 <= total + same) {
            fp -= step.1;
            missed += step.2;
            last = step.0;
            at += 1;
        }
        let next = steps.get(at).map_or(last + 2.0, |s| s.0);
        consider(fp, missed, last, -(last + next) / 2.0);
    }
}

/// At whole numbers.
fn at_whole(
    steps: &[Step],
    sums: [f64; 2],
    numbers: impl Iterator<Item = f64>,
    same: f64,
    consider: Consider<'_>,
) {
    // Rows below the number, and rows below or at it.
    let (mut fp, mut missed) = (sums[0], 0.0);
    let (mut under, mut upto) = (0, 0);
    for at in numbers {
        while let Some(step) = steps.get(under).filter(|s| s.0 < at - same) {
            fp -= step.1;
            under += 1;
        }
        while let Some(step) = steps.get(upto).filter(|s| s.0 <= at + same) {
            missed += step.2;
            upto += 1;
        }
        consider(fp, missed, at, -at);
    }
}
