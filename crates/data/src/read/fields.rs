//! The fields of many records at once, as places in their bytes.
//!
//! Without quotes, delimiters and line ends are found many bytes at a step and gathered as the bits
//! of a word, so that the work per byte does not depend on what the bytes are; with quotes,
//! record after record is scanned. Cost: four bytes a field and twelve a record.

use std::ops::Range;

use linecall_kernels::bytes_among;

use super::record::{Dialect, Fields, Scan, scan, skip_blank};

/// The mark of a field that is quoted, in its end.
const QUOTED: u32 = 1 << 31;

/// Some whole records and the places of their fields.
#[derive(Default)]
pub(super) struct Chunk {
    /// Where the chunk begins and ends in its block.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Line ends in the chunk; those before the fault, if there is one.
    pub(super) lines: u64,
    /// What is wrong with the record after the last one.
    pub(super) fault: Option<Fault>,
    width: usize,
    starts: Vec<u32>,
    /// Lines from the chunk's first.
    row_lines: Vec<u32>,
    /// The end of each field's content; [`QUOTED`] if a quote follows.
    ends: Vec<u32>,
}

/// What is wrong with a record, and its line from the chunk's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: u64,
    pub(super) problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It has so many fields.
    Width(usize),
    /// Text follows the closing quote of this field (from 0).
    AfterQuote(usize),
}

impl Chunk {
    /// Finds the fields of whole records of `width` fields each, up to the first that is not so.
    pub(super) fn parse(bytes: &[u8], start: usize, dialect: &Dialect, width: usize) -> Self {
        let mut chunk = Self { start, end: start + bytes.len(), width, ..Self::default() };
        if dialect.quoting() && memchr::memchr(b'"', bytes).is_some() {
            chunk.quoted(bytes, dialect);
        } else {
            chunk.plain(bytes, dialect.delimiter());
        }
        chunk
    }

    /// Forgets where the fields are, which [`Chunk::column`] needs.
    pub(super) fn forget_fields(&mut self) {
        self.ends = Vec::new();
    }

    /// Number of records.
    pub(super) fn rows(&self) -> usize {
        self.starts.len()
    }

    /// The line of a record, from the chunk's first.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.row_lines.get(row).copied().unwrap_or(0).into()
    }

    /// Calls `push` with the place of the content of a column's fields, and whether it is quoted.
    #[inline]
    pub(super) fn column(
        &self,
        column: usize,
        rows: Range<usize>,
        mut push: impl FnMut(Range<usize>, bool),
    ) {
        let ends = self.ends.get(rows.start * self.width..).unwrap_or_default();
        let starts = self.starts.get(rows).unwrap_or_default();
        for (row, &start) in ends.chunks_exact(self.width).zip(starts) {
            let start = match column.checked_sub(1).and_then(|before| row.get(before)) {
                Some(&before) => (before & !QUOTED) + 1 + (before >> 31),
                None => start,
            };
            let end = row.get(column).copied().unwrap_or(start);
            let quoted = end >> 31;
            push((start + quoted) as usize..(end & !QUOTED) as usize, quoted > 0);
        }
    }

    fn push_row(&mut self, start: usize, found: usize) -> bool {
        if found != self.width {
            self.fault = Some(Fault { line: self.lines, problem: Problem::Width(found) });
            return false;
        }
        self.starts.push(start as u32);
        self.row_lines.push(self.lines as u32);
        true
    }

    /// Records without quoted fields.
    fn plain(&mut self, bytes: &[u8], delimiter: u8) {
        // Where the record at hand begins, and how many fields of it are found.
        let (mut start, mut found) = (0, 0);
        let whole = marks(bytes, delimiter, |at| {
            if bytes.get(at) == Some(&delimiter) {
                if found < self.width {
                    self.ends.push(at as u32);
                }
                found += 1;
                return true;
            }
            if at < start {
                return true; // The line feed of a CRLF.
            }
            let blank = at == start;
            let begun = std::mem::replace(&mut start, after_line_end(bytes, at));
            if !blank {
                self.ends.push(at as u32);
                if !self.push_row(begun, std::mem::take(&mut found) + 1) {
                    return false;
                }
            }
            self.lines += 1;
            true
        });
        if whole && start < bytes.len() {
            self.ends.push(bytes.len() as u32);
            self.push_row(start, found + 1);
        }
    }

    /// Records with quoted fields among them.
    fn quoted(&mut self, bytes: &[u8], dialect: &Dialect) {
        let mut fields = Fields { limit: self.width, ..Fields::default() };
        let mut start = 0;
        loop {
            let (blank, lines, _) = skip_blank(bytes.get(start..).unwrap_or_default(), true);
            start += blank;
            self.lines += lines;
            let rest = bytes.get(start..).filter(|rest| !rest.is_empty());
            match rest.map(|rest| scan(rest, true, dialect, &mut fields)) {
                Some(Scan::Record { bytes, lines }) => {
                    if !self.push_row(start, fields.count) {
                        return;
                    }
                    self.ends.extend(fields.list.iter().map(|field| {
                        (start + field.end) as u32 | if field.quoted { QUOTED } else { 0 }
                    }));
                    start += bytes;
                    self.lines += lines;
                }
                Some(Scan::AfterQuote { lines }) => {
                    let problem = Problem::AfterQuote(fields.count.saturating_sub(1));
                    self.fault = Some(Fault { line: self.lines + lines, problem });
                    return;
                }
                // Only an open quote at the very end, which is looked at again.
                Some(Scan::More { .. }) | None => return,
            }
        }
    }
}

