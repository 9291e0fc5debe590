//! What a column is: numbers, words, dates or nothing; and what follows for its schema.

use super::names;
use super::numbers;
use super::profile::{Profile, Value};
use super::warnings::{Warning, WarningKind, counted, percent, quoted, rows};
use super::words;
use crate::labels::sort_classes;
use crate::schema::{ColumnSchema, Kind, Missing, Role};

/// Fewest rows in which a column may be taken as an id.
pub(super) const ID_ROWS: u64 = 20;

/// Fewest rows in which rare levels are worth a warning.
const RARE_ROWS: u64 = 50;

/// Above this share of missing cells a column is nearly all missing.
const NEARLY_ALL: f64 = 0.95;

/// What the cells of a column are.
enum Form {
    /// All cells are missing.
    Nothing,
    Numbers,
    Dates,
    Words,
}

/// Decides the schema of a column that is not the target. Values that stand for missing cells are
/// marked as such in the profile.
pub(super) fn decide(name: &str, profile: &mut Profile) -> (ColumnSchema, Vec<Warning>) {
    let mut warnings = Vec::new();
    let mut column = ColumnSchema::new(name, Role::Feature, Kind::Text);
    column.mutable = !names::unchangeable(name);
    let form = form(&mut column, profile, &mut warnings);
    match form {
        Form::Nothing => empty(&mut column, profile, &mut warnings),
        _ if profile.present().nth(1).is_none() => {
            single(&mut column, profile, matches!(form, Form::Numbers), &mut warnings);
        }
        Form::Numbers => numbers::decide(&mut column, profile, &mut warnings),
        Form::Dates => dates(&mut column, profile, &mut warnings),
        Form::Words => words::decide(&mut column, profile, &mut warnings),
    }
    finish(&mut column, profile, &mut warnings);
    (column, warnings)
}

fn form(column: &mut ColumnSchema, profile: &mut Profile, warnings: &mut Vec<Warning>) -> Form {
    if profile.distinct() == 0 {
        return Form::Nothing;
    }
    if profile.typed {
        return if profile.numbers().is_empty() { Form::Nothing } else { Form::Numbers };
    }
    let zeros = numbers::leading_zeros(profile);
    if zeros.is_none() && numbers::mostly(profile) {
        column.missing_codes = profile.set_missing(missing_among_numbers);
        warn_missing_codes(column, profile, warnings);
        return Form::Numbers;
    }
    column.missing_codes = profile.set_missing(missing_among_words);
    warn_missing_codes(column, profile, warnings);
    if profile.present().next().is_none() {
        return Form::Nothing;
    }
    if let Some(example) = zeros {
        numbers::warn_leading_zeros(column, profile, &example, warnings);
    }
    if profile.present().all(|v| words::is_date(&v.text())) { Form::Dates } else { Form::Words }
}

/// Whether a text means "missing" in a column of words.
pub(super) fn missing_among_words(text: &str) -> bool {
    matches!(text, "NA" | "N/A" | "n/a" | "NaN" | "nan" | "NULL" | "null" | "?")
}

/// Whether a text means "missing" where all else is numbers.
pub(super) fn missing_among_numbers(text: &str) -> bool {
    if matches!(text, "None" | "NONE" | "-" | "--" | "." | ".." | "*" | "??") {
        return true;
    }
    let lower = text.to_lowercase();
    missing_among_words(text)
        || matches!(
            lower.as_str(),
            "na" | "n/a"
                | "n.a."
                | "nan"
                | "null"
                | "nil"
                | "#n/a"
                | "#na"
                | "<na>"
                | "nat"
                | "missing"
                | "unknown"
        )
}

fn warn_missing_codes(column: &ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    if column.missing_codes.is_empty() {
        return;
    }
    let codes: Vec<_> = column.missing_codes.iter().map(|c| quoted(c)).collect();
    let cells: u64 = profile.values().filter(|v| v.missing).map(|v| v.count).sum();
    let text = format!(
        "has {} in {}, taken as missing; remove it from `missing_codes` if it means something \
         else.",
        codes.join(", "),
        rows(cells)
    );
    warnings.push(Warning::new(WarningKind::MissingCode, &column.name, text));
}

fn empty(column: &mut ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    column.role = Role::Ignored;
    if profile.typed {
        column.kind = Kind::Number;
    }
    let state = if profile.present().next().is_none() { "is empty" } else { "is infinite" };
    let text = format!("{state} in all {}, and is ignored.", rows(profile.rows()));
    warnings.push(Warning::new(WarningKind::NearlyAllMissing, &column.name, text));
}

