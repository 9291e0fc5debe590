//! Readers: one format per file, all with caps, all refusing bad input with one [`Error`].
//!
//! The format is said by the caller, or told by the file name (`.csv`, `.parquet`, `.npy`, ...;
//! each also with `.gz` or `.zst`), or else by the first bytes, as on standard input (`-`). The
//! compression is recognised by the bytes, not the name.
//!
//! [`batches`] streams a table in constant memory; [`table`] reads it whole; [`matrix`] reads
//! matrices with labels: LIBSVM, NPY, NPZ, safetensors.
//!
//! # Limits
//! Decompressed bytes are capped at [`ReadOptions::max_bytes`]. A record is at most 64 MiB long and
//! a table at most 262,144 columns wide. Nothing is sized by a number that a file merely claims.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::inputs::Held;
use self::source::Source;
use crate::{Error, ErrorKind, Place, Result, Table};

mod arrow;
mod bytes;
mod columns;
mod csv;
mod cut;
mod dense;
mod fields;
mod guard;
mod inputs;
mod jsonl;
pub mod libsvm;
pub mod matrix;
mod parquet;
mod record;
mod sniff;
mod source;
mod text;
mod ts;
mod turned;
mod typed;

pub use self::bytes::{batches_from, table_from};
pub use self::inputs::Inputs;
pub use crate::cells::NumberCell;
pub use crate::number::parse_number;

/// Longest record of a text format, in bytes.
const MAX_RECORD: usize = 64 << 20;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values with a header.
    Csv,
    /// Tab-separated values with a header. Quotes are plain characters, so a cell can hold neither
    /// a tab nor a line end; a tab-delimited file with quoted cells is read as CSV with the
    /// delimiter set to a tab.
    Tsv,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC: a file (Feather version 2) or a stream.
    Arrow,
    /// JSON Lines: one flat object a line.
    Jsonl,
    /// UCR and UEA time series: regular series as numbers, `dim1[0]` and so on, and their `class`.
    Ts,
    /// `label index:value ...`, indices from 1.
    Libsvm,
    /// A NumPy array: a matrix without labels, or labels.
    Npy,
    /// An archive of NumPy arrays, the matrix `X` and its labels `y`.
    Npz,
    /// Named tensors, the matrix `x` and its labels `y`.
    Safetensors,
}

impl Format {
    /// Whether it holds a matrix without column names, to be read with [`matrix`]; otherwise it
    /// holds a table.
    pub fn is_matrix(self) -> bool {
        matches!(self, Self::Libsvm | Self::Npy | Self::Npz | Self::Safetensors)
    }

    /// The column that holds the class, in a format that says which one it is.
    pub fn target(self) -> Option<&'static str> {
        (self == Self::Ts).then_some(ts::CLASS)
    }

    /// The name that people know it by.
    pub fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
            Self::Jsonl => "JSON Lines",
            Self::Ts => "TS",
            Self::Libsvm => "LIBSVM",
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
            Self::Safetensors => "safetensors",
        }
    }

    /// What the end of a lower-case file name says.
    fn of_name(name: &str) -> Option<Self> {
        let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
        Some(match plain.rsplit_once('.')?.1 {
            "csv" | "txt" => Self::Csv,
            "tsv" | "tab" => Self::Tsv,
            "parquet" | "pq" => Self::Parquet,
            "arrow" | "feather" | "ipc" | "arrows" => Self::Arrow,
            "jsonl" | "ndjson" => Self::Jsonl,
            "ts" => Self::Ts,
            "libsvm" | "svm" | "svmlight" => Self::Libsvm,
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "safetensors" => Self::Safetensors,
            _ => return None,
        })
    }
}

/// Text encoding of CSV and TSV files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    #[default]
    Utf8,
    /// Latin-1 (read as Windows-1252, its superset in practice).
    Latin1,
}

/// How to read a file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The format; `None` goes by the file name, then by the first bytes (see [`format_of`]).
    pub format: Option<Format>,
    /// The text encoding.
    pub encoding: Encoding,
    /// The delimiter of a CSV file; `None` is a comma (a tab for TSV).
    pub delimiter: Option<u8>,
    /// Column names of a file without a header line.
    pub names: Option<Vec<String>>,
    /// Most bytes read after decompression.
    pub max_bytes: u64,
    /// The columns to read, by name; `None` reads all. They come in file order. Has no meaning for
    /// matrices.
    pub columns: Option<Vec<String>>,
    /// The file with the labels of a dense matrix: an array of one dimension, or a table of one
    /// column. `None` takes the labels that the matrix file has.
    pub labels: Option<String>,
    /// Rows of a matrix carry any set of labels, parted by this mark (of a LIBSVM file, a comma);
    /// `None` where each has one. Tables have theirs in the schema.
    pub multilabel: Option<char>,
    /// Bytes of text read at once, at least 64; `None` is each reader's own choice. No result
    /// depends on it: the fuzz targets read in small blocks to show that.
    #[doc(hidden)]
    pub block: Option<usize>,
}

