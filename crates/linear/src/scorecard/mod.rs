//! Scorecards: small whole numbers of points for a few conditions, with a proof of how good they are.
//!
//! A [`ScorecardPlan`] says what is minimised and which cards are allowed, in the words of the user's
//! columns; [`ScorecardPlan::fit`] hands the rows to the lattice search of `linecall-search` and makes
//! a [`LinearModel`](crate::LinearModel) of what it finds: `coef` are the points, `intercept` is minus
//! the total from which the positive class is called, and the link turns totals into risks,
//! `1 / (1 + exp(-(slope total + b)))`. What is proved is a [`CardCertificate`]: the loss, and a bound
//! that no allowed card is below.
//!
//! - [`CardLoss::Risk`]: the mean logistic loss with the best slope and intercept (RiskSLIM: Ustun &
//!   Rudin, "Learning optimized risk scores", JMLR, 2019).
//! - [`CardLoss::Slim`]: the share of wrong calls (Ustun & Rudin, "Supersparse linear integer models
//!   for optimized medical scoring systems", Machine Learning, 2016, equation 1). With points of 0 and
//!   1 it is an M-of-N rule table, with [`PointSet::Tiers`] a tiered model (the same, section 4).
//!
//! Columns are used in their own units and never standardised: points must mean something.
//! [`CardTable`] is the card as it is printed.

mod card;
mod fit;
mod plan;
mod pool;

pub use card::{CardLine, CardTable, CardVariable, RiskRow};
pub use fit::{CardProgress, CardSearch, ScorecardFit, certify};
pub use plan::{CardLoss, Ladder, PointSet, ScorecardPlan, Sign, Tier};
pub use pool::{Dislike, Equal, Prefer};

pub use linecall_data::CardCertificate;
