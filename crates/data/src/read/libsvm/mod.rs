//! LIBSVM (SVMlight) files: `label index:value index:value ...`, one row a line.
//!
//! Indices count from 1 and increase within a row; entries that are left out are zero, and written
//! zeros are dropped. `#` begins a comment. Labels are class names; numbers among them are brought
//! to their shortest form, so that `+1`, `1` and `1.0` are one class. Several labels a row, parted by
//! commas, are read where [`ReadOptions::multilabel`] says so, and a row that begins with its first
//! entry then has none; elsewhere they are refused, as `qid:` is. The columns are named `1` to `d`. The format is that of C.-C. Chang and C.-J.
//! Lin, LIBSVM, 2011.
//!
//! Blocks of lines are parsed on all threads and put together in file order: the result does not
//! depend on the number of threads. Storage begins without values and widens to `f32` and `f64`
//! only when a value demands it. Cost: one pass over the bytes; the next block is read while one is
//! parsed.
//!
//! ```
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("tiny.libsvm");
//! # std::fs::write(&path, "+1 1:0.5 3:1 # a comment\n-1 2:2\n").unwrap();
//! # let path = path.to_str().unwrap();
//! use linecall_data::read::{ReadOptions, libsvm};
//! let data = libsvm::dataset(path, &ReadOptions::default(), None)?;
//! assert_eq!((data.design.rows(), data.design.cols()), (2, 3));
//! assert_eq!(data.labels.classes(), ["-1", "1"]);
//! # Ok::<(), linecall_data::Error>(())
//! ```

mod blocks;
pub(in crate::read) mod classes;
mod parse;
mod store;
mod stream;
mod whole;

use std::collections::VecDeque;
use std::io::Read;

use self::parse::Chunk;
use self::store::Rows;
use self::stream::Stream;
use self::whole::Whole;
use crate::read::ReadOptions;
use crate::read::source::Source;
use crate::{Dataset, Design, DesignColumns, Result, TextCells};

/// Largest index (from 1).
const MAX_INDEX: u64 = u32::MAX as u64;

/// Entries after which a batch ends.
const MOST_ENTRIES: usize = 1 << 22;

/// Reads a whole file. Without `n_features` the matrix is as wide as the largest index.
///
/// # Errors
/// When the file cannot be read, is not LIBSVM, passes a limit or has no rows; when an index is
/// beyond `n_features`; without it, when the largest index is beyond 2^20 and beyond 16 times the
/// number of entries (names and coefficients are kept for every column, so a few bytes could
/// otherwise claim any amount of memory).
pub fn dataset(path: &str, options: &ReadOptions, n_features: Option<usize>) -> Result<Dataset> {
    dataset_of(&[path.to_owned()], options, n_features)
}

/// [`dataset`] of several files, one after the other.
pub(in crate::read) fn dataset_of(
    files: &[String],
    options: &ReadOptions,
    n_features: Option<usize>,
) -> Result<Dataset> {
    let mut whole =
        Whole::new(files.first().map_or("", String::as_str), options.multilabel.is_some());
    for file in files {
        let source = Source::open(file, options.max_bytes)?;
        whole.read(&mut Stream::over(file, source, options, n_features)?)?;
    }
    whole.finish(n_features)
}

/// Reads all of a reader as [`dataset`] reads a file; `name` is for messages.
///
/// ```
/// use linecall_data::read::{ReadOptions, libsvm};
/// let text = "+1 1:0.5 3:1\n-1 2:2\n".as_bytes();
/// let data = libsvm::dataset_from("request", text, &ReadOptions::default(), None)?;
/// assert_eq!((data.design.rows(), data.design.cols()), (2, 3));
/// # Ok::<(), linecall_data::Error>(())
/// ```
///
/// # Errors
/// As for [`dataset`].
pub fn dataset_from(
    name: &str,
    reader: impl Read + Send + 'static,
    options: &ReadOptions,
    n_features: Option<usize>,
) -> Result<Dataset> {
    let source = Source::over(name, reader, options.max_bytes)?;
    let mut whole = Whole::new(name, options.multilabel.is_some());
    whole.read(&mut Stream::over(name, source, options, n_features)?)?;
    whole.finish(n_features)
}

