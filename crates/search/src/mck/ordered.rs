//! Choices in order of cost, one for each set of members that change.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::points::Points;
use super::task::{Status, Task};
use super::{Class, Cost, Item, Knapsack, Pick};
use crate::{Answer, Limits};

/// All choices that differ in which members change, in order of cost; see [`Knapsack::ordered`].
pub struct Ordered<'k> {
    knapsack: &'k Knapsack,
    cost: Cost,
    limits: Limits<'k>,
    stopped: bool,
    heap: BinaryHeap<Part>,
    /// The part that was given out last: what is left of it is looked at when more is asked for.
    last: Option<(Vec<Status>, Pick, f64)>,
    made: u64,
}

/// A part of the choices: what each member does, and the least cost, or a bound of it.
struct Part {
    key: (f64, f64),
    statuses: Vec<Status>,
    /// Whether the first number of the key is exact where the largest cost counts.
    settled: bool,
    /// The best of the part, once it is known.
    solved: Option<Pick>,
    /// The price of gain at which it was bounded or found.
    price: f64,
    /// Of equal keys, older parts come first.
    number: u64,
}

impl<'k> Ordered<'k> {
    pub(super) fn new(knapsack: &'k Knapsack, cost: Cost) -> Self {
        let limits = Limits::default();
        let (heap, made) = (BinaryHeap::new(), 0);
        let last = None;
        let mut ordered = Self { knapsack, cost, limits, stopped: false, heap, last, made };
        let statuses = vec![Status::FREE; knapsack.classes.len()];
        ordered.add(statuses, (f64::NEG_INFINITY, f64::NEG_INFINITY), 0.0);
        ordered
    }

    /// The same with limits: each choice is searched for within them. A search that ends early ends
    /// the iterator, and [`Ordered::stopped`] says so.
    #[must_use]
    pub fn with_limits(self, limits: Limits<'k>) -> Self {
        Self { limits, ..self }
    }

    /// Whether a limit ended the iterator before all choices were given out.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// No choice that is still to come costs less; infinite when there are no more.
    pub fn lower(&self) -> f64 {
        let next = self.heap.peek().map_or(f64::INFINITY, |part| part.key.0);
        let cost = |pick: &Pick| if self.cost == Cost::Max { pick.max } else { pick.sum };
        self.last.as_ref().map_or(next, |(_, pick, _)| next.min(cost(pick)))
    }

    fn add(&mut self, statuses: Vec<Status>, key: (f64, f64), price: f64) {
        self.made += 1;
        let number = self.made;
        self.heap.push(Part { key, statuses, settled: false, solved: None, price, number });
    }

    /// The parts of what is left when the best of a part is taken from it.
    fn split(&mut self, parent: &[Status], pick: &Pick, price: f64) {
        let knapsack = self.knapsack;
        let limit = if self.cost == Cost::Max { pick.max } else { f64::INFINITY };
        let own: Vec<Best> = knapsack
            .classes
            .iter()
            .zip(&knapsack.free)
            .zip(parent)
            .map(|((class, free), &status)| Best::of(class, free, status, (price, limit)))
            .collect();
        let mut rest: Best = own.iter().fold(Best::default(), |sum, own| sum.plus(*own));
        let mut done = Best::default();
        let mut statuses = parent.to_vec();
        let mut changed = pick.changed.iter().peekable();
        let mut member = 0;
        for (c, (class, free)) in knapsack.classes.iter().zip(&knapsack.free).enumerate() {
            rest = rest.minus(own.get(c).copied().unwrap_or_default());
            for m in 0..class.members() {
                let changes = changed.next_if(|next| **next == member).is_some();
                member += 1;
                let Some(&status) = statuses.get(c) else { continue };
                if status.settles(m) {
                    continue;
                }
                let other = status.with(m, !changes);
                let best = Best::of(class, free, other, (price, limit));
                let whole = done.plus(best).plus(rest);
                let mut part = statuses.clone();
                part[c] = other;
                self.bound(part, whole, (price, limit));
                statuses[c] = status.with(m, changes);
            }
            let status = statuses.get(c).copied().unwrap_or(Status::FREE);
            done = done.plus(Best::of(class, free, status, (price, limit)));
        }
    }

    /// Adds a part with a bound of its cost, if it may hold a choice. Within the limit its classes
    /// come to `whole` at best.
    fn bound(&mut self, statuses: Vec<Status>, whole: Best, (price, limit): (f64, f64)) {
        let Knapsack { need, slack, .. } = *self.knapsack;
        let enough = whole.most >= need - slack;
        let lower = whole.net + price * (need - slack);
        let lower = lower - 1e-12 * (whole.size + lower.abs());
        let key = match self.cost {
            Cost::Sum if !enough => return,
            Cost::Sum => (lower, f64::NEG_INFINITY),
            Cost::Max if enough => (limit, lower),
            Cost::Max => (limit.next_up(), f64::NEG_INFINITY),
        };
        self.add(statuses, key, price);
    }

