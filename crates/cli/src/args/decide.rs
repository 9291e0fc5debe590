//! Flags of `decide`, and those of them that `fit` takes too.

use clap::{Args, ValueEnum};

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// Model file, of rows that are of one class each
    pub(crate) model: String,
    /// The training data, scored by cross-validation; or, with --fresh, labelled rows that the model
    /// has not seen. A file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    #[command(flatten)]
    pub(crate) asked: Asking,
    /// The rows are fresh: score them with the model as it is
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Number of folds; by default the model's own, else 10
    #[arg(long, value_name = "N", conflicts_with = "fresh", value_parser = clap::value_parser!(u16).range(2..))]
    pub(crate) folds: Option<u16>,
    /// Labels of a matrix that has none
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Bootstrap replicates behind the intervals
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) replicates: u32,
    /// Level of the intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.95, allow_negative_numbers = true)]
    pub(crate) level: f64,
    /// Seed of folds and replicates
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Model file to write
    #[arg(long, short, value_name = "FILE", default_value = "decided.linecall")]
    pub(crate) output: String,
    /// Chart of the figures against the threshold to write (SVG)
    #[arg(long, value_name = "FILE")]
    pub(crate) chart: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What is asked of a rule of calls.
#[derive(Debug, Args)]
#[command(next_help_heading = "Calls")]
pub(crate) struct Asking {
    /// Call at the least expected cost: `fp=1,fn=5` for two classes (also tp and tn), or
    /// `TRUE>CALLED=COST,...`, or a CSV file with a line for each true class and a column for each
    /// class called
    #[arg(
        long,
        value_name = "COSTS|FILE",
        allow_hyphen_values = true,
        conflicts_with_all = ["value", "budget", "min_precision", "min_recall"]
    )]
    pub(crate) cost_matrix: Option<String>,
    /// Call at the largest expected value: `tp=100,fp=-20`, or as --cost-matrix
    #[arg(
        long,
        value_name = "VALUES|FILE",
        allow_hyphen_values = true,
        conflicts_with_all = ["budget", "min_precision", "min_recall"]
    )]
    pub(crate) value: Option<String>,
    /// Flag at most this share of the rows
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, conflicts_with_all = ["min_precision", "min_recall"])]
    pub(crate) budget: Option<f64>,
    /// The largest recall at a precision of at least this
    #[arg(
        long,
        value_name = "SHARE",
        allow_negative_numbers = true,
        conflicts_with = "min_recall"
    )]
    pub(crate) min_precision: Option<f64>,
    /// The largest precision at a recall of at least this
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) min_recall: Option<f64>,
    /// Class that is flagged under a budget or a floor; of two classes the positive one by default
    #[arg(long, value_name = "CLASS", allow_hyphen_values = true)]
    pub(crate) flag: Option<String>,
    /// Take the threshold of least cost from the scores (two classes), or from the probabilities
    #[arg(long, value_enum)]
    pub(crate) by: Option<ByName>,
    /// Let the confidence bound of the share keep to the budget or the floor [default level: 0.95]
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, require_equals = true, default_missing_value = "0.95")]
    pub(crate) confident: Option<f64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ByName {
    Scores,
    Probabilities,
}