impl ReadOptions {
    /// Bytes to read at once, if the options say so: enough to show what kind of file it is.
    fn block(&self) -> Option<usize> {
        self.block.map(|block| block.max(64))
    }
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            encoding: Encoding::Utf8,
            delimiter: None,
            names: None,
            max_bytes: 64 << 30,
            columns: None,
            labels: None,
            multilabel: None,
            block: None,
        }
    }
}

/// The format of a file: what the options say, else what the name says (`.gz` and `.zst` at its end
/// are passed over), else what the first bytes say. Text on standard input (`-`) that is nothing
/// else is CSV.
///
/// ```
/// use linecall_data::read::{Format, ReadOptions, format_of};
/// let options = ReadOptions::default();
/// assert_eq!(format_of("loans.csv.gz", &options)?, Format::Csv);
/// assert_eq!(format_of("loans.pq", &options)?, Format::Parquet);
/// assert!(format_of("loans.xlsx", &options).is_err());
/// # Ok::<(), linecall_data::Error>(())
/// ```
///
/// # Errors
/// When the options name no format, the name ends in none that is known, and the file cannot be
/// opened or does not begin like one; and as for [`Inputs::files`].
pub fn format_of(path: impl Into<Inputs>, options: &ReadOptions) -> Result<Format> {
    path.into().files(options).map(|(_, format)| format)
}

/// The format of one file.
fn one_format(path: &str, options: &ReadOptions) -> Result<Format> {
    match said(path, options) {
        Some(format) => Ok(format),
        None => sniff::format(path, options.max_bytes),
    }
}

/// The format that the options say, or else the name.
fn said(path: &str, options: &ReadOptions) -> Option<Format> {
    let name = Path::new(path).file_name().filter(|_| path != "-");
    let by_name = || Format::of_name(&name?.to_string_lossy().to_lowercase());
    options.format.or_else(by_name)
}

/// Reads a whole table: a file, or several as one.
///
/// Every column of a CSV or TSV file is text; Parquet columns are numbers or text. A file with a
/// header and no rows is a table of no rows. Further files have the columns of the first one, in
/// any order.
///
/// ```no_run
/// use linecall_data::read::{ReadOptions, table};
/// let loans = table("loans.csv.gz", &ReadOptions::default())?;
/// println!("{} rows of {} columns", loans.rows(), loans.columns().len());
/// let year = table(&["may.csv", "june.csv"].to_vec(), &ReadOptions::default())?;
/// # Ok::<(), linecall_data::Error>(())
/// ```
///
/// # Errors
/// When a file cannot be read, is not what its format asks for, or passes a limit; for a matrix,
/// which is no table (see [`matrix`]); when the columns of several files differ.
pub fn table(path: impl Into<Inputs>, options: &ReadOptions) -> Result<Table> {
    let inputs = path.into();
    if let Some(Held::Table(table)) = inputs.held() {
        return Ok(Table::clone(table));
    }
    let (files, format) = inputs.files(options)?;
    let mut whole: Option<Table> = None;
    for file in &files {
        let table = Inner::open(file, options, format, true)?.whole()?;
        match &mut whole {
            None => whole = Some(table),
            Some(whole) => {
                let names = names_of(whole);
                whole.append(&inputs::aligned(table, &whole.origin().file, &names)?)?;
            }
        }
    }
    whole.ok_or_else(|| Error::new(ErrorKind::Io, "no file is given"))
}

/// Streams a table: batches of at most `rows` rows (at least one), in file order. Rows of several
/// files are never in one batch.
///
/// Memory is bounded by one batch and one record (Parquet: one row group's pages), whatever the
/// file's length. Put end to end with [`Table::append`], the batches are what [`table`] reads.
///
/// # Errors
/// As for [`table`], for all that shows before the first row.
pub fn batches(path: impl Into<Inputs>, options: &ReadOptions, rows: usize) -> Result<Batches> {
    let inputs = path.into();
    if let Some(Held::Table(table)) = inputs.held() {
        let inner = Inner::Held { table: Arc::clone(table), names: names_of(table), next: 0 };
        return Ok(Batches::over(&inputs.to_string(), inner, options, Format::Arrow, rows));
    }
    let (files, format) = inputs.files(options)?;
    let mut files = VecDeque::from(files);
    let first = files.pop_front().unwrap_or_default();
    let inner = Inner::open(&first, options, format, rows == usize::MAX)?;
    Ok(Batches { rest: files, ..Batches::over(&first, inner, options, format, rows) })
}

fn no_table(path: &str, format: Format) -> Error {
    let problem = format!("a {} file is a matrix, a table is needed here", format.title());
    Error::new(ErrorKind::Format, problem)
        .at(Place::file(path))
        .mend("give a CSV or Parquet file, or use a command that takes matrices")
}

/// The batches of a table, from [`batches`]. After an error there are no more.
pub struct Batches {
    inner: Inner,
    /// The first file, and its columns.
    first: String,
    names: Vec<String>,
    /// Files after the one at hand.
    rest: VecDeque<String>,
    options: ReadOptions,
    format: Format,
    rows: usize,
    done: bool,
}

