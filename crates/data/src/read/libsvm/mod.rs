//! LIBSVM (SVMlight) files: `label index:value index:value ...`, one row a line.
//!
//! Indices count from 1 and increase within a row; entries that are left out are zero, and written
//! zeros are dropped. `#` begins a comment. Labels are class names; numbers among them are brought
//! to their shortest form, so that `+1`, `1` and `1.0` are one class. The columns are named `1` to
//! `d`. `qid:` and several labels a row are refused. The format is that of C.-C. Chang and C.-J.
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
mod parse;
mod store;

use std::collections::{HashMap, VecDeque};

use rayon::prelude::*;

use self::blocks::Blocks;
use self::parse::{Chunk, Refused};
use self::store::Rows;
use crate::labels::sort_classes;
use crate::read::ReadOptions;
use crate::{Dataset, Design, DesignColumn, Error, ErrorKind, Labels, Place, Result, TextCells};

/// Largest index (from 1).
const MAX_INDEX: u64 = u32::MAX as u64;
/// Bytes that one thread parses at once.
const CHUNK: usize = 256 << 10;
/// As many columns are taken at the file's word.
const FREE_COLUMNS: u64 = 1 << 20;
/// Beyond them, a file needs an entry for every so many columns.
const COLUMNS_PER_ENTRY: u64 = 16;

/// Reads a whole file. Without `n_features` the matrix is as wide as the largest index.
///
/// # Errors
/// When the file cannot be read, is not LIBSVM, passes a limit or has no rows; when an index is
/// beyond `n_features`; without it, when the largest index is beyond 2^20 and beyond 16 times the
/// number of entries (names and coefficients are kept for every column, so a few bytes could
/// otherwise claim any amount of memory).
pub fn dataset(path: &str, options: &ReadOptions, n_features: Option<usize>) -> Result<Dataset> {
    let mut stream = Stream::open(path, options, n_features)?;
    let mut rows = Rows::new();
    let mut codes: Vec<u32> = Vec::new();
    let mut names = Names::default();
    let mut largest = 0;
    while let Some(chunks) = stream.next()? {
        for chunk in chunks {
            rows.append(&chunk.rows, 0..chunk.rows.len());
            let map: Vec<u32> = chunk.names.into_iter().map(|name| names.code(name)).collect();
            codes.extend(chunk.codes.iter().map(|&c| map.get(c as usize).copied().unwrap_or(0)));
            largest = largest.max(chunk.largest);
        }
    }
    if codes.is_empty() {
        return Err(Error::new(ErrorKind::Empty, "the file has no rows")
            .at(Place::file(path).line(stream.line))
            .mend("give a file with one `label index:value ...` a line"));
    }
    let cols = match n_features {
        Some(n) => n,
        None => check_width(path, largest, rows.indices.len() as u64)?,
    };
    let design = Design::new(rows.into_matrix(cols)?, column_names(cols))?;
    Dataset::new(design, names.labels(codes)?)
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
    Ok(Batches {
        stream: Stream::open(path, options, Some(n_features))?,
        pending: VecDeque::new(),
        taken: 0,
        limit: rows.max(1),
        rows_before: 0,
        columns: column_names(n_features),
        done: false,
    })
}

/// Some rows of a LIBSVM file.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The rows' matrix.
    pub design: Design,
    /// Each row's label, normalised as the classes of [`dataset`].
    pub labels: TextCells,
    /// Rows of the file that came before.
    pub rows_before: u64,
}

/// Columns `1` to `d`.
fn column_names(cols: usize) -> Vec<DesignColumn> {
    (1..=cols).map(|j| DesignColumn::value(j.to_string())).collect()
}

fn check_width(path: &str, largest: u64, entries: u64) -> Result<usize> {
    if largest == 0 {
        return Err(Error::new(ErrorKind::Empty, "no row has an entry")
            .at(Place::file(path))
            .mend("give rows with at least one `index:value`"));
    }
    if largest > FREE_COLUMNS.max(entries.saturating_mul(COLUMNS_PER_ENTRY)) {
        let problem =
            format!("the largest index is {largest}, but the file has only {entries} entries");
        return Err(Error::new(ErrorKind::Limit, problem)
            .at(Place::file(path))
            .mend("renumber the features, or state their number if it is meant"));
    }
    Ok(largest as usize)
}

