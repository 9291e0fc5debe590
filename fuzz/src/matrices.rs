//! What the targets of matrix formats share: bytes as a file, its matrix and its labels.

use linecall_data::read::{Format, ReadOptions, matrix};
use linecall_data::{Dataset, Design, Result};

use super::files::File;
use super::{memory, one_line};

pub(crate) fn options(format: Format) -> ReadOptions {
    ReadOptions { format: Some(format), max_bytes: memory::CAP, ..ReadOptions::default() }
}

/// The matrix, and a class code a row.
pub(crate) fn size(read: &Result<Dataset>) -> usize {
    read.as_ref().map_or(0, |data| data.design.bytes() + 4 * data.rows())
}

/// Reads a whole file of so many bytes, decompressed, under the memory rule.
pub(crate) fn whole(file: &File, options: &ReadOptions, bytes: usize) -> Result<Dataset> {
    let read = memory::kept(bytes, size, || matrix::dataset(file.path(), options, None));
    if let Err(error) = &read {
        one_line::check(error, file.path());
    }
    read
}

/// The rows in batches of two, whole cells in order.
pub(crate) fn joined(file: &File, options: &ReadOptions, width: usize) -> Result<Vec<Vec<f64>>> {
    let mut rows = Vec::new();
    for batch in matrix::batches(file.path(), options, 2, width)? {
        let batch = batch?;
        assert!(batch.rows_before == rows.len() as u64 && batch.design.rows() <= 2);
        rows.extend(cells(&batch.design));
    }
    Ok(rows)
}

/// All cells, row by row.
pub(crate) fn cells(design: &Design) -> Vec<Vec<f64>> {
    let row = |i| {
        let mut row = Vec::new();
        design.for_each_in_row(i, |_, v| row.push(v));
        row
    };
    (0..design.rows()).map(row).collect()
}

/// Batches of what is read whole are the same rows.
pub(crate) fn in_batches(file: &File, options: &ReadOptions, whole: &Dataset) {
    let labels = None;
    let options = ReadOptions { labels, ..options.clone() };
    let rows = joined(file, &options, whole.design.cols()).expect("batches of what is read whole");
    assert_eq!(rows, cells(&whole.design));
    assert_eq!(whole.labels.len(), rows.len());
}
