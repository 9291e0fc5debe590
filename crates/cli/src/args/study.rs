//! Flags of `study`.

use clap::{Args, ValueEnum};

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Study {
    /// What is studied: mixup (exact Mixup and the Bayes direction), adamixup (mixtures that land on
    /// another class), surrogate (losses that are dear to ask), curriculum (learned weights of the
    /// rows at every step); of DATA: text-grid (four representations of texts under four learners),
    /// encodings (texts as bytes, characters, words or Latin letters)
    #[arg(value_enum)]
    pub(crate) name: StudyName,
    /// Labelled texts (text-grid, encodings): a file, several or a folder; `-` is standard input
    pub(crate) data: Vec<String>,
    /// Seed of the draws; of the split, the folds and the order of rows
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
    pub(crate) texts: StudiedTexts,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Which texts are studied, and how (text-grid, encodings).
#[derive(Debug, Args)]
#[command(next_help_heading = "Texts (text-grid, encodings)")]
pub(crate) struct StudiedTexts {
    /// Column to predict; this or --schema is needed
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// Column of texts [default: the only one]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) text: Option<String>,
    /// Schema (TOML) that says what each column is; inferred if not given
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<String>,
    /// File with the test rows; a fifth of the rows is held out if not given
    #[arg(long, value_name = "FILE")]
    pub(crate) test: Option<String>,
    /// Keep at most so many n-grams, the most frequent (text-grid: 10000, encodings: 200000)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_features: Option<u64>,
    /// Directions of LSI (text-grid: 100)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2_000))]
    pub(crate) topics: Option<u32>,
    /// Learn each cell from a quarter and a half of the training rows too (text-grid)
    #[arg(long)]
    pub(crate) curve: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StudyName {
    Mixup,
    Adamixup,
    Surrogate,
    Curriculum,
    TextGrid,
    Encodings,
}

impl StudyName {
    /// Whether it is a study of the user's own texts.
    pub(crate) fn is_of_texts(self) -> bool {
        matches!(self, Self::TextGrid | Self::Encodings)
    }
}
