//! Rows of the user's own table under masks, and how they are written.

use linecall_audit::Error as Fault;
use linecall_audit::explain::{Masker, Masks};
use linecall_data::{Cells, Column, Origin, Table};
use serde_json::{Map, Number, Value};

use crate::Result;

/// Rows that a black box is asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct RawRows {
    /// The rows.
    pub table: Table,
    /// Which columns hold numbers, and are written as such in JSON.
    pub numbers: Vec<bool>,
}

/// Masks over a raw row: a column that is on has the row's own cell, one that is off the background's.
/// Columns that are no part keep the row's own cell.
///
/// ```
/// use linecall::audit::explain::{Masker, Masks};
/// use linecall::data::{Cells, Column, Origin, Table, TextCells};
/// use linecall::explain::RawMask;
///
/// let mut city = TextCells::default();
/// ["Rome", "Oslo"].iter().for_each(|c| city.push(c));
/// let age = Column { name: "age".to_owned(), cells: Cells::Number(vec![30.0, 50.0]) };
/// let city = Column { name: "city".to_owned(), cells: Cells::Text(city) };
/// let table = Table::new(Origin::default(), vec![age, city])?;
/// let (own, background) = (table.select(&[0]), table.select(&[1]));
/// let mask = RawMask::new(&own, &background, &[0, 1], &[true, false])?;
/// assert_eq!(mask.parts(), ["age = 30", "city = Rome"]);
/// let mut masks = Masks::new(2);
/// masks.push([true, false]);
/// let rows = mask.masked(&masks)?.table;
/// assert_eq!((rows.columns()[0].cells.text(0), rows.columns()[1].cells.text(0)), ("30".into(), "Oslo".into()));
/// # Ok::<(), linecall::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RawMask {
    /// A table of one column and two rows, own and background, for each column.
    pairs: Vec<Table>,
    /// The part that each column is.
    part: Vec<Option<usize>>,
    numbers: Vec<bool>,
    parts: usize,
}

impl RawMask {
    /// Masks over a row: tables of one row each, with the same columns in the same order. `parts` are
    /// positions of columns; `numbers` says which columns hold numbers.
    ///
    /// # Errors
    /// When the background lacks a column.
    pub fn new(own: &Table, background: &Table, parts: &[usize], numbers: &[bool]) -> Result<Self> {
        let mut pairs = Vec::with_capacity(own.columns().len());
        for column in own.columns() {
            let other = background.require(&column.name)?;
            let mut pair = Table::new(Origin::default(), vec![column.clone()])?;
            pair.append(&Table::new(Origin::default(), vec![other.clone()])?)?;
            pairs.push(pair);
        }
        let part = (0..pairs.len()).map(|at| parts.iter().position(|own| *own == at)).collect();
        Ok(Self { pairs, part, numbers: numbers.to_vec(), parts: parts.len() })
    }

    fn columns(&self) -> impl Iterator<Item = (&Table, &Column, Option<usize>)> {
        let each = self.pairs.iter().zip(&self.part);
        each.filter_map(|(pair, part)| Some((pair, pair.columns().first()?, *part)))
    }

    /// The parts: name, own cell and background's cell in words.
    pub(super) fn words(&self) -> Vec<(String, String, String)> {
        let mut words = vec![Default::default(); self.parts];
        for (_, column, part) in self.columns() {
            if let Some(at) = part.and_then(|part| words.get_mut(part)) {
                *at = (column.name.clone(), word(&column.cells, 0), word(&column.cells, 1));
            }
        }
        words
    }
}

/// A cell in words.
fn word(cells: &Cells, row: usize) -> String {
    let text = cells.text(row);
    if text.is_empty() { "(missing)".to_owned() } else { text.into_owned() }
}

impl Masker for RawMask {
    type Rows = RawRows;

    fn parts(&self) -> Vec<String> {
        self.words().into_iter().map(|(name, own, _)| format!("{name} = {own}")).collect()
    }

    fn masked(&self, masks: &Masks) -> linecall_audit::Result<RawRows> {
        if masks.parts() != self.parts {
            let (found, expected) = (masks.parts(), self.parts);
            return Err(Fault::Shape { what: "parts of a mask", found, expected });
        }
        let mut columns = Vec::with_capacity(self.pairs.len());
        for (pair, _, part) in self.columns() {
            let off = |mask: &[bool]| part.is_some_and(|k| !mask.get(k).copied().unwrap_or(false));
            let from: Vec<usize> = masks.iter().map(|mask| usize::from(off(mask))).collect();
            columns.extend(pair.select(&from).columns().iter().cloned());
        }
        let table = Table::new(Origin::default(), columns)?;
        Ok(RawRows { table, numbers: self.numbers.clone() })
    }
}

