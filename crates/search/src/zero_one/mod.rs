//! Linear classifiers of least 0-1 loss, proved: the sides that hyperplanes give to distinct weighted
//! points.
//!
//! Rows are joined into distinct [`Points`]. A [`Hyperplanes`] family is all coefficient vectors with
//! `|w_j| <= bound` that leave no point with a score within `margin` of 0; a [`Cell`] is what one of
//! them does: a side for every point. A [`Task`] asks for the cell of least cost, the cost being any sum
//! over points of a price for its side, within a budget of errors: the least errors of all, the least
//! with one person's call forced over, the most calls that differ from given ones.
//!
//! [`Space::best`] is a branch and cut. Sides are 0-1 variables, and what a hyperplane cannot do is
//! learnt as it is met: *conflicts*, small sets of points with sides that contradict each other, each
//! with a proof by Farkas' lemma that is checked before it is used (module `conflicts`). They cut off
//! the relaxed sides (Codato & Fischetti, "Combinatorial Benders' cuts", 2006; Pfetsch, "Branch-and-cut
//! for the maximum feasible subsystem problem", SIAM Journal on Optimization, 2008), and are kept from
//! one task to the next, since they belong to the points alone. The hyperplane of an answer is the one
//! of largest margin for its sides, and its sides are taken again by plain sums.
//!
//! [`Space::cells`] lists all cells within a budget of errors. Both are exponential in the worst case;
//! what counts is the number of distinct points near the boundary, not of rows.
//!
//! ```
//! use linecall_search::zero_one::{Hyperplanes, Points, Space, Task};
//! use linecall_search::Limits;
//!
//! // Exclusive or, with an intercept: one of the four points must be wrong.
//! let rows = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(|x| vec![x[0], x[1], 1.0]);
//! let (points, _) = Points::of_rows(&rows, &[false, true, true, false], None)?;
//! let mut space = Space::new(&points, Hyperplanes::default())?;
//! let best = space.best(&Task::least_errors(&points), &Limits::default()).exact().unwrap();
//! assert_eq!(best.errors, 1.0);
//! # Ok::<(), linecall_search::Error>(())
//! ```

mod branch;
mod cells;
mod conflicts;
mod points;
mod program;
mod realise;
mod task;

pub use branch::Space;
pub use cells::Cells;
pub use points::Points;
pub use task::{Cell, Hyperplanes, Task, Unreachable};
