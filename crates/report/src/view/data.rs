//! Classes and schema.

use linecall::FitOutcome;
use linecall_data::schema::{ColumnSchema, Direction, Kind, Missing, Role, Unseen};
use serde::Serialize;

use super::ClassName;
use crate::number::{percent, significant, whole};
use crate::palette::Palette;
use crate::text::shorten;

/// Most rows of the schema's table, and most levels in a cell.
const COLUMNS: usize = 250;
const LEVELS: usize = 8;

/// Most classes listed.
const CLASSES: usize = 60;

/// What was learnt from.
#[derive(Debug, Serialize)]
pub(crate) struct DataView {
    /// What rows are of, in a heading.
    unit: &'static str,
    classes: Vec<ClassRow>,
    classes_left_out: usize,
    columns: Vec<ColumnRow>,
    columns_left_out: usize,
    has_schema: bool,
    long: bool,
}

#[derive(Debug, Serialize)]
struct ClassRow {
    name: ClassName,
    rows: String,
    share: String,
    width: String,
}

#[derive(Debug, Serialize)]
struct ColumnRow {
    name: String,
    role: &'static str,
    quiet: bool,
    kind: &'static str,
    holds: String,
    missing: String,
    change: &'static str,
}

impl DataView {
    pub(super) fn new(outcome: &FitOutcome, palette: &Palette) -> Self {
        let total = outcome.rows();
        let class = |c: &linecall::ClassShare| {
            let share = c.rows as f64 / total.max(1) as f64;
            ClassRow {
                name: ClassName::new(&c.class, palette),
                rows: whole(c.rows),
                share: percent(share),
                width: format!("{:.1}", 100.0 * share),
            }
        };
        let columns = outcome.schema.as_ref().map_or(&[][..], |s| s.columns.as_slice());
        Self {
            unit: if palette.sets() { "Label" } else { "Class" },
            classes: outcome.classes.iter().take(CLASSES).map(class).collect(),
            classes_left_out: outcome.classes.len().saturating_sub(CLASSES),
            columns: columns.iter().take(COLUMNS).map(column_row).collect(),
            columns_left_out: columns.len().saturating_sub(COLUMNS),
            has_schema: outcome.schema.is_some(),
            long: columns.len() > 45,
        }
    }
}

fn column_row(column: &ColumnSchema) -> ColumnRow {
    let feature = column.role == Role::Feature;
    ColumnRow {
        name: shorten(&column.name, 120),
        role: role(column.role),
        quiet: matches!(column.role, Role::Ignored | Role::Id),
        kind: kind(column.kind),
        holds: holds(column),
        missing: if feature { missing(column) } else { String::new() },
        change: if feature { change(column) } else { "" },
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Target => "target",
        Role::Feature => "input",
        Role::Weight => "weight",
        Role::Group => "group",
        Role::Id => "name of the row",
        Role::Time => "time",
        Role::Ignored => "not used",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "number",
        Kind::Integer => "whole number",
        Kind::Boolean => "boolean",
        Kind::Category => "category",
        Kind::Ordered => "ordered",
        Kind::Text => "text",
    }
}

/// Unit, range or levels.
fn holds(column: &ColumnSchema) -> String {
    let mut parts = Vec::new();
    match (column.min, column.max) {
        (Some(min), Some(max)) => parts.push(format!("{} to {}", bound(min), bound(max))),
        (Some(min), None) => parts.push(format!("at least {}", bound(min))),
        (None, Some(max)) => parts.push(format!("at most {}", bound(max))),
        (None, None) => {}
    }
    if let Some(unit) = &column.unit {
        parts.push(shorten(unit, 40));
    }
    if !column.levels.is_empty() {
        parts.push(levels(column));
    }
    parts.join(" ")
}

fn bound(value: f64) -> String {
    let plain = value.fract() == 0.0 && value.abs() < 1e12;
    if plain { crate::number::count(value) } else { significant(value) }
}

fn levels(column: &ColumnSchema) -> String {
    let joint = if column.kind == Kind::Ordered { " < " } else { ", " };
    let shown: Vec<String> = column.levels.iter().take(LEVELS).map(|l| shorten(l, 32)).collect();
    let mut text = shown.join(joint);
    if column.levels.len() > LEVELS {
        text += &format!(" and {} more", column.levels.len() - LEVELS);
    }
    if let Some(reference) = &column.reference {
        text += &format!("; compared with {}", shorten(reference, 32));
    }
    text
}

fn missing(column: &ColumnSchema) -> String {
    let mut text = match column.missing {
        Missing::Refuse => "refused",
        Missing::Indicator => "filled in and marked",
        Missing::Impute => "filled in",
        Missing::Category => "a level of its own",
    }
    .to_owned();
    if !column.missing_codes.is_empty() {
        let codes: Vec<String> =
            column.missing_codes.iter().take(6).map(|c| shorten(c, 24)).collect();
        text += &format!(" (also {})", codes.join(", "));
    }
    if column.unseen == Unseen::Reference {
        text += "; new levels count as the reference";
    }
    text
}

fn change(column: &ColumnSchema) -> &'static str {
    match (column.mutable, column.direction) {
        (false, _) => "no",
        (true, Direction::Any) => "yes",
        (true, Direction::Increase) => "only up",
        (true, Direction::Decrease) => "only down",
    }
}
