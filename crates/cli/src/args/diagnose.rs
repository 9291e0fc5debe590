//! Flags of `diagnose`.

use clap::Args;

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Diagnose {
    /// Model file
    pub(crate) model: String,
    /// Labelled rows, best those that it was trained on: a file, several or a folder
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Rows and columns that are listed
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) top: usize,
    /// Rows, of those that weigh most, that the model is fitted without to check the one step
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) refits: usize,
    /// Put every row into the JSON, not the heaviest alone
    #[arg(long, requires = "json")]
    pub(crate) every: bool,
    /// Collinearity of the information matrix: rows weighted by the curvature of their loss
    #[arg(long)]
    pub(crate) weighted: bool,
    /// Do not look for the widest gap between the classes, or the point that their hulls share
    #[arg(long)]
    pub(crate) no_gap: bool,
    /// Write the panels as an HTML page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