/// The number of columns of a matrix that was read in batches: its largest index, from 1.
///
/// # Errors
/// As for [`dataset`], when it is 0 or out of proportion to the number of entries.
pub fn width(path: &str, largest: u64, entries: u64) -> Result<usize> {
    whole::check_width(path, largest, entries)
}

/// Refuses more labels than classes can be.
///
/// # Errors
/// As for [`dataset`].
pub fn check_classes(path: &str, labels: usize) -> Result<()> {
    if labels > classes::MAX_CLASSES { Err(whole::too_many_classes(path)) } else { Ok(()) }
}

/// Streams a file in batches of at most `rows` rows (at least one), in file order, each
/// `n_features` wide. Memory is bounded by one batch and a few blocks of the file.
///
/// # Errors
/// As for [`dataset`]; those of the file's content come from the iterator, which then ends.
pub fn batches(
    path: &str,
    options: &ReadOptions,
    rows: usize,
    n_features: usize,
) -> Result<impl Iterator<Item = Result<Batch>> + use<>> {
    let source = Source::open(path, options.max_bytes)?;
    Batches::over(path, source, options, rows, n_features)
}

/// Streams a reader as [`batches`] streams a file; `name` is for messages.
///
/// # Errors
/// As for [`batches`].
pub fn batches_from<R: Read + Send + 'static>(
    name: &str,
    reader: R,
    options: &ReadOptions,
    rows: usize,
    n_features: usize,
) -> Result<impl Iterator<Item = Result<Batch>> + use<R>> {
    let source = Source::over(name, reader, options.max_bytes)?;
    Batches::over(name, source, options, rows, n_features)
}

/// Some rows of a LIBSVM file.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The rows' matrix.
    pub design: Design,
    /// Each row's label, normalised as the classes of [`dataset`]; several are parted by commas.
    pub labels: TextCells,
    /// Rows of the file that came before.
    pub rows_before: u64,
}

/// The iterator behind [`batches`].
struct Batches {
    stream: Stream,
    pending: VecDeque<Chunk>,
    /// Rows of the first pending chunk that are given out.
    taken: usize,
    limit: usize,
    rows_before: u64,
    columns: DesignColumns,
    done: bool,
}

impl Batches {
    fn over(
        path: &str,
        source: Source,
        options: &ReadOptions,
        rows: usize,
        n_features: usize,
    ) -> Result<Self> {
        Ok(Self {
            stream: Stream::over(path, source, options, Some(n_features))?,
            pending: VecDeque::new(),
            taken: 0,
            limit: rows.max(1),
            rows_before: 0,
            columns: DesignColumns::numbered(n_features),
            done: false,
        })
    }

    fn batch(&mut self) -> Result<Option<Batch>> {
        let (mut rows, mut labels) = (Rows::new(), TextCells::default());
        while rows.len() < self.limit && rows.indices.len() < MOST_ENTRIES {
            let Some(chunk) = self.pending.front() else {
                match self.stream.next()? {
                    Some(chunks) => self.pending.extend(chunks),
                    None => break,
                }
                continue;
            };
            let end = chunk.rows.len().min(self.taken + self.limit - rows.len());
            rows.append(&chunk.rows, self.taken..end);
            for &code in chunk.codes.get(self.taken..end).unwrap_or_default() {
                labels.push(chunk.names.get(code as usize).map_or("", String::as_str));
            }
            self.taken = end;
            if end == chunk.rows.len() {
                self.pending.pop_front().into_iter().for_each(|c| self.stream.recycle(c.rows));
                self.taken = 0;
            }
        }
        if rows.len() == 0 {
            return Ok(None);
        }
        let rows_before = self.rows_before;
        self.rows_before += rows.len() as u64;
        let design = Design::trusted(rows.into_matrix(self.columns.len()), self.columns.clone());
        Ok(Some(Batch { design, labels, rows_before }))
    }
}

impl Iterator for Batches {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let batch = self.batch();
        self.done = !matches!(batch, Ok(Some(_)));
        batch.transpose()
    }
}
