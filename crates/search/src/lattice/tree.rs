//! Branch and bound over supports.
//!
//! A node holds candidate columns, some of which are used for certain. No card on its candidates has a
//! loss below their best fit, and of the fit's quadratic minorant (module `minorant`) two more things
//! follow at the price of a small inverse: what dropping a column costs at least, `w_j^2 / (M^-1)_jj`,
//! and hence which columns no better card does without. The rest is branched on in order of that price
//! (leaps and bounds: Furnival & Wilson, "Regressions by leaps and bounds", Technometrics, 1974): child
//! `i` keeps the `i - 1` dearest and drops the next one. Nodes wait in order of their bounds, so that
//! the least of those that wait is a bound for the whole search at any time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::minorant::Minorant;
use super::newton::Optimum;
use super::task::{Support, Task};

/// The slack with which fits are made, relative to nothing: losses are about 1.
pub(super) const TIGHT: f64 = 1e-12;

/// A node that waits.
#[derive(Clone, Debug)]
pub(super) struct Open {
    /// No card of the node costs less.
    pub(super) bound: f64,
    /// Increasing.
    candidates: Vec<usize>,
    /// Those of the candidates that are used.
    used: Vec<usize>,
    /// A fit near that of the candidates.
    w: Vec<f64>,
    intercept: f64,
}

/// A support whose cards are to be looked at.
pub(super) struct Leaf<'t> {
    pub(super) bound: f64,
    pub(super) support: Support<'t>,
    pub(super) fit: Optimum,
}

/// What a node came to.
#[derive(Default)]
pub(super) struct Split<'t> {
    pub(super) open: Vec<Open>,
    pub(super) leaves: Vec<Leaf<'t>>,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    /// The least bound comes first out of a heap; of equals the one with fewer candidates.
    fn cmp(&self, other: &Self) -> Ordering {
        let bound = other.bound.total_cmp(&self.bound);
        let size = other.candidates.len().cmp(&self.candidates.len());
        bound.then(size).then_with(|| other.candidates.cmp(&self.candidates))
    }
}

/// All cards of a task.
pub(super) fn root(task: &Task<'_>) -> BinaryHeap<Open> {
    let candidates = task.usable();
    let (w, used) = (vec![0.0; candidates.len()], Vec::new());
    let mut heap = BinaryHeap::new();
    if task.rules.free() || task.rules.possible(&used, &candidates) {
        heap.push(Open { bound: 0.0, candidates, used, w, intercept: 0.0 });
    }
    heap
}

impl Open {
    /// Bounds the node; its children and leaves cost less than `above`.
    pub(super) fn split<'t>(&self, task: &'t Task<'t>, above: f64) -> Split<'t> {
        let mut split = Split::default();
        let support = task.support(self.candidates.clone());
        let fit = support.fit(&self.w, self.intercept, TIGHT);
        let base = fit.loss - fit.slack;
        let cost = task.least_cost(&self.used);
        let bound = self.bound.max(base + cost);
        if bound >= above {
            return split;
        }
        if self.candidates.len() <= task.max_size {
            split.leaves.push(Leaf { bound, support, fit });
            return split;
        }
        let minorant = Minorant::new(&support.cells, &fit, above - base - cost);
        let drops = minorant.drops(&fit);
        self.children(task, &fit, bound, &drops, above, &mut split);
        split
    }

    fn children<'t>(
        &self,
        task: &'t Task<'t>,
        fit: &Optimum,
        bound: f64,
        drops: &[f64],
        above: f64,
        split: &mut Split<'t>,
    ) {
        let priced = self.candidates.iter().copied().zip(drops.iter().copied());
        let mut free: Vec<(usize, f64)> = priced.filter(|(j, _)| !self.used.contains(j)).collect();
        free.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut used = self.used.clone();
        // More columns would be used than a card may have, were none of the dearest dropped.
        let left = task.max_size - used.len();
        for &(j, drop) in free.iter().take(left + 1) {
            let base = fit.loss - fit.slack + task.least_cost(&used);
            let child = bound.max(base + drop);
            if child < above {
                split.open.extend(self.without(task, fit, j, &used, child));
            }
            used.push(j);
            if !task.rules.free() && !task.rules.possible(&used, &self.candidates) {
                return;
            }
        }
    }

    fn without(
        &self,
        task: &Task<'_>,
        fit: &Optimum,
        j: usize,
        used: &[usize],
        bound: f64,
    ) -> Option<Self> {
        // What a rule forbids beside the columns that are used goes too.
        let groups = task.rules.at_most_one.iter();
        let taken: Vec<&Vec<usize>> =
            groups.filter(|g| g.iter().any(|c| used.contains(c))).collect();
        let stays = |c: usize| {
            let full = used.len() == task.max_size || taken.iter().any(|group| group.contains(&c));
            c != j && (used.contains(&c) || !full)
        };
        let pairs = self.candidates.iter().copied().zip(fit.w.iter().copied());
        let (candidates, w): (Vec<usize>, Vec<f64>) = pairs.filter(|p| stays(p.0)).unzip();
        let mut used = used.to_vec();
        used.sort_unstable();
        let possible = task.rules.free() || task.rules.possible(&used, &candidates);
        let intercept = fit.intercept;
        possible.then_some(Self { bound, candidates, used, w, intercept })
    }
}
