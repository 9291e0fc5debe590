//! Columns of numbers: quantities, codes, yes or no, ids.

use super::kinds::{
    all_different, missing_among_numbers, take_as_group, take_as_id, take_as_levels,
};
use super::names;
use super::profile::{Profile, Value};
use super::warnings::{Warning, WarningKind, counted, quoted, rows};
use super::words;
use crate::schema::{ColumnSchema, Kind, Role};

/// Most different whole numbers that are taken as codes because of the column's name.
const MOST_CODES: usize = 12;

/// Share of numeric cells above which the others are taken as mistakes.
const MOSTLY: f64 = 0.95;

/// Different numbers above which a column with mistakes is still a quantity.
const QUANTITY: usize = 20;

/// Whole numbers above this are not exact any more.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// `Integer` for a whole number.
pub(super) fn kind_of(number: f64) -> Kind {
    if number.fract() == 0.0 && number.abs() <= EXACT { Kind::Integer } else { Kind::Number }
}

/// Whether the cells are numbers, words for "missing" among numbers aside, and perhaps a few
/// mistakes.
pub(super) fn mostly(profile: &Profile) -> bool {
    let (mut numeric, mut bad, mut distinct) = (0u64, 0u64, 0usize);
    for value in profile.values() {
        if value.number().is_some() {
            numeric += value.count;
            distinct += 1;
        } else if !missing_among_numbers(&value.text()) {
            bad += value.count;
        }
    }
    let share = numeric as f64 / (numeric + bad).max(1) as f64;
    numeric > 0 && (bad == 0 || (share >= MOSTLY && distinct > QUANTITY))
}

