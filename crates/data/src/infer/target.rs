//! The target: which column, which classes, which one is positive.

use std::collections::HashMap;

use super::codes::Codes;
use super::kinds::{missing_among_words, similar, truth};
use super::names;
use super::profile::{EMPTY, Profile};
use super::warnings::{Warning, WarningKind, percent, quoted, rows};
use super::{InferOptions, sets};
use crate::labels::sort_classes;
use crate::schema::{ColumnSchema, Kind, Role, TargetSchema};
use crate::{Column, Error, ErrorKind, Place, Result, Table};

/// Fewest and most classes of a guessed target.
const GUESS: std::ops::RangeInclusive<usize> = 2..=20;

/// Most classes.
pub(super) const MOST_CLASSES: usize = 1 << 16;

/// Most different numbers that are classes.
const MOST_NUMBERS: usize = 100;

/// Share of the rows below which a class is rare.
const RARE: f64 = 0.05;

/// Rows below which a class is too small to learn or to test.
pub(super) const SMALL: u64 = 10;

/// The target, found and checked.
pub(super) struct Target {
    /// Position of its column.
    pub(super) index: usize,
    pub(super) guessed: bool,
    pub(super) schema: TargetSchema,
    pub(super) column: ColumnSchema,
    pub(super) warnings: Vec<Warning>,
    /// Class of each row by its position in `schema.classes`; [`EMPTY`] if it has none.
    pub(super) codes: Codes,
    /// Rows of each class.
    pub(super) counts: Vec<u64>,
}

/// Finds the target and its classes.
pub(super) fn find(table: &Table, options: &InferOptions) -> Result<Target> {
    let guessed = options.target.is_none();
    let column = match &options.target {
        Some(name) => table.require(name)?,
        None => guess(table)?,
    };
    let index = table.columns().iter().position(|c| c.name == column.name).unwrap_or(0);
    let place = Place::file(&table.origin().file).column(&column.name);
    let mut profile = Profile::new(&column.cells);
    if let Some(separator) = options.multilabel {
        return sets::find(table, options, separator, index, profile);
    }
    let missing_codes = missing_codes(&mut profile);
    let classes = classes(&profile).map_err(|e| e.at(place.clone()))?;
    let (codes, counts) = code_rows(&profile, &classes);
    let positive = positive(options, &classes).map_err(|e| e.at(place.clone()))?;
    if let Some(class) = &options.favourable {
        require_class(class, &classes, "favourable").map_err(|e| e.at(place))?;
    }
    let mut warnings = Vec::new();
    if guessed {
        let text = "was guessed to be the target; name another with `--target` if it is not.";
        warnings.push(Warning::new(WarningKind::TargetGuessed, &column.name, text));
    }
    warn_positive(column, options, &classes, positive.as_ref(), &mut warnings);
    warn_missing(column, &profile, &missing_codes, &mut warnings);
    warn_counts(column, &classes, &counts, &mut warnings);
    let schema = TargetSchema {
        column: column.name.clone(),
        classes,
        positive,
        favourable: options.favourable.clone(),
        multilabel: None,
        labels: Default::default(),
    };
    let column = column_schema(&schema, missing_codes);
    Ok(Target { index, guessed, schema, column, warnings, codes, counts })
}

/// Marks words for "missing" among the classes, unless too few classes were left.
pub(super) fn missing_codes(profile: &mut Profile) -> Vec<String> {
    let left = profile.values().filter(|v| !missing_among_words(&v.text())).count();
    if left < 2 { Vec::new() } else { profile.set_missing(missing_among_words) }
}

fn guess(table: &Table) -> Result<&Column> {
    let fits = |column: &&Column| {
        let mut profile = Profile::new(&column.cells);
        missing_codes(&mut profile);
        GUESS.contains(&profile.present_count())
    };
    let mut named: Vec<(usize, &Column)> = table
        .columns()
        .iter()
        .filter_map(|c| names::target_rank(&c.name).map(|rank| (rank, c)))
        .collect();
    named.sort_by_key(|(rank, _)| *rank);
    let found = named.into_iter().map(|(_, c)| c).chain(table.columns().last()).find(fits);
    found.ok_or_else(|| {
        Error::new(ErrorKind::Column, "no column looks like the target")
            .at(Place::file(&table.origin().file))
            .mend("name the column to predict with `--target`")
    })
}

