//! The multiple-choice knapsack: one item from each class, gains that add up to at least `need`, at
//! the least cost.
//!
//! It is what recourse asks of a linear classifier under any separable cost: a class is a column, or
//! several that are bound to each other (a one-hot group, a ratio and its parts); its items are the
//! values that it may take; the gain is what a value adds to the score. Costs add up
//! ([`Cost::Sum`]), or the largest counts ([`Cost::Max`], and among equals of it the sum).
//!
//! - The largest cost is found by bisection: within a threshold the best gains are independent of
//!   each other.
//! - The sum is found from the Lagrangian relaxation, whose best price of gain is that of the linear
//!   relaxation (Sinha & Zoltners, "The multiple-choice knapsack problem", Operations Research,
//!   1979); it strikes out the items that no better choice holds (Dyer, Riha & Walker 1984), and the
//!   rest is searched depth first. Where that takes long, dynamic programming over undominated
//!   partial choices ends it (Nemhauser & Ullmann 1969; Pisinger, "A minimal algorithm for the
//!   multiple-choice knapsack problem", 1995).
//! - All answers that differ in which members change come in order of cost ([`Knapsack::ordered`]),
//!   by the partition of Lawler, "A procedure for computing the k best solutions to discrete
//!   optimization problems" (Management Science, 1972). When the iterator ends, there are no more.
//!
//! Where several sums have to meet a need each, see [`ManyNeeds`].
//!
//! A class has *members*, the things that an item changes or leaves alone: one for a column by
//! itself, several for columns that are bound to each other.
//!
//! Sums of gains are taken in the order of the classes, and compared with `need` as they are.
//!
//! ```
//! use linecall_search::mck::{Class, Cost, Item, Knapsack};
//! use linecall_search::Limits;
//!
//! let item = |gain, cost| Item::new(gain, cost);
//! let income = Class::new(vec![item(0.0, 0.0), item(0.4, 0.1), item(1.0, 0.5)], Some(0));
//! let debt = Class::new(vec![item(0.0, 0.0), item(0.7, 0.3)], Some(0));
//! let knapsack = Knapsack::new(vec![income, debt], 1.0)?;
//! let best = knapsack.best(Cost::Sum, &Limits::default()).exact().unwrap();
//! assert_eq!((best.items, best.sum), (vec![1, 1], 0.4));
//! let ways: Vec<Vec<usize>> = knapsack.ordered(Cost::Sum).map(|pick| pick.items).collect();
//! assert_eq!(ways, [[1, 1], [2, 0]]);
//! # Ok::<(), linecall_search::Error>(())
//! ```

mod class;
mod descent;
mod many;
mod ordered;
mod points;
mod relax;
mod sweep;
mod task;

pub use class::{Class, Item};
pub use many::{ManyItem, ManyNeeds, ManyPick, Unmet};
pub use ordered::{Exclusive, Ordered};
use points::Points;
use task::{Status, Task};

use crate::{Answer, Error, Limits, Result};

/// What is to be small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// The sum of the costs.
    Sum,
    /// The largest cost; of those with the same, the least sum.
    Max,
}

/// An item of each class.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// The position of the item taken, by class.
    pub items: Vec<usize>,
    /// Sum of the gains.
    pub gain: f64,
    /// Sum of the costs.
    pub sum: f64,
    /// Largest cost.
    pub max: f64,
    /// Members that change, increasing; members are numbered through all classes in order.
    pub changed: Vec<usize>,
}

/// Why nothing is feasible: no choice gains more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortfall {
    /// The largest sum of gains, within the most changes that are allowed.
    pub reach: f64,
    /// What was asked for.
    pub need: f64,
}

/// A multiple-choice knapsack.
#[derive(Clone, Debug)]
pub struct Knapsack {
    classes: Vec<Class>,
    need: f64,
    most_changes: Option<usize>,
    /// Undominated items by class.
    free: Vec<Points<'static>>,
    /// What rounding may take from a sum of gains.
    slack: f64,
}

/// Rounding that a bound allows for, relative to the gains.
const SLACK: f64 = 1e-12;

impl Knapsack {
    /// A knapsack of classes. Cost: a visit of the items, and a sort of those of each class that
    /// do not come in order of cost.
    ///
    /// # Errors
    /// When a class has no items, or a number is not finite.
    pub fn new(classes: Vec<Class>, need: f64) -> Result<Self> {
        if !need.is_finite() {
            let (what, value) = ("the gain needed".to_owned(), need.to_string());
            return Err(Error::NotFinite { what, value });
        }
        let mut size = need.abs();
        for (c, class) in classes.iter().enumerate() {
            size += class.check(c)?;
        }
        let free = classes.iter().map(|class| Points::of(class, Status::FREE, false)).collect();
        Ok(Self { classes, need, most_changes: None, free, slack: SLACK * size })
    }

    /// The same knapsack with at most so many members changed.
    #[must_use]
    pub fn with_most_changes(self, most: usize) -> Self {
        // To change little may now be better than what costs less and gains more.
        let free = self.classes.iter().map(|class| Points::of(class, Status::FREE, true)).collect();
        Self { most_changes: Some(most), free, ..self }
    }

    /// The classes.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The largest sum of gains, within the most changes that are allowed.
    pub fn reach(&self) -> f64 {
        self.root().reach(f64::INFINITY)
    }

    /// The choice that gains most within the most changes that are allowed; of those the cheapest.
    pub fn farthest(&self) -> Option<Pick> {
        let (classes, most_changes) = (self.classes.clone(), self.most_changes);
        let mut same = Self::new(classes, self.reach()).ok()?;
        if let Some(most) = most_changes {
            same = same.with_most_changes(most);
        }
        same.best(Cost::Sum, &Limits::default()).best()
    }

    /// The choice of least cost.
    pub fn best(&self, cost: Cost, limits: &Limits) -> Answer<Pick, Shortfall> {
        match self.root().solve(cost, limits) {
            Answer::Exact(items) => Answer::Exact(self.pick(items)),
            Answer::Gap { best, lower, upper } => {
                Answer::Gap { best: best.map(|items| self.pick(items)), lower, upper }
            }
            Answer::Infeasible(()) => {
                Answer::Infeasible(Shortfall { reach: self.reach(), need: self.need })
            }
        }
    }

    /// All choices that differ in which members change, each the cheapest of its kind, in order of
    /// cost. The iterator ends when there are no more: the list is complete.
    pub fn ordered(&self, cost: Cost) -> Ordered<'_> {
        Ordered::new(self, cost)
    }

    /// Choices that change no member twice: the cheapest, then the cheapest without the members
    /// that it changes, and so on. The iterator ends when the rest cannot gain enough.
    pub fn exclusive(&self, cost: Cost) -> Exclusive<'_> {
        Exclusive::new(self, cost)
    }

    fn root(&self) -> Task<'_> {
        Task::new(self, vec![Status::FREE; self.classes.len()])
    }

    fn pick(&self, items: Vec<usize>) -> Pick {
        let (mut gain, mut sum, mut max) = (0.0, 0.0, f64::NEG_INFINITY);
        let mut changed = Vec::new();
        let mut first = 0;
        for (class, &i) in self.classes.iter().zip(&items) {
            if let Some(item) = class.items().get(i) {
                gain += item.gain;
                sum += item.cost;
                max = f64::max(max, item.max);
                let own = (0..class.members()).filter(|m| item.changed >> m & 1 == 1);
                changed.extend(own.map(|m| first + m));
            }
            first += class.members();
        }
        Pick { items, gain, sum, max, changed }
    }
}
