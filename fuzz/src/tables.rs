//! What the targets of table formats share: bytes as a table, whole and in batches.

use linecall_data::read::{Batches, ReadOptions, batches_from, table_from};
use linecall_data::{Cells, Result, Table};

use super::memory;

/// The bytes as one table.
pub(crate) fn read(name: &str, data: &[u8], options: &ReadOptions) -> Result<Table> {
    table_from(name, std::io::Cursor::new(data.to_vec()), options)
}

/// The bytes in batches of so many rows, put together.
pub(crate) fn joined(name: &str, data: &[u8], options: &ReadOptions, rows: usize) -> Result<Table> {
    let stream = batches_from(name, std::io::Cursor::new(data.to_vec()), options, rows)?;
    append(stream, rows)?.map_or_else(|| read(name, data, options), Ok)
}

/// Batches put together; `None` if there are none.
pub(crate) fn append(stream: Batches, rows: usize) -> Result<Option<Table>> {
    let mut whole: Option<Table> = None;
    for batch in stream {
        let batch = batch?;
        assert!(batch.rows() > 0 && batch.rows() <= rows);
        match &mut whole {
            Some(whole) => whole.append(&batch)?,
            None => whole = Some(batch),
        }
    }
    Ok(whole)
}

/// Bytes that the cells of a text format take beside its text.
pub(crate) fn size(read: &Result<Table>) -> usize {
    let of = |t: &Table| t.columns().len() * (t.rows() * 8 + 24) + t.rows() * 8;
    read.as_ref().map_or(0, of)
}

/// Bytes that the cells of a typed format take.
pub(crate) fn size_of_cells(read: &Result<Table>) -> usize {
    let cells = |cells: &Cells| match cells {
        Cells::Number(values) => 8 * values.len(),
        Cells::Text(text) => text.iter().map(|cell| cell.len() + 8).sum(),
    };
    read.as_ref().map_or(0, |table| table.columns().iter().map(|c| cells(&c.cells)).sum())
}

/// Two readings of the same bytes give the same. A stream that breaks may show that before or after
/// a bad record.
pub(crate) fn agree(data: &[u8], found: &Result<Table>, whole: &Result<Table>) {
    match (found, whole) {
        (Ok(found), Ok(whole)) => {
            assert_eq!(found.origin(), whole.origin());
            assert!(same(found, whole), "{found:?} in pieces, {whole:?} as a whole");
        }
        (Err(found), Err(whole)) if !memory::is_compressed(data) => {
            assert_eq!(found.to_string(), whole.to_string());
        }
        (Err(_), Err(_)) => {}
        _ => panic!("{found:?} in pieces, {whole:?} as a whole"),
    }
}

/// Whether two tables show the same cells. (A piece of large whole numbers is text, a piece of
/// small ones is not, so the kinds of cells may differ; NaN is not equal to itself.)
pub(crate) fn same(a: &Table, b: &Table) -> bool {
    a.rows() == b.rows()
        && a.columns().len() == b.columns().len()
        && a.columns().iter().zip(b.columns()).all(|(a, b)| {
            a.name == b.name
                && match (&a.cells, &b.cells) {
                    (Cells::Text(a), Cells::Text(b)) => a == b,
                    (a, b) => {
                        let rows = a.len().max(b.len());
                        (0..rows).all(|row| a.text(row) == b.text(row))
                    }
                }
        })
}
