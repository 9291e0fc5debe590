//! The cells of a column as the file gives them.

use std::borrow::Cow;
use std::ops::Range;

use crate::digits;
use crate::number::parse_number;
use crate::steps::{Steps, expect_text, make_room_for_text};

/// Cells of more bytes are not put into scratch space.
const LARGE: usize = 64 << 10;

/// Text cells of one column, end to end in one string. An empty cell is missing.
///
/// A cell takes its own bytes and about one and a half more, so that a table of short cells is not
/// much larger than its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextCells {
    text: String,
    ends: Steps,
}

impl TextCells {
    /// Appends a cell.
    #[inline]
    pub fn push(&mut self, cell: &str) {
        self.push_text(cell);
        self.ends.push(self.text.len() as u64);
    }

    /// Appends empty cells, to so many cells in all.
    pub(crate) fn fill(&mut self, cells: usize) {
        let end = self.text.len() as u64;
        (self.len()..cells).for_each(|_| self.ends.push(end));
    }

    /// Appends text whose ends are told apart.
    fn push_bytes(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.push_text(text),
            // Cells end at ASCII characters, so that no character is cut.
            Err(_) => self.push_text(&String::from_utf8_lossy(bytes)),
        }
    }

    #[inline]
    fn push_text(&mut self, text: &str) {
        make_room_for_text(&mut self.text, text.len());
        self.text.push_str(text);
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all cells together.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The cell of a row, empty if the row does not exist.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        let (start, end) = self.ends.span(row).unwrap_or((0, 0));
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// The number that a cell is in plain digits; `None` if it is none or in another notation.
    #[inline]
    fn plain_number(&self, row: usize) -> Option<f64> {
        let (start, end) = self.ends.span(row)?;
        digits::plain_number(self.text.as_bytes(), start as usize..end as usize)
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places().map(|place| self.text.get(place).unwrap_or(""))
    }

    /// Where each cell lies in the text.
    fn places(&self) -> impl Iterator<Item = Range<usize>> {
        self.ends.iter().scan(0, |before, end| {
            let start = std::mem::replace(before, end as usize);
            Some(start..end as usize)
        })
    }

    /// Appends many cells, with `scratch` for space. In all there will be so many `times` the
    /// present cells (0 if that is not known).
    pub(crate) fn gather<'a>(
        &'a mut self,
        cells: usize,
        times: f64,
        scratch: &'a mut Vec<u8>,
    ) -> Gather<'a> {
        scratch.clear();
        expect_text(&mut self.text, times);
        self.ends.expect(times);
        self.ends.reserve(cells);
        Gather { base: self.text.len() as u64, cells: self, scratch }
    }

    /// Appends cells that lie end to end in some text. `ends` are counted from `before`, where the
    /// first begins; in all there will be so many `times` the present cells (0 if that is not known).
    pub(crate) fn append_run(&mut self, text: &[u8], ends: &[u32], before: u32, times: f64) {
        expect_text(&mut self.text, times);
        self.ends.expect(times);
        self.ends.reserve(ends.len());
        let base = self.text.len() as u64;
        self.push_bytes(text);
        ends.iter().for_each(|&end| self.ends.push(base + u64::from(end - before)));
    }

    /// Appends all cells of another column.
    pub fn append(&mut self, other: &Self) {
        let base = self.text.len() as u64;
        self.push_text(&other.text);
        self.ends.extend(&other.ends, base);
    }
}

/// Appends cells to a column: they are put end to end in scratch space first, where a short one
/// takes no more than the copy of sixteen bytes.
pub(crate) struct Gather<'a> {
    cells: &'a mut TextCells,
    scratch: &'a mut Vec<u8>,
    base: u64,
}

impl Gather<'_> {
    /// Appends the cell that lies at a place in some text.
    #[inline]
    pub(crate) fn cell(&mut self, text: &[u8], place: Range<usize>) {
        let length = place.len();
        match text.get(place.start..).and_then(<[u8]>::first_chunk::<16>) {
            Some(sixteen) if length <= sixteen.len() => {
                let end = self.scratch.len() + length;
                self.scratch.extend_from_slice(sixteen);
                self.scratch.truncate(end);
            }
            _ => {
                let cell = text.get(place).unwrap_or_default();
                if cell.len() <= LARGE {
                    self.scratch.extend_from_slice(cell);
                } else {
                    self.flush();
                    self.cells.push_bytes(cell);
                    self.base = self.cells.text.len() as u64;
                }
            }
        }
        self.cells.ends.push(self.base + self.scratch.len() as u64);
    }

    /// Ends: the cells are part of the column now.
    pub(crate) fn finish(mut self) {
        self.flush();
    }

    fn flush(&mut self) {
        self.cells.push_bytes(self.scratch);
        self.base = self.cells.text.len() as u64;
        self.scratch.clear();
    }
}

/// The cells of a column as the file gives them.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Text; an empty cell is missing.
    Text(TextCells),
    /// Numbers of a typed format; NaN is missing.
    Number(Vec<f64>),
}

