//! Why this call?
//!
//! - [`contributions`]: what each column adds to a linear score, against a stated background; exact.
//! - [`Local`]: LIME and Kernel SHAP. For a linear score in closed form ([`exact_local`]); for any
//!   black box by all masks where there are few, by a sample with a stopping rule where there are
//!   many ([`local_explanation`]).
//! - [`pick`]: which few people's explanations show the whole model (SP-LIME).
//! - [`stability`]: would another seed have said the same?
//!
//! A black box is a [`BlackBox`]: a closure, or a [`Command`]. What a mask does to a row is a
//! [`Masker`]: [`TableMask`] for tables, [`WordMask`] for texts ([`smallest_removal`] asks which words
//! carry a call). A black box
//! behind an HTTP endpoint is a `BlackBox` as well; this crate has none, since it does not speak to
//! networks.

mod black_box;
mod command;
mod contributions;
mod exact;
mod kernel;
mod local;
mod pick;
mod removal;
mod sample;
mod stability;
mod sum;
mod words;

pub use black_box::{BlackBox, Masker, Masks, TableMask};
pub use command::{Command, RowFormat};
pub use contributions::{
    Background, ColumnContribution, Contributions, SourceContribution, contributions,
};
pub use exact::{exact_local, explanation_matrix};
pub use kernel::{Distance, Kernel};
pub use local::{Local, LocalOptions, Method, local_explanation};
pub use pick::{PickOptions, Picks, naive_pick, pick};
pub use removal::{Margins, Removal, RemovalOptions, Removed, smallest_removal};
pub use stability::{Stability, stability};
pub use words::WordMask;
