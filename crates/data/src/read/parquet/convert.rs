//! Arrow arrays to cells: numbers stay numbers, everything else becomes text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    ArrowPrimitiveType, ArrowTimestampType, DataType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::{Cells, TextCells};

/// Largest whole number up to which every one is an `f64`.
const EXACT: u64 = 1 << 53;

/// What stands in the way of a cell, with its row in the array.
pub(super) struct BadCell {
    pub(super) row: usize,
    pub(super) value: String,
    pub(super) problem: &'static str,
    pub(super) mend: &'static str,
}

/// How a column's type is read; `None` when it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
}

/// How a column of this type is read.
pub(super) fn kind_of(data_type: &DataType) -> Option<Kind> {
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
        Dictionary(_, values) => kind_of(values).filter(|&kind| kind == Kind::Text),
        _ => None,
    }
}

/// The cells of an array whose type [`kind_of`] knows.
pub(super) fn cells(array: &ArrayRef) -> Result<Cells, BadCell> {
    use DataType::*;
    match array.data_type() {
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
        _ => text(array).map(Cells::Text),
    }
}

/// About how many bytes the cells of an array take.
pub(super) fn weight(array: &ArrayRef) -> u64 {
    match array.as_string_view_opt() {
        // The lower half of the lower half of a view is the length.
        Some(strings) => strings.views().iter().map(|&view| u64::from(view as u32) + 8).sum(),
        None => array.get_array_memory_size() as u64,
    }
}

/// Times with a zone, which Parquet keeps in UTC: `2024-02-29T12:00:00Z`.
fn zoned(array: &ArrayRef, unit: TimeUnit) -> Result<TextCells, BadCell> {
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
    for cell in text(&bare)?.iter() {
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

fn floats<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    number: fn(T::Native) -> f64,
) -> Result<Cells, BadCell> {
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

fn decimals(array: &ArrayRef) -> Result<Cells, BadCell> {
    let cells = text(array)?;
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

/// Any other type as text: `true`, `2024-02-29`, `2024-02-29T12:00:00`; null is empty.
fn text(array: &ArrayRef) -> Result<TextCells, BadCell> {
    let options = FormatOptions::new().with_display_error(false);
    let bad = |row: usize| BadCell {
        row,
        value: String::new(),
        problem: "this value cannot be written as text (a date out of range?)",
        mend: "save the column as text or as a number",
    };
    let mut cells = TextCells::default();
    if let Some(strings) = array.as_string_opt::<i32>() {
        strings.iter().for_each(|v| cells.push(v.unwrap_or("")));
        return Ok(cells);
    }
    if let Some(strings) = array.as_string_view_opt() {
        strings.iter().for_each(|v| cells.push(v.unwrap_or("")));
        return Ok(cells);
    }
    let format = ArrayFormatter::try_new(array.as_ref(), &options).map_err(|_| bad(0))?;
    for row in 0..array.len() {
        if array.is_null(row) {
            cells.push("");
        } else {
            cells.push(&format.value(row).try_to_string().map_err(|_| bad(row))?);
        }
    }
    Ok(cells)
}
