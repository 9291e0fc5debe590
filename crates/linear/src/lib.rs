//! Losses, penalties, solvers and the one [`LinearModel`] that every learner returns (floor 2).
#![warn(missing_docs)]

mod aliased;
pub mod calibrate;
mod certify;
mod chunks;
pub mod class_stats;
pub mod direct;
mod dual;
mod error;
pub mod folds;
mod gram;
pub mod inference;
mod influence;
mod loss;
pub mod metrics;
mod model;
mod objective;
mod penalty;
mod plan;
mod problem;
#[cfg(test)]
mod problem_tests;
mod ridge;
mod rows;
mod scale;
mod screening;
mod separation;
mod setup;
mod solve;
pub mod stream;
mod temperature;
mod terms;
pub mod tune;
mod vector;
mod view;
mod weights;

pub use certify::certify;
pub use error::Error;
pub use influence::Influence;
pub use loss::{Loss, Multiclass};
pub use model::{LinearModel, Link};
pub use objective::{Bend, Corners, Objective, ObjectiveAt};
pub use penalty::{Bounds, ColumnRules, Penalty};
pub use plan::{ClassWeight, Fit, Plan};
pub use separation::Separation;
pub use solve::Solver;

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
