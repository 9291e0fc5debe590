//! A rule, applied.

use linecall_data::Design;
use serde::{Deserialize, Serialize};

use super::{CostMatrix, least_cost};
use crate::{Error, LinearModel, Result};

/// How a row's scores become its call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Rule {
    /// Two classes: the positive one is called where the score is above this.
    Score {
        /// The threshold.
        above: f64,
    },
    /// A class is called where its probability is above this; else the one of largest score among
    /// the others.
    Class {
        /// Index of the class.
        class: usize,
        /// The threshold.
        above: f64,
    },
    /// The class of least expected cost under the model's probabilities is called.
    Cost {
        /// What each pair of true and called class costs.
        costs: CostMatrix,
    },
}

impl Rule {
    /// The score above which the positive class of two is called; `None` for other rules.
    pub fn score(&self) -> Option<f64> {
        match self {
            Self::Score { above } => Some(*above),
            _ => None,
        }
    }

    /// Checks that this is a rule for a model.
    ///
    /// # Errors
    /// One error that names what does not fit.
    pub fn check(&self, model: &LinearModel) -> Result<()> {
        let refuse =
            |value: String, expected| Err(Error::Setting { name: "rule", value, expected });
        let classes = model.classes().len();
        let stated = || model.probabilities_of(&vec![0.0; model.n_scores()]).is_some();
        match self {
            _ if model.is_multilabel() => {
                refuse("for sets of labels".to_owned(), "a model of one class a row")
            }
            Self::Score { .. } if model.positive().is_none() => {
                refuse("a threshold of one score".to_owned(), "a model of two classes")
            }
            Self::Score { above } if !above.is_finite() => {
                refuse(above.to_string(), "a finite threshold")
            }
            Self::Class { class, .. } if *class >= classes => {
                refuse(class.to_string(), "the index of a class of the model")
            }
            // Just below the least probability everybody is flagged.
            Self::Class { above, .. } if !(*above <= 1.0 && *above > -1e-300) => {
                refuse(above.to_string(), "a probability as threshold")
            }
            Self::Class { .. } | Self::Cost { .. } if model.positive().is_some() => {
                refuse("for several classes".to_owned(), "a threshold of the score of two classes")
            }
            Self::Class { .. } | Self::Cost { .. } if !stated() => {
                refuse("of probabilities".to_owned(), "a model that has them")
            }
            Self::Cost { costs } => costs.check(classes),
            _ => Ok(()),
        }
    }

    /// The class that a row's scores call.
    pub fn class_of(&self, model: &LinearModel, scores: &[f64]) -> usize {
        match self {
            Self::Score { above } => {
                let positive = model.positive().unwrap_or(1);
                let score = scores.first().copied().unwrap_or(0.0);
                if score > *above { positive } else { 1 - positive.min(1) }
            }
            Self::Class { class, above } => {
                let own = model.probabilities_of(scores).and_then(|p| p.get(*class).copied());
                match own.is_some_and(|p| p > *above) {
                    true => *class,
                    false => best_other(scores, *class),
                }
            }
            Self::Cost { costs } => match model.probabilities_of(scores) {
                Some(probability) => least_cost(costs, &probability),
                None => model.class_of(scores),
            },
        }
    }

    /// The class that is called for each row of a design.
    ///
    /// # Errors
    /// When the rule or the design does not fit the model, or a score overflows.
    pub fn calls(&self, model: &LinearModel, design: &Design) -> Result<Vec<usize>> {
        self.check(model)?;
        let scores = model.scores(design)?;
        Ok(scores.chunks_exact(model.n_scores()).map(|row| self.class_of(model, row)).collect())
    }
}

/// The class of largest score but one; the first of equals.
pub(super) fn best_other(scores: &[f64], but: usize) -> usize {
    let mut best: Option<(usize, f64)> = None;
    for (class, score) in scores.iter().enumerate().filter(|(class, _)| *class != but) {
        if best.is_none_or(|best| *score > best.1) {
            best = Some((class, *score));
        }
    }
    best.map_or(0, |best| best.0)
}
