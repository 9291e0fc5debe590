//! CSV and TSV: every cell as text, every row with its line.
//!
//! The text is [decoded](super::text) in blocks and [cut](super::cut) into pieces of whole records;
//! the [fields](super::fields) of the pieces are found and [copied out](super::turned) on all
//! threads, and then the cells of each column are put end to end, columns side by side: the result
//! does not depend on the number of threads. The layout of a record is in [`record`](super::record).
//! Blank lines are passed over; rows of another length than the header are refused, not padded.
//! Cost: one pass over the bytes, one copy of every cell that is kept.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::read::columns::{MAX_COLUMNS, check_names, too_wide, wanted};
use crate::read::cut::{Cutting, cut};
use crate::read::fields::{Chunk, Fault, Problem};
use crate::read::record::{Dialect, Fields, Scan, count_line_ends, scan, skip_blank, unquote};
use crate::read::source::Source;
use crate::read::text::Text;
use crate::read::turned::Turned;
use crate::read::{Format, MAX_RECORD, ReadOptions};
use crate::{Cells, Column, Error, ErrorKind, Origin, Place, Result, Table, TextCells};

/// Bytes of a piece whose fields one thread finds. Part of no result.
const PIECE: usize = 64 << 10;
/// Pieces of a block whose size the options say.
const PIECES: usize = 16;
/// Cells that are worth a thread's while.
const CELLS: usize = 4096;
/// Longest piece whose cells are copied out as soon as they are found.
const MOST_TURNED: usize = 4 * PIECE;

/// A reader of one delimited file.
pub(super) struct Reader {
    file: String,
    text: Text,
    dialect: Dialect,
    /// Line of the first byte of the chunk at hand.
    line: u64,
    /// Data rows given out.
    rows: u64,
    /// All names of the header; empty until it is read.
    header: Vec<String>,
    /// Positions of the columns that are read.
    kept: Vec<usize>,
    names: Vec<String>,
    has_header: bool,
    /// Bytes of a piece whose fields one thread finds.
    piece: usize,
    block: Block,
}

/// Some whole records at the beginning of the rest of the text.
#[derive(Default)]
struct Block {
    bytes: usize,
    /// Each with its cells, if they are copied out already.
    chunks: Vec<(Chunk, Option<Turned>)>,
    /// The chunk and the row in it that come next.
    chunk: usize,
    row: usize,
}

impl Reader {
    /// A reader of a source, whose header is read; `path` is for messages.
    pub(super) fn over(
        path: &str,
        source: Source,
        options: &ReadOptions,
        format: Format,
    ) -> Result<Self> {
        let mut reader = Self {
            file: path.to_owned(),
            text: Text::over(path, source, options)?,
            dialect: dialect(path, options, format)?,
            line: 1,
            rows: 0,
            header: Vec::new(),
            kept: Vec::new(),
            names: Vec::new(),
            has_header: options.names.is_none(),
            piece: options.block().map_or(PIECE, |block| block / PIECES),
            block: Block::default(),
        };
        let (names, line) = match &options.names {
            Some(names) => (names.clone(), None),
            None => reader.read_header().map(|(names, line)| (names, Some(line)))?,
        };
        check_names(path, line, &names)?;
        let keep = wanted(path, &names, options.columns.as_deref())?;
        reader.kept = (0..names.len()).filter(|&i| keep.get(i) == Some(&true)).collect();
        let kept = reader.kept.iter().filter_map(|&i| names.get(i).cloned());
        reader.names = kept.collect();
        reader.header = names;
        Ok(reader)
    }

    fn read_header(&mut self) -> Result<(Vec<String>, u64)> {
        let mut fields = Fields { limit: MAX_COLUMNS, ..Fields::default() };
        let Some((bytes, lines)) = self.header_record(&mut fields)? else {
            return Err(Error::new(ErrorKind::Empty, "the file is empty, expected a header line")
                .at(self.place(self.line))
                .mend("give a file whose first line names the columns"));
        };
        if fields.count > MAX_COLUMNS {
            return Err(too_wide(self.place(self.line), fields.count));
        }
        let text = self.text.rest();
        let names = fields.list.iter().map(|f| {
            let name = text.get(f.start..f.end).unwrap_or("");
            let name = if f.quoted { unquote(name) } else { Cow::Borrowed(name) };
            name.trim().to_owned()
        });
        let names = names.collect();
        let line = self.line;
        self.text.advance(bytes);
        self.line += lines;
        Ok((names, line))
    }

    /// Finds the first record: its bytes and its line ends.
    fn header_record(&mut self, fields: &mut Fields) -> Result<Option<(usize, u64)>> {
        loop {
            let at_end = !self.text.has_more();
            let (blank, lines, _) = skip_blank(self.text.rest().as_bytes(), at_end);
            self.text.advance(blank);
            self.line += lines;
            let rest = self.text.rest().as_bytes();
            if let (false, Scan::Record { bytes, lines }) =
                (rest.is_empty(), scan(rest, self.text.at_end(), &self.dialect, fields))
            {
                return Ok(Some((bytes, lines)));
            }
            if !self.read_on()? {
                return Ok(None);
            }
        }
    }

