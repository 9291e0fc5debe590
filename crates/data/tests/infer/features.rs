//! Kinds of features: numbers, codes, yes or no, categories, missing cells.

use linecall_data::TextSettings;
use linecall_data::infer::WarningKind::{self, *};
use linecall_data::schema::{Kind, Missing, Role};

use super::{about, kinds_about, made, number, only, text};

#[test]
fn whole_numbers_are_integers_and_others_numbers() {
    let (whole, found) = about(made("income", 40, |i| format!("{}", 1000 + i * i)));
    assert_eq!(
        (whole.role, whole.kind, whole.missing),
        (Role::Feature, Kind::Integer, Missing::Refuse)
    );
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    let (typed, _) = about(number("income", (0..40).map(|i| f64::from(i * i))));
    assert_eq!(typed.kind, Kind::Integer);
    let (point, _) = about(made("income", 40, |i| format!("{}.0", i * i)));
    assert_eq!(point.kind, Kind::Integer);
    let (real, _) = about(made("income", 40, |i| format!("{}.5", i * i)));
    assert_eq!(real.kind, Kind::Number);
}

#[test]
fn numbers_with_leading_zeros_are_codes() {
    let (column, found) = about(made("branch", 60, |i| format!("00{}", i % 7)));
    assert_eq!((column.kind, column.levels.len()), (Kind::Category, 7));
    assert!(only(&found, LeadingZeros).text.contains("`000`"));
    let (plain, found) = about(made("dose", 60, |i| format!("0.{}", i % 7)));
    assert_eq!((plain.kind, kinds_about(&found, "dose")), (Kind::Number, vec![]));
}

#[test]
fn words_for_missing_do_not_spoil_a_number() {
    let cell = |i: usize| match i % 10 {
        0 => "unknown".to_owned(),
        1 => "-".to_owned(),
        2 => String::new(),
        _ => format!("{i}.25"),
    };
    let (column, found) = about(made("income", 100, cell));
    assert_eq!((column.kind, column.missing), (Kind::Number, Missing::Indicator));
    assert_eq!(column.missing_codes, ["-", "unknown"]);
    assert_eq!(found.columns[0].missing, 30);
    assert!(only(&found, MissingCode).text.contains("20 rows"));
}

#[test]
fn words_for_missing_are_few_among_words() {
    let cells = ["car", "NA", "house", "unknown", "none", "-", "?", ""];
    let (column, found) = about(made("purpose", 80, |i| cells[i % 8]));
    assert_eq!(column.missing_codes, ["?", "NA"]);
    assert_eq!(column.levels, ["-", "car", "house", "none", "unknown"]);
    assert_eq!((column.missing, found.columns[0].missing), (Missing::Category, 30));
}

#[test]
fn a_few_mistakes_leave_a_quantity_a_number() {
    let cell = |i: usize| {
        if i == 4 { "12k".to_owned() } else { (10 * i + 7).to_string() }
    };
    let (column, found) = about(made("income", 60, cell));
    assert_eq!(column.kind, Kind::Integer);
    let warning = only(&found, MixedTypes);
    assert!(warning.text.contains("1 cell, the first in row 5: `12k`"), "{}", warning.text);
    let many = |i: usize| {
        if i.is_multiple_of(5) { format!("{i}k") } else { (10 * i + 7).to_string() }
    };
    let (column, found) = about(made("income", 60, many));
    assert_eq!((column.kind, column.role), (Kind::Text, Role::Ignored));
    assert!(!kinds_about(&found, "income").contains(&MixedTypes));
    let top = |i: usize| {
        if i.is_multiple_of(30) { "12+".to_owned() } else { (i % 12).to_string() }
    };
    assert_eq!(about(made("visits", 600, top)).0.kind, Kind::Category);
}

#[test]
fn an_infinite_number_is_warned_about() {
    let cells = (0..40).map(|i| if i == 7 { f64::INFINITY } else { f64::from(i) * 1.5 });
    let (column, found) = about(number("ratio", cells));
    assert_eq!(column.kind, Kind::Number);
    assert!(only(&found, MixedTypes).text.contains("row 8: `inf`"));
}

