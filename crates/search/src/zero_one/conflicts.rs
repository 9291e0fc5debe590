//! Sides that no hyperplane of the family gives to some points at once: conflicts, each with its proof.
//!
//! By Farkas' lemma, points `x_i` cannot have sides `s_i` with margin `m` and coefficients within `+-b`
//! exactly if there are weights `y_i >= 0` of sum 1 with `b |sum_i y_i s_i x_i|_1 < m`: the weighted
//! margins sum to at least `m` on one side and to less on the other. The vertices of the polyhedron
//! of such weights are the conflicts from which no point can be left out (Gleeson & Ryan, "Identifying
//! minimally infeasible subsystems of inequalities", ORSA Journal on Computing, 1990). A linear program
//! over it finds those that are cheap for given costs, a few pivots each. Every conflict is checked by
//! plain sums before it is used.

use super::Hyperplanes;
use super::points::Points;
use crate::simplex::{Outcome, Simplex};

/// Room that a proof leaves below the margin.
const ROOM: f64 = 1e-6;

/// Points with sides: `2 i + 1` is the positive side of point `i`, `2 i` the negative.
pub(super) type Literals = Vec<u32>;

/// A conflict with its weights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Conflict {
    pub(super) literals: Literals,
}

/// The polyhedron of proofs.
pub(super) struct Conflicts<'p> {
    points: &'p Points,
    family: Hyperplanes,
    simplex: Simplex,
    width: usize,
    /// Whether there are any.
    any: bool,
}

impl<'p> Conflicts<'p> {
    pub(super) fn new(points: &'p Points, family: Hyperplanes) -> Self {
        let (n, width) = (points.len(), points.rows.first().map_or(0, Vec::len));
        let most = family.margin / family.bound;
        let mut bounds = vec![(0.0, 1.0); 2 * n];
        bounds.extend(vec![(0.0, most); 2 * width]);
        let mut simplex = Simplex::new(&bounds);
        for j in 0..width {
            let mut row = Vec::new();
            for (i, x) in points.rows.iter().enumerate().filter(|(_, x)| x[j] != 0.0) {
                row.push((2 * i, -x[j]));
                row.push((2 * i + 1, x[j]));
            }
            row.push((2 * n + j, -1.0));
            row.push((2 * n + width + j, 1.0));
            simplex.add_row(&row, 0.0, 0.0);
        }
        simplex.add_row(&(0..2 * n).map(|l| (l, 1.0)).collect::<Vec<_>>(), 1.0, 1.0);
        let sizes: Vec<(usize, f64)> = (2 * n..2 * n + 2 * width).map(|u| (u, 1.0)).collect();
        simplex.add_row(&sizes, 0.0, most * (1.0 - ROOM));
        simplex.set_costs(&[]);
        let any = simplex.solve() == Outcome::Optimal;
        Self { points, family, simplex, width, any }
    }

    /// A conflict that is cheap for the costs of literals; `None` where there is none, or its proof
    /// does not stand.
    pub(super) fn cheap(&mut self, cost: &[f64]) -> Option<Conflict> {
        if !self.any {
            return None;
        }
        self.simplex.set_costs(cost);
        if self.simplex.resolve() != Outcome::Optimal {
            // Begin again from a dictionary that is computed afresh.
            self.simplex.set_costs(&[]);
            self.any = self.simplex.solve() == Outcome::Optimal;
            return None;
        }
        let n = self.points.len();
        let weights: Vec<(u32, f64)> = (0..2 * n)
            .map(|l| (l as u32, self.simplex.value(l)))
            .filter(|(_, y)| *y > 1e-8)
            .collect();
        self.stands(&weights).then(|| Conflict { literals: weights.iter().map(|w| w.0).collect() })
    }

    /// Coefficients that the last costs suggest: their prices, up to size and sign.
    pub(super) fn prices(&self) -> Vec<f64> {
        (0..self.width).map(|j| self.simplex.price(j)).collect()
    }

    /// Whether weights prove a conflict, by plain sums.
    fn stands(&self, weights: &[(u32, f64)]) -> bool {
        let total: f64 = weights.iter().map(|w| w.1).sum();
        let mut sum = vec![0.0; self.width];
        for (literal, y) in weights {
            let sign = if literal % 2 == 1 { *y } else { -y };
            if let Some(row) = self.points.rows.get(*literal as usize / 2) {
                sum.iter_mut().zip(row).for_each(|(s, x)| *s += sign * x);
            }
        }
        let size: f64 = sum.iter().map(|v| v.abs()).sum();
        self.family.bound * size < self.family.margin * total * (1.0 - 0.5 * ROOM)
    }
}
