//! Flags of `path`.

use clap::{Args, ValueEnum};

use super::Studied;

#[derive(Debug, Args)]
pub(crate) struct Path {
    /// Strengths to look at, from largest to smallest, separated by commas; chosen from the data if
    /// not given
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    pub(crate) lambdas: Vec<f64>,
    /// Number of strengths that are chosen
    #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "lambdas", value_parser = clap::value_parser!(u16).range(2..))]
    pub(crate) points: u16,
    /// Leave each row out in turn as well: by a fit without it, or by one Newton step
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) leave_one_out: Option<LeaveOneOutName>,
    #[command(flatten)]
    pub(crate) studied: Studied,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LeaveOneOutName {
    Exact,
    Approximate,
}
