//! Flags of `verify`.

use clap::Args;

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Model file
    pub(crate) model: String,
    /// The training data; with them objective, residual and duality gap are computed again
    pub(crate) data: Vec<String>,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE", requires = "data")]
    pub(crate) labels: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
