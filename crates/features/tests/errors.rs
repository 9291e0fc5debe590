//! Every refusal, by its full text.

#![allow(clippy::unwrap_used, reason = "test helpers")]

mod common;

use common::{feature, levels, numbers, schema, table, text};
use linecall_data::schema::{ColumnSchema, Kind, Missing, Unseen};
use linecall_data::{Column, ErrorKind, Origin, Table};
use linecall_features::TableFrontEnd;

/// Fits on good cells, applies to a bad one in the second row.
fn refused(column: ColumnSchema, good: &str, bad: &str) -> String {
    let name = column.name.clone();
    let front = TableFrontEnd::fit(&schema(vec![column]), &table(vec![text(&name, &[good])]));
    let bad = table(vec![text(&name, &[good, bad, bad])]);
    let error = front.unwrap().apply(&bad).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value);
    error.to_string()
}

fn fit_error(columns: Vec<ColumnSchema>, cells: Vec<Column>) -> (ErrorKind, String) {
    let error = TableFrontEnd::fit(&schema(columns), &table(cells)).unwrap_err();
    (error.kind(), error.to_string())
}

fn bounded(kind: Kind) -> ColumnSchema {
    let mut column = feature("age", kind);
    (column.min, column.max) = (Some(18.0), Some(99.5));
    column.missing_codes = vec!["NA".to_owned()];
    column
}

#[test]
fn numbers_that_are_not_what_the_schema_says() {
    assert_eq!(
        refused(bounded(Kind::Number), "20", "old"),
        "t.csv, line 3, row 2, column `age`: `old`: expected a number; correct it, or add it to \
         the column's `missing_codes` if it means missing"
    );
    assert_eq!(
        refused(bounded(Kind::Integer), "20", "20.5"),
        "t.csv, line 3, row 2, column `age`: `20.5`: expected a whole number; correct it, or set \
         the column's `kind` to `number` in the schema"
    );
    assert_eq!(
        refused(bounded(Kind::Number), "20", "17.9"),
        "t.csv, line 3, row 2, column `age`: `17.9`: is below 18, the smallest value allowed; \
         correct it, or lower the column's `min` in the schema"
    );
    assert_eq!(
        refused(bounded(Kind::Number), "20", "1e3"),
        "t.csv, line 3, row 2, column `age`: `1e3`: is above 99.5, the largest value allowed; \
         correct it, or raise the column's `max` in the schema"
    );
    assert_eq!(
        refused(bounded(Kind::Number), "20", ""),
        "t.csv, line 3, row 2, column `age`: the cell is missing; fill it in, or set the \
         column's `missing` to `indicator` or `impute` in the schema"
    );
    assert_eq!(
        refused(bounded(Kind::Number), "20", "NA"),
        "t.csv, line 3, row 2, column `age`: `NA`: the cell is missing; fill it in, or set the \
         column's `missing` to `indicator` or `impute` in the schema"
    );
}

#[test]
fn an_infinity_of_a_typed_format_is_not_a_number() {
    let front = TableFrontEnd::fit(
        &schema(vec![feature("x", Kind::Number)]),
        &table(vec![numbers("x", &[1.0])]),
    );
    let origin = Origin { file: "t.parquet".to_owned(), rows_before: 10, ..Origin::default() };
    let bad = Table::new(origin, vec![numbers("x", &[1.0, f64::INFINITY])]).unwrap();
    assert_eq!(
        front.unwrap().apply(&bad).unwrap_err().to_string(),
        "t.parquet, row 12, column `x`: `inf`: expected a number; correct it, or add it to the \
         column's `missing_codes` if it means missing"
    );
}

#[test]
fn levels_that_are_not_listed() {
    let city = || levels("city", Kind::Category, &["New York", "Zürich"]);
    assert_eq!(
        refused(city(), "Zürich", "Paris"),
        "t.csv, line 3, row 2, column `city`: `Paris`: is not one of the levels `New York`, \
         `Zürich`; correct it, list it in the column's `levels` in the schema, or set \
         `unseen = \"reference\"` there"
    );
    assert_eq!(
        refused(city(), "Zürich", " "),
        "t.csv, line 3, row 2, column `city`: the cell is missing; fill it in, or set the \
         column's `missing` to `category` or `impute` in the schema"
    );
    assert_eq!(
        refused(levels("size", Kind::Ordered, &["S", "M"]), "S", "XL"),
        "t.csv, line 3, row 2, column `size`: `XL`: is not one of the levels `S`, `M`; correct \
         it, or list it in the column's `levels` in the schema"
    );
    assert_eq!(
        refused(levels("paid", Kind::Boolean, &["no", "yes"]), "no", "maybe"),
        "t.csv, line 3, row 2, column `paid`: `maybe`: is not one of the levels `no`, `yes`; \
         correct it, or add it to the column's `missing_codes` if it means missing"
    );
}

