//! Which closed form or single pass, and its settings.

use serde::{Deserialize, Serialize};

use super::{CurriculumSettings, centroid};
use crate::class_stats::Keep;
use crate::{Error, Result};

/// A learner that needs no iteration to convergence: a closed form over class statistics, or an
/// algorithm of a fixed number of passes.
///
/// Scores of two classes are the difference of the class scores, in favour of the positive class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Learner {
    /// Multinomial naive Bayes: a row is a bag of `x_j` draws of column `j`.
    NaiveBayesMultinomial {
        /// Added to the count of every column in every class; above 0.
        alpha: f64,
        /// Prior probabilities of the classes.
        priors: Priors,
    },
    /// Bernoulli naive Bayes: every column is 0 or 1, and both speak.
    NaiveBayesBernoulli {
        /// Added to the count of zeros and to that of ones; above 0.
        alpha: f64,
        /// Prior probabilities of the classes.
        priors: Priors,
    },
    /// Complement naive Bayes (Rennie and others 2003): a class is scored by what the others are
    /// not.
    NaiveBayesComplement {
        /// Added to the count of every column in every complement; above 0.
        alpha: f64,
        /// Whether each class's weights are divided by their sum.
        norm: bool,
    },
    /// Gaussian naive Bayes with one variance a column for all classes, which makes it linear.
    NaiveBayesGaussian {
        /// Added to a column's variance, as a share of its variance over all rows; 0 or above.
        var_smoothing: f64,
        /// Prior probabilities of the classes.
        priors: Priors,
    },
    /// Linear discriminant analysis: one Gaussian a class, one covariance for all.
    Lda {
        /// How the covariance is drawn to a simpler one.
        shrinkage: Shrinkage,
        /// Prior probabilities of the classes.
        priors: Priors,
        /// Whether the shrinkage works on columns of unit deviation, so that units do not matter.
        standardize: bool,
    },
    /// The class of the nearest mean.
    NearestCentroid {
        /// Means are drawn to the overall mean by this many standard errors (Tibshirani and
        /// others 2003); `None` leaves them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shrink_threshold: Option<f64>,
        /// Whether distances are taken between columns of unit deviation.
        standardize: bool,
    },
    /// The perceptron of Rosenblatt (1958), averaged as Freund and Schapire (1999) and Collins
    /// (2002) do.
    Perceptron {
        /// Passes over the rows and how the coefficients come out of them.
        passes: Passes,
    },
    /// Passive-aggressive learning (Crammer and others 2006).
    PassiveAggressive {
        /// Largest step (variant I) or the weight of errors against steps (variant II); above 0.
        c: f64,
        /// Which of the two.
        variant: Variant,
        /// Passes over the rows and how the coefficients come out of them.
        passes: Passes,
    },
    /// Gradient descent under a learned curriculum ([`crate::curriculum`]); two classes.
    Curriculum {
        /// Steps, lengths, and the share of the rows that say what is desired.
        settings: CurriculumSettings,
    },
    /// Vectors of columns averaged into a linear head by stochastic descent, as fastText and
    /// byteSteady do ([`crate::embedding`]), collapsed to coefficients.
    Embedding {
        /// Dimensions of a vector.
        dim: u32,
        /// Passes over the rows; `None` takes as many as make 100,000 visits, 5 to 100.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epochs: Option<u32>,
        /// The learning rate of the first visit, which falls to 0; above 0.
        learning_rate: f64,
        /// Seed of the first vectors and of the order of the rows.
        seed: u64,
    },
}

/// Prior probabilities of the classes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Priors {
    /// The classes' shares of the weight.
    #[default]
    Empirical,
    /// The same for every class.
    Uniform,
    /// As given.
    Given {
        /// A share above 0 for every class; they sum to 1.
        shares: Vec<(String, f64)>,
    },
}

/// How a covariance `C` of `d` columns is drawn to `mu I`, `mu = tr(C) / d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Shrinkage {
    /// Not at all.
    None,
    /// By the share that Ledoit and Wolf (2004) find best, for each class.
    #[default]
    LedoitWolf,
    /// By that of Chen, Wiesel, Eldar and Hero (2010), the oracle approximating one.
    OracleApproximating,
    /// By this share.
    Fixed {
        /// From 0 (not at all) to 1.
        share: f64,
    },
}

/// Variants of passive-aggressive learning: how noise is borne.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Variant {
    /// A step is at most `c`.
    #[default]
    I,
    /// Every step is shortened, the more the smaller `c` is.
    II,
}

