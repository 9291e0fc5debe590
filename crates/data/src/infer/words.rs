//! Columns of words: categories, ids, sentences, dates.

use super::kinds::{all_different, take_as_group, take_as_id, take_as_levels};
use super::names;
use super::profile::Profile;
use super::warnings::{Warning, WarningKind, rows};
use crate::TextSettings;
use crate::schema::{ColumnSchema, Kind, Role};

/// Most levels of a category.
const MOST_LEVELS: usize = 1000;

/// Levels below which the number of rows does not matter.
const FEW_LEVELS: usize = 20;

/// Mean length and mean number of words of a sentence.
const SENTENCE: (f64, f64) = (30.0, 6.0);

/// Whether there are few enough values for a category without a warning.
pub(super) fn few(profile: &Profile) -> bool {
    let distinct = profile.present_count();
    distinct < MOST_LEVELS
        && distinct as f64 <= (profile.rows() as f64).sqrt().max(FEW_LEVELS as f64)
}

/// Decides a column of two or more different values.
pub(super) fn decide(column: &mut ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    let distinct = profile.present_count() as u64;
    let filled = profile.rows() - profile.missing();
    let own = distinct * 2 > filled;
    if all_different(profile) && names::id(&column.name) {
        column.kind = Kind::Text;
        take_as_id(column, profile, warnings);
    } else if names::surely_id(&column.name) && !few(profile) {
        column.kind = Kind::Text;
        take_as_group(column, profile, warnings);
    } else if (own || !few(profile)) && sentences(profile) {
        take_as_text(column, profile, warnings);
    } else if few(profile) {
        take_as_levels(column, profile);
    } else if own {
        let text = format!(
            "has {distinct} different values in {filled} filled cells, as names and ids have, and \
             is ignored."
        );
        ignore(column, WarningKind::LooksLikeId, &text, warnings);
    } else if distinct as usize <= MOST_LEVELS {
        take_as_levels(column, profile);
        let text = format!(
            "has {distinct} levels in {}, and each becomes a column of the design; merge the \
             levels or set its role to `ignored` if that is too many.",
            rows(profile.rows())
        );
        warnings.push(Warning::new(WarningKind::HighCardinality, &column.name, text));
    } else {
        let text = format!(
            "has {distinct} levels, more than the {MOST_LEVELS} that a category may have, and is \
             ignored; merge the levels to use it."
        );
        ignore(column, WarningKind::HighCardinality, &text, warnings);
    }
}

fn ignore(column: &mut ColumnSchema, kind: WarningKind, text: &str, warnings: &mut Vec<Warning>) {
    column.role = Role::Ignored;
    column.kind = Kind::Text;
    warnings.push(Warning::new(kind, &column.name, text));
}

/// Mean characters and words of a filled cell.
fn lengths(profile: &Profile) -> (f64, f64) {
    let (mut letters, mut words, mut cells) = (0.0, 0.0, 0.0);
    for value in profile.present() {
        let (text, count) = (value.text(), value.count as f64);
        letters += count * text.chars().count() as f64;
        words += count * text.split_whitespace().count() as f64;
        cells += count;
    }
    (letters / f64::max(cells, 1.0), words / f64::max(cells, 1.0))
}

fn sentences(profile: &Profile) -> bool {
    let (letters, words) = lengths(profile);
    // A character of Chinese says as much as half a word.
    let letters = if without_spaces(profile) { 3.0 * letters } else { letters };
    letters > SENTENCE.0 || words >= SENTENCE.1
}

/// Whether most letters are of a script that puts no spaces between words.
fn without_spaces(profile: &Profile) -> bool {
    let (mut of_them, mut letters) = (0u64, 0u64);
    for value in profile.present().take(1000) {
        for c in value.text().chars().filter(|c| c.is_alphabetic()) {
            letters += 1;
            // Kana, Chinese characters, Thai, Lao, Khmer, Burmese.
            of_them += u64::from(matches!(
                u32::from(c),
                0x3041..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff
                    | 0x0e00..=0x0eff | 0x1780..=0x17ff | 0x1000..=0x109f
            ));
        }
    }
    2 * of_them > letters
}

/// Takes the column as free text, whose words become design columns.
fn take_as_text(column: &mut ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    column.kind = Kind::Text;
    column.missing_codes.clear();
    let letters = lengths(profile).0;
    let units = if without_spaces(profile) {
        column.text = Some(TextSettings::of_characters());
        "its runs of one to three characters"
    } else {
        "its words and pairs of words"
    };
    let text = format!(
        "holds free text ({letters:.0} characters on average): {units} become columns of the \
         design; set its role to `ignored` if the model is not to read it."
    );
    warnings.push(Warning::new(WarningKind::Text, &column.name, text));
}

/// Whether a text begins with a date: `2024-03-01`, `2024/3/1` or `1.3.2024`, perhaps with a time.
pub(super) fn is_date(text: &str) -> bool {
    let date = text.split([' ', 'T']).next().unwrap_or("");
    let rest = text.get(date.len()..).unwrap_or("");
    let clock = |c: char| c.is_ascii_digit() || " T:.,+-Zz".contains(c);
    if !(rest.is_empty() || (rest.contains(':') && rest.chars().all(clock))) {
        return false;
    }
    ['-', '/', '.'].iter().any(|&mark| {
        let parts: Vec<&str> = date.split(mark).collect();
        match parts.as_slice() {
            [a, b, c] if a.len() == 4 => year(a) && small(b, 12) && small(c, 31),
            [a, b, c] if c.len() == 4 => {
                year(c) && ((small(a, 31) && small(b, 12)) || (small(a, 12) && small(b, 31)))
            }
            _ => false,
        }
    })
}

fn year(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
        && text.parse().is_ok_and(|y: u32| (1600..=2999).contains(&y))
}

fn small(text: &str, most: u32) -> bool {
    matches!(text.len(), 1 | 2)
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.parse().is_ok_and(|n: u32| (1..=most).contains(&n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_known_by_their_form() {
        for text in [
            "2024-03-01",
            "2024/3/1",
            "1.3.2024",
            "12/31/1999",
            "2024-03-01 12:30:00",
            "2024-03-01T12:30:00.5Z",
            "2024-03-01T12:30:00+01:00",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2024-03",
            "1-2-3",
            "1.2.3.4",
            "+202-01-01",
            "2024-03-01x",
            "2024-03-01 late",
            "555-01-1234",
            "9999-01-01",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}
