//! Parquet: whatever the bytes claim, a table or one line; read in batches, the same.

use linecall_data::read::{ReadOptions, batches_from, table_from};
use linecall_data::{Cells, Result, Table};

use super::{memory, one_line};

const FILE: &str = "f.parquet";

/// The check.
pub fn check(data: &[u8]) {
    let whole = memory::kept(memory::CAP as usize, size, || read(data));
    match &whole {
        Ok(table) => {
            let few = table.rows().div_ceil(100);
            for rows in [few.max(1), 3 * few + 1] {
                let joined = joined(data, rows).expect("batches of what is read whole");
                assert!(same(&joined, table), "{rows} rows a batch");
            }
        }
        Err(error) => {
            one_line::check(error, FILE);
            let other = joined(data, 5).expect_err("batches of what is refused whole");
            assert_eq!(other.to_string(), error.to_string());
        }
    }
}

fn options() -> ReadOptions {
    ReadOptions { max_bytes: memory::CAP, ..ReadOptions::default() }
}

fn read(data: &[u8]) -> Result<Table> {
    table_from(FILE, std::io::Cursor::new(data.to_vec()), &options())
}

fn joined(data: &[u8], rows: usize) -> Result<Table> {
    let stream = batches_from(FILE, std::io::Cursor::new(data.to_vec()), &options(), rows)?;
    let mut whole: Option<Table> = None;
    for batch in stream {
        let batch = batch?;
        assert!(batch.rows() > 0 && batch.rows() <= rows);
        match &mut whole {
            Some(whole) => whole.append(&batch)?,
            None => whole = Some(batch),
        }
    }
    whole.map_or_else(|| read(data), Ok)
}

/// Bytes that the cells take.
fn size(read: &Result<Table>) -> usize {
    let cells = |cells: &Cells| match cells {
        Cells::Number(values) => 8 * values.len(),
        Cells::Text(text) => text.iter().map(|cell| cell.len() + 8).sum(),
    };
    let of = |table: &Table| table.columns().iter().map(|c| cells(&c.cells)).sum();
    read.as_ref().map_or(0, of)
}

/// Whether two tables show the same cells. (A piece of large whole numbers is text, a piece of
/// small ones is not, so the kinds of cells may differ; NaN is not equal to itself.)
fn same(a: &Table, b: &Table) -> bool {
    a.rows() == b.rows()
        && a.columns().len() == b.columns().len()
        && a.columns().iter().zip(b.columns()).all(|(a, b)| {
            let rows = a.cells.len().max(b.cells.len());
            a.name == b.name && (0..rows).all(|row| a.cells.text(row) == b.cells.text(row))
        })
}
