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

use super::inputs::Held;
use super::libsvm::classes::{MAX_CLASSES, Names};
use super::{Format, Inputs, ReadOptions, dense, libsvm, one_format, table};
use crate::{Column, Dataset, Design, Error, ErrorKind, Labels, Place, Result, Table, label_names};

/// Reads a whole matrix and its labels. `n_features` is the number of columns that it must have,
/// or, for LIBSVM, may have.
///
/// # Errors
/// When the file cannot be read, is a table, is not what its format asks for, passes a limit, has
/// no rows or no labels, or has other than `n_features` columns.
pub fn dataset(
    path: impl Into<Inputs>,
    options: &ReadOptions,
    n_features: Option<usize>,
) -> Result<Dataset> {
    let inputs = path.into();
    if let Some(Held::Matrix(data)) = inputs.held() {
        check_width(&inputs.to_string(), data.design.cols(), n_features)?;
        return Ok(Dataset::clone(data));
    }
    let (files, format) = matrix_files(inputs, options)?;
    let path = files.first().map_or("", String::as_str);
    if format == Format::Libsvm {
        refuse_labels(path, options, "a LIBSVM file has the label of a row at its beginning")?;
        return libsvm::dataset_of(&files, options, n_features);
    }
    let parts = dense::whole(path, options, format)?;
    check_width(path, parts.design.cols(), n_features)?;
    if let (None, Some(_), Some(_)) = (&options.labels, &parts.labels, options.multilabel) {
        return Err(one_label(path));
    }
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
    path: impl Into<Inputs>,
    options: &ReadOptions,
    rows: usize,
    n_features: usize,
) -> Result<Box<dyn Iterator<Item = Result<Batch>>>> {
    let rows = rows.max(1);
    let inputs = path.into();
    if let Some(Held::Matrix(data)) = inputs.held() {
        check_width(&inputs.to_string(), data.design.cols(), Some(n_features))?;
        return Ok(slices(data.design.clone(), rows));
    }
    let (files, format) = matrix_files(inputs, options)?;
    let path = files.first().map_or("", String::as_str);
    if format == Format::Libsvm {
        let first = libsvm::batches(path, options, rows, n_features)?;
        let options = options.clone();
        let later = files.into_iter().skip(1).flat_map(move |file| {
            let batches = libsvm::batches(&file, &options, rows, n_features);
            let (batches, error) = match batches {
                Ok(batches) => (Some(batches), None),
                Err(error) => (None, Some(Err(error))),
            };
            batches.into_iter().flatten().chain(error)
        });
        return Ok(Box::new(first.chain(later).scan((0, false), counted)));
    }
    if format == Format::Npy
        && let Some(array) = dense::Rows::open(path, options)?
    {
        check_width(path, array.width(), Some(n_features))?;
        return Ok(Box::new(Streamed { array, rows, before: 0, done: false }));
    }
    let design = dense::whole(path, options, format)?.design;
    check_width(path, design.cols(), Some(n_features))?;
    Ok(slices(design, rows))
}

/// A whole matrix, some rows at a time.
fn slices(design: Design, rows: usize) -> Box<dyn Iterator<Item = Result<Batch>>> {
    let starts = (0..design.rows()).step_by(rows);
    Box::new(starts.map(move |start| {
        let some: Vec<usize> = (start..design.rows().min(start.saturating_add(rows))).collect();
        let rows_before = start as u64;
        Ok(Batch { design: design.select_rows(&some)?, rows_before })
    }))
}

/// Counts the rows that came before over all files, and ends after an error.
fn counted(
    (before, done): &mut (u64, bool),
    batch: Result<libsvm::Batch>,
) -> Option<Result<Batch>> {
    if std::mem::replace(done, batch.is_err()) {
        return None;
    }
    let rows_before = *before;
    *before += batch.as_ref().map_or(0, |batch| batch.design.rows() as u64);
    Some(batch.map(|batch| Batch { design: batch.design, rows_before }))
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

/// The files of a matrix and their format.
fn matrix_files(inputs: Inputs, options: &ReadOptions) -> Result<(Vec<String>, Format)> {
    let (files, format) = inputs.files(options)?;
    let refuse = |file: &str, problem: String, mend: &str| {
        Err(Error::new(ErrorKind::Format, problem).at(Place::file(file)).mend(mend))
    };
    match files.as_slice() {
        [first, ..] if !format.is_matrix() => refuse(
            first,
            format!("a {} file is a table, a matrix is needed here", format.title()),
            "give a LIBSVM, NPY, NPZ or safetensors file",
        ),
        [_, second, ..] if format != Format::Libsvm => refuse(
            second,
            format!("several {} files are not read as one", format.title()),
            "put the rows into one file",
        ),
        _ => Ok((files, format)),
    }
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
    match one_format(path, &options)? {
        Format::Npy if options.multilabel.is_some() => Err(one_label(path)),
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

/// Refuses an array of labels where rows carry several.
fn one_label(path: &str) -> Error {
    Error::new(ErrorKind::Format, "an array of labels has one label a row")
        .at(Place::file(path))
        .mend("give the lists of labels as a table of one column, with `--labels y.csv`")
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
    if let Some(separator) = options.multilabel {
        return sets(&table, column, separator);
    }
    if let Some(row) = (0..rows).find(|&row| column.cells.text(row).is_empty()) {
        return Err(Error::new(ErrorKind::Value, "the label is missing")
            .at(table.origin().place(row).column(&column.name))
            .mend("give every row a label"));
    }
    Ok(Labels::from_names((0..rows).map(|row| column.cells.text(row))))
}

/// The lists of labels in the cells of a column.
fn sets(table: &Table, column: &Column, separator: char) -> Result<Labels> {
    let place = |row: usize| table.origin().place(row).column(&column.name);
    let (mut names, mut codes, mut ends) = (Names::default(), Vec::new(), Vec::new());
    for row in 0..table.rows() {
        let cell = column.cells.text(row);
        for name in label_names(&cell, separator).map_err(|e| e.at(place(row)))? {
            codes.push(names.code(name).ok_or_else(|| {
                Error::new(ErrorKind::Limit, format!("more than {MAX_CLASSES} different labels"))
                    .at(place(row))
            })?);
        }
        ends.push(codes.len());
    }
    names.labels(codes, Some(ends))
}
