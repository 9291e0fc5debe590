//! Exact combinatorial search: the problems behind recourse, multiplicity and scorecards (floor 1).
//!
//! Every search answers with an [`Answer`]: the optimum, a best find with a proved bound, or why
//! nothing is feasible. What takes long takes [`Limits`] (a deadline, a number of nodes, a flag that
//! cancels) and says in the answer how far it came. Searches are deterministic; those that a
//! deadline or a flag ends are excepted.
//!
//! - [`mck`]: one choice from each of several classes, enough gain at the least cost.
#![warn(missing_docs)]

mod answer;
pub mod mck;

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
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
