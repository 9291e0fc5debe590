//! A whole matrix, put together from chunks in file order.
//!
//! Chunks are appended while the next block is parsed and the one after it is read, and their
//! memory is used again: beside the matrix there are never more than a few blocks of the file.

use super::classes::{MAX_CLASSES, Names};
use super::parse::{Chunk, SEPARATOR};
use super::store::{Rows, make_room};
use super::stream::Stream;
use crate::{Dataset, Design, DesignColumns, Error, ErrorKind, Place, Result};

/// As many columns are taken at the file's word.
const FREE_COLUMNS: u64 = 1 << 20;
/// Beyond them, a file needs an entry for every so many columns.
const COLUMNS_PER_ENTRY: u64 = 16;

/// The rows read so far, and what is known of them.
pub(super) struct Whole {
    file: String,
    rows: Rows,
    /// One class a row, or the sets of the rows one after the other.
    codes: Vec<u32>,
    /// Where the set of each row ends, where rows carry several labels.
    ends: Option<Vec<usize>>,
    names: Names,
    largest: u64,
    /// Lines read.
    line: u64,
    expected_rows: usize,
}

impl Whole {
    /// Nothing read yet; `sets` says that rows carry any number of labels.
    pub(super) fn new(file: &str, sets: bool) -> Self {
        let (rows, names) = (Rows::new(), Names::default());
        let (file, codes, ends) = (file.to_owned(), Vec::new(), sets.then(Vec::new));
        Self { file, rows, codes, ends, names, largest: 0, line: 1, expected_rows: 0 }
    }

    /// Appends all rows of a stream.
    pub(super) fn read(&mut self, stream: &mut Stream) -> Result<()> {
        let mut chunks = stream.next()?;
        if let Some(chunks) = &chunks {
            let times = times(stream.progress());
            let all = |before: usize, now: usize| before + (now as f64 * times) as usize;
            let rows = chunks.iter().map(|chunk| chunk.rows.len()).sum();
            let entries = chunks.iter().map(|chunk| chunk.rows.indices.len()).sum();
            self.expected_rows = all(self.rows.len(), rows);
            self.rows.expect(self.expected_rows, all(self.rows.indices.len(), entries));
        }
        while let Some(now) = chunks {
            let (next, emptied) = rayon::join(|| stream.next(), || self.append(now));
            emptied?.into_iter().for_each(|rows| stream.recycle(rows));
            chunks = next?;
        }
        self.line = stream.line();
        Ok(())
    }

    /// Appends chunks; gives back their rows, for their memory.
    fn append(&mut self, chunks: Vec<Chunk>) -> Result<Vec<Rows>> {
        let mut emptied = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            self.rows.append(&chunk.rows, 0..chunk.rows.len());
            self.append_labels(&chunk)?;
            self.largest = self.largest.max(chunk.largest);
            emptied.push(chunk.rows);
        }
        Ok(emptied)
    }

    /// Appends the labels of a chunk, whose names are lists of them where rows carry sets.
    fn append_labels(&mut self, chunk: &Chunk) -> Result<()> {
        let full = || too_many_classes(&self.file);
        make_room(&mut self.codes, chunk.codes.len(), self.expected_rows);
        let Some(ends) = &mut self.ends else {
            let map = chunk.names.iter().map(|name| self.names.code(name));
            let map = map.collect::<Option<Vec<u32>>>().ok_or_else(full)?;
            let codes = chunk.codes.iter().map(|&c| map.get(c as usize).copied().unwrap_or(0));
            self.codes.extend(codes);
            return Ok(());
        };
        let mut sets = Vec::with_capacity(chunk.names.len());
        for list in &chunk.names {
            let names = list.split(SEPARATOR).filter(|name| !name.is_empty());
            let set = names.map(|name| self.names.code(name)).collect::<Option<Vec<u32>>>();
            sets.push(set.ok_or_else(full)?);
        }
        make_room(ends, chunk.codes.len(), self.expected_rows);
        for &code in &chunk.codes {
            self.codes.extend_from_slice(sets.get(code as usize).map_or(&[], Vec::as_slice));
            ends.push(self.codes.len());
        }
        Ok(())
    }

    /// The matrix and its labels.
    pub(super) fn finish(self, n_features: Option<usize>) -> Result<Dataset> {
        if self.rows.len() == 0 {
            return Err(Error::new(ErrorKind::Empty, "the file has no rows")
                .at(Place::file(&self.file).line(self.line))
                .mend("give a file with one `label index:value ...` a line"));
        }
        let cols = match n_features {
            Some(n) => n,
            None => check_width(&self.file, self.largest, self.rows.indices.len() as u64)?,
        };
        let design = Design::trusted(self.rows.into_matrix(cols), DesignColumns::numbered(cols));
        Dataset::new(design, self.names.labels(self.codes, self.ends)?)
    }
}

/// How many times what is parsed the whole file is, where its length is known, and a little more.
fn times((length, parsed): (Option<u64>, u64)) -> f64 {
    const MARGIN: f64 = 1.02;
    MARGIN * length.unwrap_or(parsed) as f64 / parsed.max(1) as f64
}

pub(super) fn too_many_classes(path: &str) -> Error {
    Error::new(ErrorKind::Limit, format!("more than {MAX_CLASSES} different labels"))
        .at(Place::file(path))
        .mend("linecall predicts classes, not quantities: begin each row with its class")
}

pub(super) fn check_width(path: &str, largest: u64, entries: u64) -> Result<usize> {
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
