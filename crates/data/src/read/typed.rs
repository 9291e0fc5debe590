//! Tables of typed columns (Parquet, Arrow): which columns are read, and arrays to cells. Numbers
//! stay numbers, everything else becomes text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    ArrowPrimitiveType, ArrowTimestampType, DataType, Field, Fields, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rayon::prelude::*;

use super::ReadOptions;
use super::columns::{MAX_COLUMNS, check_names, too_wide, wanted};
use crate::{Cells, Column, Error, ErrorKind, Origin, Place, Result, Table, TextCells};

/// Largest whole number up to which every one is an `f64`.
const EXACT: u64 = 1 << 53;

/// The columns of a file that are read.
pub(super) struct Columns {
    file: String,
    pub(super) names: Vec<String>,
    kinds: Vec<Kind>,
    /// Their positions in the file, ascending.
    pub(super) positions: Vec<usize>,
    max_bytes: u64,
}

impl Columns {
    /// Chooses among the fields of a file.
    pub(super) fn choose(path: &str, fields: &Fields, options: &ReadOptions) -> Result<Self> {
        let all: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
        if all.len() > MAX_COLUMNS {
            return Err(too_wide(Place::file(path), all.len()));
        }
        check_names(path, None, &all)?;
        let keep = wanted(path, &all, options.columns.as_deref())?;
        let (file, max_bytes) = (path.to_owned(), options.max_bytes);
        let (names, kinds, positions) = Default::default();
        let mut columns = Self { file, names, kinds, positions, max_bytes };
        for (i, field) in fields.iter().enumerate().filter(|(i, _)| keep.get(*i) == Some(&true)) {
            let kind = kind_of(field.data_type());
            columns.kinds.push(kind.ok_or_else(|| unread(path, field))?);
            columns.names.push(field.name().clone());
            columns.positions.push(i);
        }
        Ok(columns)
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

    /// Decoded rows as a table; so many rows of the file come before them. `written` are the bytes of
    /// text that each column had before, and has then.
    fn table(&self, rows: &RecordBatch, rows_before: u64, written: &mut Vec<u64>) -> Result<Table> {
        let origin = Origin { file: self.file.clone(), rows_before, ..Origin::default() };
        written.resize(self.names.len(), 0);
        let column = |((name, array), written): ((&String, &ArrayRef), &mut u64)| {
            let room = self.max_bytes - self.max_bytes.min(*written);
            let cells = cells(array, room).map_err(|bad| bad.error(&origin, name))?;
            if let Cells::Text(cells) = &cells {
                *written += cells.bytes() as u64;
            }
            Ok(Column { name: name.clone(), cells })
        };
        let columns = self.names.par_iter().zip(rows.columns()).zip(written);
        let columns: Result<Vec<Column>> = columns.map(column).collect();
        Table::new(origin, columns?)
    }
}

fn unread(path: &str, field: &Field) -> Error {
    let data_type = field.data_type();
    let problem = if data_type.is_nested() { "a nested column" } else { "a column of a type" };
    Error::new(ErrorKind::Column, format!("{problem} that is not read ({data_type})"))
        .at(Place::file(path).column(field.name()))
        .mend("leave the column out of the file, or save it as numbers or text")
}

/// Decoded rows that are given out in tables of a given length.
#[derive(Default)]
pub(super) struct Rows {
    left: Option<RecordBatch>,
    /// Rows given out.
    pub(super) given: u64,
    /// Bytes of text given out, by column: a stream is refused where the whole file is.
    written: Vec<u64>,
}

impl Rows {
    /// The next rows, at most `limit`; `None` when `next` gives no more.
    pub(super) fn table(
        &mut self,
        columns: &Columns,
        limit: usize,
        mut next: impl FnMut(u64) -> Result<Option<RecordBatch>>,
    ) -> Result<Option<Table>> {
        let mut table: Option<Table> = None;
        loop {
            let have = table.as_ref().map_or(0, Table::rows);
            if have == limit {
                return Ok(table);
            }
            let piece = match self.left.take() {
                Some(piece) => piece,
                None => match next(self.given)? {
                    Some(piece) => piece,
                    None => return Ok(table),
                },
            };
            let take = piece.num_rows().min(limit - have);
            if take < piece.num_rows() {
                self.left = Some(piece.slice(take, piece.num_rows() - take));
            }
            let rows = columns.table(&piece.slice(0, take), self.given, &mut self.written)?;
            self.given += take as u64;
            match &mut table {
                Some(table) => table.append(&rows)?,
                None => table = Some(rows),
            }
        }
    }
}

/// What stands in the way of a cell, with its row in the array.
struct BadCell {
    row: usize,
    value: String,
    problem: &'static str,
    mend: &'static str,
}

impl BadCell {
    fn error(self, origin: &Origin, name: &str) -> Error {
        let place = origin.place(self.row).column(name);
        let error = Error::new(ErrorKind::Value, self.problem).at(place).mend(self.mend);
        if self.value.is_empty() { error } else { error.value(self.value) }
    }
}

/// How a column's type is read; `None` when it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
}

