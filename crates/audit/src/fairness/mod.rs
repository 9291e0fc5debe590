//! Is the model fair to groups of people, and what does it cost to make it so?
//!
//! - [`group_metrics`]: shares by group with exact intervals, gaps, calibration within groups.
//! - [`figure_by_group`]: any number a person (cost of recourse, ambiguity) by group.
//! - [`bias`]: a rule after the model that turns just enough calls for demographic parity, equal
//!   opportunity or equalised odds, at the least loss of accuracy.

pub mod bias;
mod figures;
mod gap;
mod groups;
mod interval;
mod outcomes;

pub(crate) use outcomes::{check_level, check_weights};

pub use figures::{FigureTable, GroupFigure, Statistic, figure_by_group};
pub use gap::Gap;
pub use groups::{
    Among, GroupCalibration, GroupMetrics, GroupOptions, GroupReport, SmallGroup, group_metrics,
};
pub use interval::{Rate, clopper_pearson, newcombe};
pub use outcomes::Outcomes;
