//! The card of least 0-1 loss: SLIM.
//!
//! Ustun & Rudin, "Supersparse linear integer models for optimized medical scoring systems" (Machine
//! Learning, 2016): the weighted share of wrong calls plus a cost for every column that is used. Here
//! sizes are searched from the least: a size whose columns cost too much beside the errors that nobody
//! avoids ends the search, and every support is bounded by the rows that agree on all of its columns
//! before its boxes of points are ([`Boxes`]). The threshold is never searched for.

use rayon::prelude::*;

use super::beam;
use super::boxes::Boxes;
use super::errors;
use super::pool::Pool;
use super::risk::{Cards, NoCard, Progress, Search};
use super::round::{self, CLOSE, Short};
use super::scale::Totals;
use super::task::{Card, Support, Task, divisor};
use super::tree::TIGHT;
use crate::{Answer, Limits, Result};

/// Supports that are rounded before anything is proved.
const ROUNDED: usize = 60;
/// Supports searched at once.
const BATCH: usize = 512;
const LONG: Short = Short { nodes: u64::MAX, leaves: u64::MAX };

/// Finds the card of least mean price of wrong calls plus costs, and proves it.
///
/// Deterministic, whatever the number of threads, unless a clock or a flag ends it.
///
/// # Errors
/// When the parts of the task do not fit together.
pub fn slim(
    task: &Task<'_>,
    search: &Search<'_>,
    watch: &mut dyn FnMut(Progress),
) -> Result<Answer<Cards, NoCard>> {
    task.check()?;
    let mut run = Run { task, search, pool: Pool::new(search.width, search.most), nodes: 0 };
    run.quick();
    watch(Progress { upper: run.pool.best(), lower: 0.0, nodes: 0 });
    Ok(run.prove(watch))
}

struct Run<'t, 's> {
    task: &'t Task<'t>,
    search: &'s Search<'s>,
    pool: Pool,
    nodes: u64,
}

impl Support<'_> {
    /// The card of points by position under the 0-1 loss; `None` where a rule forbids it.
    pub(super) fn call_card(&self, values: &[i32]) -> Option<Card> {
        let task = self.task;
        let used = |p: &(usize, i32)| p.1 != 0;
        let pairs = self.columns.iter().copied().zip(values.iter().copied());
        let points: Vec<(usize, i32)> = pairs.filter(used).collect();
        if !task.allows(&points) {
            return None;
        }
        let totals = Totals::new(&self.cells, values, &self.span, self.whole);
        let (steps, sums) = errors::steps(&totals);
        let caps = task.rules.caps;
        let cut = errors::least(&steps, sums, task.prices, caps, task.threshold, errors::SAME)?;
        let loss = cut.price / task.table.total;
        let cost = loss + task.cost_of(&points);
        Some(Card { points, slope: 1.0, intercept: cut.intercept, loss, cost })
    }
}

impl Run<'_, '_> {
    /// Cards from the supports and roundings of the logistic loss, exchanged under the 0-1 loss.
    fn quick(&mut self) {
        // Limits on time and nodes are ones on proofs: the first card always stands.
        let limits = Limits { deadline: None, nodes: None, ..self.search.limits };
        let stop = || limits.reached(0);
        self.pool.take(self.task.support(Vec::new()).call_card(&[]).into_iter().collect());
        let mut grown = beam::supports(self.task, &stop);
        // A few of every size, since a column less may be worth an error more.
        let mut taken = vec![0; self.task.max_size + 1];
        let per_size = ROUNDED / self.task.max_size.max(1) + 1;
        grown.retain(|g| {
            taken[g.columns.len()] += 1;
            taken[g.columns.len()] <= per_size
        });
        for grown in grown {
            if stop() {
                return;
            }
            let support = self.task.support(grown.columns.clone());
            let fit = support.fit(&grown.w, grown.intercept, TIGHT);
            let evaluate = |values: &[i32], _| support.call_card(values);
            self.pool.take(round::rounded(&support, &fit, &evaluate));
        }
    }