/// How a column of this type is read.
fn kind_of(data_type: &DataType) -> Option<Kind> {
    use DataType::*;
    match data_type {
        Null | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 => {
            Some(Kind::Number)
        }
        Float16 | Float32 | Float64 => Some(Kind::Number),
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Some(Kind::Number),
        Boolean | Utf8 | LargeUtf8 | Utf8View | Date32 | Date64 | Time32(_) | Time64(_) => {
            Some(Kind::Text)
        }
        Timestamp(..) => Some(Kind::Text),
        Dictionary(_, values) if !matches!(**values, Dictionary(..)) => kind_of(values),
        _ => None,
    }
}

type Read<T> = std::result::Result<T, BadCell>;

/// The cells of an array whose type [`kind_of`] knows; at most so many bytes of text.
fn cells(array: &ArrayRef, max_bytes: u64) -> Read<Cells> {
    use DataType::*;
    match array.data_type() {
        Dictionary(_, values) if kind_of(values) == Some(Kind::Number) => {
            let plain = arrow::compute::cast(array, values).map_err(|_| unwritable(0))?;
            cells(&plain, max_bytes)
        }
        Null => Ok(Cells::Number(vec![f64::NAN; array.len()])),
        Int8 => Ok(small::<Int8Type>(array)),
        Int16 => Ok(small::<Int16Type>(array)),
        Int32 => Ok(small::<Int32Type>(array)),
        UInt8 => Ok(small::<UInt8Type>(array)),
        UInt16 => Ok(small::<UInt16Type>(array)),
        UInt32 => Ok(small::<UInt32Type>(array)),
        Int64 => Ok(whole::<Int64Type>(array, |v| v.unsigned_abs(), |v| v as f64)),
        UInt64 => Ok(whole::<UInt64Type>(array, |v| v, |v| v as f64)),
        Float16 => floats::<Float16Type>(array, |v| v.to_f64()),
        Float32 => floats::<Float32Type>(array, f64::from),
        Float64 => floats::<Float64Type>(array, |v| v),
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => decimals(array),
        Timestamp(unit, Some(_)) => zoned(array, *unit).map(Cells::Text),
        _ => text(array, max_bytes).map(Cells::Text),
    }
}

/// Times with a zone, which Parquet keeps in UTC: `2024-02-29T12:00:00Z`.
fn zoned(array: &ArrayRef, unit: TimeUnit) -> Read<TextCells> {
    fn bare<T: ArrowTimestampType>(array: &ArrayRef) -> ArrayRef {
        Arc::new(array.as_primitive::<T>().clone().with_timezone_opt::<Arc<str>>(None))
    }
    let bare = match unit {
        TimeUnit::Second => bare::<TimestampSecondType>(array),
        TimeUnit::Millisecond => bare::<TimestampMillisecondType>(array),
        TimeUnit::Microsecond => bare::<TimestampMicrosecondType>(array),
        TimeUnit::Nanosecond => bare::<TimestampNanosecondType>(array),
    };
    let mut cells = TextCells::default();
    for cell in text(&bare, u64::MAX)?.iter() {
        let zone = if cell.is_empty() { "" } else { "Z" };
        cells.push(&format!("{cell}{zone}"));
    }
    Ok(cells)
}

