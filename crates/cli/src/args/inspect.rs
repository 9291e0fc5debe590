//! Flags of `inspect`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Model file
    pub(crate) model: String,
    /// Print every coefficient, not only the first 30
    #[arg(long)]
    pub(crate) all: bool,
    /// Print the schema of the training table as TOML, and nothing else
    #[arg(long, conflicts_with = "json")]
    pub(crate) schema: bool,
    /// Print one JSON document to standard output instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}
