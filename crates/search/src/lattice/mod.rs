//! Cards of small whole numbers, proved: a few columns, points for each, a total, and a call.
//!
//! A [`Table`] holds rows as distinct points of one class, by column. A [`Task`] says which cards are
//! allowed: the numbers that each column may be given and what they cost ([`Choices`]: ranges, signs,
//! tiers, a cost for every column that is used), how many columns, and rules between columns
//! ([`Rules`]). [`risk`] finds the card of least logistic loss (RiskSLIM), [`slim`] that of least 0-1
//! loss (SLIM); both answer with the optimum, or with the best card and a bound, and with the pool of
//! cards near the best where one is asked for.
//!
//! # The logistic loss
//! A card's log-odds are `slope total + intercept`, with the best slope above 0 and the best
//! intercept, so that a card is a *direction* and the points may be small: [`risk`] minimises
//! `(1/W) sum_i weight_i log(1 + exp(-y_i (slope total_i + intercept))) + sum_j cost_j(points_j)`.
//!
//! 1. *A good card at once* (`beam`, `round`): a beam over supports, each fitted exactly on the
//!    distinct points of its own columns; coefficients rounded at many slopes, refitted within the
//!    choices where these bind, by the nearest plane; points exchanged; a short walk over all
//!    directions nearby. The scheme of FasterRisk (Liu, Zhong, Seltzer & Rudin, NeurIPS 2022).
//! 2. *Supports* (`tree`): branch and bound in order of the bounds, each a fit of the columns that may
//!    still be used.
//! 3. *Directions* (`rays`): every whole-number direction of a support whose loss may be below the
//!    best, by enumeration as of short lattice vectors.
//!
//! Both take their bounds from one quadratic (`minorant`) that the loss nowhere falls below where it
//! is of interest, so that a node costs a few sums and not a fit: it stands where RiskSLIM (Ustun &
//! Rudin, "Learning optimized risk scores", JMLR, 2019) has cutting planes.
//!
//! # The 0-1 loss
//! [`slim`] minimises `(1/W) sum_i price_i [wrong call] + sum_j cost_j(points_j)`. Sizes are searched
//! from the least; of a support, boxes of points are bounded by each row's least and largest total and
//! halved (`boxes`). The threshold is never searched for: one pass over the totals finds the best.
//!
//! ```
//! use linecall_search::lattice::{
//!     Choices, Prices, Rules, Search, Table, Task, Threshold, risk,
//! };
//! let fever = vec![0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0];
//! let cough = vec![0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
//! let ill = [false, false, false, true, true, false, false, true];
//! let table = Table::new(vec![fever, cough], &ill, None)?;
//! let task = Task {
//!     table: &table,
//!     choices: vec![Choices::range(-5, 5); 2],
//!     rules: Rules::default(),
//!     max_size: 2,
//!     prices: Prices::default(),
//!     threshold: Threshold::Any,
//! };
//! let cards = risk(&task, &Search::default(), &mut |_| {})?.exact().unwrap();
//! assert!(cards.cards[0].points.iter().all(|(_, points)| *points > 0));
//! # Ok::<(), linecall_search::Error>(())
//! ```

mod beam;
mod boxes;
mod choices;
mod errors;
mod minorant;
mod newton;
mod pool;
mod rays;
mod risk;
mod round;
mod scale;
mod slim;
mod small;
mod table;
mod task;
mod tree;

pub use choices::{Caps, Choices, Rules};
pub use errors::{Prices, Threshold};
pub use risk::{Cards, NoCard, Progress, Search, risk};
pub use slim::slim;
pub use table::Table;
pub use task::{Card, Task};
