//! Why the model calls so, and which training rows it has that from.

use linecall_audit::explain::{Background, contributions};
use linecall_audit::forget::{InfluenceOptions, Influences, Training, influence};
use serde::Serialize;

use super::{ChallengeOptions, Origin, Person, Reference};
use crate::{Method, Pipeline, Result};

/// Most columns that are listed; the others are summed.
const MOST: usize = 200;

/// What one column adds to a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Added {
    /// The column.
    pub column: String,
    /// What the person holds, in words.
    pub value: String,
    /// What it adds, against the background.
    pub contribution: f64,
}

/// What all columns add to a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContributionsPart {
    /// The class that a high score speaks for.
    pub class: String,
    /// The person's score.
    pub score: f64,
    /// The background's.
    pub background_score: f64,
    /// Their difference: what the contributions sum to.
    pub difference: f64,
    /// Where the background is from.
    pub background: String,
    /// The columns, those that add most (by size) first.
    pub columns: Vec<Added>,
    /// What the columns that are not listed add together, kept-out ones included.
    pub others: f64,
    /// How many those are.
    pub others_count: u64,
}

/// The contributions to each score.
pub(super) fn why(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
) -> Result<Vec<ContributionsPart>> {
    let weights = reference.dataset.as_ref().and_then(|data| data.weights.as_deref());
    let mut background = Background::mean(&reference.design, weights)?;
    background.from = format!("{} of {}", background.from, reference.name);
    let found = contributions(&pipeline.model, &person.design, 0, &background)?;
    let words = |column: &str, value: &str| {
        let at = person.inputs.position(column);
        let own = at.and_then(|at| person.inputs.all().get(at).zip(person.states.get(at)));
        own.map_or_else(
            || value.to_owned(),
            |(input, state)| person.value(input, *state).to_string(),
        )
    };
    let parts = found.into_iter().map(|found| {
        let mut columns = Vec::new();
        let (mut others, mut others_count) = (0.0, 0);
        for own in found.ranked() {
            if options.redact.contains(&own.source) || columns.len() == MOST {
                others += own.contribution;
                others_count += 1;
            } else {
                let (column, value) = (own.source.clone(), words(&own.source, &own.value));
                columns.push(Added { column, value, contribution: own.contribution });
            }
        }
        ContributionsPart {
            class: found.class,
            score: found.score,
            background_score: found.background_score,
            difference: found.difference,
            background: found.background,
            columns,
            others,
            others_count,
        }
    });
    Ok(parts.collect())
}

/// How the model was trained; `None` for one that was trained elsewhere.
pub(crate) fn training(pipeline: &Pipeline) -> Option<Training<'_>> {
    match &pipeline.training.plan {
        Method::Penalised(plan) => Some(Training::Penalised(plan)),
        Method::Direct(plan) => Some(Training::Direct(plan)),
        Method::Codes(_) | Method::Scorecard(_) | Method::Imported(_) => None,
    }
}

/// Why what needs to know how a model was trained has no answer for one trained elsewhere.
pub(crate) const ELSEWHERE: &str =
    "the model was trained elsewhere, and neither its training data nor its objective is known";

/// The training rows that most moved the person's scores, or why that is not known.
pub(super) fn influential(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
) -> std::result::Result<Vec<Influences>, String> {
    if pipeline.training.plan.codes().is_some() {
        return Err(
            "a row moves the learners of all bits: it is told for models whose own loss is \
                    minimised"
                .to_owned(),
        );
    }
    if pipeline.training.plan.scorecard().is_some() {
        return Err("points are whole: a row moves them at once or not at all".to_owned());
    }
    let Some(training) = training(pipeline) else { return Err(ELSEWHERE.to_owned()) };
    if reference.origin != Origin::Training {
        return Err("the training data are needed; give them with --reference".to_owned());
    }
    let Some(data) = &reference.dataset else {
        return Err(reference.unlabelled.clone().unwrap_or_default());
    };
    let options = InfluenceOptions { rows: 5, check: 0 };
    let found = influence(training, &pipeline.model, data, (&person.design, 0), &options);
    let mut found = found.map_err(|error| error.to_string())?;
    if pipeline.post.is_some() {
        // Whether the call would turn is then up to the rule.
        found.iter_mut().for_each(|own| own.decisive = None);
    }
    Ok(found)
}
