//! Every verb and flag, defined once: parser, help, manual pages and completions come from here.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Linear classification whose every call you can challenge.
#[derive(Debug, Parser)]
#[command(name = "linecall", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Try:\n  linecall demo\n  linecall describe DATA\n  linecall fit DATA --target COLUMN"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Say what the columns of a table look like, with the warnings of a careful colleague
    #[command(
        after_help = "Example:\n  linecall describe credit_default.csv.gz --target 'default payment next month' -o schema.toml"
    )]
    Describe(Describe),
    /// Train, tune, check and save a linear classifier
    #[command(
        after_help = "Example:\n  linecall fit credit_default.csv.gz --schema credit_default.schema.toml --report report.html"
    )]
    Fit(Box<Fit>),
    /// Write the call, probabilities and score of each row
    #[command(
        after_help = "Example:\n  linecall predict model.linecall credit_default.csv.gz -o calls.csv"
    )]
    Predict(Predict),
    /// Take the metrics of a saved model on labelled rows
    #[command(after_help = "Example:\n  linecall eval model.linecall credit_default.csv.gz")]
    Eval(Eval),
    /// Show what is in a model file
    #[command(after_help = "Example:\n  linecall inspect model.linecall")]
    Inspect(Inspect),
    /// Recheck a model's certificates without refitting; exit code 1 when one fails
    #[command(after_help = "Example:\n  linecall verify model.linecall credit_default.csv.gz")]
    Verify(Verify),
    /// Challenge the call of one row: what would change it, and what speaks for and against it
    #[command(
        after_help = "Example:\n  linecall challenge model.linecall credit_default.csv.gz --row 12 --html case.html"
    )]
    Challenge(Box<Challenge>),
    /// Audit a model: recourse, groups, calibration, novelty and weight of rows, for everybody
    #[command(
        after_help = "Example:\n  linecall audit model.linecall credit_default.csv.gz --group SEX --html audit.html"
    )]
    Audit(Box<Audit>),
    /// Take an audit as a gate: exit code 1 where a requirement of a policy does not hold
    #[command(
        after_help = "Example:\n  linecall check credit_default.policy.toml model.linecall credit_default.csv.gz"
    )]
    Check(Box<Check>),
    /// Explain the answer for one row: of a model exactly, of any program or HTTP endpoint by asking it
    #[command(
        after_help = "Example:\n  linecall explain model.linecall credit_default.csv.gz --row 12 --method shap"
    )]
    Explain(Box<Explain>),
    /// Take rows out of a model as if it had never seen them, with a receipt
    #[command(
        after_help = "Example:\n  linecall forget model.linecall credit_default.csv.gz --rows 3,17,20-25 -o without.linecall"
    )]
    Forget(Forget),
    /// Take over a model that another program trained, to be judged and audited like any other
    #[command(
        after_help = "Example:\n  linecall import coefficients.csv --classes no,yes --link logistic -o imported.linecall"
    )]
    Import(Box<Import>),
    /// Put a rule after a model that treats groups alike at the least loss of accuracy
    #[command(
        after_help = "Example:\n  linecall fair model.linecall credit_default.csv.gz --group SEX --delta 0.01 -o fair.linecall"
    )]
    Fair(Fair),
    /// Run the main job on the bundled credit data, end to end
    #[command(after_help = "Example:\n  linecall demo --dir linecall-demo")]
    Demo(Demo),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  linecall completions bash")]
    Completions(Completions),
    /// Write the manual pages to a folder
    #[command(after_help = "Example:\n  linecall man --dir man")]
    Man(Man),
}

/// Talk and threads.
#[derive(Debug, Args)]
#[command(next_help_heading = "Running")]
pub(crate) struct Common {
    /// Print one JSON document to standard output instead of tables
    #[arg(long)]
    pub(crate) json: bool,
    /// Say nothing on standard error but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Number of threads (all cores if not given); results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
}

