//! How much the residual weighs against the discriminant distance, chosen without novel data.
//!
//! Distances are not squared before they are added, so `alpha` carries units. [`Alpha::Balanced`]
//! makes both parts the same on average over the rows that were fitted. [`Alpha::LeaveClassOut`]
//! treats each class in turn as novel: the geometry is that of the other classes (its statistics are
//! taken out), and the `alpha` of a fixed grid is taken at which the class's rows are told best from
//! the others, by the mean area under the curve.

use linecall_data::Design;
use linecall_linear::class_stats::{ClassStats, Keep};
use linecall_linear::direct::Shrinkage;
use linecall_linear::metrics::auc;
use serde::{Deserialize, Serialize};

use super::distance::{Parts, parts};
use super::space::Space;
use super::{Options, dense_rows};
use crate::{Error, Result};

/// How `alpha` is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Alpha {
    /// Both parts weigh the same over the fitted rows.
    #[default]
    Balanced,
    /// Each class in turn is taken as novel; needs three classes.
    LeaveClassOut,
    /// As given, 0 or above.
    Given {
        /// The weight of the residual.
        alpha: f64,
    },
}

/// Multiples of the balanced value that are tried.
const GRID: [f64; 9] = [0.0, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

pub(super) fn choose(
    space: &Space,
    design: &Design,
    codes: &[u32],
    classes: usize,
    options: &Options,
) -> Result<f64> {
    match options.alpha {
        Alpha::Given { alpha } => Ok(alpha),
        Alpha::Balanced => Ok(balanced(&parts(space, &dense_rows(design, options.unit_rows))?)),
        Alpha::LeaveClassOut => by_class(space, design, codes, classes, options),
    }
}

/// The ratio of the two parts' means; 1 where only the residual tells anything apart.
fn balanced(parts: &[Parts]) -> f64 {
    let along: f64 = parts.iter().map(|p| p.nearest.1).sum();
    let off: f64 = parts.iter().map(|p| p.off).sum();
    match (along > 0.0, off > 0.0) {
        (true, true) => along / off,
        (true, false) => 0.0,
        (false, _) => 1.0,
    }
}

fn by_class(
    space: &Space,
    design: &Design,
    codes: &[u32],
    classes: usize,
    options: &Options,
) -> Result<f64> {
    if space.classes.len() < 3 {
        return Err(Error::Setting {
            name: "alpha",
            value: format!("leave-class-out with {} classes", space.classes.len()),
            expected: "three classes or more",
        });
    }
    let all = ClassStats::of(design, codes, classes, None, Keep::Covariance)?;
    let rows = dense_rows(design, false);
    // The share is that of all classes: it cannot be estimated without the rows' fourth moments.
    let options =
        Options { shrinkage: Shrinkage::Fixed { share: space.shrinkage[0] }, ..options.clone() };
    let mut areas = [0.0; GRID.len()];
    for &out in &space.classes {
        let own: Vec<usize> = (0..codes.len()).filter(|&i| codes[i] as usize == out).collect();
        let gone = design.select_rows(&own)?;
        let code = vec![out as u32; own.len()];
        let mut stats = all.clone();
        stats.remove(&ClassStats::of(&gone, &code, classes, None, Keep::Covariance)?)?;
        let parts = parts(&Space::of_stats(&stats, None, &options)?, &rows)?;
        let inside: Vec<Parts> = parts
            .iter()
            .zip(codes)
            .filter(|(_, c)| **c as usize != out)
            .map(|p| p.0.clone())
            .collect();
        let unit = balanced(&inside);
        let novel: Vec<bool> = codes.iter().map(|c| *c as usize == out).collect();
        for (area, multiple) in areas.iter_mut().zip(GRID) {
            let distances: Vec<f64> =
                parts.iter().map(|p| p.nearest.1 + multiple * unit * p.off).collect();
            *area += auc(&distances, &novel, None)?.unwrap_or(0.5);
        }
    }
    let best = (0..GRID.len()).fold(4, |best, at| if areas[at] > areas[best] { at } else { best });
    Ok(GRID[best] * balanced(&parts(space, &rows)?))
}
