//! Parquet: numeric columns as numbers, all others as text.
//!
//! Null and NaN are missing; infinities are refused. Whole numbers beyond 2^53 become text, so that
//! an account number keeps its last digits. Dates and times are written in ISO 8601. Nested and
//! binary columns are refused by name, unless [`ReadOptions::columns`] leaves them out.
//!
//! The file's own claims (counts, sizes, offsets) are checked against its bytes before anything is
//! sized by them. Row groups are decoded side by side and put together in file order, so that the
//! result does not depend on the number of threads. Cost: one pass over the wanted columns' pages.
//! Memory: as many row groups as there are threads; where that is much, one row group's pages.

mod chunks;
mod groups;
mod pages;
mod thrift;

use std::io::{Read, Seek};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;

use self::chunks::Chunks;
use self::groups::Groups;
use super::guard::{damaged, guard};
use super::source::{self, Source};
use super::typed::{Columns, Rows};
use super::{ReadOptions, sniff};
use crate::{Error, ErrorKind, Place, Result, Table};

/// Bytes read at once from a stream.
const BLOCK: usize = 1 << 20;
/// Length of the file's tail: footer length and magic.
const TAIL: usize = 8;

/// A reader of one Parquet file.
pub(super) struct Reader {
    file: String,
    columns: Columns,
    groups: Groups,
    rows: Rows,
    claimed: u64,
}

impl Reader {
    /// Opens the file and reads its footer.
    pub(super) fn open(path: &str, options: &ReadOptions) -> Result<Self> {
        Self::over(path, open_chunks(path, options.max_bytes)?, options)
    }

    /// A reader of the whole of a source, kept in memory; `path` is for messages.
    pub(super) fn from_source(path: &str, source: Source, options: &ReadOptions) -> Result<Self> {
        Self::over(path, Chunks::memory(read_whole(path, source)?), options)
    }

    fn over(path: &str, chunks: Chunks, options: &ReadOptions) -> Result<Self> {
        let schema = check_footer(path, &chunks)?;
        // The decoder sizes its schema by counts in it, so it gets the one whose counts are checked.
        let schema = guard(path, "Parquet", || ParquetMetaDataReader::decode_schema(&schema))?;
        // The Arrow schema that some writers embed is one more claim; the Parquet types suffice.
        let plain =
            ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_parquet_schema(schema);
        let metadata = guard(path, "Parquet", || ArrowReaderMetadata::load(&chunks, plain))?;
        let metadata = guard(path, "Parquet", || with_views(&metadata))?;
        let columns = Columns::choose(path, metadata.schema().fields(), options)?;
        check_size(path, metadata.metadata(), options.max_bytes)?;
        let claimed = metadata.metadata().file_metadata().num_rows().max(0) as u64;
        let groups = Groups::new(path, chunks, metadata, &columns.positions, options.max_bytes)?;
        Ok(Self { file: path.to_owned(), columns, groups, rows: Rows::default(), claimed })
    }

    /// Names of the columns that are read.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns.names
    }

    /// A table of no rows.
    pub(super) fn empty(&self) -> Result<Table> {
        self.columns.empty()
    }

    /// The next rows, at most `limit`; `None` at the end.
    pub(super) fn batch(&mut self, limit: usize) -> Result<Option<Table>> {
        let groups = &mut self.groups;
        let place = |row| Place::file(&self.file).row(row + 1);
        let table = self.rows.table(&self.columns, limit, |given| {
            groups.next().map_err(|error| error.at(place(given)))
        })?;
        // The end is known when there are fewer rows than were asked for.
        if table.as_ref().map_or(0, Table::rows) < limit {
            self.check_claim()?;
        }
        Ok(table)
    }

    fn check_claim(&self) -> Result<()> {
        if self.rows.given == self.claimed {
            return Ok(());
        }
        let (claimed, given) = (self.claimed, self.rows.given);
        Err(damaged(&self.file, format!("the file claims {claimed} rows and holds {given}")))
    }
}

/// The same, with text as views of the pages that hold it: a word of a dictionary takes its bytes
/// once, however often it occurs.
fn with_views(
    metadata: &ArrowReaderMetadata,
) -> std::result::Result<ArrowReaderMetadata, ParquetError> {
    let view = |field: &Field| match field.data_type() {
        DataType::Utf8 => field.clone().with_data_type(DataType::Utf8View),
        _ => field.clone(),
    };
    let fields: Vec<Field> = metadata.schema().fields().iter().map(|f| view(f)).collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
}

/// The file itself, or, for a stream and a compressed file, its bytes in memory.
fn open_chunks(path: &str, max_bytes: u64) -> Result<Chunks> {
    let io = |e| Error::io(path, e);
    let source = if path == "-" {
        Source::open(path, max_bytes)?
    } else {
        let mut file = source::open_file(path)?;
        if file.metadata().map_err(io)?.is_file() {
            let mut head = Vec::new();
            file.by_ref().take(4).read_to_end(&mut head).map_err(io)?;
            file.rewind().map_err(io)?;
            if head == *b"PAR1" {
                return Chunks::disk(file).map_err(io);
            }
        }
        Source::over(path, file, max_bytes)?
    };
    read_whole(path, source).map(Chunks::memory)
}

fn read_whole(path: &str, mut source: Source) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.read(&mut bytes, BLOCK)?;
    sniff::require_parquet(path, &bytes)?;
    while source.read(&mut bytes, BLOCK)? > 0 {}
    Ok(bytes)
}

/// Checks the tail and the footer's counts before they are decoded; gives the schema.
fn check_footer(path: &str, chunks: &Chunks) -> Result<Vec<u8>> {
    use parquet::file::reader::Length;
    let cut = || damaged(path, "the Parquet footer is missing");
    let end = chunks.len().checked_sub(TAIL as u64).ok_or_else(cut)?;
    let tail = chunks.read_at(end, TAIL).map_err(|e| Error::io(path, e))?;
    let (length, magic) = tail.split_at_checked(4).ok_or_else(cut)?;
    if magic != b"PAR1" {
        return Err(cut());
    }
    let length = u32::from_le_bytes(length.try_into().map_err(|_| cut())?);
    let start = end.checked_sub(length.into()).ok_or_else(cut)?;
    let footer = chunks.read_at(start, length as usize).map_err(|e| Error::io(path, e))?;
    thrift::checked_schema(&footer).ok_or_else(|| damaged(path, "the Parquet footer is damaged"))
}

fn check_size(
    path: &str,
    metadata: &parquet::file::metadata::ParquetMetaData,
    max_bytes: u64,
) -> Result<()> {
    let sizes = metadata.row_groups().iter().map(|g| g.total_byte_size().max(0) as u64);
    let total = sizes.fold(0u64, u64::saturating_add);
    if total > max_bytes {
        return Err(over_cap(path, max_bytes));
    }
    Ok(())
}

pub(super) fn over_cap(path: &str, max_bytes: u64) -> Error {
    let problem = format!("the file is more than {max_bytes} bytes after decompression, the cap");
    Error::new(ErrorKind::Limit, problem)
        .at(Place::file(path))
        .mend("raise the cap with `--max-bytes` if the file can be trusted")
}
