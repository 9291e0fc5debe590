//! The four distances of rows, and what each column adds to them.
//!
//! With `t` the row in units of deviation from the mean of all rows, `z = L^-1 t` whitened, class means
//! `m_c` whitened, `V` the kept directions, `P` the principal ones and `S` the covariance of all rows:
//!
//! | distance | formula |
//! |---|---|
//! | `wdisc` | `min_c |V (z - m_c)| + alpha |z - V'V z|` |
//! | `mahalanobis` | `min_c |z - m_c|` |
//! | `relative_mahalanobis` | `min_c |z - m_c|^2 - t' S^-1 t` (may be negative) |
//! | `residual` | `|t - P'P t|` |
//!
//! Each is a sum over columns of the row's offset times a slope (Euler's theorem for homogeneous
//! functions), which says exactly which columns carry it.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::space::Space;
use super::{Method, Novelty};
use crate::Result;

/// Rows that are whitened at once.
const TILE: usize = 64;

/// One number for each of the four distances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distances {
    /// Whitened discriminant distance plus `alpha` times the whitened residual.
    pub wdisc: f64,
    /// Mahalanobis distance to the nearest class mean.
    pub mahalanobis: f64,
    /// Its square, minus that to the mean of all rows in the covariance of all rows.
    pub relative_mahalanobis: f64,
    /// Distance from the principal subspace, in deviations.
    pub residual: f64,
}

impl Distances {
    /// One of them.
    pub fn of(&self, method: Method) -> f64 {
        match method {
            Method::Wdisc => self.wdisc,
            Method::Mahalanobis => self.mahalanobis,
            Method::RelativeMahalanobis => self.relative_mahalanobis,
            Method::Residual => self.residual,
        }
    }

    /// Each of them changed.
    pub(super) fn each(f: impl Fn(Method) -> f64) -> Self {
        Self {
            wdisc: f(Method::Wdisc),
            mahalanobis: f(Method::Mahalanobis),
            relative_mahalanobis: f(Method::RelativeMahalanobis),
            residual: f(Method::Residual),
        }
    }
}

/// The parts of a row's distances.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// In units of deviation.
    pub(super) t: Vec<f64>,
    /// Whitened.
    z: Vec<f64>,
    /// `V z`.
    along: Vec<f64>,
    /// Position of the mean that is nearest along the kept directions, and its distance.
    pub(super) nearest: (usize, f64),
    /// `|z - V'V z|`.
    pub(super) off: f64,
    /// Position of the nearest mean in all directions, and its squared distance.
    pub(super) around: (usize, f64),
    /// `t' S^-1 t`.
    background: f64,
    /// `t - P'P t`.
    rest: Vec<f64>,
}

impl Parts {
    pub(super) fn distances(&self, alpha: f64) -> Distances {
        Distances {
            wdisc: self.nearest.1 + alpha * self.off,
            mahalanobis: self.around.1.sqrt(),
            relative_mahalanobis: self.around.1 - self.background,
            residual: norm(&self.rest),
        }
    }
}

/// The parts of some rows, one after the other in `rows` (`d` numbers each).
pub(super) fn parts(space: &Space, rows: &[f64]) -> Result<Vec<Parts>> {
    let d = space.centre.len().max(1);
    let tiles = rows.par_chunks(TILE * d).map(|tile| tile_parts(space, tile, d));
    let tiles: Vec<Vec<Parts>> = tiles.collect::<Result<_>>()?;
    Ok(tiles.into_iter().flatten().collect())
}

