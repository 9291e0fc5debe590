//! One chunk of lines to sparse rows, byte by byte.

use std::collections::HashMap;

use super::store::Rows;
use crate::digits::{simple_number, whole};
use crate::read::parse_number;
use crate::{Error, ErrorKind};

/// Bytes that an entry takes, about: room is made for as many as the text can hold.
const ENTRY: usize = 8;
/// Labels looked up by comparing rather than hashing.
const FEW: usize = 8;
/// What parts the labels of a row.
pub(super) const SEPARATOR: char = ',';

/// Rows of a chunk, in order.
pub(super) struct Chunk {
    pub(super) rows: Rows,
    /// Per row, a position in `names`.
    pub(super) codes: Vec<u32>,
    /// Normalised labels, one for each way of writing one; where rows carry sets, lists of them.
    pub(super) names: Vec<String>,
    /// Lines, with comments and blank ones.
    pub(super) lines: u64,
    /// Largest index seen (from 1), zeros included.
    pub(super) largest: u64,
}

/// Why a chunk is refused: the error without its place, and where in the chunk it lies.
pub(super) struct Refused {
    pub(super) error: Error,
    /// Line in the chunk, from 1.
    pub(super) line: u64,
    /// Row in the chunk, from 1.
    pub(super) row: u64,
    pub(super) column: Option<u64>,
}

type Step<T> = std::result::Result<T, Box<(Error, Option<u64>)>>;

/// What is allowed in a line.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// Largest index.
    pub(super) limit: u64,
    /// Whether a row begins with any number of labels, parted by commas, rather than with one.
    pub(super) sets: bool,
}

/// Parses whole lines into `rows`, which are empty.
pub(super) fn parse(bytes: &[u8], rules: Rules, mut rows: Rows) -> Result<Chunk, Box<Refused>> {
    rows.indices.reserve(bytes.len() / ENTRY);
    let mut parser = Parser {
        bytes,
        pos: 0,
        rules,
        known: HashMap::new(),
        recent: Vec::new(),
        chunk: Chunk { rows, codes: Vec::new(), names: Vec::new(), lines: 0, largest: 0 },
    };
    while parser.pos < bytes.len() {
        parser.chunk.lines += 1;
        if let Err(problem) = parser.line() {
            let (error, column) = *problem;
            let line = parser.chunk.lines;
            let row = parser.chunk.rows.len() as u64 + 1;
            return Err(Box::new(Refused { error, line, row, column }));
        }
    }
    Ok(parser.chunk)
}

struct Parser<'a> {
    bytes: &'a [u8],
    pos: usize,
    rules: Rules,
    known: HashMap<&'a [u8], u32>,
    recent: Vec<(&'a [u8], u32)>,
    chunk: Chunk,
}

impl<'a> Parser<'a> {
    /// The byte at a position; a line feed after the last.
    #[inline(always)]
    fn at(&self, pos: usize) -> u8 {
        self.bytes.get(pos).copied().unwrap_or(b'\n')
    }

    #[inline(always)]
    fn skip_blanks(&mut self) {
        while matches!(self.at(self.pos), b' ' | b'\t') {
            self.pos += 1;
        }
    }

    /// Consumes one line with its end.
    fn line(&mut self) -> Step<()> {
        self.skip_blanks();
        if self.line_ends() {
            return Ok(());
        }
        let code = self.label()?;
        let mut previous = 0;
        loop {
            self.skip_blanks();
            if self.line_ends() {
                break;
            }
            previous = self.entry(previous)?;
        }
        // Indices increase, so the last one is the row's largest.
        self.chunk.largest = self.chunk.largest.max(previous);
        self.chunk.codes.push(code);
        self.chunk.rows.end_row();
        Ok(())
    }

    /// Consumes a comment and the line end if they are next.
    #[inline]
    fn line_ends(&mut self) -> bool {
        match self.at(self.pos) {
            b'\n' => self.pos += 1,
            b'\r' => self.pos += if self.at(self.pos + 1) == b'\n' { 2 } else { 1 },
            b'#' => {
                let rest = self.bytes.get(self.pos..).unwrap_or_default();
                self.pos += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                return self.line_ends();
            }
            _ => return false,
        }
        true
    }

