//! The least change of a row that brings it to the boundary, within bounds on its columns.
//!
//! `min |delta|_2` subject to `w.(x + delta) + b = 0` and `low <= x + delta <= high`. Without bounds
//! it is the projection `-d(x) w / |w|`. With bounds the optimality conditions say that `delta_j` is
//! `-t w_j` cut to its room, for one `t` that is common to all columns; the score falls (or rises)
//! piecewise linearly in `t`, so the columns are sorted by where they run out of room and passed
//! once. Exact, in `d log d`. With several classes the boundary against each is tried, and the
//! nearest wins: the call changes nowhere before.

use linecall_linear::LinearModel;

use super::pair::{Boundary, length};
use crate::{Error, Result};

/// Bounds on the columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    /// Lowest value of each column.
    pub low: Vec<f64>,
    /// Highest value of each column.
    pub high: Vec<f64>,
}

impl Room {
    /// The same bounds for all of so many columns.
    pub fn of(low: f64, high: f64, columns: usize) -> Self {
        Self { low: vec![low; columns], high: vec![high; columns] }
    }

    /// No bounds.
    pub fn free(columns: usize) -> Self {
        Self::of(f64::NEG_INFINITY, f64::INFINITY, columns)
    }
}

/// The least change that brings a row to a boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct Perturbation {
    /// The class on the other side.
    pub towards: usize,
    /// What is added to each column.
    pub delta: Vec<f64>,
    /// Its length.
    pub distance: f64,
    /// What the length would be without bounds.
    pub unbounded: f64,
}

/// The least change that brings a row to where its call changes: a score on the boundary, past
/// which the other class is called. `None` where the bounds allow no such change.
///
/// ```
/// use linecall_audit::angle::{Room, nearest_other};
/// use linecall_linear::{LinearModel, Link};
///
/// let classes = vec!["0".to_owned(), "1".to_owned()];
/// let model = LinearModel::new(vec![vec![3.0, 1.0]], vec![-2.0], classes, 1, Link::Score)?;
/// // The score is 0.25: the projection onto the boundary, for neither pixel runs out of room.
/// let found = nearest_other(&model, &[0.5, 0.75], &Room::of(0.0, 1.0, 2))?.unwrap();
/// assert!((found.delta[0] + 0.075).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When sizes do not fit together, the row is outside the bounds, or rows carry sets of labels.
pub fn nearest_other(model: &LinearModel, x: &[f64], room: &Room) -> Result<Option<Perturbation>> {
    let d = model.n_features();
    for (what, found) in
        [("columns of the row", x.len()), ("bounds", room.low.len().min(room.high.len()))]
    {
        if found != d {
            return Err(Error::Shape { what, found, expected: d });
        }
    }
    for (j, x) in x.iter().enumerate() {
        let (low, high) = (room.low[j], room.high[j]);
        if !(low <= *x && *x <= high) {
            return Err(Error::Column {
                column: (j + 1).to_string(),
                problem: format!("holds {x}, outside {low} to {high}; widen the bounds"),
            });
        }
    }
    let classes = model.classes().len();
    let scores: Vec<f64> = (0..model.n_scores())
        .map(|k| {
            model.coef()[k].iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + model.intercept()[k]
        })
        .collect();
    let called = model.class_of(&scores);
    let mut best: Option<Perturbation> = None;
    for towards in (0..classes).filter(|k| *k != called) {
        let boundary = Boundary::between(model, (called, towards))?;
        if let Some(found) = to_boundary(&boundary, x, room, towards)
            && best.as_ref().is_none_or(|best| found.distance < best.distance)
        {
            best = Some(found);
        }
    }
    Ok(best)
}

/// The least change that brings the score of a boundary up to 0.
fn to_boundary(
    boundary: &Boundary,
    x: &[f64],
    room: &Room,
    towards: usize,
) -> Option<Perturbation> {
    let w = boundary.coef();
    let mut missing = (-boundary.score(x)).max(0.0);
    let norm = boundary.norm();
    if norm == 0.0 {
        return None;
    }
    let unbounded = missing / norm;
    // Where each column runs out of room, as a multiple of its coefficient.
    let mut ends: Vec<(f64, usize)> = w
        .iter()
        .enumerate()
        .filter(|(_, w)| **w != 0.0)
        .map(|(j, w)| {
            let left = if *w > 0.0 { room.high[j] - x[j] } else { x[j] - room.low[j] };
            (left / w.abs(), j)
        })
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // Squares of the coefficients of columns that can still move, summed from the last on.
    let mut rest = vec![0.0; ends.len() + 1];
    for (k, (_, j)) in ends.iter().enumerate().rev() {
        rest[k] = rest[k + 1] + w[*j] * w[*j];
    }
    // A boundary that touches the box in a corner is reached, whatever rounding says.
    let slack = 1e-12 * missing;
    let mut at = 0.0;
    let mut reached = None;
    for (k, (end, _)) in ends.iter().enumerate() {
        let gain = (end - at) * rest[k];
        if gain >= missing - slack {
            reached = Some(at + if missing > 0.0 { gain.min(missing) / rest[k] } else { 0.0 });
            break;
        }
        missing -= gain;
        at = *end;
    }
    let t = reached?;
    let delta: Vec<f64> = w
        .iter()
        .enumerate()
        .map(|(j, w)| (t * w).clamp(room.low[j] - x[j], room.high[j] - x[j]))
        .collect();
    let distance = length(&delta);
    Some(Perturbation { towards, delta, distance, unbounded })
}