/// What a cell says when a number is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberCell {
    /// A finite number.
    Value(f64),
    /// Nothing, or one of the column's missing codes.
    Missing,
    /// Something else (text, or an infinity).
    Bad,
}

impl Cells {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Number(values) => values.len(),
        }
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell as text, without surrounding spaces; numbers in their shortest form (`1`, `0.5`),
    /// missing ones empty.
    pub fn text(&self, row: usize) -> Cow<'_, str> {
        match self {
            Self::Text(cells) => Cow::Borrowed(trim_blanks(cells.get(row))),
            Self::Number(values) => match values.get(row) {
                Some(v) if !v.is_nan() => Cow::Owned(format!("{v}")),
                _ => Cow::Borrowed(""),
            },
        }
    }

    /// The cell as the file gives it, surrounding spaces included; of a number as
    /// [`Cells::text`] has it.
    pub fn raw(&self, row: usize) -> Cow<'_, str> {
        match self {
            Self::Text(cells) => Cow::Borrowed(cells.get(row)),
            Self::Number(_) => self.text(row),
        }
    }

    /// Whether the cell is empty or one of the missing codes.
    pub fn is_missing(&self, row: usize, missing_codes: &[String]) -> bool {
        let text = self.text(row);
        text.is_empty() || missing_codes.iter().any(|code| code.as_str() == text)
    }

    /// Calls `each` with every row and its cell as a number, in order: each as [`Cells::number`] gives
    /// it, but quicker.
    pub fn each_number(&self, missing_codes: &[String], mut each: impl FnMut(usize, NumberCell)) {
        match self {
            Self::Text(cells) if missing_codes.is_empty() => {
                let text = cells.text.as_bytes();
                cells.ends.each_span(|row, start, end| {
                    each(
                        row,
                        match digits::plain_number(text, start as usize..end as usize) {
                            Some(value) => NumberCell::Value(value),
                            None => self.number(row, missing_codes),
                        },
                    );
                });
            }
            _ => (0..self.len()).for_each(|row| each(row, self.number(row, missing_codes))),
        }
    }

    /// The cell as a number. A missing code may be written in any way that parses to the same
    /// number (`-99` matches `-99.0`).
    pub fn number(&self, row: usize, missing_codes: &[String]) -> NumberCell {
        let value = match self {
            Self::Number(values) => match values.get(row) {
                Some(v) if !v.is_nan() => *v,
                _ => return NumberCell::Missing,
            },
            Self::Text(cells) => {
                if missing_codes.is_empty()
                    && let Some(value) = cells.plain_number(row)
                {
                    return NumberCell::Value(value);
                }
                let text = trim_blanks(cells.get(row));
                if text.is_empty() || missing_codes.iter().any(|code| code.as_str() == text) {
                    return NumberCell::Missing;
                }
                match parse_number(text) {
                    Some(v) => v,
                    None => return NumberCell::Bad,
                }
            }
        };
        if missing_codes.iter().any(|code| parse_number(code) == Some(value)) {
            return NumberCell::Missing;
        }
        if value.is_finite() { NumberCell::Value(value) } else { NumberCell::Bad }
    }

    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Text(cells) => {
                let mut out = TextCells::default();
                rows.iter().for_each(|&row| out.push(cells.get(row)));
                Self::Text(out)
            }
            Self::Number(values) => Self::Number(
                rows.iter().map(|&row| values.get(row).copied().unwrap_or(f64::NAN)).collect(),
            ),
        }
    }

    pub(crate) fn append(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Number(a), Self::Number(b)) => a.extend_from_slice(b),
            (Self::Text(a), Self::Text(b)) => a.append(b),
            _ => {
                let mut text = TextCells::default();
                (0..self.len()).for_each(|row| text.push(&self.text(row)));
                (0..other.len()).for_each(|row| text.push(&other.text(row)));
                *self = Self::Text(text);
            }
        }
    }
}

/// A cell without the blanks around it.
#[inline]
pub(crate) fn trim_blanks(cell: &str) -> &str {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let bytes = cell.as_bytes();
    if blank(bytes.first()) || blank(bytes.last()) { cell.trim_matches([' ', '\t']) } else { cell }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_numbers_are_those_of_each_row(
            cells in prop::collection::vec(
                prop_oneof![
                    "[-+]?[0-9]{0,10}(\\.[0-9]{0,10})?",
                    " ?[0-9]{1,3}(e-?[0-9]{1,3})? ?",
                    Just("NA".to_owned()),
                    "x{0,300}",
                ],
                0..100,
            ),
            codes in prop::sample::select(vec![vec![], vec!["NA".to_owned(), "7".to_owned()]]),
        ) {
            let mut text = TextCells::default();
            cells.iter().for_each(|cell| text.push(cell));
            let cells = Cells::Text(text);
            let mut found = Vec::new();
            cells.each_number(&codes, |row, number| {
                assert_eq!(row, found.len());
                found.push(number);
            });
            let expected: Vec<_> = (0..cells.len()).map(|row| cells.number(row, &codes)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