    /// Looks closer at a part that is not solved; back with it, unless it holds nothing.
    fn closer(&mut self, mut part: Part) {
        let task = Task::new(self.knapsack, std::mem::take(&mut part.statuses));
        if self.cost == Cost::Max && !part.settled {
            let Some(limit) = task.least_max(part.key.0) else { return };
            part.settled = true;
            if limit > part.key.0 {
                part.key = (limit, f64::NEG_INFINITY);
                part.statuses = task.statuses;
                self.heap.push(part);
                return;
            }
        }
        let limit = if self.cost == Cost::Max { part.key.0 } else { f64::INFINITY };
        let (answer, price) = task.within(limit, &self.limits, part.price);
        match answer {
            Answer::Exact(items) => {
                let pick = self.knapsack.pick(items);
                part.key = match self.cost {
                    Cost::Sum => (pick.sum, f64::NEG_INFINITY),
                    Cost::Max => (pick.max, pick.sum),
                };
                part.statuses = task.statuses;
                (part.solved, part.price) = (Some(pick), price);
                self.heap.push(part);
            }
            Answer::Infeasible(()) => {}
            Answer::Gap { .. } => {
                part.statuses = task.statuses;
                self.heap.push(part);
                self.stopped = true;
            }
        }
    }
}

/// What a class, or several, come to at a price within a limit.
#[derive(Clone, Copy, Debug, Default)]
struct Best {
    /// The least `cost - price * gain`.
    net: f64,
    /// The largest gain.
    most: f64,
    /// The size of the numbers added up, for rounding.
    size: f64,
}

impl Best {
    fn of(class: &Class, free: &Points, status: Status, (price, limit): (f64, f64)) -> Self {
        let (mut net, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut see = |cost: f64, gain: f64| {
            net = net.min(cost - price * gain);
            most = most.max(gain);
        };
        if class.members() <= 1 {
            // Dominated items neither gain more nor are cheaper at any price of gain.
            let points = free.under(class, status, false);
            points.within(limit).for_each(|p| see(p.cost, p.gain));
        } else {
            let allowed = |i: &&Item| status.allows(i.changed) && i.max <= limit;
            class.items().iter().filter(allowed).for_each(|i| see(i.cost, i.gain));
        }
        if net == f64::INFINITY {
            // Nothing is allowed: the sums are of no use, but must stay numbers.
            return Self { net: 0.0, most: -f64::MAX / 1e6, size: 0.0 };
        }
        Self { net, most, size: net.abs() }
    }

    fn plus(self, other: Self) -> Self {
        let Self { net, most, size } = other;
        Self { net: self.net + net, most: self.most + most, size: self.size + size }
    }

    fn minus(self, other: Self) -> Self {
        let Self { net, most, size } = other;
        Self { net: self.net - net, most: self.most - most, size: self.size + size }
    }
}

impl Iterator for Ordered<'_> {
    type Item = Pick;

    fn next(&mut self) -> Option<Pick> {
        if let Some((statuses, pick, price)) = self.last.take() {
            self.split(&statuses, &pick, price);
        }
        while !self.stopped {
            let part = self.heap.pop()?;
            if let Some(pick) = part.solved {
                self.last = Some((part.statuses, pick.clone(), part.price));
                return Some(pick);
            }
            self.closer(part);
        }
        None
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

/// Choices that change no member twice; see [`Knapsack::exclusive`].
pub struct Exclusive<'k> {
    knapsack: &'k Knapsack,
    cost: Cost,
    limits: Limits<'k>,
    statuses: Vec<Status>,
    done: bool,
    stopped: bool,
}

impl<'k> Exclusive<'k> {
    pub(super) fn new(knapsack: &'k Knapsack, cost: Cost) -> Self {
        let statuses = vec![Status::FREE; knapsack.classes.len()];
        let limits = Limits::default();
        Self { knapsack, cost, limits, statuses, done: false, stopped: false }
    }

    /// The same with limits, as [`Ordered::with_limits`].
    #[must_use]
    pub fn with_limits(self, limits: Limits<'k>) -> Self {
        Self { limits, ..self }
    }

    /// Whether a limit ended the iterator before all choices were given out.
    pub fn stopped(&self) -> bool {
        self.stopped
    }
}

impl Iterator for Exclusive<'_> {
    type Item = Pick;

    fn next(&mut self) -> Option<Pick> {
        if self.done {
            return None;
        }
        let task = Task::new(self.knapsack, self.statuses.clone());
        let pick = match task.solve(self.cost, &self.limits) {
            Answer::Exact(items) => self.knapsack.pick(items),
            other => {
                (self.done, self.stopped) = (true, matches!(other, Answer::Gap { .. }));
                return None;
            }
        };
        self.done = pick.changed.is_empty();
        let mut member = 0;
        for (class, status) in self.knapsack.classes.iter().zip(&mut self.statuses) {
            for m in 0..class.members() {
                if pick.changed.contains(&member) {
                    *status = status.with(m, false);
                }
                member += 1;
            }
        }
        Some(pick)
    }
}
