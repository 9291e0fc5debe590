//! Schema inference, rule by rule, on hand-built tables, random tables and real data.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod features;
mod random;
mod real;
mod roles;
mod target;
mod toml;
mod warnings;

use linecall_data::infer::{Description, InferOptions, Warning, WarningKind, infer};
use linecall_data::schema::ColumnSchema;
use linecall_data::{Cells, Column, Origin, Table, TextCells};

/// A column of text cells.
fn text<S: AsRef<str>>(name: &str, cells: impl IntoIterator<Item = S>) -> Column {
    let mut out = TextCells::default();
    cells.into_iter().for_each(|c| out.push(c.as_ref()));
    Column { name: name.to_owned(), cells: Cells::Text(out) }
}

/// A column of a format that knows numbers.
fn number(name: &str, cells: impl IntoIterator<Item = f64>) -> Column {
    Column { name: name.to_owned(), cells: Cells::Number(cells.into_iter().collect()) }
}

/// `rows` cells, `cell(row)` each.
fn made<S: AsRef<str>>(name: &str, rows: usize, cell: impl Fn(usize) -> S) -> Column {
    text(name, (0..rows).map(cell))
}

/// A target that nothing regular goes with: 0 and 1, about as often.
fn coin(row: usize) -> &'static str {
    let mixed = (row as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    if (mixed ^ (mixed >> 29)) >> 40 & 1 == 0 { "0" } else { "1" }
}

fn table(columns: Vec<Column>) -> Table {
    Table::new(Origin { file: "made.csv".to_owned(), ..Origin::default() }, columns).unwrap()
}

fn options(target: &str) -> InferOptions {
    InferOptions { target: Some(target.to_owned()), ..InferOptions::default() }
}

/// What is inferred about one column beside a target of coin flips.
fn about(column: Column) -> (ColumnSchema, Description) {
    let name = column.name.clone();
    let target = made("flip", column.cells.len(), coin);
    let found = infer(&table(vec![column, target]), &options("flip")).unwrap();
    found.schema.check().unwrap();
    (found.schema.column(&name).unwrap().clone(), found)
}

/// The warnings of one kind.
fn of_kind(found: &Description, kind: WarningKind) -> Vec<&Warning> {
    found.warnings.iter().filter(|w| w.kind == kind).collect()
}

/// The only warning of a kind.
fn only(found: &Description, kind: WarningKind) -> &Warning {
    match of_kind(found, kind).as_slice() {
        [one] => one,
        other => panic!("{kind:?}: {other:?}"),
    }
}

/// The kinds of the warnings about a column.
fn kinds_about(found: &Description, column: &str) -> Vec<WarningKind> {
    let about = |w: &&Warning| w.column.as_deref() == Some(column);
    found.warnings.iter().filter(about).map(|w| w.kind).collect()
}
