//! Flags of `fit`.

use clap::Args;

use super::{Asking, Common, Direct, Learning, Reading, Texts};

#[derive(Debug, Args)]
pub(crate) struct Fit {
    /// Table (CSV, TSV, Parquet, Arrow, JSON Lines, TS) or matrix (LIBSVM, NPY, NPZ, safetensors),
    /// also as .gz or .zst; several files of one format, or a folder of them, are one table; `-` is
    /// standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Column to predict; a table needs this or --schema
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// Rows carry any set of labels: cells of the target (or of --labels) list them, parted by this
    /// mark, a comma if none is given; LIBSVM rows begin with them, parted by commas
    #[arg(long, value_name = "MARK", num_args = 0..=1, require_equals = true, default_missing_value = ",")]
    pub(crate) multilabel: Option<String>,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Schema (TOML) that says what each column is; inferred if not given
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<String>,
    /// Class whose probability a two-class model reports
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) positive: Option<String>,
    /// Class that is good for the person judged
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) favourable: Option<String>,
    /// Model file to write
    #[arg(long, short, value_name = "FILE", default_value = "model.linecall")]
    pub(crate) output: String,
    /// HTML report to write
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<String>,
    /// Share of the rows held out for the metrics; 0 holds out none
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.2,
        conflicts_with = "test",
        allow_negative_numbers = true
    )]
    pub(crate) holdout: f64,
    /// File with the rows for the metrics, instead of a held-out share
    #[arg(long, value_name = "FILE")]
    pub(crate) test: Option<String>,
    /// Labels of a test matrix that has none
    #[arg(long, value_name = "FILE", requires = "test")]
    pub(crate) test_labels: Option<String>,
    /// Seed of splits, folds and bootstrap
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) learning: Learning,
    #[command(flatten)]
    pub(crate) direct: Direct,
    #[command(flatten)]
    pub(crate) texts: Texts,
    #[command(flatten)]
    pub(crate) asked: Asking,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
