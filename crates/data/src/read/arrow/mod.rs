//! Arrow IPC, the file format (Feather version 2 is the same) and the stream format: numeric
//! columns as numbers, all others as text, as for Parquet.
//!
//! A file is read from its beginning to its end as the stream that it holds, so that it can come
//! from standard input and from a compressed file too; its footer is checked at the end. Columns
//! are put together from their buffers here, one record batch at a time: buffers are decompressed
//! no further than they claim, and nothing is sized by a claim. Cost: one pass. Memory: one record
//! batch and the dictionaries.
//!
//! The format is that of the Apache Arrow columnar format, version 1.5, chapter "Serialization and
//! interprocess communication".

mod body;
mod frames;
mod schema;

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::DataType;
use arrow::ipc::{DictionaryBatch, MessageHeader};

use self::body::Body;
use self::frames::{Frame, Frames};
use self::schema::Schema;
use super::ReadOptions;
use super::guard::{damaged, guard};
use super::source::Source;
use super::typed::{Columns, Rows};
use crate::{Place, Result, Table};

/// Cells of columns of nothing but nulls that a file may have, whatever its length. They take no
/// bytes in the file.
const FREE_NULLS: u64 = 4 << 20;

/// What is wrong with the bytes of a message.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Damage(String);

impl From<arrow::error::ArrowError> for Damage {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self(error.to_string())
    }
}

/// A reader of one Arrow file or stream.
pub(super) struct Reader {
    columns: Columns,
    rows: Rows,
    stream: Stream,
}

impl Reader {
    /// A reader of a source, whose schema is read; `path` is for messages.
    pub(super) fn over(path: &str, source: Source, options: &ReadOptions) -> Result<Self> {
        let mut frames = Frames::over(path, source)?;
        let Some(first) = frames.next()? else {
            return Err(damaged(path, "the Arrow stream ends before its schema"));
        };
        let schema = guard(path, "Arrow", || Schema::read(&first))?;
        let columns = Columns::choose(path, schema.fields(), options)?;
        let stream = Stream {
            file: path.to_owned(),
            frames,
            schema,
            positions: columns.positions.clone(),
            dictionaries: HashMap::new(),
            batches: 0,
            decoded: 0,
            nulls: 0,
            max_bytes: options.max_bytes,
        };
        Ok(Self { columns, rows: Rows::default(), stream })
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
        let stream = &mut self.stream;
        self.rows.table(&self.columns, limit, |given| {
            let place = Place::file(&stream.file).row(given + 1);
            stream.next().map_err(|error| error.at(place))
        })
    }
}

/// The messages after the schema.
struct Stream {
    file: String,
    frames: Frames,
    schema: Schema,
    /// The columns that are read.
    positions: Vec<usize>,
    /// Values by dictionary.
    dictionaries: HashMap<i64, ArrayRef>,
    batches: u64,
    decoded: u64,
    /// Cells of columns of nothing but nulls.
    nulls: u64,
    max_bytes: u64,
}

impl Stream {
    /// The next record batch that has cells.
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(frame) = self.frames.next()? {
            let path = self.file.clone();
            let rows = guard(&path, "Arrow", || self.take(&frame))?;
            // Rows without columns are none of a table's, and would never fill a batch.
            let cells = |rows: &RecordBatch| rows.num_rows() > 0 && rows.num_columns() > 0;
            if let Some(rows) = rows.filter(cells) {
                return Ok(Some(rows));
            }
        }
        self.frames.check_footer(self.batches)?;
        Ok(None)
    }

    fn take(&mut self, frame: &Frame) -> std::result::Result<Option<RecordBatch>, Damage> {
        let message = frame.message()?;
        match message.header_type() {
            MessageHeader::RecordBatch => {
                let header = message.header_as_record_batch();
                let header = header.ok_or_else(|| Damage("a batch without a header".into()))?;
                self.batches += 1;
                let body = Body::new(header, frame.body(), self.room())?;
                self.record_batch(body, header.length()).map(Some)
            }
            MessageHeader::DictionaryBatch => {
                let header = message.header_as_dictionary_batch();
                let header = header.ok_or_else(|| Damage("no dictionary header".into()))?;
                self.dictionary(header, frame.body()).map(|()| None)
            }
            MessageHeader::Schema => Err(Damage("a second schema".into())),
            other => Err(Damage(format!("a message of an unknown kind ({other:?})"))),
        }
    }

    /// Bytes that may still be decompressed.
    fn room(&self) -> u64 {
        self.max_bytes - self.decoded.min(self.max_bytes)
    }

    fn record_batch(
        &mut self,
        mut body: Body,
        rows: i64,
    ) -> std::result::Result<RecordBatch, Damage> {
        let rows = body.rows(rows)?;
        self.check_nulls(rows)?;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.positions.len());
        let mut wanted = self.positions.iter().peekable();
        for (i, field) in self.schema.fields().iter().enumerate() {
            if wanted.next_if(|&&position| position == i).is_none() {
                body.skip(field.data_type(), self.schema.old_unions)?;
                continue;
            }
            let values = self.schema.dictionary(i).and_then(|id| self.dictionaries.get(&id));
            let array = body.array(field.data_type(), values)?;
            if array.len() != rows {
                return Err(Damage(format!(
                    "column `{}` has {} rows in a batch of {rows}",
                    field.name(),
                    array.len()
                )));
            }
            arrays.push(array);
        }
        self.decoded += body.decompressed();
        let fields: Vec<_> = self
            .positions
            .iter()
            .zip(&arrays)
            .map(|(&i, array)| {
                let name = self.schema.fields().get(i).map_or("", |field| field.name());
                arrow::datatypes::Field::new(name, array.data_type().clone(), true)
            })
            .collect();
        let schema = arrow::datatypes::Schema::new(fields).into();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
    }

    /// Refuses more cells of nothing than the bytes of all others make good for.
    fn check_nulls(&mut self, rows: usize) -> std::result::Result<(), Damage> {
        let fields = self.positions.iter().filter_map(|&i| self.schema.fields().get(i));
        let columns = fields.filter(|field| *field.data_type() == DataType::Null).count();
        self.nulls += columns as u64 * rows as u64;
        if self.nulls <= FREE_NULLS + self.frames.bytes() / 4 {
            return Ok(());
        }
        let cells = self.nulls;
        Err(Damage(format!("columns of type Null claim {cells} cells that take no bytes")))
    }

    fn dictionary(
        &mut self,
        header: DictionaryBatch,
        bytes: &[u8],
    ) -> std::result::Result<(), Damage> {
        let Some(value_type) = self.schema.values_of(header.id()) else {
            // Of a column within a column, which is not read.
            return Ok(());
        };
        let value_type = value_type.clone();
        let data = header.data().ok_or_else(|| Damage("a dictionary without values".into()))?;
        let mut body = Body::new(data, bytes, self.room())?;
        let new = body.array(&value_type, None)?;
        self.decoded += body.decompressed();
        let values = match self.dictionaries.get(&header.id()) {
            Some(old) if header.isDelta() => {
                let parts: [&dyn Array; 2] = [old.as_ref(), new.as_ref()];
                arrow::compute::concat(&parts)?
            }
            _ => new,
        };
        self.dictionaries.insert(header.id(), values);
        Ok(())
    }
}