/// How files are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Reading {
    /// File format; by default from the file name, then from the first bytes
    #[arg(long, value_enum)]
    pub(crate) format: Option<FormatName>,
    /// Text encoding of CSV and TSV files
    #[arg(long, value_enum, default_value_t = EncodingName::Utf8)]
    pub(crate) encoding: EncodingName,
    /// Field separator of a CSV file: one character, or `tab`
    #[arg(long, value_name = "CHAR")]
    pub(crate) delimiter: Option<String>,
    /// Column names of a file without a header line, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) names: Option<Vec<String>>,
    /// Refuse a file that is longer than this after decompression
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FormatName {
    Csv,
    Tsv,
    Parquet,
    Arrow,
    Jsonl,
    Ts,
    Libsvm,
    Npy,
    Npz,
    Safetensors,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EncodingName {
    Utf8,
    Latin1,
}

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
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What is fitted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Learning")]
pub(crate) struct Learning {
    /// Loss: logistic, hinge, squared-hinge, smoothed-hinge[:gamma=1], modified-huber, squared,
    /// poly:eps=E, focal[:gamma=2] or relu; with more than two classes the hinges, modified-huber
    /// and squared fit one class against the rest
    #[arg(long, value_name = "LOSS", default_value = "logistic", allow_hyphen_values = true)]
    pub(crate) loss: linecall::Loss,
    /// Fit more than two classes jointly where the loss can (`auto`), or one against the rest
    #[arg(long, value_enum, default_value_t = MulticlassName::Auto)]
    pub(crate) multiclass: MulticlassName,
    /// Penalty on the coefficients of standardised columns; the intercept is free
    #[arg(long, value_enum, default_value_t = PenaltyName::L2)]
    pub(crate) penalty: PenaltyName,
    /// Share of the L1 part in the elastic net, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) l1_ratio: Option<f64>,
    /// Factor on the penalty of a column: 0 leaves it free, 2 penalises it twice; may be repeated
    #[arg(long, value_name = "COLUMN=FACTOR")]
    pub(crate) penalty_factor: Vec<String>,
    /// Bounds on the coefficient of a column, either of them empty for none (`age=0:` keeps it from
    /// being negative); may be repeated
    #[arg(long, value_name = "COLUMN=LOW:HIGH")]
    pub(crate) bounds: Vec<String>,
    /// Penalty strength, instead of tuning it
    #[arg(long, value_name = "NUMBER", conflicts_with = "c", allow_negative_numbers = true)]
    pub(crate) lambda: Option<f64>,
    /// Penalty strength as 1 / (lambda S), S the sum of the row weights, instead of tuning it
    #[arg(long = "C", value_name = "NUMBER", id = "c", allow_negative_numbers = true)]
    pub(crate) c: Option<f64>,
    /// Do not tune; needs --lambda or --C (or --penalty none)
    #[arg(long)]
    pub(crate) no_tune: bool,
    /// Which lambda tuning takes: of the smallest mean loss, or the largest within one standard
    /// error of it [default: min]
    #[arg(long, value_enum, conflicts_with_all = ["lambda", "c"])]
    pub(crate) rule: Option<RuleName>,
    /// Number of cross-validation folds [default: 10]
    #[arg(long, value_name = "N", conflicts_with_all = ["lambda", "c"], value_parser = clap::value_parser!(u16).range(2..))]
    pub(crate) folds: Option<u16>,
    /// Class weights: `none`, `balanced`, or `CLASS=WEIGHT,...`
    #[arg(long, value_name = "WEIGHTS", default_value = "none")]
    pub(crate) class_weight: String,
    /// Penalise coefficients per unit instead of per standard deviation
    #[arg(long)]
    pub(crate) no_standardize: bool,
    /// Fit without an intercept
    #[arg(long)]
    pub(crate) no_intercept: bool,
    /// Solver; `auto` goes by penalty and shape of the data
    #[arg(long, value_enum, default_value_t = SolverName::Auto)]
    pub(crate) solver: SolverName,
    /// Largest violation of the optimality conditions at which a fit has converged
    #[arg(long, value_name = "NUMBER", default_value_t = 1e-9, allow_negative_numbers = true)]
    pub(crate) tolerance: f64,
    /// Read the files once a pass instead of holding them, and learn by averaged stochastic
    /// gradient descent; for l2 with --lambda or --C. The output states memory and accuracy
    #[arg(long)]
    pub(crate) stream: bool,
}

/// Learners without a penalty, and their settings.
#[derive(Debug, Args)]
#[command(next_help_heading = "Closed forms and single passes")]
pub(crate) struct Direct {
    /// What learns: a penalised loss, as set above, or a learner that needs neither penalty nor
    /// tuning
    #[arg(long, value_enum, default_value_t = LearnerName::Penalised)]
    pub(crate) learner: LearnerName,
    /// Smoothing of naive Bayes: added to every count [default: 1]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) alpha: Option<f64>,
    /// Prior probabilities: `empirical`, `uniform`, or `CLASS=SHARE,...` [default: empirical]
    #[arg(long, value_name = "SHARES")]
    pub(crate) priors: Option<String>,
    /// Divide the weights of each class by their sum (complement naive Bayes)
    #[arg(long)]
    pub(crate) norm: bool,
    /// Share of a column's variance added to its variance within classes (Gaussian naive Bayes)
    /// [default: 1e-9]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) var_smoothing: Option<f64>,
    /// How the covariance is drawn to a simpler one: `none`, `auto` (Ledoit-Wolf), `oas`, or a
    /// number from 0 to 1 [default: auto]
    #[arg(long, value_name = "HOW", allow_negative_numbers = true)]
    pub(crate) shrinkage: Option<String>,
    /// Draw class means to the overall mean by this many standard errors, so that weak columns drop
    /// out (nearest centroid)
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) shrink_threshold: Option<f64>,
    /// Most passes over the rows [default: 10; with --stream, passes to learn from them: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) epochs: Option<u32>,
    /// Longest step of passive-aggressive learning, its `C` [default: 1]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) aggressiveness: Option<f64>,
    /// Variant of passive-aggressive learning: steps cut at `C` (1), or all shortened (2)
    /// [default: 1]
    #[arg(long, value_enum)]
    pub(crate) variant: Option<VariantName>,
    /// Visit rows in the order of the file
    #[arg(long)]
    pub(crate) no_shuffle: bool,
    /// Keep the last coefficients instead of their mean over all visits
    #[arg(long)]
    pub(crate) no_average: bool,
    /// Take the values of a matrix that are above this as 1, others as 0
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) binarize: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LearnerName {
    Penalised,
    NaiveBayesMultinomial,
    NaiveBayesBernoulli,
    NaiveBayesComplement,
    NaiveBayesGaussian,
    Lda,
    NearestCentroid,
    Perceptron,
    PassiveAggressive,
}

