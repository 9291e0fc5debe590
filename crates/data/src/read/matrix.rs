//! Matrices with labels and without names: LIBSVM, NumPy arrays and archives, safetensors.
//!
//! [`dataset`] reads a whole matrix with its labels; [`batches`] gives its rows, some at a time,
//! and asks for no labels. The columns are named `1` to `d`.
//!
//! ```no_run
//! use linecall_data::read::{ReadOptions, matrix};
//! let labels = Some("y.npy".to_owned());
//! let options = ReadOptions { labels, ..ReadOptions::default() };
//! let data = matrix::dataset("x.npy", &options, None)?;
//! println!("{} rows of {}", data.design.rows(), data.design.cols());
//! # Ok::<(), linecall_data::Error>(())
//! ```

use super::{Format, ReadOptions, dense, format_of, libsvm, table};
use crate::{Dataset, Design, Error, ErrorKind, Labels, Place, Result};

/// Reads a whole matrix and its labels. `n_features` is the number of columns that it must have,
/// or, for LIBSVM, may have.
///
/// # Errors
/// When the file cannot be read, is a table, is not what its format asks for, passes a limit, has no
/// rows or no labels, or has other than `n_features` columns.
pub fn dataset(path: &str, options: &ReadOptions, n_features: Option<usize>) -> Result<Dataset> {
    let format = matrix_format(path, options)?;
    if format == Format::Libsvm {
        refuse_labels(path, options, "a LIBSVM file has the label of a row at its beginning")?;
        return libsvm::dataset(path, options, n_features);
    }
    let parts = dense::whole(path, options, format)?;
    check_width(path, parts.design.cols(), n_features)?;
    let labels = match &options.labels {
        Some(file) => labels(file, options, parts.design.rows())?,
        None => parts.labels.ok_or_else(|| no_labels(path, format))?,
    };
    Dataset::new(parts.design, labels)
}

/// Some rows of a matrix.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The rows.
    pub design: Design,
    /// Rows of the file that came before.
    pub rows_before: u64,
}

/// Gives the rows of a matrix, at most `rows` at a time (at least one), in file order, each
/// `n_features` wide; labels are passed over. LIBSVM files and arrays that are stored row by row
/// are read in constant memory, all others whole.
///
/// # Errors
/// As for [`dataset`]; those of the rows come from the iterator, which then ends.
pub fn batches(
    path: &str,
    options: &ReadOptions,
    rows: usize,
    n_features: usize,
) -> Result<Box<dyn Iterator<Item = Result<Batch>>>> {
    let rows = rows.max(1);
    let format = matrix_format(path, options)?;
    if format == Format::Libsvm {
        let batches = libsvm::batches(path, options, rows, n_features)?;
        let batch = |b: libsvm::Batch| Batch { design: b.design, rows_before: b.rows_before };
        return Ok(Box::new(batches.map(move |b| b.map(batch))));
    }
    if format == Format::Npy
        && let Some(array) = dense::Rows::open(path, options)?
    {
        check_width(path, array.width(), Some(n_features))?;
        return Ok(Box::new(Streamed { array, rows, before: 0, done: false }));
    }
    let design = dense::whole(path, options, format)?.design;
    check_width(path, design.cols(), Some(n_features))?;
    let starts = (0..design.rows()).step_by(rows);
    Ok(Box::new(starts.map(move |start| {
        let some: Vec<usize> = (start..design.rows().min(start + rows)).collect();
        let rows_before = start as u64;
        Ok(Batch { design: design.select_rows(&some)?, rows_before })
    })))
}

/// The rows of an array, as they are read.
struct Streamed {
    array: dense::Rows,
    rows: usize,
    before: u64,
    done: bool,
}

impl Iterator for Streamed {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let design = self.array.next(self.rows);
        self.done = !matches!(design, Ok(Some(_)));
        let rows_before = self.before;
        let batch = design.transpose()?;
        self.before += batch.as_ref().map_or(0, |design| design.rows() as u64);
        Some(batch.map(|design| Batch { design, rows_before }))
    }
}

/// The format of a matrix file.
fn matrix_format(path: &str, options: &ReadOptions) -> Result<Format> {
    let format = format_of(path, options)?;
    if format.is_matrix() {
        return Ok(format);
    }
    let problem = format!("a {} file is a table, a matrix is needed here", format.title());
    Err(Error::new(ErrorKind::Format, problem)
        .at(Place::file(path))
        .mend("give a LIBSVM, NPY, NPZ or safetensors file"))
}

fn check_width(path: &str, found: usize, n_features: Option<usize>) -> Result<()> {
    match n_features {
        Some(wanted) if wanted != found => {
            let problem = format!("the matrix has {found} columns, {wanted} are needed");
            Err(Error::new(ErrorKind::Column, problem)
                .at(Place::file(path))
                .mend("give a matrix of the columns that the model was trained on"))
        }
        _ => Ok(()),
    }
}

/// Refuses labels from another file where the data have their own.
pub(super) fn refuse_labels(path: &str, options: &ReadOptions, why: &str) -> Result<()> {
    match &options.labels {
        None => Ok(()),
        Some(file) => Err(Error::new(ErrorKind::Format, why)
            .at(Place::file(path))
            .value(file)
            .mend("leave out `--labels`")),
    }
}

fn no_labels(path: &str, format: Format) -> Error {
    let (problem, mend) = match format {
        Format::Npy => (
            "a NumPy array has no labels",
            "give them with `--labels y.npy`, or both as an archive \
             (`numpy.savez(FILE, X=X, y=y)`)",
        ),
        _ => (
            "the file has no labels",
            "name them `y` in the file, or give them with `--labels y.npy`",
        ),
    };
    Error::new(ErrorKind::Column, problem).at(Place::file(path)).mend(mend)
}

/// One label a row from a file of their own: an array of one dimension, or a table of one column.
fn labels(path: &str, options: &ReadOptions, rows: usize) -> Result<Labels> {
    let options = ReadOptions { format: None, columns: None, labels: None, ..options.clone() };
    match format_of(path, &options)? {
        Format::Npy => dense::labels(path, &options, rows),
        format if format.is_matrix() => {
            let problem = format!("a {} file is no list of labels", format.title());
            Err(Error::new(ErrorKind::Format, problem)
                .at(Place::file(path))
                .mend("give an array of one dimension, or a table of one column"))
        }
        _ => column(path, &options, rows),
    }
}

fn column(path: &str, options: &ReadOptions, rows: usize) -> Result<Labels> {
    let table = table(path, options)?;
    let [column] = table.columns() else {
        let problem = format!("the labels have {} columns", table.columns().len());
        return Err(Error::new(ErrorKind::Column, problem)
            .at(Place::file(path))
            .mend("give a table of one column"));
    };
    if table.rows() != rows {
        let problem = format!("{} labels for {rows} rows", table.rows());
        return Err(Error::new(ErrorKind::Format, problem)
            .at(Place::file(path))
            .mend("give as many labels as rows, under a header"));
    }
    if let Some(row) = (0..rows).find(|&row| column.cells.text(row).is_empty()) {
        return Err(Error::new(ErrorKind::Value, "the label is missing")
            .at(table.origin().place(row).column(&column.name))
            .mend("give every row a label"));
    }
    Ok(Labels::from_names((0..rows).map(|row| column.cells.text(row))))
}
