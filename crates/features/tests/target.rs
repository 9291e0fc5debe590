//! Labels, weights, groups, time and ids, and a whole dataset.

#![allow(clippy::unwrap_used, reason = "test helpers")]

mod common;

use common::{feature, numbers, schema, table, text};
use linecall_data::schema::{ColumnSchema, Kind, Role, Schema};
use linecall_data::{Column, ErrorKind};
use linecall_features::{TableFrontEnd, attach, dataset, groups, ids, labels, time, weights};

fn with(role: Role, kind: Kind) -> Schema {
    schema(vec![ColumnSchema::new("c", role, kind)])
}

fn weights_of(cells: &[&str]) -> Result<Option<Vec<f64>>, String> {
    weights(&with(Role::Weight, Kind::Number), &table(vec![text("c", cells)]))
        .map_err(|e| e.to_string())
}

fn time_of(kind: Kind, column: Column) -> Result<Vec<u32>, String> {
    let mut schema = with(Role::Time, kind);
    if kind == Kind::Ordered {
        schema.columns[0].levels = ["spring", "autumn"].map(str::to_owned).to_vec();
    }
    time(&schema, &table(vec![column])).map(Option::unwrap).map_err(|e| e.to_string())
}

#[test]
fn classes_are_those_of_the_schema_whichever_occur() {
    let y = labels(&schema(vec![]), &table(vec![text("y", &["yes", " yes "])])).unwrap();
    assert_eq!(y.classes(), ["no", "yes"]);
    assert_eq!(y.codes(), [1, 1]);
}

#[test]
fn classes_match_as_numbers_and_booleans_without_case() {
    let mut schema = schema(vec![]);
    schema.target.classes = vec!["0".to_owned(), "1".to_owned()];
    schema.target.positive = Some("1".to_owned());
    assert_eq!(labels(&schema, &table(vec![numbers("y", &[1.0, 0.0])])).unwrap().codes(), [1, 0]);
    assert_eq!(labels(&schema, &table(vec![text("y", &["1.0", "0"])])).unwrap().codes(), [1, 0]);
    schema.target.classes = vec!["False".to_owned(), "True".to_owned()];
    let lower = table(vec![text("y", &["true", "false"])]);
    assert!(labels(&schema, &lower).is_err());
    schema.columns[0].kind = Kind::Boolean;
    assert_eq!(labels(&schema, &lower).unwrap().codes(), [1, 0]);
}

fn tags(cells: &[&str]) -> Result<Vec<Vec<u32>>, String> {
    let mut schema = schema(vec![]);
    schema.target.classes = ["1", "war"].map(str::to_owned).to_vec();
    schema.target.positive = None;
    schema.target.multilabel = Some('|');
    schema.columns[0].missing_codes = vec!["?".to_owned()];
    schema.check().unwrap();
    let labels = labels(&schema, &table(vec![text("y", cells)])).map_err(|e| e.to_string())?;
    Ok((0..labels.len()).map(|row| labels.of(row).to_vec()).collect())
}