/// Class names by first appearance.
#[derive(Default)]
struct Names {
    known: HashMap<String, u32>,
    list: Vec<String>,
}

impl Names {
    fn code(&mut self, name: String) -> u32 {
        if let Some(&code) = self.known.get(&name) {
            return code;
        }
        let code = self.list.len() as u32;
        self.list.push(name.clone());
        self.known.insert(name, code);
        code
    }

    /// Labels with sorted classes from codes by first appearance.
    fn labels(self, mut codes: Vec<u32>) -> Result<Labels> {
        let classes = sort_classes(self.list);
        let mut map = vec![0; classes.len()];
        for (position, class) in classes.iter().enumerate() {
            let code = self.known.get(class).map_or(0, |&c| c as usize);
            if let Some(slot) = map.get_mut(code) {
                *slot = position as u32;
            }
        }
        codes.iter_mut().for_each(|c| *c = map.get(*c as usize).copied().unwrap_or(0));
        Labels::from_codes(classes, codes)
    }
}

/// The parsed chunks of a file, block after block.
struct Stream {
    file: String,
    blocks: Blocks,
    block: Vec<u8>,
    ahead: Vec<u8>,
    limit: u64,
    /// Line at which the block begins.
    line: u64,
    /// Rows before the block.
    rows: u64,
}

impl Stream {
    fn open(path: &str, options: &ReadOptions, n_features: Option<usize>) -> Result<Self> {
        let limit = n_features.map_or(MAX_INDEX, |n| n as u64);
        if limit > MAX_INDEX {
            return Err(Error::new(ErrorKind::Limit, format!("at most {MAX_INDEX} features"))
                .at(Place::file(path))
                .value(limit.to_string())
                .mend("state fewer features"));
        }
        let mut blocks = Blocks::open(path, options.max_bytes)?;
        let mut block = Vec::new();
        blocks.next(&mut block).map_err(|e| in_line(e, path, 1))?;
        let ahead = Vec::new();
        Ok(Self { file: path.to_owned(), blocks, block, ahead, limit, line: 1, rows: 0 })
    }

    /// Parses the block at hand while the next one is read.
    fn next(&mut self) -> Result<Option<Vec<Chunk>>> {
        if self.block.is_empty() {
            return Ok(None);
        }
        let Self { blocks, block, ahead, limit, .. } = self;
        let (parsed, read) = rayon::join(|| parse_block(block, *limit), || blocks.next(ahead));
        let mut chunks = Vec::with_capacity(parsed.len());
        for chunk in parsed {
            let chunk = chunk.map_err(|refused| self.error(*refused))?;
            self.line += chunk.lines;
            self.rows += chunk.rows.len() as u64;
            chunks.push(chunk);
        }
        read.map_err(|e| in_line(e, &self.file, self.line))?;
        std::mem::swap(&mut self.block, &mut self.ahead);
        Ok(Some(chunks))
    }

    fn error(&self, refused: Refused) -> Error {
        let place =
            Place::file(&self.file).line(self.line + refused.line - 1).row(self.rows + refused.row);
        refused.error.at(match refused.column {
            Some(column) => place.column(column.to_string()),
            None => place,
        })
    }
}

fn in_line(error: Error, file: &str, line: u64) -> Error {
    error.at(Place::file(file).line(line))
}

fn parse_block(block: &[u8], limit: u64) -> Vec<std::result::Result<Chunk, Box<Refused>>> {
    blocks::chunks(block, CHUNK).into_par_iter().map(|chunk| parse::parse(chunk, limit)).collect()
}

/// The iterator behind [`batches`].
struct Batches {
    stream: Stream,
    pending: VecDeque<Chunk>,
    /// Rows of the first pending chunk that are given out.
    taken: usize,
    limit: usize,
    rows_before: u64,
    columns: Vec<DesignColumn>,
    done: bool,
}

impl Batches {
    fn batch(&mut self) -> Result<Option<Batch>> {
        let (mut rows, mut labels) = (Rows::new(), TextCells::default());
        while rows.len() < self.limit {
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
                self.pending.pop_front();
                self.taken = 0;
            }
        }
        if rows.len() == 0 {
            return Ok(None);
        }
        let rows_before = self.rows_before;
        self.rows_before += rows.len() as u64;
        let design = Design::new(rows.into_matrix(self.columns.len())?, self.columns.clone())?;
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
