//! What a careful colleague would point out.

use serde::Serialize;

use crate::error::printable;

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningKind {
    /// The target was guessed.
    TargetGuessed,
    /// The positive class was taken by sorted order, for want of an affirmative one.
    PositiveGuessed,
    /// Some rows have no target.
    TargetMissing,
    /// A class is rare.
    Imbalance,
    /// The column alone gives the target away.
    Leak,
    /// One value, or one cut, sets a class apart.
    Separates,
    /// The column names the rows.
    LooksLikeId,
    /// The column names something that occurs in several rows.
    LooksLikeGroup,
    /// The column's name is that of row weights.
    LooksLikeWeight,
    /// Every cell is the same.
    Constant,
    /// A copy of an earlier column.
    Duplicate,
    /// An earlier column in other words.
    Relabelled,
    /// Few cells, or none, are filled.
    NearlyAllMissing,
    /// Texts were taken to mean "missing".
    MissingCode,
    /// A number may stand for "missing".
    SuspectCode,
    /// Numbers were taken as codes.
    NumericCodes,
    /// Numbers with leading zeros were taken as codes.
    LeadingZeros,
    /// A few cells are not like the rest.
    MixedTypes,
    /// Levels with few rows.
    RareCategory,
    /// Levels that may be one.
    SimilarLevels,
    /// Many levels.
    HighCardinality,
    /// Sentences.
    Text,
    /// Dates.
    Date,
}

/// One thing to look at: what was seen, what linecall did, and what the user may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The column, unless it is about several.
    pub column: Option<String>,
    /// One sentence.
    pub text: String,
}

impl Warning {
    /// A warning about a column; the text opens with the column's name.
    pub(super) fn new(kind: WarningKind, column: &str, text: impl AsRef<str>) -> Self {
        let text = format!("{} {}", quoted(column), text.as_ref());
        Self { kind, column: Some(column.to_owned()), text }
    }
}

/// A name or a value in a sentence.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", printable(text))
}

/// `1 row`, `2 rows`.
pub(super) fn rows(n: u64) -> String {
    counted(n, "row", "rows")
}

/// A count with its noun.
pub(super) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A share as a percentage; never rounded to 0 or 100 unless it is.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let share = 100.0 * part as f64 / whole.max(1) as f64;
    let fine = part > 0 && part < whole && !(1.0..=99.0).contains(&share);
    let digits = if fine { 2 } else { 0 };
    let text = format!("{share:.digits$} %");
    match text.as_str() {
        "0.00 %" => "under 0.01 %".to_owned(),
        "100.00 %" => "over 99.99 %".to_owned(),
        _ => text,
    }
}

/// Most warnings of one kind that are given one by one.
const PER_KIND: usize = 25;

/// Keeps the first warnings of each kind, in order, and counts the others in one more.
pub(super) fn fold(warnings: Vec<Warning>) -> Vec<Warning> {
    let mut seen: std::collections::BTreeMap<WarningKind, Vec<String>> = Default::default();
    let mut kept = Vec::new();
    for warning in warnings {
        let others = seen.entry(warning.kind).or_default();
        others.push(warning.column.clone().unwrap_or_default());
        if others.len() <= PER_KIND {
            kept.push(warning);
        }
    }
    for (kind, columns) in seen {
        if let Some(rest) = columns.get(PER_KIND..).filter(|r| !r.is_empty()) {
            let named: Vec<_> = rest.iter().take(5).map(|c| quoted(c)).collect();
            let dots = if rest.len() > named.len() { ", ..." } else { "" };
            let more = counted(rest.len() as u64, "more column has", "more columns have");
            let text = format!("{more} a warning of this kind: {}{dots}.", named.join(", "));
            kept.push(Warning { kind, column: None, text });
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_warnings_of_a_kind_are_folded() {
        let constant = |i: usize| Warning::new(WarningKind::Constant, &format!("c{i}"), "is flat.");
        let folded = fold((0..25).map(constant).collect());
        assert_eq!(folded.len(), 25);
        let folded = fold((0..32).map(constant).collect());
        assert_eq!(folded.len(), 26);
        assert_eq!(
            folded[25].text,
            "7 more columns have a warning of this kind: `c25`, `c26`, `c27`, `c28`, `c29`, ..."
                .to_owned()
                + "."
        );
        assert_eq!(folded[25].column, None);
    }

    #[test]
    fn percentages_are_never_rounded_to_none_or_all() {
        let cases = [
            (0, 10, "0 %"),
            (10, 10, "100 %"),
            (1, 3, "33 %"),
            (1, 1000, "0.10 %"),
            (999, 1000, "99.90 %"),
            (1, 1_000_000, "under 0.01 %"),
            (999_999, 1_000_000, "over 99.99 %"),
        ];
        for (part, whole, expected) in cases {
            assert_eq!(percent(part, whole), expected);
        }
    }

    #[test]
    fn kinds_are_written_in_snake_case() {
        let warning = Warning::new(WarningKind::LooksLikeId, "a\nb", "is an id.");
        assert_eq!(warning.text, "`a\\nb` is an id.");
        let value = toml::Value::try_from(&warning).unwrap();
        assert_eq!(value["kind"].as_str(), Some("looks_like_id"));
    }
}