fn small<T: ArrowPrimitiveType>(array: &ArrayRef) -> Cells
where
    f64: From<T::Native>,
{
    let values = array.as_primitive::<T>().iter();
    Cells::Number(values.map(|v| v.map_or(f64::NAN, f64::from)).collect())
}

/// 64-bit integers: as text in a piece where one is too large for an `f64` to hold exactly.
fn whole<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    size: fn(T::Native) -> u64,
    number: fn(T::Native) -> f64,
) -> Cells
where
    T::Native: std::fmt::Display,
{
    let values = array.as_primitive::<T>();
    if values.iter().flatten().all(|v| size(v) <= EXACT) {
        return Cells::Number(values.iter().map(|v| v.map_or(f64::NAN, number)).collect());
    }
    let mut cells = TextCells::default();
    for value in values.iter() {
        cells.push(&value.map_or(String::new(), |v| v.to_string()));
    }
    Cells::Text(cells)
}

fn floats<T: ArrowPrimitiveType>(array: &ArrayRef, number: fn(T::Native) -> f64) -> Read<Cells> {
    let values = array.as_primitive::<T>().iter();
    let values: Vec<f64> = values.map(|v| v.map_or(f64::NAN, number)).collect();
    match values.iter().position(|v| v.is_infinite()) {
        Some(row) => Err(BadCell {
            row,
            value: values.get(row).map(f64::to_string).unwrap_or_default(),
            problem: "an infinity is no number to learn from",
            mend: "replace it, or leave the cell empty if it means missing",
        }),
        None => Ok(Cells::Number(values)),
    }
}

fn decimals(array: &ArrayRef) -> Read<Cells> {
    let cells = text(array, u64::MAX)?;
    let mut values = Vec::with_capacity(cells.len());
    for (row, cell) in cells.iter().enumerate() {
        if cell.is_empty() {
            values.push(f64::NAN);
            continue;
        }
        values.push(crate::read::parse_number(cell).ok_or_else(|| BadCell {
            row,
            value: cell.to_owned(),
            problem: "this decimal is beyond the range of a double",
            mend: "rescale the column",
        })?);
    }
    Ok(Cells::Number(values))
}

fn unwritable(row: usize) -> BadCell {
    BadCell {
        row,
        value: String::new(),
        problem: "this value cannot be written as text (a date out of range?)",
        mend: "save the column as text or as a number",
    }
}

/// Any other type as text: `true`, `2024-02-29`, `2024-02-29T12:00:00`; null is empty.
fn text(array: &ArrayRef, max_bytes: u64) -> Read<TextCells> {
    let options = FormatOptions::new().with_display_error(false);
    let mut cells = TextCells::default();
    if let Some(strings) = array.as_string_opt::<i32>() {
        strings.iter().for_each(|v| cells.push(v.unwrap_or("")));
        return Ok(cells);
    }
    if let Some(strings) = array.as_string_view_opt() {
        for (row, word) in strings.iter().enumerate() {
            cells.push(word.unwrap_or(""));
            too_long(&cells, row, max_bytes)?;
        }
        return Ok(cells);
    }
    let format = ArrayFormatter::try_new(array.as_ref(), &options).map_err(|_| unwritable(0))?;
    let mut cell = String::new();
    for row in 0..array.len() {
        cell.clear();
        if !array.is_null(row) {
            format.value(row).write(&mut cell).map_err(|_| unwritable(row))?;
        }
        cells.push(&cell);
        too_long(&cells, row, max_bytes)?;
    }
    Ok(cells)
}

/// Refuses cells that are too long in all: a dictionary can say the same long word in every row, and
/// so can views.
fn too_long(cells: &TextCells, row: usize, max_bytes: u64) -> Read<()> {
    if cells.bytes() as u64 <= max_bytes {
        return Ok(());
    }
    Err(BadCell {
        row,
        value: String::new(),
        problem: "the column is longer than the cap once its words are written out",
        mend: "raise the cap with `--max-bytes` if the file can be trusted",
    })
}
