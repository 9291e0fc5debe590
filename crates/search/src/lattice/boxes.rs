//! All cards of a support under the 0-1 loss: boxes of points, halved.
//!
//! With the points of each column between two ends, every row's total lies between two ends too, and
//! no threshold calls fewer rows wrongly than when every positive row has its largest total and every
//! negative row its least. A box whose bound is within the budget is halved along the column that moves
//! totals most. Where the two ends are the same, the bound is the loss itself, so that the threshold is
//! never searched for: one pass over the totals finds the best.

use super::errors::{self, Prices, SAME, Step, Threshold};
use super::rays::Visits;
use super::round::Short;
use super::task::Support;

/// Whole totals up to which rows are counted rather than sorted.
const MOST_TOTALS: f64 = 16_384.0;

/// The numbers of a column that a box holds: positions in the list without 0.
type Range = (usize, usize);

pub(super) struct Boxes<'s, F: FnMut(&[i32], f64) -> f64> {
    support: &'s Support<'s>,
    prices: Prices,
    threshold: Threshold,
    /// By column, increasing, without 0.
    values: Vec<Vec<i32>>,
    /// Weights and totals from which boxes are of no use: a sum of prices.
    budget: f64,
    short: Short,
    stop: &'s dyn Fn() -> bool,
    pub(super) visits: Visits,
    leaf: F,
    sweep: Sweep,
}

impl<'s, F: FnMut(&[i32], f64) -> f64> Boxes<'s, F> {
    /// Calls `leaf` with points, none of them 0, and the price of their wrong calls, for every card
    /// that costs less than the budget; it answers with the new budget.
    pub(super) fn walk(
        support: &'s Support<'s>,
        budget: f64,
        short: Short,
        stop: &'s dyn Fn() -> bool,
        leaf: F,
    ) -> Visits {
        let task = support.task;
        let one = |j: &usize| -> Vec<i32> {
            task.choices[*j].values().iter().copied().filter(|v| *v != 0).collect()
        };
        let values: Vec<Vec<i32>> = support.columns.iter().map(one).collect();
        let ranges: Vec<Range> = values.iter().map(|v| (0, v.len())).collect();
        let n = support.cells.len();
        let (low, high) = (vec![0.0; n], vec![0.0; n]);
        let mut own = Boxes {
            support,
            prices: task.prices,
            threshold: task.threshold,
            values,
            budget,
            short,
            stop,
            visits: Visits::default(),
            leaf,
            sweep: Sweep { whole: support.whole, ..Sweep::default() },
        };
        if ranges.iter().all(|r| r.1 > 0) {
            let (mut low, mut high) = (low, high);
            for at in 0..ranges.len() {
                own.shift(at, None, Some(ranges[at]), &mut low, &mut high);
            }
            own.down(&ranges, &low, &high);
        }
        own.visits
    }

    fn down(&mut self, ranges: &[Range], low: &[f64], high: &[f64]) {
        let Some(at) = self.widest(ranges) else {
            let points: Vec<i32> = self.values.iter().zip(ranges).map(|(v, r)| v[r.0]).collect();
            self.visits.leaves += 1;
            let price = self.bound(low, high);
            if price < self.budget {
                self.budget = (self.leaf)(&points, price).min(self.budget);
            }
            return;
        };
        let range = ranges[at];
        let middle = range.0 + (range.1 - range.0) / 2;
        let mut halves = Vec::with_capacity(2);
        for half in [(range.0, middle), (middle, range.1)] {
            let (mut l, mut h) = (low.to_vec(), high.to_vec());
            self.shift(at, Some(range), Some(half), &mut l, &mut h);
            self.visits.nodes += 1;
            let bound = self.bound(&l, &h);
            if bound < self.budget {
                halves.push((bound, half, l, h));
            }
        }
        halves.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (bound, half, l, h) in halves {
            if self.ended() {
                return;
            }
            if bound < self.budget {
                let mut next = ranges.to_vec();
                next[at] = half;
                self.down(&next, &l, &h);
            }
        }
    }

