//! The multiple-choice knapsack: one item from each class, gains that add up to at least `need`, at
//! the least cost.
//!
//! It is what recourse asks of a linear classifier under any separable cost: a class is a column, or
//! several that only change together (a one-hot group, mutually exclusive columns); its items are the
//! values that it may take; the gain is what a value adds to the score. Costs add up
//! ([`Cost::Sum`]), or the largest counts ([`Cost::Max`], and among equals of it the sum).
//!
//! - The largest cost is found by bisection: within a threshold the best gains are independent of
//!   each other.
//! - The sum is found by branch and bound over classes, with the bound of the linear relaxation: the
//!   concave hulls of the classes' (cost, gain) points, merged by slope (Dyer, "An O(n) algorithm for
//!   the multiple-choice knapsack linear program", 1984; Zemel 1984; Sinha & Zoltners 1979).
//! - All answers that differ in which classes change come in order of cost ([`Knapsack::ordered`]),
//!   by the partition of Lawler, "A procedure for computing the k best solutions to discrete
//!   optimization problems" (Management Science, 1972). When the iterator ends, there are no more.
//!
//! Sums of gains are taken in the order of the classes, and compared with `need` as they are.
//!
//! ```
//! use linecall_search::mck::{Class, Cost, Item, Knapsack};
//! use linecall_search::Limits;
//!
//! let item = |gain, cost| Item { gain, cost };
//! let income = Class::new(vec![item(0.0, 0.0), item(0.4, 0.1), item(1.0, 0.5)], Some(0));
//! let debt = Class::new(vec![item(0.0, 0.0), item(0.7, 0.3)], Some(0));
//! let knapsack = Knapsack::new(vec![income, debt], 1.0)?;
//! let best = knapsack.best(Cost::Sum, &Limits::default()).exact().unwrap();
//! assert_eq!((best.items, best.sum), (vec![1, 1], 0.4));
//! let ways: Vec<Vec<usize>> = knapsack.ordered(Cost::Sum).map(|pick| pick.items).collect();
//! assert_eq!(ways, [[1, 1], [2, 0]]);
//! # Ok::<(), linecall_search::Error>(())
//! ```

mod frontier;
mod ordered;
mod solve;

use frontier::{Piece, Point, frontier, hull, most, sort};
pub use ordered::{Exclusive, Ordered};
use solve::Task;

use crate::{Answer, Error, Limits, Result};

/// One choice of a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// What it adds.
    pub gain: f64,
    /// What it costs.
    pub cost: f64,
}

/// Items of which exactly one is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    items: Vec<Item>,
    rest: Option<usize>,
}

impl Class {
    /// A class of items, and which of them changes nothing, if one does.
    pub fn new(items: Vec<Item>, rest: Option<usize>) -> Self {
        Self { items, rest }
    }

    /// The items.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The position of the item that changes nothing.
    pub fn rest(&self) -> Option<usize> {
        self.rest
    }
}

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
}

/// Why nothing is feasible: no choice gains more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortfall {
    /// The largest sum of gains, within the most changes that are allowed.
    pub reach: f64,
    /// What was asked for.
    pub need: f64,
}

/// What a subproblem asks of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Any item.
    Free,
    /// Any item but the one that changes nothing.
    In,
    /// The item that changes nothing.
    Out,
}

/// A multiple-choice knapsack.
#[derive(Clone, Debug)]
pub struct Knapsack {
    classes: Vec<Class>,
    need: f64,
    most_changes: Option<usize>,
    /// By class: undominated items of all, of those that change something, and what changes nothing.
    free: Side,
    inside: Side,
    outside: Side,
    /// Costs of all items, sorted.
    costs: Vec<f64>,
}

/// What the classes may do under one status.
#[derive(Clone, Debug, Default)]
struct Side {
    points: Vec<Vec<Point>>,
    /// Largest gain by class.
    most: Vec<f64>,
    /// Pieces of the hulls of all classes, steepest first.
    pieces: Vec<Piece>,
}

impl Side {
    fn new(points: Vec<Vec<Point>>) -> Self {
        let mut pieces = Vec::new();
        points.iter().enumerate().for_each(|(class, own)| hull(class, own, &mut pieces));
        sort(&mut pieces);
        Self { most: points.iter().map(|own| most(own)).collect(), pieces, points }
    }
}

