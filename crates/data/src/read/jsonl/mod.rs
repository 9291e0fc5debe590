//! JSON Lines: one object a line; its keys are columns, its values are cells.
//!
//! A table has every key of the file, in the order in which they first appear; an object without a
//! key, and `null`, are missing cells. Numbers keep their digits, `true` and `false` are words.
//! Objects and arrays within an object are refused, and so is a key that comes twice. A stream of
//! batches needs its columns beforehand: a file is looked through once for its keys, and standard
//! input has the keys of its first batch. Lines are parsed on all threads; the result does not
//! depend on their number. Cost: one pass (two for batches of a file), one copy of every cell.

mod objects;

use std::collections::HashMap;

use rayon::prelude::*;

use self::objects::{Chunk, Fault, Problem};
use super::columns::{MAX_COLUMNS, check_names, no_such_column, too_wide};
use super::cut::{Cutting, cut};
use super::source::Source;
use super::text::Text;
use super::{Encoding, MAX_RECORD, ReadOptions};
use crate::{Cells, Column, Error, ErrorKind, Origin, Place, Result, Table, TextCells};

/// Bytes of a piece that one thread parses. Part of no result.
const PIECE: usize = 64 << 10;
/// Cells that a table may have whatever its file's length: with them it stays in its memory.
const FREE_CELLS: u64 = 32 << 20;
/// Most cells of a batch.
const BATCH_CELLS: usize = 16 << 20;

/// A reader of one file.
pub(super) struct Reader {
    lines: Lines,
    keys: Keys,
    rows: u64,
    /// Whether the whole file becomes one table, so that its columns are known at the end.
    whole: bool,
}

impl Reader {
    /// Opens the file; with `whole`, to read all of it as one table.
    pub(super) fn open(path: &str, options: &ReadOptions, whole: bool) -> Result<Self> {
        let open = || Source::open(path, options.max_bytes);
        if whole || path == "-" {
            return Self::over(path, open()?, options, whole);
        }
        let mut keys = Keys::wanted(path, options)?;
        let mut lines = Lines::over(path, open()?, options)?;
        while lines.fill()? {
            lines.take(usize::MAX, &mut keys, None)?;
        }
        keys.settle(path)?;
        Ok(Self { lines: Lines::over(path, open()?, options)?, keys, rows: 0, whole })
    }

    /// A reader of a source, which is read once; `path` is for messages.
    pub(super) fn over(
        path: &str,
        source: Source,
        options: &ReadOptions,
        whole: bool,
    ) -> Result<Self> {
        let keys = Keys::wanted(path, options)?;
        Ok(Self { lines: Lines::over(path, source, options)?, keys, rows: 0, whole })
    }

    /// Names of the columns that are read; those of a whole table are known at its end.
    pub(super) fn columns(&self) -> &[String] {
        &self.keys.names
    }

    /// The next rows, at most `limit`; `None` at the end.
    pub(super) fn batch(&mut self, limit: usize) -> Result<Option<Table>> {
        let mut rows =
            Rows { cells: vec![TextCells::default(); self.keys.names.len()], ..Rows::default() };
        let origin =
            Origin { file: self.lines.file.clone(), rows_before: self.rows, ..Origin::default() };
        rows.origin = origin;
        let limit = match self.keys.names.len() {
            0 => limit,
            columns if !self.whole => limit.min((BATCH_CELLS / columns).max(1)),
            _ => limit,
        };
        while rows.origin.lines.len() < limit && self.lines.fill()? {
            self.lines.take(limit - rows.origin.lines.len(), &mut self.keys, Some(&mut rows))?;
        }
        if self.rows == 0 {
            self.keys.settle(&self.lines.file)?;
        }
        if rows.origin.lines.is_empty() {
            return Ok(None);
        }
        self.rows += rows.origin.lines.len() as u64;
        rows.table(&self.keys.names).map(Some)
    }

    /// What a file without rows is.
    pub(super) fn empty(&self) -> Result<Table> {
        Err(Error::new(ErrorKind::Empty, "the file has no rows")
            .at(Place::file(&self.lines.file).line(self.lines.line))
            .mend("give a file with one JSON object a line"))
    }
}

/// The columns: keys by first appearance.
#[derive(Default)]
struct Keys {
    wanted: Option<Vec<String>>,
    names: Vec<String>,
    known: HashMap<String, Option<usize>>,
    /// Whether no more columns are taken up.
    settled: bool,
}

impl Keys {
    /// No columns yet, of those that the options want.
    fn wanted(path: &str, options: &ReadOptions) -> Result<Self> {
        if let Some(wanted) = &options.columns {
            check_names(path, None, wanted)?;
        }
        Ok(Self { wanted: options.columns.clone(), ..Self::default() })
    }