#[test]
fn zero_and_one_are_boolean() {
    for cells in
        [["0", "1"], ["no", "yes"], ["false", "true"], ["N", "Y"], ["-1", "1"], ["0.0", "1.0"]]
    {
        let (column, found) = about(made("paid", 60, |i| cells[i % 2]));
        assert_eq!(
            (column.kind, column.levels.as_slice()),
            (Kind::Boolean, &cells.map(str::to_owned)[..])
        );
        assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    }
    let (typed, _) = about(number("paid", (0..60).map(|i| f64::from(i % 2))));
    assert_eq!(typed.levels, ["0", "1"]);
}

#[test]
fn the_affirmative_level_is_last() {
    let (column, _) = about(made("phone", 60, |i| ["present", "absent"][i % 2]));
    assert_eq!(column.levels, ["absent", "present"]);
    let (column, _) = about(made("sign", 60, |i| ["+", "-"][i % 2]));
    assert_eq!((column.kind, column.levels), (Kind::Boolean, vec!["-".to_owned(), "+".to_owned()]));
}

#[test]
fn two_other_levels_are_a_category() {
    for cells in [["f", "m"], ["female", "male"], ["rural", "urban"]] {
        let (column, _) = about(made("place", 60, |i| cells[usize::from(i % 3 > 0)]));
        assert_eq!((column.kind, column.reference.as_deref()), (Kind::Category, Some(cells[1])));
    }
}

#[test]
fn one_and_two_are_codes_unless_the_name_speaks_of_amounts() {
    let (codes, found) = about(made("housing", 60, |i| ["1", "2"][i % 2]));
    assert_eq!(codes.kind, Kind::Category);
    assert!(only(&found, NumericCodes).text.contains("only 1 and 2"));
    let (amount, found) = about(made("number_of_cars", 60, |i| ["1", "2"][i % 2]));
    assert_eq!((amount.kind, kinds_about(&found, "number_of_cars")), (Kind::Integer, vec![]));
    assert_eq!(about(made("dose", 60, |i| ["5", "10"][i % 2])).0.kind, Kind::Integer);
}

#[test]
fn whole_numbers_are_codes_only_by_name() {
    for (name, levels, kind) in [
        ("EDUCATION", 7, Kind::Category),
        ("job_type", 12, Kind::Category),
        ("job_type", 13, Kind::Integer),
        ("PAY_0", 11, Kind::Integer),
        ("EducationLevel", 5, Kind::Integer),
        ("years_in_region", 5, Kind::Integer),
        ("stateful", 5, Kind::Integer),
    ] {
        let (column, found) = about(made(name, 200, |i| (i % levels).to_string()));
        assert_eq!(column.kind, kind, "{name} {levels}");
        let expected: &[WarningKind] = if kind == Kind::Category { &[NumericCodes] } else { &[] };
        assert_eq!(kinds_about(&found, name), expected, "{name} {levels}");
    }
}

#[test]
fn codes_spelt_in_two_ways_stay_numbers() {
    let (column, _) = about(made("region", 90, |i| ["1", "2", "2.0"][i % 3]));
    assert_eq!(column.kind, Kind::Integer);
}

#[test]
fn post_codes_are_categories_at_any_number() {
    let (column, found) = about(made("zip_code", 900, |i| (10_000 + i % 28).to_string()));
    assert_eq!((column.kind, column.levels.len()), (Kind::Category, 28));
    assert_eq!(kinds_about(&found, "zip_code"), [NumericCodes]);
    let (column, found) = about(made("zip", 900, |i| (10_000 + i % 300).to_string()));
    assert_eq!((column.kind, column.levels.len()), (Kind::Category, 300));
    assert_eq!(kinds_about(&found, "zip"), [HighCardinality, NumericCodes, RareCategory]);
}

#[test]
fn levels_are_sorted_as_numbers_and_the_commonest_is_the_reference() {
    let (column, _) = about(made("region", 120, |i| ["10", "9", "9", "100"][i % 4]));
    assert_eq!(column.levels, ["9", "10", "100"]);
    assert_eq!(column.reference.as_deref(), Some("9"));
    let (tied, _) = about(made("purpose", 120, |i| ["car", "boat"][i % 2]));
    assert_eq!(tied.reference.as_deref(), Some("boat"));
}

