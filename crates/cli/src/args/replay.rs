//! Flags of `replay`.

use clap::Args;

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Model file
    pub(crate) model: String,
    /// The data that the model was trained on: a file, several or a folder
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) data: Vec<String>,
    /// Labels of a matrix that has none
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// The test file of a model whose held-out metrics are of one
    #[arg(long, value_name = "FILE")]
    pub(crate) test: Option<String>,
    /// Labels of a test matrix that has none
    #[arg(long, value_name = "FILE", requires = "test")]
    pub(crate) test_labels: Option<String>,
    /// The rows that a rule after the model was fitted on, if they are not the training data
    #[arg(long, value_name = "FILE")]
    pub(crate) rule_data: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
