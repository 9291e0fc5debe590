//! The least change that turns a call, and images of rows.

use linecall_audit::angle::{Boundary, Room, nearest_other};
use rayon::prelude::*;
use serde::Serialize;

use super::{AngleOptions, Scene};
use crate::{Error, Result};

/// The least change that turns one row's call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowRoom {
    /// The row, from 1.
    pub row: u64,
    /// The class that is called past the boundary; absent where the bounds allow none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub towards: Option<String>,
    /// Length of the change; absent likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// Its length without bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unbounded: Option<f64>,
}

/// The least changes that turn calls, within bounds on the columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoomPart {
    /// Lowest value of a column.
    pub low: f64,
    /// Highest value.
    pub high: f64,
    /// Rows whose call no change within the bounds turns.
    pub fixed: u64,
    /// The median length over the others.
    pub median: Option<f64>,
    /// The smallest.
    pub least: Option<f64>,
    /// Every row.
    pub rows: Vec<RowRoom>,
}

/// A row beside its images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowImage {
    /// The row, from 1.
    pub row: u64,
    /// Its class.
    pub class: String,
    /// The class that is called.
    pub called: String,
    /// The class that is called past the nearest boundary.
    pub towards: String,
    /// Distance from that boundary, in the units of the dial.
    pub distance: f64,
    /// The row, by column of the design, in the user's units, as the next ones.
    pub values: Vec<f64>,
    /// The nearest point of the boundary.
    pub projected: Vec<f64>,
    /// As far on the other side: the same score with the other sign.
    pub mirrored: Vec<f64>,
    /// The nearest point of the boundary within the bounds; absent without bounds, or where there
    /// is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounded: Option<Vec<f64>>,
}

/// The values of a row.
fn values(scene: &Scene, row: usize) -> Vec<f64> {
    let mut x = vec![0.0; scene.data.design.cols()];
    scene.data.design.for_each_in_row(row, |j, v| x[j] = v);
    x
}

/// Bounds in the units of the dial.
fn bounds(scene: &Scene, (low, high): (f64, f64)) -> Room {
    let by = |end: f64| scene.unit.iter().map(|unit| end / unit).collect();
    Room { low: by(low), high: by(high) }
}

/// A row outside the bounds, named in the user's words.
fn outside(scene: &Scene, row: usize, (low, high): (f64, f64)) -> Result<()> {
    let mut bad = None;
    let x = values(scene, row);
    for (j, (x, unit)) in x.iter().zip(&scene.unit).enumerate() {
        // The bound in the units of the dial is the one that is compared with.
        if bad.is_none() && !(low / unit <= *x && *x <= high / unit) {
            bad = Some((j, x * unit));
        }
    }
    match bad {
        None => Ok(()),
        Some((j, value)) => {
            let name = scene.data.design.column(j).map_or_else(String::new, |c| c.name());
            Err(Error::Question(format!(
                "row {}, column `{name}` holds {value}, outside the box {low} to {high}; widen it",
                row + 1
            )))
        }
    }
}

pub(super) fn room(scene: &Scene, ends: (f64, f64)) -> Result<RoomPart> {
    let room = bounds(scene, ends);
    let classes = scene.model.classes();
    let rows: Vec<RowRoom> = (0..scene.data.rows())
        .into_par_iter()
        .map(|row| {
            outside(scene, row, ends)?;
            let found = nearest_other(&scene.model, &values(scene, row), &room)?;
            Ok(RowRoom {
                row: row as u64 + 1,
                towards: found.as_ref().and_then(|f| classes.get(f.towards)).cloned(),
                distance: found.as_ref().map(|f| f.distance),
                unbounded: found.as_ref().map(|f| f.unbounded),
            })
        })
        .collect::<Vec<Result<RowRoom>>>()
        .into_iter()
        .collect::<Result<_>>()?;
    let mut sizes: Vec<f64> = rows.iter().filter_map(|row| row.distance).collect();
    sizes.sort_by(f64::total_cmp);
    Ok(RoomPart {
        low: ends.0,
        high: ends.1,
        fixed: (rows.len() - sizes.len()) as u64,
        median: sizes.get(sizes.len() / 2).copied(),
        least: sizes.first().copied(),
        rows,
    })
}

pub(super) fn images(scene: &Scene, options: &AngleOptions) -> Result<Vec<RowImage>> {
    let classes = scene.model.classes();
    let n = scene.data.rows();
    let name = |k: usize| classes.get(k).cloned().unwrap_or_default();
    let back = |x: &[f64]| -> Vec<f64> { x.iter().zip(&scene.unit).map(|(x, u)| x * u).collect() };
    let free = Room::free(scene.data.design.cols());
    let mut images = Vec::new();
    for &asked in &options.rows {
        let row = usize::try_from(asked).ok().and_then(|row| row.checked_sub(1));
        let Some(row) = row.filter(|row| *row < n) else {
            return Err(Error::Question(format!(
                "there is no row {asked}: the data have {n} rows, counted from 1"
            )));
        };
        let x = values(scene, row);
        let Some(nearest) = nearest_other(&scene.model, &x, &free)? else {
            return Err(Error::Question(
                "the model's coefficients are zero, and there is no boundary".to_owned(),
            ));
        };
        let one = scene.data.design.select_rows(&[row])?;
        let called = scene.model.class_of(&scene.model.scores(&one)?);
        let boundary = Boundary::between(&scene.model, (called, nearest.towards))?;
        let bounded = match options.bounds {
            None => None,
            Some(ends) => {
                outside(scene, row, ends)?;
                let found = nearest_other(&scene.model, &x, &bounds(scene, ends))?;
                found.map(|f| back(&x.iter().zip(&f.delta).map(|(x, d)| x + d).collect::<Vec<_>>()))
            }
        };
        images.push(RowImage {
            row: asked,
            class: name(scene.data.labels.codes().get(row).copied().unwrap_or(0) as usize),
            called: name(called),
            towards: name(nearest.towards),
            distance: nearest.distance,
            projected: back(&boundary.projected(&x)),
            mirrored: back(&boundary.mirrored(&x)),
            values: back(&x),
            bounded,
        });
    }
    Ok(images)
}
