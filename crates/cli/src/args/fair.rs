//! Flags of `fair`.

use clap::{Args, ValueEnum};

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Fair {
    /// Model file, of two classes and with probabilities
    pub(crate) model: String,
    /// Labelled rows with the columns of groups: a file, several or a folder; `-` is standard input.
    /// Best are rows that the model was not trained on
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Columns whose groups are to be treated alike, separated by commas; calls need none of them
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', required = true)]
    pub(crate) group: Vec<String>,
    /// What is to be alike: shares called favourable (demographic-parity), the same among those who
    /// are of the favourable class (equal-opportunity), or among them and among the others
    /// (equalised-odds)
    #[arg(long, value_enum, default_value_t = ConstraintName::DemographicParity)]
    pub(crate) constraint: ConstraintName,
    /// Largest gap between groups, 0 to 1
    #[arg(long, value_name = "GAP", default_value_t = 0.02, allow_negative_numbers = true)]
    pub(crate) delta: f64,
    /// Class wished for; by default the schema's favourable class, else the positive one
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) favourable: Option<String>,
    /// Keep the gap so far below --delta that it holds for the population: by exact intervals of
    /// the shares, or uniformly over all thresholds (one gap of two groups)
    #[arg(long, value_enum, default_value_t = MarginName::None)]
    pub(crate) margin: MarginName,
    /// Chance that the margin fails
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, allow_negative_numbers = true)]
    pub(crate) alpha: f64,
    /// Share of the rows held out, on which the rule is measured; 0 holds out none
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, allow_negative_numbers = true)]
    pub(crate) holdout: f64,
    /// Show what accuracy each largest gap costs, from 0 to 0.3
    #[arg(long)]
    pub(crate) curve: bool,
    /// Seed of the splits
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Model file to write
    #[arg(long, short, value_name = "FILE", default_value = "fair.linecall")]
    pub(crate) output: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ConstraintName {
    DemographicParity,
    EqualOpportunity,
    #[value(alias = "equalized-odds")]
    EqualisedOdds,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum MarginName {
    None,
    ClopperPearson,
    Uniform,
}