/// The sorted classes, if the column holds classes.
fn classes(profile: &Profile) -> Result<Vec<String>> {
    let distinct = profile.present_count();
    let filled = profile.rows() - profile.missing();
    if distinct > MOST_NUMBERS && profile.present().all(|v| v.number().is_some()) {
        let problem = format!(
            "the target has {distinct} different numbers and looks like a quantity; linecall \
             predicts classes"
        );
        return Err(Error::new(ErrorKind::Value, problem)
            .mend("cut it into classes, or name another target"));
    }
    if distinct > *GUESS.end() && distinct as u64 * 2 > filled {
        let problem = format!(
            "the target has {distinct} different values in {} and names rows rather than classes",
            rows(filled)
        );
        return Err(Error::new(ErrorKind::Value, problem).mend("name another target"));
    }
    if distinct > MOST_CLASSES {
        let problem = format!("the target has {distinct} classes, at most {MOST_CLASSES} are read");
        return Err(
            Error::new(ErrorKind::Limit, problem).mend("merge them, or name another target")
        );
    }
    let classes = sort_classes(profile.present().map(|v| v.text().into_owned()).collect());
    match classes.as_slice() {
        [] => Err(Error::new(ErrorKind::Empty, "the target is missing in every row")),
        [only] => Err(Error::new(ErrorKind::Empty, "the target has only this one class")
            .value(only)
            .mend("give rows of at least two classes")),
        _ => Ok(classes),
    }
}

fn code_rows(profile: &Profile, classes: &[String]) -> (Codes, Vec<u64>) {
    let position: HashMap<&str, u32> =
        classes.iter().enumerate().map(|(i, c)| (c.as_str(), i as u32)).collect();
    let class_of: Vec<u32> = profile
        .values()
        .map(|v| if v.missing { EMPTY } else { *position.get(&*v.text()).unwrap_or(&EMPTY) })
        .collect();
    let mut counts = vec![0; classes.len()];
    for (value, &class) in profile.values().zip(&class_of) {
        if let Some(count) = counts.get_mut(class as usize) {
            *count += value.count;
        }
    }
    let mut codes = Codes::with_capacity(profile.codes.len());
    let code = |c: u32| class_of.get(c as usize).copied().unwrap_or(EMPTY);
    profile.codes.iter().for_each(|c| codes.push(code(c)));
    (codes, counts)
}

fn require_class(class: &str, classes: &[String], what: &str) -> Result<()> {
    if classes.iter().any(|c| c == class) {
        return Ok(());
    }
    let named: Vec<_> = classes.iter().take(12).map(|c| quoted(c)).collect();
    Err(Error::new(ErrorKind::Value, format!("the {what} class is not a class of the target"))
        .value(class)
        .mend(format!("choose among {}", named.join(", "))))
}

fn positive(options: &InferOptions, classes: &[String]) -> Result<Option<String>> {
    let [first, last] = classes else {
        return match &options.positive {
            None => Ok(None),
            Some(class) => Err(Error::new(
                ErrorKind::Value,
                format!("a positive class is for two classes, the target has {}", classes.len()),
            )
            .value(class)
            .mend("leave it out")),
        };
    };
    if let Some(class) = &options.positive {
        require_class(class, classes, "positive")?;
        return Ok(Some(class.clone()));
    }
    let affirmative = affirmative(first, last).unwrap_or(last);
    Ok(Some(affirmative.to_owned()))
}

/// The one of two classes that says yes, that the other negates, or that is above (`>50K`, `<=50K`).
fn affirmative<'a>(a: &'a str, b: &'a str) -> Option<&'a str> {
    // Beside another word, a number or a letter says nothing: 1 and 2, f and m.
    let spoken = |text: &str| truth(text).filter(|_| text.chars().count() > 2);
    match (truth(a).zip(truth(b)), spoken(a), spoken(b)) {
        (Some((true, false)), ..) | (None, Some(true), _) | (None, _, Some(false)) => {
            return Some(a);
        }
        (Some((false, true)), ..) | (None, Some(false), _) | (None, _, Some(true)) => {
            return Some(b);
        }
        _ => {}
    }
    let above = |high: &str, low: &str| high.starts_with('>') && low.starts_with('<');
    if negates(b, a) || above(a, b) {
        return Some(a);
    }
    (negates(a, b) || above(b, a)).then_some(b)
}