    /// The column of a key, a new one if need be; `None` if the key is not wanted.
    fn column(&mut self, key: &str) -> std::result::Result<Option<usize>, Late> {
        if let Some(&column) = self.known.get(key) {
            return Ok(column);
        }
        let wanted = self.wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|w| w == key));
        if wanted && self.settled {
            return Err(Late::Key);
        }
        if self.known.len() == MAX_COLUMNS {
            return Err(Late::Many);
        }
        let column = wanted.then_some(self.names.len());
        if wanted {
            self.names.push(key.to_owned());
        }
        self.known.insert(key.to_owned(), column);
        Ok(column)
    }

    /// Takes no more columns up; refuses a wanted one that no object has.
    fn settle(&mut self, path: &str) -> Result<()> {
        self.settled = true;
        let missing = self.wanted.iter().flatten().find(|w| !self.known.contains_key(w.as_str()));
        match missing {
            Some(missing) => {
                let known: Vec<String> = self.known.keys().cloned().collect();
                Err(no_such_column(path, missing, &known))
            }
            None => Ok(()),
        }
    }
}

/// Why a key has no column.
enum Late {
    /// The columns are settled.
    Key,
    /// There are too many.
    Many,
}

/// Rows that become a table.
#[derive(Default)]
struct Rows {
    cells: Vec<TextCells>,
    origin: Origin,
}

impl Rows {
    fn push(&mut self, row: usize, column: usize, cell: &str) {
        if column >= self.cells.len() {
            self.cells.resize_with(column + 1, TextCells::default);
        }
        if let Some(cells) = self.cells.get_mut(column) {
            cells.fill(row);
            cells.push(cell);
        }
    }

    fn table(mut self, names: &[String]) -> Result<Table> {
        let rows = self.origin.lines.len();
        if names.is_empty() {
            return Err(Error::new(ErrorKind::Empty, "no object has a key")
                .at(self.origin.place(0))
                .mend("write the cells of a row under the names of their columns"));
        }
        self.cells.resize_with(names.len(), TextCells::default);
        self.cells.iter_mut().for_each(|cells| cells.fill(rows));
        let columns = names.iter().zip(self.cells);
        let columns = columns.map(|(name, c)| Column { name: name.clone(), cells: Cells::Text(c) });
        Table::new(self.origin, columns.collect())
    }
}

/// The objects of a file, a block at a time.
struct Lines {
    file: String,
    text: Text,
    /// Line of the first byte of the chunk at hand.
    line: u64,
    /// Objects before the one at hand.
    rows: u64,
    /// Bytes read.
    bytes: u64,
    block: usize,
    chunks: Vec<Chunk>,
    /// The chunk and the row in it that come next.
    chunk: usize,
    row: usize,
}

impl Lines {
    fn over(path: &str, source: Source, options: &ReadOptions) -> Result<Self> {
        let options = ReadOptions { encoding: Encoding::Utf8, ..options.clone() };
        let text = Text::over(path, source, &options)?;
        let (file, chunks) = (path.to_owned(), Vec::new());
        Ok(Self { file, text, line: 1, rows: 0, bytes: 0, block: 0, chunks, chunk: 0, row: 0 })
    }

