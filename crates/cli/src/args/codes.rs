//! Flags of `codes`.

use clap::{Args, ValueEnum};

use super::Common;

#[derive(Debug, Args)]
pub(crate) struct Codes {
    /// What is asked: count (how many codes there are, by hull), classify (which differ by more than
    /// the order of columns), codebook (words for the classes of `fit --multiclass codes`)
    #[arg(value_enum)]
    pub(crate) what: CodesName,
    /// Number of columns; of a codebook, learners [default: about 10 log2 of the classes]
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) length: Option<usize>,
    /// Number of dimensions (count, classify)
    #[arg(long, short = 'k', value_name = "K")]
    pub(crate) dimension: Option<usize>,
    /// Number of elements of the field, 2 or 3 (count, classify) [default: 2]
    #[arg(long, value_name = "Q")]
    pub(crate) field: Option<u64>,
    /// List codes with a hull of this dimension alone (classify): 0 for those with a complementary
    /// dual
    #[arg(long, value_name = "L")]
    pub(crate) hull: Option<usize>,
    /// Number of classes (codebook)
    #[arg(long, value_name = "N")]
    pub(crate) classes: Option<usize>,
    /// Least distance: of the codes that are listed (classify), or between words (codebook)
    #[arg(long, value_name = "D")]
    pub(crate) distance: Option<usize>,
    /// End the search after so many seconds (classify); exit code 1 where codes may be missing
    #[arg(long, value_name = "SECONDS")]
    pub(crate) seconds: Option<f64>,
    /// Print all codes rather than the first 40 (classify)
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CodesName {
    Count,
    Classify,
    Codebook,
}
