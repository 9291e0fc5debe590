//! What `challenge`, `audit` and `check` ask of calls.

use clap::{Args, ValueEnum};

/// What is asked of calls, one by one or all together.
#[derive(Debug, Args)]
#[command(next_help_heading = "Questions")]
pub(crate) struct Questions {
    /// The training data, for questions that need them; not needed where the data are those
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) reference: Vec<String>,
    /// Class wished for; by default the schema's favourable class, else the positive one
    #[arg(long, value_name = "CLASS", allow_hyphen_values = true)]
    pub(crate) favourable: Option<String>,
    /// Ask for this probability of it, not only for the call
    #[arg(long, value_name = "P")]
    pub(crate) probability: Option<f64>,
    /// File (TOML) that says what people can change, on top of the schema
    #[arg(long, value_name = "FILE")]
    pub(crate) actions: Option<String>,
    /// What a change costs: the sum of the shifts of percentile, the largest of them, or the sum of
    /// their logarithms
    #[arg(long, value_enum, default_value_t = CostName::Total)]
    pub(crate) cost: CostName,
    /// Most ways to the wished call that are listed
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) ways: usize,
    /// Which ways are listed: those that need each of their changes, all that change other columns,
    /// or those that share no column
    #[arg(long, value_enum, default_value_t = ListName::Needed)]
    pub(crate) list: ListName,
    /// Ways must hold when each coefficient drifts by this share of itself
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) drift: f64,
    /// An equally good model may be worse by this share of the training objective
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    pub(crate) epsilon: f64,
    /// Share of training rows that would be called novel by mistake
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub(crate) false_alarms: f64,
    /// Columns whose groups put calls in context, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) group: Vec<String>,
    /// Seed of what is drawn at random
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BaselineName {
    Model,
    Optimum,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CostName {
    Total,
    Max,
    Log,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ListName {
    Needed,
    Distinct,
    Exclusive,
}
