//! What `fit` found out: everything that the terminal, `--json` and the report show.
//!
//! The JSON form of [`FitOutcome`] is documented and stable: `holdout.auc.value`,
//! `holdout.auc.low`, `holdout.accuracy.value`, ...

use linecall_data::{Certificate, DirectCertificate, Fingerprint, FitCertificate, Schema};
use linecall_linear::metrics::{Curves, Metrics, SetMetrics};
use serde::{Deserialize, Serialize};

use crate::{DecideOutcome, TopTokens};

/// One input column as `fit` saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoefficientRow {
    /// The design column in the user's words (`purpose = car`).
    pub name: String,
    /// Unit of the user's column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What the coefficient is read against: `purpose = house` for a category level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Coefficient per score (one for two classes, K for K), per unit of the user's column.
    pub coef: Vec<f64>,
    /// Coefficient per standard deviation of the column, per score.
    pub standardized: Vec<f64>,
    /// Lowest and highest coefficient (per standard deviation) over the cross-validation folds at
    /// the chosen lambda, per score; empty when nothing was tuned. A range, not a confidence
    /// interval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fold_range: Vec<[f64; 2]>,
}

/// One point of the cross-validation path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathPoint {
    /// Penalty strength.
    pub lambda: f64,
    /// Mean cross-validated deviance (log loss; for the SVM, mean squared hinge loss).
    pub mean: f64,
    /// Standard error of the mean over folds.
    pub standard_error: f64,
    /// Number of nonzero coefficients of the fit on all tuning rows.
    pub nonzero: u64,
}

/// How lambda was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// The rule: `min` or `1se`.
    pub rule: String,
    /// Number of folds.
    pub folds: u64,
    /// How folds were made: `stratified`, `grouped`, `time-ordered`.
    pub scheme: String,
    /// What is averaged over folds: `log loss` or `squared hinge loss`.
    pub criterion: String,
    /// All points, largest lambda first.
    pub path: Vec<PathPoint>,
    /// Index of the chosen point.
    pub chosen: usize,
    /// Index of the smallest mean.
    pub minimum: usize,
}

/// A remark that a careful colleague would make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The column it is about, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// One sentence; it opens with the column, in backticks, where there is one.
    pub text: String,
}

/// Share of each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassShare {
    /// Class name.
    pub class: String,
    /// The class in words.
    pub label: String,
    /// Rows.
    pub rows: u64,
}

/// How a stream was learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamOutcome {
    /// Passes over the rows to learn from them, with the held-out rows and without.
    pub epochs: u64,
    /// All passes over the data.
    pub passes: u64,
    /// The step length that was best.
    pub rate: f64,
    /// Bytes that the learners took at most, beside one batch of rows and its reader.
    pub memory: u64,
}

/// The result of `fit`, without the model itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitOutcome {
    /// Version of this JSON format.
    pub format: u32,
    /// Version of linecall.
    pub linecall: String,
    /// The command that reproduces the fit.
    pub command: String,
    /// File names of the data, as given (training, then test file if there is one).
    pub data: Vec<String>,
    /// Whether rows carry sets of labels rather than one class each.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multilabel: bool,
    /// All rows used, by class; of sets of labels, the rows that carry each.
    pub classes: Vec<ClassShare>,
    /// Rows that were trained on before the held-out metrics were taken.
    pub train_rows: u64,
    /// Rows held out (or of the test file).
    pub holdout_rows: u64,
    /// How the rows were held out: `stratified`, `grouped`, `last in time`, `at random`,
    /// `test file`, `none`.
    pub holdout_scheme: String,
    /// Metrics on the held-out rows of the model trained on the others; `None` with `--holdout 0`.
    pub holdout: Option<Metrics>,
    /// The same for sets of labels, where `holdout` is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_sets: Option<SetMetrics>,
    /// The curves on the held-out rows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub curves: Option<Curves>,
    /// How lambda was chosen; `None` when it was given.
    pub tuning: Option<Tuning>,
    /// How the data were learnt from without holding them; `None` where they were held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamOutcome>,
    /// Certificate of the saved model, refitted on all rows.
    pub certificate: Certificate,
    /// Coefficients of the saved model, but for n-grams of texts.
    pub coefficients: Vec<CoefficientRow>,
    /// The n-grams of each text column that speak most for and against each class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TopTokens>,
    /// Intercepts of the saved model, one per score.
    pub intercept: Vec<f64>,
    /// What each score speaks for: the positive class, or each class in order.
    pub score_classes: Vec<String>,
    /// The schema; `None` for matrix formats.
    pub schema: Option<Schema>,
    /// Remarks on data and fit (leaks, separation, convergence).
    pub remarks: Vec<Remark>,
    /// Fingerprint of the training data.
    pub fingerprint: Fingerprint,
    /// Seed of splits, folds and bootstrap.
    pub seed: u64,
    /// Whether columns were standardised inside the fit.
    pub standardize: bool,
    /// The rule of calls after the model, where one was asked for; the held-out metrics are those of
    /// the model's own calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecideOutcome>,
    /// Where the model was saved, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Where the report was saved, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

impl FitOutcome {
    /// Number of rows of the data.
    pub fn rows(&self) -> u64 {
        // A row counts to each of its labels, and to none if it has none.
        match self.multilabel {
            true => self.fingerprint.rows,
            false => self.classes.iter().map(|c| c.rows).sum(),
        }
    }

    /// The certificate of a penalised loss.
    pub fn optimum(&self) -> Option<&FitCertificate> {
        match &self.certificate {
            Certificate::Fit(certificate) => Some(certificate),
            _ => None,
        }
    }

    /// The certificate of a closed form or single pass.
    pub fn direct(&self) -> Option<&DirectCertificate> {
        match &self.certificate {
            Certificate::Direct(certificate) => Some(certificate),
            _ => None,
        }
    }
}
