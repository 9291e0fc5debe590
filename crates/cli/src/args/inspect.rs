//! Flags of `inspect`.

use clap::Args;

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Model file
    pub(crate) model: String,
    /// Print every coefficient, not only the first 30
    #[arg(long)]
    pub(crate) all: bool,
    /// Print the schema of the training table as TOML, and nothing else
    #[arg(long, conflicts_with_all = ["json", "inference"])]
    pub(crate) schema: bool,
    #[command(flatten)]
    pub(crate) inference: Inferring,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Standard errors, tests and intervals of coefficients.
#[derive(Debug, Args)]
#[command(next_help_heading = "Inference")]
pub(crate) struct Inferring {
    /// Tell standard errors, tests and intervals by these methods, separated by commas: model, hc0,
    /// hc1, hc2, hc3, cluster, bootstrap, bca, debiased, profile, firth. Exit code 1 where one does
    /// not hold
    #[arg(long, value_name = "METHODS", value_delimiter = ',', requires = "data")]
    pub(crate) inference: Vec<linecall::InferenceMethod>,
    /// The data that the model was trained on
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "inference")]
    pub(crate) data: Vec<String>,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE", requires = "data")]
    pub(crate) labels: Option<String>,
    /// Column that says which rows belong together, for `cluster` and the bootstrap
    #[arg(long, value_name = "COLUMN", requires = "inference")]
    pub(crate) cluster: Option<String>,
    /// Level of the intervals [default: 0.95]
    #[arg(long, value_name = "SHARE", requires = "inference", allow_negative_numbers = true)]
    pub(crate) confidence: Option<f64>,
    /// Bootstrap replicates [default: 1999]
    #[arg(long, value_name = "N", requires = "inference")]
    pub(crate) replicates: Option<u64>,
    /// Seed of the bootstrap [default: 0]
    #[arg(long, value_name = "N", requires = "inference")]
    pub(crate) seed: Option<u64>,
    /// Tell these columns alone, separated by commas; `(intercept)` is one
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', requires = "inference")]
    pub(crate) terms: Vec<String>,
    /// Class that the others are told against, of more than two [default: the first]
    #[arg(long, value_name = "CLASS", requires = "inference", allow_hyphen_values = true)]
    pub(crate) base: Option<String>,
    /// Add odds ratios: coefficients and ends of intervals, exponentiated
    #[arg(long, requires = "inference")]
    pub(crate) odds_ratios: bool,
    /// Draw coefficients per standard deviation with their intervals, as SVG
    #[arg(long, value_name = "FILE", requires = "inference")]
    pub(crate) plot: Option<String>,
}
