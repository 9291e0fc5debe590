//! The card of least logistic loss.

use rayon::prelude::*;

use super::beam;
use super::pool::Pool;
use super::round::{self, CLOSE, Short};
use super::task::{Card, Task};
use super::tree::{self, Leaf, Open, TIGHT};
use crate::{Answer, Limits, Result};

/// Supports that are rounded before anything is proved: those within this share of the best fit.
const NEAR: f64 = 0.05;
const ROUNDED: usize = 40;
/// Nodes of the walk over rays of each.
const SHORT: u64 = 4_000;
/// Nodes of the tree that are split at once, and nodes of a walk before it is put off.
const BATCH: usize = 32;
const LONG: Short = Short { nodes: 200_000_000, leaves: u64::MAX };

/// What to look for, and when to stop.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search<'a> {
    /// When to stop.
    pub limits: Limits<'a>,
    /// Stop when the bound is within this share of the cost of the best.
    pub gap: f64,
    /// Collect all cards up to so much (of the objective) above the best.
    pub width: f64,
    /// Most cards of the pool.
    pub most: usize,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Cost of the best card; infinite before there is one.
    pub upper: f64,
    /// No card costs less.
    pub lower: f64,
    /// Supports that were bounded.
    pub nodes: u64,
}

/// Cards, the best first.
#[derive(Clone, Debug, PartialEq)]
pub struct Cards {
    /// Different cards, in order of cost; at least one.
    pub cards: Vec<Card>,
    /// Whether these are all cards within the width that was asked for.
    pub complete: bool,
    /// Supports that were bounded.
    pub nodes: u64,
}

/// Why there is no card: none keeps the rules and tells the classes apart. The number of supports
/// that were bounded to see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoCard {
    /// Supports that were bounded.
    pub nodes: u64,
}

/// Finds the card of least mean logistic loss plus costs, `log-odds = slope total + intercept` with
/// the best slope above 0 and the best intercept, and proves it.
///
/// A good card stands after a fraction of a second, whatever the limits; the rest of the time proves
/// it, or finds a better one. Deterministic, whatever the number of threads, unless a clock or a flag ends it.
///
/// # Errors
/// When the parts of the task do not fit together.
pub fn risk(
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

impl Run<'_, '_> {
    fn stop(&self) -> bool {
        // A node is a support, and slow enough to ask the clock each time.
        let limits = self.search.limits;
        let done = limits.nodes.is_some_and(|most| self.nodes >= most);
        done || Limits { nodes: None, ..limits }.reached(0)
    }

    /// The cards that a beam, rounding and exchanges find.
    fn quick(&mut self) {
        // Limits on time and nodes are ones on proofs: the first card always stands.
        let limits = Limits { deadline: None, nodes: None, ..self.search.limits };
        let grown = beam::supports(self.task, &|| limits.reached(0));
        let Some(least) = grown.first().map(|g| g.cost) else { return };
        for grown in grown.iter().take_while(|g| g.cost <= least * (1.0 + NEAR)).take(ROUNDED) {
            if !self.pool.cards.is_empty()
                && (grown.cost >= self.pool.wanted().above() || limits.reached(0))
            {
                break;
            }
            let support = self.task.support(grown.columns.clone());
            let fit = support.fit(&grown.w, grown.intercept, TIGHT);
            let cards = round::cards(&support, &fit, self.pool.best(), SHORT);
            self.pool.take(cards);
        }
        if self.pool.cards.is_empty() {
            // The rules ask for cards that are far from any fit: the smaller ones may do.
            for grown in grown.iter().rev().take(ROUNDED) {
                let support = self.task.support(grown.columns.clone());
                let fit = support.fit(&grown.w, grown.intercept, TIGHT);
                let cards = round::cards(&support, &fit, f64::INFINITY, SHORT);
                self.pool.take(cards);
            }
        }
    }

    fn prove(mut self, watch: &mut dyn FnMut(Progress)) -> Answer<Cards, NoCard> {
        let mut heap = tree::root(self.task);
        // Supports whose walk was cut short.
        let mut undone = f64::INFINITY;
        loop {
            let above = self.pool.wanted().above();
            let lower = heap.peek().map_or(f64::INFINITY, |open| open.bound).min(undone);
            let upper = self.pool.best();
            let proved = lower.min(upper - CLOSE);
            watch(Progress { upper, lower: proved, nodes: self.nodes });
            let near = upper - proved <= self.search.gap * upper.abs() && self.search.gap > 0.0;
            if lower >= above || near && self.search.width == 0.0 || self.stop() {
                return self.answer(lower, above);
            }
            let mut batch: Vec<Open> = Vec::new();
            while batch.len() < BATCH {
                match heap.pop() {
                    Some(open) if open.bound < above => batch.push(open),
                    Some(_) => heap.clear(),
                    None => break,
                }
            }
            if batch.is_empty() {
                return self.answer(undone, above);
            }
            let task = self.task;
            let wanted = self.pool.wanted();
            let limits = Limits { nodes: None, ..self.search.limits };
            let stop = || limits.reached(0);
            let splits: Vec<_> = batch
                .into_par_iter()
                .map(|open| if stop() { Err(open) } else { Ok(open.split(task, above)) })
                .collect();
            let mut leaves: Vec<Leaf<'_>> = Vec::new();
            for split in splits {
                match split {
                    Ok(split) => {
                        self.nodes += 1;
                        heap.extend(split.open);
                        leaves.extend(split.leaves);
                    }
                    Err(open) => heap.push(open),
                }
            }
            let walked: Vec<_> = leaves
                .par_iter()
                .map(|leaf| {
                    (leaf.bound, round::walk(&leaf.support, &leaf.fit, wanted, LONG, &stop))
                })
                .collect();
            for (bound, (cards, whole)) in walked {
                self.pool.take(cards);
                if !whole {
                    undone = undone.min(bound);
                }
            }
        }
    }

    fn answer(mut self, lower: f64, above: f64) -> Answer<Cards, NoCard> {
        let kept = std::mem::take(&mut self.pool.cards);
        self.pool.cards = self.task.reduced(kept, true);
        for card in &mut self.pool.cards {
            let columns = card.points.iter().map(|p| p.0).collect();
            *card = self.task.support(columns).polished(card);
        }
        let upper = self.pool.best();
        let done = lower >= above;
        let (nodes, complete) = (self.nodes, self.pool.complete(done));
        if self.pool.cards.is_empty() {
            return match done || lower.is_infinite() {
                true => Answer::Infeasible(NoCard { nodes }),
                false => Answer::Gap { best: None, lower, upper },
            };
        }
        let cards = Cards { cards: self.pool.cards, complete, nodes };
        match lower >= upper - CLOSE {
            true => Answer::Exact(cards),
            false => Answer::Gap { best: Some(cards), lower, upper },
        }
    }
}
