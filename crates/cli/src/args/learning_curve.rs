//! Flags of `learning-curve`.

use clap::Args;

use super::Studied;

#[derive(Debug, Args)]
pub(crate) struct LearningCurve {
    /// Shares of the training rows, increasing, separated by commas
    #[arg(
        long,
        value_name = "SHARES",
        value_delimiter = ',',
        default_value = "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1"
    )]
    pub(crate) shares: Vec<f64>,
    #[command(flatten)]
    pub(crate) studied: Studied,
}
