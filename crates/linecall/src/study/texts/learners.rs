//! The learners of a study, each with the strengths that are tried.

use linecall_data::Dataset;
use linecall_linear::direct::{DirectPlan, Learner, Passes, Priors};
use linecall_linear::many::{ManyOptions, Variation};
use linecall_linear::tune::default_path;
use linecall_linear::{LinearModel, Loss, Penalty, Plan};
use serde::{Deserialize, Serialize};

use crate::Result;

/// A learner of a study of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearnerName {
    /// Logistic regression with an L2 penalty; softmax for more than two classes.
    LogisticRegression,
    /// Multinomial naive Bayes; of coordinates, which may be below 0 and are no counts, Gaussian naive
    /// Bayes with shared variances, which is linear too.
    NaiveBayes,
    /// The averaged perceptron.
    Perceptron,
    /// Linear support vector machine: squared hinge with an L2 penalty, each class against the rest.
    SupportVectorMachine,
}

impl LearnerName {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 4] =
        [Self::LogisticRegression, Self::NaiveBayes, Self::Perceptron, Self::SupportVectorMachine];

    /// The name in words; `coordinates` tells whether it learns from coordinates.
    pub fn describe(self, coordinates: bool) -> &'static str {
        match (self, coordinates) {
            (Self::LogisticRegression, _) => "logistic regression",
            (Self::NaiveBayes, false) => "multinomial naive Bayes",
            (Self::NaiveBayes, true) => "Gaussian naive Bayes",
            (Self::Perceptron, _) => "averaged perceptron",
            (Self::SupportVectorMachine, _) => "linear SVM",
        }
    }

    /// What its strength is.
    pub fn strength(self) -> &'static str {
        match self {
            Self::LogisticRegression | Self::SupportVectorMachine => "lambda",
            Self::NaiveBayes => "smoothing",
            Self::Perceptron => "passes",
        }
    }
}

/// Smoothings of naive Bayes, from the strongest.
const SMOOTHINGS: [f64; 5] = [1.0, 0.3, 0.1, 0.03, 0.01];
/// Passes of the perceptron, from the fewest.
const PASSES: [f64; 3] = [1.0, 3.0, 10.0];
/// Strengths of the penalty, each by the root of ten below the one before.
const PENALTIES: i32 = 9;
/// Largest violation of the optimality conditions of a fit that only chooses a strength.
const LOOSE: f64 = 1e-4;
/// The same of a fit that is measured.
const TIGHT: f64 = 1e-6;

/// A learner as it is set for the data of a study.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setup {
    pub(super) learner: LearnerName,
    /// Whether it learns from coordinates.
    pub(super) coordinates: bool,
    pub(super) seed: u64,
}

/// A model with what its certificate says.
pub(super) struct Learnt {
    pub(super) model: LinearModel,
    /// Violation of the optimality conditions, of a penalised loss.
    pub(super) residual: Option<f64>,
}

impl Setup {
    /// The strengths that are tried, from the simplest model.
    pub(super) fn strengths(self, data: &Dataset) -> Result<Vec<f64>> {
        let Some(plan) = self.plan(1.0, LOOSE) else {
            let direct =
                if self.learner == LearnerName::Perceptron { &PASSES[..] } else { &SMOOTHINGS };
            return Ok(direct.to_vec());
        };
        // The path starts at the largest slope at zero; of columns that are no n-grams, at ten times it.
        let start = default_path(&plan, data)?.first().copied().unwrap_or(1.0);
        let top = if data.design.grams().is_empty() { start / 10.0 } else { start };
        Ok((1..=PENALTIES).map(|k| top * 10f64.powf(-0.5 * f64::from(k))).collect())
    }

    /// The strength for fewer rows that stands for the same trust in each row.
    pub(super) fn for_rows(self, strength: f64, rows: usize, fewer: usize) -> f64 {
        match self.plan(strength, TIGHT) {
            Some(_) => strength * rows as f64 / fewer.max(1) as f64,
            None => strength,
        }
    }

    /// Models along strengths, only good enough to choose one.
    pub(super) fn along(self, data: &Dataset, strengths: &[f64]) -> Result<Vec<LinearModel>> {
        let Some(plan) = self.plan(1.0, LOOSE) else {
            return strengths.iter().map(|s| Ok(self.fit(data, *s)?.model)).collect();
        };
        let options = ManyOptions { lambdas: strengths, certify: false, watch: &|_, _| () };
        let same = |_: usize| Ok(Variation::default());
        let mut found = plan.fit_many(data, 1, &same, options)?;
        let path = found.pop().ok_or(linecall_linear::Error::NoRows)??;
        path.iter().map(|own| Ok(own.model(&plan, data)?)).collect()
    }

    /// The model at a strength.
    pub(super) fn fit(self, data: &Dataset, strength: f64) -> Result<Learnt> {
        if let Some(plan) = self.plan(strength, TIGHT) {
            let fit = plan.fit(data)?;
            let residual = Some(fit.certificate.residual);
            return Ok(Learnt { model: fit.model, residual });
        }
        let fit = DirectPlan::new(self.direct(strength)).fit(data)?;
        Ok(Learnt { model: fit.model, residual: None })
    }

    fn plan(self, lambda: f64, tolerance: f64) -> Option<Plan> {
        let loss = match self.learner {
            LearnerName::LogisticRegression => Loss::Logistic,
            LearnerName::SupportVectorMachine => Loss::SquaredHinge,
            LearnerName::NaiveBayes | LearnerName::Perceptron => return None,
        };
        Some(Plan { standardize: false, tolerance, ..Plan::new(loss, Penalty::l2(lambda)) })
    }

    fn direct(self, strength: f64) -> Learner {
        let priors = Priors::Empirical;
        match (self.learner, self.coordinates) {
            (LearnerName::Perceptron, _) => {
                let epochs = strength.round() as u32;
                let passes =
                    Passes { epochs, seed: self.seed, standardize: false, ..Passes::default() };
                Learner::Perceptron { passes }
            }
            (_, true) => Learner::NaiveBayesGaussian { var_smoothing: strength, priors },
            (_, false) => Learner::NaiveBayesMultinomial { alpha: strength, priors },
        }
    }
}
