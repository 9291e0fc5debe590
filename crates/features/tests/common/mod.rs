//! Small schemas and tables.
#![allow(dead_code, reason = "each test program uses some of them")]
#![allow(clippy::unwrap_used, reason = "test helpers")]

use linecall_data::schema::{ColumnSchema, Kind, Role, Schema, TargetSchema};
use linecall_data::{Cells, Column, Origin, Table, TextCells};

/// A schema of these columns and a target `y` of classes `no` and `yes`.
pub(crate) fn schema(mut columns: Vec<ColumnSchema>) -> Schema {
    columns.push(ColumnSchema::new("y", Role::Target, Kind::Category));
    let target = TargetSchema {
        column: "y".to_owned(),
        classes: vec!["no".to_owned(), "yes".to_owned()],
        positive: Some("yes".to_owned()),
        favourable: None,
        multilabel: None,
        labels: Default::default(),
    };
    Schema { version: Schema::VERSION, rules: Vec::new(), target, columns }
}

pub(crate) fn feature(name: &str, kind: Kind) -> ColumnSchema {
    ColumnSchema::new(name, Role::Feature, kind)
}

pub(crate) fn levels(name: &str, kind: Kind, levels: &[&str]) -> ColumnSchema {
    let mut column = feature(name, kind);
    column.levels = levels.iter().map(|&l| l.to_owned()).collect();
    column
}

pub(crate) fn text(name: &str, cells: &[&str]) -> Column {
    let mut text = TextCells::default();
    cells.iter().for_each(|cell| text.push(cell));
    Column { name: name.to_owned(), cells: Cells::Text(text) }
}

pub(crate) fn numbers(name: &str, cells: &[f64]) -> Column {
    Column { name: name.to_owned(), cells: Cells::Number(cells.to_vec()) }
}

/// A table `t.csv` with a header in line 1 and one row a line.
pub(crate) fn table(columns: Vec<Column>) -> Table {
    let rows = columns.first().map_or(0, |c| c.cells.len());
    let lines = (0..rows as u64).map(|row| row + 2).collect();
    let origin = Origin { file: "t.csv".to_owned(), lines, ..Origin::default() };
    Table::new(origin, columns).unwrap()
}
