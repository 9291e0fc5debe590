//! What is fitted and how: loss, penalty, solver, learners without a penalty.

use clap::{Args, ValueEnum};

/// What is fitted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Learning")]
pub(crate) struct Learning {
    /// Loss: logistic, hinge, squared-hinge, smoothed-hinge[:gamma=1], modified-huber, squared,
    /// poly:eps=E, focal[:gamma=2] or relu; with more than two classes the hinges, modified-huber
    /// and squared fit one class against the rest
    #[arg(long, value_name = "LOSS", default_value = "logistic", allow_hyphen_values = true)]
    pub(crate) loss: linecall::Loss,
    /// Fit more than two classes jointly where the loss can (`auto`), one against the rest (`ovr`), or
    /// by error-correcting output codes (`codes`, for `fit`)
    #[arg(long, value_enum, default_value_t = MulticlassName::Auto)]
    pub(crate) multiclass: MulticlassName,
    /// Number of learners of --multiclass codes [default: about 10 log2 of the classes]
    #[arg(long, value_name = "N")]
    pub(crate) code_length: Option<usize>,
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
    /// Train on mixtures of all pairs of rows instead of the rows: `mixup` or
    /// `mixup:alpha=A[,power=P]` (weights are Beta(A, A)), `mixup:lambda=L` (always the weight L);
    /// for smooth losses, more than two classes with --multiclass ovr
    #[arg(long, value_name = "MIXTURE", default_value = "none")]
    pub(crate) vicinal: linecall::vicinal::Vicinal,
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
    /// Most passes over the rows [default: 10; with --stream 5; of an
    /// embedding as many as make 100,000 visits of rows, 5 to 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) epochs: Option<u32>,
    /// Dimensions of an embedding's vectors [default: 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) dim: Option<u32>,
    /// Learning rate of an embedding's first step; it falls to 0 [default: 0.5]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) learning_rate: Option<f64>,
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
    Embedding,
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
    Codes,
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
