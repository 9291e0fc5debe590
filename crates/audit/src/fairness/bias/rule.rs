//! The rule: plain data, applied to a design without anybody's group, and able to say why.

use linecall_data::Design;
use linecall_linear::LinearModel;
use serde::{Deserialize, Serialize};

use super::group_models::GroupModel;
use super::options::Criterion;
use crate::{Error, Result};

/// The least cost of a turned call: those of less are turned in the order of their bias, first.
pub const ETA_FLOOR: f64 = 1e-9;

/// The groups of one attribute, whose rates are compared under one condition on the true class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The criterion that it belongs to.
    pub criterion: Criterion,
    /// Index of the attribute.
    pub attribute: usize,
    /// Among people of the favourable class (`true`), the others (`false`) or everybody (absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<bool>,
    /// `P(A = a, condition)` by group: the mean of the group model over the fitting rows.
    pub prior: Vec<f64>,
    /// Multiplier by group; they sum to zero. Above zero, the group's rate was too high.
    pub multiplier: Vec<f64>,
}

/// Turns calls of a model so that groups are treated alike.
///
/// Serialises to plain numbers. [`BiasRule::check`] says whether they fit a model; all that applies
/// the rule checks that first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BiasRule {
    /// Class index of the favourable outcome.
    pub favourable: usize,
    /// Models of the groups, one per attribute.
    pub models: Vec<GroupModel>,
    /// Multipliers and priors.
    pub conditions: Vec<Condition>,
}

/// One group's part in a person's bias score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The criterion.
    pub criterion: Criterion,
    /// The attribute.
    pub attribute: String,
    /// Among people of the favourable class, the others, or everybody.
    pub given: Option<bool>,
    /// The group.
    pub group: String,
    /// `P(A = a, condition | x)`.
    pub probability: f64,
    /// How many times more likely that is than for a person drawn at random.
    pub ratio: f64,
    /// The multiplier.
    pub multiplier: f64,
    /// What it adds to the pressure to turn the call.
    pub contribution: f64,
}

/// Why a person's call was turned, or was not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// Whether the model's own call is the favourable one.
    pub before: bool,
    /// Whether the rule's call is.
    pub after: bool,
    /// Whether the call was turned: `pressure > cost`.
    pub turned: bool,
    /// The model's probability of the favourable class.
    pub probability: f64,
    /// `eta`: what turning the call costs in expected accuracy.
    pub cost: f64,
    /// What speaks for turning it, the sum of the contributions.
    pub pressure: f64,
    /// Where the pressure comes from.
    pub evidence: Vec<Evidence>,
}

/// What a rule sees of some rows.
pub(crate) struct Views {
    /// Whether the model's call is favourable.
    pub(crate) up: Vec<bool>,
    /// Probability of the favourable class.
    pub(crate) probability: Vec<f64>,
    /// `P(A = a, condition | x)`, row after row.
    pub(crate) groups: Vec<f64>,
}

impl Views {
    /// Scores a design with the model and the models of the groups. `keys` names attribute and
    /// condition of each block of groups.
    pub(crate) fn of(
        model: &LinearModel,
        favourable: usize,
        models: &[GroupModel],
        keys: &[(usize, Option<bool>)],
        design: &Design,
    ) -> Result<Self> {
        let n = design.rows();
        let outcomes = crate::fairness::Outcomes::of(model, design, None, favourable, None)?;
        let Some(probability) = outcomes.probability else {
            return Err(Error::Model(
                "bias scoring needs probabilities, the model has scores only; calibrate it"
                    .to_owned(),
            ));
        };
        let mut classes = Vec::with_capacity(models.len());
        for own in models {
            let fitted = own.check(design.cols())?;
            let scores = fitted.scores(design)?;
            classes
                .push((fitted.classes().len(), fitted.probabilities(&scores).unwrap_or_default()));
        }
        let mut groups = Vec::new();
        for row in 0..n {
            for &(attribute, given) in keys {
                let (Some(own), Some((width, all))) =
                    (models.get(attribute), classes.get(attribute))
                else {
                    return Err(missing_attribute(attribute));
                };
                let p = all.get(row * width..(row + 1) * width).unwrap_or_default();
                groups.extend((0..own.groups.len()).map(|g| own.probability(p, g, given)));
            }
        }
        Ok(Self { up: outcomes.called, probability, groups })
    }
}

fn missing_attribute(attribute: usize) -> Error {
    Error::Setting {
        name: "attribute",
        value: attribute.to_string(),
        expected: "the index of an attribute that has a group model",
    }
}

/// What turning a call costs in expected accuracy, not below the floor.
pub(crate) fn cost(up: bool, probability: f64) -> f64 {
    let eta = if up { 2.0 * probability - 1.0 } else { 1.0 - 2.0 * probability };
    eta.max(ETA_FLOOR)
}

/// What speaks for turning a call.
pub(crate) fn pressure(up: bool, ratios: &[f64], multipliers: &[f64]) -> f64 {
    let sum: f64 = ratios.iter().zip(multipliers).map(|(u, v)| u * v).sum();
    if up { sum } else { -sum }
}

