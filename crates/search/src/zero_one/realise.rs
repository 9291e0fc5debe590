//! Which sides a hyperplane can put points on: programs over its coefficients.

use super::Hyperplanes;
use super::points::Points;
use crate::simplex::{Outcome, Simplex};

/// The coefficients for which some points are on given sides.
#[derive(Clone)]
pub(super) struct Realise {
    simplex: Simplex,
    width: usize,
    reach: Vec<f64>,
    margin: f64,
}

impl Realise {
    pub(super) fn new(points: &Points, family: &Hyperplanes) -> Self {
        let width = points.rows.first().map_or(0, Vec::len);
        let mut simplex = Simplex::new(&vec![(-family.bound, family.bound); width]);
        let size = |row: &Vec<f64>| family.bound * row.iter().map(|v| v.abs()).sum::<f64>();
        let reach: Vec<f64> = points.rows.iter().map(size).collect();
        for (row, reach) in points.rows.iter().zip(&reach) {
            simplex.add_row(&sparse(row), -reach, *reach);
        }
        Self { simplex, width, reach, margin: family.margin }
    }

    /// Puts a point on a side, or on none; false if its scores never get there.
    pub(super) fn set(&mut self, point: usize, side: Option<bool>) -> bool {
        let reach = self.reach[point];
        let (low, high) = match side {
            None => (-reach, reach),
            Some(true) => (self.margin, reach),
            Some(false) => (-reach, -self.margin),
        };
        self.simplex.set_bounds(self.width + point, low.min(high), high.max(low));
        side.is_none() || reach >= self.margin
    }

    /// Whether some coefficients do it; `None` where that cannot be told.
    pub(super) fn holds(&mut self) -> Option<bool> {
        match self.simplex.solve() {
            Outcome::Optimal => Some(true),
            Outcome::Infeasible => Some(false),
            Outcome::Failed => None,
        }
    }

    /// Coefficients of the last program that held.
    pub(super) fn coefficients(&self) -> Vec<f64> {
        (0..self.width).map(|j| self.simplex.value(j)).collect()
    }
}

/// The coefficients with the largest margin for given sides, and that margin by plain sums; `None`
/// where it is not that of the family.
pub(super) fn widest(
    points: &Points,
    family: &Hyperplanes,
    sides: &[bool],
) -> Option<(Vec<f64>, f64)> {
    let width = points.rows.first().map_or(0, Vec::len);
    let most = points.rows.iter().flatten().fold(0f64, |m, v| m.max(v.abs()));
    let most = family.bound * most * width as f64 + 1.0;
    let mut bounds = vec![(-family.bound, family.bound); width];
    bounds.push((-most, most));
    let mut simplex = Simplex::new(&bounds);
    for (row, side) in points.rows.iter().zip(sides) {
        let sign = if *side { 1.0 } else { -1.0 };
        let mut a: Vec<(usize, f64)> = sparse(row).iter().map(|&(j, v)| (j, sign * v)).collect();
        a.push((width, -1.0));
        simplex.add_row(&a, 0.0, 2.0 * most);
    }
    let mut cost = vec![0.0; width];
    cost.push(-1.0);
    simplex.set_costs(&cost);
    if simplex.solve() != Outcome::Optimal {
        return None;
    }
    let w: Vec<f64> =
        (0..width).map(|j| simplex.value(j).clamp(-family.bound, family.bound)).collect();
    let margin = least_margin(points, &w, sides);
    // The margin is reached to the rounding of the program.
    (margin >= family.margin * (1.0 - 1e-6)).then_some((w, margin))
}

/// The smallest score towards its side, by plain sums in the order of the columns.
pub(super) fn least_margin(points: &Points, w: &[f64], sides: &[bool]) -> f64 {
    let one = |(row, side): (&Vec<f64>, &bool)| {
        let score = score(row, w);
        if *side { score } else { -score }
    };
    points.rows.iter().zip(sides).map(one).fold(f64::INFINITY, f64::min)
}

pub(super) fn score(row: &[f64], w: &[f64]) -> f64 {
    row.iter().zip(w).map(|(x, w)| x * w).sum()
}

fn sparse(row: &[f64]) -> Vec<(usize, f64)> {
    row.iter().copied().enumerate().filter(|p| p.1 != 0.0).collect()
}
