//! `describe`: what the columns look like.

use linecall::data::infer::{ColumnSummary, Description, InferOptions, infer};
use linecall::data::read;
use linecall::data::schema::Role;

use super::reading;
use crate::args::Describe;
use crate::failure::Answer;
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Describe) -> Answer {
    let options = reading::options(&args.reading, &args.data)?;
    if let Some(path) = &args.output {
        let files = reading::files(&args.data, &options);
        output::check_target(path, &files.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    let name = args.data.join(" ");
    let known = read::format_of(&args.data, &options)?.target().map(str::to_owned);
    let table = read::table(&args.data, &options)?;
    let target = args.target.clone().or(known);
    let multilabel = reading::mark(args.multilabel.as_deref())?;
    let options = InferOptions { target, multilabel, ..InferOptions::default() };
    let found = infer(&table, &options).map_err(|e| e.in_file(&name))?;
    if let Some(path) = &args.output {
        let toml = found.to_toml()?;
        output::write_file(path, toml.as_bytes())?;
    }
    if args.common.json {
        output::say_json(&output::Versioned::new(&found))?;
        return Ok(true);
    }
    output::say(&page(&name, &found))?;
    if let Some(path) = &args.output {
        let next =
            format!("schema written to {path}; edit it, then: linecall fit {name} --schema {path}");
        output::remark(args.common.quiet, &next);
    }
    Ok(true)
}

fn page(name: &str, found: &Description) -> String {
    let target = &found.schema.target;
    let columns = found.columns.len();
    let mut out = format!(
        "{}: {} rows, {columns} columns; target `{}` with {} {}\n\n",
        if name == "-" { "standard input" } else { name },
        text::count(found.rows),
        target.column,
        if target.multilabel.is_some() { "labels" } else { "classes" },
        target.classes.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "),
    );
    let mut grid = Grid::new(&["column", "role", "kind", ">missing", ">distinct", "values"]);
    for column in &found.columns {
        grid.row(vec![
            column.name.clone(),
            name_of(&column.role),
            name_of(&column.kind),
            if column.missing == 0 { String::new() } else { text::count(column.missing) },
            text::count(column.distinct),
            values(column),
        ]);
    }
    out.push_str(&grid.text());
    if !found.warnings.is_empty() {
        out.push('\n');
        found.warnings.iter().for_each(|w| out.push_str(&format!("  ! {}\n", w.text)));
    }
    out
}

/// A role or kind by the name that it has in the schema file.
fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The range of a number, or the commonest values of anything else.
fn values(column: &ColumnSummary) -> String {
    if let (Some(min), Some(max), Some(median)) = (column.min, column.max, column.median)
        && column.role != Role::Target
        && column.distinct > 2
        && !matches!(name_of(&column.kind).as_str(), "category" | "ordered" | "boolean")
    {
        let median =
            if median.fract() == 0.0 { median.to_string() } else { text::significant(median, 4) };
        return format!("{min} to {max}, median {median}");
    }
    let shown: Vec<String> = column
        .top
        .iter()
        .take(4)
        .map(|(value, n)| format!("{} ({})", shorten(value), text::count(*n)))
        .collect();
    let more = if column.distinct > 4 { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn shorten(value: &str) -> String {
    const KEEP: usize = 24;
    let clean: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= KEEP {
        clean
    } else {
        clean.chars().take(KEEP).chain(['…']).collect()
    }
}