impl BiasRule {
    /// Checks that the rule is one for this model.
    ///
    /// # Errors
    /// When numbers of columns, groups or conditions do not fit together, or a number is not finite
    /// or not in its range.
    pub fn check(&self, model: &LinearModel) -> Result<()> {
        if model.classes().len() != 2 || model.is_multilabel() || self.favourable > 1 {
            return Err(Error::Model("this rule turns calls of two classes".to_owned()));
        }
        self.models.iter().try_for_each(|own| own.check(model.n_features()).map(|_| ()))?;
        for condition in &self.conditions {
            let Some(own) = self.models.get(condition.attribute) else {
                return Err(missing_attribute(condition.attribute));
            };
            let expected = own.groups.len();
            for (what, list) in [
                ("priors of a condition", &condition.prior),
                ("multipliers of a condition", &condition.multiplier),
            ] {
                if list.len() != expected {
                    return Err(Error::Shape { what, found: list.len(), expected });
                }
            }
            if condition.given.is_some() && !own.joint {
                return Err(Error::Model(format!(
                    "the condition on the true class needs the joint model of `{}` and the class",
                    own.attribute
                )));
            }
            let bad = |v: &&f64| !v.is_finite();
            if let Some(v) = condition.multiplier.iter().find(bad) {
                let expected = "finite numbers";
                return Err(Error::Setting { name: "multiplier", value: v.to_string(), expected });
            }
            if let Some(v) = condition.prior.iter().find(|v| !(**v > 0.0 && **v <= 1.0)) {
                let expected = "numbers above 0, at most 1";
                return Err(Error::Setting { name: "prior", value: v.to_string(), expected });
            }
        }
        Ok(())
    }

    /// The class that the rule calls for each row.
    ///
    /// # Errors
    /// As for [`BiasRule::check`], and when the design does not fit the model.
    pub fn calls(&self, model: &LinearModel, design: &Design) -> Result<Vec<usize>> {
        let class = |up: bool| if up { self.favourable } else { 1 - self.favourable };
        Ok(self.favourable_calls(model, design)?.into_iter().map(class).collect())
    }

    /// Whether the rule calls each row favourable.
    ///
    /// # Errors
    /// As for [`BiasRule::calls`].
    pub fn favourable_calls(&self, model: &LinearModel, design: &Design) -> Result<Vec<bool>> {
        let views = self.views(model, design)?;
        let multipliers = self.multipliers();
        let mut ratios = self.ratios(&views);
        let called = (0..views.up.len()).map(|row| {
            let up = views.up.get(row).copied().unwrap_or(false);
            let cost = cost(up, views.probability.get(row).copied().unwrap_or(0.5));
            up ^ (pressure(up, &ratios(row), &multipliers) > cost)
        });
        Ok(called.collect())
    }

    /// Why the call of a row (from 0) was turned, or was not.
    ///
    /// # Errors
    /// As for [`BiasRule::calls`], and when there is no such row.
    pub fn explain(&self, model: &LinearModel, design: &Design, row: usize) -> Result<Explained> {
        let views = self.views(model, &design.select_rows(&[row])?)?;
        let multipliers = self.multipliers();
        let ratios = self.ratios(&views)(0);
        let up = views.up.first().copied().unwrap_or(false);
        let probability = views.probability.first().copied().unwrap_or(0.5);
        let (cost, pressure) = (cost(up, probability), pressure(up, &ratios, &multipliers));
        let mut at = views.groups.iter().zip(ratios.iter().zip(&multipliers));
        let mut evidence = Vec::new();
        for condition in &self.conditions {
            let Some(own) = self.models.get(condition.attribute) else { continue };
            for (group, (p, (ratio, multiplier))) in own.groups.iter().zip(&mut at) {
                evidence.push(Evidence {
                    criterion: condition.criterion,
                    attribute: own.attribute.clone(),
                    given: condition.given,
                    group: group.clone(),
                    probability: *p,
                    ratio: *ratio,
                    multiplier: *multiplier,
                    contribution: if up { ratio * multiplier } else { -ratio * multiplier },
                });
            }
        }
        let turned = pressure > cost;
        Ok(Explained {
            before: up,
            after: up ^ turned,
            turned,
            probability,
            cost,
            pressure,
            evidence,
        })
    }

    /// Whether the rule turns no call of anybody.
    pub fn is_idle(&self) -> bool {
        self.conditions.iter().flat_map(|c| &c.multiplier).all(|v| *v == 0.0)
    }

    /// All multipliers, condition after condition.
    pub(crate) fn multipliers(&self) -> Vec<f64> {
        self.conditions.iter().flat_map(|c| c.multiplier.iter().copied()).collect()
    }

    fn views(&self, model: &LinearModel, design: &Design) -> Result<Views> {
        self.check(model)?;
        let keys: Vec<_> = self.conditions.iter().map(|c| (c.attribute, c.given)).collect();
        Views::of(model, self.favourable, &self.models, &keys, design)
    }

    /// The ratios `u_k` of a row.
    fn ratios<'v>(&self, views: &'v Views) -> impl FnMut(usize) -> Vec<f64> + use<'v> {
        let priors: Vec<f64> = self.conditions.iter().flat_map(|c| c.prior.clone()).collect();
        move |row| {
            let own = views.groups.get(row * priors.len()..(row + 1) * priors.len());
            own.unwrap_or_default().iter().zip(&priors).map(|(p, prior)| p / prior).collect()
        }
    }
}
