//! Flags of `stability`.

use clap::Args;

use super::Studied;

#[derive(Debug, Args)]
pub(crate) struct Stability {
    /// Complementary pairs of halves
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) pairs: u32,
    /// Share of halves from which a column is stable
    #[arg(long, value_name = "SHARE", default_value_t = 0.75)]
    pub(crate) threshold: f64,
    /// Falsely chosen columns that are allowed on average
    #[arg(long, value_name = "NUMBER", default_value_t = 1.0)]
    pub(crate) false_selections: f64,
    /// Print every column, not only the first 30
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) studied: Studied,
}
