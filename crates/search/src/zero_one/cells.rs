//! All cells within a budget of errors.

use super::branch::Space;
use super::points::Points;
use super::realise::{Realise, widest};
use super::task::Cell;
use crate::Limits;

/// The cells within a budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// In the order of the search: each cell once. The cost is the errors.
    pub cells: Vec<Cell>,
    /// Whether these are all.
    pub complete: bool,
    /// Nodes of the search.
    pub nodes: u64,
}

impl Space<'_> {
    /// Lists the cells with at most `budget` errors, until there are `most`.
    ///
    /// Points come in one after the other, those first whose wrong side costs most; a partial cell goes
    /// on while a hyperplane gives its sides (a few dual simplex steps from the last one) and its
    /// errors, with the lesser class of every point to come, are within the budget.
    pub fn cells(&self, budget: f64, most: usize, limits: &Limits) -> Cells {
        let points = self.points;
        let extra = |i: usize| (points.positive[i] - points.negative[i]).abs();
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|&a, &b| extra(b).total_cmp(&extra(a)));
        let mut listing = Listing {
            space: self,
            points,
            order,
            realise: Realise::new(points, &self.family),
            sides: vec![false; points.len()],
            budget: budget + 1e-9 * budget.abs(),
            most,
            out: Cells { cells: Vec::new(), complete: true, nodes: 0 },
        };
        listing.go(0, points.floor(), limits);
        listing.out
    }
}

struct Listing<'s, 'p> {
    space: &'s Space<'p>,
    points: &'p Points,
    order: Vec<usize>,
    realise: Realise,
    sides: Vec<bool>,
    budget: f64,
    most: usize,
    out: Cells,
}

impl Listing<'_, '_> {
    fn go(&mut self, depth: usize, errors: f64, limits: &Limits) {
        if limits.reached(self.out.nodes) || self.out.cells.len() >= self.most {
            self.out.complete = false;
            return;
        }
        self.out.nodes += 1;
        let Some(&point) = self.order.get(depth) else {
            // The last program's sides; the margin decides.
            if let Some((coefficients, margin)) =
                widest(self.points, &self.space.family, &self.sides)
            {
                let errors = self.points.errors(&self.sides);
                let sides = self.sides.clone();
                self.out.cells.push(Cell { sides, coefficients, margin, errors, cost: errors });
            }
            return;
        };
        let (p, n) = (self.points.positive[point], self.points.negative[point]);
        let cheap = p >= n;
        for side in [cheap, !cheap] {
            let here = errors + if side == cheap { 0.0 } else { (p - n).abs() };
            if here > self.budget {
                continue;
            }
            self.sides[point] = side;
            // Where it cannot be told, the sides go on: the last check decides.
            if self.realise.set(point, Some(side)) && self.realise.holds() != Some(false) {
                self.go(depth + 1, here, limits);
            }
            self.realise.set(point, None);
        }
    }
}