enum Inner {
    Text(Box<csv::Reader>),
    Parquet(Box<parquet::Reader>),
    Arrow(Box<arrow::Reader>),
    Json(Box<jsonl::Reader>),
    Series(Box<ts::Reader>),
    /// A table in memory, and the row that comes next.
    Held {
        table: Arc<Table>,
        names: Vec<String>,
        next: usize,
    },
}

fn names_of(table: &Table) -> Vec<String> {
    table.columns().iter().map(|c| c.name.clone()).collect()
}

impl Inner {
    /// Opens a file; `whole` says that all of it becomes one table.
    fn open(path: &str, options: &ReadOptions, format: Format, whole: bool) -> Result<Self> {
        if format.is_matrix() {
            return Err(no_table(path, format));
        }
        matrix::refuse_labels(path, options, "a table has its labels in a column")?;
        match format {
            Format::Parquet => Ok(Self::Parquet(Box::new(parquet::Reader::open(path, options)?))),
            Format::Jsonl => Ok(Self::Json(Box::new(jsonl::Reader::open(path, options, whole)?))),
            _ => Self::over(path, Source::open(path, options.max_bytes)?, options, format, whole),
        }
    }

    /// A reader of a source.
    fn over(
        path: &str,
        source: Source,
        options: &ReadOptions,
        format: Format,
        whole: bool,
    ) -> Result<Self> {
        matrix::refuse_labels(path, options, "a table has its labels in a column")?;
        Ok(match format {
            Format::Csv | Format::Tsv => {
                Self::Text(Box::new(csv::Reader::over(path, source, options, format)?))
            }
            Format::Parquet => {
                Self::Parquet(Box::new(parquet::Reader::from_source(path, source, options)?))
            }
            Format::Arrow => Self::Arrow(Box::new(arrow::Reader::over(path, source, options)?)),
            Format::Jsonl => {
                Self::Json(Box::new(jsonl::Reader::over(path, source, options, whole)?))
            }
            Format::Ts => Self::Series(Box::new(ts::Reader::over(path, source, options)?)),
            matrix => return Err(no_table(path, matrix)),
        })
    }

    /// All rows as one table.
    fn whole(mut self) -> Result<Table> {
        match self.batch(usize::MAX)? {
            Some(table) => Ok(table),
            None => self.empty(),
        }
    }

    fn empty(&self) -> Result<Table> {
        match self {
            Self::Text(reader) => reader.empty(),
            Self::Parquet(reader) => reader.empty(),
            Self::Arrow(reader) => reader.empty(),
            Self::Json(reader) => reader.empty(),
            Self::Series(reader) => reader.empty(),
            Self::Held { table, .. } => Ok(table.select(&[])),
        }
    }

    fn columns(&self) -> &[String] {
        match self {
            Self::Text(reader) => reader.columns(),
            Self::Parquet(reader) => reader.columns(),
            Self::Arrow(reader) => reader.columns(),
            Self::Json(reader) => reader.columns(),
            Self::Series(reader) => reader.columns(),
            Self::Held { names, .. } => names,
        }
    }

    fn batch(&mut self, rows: usize) -> Result<Option<Table>> {
        match self {
            Self::Text(reader) => reader.batch(rows),
            Self::Parquet(reader) => reader.batch(rows),
            Self::Arrow(reader) => reader.batch(rows),
            Self::Json(reader) => reader.batch(rows),
            Self::Series(reader) => reader.batch(rows),
            Self::Held { table, next, .. } => {
                let first = *next;
                *next = table.rows().min(first.saturating_add(rows));
                let some: Vec<usize> = (first..*next).collect();
                let before = |batch: Table| batch.after(first as u64);
                Ok((!some.is_empty()).then(|| before(table.select(&some))))
            }
        }
    }
}

impl Batches {
    /// Batches of one file.
    fn over(path: &str, inner: Inner, options: &ReadOptions, format: Format, rows: usize) -> Self {
        let (first, names) = (path.to_owned(), inner.columns().to_vec());
        let (rest, options) = (VecDeque::new(), options.clone());
        Self { inner, first, names, rest, options, format, rows: rows.max(1), done: false }
    }

    /// Names of the columns that the batches will have, in the order of the first file.
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    fn batch(&mut self) -> Result<Option<Table>> {
        loop {
            if let Some(table) = self.inner.batch(self.rows)? {
                // Standard input in JSON Lines has its columns with its first rows.
                if self.names.is_empty() {
                    self.names = self.inner.columns().to_vec();
                }
                return inputs::aligned(table, &self.first, &self.names).map(Some);
            }
            let Some(next) = self.rest.pop_front() else { return Ok(None) };
            self.inner = Inner::open(&next, &self.options, self.format, self.rows == usize::MAX)?;
            let found = self.inner.columns().iter().map(String::as_str);
            let place = |column: &str| Place::file(&next).column(column);
            inputs::check_columns(&self.first, &self.names, found, place)?;
        }
    }
}

impl Iterator for Batches {
    type Item = Result<Table>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let batch = self.batch();
        self.done = !matches!(batch, Ok(Some(_)));
        batch.transpose()
    }
}
