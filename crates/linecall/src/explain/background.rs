//! What rows are held against.

use std::collections::HashMap;

use linecall_data::read::NumberCell;
use linecall_data::schema::Kind;
use linecall_data::{Cells, ErrorKind, Origin, Place, Schema, Table};
use serde::{Deserialize, Serialize};

use super::rows::holds_numbers;
use crate::{Error, Result};

/// What rows are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backdrop {
    /// The weighted mean of the design columns of the reference; of a model alone.
    Mean,
    /// A row that may not exist: the middle value of each column of numbers (the lower of two), the
    /// commonest level of each other (the first of equals), each as the reference writes it.
    Typical,
    /// A row of the data, from 1.
    Row(u64),
}

impl Backdrop {
    /// Reads `mean`, `typical` or the number of a row.
    ///
    /// ```
    /// use linecall::explain::Backdrop;
    /// assert_eq!(Backdrop::parse("17")?, Backdrop::Row(17));
    /// assert!(Backdrop::parse("zero").is_err());
    /// # Ok::<(), linecall::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "mean" => Ok(Self::Mean),
            "typical" => Ok(Self::Typical),
            _ => text.parse().map(Self::Row).map_err(|_| {
                Error::Question(format!(
                    "--background is `{text}`, expected mean, typical or the number of a row"
                ))
            }),
        }
    }
}

/// A row (from 1) of a table of so many, from 0.
pub(super) fn row_of(rows: usize, row: u64, data: &str) -> Result<usize> {
    let at = usize::try_from(row).ok().and_then(|row| row.checked_sub(1));
    at.filter(|at| *at < rows).ok_or_else(|| {
        let problem = format!("there is no row {row}: the data have {rows} rows, counted from 1");
        linecall_data::Error::new(ErrorKind::Value, problem).at(Place::file(data)).into()
    })
}

/// The typical row of a table, over some of its columns.
pub(super) fn typical<'a>(
    table: &Table,
    names: impl Iterator<Item = &'a str>,
    schema: Option<&Schema>,
) -> Result<Table> {
    if table.rows() == 0 {
        let problem = "there are no rows to take a typical one from";
        return Err(linecall_data::Error::new(ErrorKind::Value, problem)
            .at(Place::file(&table.origin().file))
            .into());
    }
    let (mut columns, mut from) = (Vec::new(), Vec::new());
    for name in names {
        let column = table.require(name)?;
        let known = schema.and_then(|schema| schema.column(name));
        let codes = known.map_or(&[][..], |known| known.missing_codes.as_slice());
        let is_number = known.map_or_else(
            || holds_numbers(&column.cells),
            |known| matches!(known.kind, Kind::Number | Kind::Integer),
        );
        let row = is_number.then(|| middle(&column.cells, codes)).flatten();
        from.push(row.or_else(|| commonest(&column.cells, codes)).unwrap_or(0));
        columns.push(name);
    }
    // The few rows that cells come from, and of each column its own.
    let few = table.select(&from);
    let mut cells = Vec::with_capacity(columns.len());
    for (at, name) in columns.iter().enumerate() {
        let one = Table::new(Origin::default(), vec![few.require(name)?.clone()])?;
        cells.extend(one.select(&[at]).columns().iter().cloned());
    }
    let origin = Origin { file: table.origin().file.clone(), ..Origin::default() };
    Ok(Table::new(origin, cells)?)
}

/// The row of the middle number.
fn middle(cells: &Cells, codes: &[String]) -> Option<usize> {
    let mut numbers = Vec::new();
    cells.each_number(codes, |row, cell| {
        if let NumberCell::Value(value) = cell {
            numbers.push((value, row));
        }
    });
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let last = numbers.len().checked_sub(1)?;
    numbers.get(last / 2).map(|(_, row)| *row)
}

/// The first row of the commonest cell.
fn commonest(cells: &Cells, codes: &[String]) -> Option<usize> {
    let mut counts: HashMap<String, (u64, usize)> = HashMap::new();
    for row in (0..cells.len()).filter(|row| !cells.is_missing(*row, codes)) {
        counts.entry(cells.text(row).into_owned()).or_insert((0, row)).0 += 1;
    }
    let best = counts.into_values().max_by_key(|(count, row)| (*count, std::cmp::Reverse(*row)));
    best.map(|(_, row)| row)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use linecall_data::{Column, TextCells};

    use super::*;

    #[test]
    fn a_typical_row_holds_what_occurs() {
        let column = |name: &str, cells: [&str; 5]| {
            let mut text = TextCells::default();
            cells.iter().for_each(|c| text.push(c));
            Column { name: name.to_owned(), cells: Cells::Text(text) }
        };
        let table = Table::new(
            Origin::default(),
            vec![
                column("n", ["9", "1.50", "", "4", "2"]),
                column("level", ["b", "", "a", "", "a"]),
                column("tie", ["y", "x", "x", "y", "z"]),
                column("none", ["", "", "", "", ""]),
            ],
        )
        .unwrap();
        let names = ["tie", "n", "level", "none"];
        let row = typical(&table, names.into_iter(), None).unwrap();
        let cells: Vec<_> = row.columns().iter().map(|c| c.cells.text(0).into_owned()).collect();
        // Of 1.50, 2, 4, 9 the lower of the two in the middle.
        assert_eq!(cells, ["y", "2", "a", ""]);
        assert!(typical(&table, ["m"].into_iter(), None).is_err());
    }
}
