//! A description as TOML for a person to edit.

use super::{ColumnSummary, Description};
use crate::error::printable;
use crate::schema::{ColumnSchema, Kind, Role, TargetSchema};
use crate::{Error, ErrorKind, Result};

/// Longest line of an array.
const WIDTH: usize = 100;

const HEADER: &str = "\
# What each column is. Edit, and fit with this file.
# role:      target, feature, weight, group, id, time, ignored
# kind:      number, integer, boolean, category, ordered, text
# missing:   refuse, indicator, impute; category for categories
# levels:    false then true for a boolean, lowest first for ordered
# mutable:   false if a person cannot change it; direction: any, increase, decrease
# also:      unit, min, max, missing_codes, reference, unseen (refuse or reference)
";

/// The schema as TOML, each column under what was observed of it.
pub(super) fn to_toml(description: &Description) -> Result<String> {
    let schema = &description.schema;
    schema.check()?;
    let mut out = format!("{HEADER}\nversion = {}\n\n", schema.version);
    target(&schema.target, &mut out);
    for schema in &schema.columns {
        out.push('\n');
        if let Some(summary) = description.columns.iter().find(|s| s.name == schema.name) {
            out.push_str(&format!("# {}\n", facts(summary)));
        }
        column(schema, &mut out)?;
    }
    Ok(out)
}

fn target(target: &TargetSchema, out: &mut String) {
    out.push_str(&format!("[target]\ncolumn = {}\n", string(&target.column)));
    array("classes", &target.classes, out);
    for (key, class) in [("positive", &target.positive), ("favourable", &target.favourable)] {
        if let Some(class) = class {
            out.push_str(&format!("{key} = {}\n", string(class)));
        }
    }
    if let Some(separator) = target.multilabel {
        out.push_str(&format!("multilabel = {}\n", string(&separator.to_string())));
    }
    if !target.labels.is_empty() {
        out.push_str("\n[target.labels]\n");
        for (class, label) in &target.labels {
            out.push_str(&format!("{} = {}\n", string(class), string(label)));
        }
    }
}

fn column(column: &ColumnSchema, out: &mut String) -> Result<()> {
    let mut plain = column.clone();
    plain.levels.clear();
    plain.missing_codes.clear();
    let text = toml::to_string(&plain)
        .map_err(|e| Error::new(ErrorKind::Schema, "cannot be written as TOML").because(e))?;
    out.push_str("[[columns]]\n");
    out.push_str(&text);
    if !column.levels.is_empty() {
        array("levels", &column.levels, out);
    }
    if !column.missing_codes.is_empty() {
        array("missing_codes", &column.missing_codes, out);
    }
    Ok(())
}

/// An array on one line if it fits, else filled line by line.
fn array(key: &str, items: &[String], out: &mut String) {
    let items: Vec<String> = items.iter().map(|i| string(i)).collect();
    let line = format!("{key} = [{}]\n", items.join(", "));
    if line.chars().count() <= WIDTH + 1 {
        out.push_str(&line);
        return;
    }
    out.push_str(&format!("{key} = ["));
    let mut used = WIDTH;
    for item in items {
        let needed = item.chars().count() + 2;
        if used + needed > WIDTH {
            out.push_str("\n   ");
            used = 3;
        }
        out.push_str(&format!(" {item},"));
        used += needed;
    }
    out.push_str("\n]\n");
}

/// A basic string on one line.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What was observed, on one line.
fn facts(summary: &ColumnSummary) -> String {
    let mut text = format!(
        "{} rows, {} missing, {} distinct",
        summary.rows, summary.missing, summary.distinct
    );
    if let (Some(min), Some(max)) = (summary.min, summary.max) {
        text.push_str(&format!(", {min} to {max}"));
        if let Some(median) = summary.median {
            text.push_str(&format!(", median {median}"));
        }
    } else if matches!(summary.role, Role::Id | Role::Ignored) || summary.kind == Kind::Text {
        text.push_str(&format!(", such as {}", short(&summary.example)));
    } else {
        let top: Vec<_> =
            summary.top.iter().take(3).map(|(v, n)| format!("{} ({n})", short(v))).collect();
        text.push_str(&format!(", mostly {}", top.join(", ")));
    }
    text
}

fn short(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(24) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or(&text)),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_arrays_are_filled_line_by_line() {
        let items: Vec<String> = (0..40).map(|i| format!("level {i}")).collect();
        let mut out = String::new();
        array("levels", &items, &mut out);
        assert!(out.lines().count() > 4 && out.lines().all(|l| l.chars().count() <= WIDTH + 1));
        let back: toml::Table = out.parse().unwrap();
        let back: Vec<_> = back["levels"].as_array().unwrap().iter().collect();
        assert_eq!(back.len(), 40);
        assert_eq!(back[39].as_str(), Some("level 39"));
        out.clear();
        array("levels", &items[..3], &mut out);
        assert_eq!(out, "levels = [\"level 0\", \"level 1\", \"level 2\"]\n");
    }

    #[test]
    fn strings_survive_toml() {
        for text in ["", "a\"b\\c", "two\nlines\r", "\u{0}\u{1b}\u{7f}\u{85}", "Größe 😀", "#"]
        {
            let back: toml::Table = format!("x = {}", string(text)).parse().unwrap();
            assert_eq!(back["x"].as_str(), Some(text));
        }
    }
}
