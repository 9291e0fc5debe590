//! What all verbs of many fits are told: data, target, learning.

use clap::Args;

use super::{Common, Learning, Reading};

#[derive(Debug, Args)]
pub(crate) struct Studied {
    /// Table or matrix, as for `fit`; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Column to predict; a table needs this or --schema
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Schema (TOML) that says what each column is; inferred if not given
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<String>,
    /// Class that a higher score speaks for, of two
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) positive: Option<String>,
    /// Write a page with the pictures as HTML
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// Seed of folds and draws
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) learning: Learning,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
