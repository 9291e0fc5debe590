//! `fair`: a rule after the model, so that groups are treated alike at the least loss of accuracy.
//!
//! [`fair()`] takes a model and a file whose rows have classes and groups. One part of the rows is
//! held out; the rest is split again, for the models of the groups and for the rule
//! ([`linecall_audit::fairness::bias`]), so that neither is judged by rows that it knows. The result
//! is the same [`Pipeline`] with a [`PostRule`]: it needs nobody's group to call a row.

mod rows;

use std::collections::BTreeSet;

use linecall_audit::fairness::bias::{
    BiasEvaluation, BiasFit, BiasOptions, Constraint, Criterion, GroupModels, Margin, Relaxed,
    accuracy_fairness_curve, evaluate_rule, fit_rule,
};
use linecall_audit::fairness::{Among, GroupOptions, Outcomes, group_metrics};
use linecall_data::read::{Inputs, ReadOptions};
use linecall_data::schema::Role;
use serde::Serialize;

pub(crate) use rows::Parts;

use crate::{BiasPost, Error, Pipeline, PostRule, Result, RuleData, RuleFit, Source};

/// What is asked of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct FairOptions {
    /// Columns whose groups are to be treated alike, each by itself.
    pub groups: Vec<String>,
    /// What is to be alike.
    pub criterion: Criterion,
    /// Largest gap that is allowed, 0 to 1.
    pub delta: f64,
    /// The favourable class; by default the schema's, else the positive one.
    pub favourable: Option<String>,
    /// How far below `delta` the gap is kept.
    pub margin: Margin,
    /// Share of the rows that is held out; 0 holds out none.
    pub holdout: f64,
    /// Share of the others that the models of the groups are fitted on, and not the rule; 0 fits
    /// both on all of them.
    pub group_share: f64,
    /// Largest gaps for the accuracy-fairness curve; none, no curve.
    pub curve: Vec<f64>,
    /// Level of the intervals, and the number of rows below which a group earns a warning.
    pub intervals: GroupOptions,
    /// Seed of the splits.
    pub seed: u64,
    /// The command, for the model file.
    pub command: String,
}

impl FairOptions {
    /// The gaps of the usual curve.
    pub const CURVE: [f64; 8] = [0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3];
}

impl Default for FairOptions {
    /// Demographic parity within 0.02, three rows in ten held out, no margin, no curve.
    fn default() -> Self {
        Self {
            groups: Vec::new(),
            criterion: Criterion::DemographicParity,
            delta: 0.02,
            favourable: None,
            margin: Margin::None,
            holdout: 0.3,
            group_share: 0.5,
            curve: Vec::new(),
            intervals: GroupOptions::default(),
            seed: 0,
            command: String::new(),
        }
    }
}

/// How many rows each part has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FairRows {
    /// All.
    pub all: u64,
    /// Those of the models of the groups.
    pub models: u64,
    /// Those of the rule.
    pub rule: u64,
    /// Those held out.
    pub holdout: u64,
    /// How they were held out: `stratified`, `grouped`, `last in time` or `none`.
    pub scheme: String,
}

/// A point of the accuracy-fairness curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FairPoint {
    /// Largest gap that is allowed.
    pub delta: f64,
    /// How the rule stands on the rows that it was fitted on.
    pub fit: RuleFit,
    /// How it does on the rows held out, without the figures by group.
    pub holdout: Option<BiasEvaluation>,
}

/// What [`fair()`] found out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FairOutcome {
    /// Version of the program.
    pub linecall: String,
    /// The command.
    pub command: String,
    /// The data, as given.
    pub data: String,
    /// The columns of groups.
    pub groups: Vec<String>,
    /// What is to be alike.
    pub criterion: Criterion,
    /// Largest gap that is allowed.
    pub delta: f64,
    /// How far below it the gap is kept.
    pub margin: Margin,
    /// The favourable class.
    pub favourable: String,
    /// Rows by part.
    pub rows: FairRows,
    /// How the rule stands on the rows that it was fitted on.
    pub fit: RuleFit,
    /// The best rule that draws lots, and what proves it.
    pub relaxed: Relaxed,
    /// Gaps, accuracy and groups on the rows held out.
    pub holdout: Option<BiasEvaluation>,
    /// The accuracy-fairness curve, smallest gap first; empty unless asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<FairPoint>,
    /// What a reader should know.
    pub remarks: Vec<String>,
    /// Where the model was saved, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// A model with a rule, and what is known of it.
#[derive(Clone, Debug)]
pub struct Fair {
    /// The model with the rule after it.
    pub pipeline: Pipeline,
    /// What was found out.
    pub outcome: FairOutcome,
}

