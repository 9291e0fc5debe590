//! What would change the call.

use linecall_audit::recourse::{ActionOptions, ActionSet, Aim, CostKind, Flipset, Recourse, Spec};
use linecall_data::Design;
use linecall_search::Limits;
use serde::Serialize;

use super::panel::{Panel, panel};
use super::person::inputs;
use super::{ChallengeOptions, FEWEST, Person, Reference};
use crate::{Error, Pipeline, PostRule, Result};

/// The recourse of a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecoursePart {
    /// The class wished for.
    pub favourable: String,
    /// The score that the ways must reach, counted towards that class.
    pub threshold: f64,
    /// The least probability of that class, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What a change costs.
    pub cost: CostKind,
    /// Share of itself by which each coefficient may drift without undoing a way.
    #[serde(skip_serializing_if = "is_zero")]
    pub drift: f64,
    /// Rows that percentiles and bounds are taken from.
    pub reference_rows: u64,
    /// Rules that bind columns, as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The ways, or the proof that there is none.
    #[serde(flatten)]
    pub flipset: Flipset,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// The specification of what people can change: the schema's, with a file of actions on top;
/// `hidden` columns stay as they are.
fn spec(pipeline: &Pipeline, options: &ChallengeOptions) -> Result<Spec> {
    let mut spec = pipeline.front_end.schema().map(Spec::of_schema).unwrap_or_default();
    if let Some((file, text)) = &options.actions {
        spec = spec.with_toml(text, file)?;
    }
    for name in &options.redact {
        let mut own = spec.column(name);
        own.mutable = false;
        if inputs(pipeline).position(name).is_some() {
            spec.columns.retain(|(column, _)| column != name);
            spec.columns.push((name.clone(), own));
        }
    }
    Ok(spec)
}

/// The actions of a model's people, measured on a reference.
///
/// # Errors
/// When the specification contradicts itself or the model.
pub fn action_set(
    pipeline: &Pipeline,
    reference: &Reference,
    options: &ChallengeOptions,
) -> Result<ActionSet> {
    let spec = spec(pipeline, options)?;
    let measure = ActionOptions {
        cost: options.cost,
        percentiles: options.percentiles,
        ..ActionOptions::default()
    };
    let people = reference.full(pipeline)?;
    let actions = ActionSet::new(inputs(pipeline), &spec, &people, &measure)
        .map_err(|error| in_actions(error, options))?;
    keeps_secret(&actions, options)?;
    Ok(actions)
}

/// An error about a column or a rule names the file of actions, where that says it.
fn in_actions(error: linecall_audit::Error, options: &ChallengeOptions) -> Error {
    use linecall_audit::Error::{Column, Rule};
    let named = match (&error, &options.actions) {
        (Column { column, .. }, Some((file, text))) => {
            Spec::from_toml(text, file).is_ok_and(|own| own.columns.iter().any(|c| c.0 == *column))
        }
        (Rule { rule, .. }, Some((file, text))) => {
            Spec::from_toml(text, file).is_ok_and(|own| own.rules.contains(rule))
        }
        _ => false,
    };
    match (&error, &options.actions) {
        (_, Some((file, _))) if named => Error::Question(format!("{file}: {error}")),
        (Column { .. } | Rule { .. }, _) => Error::Question(format!("schema: {error}")),
        _ => error.into(),
    }
}

/// An error about a person names the row.
fn in_row(error: linecall_audit::Error, person: &Person) -> Error {
    match &error {
        linecall_audit::Error::Rule { .. } | linecall_audit::Error::Column { .. } => {
            Error::Question(format!("{}, row {}: {error}", person.data, person.row))
        }
        _ => error.into(),
    }
}

/// Refuses to keep out a column whose value could be read off one that follows it by a rule, or that
/// a way would show because it follows others.
fn keeps_secret(actions: &ActionSet, options: &ChallengeOptions) -> Result<()> {
    let rules = actions.plain_rules();
    for column in &options.redact {
        if let Some(rule) = rules.iter().find(|rule| rule.derives(column)) {
            return Err(Error::Question(format!(
                "column `{column}` is to be kept out, but the rule `{}` would tell it; leave out \
                 the rule, or --redact {column}",
                rule.text
            )));
        }
    }
    Ok(())
}

/// Most cells of a reference that recourse is measured on: every row is looked at in full.
const MOST_CELLS: usize = 2_000_000_000;

/// Why what people hold is not measured on a reference.
pub(crate) fn unmeasured(reference: &Reference) -> Option<String> {
    let rows = reference.design.rows();
    if rows < FEWEST {
        return Some(format!(
            "what people hold is measured on at least {FEWEST} rows, and `{}` has {rows}; give the \
             training data with --reference",
            reference.name
        ));
    }
    too_wide(&reference.design)
}

/// Why recourse is not answered on rows of many columns, or of texts.
pub(crate) fn too_wide(design: &Design) -> Option<String> {
    if !design.grams().is_empty() {
        let text = "a text is not changed value by value: see which words carry the call";
        return Some(text.to_owned());
    }
    let (rows, columns) = (design.rows(), design.cols());
    (rows.saturating_mul(columns) > MOST_CELLS).then(|| {
        format!(
            "{rows} rows of {columns} columns are too many to measure what people hold; give fewer rows \
             with --reference"
        )
    })
}

/// What is wished for.
pub(crate) fn aim(pipeline: &Pipeline, options: &ChallengeOptions) -> Aim {
    let schema = pipeline.front_end.schema();
    let favourable = schema.and_then(|schema| schema.target.favourable.clone());
    Aim {
        favourable: options.favourable.clone().or(favourable),
        probability: options.probability,
        drift: options.drift,
        above: pipeline.post.as_ref().and_then(PostRule::threshold).unwrap_or(0.0),
    }
}

/// The recourse of a person, and the panel that lets them try changes; or why there is none.
pub(super) fn recourse(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
) -> Result<std::result::Result<(RecoursePart, Panel), String>> {
    if pipeline.model.positive().is_none() {
        return Ok(Err("recourse is asked of models of two classes".to_owned()));
    }
    if let Some(post) = pipeline.post.as_ref().filter(|post| post.threshold().is_none()) {
        return Ok(Err(post.unanswered(pipeline.classes())));
    }
    if let Some(why) = unmeasured(reference) {
        return Ok(Err(why));
    }
    let rows = reference.design.rows();
    let actions = action_set(pipeline, reference, options)?;
    let recourse = Recourse::new(&pipeline.model, &actions, aim(pipeline, options))?;
    let limits = Limits::default();
    let flipset = recourse
        .flipset(&person.values, options.ways, options.listing, &limits)
        .map_err(|error| in_row(error, person))?;
    let changes = match &flipset {
        Flipset::Ways { ways, .. } => ways.iter().flat_map(|way| &way.changes).collect(),
        Flipset::Impossible { nearest, .. } => nearest.iter().collect(),
        Flipset::AlreadyThere { .. } => Vec::new(),
    };
    let needed: Vec<&str> = changes.iter().map(|change| change.column.as_str()).collect();
    let panel = panel(&recourse, person, options, &needed);
    let part = RecoursePart {
        favourable: recourse.favourable().to_owned(),
        threshold: recourse.threshold(),
        probability: options.probability,
        cost: options.cost,
        drift: options.drift,
        reference_rows: rows as u64,
        rules: actions.rules().to_vec(),
        flipset,
    };
    Ok(Ok((part, panel)))
}
