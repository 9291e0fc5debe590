//! Losses, slopes and curvature of all pairs of points.
//!
//! With `phi(a, b) = sum_q w_q l(y, p_q a + q_q b)` for the first row's sign `y`: its value, its
//! slopes by `a` and `b`, and its second derivatives, summed over the masses of the points. Cost:
//! `2 R^2 Q` losses for `R` points (`n^2 Q` where points are rows).

use rayon::prelude::*;

use super::points::Points;
use super::rule::Rule;
use crate::loss::RowLoss;

/// Sums over pairs of points; index 0 for a first row of class -1, 1 for +1.
#[derive(Default)]
pub(super) struct Tables {
    /// Value of the objective's part.
    pub(super) value: [f64; 2],
    /// `sum_b mass_b dphi/da` at each point as the first of a pair.
    pub(super) own: [Vec<f64>; 2],
    /// `sum_a mass_a dphi/db` at each point as the second.
    pub(super) other: [Vec<f64>; 2],
    /// The same of second derivatives.
    pub(super) own_bend: [Vec<f64>; 2],
    pub(super) other_bend: [Vec<f64>; 2],
    /// The same of `sum w l'' p` and `sum w l'' q`: with them `diag` lies above the Hessian, since
    /// `(p u + q v)^2 <= p u^2 + q v^2`.
    pub(super) own_above: [Vec<f64>; 2],
    pub(super) other_above: [Vec<f64>; 2],
    /// `d2phi/da db`, first point after first point; of points that are rows, each with its own
    /// sign in index 1.
    pub(super) cross: [Vec<f64>; 2],
}

/// What one first point adds.
struct Line {
    first: usize,
    value: f64,
    own: [f64; 3],
    other: [Vec<f64>; 3],
    cross: Vec<f64>,
}

/// Room for the scores of one pair.
struct Room {
    weight: Vec<f64>,
    z: Vec<f64>,
    slope: Vec<f64>,
    curve: Vec<f64>,
}

impl Tables {
    /// `loss` is of rows that are all of class +1. `cover` says which first points are needed for
    /// each side: all, or those that carry its mass.
    pub(super) fn of(points: &Points, rule: &Rule, loss: &dyn RowLoss, rows: bool) -> Self {
        let r = points.len();
        let total: Vec<f64> =
            points.mass[0].iter().zip(&points.mass[1]).map(|(a, b)| a + b).collect();
        let mut out = Self::default();
        for side in 0..2 {
            for v in [&mut out.own, &mut out.own_bend, &mut out.own_above] {
                v[side] = vec![0.0; r];
            }
            for v in [&mut out.other, &mut out.other_bend, &mut out.other_above] {
                v[side] = vec![0.0; r];
            }
        }
        out.cross = if rows {
            [Vec::new(), vec![0.0; r * r]]
        } else {
            [vec![0.0; r * r], vec![0.0; r * r]]
        };
        for side in 0..2 {
            let firsts: Vec<usize> =
                (0..r).filter(|&a| !rows || points.mass[side][a] > 0.0).collect();
            // In batches, so that lines in flight stay small beside the table of cross terms.
            let lines = |batch: &[usize]| -> Vec<Line> {
                let parts = batch.par_chunks(16).map(|firsts| {
                    let mut room = Room::new(rule.len());
                    let of = |&a: &usize| line(points, &total, rule, loss, (a, side), &mut room);
                    firsts.iter().map(of).collect::<Vec<Line>>()
                });
                parts.collect::<Vec<Vec<Line>>>().into_iter().flatten().collect()
            };
            for line in firsts.chunks(512).flat_map(lines) {
                let a = line.first;
                let mass = points.mass[side][a];
                out.value[side] += mass * line.value;
                out.own[side][a] = line.own[0];
                out.own_bend[side][a] = line.own[1];
                out.own_above[side][a] = line.own[2];
                let sums =
                    [&mut out.other[side], &mut out.other_bend[side], &mut out.other_above[side]];
                for (sum, part) in sums.into_iter().zip(&line.other) {
                    sum.iter_mut().zip(part).for_each(|(s, p)| *s += mass * p);
                }
                let at = if rows { 1 } else { side };
                out.cross[at][a * r..(a + 1) * r].copy_from_slice(&line.cross);
            }
        }
        out
    }
}

impl Room {
    fn new(q: usize) -> Self {
        Self { weight: vec![0.0; q], z: vec![0.0; q], slope: vec![0.0; q], curve: vec![0.0; q] }
    }
}

/// One first point against all.
fn line(
    points: &Points,
    total: &[f64],
    rule: &Rule,
    loss: &dyn RowLoss,
    (first, side): (usize, usize),
    room: &mut Room,
) -> Line {
    let y = if side == 1 { 1.0 } else { -1.0 };
    let (r, a) = (points.len(), points.at[first]);
    let mut out = Line {
        first,
        value: 0.0,
        own: [0.0; 3],
        other: [vec![0.0; r], vec![0.0; r], vec![0.0; r]],
        cross: vec![0.0; r],
    };
    room.weight.copy_from_slice(&rule.weight);
    for (b, (&at, &mass)) in points.at.iter().zip(total).enumerate() {
        for (z, (p, q)) in room.z.iter_mut().zip(rule.own.iter().zip(&rule.other)) {
            *z = y * (p * a + q * at);
        }
        let value = loss.tile(0, &room.z, &room.weight, &mut room.slope, &mut room.curve);
        let (mut da, mut db, mut daa, mut dbb, mut dab, mut above, mut beyond) =
            (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let shares = rule.own.iter().zip(&rule.other);
        for ((s, c), (p, q)) in room.slope.iter().zip(&room.curve).zip(shares) {
            da += s * p;
            db += s * q;
            daa += c * p * p;
            dab += c * p * q;
            dbb += c * q * q;
            above += c * p;
            beyond += c * q;
        }
        out.value += mass * value;
        out.own[0] += mass * y * da;
        out.own[1] += mass * daa;
        out.own[2] += mass * above;
        out.other[0][b] = y * db;
        out.other[1][b] = dbb;
        out.other[2][b] = beyond;
        out.cross[b] = dab;
    }
    out
}
