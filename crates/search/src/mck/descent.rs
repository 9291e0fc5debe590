//! Depth first over the points that the relaxation leaves, in order of what they cost more than the
//! cheapest of their class at its price.

use std::borrow::Cow;

use super::Knapsack;
use super::points::Point;
use super::relax::Relaxed;
use crate::Limits;

/// Nodes after which the search is given up.
const MOST: u64 = 20_000;

/// A point that is left.
#[derive(Clone, Copy, Debug)]
struct Left {
    gain: f64,
    cost: f64,
    /// What it costs more than the cheapest of its class at the price.
    more: f64,
    changes: u32,
    at: u32,
}

/// A class of several points.
struct Level {
    class: usize,
    /// Its points are `left[first..end]`.
    first: usize,
    end: usize,
    /// The largest gain of the levels after this one.
    most_after: f64,
}

/// A search of one knapsack.
pub(super) struct Descent<'l> {
    limits: &'l Limits<'l>,
    left: Vec<Left>,
    levels: Vec<Level>,
    /// Positions of points by class.
    at: Vec<usize>,
    need: f64,
    most_changes: usize,
    lower: f64,
    upper: f64,
    /// Rounding that a comparison of costs allows for.
    slack: f64,
    taken: Vec<u32>,
    found: Option<Vec<usize>>,
    nodes: u64,
    stopped: bool,
    start: (f64, f64, u32),
}

impl<'l> Descent<'l> {
    /// A search for a choice cheaper than `upper`, of the `kept` points of each class.
    pub(super) fn new<'k>(
        knapsack: &Knapsack,
        lists: &[Cow<[Point]>],
        kept: impl Iterator<Item = &'k [u32]>,
        relaxed: &Relaxed,
        upper: f64,
        limits: &'l Limits,
    ) -> Self {
        let price = relaxed.price;
        let mut left = Vec::new();
        let mut levels: Vec<Level> = Vec::new();
        let mut at = vec![0; lists.len()];
        let (mut gain, mut cost, mut changes) = (0.0, 0.0, 0);
        for (class, ((kept, list), net)) in kept.zip(lists).zip(&relaxed.nets).enumerate() {
            let first = left.len();
            for &at in kept {
                if let Some(p) = list.get(at as usize) {
                    let more = p.cost - price * p.gain - net;
                    left.push(Left { gain: p.gain, cost: p.cost, more, changes: p.changes, at });
                }
            }
            match left.get(first..) {
                Some([only]) => {
                    (gain, cost, changes) =
                        (gain + only.gain, cost + only.cost, changes + only.changes);
                    at[class] = only.at as usize;
                    left.truncate(first);
                }
                _ => levels.push(Level { class, first, end: left.len(), most_after: 0.0 }),
            }
        }
        // The class of the most points comes last, where one look settles it.
        levels.sort_by_key(|level| level.end - level.first);
        let mut most = 0.0;
        for (turn, level) in levels.iter_mut().rev().enumerate() {
            level.most_after = most;
            let own = &mut left[level.first..level.end];
            most += own.iter().map(|p| p.gain).fold(f64::NEG_INFINITY, f64::max);
            if turn > 0 {
                own.sort_by(|a, b| a.more.total_cmp(&b.more));
            }
        }
        let slack = 1e-12 * (upper.abs() + relaxed.lower.abs());
        Self {
            limits,
            need: knapsack.need - knapsack.slack,
            most_changes: knapsack.most_changes.unwrap_or(usize::MAX),
            taken: vec![0; levels.len()],
            start: (gain, cost, changes),
            lower: relaxed.lower,
            found: None,
            nodes: 0,
            stopped: false,
            left,
            levels,
            at,
            upper,
            slack,
        }
    }

    /// Whether the search came to its end.
    pub(super) fn run(&mut self) -> bool {
        let (gain, cost, changes) = self.start;
        self.descend(0, gain, cost, 0.0, changes);
        self.nodes < MOST && !self.stopped
    }

    /// Whether a limit ended the search.
    pub(super) fn stopped(&self) -> bool {
        self.stopped
    }

    pub(super) fn nodes(&self) -> u64 {
        self.nodes
    }

    /// Positions of the points of the cheapest choice found, by class.
    pub(super) fn found(&self) -> Option<Vec<usize>> {
        self.found.clone()
    }

    fn descend(&mut self, depth: usize, gain: f64, cost: f64, more: f64, changes: u32) {
        self.nodes += 1;
        self.stopped |= self.limits.reached(self.nodes);
        let Some(&Level { first, end, most_after, .. }) = self.levels.get(depth) else {
            return self.keep(gain, cost, changes);
        };
        if depth + 1 == self.levels.len() {
            return self.last(first..end, gain, cost, changes);
        }
        for i in first..end {
            let Some(&p) = self.left.get(i) else { return };
            if self.nodes >= MOST
                || self.stopped
                || self.lower + more + p.more > self.upper + self.slack
            {
                return;
            }
            let gained = gain + p.gain;
            if gained + most_after >= self.need {
                if let Some(taken) = self.taken.get_mut(depth) {
                    *taken = p.at;
                }
                self.descend(depth + 1, gained, cost + p.cost, more + p.more, changes + p.changes);
            }
        }
    }

    /// The last class takes its cheapest point that is enough: points come in order of cost.
    fn last(&mut self, own: std::ops::Range<usize>, gain: f64, cost: f64, changes: u32) {
        let most = self.most_changes;
        let enough =
            |p: &&Left| gain + p.gain >= self.need && (changes + p.changes) as usize <= most;
        let Some(&p) = self.left.get(own).and_then(|own| own.iter().find(enough)) else { return };
        if let Some(taken) = self.taken.last_mut() {
            *taken = p.at;
        }
        self.keep(gain + p.gain, cost + p.cost, changes + p.changes);
    }

    fn keep(&mut self, gain: f64, cost: f64, changes: u32) {
        if gain < self.need || cost >= self.upper || changes as usize > self.most_changes {
            return;
        }
        self.upper = cost;
        for (level, taken) in self.levels.iter().zip(&self.taken) {
            if let Some(at) = self.at.get_mut(level.class) {
                *at = *taken as usize;
            }
        }
        self.found = Some(self.at.clone());
    }
}
