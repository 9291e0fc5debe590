//! Parquet: numeric columns as numbers, all others as text.
//!
//! Null and NaN are missing; infinities are refused. Whole numbers beyond 2^53 become text, so that
//! an account number keeps its last digits. Dates and times are written in ISO 8601. Nested and
//! binary columns are refused by name, unless [`ReadOptions::columns`] leaves them out.
//!
//! The file's own claims (counts, sizes, offsets) are checked against its bytes before anything is
//! sized by them. Cost: one pass over the wanted columns' pages.

mod chunks;
mod convert;
mod guard;
mod thrift;

use std::io::{Read, Seek};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use self::chunks::Chunks;
use self::convert::{BadCell, Kind, cells, kind_of, weight};
use self::guard::guard;
use super::columns::{MAX_COLUMNS, check_names, too_wide, wanted};
use super::source::{self, Source};
use super::{ReadOptions, sniff};
use crate::{Cells, Column, Error, ErrorKind, Origin, Place, Result, Table, TextCells};

/// Rows decoded at once.
const PIECE: usize = 4096;
/// Rows decoded at once where texts are told by what they share with the one before: few bytes may
/// then be many long texts.
const SHORT_PIECE: usize = 64;
/// Bytes read at once from a stream.
const BLOCK: usize = 1 << 20;
/// Length of the file's tail: footer length and magic.
const TAIL: usize = 8;

/// A reader of one Parquet file.
pub(super) struct Reader {
    file: String,
    names: Vec<String>,
    kinds: Vec<Kind>,
    chunks: Chunks,
    pieces: ParquetRecordBatchReader,
    /// Decoded rows not yet given out.
    left: Option<RecordBatch>,
    rows: u64,
    claimed: u64,
    decoded: u64,
    max_bytes: u64,
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

    fn over(path: &str, mut chunks: Chunks, options: &ReadOptions) -> Result<Self> {
        check_footer(path, &chunks)?;
        // The Arrow schema that some writers embed is one more claim; the Parquet types suffice.
        let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guard(path, || ArrowReaderMetadata::load(&chunks, plain))?;
        // From here on, bytes are read from the start of a page only.
        let shared = chunks.limit_pages(metadata.metadata(), options.max_bytes);
        let piece = if shared { SHORT_PIECE } else { PIECE };
        let metadata = guard(path, || with_views(&metadata))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(chunks.clone(), metadata);
        let (names, kinds, keep) = choose(path, builder.schema(), options)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), keep.iter().copied());
        let metadata = builder.metadata().clone();
        check_size(path, &metadata, options.max_bytes)?;
        let claimed = metadata.file_metadata().num_rows().max(0) as u64;
        let pieces = guard(path, || builder.with_projection(mask).with_batch_size(piece).build())?;
        Ok(Self {
            file: path.to_owned(),
            names,
            kinds,
            chunks,
            pieces,
            left: None,
            rows: 0,
            claimed,
            decoded: 0,
            max_bytes: options.max_bytes,
        })
    }

    /// Names of the columns that are read.
    pub(super) fn columns(&self) -> &[String] {
        &self.names
    }

    /// A table of no rows.
    pub(super) fn empty(&self) -> Result<Table> {
        let columns = self.names.iter().zip(&self.kinds).map(|(name, kind)| {
            let cells = match kind {
                Kind::Number => Cells::Number(Vec::new()),
                Kind::Text => Cells::Text(TextCells::default()),
            };
            Column { name: name.clone(), cells }
        });
        Table::new(Origin { file: self.file.clone(), ..Origin::default() }, columns.collect())
    }

    /// The next rows, at most `limit`; `None` at the end.
    pub(super) fn batch(&mut self, limit: usize) -> Result<Option<Table>> {
        let mut batch: Option<Table> = None;
        loop {
            let have = batch.as_ref().map_or(0, Table::rows);
            if have == limit {
                return Ok(batch);
            }
            let Some(piece) = self.next_piece()? else {
                return Ok(batch);
            };
            let take = piece.num_rows().min(limit - have);
            let table = self.convert(&piece.slice(0, take))?;
            if take < piece.num_rows() {
                self.left = Some(piece.slice(take, piece.num_rows() - take));
            }
            self.rows += take as u64;
            match &mut batch {
                Some(batch) => batch.append(&table)?,
                None => batch = Some(table),
            }
        }
    }

    /// Decoded rows, at least one; `None` at the end.
    fn next_piece(&mut self) -> Result<Option<RecordBatch>> {
        if let Some(left) = self.left.take() {
            return Ok(Some(left));
        }
        let path = self.file.clone();
        loop {
            let next = guard(&path, || {
                self.pieces.next().transpose().map_err(|e| ParquetError::General(e.to_string()))
            });
            let past_cap = self.chunks.past_cap();
            let over = |e| if past_cap { over_cap(&self.file, self.max_bytes) } else { e };
            let Some(piece) = next.map_err(|e| over(e).at(self.place()))? else {
                return self.check_claim().map(|()| None);
            };
            // Rows without wanted columns cost nothing and would never end the batch.
            if piece.num_rows() == 0 {
                continue;
            }
            self.decoded += piece.columns().iter().map(weight).sum::<u64>();
            if self.decoded > self.max_bytes {
                return Err(over_cap(&self.file, self.max_bytes).at(self.place()));
            }
            return Ok(Some(piece));
        }
    }

    fn place(&self) -> Place {
        Place::file(&self.file).row(self.rows + 1)
    }

    fn check_claim(&self) -> Result<()> {
        if self.rows == self.claimed {
            return Ok(());
        }
        let problem = format!("the file claims {} rows and holds {}", self.claimed, self.rows);
        Err(damaged(&self.file, problem))
    }

    fn convert(&self, piece: &RecordBatch) -> Result<Table> {
        let origin =
            Origin { file: self.file.clone(), rows_before: self.rows, ..Origin::default() };
        let mut columns = Vec::with_capacity(self.names.len());
        for (name, array) in self.names.iter().zip(piece.columns()) {
            let cells = cells(array).map_err(|bad| bad_cell(&origin, name, bad))?;
            columns.push(Column { name: name.clone(), cells });
        }
        Table::new(origin, columns)
    }
}