    /// Names of the columns that are read.
    pub(super) fn columns(&self) -> &[String] {
        &self.names
    }

    /// A table of no rows.
    pub(super) fn empty(&self) -> Result<Table> {
        let cells = vec![TextCells::default(); self.kept.len()];
        self.build(cells, Origin { file: self.file.clone(), ..Origin::default() })
    }

    /// The next rows, at most `limit`; `None` at the end.
    pub(super) fn batch(&mut self, limit: usize) -> Result<Option<Table>> {
        let mut cells = vec![TextCells::default(); self.kept.len()];
        let mut origin =
            Origin { file: self.file.clone(), rows_before: self.rows, ..Origin::default() };
        while origin.lines.len() < limit && self.fill()? {
            self.take(limit - origin.lines.len(), &mut cells, &mut origin);
        }
        if origin.lines.is_empty() {
            return Ok(None);
        }
        self.build(cells, origin).map(Some)
    }

    fn build(&self, cells: Vec<TextCells>, origin: Origin) -> Result<Table> {
        let columns = self.names.iter().zip(cells);
        let columns = columns.map(|(name, c)| Column { name: name.clone(), cells: Cells::Text(c) });
        Table::new(origin, columns.collect())
    }

    /// Copies out the next rows of the block at hand, at most `limit`.
    fn take(&mut self, limit: usize, cells: &mut [TextCells], origin: &mut Origin) {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut left = limit;
        while let (Some((chunk, turned)), 1..) = (self.block.chunks.get(self.block.chunk), left) {
            let rows = self.block.row..chunk.rows().min(self.block.row.saturating_add(left));
            rows.clone().for_each(|row| origin.lines.push(self.line + chunk.line(row)));
            left -= rows.len();
            self.rows += rows.len() as u64;
            self.block.row = rows.end;
            let whole = rows.end == chunk.rows();
            pieces.push(Piece { chunk, turned: turned.as_ref(), rows });
            if !whole || chunk.fault.is_some() {
                break;
            }
            self.line += chunk.lines;
            self.block.chunk += 1;
            self.block.row = 0;
        }
        let text = self.text.rest();
        let rows = limit - left;
        // A whole table is read: what there is so far tells what there will be.
        let times = if limit > usize::MAX / 2 { self.text.times() } else { 0.0 };
        let columns = cells.par_iter_mut().zip(&self.kept).enumerate();
        columns.with_min_len(CELLS.div_ceil(rows.max(1))).for_each_init(
            Vec::new,
            |scratch, (kept, (cells, &column))| {
                for piece in &pieces {
                    match piece.turned {
                        Some(turned) => turned.append(kept, piece.rows.clone(), cells, times),
                        None => copy(piece, column, text, cells, times, scratch),
                    }
                }
            },
        );
    }

