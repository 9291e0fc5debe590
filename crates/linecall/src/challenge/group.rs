//! The group that a person belongs to, among the reference rows.

use linecall_audit::fairness::{Gap, GroupMetrics, GroupOptions, group_metrics};
use linecall_data::{Labels, Table};
use serde::Serialize;

use super::{ChallengeOptions, Person, Reference};
use crate::{Error, Pipeline, Result, Source};

/// Most groups that a column may have.
pub(crate) const MOST_GROUPS: usize = 50;

/// How the model calls the person's group, and all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupPart {
    /// The column.
    pub column: String,
    /// The class counted as favourable.
    pub favourable: String,
    /// The figures of the person's group.
    pub own: GroupMetrics,
    /// The largest gap, between any two groups, of the shares called favourable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demographic_parity: Option<Gap>,
    /// The largest gap of the true positive rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equal_opportunity: Option<Gap>,
    /// What to know about small groups.
    pub warnings: Vec<String>,
}

/// The group of each row of a table.
///
/// # Errors
/// When there is no such column, or it has too many values to be one of groups.
pub(crate) fn groups(table: &Table, column: &str) -> Result<Labels> {
    let cells = &table.require(column)?.cells;
    let names: Vec<String> = (0..table.rows())
        .map(|row| {
            let text = cells.text(row);
            if text.is_empty() { "(missing)".to_owned() } else { text.into_owned() }
        })
        .collect();
    let labels = Labels::from_names(names);
    let found = labels.classes().len();
    if found > MOST_GROUPS {
        return Err(Error::Question(format!(
            "{}: column `{column}` has {found} values, a column of groups at most {MOST_GROUPS}; \
             name one with fewer, or put its values into bands first",
            table.origin().file
        )));
    }
    Ok(labels)
}

/// The index of the class that counts as favourable.
pub(crate) fn favourable(pipeline: &Pipeline, options: &ChallengeOptions) -> Option<usize> {
    let named = super::way::aim(pipeline, options).favourable;
    let classes = pipeline.classes();
    named.and_then(|name| classes.iter().position(|c| *c == name)).or(pipeline.model.positive())
}

/// The context of the person's group, or why there is none.
pub(super) fn group(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
) -> Result<std::result::Result<GroupPart, String>> {
    let Some(column) = &options.group else {
        return Ok(Err("no column of groups was named (--group)".to_owned()));
    };
    if options.redact.contains(column) {
        return Ok(Err(format!("the column of groups, `{column}`, is kept out of this file")));
    }
    let (Source::Table(table), Some(own)) = (&reference.source, &person.table) else {
        return Ok(Err("groups are columns of a table, and the data are a matrix".to_owned()));
    };
    let Some(class) = favourable(pipeline, options) else {
        return Ok(Err("say which class is wished for (--favourable)".to_owned()));
    };
    let labels = groups(table, column)?;
    let cell = own.require(column)?.cells.text(0).into_owned();
    let cell = if cell.is_empty() { "(missing)".to_owned() } else { cell };
    let weights = reference.dataset.as_ref().and_then(|data| data.weights.as_deref());
    let known = reference.dataset.as_ref().map(|data| &data.labels);
    let outcomes = pipeline.outcomes(&reference.design, known, class, weights)?;
    let report = group_metrics(&outcomes, &labels, &GroupOptions::default())?;
    let Some(own) = report.groups.into_iter().find(|group| group.group == cell) else {
        return Ok(Err(format!("no reference row is of the person's group, `{cell}`")));
    };
    let small = report.warnings.iter().filter(|warning| warning.group == cell);
    Ok(Ok(GroupPart {
        column: column.clone(),
        favourable: pipeline.classes().get(class).cloned().unwrap_or_default(),
        own,
        demographic_parity: report.demographic_parity,
        equal_opportunity: report.equal_opportunity,
        warnings: small.map(ToString::to_string).collect(),
    }))
}