    /// Makes sure that there is a next object in the block at hand; false at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        loop {
            if let Some(chunk) = self.chunks.get(self.chunk) {
                match &chunk.fault {
                    Some(fault) if self.row == chunk.rows() => return Err(self.fault(fault)),
                    _ if self.row < chunk.rows() => return Ok(true),
                    _ => {}
                }
                self.line += chunk.lines;
                self.chunk += 1;
                self.row = 0;
                continue;
            }
            self.text.advance(self.block);
            if self.text.rest().len() < self.text.block() && self.text.has_more() {
                self.read_more()?;
            }
            self.parse();
            if self.chunks.is_empty() && !self.read_on()? {
                return Ok(false);
            }
        }
    }

    fn parse(&mut self) {
        let (piece, most) = (PIECE, self.text.block());
        let how = Cutting { at_end: self.text.at_end(), quoting: None, piece, most };
        let parse = |text: &str| {
            let ends = cut(text.as_bytes(), how);
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let pieces: Vec<(usize, usize)> = starts.zip(ends.iter().copied()).collect();
            let pieces = pieces.into_par_iter();
            let chunk = |(from, to)| Chunk::parse(text.get(from..to).unwrap_or(""), from);
            pieces.map(chunk).collect::<Vec<_>>()
        };
        self.chunks = self.text.meanwhile(parse);
        self.block = self.chunks.last().map_or(0, |chunk| chunk.end);
        self.bytes += self.block as u64;
        (self.chunk, self.row) = (0, 0);
    }

    /// Takes objects of the chunk at hand, at most `limit`: their keys, and their cells if there are
    /// rows to put them in.
    fn take(&mut self, limit: usize, keys: &mut Keys, mut rows: Option<&mut Rows>) -> Result<()> {
        let Some(chunk) = self.chunks.get(self.chunk) else { return Ok(()) };
        let text = self.text.rest().get(chunk.start..chunk.end).unwrap_or("");
        // Columns are looked up once for each key of a chunk.
        let mut columns: Vec<Option<Option<usize>>> = vec![None; chunk.keys.len()];
        let end = chunk.rows().min(self.row.saturating_add(limit));
        for row in self.row..end {
            let mut late = None;
            chunk.row(row, text, |key, cell| {
                let Some(column) = columns.get_mut(key as usize) else { return };
                if column.is_none() {
                    let name = chunk.keys.get(key as usize).map_or("", String::as_str);
                    match keys.column(name) {
                        Ok(found) => *column = Some(found),
                        Err(why) => late = late.take().or(Some((why, name))),
                    }
                }
                if let (Some(rows), Some(Some(column))) = (&mut rows, *column) {
                    rows.push(rows.origin.lines.len(), column, cell);
                }
            });
            let line = self.line + chunk.line(row);
            if let Some((why, name)) = late {
                return Err(self.late(why, name, line));
            }
            if let Some(rows) = &mut rows {
                rows.origin.lines.push(line);
            }
            self.rows += 1;
        }
        self.row = end;
        if let Some(rows) = rows {
            self.check_cells(rows.origin.lines.len(), keys.names.len())?;
        }
        Ok(())
    }

    /// Refuses rows with so few keys in common that the table would be far larger than the file.
    fn check_cells(&self, rows: usize, columns: usize) -> Result<()> {
        if rows as u64 * columns as u64 <= FREE_CELLS + self.bytes / 2 {
            return Ok(());
        }
        let problem =
            format!("{rows} rows have {columns} different keys, and most rows few of them");
        Err(Error::new(ErrorKind::Limit, problem)
            .at(Place::file(&self.file).line(self.line))
            .mend("leave keys out, or give a sparse matrix as LIBSVM"))
    }

    /// Reads more of a line that does not end in the rest of the text, or says why it cannot be
    /// completed; false where the file ends and nothing is left.
    fn read_on(&mut self) -> Result<bool> {
        let length = self.text.rest().len();
        if self.text.has_more() && length <= MAX_RECORD {
            return self.read_more().map(|()| true);
        }
        let place = Place::file(&self.file).line(self.line).row(self.rows + 1);
        match self.text.fault() {
            Some(fault) => Err(fault.error(place)),
            None if length == 0 => Ok(false),
            None => Err(Error::new(ErrorKind::Limit, "a line longer than 64 MiB begins here")
                .at(place)
                .mend("check that the file has line ends, and one object a line")),
        }
    }

    fn read_more(&mut self) -> Result<()> {
        let place = Place::file(&self.file).line(self.line);
        self.text.more().map_err(|error| error.at(place))
    }

    fn fault(&self, fault: &Fault) -> Error {
        let place = Place::file(&self.file).line(self.line + fault.line).row(self.rows + 1);
        let refuse = |problem: &str, place, mend: &str| {
            Error::new(ErrorKind::Format, problem).at(place).mend(mend)
        };
        match &fault.problem {
            Problem::Syntax(what) => refuse(
                &format!("expected a JSON object ({what})"),
                place,
                "write one object a line, such as {\"age\": 31, \"paid\": \"yes\"}",
            ),
            Problem::Array => refuse(
                "this line begins an array, expected one JSON object a line",
                place,
                "write each object of the array on a line of its own",
            ),
            Problem::Nested(key) => refuse(
                "an object or an array within an object is not read",
                place.column(key),
                "write its parts under keys of their own",
            ),
            Problem::Twice(key) => {
                refuse("the object has this key twice", place.column(key), "remove one of them")
            }
            Problem::Name(key) => refuse(
                "this key is empty or holds control characters",
                place.column(key),
                "give it a name",
            ),
            Problem::Keys => too_wide(place, MAX_COLUMNS + 1),
        }
    }

    fn late(&self, why: Late, key: &str, line: u64) -> Error {
        let place = Place::file(&self.file).line(line).row(self.rows + 1);
        match why {
            Late::Many => too_wide(place, MAX_COLUMNS + 1),
            Late::Key => {
                let problem = "this key is not among those of the rows before";
                Error::new(ErrorKind::Column, problem)
                    .at(place.column(key))
                    .mend("name the file instead of giving it on standard input")
            }
        }
    }
}