    /// One `index:value`; gives the index (from 1).
    #[inline]
    fn entry(&mut self, previous: u64) -> Step<u64> {
        let start = self.pos;
        let (index, colon) = whole(self.bytes, start);
        if colon == start || self.at(colon) != b':' {
            return Err(self.no_entry(start));
        }
        if index <= previous || index > self.rules.limit {
            return Err(self.bad_index(start, colon, index, previous));
        }
        let (value, end) = match simple_number(self.bytes, colon + 1) {
            Some(found) => found,
            None => self.any_number(colon + 1, index)?,
        };
        self.pos = end;
        if value != 0.0 {
            self.chunk.rows.push((index - 1) as u32, value);
        }
        Ok(index)
    }

    /// The token that begins at `start`, up to a blank, a comment or the line end.
    fn token(&self, start: usize) -> &'a [u8] {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let ends = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'#');
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        rest.get(..length).unwrap_or_default()
    }

    /// A number in any notation.
    #[cold]
    fn any_number(&self, start: usize, index: u64) -> Step<(f64, usize)> {
        let token = self.token(start);
        let number = std::str::from_utf8(token).ok().and_then(parse_number);
        number.map(|value| (value, start + token.len())).ok_or_else(|| {
            let error = Error::new(ErrorKind::Value, "expected a finite number")
                .value(String::from_utf8_lossy(token))
                .mend("write a number; leave the entry out where it is zero");
            Box::new((error, Some(index)))
        })
    }

    #[cold]
    fn no_entry(&self, start: usize) -> Box<(Error, Option<u64>)> {
        let token = self.token(start);
        let error = if token.starts_with(b"qid:") {
            Error::new(ErrorKind::Format, "query groups of ranking files are not read")
                .mend("remove the `qid:` entries")
        } else {
            Error::new(ErrorKind::Format, "expected index:value")
                .mend("write each entry as `index:value`, indices counting from 1")
        };
        Box::new((error.value(String::from_utf8_lossy(token)), None))
    }

    #[cold]
    fn bad_index(
        &self,
        start: usize,
        end: usize,
        index: u64,
        previous: u64,
    ) -> Box<(Error, Option<u64>)> {
        let text = String::from_utf8_lossy(self.bytes.get(start..end).unwrap_or_default());
        let error = if index == 0 {
            Error::new(ErrorKind::Format, "indices count from 1").mend("add 1 to every index")
        } else if index > super::MAX_INDEX {
            Error::new(ErrorKind::Limit, format!("an index is at most {}", super::MAX_INDEX))
                .mend("renumber the features")
        } else if index > self.rules.limit {
            let problem = format!("the index is beyond the {} features expected", self.rules.limit);
            Error::new(ErrorKind::Column, problem).mend("leave out what is not among them")
        } else {
            let problem = format!("the index follows {previous}, indices must increase");
            Error::new(ErrorKind::Format, problem)
                .mend("sort each row by index and keep each index once")
        };
        Box::new((error.value(text), None))
    }

    /// The row's label, as a position in the chunk's names.
    #[inline]
    fn label(&mut self) -> Step<u32> {
        let mut token = self.token(self.pos);
        if self.rules.sets && token.contains(&b':') {
            token = &[]; // the first entry: the row has no label
        }
        self.pos += token.len();
        if let Some(&(_, code)) = self.recent.iter().find(|(known, _)| *known == token) {
            return Ok(code);
        }
        if let Some(&code) = self.known.get(token) {
            return Ok(code);
        }
        let name = if self.rules.sets { label_list(token) } else { label_name(token) };
        let name = name.map_err(|error| Box::new((error, None)))?;
        let code = self.chunk.names.len() as u32;
        self.chunk.names.push(name);
        if self.recent.len() < FEW {
            self.recent.push((token, code));
        } else {
            self.known.insert(token, code);
        }
        Ok(code)
    }
}

/// The labels of a row in their shortest forms, parted by commas; nothing for none.
fn label_list(token: &[u8]) -> Result<String, Error> {
    let (mut names, mut seen) = (Vec::new(), std::collections::HashSet::new());
    let refuse = |problem: String, mend: &str| {
        let error = Error::new(ErrorKind::Format, problem);
        Err(error.value(String::from_utf8_lossy(token)).mend(mend))
    };
    for part in token.split(|&b| b == SEPARATOR as u8).filter(|_| !token.is_empty()) {
        if part.is_empty() {
            return refuse(
                "an empty label between commas".to_owned(),
                "write a label on both sides of each comma; leave the field out for no label",
            );
        }
        let name = label_name(part)?;
        if !seen.insert(name.clone()) {
            return refuse(format!("the label `{name}` is there twice"), "keep it once a row");
        }
        names.push(name);
    }
    Ok(names.join(","))
}