fn tile_parts(space: &Space, rows: &[f64], d: usize) -> Result<Vec<Parts>> {
    let count = rows.len() / d;
    let offsets: Vec<Vec<f64>> = rows.chunks_exact(d).map(|row| space.offset(row)).collect();
    let mut side = vec![0.0; d * count];
    for (i, t) in offsets.iter().enumerate() {
        t.iter().enumerate().for_each(|(j, v)| side[j * count + i] = *v);
    }
    let mut behind = side.clone();
    space.within.whiten_all(&mut side, count)?;
    space.total.whiten_all(&mut behind, count)?;
    let along_means: Vec<Vec<f64>> =
        space.whitened.iter().map(|m| project(&space.kept, m)).collect();
    let each = offsets.into_iter().enumerate().map(|(i, t)| {
        let pick = |of: &[f64]| -> Vec<f64> { (0..d).map(|j| of[j * count + i]).collect() };
        let (z, back) = (pick(&side), pick(&behind));
        let along = project(&space.kept, &z);
        let nearest = closest(&along_means, &along);
        Parts {
            nearest: (nearest.0, nearest.1.sqrt()),
            off: norm(&without(&space.kept, &z, &along)),
            around: closest(&space.whitened, &z),
            background: back.iter().map(|v| v * v).sum(),
            rest: without(&space.principal, &t, &project(&space.principal, &t)),
            t,
            z,
            along,
        }
    });
    Ok(each.collect())
}

impl Novelty {
    /// What each design column adds to the distance that decides: they sum to it.
    pub(super) fn contributions(&self, at: &Parts) -> Result<Vec<f64>> {
        let space = &self.space;
        let unit = |v: Vec<f64>, length: f64| -> Vec<f64> {
            v.into_iter().map(|x| if length > 0.0 { x / length } else { 0.0 }).collect()
        };
        let from = |mean: usize| -> Vec<f64> {
            at.t.iter().zip(&space.means[mean]).map(|(t, m)| t - m).collect()
        };
        let whole = |mean: usize| -> Vec<f64> {
            at.z.iter().zip(&space.whitened[mean]).map(|(z, m)| z - m).collect()
        };
        let times =
            |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
        Ok(match self.options.method {
            Method::Wdisc => {
                let (mean, distance) = at.nearest;
                let back = project(&space.kept, &space.whitened[mean]);
                let apart: Vec<f64> = at.along.iter().zip(&back).map(|(a, b)| a - b).collect();
                let mut lifted = vec![0.0; at.t.len()];
                for (v, a) in space.kept.iter().zip(&apart) {
                    lifted.iter_mut().zip(v).for_each(|(l, v)| *l += a * v);
                }
                let slope = space.within.transpose(&unit(lifted, distance))?;
                let off = unit(without(&space.kept, &at.z, &at.along), at.off);
                let off = space.within.transpose(&off)?;
                let (own, rest) = (times(&from(mean), &slope), times(&at.t, &off));
                own.iter().zip(&rest).map(|(a, b)| a + self.alpha * b).collect()
            }
            Method::Mahalanobis => {
                let (mean, square) = at.around;
                let slope = space.within.transpose(&unit(whole(mean), square.sqrt()))?;
                times(&from(mean), &slope)
            }
            Method::RelativeMahalanobis => {
                let own = times(&from(at.around.0), &space.within.transpose(&whole(at.around.0))?);
                let background = times(&at.t, &space.total.solve(&at.t)?);
                own.iter().zip(&background).map(|(a, b)| a - b).collect()
            }
            Method::Residual => {
                let length = norm(&at.rest);
                times(&at.t, &unit(at.rest.clone(), length))
            }
        })
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Coordinates along orthonormal directions.
fn project(directions: &[Vec<f64>], v: &[f64]) -> Vec<f64> {
    directions.iter().map(|u| u.iter().zip(v).map(|(a, b)| a * b).sum()).collect()
}

/// A vector without its part along orthonormal directions, given its coordinates.
fn without(directions: &[Vec<f64>], v: &[f64], along: &[f64]) -> Vec<f64> {
    let mut rest = v.to_vec();
    for (u, a) in directions.iter().zip(along) {
        rest.iter_mut().zip(u).for_each(|(r, u)| *r -= a * u);
    }
    rest
}

/// The nearest of some points (the first of equals), and its squared distance.
fn closest(points: &[Vec<f64>], to: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (k, point) in points.iter().enumerate() {
        let square: f64 = point.iter().zip(to).map(|(p, t)| (p - t) * (p - t)).sum();
        if square < best.1 {
            best = (k, square);
        }
    }
    best
}
