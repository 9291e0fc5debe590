//! Flags of `permute`.

use clap::{Args, ValueEnum};

use super::Studied;

#[derive(Debug, Args)]
pub(crate) struct Permute {
    /// Number of permutations
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) permutations: u32,
    /// What is compared of whole models
    #[arg(long, value_enum, default_value_t = StatisticName::Loss)]
    pub(crate) statistic: StatisticName,
    /// Take the statistic by cross-validation with so many folds, not on the rows trained on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..))]
    pub(crate) cross_validate: Option<u16>,
    /// Stop when so many permutations were as good
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) stop_after: Option<u32>,
    /// Print every coefficient, not only the first 30
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) studied: Studied,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatisticName {
    Loss,
    Error,
    Auc,
}
