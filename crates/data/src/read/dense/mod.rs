//! Dense matrices: NumPy arrays and archives, safetensors.
//!
//! A matrix has no names and no missing cells: columns are numbered from 1, and a value that is not
//! finite is refused. An array of three dimensions and more is a matrix of its first one by all the
//! others, the last running fastest. Values are kept in `f32` where all survive it.
//!
//! Cost: one pass. Memory: the matrix; where it is stored column by column, its bytes as well.

mod array;
mod element;
mod found;
mod header;
mod npz;
mod pick;
mod safetensors;
mod values;
mod zip;

pub(super) use self::found::Parts;

use self::array::Array;
use self::values::Values;
use super::source::Source;
use super::{Format, ReadOptions, sniff};
use crate::{Design, DesignColumns, Error, ErrorKind, Labels, Place, Result};

/// Whether the first entry of a zip archive is an array.
pub(super) fn is_npz(head: &[u8]) -> bool {
    zip::first_name(head).is_some_and(|name| name.ends_with(b".npy"))
}

/// Reads a whole file of a dense format.
pub(super) fn whole(path: &str, options: &ReadOptions, format: Format) -> Result<Parts> {
    match format {
        Format::Npz => npz::read(path, options),
        Format::Safetensors => safetensors::read(path, options),
        _ => {
            let (array, mut source) = open(path, options)?;
            let design = array.design(&mut source)?;
            array.end(&mut source)?;
            Ok(Parts { design, labels: None })
        }
    }
}

/// Opens a file that holds one array.
fn open(path: &str, options: &ReadOptions) -> Result<(Array, Source)> {
    let mut source = Source::open(path, options.max_bytes)?;
    let head = source.peek(header::MAGIC.len())?;
    sniff::require(path, head, "a NumPy array", head.starts_with(header::MAGIC))?;
    let array = Array::open(&mut source, path)?;
    Ok((array, source))
}

/// The labels in a file of their own, one for each of so many rows.
pub(super) fn labels(path: &str, options: &ReadOptions, rows: usize) -> Result<Labels> {
    let (array, mut source) = open(path, options)?;
    array.check_labels(rows)?;
    let raw = array.raw(&mut source)?;
    array.end(&mut source)?;
    array.labels(&raw)
}

/// The rows of an array file that is stored row by row, some at a time.
pub(super) struct Rows {
    array: Array,
    source: Source,
    width: usize,
    /// Rows given out.
    given: usize,
}

impl Rows {
    /// Opens a file; `None` if it is stored column by column.
    pub(super) fn open(path: &str, options: &ReadOptions) -> Result<Option<Self>> {
        let (array, source) = open(path, options)?;
        let (_, width) = array.check_matrix(&source)?;
        Ok(array.row_by_row().then_some(Self { array, source, width, given: 0 }))
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The next rows, at most `limit`; `None` at the end.
    pub(super) fn next(&mut self, limit: usize) -> Result<Option<Design>> {
        let rows = limit.min(self.array.rows() - self.given);
        if rows == 0 {
            self.array.end(&mut self.source)?;
            return Ok(None);
        }
        let (before, cells) = (self.given * self.width, rows.checked_mul(self.width));
        let cells = cells.ok_or_else(|| {
            Error::new(ErrorKind::Limit, "a batch of too many cells").at(Place::default())
        })?;
        let mut values = Values::new();
        self.array.cells(&mut self.source, &mut values, before, cells)?;
        self.given += rows;
        let matrix = values.into_matrix(rows, self.width)?;
        Ok(Some(Design::trusted(matrix, DesignColumns::numbered(self.width))))
    }
}
