//! Losses, penalties, solvers and the one [`LinearModel`] that every learner returns (floor 2).
#![warn(missing_docs)]

mod aliased;
pub mod calibrate;
mod certify;
mod chunks;
pub mod class_stats;
mod collinearity;
pub mod curriculum;
pub mod decide;
pub mod direct;
mod dual;
pub mod ecoc;
pub mod embedding;
mod error;
pub mod folds;
mod gram;
mod halt;
pub mod inference;
mod influence;
mod loss;
pub mod many;
pub mod metrics;
mod model;
mod objective;
mod penalty;
mod plan;
mod problem;
#[cfg(test)]
mod problem_tests;
mod random;
pub mod reduce;
mod ridge;
mod rows;
mod scale;
pub mod scorecard;
mod screening;
mod separation;
mod setup;
mod shared;
mod solve;
pub mod stream;
pub mod surrogate;
mod temperature;
mod terms;
pub mod tune;
mod vector;
pub mod vicinal;
mod view;
mod weights;

pub use certify::certify;
pub use collinearity::{
    Collinearity, Combination, ConditionIndex, GroupInflation, Inflation, MOST_COLLINEAR,
};
pub use error::Error;
pub use halt::StopFlag;
pub use influence::{Change, Influence, Moved, RowDiagnostic, RowDiagnostics, refit_without};
pub use loss::{Loss, Multiclass};
pub use model::{LinearModel, Link};
pub use objective::{Bend, Corners, Objective, ObjectiveAt};
pub use penalty::{Bounds, ColumnRules, Penalty};
pub use plan::{ClassWeight, Fit, Plan};
pub use separation::Separation;
pub use solve::Solver;

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
