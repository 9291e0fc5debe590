//! Tables from any reader: bytes in memory, a request's body, a pipe.
//!
//! Whatever a file of the same bytes gives, a reader gives, errors included; compression is
//! recognised alike. All is streamed but Parquet, which is read from its end and kept in memory. (JSON
//! Lines in batches has the columns of its first batch, as on standard input.)

use std::io::Read;

use super::source::Source;
use super::{Batches, Inner, ReadOptions, said, sniff};
use crate::{Result, Table};

/// Reads all of a reader as [`table`](super::table) reads a file. `name` is for messages, and its
/// ending says the format where the options do not; the first bytes do where neither does.
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
    batches_from(name, reader, options, usize::MAX)?.inner.whole()
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
    let mut source = Source::over(name, reader, options.max_bytes)?;
    let format = match said(name, options) {
        Some(format) => format,
        None => sniff::format_in(name, &mut source)?,
    };
    let inner = Inner::over(name, source, options, format, rows == usize::MAX)?;
    Ok(Batches::over(name, inner, options, format, rows))
}
