//! Problems over one design that share their passes, whatever solver each of them runs.
//!
//! A solver asks for a pass and waits ([`Problem::shared_pass`](crate::problem::Problem) and its
//! like). A problem by itself is answered at once. One that has a [`Seat`] leaves its question there;
//! when every problem of the group has asked or ended, [`together`] answers all questions of a kind
//! in one sweep over the rows, eight vectors side by side ([`sweep`]), and lets the solvers go on, on
//! as many threads as there are. So what is written for one problem serves many: conjugate gradients,
//! proximal Newton steps and line searches run side by side, and a problem that is done no longer
//! takes part.
//!
//! Nothing that a problem is told depends on who else asks.

mod passes;
mod sweep;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use rayon::prelude::*;

use crate::view::View;
use sweep::Sweep;

/// What is asked of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Scores of every row, from coefficients by raw column.
    Scores,
    /// Sums over rows of residuals times raw columns.
    Sums,
    /// Sums over rows of residuals times the squares of raw columns.
    Squares,
}

/// A question about `k` vectors, which lie side by side: `j * k + c`.
#[derive(Debug)]
pub(crate) struct Ask {
    kind: Kind,
    k: usize,
    values: Vec<f64>,
}

/// What stands at a seat.
#[derive(Debug, Default)]
enum Slot {
    #[default]
    Empty,
    Asked(Vec<Ask>),
    Answered(Vec<Vec<f64>>),
}

/// Where a problem leaves its questions and finds the answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seat(Arc<Mutex<Slot>>);

impl Seat {
    fn swap(&self, new: Slot) -> Slot {
        let mut slot = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        std::mem::replace(&mut *slot, new)
    }

    /// Waits for the answers to questions of one kind, in their order.
    fn ask(&self, asks: Vec<Ask>) -> Asking<'_> {
        Asking { seat: self, asks: Some(asks) }
    }

    /// Takes the questions, if they are of a kind.
    fn take(&self, scores: bool) -> Option<Vec<Ask>> {
        match self.swap(Slot::Empty) {
            Slot::Asked(asks)
                if asks.first().is_some_and(|a| (a.kind == Kind::Scores) == scores) =>
            {
                Some(asks)
            }
            other => {
                self.swap(other);
                None
            }
        }
    }

    /// Whether scores are asked for; `None` if nothing is asked.
    fn wants_scores(&self) -> Option<bool> {
        let slot = self.swap(Slot::Empty);
        let kind = match &slot {
            Slot::Asked(asks) => asks.first().map(|a| a.kind == Kind::Scores),
            _ => None,
        };
        self.swap(slot);
        kind
    }

    fn is_answered(&self) -> bool {
        let slot = self.swap(Slot::Empty);
        let answered = matches!(slot, Slot::Answered(_));
        self.swap(slot);
        answered
    }
}

struct Asking<'s> {
    seat: &'s Seat,
    asks: Option<Vec<Ask>>,
}

impl Future for Asking<'_> {
    type Output = Vec<Vec<f64>>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(asks) = self.asks.take() {
            self.seat.swap(Slot::Asked(asks));
            return Poll::Pending;
        }
        match self.seat.swap(Slot::Empty) {
            Slot::Answered(answers) => Poll::Ready(answers),
            other => {
                self.seat.swap(other);
                Poll::Pending
            }
        }
    }
}

/// A solver at work.
pub(crate) type Work<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

enum State<'f, T> {
    Working(Work<'f, T>),
    Done(T),
}

/// Lets solvers over the rows of a view go on side by side until all are done; each asks at its own
/// seat.
pub(crate) fn together<T: Send>(view: &View, members: Vec<(Seat, Work<'_, T>)>) -> Vec<T> {
    let (seats, mut states): (Vec<Seat>, Vec<State<T>>) =
        members.into_iter().map(|(seat, work)| (seat, State::Working(work))).unzip();
    let sweep = Sweep::new(view);
    let mut first = true;
    loop {
        // Those that have their answers.
        seats.par_iter().zip(&mut states).for_each(|(seat, state)| {
            if let State::Working(work) = state
                && (first || seat.is_answered())
                && let Poll::Ready(done) = work.as_mut().poll(&mut noop())
            {
                *state = State::Done(done);
            }
        });
        first = false;
        let kinds: Vec<bool> = seats.iter().filter_map(Seat::wants_scores).collect();
        if kinds.is_empty() {
            break;
        }
        // The kind that most wait for; the others will have been joined by then.
        let scores = 2 * kinds.iter().filter(|k| **k).count() >= kinds.len();
        let asked: Vec<(&Seat, Vec<Ask>)> =
            seats.iter().filter_map(|seat| Some((seat, seat.take(scores)?))).collect();
        let counts: Vec<usize> = asked.iter().map(|a| a.1.len()).collect();
        let (askers, asks): (Vec<&Seat>, Vec<Vec<Ask>>) = asked.into_iter().unzip();
        let mut answers = sweep.answer(asks.into_iter().flatten().collect()).into_iter();
        for (seat, count) in askers.into_iter().zip(counts) {
            seat.swap(Slot::Answered(answers.by_ref().take(count).collect()));
        }
    }
    states
        .into_iter()
        .filter_map(|state| match state {
            State::Done(done) => Some(done),
            State::Working(_) => None,
        })
        .collect()
}

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// What a solver finds whose problem has no seat, and so never waits.
pub(crate) fn alone<T>(work: impl Future<Output = T>) -> T {
    match std::pin::pin!(work).poll(&mut noop()) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("a problem without a seat waits for nobody"),
    }
}