/// Rows as CSV with a header line.
pub(super) fn csv_of(rows: &RawRows) -> linecall_audit::Result<Vec<u8>> {
    let failed = |e: &dyn std::fmt::Display| Fault::Model(format!("rows cannot be written: {e}"));
    let mut out = csv::Writer::from_writer(Vec::new());
    let columns = rows.table.columns();
    out.write_record(columns.iter().map(|c| c.name.as_str())).map_err(|e| failed(&e))?;
    for row in 0..rows.table.rows() {
        let cells = columns.iter().map(|c| c.cells.text(row).into_owned());
        out.write_record(cells).map_err(|e| failed(&e))?;
    }
    out.into_inner().map_err(|e| failed(&e))
}

/// Rows as JSON objects: numbers of columns of numbers as such, other cells as texts, missing ones as
/// null.
pub(super) fn json_rows(rows: &RawRows) -> Vec<Value> {
    let cell = |column: &Column, is_number: bool, row: usize| {
        let text = column.cells.text(row);
        if text.is_empty() {
            return Value::Null;
        }
        let number = is_number.then(|| json_number(&text)).flatten();
        number.map_or_else(|| Value::String(text.into_owned()), Value::Number)
    };
    let one = |row: usize| {
        let columns = rows.table.columns().iter().zip(&rows.numbers);
        let pairs = columns.map(|(c, number)| (c.name.clone(), cell(c, *number, row)));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    (0..rows.table.rows()).map(one).collect()
}

/// A text that is a number as JSON writes it (`007` and `1,5` are none).
fn json_number(text: &str) -> Option<Number> {
    serde_json::from_str(text).ok()
}

/// Whether every cell of a column is a number as JSON writes it, or missing.
pub(super) fn holds_numbers(cells: &Cells) -> bool {
    match cells {
        Cells::Number(_) => true,
        Cells::Text(texts) => texts.iter().all(|cell| {
            let cell = cell.trim();
            cell.is_empty() || json_number(cell).is_some()
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use linecall_data::TextCells;

    use super::*;

    fn column(name: &str, cells: &[&str]) -> Column {
        let mut text = TextCells::default();
        cells.iter().for_each(|c| text.push(c));
        Column { name: name.to_owned(), cells: Cells::Text(text) }
    }

    #[test]
    fn cells_are_written_as_they_are() {
        let columns = vec![
            column("a,b", &["say \"hi\"", ""]),
            column("code", &["007", "12"]),
            column("n", &["3.10", "-2"]),
            Column { name: "t".to_owned(), cells: Cells::Number(vec![2.0, f64::NAN]) },
        ];
        let numbers: Vec<bool> = columns.iter().map(|c| holds_numbers(&c.cells)).collect();
        assert_eq!(numbers, [false, false, true, true]);
        let rows = RawRows { table: Table::new(Origin::default(), columns).unwrap(), numbers };
        let csv = String::from_utf8(csv_of(&rows).unwrap()).unwrap();
        assert_eq!(csv, "\"a,b\",code,n,t\n\"say \"\"hi\"\"\",007,3.10,2\n,12,-2,\n");
        let json = Value::Array(json_rows(&rows));
        let expected = r#"[{"a,b":"say \"hi\"","code":"007","n":3.1,"t":2},
                           {"a,b":null,"code":"12","n":-2,"t":null}]"#;
        assert_eq!(json, serde_json::from_str::<Value>(expected).unwrap());
    }

    #[test]
    fn columns_that_are_no_part_keep_their_cells() {
        let table = Table::new(
            Origin::default(),
            vec![column("id", &["p1", "p2"]), column("x", &["1", "2"])],
        )
        .unwrap();
        let mask =
            RawMask::new(&table.select(&[0]), &table.select(&[1]), &[1], &[false, true]).unwrap();
        let mut masks = Masks::new(1);
        masks.push([false]);
        masks.push([true]);
        let rows = mask.masked(&masks).unwrap();
        assert_eq!(csv_of(&rows).unwrap(), b"id,x\np1,2\np1,1\n");
        assert!(mask.masked(&Masks::new(2)).is_err());
    }
}
