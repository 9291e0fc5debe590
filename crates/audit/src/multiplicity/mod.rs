//! Multiplicity: would an equally good model have said otherwise?
//!
//! Two notions of *equally good*, each answered exactly:
//!
//! - **Convex losses** ([`NearOptimal`]): all models whose penalised training objective is at most
//!   `1 + epsilon` times the optimum. The smallest and the largest score of each person over that set is
//!   a convex problem; every end comes with a model that reaches it and a bound that none exceeds
//!   (module `extreme` states the certificate). Whoever's range holds scores of both calls is
//!   *ambiguous*; the most calls that one model flips, the *discrepancy*, is a bracket with its witness.
//!   Cost: some four passes over the training rows for each end (30,000 rows of 30 columns: about a
//!   minute on two cores); under the hinge some fifty steps of an interior point, half a second there.
//! - **0-1 loss** ([`ZeroOne`]; Marx, Calmon & Ustun 2020): all linear classifiers with at most
//!   `R(h0) + floor(epsilon n)` errors, searched exactly over distinct rows. Seconds for some hundred
//!   distinct rows, exponential in the worst case.
//!
//! [`pool`] fits many models and looks, for contrast; [`ambiguity_by_group`] says who carries the
//! arbitrariness. Sets are about the training objective: they say nothing of other columns, other
//! penalties or sampling of the rows, and calibrations are not fitted again.
//!
//! ```
//! use linecall_audit::multiplicity::{Flips, NearOptimal, RangeOptions};
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::{Loss, Penalty, Plan};
//!
//! let x: Vec<Vec<f64>> = (0..20).map(|i| vec![f64::from(i)]).collect();
//! let y = (0..20).map(|i| if i % 7 + i > 12 { "yes" } else { "no" });
//! let data = Dataset::new(Design::from_rows(&x, &["dose"])?, Labels::from_names(y))?;
//! let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
//! let model = plan.fit(&data)?.model;
//! let set = NearOptimal::new(&plan, &data, &model, &RangeOptions::default())?;
//! let ranges = set.ranges(&data.design)?;
//! assert_eq!(ranges.people[0].flips, Flips::No);
//! assert!(ranges.people[0].high.reached <= ranges.people[0].high.bound);
//! let most = set.discrepancy(&data.design, &ranges)?;
//! assert!(most.share.upper <= ranges.ambiguity().upper);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod discrepancy;
mod extreme;
mod groups;
mod hinge;
mod interior;
mod near_optimal;
mod pool;
mod ranges;
mod zero_one;

pub use discrepancy::Discrepancy;
pub use groups::{GroupAmbiguity, SMALL_GROUP, ambiguity_by_group};
pub use linecall_search::zero_one::Hyperplanes;
pub use near_optimal::{NearOptimal, RangeOptions};
pub use pool::{PoolFinding, PoolOptions, pool, pool_finding};
pub use ranges::{Bracket, End, Flips, PersonRange, PersonWitness, ScoreRanges};
pub use zero_one::{ExactModel, FlipCost, Sample, ZeroOne, ZeroOneAmbiguity, ZeroOneDiscrepancy};
