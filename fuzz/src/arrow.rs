//! Arrow IPC: whatever the bytes claim, a table or one line; read in batches, the same; and where the
//! `arrow` crate's own reader accepts the messages too, the same cells.

use std::io::Cursor;
use std::panic;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use arrow::ipc::reader::StreamReader;
use linecall_data::Table;
use linecall_data::read::{Format, ReadOptions};

use super::{memory, one_line, tables};

const FILE: &str = "f.arrow";

/// The check.
pub fn check(data: &[u8]) {
    let bytes = memory::bytes(data) + memory::CAP as usize;
    let whole = memory::kept(bytes, tables::size_of_cells, || tables::read(FILE, data, &options()));
    match &whole {
        Ok(table) => {
            let few = table.rows().div_ceil(100);
            for rows in [few.max(1), 3 * few + 1] {
                let joined = tables::joined(FILE, data, &options(), rows);
                let joined = joined.expect("batches of what is read whole");
                assert!(tables::same(&joined, table), "{rows} rows a batch");
            }
            if !memory::is_compressed(data) {
                as_the_arrow_crate(data, table);
            }
        }
        Err(error) => {
            one_line::check(error, FILE);
            let other = tables::joined(FILE, data, &options(), 5);
            let other = other.expect_err("batches of what is refused whole");
            if !memory::is_compressed(data) {
                assert_eq!(other.to_string(), error.to_string());
            }
        }
    }
}

fn options() -> ReadOptions {
    let format = Some(Format::Arrow);
    ReadOptions { format, max_bytes: memory::CAP, ..ReadOptions::default() }
}

fn as_the_arrow_crate(data: &[u8], table: &Table) {
    let Some(batches) = decoded(data) else { return };
    let cells = |batch: &RecordBatch| batch.num_rows() > 0 && batch.num_columns() > 0;
    let batches: Vec<RecordBatch> = batches.into_iter().filter(cells).collect();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(table.rows(), rows);
    let mut before = 0;
    for batch in &batches {
        for (column, array) in table.columns().iter().zip(batch.columns()) {
            let Some(expected) = texts(array) else { continue };
            for (row, expected) in expected.iter().enumerate() {
                let found = column.cells.text(before + row);
                assert_eq!(found, expected.trim_matches([' ', '\t']), "row {}", before + row + 1);
            }
        }
        before += batch.num_rows();
    }
}

/// The batches of a stream, or of the stream in a file. The decoder may give up where ours does not
/// look, such as at the buffers of a column without rows.
fn decoded(data: &[u8]) -> Option<Vec<RecordBatch>> {
    let stream = match data.strip_prefix(b"ARROW1") {
        Some(rest) => {
            let zeros = rest.iter().take_while(|&&b| b == 0).count();
            &rest[zeros..]
        }
        None => data,
    };
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let read = panic::catch_unwind(|| {
        let reader = StreamReader::try_new(Cursor::new(stream), None).ok()?;
        reader.collect::<std::result::Result<Vec<_>, _>>().ok()
    });
    panic::set_hook(hook);
    read.ok().flatten()
}

/// The cells of an array as text; `None` where text is a matter of taste (dates and the like).
fn texts(array: &ArrayRef) -> Option<Vec<String>> {
    use DataType::*;
    match array.data_type() {
        Dictionary(_, values) => texts(&cast(array, values).expect("a dictionary of its values")),
        Null => Some(vec![String::new(); array.len()]),
        Utf8 | LargeUtf8 | Utf8View | Boolean | Int64 | UInt64 => {
            let text = cast(array, &Utf8).expect("text of text");
            let text = text.as_string::<i32>();
            Some(text.iter().map(|cell| cell.unwrap_or("").to_owned()).collect())
        }
        Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | Float16 | Float32 | Float64 => {
            let numbers = cast(array, &Float64).expect("a number of a number");
            let text =
                |v: Option<f64>| v.filter(|v| !v.is_nan()).map_or(String::new(), |v| v.to_string());
            Some(numbers.as_primitive::<Float64Type>().iter().map(text).collect())
        }
        _ => None,
    }
}
