//! The cards that a search keeps.

use super::round::{self, Wanted};
use super::task::Card;

/// The best cards so far, the best first, within what was asked for.
pub(super) struct Pool {
    pub(super) cards: Vec<Card>,
    /// Cards up to so much above the best are kept.
    width: f64,
    most: usize,
    /// Whether there was no room for all of those.
    dropped: bool,
}

impl Pool {
    pub(super) fn new(width: f64, most: usize) -> Self {
        Self { cards: Vec::new(), width, most: most.max(1), dropped: false }
    }

    /// Cost of the best card; infinite before there is one.
    pub(super) fn best(&self) -> f64 {
        self.cards.first().map_or(f64::INFINITY, |card| card.cost)
    }

    pub(super) fn wanted(&self) -> Wanted {
        Wanted { best: self.best(), width: self.width }
    }

    pub(super) fn take(&mut self, cards: Vec<Card>) {
        self.cards.extend(cards);
        round::sort(&mut self.cards);
        if self.width > 0.0 {
            let upto = self.best() + self.width;
            self.cards.retain(|card| card.cost <= upto);
            self.dropped |= self.cards.len() > self.most;
        }
        self.cards.truncate(self.most);
    }

    /// Whether a search that is done has kept every card within the width.
    pub(super) fn complete(&self, done: bool) -> bool {
        done && self.width > 0.0 && !self.dropped
    }
}
