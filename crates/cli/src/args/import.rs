//! Flags of `import`.

use clap::{Args, ValueEnum};

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Model of another program: JSON of a scikit-learn classifier, a LIBLINEAR model file, an ONNX
    /// LinearClassifier, a readable model of Vowpal Wabbit, or CSV with the columns `feature` and
    /// `coef` (or one a class)
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportName {
    #[value(name = "scikit-learn")]
    ScikitLearn,
    Liblinear,
    Csv,
    /// An ONNX file with one LinearClassifier
    Onnx,
    /// What `vw --invert_hash` or `vw --readable_model` wrote
    Vw,
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
