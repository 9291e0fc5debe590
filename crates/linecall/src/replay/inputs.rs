//! Are the data those that the model was trained on, and if not, what changed?

use linecall_data::Fingerprint;
use linecall_data::schema::Role;
use serde::{Deserialize, Serialize};

use crate::Pipeline;
use crate::recipe::Prints;

/// Most columns that are named one by one.
const MOST: usize = 20;

/// One input, held against the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputCheck {
    /// What it is: `rows`, `columns`, `column NAME`, `labels`, `test file`, `rows of the rule`.
    pub name: String,
    /// Whether it is as recorded.
    pub same: bool,
    /// What was found.
    pub found: String,
    /// What is recorded.
    pub expected: String,
    /// What to make of it, in one sentence.
    pub text: String,
}

fn check(name: &str, found: String, expected: String, text: String) -> InputCheck {
    InputCheck { name: name.to_owned(), same: found == expected, found, expected, text }
}

/// What a rebuilt stream says of its data.
pub(super) fn of_fit(pipeline: &Pipeline) -> Prints {
    let recipe = pipeline.training.recipe.as_ref();
    let columns = recipe.map(|recipe| recipe.columns.clone()).unwrap_or_default();
    (pipeline.fingerprint.clone(), columns, recipe.and_then(|recipe| recipe.labels.clone()))
}

/// A whole input by its fingerprint, and by its labels where it has some of its own.
pub(super) fn whole(
    name: &str,
    found: &Prints,
    expected: &Fingerprint,
    labels: Option<&str>,
) -> InputCheck {
    let say = |fingerprint: &Fingerprint, labels: Option<&str>| {
        let Fingerprint { rows, columns, sha256 } = fingerprint;
        let labels = labels.map_or(String::new(), |labels| format!(", labels {labels}"));
        format!("{rows} rows of {columns} columns, SHA-256 {sha256}{labels}")
    };
    let own = labels.and(found.2.as_deref());
    let (found, expected) = (say(&found.0, own), say(expected, labels));
    let text = match found == expected {
        true => "as recorded".to_owned(),
        false => "not what is recorded".to_owned(),
    };
    check(name, found, expected, text)
}

/// The training data against the record.
pub(super) fn compare(pipeline: &Pipeline, found: Prints) -> Vec<InputCheck> {
    let (fingerprint, columns, labels) = found;
    let recorded = &pipeline.fingerprint;
    let recipe = pipeline.training.recipe.as_ref();
    let expected_labels = recipe.and_then(|recipe| recipe.labels.clone());
    let labels_differ = expected_labels.is_some() && labels != expected_labels;
    let mut checks = Vec::new();
    if fingerprint == *recorded && !labels_differ {
        let text = "the data are those that the model was trained on".to_owned();
        let say = |f: &Fingerprint| {
            format!("{} rows of {} columns, SHA-256 {}", f.rows, f.columns, f.sha256)
        };
        checks.push(check("data", say(&fingerprint), say(recorded), text));
        return checks;
    }
    if fingerprint.rows != recorded.rows {
        let (now, then) = (fingerprint.rows, recorded.rows);
        let text = match now > then {
            true => format!("{} rows came in", now - then),
            false => format!("{} rows are gone", then - now),
        };
        checks.push(check("rows", now.to_string(), then.to_string(), text));
    }
    let known = recipe.map(|recipe| recipe.columns.as_slice()).unwrap_or_default();
    if known.is_empty() || columns.is_empty() {
        if fingerprint.columns != recorded.columns {
            let (now, then) = (fingerprint.columns.to_string(), recorded.columns.to_string());
            let text = "the number of columns is another one".to_owned();
            checks.push(check("columns", now, then, text));
        }
    } else {
        named(pipeline, &columns, known, fingerprint.rows == recorded.rows, &mut checks);
    }
    if labels_differ {
        let (now, then) = (labels.unwrap_or_default(), expected_labels.unwrap_or_default());
        let text = "the labels of the rows are others".to_owned();
        checks.push(check("labels", now, then, text));
    }
    if checks.iter().all(|check| check.same) {
        let text = "the content is another one; this file does not say of which column".to_owned();
        let (now, then) = (fingerprint.sha256, recorded.sha256.clone());
        checks.push(check("content", now, then, text));
    }
    checks
}

/// Columns that came, went, moved or changed.
fn named(
    pipeline: &Pipeline,
    found: &[linecall_data::ColumnHash],
    known: &[linecall_data::ColumnHash],
    same_rows: bool,
    checks: &mut Vec<InputCheck>,
) {
    use linecall_data::ColumnHash;
    let names = |of: &[ColumnHash]| of.iter().map(|c| c.column.clone()).collect::<Vec<_>>();
    let (now, then) = (names(found), names(known));
    let quoted = |of: &[String]| {
        let shown: Vec<String> = of.iter().take(MOST).map(|name| format!("`{name}`")).collect();
        let more = of.len().saturating_sub(MOST);
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        shown.join(", ") + &tail
    };
    if now != then {
        let missing = |a: &[String], b: &[String]| -> Vec<String> {
            let b: std::collections::HashSet<&String> = b.iter().collect();
            a.iter().filter(|name| !b.contains(name)).cloned().collect()
        };
        let (came, went) = (missing(&now, &then), missing(&then, &now));
        let mut words = Vec::new();
        if !came.is_empty() {
            words.push(format!("{} came in", quoted(&came)));
        }
        if !went.is_empty() {
            words.push(format!("{} went", quoted(&went)));
        }
        if words.is_empty() {
            words.push("the columns are in another order".to_owned());
        }
        checks.push(check("columns", quoted(&now), quoted(&then), words.join("; ")));
        // A list that is cut may look the same.
        if let Some(last) = checks.last_mut() {
            last.same = false;
        }
    }
    if !same_rows {
        // Every column is another one then.
        return;
    }
    let then: std::collections::HashMap<&String, &String> =
        known.iter().map(|own| (&own.column, &own.hash)).collect();
    let changed: Vec<(&ColumnHash, &&String)> = found
        .iter()
        .filter_map(|own| Some((own, then.get(&own.column)?)))
        .filter(|(own, then)| own.hash != ***then)
        .collect();
    for (own, then) in changed.iter().take(MOST) {
        let schema = pipeline.front_end.schema();
        let role = schema.and_then(|schema| schema.column(&own.column)).map(|c| c.role);
        let used = match role {
            Some(Role::Ignored | Role::Id) => ", which the model does not use",
            _ => "",
        };
        let text = format!("the content of column `{}` changed{used}", own.column);
        let name = format!("column {}", own.column);
        checks.push(check(&name, own.hash.clone(), (**then).clone(), text));
    }
    if let Some(more) = changed.len().checked_sub(MOST).filter(|more| *more > 0) {
        let text = format!("the content of {more} more columns changed");
        checks.push(check("columns", more.to_string(), "0".to_owned(), text));
    }
}
