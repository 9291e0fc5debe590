//! Tables from any reader: bytes in memory, a request's body, a pipe.
//!
//! Whatever a file of the same bytes gives, a reader gives, errors included; compression is
//! recognised alike. Text is streamed; Parquet, which is read from its end, is kept in memory.

use std::io::Read;

use super::source::Source;
use super::{Batches, Format, Inner, ReadOptions, csv, format_of, no_table, parquet};
use crate::{Result, Table};

/// Reads all of a reader as [`table`](super::table) reads a file. `name` is for messages, and its
/// ending says the format where the options do not.
///
/// ```
/// use linecall_data::read::{ReadOptions, table_from};
/// let rows = "income,paid\n1200,yes\n".as_bytes();
/// let table = table_from("request.csv", rows, &ReadOptions::default())?;
/// assert_eq!(table.require("paid")?.cells.text(0), "yes");
/// # Ok::<(), linecall_data::Error>(())
/// ```
///
/// # Errors
/// As for [`table`](super::table).
pub fn table_from(
    name: &str,
    reader: impl Read + Send + 'static,
    options: &ReadOptions,
) -> Result<Table> {
    batches_from(name, reader, options, usize::MAX)?.whole()
}

/// Streams a reader as [`batches`](super::batches) streams a file.
///
/// # Errors
/// As for [`batches`](super::batches).
pub fn batches_from(
    name: &str,
    reader: impl Read + Send + 'static,
    options: &ReadOptions,
    rows: usize,
) -> Result<Batches> {
    let format = format_of(name, options)?;
    if format == Format::Libsvm {
        return Err(no_table(name));
    }
    let source = Source::over(name, reader, options.max_bytes)?;
    let inner = if format == Format::Parquet {
        Inner::Parquet(Box::new(parquet::Reader::from_source(name, source, options)?))
    } else {
        Inner::Text(Box::new(csv::Reader::over(name, source, options, format)?))
    };
    Ok(Batches::new(inner, rows))
}
