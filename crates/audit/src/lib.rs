//! Questions asked of a [`LinearModel`](linecall_linear::LinearModel), whoever trained it (floor 3).
//!
//! Every audit takes a model and a [`Design`](linecall_data::Design), and answers with a value that
//! can be checked: an optimum with its proof, a bound with its gap, or why there is no answer.
#![warn(missing_docs)]

pub mod angle;
mod error;
pub mod explain;
pub mod fairness;
pub mod forget;
mod inputs;
pub mod multiplicity;
pub mod novelty;
pub mod recourse;
pub mod separability;

pub use error::Error;
pub use inputs::{Bins, Coding, Input, Inputs, State, Value};

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
