//! Fewer columns than the design has: directions that carry most of it, and models folded back.
//!
//! A learner on `k` directions `V` (columns by `k`) of a design is still linear in the design's own
//! columns: its scores are `(x V) w + b = x (V w) + b`. [`Svd::project`] makes the design of `k`
//! columns, [`Svd::fold`] the [`LinearModel`](crate::LinearModel) of all columns, so that whatever
//! is asked of a linear model (explanations, exports, audits) can be asked of it in the user's words.
//!
//! ```
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::reduce::SvdPlan;
//! use linecall_linear::{Loss, Penalty, Plan};
//!
//! let rows = [[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [0.0, 0.0, 1.0]];
//! let x = Design::from_rows(&rows.map(Vec::from), &["ball", "goal", "vote"])?;
//! let svd = SvdPlan { rank: 2, ..SvdPlan::default() }.fit(&x)?;
//! let topics = svd.project(&x)?;
//! let data = Dataset::new(topics.clone(), Labels::from_names(["s", "s", "p", "p"]))?;
//! let model = Plan::new(Loss::Logistic, Penalty::l2(0.1)).fit(&data)?.model;
//! let folded = svd.fold(&model)?;
//! for (own, other) in folded.scores(&x)?.iter().zip(model.scores(&topics)?) {
//!     assert!((own - other).abs() < 1e-12);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod svd;

pub use svd::{Svd, SvdPlan};
