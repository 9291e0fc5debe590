//! Recourse that holds for every model of a set, such as all near-optimal ones.
//!
//! The cheapest change that a few models of the set accept is a knapsack with several needs
//! ([`linecall_search::mck::ManyNeeds`]). The set is asked for the model that speaks most against the
//! change. If even that one accepts it, the change is the cheapest that all of them accept, for fewer
//! models could only have asked for less. If not, the model joins the few, and so on (Kelley, "The
//! cutting-plane method for solving convex programs", 1960). Where the few accept no change, the set
//! accepts none.

use linecall_linear::LinearModel;
use linecall_search::mck::{Cost, ManyItem, ManyNeeds, Pick};
use linecall_search::{Answer, Limits};
use serde::Serialize;

use super::actions::CostKind;
use super::flipset::Way;
use super::person::{Choices, Recourse};
use crate::inputs::State;
use crate::{Error, Result};

/// What a set of models says of a change.
#[derive(Clone, Debug)]
pub enum Objection {
    /// Every model of the set calls as wished, proved.
    None,
    /// This model does not, or so nearly that it cannot be told apart from one that does not.
    Model(LinearModel),
}

/// The cheapest change that every model of a set accepts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Firm {
    /// A change that all accept; no cheaper one is accepted by all.
    Way {
        /// The change.
        way: Way,
        /// Models that were looked at to prove it.
        models: u64,
    },
    /// No change is accepted by all, proved by so many models.
    Impossible {
        /// Models that accept no change together.
        models: u64,
    },
    /// The search was cut off: no accepted change costs less than this.
    Open {
        /// The bound.
        lower: f64,
        /// Models that were looked at.
        models: u64,
    },
}

/// Most models that are put together.
const MOST_MODELS: usize = 60;

/// Margin of each score over its threshold, relative to what is added up: what is accepted by a hair
/// could not be told apart from what is not.
const MARGIN: f64 = 1e-7;

impl Recourse<'_> {
    /// The cheapest change of a person (a design row) that every model of a set accepts. `objects`
    /// says which model of the set speaks most against a design row.
    ///
    /// # Errors
    /// Where `objects` fails, under a probability that is aimed at (models differ in that), and as
    /// [`Recourse::flipset`].
    pub fn firm(
        &self,
        row: &[f64],
        mut objects: impl FnMut(&[f64]) -> Result<Objection>,
        limits: &Limits,
    ) -> Result<Firm> {
        if self.threshold != 0.0 || self.aims_at_probability() {
            return Err(Error::Model(
                "a change that all near-optimal models accept is found for their calls, not for a \
                 probability"
                    .into(),
            ));
        }
        let states = self.actions.inputs.states(row);
        let choices = self.all_choices(&states, 0.0, true)?;
        let mut models = vec![self.model().clone()];
        loop {
            let count = models.len() as u64;
            let (pick, cost) = match self.accepted(&choices, &states, &models, limits)? {
                Accepted::By(pick, cost) => (pick, cost),
                Accepted::None => return Ok(Firm::Impossible { models: count }),
                Accepted::Open(lower) => return Ok(Firm::Open { lower, models: count }),
            };
            let after = choices.after(&pick, &states);
            let values = self.actions.inputs.encode(&after);
            match objects(&values)? {
                Objection::None => {
                    let way = self.described(&states, &after, cost);
                    return Ok(Firm::Way { way, models: count });
                }
                Objection::Model(_) if models.len() == MOST_MODELS => {
                    return Ok(Firm::Open { lower: cost, models: count });
                }
                Objection::Model(model) => models.push(model),
            }
        }
    }

    /// The cheapest choice that some models accept.
    fn accepted(
        &self,
        choices: &Choices,
        states: &[State],
        models: &[LinearModel],
        limits: &Limits,
    ) -> Result<Accepted> {
        let mut size = vec![0.0f64; models.len()];
        let mut classes = Vec::with_capacity(choices.inputs.len());
        let lists = choices.inputs.iter().zip(&choices.states);
        for (class, (inputs, own)) in choices.knapsack.classes().iter().zip(lists) {
            let mut items = Vec::with_capacity(class.items().len());
            for (item, states) in class.items().iter().zip(own.chunks(inputs.len().max(1))) {
                let gain = |model: &LinearModel| -> f64 {
                    let own = inputs.iter().zip(states);
                    own.map(|(input, state)| self.contribution_under(model, *input, *state)).sum()
                };
                let gains = models.iter().map(gain).collect();
                items.push(ManyItem {
                    gains,
                    cost: item.cost,
                    max: item.max,
                    changed: item.changed,
                });
            }
            for (k, size) in size.iter_mut().enumerate() {
                let gains = items.iter().filter_map(|item| item.gains.get(k));
                *size += gains.map(|gain| gain.abs()).fold(0.0, f64::max);
            }
            classes.push(items);
        }
        // What the columns that are in no class add.
        let moved: Vec<usize> = choices.inputs.iter().flatten().copied().collect();
        let fixed = (0..states.len()).filter(|input| !moved.contains(input));
        let fixed: Vec<usize> = fixed.collect();
        let mut needs = Vec::with_capacity(models.len());
        for (model, size) in models.iter().zip(size) {
            let intercept = self.turned(model.intercept().first().copied().unwrap_or(0.0));
            let (mut sum, mut total) = (intercept, size + intercept.abs());
            for &input in &fixed {
                let state = states.get(input).copied().unwrap_or(State::Missing);
                let own = self.contribution_under(model, input, state);
                (sum, total) = (sum + own, total + own.abs());
            }
            needs.push(MARGIN * total - sum);
        }
        let mut knapsack = ManyNeeds::new(classes, needs)?;
        if let Some(most) = self.actions.most_changes {
            knapsack = knapsack.with_most_changes(most as u32);
        }
        let max = self.actions.cost == CostKind::Max;
        let cost = if max { Cost::Max } else { Cost::Sum };
        Ok(match knapsack.best(cost, limits) {
            Answer::Exact(found) => {
                let cost = if max { found.max } else { found.sum };
                let (sum, largest) = (found.sum, found.max);
                let (gain, changed) = (0.0, Vec::new());
                let pick = Pick { items: found.items, gain, sum, max: largest, changed };
                Accepted::By(pick, cost)
            }
            Answer::Infeasible(_) => Accepted::None,
            Answer::Gap { lower, .. } => Accepted::Open(lower),
        })
    }
}

enum Accepted {
    By(Pick, f64),
    None,
    Open(f64),
}
