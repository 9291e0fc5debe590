//! The target: found, refused, its classes.

use linecall_data::infer::WarningKind::*;
use linecall_data::infer::{Description, InferOptions, infer};
use linecall_data::schema::{Kind, Role};
use linecall_data::{Column, Error, ErrorKind};

use super::{coin, kinds_about, made, number, only, options, table};

fn with_target(cell: impl Fn(usize) -> String, rows: usize) -> Result<Description, Error> {
    let columns = vec![made("x", rows, |i| format!("{}.5", i * i)), made("y", rows, cell)];
    infer(&table(columns), &options("y"))
}

fn two(a: &str, b: &str) -> Description {
    with_target(|i| if coin(i) == "0" { a } else { b }.to_owned(), 60).unwrap()
}

fn feature(name: &str) -> Column {
    made(name, 60, |i| format!("{}.5", i * i))
}

#[test]
fn an_absent_target_is_an_error_with_the_nearest_name() {
    let e =
        infer(&table(vec![feature("x"), made("label", 60, coin)]), &options("labl")).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Column);
    assert_eq!(
        e.to_string(),
        "made.csv, column `labl`: there is no such column; did you mean `label`?"
    );
}

#[test]
fn the_target_is_guessed_by_name_and_then_by_place() {
    let guess = |columns| infer(&table(columns), &InferOptions::default());
    let found = guess(vec![made("Class", 60, coin), feature("x"), made("last", 60, coin)]).unwrap();
    assert_eq!((found.schema.target.column.as_str(), found.target_guessed), ("Class", true));
    assert!(only(&found, TargetGuessed).text.contains("`Class`"));
    let found = guess(vec![made("label", 60, coin), made("target", 60, coin)]).unwrap();
    assert_eq!(found.schema.target.column, "target");
    let found = guess(vec![feature("label"), made("last", 60, coin)]).unwrap();
    assert_eq!(found.schema.target.column, "last");
    let e = guess(vec![made("first", 60, coin), feature("x")]).unwrap_err();
    assert!(e.to_string().ends_with("name the column to predict with `--target`"), "{e}");
    let named = infer(&table(vec![made("a", 60, coin), feature("x")]), &options("a")).unwrap();
    assert!(!named.target_guessed && named.warnings.is_empty());
}

#[test]
fn no_rows_one_class_and_no_target_are_errors() {
    assert_eq!(with_target(|_| String::new(), 0).unwrap_err().kind(), ErrorKind::Empty);
    let e = with_target(|_| "yes".to_owned(), 30).unwrap_err();
    assert!(e.to_string().contains("`yes`: the target has only this one class"), "{e}");
    let e = with_target(|_| String::new(), 30).unwrap_err();
    assert!(e.to_string().contains("missing in every row"), "{e}");
}

#[test]
fn a_quantity_or_a_name_is_no_target() {
    assert_eq!(
        with_target(|i| (i % 100).to_string(), 400).unwrap().schema.target.classes.len(),
        100
    );
    let e = with_target(|i| (i % 101).to_string(), 400).unwrap_err();
    assert!(e.to_string().contains("101 different numbers and looks like a quantity"), "{e}");
    let e = with_target(|i| format!("n{i}"), 60).unwrap_err();
    assert!(e.to_string().contains("names rows rather than classes"), "{e}");
    assert!(with_target(|i| format!("n{}", i % 150), 400).is_ok());
}

#[test]
fn the_positive_class_goes_by_convention() {
    for (a, b, positive, guessed) in [
        ("0", "1", "1", false),
        ("-1", "1", "1", false),
        ("yes", "no", "yes", false),
        ("+", "-", "+", false),
        ("default", "no default", "default", false),
        ("<=50K", ">50K", ">50K", false),
        ("1", "2", "2", true),
        ("M", "R", "R", true),
    ] {
        let found = two(a, b);
        assert_eq!(found.schema.target.positive.as_deref(), Some(positive), "{a} {b}");
        assert_eq!(found.schema.target.favourable, None);
        assert_eq!(kinds_about(&found, "y").contains(&PositiveGuessed), guessed, "{a} {b}");
        let column = found.schema.column("y").unwrap();
        assert_eq!((column.role, column.kind), (Role::Target, Kind::Boolean));
        assert_eq!(column.levels[1], positive);
    }
}

#[test]
fn the_user_chooses_the_positive_and_the_favourable_class() {
    let columns = || vec![feature("x"), made("y", 60, coin)];
    let choose = |positive: &str, favourable: &str| {
        let options = InferOptions {
            positive: Some(positive.to_owned()),
            favourable: Some(favourable.to_owned()),
            ..options("y")
        };
        infer(&table(columns()), &options)
    };
    let found = choose("0", "1").unwrap();
    assert_eq!(found.schema.target.positive.as_deref(), Some("0"));
    assert_eq!(found.schema.target.favourable.as_deref(), Some("1"));
    assert_eq!(found.schema.column("y").unwrap().levels, ["1", "0"]);
    found.schema.check().unwrap();
    let e = choose("good", "1").unwrap_err();
    assert_eq!(
        e.to_string(),
        "made.csv, column `y`: `good`: the positive class is not a class of the target; choose \
         among `0`, `1`"
    );
    assert!(choose("0", "2").unwrap_err().to_string().contains("the favourable class"));
}

