//! The facts about a column, whatever is decided about it.

use serde::Serialize;

use super::profile::Profile;
use crate::schema::{ColumnSchema, Kind, Role};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Name from the header.
    pub name: String,
    /// Role in the inferred schema.
    pub role: Role,
    /// Kind in the inferred schema.
    pub kind: Kind,
    /// Number of cells.
    pub rows: u64,
    /// Empty cells and missing codes.
    pub missing: u64,
    /// Different values among the others; different spellings of one number are one value where
    /// the kind is a number.
    pub distinct: u64,
    /// Smallest number, if the kind is a number.
    pub min: Option<f64>,
    /// Largest number, if the kind is a number.
    pub max: Option<f64>,
    /// Mean, if the kind is a number.
    pub mean: Option<f64>,
    /// Median (of two in the middle, their mean), if the kind is a number.
    pub median: Option<f64>,
    /// Up to five commonest values with their counts, commonest first; equally common ones in
    /// sorted order.
    pub top: Vec<(String, u64)>,
    /// The first cell that is not missing; empty if all are.
    pub example: String,
}

impl ColumnSummary {
    pub(super) fn new(schema: &ColumnSchema, profile: &Profile) -> Self {
        let mut summary = Self {
            name: schema.name.clone(),
            role: schema.role,
            kind: schema.kind,
            rows: profile.rows(),
            missing: profile.missing(),
            distinct: profile.present_count() as u64,
            min: None,
            max: None,
            mean: None,
            median: None,
            top: Vec::new(),
            example: profile.present().next().map(|v| v.text().into_owned()).unwrap_or_default(),
        };
        if matches!(schema.kind, Kind::Number | Kind::Integer) {
            summary.fill_numbers(&profile.numbers());
        } else {
            let texts = profile.present().map(|v| (v.text(), v.count));
            summary.top = top(texts, |a, b| a.cmp(b), |t| t.clone().into_owned());
        }
        summary
    }

    fn fill_numbers(&mut self, numbers: &[(f64, u64)]) {
        let count: u64 = numbers.iter().map(|n| n.1).sum();
        self.distinct = numbers.len() as u64;
        self.min = numbers.first().map(|n| n.0);
        self.max = numbers.last().map(|n| n.0);
        self.median = median(numbers, count);
        // Divided before it is summed, so that large numbers do not overflow.
        let mean = numbers.iter().map(|&(v, c)| v * (c as f64 / count as f64)).sum::<f64>();
        self.mean = (count > 0 && mean.is_finite()).then_some(mean);
        self.top = top(numbers.iter().copied(), f64::total_cmp, f64::to_string);
    }
}

/// The five commonest of distinct values.
fn top<T>(
    values: impl Iterator<Item = (T, u64)>,
    order: impl Fn(&T, &T) -> std::cmp::Ordering,
    text: impl Fn(&T) -> String,
) -> Vec<(String, u64)> {
    const KEEP: usize = 5;
    let by = |a: &(T, u64), b: &(T, u64)| b.1.cmp(&a.1).then_with(|| order(&a.0, &b.0));
    let mut kept: Vec<(T, u64)> = Vec::new();
    for value in values {
        let place = kept.partition_point(|k| by(k, &value).is_lt());
        if place < KEEP {
            kept.insert(place, value);
            kept.truncate(KEEP);
        }
    }
    kept.iter().map(|(value, count)| (text(value), *count)).collect()
}

/// The median of numbers in ascending order, with counts.
fn median(numbers: &[(f64, u64)], count: u64) -> Option<f64> {
    let at = |position: u64| {
        let mut before = 0;
        numbers.iter().find(|n| {
            before += n.1;
            position < before
        })
    };
    let (low, high) = (at(count.checked_sub(1)? / 2)?.0, at(count / 2)?.0);
    Some(if low == high { low } else { low / 2.0 + high / 2.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cells, TextCells};

    fn summary(kind: Kind, cells: Cells) -> ColumnSummary {
        let schema = ColumnSchema::new("x", Role::Feature, kind);
        ColumnSummary::new(&schema, &Profile::new(&cells))
    }

    #[test]
    fn numbers_are_summarised() {
        let s = summary(Kind::Number, Cells::Number(vec![4.0, 1.0, f64::NAN, 1.0, 2.0]));
        assert_eq!((s.rows, s.missing, s.distinct), (5, 1, 3));
        assert_eq!((s.min, s.max, s.mean, s.median), (Some(1.0), Some(4.0), Some(2.0), Some(1.5)));
        assert_eq!(s.top, [("1".to_owned(), 2), ("2".to_owned(), 1), ("4".to_owned(), 1)]);
        assert_eq!(s.example, "4");
    }

    #[test]
    fn large_numbers_do_not_overflow() {
        let s = summary(Kind::Number, Cells::Number(vec![f64::MAX, f64::MAX]));
        assert_eq!((s.mean, s.median), (Some(f64::MAX), Some(f64::MAX)));
    }

    #[test]
    fn the_five_commonest_are_in_order() {
        let mut cells = TextCells::default();
        for (text, count) in [("g", 1), ("c", 2), ("b", 2), ("a", 1), ("e", 3), ("f", 1)] {
            (0..count).for_each(|_| cells.push(text));
        }
        let s = summary(Kind::Category, Cells::Text(cells));
        let top: Vec<_> = s.top.iter().map(|(t, c)| (t.as_str(), *c)).collect();
        assert_eq!(top, [("e", 3), ("b", 2), ("c", 2), ("a", 1), ("f", 1)]);
        assert_eq!((s.distinct, s.mean), (6, None));
    }

    #[test]
    fn an_empty_column_has_no_numbers() {
        let s = summary(Kind::Number, Cells::Number(vec![f64::NAN; 3]));
        assert_eq!((s.missing, s.min, s.mean, s.median), (3, None, None, None));
        assert!(s.top.is_empty() && s.example.is_empty());
    }
}