/// Whether a class is another one with "no" or "not" before it.
fn negates(class: &str, other: &str) -> bool {
    let (class, other) = (class.to_lowercase(), other.to_lowercase());
    class.strip_suffix(&other).is_some_and(|rest| {
        matches!(rest.trim_end_matches([' ', '_', '-']), "no" | "not" | "non" | "un")
    })
}

fn column_schema(schema: &TargetSchema, missing_codes: Vec<String>) -> ColumnSchema {
    let mut column = ColumnSchema::new(&schema.column, Role::Target, Kind::Category);
    column.levels = schema.classes.clone();
    column.missing_codes = missing_codes;
    if let Some(positive) = &schema.positive {
        column.kind = Kind::Boolean;
        column.levels.sort_by_key(|class| class == positive);
    }
    column
}

fn warn_positive(
    column: &Column,
    options: &InferOptions,
    classes: &[String],
    positive: Option<&String>,
    warnings: &mut Vec<Warning>,
) {
    if let ([a, b], Some(positive), None) = (classes, positive, &options.positive)
        && affirmative(a, b).is_none()
    {
        let text = format!(
            "has the classes {} and {}, and {} was taken as the positive one because it sorts \
             last; name the other with `--positive` if that is meant.",
            quoted(a),
            quoted(b),
            quoted(positive)
        );
        warnings.push(Warning::new(WarningKind::PositiveGuessed, &column.name, text));
    }
    if let Some((a, b)) = similar(classes) {
        let text = format!(
            "has the classes {} and {}, which may be one; they are kept apart.",
            quoted(a),
            quoted(b)
        );
        warnings.push(Warning::new(WarningKind::SimilarLevels, &column.name, text));
    }
}

fn warn_missing(
    column: &Column,
    profile: &Profile,
    missing_codes: &[String],
    warnings: &mut Vec<Warning>,
) {
    if profile.missing() == 0 {
        return;
    }
    let as_code = match missing_codes {
        [] => String::new(),
        codes => format!(
            " ({} taken as missing)",
            codes.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(", ")
        ),
    };
    let text = format!(
        "is missing in {} of {}{as_code}; fitting needs the target of every row, so remove these.",
        profile.missing(),
        rows(profile.rows())
    );
    warnings.push(Warning::new(WarningKind::TargetMissing, &column.name, text));
}

fn warn_counts(column: &Column, classes: &[String], counts: &[u64], warnings: &mut Vec<Warning>) {
    let all: u64 = counts.iter().sum();
    let smallest = classes.iter().zip(counts).min_by_key(|(_, n)| **n);
    let Some((class, &count)) = smallest else {
        return;
    };
    let small = count < SMALL;
    let rare = classes.len() == 2 && (count as f64) < RARE * all as f64;
    if small || rare {
        let advice = if small {
            "too few to learn it or to test it with confidence"
        } else {
            "so a model that never predicts it looks accurate; judge by more than accuracy"
        };
        let text = format!(
            "has class {} in only {} of {} ({}), {advice}.",
            quoted(class),
            count,
            rows(all),
            percent(count, all)
        );
        warnings.push(Warning::new(WarningKind::Imbalance, &column.name, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_affirmative_class_is_known_by_its_words() {
        let cases = [
            ("no", "yes", Some("yes")),
            ("-1", "1", Some("1")),
            ("+", "-", Some("+")),
            ("default", "no default", Some("default")),
            ("non-spam", "spam", Some("spam")),
            ("<=50K", ">50K", Some(">50K")),
            ("bad", "good", None),
            ("1", "2", None),
            ("f", "m", None),
            ("positive", "unclear", Some("positive")),
            ("none", "some", Some("some")),
            ("g", "b", None),
        ];
        for (a, b, expected) in cases {
            assert_eq!(affirmative(a, b), expected, "{a} {b}");
        }
    }
}
