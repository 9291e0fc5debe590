//! How far the gap of the population may be from that of the rows.

use serde::{Deserialize, Serialize};

use super::cells::{Block, Cells};
use super::options::Margin;
use crate::fairness::clopper_pearson;
use crate::{Error, Result};

/// What is guaranteed of the population.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guarantee {
    /// By which argument.
    pub margin: Margin,
    /// Upper end of each gap, in the order of the rule's conditions.
    pub upper: Vec<f64>,
    /// Whether all are at most their `delta`. Where not, the rows are too few for it: the gap of
    /// the rows is as small as a rule can make it.
    pub holds: bool,
}

/// Checks that a margin can be had for these blocks.
pub(crate) fn check(margin: Margin, cells: &Cells) -> Result<()> {
    let one = matches!(cells.blocks.as_slice(), [block] if block.groups == 2);
    match margin {
        Margin::Uniform { .. } if !one => Err(Error::Setting {
            name: "margin",
            value: "uniform".to_owned(),
            expected: "one gap of two groups; take `clopper_pearson`, and check on other rows",
        }),
        _ => Ok(()),
    }
}

/// Upper ends of the gaps at some rates; `None` without a margin.
pub(crate) fn upper(margin: Margin, cells: &Cells, rates: &[f64]) -> Option<Vec<f64>> {
    let each = |block: &Block| {
        let own = rates.get(block.first..block.first + block.groups).unwrap_or_default();
        match margin {
            Margin::None => 0.0,
            Margin::ClopperPearson { alpha } => exact(own, &block.rows, alpha / cells.rates as f64),
            Margin::Uniform { alpha } => super::cells::gap(block, rates) + uniform(block, alpha),
        }
    };
    (margin != Margin::None).then(|| cells.blocks.iter().map(each).collect())
}

/// The largest upper end less the least lower end of the other groups.
fn exact(rates: &[f64], rows: &[f64], alpha: f64) -> f64 {
    let ends: Vec<(f64, f64)> =
        rates.iter().zip(rows).map(|(r, n)| clopper_pearson(r * n, *n, 1.0 - alpha)).collect();
    let mut worst = 0.0f64;
    for (a, (_, high)) in ends.iter().enumerate() {
        for (b, (low, _)) in ends.iter().enumerate() {
            if a != b {
                worst = worst.max(high - low);
            }
        }
    }
    worst
}

/// A group's rate under any threshold is the sum of a tail of the scores of its favourable calls and
/// one of the others', each within `sqrt(ln(2 / a) / 2n)` of the population's with probability
/// `1 - a` for all thresholds at once; there are two of each, so `a = alpha / 4`.
fn uniform(block: &Block, alpha: f64) -> f64 {
    block.rows.iter().map(|n| 2.0 * ((8.0 / alpha).ln() / (2.0 * n)).sqrt()).sum()
}
