//! Flags of `audit`.

use clap::Args;

use super::{BaselineName, Common, Questions, Reading};

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Model file
    pub(crate) model: String,
    /// The rows to audit: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Write the report as HTML
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// File (TOML) that says which possible people are to have recourse; by default those between the
    /// smallest and the largest value of each column
    #[arg(long, value_name = "FILE")]
    pub(crate) within: Option<String>,
    /// Most rows for which rival models are looked at, spread evenly over the data; 0 for all
    /// [default: 1000; 100 under the hinge]
    #[arg(long, value_name = "N")]
    pub(crate) people: Option<usize>,
    /// Shares of the objective for the curves of ambiguity and discrepancy, separated by commas
    #[arg(long, value_name = "SHARES", value_delimiter = ',')]
    pub(crate) epsilons: Vec<f64>,
    /// Look at all linear classifiers with few more errors as well (0-1 loss); for data of few
    /// distinct rows
    #[arg(long)]
    pub(crate) zero_one: bool,
    /// What they are compared with
    #[arg(long, value_enum, default_value_t = BaselineName::Model, requires = "zero_one")]
    pub(crate) baseline: BaselineName,
    /// Seconds after which --zero-one gives bounds instead of exact answers
    #[arg(long, value_name = "SECONDS", default_value_t = 120, requires = "zero_one")]
    pub(crate) time_limit: u64,
    #[command(flatten)]
    pub(crate) questions: Questions,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