    fn prove(mut self, watch: &mut dyn FnMut(Progress)) -> Answer<Cards, NoCard> {
        let usable = self.task.usable();
        let mut costs: Vec<f64> =
            usable.iter().map(|&j| self.task.choices[j].least_cost()).collect();
        costs.sort_by(f64::total_cmp);
        let prices = self.task.prices;
        let floor = self.task.table.floor() * prices.false_positive.min(prices.false_negative);
        let floor = floor / self.task.table.total;
        let mut lower = floor;
        for size in 1..=self.task.max_size.min(usable.len()) {
            lower = floor + costs.iter().take(size).sum::<f64>();
            if lower >= self.pool.wanted().above() {
                break;
            }
            let mut combinations = Combinations::new(usable.len(), size);
            loop {
                let (best, above) = (self.pool.best(), self.pool.wanted().above());
                watch(Progress { upper: best, lower: lower.min(best - CLOSE), nodes: self.nodes });
                let near = best - lower <= self.search.gap * best.abs() && self.search.gap > 0.0;
                let stop = Limits { nodes: None, ..self.search.limits }.reached(0);
                let left = self.search.limits.nodes.map(|most| most.saturating_sub(self.nodes));
                let left = left.map_or(BATCH, |left| BATCH.min(left as usize));
                if stop || left == 0 || near && self.search.width == 0.0 {
                    return self.answer(lower, false);
                }
                let batch = combinations.batch(&usable, left);
                if batch.is_empty() {
                    break;
                }
                if !self.search_all(&batch, above) {
                    return self.answer(lower, false);
                }
            }
        }
        let above = self.pool.wanted().above();
        self.answer(lower.max(above), true)
    }

    /// Searches supports; false where the clock or a flag ended it.
    fn search_all(&mut self, batch: &[Vec<usize>], above: f64) -> bool {
        let (task, width) = (self.task, self.search.width);
        let limits = Limits { nodes: None, ..self.search.limits };
        let stop = || limits.reached(0);
        let found: Vec<(Vec<Card>, bool)> = batch
            .par_iter()
            .map(|columns| {
                let possible = task.rules.free() || task.rules.allow(columns);
                if !possible {
                    return (Vec::new(), true);
                }
                search_one(task, columns, above, width, &stop)
            })
            .collect();
        let mut whole = true;
        for (cards, done) in found {
            whole &= done;
            self.nodes += 1;
            self.pool.take(cards);
        }
        whole
    }

    fn answer(mut self, lower: f64, done: bool) -> Answer<Cards, NoCard> {
        let kept = std::mem::take(&mut self.pool.cards);
        self.pool.cards = self.task.reduced(kept, false);
        let (nodes, upper) = (self.nodes, self.pool.best());
        let complete = self.pool.complete(done);
        if self.pool.cards.is_empty() {
            return match done {
                true => Answer::Infeasible(NoCard { nodes }),
                false => Answer::Gap { best: None, lower, upper },
            };
        }
        let cards = Cards { cards: self.pool.cards, complete, nodes };
        match done || lower >= upper - CLOSE {
            true => Answer::Exact(cards),
            false => Answer::Gap { best: Some(cards), lower, upper },
        }
    }
}

/// Cards that use every column of a support and cost less than `above`.
fn search_one(
    task: &Task<'_>,
    columns: &[usize],
    above: f64,
    width: f64,
    stop: &dyn Fn() -> bool,
) -> (Vec<Card>, bool) {
    let support = task.support(columns.to_vec());
    let total = task.table.total;
    let budget = |above: f64| (above - task.least_cost(columns)) * total;
    let least = task.prices.false_positive.min(task.prices.false_negative);
    if support.cells.floor() * least >= budget(above) {
        return (Vec::new(), true);
    }
    let skip = task.threshold == errors::Threshold::Any && task.divisible();
    let mut found = Vec::new();
    let mut above = above;
    let visits = Boxes::walk(&support, budget(above), LONG, stop, |points, _| {
        let card = match skip && divisor(points.iter().copied()) > 1 {
            true => None,
            false => support.call_card(points).filter(|card| card.cost < above),
        };
        if let Some(card) = card {
            if width == 0.0 {
                above = above.min(card.cost - CLOSE);
            }
            found.push(card);
        }
        budget(above)
    });
    (found, !visits.stopped)
}

/// The subsets of a size, in lexicographic order.
struct Combinations {
    at: Vec<usize>,
    n: usize,
    done: bool,
}

impl Combinations {
    fn new(n: usize, size: usize) -> Self {
        Self { at: (0..size).collect(), n, done: size > n }
    }

    fn batch(&mut self, of: &[usize], most: usize) -> Vec<Vec<usize>> {
        let mut batch = Vec::new();
        while batch.len() < most && !self.done {
            batch.push(self.at.iter().map(|&i| of[i]).collect());
            self.next();
        }
        batch
    }

    fn next(&mut self) {
        let size = self.at.len();
        match (0..size).rev().find(|&i| self.at[i] < self.n - size + i) {
            Some(i) => {
                self.at[i] += 1;
                for later in i + 1..size {
                    self.at[later] = self.at[later - 1] + 1;
                }
            }
            None => self.done = true,
        }
    }
}