#[test]
fn cells_list_labels_where_the_schema_says_so() {
    let found = tags(&["war|1", "", "1.0", " war | 1 ", "war"]).unwrap();
    assert_eq!(found, [vec![0, 1], vec![], vec![0], vec![0, 1], vec![1]]);
    for (cell, problem) in [
        ("war|", "line 3, row 2, column `y`: `war|`: an empty name in a list of labels"),
        ("war|war", "`war|war`: the label `war` is there twice; keep it once a row"),
        ("1|1.0", "`1|1.0`: the label `1.0` is there twice"),
        ("war|peace", "`peace` is not one of the labels `1`, `war`; correct it, or add it"),
        ("?", "`?`: the labels are missing; remove the row, or leave the cell empty"),
    ] {
        let error = tags(&["1", cell]).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn labels_that_are_missing_or_unlisted() {
    let refused = |cells: &[&str]| {
        let mut schema = schema(vec![]);
        schema.columns[0].missing_codes = vec!["?".to_owned()];
        labels(&schema, &table(vec![text("y", cells)])).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&["no", ""]),
        "t.csv, line 3, row 2, column `y`: the label is missing; remove the row, or give it one \
         of the classes `no`, `yes`"
    );
    assert_eq!(
        refused(&["?"]),
        "t.csv, line 2, row 1, column `y`: `?`: the label is missing; remove the row, or give it \
         one of the classes `no`, `yes`"
    );
    assert_eq!(
        refused(&["yes", "Yes"]),
        "t.csv, line 3, row 2, column `y`: `Yes`: is not one of the classes `no`, `yes`; correct \
         it, or add it to `classes` in the schema"
    );
    let error = labels(&schema(vec![]), &table(vec![text("z", &["no"])])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Column);
}

#[test]
fn weights_are_finite_and_not_negative() {
    assert_eq!(weights_of(&["1", "0", "2.5"]), Ok(Some(vec![1.0, 0.0, 2.5])));
    assert_eq!(weights_of(&[]), Ok(Some(vec![])));
    let cases: [(&[&str], &str); 5] = [
        (
            &["1", "-1"],
            "t.csv, line 3, row 2, column `c`: `-1`: a weight cannot be negative; correct it; a \
             weight of 0 leaves the row out",
        ),
        (
            &["1", ""],
            "t.csv, line 3, row 2, column `c`: the weight is missing; fill it in; a weight of 0 \
             leaves the row out",
        ),
        (
            &["one"],
            "t.csv, line 2, row 1, column `c`: `one`: expected a number; correct it, or add it \
             to the column's `missing_codes` if it means missing",
        ),
        (
            &["0", "-0"],
            "t.csv, column `c`: all weights are 0; give the rows that count positive weights",
        ),
        (
            &["1e308", "1e308"],
            "t.csv, column `c`: the weights add up to infinity; give the rows that count smaller \
             positive weights",
        ),
    ];
    for (cells, message) in cases {
        assert_eq!(weights_of(cells), Err(message.to_owned()));
    }
    assert_eq!(weights(&schema(vec![]), &table(vec![text("c", &["1"])])).unwrap(), None);
    let error =
        weights(&with(Role::Weight, Kind::Category), &table(vec![text("c", &["1"])])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `c`: a weight must be a number; set its kind to `number` in the schema"
    );
}

#[test]
fn groups_are_numbered_by_first_appearance() {
    let schema = with(Role::Group, Kind::Category);
    let of = |cells: &[&str]| groups(&schema, &table(vec![text("c", cells)]));
    assert_eq!(of(&["b", "a", "b", "c"]).unwrap(), Some(vec![0, 1, 0, 2]));
    assert_eq!(
        of(&["b", " "]).unwrap_err().to_string(),
        "t.csv, line 3, row 2, column `c`: the group is missing; fill it in, or remove the row"
    );
}

#[test]
fn time_goes_by_number_by_date_or_by_level() {
    assert_eq!(time_of(Kind::Text, text("c", &["10", "9", "10.0"])), Ok(vec![1, 0, 1]));
    let dates = text("c", &["2024-03-09", "2023-12-31", "2024-03-09", "2024-10-01"]);
    assert_eq!(time_of(Kind::Text, dates), Ok(vec![1, 0, 1, 2]));
    assert_eq!(time_of(Kind::Ordered, text("c", &["autumn", "spring"])), Ok(vec![1, 0]));
    assert_eq!(time_of(Kind::Integer, numbers("c", &[0.0, -0.0, -5.0])), Ok(vec![1, 1, 0]));
    assert_eq!(time_of(Kind::Text, text("c", &[])), Ok(vec![]));
}

#[test]
fn times_that_cannot_be_put_in_order() {
    assert_eq!(
        time_of(Kind::Text, text("c", &["1", ""])).unwrap_err(),
        "t.csv, line 3, row 2, column `c`: the time is missing; fill it in, or remove the row"
    );
    assert_eq!(
        time_of(Kind::Number, text("c", &["1", "May"])).unwrap_err(),
        "t.csv, line 3, row 2, column `c`: `May`: expected a number; correct it, or set the \
         column's `kind` to `text` in the schema"
    );
    assert_eq!(
        time_of(Kind::Ordered, text("c", &["winter"])).unwrap_err(),
        "t.csv, line 2, row 1, column `c`: `winter`: is not one of the levels `spring`, \
         `autumn`; correct it, or list it in the column's `levels` in the schema"
    );
}

#[test]
fn ids_are_optional_everywhere() {
    let schema = with(Role::Id, Kind::Text);
    let found = ids(&schema, &table(vec![numbers("c", &[7.0, 8.5])]));
    assert_eq!(found, Some(vec!["7".to_owned(), "8.5".to_owned()]));
    assert_eq!(ids(&schema, &table(vec![text("y", &["no"])])), None);
    assert_eq!(ids(&common::schema(vec![]), &table(vec![text("c", &["1"])])), None);
}

#[test]
fn a_dataset_holds_all_of_it() {
    let schema = schema(vec![
        feature("x", Kind::Number),
        ColumnSchema::new("w", Role::Weight, Kind::Number),
        ColumnSchema::new("person", Role::Group, Kind::Text),
        ColumnSchema::new("day", Role::Time, Kind::Text),
        ColumnSchema::new("note", Role::Ignored, Kind::Text),
    ]);
    let table = table(vec![
        text("x", &["1", "2", "3"]),
        text("w", &["1", "2", "0"]),
        text("person", &["p", "q", "p"]),
        text("day", &["2024-01-02", "2024-01-01", "2024-01-03"]),
        text("y", &["no", "yes", "no"]),
    ]);
    let front = TableFrontEnd::fit(&schema, &table).unwrap();
    let data = dataset(&front, &schema, &table).unwrap();
    assert_eq!(data.design, front.apply(&table).unwrap().design);
    assert_eq!(data.labels.codes(), [0, 1, 0]);
    assert_eq!(data.weights, Some(vec![1.0, 2.0, 0.0]));
    assert_eq!(data.groups, Some(vec![0, 1, 0]));
    assert_eq!(data.time, Some(vec![1, 0, 2]));
    let short = data.design.select_rows(&[0]).unwrap();
    let error = attach(short, &schema, &table).unwrap_err();
    assert_eq!(error.to_string(), "1 rows in the design, 3 labels");
}