/// A column with one value: constant, or a value that is there or not.
fn single(
    column: &mut ColumnSchema,
    profile: &Profile,
    numeric: bool,
    warnings: &mut Vec<Warning>,
) {
    let Some(value) = profile.present().next() else {
        return;
    };
    column.kind = Kind::Category;
    column.levels = vec![value.text().into_owned()];
    if profile.missing() > 0 {
        return;
    }
    column.role = Role::Ignored;
    if numeric && let Some(number) = value.number() {
        column.levels.clear();
        column.kind = numbers::kind_of(number);
    }
    let text = format!(
        "is {} in all {}, so it cannot tell anybody apart, and is ignored.",
        quoted(&value.text()),
        rows(profile.rows())
    );
    warnings.push(Warning::new(WarningKind::Constant, &column.name, text));
}

fn dates(column: &mut ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    column.role = Role::Ignored;
    let example = profile.present().next().map(|v| quoted(&v.text())).unwrap_or_default();
    let text = format!(
        "holds dates such as {example}, which a linear model cannot use as they are, and is \
         ignored; turn it into a number (days since an event), or set its role to `time` to keep \
         folds in order."
    );
    warnings.push(Warning::new(WarningKind::Date, &column.name, text));
}

/// Whether every row has a value of its own.
pub(super) fn all_different(profile: &Profile) -> bool {
    profile.rows() >= ID_ROWS
        && profile.missing() == 0
        && profile.distinct() as u64 == profile.rows()
}

/// Takes the column as an id.
pub(super) fn take_as_id(
    column: &mut ColumnSchema,
    profile: &Profile,
    warnings: &mut Vec<Warning>,
) {
    column.role = Role::Id;
    let text = format!(
        "is different in each of the {}, so it names the row and was given the role `id`; set \
         its role to `feature` if it measures something.",
        rows(profile.rows())
    );
    warnings.push(Warning::new(WarningKind::LooksLikeId, &column.name, text));
}

/// Takes the column as the id of something that occurs in several rows.
pub(super) fn take_as_group(
    column: &mut ColumnSchema,
    profile: &Profile,
    warnings: &mut Vec<Warning>,
) {
    column.role = Role::Ignored;
    let text = format!(
        "names {} in {} and is ignored; set its role to `group` to keep the rows of one together \
         when folds are cut.",
        counted(profile.present_count() as u64, "thing", "different things"),
        rows(profile.rows())
    );
    warnings.push(Warning::new(WarningKind::LooksLikeGroup, &column.name, text));
}

/// Makes the column a category, or a boolean where its two levels are a no and a yes.
pub(super) fn take_as_levels(column: &mut ColumnSchema, profile: &Profile) {
    let levels = sort_classes(profile.present().map(|v| v.text().into_owned()).collect());
    column.kind = Kind::Category;
    if let [a, b] = levels.as_slice() {
        match (truth(a), truth(b)) {
            (Some(false), Some(true)) => column.kind = Kind::Boolean,
            (Some(true), Some(false)) => {
                column.kind = Kind::Boolean;
                column.levels = vec![b.clone(), a.clone()];
                return;
            }
            _ => {}
        }
    }
    column.levels = levels;
}

/// Whether a text says yes or no; `None` if neither.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "+1" | "1.0" | "yes" | "y" | "true" | "t" | "on" | "positive" | "pos" | "present"
        | "+" => Some(true),
        "0" | "0.0" | "-1" | "-1.0" | "no" | "n" | "none" | "false" | "f" | "off" | "negative"
        | "neg" | "absent" | "-" => Some(false),
        _ => None,
    }
}

/// Settles what follows from role, kind and levels.
fn finish(column: &mut ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    if column.kind == Kind::Category {
        let commonest = profile
            .present()
            .map(|v| (v.count, v.text()))
            .filter_map(|(n, text)| {
                column.levels.iter().position(|l| *l == text).map(|i| (n, std::cmp::Reverse(i)))
            })
            .max();
        column.reference = commonest.and_then(|(_, i)| column.levels.get(i.0).cloned());
    }
    // A missing text is an empty one.
    if column.role != Role::Feature || column.kind == Kind::Text {
        return;
    }
    if profile.missing() > 0 {
        column.missing = match column.kind {
            Kind::Category => Missing::Category,
            _ => Missing::Indicator,
        };
        warn_nearly_missing(column, profile, warnings);
    }
    if matches!(column.kind, Kind::Category | Kind::Boolean) {
        warn_rare(column, profile, warnings);
        warn_similar(column, warnings);
    }
    if names::weight(&column.name) {
        let text = "has the name of row weights but is kept as a feature; set its role to \
                    `weight` if it says how much each row counts, or to `ignored`.";
        warnings.push(Warning::new(WarningKind::LooksLikeWeight, &column.name, text));
    }
}

