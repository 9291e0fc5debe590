//! The distinct values of a column, how often each occurs, and which one each row holds.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hasher;

use crate::number::parse_number;
use crate::{Cells, TextCells};

/// The code of an empty cell.
pub(super) const EMPTY: u32 = u32::MAX;

/// A distinct cell content, trimmed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Raw<'a> {
    Text(&'a str),
    Number(f64),
}

/// A distinct value of a column.
#[derive(Clone, Debug)]
pub(super) struct Value<'a> {
    raw: Raw<'a>,
    /// Rows that hold it.
    pub(super) count: u64,
    /// First row that holds it, from 0.
    pub(super) first: usize,
    /// What it says as a number.
    pub(super) number: Option<f64>,
    /// Whether it stands for a missing cell.
    pub(super) missing: bool,
}

impl<'a> Value<'a> {
    /// The value as [`Cells::text`] gives it.
    pub(super) fn text(&self) -> Cow<'a, str> {
        match self.raw {
            Raw::Text(text) => Cow::Borrowed(text),
            Raw::Number(value) => Cow::Owned(value.to_string()),
        }
    }
}

/// Distinct values in order of first appearance, and the value of each row.
#[derive(Clone, Debug)]
pub(super) struct Profile<'a> {
    /// Distinct values of cells that are not empty.
    pub(super) values: Vec<Value<'a>>,
    /// Position in `values` for each row, or [`EMPTY`].
    pub(super) codes: Vec<u32>,
    /// Empty cells.
    pub(super) empty: u64,
    /// Whether the format itself says that the cells are numbers.
    pub(super) typed: bool,
}

impl<'a> Profile<'a> {
    pub(super) fn new(cells: &'a Cells) -> Self {
        match cells {
            Cells::Text(text) => Self::of_text(text),
            Cells::Number(numbers) => Self::of_numbers(numbers),
        }
    }

    fn of_text(cells: &'a TextCells) -> Self {
        let mut profile = Self::empty(cells.len(), false);
        let mut seen: HashMap<&'a str, u32> = HashMap::new();
        for row in 0..cells.len() {
            let text = cells.get(row).trim_matches([' ', '\t']);
            let next = profile.values.len() as u32;
            let code = if text.is_empty() { EMPTY } else { *seen.entry(text).or_insert(next) };
            profile.push(row, code, || (Raw::Text(text), parse_number(text)));
        }
        profile
    }

    fn of_numbers(cells: &'a [f64]) -> Self {
        let mut profile = Self::empty(cells.len(), true);
        let mut seen: HashMap<u64, u32> = HashMap::new();
        for (row, &value) in cells.iter().enumerate() {
            let next = profile.values.len() as u32;
            let code =
                if value.is_nan() { EMPTY } else { *seen.entry(value.to_bits()).or_insert(next) };
            profile.push(row, code, || (Raw::Number(value), Some(value).filter(|v| v.is_finite())));
        }
        profile
    }

    fn empty(rows: usize, typed: bool) -> Self {
        Self { values: Vec::new(), codes: Vec::with_capacity(rows), empty: 0, typed }
    }

    fn push(&mut self, row: usize, code: u32, new: impl FnOnce() -> (Raw<'a>, Option<f64>)) {
        self.codes.push(code);
        if code == EMPTY {
            self.empty += 1;
        } else if let Some(value) = self.values.get_mut(code as usize) {
            value.count += 1;
        } else {
            let (raw, number) = new();
            self.values.push(Value { raw, count: 1, first: row, number, missing: false });
        }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.codes.len() as u64
    }

    /// Takes the values whose text passes as missing, and gives those texts, sorted.
    pub(super) fn set_missing(&mut self, is_missing: impl Fn(&str) -> bool) -> Vec<String> {
        let mut codes = Vec::new();
        for value in &mut self.values {
            if let Raw::Text(text) = value.raw
                && is_missing(text)
            {
                value.missing = true;
                codes.push(text.to_owned());
            }
        }
        codes.sort();
        codes
    }

    /// Distinct values that are not missing, in order of first appearance.
    pub(super) fn present(&self) -> impl Iterator<Item = &Value<'a>> {
        self.values.iter().filter(|v| !v.missing)
    }

    /// Number of missing cells.
    pub(super) fn missing(&self) -> u64 {
        self.empty + self.values.iter().filter(|v| v.missing).map(|v| v.count).sum::<u64>()
    }

    /// The finite numbers among the values that are not missing, ascending, with their counts;
    /// different spellings of a number are one.
    pub(super) fn numbers(&self) -> Vec<(f64, u64)> {
        // Adding 0 turns -0 into 0.
        let mut all: Vec<(f64, u64)> =
            self.present().filter_map(|v| v.number.map(|n| (n + 0.0, v.count))).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
        all
    }

    /// Hash of which rows hold equal cells.
    pub(super) fn pattern(&self) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        let mut bytes = Vec::with_capacity(4 * 4096);
        for codes in self.codes.chunks(4096) {
            bytes.clear();
            codes.iter().for_each(|c| bytes.extend_from_slice(&c.to_le_bytes()));
            hasher.write(&bytes);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cells: &[&str]) -> Cells {
        let mut out = TextCells::default();
        cells.iter().for_each(|c| out.push(c));
        Cells::Text(out)
    }

    #[test]
    fn distinct_values_are_counted_trimmed() {
        let cells = text(&["a", " a ", "", "b", "\t"]);
        let profile = Profile::new(&cells);
        let seen: Vec<_> = profile.values.iter().map(|v| (v.text(), v.count, v.first)).collect();
        assert_eq!(seen, [("a".into(), 2, 0), ("b".into(), 1, 3)]);
        assert_eq!((profile.codes.as_slice(), profile.empty), (&[0, 0, EMPTY, 1, EMPTY][..], 2));
    }

    #[test]
    fn spellings_of_one_number_merge() {
        let cells = text(&["1", "1.0", "-0", "0", "2e0"]);
        assert_eq!(Profile::new(&cells).numbers(), [(0.0, 2), (1.0, 2), (2.0, 1)]);
    }

    #[test]
    fn typed_nan_is_empty_and_infinity_is_no_number() {
        let cells = Cells::Number(vec![1.0, f64::NAN, f64::INFINITY]);
        let profile = Profile::new(&cells);
        assert_eq!(
            (profile.empty, profile.values.len(), profile.numbers()),
            (1, 2, vec![(1.0, 1)])
        );
    }

    #[test]
    fn pattern_ignores_names_but_not_positions() {
        let (a, b, c) = (text(&["x", "y", "x"]), text(&["1", "2", "1"]), text(&["x", "x", "y"]));
        let pattern = |cells| Profile::new(cells).pattern();
        assert_eq!(pattern(&a), pattern(&b));
        assert_ne!(pattern(&a), pattern(&c));
    }
}
