//! Flags of `export`.

use clap::{Args, ValueEnum};

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Model file
    pub(crate) model: String,
    /// Rows on which every export is re-scored: a file, several or a folder; `-` is standard input
    pub(crate) data: Vec<String>,
    /// Formats, separated by commas
    #[arg(long, value_enum, value_name = "FORMATS", value_delimiter = ',', required = true)]
    pub(crate) to: Vec<ExportName>,
    /// Folder to write to, or of one format the file; by default the model's own name with the
    /// format's ending, of several formats a folder `export`
    #[arg(long, short, value_name = "FOLDER|FILE")]
    pub(crate) output: Option<String>,
    /// Write without re-scoring; the output says so
    #[arg(long)]
    pub(crate) no_check: bool,
    /// Rows of the data, spread over the file, that exports are re-scored on
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) rows: u32,
    /// Seed of the sample
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Table that the SQL reads
    #[arg(long, value_name = "NAME", default_value = "rows")]
    pub(crate) table: String,
    /// Databases that the SQL is run on
    #[arg(long, value_enum, default_value_t = DatabaseName::Both)]
    pub(crate) database: DatabaseName,
    /// ONNX in 32-bit numbers, for programs that have no others (doubles otherwise)
    #[arg(long)]
    pub(crate) float32: bool,
    /// Python with duckdb, onnxruntime and a PMML evaluator
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub(crate) python: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportName {
    /// One SELECT over a table of raw columns, for SQLite, DuckDB and others
    Sql,
    /// A graph for ONNX runtimes
    Onnx,
    /// A PMML 4.4 document
    Pmml,
    /// A document with everything that scoring takes
    Json,
    /// A C99 file without dependencies
    C,
    /// A Rust file without dependencies
    Rust,
    /// A LIBLINEAR model over the design columns
    Liblinear,
    /// A table that a person can score a row with
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DatabaseName {
    /// SQLite and DuckDB
    Both,
    Sqlite,
    Duckdb,
}