#[test]
fn three_classes_have_no_positive_one() {
    let cell = |i: usize| ["10", "9", "a"][i % 3].to_owned();
    let found = with_target(cell, 60).unwrap();
    assert_eq!(found.schema.target.classes, ["10", "9", "a"]);
    assert_eq!(found.schema.target.positive, None);
    assert_eq!(found.schema.column("y").unwrap().kind, Kind::Category);
    let columns = vec![feature("x"), made("y", 60, cell)];
    let asked = InferOptions { positive: Some("9".to_owned()), ..options("y") };
    assert!(infer(&table(columns), &asked).unwrap_err().to_string().contains("has 3"));
}

#[test]
fn classes_keep_their_spelling() {
    assert_eq!(two("0.0", "1.0").schema.target.classes, ["0.0", "1.0"]);
    let columns = vec![feature("x"), number("y", (0..60).map(|i| f64::from(i % 3) * 5.0))];
    let found = infer(&table(columns), &options("y")).unwrap();
    assert_eq!(found.schema.target.classes, ["0", "5", "10"]);
    let found = two("Yes", "yes");
    assert!(only(&found, SimilarLevels).text.contains("`Yes` and `yes`"));
}

#[test]
fn rows_without_a_target_are_counted() {
    let found = with_target(
        |i| {
            if i.is_multiple_of(10) {
                " "
            } else if i % 10 == 1 {
                "NA"
            } else {
                coin(i)
            }
            .to_owned()
        },
        100,
    )
    .unwrap();
    assert_eq!(found.schema.target.classes, ["0", "1"]);
    assert_eq!(found.schema.column("y").unwrap().missing_codes, ["NA"]);
    assert_eq!(found.columns[1].missing, 20);
    assert!(only(&found, TargetMissing).text.contains("20 of 100 rows (`NA` taken as missing)"));
    let found = two("?", "x");
    assert_eq!(found.schema.target.classes, ["?", "x"]);
}

#[test]
fn rare_and_small_classes_are_warned_about() {
    let rare = |n: usize| move |i: usize| if i < n { "1" } else { "0" }.to_owned();
    let found = with_target(rare(49), 1000).unwrap();
    assert!(only(&found, Imbalance).text.contains("`1` in only 49 of 1000 rows (5 %)"));
    assert!(!kinds_about(&with_target(rare(50), 1000).unwrap(), "y").contains(&Imbalance));
    let found = with_target(rare(9), 60).unwrap();
    assert!(only(&found, Imbalance).text.contains("too few to learn it"));
}

fn with_lists(cell: impl Fn(usize) -> String, separator: char) -> Result<Description, Error> {
    let columns =
        vec![made("x", 60, |i| format!("{}.5", i * i)), made("tags", 60, |i| cell(i).clone())];
    let wanted = InferOptions { multilabel: Some(separator), ..options("tags") };
    infer(&table(columns), &wanted)
}

#[test]
fn the_labels_of_lists_are_the_classes() {
    let cell = |i: usize| match i % 4 {
        0 => String::new(),
        1 => "war; crime".to_owned(),
        2 => "crime".to_owned(),
        _ if i == 3 => "rare;war".to_owned(),
        _ => "NA".to_owned(),
    };
    let found = with_lists(cell, ';').unwrap();
    let target = &found.schema.target;
    assert_eq!(target.classes, ["crime", "rare", "war"]);
    assert_eq!((target.multilabel, target.positive.as_deref()), (Some(';'), None));
    assert_eq!(found.schema.column("tags").unwrap().missing_codes, ["NA"]);
    assert!(only(&found, TargetMissing).text.contains("`NA` in 14 of 60 rows"));
    assert!(only(&found, Imbalance).text.contains("label `rare` in only 1 of 60 rows"));
    let back = linecall_data::Schema::from_toml(&found.to_toml().unwrap(), "s.toml").unwrap();
    assert_eq!(back, found.schema);
    // One label is enough: rows have it or not.
    let one = with_lists(|i| if i % 2 == 0 { "" } else { "only" }.to_owned(), ';').unwrap();
    assert_eq!(one.schema.target.classes, ["only"]);
}

#[test]
fn lists_that_cannot_be_read_are_refused_by_row() {
    let e = with_lists(|i| if i == 4 { "a;;b" } else { "a" }.to_owned(), ';').unwrap_err();
    assert_eq!(
        e.to_string(),
        "made.csv, row 5, column `tags`: `a;;b`: an empty name in a list of labels parted by `;`; \
         write a name on both sides of each separator"
    );
    assert!(with_lists(|_| String::new(), ';').unwrap_err().to_string().contains("no row has a"));
    assert!(with_lists(|_| "a".to_owned(), 'x').unwrap_err().to_string().contains("cannot part"));
    let guess = InferOptions { multilabel: Some(';'), ..InferOptions::default() };
    let e = infer(&table(vec![made("label", 60, coin)]), &guess).unwrap_err();
    assert!(e.to_string().contains("not guessed"), "{e}");
}
