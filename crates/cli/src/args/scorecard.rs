//! Flags of `scorecard`.

use clap::{Args, ValueEnum};

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Scorecard {
    /// Labelled rows of two classes: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Column to predict; a table needs this or --schema
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Schema (TOML) that says what each column is; inferred if not given
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<String>,
    /// Class whose risk the card tells
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) positive: Option<String>,
    /// Class that is good for the person judged
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) favourable: Option<String>,
    #[command(flatten)]
    pub(crate) card: CardRules,
    #[command(flatten)]
    pub(crate) bins: Bins,
    #[command(flatten)]
    pub(crate) search: CardSearching,
    /// Seed of folds and bootstrap
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Model file to write
    #[arg(long, short, value_name = "FILE", default_value = "card.linecall")]
    pub(crate) output: String,
    /// HTML page to write: the card on one sheet of paper
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// Markdown file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<String>,
    /// SQL file to write, which scores a table called `rows`
    #[arg(long, value_name = "FILE")]
    pub(crate) sql: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Which cards are allowed.
#[derive(Debug, Args)]
#[command(next_help_heading = "The card")]
pub(crate) struct CardRules {
    /// What is minimised: the logistic loss of the risks, the share of wrong calls, or the share of
    /// wrong calls of a table "M of these N conditions"
    #[arg(long, value_enum, default_value_t = LossName::Risk, value_name = "LOSS")]
    pub(crate) loss: LossName,
    /// Most conditions
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_size: u16,
    /// What every condition adds to the objective, a mean loss; by default 0, and for `slim` 0.001
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) l0: Option<f64>,
    /// Points: the least and the most, or with three numbers and more a list
    #[arg(
        long,
        value_name = "NUMBERS",
        value_delimiter = ',',
        default_value = "-5,5",
        allow_hyphen_values = true
    )]
    pub(crate) points: Vec<i32>,
    /// Points of a tier and what using one of them costs, `COST:NUMBERS`; instead of --points, the
    /// first tier that holds a number counts
    #[arg(long, value_name = "TIER", allow_hyphen_values = true, conflicts_with = "points")]
    pub(crate) tier: Vec<String>,
    /// Points of a column or of one of its conditions, `COLUMN=NUMBERS`
    #[arg(long, value_name = "POINTS")]
    pub(crate) points_of: Vec<String>,
    /// Sign of the points of a column, `COLUMN=positive` or `COLUMN=negative`
    #[arg(long, value_name = "SIGN")]
    pub(crate) sign: Vec<String>,
    /// Thresholds of one column: any, several that all rise or all fall, or one
    #[arg(long, value_enum, default_value_t = LadderName::Monotone, value_name = "HOW")]
    pub(crate) ladder: LadderName,
    /// A column (or condition) that the card must use
    #[arg(long, value_name = "COLUMN")]
    pub(crate) include: Vec<String>,
    /// A column (or condition) that the card must not use
    #[arg(long, value_name = "COLUMN")]
    pub(crate) exclude: Vec<String>,
    /// If the card uses the first column it uses the second, `A=>B`
    #[arg(long, value_name = "RULE")]
    pub(crate) if_then: Vec<String>,
    /// Largest share of the negative rows that may be called positive
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) max_fpr: Option<f64>,
    /// Least share of the positive rows that must be called positive
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) min_tpr: Option<f64>,
    /// Weights of classes: none, balanced, or CLASS=NUMBER,...
    #[arg(long, value_name = "WEIGHTS", default_value = "none")]
    pub(crate) class_weight: String,
    /// Least and largest intercept of `slim` as it was published: whole, and a total that cancels it
    /// is wrong whatever the class
    #[arg(
        long,
        value_name = "NUMBERS",
        value_delimiter = ',',
        num_args = 1,
        allow_hyphen_values = true
    )]
    pub(crate) whole_intercept: Option<Vec<i32>>,
}

/// How columns become conditions.
#[derive(Debug, Args)]
#[command(next_help_heading = "Bins")]
pub(crate) struct Bins {
    /// Cut numbers at quantiles, where the rate of the positive class changes (between bins whose
    /// rates rise or fall throughout), or leave them as they are, so that points are for each unit
    #[arg(long, value_enum, default_value_t = BinsName::Monotone, value_name = "HOW")]
    pub(crate) bins: BinsName,
    /// Most bins of a column, and groups of a category
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..))]
    pub(crate) max_bins: u16,
    /// Where the bins of a column begin, `COLUMN=30,45,60`
    #[arg(long, value_name = "CUTS")]
    pub(crate) cuts: Vec<String>,
}

/// The search and what is kept.
#[derive(Debug, Args)]
#[command(next_help_heading = "The search")]
pub(crate) struct CardSearching {
    /// Seconds for the search; the best card so far is kept, with its gap. `0` takes the first
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, allow_negative_numbers = true)]
    pub(crate) time: f64,
    /// Most sets of columns that are bounded; unlike a time, the same on every machine
    #[arg(long, value_name = "N")]
    pub(crate) nodes: Option<u64>,
    /// Stop when the card is proved to be within this share of the best
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) gap: f64,
    /// Keep all cards whose objective is up to so much above the best
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) delta: f64,
    /// Most cards that are kept
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) pool: u32,
    /// Which of the cards within delta is taken: the best, the one with the fewest columns, the one
    /// whose columns cost least to measure (--cost), or the fairest to the groups of --group
    #[arg(long, value_enum, default_value_t = PreferName::Best, value_name = "WHICH")]
    pub(crate) prefer: PreferName,
    /// What a column costs to measure, `COLUMN=NUMBER`
    #[arg(long, value_name = "COST")]
    pub(crate) cost: Vec<String>,
    /// Column whose groups are compared
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Option<String>,
    /// Folds of the cross-validation; 0 for none
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) folds: u16,
    /// Fit no unrestricted model beside the card
    #[arg(long)]
    pub(crate) no_compare: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LossName {
    Risk,
    Slim,
    MOfN,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LadderName {
    Any,
    Monotone,
    One,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BinsName {
    Quantile,
    Monotone,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PreferName {
    Best,
    Fewest,
    Cheapest,
    Fairest,
}
