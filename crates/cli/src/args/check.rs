//! Flags of `check`.

use clap::Args;

use super::{Common, Questions, Reading};

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Policy (TOML): figures of an audit, and what is required of them
    pub(crate) policy: String,
    /// Model file
    pub(crate) model: String,
    /// The rows to audit: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Most rows for which rival models are looked at, spread evenly over the data; 0 for all
    /// [default: 1000; 100 under the hinge]
    #[arg(long, value_name = "N")]
    pub(crate) people: Option<usize>,
    #[command(flatten)]
    pub(crate) questions: Questions,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
