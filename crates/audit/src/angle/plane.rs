//! The plane through both centroids in which a boundary tilts.

use super::pair::{Boundary, Pair, length};
use crate::Result;

/// A row in the tilting plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanePoint {
    /// Along the line from the negative centroid to the positive one, from their middle.
    pub z: f64,
    /// Across it, towards where the coefficients lean.
    pub n: f64,
}

/// The plane spanned by the line between the centroids and the coefficients.
///
/// Rows are `(z, n)` from the middle of the centroids, and the distance of a row from the boundary
/// is `cos(theta) z + sin(theta) n + middle`, exactly: nothing of it is outside the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct TiltingPlane {
    z: Vec<f64>,
    n: Vec<f64>,
    centre: Vec<f64>,
    /// `cos theta`.
    pub cos: f64,
    /// `sin theta`.
    pub sin: f64,
    /// Distance of the middle of the centroids from the boundary, towards the positive class.
    pub middle: f64,
}

impl TiltingPlane {
    /// The plane of a pair and a boundary; `None` where the coefficients are zero or the centroids
    /// the same. Where the boundary does not tilt at all, the second axis is any across the first.
    ///
    /// # Errors
    /// When the boundary has other columns.
    pub fn of(pair: &Pair<'_>, boundary: &Boundary) -> Result<Option<Self>> {
        pair.check(boundary)?;
        let mut z = pair.line();
        let (apart, norm) = (length(&z), boundary.norm());
        if apart == 0.0 || norm == 0.0 {
            return Ok(None);
        }
        z.iter_mut().for_each(|v| *v /= apart);
        let w: Vec<f64> = boundary.coef().iter().map(|w| w / norm).collect();
        let cos: f64 = z.iter().zip(&w).map(|(z, w)| z * w).sum();
        let mut n: Vec<f64> = w.iter().zip(&z).map(|(w, z)| w - cos * z).collect();
        let sin = length(&n);
        if sin < 1e-12 {
            n = across(&z);
        } else {
            n.iter_mut().for_each(|v| *v /= sin);
            // Once more, for the digits that a small angle costs.
            let along: f64 = n.iter().zip(&z).map(|(n, z)| n * z).sum();
            n.iter_mut().zip(&z).for_each(|(n, z)| *n -= along * z);
        }
        let [i, j] = pair.centroids();
        let centre: Vec<f64> = i.iter().zip(j).map(|(i, j)| 0.5 * (i + j)).collect();
        let middle = boundary.score(&centre) / norm;
        Ok(Some(Self { z, n, centre, cos, sin, middle }))
    }

    /// A row in the plane.
    pub fn project(&self, x: &[f64]) -> PlanePoint {
        let along = |axis: &[f64]| {
            x.iter().zip(&self.centre).zip(axis).map(|((x, c), a)| (x - c) * a).sum()
        };
        PlanePoint { z: along(&self.z), n: along(&self.n) }
    }

    /// Distance of a point of the plane from the boundary.
    pub fn distance(&self, point: PlanePoint) -> f64 {
        self.cos * point.z + self.sin * point.n + self.middle
    }

    /// The axis between the centroids.
    pub fn z_hat(&self) -> &[f64] {
        &self.z
    }

    /// The axis across it.
    pub fn n_hat(&self) -> &[f64] {
        &self.n
    }
}

/// A unit vector across another one; zeros where there is a single column.
fn across(z: &[f64]) -> Vec<f64> {
    let least = (0..z.len()).min_by(|&a, &b| z[a].abs().total_cmp(&z[b].abs())).unwrap_or(0);
    let own = z.get(least).copied().unwrap_or(0.0);
    let mut n: Vec<f64> = z.iter().map(|v| -own * v).collect();
    if let Some(n) = n.get_mut(least) {
        *n += 1.0;
    }
    let size = length(&n);
    if size < 1e-12 || z.len() < 2 {
        return vec![0.0; z.len()];
    }
    n.iter().map(|v| v / size).collect()
}
