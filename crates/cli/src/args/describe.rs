//! Flags of `describe`.

use clap::Args;

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Describe {
    /// Table: CSV, TSV, Parquet, Arrow, JSON Lines or TS, also as .gz or .zst; several files of one
    /// format, or a folder of them, are one table; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Column to predict; guessed, with a warning, if not given
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// Cells of the target list any number of labels, parted by this mark
    #[arg(long, value_name = "MARK", num_args = 0..=1, require_equals = true, default_missing_value = ",")]
    pub(crate) multilabel: Option<String>,
    /// Write the inferred schema as TOML, to be edited and given to `fit --schema`
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
