//! Finding the fields of one delimited record: RFC 4180 with any of the three line ends.
//!
//! A quoted field begins with a quote as its very first character and ends at the next quote that
//! is not doubled; a delimiter or a line end must follow. A quote anywhere else is a plain
//! character. The line count is exact for LF, CRLF and bare CR, inside quoted fields too.

use std::borrow::Cow;

/// How fields and records end.
#[derive(Clone)]
pub(super) struct Dialect {
    class: [u8; 256],
    delimiter: u8,
    quoting: bool,
}

const PLAIN: u8 = 0;
const DELIMITER: u8 = 1;
const LINE_END: u8 = 2;

impl Dialect {
    /// Fields end at `delimiter`; with `quoting`, they may be quoted.
    pub(super) fn new(delimiter: u8, quoting: bool) -> Self {
        let mut class = [PLAIN; 256];
        class[usize::from(delimiter)] = DELIMITER;
        class[usize::from(b'\n')] = LINE_END;
        class[usize::from(b'\r')] = LINE_END;
        Self { class, delimiter, quoting }
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    pub(super) fn quoting(&self) -> bool {
        self.quoting
    }

    fn class_of(&self, byte: u8) -> u8 {
        self.class[usize::from(byte)]
    }
}

/// Where a field lies in the record's bytes, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
}

/// The fields found: the first `limit` by place, the others counted.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    pub(super) count: usize,
    pub(super) limit: usize,
}

impl Fields {
    fn push(&mut self, field: Field) {
        if self.list.len() < self.limit {
            self.list.push(field);
        }
        self.count += 1;
    }
}

/// What [`scan`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// A whole record: its bytes with the line end, and how many line ends they hold.
    Record { bytes: usize, lines: u64 },
    /// The bytes end within the record. `quote` is the number of line ends before the quote that is
    /// still open, if one is.
    More { quote: Option<u64> },
    /// Text follows a closing quote; `lines` line ends come before it.
    AfterQuote { lines: u64 },
}

/// Passes over blank lines: bytes to skip, and whether more bytes are needed to go on.
pub(super) fn skip_blank(bytes: &[u8], at_end: bool) -> (usize, u64, bool) {
    let (mut p, mut lines) = (0, 0);
    loop {
        match line_end(bytes, p, at_end) {
            Some(0) => return (p, lines, false),
            Some(n) => {
                p += n;
                lines += 1;
            }
            None => return (p, lines, true),
        }
    }
}

/// Length of the line end at `p`, 0 if there is none, `None` if more bytes are needed to tell.
fn line_end(bytes: &[u8], p: usize, at_end: bool) -> Option<usize> {
    match (bytes.get(p), bytes.get(p + 1)) {
        (Some(b'\n'), _) => Some(1),
        (Some(b'\r'), Some(b'\n')) => Some(2),
        (Some(b'\r'), Some(_)) => Some(1),
        (Some(b'\r'), None) if at_end => Some(1),
        (Some(b'\r'), None) => None,
        (Some(_), _) => Some(0),
        (None, _) if at_end => Some(0),
        (None, _) => None,
    }
}

/// Line ends in a piece of text: LF, CRLF and bare CR count one each.
pub(super) fn count_line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|&i| bytes.get(i) == Some(&b'\n') || bytes.get(i + 1) != Some(&b'\n'))
        .count() as u64
}

/// Finds the fields of the record that begins at the first byte (which is no line end).
///
/// `at_end` says that no bytes follow. `fields` is emptied first.
pub(super) fn scan(bytes: &[u8], at_end: bool, dialect: &Dialect, fields: &mut Fields) -> Scan {
    fields.list.clear();
    fields.count = 0;
    let (mut p, mut lines) = (0, 0);
    loop {
        if dialect.quoting && bytes.get(p) == Some(&b'"') {
            let Some(end) = closing_quote(bytes, p + 1, at_end) else {
                return Scan::More { quote: Some(lines) };
            };
            let content = bytes.get(p + 1..end).unwrap_or_default();
            lines += count_line_ends(content);
            fields.push(Field { start: p + 1, end, quoted: true });
            p = end + 1;
            if bytes.get(p).is_some_and(|&b| dialect.class_of(b) == PLAIN) {
                return Scan::AfterQuote { lines };
            }
        } else {
            let start = p;
            while let Some(&b) = bytes.get(p) {
                if dialect.class_of(b) != PLAIN {
                    break;
                }
                p += 1;
            }
            if p == bytes.len() && !at_end {
                return Scan::More { quote: None };
            }
            fields.push(Field { start, end: p, quoted: false });
        }
        match bytes.get(p) {
            Some(&b) if dialect.class_of(b) == DELIMITER => p += 1,
            _ => {
                return match line_end(bytes, p, at_end) {
                    Some(0) => Scan::Record { bytes: p, lines },
                    Some(n) => Scan::Record { bytes: p + n, lines: lines + 1 },
                    None => Scan::More { quote: None },
                };
            }
        }
    }
}

/// The quote that closes a field whose content begins at `from`.
pub(super) fn closing_quote(bytes: &[u8], from: usize, at_end: bool) -> Option<usize> {
    let mut from = from;
    loop {
        let quote = from + memchr::memchr(b'"', bytes.get(from..)?)?;
        match bytes.get(quote + 1) {
            Some(b'"') => from = quote + 2,
            None if !at_end => return None,
            _ => return Some(quote),
        }
    }
}

/// The content of a quoted field: doubled quotes stand for one.
pub(super) fn unquote(content: &str) -> Cow<'_, str> {
    if content.contains("\"\"") {
        Cow::Owned(content.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> (Scan, Vec<String>) {
        let mut found = Fields { limit: 100, ..Fields::default() };
        let scan = scan(text.as_bytes(), true, &Dialect::new(b',', true), &mut found);
        (scan, found.list.iter().map(|f| text[f.start..f.end].to_owned()).collect())
    }

    #[test]
    fn quotes_hold_delimiters_and_line_ends() {
        let (scan, found) = fields("a,\"b,\r\nc\",\r\nnext");
        assert_eq!(found, ["a", "b,\r\nc", ""]);
        assert_eq!(scan, Scan::Record { bytes: 12, lines: 2 });
    }

    #[test]
    fn a_quote_inside_a_plain_field_is_plain() {
        assert_eq!(fields("5\" pipe,x").1, ["5\" pipe", "x"]);
    }

    #[test]
    fn text_after_a_closing_quote_is_found() {
        assert_eq!(fields("\"a\nb\"c,d").0, Scan::AfterQuote { lines: 1 });
    }

    #[test]
    fn an_open_quote_tells_its_line() {
        assert_eq!(fields("\"a\rb\",\"c\nd").0, Scan::More { quote: Some(1) });
    }

    #[test]
    fn a_carriage_return_at_the_end_of_the_bytes_waits_for_the_next() {
        let mut found = Fields { limit: 9, ..Fields::default() };
        let dialect = Dialect::new(b',', true);
        assert_eq!(scan(b"a,b\r", false, &dialect, &mut found), Scan::More { quote: None });
        assert_eq!(skip_blank(b"\r", false), (0, 0, true));
        assert_eq!(skip_blank(b"\r\n\n\rx", false), (4, 3, false));
    }

    #[test]
    fn line_ends_of_all_styles_count_one() {
        assert_eq!(count_line_ends(b"a\r\nb\rc\nd\r\r\n"), 5);
    }
}