fn bad_cell(origin: &Origin, name: &str, bad: BadCell) -> Error {
    let place = origin.place(bad.row).column(name);
    let error = Error::new(ErrorKind::Value, bad.problem).at(place).mend(bad.mend);
    if bad.value.is_empty() { error } else { error.value(bad.value) }
}

/// Names, kinds and positions of the wanted columns.
fn choose(
    path: &str,
    schema: &SchemaRef,
    options: &ReadOptions,
) -> Result<(Vec<String>, Vec<Kind>, Vec<usize>)> {
    let all: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    if all.len() > MAX_COLUMNS {
        return Err(too_wide(Place::file(path), all.len()));
    }
    check_names(path, None, &all)?;
    let keep = wanted(path, &all, options.columns.as_deref())?;
    let (mut names, mut kinds, mut positions) = (Vec::new(), Vec::new(), Vec::new());
    for (i, field) in schema.fields().iter().enumerate() {
        if keep.get(i) != Some(&true) {
            continue;
        }
        let Some(kind) = kind_of(field.data_type()) else {
            let nested = field.data_type().is_nested();
            let problem = if nested { "a nested column" } else { "a column of a type" };
            let data_type = field.data_type();
            return Err(Error::new(
                ErrorKind::Column,
                format!("{problem} that is not read ({data_type})"),
            )
            .at(Place::file(path).column(field.name()))
            .mend("leave the column out of the file, or save it as numbers or text"));
        };
        names.push(field.name().clone());
        kinds.push(kind);
        positions.push(i);
    }
    Ok((names, kinds, positions))
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

/// Checks the tail and the footer's counts before they are decoded.
fn check_footer(path: &str, chunks: &Chunks) -> Result<()> {
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
    if thrift::footer_is_sane(&footer) {
        return Ok(());
    }
    Err(damaged(path, "the Parquet footer is damaged"))
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

fn over_cap(path: &str, max_bytes: u64) -> Error {
    let problem = format!("the file is more than {max_bytes} bytes after decompression, the cap");
    Error::new(ErrorKind::Limit, problem)
        .at(Place::file(path))
        .mend("raise the cap with `--max-bytes` if the file can be trusted")
}

fn damaged(path: &str, problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Format, problem)
        .at(Place::file(path))
        .mend("the file is cut short or changed: copy it or write it again")
}