impl LearnerName {
    /// The name as typed.
    pub(crate) fn flag(self) -> String {
        self.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VariantName {
    #[value(name = "1")]
    One,
    #[value(name = "2")]
    Two,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MulticlassName {
    Auto,
    #[value(name = "ovr")]
    OneVsRest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PenaltyName {
    None,
    L2,
    L1,
    ElasticNet,
    GroupLasso,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleName {
    Min,
    #[value(name = "1se")]
    OneSe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SolverName {
    Auto,
    Newton,
    TrustRegion,
    ProximalNewton,
    InteriorPoint,
    DualDescent,
    Adam,
    AveragedSgd,
}

#[derive(Debug, Args)]
pub(crate) struct Predict {
    /// Model file
    pub(crate) model: String,
    /// Rows to call: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// File to write instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// Model file
    pub(crate) model: String,
    /// Labelled rows: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

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

#[derive(Debug, Args)]
pub(crate) struct Challenge {
    /// Model file
    pub(crate) model: String,
    /// The data that hold the row: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// The row, counted from 1
    #[arg(long, value_name = "N")]
    pub(crate) row: u64,
    /// Write the page as HTML, with a panel to try changes in
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// Columns to keep out of the case file, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) redact: Vec<String>,
    #[command(flatten)]
    pub(crate) questions: Questions,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Model file
    pub(crate) model: String,
    /// The rows to audit: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Write the report as HTML
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// File (TOML) that says which possible people are to have recourse; by default those between the
    /// smallest and the largest value of each column
    #[arg(long, value_name = "FILE")]
    pub(crate) within: Option<String>,
    /// Most rows for which rival models are looked at, spread evenly over the data; 0 for all
    /// [default: 1000; 100 under the hinge]
    #[arg(long, value_name = "N")]
    pub(crate) people: Option<usize>,
    /// Shares of the objective for the curves of ambiguity and discrepancy, separated by commas
    #[arg(long, value_name = "SHARES", value_delimiter = ',')]
    pub(crate) epsilons: Vec<f64>,
    /// Look at all linear classifiers with few more errors as well (0-1 loss); for data of few
    /// distinct rows
    #[arg(long)]
    pub(crate) zero_one: bool,
    /// What they are compared with
    #[arg(long, value_enum, default_value_t = BaselineName::Model, requires = "zero_one")]
    pub(crate) baseline: BaselineName,
    /// Seconds after which --zero-one gives bounds instead of exact answers
    #[arg(long, value_name = "SECONDS", default_value_t = 120, requires = "zero_one")]
    pub(crate) time_limit: u64,
    #[command(flatten)]
    pub(crate) questions: Questions,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Policy (TOML): figures of an audit, and what is required of them
    pub(crate) policy: String,
    /// Model file
    pub(crate) model: String,
    /// The rows to audit: a file, several or a folder; `-` is standard input
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Most rows for which rival models are looked at, spread evenly over the data; 0 for all
    /// [default: 1000; 100 under the hinge]
    #[arg(long, value_name = "N")]
    pub(crate) people: Option<usize>,
    #[command(flatten)]
    pub(crate) questions: Questions,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

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

#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Model file
    pub(crate) model: String,
    /// The data that it was trained on
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Rows to forget, counted from 1: numbers and ranges, separated by commas (`3,17,20-25`)
    #[arg(long, value_name = "ROWS")]
    pub(crate) rows: String,
    /// Model file to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: String,
    /// Write the receipt as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<String>,
    /// Labelled rows that the model never saw, for the membership attack
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) outside: Vec<String>,
    /// Do not measure the distance to a full refit
    #[arg(long)]
    pub(crate) no_refit: bool,
    /// Secret that is mixed into the hash of the removed rows
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) salt: String,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What is asked of calls, one by one or all together.
#[derive(Debug, Args)]
#[command(next_help_heading = "Questions")]
pub(crate) struct Questions {
    /// The training data, for questions that need them; not needed where the data are those
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) reference: Vec<String>,
    /// Class wished for; by default the schema's favourable class, else the positive one
    #[arg(long, value_name = "CLASS", allow_hyphen_values = true)]
    pub(crate) favourable: Option<String>,
    /// Ask for this probability of it, not only for the call
    #[arg(long, value_name = "P")]
    pub(crate) probability: Option<f64>,
    /// File (TOML) that says what people can change, on top of the schema
    #[arg(long, value_name = "FILE")]
    pub(crate) actions: Option<String>,
    /// What a change costs: the sum of the shifts of percentile, the largest of them, or the sum of
    /// their logarithms
    #[arg(long, value_enum, default_value_t = CostName::Total)]
    pub(crate) cost: CostName,
    /// Most ways to the wished call that are listed
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) ways: usize,
    /// Which ways are listed: those that need each of their changes, all that change other columns,
    /// or those that share no column
    #[arg(long, value_enum, default_value_t = ListName::Needed)]
    pub(crate) list: ListName,
    /// Ways must hold when each coefficient drifts by this share of itself
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) drift: f64,
    /// An equally good model may be worse by this share of the training objective
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    pub(crate) epsilon: f64,
    /// Share of training rows that would be called novel by mistake
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub(crate) false_alarms: f64,
    /// Columns whose groups put calls in context, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) group: Vec<String>,
    /// Seed of what is drawn at random
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BaselineName {
    Model,
    Optimum,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CostName {
    Total,
    Max,
    Log,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ListName {
    Needed,
    Distinct,
    Exclusive,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Model of another program: JSON of a scikit-learn classifier, a LIBLINEAR model file, or CSV
    /// with the columns `feature` and `coef` (or one a class)
    pub(crate) model: String,
    /// Which of them; by default from the first bytes and the name
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) from: Option<ImportName>,
    /// Schema of the tables to be judged, in which features are found by name
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<String>,
    /// A table like those to be judged: medians, reference levels, and without --schema the schema
    /// itself are learnt from it
    #[arg(long, value_name = "TABLE")]
    pub(crate) like: Option<String>,
    /// The target's column
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// Names of the classes in the order of the file, separated by commas; of two without names, the
    /// score speaks for the second
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) classes: Option<Vec<String>>,
    /// The positive class of two (by default the one that the score speaks for)
    #[arg(long, value_name = "CLASS")]
    pub(crate) positive: Option<String>,
    /// The class that is good for the person judged; needs a table
    #[arg(long, value_name = "CLASS")]
    pub(crate) favourable: Option<String>,
    /// Names of the features in the order of the coefficients, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) features: Option<Vec<String>>,
    /// How scores become probabilities, where the file does not say
    #[arg(long, value_enum)]
    pub(crate) link: Option<LinkName>,
    /// Model file to write
    #[arg(long, short, value_name = "FILE", default_value = "model.linecall")]
    pub(crate) output: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Fair {
    /// Model file, of two classes and with probabilities
    pub(crate) model: String,
    /// Labelled rows with the columns of groups: a file, several or a folder; `-` is standard input.
    /// Best are rows that the model was not trained on
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Columns whose groups are to be treated alike, separated by commas; calls need none of them
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', required = true)]
    pub(crate) group: Vec<String>,
    /// What is to be alike: shares called favourable (demographic-parity), the same among those who
    /// are of the favourable class (equal-opportunity), or among them and among the others
    /// (equalised-odds)
    #[arg(long, value_enum, default_value_t = ConstraintName::DemographicParity)]
    pub(crate) constraint: ConstraintName,
    /// Largest gap between groups, 0 to 1
    #[arg(long, value_name = "GAP", default_value_t = 0.02, allow_negative_numbers = true)]
    pub(crate) delta: f64,
    /// Class wished for; by default the schema's favourable class, else the positive one
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    pub(crate) favourable: Option<String>,
    /// Keep the gap so far below --delta that it holds for the population: by exact intervals of
    /// the shares, or uniformly over all thresholds (one gap of two groups)
    #[arg(long, value_enum, default_value_t = MarginName::None)]
    pub(crate) margin: MarginName,
    /// Chance that the margin fails
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, allow_negative_numbers = true)]
    pub(crate) alpha: f64,
    /// Share of the rows held out, on which the rule is measured; 0 holds out none
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, allow_negative_numbers = true)]
    pub(crate) holdout: f64,
    /// Show what accuracy each largest gap costs, from 0 to 0.3
    #[arg(long)]
    pub(crate) curve: bool,
    /// Seed of the splits
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Model file to write
    #[arg(long, short, value_name = "FILE", default_value = "fair.linecall")]
    pub(crate) output: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportName {
    #[value(name = "scikit-learn")]
    ScikitLearn,
    Liblinear,
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LinkName {
    /// Two classes: the logistic function of the score
    Logistic,
    /// Of all classes jointly
    Softmax,
    /// The logistic function of each score, divided by their sum
    #[value(name = "ovr")]
    OneVsRest,
    /// No probabilities
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ConstraintName {
    DemographicParity,
    EqualOpportunity,
    #[value(alias = "equalized-odds")]
    EqualisedOdds,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum MarginName {
    None,
    ClopperPearson,
    Uniform,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for the data, the model and the report
    #[arg(long, value_name = "FOLDER", default_value = "linecall-demo")]
    pub(crate) dir: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to write to
    #[arg(long, value_name = "FOLDER", default_value = "man")]
    pub(crate) dir: String,
}
