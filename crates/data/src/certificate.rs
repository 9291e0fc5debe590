//! What is proved about a model, kept beside it.

use serde::{Deserialize, Serialize};

/// Why a solver stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The optimality residual or the duality gap is within the tolerance.
    Converged,
    /// No step lowers the objective in double precision; the residual is as small as it gets.
    Precision,
    /// The limit on iterations was reached first. The coefficients are usable but not optimal.
    IterationLimit,
    /// The passes that were asked for are made; the duality gap says how near the optimum is.
    PassesDone,
}

impl StopReason {
    /// The reason in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Precision => "no further progress in double precision",
            Self::IterationLimit => "iteration limit reached",
            Self::PassesDone => "the passes asked for are made",
        }
    }
}

/// How near a fit is to the optimum of its objective
/// `(1/S) sum_i s_i loss_i + lambda P(w)`, `S = sum_i s_i`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitCertificate {
    /// Loss by name (`logistic`, `squared_hinge`).
    pub loss: String,
    /// Penalty by name (`none`, `l2`, `l1`).
    pub penalty: String,
    /// Penalty strength.
    pub lambda: f64,
    /// Solver by name.
    pub solver: String,
    /// Objective at the returned coefficients.
    pub objective: f64,
    /// Objective minus a proved lower bound of the optimum; `None` where the loss has none here.
    pub duality_gap: Option<f64>,
    /// Number of coefficients that are 0 in every model of the smallest objective, proved from the
    /// gap; `None` where nothing holds a coefficient at 0, or the loss has no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_zero: Option<u64>,
    /// Largest violation of the optimality conditions, in the units of the objective's gradient
    /// with respect to the standardised coefficients.
    pub residual: f64,
    /// The residual that was asked for.
    pub tolerance: f64,
    /// Outer iterations.
    pub iterations: u64,
    /// Passes over the data (each row visited once a pass).
    pub passes: u64,
    /// Why the solver stopped.
    pub stop: StopReason,
    /// Whether the objective is convex, so that a zero residual means a global optimum.
    pub convex: bool,
}

/// What a closed form or a single pass computed, with numbers that can be computed again from the
/// saved coefficients and the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectCertificate {
    /// Learner by name (`lda`, `naive_bayes_multinomial`, `perceptron`).
    pub learner: String,
    /// Sum of the row weights (times the class weight) of each class, in class order.
    pub class_weight: Vec<f64>,
    /// Prior probability of each class; empty for a learner without priors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priors: Vec<f64>,
    /// How far each class's covariance was drawn to a multiple of the identity, from 0 to 1; one
    /// entry where all classes share it, none for a learner without shrinkage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shrinkage: Vec<f64>,
    /// Rank of the covariance that was inverted; `None` for a learner that inverts none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u64>,
    /// Largest violation of the equations that define the coefficients and intercepts; `None` for
    /// an algorithm that no equation defines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<f64>,
    /// What `mean_loss` averages: `log_loss` of a posterior, `hinge`, or `perceptron` (by how much
    /// a row's own class falls behind).
    pub loss: String,
    /// Weighted mean of that loss over the training rows, at the uncalibrated scores.
    pub mean_loss: f64,
    /// Weighted share of the training rows that the model calls wrongly.
    pub training_error: f64,
    /// Passes over the data (each row visited once a pass).
    pub passes: u64,
    /// Rows called wrongly when their turn came, pass by pass; empty for a closed form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<u64>,
}

/// A statement about a model that can be rechecked without refitting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Certificate {
    /// Optimality of the fit.
    Fit(FitCertificate),
    /// What a closed form or a single pass computed.
    Direct(DirectCertificate),
    /// How near a card of whole points is to the best that is allowed.
    Card(CardCertificate),
    /// How many wrong bits the words of the classes mend.
    Code(Box<CodeCertificate>),
}

/// Words of bits for the classes, how far they are apart, and the learners of the bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeCertificate {
    /// A word of `0` and `1` for each class, in class order.
    pub words: Vec<String>,
    /// The least number of bits in which two words differ, `d`.
    pub distance: u64,
    /// So many wrong bits, whichever they are, leave the right word the nearest:
    /// `floor((d - 1) / 2)`.
    pub corrects: u64,
    /// Proved: no words for so many classes, of this length, are farther apart.
    pub bound: u64,
    /// Dimension of the linear code that the differences of words span.
    pub dimension: u64,
    /// Dimension of its hull: 0 for a code with complementary dual.
    pub hull: u64,
    /// How near the learners of the bits are to the optimum of the sum of their objectives.
    pub bits: FitCertificate,
    /// Coefficients of the learners: `[bit][column]`, in the units of the columns.
    pub bit_coef: Vec<Vec<f64>>,
    /// Intercepts of the learners.
    pub bit_intercept: Vec<f64>,
    /// How often bits are wrong on rows that their learners did not see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<BitErrors>,
}

/// How often bits are wrong, and how often together, on rows that their learners did not see. Rows
/// count by their weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BitErrors {
    /// Number of rows.
    pub rows: u64,
    /// Share of the rows where each bit is wrong.
    pub error: Vec<f64>,
    /// Mean over pairs of bits of the correlation between the one being wrong and the other; `None`
    /// where no two bits are ever wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_correlation: Option<f64>,
    /// The largest of these correlations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_correlation: Option<f64>,
    /// Share of the rows with no more wrong bits than are always mended.
    pub within: f64,
    /// Share of the rows called rightly by the nearest word.
    pub hamming: f64,
    /// Share called rightly by the sum of scores, as the model does.
    pub linear: f64,
    /// Share called rightly by the greatest likelihood of independent bits, whose log odds are
    /// calibrated bit by bit on these rows.
    pub likelihood: f64,
}

/// How near a card of whole points is to the best one that its plan allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardCertificate {
    /// What is minimised: `risk` (the mean logistic loss) or `slim` (the share of wrong calls), and
    /// what conditions cost.
    pub objective: String,
    /// The mean loss of the card.
    pub loss: f64,
    /// The objective of the card: its loss and what its conditions cost.
    pub upper: f64,
    /// Proved: no card that is allowed has a smaller objective.
    pub lower: f64,
    /// `upper - lower`.
    pub gap: f64,
    /// Whether the card is proved to be the best, within 1e-9.
    pub optimal: bool,
    /// Number of conditions.
    pub size: u64,
    /// Most conditions that were allowed.
    pub max_size: u64,
    /// Number of columns that conditions were chosen from.
    pub columns: u64,
    /// Number of distinct rows.
    pub points: u64,
    /// Sets of columns that were bounded.
    pub nodes: u64,
    /// Cards up to so much above the best were kept.
    pub delta: f64,
    /// How many were kept.
    pub pool: u64,
    /// Whether these are all there are.
    pub complete: bool,
}
