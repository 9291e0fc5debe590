//! Flags of `study`.

use clap::{Args, ValueEnum};

use super::Common;

#[derive(Debug, Args)]
pub(crate) struct Study {
    /// What is studied: mixup (exact Mixup and the Bayes direction), adamixup (mixtures that land on
    /// another class), surrogate (losses that are dear to ask), curriculum (learned weights of the
    /// rows at every step)
    #[arg(value_enum)]
    pub(crate) name: StudyName,
    /// Seed of the draws
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Rows of a draw (mixup: 200, surrogate: 1000, curriculum: 128 to train on; adamixup: 80 of the
    /// outer class)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(4..=1_000_000))]
    pub(crate) rows: Option<u32>,
    /// Columns (mixup: 5, surrogate: 20, curriculum: 16)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) columns: Option<u32>,
    /// Draws that are averaged (mixup: 10)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) draws: Option<u32>,
    /// Steps of the descent (curriculum: 200), calls of the loss (surrogate: 100), steps of the
    /// adversary (adamixup: 3000)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) steps: Option<u32>,
    /// Steps of the policy (curriculum: 60)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) epochs: Option<u32>,
    /// Rows that say what is desired, and as many to test on (curriculum: 128)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(crate) target_rows: Option<u32>,
    /// Length of a step of the descent (curriculum: 0.3)
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) rate: Option<f64>,
    /// Length of the policy's first step, falling linearly (curriculum: chosen so that every step
    /// helps)
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) outer_rate: Option<f64>,
    /// Half squares of a teacher without noise instead of the logistic loss (surrogate)
    #[arg(long)]
    pub(crate) squared: bool,
    /// HTML page to write, with the chart
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StudyName {
    Mixup,
    Adamixup,
    Surrogate,
    Curriculum,
}
