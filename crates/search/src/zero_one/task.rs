//! What is asked of the cells, and what comes back.

use super::points::Points;
use crate::{Error, Result};

/// Which hyperplanes are allowed: `|w_j| <= bound` and no point's score within `margin` of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyperplanes {
    /// Largest coefficient.
    pub bound: f64,
    /// Least distance of a score from 0.
    pub margin: f64,
}

impl Default for Hyperplanes {
    fn default() -> Self {
        Self { bound: 1.0, margin: 1e-3 }
    }
}

impl Hyperplanes {
    pub(super) fn check(&self) -> Result<()> {
        let positive = |what: &str, value: f64| match value.is_finite() && value > 0.0 {
            true => Ok(()),
            false => Err(Error::NotFinite {
                what: format!("the {what} (which must be above 0)"),
                value: value.to_string(),
            }),
        };
        positive("bound", self.bound)?;
        positive("margin", self.margin)
    }
}

/// A question: the cell of least cost within a budget of errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// What each point's negative and positive side costs.
    pub cost: Vec<[f64; 2]>,
    /// Most errors.
    pub budget: Option<f64>,
    /// Sides that are given.
    pub fixed: Vec<(usize, bool)>,
    /// Coefficients to begin with, of any size; the better they are the less there is to search.
    pub start: Vec<Vec<f64>>,
}

impl Task {
    /// The least errors.
    pub fn least_errors(points: &Points) -> Self {
        let cost = points.positive.iter().zip(&points.negative).map(|(p, n)| [*p, *n]).collect();
        Self { cost, budget: None, fixed: Vec::new(), start: Vec::new() }
    }

    /// The most weight of points that are not on the given sides, within a budget of errors. The
    /// cost is minus that weight.
    pub fn most_flips(points: &Points, sides: &[bool], weight: &[f64], budget: f64) -> Self {
        let one = |(side, w): (&bool, &f64)| if *side { [-w, 0.0] } else { [0.0, -w] };
        let cost = sides.iter().zip(weight).map(one).collect();
        Self { cost, budget: Some(budget), ..Self::least_errors(points) }
    }

    /// The same task with a side given.
    #[must_use]
    pub fn with_side(mut self, point: usize, positive: bool) -> Self {
        self.fixed.push((point, positive));
        self
    }

    /// The same task with coefficients to begin with.
    #[must_use]
    pub fn starting_at(mut self, w: Vec<f64>) -> Self {
        self.start.push(w);
        self
    }

    /// What sides cost.
    pub fn cost_of(&self, sides: &[bool]) -> f64 {
        self.cost.iter().zip(sides).map(|(c, s)| c[usize::from(*s)]).sum()
    }
}

/// What one hyperplane does.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Whether each point is on the positive side.
    pub sides: Vec<bool>,
    /// The coefficients within the bound that leave these sides the largest margin.
    pub coefficients: Vec<f64>,
    /// That margin, by plain sums.
    pub margin: f64,
    /// Weight of the rows on the wrong side.
    pub errors: f64,
    /// What the task's cost is.
    pub cost: f64,
}

/// Why there is no cell: the tree of conflicts that closed the search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unreachable {
    /// Nodes of the search.
    pub nodes: u64,
    /// Conflicts that were learnt, each with a checked proof.
    pub conflicts: usize,
}