/// A label in its shortest form: `+1`, `1.0` and `01` are `1`; any other word stands for itself.
fn label_name(token: &[u8]) -> Result<String, Error> {
    let lossy = String::from_utf8_lossy(token);
    if token.starts_with(b"qid:") || token.contains(&b':') {
        return Err(Error::new(ErrorKind::Format, "the row begins with a feature, not a label")
            .value(lossy)
            .mend("begin every row with its label"));
    }
    if token.contains(&b',') {
        return Err(Error::new(ErrorKind::Format, "several labels on one row are not read")
            .value(lossy)
            .mend("keep one label a row, or fit several with --multilabel"));
    }
    let text = std::str::from_utf8(token).map_err(|_| {
        Error::new(ErrorKind::Encoding, "the label is not UTF-8")
            .value(&lossy)
            .mend("save the file as UTF-8")
    })?;
    let not_finite = || {
        Error::new(ErrorKind::Value, "the label is no finite number and no plain word")
            .value(text)
            .mend("label each row with a class number or name")
    };
    if text.chars().any(char::is_control) {
        return Err(not_finite());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(name) = whole_number(text, unsigned) {
        return Ok(name);
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        let value = parse_number(text).ok_or_else(not_finite)?;
        return Ok(format!("{}", value + 0.0));
    }
    if ["nan", "inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return Err(not_finite());
    }
    Ok(text.to_owned())
}

/// Whole numbers keep all their digits.
fn whole_number(text: &str, unsigned: &str) -> Option<String> {
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = unsigned.trim_start_matches('0');
    Some(match (digits.is_empty(), text.starts_with('-')) {
        (true, _) => "0".to_owned(),
        (false, true) => format!("-{digits}"),
        (false, false) => digits.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_normalised() {
        let pairs = [
            ("+1", "1"),
            ("1.0", "1"),
            ("-1", "-1"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("007", "7"),
            ("0.5", "0.5"),
            ("1e2", "100"),
            ("spam", "spam"),
            ("12345678901234567890", "12345678901234567890"),
        ];
        for (token, name) in pairs {
            assert_eq!(label_name(token.as_bytes()).unwrap(), name);
        }
        for token in ["nan", "-inf", "Infinity", "1e999", "1:2", "1,2", "+", "0x1", "a\0b"] {
            assert!(label_name(token.as_bytes()).is_err(), "{token}");
        }
    }

    const RULES: Rules = Rules { limit: 100, sets: false };

    #[test]
    fn lists_of_labels_are_normalised() {
        for (token, list) in [("2,+5,1.0", "2,5,1"), ("", ""), ("crime,war", "crime,war")] {
            assert_eq!(label_list(token.as_bytes()).unwrap(), list);
        }
        for token in ["1,,2", ",1", "1,", ",", "1,1.0", "1,nan", "2:1"] {
            assert!(label_list(token.as_bytes()).is_err(), "{token}");
        }
    }

    #[test]
    fn a_line_that_begins_with_an_entry_has_no_label() {
        let text = b"2,5 1:1\n 1:3 2:4\n1:1\n5\n \n";
        let chunk = parse(text, Rules { limit: 9, sets: true }, Rows::new()).ok().unwrap();
        assert_eq!(chunk.names, ["2,5", "", "5"]);
        assert_eq!(chunk.codes, [0, 1, 1, 2]);
        assert_eq!(chunk.rows.indices, [0, 0, 1, 0]);
        assert!(parse(text, RULES, Rows::new()).is_err());
    }

    #[test]
    fn zeros_are_dropped_but_count_as_columns() {
        let chunk =
            parse(b"1 1:0 3:2 # note 4:9\n# only a comment\n\n2 7:-0.0\r\n", RULES, Rows::new());
        let chunk = chunk.ok().unwrap();
        assert_eq!(chunk.rows.indices, [2]);
        assert_eq!((chunk.largest, chunk.lines, chunk.rows.len()), (7, 4, 2));
    }
}