/// Passes over the rows, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passes {
    /// Most passes; fewer when one of them changes nothing.
    pub epochs: u32,
    /// Whether the order of the rows is drawn anew for each pass.
    pub shuffle: bool,
    /// Seed of that order.
    pub seed: u64,
    /// Whether the coefficients are the mean over all visits instead of the last ones.
    pub average: bool,
    /// Whether columns are centred (dense storage) and divided by their deviation first.
    pub standardize: bool,
}

impl Default for Passes {
    fn default() -> Self {
        Self { epochs: 10, shuffle: true, seed: 0, average: true, standardize: true }
    }
}

impl Learner {
    /// The name in certificates and model files; the command's has hyphens.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NaiveBayesMultinomial { .. } => "naive_bayes_multinomial",
            Self::NaiveBayesBernoulli { .. } => "naive_bayes_bernoulli",
            Self::NaiveBayesComplement { .. } => "naive_bayes_complement",
            Self::NaiveBayesGaussian { .. } => "naive_bayes_gaussian",
            Self::Lda { .. } => "lda",
            Self::NearestCentroid { .. } => "nearest_centroid",
            Self::Perceptron { .. } => "perceptron",
            Self::PassiveAggressive { .. } => "passive_aggressive",
            Self::Curriculum { .. } => "curriculum",
            Self::Embedding { .. } => "embedding",
        }
    }

    /// The name in words.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::NaiveBayesMultinomial { .. } => "multinomial naive Bayes",
            Self::NaiveBayesBernoulli { .. } => "Bernoulli naive Bayes",
            Self::NaiveBayesComplement { .. } => "complement naive Bayes",
            Self::NaiveBayesGaussian { .. } => "Gaussian naive Bayes with shared variances",
            Self::Lda { .. } => "linear discriminant analysis",
            Self::NearestCentroid { .. } => "nearest centroid",
            Self::Perceptron { passes } if passes.average => "averaged perceptron",
            Self::Perceptron { .. } => "perceptron",
            Self::PassiveAggressive { passes, .. } if passes.average => {
                "averaged passive-aggressive"
            }
            Self::PassiveAggressive { .. } => "passive-aggressive",
            Self::Curriculum { .. } => "gradient descent under a learned curriculum",
            Self::Embedding { .. } => "embedding averaged into a linear head",
        }
    }

    /// Whether the scores are log odds of a posterior; the others need calibration to be
    /// probabilities.
    pub fn has_posterior(&self) -> bool {
        matches!(
            self,
            Self::NaiveBayesMultinomial { .. }
                | Self::NaiveBayesBernoulli { .. }
                | Self::NaiveBayesGaussian { .. }
                | Self::Lda { .. }
                | Self::Curriculum { .. }
                | Self::Embedding { .. }
        )
    }

    /// Whether the coefficients are where a descent ended: neither a formula nor steps of an
    /// algorithm that could be told row by row.
    pub(super) fn descends(&self) -> bool {
        matches!(self, Self::Curriculum { .. } | Self::Embedding { .. })
    }

    /// The second moments that determine the coefficients, together with weights and sums by
    /// class; `None` where class statistics do not: an algorithm of passes, a shrinkage estimated on
    /// the rows, or priors of the discriminant that are not the classes' shares.
    pub fn keeps(&self) -> Option<Keep> {
        match self {
            Self::NaiveBayesMultinomial { .. }
            | Self::NaiveBayesBernoulli { .. }
            | Self::NaiveBayesComplement { .. } => Some(Keep::Sums),
            Self::NaiveBayesGaussian { .. } => Some(Keep::Variances),
            Self::NearestCentroid { shrink_threshold, standardize } => {
                Some(centroid::keeps(*shrink_threshold, *standardize))
            }
            Self::Lda {
                shrinkage: Shrinkage::None | Shrinkage::Fixed { .. },
                priors: Priors::Empirical,
                ..
            } => Some(Keep::Covariance),
            _ => None,
        }
    }

    /// Whether columns are divided by their deviation inside.
    pub fn standardizes(&self) -> bool {
        match self {
            Self::Lda { standardize, .. } | Self::NearestCentroid { standardize, .. } => {
                *standardize
            }
            Self::Curriculum { settings } => settings.standardize,
            _ => self.passes().is_some_and(|p| p.standardize),
        }
    }

    /// Prior probabilities, where the learner has them.
    pub fn priors(&self) -> Option<&Priors> {
        match self {
            Self::NaiveBayesMultinomial { priors, .. }
            | Self::NaiveBayesBernoulli { priors, .. }
            | Self::NaiveBayesGaussian { priors, .. }
            | Self::Lda { priors, .. } => Some(priors),
            _ => None,
        }
    }

    /// The passes of an algorithm; `None` for a closed form.
    pub fn passes(&self) -> Option<&Passes> {
        match self {
            Self::Perceptron { passes } | Self::PassiveAggressive { passes, .. } => Some(passes),
            _ => None,
        }
    }

    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        let above_zero = |name, value: f64| {
            range(name, value, value.is_finite() && value > 0.0, "a finite number above 0")
        };
        let not_negative = |name, value: f64| {
            range(name, value, value.is_finite() && value >= 0.0, "a finite number, 0 or above")
        };
        match self {
            Self::NaiveBayesMultinomial { alpha, .. }
            | Self::NaiveBayesBernoulli { alpha, .. }
            | Self::NaiveBayesComplement { alpha, .. } => above_zero("alpha", *alpha)?,
            Self::NaiveBayesGaussian { var_smoothing, .. } => {
                not_negative("var-smoothing", *var_smoothing)?;
            }
            Self::Lda { shrinkage: Shrinkage::Fixed { share }, .. } => {
                let inside = (0.0..=1.0).contains(share);
                range(
                    "shrinkage",
                    *share,
                    inside,
                    "`none`, `auto`, `oas`, or a number from 0 to 1",
                )?;
            }
            Self::NearestCentroid { shrink_threshold: Some(by), .. } => {
                not_negative("shrink-threshold", *by)?;
            }
            Self::PassiveAggressive { c, .. } => above_zero("aggressiveness", *c)?,
            Self::Curriculum { settings } => settings.check()?,
            Self::Embedding { dim, epochs, learning_rate, .. } => {
                let inside = (1..=4096).contains(dim);
                range("dim", f64::from(*dim), inside, "1 to 4096")?;
                let epochs = epochs.unwrap_or(1);
                range("epochs", f64::from(epochs), epochs > 0, "1 or more")?;
                above_zero("learning-rate", *learning_rate)?;
            }
            _ => {}
        }
        if let Some(passes) = self.passes() {
            let epochs = f64::from(passes.epochs);
            range("epochs", epochs, passes.epochs > 0, "1 or more")?;
        }
        self.priors().map_or(Ok(()), Priors::check)
    }
}

