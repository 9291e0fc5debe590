//! Flags of `forget`.

use clap::Args;

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Model file
    pub(crate) model: String,
    /// The data that it was trained on
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Rows to forget, counted from 1: numbers and ranges, separated by commas (`3,17,20-25`)
    #[arg(long, value_name = "ROWS")]
    pub(crate) rows: String,
    /// Model file to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: String,
    /// Write the receipt as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<String>,
    /// Labelled rows that the model never saw, for the membership attack
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) outside: Vec<String>,
    /// Do not measure the distance to a full refit
    #[arg(long)]
    pub(crate) no_refit: bool,
    /// Secret that is mixed into the hash of the removed rows
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) salt: String,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