/// Fits a rule after a model on the rows of a file, or of several as one. A rule that the model has
/// already is replaced.
///
/// # Errors
/// When the file cannot be read or does not fit the model, a row has no class, there is no such
/// column of groups, it has one group or too many, the model has not two classes or no
/// probabilities, or a setting is out of range.
pub fn fair(
    pipeline: &Pipeline,
    data: impl Into<Inputs>,
    reading: &ReadOptions,
    options: &FairOptions,
) -> Result<Fair> {
    let inputs = data.into();
    let asked = asked(pipeline, options)?;
    let source = Source::read_for(pipeline, &inputs, reading)?;
    let rows = source.dataset(pipeline).map_err(|e| e.in_file(&inputs.to_string()))?;
    let shares = (options.holdout, options.group_share);
    let parts = Parts::of(&source, &rows, &options.groups, shares, options.seed)?;
    let model = &pipeline.model;
    let models = GroupModels::fit(model, &parts.models.sample(), &asked)?;
    let sample = parts.rule.sample();
    let fit = fit_rule(model, &models, &sample, &asked)?;
    let held = parts.held.as_ref();
    let held_out = held
        .map(|rows| evaluate_rule(&fit.rule, model, &rows.sample(), &options.intervals))
        .transpose()?;
    let curve = curve(pipeline, &models, &parts, &asked, options)?;
    let remarks = remarks(pipeline, &source, &parts, &fit, options)?;
    let fingerprint = source.fingerprint();
    let outcome = FairOutcome {
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        command: options.command.clone(),
        data: inputs.to_string(),
        groups: options.groups.clone(),
        criterion: options.criterion,
        delta: options.delta,
        margin: options.margin,
        favourable: pipeline.classes().get(fit.rule.favourable).cloned().unwrap_or_default(),
        rows: FairRows {
            all: parts.all.len() as u64,
            models: parts.models.len() as u64,
            rule: parts.rule.len() as u64,
            holdout: held.map_or(0, |rows| rows.len() as u64),
            scheme: parts.scheme.to_owned(),
        },
        fit: RuleFit::of(&fit),
        relaxed: fit.relaxed,
        holdout: held_out,
        curve,
        remarks,
        model: None,
    };
    let post = BiasPost {
        constraints: asked.constraints,
        margin: asked.margin,
        rule: fit.rule,
        fit: outcome.fit.clone(),
        data: RuleData {
            fingerprint,
            holdout: options.holdout,
            group_share: options.group_share,
            seed: options.seed,
            group_rows: outcome.rows.models,
            rows: outcome.rows.rule,
        },
        command: options.command.clone(),
    };
    let pipeline = Pipeline { post: Some(PostRule::BiasScoring(post)), ..pipeline.clone() };
    Ok(Fair { pipeline, outcome })
}

