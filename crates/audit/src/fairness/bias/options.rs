//! What is asked of a rule, and of whom.

use linecall_data::{Design, Labels};
use linecall_linear::LinearModel;
use serde::{Deserialize, Serialize};

use crate::fairness::outcomes::{check_groups, check_model, check_weights};
use crate::{Error, Result};

/// Which shares are to be alike across groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Shares called favourable.
    DemographicParity,
    /// The same, among people of the favourable class.
    EqualOpportunity,
    /// The same, among people of the favourable class and among the others.
    EqualisedOdds,
}

impl Criterion {
    /// The criterion in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::DemographicParity => "demographic parity",
            Self::EqualOpportunity => "equal opportunity",
            Self::EqualisedOdds => "equalised odds",
        }
    }

    /// The true classes that each of its gaps is among: `None` is everybody, `Some(true)` people of
    /// the favourable class, `Some(false)` the others.
    pub fn conditions(self) -> &'static [Option<bool>] {
        match self {
            Self::DemographicParity => &[None],
            Self::EqualOpportunity => &[Some(true)],
            Self::EqualisedOdds => &[Some(true), Some(false)],
        }
    }
}

/// One criterion for one attribute.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    /// What is to be alike.
    pub criterion: Criterion,
    /// Index of the attribute.
    pub attribute: usize,
    /// Largest gap that is allowed, 0 to 1.
    pub delta: f64,
}

/// By what the gaps are measured on the fitting rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// By the true groups and classes of the rows.
    #[default]
    Observed,
    /// By the probabilities of the group models: no group of a row is read. As good as those
    /// probabilities are calibrated.
    Modelled,
}

/// How far below `delta` the gap is kept, so that the bound holds for the population.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Margin {
    /// Not at all: the gap of the fitting rows is at most `delta`.
    #[default]
    None,
    /// The exact simultaneous upper end of the gap (Clopper-Pearson for each rate, Bonferroni over
    /// them) is at most `delta`. It holds with probability `1 - alpha` for a rule fixed before the
    /// rows were drawn; on the fitting rows it leaves out that the rule was chosen there.
    ClopperPearson {
        /// Chance of failure.
        alpha: f64,
    },
    /// Uniform over all thresholds of one bias score (Dvoretzky-Kiefer-Wolfowitz with Massart's
    /// constant), so that it holds with probability `1 - alpha` for the rule that was chosen, when
    /// model and group models come from other rows. One gap of two groups only.
    Uniform {
        /// Chance of failure.
        alpha: f64,
    },
}

/// What is asked of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiasOptions {
    /// Criteria, all of which are to hold.
    pub constraints: Vec<Constraint>,
    /// Class index of the favourable outcome; absent, the model's positive class.
    pub favourable: Option<usize>,
    /// By what gaps are measured.
    pub measure: Measure,
    /// How far below `delta` they are kept.
    pub margin: Margin,
    /// Strength of the L2 penalty of the group models.
    pub group_lambda: f64,
}

impl Default for BiasOptions {
    /// Demographic parity of the first attribute within 0.02.
    fn default() -> Self {
        Self::demographic_parity(0.02)
    }
}

impl BiasOptions {
    /// One criterion for the first attribute; the group models' penalty is 1e-4.
    pub fn one(criterion: Criterion, delta: f64) -> Self {
        Self {
            constraints: vec![Constraint { criterion, attribute: 0, delta }],
            favourable: None,
            measure: Measure::Observed,
            margin: Margin::None,
            group_lambda: 1e-4,
        }
    }

    /// Shares called favourable within `delta` of each other.
    pub fn demographic_parity(delta: f64) -> Self {
        Self::one(Criterion::DemographicParity, delta)
    }

    /// True positive rates within `delta` of each other.
    pub fn equal_opportunity(delta: f64) -> Self {
        Self::one(Criterion::EqualOpportunity, delta)
    }

    /// True positive rates, and false positive rates, within `delta` of each other.
    pub fn equalised_odds(delta: f64) -> Self {
        Self::one(Criterion::EqualisedOdds, delta)
    }

    /// The same with another `delta` for every constraint.
    #[must_use]
    pub fn with_delta(&self, delta: f64) -> Self {
        let mut options = self.clone();
        options.constraints.iter_mut().for_each(|c| c.delta = delta);
        options
    }

    /// The favourable class of a model.
    pub(crate) fn favourable_of(&self, model: &LinearModel) -> Result<usize> {
        let Some(positive) = model.positive() else {
            return Err(Error::Model(format!(
                "bias scoring turns calls of two classes, the model has {}; audit it with the group \
                 metrics, or fit the favourable class against the rest",
                model.classes().len()
            )));
        };
        let favourable = self.favourable.unwrap_or(positive);
        check_model(model, favourable)?;
        Ok(favourable)
    }

    /// Checks that every setting is in its range, for so many attributes.
    pub(crate) fn check(&self, attributes: usize) -> Result<()> {
        let setting = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if self.constraints.is_empty() {
            return setting("constraints", "empty".to_owned(), "at least one criterion");
        }
        for constraint in &self.constraints {
            let Constraint { attribute, delta, .. } = *constraint;
            if !(0.0..=1.0).contains(&delta) {
                return setting("delta", delta.to_string(), "a number from 0 to 1");
            }
            if attribute >= attributes {
                let expected = "the index of an attribute (counted from 0)";
                return setting("attribute", attribute.to_string(), expected);
            }
        }
        if !(self.group_lambda.is_finite() && self.group_lambda >= 0.0) {
            let expected = "a finite number, 0 or above";
            return setting("group-lambda", self.group_lambda.to_string(), expected);
        }
        let alpha = match self.margin {
            Margin::None => return Ok(()),
            Margin::ClopperPearson { alpha } | Margin::Uniform { alpha } => alpha,
        };
        if !(alpha > 0.0 && alpha < 1.0) {
            return setting("alpha", alpha.to_string(), "a number above 0 and below 1");
        }
        if self.measure == Measure::Modelled {
            let expected = "`observed` with a margin: a margin counts rows of true groups";
            return setting("measure", "modelled".to_owned(), expected);
        }
        Ok(())
    }
}

/// An attribute by which people are grouped.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// What it is called.
    pub name: String,
    /// The group of each person.
    pub groups: Labels,
}

/// Rows with everything that is known of them.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// What the model sees.
    pub design: &'a Design,
    /// True classes.
    pub labels: &'a Labels,
    /// Groups of people.
    pub attributes: &'a [Attribute],
    /// Row weights.
    pub weights: Option<&'a [f64]>,
}

impl Sample<'_> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.design.rows()
    }

    /// The weight of a row.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w.get(row).copied().unwrap_or(0.0))
    }

    /// Checks that all parts are of the same rows.
    pub(crate) fn check(&self) -> Result<()> {
        let rows = self.rows();
        if self.labels.len() != rows {
            let found = self.labels.len();
            return Err(Error::Shape { what: "true classes", found, expected: rows });
        }
        for attribute in self.attributes {
            check_groups(&attribute.groups, rows)?;
            if attribute.groups.classes().len() < 2 {
                return Err(Error::Model(format!(
                    "`{}` has one group; a gap needs two",
                    attribute.name
                )));
            }
        }
        check_weights(self.weights, rows)?;
        if (0..rows).all(|row| self.weight(row) <= 0.0) {
            return Err(Error::Model("there are no rows with positive weight".to_owned()));
        }
        Ok(())
    }
}
