//! `explain`, and the programs and endpoints that it asks.

use clap::{Args, ValueEnum};

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The model file and the data that hold the row; with --command or --url the data alone
    #[arg(required = true, value_name = "[MODEL] DATA")]
    pub(crate) files: Vec<String>,
    /// The row, counted from 1
    #[arg(long, value_name = "N", required_unless_present = "pick")]
    pub(crate) row: Option<u64>,
    /// Pick this many rows whose explanations together show the whole model (SP-LIME)
    #[arg(long, value_name = "K", conflicts_with_all = ["row", "stability"])]
    pub(crate) pick: Option<usize>,
    /// How: what each column adds by its coefficient (of a model alone), LIME, or Kernel SHAP
    /// [default: contributions; shap for a black box]
    #[arg(long, value_enum)]
    pub(crate) method: Option<MeansName>,
    /// What the row is held against: the `mean` of the training data (of a model alone), a `typical`
    /// row (middle numbers, commonest levels), or the number of a row of the data
    /// [default: mean; typical for a black box]
    #[arg(long, value_name = "WHAT")]
    pub(crate) background: Option<String>,
    /// The rows that the background is taken from: of a model the training data
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) reference: Vec<String>,
    /// Class of a model whose score is explained; by default all
    #[arg(long, value_name = "CLASS", conflicts_with = "asked", allow_hyphen_values = true)]
    pub(crate) class: Option<String>,
    /// Columns that an explanation shows, the largest weights first
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) top: usize,
    /// Most rows that are looked at for --pick, spread evenly over the data; 0 for all [default: all;
    /// 100 for a black box]
    #[arg(long, value_name = "N", requires = "pick")]
    pub(crate) people: Option<usize>,
    /// Width of LIME's kernel [default: 0.75 times the root of the number of columns]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) kernel_width: Option<f64>,
    /// LIME's ridge [default: 1]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) ridge: Option<f64>,
    #[command(flatten)]
    pub(crate) asked: BlackBox,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// A program or endpoint that is asked about rows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Black boxes")]
pub(crate) struct BlackBox {
    /// Explain this program: it reads rows on standard input and prints a line of probabilities for
    /// each. It is run without a shell
    #[arg(long, value_name = "COMMAND", group = "asked")]
    pub(crate) command: Option<String>,
    /// Explain this HTTP endpoint: it takes a POST of a JSON array of rows and answers a JSON array
    /// of probabilities
    #[arg(long, value_name = "URL", group = "asked")]
    pub(crate) url: Option<String>,
    /// How the program reads rows: CSV with a header line, or one JSON object a line
    #[arg(long, value_enum, default_value_t = RowsName::Csv, requires = "asked", conflicts_with = "url")]
    pub(crate) rows_as: RowsName,
    /// Numbers that are answered for each row
    #[arg(long, value_name = "N", default_value_t = 1, requires = "asked")]
    pub(crate) outputs: usize,
    /// Which of them is explained, from 1 [default: the last]
    #[arg(long, value_name = "N", requires = "asked")]
    pub(crate) output: Option<usize>,
    /// Answers are any numbers, not probabilities
    #[arg(long, requires = "asked")]
    pub(crate) scores: bool,
    /// Seconds that one call may take
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60.0,
        requires = "asked",
        allow_negative_numbers = true
    )]
    pub(crate) timeout: f64,
    /// Schema (TOML): its features are explained, other columns sent as they are
    #[arg(long, value_name = "FILE", requires = "asked")]
    pub(crate) schema: Option<String>,
    /// Columns to send as they are and not to explain, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', requires = "asked")]
    pub(crate) fixed: Vec<String>,
    /// Most rows asked about for one explanation; where all masks are no more, all are asked
    #[arg(long, value_name = "N", default_value_t = 20_000, requires = "asked")]
    pub(crate) samples: u64,
    /// A sample ends when no interval is wider, to either side, than this times the largest weight
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.02,
        requires = "asked",
        allow_negative_numbers = true
    )]
    pub(crate) precision: f64,
    /// Level of the intervals
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.95,
        requires = "asked",
        allow_negative_numbers = true
    )]
    pub(crate) level: f64,
    /// Rows in one call
    #[arg(long, value_name = "N", default_value_t = 1024, requires = "asked")]
    pub(crate) batch: usize,
    /// Seed of the sample
    #[arg(long, default_value_t = 0, requires = "asked")]
    pub(crate) seed: u64,
    /// Explain with this many seeds, and say how far they agree
    #[arg(long, value_name = "N", requires = "asked")]
    pub(crate) stability: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MeansName {
    Contributions,
    Lime,
    Shap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowsName {
    Csv,
    Jsonl,
}