/// The options as the audit takes them, checked as far as they can be without rows.
fn asked(pipeline: &Pipeline, options: &FairOptions) -> Result<BiasOptions> {
    let refuse = |text: String| Err(Error::Question(text));
    if options.groups.is_empty() {
        return refuse("name the column of groups (--group COLUMN)".to_owned());
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = options.groups.iter().find(|name| !seen.insert(*name)) {
        return refuse(format!("column `{twice}` is named twice; leave one out"));
    }
    for (name, share) in [("holdout", options.holdout), ("group share", options.group_share)] {
        if !(0.0..1.0).contains(&share) {
            return refuse(format!("`{name}` is {share}, expected a share from 0 to below 1"));
        }
    }
    let delta = |delta: &f64| !(0.0..=1.0).contains(delta);
    if let Some(delta) = std::iter::once(&options.delta).chain(&options.curve).find(|d| delta(d)) {
        return refuse(format!("`delta` is {delta}, expected a number from 0 to 1"));
    }
    let classes = pipeline.classes();
    if classes.len() != 2 || pipeline.model.is_multilabel() {
        let kind = if pipeline.model.is_multilabel() { "labels of sets" } else { "classes" };
        return refuse(format!(
            "a rule turns calls of two classes, and the model has {} {kind}; compare its groups with \
             `audit`, or fit the favourable class against the rest",
            classes.len()
        ));
    }
    let schema = pipeline.front_end.schema();
    let named = options.favourable.clone();
    let named = named.or_else(|| schema.and_then(|schema| schema.target.favourable.clone()));
    let favourable = match &named {
        None => None,
        Some(class) => match classes.iter().position(|own| own == class) {
            Some(at) => Some(at),
            None => {
                let classes = classes.join(", ");
                return refuse(format!("`{class}` is no class of the model; it has {classes}"));
            }
        },
    };
    let (criterion, delta) = (options.criterion, options.delta);
    let constraint = |attribute| Constraint { criterion, attribute, delta };
    Ok(BiasOptions {
        constraints: (0..options.groups.len()).map(constraint).collect(),
        favourable,
        margin: options.margin,
        ..BiasOptions::default()
    })
}

fn curve(
    pipeline: &Pipeline,
    models: &GroupModels,
    parts: &Parts,
    asked: &BiasOptions,
    options: &FairOptions,
) -> Result<Vec<FairPoint>> {
    if options.curve.is_empty() {
        return Ok(Vec::new());
    }
    let mut deltas = options.curve.clone();
    deltas.push(options.delta);
    let held = parts.held.as_ref().map(rows::Rows::sample);
    let (model, sample) = (&pipeline.model, parts.rule.sample());
    let points = accuracy_fairness_curve(model, models, &sample, held.as_ref(), asked, &deltas)?;
    let point = |point: linecall_audit::fairness::bias::CurvePoint| FairPoint {
        delta: point.delta,
        fit: RuleFit::of(&point.fit),
        holdout: point.held_out.map(|held| BiasEvaluation { reports: Vec::new(), ..held }),
    };
    Ok(points.into_iter().map(point).collect())
}

/// What a careful colleague would say.
fn remarks(
    pipeline: &Pipeline,
    source: &Source,
    parts: &Parts,
    fit: &BiasFit,
    options: &FairOptions,
) -> Result<Vec<String>> {
    let mut remarks = small_groups(pipeline, parts, fit, options)?;
    let schema = pipeline.front_end.schema();
    for name in &options.groups {
        let column = schema.and_then(|schema| schema.column(name));
        remarks.push(if column.is_some_and(|column| column.role == Role::Feature) {
            format!(
                "`{name}` is a column of the model itself, so the rule reads each person's own entry \
                 in it."
            )
        } else {
            format!(
                "`{name}` is no column of the model: the rule guesses it from the other columns, and \
                 needs nobody's entry."
            )
        });
    }
    if source.fingerprint() == pipeline.fingerprint {
        remarks.push(
            "The model was trained on these rows, those held out among them: accuracies flatter it."
                .to_owned(),
        );
    }
    if pipeline.post.is_some() {
        remarks.push("The model had a rule already; it is replaced.".to_owned());
    }
    let gaps = || fit.after.gaps.iter().copied().fold(0.0, f64::max);
    if !fit.met {
        remarks.push(format!(
            "No rule was found that keeps every gap within what was asked on the rows it was fitted \
             on; the largest is {:.4}. Allow more with --delta, or give more rows.",
            gaps()
        ));
    }
    if let Some(guarantee) = fit.guarantee.as_ref().filter(|guarantee| !guarantee.holds) {
        let upper = guarantee.upper.iter().copied().fold(0.0, f64::max);
        remarks.push(format!(
            "The rows are too few for the margin: the gap of the population is bounded by {upper:.4} \
             only."
        ));
    }
    if fit.after.favourable <= 0.0 || fit.after.favourable >= 1.0 {
        remarks.push("The rule calls everybody alike: that is fair, and no use.".to_owned());
    }
    if parts.held.is_none() {
        remarks.push(
            "No rows were held out: the gaps of the rows that the rule was fitted on flatter it."
                .to_owned(),
        );
    }
    Ok(remarks)
}

/// Groups whose shares say little, over all rows.
fn small_groups(
    pipeline: &Pipeline,
    parts: &Parts,
    fit: &BiasFit,
    options: &FairOptions,
) -> Result<Vec<String>> {
    let all = &parts.all;
    let favourable = fit.rule.favourable;
    let (design, labels) = (&all.design, Some(&all.labels));
    let outcomes =
        Outcomes::of(&pipeline.model, design, labels, favourable, all.weights.as_deref())?;
    let concerned = |among: Among| match (options.criterion, among) {
        (_, Among::All) => true,
        (Criterion::DemographicParity, _) => false,
        (Criterion::EqualOpportunity, among) => among == Among::Favourable,
        (Criterion::EqualisedOdds, _) => true,
    };
    let mut lines = Vec::new();
    for attribute in &all.attributes {
        let report = group_metrics(&outcomes, &attribute.groups, &options.intervals)?;
        for small in report.warnings.iter().filter(|small| concerned(small.among)) {
            lines.push(format!(
                "`{}`: {small}. So few people can drag the calls of all others along: merge the \
                 group with another, or leave its rows out.",
                attribute.name
            ));
        }
    }
    Ok(lines)
}
