//! Recourse: what a person can change so that the model calls the class wished for, at the least
//! cost, or the proof that nothing does (Ustun, Spangher & Liu, "Actionable Recourse in Linear
//! Classification", FAT* 2019).
//!
//! An [`ActionSet`] says what can be changed: for each column the values that can be moved to, in
//! which direction, at what cost, and the [rules](self#rules) that bind columns to each other.
//! [`Recourse`] puts it to a model. The score of a linear model adds up over columns, and so does
//! each of the costs, so the cheapest change is a multiple-choice knapsack
//! ([`linecall_search::mck`]), solved exactly: columns by themselves are classes of it, columns that
//! rules bind are one class together.
//!
//! - [`Recourse::flipset`]: the ways of one person, in order of cost, each the cheapest of its set
//!   of columns; `complete` when there are no more. Where there is none, the largest score that can
//!   be reached proves it.
//! - [`Recourse::audit`]: feasibility and cost for everybody, by group.
//! - [`Recourse::firm`]: the cheapest change that every model of a set accepts.
//! - [`Recourse::certify`]: whether every possible person in a box has recourse, decided exactly,
//!   with the worst person as witness.
//!
//! - [`Recourse::flipset_by_program`]: the same list by mixed-integer programs, as a check; it also
//!   answers where rules bind more columns than can be gone through.
//!
//! Where the paper's program asks a solver of mixed integer programs, this takes microseconds a
//! person, and the list is proved to be complete and in order.
//!
//! # Rules
//!
//! See the grammar in the guide (`docs/recourse.md`): `if married = yes then single = no`,
//! `exactly 1 of ...`, `at most 3 changes`, `utilisation = balance / limit`,
//! `savings moves 0.1 per income`.
//!
//! ```
//! use linecall_audit::Inputs;
//! use linecall_audit::recourse::{ActionOptions, ActionSet, Aim, Flipset, Listing, Recourse, Spec};
//! use linecall_data::Design;
//! use linecall_linear::{LinearModel, Link};
//!
//! let rows: Vec<Vec<f64>> = (0..100).map(|i| vec![f64::from(i), f64::from(i % 10)]).collect();
//! let people = Design::from_rows(&rows, &["income", "debts"])?;
//! let classes = vec!["no".to_owned(), "yes".to_owned()];
//! let model = LinearModel::new(vec![vec![0.1, -1.0]], vec![-3.0], classes, 1, Link::Logistic)?;
//!
//! let inputs = Inputs::of_columns(people.columns());
//! let actions = ActionSet::new(inputs, &Spec::default(), &people, &ActionOptions::default())?;
//! let recourse = Recourse::new(&model, &actions, Aim::default())?;
//! let answer = recourse.flipset(&[30.0, 2.0], 5, Listing::Distinct, &Default::default())?;
//! let way = answer.best().ok_or("there is a way")?;
//! assert!(way.score > 0.0);
//! assert!(matches!(answer, Flipset::Ways { complete: true, .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod actions;
mod certify;
mod firm;
mod flipset;
mod grid;
mod percentile;
mod person;
mod plain;
mod population;
mod program;
mod rules;
mod spec;

pub use actions::{ActionOptions, ActionSet, CostKind};
pub use certify::{People, PopulationCertificate};
pub use firm::{Firm, Objection};
pub use flipset::{Change, Flipset, Listing, Way};
pub use percentile::Percentiles;
pub use person::{Aim, Recourse};
pub use plain::{PlainExpression, PlainRule, PlainTest};
pub use population::{QUANTILES, RecourseAudit, RecourseSummary};
pub use spec::{ColumnActions, Spec};
