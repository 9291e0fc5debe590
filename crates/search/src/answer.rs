//! What a search answers, and what ends it early.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The answer of a search for the least cost. `R` says why nothing is feasible.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<T, R> {
    /// The optimum, proved.
    Exact(T),
    /// The search ended early: the optimum lies between the bounds.
    Gap {
        /// The best that was found, if anything was.
        best: Option<T>,
        /// No answer costs less.
        lower: f64,
        /// The cost of the best; infinite if nothing was found.
        upper: f64,
    },
    /// Nothing is feasible, proved.
    Infeasible(R),
}

impl<T, R> Answer<T, R> {
    /// The optimum; `None` if it is not proved.
    pub fn exact(self) -> Option<T> {
        match self {
            Self::Exact(found) => Some(found),
            _ => None,
        }
    }

    /// The best that was found, whether or not it is proved to be the optimum.
    pub fn best(self) -> Option<T> {
        match self {
            Self::Exact(found) => Some(found),
            Self::Gap { best, .. } => best,
            Self::Infeasible(_) => None,
        }
    }
}

/// When a search ends early; by default never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits<'a> {
    /// The time to stop.
    pub deadline: Option<Instant>,
    /// Most nodes to visit.
    pub nodes: Option<u64>,
    /// Stops the search when it becomes true.
    pub cancel: Option<&'a AtomicBool>,
}

impl Limits<'_> {
    /// Whether a search that has visited so many nodes is to stop. The clock is read at every
    /// 256th.
    pub(crate) fn reached(&self, nodes: u64) -> bool {
        self.nodes.is_some_and(|most| nodes >= most)
            || self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed))
            || nodes.is_multiple_of(256) && self.deadline.is_some_and(|end| Instant::now() >= end)
    }
}
