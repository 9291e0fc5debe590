//! Every verb and flag, defined once: parser, help, manual pages and completions come from here.

mod angle;
mod audit;
mod bootstrap;
mod challenge;
mod check;
mod codes;
mod curriculum;
mod decide;
mod demo;
mod describe;
mod diagnose;
mod eval;
mod explain;
mod export;
mod fair;
mod fit;
mod forget;
mod import;
mod inspect;
mod learning;
mod learning_curve;
mod pages;
mod path;
mod permute;
mod predict;
mod questions;
mod replay;
mod scorecard;
mod stability;
mod studied;
mod study;
mod texts;
mod verify;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use angle::Angle;
pub(crate) use audit::Audit;
pub(crate) use bootstrap::Bootstrap;
pub(crate) use challenge::Challenge;
pub(crate) use check::Check;
pub(crate) use codes::{Codes, CodesName};
pub(crate) use curriculum::Curriculum;
pub(crate) use decide::{Asking, ByName, Decide};
pub(crate) use demo::Demo;
pub(crate) use describe::Describe;
pub(crate) use diagnose::Diagnose;
pub(crate) use eval::Eval;
pub(crate) use explain::{BlackBox, Explain, MeansName, RowsName};
pub(crate) use export::{DatabaseName, Export, ExportName};
pub(crate) use fair::{ConstraintName, Fair, MarginName};
pub(crate) use fit::Fit;
pub(crate) use forget::Forget;
pub(crate) use import::{Import, ImportName, LinkName};
pub(crate) use inspect::Inspect;
pub(crate) use learning::{
    Direct, LearnerName, Learning, MulticlassName, PenaltyName, RuleName, SolverName, VariantName,
};
pub(crate) use learning_curve::LearningCurve;
pub(crate) use pages::{Completions, Man};
pub(crate) use path::{LeaveOneOutName, Path};
pub(crate) use permute::{Permute, StatisticName};
pub(crate) use predict::Predict;
pub(crate) use questions::{BaselineName, CostName, ListName, Questions};
pub(crate) use replay::Replay;
pub(crate) use scorecard::{
    BinsName, CardRules, CardSearching, LadderName, LossName, PreferName, Scorecard,
};
pub(crate) use stability::Stability;
pub(crate) use studied::Studied;
pub(crate) use study::{Study, StudyName};
pub(crate) use texts::Texts;
pub(crate) use verify::Verify;

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
    /// A scorecard: whole points for a few conditions, proved to be the best or how near
    #[command(
        after_help = "Example:\n  linecall scorecard credit_default.csv.gz --schema credit_default.schema.toml --max-size 5 --html card.html"
    )]
    Scorecard(Box<Scorecard>),
    /// Fit along a path of penalty strengths, with cross-validated and leave-one-out losses
    #[command(
        after_help = "Example:\n  linecall path credit_default.csv.gz --schema credit_default.schema.toml --points 20"
    )]
    Path(Box<Path>),
    /// How coefficients vary with the sample: fits to resamples of the rows
    #[command(
        after_help = "Example:\n  linecall bootstrap credit_default.csv.gz --schema credit_default.schema.toml --replicates 200"
    )]
    Bootstrap(Box<Bootstrap>),
    /// Whether model and coefficients would come about by chance: fits to labels dealt out anew
    #[command(
        after_help = "Example:\n  linecall permute credit_default.csv.gz --schema credit_default.schema.toml --permutations 200 --statistic auc"
    )]
    Permute(Box<Permute>),
    /// Which columns are chosen again and again: fits with corners to random halves of the rows
    #[command(
        after_help = "Example:\n  linecall stability credit_default.csv.gz --schema credit_default.schema.toml --penalty l1 --pairs 20"
    )]
    Stability(Box<Stability>),
    /// Whether more rows would help: fits to growing shares of them
    #[command(
        after_help = "Example:\n  linecall learning-curve credit_default.csv.gz --schema credit_default.schema.toml"
    )]
    LearningCurve(Box<LearningCurve>),
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
    Inspect(Box<Inspect>),
    /// Recheck a model's certificates without refitting; exit code 1 when one fails
    #[command(after_help = "Example:\n  linecall verify model.linecall credit_default.csv.gz")]
    Verify(Verify),
    /// Rebuild a model from its data and compare: byte for byte in the same program, else within the
    /// certificate; exit code 1 when it differs
    #[command(
        after_help = "Example:\n  linecall replay model.linecall --data credit_default.csv.gz"
    )]
    Replay(Replay),
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
    /// Print a model as SQL, ONNX, PMML, C and others, each re-scored on rows before it is done
    #[command(
        after_help = "Example:\n  linecall export model.linecall credit_default.csv.gz --to json,c,markdown -o scorers"
    )]
    Export(Box<Export>),
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
    /// Put a rule after a model that calls by what errors cost, by a budget, or by a floor under
    /// precision or recall; exit code 1 when no threshold does what is asked
    #[command(
        after_help = "Example:\n  linecall decide model.linecall credit_default.csv.gz --cost-matrix fp=1,fn=5 -o decided.linecall"
    )]
    Decide(Box<Decide>),
    /// Learn weights of the rows at every step of gradient descent, so that a desired loss falls
    /// early
    #[command(
        after_help = "Example:\n  linecall curriculum credit_default.csv.gz --schema credit_default.schema.toml --steps 50 --epochs 10"
    )]
    Curriculum(Box<Curriculum>),
    /// Linear codes: how many there are, which differ, and words for the classes of a classifier
    #[command(after_help = "Example:\n  linecall codes codebook --classes 10 --length 15")]
    Codes(Codes),
    /// Measure what a paper promises: by simulation (mixup, adamixup, surrogate, curriculum) or on your
    /// texts (text-grid, encodings)
    #[command(
        after_help = "On texts:\n  linecall study text-grid reviews.csv --target stars\n\nExample:\n  linecall study curriculum --report study.html"
    )]
    Study(Box<Study>),
    /// Look into a fit: margins, separability, the weight of each row, collinear columns
    #[command(
        after_help = "Example:\n  linecall diagnose model.linecall credit_default.csv.gz --html diagnose.html"
    )]
    Diagnose(Diagnose),
    /// Turn the dial of the L2 penalty: how far the boundary tilts, and what that costs
    #[command(
        after_help = "Example:\n  linecall angle model.linecall credit_default.csv.gz --standardize --loss squared --limit 30"
    )]
    Angle(Box<Angle>),
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
    /// Let numeric kernels use this instruction set, not the widest that the processor has; it is
    /// recorded in the model
    #[arg(long, value_enum)]
    pub(crate) isa: Option<IsaName>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum IsaName {
    Avx512,
    Avx2,
    Baseline,
}

impl IsaName {
    /// The name that models record.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Baseline => "baseline",
        }
    }
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