    fn ended(&mut self) -> bool {
        let asked = self.visits.nodes.is_multiple_of(512);
        self.visits.stopped |= self.visits.nodes > self.short.nodes
            || self.visits.leaves > self.short.leaves
            || asked && (self.stop)();
        self.visits.stopped
    }

    /// The column whose points move totals most; `None` where all are set.
    fn widest(&self, ranges: &[Range]) -> Option<usize> {
        let moves = |at: usize| {
            let (values, range) = (&self.values[at], ranges[at]);
            f64::from(values[range.1 - 1] - values[range.0]) * self.support.span[at]
        };
        let open = (0..ranges.len()).filter(|&at| ranges[at].1 - ranges[at].0 > 1);
        open.max_by(|&a, &b| moves(a).total_cmp(&moves(b)).then(b.cmp(&a)))
    }

    /// Moves the ends of totals from one range of a column to another.
    fn shift(
        &self,
        at: usize,
        from: Option<Range>,
        to: Option<Range>,
        low: &mut [f64],
        high: &mut [f64],
    ) {
        let ends = |range: Option<Range>| {
            range.map_or((0.0, 0.0), |r| {
                let values = &self.values[at];
                (f64::from(values[r.0]), f64::from(values[r.1 - 1]))
            })
        };
        let (old, new) = (ends(from), ends(to));
        let (down, up) = (new.0 - old.0, new.1 - old.1);
        for ((x, l), h) in self.support.cells.x[at].iter().zip(low).zip(high) {
            if *x >= 0.0 {
                *l += down * x;
                *h += up * x;
            } else {
                *l += up * x;
                *h += down * x;
            }
        }
    }

    /// The least price of wrong calls.
    fn bound(&mut self, low: &[f64], high: &[f64]) -> f64 {
        let cells = &self.support.cells;
        let caps = self.support.task.rules.caps;
        self.sweep.fill(low, high, &cells.class, &cells.weight);
        let Sweep { steps, sums, open, .. } = &self.sweep;
        // Ends of open boxes have given way to rounding already.
        let same = if *open { 0.0 } else { SAME };
        let cut = errors::least(steps, *sums, self.prices, caps, self.threshold, same);
        cut.map_or(f64::INFINITY, |cut| cut.price)
    }
}

/// Weights by total.
#[derive(Default)]
struct Sweep {
    whole: bool,
    steps: Vec<Step>,
    counts: Vec<[f64; 2]>,
    sums: [f64; 2],
    /// Whether a row's ends differ.
    open: bool,
}

impl Sweep {
    fn fill(&mut self, low: &[f64], high: &[f64], class: &[f64], weight: &[f64]) {
        self.steps.clear();
        self.sums = [0.0; 2];
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for ((l, h), c) in low.iter().zip(high).zip(class) {
            let key = if *c > 0.0 { *h } else { *l };
            (least, most) = (least.min(key), most.max(key));
        }
        self.open = low.iter().zip(high).any(|(l, h)| h > l);
        if self.whole && most - least <= MOST_TOTALS {
            self.counts.clear();
            self.counts.resize((most - least) as usize + 1, [0.0; 2]);
            for (((l, h), c), w) in low.iter().zip(high).zip(class).zip(weight) {
                let side = usize::from(*c > 0.0);
                let key = if side == 1 { *h } else { *l };
                self.counts[(key - least) as usize][side] += w;
                self.sums[side] += w;
            }
            let steps = self.counts.iter().enumerate().filter(|(_, c)| c[0] + c[1] > 0.0);
            self.steps.extend(steps.map(|(at, c)| (least + at as f64, c[0], c[1])));
            return;
        }
        // Rounding: positive rows a little higher, negative ones a little lower.
        let slack = if self.open { 2.0 * SAME * least.abs().max(most.abs()) } else { 0.0 };
        for (((l, h), c), w) in low.iter().zip(high).zip(class).zip(weight) {
            let side = usize::from(*c > 0.0);
            self.sums[side] += w;
            self.steps.push(match side {
                1 => (*h + slack, 0.0, *w),
                _ => (*l - slack, *w, 0.0),
            });
        }
        self.steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
}
