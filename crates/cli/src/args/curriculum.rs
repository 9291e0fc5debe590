//! Flags of `curriculum`.

use clap::Args;

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Curriculum {
    /// Labelled rows of two classes: a file, several or a folder; `-` is standard input
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
    /// Class whose probability the model reports
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) positive: Option<String>,
    /// Steps of the descent
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) steps: u32,
    /// Length of a step of the descent, on columns of unit deviation
    #[arg(long, value_name = "NUMBER", default_value_t = 0.3, allow_negative_numbers = true)]
    pub(crate) rate: f64,
    /// Steps of the policy
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) epochs: u32,
    /// Share of the rows that say what is desired
    #[arg(long, value_name = "SHARE", default_value_t = 0.25, allow_negative_numbers = true)]
    pub(crate) target_share: f64,
    /// Share of the rows held out as the test; 0 holds out none
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, allow_negative_numbers = true)]
    pub(crate) holdout: f64,
    /// Take columns as they are, instead of in units of their deviation
    #[arg(long)]
    pub(crate) no_standardize: bool,
    /// Seed of the splits
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Model file to write
    #[arg(long, short, value_name = "FILE", default_value = "curriculum.linecall")]
    pub(crate) output: String,
    /// CSV file to write: the mean weight of each row, the least first
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<String>,
    /// HTML page to write, with the loss curves
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
