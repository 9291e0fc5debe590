//! The distinct values of a column, how often each occurs, and which one each row holds.
//!
//! Memory: eight bytes a distinct value and one, two or four a row, and while the values are looked
//! for up to twelve a value more. The values themselves are looked up in the column.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::codes::Codes;
pub(super) use super::codes::EMPTY;
use crate::cells::trim_blanks;
use crate::number::parse_number;
use crate::steps::make_room;
use crate::{Cells, TextCells};

/// A distinct cell content, trimmed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Raw<'a> {
    Text(&'a str),
    Number(f64),
}

/// A distinct value of a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    raw: Raw<'a>,
    /// Rows that hold it.
    pub(super) count: u64,
    /// First row that holds it, from 0.
    pub(super) first: usize,
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

    /// What it says as a finite number.
    pub(super) fn number(&self) -> Option<f64> {
        match self.raw {
            Raw::Text(text) => parse_number(text),
            Raw::Number(value) => Some(value).filter(|v| v.is_finite()),
        }
    }
}

/// Where a distinct value is first, and how many rows hold it. (A table has fewer than 2^32 rows.)
#[derive(Clone, Copy, Debug)]
struct Seen {
    first: u32,
    count: u32,
}

/// Distinct values in order of first appearance, and the value of each row.
#[derive(Clone, Debug)]
pub(super) struct Profile<'a> {
    cells: &'a Cells,
    seen: Vec<Seen>,
    /// Positions of the values that stand for missing cells, ascending.
    missing: Vec<u32>,
    /// The position of each row's value, or [`EMPTY`].
    pub(super) codes: Codes,
    /// Empty cells.
    pub(super) empty: u64,
    /// Whether the format itself says that the cells are numbers.
    pub(super) typed: bool,
}

impl<'a> Profile<'a> {
    pub(super) fn new(cells: &'a Cells) -> Self {
        let mut profile = Self {
            cells,
            seen: Vec::new(),
            missing: Vec::new(),
            codes: Codes::with_capacity(cells.len()),
            empty: 0,
            typed: matches!(cells, Cells::Number(_)),
        };
        match cells {
            Cells::Text(text) => profile.look_at_text(text),
            Cells::Number(numbers) => profile.look_at_numbers(numbers),
        }
        profile.seen.shrink_to_fit();
        profile
    }

    fn look_at_text(&mut self, cells: &TextCells) {
        let hasher = DefaultHashBuilder::default();
        let hash = |text: &str| {
            let mut hash = hasher.build_hasher();
            hash.write(text.as_bytes());
            hash.finish()
        };
        self.look(
            cells.iter().map(trim_blanks),
            |text| text.is_empty(),
            hash,
            |row| trim_blanks(cells.get(row)),
        );
    }

    fn look_at_numbers(&mut self, cells: &[f64]) {
        let hasher = DefaultHashBuilder::default();
        let bits = |row: usize| cells.get(row).map_or(0, |v| v.to_bits());
        let empty = |bits: u64| f64::from_bits(bits).is_nan();
        self.look(cells.iter().map(|v| v.to_bits()), empty, |bits| hasher.hash_one(bits), bits);
    }

    /// Gives every row a code: that of the row with an equal key, or the next one.
    fn look<K: Copy + PartialEq>(
        &mut self,
        keys: impl Iterator<Item = K>,
        is_empty: impl Fn(K) -> bool,
        hash: impl Fn(K) -> u64,
        key_of: impl Fn(usize) -> K,
    ) {
        let mut index: HashTable<u32> = HashTable::new();
        for (row, key) in keys.enumerate() {
            if is_empty(key) {
                self.empty += 1;
                self.codes.push(EMPTY);
                continue;
            }
            let first = |code: u32| self.seen.get(code as usize).map_or(0, |s| s.first as usize);
            let hashed = hash(key);
            let known = index.find(hashed, |&code| key_of(first(code)) == key).copied();
            let code = known.unwrap_or(self.seen.len() as u32);
            if known.is_none() {
                index.insert_unique(hashed, code, |&code| hash(key_of(first(code))));
                make_room(&mut self.seen, 1);
                self.seen.push(Seen { first: row as u32, count: 0 });
            }
            if let Some(seen) = self.seen.get_mut(code as usize) {
                seen.count += 1;
            }
            self.codes.push(code);
        }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.codes.len() as u64
    }

