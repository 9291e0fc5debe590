//! Flags of `bootstrap`.

use clap::Args;

use super::Studied;

#[derive(Debug, Args)]
pub(crate) struct Bootstrap {
    /// Number of resamples
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) replicates: u32,
    /// Coverage of the percentile intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    pub(crate) level: f64,
    /// Print every coefficient, not only the first 30
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) studied: Studied,
}
