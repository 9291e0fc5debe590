//! A part of the choices: what each member may do.

use std::borrow::Cow;

use super::points::{Point, Points};
use super::relax::relax;
use super::sweep::sweep;
use super::{Cost, Knapsack};
use crate::{Answer, Limits};

/// What the members of a class do: some must change, some must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) must: u64,
    pub(super) not: u64,
}

impl Status {
    pub(super) const FREE: Self = Self { must: 0, not: 0 };

    pub(super) fn allows(self, changed: u64) -> bool {
        changed & self.must == self.must && changed & self.not == 0
    }

    /// The same with one more member that changes or does not.
    pub(super) fn with(self, member: usize, changes: bool) -> Self {
        let bit = 1 << member;
        if changes {
            Self { must: self.must | bit, ..self }
        } else {
            Self { not: self.not | bit, ..self }
        }
    }

    /// Whether a member's part is settled.
    pub(super) fn settles(self, member: usize) -> bool {
        (self.must | self.not) >> member & 1 == 1
    }
}

/// Positions of items by class.
pub(super) type Items = Vec<usize>;

/// A knapsack whose members do what the statuses say.
pub(super) struct Task<'k> {
    pub(super) knapsack: &'k Knapsack,
    pub(super) statuses: Vec<Status>,
    pub(super) points: Vec<Points<'k>>,
}

impl<'k> Task<'k> {
    pub(super) fn new(knapsack: &'k Knapsack, statuses: Vec<Status>) -> Self {
        let counted = knapsack.most_changes.is_some();
        let own = knapsack.classes.iter().zip(&knapsack.free).zip(&statuses);
        let points = own.map(|((class, free), &status)| free.under(class, status, counted));
        let points = points.collect();
        Self { knapsack, statuses, points }
    }

    /// The largest sum of gains of items whose largest cost is within a limit, and within the most
    /// changes; minus infinity where a class has no such item.
    pub(super) fn reach(&self, limit: f64) -> f64 {
        match self.knapsack.most_changes {
            None => self.points.iter().map(|points| points.most(limit, false)).sum(),
            Some(most) => self.reach_with_changes(limit, most),
        }
    }

    /// The largest sum of gains by number of changes, class by class.
    fn reach_with_changes(&self, limit: f64, most: usize) -> f64 {
        let mut best = vec![f64::NEG_INFINITY; most + 1];
        best[0] = 0.0;
        for points in &self.points {
            let mut next = vec![f64::NEG_INFINITY; most + 1];
            for point in points.within(limit) {
                for (made, &gain) in best.iter().enumerate() {
                    if let Some(slot) = next.get_mut(made + point.changes as usize) {
                        *slot = slot.max(gain + point.gain);
                    }
                }
            }
            best = next;
        }
        best.into_iter().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The least limit of the largest cost within which the need can be met, where none below
    /// `from` is enough; `None` where no limit is enough.
    pub(super) fn least_max(&self, from: f64) -> Option<f64> {
        let need = self.knapsack.need;
        let enough = |limit: f64| self.reach(limit) >= need;
        if enough(from) {
            return Some(from);
        }
        if !enough(f64::INFINITY) {
            return None;
        }
        let (mut low, mut high) = (from, f64::INFINITY);
        // Of the limits in between, the middle one of the class that has most of them.
        while let Some(middle) = self.middle(low, high) {
            if enough(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    /// A largest cost strictly between two limits, or the upper one if it is not itself a cost.
    fn middle(&self, low: f64, high: f64) -> Option<f64> {
        let mut widest: Option<(usize, f64)> = None;
        for points in &self.points {
            let list = points.all();
            let found = if list.len() == 1 && points.plain {
                list.first().filter(|p| p.cost > low && p.cost < high).map(|p| (1, p.cost))
            } else if points.plain {
                let start = list.partition_point(|p| p.cost <= low);
                let end = list.partition_point(|p| p.cost < high);
                let count = end.saturating_sub(start);
                list.get(start + count / 2).filter(|_| count > 0).map(|p| (count, p.cost))
            } else {
                let mut costs: Vec<f64> =
                    list.iter().map(|p| p.max).filter(|c| *c > low && *c < high).collect();
                costs.sort_by(f64::total_cmp);
                costs.get(costs.len() / 2).map(|cost| (costs.len(), *cost))
            };
            if let Some(found) = found
                && widest.is_none_or(|widest| found.0 > widest.0)
            {
                widest = Some(found);
            }
        }
        widest.map(|(_, cost)| cost)
    }

    /// The points by class within a limit.
    fn lists(&self, limit: f64) -> Vec<Cow<'_, [Point]>> {
        let own = self.points.iter().map(|points| {
            if limit == f64::INFINITY {
                return Cow::Borrowed(points.all());
            }
            if points.plain {
                return Cow::Borrowed(points.head(limit));
            }
            let mut list: Vec<Point> = points.within(limit).copied().collect();
            if self.knapsack.most_changes.is_none() {
                super::points::undominated(&mut list);
            }
            Cow::Owned(list)
        });
        own.collect()
    }

    /// The choice of least cost, and the price of gain at which its relaxation was best.
    pub(super) fn solve(&self, cost: Cost, limits: &Limits) -> Answer<Items, ()> {
        let limit = match cost {
            Cost::Sum if self.reach(f64::INFINITY) < self.knapsack.need => None,
            Cost::Sum => Some(f64::INFINITY),
            Cost::Max => self.least_max(f64::NEG_INFINITY),
        };
        limit.map_or(Answer::Infeasible(()), |limit| self.within(limit, limits, 0.0).0)
    }

    /// The choice of the least sum within a limit of the largest cost, and the price of gain at which
    /// its relaxation was best; `price` is a guess of it.
    pub(super) fn within(
        &self,
        limit: f64,
        limits: &Limits,
        price: f64,
    ) -> (Answer<Items, ()>, f64) {
        let lists = self.lists(limit);
        if lists.iter().any(|list| list.is_empty()) {
            return (Answer::Infeasible(()), price);
        }
        let relaxed = relax(&lists, self.knapsack.need - self.knapsack.slack, price);
        let price = relaxed.price;
        (sweep(self.knapsack, &lists, relaxed, limits), price)
    }
}