    /// Number of distinct values of cells that are not empty.
    pub(super) fn distinct(&self) -> usize {
        self.seen.len()
    }

    /// A distinct value by its code.
    pub(super) fn value(&self, code: usize) -> Option<Value<'a>> {
        let seen = self.seen.get(code)?;
        let first = seen.first as usize;
        let raw = match self.cells {
            Cells::Text(cells) => Raw::Text(trim_blanks(cells.get(first))),
            Cells::Number(values) => Raw::Number(values.get(first).copied().unwrap_or(f64::NAN)),
        };
        let missing = self.missing.binary_search(&(code as u32)).is_ok();
        Some(Value { raw, count: seen.count.into(), first, missing })
    }

    /// Whether a row's code stands for a missing cell: [`EMPTY`], or a missing code.
    pub(super) fn is_missing(&self, code: u32) -> bool {
        code == EMPTY || self.missing.binary_search(&code).is_ok()
    }

    /// All distinct values of cells that are not empty, in order of first appearance.
    pub(super) fn values(&self) -> impl Iterator<Item = Value<'a>> {
        (0..self.seen.len()).filter_map(|code| self.value(code))
    }

    /// Takes the values whose text passes as missing, and gives those texts, sorted.
    pub(super) fn set_missing(&mut self, is_missing: impl Fn(&str) -> bool) -> Vec<String> {
        let passes = |value: Value<'a>| match value.raw {
            Raw::Text(text) if is_missing(text) => Some(text.to_owned()),
            _ => None,
        };
        let found = self.values().enumerate().filter_map(|(i, v)| Some((i as u32, passes(v)?)));
        let (missing, mut codes): (Vec<u32>, Vec<String>) = found.unzip();
        self.missing = missing;
        codes.sort();
        codes
    }

    /// Distinct values that are not missing, in order of first appearance.
    pub(super) fn present(&self) -> impl Iterator<Item = Value<'a>> {
        self.values().filter(|v| !v.missing)
    }

    /// Number of distinct values that are not missing.
    pub(super) fn present_count(&self) -> usize {
        self.seen.len() - self.missing.len()
    }

    /// Number of missing cells.
    pub(super) fn missing(&self) -> u64 {
        let codes = self.missing.iter().filter_map(|&code| self.seen.get(code as usize));
        self.empty + codes.map(|seen| u64::from(seen.count)).sum::<u64>()
    }

    /// The finite numbers among the values that are not missing, ascending, with their counts;
    /// different spellings of a number are one.
    pub(super) fn numbers(&self) -> Vec<(f64, u64)> {
        // Adding 0 turns -0 into 0.
        let mut all: Vec<(f64, u64)> =
            self.present().filter_map(|v| v.number().map(|n| (n + 0.0, v.count))).collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
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
        for code in self.codes.iter() {
            bytes.extend_from_slice(&code.to_le_bytes());
            if bytes.len() == 4 * 4096 {
                hasher.write(&bytes);
                bytes.clear();
            }
        }
        hasher.write(&bytes);
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
        let seen: Vec<_> = profile.values().map(|v| (v.text(), v.count, v.first)).collect();
        assert_eq!(seen, [("a".into(), 2, 0), ("b".into(), 1, 3)]);
        assert!(profile.codes.iter().eq([0, 0, EMPTY, 1, EMPTY]));
        assert_eq!(profile.empty, 2);
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
        assert_eq!((profile.empty, profile.distinct(), profile.numbers()), (1, 2, vec![(1.0, 1)]));
    }

    #[test]
    fn pattern_ignores_names_but_not_positions() {
        let (a, b, c) = (text(&["x", "y", "x"]), text(&["1", "2", "1"]), text(&["x", "x", "y"]));
        let pattern = |cells| Profile::new(cells).pattern();
        assert_eq!(pattern(&a), pattern(&b));
        assert_ne!(pattern(&a), pattern(&c));
    }
}