/// Where the line end at a position ends.
#[inline]
fn after_line_end(bytes: &[u8], at: usize) -> usize {
    let pair = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
    at + 1 + usize::from(pair)
}

/// Calls `found` with the place of every delimiter, line feed and carriage return, in order, until
/// it says no; tells whether it never did.
#[inline]
fn marks(bytes: &[u8], delimiter: u8, mut found: impl FnMut(usize) -> bool) -> bool {
    let (blocks, tail) = bytes.as_chunks::<64>();
    for (i, block) in blocks.iter().enumerate() {
        let mut bits = bytes_among(block, [delimiter, b'\n', b'\r']);
        while bits != 0 {
            if !found(64 * i + bits.trailing_zeros() as usize) {
                return false;
            }
            bits &= bits - 1;
        }
    }
    let is_mark = |b: u8| b == delimiter || matches!(b, b'\n' | b'\r');
    let mut rest = tail.iter().enumerate().filter(|(_, b)| is_mark(**b));
    rest.all(|(i, _)| found(64 * blocks.len() + i))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Content of all fields, row after row, and the line of each row.
    fn rows(text: &str, chunk: &Chunk) -> Vec<(u64, Vec<String>)> {
        let mut rows: Vec<(u64, Vec<String>)> =
            (0..chunk.rows()).map(|row| (chunk.line(row), Vec::new())).collect();
        for column in 0..chunk.width {
            let mut row = 0;
            chunk.column(column, 0..chunk.rows(), |place, quoted| {
                let cell = &text[place];
                let cell = if quoted { cell.replace("\"\"", "\"") } else { cell.to_owned() };
                rows[row].1.push(cell);
                row += 1;
            });
        }
        rows
    }

    #[test]
    fn fields_lines_and_faults() {
        let dialect = Dialect::new(b',', true);
        let text = "a,b\r\n\r\n1,\"x,\"\"\ny\"\n,\r3";
        let chunk = Chunk::parse(text.as_bytes(), 0, &dialect, 2);
        let row = |line, cells: [&str; 2]| (line, cells.map(str::to_owned).to_vec());
        let expected = [row(0, ["a", "b"]), row(2, ["1", "x,\"\ny"]), row(4, ["", ""])];
        assert_eq!(rows(text, &chunk), expected);
        assert_eq!(chunk.fault, Some(Fault { line: 5, problem: Problem::Width(1) }));
        let chunk = Chunk::parse(b"a\n\"b\nc\"d\n", 0, &dialect, 1);
        assert_eq!(chunk.rows(), 1);
        assert_eq!(chunk.fault, Some(Fault { line: 2, problem: Problem::AfterQuote(0) }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn marks_are_all_found(bytes in prop::collection::vec(any::<u8>(), 0..300), d in any::<u8>()) {
            let mut found = Vec::new();
            let whole = marks(&bytes, d, |at| {
                found.push(at);
                true
            });
            prop_assert!(whole);
            let expected: Vec<usize> = (0..bytes.len())
                .filter(|&i| bytes[i] == d || matches!(bytes[i], b'\n' | b'\r'))
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn both_ways_find_the_same_fields(
            text in "(a|bb|,|,|\n|\r\n|\r){0,60}", width in 1usize..4
        ) {
            let dialect = Dialect::new(b',', true);
            let (mut plain, mut quoted) = (Chunk::default(), Chunk::default());
            (plain.width, quoted.width) = (width, width);
            plain.plain(text.as_bytes(), b',');
            quoted.quoted(text.as_bytes(), &dialect);
            prop_assert_eq!(rows(&text, &plain), rows(&text, &quoted));
            prop_assert_eq!((plain.lines, plain.fault), (quoted.lines, quoted.fault));
        }
    }
}
