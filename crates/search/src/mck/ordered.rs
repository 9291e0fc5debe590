//! Choices in order of cost, one for each set of classes that change.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::{Cost, Knapsack, Pick, Status};
use crate::{Answer, Limits};

/// All choices that differ in which classes change, in order of cost; see [`Knapsack::ordered`].
pub struct Ordered<'k> {
    knapsack: &'k Knapsack,
    cost: Cost,
    heap: BinaryHeap<Part>,
    made: u64,
}

/// A part of the choices: what each class does, and the least cost, or a bound of it.
struct Part {
    key: (f64, f64),
    statuses: Vec<Status>,
    /// The best of the part, once it is known.
    solved: Option<Pick>,
    /// Of equal keys, solved parts come first, then older ones.
    number: u64,
}

impl<'k> Ordered<'k> {
    pub(super) fn new(knapsack: &'k Knapsack, cost: Cost) -> Self {
        let mut ordered = Self { knapsack, cost, heap: BinaryHeap::new(), made: 0 };
        ordered.add(vec![Status::Free; knapsack.classes.len()], f64::NEG_INFINITY);
        ordered
    }

    /// Adds a part with a bound of its cost, if it may hold a choice. No choice in it has a smaller
    /// largest cost than `least`.
    fn add(&mut self, statuses: Vec<Status>, least: f64) {
        let Some(task) = self.knapsack.task(&statuses) else { return };
        if task.reach() < self.knapsack.need {
            return;
        }
        let key = match self.cost {
            Cost::Sum => (task.lower(), f64::NEG_INFINITY),
            Cost::Max => (task.least_max_from(least), task.lower()),
        };
        self.made += 1;
        self.heap.push(Part { key, statuses, solved: None, number: self.made });
    }

    /// The parts of what is left when the best of a part is taken from it.
    fn split(&mut self, mut statuses: Vec<Status>, pick: &Pick) {
        for class in 0..statuses.len() {
            if statuses.get(class) != Some(&Status::Free) {
                continue;
            }
            let changed = pick.items.get(class).is_some_and(|&i| self.knapsack.changes(class, i));
            let (own, other) = match changed {
                true => (Status::In, Status::Out),
                false => (Status::Out, Status::In),
            };
            if self.knapsack.classes.get(class).is_none_or(|class| class.rest.is_none()) {
                continue;
            }
            let mut rest = statuses.clone();
            rest[class] = other;
            self.add(rest, pick.max);
            statuses[class] = own;
        }
    }
}

impl Iterator for Ordered<'_> {
    type Item = Pick;

    fn next(&mut self) -> Option<Pick> {
        loop {
            let part = self.heap.pop()?;
            if let Some(pick) = part.solved {
                self.split(part.statuses, &pick);
                return Some(pick);
            }
            let task = self.knapsack.task(&part.statuses)?;
            if let Answer::Exact(items) = task.solve(self.cost, &Limits::default()) {
                let pick = self.knapsack.pick(items);
                let key = match self.cost {
                    Cost::Sum => (pick.sum, f64::NEG_INFINITY),
                    Cost::Max => (pick.max, pick.sum),
                };
                self.heap.push(Part { key, solved: Some(pick), ..part });
            }
        }
    }
}

impl Ord for Part {
    /// The cheapest is the largest, for the heap. A bound comes before a cost that equals it, so
    /// that ties are all known before the first is given out.
    fn cmp(&self, other: &Self) -> Ordering {
        let keys = other.key.0.total_cmp(&self.key.0).then(other.key.1.total_cmp(&self.key.1));
        let solved = self.solved.is_none().cmp(&other.solved.is_none());
        keys.then(solved).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Part {}

/// Choices that change no class twice; see [`Knapsack::exclusive`].
pub struct Exclusive<'k> {
    knapsack: &'k Knapsack,
    cost: Cost,
    statuses: Vec<Status>,
    done: bool,
}

impl<'k> Exclusive<'k> {
    pub(super) fn new(knapsack: &'k Knapsack, cost: Cost) -> Self {
        let statuses = vec![Status::Free; knapsack.classes.len()];
        Self { knapsack, cost, statuses, done: false }
    }
}

impl Iterator for Exclusive<'_> {
    type Item = Pick;

    fn next(&mut self) -> Option<Pick> {
        if self.done {
            return None;
        }
        let task = self.knapsack.task(&self.statuses);
        let Some(Answer::Exact(items)) = task.map(|t| t.solve(self.cost, &Limits::default()))
        else {
            self.done = true;
            return None;
        };
        let pick = self.knapsack.pick(items);
        let mut any = false;
        for (class, (&item, status)) in pick.items.iter().zip(&mut self.statuses).enumerate() {
            if self.knapsack.changes(class, item) {
                *status = Status::Out;
                any = true;
            }
        }
        // Where nothing has to change there is nothing else to find.
        self.done = !any;
        Some(pick)
    }
}