#[test]
fn the_first_bad_cell_is_named_row_by_row_on_any_number_of_threads() {
    let schema = schema(vec![feature("a", Kind::Number), feature("b", Kind::Number)]);
    let front = TableFrontEnd::fit(&schema, &table(vec![text("a", &["1"]), text("b", &["1"])]));
    let front = front.unwrap();
    let mut a = vec!["1"; 9000];
    let mut b = a.clone();
    (a[4000], b[3000], a[8999]) = ("late", "early", "last");
    let bad = table(vec![text("a", &a), text("b", &b)]);
    for threads in [1, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let error = pool.install(|| front.apply(&bad)).unwrap_err();
        assert_eq!(error.place().row, Some(3001));
        assert_eq!(error.place().column.as_deref(), Some("b"));
    }
}

#[test]
fn columns_of_the_schema_and_of_the_table_must_agree() {
    let x = || feature("income", Kind::Number);
    assert_eq!(
        fit_error(vec![x()], vec![text("incme", &["1"])]),
        (
            ErrorKind::Column,
            "t.csv, column `incme`: is not in the schema; add it there, with \
             `role = \"ignored\"` if the model is not to use it"
                .to_owned()
        )
    );
    assert_eq!(
        fit_error(vec![x()], vec![text("y", &["no"])]),
        (
            ErrorKind::Column,
            "t.csv, column `income`: there is no such column; its columns are y".to_owned()
        )
    );
    let front = TableFrontEnd::fit(&schema(vec![x()]), &table(vec![text("income", &["1"])]));
    let error = front.unwrap().apply(&table(vec![text("incme", &["1"])])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "t.csv, column `income`: there is no such column; did you mean `incme`?"
    );
}

#[test]
fn nothing_to_learn_from() {
    let mut number = feature("x", Kind::Number);
    number.missing = Missing::Impute;
    assert_eq!(
        fit_error(vec![number], vec![text("x", &["", ""])]),
        (
            ErrorKind::Empty,
            "t.csv, column `x`: every cell is missing, so there is no median to put in; set the \
             column's role to `ignored` in the schema"
                .to_owned()
        )
    );
    let mut boolean = levels("b", Kind::Boolean, &["no", "yes"]);
    boolean.missing = Missing::Indicator;
    assert_eq!(
        fit_error(vec![boolean], vec![text("b", &[""])]),
        (
            ErrorKind::Empty,
            "t.csv, column `b`: no cell holds one of its levels, so there is no commonest one to \
             put in; set the column's role to `ignored` in the schema"
                .to_owned()
        )
    );
    assert_eq!(
        fit_error(vec![feature("x", Kind::Number)], vec![text("x", &[])]),
        (ErrorKind::Empty, "t.csv: there are no rows to learn from".to_owned())
    );
}

#[test]
fn schemas_that_cannot_be_encoded() {
    let mut ordered = levels("size", Kind::Ordered, &["S", "M"]);
    ordered.unseen = Unseen::Reference;
    let cases = [
        (
            vec![ordered],
            "column `size`: `unseen = \"reference\"` is for categories; remove it; only a \
             category has a reference level",
        ),
        (
            vec![],
            "there is no input column that can vary; give at least one column `role = \"feature\"`",
        ),
        (
            vec![levels("size", Kind::Category, &["only"])],
            "there is no input column that can vary; give at least one column `role = \"feature\"`",
        ),
        (
            vec![levels("size", Kind::Category, &["S", " M"])],
            "column `size`: ` M`: a level is empty or has spaces around it, so no cell can hold \
             it; write it without them; cells are read without them",
        ),
    ];
    for (columns, message) in cases {
        let cells = if columns.is_empty() { text("y", &["no"]) } else { text("size", &["only"]) };
        assert_eq!(fit_error(columns, vec![cells]), (ErrorKind::Schema, message.to_owned()));
    }
    let mut both = levels("size", Kind::Category, &["S", "M"]);
    both.missing_codes = vec!["M".to_owned()];
    assert_eq!(
        fit_error(vec![both], vec![text("size", &["S"])]).1,
        "column `size`: `M`: is both a level and a missing code; keep it in `levels` or in \
         `missing_codes`"
    );
    let mut unbounded = feature("x", Kind::Number);
    unbounded.min = Some(f64::NAN);
    assert_eq!(
        fit_error(vec![unbounded], vec![text("x", &["1"])]).1,
        "column `x`: `min` is NaN; leave it out where there is no limit"
    );
}