impl Knapsack {
    /// A knapsack of classes. Cost: a sort of the items of each class.
    ///
    /// # Errors
    /// When a class has no items, its unchanged item does not exist, or a number is not finite.
    pub fn new(classes: Vec<Class>, need: f64) -> Result<Self> {
        let finite = |what: &dyn Fn() -> String, value: f64| match value.is_finite() {
            true => Ok(()),
            false => Err(Error::NotFinite { what: what(), value: value.to_string() }),
        };
        finite(&|| "the gain needed".to_owned(), need)?;
        for (c, class) in classes.iter().enumerate() {
            if class.items.is_empty() {
                return Err(Error::Shape(format!("class {c} has no items")));
            }
            if class.rest.is_some_and(|rest| rest >= class.items.len()) {
                return Err(Error::Shape(format!("class {c} has no item that changes nothing")));
            }
            for (i, item) in class.items.iter().enumerate() {
                finite(&|| format!("the gain of item {i} of class {c}"), item.gain)?;
                finite(&|| format!("the cost of item {i} of class {c}"), item.cost)?;
            }
        }
        let of = |keep: &dyn Fn(usize, Option<usize>) -> bool| {
            let own = classes.iter().map(|c| frontier(&c.items, |i| keep(i, c.rest), None));
            Side::new(own.collect())
        };
        let items = classes.iter().flat_map(|class| &class.items);
        let mut costs: Vec<f64> = items.map(|item| item.cost).collect();
        costs.sort_by(f64::total_cmp);
        costs.dedup();
        Ok(Self {
            free: of(&|_, _| true),
            inside: of(&|i, rest| rest != Some(i)),
            outside: of(&|i, rest| rest == Some(i)),
            classes,
            need,
            most_changes: None,
            costs,
        })
    }

    /// The same knapsack with at most so many classes changed.
    #[must_use]
    pub fn with_most_changes(self, most: usize) -> Self {
        // To change nothing may now be better than what costs less and gains more.
        let free = self.classes.iter().map(|c| frontier(&c.items, |_| true, c.rest)).collect();
        Self { most_changes: Some(most), free: Side::new(free), ..self }
    }

    /// The largest sum of gains, within the most changes that are allowed.
    pub fn reach(&self) -> f64 {
        let all = vec![Status::Free; self.classes.len()];
        self.task(&all).map_or(f64::NEG_INFINITY, |task| task.reach())
    }

    /// The choice of least cost.
    pub fn best(&self, cost: Cost, limits: &Limits) -> Answer<Pick, Shortfall> {
        let all = vec![Status::Free; self.classes.len()];
        let shortfall = || Shortfall { reach: self.reach(), need: self.need };
        match self.task(&all).map(|task| task.solve(cost, limits)) {
            None => Answer::Infeasible(shortfall()),
            Some(Answer::Exact(items)) => Answer::Exact(self.pick(items)),
            Some(Answer::Gap { best, lower, upper }) => {
                Answer::Gap { best: best.map(|items| self.pick(items)), lower, upper }
            }
            Some(Answer::Infeasible(())) => Answer::Infeasible(shortfall()),
        }
    }

    /// All choices that differ in which classes change, each the cheapest of its kind, in order of
    /// cost. The iterator ends when there are no more: the list is complete.
    pub fn ordered(&self, cost: Cost) -> Ordered<'_> {
        Ordered::new(self, cost)
    }

    /// Choices that change no class twice: the cheapest, the cheapest of those that change none of
    /// its classes, and so on. It ends when nothing is feasible any more.
    pub fn exclusive(&self, cost: Cost) -> Exclusive<'_> {
        Exclusive::new(self, cost)
    }

    /// The subproblem of a status for each class; `None` where a class has no item for its own.
    fn task<'k>(&'k self, statuses: &'k [Status]) -> Option<Task<'k>> {
        let of = |(c, status): (usize, &Status)| self.side(*status).points.get(c);
        let points: Option<Vec<&[Point]>> = statuses
            .iter()
            .enumerate()
            .map(|entry| of(entry).map(Vec::as_slice).filter(|points| !points.is_empty()))
            .collect();
        Some(Task { knapsack: self, statuses, points: points?, limit: f64::INFINITY })
    }

    fn side(&self, status: Status) -> &Side {
        match status {
            Status::Free => &self.free,
            Status::In => &self.inside,
            Status::Out => &self.outside,
        }
    }

    /// Whether an item changes its class.
    fn changes(&self, class: usize, item: usize) -> bool {
        self.classes.get(class).is_some_and(|c| c.rest.is_some_and(|rest| rest != item))
    }

    /// Sums in the order of the classes.
    fn pick(&self, items: Vec<usize>) -> Pick {
        let (mut gain, mut sum, mut max) = (0.0, 0.0, f64::NEG_INFINITY);
        for (class, &i) in self.classes.iter().zip(&items) {
            if let Some(item) = class.items.get(i) {
                gain += item.gain;
                sum += item.cost;
                max = f64::max(max, item.cost);
            }
        }
        Pick { items, gain, sum, max: if max.is_finite() { max } else { 0.0 } }
    }
}