#[test]
fn text_is_a_category_up_to_a_number_of_levels() {
    let name = |n: usize| move |i: usize| format!("level {}", i % n);
    for (rows, levels, role, warning) in [
        (100, 20, Role::Feature, None),
        (100, 21, Role::Feature, Some(HighCardinality)),
        (100, 60, Role::Ignored, Some(LooksLikeId)),
        (10_000, 100, Role::Feature, None),
        (10_000, 101, Role::Feature, Some(HighCardinality)),
        (4_000, 1_000, Role::Feature, Some(HighCardinality)),
        (4_000, 1_001, Role::Ignored, Some(HighCardinality)),
    ] {
        let (column, found) = about(made("maker", rows, name(levels)));
        assert_eq!(column.role, role, "{rows} {levels}");
        let mut kinds = kinds_about(&found, "maker");
        kinds.retain(|k| *k != RareCategory);
        assert_eq!(kinds, Vec::from_iter(warning), "{rows} {levels}");
        let kind = if role == Role::Feature { Kind::Category } else { Kind::Text };
        assert_eq!(column.kind, kind, "{rows} {levels}");
    }
}

#[test]
fn sentences_are_free_text() {
    let long = |i: usize| format!("a rather long remark about applicant {i}");
    let (column, found) = about(made("remark", 12, long));
    assert_eq!((column.role, column.kind), (Role::Feature, Kind::Text));
    assert_eq!((column.missing, column.text), (Missing::Refuse, None));
    assert!(only(&found, Text).text.contains("words and pairs of words become columns"));
    // Where no spaces part words, characters are taken.
    let japanese = |i: usize| format!("朝食は良いですが部屋は狭い{i}");
    let (column, found) = about(made("remark", 60, japanese));
    assert_eq!((column.role, column.kind), (Role::Feature, Kind::Text));
    assert_eq!(column.text, Some(TextSettings::of_characters()));
    assert!(only(&found, Text).text.contains("one to three characters"));
    let words = |i: usize| format!("a b c d e {i}");
    assert_eq!(kinds_about(&about(made("remark", 50, words)).1, "remark"), [Text]);
    let repeated = |i: usize| format!("a rather long name of a level, number {}", i % 3);
    assert_eq!(about(made("remark", 60, repeated)).0.kind, Kind::Category);
}

#[test]
fn dates_are_ignored() {
    let (column, found) = about(made("opened", 60, |i| format!("2024-0{}-11", 1 + i % 9)));
    assert_eq!((column.role, column.kind), (Role::Ignored, Kind::Text));
    assert!(only(&found, Date).text.contains("`2024-01-11`"));
    let (column, _) = about(made("opened", 60, |i| ["2024-01-11", "never"][i % 2]));
    assert_eq!(column.kind, Kind::Category);
}

#[test]
fn cells_are_trimmed_and_typed_nan_is_missing() {
    let (column, _) = about(made("purpose", 60, |i| [" car ", "car", "\tboat", "  "][i % 4]));
    assert_eq!(
        (column.levels, column.missing),
        (vec!["boat".to_owned(), "car".to_owned()], Missing::Category)
    );
    let cells = (0..60i32).map(|i| if i % 4 == 0 { f64::NAN } else { f64::from(i) });
    let (column, found) = about(number("income", cells));
    assert_eq!((column.missing, found.columns[0].missing), (Missing::Indicator, 15));
}

#[test]
fn one_value_and_missing_cells_is_a_category() {
    let (column, found) = about(made("defaulted", 60, |i| ["1", ""][i % 2]));
    assert_eq!((column.role, column.kind), (Role::Feature, Kind::Category));
    assert_eq!((column.levels, column.missing), (vec!["1".to_owned()], Missing::Category));
    assert!(found.warnings.is_empty());
}

#[test]
fn what_a_person_cannot_change_is_marked() {
    for (name, mutable) in
        [("AGE", false), ("applicantSex", false), ("average", true), ("page", true)]
    {
        let (column, _) = about(text(name, (0..60).map(|i| ((i * 7) % 31).to_string())));
        assert_eq!(column.mutable, mutable, "{name}");
    }
}