#[test]
fn bad_cells_are_refused_while_learning_too() {
    let mut x = feature("x", Kind::Number);
    x.missing = Missing::Impute;
    assert_eq!(
        fit_error(vec![x], vec![text("x", &["1", "one"])]).1,
        "t.csv, line 3, row 2, column `x`: `one`: expected a number; correct it, or add it to the \
         column's `missing_codes` if it means missing"
    );
    let city = levels("city", Kind::Category, &["Rome", "Oslo"]);
    assert_eq!(
        fit_error(vec![city], vec![text("city", &["Oslo", "Paris"])]).1,
        "t.csv, line 3, row 2, column `city`: `Paris`: is not one of the levels `Rome`, `Oslo`; \
         correct it, list it in the column's `levels` in the schema, or set \
         `unseen = \"reference\"` there"
    );
}

#[test]
fn altered_front_ends_are_refused_when_read() {
    let category = |missing: &str, levels: &str, reference: u32| {
        format!(
            r#"{{"source":"c","missing":{missing},"encoding":{{"kind":"category","levels":{levels},"reference":{reference},"unseen":"refuse"}}}}"#
        )
    };
    let number = |missing: &str, min: &str, max: &str| {
        format!(
            r#"{{"source":"c","missing":{missing},"encoding":{{"kind":"number","min":{min},"max":{max}}}}}"#
        )
    };
    let boolean =
        r#"{"source":"c","missing":"refuse","encoding":{"kind":"boolean","levels":["a"]}}"#;
    let two = number(r#""refuse""#, "null", "null");
    let cases = [
        (
            category(r#""refuse""#, r#"["a","b"]"#, 2),
            "column `c`: the reference is level 2 counted from 0, but there are 2",
        ),
        (
            category(r#""refuse""#, r#"["a","a"]"#, 0),
            "column `c`: `a`: the same level is listed twice",
        ),
        (
            category(r#"{"impute":2.0}"#, r#"["a","b"]"#, 0),
            "column `c`: the value for missing cells, 2, cannot stand there",
        ),
        (
            category(r#"{"indicator":1.0}"#, r#"["a","b"]"#, 0),
            "column `c`: a category has no missing-indicator",
        ),
        (
            number(r#""level""#, "null", "null"),
            "column `c`: only a category has `(missing)` as a level",
        ),
        (
            number(r#"{"impute":-1.5}"#, "0.0", "null"),
            "column `c`: the value for missing cells, -1.5, cannot stand there",
        ),
        (number(r#""refuse""#, "2.0", "1.0"), "column `c`: `min` 2 is above `max` 1"),
        (boolean.to_owned(), "column `c`: a boolean needs two levels"),
        (format!("{two},{two}"), "column `c`: the same column is encoded twice"),
        (
            String::new(),
            "there is no input column that can vary; give at least one column \
             `role = \"feature\"`",
        ),
        (two.replace(r#""c""#, r#""""#), "column ``: a column has no name"),
    ];
    for (recipes, message) in cases {
        let json = format!(r#"{{"recipes":[{recipes}]}}"#);
        let error = serde_json::from_str::<TableFrontEnd>(&json).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}\nexpected {message}");
    }
    let unknown = r#"{"recipes":[],"more":1}"#;
    let error = serde_json::from_str::<TableFrontEnd>(unknown).unwrap_err().to_string();
    assert!(error.starts_with("unknown field `more`"), "{error}");
    let unknown = format!(r#"{{"recipes":[{}]}}"#, two.replace(r#""min""#, r#""x":1,"min""#));
    let error = serde_json::from_str::<TableFrontEnd>(&unknown).unwrap_err().to_string();
    assert!(error.starts_with("unknown field `x`"), "{error}");
}
