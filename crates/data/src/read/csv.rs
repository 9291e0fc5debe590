//! CSV and TSV: every cell as text, every row with its line.
//!
//! The layout of a record is in [`record`](super::record), the decoding in
//! [`text`](super::text). Blank lines are passed over; rows of another length than the header are
//! refused, not padded. Cost: one pass over the bytes, one copy of every cell that is kept.

use crate::read::columns::{MAX_COLUMNS, check_names, too_wide, wanted};
use crate::read::record::{Dialect, Fields, Scan, count_line_ends, scan, skip_blank};
use crate::read::text::Text;
use crate::read::{Format, MAX_RECORD, ReadOptions};
use crate::{Cells, Column, Error, ErrorKind, Origin, Place, Result, Table, TextCells};

/// A reader of one delimited file.
pub(super) struct Reader {
    file: String,
    text: Text,
    dialect: Dialect,
    fields: Fields,
    /// Line of the first byte of the rest of the text.
    line: u64,
    /// Data rows read.
    rows: u64,
    /// All names of the header; empty until it is read.
    header: Vec<String>,
    keep: Vec<bool>,
    kept: Vec<String>,
    has_header: bool,
}

impl Reader {
    /// Opens the file and reads its header.
    pub(super) fn open(path: &str, options: &ReadOptions, format: Format) -> Result<Self> {
        let dialect = dialect(path, options, format)?;
        let mut reader = Self {
            file: path.to_owned(),
            text: Text::open(path, options.encoding, options.max_bytes)?,
            dialect,
            fields: Fields { limit: MAX_COLUMNS, ..Fields::default() },
            line: 1,
            rows: 0,
            header: Vec::new(),
            keep: Vec::new(),
            kept: Vec::new(),
            has_header: options.names.is_none(),
        };
        let (names, line) = match &options.names {
            Some(names) => (names.clone(), None),
            None => reader.read_header().map(|(names, line)| (names, Some(line)))?,
        };
        check_names(path, line, &names)?;
        reader.keep = wanted(path, &names, options.columns.as_deref())?;
        reader.kept =
            names.iter().zip(&reader.keep).filter(|(_, k)| **k).map(|(n, _)| n.clone()).collect();
        reader.fields.limit = names.len();
        reader.header = names;
        Ok(reader)
    }

    fn read_header(&mut self) -> Result<(Vec<String>, u64)> {
        let Some(found) = self.next_record()? else {
            return Err(Error::new(ErrorKind::Empty, "the file is empty, expected a header line")
                .at(Place::file(&self.file).line(self.line))
                .mend("give a file whose first line names the columns"));
        };
        let place = Place::file(&self.file).line(found.line);
        if self.fields.count > MAX_COLUMNS {
            return Err(too_wide(place, self.fields.count));
        }
        let text = self.text.rest();
        let names = self.fields.list.iter().map(|f| {
            let name = text.get(f.start..f.end).unwrap_or("");
            if f.doubled { name.replace("\"\"", "\"") } else { name.to_owned() }
        });
        let names = names.map(|name| name.trim().to_owned()).collect();
        self.consume(&found);
        Ok((names, found.line))
    }

    /// Names of the columns that are read.
    pub(super) fn columns(&self) -> &[String] {
        &self.kept
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
            Origin { file: self.file.clone(), rows_before: self.rows, lines: Vec::new() };
        while origin.lines.len() < limit {
            let Some(found) = self.next_record()? else {
                break;
            };
            self.push_row(&mut cells, found.line)?;
            self.consume(&found);
            self.rows += 1;
            origin.lines.push(found.line);
        }
        if origin.lines.is_empty() {
            return Ok(None);
        }
        self.build(cells, origin).map(Some)
    }

    fn build(&self, cells: Vec<TextCells>, origin: Origin) -> Result<Table> {
        let columns = self.kept.iter().zip(cells);
        let columns = columns.map(|(name, c)| Column { name: name.clone(), cells: Cells::Text(c) });
        Table::new(origin, columns.collect())
    }

    fn push_row(&self, cells: &mut [TextCells], line: u64) -> Result<()> {
        if self.fields.count != self.header.len() {
            return Err(self.ragged(line));
        }
        let text = self.text.rest();
        let kept = self.fields.list.iter().zip(&self.keep).filter(|(_, keep)| **keep);
        for (column, (field, _)) in cells.iter_mut().zip(kept) {
            let cell = text.get(field.start..field.end).unwrap_or("");
            if field.doubled {
                column.push(&cell.replace("\"\"", "\""));
            } else {
                column.push(cell);
            }
        }
        Ok(())
    }

    fn ragged(&self, line: u64) -> Error {
        let found = self.fields.count;
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

    /// Finds the next record; its fields are then in `self.fields`, relative to the rest of the
    /// text. `None` at the end.
    fn next_record(&mut self) -> Result<Option<Found>> {
        self.skip_blank_lines()?;
        if self.text.rest().is_empty() {
            return match self.text.fault() {
                Some(fault) => Err(fault.error(self.cell_place(self.line, 0))),
                None => Ok(None),
            };
        }
        loop {
            let rest = self.text.rest().as_bytes();
            match scan(rest, self.text.at_end(), &self.dialect, &mut self.fields) {
                Scan::Record { bytes, lines } => {
                    return Ok(Some(Found { line: self.line, bytes, lines }));
                }
                Scan::AfterQuote { lines } => return Err(self.after_quote(lines)),
                Scan::More { quote } => self.read_on(quote)?,
            }
        }
    }

    fn skip_blank_lines(&mut self) -> Result<()> {
        loop {
            let at_end = self.text.at_end() || self.text.fault().is_some();
            let (bytes, lines, more) = skip_blank(self.text.rest().as_bytes(), at_end);
            self.text.advance(bytes);
            self.line += lines;
            if !more {
                return Ok(());
            }
            self.read_more()?;
        }
    }

    /// Reads more of the record at hand, or says why it cannot be completed.
    fn read_on(&mut self, quote: Option<u64>) -> Result<()> {
        if let Some(fault) = self.text.fault() {
            let line = self.line + count_line_ends(self.text.rest().as_bytes());
            return Err(fault.error(self.cell_place(line, self.fields.count)));
        }
        let long = self.text.rest().len() > MAX_RECORD;
        if let (Some(lines), true) = (quote, long || self.text.at_end()) {
            let column = self.fields.count;
            return Err(Error::new(ErrorKind::Format, "the quote that opens here is never closed")
                .at(self.cell_place(self.line + lines, column))
                .mend("close it, or double the quotes that are part of the text"));
        }
        if long {
            return Err(Error::new(ErrorKind::Limit, "a record longer than 64 MiB begins here")
                .at(self.place(self.line))
                .mend("check that the file has line ends and is text"));
        }
        self.read_more()
    }

    fn read_more(&mut self) -> Result<()> {
        let place = self.place(self.line);
        self.text.more().map_err(|error| error.at(place))
    }

    fn after_quote(&self, lines: u64) -> Error {
        let column = self.fields.count.saturating_sub(1);
        Error::new(ErrorKind::Format, "text follows the closing quote of this cell")
            .at(self.cell_place(self.line + lines, column))
            .mend("double the quotes that are part of the text")
    }

    fn consume(&mut self, found: &Found) {
        self.text.advance(found.bytes);
        self.line += found.lines;
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

/// A record in the rest of the text: its first line, its bytes and its line ends.
struct Found {
    line: u64,
    bytes: usize,
    lines: u64,
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
