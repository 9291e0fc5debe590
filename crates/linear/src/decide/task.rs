//! What is asked of a rule.

use serde::{Deserialize, Serialize};

use super::CostMatrix;
use crate::{Error, LinearModel, Result};

/// What the threshold of least expected cost is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The cut of least cost on the rows: needs two classes, and no probabilities.
    #[default]
    Scores,
    /// The class of least expected cost under the model's probabilities: right as far as they are.
    Probabilities,
}

impl By {
    /// The name used in flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::Probabilities => "probabilities",
        }
    }
}

/// What is asked of a rule. `flag` is the index of the class that is flagged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Task {
    /// The least expected cost, or the largest expected value.
    Cost {
        /// What each pair of true and called class costs.
        costs: CostMatrix,
        /// What it is taken from.
        by: By,
    },
    /// As many rows of a class as a budget allows.
    Budget {
        /// Largest share of the rows that may be flagged.
        share: f64,
        /// The class.
        flag: usize,
        /// Where given, the upper confidence bound of the share must keep to it as well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confidence: Option<f64>,
    },
    /// The largest recall of a class at a precision of at least a floor.
    Precision {
        /// The floor.
        floor: f64,
        /// The class.
        flag: usize,
        /// Where given, the lower confidence bound of the precision must reach the floor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confidence: Option<f64>,
    },
    /// The largest precision of a class at a recall of at least a floor.
    Recall {
        /// The floor.
        floor: f64,
        /// The class.
        flag: usize,
        /// Where given, the lower confidence bound of the recall must reach the floor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confidence: Option<f64>,
    },
}

impl Task {
    /// The class that is flagged; of a cost matrix, the positive class of two.
    pub fn flag(&self, model: &LinearModel) -> Option<usize> {
        match self {
            Self::Cost { .. } => model.positive(),
            Self::Budget { flag, .. }
            | Self::Precision { flag, .. }
            | Self::Recall { flag, .. } => Some(*flag),
        }
    }

    /// The level of the bound that must keep to what is asked, where there is one.
    pub fn confidence(&self) -> Option<f64> {
        match self {
            Self::Cost { .. } => None,
            Self::Budget { confidence, .. }
            | Self::Precision { confidence, .. }
            | Self::Recall { confidence, .. } => *confidence,
        }
    }

    /// The task in words.
    pub fn describe(&self, classes: &[String]) -> String {
        let class = |at: &usize| classes.get(*at).map_or("", String::as_str);
        let sure = |confidence: &Option<f64>| match confidence {
            Some(level) => format!(", by its {}% bound", 100.0 * level),
            None => String::new(),
        };
        match self {
            Self::Cost { costs, by } => {
                format!("{}, by {}", costs.describe(classes), by.name())
            }
            Self::Budget { share, flag, confidence } => {
                let (class, sure) = (class(flag), sure(confidence));
                format!("flag `{class}` for at most {share} of the rows{sure}")
            }
            Self::Precision { floor, flag, confidence } => {
                let (class, sure) = (class(flag), sure(confidence));
                format!("the largest recall of `{class}` at a precision of at least {floor}{sure}")
            }
            Self::Recall { floor, flag, confidence } => {
                let (class, sure) = (class(flag), sure(confidence));
                format!("the largest precision of `{class}` at a recall of at least {floor}{sure}")
            }
        }
    }

    /// Checks that the task means something for a model.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self, model: &LinearModel) -> Result<()> {
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        let classes = model.classes().len();
        if let Some(level) = self.confidence().filter(|level| !(*level > 0.5 && *level < 1.0)) {
            return refuse("confident", level.to_string(), "a level above 0.5 and below 1");
        }
        if model.positive().is_none() && model.probabilities_of(&vec![0.0; classes]).is_none() {
            let value = "for a model of several classes without probabilities".to_owned();
            return refuse("rule", value, "probabilities, which make classes comparable");
        }
        match self {
            Self::Cost { costs, by } => {
                costs.check(classes)?;
                if *by == By::Scores && model.positive().is_none() {
                    let expected = "probabilities: a cut of scores is for two classes";
                    return refuse("by", by.name().to_owned(), expected);
                }
                if *by == By::Probabilities && model.probabilities_of(&[0.0]).is_none() {
                    let expected = "scores: the model has no probabilities";
                    return refuse("by", by.name().to_owned(), expected);
                }
                Ok(())
            }
            Self::Budget { share, .. } if !(*share > 0.0 && *share < 1.0) => {
                refuse("budget", share.to_string(), "a share above 0 and below 1")
            }
            Self::Precision { floor, .. } if !(*floor > 0.0 && *floor <= 1.0) => {
                refuse("min-precision", floor.to_string(), "a share above 0, at most 1")
            }
            Self::Recall { floor, .. } if !(*floor > 0.0 && *floor <= 1.0) => {
                refuse("min-recall", floor.to_string(), "a share above 0, at most 1")
            }
            Self::Budget { flag, .. }
            | Self::Precision { flag, .. }
            | Self::Recall { flag, .. } => match *flag < classes {
                true => Ok(()),
                false => refuse("flag", flag.to_string(), "the index of a class of the model"),
            },
        }
    }
}
