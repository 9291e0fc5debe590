//! From a cell's text to a level: a hash map built once per column.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use linecall_data::Cells;

/// What a cell of a boolean, category, ordered or target column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The level at this position.
    Level(u32),
    /// Nothing, or a missing code.
    Missing,
}

/// Finds levels and missing codes by text.
///
/// A cell matches a level that is spelt the same; failing that, the one level that is the same
/// plain decimal number (`1` and `1.0`; `01` is a code, not a number); failing that, for booleans,
/// the one level that differs in ASCII case only. Where two levels would match, none does.
#[derive(Clone, Debug, Default)]
pub(crate) struct LevelIndex {
    exact: HashMap<String, Found>,
    loose: HashMap<String, Option<Found>>,
    /// The same answers for typed numbers, by their bits.
    numbers: HashMap<u64, Found>,
}

impl LevelIndex {
    /// An index of levels; `fold_case` is for booleans. A missing code wins over a level.
    pub(crate) fn new(levels: &[String], missing_codes: &[String], fold_case: bool) -> Self {
        let mut index = Self::default();
        for code in missing_codes {
            index.insert(code, Found::Missing, canonical_number(code));
        }
        for (position, level) in (0..).zip(levels) {
            let folded = || fold_case.then(|| level.to_ascii_lowercase());
            let key = canonical_number(level).or_else(folded);
            index.insert(level, Found::Level(position), key);
        }
        for text in missing_codes.iter().chain(levels) {
            index.insert_number(text);
        }
        index
    }

    fn insert(&mut self, text: &str, found: Found, key: Option<String>) {
        self.exact.entry(text.to_owned()).or_insert(found);
        let Some(key) = key else { return };
        match self.loose.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(Some(found));
            }
            Entry::Occupied(mut entry) if *entry.get() != Some(found) => {
                entry.insert(None);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// Remembers what the typed number that shows as this text is found to be.
    fn insert_number(&mut self, text: &str) {
        let number = canonical_number(text).and_then(|key| key.parse::<f64>().ok());
        if let Some(value) = number
            && let Some(found) = self.find_text(&format!("{value}"))
        {
            self.numbers.insert(value.to_bits(), found);
        }
    }

    /// What a cell holds; `None` if it is not a level.
    pub(crate) fn find(&self, cells: &Cells, row: usize) -> Option<Found> {
        if let Cells::Number(values) = cells
            && let Some(value) = values.get(row)
            && let Some(found) = self.numbers.get(&value.to_bits())
        {
            return Some(*found);
        }
        self.find_text(&cells.text(row))
    }

    /// What a text is.
    pub(crate) fn find_text(&self, text: &str) -> Option<Found> {
        if text.is_empty() {
            return Some(Found::Missing);
        }
        if let Some(found) = self.exact.get(text) {
            return Some(*found);
        }
        if self.loose.is_empty() {
            return None;
        }
        let key = canonical_number(text).unwrap_or_else(|| text.to_ascii_lowercase());
        self.loose.get(&key).copied().flatten()
    }
}

/// A plain decimal number without its superfluous zeros; `None` for text that is not one. A
/// leading zero (`007`), a plus sign or an exponent marks a code, which is left alone.
fn canonical_number(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let negative = digits.len() < text.len() && !(whole == "0" && fraction.is_empty());
    let sign = if negative { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&t| t.to_owned()).collect()
    }

    #[test]
    fn canonical_numbers_drop_superfluous_zeros_only() {
        let cases = [
            ("1", Some("1")),
            ("1.0", Some("1")),
            ("1.", Some("1")),
            ("-0.50", Some("-0.5")),
            ("-0.0", Some("0")),
            ("100", Some("100")),
            ("9007199254740993", Some("9007199254740993")),
            ("007", None),
            ("+1", None),
            ("1e3", None),
            ("", None),
            ("-", None),
            (".5", None),
            ("1.2.3", None),
            ("A1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical_number(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn exact_match_wins_over_a_numeric_one() {
        let index = LevelIndex::new(&strings(&["1", "1.0", "2"]), &[], false);
        assert_eq!(index.find_text("1.0"), Some(Found::Level(1)));
        assert_eq!(index.find_text("1.00"), None, "two levels are the number 1");
        assert_eq!(index.find_text("2.0"), Some(Found::Level(2)));
    }

    #[test]
    fn codes_that_only_look_like_numbers_stay_apart() {
        let index = LevelIndex::new(&strings(&["1", "9007199254740993"]), &[], false);
        assert_eq!(index.find_text("01"), None);
        assert_eq!(index.find_text("9007199254740992"), None);
    }

    #[test]
    fn typed_numbers_find_levels_in_any_spelling() {
        let index = LevelIndex::new(&strings(&["1.0", "0.50", "-3"]), &strings(&["-99.0"]), false);
        let cells = Cells::Number(vec![1.0, 0.5, -3.0, -99.0, f64::NAN, 7.0, f64::INFINITY]);
        let found: Vec<_> = (0..7).map(|row| index.find(&cells, row)).collect();
        let level = |l| Some(Found::Level(l));
        let missing = Some(Found::Missing);
        assert_eq!(found, [level(0), level(1), level(2), missing, missing, None, None]);
    }

    #[test]
    fn case_is_folded_for_booleans_only_and_only_without_ambiguity() {
        let plain = LevelIndex::new(&strings(&["false", "true"]), &[], false);
        assert_eq!(plain.find_text("True"), None);
        let boolean = LevelIndex::new(&strings(&["false", "true"]), &[], true);
        assert_eq!(boolean.find_text("TRUE"), Some(Found::Level(1)));
        let both = LevelIndex::new(&strings(&["yes", "Yes"]), &[], true);
        assert_eq!(both.find_text("Yes"), Some(Found::Level(1)));
        assert_eq!(both.find_text("YES"), None);
    }

    #[test]
    fn a_missing_code_wins_over_a_level() {
        let index = LevelIndex::new(&strings(&["NA", "x"]), &strings(&["NA"]), false);
        assert_eq!(index.find_text("NA"), Some(Found::Missing));
        assert_eq!(index.find_text(""), Some(Found::Missing));
    }
}
