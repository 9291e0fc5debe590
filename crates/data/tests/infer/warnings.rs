//! Warnings: leaks, separation, rare levels, codes for missing.

use linecall_data::infer::WarningKind::*;
use linecall_data::infer::{Description, infer};
use linecall_data::schema::Role;
use linecall_data::{Cells, Column};

use super::{about, coin, kinds_about, made, number, of_kind, only, options, table};

const ROWS: usize = 400;

/// What is inferred about column `x`, made from the class (0, 1, ...) of each row.
fn beside(classes: usize, cell: impl Fn(usize, usize) -> String) -> Description {
    let class = |i: usize| i * 7 % 13 % classes;
    let columns =
        vec![made("x", ROWS, |i| cell(class(i), i)), made("y", ROWS, |i| class(i).to_string())];
    infer(&table(columns), &options("y")).unwrap()
}

#[test]
fn a_number_that_orders_the_classes_leaks() {
    let found = beside(2, |class, i| format!("{}.5", 1000 * class + i));
    let warning = only(&found, Leak);
    assert!(
        warning.text.contains("AUC 1.000") && warning.text.contains("`ignored`"),
        "{}",
        warning.text
    );
    assert_eq!(found.schema.column("x").unwrap().role, Role::Feature);
    let found = beside(2, |class, i| format!("{}.5", i as i64 - 1000 * class as i64));
    assert_eq!(kinds_about(&found, "x"), [Leak]);
    let found = beside(3, |class, i| format!("{}.5", 1000 * ((class + 1) % 3) + i));
    assert_eq!(kinds_about(&found, "x"), [Leak]);
}

#[test]
fn a_good_number_is_no_leak() {
    // One row in twenty is on the wrong side.
    let found = beside(2, |class, i| {
        let side = if i.is_multiple_of(20) { 1 - class } else { class };
        format!("{}.5", 1000 * side + i)
    });
    assert_eq!(kinds_about(&found, "x"), []);
}

#[test]
fn a_relabelled_target_leaks() {
    let words = ["alpha", "beta", "gamma"];
    for classes in [2, 3] {
        let found = beside(classes, |class, _| words[class].to_owned());
        assert!(only(&found, Leak).text.contains("400 of 400 rows (100 %)"));
    }
    let found = beside(2, |class, i| words[if i == 7 { 1 - class } else { class }].to_owned());
    assert!(only(&found, Leak).text.contains("399 of 400 rows (99.75 %)"));
    let found = beside(2, |class, i| words[if i % 50 == 7 { 1 - class } else { class }].to_owned());
    assert_eq!(kinds_about(&found, "x"), []);
}

#[test]
fn whether_it_is_missing_may_leak() {
    let found =
        beside(2, |class, i| if class == 0 { String::new() } else { format!("{}.5", i % 90) });
    let warning = only(&found, Leak);
    assert!(warning.text.contains("is missing"), "{}", warning.text);
}

#[test]
fn a_level_of_few_rows_proves_nothing() {
    let found = beside(2, |_, i| format!("shop {}", i / 2));
    assert_eq!(of_kind(&found, Leak), Vec::<&linecall_data::infer::Warning>::new());
}

#[test]
fn a_rare_class_is_not_told_by_the_commonest_one() {
    let columns = vec![
        made("x", 4000, |i| ["car", "boat", "house"][i % 3]),
        made("y", 4000, |i| if i.is_multiple_of(300) { "1" } else { "0" }),
    ];
    let found = infer(&table(columns), &options("y")).unwrap();
    assert_eq!(of_kind(&found, Leak).len(), 0);
}

#[test]
fn a_level_that_holds_one_class_separates() {
    let found = beside(2, |class, i| {
        let held = class == 1 && i % 3 > 0;
        if held { "owner" } else { ["tenant", "other"][i % 2] }.to_owned()
    });
    let warning = only(&found, Separates);
    assert!(warning.text.contains("is `owner` in") && warning.text.contains("of class `1`"));
    assert_eq!(found.schema.column("x").unwrap().role, Role::Feature);
    let found = beside(2, |class, i| {
        let held = class == 1 && i.is_multiple_of(5);
        if held { "owner" } else { ["tenant", "other"][i % 2] }.to_owned()
    });
    assert_eq!(kinds_about(&found, "x"), []);
}

