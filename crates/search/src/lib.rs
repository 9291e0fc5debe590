//! Exact combinatorial search: the problems behind recourse, multiplicity and scorecards (floor 1).
//!
//! Every search answers with an [`Answer`]: the optimum, a best find with a proved bound, or why
//! nothing is feasible. What takes long takes [`Limits`] (a deadline, a number of nodes, a flag that
//! cancels) and says in the answer how far it came. Searches are deterministic; those that a
//! deadline or a flag ends are excepted.
//!
//! - [`codes`]: linear codes, counted and classified, and words for the classes of a classifier.
//! - [`halfspace`]: whether a direction has all points on one side, with weights that prove it has not.
//! - [`lattice`]: cards of small whole numbers, of least logistic or 0-1 loss.
//! - [`mck`]: one choice from each of several classes, enough gain at the least cost.
//! - [`milp`]: mixed-integer linear programs, through the solvers of others, checked.
//! - [`zero_one`]: linear classifiers of least 0-1 loss, and what those near the least do.
#![warn(missing_docs)]

mod answer;
pub mod codes;
pub mod halfspace;
pub mod lattice;
pub mod mck;
pub mod milp;
mod simplex;
pub mod zero_one;

pub use answer::{Answer, Limits};

/// Why a problem was refused. Displays as one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number is NaN or infinite.
    #[error("{what} is {value}, expected a finite number")]
    NotFinite {
        /// Which number.
        what: String,
        /// The number.
        value: String,
    },
    /// A part of the problem is empty or does not exist.
    #[error("{0}")]
    Shape(String),
    /// A solver of others failed.
    #[error("{0}")]
    Solver(String),
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
