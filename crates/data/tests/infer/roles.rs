//! Ids, groups, weights, constants, copies.

use linecall_data::infer::WarningKind::*;
use linecall_data::infer::infer;
use linecall_data::schema::{Kind, Role};

use super::{about, coin, kinds_about, made, number, only, options, table};

#[test]
fn counting_rows_is_an_id_under_any_name() {
    for start in [0, 1, 500] {
        let (column, found) = about(made("Unnamed", 20, |i| (start + i).to_string()));
        assert_eq!((column.role, column.kind), (Role::Id, Kind::Integer));
        assert!(only(&found, LooksLikeId).text.contains("each of the 20 rows"));
    }
    assert_eq!(about(made("Unnamed", 19, |i| i.to_string())).0.role, Role::Feature);
    assert_eq!(about(made("Unnamed", 30, |i| (2 * i).to_string())).0.role, Role::Feature);
}

#[test]
fn different_in_every_row_is_an_id_by_name() {
    let scattered = |i: usize| (i * 7919 % 10_007).to_string();
    assert_eq!(about(made("customerID", 40, scattered)).0.role, Role::Id);
    assert_eq!(about(made("income", 40, scattered)).0.role, Role::Feature);
    let words = |i: usize| format!("x{}", i * 37);
    assert_eq!(about(made("account_number", 40, words)).0.role, Role::Id);
    let (column, found) = about(made("surname", 40, words));
    assert_eq!((column.role, kinds_about(&found, "surname")), (Role::Ignored, vec![LooksLikeId]));
}

#[test]
fn real_numbers_are_never_an_id() {
    let (column, _) = about(number("id", (0..40).map(|i| f64::from(i) + 0.5)));
    assert_eq!((column.role, column.kind), (Role::Feature, Kind::Number));
    let missing = |i: usize| if i == 3 { String::new() } else { i.to_string() };
    assert_eq!(about(made("row", 40, missing)).0.role, Role::Feature);
}

#[test]
fn an_id_that_repeats_is_proposed_as_a_group() {
    let (column, found) = about(made("patient_id", 400, |i| (i / 2 * 13).to_string()));
    assert_eq!(column.role, Role::Ignored);
    let warning = only(&found, LooksLikeGroup);
    assert!(warning.text.contains("200 different things in 400 rows"), "{}", warning.text);
    let (words, _) = about(made("patient_id", 400, |i| format!("p{}", i / 2)));
    assert_eq!(words.role, Role::Ignored);
    let (few, found) = about(made("shop_id", 400, |i| (i % 5).to_string()));
    assert_eq!((few.kind, kinds_about(&found, "shop_id")), (Kind::Category, vec![NumericCodes]));
}

#[test]
fn a_weight_is_suggested_and_not_taken() {
    let (column, found) = about(made("fnlwgt", 60, |i| (i * i).to_string()));
    assert_eq!(
        (column.role, kinds_about(&found, "fnlwgt")),
        (Role::Feature, vec![LooksLikeWeight])
    );
    assert!(about(made("birth_weight", 60, |i| (i * i).to_string())).1.warnings.is_empty());
}

#[test]
fn constant_and_empty_columns_are_ignored() {
    let (column, found) = about(made("country", 60, |_| "NL"));
    assert_eq!((column.role, column.kind), (Role::Ignored, Kind::Category));
    assert!(only(&found, Constant).text.contains("`NL` in all 60 rows"));
    let (column, _) = about(made("flag", 60, |_| "0"));
    assert_eq!((column.role, column.kind), (Role::Ignored, Kind::Integer));
    for column in
        [made("blank", 60, |_| " "), made("blank", 60, |_| "NA"), number("blank", [f64::NAN; 60])]
    {
        let (column, found) = about(column);
        assert_eq!(column.role, Role::Ignored);
        assert!(only(&found, NearlyAllMissing).text.contains("is empty in all 60 rows"));
    }
    let (_, found) = about(number("blank", [f64::INFINITY; 60]));
    assert!(only(&found, NearlyAllMissing).text.contains("is infinite in all 60 rows"));
}

#[test]
fn nearly_all_missing_is_kept_and_warned_about() {
    let filled = |n: usize| move |i: usize| if i < n { i.to_string() } else { String::new() };
    let (column, found) = about(made("bonus", 200, filled(9)));
    assert_eq!(column.role, Role::Feature);
    assert!(only(&found, NearlyAllMissing).text.contains("191 of 200 rows"));
    assert!(kinds_about(&about(made("bonus", 200, filled(10))).1, "bonus").is_empty());
}

#[test]
fn an_exact_copy_is_ignored_and_names_its_twin() {
    let columns = vec![
        made("income", 60, |i| (i * i).to_string()),
        made("other", 60, |i| (i * i + usize::from(i == 59)).to_string()),
        made("copy", 60, |i| format!("{}.0", i * i)),
        number("typed", (0..60).map(|i| f64::from(i * i))),
        made("flip", 60, coin),
    ];
    let found = infer(&table(columns), &options("flip")).unwrap();
    let roles: Vec<_> = found.schema.columns.iter().map(|c| c.role).collect();
    assert_eq!(roles[..4], [Role::Feature, Role::Feature, Role::Ignored, Role::Ignored]);
    assert_eq!(found.columns[2].role, Role::Ignored);
    for name in ["copy", "typed"] {
        assert_eq!(kinds_about(&found, name), [Duplicate]);
    }
    assert!(found.warnings.iter().all(|w| w.text.contains("`income`")), "{:?}", found.warnings);
}

#[test]
fn a_relabelled_category_is_warned_about_and_kept() {
    let words = ["low", "mid", "high", "top"];
    let columns = vec![
        made("grade", 80, |i| words[i * 7 % 11 % 4]),
        made("grade_rank", 80, |i| (10 * (i * 7 % 11 % 4)).to_string()),
        made("grade_almost", 80, |i| words[if i == 79 { 0 } else { i * 7 % 11 % 4 }]),
        made("flip", 80, coin),
    ];
    let found = infer(&table(columns), &options("flip")).unwrap();
    assert_eq!(found.schema.column("grade_rank").unwrap().role, Role::Feature);
    assert_eq!(kinds_about(&found, "grade_rank"), [Relabelled]);
    assert_eq!(kinds_about(&found, "grade_almost"), []);
}

#[test]
fn numbers_that_are_all_different_are_not_relabelled() {
    let columns = vec![
        made("a", 12, |i| (i * i).to_string()),
        made("b", 12, |i| (i * 5 % 13).to_string()),
        made("c", 12, |i| format!("w{i}")),
        made("flip", 12, coin),
    ];
    let found = infer(&table(columns), &options("flip")).unwrap();
    assert!(found.warnings.iter().all(|w| w.kind == Imbalance), "{:?}", found.warnings);
}
