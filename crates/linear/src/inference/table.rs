//! What every method of inference answers with.

use serde::{Deserialize, Serialize};

use super::distributions::{normal_two_sided, normal_within, student_two_sided, student_within};
use super::likelihood::LikelihoodSummary;
use crate::{Error, Result};

/// A method of inference, by name.
///
/// ```
/// use linecall_linear::inference::InferenceMethod;
/// assert_eq!("hc3".parse::<InferenceMethod>()?, InferenceMethod::Hc3);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InferenceMethod {
    /// The inverse curvature of the likelihood.
    Model,
    /// The sandwich.
    Hc0,
    /// The sandwich times `n / (n - p)`.
    Hc1,
    /// The sandwich of slopes divided by the root of one minus their leverage.
    Hc2,
    /// The sandwich of slopes divided by one minus their leverage.
    Hc3,
    /// The sandwich of sums over clusters.
    Cluster,
    /// Percentiles of fits to resampled rows.
    Bootstrap,
    /// Percentiles corrected for bias and skewness.
    Bca,
    /// The lasso, one step from it.
    Debiased,
    /// Where the likelihood falls by as much as chance would have it.
    Profile,
    /// Maximum likelihood with Jeffreys' prior.
    Firth,
}

impl InferenceMethod {
    /// Every method.
    pub const ALL: [Self; 11] = [
        Self::Model,
        Self::Hc0,
        Self::Hc1,
        Self::Hc2,
        Self::Hc3,
        Self::Cluster,
        Self::Bootstrap,
        Self::Bca,
        Self::Debiased,
        Self::Profile,
        Self::Firth,
    ];

    /// The name in flags and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Hc0 => "hc0",
            Self::Hc1 => "hc1",
            Self::Hc2 => "hc2",
            Self::Hc3 => "hc3",
            Self::Cluster => "cluster",
            Self::Bootstrap => "bootstrap",
            Self::Bca => "bca",
            Self::Debiased => "debiased",
            Self::Profile => "profile",
            Self::Firth => "firth",
        }
    }

    /// The name in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Model => "model-based",
            Self::Hc0 => "sandwich HC0",
            Self::Hc1 => "sandwich HC1",
            Self::Hc2 => "sandwich HC2",
            Self::Hc3 => "sandwich HC3",
            Self::Cluster => "clustered sandwich",
            Self::Bootstrap => "bootstrap, percentile",
            Self::Bca => "bootstrap, BCa",
            Self::Debiased => "debiased lasso",
            Self::Profile => "profile likelihood",
            Self::Firth => "Firth",
        }
    }
}

impl std::str::FromStr for InferenceMethod {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let lower = text.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|method| method.name() == lower).ok_or_else(|| Error::Setting {
            name: "inference",
            value: text.to_owned(),
            expected: "model, hc0, hc1, hc2, hc3, cluster, bootstrap, bca, debiased, profile or \
                       firth",
        })
    }
}

/// What a coefficient is held against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Statistic {
    /// The coefficient over its standard error, normal if it is 0.
    Z,
    /// The same, of Student's distribution.
    T {
        /// Degrees of freedom.
        df: f64,
    },
    /// The signed root of twice what the (penalised) log-likelihood loses without the term; its square
    /// is chi-squared of one degree of freedom.
    SignedRoot,
    /// None: the test is the share of replicates beyond 0.
    Replicates,
}

impl Statistic {
    /// The name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Z => "z",
            Self::T { .. } => "t",
            Self::SignedRoot => "root LR",
            Self::Replicates => "",
        }
    }

    /// The chance of a statistic further from 0.
    pub(super) fn two_sided(self, value: f64) -> f64 {
        match self {
            Self::T { df } => student_two_sided(value, df),
            _ => normal_two_sided(value),
        }
    }

    /// Standard errors from the coefficient to the ends of the interval.
    pub(super) fn reach(self, confidence: f64) -> f64 {
        match self {
            Self::T { df } => student_within(confidence, df),
            _ => normal_within(confidence),
        }
    }
}

/// What there is to say of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// It was estimated.
    Estimated,
    /// Its column has one value, so nothing is known of its coefficient.
    Constant,
    /// Its column is a combination of others, so its coefficient is not a number of its own.
    Aliased,
    /// The method says nothing of it.
    NotCovered,
}

/// One coefficient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InferenceRow {
    /// What the score speaks for, where there is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
    /// The design column, in the user's words, or `(intercept)`.
    pub term: String,
    /// Index of the design column; `None` for the intercept.
    pub column: Option<usize>,
    /// Whether it was estimated.
    pub standing: Standing,
    /// The coefficient, per unit of the column.
    pub coef: Option<f64>,
    /// Its standard error.
    pub std_err: Option<f64>,
    /// The [`Statistic`].
    pub statistic: Option<f64>,
    /// The chance of a statistic as far from 0 if the coefficient is 0.
    pub p_value: Option<f64>,
    /// Lower end of the interval; `None` where there is none, or it has no end.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// First-order estimate of how far the penalty moved the coefficient; `None` without a penalty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<f64>,
}

/// The coefficients of a model by one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InferenceTable {
    /// The method.
    pub method: InferenceMethod,
    /// What must hold for the intervals to cover as often as they say, in a sentence.
    pub assumption: String,
    /// What the intervals are intervals of, in a sentence.
    pub target: String,
    /// The level of the intervals.
    pub confidence: f64,
    /// What coefficients are held against.
    pub statistic: Statistic,
    /// Rows of positive weight.
    pub observations: u64,
    /// The sum of the row weights; the number of rows without weights.
    pub weight: f64,
    /// Clusters, where rows are taken by cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// Replicates that were fitted, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicates: Option<u64>,
    /// The class that scores are told against, where that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The fit as a whole, where it is maximum likelihood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<LikelihoodSummary>,
    /// Residual variance of each score, where it was estimated.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dispersion: Vec<f64>,
    /// One row a term, score after score, the intercept first.
    pub rows: Vec<InferenceRow>,
    /// What a reader must know, in sentences.
    pub remarks: Vec<String>,
}

impl InferenceTable {
    /// The row of a term, of the first score that has it.
    pub fn row(&self, term: &str) -> Option<&InferenceRow> {
        self.rows.iter().find(|row| row.term == term)
    }
}
