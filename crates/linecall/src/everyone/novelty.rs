//! Which rows are unlike those that the model learnt from.

use std::collections::BTreeMap;

use linecall_audit::novelty::{Verdict, Warning};
use serde::Serialize;

use super::AuditOptions;
use crate::challenge::{Reference, scorer};
use crate::{FrontEnd, Pipeline, Source};

/// What stands out in a column, counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoveltyWarning {
    /// The column.
    pub column: String,
    /// What: `outside_range`, `in_tail`, `rare_level`, `unseen_level`, `missing`.
    pub kind: String,
    /// Rows.
    pub rows: u64,
    /// What, in words.
    pub example: String,
}

/// Novelty over all rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoveltyPart {
    /// The distance that decides.
    pub method: String,
    /// Share of rows like the reference that would be called novel by mistake, at most.
    pub rate: f64,
    /// Rows called novel.
    pub novel: u64,
    /// Their share.
    pub share: f64,
    /// The most novel rows, from 1.
    pub rows: Vec<u64>,
    /// What stands out column by column.
    pub warnings: Vec<NoveltyWarning>,
}

/// Most rows that are named.
const NAMED: usize = 10;

/// The novelty of all rows, or why it is not known.
pub(super) fn novelty(
    pipeline: &Pipeline,
    people: &Reference,
    reference: &Reference,
    options: &AuditOptions,
) -> std::result::Result<NoveltyPart, String> {
    let scorer = scorer(pipeline, reference, &options.questions)?;
    let verdicts = match (&people.source, &pipeline.front_end) {
        (Source::Table(table), FrontEnd::Table { recipe, .. }) => scorer.judge_table(recipe, table),
        _ => scorer.judge(&people.design),
    };
    let verdicts = verdicts.map_err(|error| error.to_string())?;
    let mut found: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.novel).collect();
    found.sort_by(|a, b| a.p_value.total_cmp(&b.p_value).then(a.row.cmp(&b.row)));
    let mut counted: BTreeMap<(String, &str, String), (u64, String)> = BTreeMap::new();
    for warning in verdicts.iter().flat_map(|verdict| &verdict.warnings) {
        let key = (warning.column().to_owned(), kind(warning), level(warning));
        counted.entry(key).or_insert_with(|| (0, words(warning))).0 += 1;
    }
    let mut warnings: Vec<NoveltyWarning> = counted
        .into_iter()
        .map(|((column, kind, _), (rows, example))| NoveltyWarning {
            column,
            kind: kind.to_owned(),
            rows,
            example,
        })
        .collect();
    warnings.sort_by_key(|warning| std::cmp::Reverse(warning.rows));
    let rows = verdicts.len().max(1) as f64;
    Ok(NoveltyPart {
        method: scorer.options().method.name().to_owned(),
        rate: options.questions.false_alarms,
        novel: found.len() as u64,
        share: found.len() as f64 / rows,
        rows: found.iter().take(NAMED).map(|verdict| verdict.row).collect(),
        warnings,
    })
}

/// What a level warns of is that level; numbers warn together.
fn level(warning: &Warning) -> String {
    match warning {
        Warning::RareLevel { level, .. } | Warning::UnseenLevel { level, .. } => level.clone(),
        _ => String::new(),
    }
}

/// What the rows have in common: numbers stand out of the same range, each with a value of its own.
fn words(warning: &Warning) -> String {
    let with = |unit: &Option<String>| unit.as_ref().map_or(String::new(), |u| format!(" {u}"));
    match warning {
        Warning::OutsideRange { column, unit, least, most, .. } => {
            format!("`{column}` is outside every reference row, {least} to {most}{}", with(unit))
        }
        Warning::InTail { column, unit, low, high, tail, .. } => format!(
            "`{column}` is outside {low} to {high}{}, where {}% of the reference are",
            with(unit),
            (1e6 * (1.0 - 2.0 * tail)).round() / 1e4
        ),
        other => other.to_string(),
    }
}

fn kind(warning: &Warning) -> &'static str {
    match warning {
        Warning::OutsideRange { .. } => "outside_range",
        Warning::InTail { .. } => "in_tail",
        Warning::RareLevel { .. } => "rare_level",
        Warning::UnseenLevel { .. } => "unseen_level",
        Warning::Missing { .. } => "missing",
        _ => "other",
    }
}