fn range(name: &'static str, value: f64, inside: bool, expected: &'static str) -> Result<()> {
    if inside {
        return Ok(());
    }
    Err(Error::Setting { name, value: value.to_string(), expected })
}

impl Priors {
    fn check(&self) -> Result<()> {
        let Self::Given { shares } = self else { return Ok(()) };
        if let Some((class, share)) = shares.iter().find(|s| !(s.1 > 0.0 && s.1.is_finite())) {
            let value = format!("{class}={share}");
            return Err(Error::Setting { name: "priors", value, expected: "shares above 0" });
        }
        let sum: f64 = shares.iter().map(|s| s.1).sum();
        // Shares typed with a few decimals, such as a third for each of three.
        range("priors", sum, (sum - 1.0).abs() <= 1e-3, "shares that sum to 1")
    }

    /// The prior of each class, from the weights of the classes.
    ///
    /// # Errors
    /// When given shares do not name every class once.
    pub(crate) fn of(&self, classes: &[String], weight: &[f64]) -> Result<Vec<f64>> {
        match self {
            Self::Empirical => {
                let total: f64 = weight.iter().sum();
                Ok(weight.iter().map(|s| s / total).collect())
            }
            Self::Uniform => Ok(vec![1.0 / classes.len() as f64; classes.len()]),
            Self::Given { shares } => {
                let sum: f64 = shares.iter().map(|s| s.1).sum();
                let of = |class: &String| {
                    let share = shares.iter().find(|s| &s.0 == class).map(|s| s.1 / sum);
                    share.ok_or_else(|| Error::Setting {
                        name: "priors",
                        value: format!("without class {class}"),
                        expected: "a share for every class",
                    })
                };
                if let Some((odd, _)) = shares.iter().find(|s| !classes.contains(&s.0)) {
                    let value = odd.clone();
                    return Err(Error::Setting { name: "priors", value, expected: "classes" });
                }
                if shares.len() != classes.len() {
                    let value = format!("{} shares", shares.len());
                    let expected = "one share for each class";
                    return Err(Error::Setting { name: "priors", value, expected });
                }
                classes.iter().map(of).collect()
            }
        }
    }
}
