//! Which cards are allowed: the points of each column, and rules between columns.

use crate::{Error, Result};

/// The points that a column may be given, each with what it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// Increasing.
    values: Vec<i32>,
    /// In units of the objective (a mean loss); that of 0 is 0.
    costs: Vec<f64>,
}

impl Choices {
    /// The whole numbers of a range, with 0.
    ///
    /// ```
    /// use linecall_search::lattice::Choices;
    /// assert_eq!(Choices::range(-1, 2).values(), [-1, 0, 1, 2]);
    /// assert_eq!(Choices::range(2, 3).values(), [0, 2, 3]);
    /// ```
    pub fn range(low: i32, high: i32) -> Self {
        let values = if low <= high { (low..=high).collect() } else { Vec::new() };
        Self::of(values)
    }

    /// These numbers and 0.
    pub fn of(mut values: Vec<i32>) -> Self {
        values.push(0);
        values.sort_unstable();
        values.dedup();
        let costs = vec![0.0; values.len()];
        Self { values, costs }
    }

    /// Tiers: every number costs what its own tier says, the first tier that holds it counting.
    ///
    /// ```
    /// use linecall_search::lattice::Choices;
    /// let handy = (vec![1, 5, 10], 0.0);
    /// let any = ((1..=10).collect(), 0.001);
    /// let choices = Choices::tiers(&[handy, any]);
    /// assert_eq!((choices.cost(5), choices.cost(7)), (Some(0.0), Some(0.001)));
    /// ```
    pub fn tiers(tiers: &[(Vec<i32>, f64)]) -> Self {
        let mut own = Self::of(tiers.iter().flat_map(|tier| tier.0.clone()).collect());
        for (value, cost) in own.values.iter().zip(&mut own.costs) {
            let tier = tiers.iter().find(|tier| tier.0.contains(value));
            *cost = tier.filter(|_| *value != 0).map_or(0.0, |tier| tier.1);
        }
        own
    }

    /// The same with another cost on every number but 0.
    #[must_use]
    pub fn plus(mut self, cost: f64) -> Self {
        let used = self.values.iter().zip(&mut self.costs).filter(|p| *p.0 != 0);
        used.for_each(|(_, own)| *own += cost);
        self
    }

    /// The same without the numbers that do not pass; 0 stays.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(i32) -> bool) -> Self {
        let pairs = self.values.into_iter().zip(self.costs);
        (self.values, self.costs) = pairs.filter(|(v, _)| *v == 0 || keep(*v)).unzip();
        self
    }

    /// The numbers, increasing.
    pub fn values(&self) -> &[i32] {
        &self.values
    }

    /// What a number costs; `None` where it is not allowed.
    pub fn cost(&self, value: i32) -> Option<f64> {
        self.values.binary_search(&value).ok().and_then(|at| self.costs.get(at).copied())
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (i32, f64)> {
        self.values.iter().copied().zip(self.costs.iter().copied())
    }

    /// Least and largest number.
    pub(super) fn ends(&self) -> (i32, i32) {
        let low = self.values.first().copied().unwrap_or(0);
        (low, self.values.last().copied().unwrap_or(0))
    }

    /// Whether there is a number besides 0.
    pub(super) fn usable(&self) -> bool {
        self.values.len() > 1
    }

    /// The least cost of a number that is not 0.
    pub(super) fn least_cost(&self) -> f64 {
        let used = self.pairs().filter(|(v, _)| *v != 0);
        used.map(|(_, cost)| cost).fold(f64::INFINITY, f64::min)
    }

    /// Whether dividing all points of a card by a whole number never leaves the choices: then of
    /// cards that are multiples of each other only the smallest is looked at.
    pub(super) fn divisible(&self) -> bool {
        self.pairs().all(|(value, cost)| {
            (2..=value.abs())
                .filter(|d| value % d == 0)
                .all(|d| self.cost(value / d).is_some_and(|divided| divided <= cost))
        })
    }
}

/// Bounds on the calls of a card on its own rows; 1 and 0 do nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caps {
    /// Largest share of negative rows that are called positive.
    pub false_positive_rate: f64,
    /// Least share of positive rows that are called positive.
    pub true_positive_rate: f64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { false_positive_rate: 1.0, true_positive_rate: 0.0 }
    }
}

/// Rules between columns. A column is *used* when its points are not 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Of each group at most one column is used (one threshold of a variable).
    pub at_most_one: Vec<Vec<usize>>,
    /// Of each group the points that are used have the same sign (steps that only climb, or only
    /// fall).
    pub same_sign: Vec<Vec<usize>>,
    /// Of each group at least one column is used.
    pub at_least_one: Vec<Vec<usize>>,
    /// If a column of the first group is used, one of the second is.
    pub implies: Vec<(Vec<usize>, Vec<usize>)>,
    /// Bounds on the calls.
    pub caps: Caps,
}

impl Rules {
    /// Whether a set of used columns is allowed; signs and calls aside.
    pub(super) fn allow(&self, used: &[usize]) -> bool {
        let uses = |group: &[usize]| group.iter().filter(|j| used.contains(j)).count();
        self.at_most_one.iter().all(|g| uses(g) <= 1)
            && self.at_least_one.iter().all(|g| uses(g) >= 1)
            && self.implies.iter().all(|(a, b)| uses(a) == 0 || uses(b) >= 1)
    }

    /// Whether a set of columns, some of them perhaps unused, holds an allowed set together with
    /// what may still come.
    pub(super) fn possible(&self, used: &[usize], candidates: &[usize]) -> bool {
        let uses = |group: &[usize]| group.iter().filter(|j| used.contains(j)).count();
        let may = |group: &[usize]| group.iter().any(|j| candidates.contains(j));
        self.at_most_one.iter().all(|g| uses(g) <= 1)
            && self.at_least_one.iter().all(|g| may(g))
            && self.implies.iter().all(|(a, b)| uses(a) == 0 || may(b))
    }

    /// Whether the signs of points are allowed.
    pub(super) fn signs_allow(&self, points: &[(usize, i32)]) -> bool {
        self.same_sign.iter().all(|group| {
            let own = || points.iter().filter(|(j, _)| group.contains(j)).map(|p| p.1);
            own().all(|v| v >= 0) || own().all(|v| v <= 0)
        })
    }

    /// Whether any set of columns is allowed.
    pub(super) fn free(&self) -> bool {
        self.at_most_one.is_empty() && self.at_least_one.is_empty() && self.implies.is_empty()
    }

    pub(super) fn check(&self, width: usize) -> Result<()> {
        let groups = self.at_most_one.iter().chain(&self.same_sign).chain(&self.at_least_one);
        let both = self.implies.iter().flat_map(|(a, b)| [a, b]);
        if let Some(j) = groups.chain(both).flatten().find(|j| **j >= width) {
            return Err(Error::Shape(format!("a rule speaks of column {j} of {width}")));
        }
        let Caps { false_positive_rate: fpr, true_positive_rate: tpr } = self.caps;
        for (what, value) in [("false-positive", fpr), ("true-positive", tpr)] {
            if !(0.0..=1.0).contains(&value) {
                let what = format!("the {what} rate (which must be from 0 to 1)");
                return Err(Error::NotFinite { what, value: value.to_string() });
            }
        }
        Ok(())
    }
}
