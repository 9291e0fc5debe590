//! Flags of `challenge`.

use clap::Args;

use super::{Common, Questions, Reading};

#[derive(Debug, Args)]
pub(crate) struct Challenge {
    /// Model file
    pub(crate) model: String,
    /// The data that hold the row: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// The row, counted from 1
    #[arg(long, value_name = "N")]
    pub(crate) row: u64,
    /// Write the page as HTML, with a panel to try changes in
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// Columns to keep out of the case file, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) redact: Vec<String>,
    #[command(flatten)]
    pub(crate) questions: Questions,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