    /// Makes sure that there is a next row in the block at hand; false at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        loop {
            if let Some((chunk, _)) = self.block.chunks.get(self.block.chunk) {
                return match chunk.fault {
                    Some(fault) if self.block.row == chunk.rows() => Err(self.fault(fault)),
                    _ => Ok(true),
                };
            }
            self.text.advance(self.block.bytes);
            self.block = Block::default();
            if self.text.rest().len() < self.text.block() && self.text.has_more() {
                self.read_more()?;
            }
            self.parse();
            if self.block.chunks.is_empty() && !self.read_on()? {
                return Ok(false);
            }
        }
    }

    /// Finds the fields of the whole records that are there, about a block of them.
    fn parse(&mut self) {
        let how = Cutting {
            at_end: self.text.at_end(),
            quoting: self.dialect.quoting().then(|| self.dialect.delimiter()),
            piece: self.piece,
            most: self.text.block(),
        };
        let (dialect, width, kept) = (&self.dialect, self.header.len(), &self.kept);
        let parse = |text: &str| {
            let ends = cut(text.as_bytes(), how);
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let pieces: Vec<(usize, usize)> = starts.zip(ends.iter().copied()).collect();
            pieces
                .into_par_iter()
                .map(|(start, end)| {
                    let text = text.get(start..end).unwrap_or("");
                    let mut chunk = Chunk::parse(text.as_bytes(), start, dialect, width);
                    // A long piece is one long record: there is no room for it twice.
                    let short = text.len() <= MOST_TURNED;
                    let turned = short.then(|| Turned::of(&chunk, text, kept));
                    if short {
                        chunk.forget_fields();
                    }
                    (chunk, turned)
                })
                .collect::<Vec<_>>()
        };
        let chunks = self.text.meanwhile(parse);
        self.block.bytes = chunks.last().map_or(0, |(chunk, _)| chunk.end);
        self.block.chunks = chunks;
    }

    /// Reads more of a record that does not end in the rest of the text, or says why it cannot be
    /// completed; false where the file ends and nothing is left.
    fn read_on(&mut self) -> Result<bool> {
        let rest = self.text.rest().as_bytes();
        if rest.is_empty() && self.text.at_end() {
            return Ok(false);
        }
        let long = rest.len() > MAX_RECORD;
        if self.text.has_more() && !long {
            return self.read_more().map(|()| true);
        }
        let mut fields = Fields { limit: 0, ..Fields::default() };
        let (blank, lines, _) = skip_blank(rest, true);
        let scan = scan(rest.get(blank..).unwrap_or_default(), false, &self.dialect, &mut fields);
        let line = self.line + lines;
        match (scan, self.text.fault()) {
            (Scan::AfterQuote { lines }, _) => Err(self.after_quote(line + lines, fields.count)),
            (_, Some(fault)) => {
                let line = self.line + count_line_ends(rest);
                Err(fault.error(self.cell_place(line, fields.count)))
            }
            (Scan::More { quote: Some(lines) }, _) => {
                let problem = "the quote that opens here is never closed";
                Err(Error::new(ErrorKind::Format, problem)
                    .at(self.cell_place(line + lines, fields.count))
                    .mend("close it, or double the quotes that are part of the text"))
            }
            _ => Err(Error::new(ErrorKind::Limit, "a record longer than 64 MiB begins here")
                .at(self.place(line))
                .mend("check that the file has line ends and is text")),
        }
    }

    fn read_more(&mut self) -> Result<()> {
        let place = self.place(self.line);
        self.text.more().map_err(|error| error.at(place))
    }

    fn fault(&self, fault: Fault) -> Error {
        let line = self.line + fault.line;
        match fault.problem {
            Problem::Width(found) => self.ragged(line, found),
            Problem::AfterQuote(column) => self.after_quote(line, column + 1),
        }
    }

    fn ragged(&self, line: u64, found: usize) -> Error {
        let fields = if found == 1 { "field" } else { "fields" };
        let expected = self.header.len();
        let problem = if self.has_header {
            format!("has {found} {fields}, the header has {expected}")
        } else {
            format!("has {found} {fields}, {expected} column names were given")
        };
        Error::new(ErrorKind::Format, problem)
            .at(self.place(line).row(self.rows + 1))
            .mend("check the delimiter (`--delimiter`) and the quotes on this line")
    }

    /// The error for a quoted field, the last of so many, that goes on after its quote.
    fn after_quote(&self, line: u64, fields: usize) -> Error {
        Error::new(ErrorKind::Format, "text follows the closing quote of this cell")
            .at(self.cell_place(line, fields.saturating_sub(1)))
            .mend("double the quotes that are part of the text")
    }

    fn place(&self, line: u64) -> Place {
        Place::file(&self.file).line(line)
    }

    /// The place of a cell, by the column's name or its number if it has none.
    fn cell_place(&self, line: u64, column: usize) -> Place {
        let place = self.place(line);
        let place = if self.header.is_empty() { place } else { place.row(self.rows + 1) };
        match self.header.get(column) {
            Some(name) => place.column(name),
            None => place.column((column + 1).to_string()),
        }
    }
}

/// Some rows of a chunk.
struct Piece<'a> {
    chunk: &'a Chunk,
    turned: Option<&'a Turned>,
    rows: Range<usize>,
}

/// Appends a column's cells of some rows, straight from the text.
fn copy(
    Piece { chunk, rows, .. }: &Piece,
    column: usize,
    text: &str,
    cells: &mut TextCells,
    times: f64,
    scratch: &mut Vec<u8>,
) {
    let text = text.get(chunk.start..chunk.end).unwrap_or("");
    let mut to = cells.gather(rows.len(), times, scratch);
    chunk.column(column, rows.clone(), |place, quoted| {
        let content = if quoted { text.get(place.clone()) } else { None };
        match content.map(unquote) {
            Some(Cow::Owned(content)) => to.cell(content.as_bytes(), 0..content.len()),
            _ => to.cell(text.as_bytes(), place),
        }
    });
    to.finish();
}

fn dialect(path: &str, options: &ReadOptions, format: Format) -> Result<Dialect> {
    let tsv = format == Format::Tsv;
    let delimiter = options.delimiter.unwrap_or(if tsv { b'\t' } else { b',' });
    if !delimiter.is_ascii() || matches!(delimiter, b'"' | b'\n' | b'\r' | 0) {
        return Err(Error::new(ErrorKind::Format, "this byte cannot be the delimiter")
            .at(Place::file(path))
            .value(format!("0x{delimiter:02X}"))
            .mend("give one ASCII character that is no quote and no line end"));
    }
    Ok(Dialect::new(delimiter, !tsv))
}