fn warn_nearly_missing(column: &ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    let (missing, all) = (profile.missing(), profile.rows());
    if missing as f64 > NEARLY_ALL * all as f64 {
        let text = format!(
            "is missing in {missing} of {} ({}) and is kept for what the missing cells tell; set \
             its role to `ignored` if they tell nothing.",
            rows(all),
            percent(missing, all)
        );
        warnings.push(Warning::new(WarningKind::NearlyAllMissing, &column.name, text));
    }
}

/// Levels with fewer than 5 rows, or than one row in a thousand.
fn warn_rare(column: &ColumnSchema, profile: &Profile, warnings: &mut Vec<Warning>) {
    if profile.rows() < RARE_ROWS {
        return;
    }
    let few = (profile.rows() as f64 / 1000.0).max(5.0);
    let mut rare: Vec<Value> = profile.present().filter(|v| (v.count as f64) < few).collect();
    if rare.is_empty() {
        return;
    }
    rare.sort_by(|a, b| a.count.cmp(&b.count).then_with(|| a.text().cmp(&b.text())));
    let named: Vec<_> =
        rare.iter().take(3).map(|v| format!("{} ({})", quoted(&v.text()), rows(v.count))).collect();
    let more = match rare.len() - named.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let text = format!(
        "has {} with too few rows to learn much from: {}{more}; merge with others where that \
         makes sense.",
        counted(rare.len() as u64, "level", "levels"),
        named.join(", ")
    );
    warnings.push(Warning::new(WarningKind::RareCategory, &column.name, text));
}

/// Levels that are one but for case, spaces, hyphens and underscores, or that are one number.
fn warn_similar(column: &ColumnSchema, warnings: &mut Vec<Warning>) {
    if let Some((a, b)) = similar(&column.levels) {
        let text = format!(
            "has the levels {} and {}, which may be one; they are kept apart.",
            quoted(a),
            quoted(b)
        );
        warnings.push(Warning::new(WarningKind::SimilarLevels, &column.name, text));
    }
}

/// The first two levels that may be one.
pub(super) fn similar(levels: &[String]) -> Option<(&str, &str)> {
    let mut seen = std::collections::HashMap::new();
    levels.iter().find_map(|level| {
        let key = match crate::number::parse_number(level) {
            Some(number) => (true, (number + 0.0).to_string()),
            None => {
                (false, level.to_lowercase().split([' ', '_', '-']).collect::<Vec<_>>().join(" "))
            }
        };
        seen.insert(key, level.as_str()).map(|first| (first, level.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_missing_are_fewer_among_words() {
        for text in ["NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "?"] {
            assert!(missing_among_words(text) && missing_among_numbers(text), "{text}");
        }
        for text in ["unknown", "Missing", "-", ".", "None", "#N/A", "<NA>"] {
            assert!(!missing_among_words(text) && missing_among_numbers(text), "{text}");
        }
        for text in ["none", "no", "0", "x"] {
            assert!(!missing_among_numbers(text), "{text}");
        }
    }

    #[test]
    fn yes_and_no_are_known_in_any_case() {
        assert_eq!(
            (truth("YES"), truth("False"), truth("f")),
            (Some(true), Some(false), Some(false))
        );
        assert_eq!((truth("male"), truth("2"), truth("")), (None, None, None));
    }

    #[test]
    fn similar_levels_are_one_but_for_case_or_spelling() {
        let first = |levels: &[&str]| {
            let levels: Vec<String> = levels.iter().map(|&l| l.to_owned()).collect();
            similar(&levels).map(|(a, b)| (a.to_owned(), b.to_owned()))
        };
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(first(&["Male", "female", "male"]), pair("Male", "male"));
        assert_eq!(first(&["self emp", "self-emp"]), pair("self emp", "self-emp"));
        assert_eq!(first(&["1", "2", "1.0"]), pair("1", "1.0"));
        assert_eq!(first(&["<5", ">5", "5", "1-12", "11-2", "+", "-"]), None);
    }
}