/// The first number that begins with a zero too many, or has more digits than `f64` can tell
/// apart: both are codes that only look like numbers.
pub(super) fn leading_zeros(profile: &Profile) -> Option<String> {
    let too_many = |text: &str| {
        let digits = text.trim_start_matches(['+', '-']);
        let zeros =
            digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        zeros || (digits.len() > 15 && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let found = profile.values().find(|v| v.number().is_some() && too_many(&v.text()))?;
    Some(found.text().into_owned())
}

pub(super) fn warn_leading_zeros(
    column: &ColumnSchema,
    profile: &Profile,
    example: &str,
    warnings: &mut Vec<Warning>,
) {
    if profile.present().all(|v| v.number().is_some()) {
        let text = format!(
            "holds digits such as {} that a number would not keep (leading zeros, or more than 15 \
             digits), so it is read as codes.",
            quoted(example)
        );
        warnings.push(Warning::new(WarningKind::LeadingZeros, &column.name, text));
    }
}

/// Cells of a feature that fitting will refuse.
fn warn_bad_cells(column: &ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    let bad: Vec<Value> = profile.present().filter(|v| v.number().is_none()).collect();
    let Some(first) = bad.first() else { return };
    let text = format!(
        "holds finite numbers except in {}, the first in row {}: {}; fitting refuses such cells, \
         so mend them, add them to `missing_codes` or change the column's kind.",
        counted(bad.iter().map(|v| v.count).sum(), "cell", "cells"),
        first.first + 1,
        quoted(&first.text())
    );
    warnings.push(Warning::new(WarningKind::MixedTypes, &column.name, text));
}

/// Decides a column of two or more different values.
pub(super) fn decide(column: &mut ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    let numbers = profile.numbers();
    let whole = numbers.iter().all(|n| kind_of(n.0) == Kind::Integer);
    column.kind = if whole { Kind::Integer } else { Kind::Number };
    if whole && all_different(profile) && (names::id(&column.name) || counts_up(profile)) {
        take_as_id(column, profile, warnings);
    } else if whole && names::surely_id(&column.name) && !words::few(profile) {
        take_as_group(column, profile, warnings);
    } else if let Some(why) = codes(&column.name, &numbers, profile).filter(|_| whole) {
        take_as_codes(column, profile, &why, warnings);
    } else if is_switch(&numbers) && profile.present_count() == 2 {
        take_as_levels(column, profile);
    } else {
        warn_bad_cells(column, profile, warnings);
        warn_suspects(column, &numbers, warnings);
    }
}

/// Whether the numbers are those of a yes or no.
fn is_switch(numbers: &[(f64, u64)]) -> bool {
    matches!(numbers, [(0.0, _), (1.0, _)] | [(-1.0, _), (1.0, _)])
}

/// Whether each number is one more than the one in the row before; all are different.
fn counts_up(profile: &Profile) -> bool {
    let mut pairs = profile.values().zip(profile.values().skip(1));
    pairs.all(|(a, b)| a.number().zip(b.number()).is_some_and(|(a, b)| b - a == 1.0))
}

/// Why whole numbers are codes, if they are.
fn codes(name: &str, numbers: &[(f64, u64)], profile: &Profile) -> Option<String> {
    if profile.present_count() != numbers.len() || is_switch(numbers) {
        return None;
    }
    if names::postal(name) {
        return Some("by its name".to_owned());
    }
    if numbers.len() <= MOST_CODES && names::nominal(name) {
        return Some("by its name".to_owned());
    }
    let pair = matches!(numbers, [(1.0, _), (2.0, _)]);
    (pair && !names::amount(name)).then(|| "being only 1 and 2".to_owned())
}

fn take_as_codes(
    column: &mut ColumnSchema,
    profile: &Profile,
    why: &str,
    warnings: &mut Vec<Warning>,
) {
    let distinct = profile.present_count();
    if distinct > MOST_CODES {
        words::decide(column, profile, warnings);
    } else {
        take_as_levels(column, profile);
    }
    if column.role == Role::Feature {
        let text = format!(
            "holds {distinct} whole numbers that look like codes, {why}, and is taken as a \
             category; if they are amounts set its kind to `integer`, if their order counts to \
             `ordered`, and remove `reference`."
        );
        warnings.push(Warning::new(WarningKind::NumericCodes, &column.name, text));
    }
}

/// Numbers that often stand for "missing" at the top of a column.
const TOP_CODES: &[f64] = &[
    88.0, 96.0, 97.0, 98.0, 99.0, 888.0, 996.0, 997.0, 998.0, 999.0, 8888.0, 9996.0, 9997.0,
    9998.0, 9999.0, 99999.0, 999999.0, 9999999.0, 99999999.0,
];

/// Numbers that often stand for "missing" where all others are 0 or more.
const NEGATIVE_CODES: &[f64] =
    &[-1.0, -7.0, -8.0, -9.0, -88.0, -98.0, -99.0, -888.0, -998.0, -999.0, -9999.0, -99999.0];

/// Different numbers, codes aside, below which nothing stands out.
const BODY: usize = 10;

fn warn_suspects(column: &ColumnSchema, numbers: &[(f64, u64)], warnings: &mut Vec<Warning>) {
    for (codes, body) in [negative_codes(numbers), top_codes(numbers)].into_iter().flatten() {
        let (Some(low), Some(high)) = (body.first(), body.last()) else {
            continue;
        };
        let named: Vec<_> = codes
            .iter()
            .map(|(v, n)| format!("{} in {}", quoted(&v.to_string()), rows(*n)))
            .collect();
        let text = format!(
            "holds {}, far from the rest, which runs from {} to {}; add it to `missing_codes` if \
             it stands for \"missing\".",
            named.join(", "),
            low.0,
            high.0
        );
        warnings.push(Warning::new(WarningKind::SuspectCode, &column.name, text));
    }
}

type Split<'a> = (&'a [(f64, u64)], &'a [(f64, u64)]);

/// The only negative numbers, if they are repeated codes.
fn negative_codes(numbers: &[(f64, u64)]) -> Option<Split<'_>> {
    let (codes, body) = numbers.split_at(numbers.partition_point(|n| n.0 < 0.0));
    let suspect = !codes.is_empty()
        && body.len() >= BODY
        && codes.iter().all(|n| NEGATIVE_CODES.contains(&n.0) && n.1 > 1);
    suspect.then_some((codes, body))
}

/// Repeated codes at the top, further from the rest than the rest goes from 0 or its minimum.
fn top_codes(numbers: &[(f64, u64)]) -> Option<Split<'_>> {
    let is_code = |n: &(f64, u64)| TOP_CODES.contains(&n.0) && n.1 > 1;
    let tail = numbers.iter().rev().take_while(|n| is_code(n)).count();
    // The longest run of codes that stands apart: above 0 to 30 both 96 and 98 do.
    (1..=tail).rev().find_map(|count| {
        let (body, codes) = numbers.split_at(numbers.len() - count);
        let (low, high) = (body.first()?.0, body.last()?.0);
        let gap = codes.first()?.0 - high;
        (body.len() >= BODY && gap > high - low.min(0.0)).then_some((codes, body))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[(i32, u64)]) -> Vec<(f64, u64)> {
        values.iter().map(|&(v, n)| (f64::from(v), n)).collect()
    }

    fn body(range: std::ops::Range<i32>) -> Vec<(i32, u64)> {
        range.map(|v| (v, 3)).collect()
    }

    #[test]
    fn codes_at_the_top_must_be_repeated_and_far_away() {
        let codes = |values: &[(i32, u64)]| top_codes(&column(values)).map(|(c, _)| c.to_vec());
        let mut far = body(0..20);
        far.extend([(96, 2), (98, 7)]);
        assert_eq!(codes(&far), Some(column(&[(96, 2), (98, 7)])));
        let mut once = body(0..20);
        once.push((99, 1));
        assert_eq!(codes(&once), None);
        let mut near = body(0..90);
        near.push((99, 40));
        assert_eq!(codes(&near), None);
        let mut other = body(0..20);
        other.push((77, 40));
        assert_eq!(codes(&other), None);
        assert_eq!(codes(&[(0, 9), (1, 9), (99, 9)]), None);
    }

    #[test]
    fn a_negative_code_is_the_only_negative_number() {
        let codes =
            |values: &[(i32, u64)]| negative_codes(&column(values)).map(|(c, _)| c.to_vec());
        let mut alone = vec![(-1, 5)];
        alone.extend(body(1..30));
        assert_eq!(codes(&alone), Some(column(&[(-1, 5)])));
        let mut several = vec![(-3, 5), (-1, 5)];
        several.extend(body(1..30));
        assert_eq!(codes(&several), None);
        assert_eq!(codes(&[(-1, 50), (0, 20), (1, 30)]), None);
    }

    #[test]
    fn whole_numbers_beyond_exactness_are_not_integers() {
        assert_eq!(kind_of(3.0), Kind::Integer);
        assert_eq!(kind_of(3.5), Kind::Number);
        assert_eq!(kind_of(1e17), Kind::Number);
    }
}
