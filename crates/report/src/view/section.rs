//! A question and its answer, as case files and audits show them.

use serde::Serialize;

use crate::chart::Figure;
use crate::number::significant;

/// A figure in large type.
#[derive(Debug, Serialize)]
pub(super) struct Tile {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) interval: String,
    pub(super) note: String,
}

/// A question and its answer.
#[derive(Debug, Default, Serialize)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: String,
    /// `before` or `after` what would change the call.
    pub(super) position: &'static str,
    /// Whether there is no answer.
    pub(super) missing: bool,
    pub(super) lines: Vec<String>,
    pub(super) bars: Vec<Bar>,
    /// What bars to the left and to the right speak for.
    pub(super) towards: Option<[String; 2]>,
    pub(super) figures: Vec<Figure>,
    pub(super) tables: Vec<TableView>,
    pub(super) hints: Vec<String>,
}

/// A table; its first column names the rows.
#[derive(Debug, Default, Serialize)]
pub(super) struct TableView {
    pub(super) title: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl TableView {
    pub(super) fn new(head: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self { title: String::new(), head: head.iter().map(|h| (*h).to_owned()).collect(), rows }
    }

    pub(super) fn titled(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }
}

/// A bar from the middle: where it begins and how long it is, in percent of the width.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    name: String,
    note: String,
    value: String,
    left: String,
    width: String,
    up: bool,
}

/// A section without an answer.
pub(super) fn unanswered(
    id: &'static str,
    title: &'static str,
    position: &'static str,
    why: &str,
) -> Section {
    let lines = vec![format!("Not answered: {why}.")];
    let title = title.to_owned();
    Section { id, title, position, missing: true, lines, ..Section::default() }
}

/// A bar of a value among values of which the largest by size is given.
pub(super) fn bar(name: String, note: String, value: f64, largest: f64) -> Bar {
    let half = 50.0 * value.abs() / largest;
    let left = if value < 0.0 { 50.0 - half } else { 50.0 };
    Bar {
        name,
        note,
        value: signed_significant(value),
        left: format!("{left:.2}"),
        width: format!("{half:.2}"),
        up: value >= 0.0,
    }
}

pub(super) fn signed_significant(value: f64) -> String {
    let text = significant(value);
    if value > 0.0 { format!("+{text}") } else { text }
}