#[test]
fn a_number_that_tells_one_class_of_three_separates() {
    let found = beside(3, |class, i| format!("{}.5", if class == 2 { 1000 + i } else { i % 97 }));
    let warning = only(&found, Separates);
    assert!(warning.text.contains("tells class `2` from all others"), "{}", warning.text);
}

#[test]
fn rare_levels_are_named_with_their_rows() {
    let cell = |i: usize| match i {
        0 => "a",
        1..=2 => "b",
        3..=5 => "c",
        6..=9 => "d",
        10..=14 => "e",
        _ => "f",
    };
    let (_, found) = about(made("purpose", 200, cell));
    let text = &only(&found, RareCategory).text;
    assert!(
        text.contains("4 levels")
            && text.contains("`a` (1 row), `b` (2 rows), `c` (3 rows) and 1 more")
    );
    let (_, found) = about(made("flag", 200, |i| if i < 4 { "yes" } else { "no" }));
    assert!(only(&found, RareCategory).text.contains("`yes` (4 rows)"));
    let (_, found) = about(made("flag", 200, |i| if i < 5 { "yes" } else { "no" }));
    assert!(found.warnings.is_empty());
    let (_, found) = about(made("flag", 9_000, |i| if i < 8 { "yes" } else { "no" }));
    assert!(only(&found, RareCategory).text.contains("`yes` (8 rows)"));
}

#[test]
fn numbers_far_away_may_stand_for_missing() {
    let (column, found) =
        about(made("months", 200, |i| if i.is_multiple_of(20) { 999 } else { i % 37 }.to_string()));
    let text = &only(&found, SuspectCode).text;
    assert!(text.contains("`999` in 10 rows") && text.contains("from 0 to 36"), "{text}");
    assert!(column.missing_codes.is_empty());
    let (_, found) = about(made("pdays", 200, |i| {
        if i.is_multiple_of(2) { -1 } else { i as i64 % 37 }.to_string()
    }));
    assert!(only(&found, SuspectCode).text.contains("`-1` in 100 rows"));
    let (_, found) = about(made("balance", 200, |i| (i as i64 % 37 - 9).to_string()));
    assert!(found.warnings.is_empty());
}

#[test]
fn levels_that_may_be_one_are_shown() {
    let (column, found) = about(made("purpose", 90, |i| ["Car", "boat", "car"][i % 3]));
    assert_eq!(column.levels.len(), 3);
    assert!(only(&found, SimilarLevels).text.contains("`Car` and `car`"));
}

#[test]
fn warnings_follow_the_columns_and_fold() {
    let mut columns: Vec<Column> =
        (0..40).map(|k| made(&format!("c{k}"), 60, |_| "same")).collect();
    columns.insert(3, made("region", 60, |i| (i % 4).to_string()));
    columns.push(made("last", 60, coin));
    let found = infer(&table(columns), &Default::default()).unwrap();
    let kinds: Vec<_> = found.warnings.iter().map(|w| w.kind).collect();
    assert_eq!(kinds[..6], [TargetGuessed, Constant, Constant, Constant, NumericCodes, Constant]);
    let last = found.warnings.last().unwrap();
    assert!(last.column.is_none() && last.text.starts_with("15 more columns"), "{}", last.text);
    assert_eq!(of_kind(&found, Constant).len(), 26);
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let columns = || -> Vec<Column> {
        (0..30)
            .map(|k| match k % 3 {
                0 => made(&format!("c{k}"), 300, |i| (i * k % 17).to_string()),
                1 => number(&format!("c{k}"), (0..300).map(|i| (i % (k + 2)) as f64 / 3.0)),
                _ => made(&format!("c{k}"), 300, |i| ["a", "b", "NA", "c"][i * k / 7 % 4]),
            })
            .chain([made("y", 300, coin)])
            .collect()
    };
    assert!(columns().iter().any(|c| matches!(c.cells, Cells::Number(_))));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| infer(&table(columns()), &options("y")).unwrap())
    };
    let (one, four) = (on(1), on(4));
    assert_eq!(one, four);
    assert_eq!(one.to_toml().unwrap(), four.to_toml().unwrap());
}
