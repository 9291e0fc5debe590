//! A person's points on a scorecard, how many are short, and what cards that are as good would say.

use std::time::{Duration, Instant};

use linecall_linear::scorecard::{CardSearch, Prefer, ScorecardPlan};
use serde::Serialize;

use super::{Answer, ChallengeOptions, Origin, Person, Reference};
use crate::{Pipeline, Result};

/// Seconds for the search of cards that are as good.
const SECONDS: u64 = 10;
/// Cards that are looked at.
const CARDS: usize = 1_000;

/// What a scorecard makes of a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointsPart {
    /// The sum of the points.
    pub total: f64,
    /// The positive class is called from this total on; of totals that are not whole, above it.
    pub from: f64,
    /// How many points more (or, below 0, fewer) the other call takes.
    pub short: f64,
    /// The conditions of the card.
    pub lines: Vec<PointsLine>,
    /// All of it in a sentence.
    pub text: String,
    /// Cards that are as good and call otherwise.
    pub rivals: Answer<RivalCards>,
}

/// A condition of the card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointsLine {
    /// The condition.
    pub condition: String,
    /// Its points, of a column of numbers for each unit.
    pub points: i64,
    /// What it adds for this person.
    pub adds: f64,
}

/// Cards within a share of the best objective.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RivalCards {
    /// How much worse than the best they may be, relative to its objective.
    pub epsilon: f64,
    /// How many there are.
    pub cards: u64,
    /// How many of them call the person otherwise.
    pub otherwise: u64,
    /// Whether these are all there are.
    pub complete: bool,
    /// Conditions and points of the best of those that call otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Vec<(String, i64)>>,
}

/// The points of a person; `None` where the model is no scorecard.
pub(super) fn points(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
) -> Result<Option<PointsPart>> {
    let Some(plan) = pipeline.training.plan.scorecard() else { return Ok(None) };
    let model = &pipeline.model;
    let coef = model.coef().first().map_or(&[][..], Vec::as_slice);
    let intercept = model.intercept().first().copied().unwrap_or(0.0);
    let mut held = vec![0.0; coef.len()];
    person.design.for_each_in_row(0, |j, value| {
        if let Some(slot) = held.get_mut(j) {
            *slot = value;
        }
    });
    let columns = pipeline.design_columns();
    let redacted = |name: &String| options.redact.contains(name);
    let mut lines = Vec::new();
    let (mut total, mut whole) = (0.0, true);
    for ((column, points), value) in columns.iter().zip(coef).zip(&held) {
        if *points == 0.0 {
            continue;
        }
        total += points * value;
        whole &= column.term.is_indicator();
        if !redacted(&column.source) {
            let condition = column.name();
            lines.push(PointsLine { condition, points: *points as i64, adds: points * value });
        }
    }
    let called = total + intercept > 0.0;
    let from = if whole { (-intercept).floor() + 1.0 } else { -intercept };
    let short = match (called, whole) {
        (false, _) => from - total,
        (true, true) => from - 1.0 - total,
        (true, false) => from - total,
    };
    let text = sentence(pipeline, total, from, short, called);
    let rivals = match rivals(pipeline, plan, person, reference, options, called)? {
        Ok(found) => Answer::Given(found),
        Err(why) => Answer::none(why),
    };
    Ok(Some(PointsPart { total, from, short, lines, text, rivals }))
}

fn sentence(pipeline: &Pipeline, total: f64, from: f64, short: f64, called: bool) -> String {
    let model = &pipeline.model;
    let class = |positive: bool| {
        let at = model.positive().map_or(0, |p| if positive { p } else { 1 - p.min(1) });
        let name = model.classes().get(at).map_or("", String::as_str);
        pipeline.front_end.describe(name).to_owned()
    };
    let say = |points: f64| {
        let text = match points.fract() == 0.0 {
            true => format!("{points:.0}"),
            false => format!("{points:.2}"),
        };
        if points == 1.0 { format!("{text} point") } else { format!("{text} points") }
    };
    let (total, from) = (say(total), say(from));
    let short = say(short.abs());
    match called {
        false => {
            format!("{total}; {} is called from {from} on: {short} short.", class(true))
        }
        true => format!(
            "{total}; {} is called from {from} on: with {short} fewer it would be {}.",
            class(true),
            class(false)
        ),
    }
}

/// What the cards say that are nearly as good, searched anew on the training rows.
fn rivals(
    pipeline: &Pipeline,
    plan: &ScorecardPlan,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
    called: bool,
) -> Result<std::result::Result<RivalCards, String>> {
    if reference.origin != Origin::Training {
        return Ok(Err("the training data are needed; give them with --reference".to_owned()));
    }
    let Some(data) = &reference.dataset else {
        return Ok(Err(reference.unlabelled.clone().unwrap_or_default()));
    };
    let Some(linecall_data::Certificate::Card(card)) = pipeline.certificates.first() else {
        return Ok(Err("the card has no certificate that says how good it is".to_owned()));
    };
    let search = CardSearch {
        deadline: Instant::now().checked_add(Duration::from_secs(SECONDS)),
        delta: options.epsilon * card.upper,
        pool: CARDS,
        ..CardSearch::default()
    };
    let fit = plan.fit(data, &search, &Prefer::Best, &mut |_| {})?;
    let mut found = RivalCards {
        epsilon: options.epsilon,
        cards: fit.pool.len() as u64,
        otherwise: 0,
        complete: fit.certificate.complete,
        witness: None,
    };
    for rival in &fit.pool {
        let score = rival.model.scores(&person.design)?.first().copied().unwrap_or(0.0);
        if (score > 0.0) == called {
            continue;
        }
        found.otherwise += 1;
        if found.witness.is_none() && options.redact.is_empty() {
            let coef = rival.model.coef().first().map_or(&[][..], Vec::as_slice);
            let used = pipeline.design_columns();
            let pairs = used.iter().zip(coef).filter(|(_, w)| **w != 0.0);
            found.witness = Some(pairs.map(|(c, w)| (c.name(), *w as i64)).collect());
        }
    }
    Ok(Ok(found))
}
