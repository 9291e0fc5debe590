//! What the table front end makes of a table, on small examples.

#![allow(clippy::unwrap_used, reason = "test helpers")]

mod common;

use common::{feature, levels, numbers, schema, table, text};
use linecall_data::schema::{Kind, Missing, Unseen};
use linecall_data::{Matrix, Term};
use linecall_features::{Encoding, OnMissing, TableFrontEnd};

fn rows(design: &linecall_data::Design) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; design.cols()]; design.rows()];
    for (i, row) in rows.iter_mut().enumerate() {
        design.for_each_in_row(i, |j, v| row[j] = v);
    }
    rows
}

fn names(front: &TableFrontEnd) -> Vec<String> {
    front.columns().iter().map(|c| c.name()).collect()
}

#[test]
fn every_kind_is_encoded_and_named_in_the_users_words() {
    let mut income = feature("income", Kind::Number);
    income.unit = Some("EUR".to_owned());
    income.missing = Missing::Indicator;
    let mut purpose = levels("purpose", Kind::Category, &["car", "house", "a = b", "Größe"]);
    purpose.missing = Missing::Category;
    let owner = levels("owner", Kind::Boolean, &["no", "yes"]);
    let rating = levels("rating", Kind::Ordered, &["low", "mid", "high"]);
    let schema = schema(vec![income, purpose, owner, rating]);
    let table = table(vec![
        text("income", &["10", "", "30", "40"]),
        text("purpose", &["house", "a = b", "", "house"]),
        text("owner", &["yes", "no", "YES", "no"]),
        text("rating", &["low", "high", "mid", "low"]),
    ]);
    let front = TableFrontEnd::fit(&schema, &table).unwrap();
    let expected = [
        "income",
        "income (missing)",
        "purpose = car",
        "purpose = a = b",
        "purpose = Größe",
        "purpose (missing)",
        "owner = yes",
        "rating (rank)",
    ];
    assert_eq!(names(&front), expected);
    let applied = front.apply(&table).unwrap();
    assert_eq!(
        rows(&applied.design),
        [
            [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            [30.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0],
            [30.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
            [40.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        ]
    );
    assert_eq!(applied.unseen, []);
    let columns = front.columns();
    assert_eq!(columns.list()[0].unit.as_deref(), Some("EUR"));
    assert_eq!(columns.list()[1].unit, None);
    let references: Vec<_> = columns.iter().map(|c| front.reference_of(c)).collect();
    let house = Some("purpose = house".to_owned());
    let mut expected = vec![None, None];
    expected.extend([house.clone(), house.clone(), house.clone(), house]);
    expected.extend([Some("owner = no".to_owned()), None]);
    assert_eq!(references, expected);
}

#[test]
fn medians_are_learnt_and_whole_numbers_stay_whole() {
    let mut real = feature("real", Kind::Number);
    real.missing = Missing::Impute;
    real.missing_codes = vec!["-99".to_owned()];
    let mut whole = feature("whole", Kind::Integer);
    whole.missing = Missing::Impute;
    let schema = schema(vec![real, whole]);
    let training = table(vec![
        text("real", &["4", "1", "-99.0", "2", "10"]),
        text("whole", &["4", "1", "", "2", "10"]),
    ]);
    let front = TableFrontEnd::fit(&schema, &training).unwrap();
    let learnt: Vec<_> = front.recipes().iter().map(|r| r.missing).collect();
    assert_eq!(learnt, [OnMissing::Impute(3.0), OnMissing::Impute(2.0)]);
    let other = table(vec![numbers("whole", &[f64::NAN]), numbers("real", &[-99.0])]);
    assert_eq!(rows(&front.apply(&other).unwrap().design), [[3.0, 2.0]]);
}

#[test]
fn the_reference_is_the_schemas_or_the_commonest_or_the_first_of_equals() {
    let mut named = levels("named", Kind::Category, &["a", "b"]);
    named.reference = Some("a".to_owned());
    let common = levels("common", Kind::Category, &["a", "b"]);
    let tied = levels("tied", Kind::Category, &["a", "b"]);
    let schema = schema(vec![named, common, tied]);
    let table = table(vec![
        text("named", &["b", "b", "a", "b"]),
        text("common", &["b", "b", "a", "b"]),
        text("tied", &["b", "b", "a", "a"]),
    ]);
    let front = TableFrontEnd::fit(&schema, &table).unwrap();
    assert_eq!(names(&front), ["named = b", "common = a", "tied = b"]);
}

#[test]
fn unseen_levels_are_the_reference_where_the_schema_says_so_and_are_counted() {
    let mut city = levels("city", Kind::Category, &["Rome", "Oslo"]);
    city.reference = Some("Oslo".to_owned());
    city.unseen = Unseen::Reference;
    let schema = schema(vec![city]);
    let table = table(vec![text("city", &["Rome", "Paris", "Oslo", "Lima"])]);
    let front = TableFrontEnd::fit(&schema, &table).unwrap();
    let applied = front.apply(&table).unwrap();
    assert_eq!(rows(&applied.design), [[1.0], [0.0], [0.0], [0.0]]);
    assert_eq!(applied.unseen, [("city".to_owned(), 2)]);
}

#[test]
fn a_level_matches_the_same_number_of_a_typed_format() {
    let schema = schema(vec![
        levels("grade", Kind::Category, &["1.0", "2.0"]),
        levels("flag", Kind::Boolean, &["0", "1"]),
    ]);
    let csv = table(vec![text("grade", &["1.0", "2.0", "1"]), text("flag", &["1.0", "0", "1"])]);
    let front = TableFrontEnd::fit(&schema, &csv).unwrap();
    let parquet =
        table(vec![numbers("grade", &[1.0, 2.0, 1.0]), numbers("flag", &[1.0, 0.0, 1.0])]);
    let design = front.apply(&parquet).unwrap().design;
    assert_eq!(design, front.apply(&csv).unwrap().design);
    assert_eq!(rows(&design), [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]);
}

#[test]
fn a_table_to_score_may_lack_the_target_and_have_columns_of_its_own() {
    let schema = schema(vec![feature("x", Kind::Number)]);
    let training = table(vec![text("x", &["1", "2"]), text("y", &["no", "yes"])]);
    let front = TableFrontEnd::fit(&schema, &training).unwrap();
    let other = table(vec![text("note", &["?"]), text("x", &["-0"])]);
    let design = front.apply(&other).unwrap().design;
    assert_eq!(rows(&design), [[0.0]]);
    assert!(rows(&design)[0][0].is_sign_positive(), "negative zero is plain zero");
}

#[test]
fn many_levels_are_stored_sparsely_in_every_batch_and_over_many_chunks() {
    let names: Vec<String> = (0..60).map(|i| format!("level {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let schema = schema(vec![levels("code", Kind::Category, &names)]);
    let cells: Vec<&str> = (0..5000).map(|i| names[i * 7 % 60]).collect();
    let whole = table(vec![text("code", &cells)]);
    let front = TableFrontEnd::fit(&schema, &whole).unwrap();
    let design = front.apply(&whole).unwrap().design;
    assert!(matches!(design.matrix(), Matrix::SparseOnes(_)));
    for i in [0, 1, 1023, 1024, 4999] {
        let mut held = Vec::new();
        design.for_each_in_row(i, |j, v| held.push((design.columns()[j].term.clone(), v)));
        let is_reference = front.recipes()[0].reference() == Some(cells[i]);
        let expected = (Term::Level(cells[i].to_owned()), 1.0);
        assert_eq!(held, if is_reference { vec![] } else { vec![expected] });
    }
    let one = front.apply(&table(vec![text("code", &cells[..1])])).unwrap().design;
    assert!(matches!(one.matrix(), Matrix::SparseOnes(_)));
    let none = front.apply(&table(vec![text("code", &[])])).unwrap().design;
    assert_eq!((none.rows(), none.cols()), (0, 59));
}

#[test]
fn the_design_is_the_same_on_one_thread_and_on_many() {
    let schema = schema(vec![feature("x", Kind::Number)]);
    let cells: Vec<String> = (0..5000).map(|i| format!("{}", f64::from(i) / 7.0)).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let table = table(vec![text("x", &cells)]);
    let front = TableFrontEnd::fit(&schema, &table).unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| front.apply(&table).unwrap())
    };
    assert_eq!(on(1), on(5));
}

#[test]
fn recipes_are_public_plain_data() {
    let mut age = feature("age", Kind::Integer);
    age.min = Some(18.0);
    let schema = schema(vec![age]);
    let front = TableFrontEnd::fit(&schema, &table(vec![text("age", &["20"])])).unwrap();
    let json = r#"{"recipes":[{"source":"age","missing":"refuse","encoding":{"kind":"integer","min":18.0,"max":null}}]}"#;
    assert_eq!(serde_json::to_string(&front).unwrap(), json);
    assert_eq!(front.recipes()[0].encoding, Encoding::Integer { min: Some(18.0), max: None });
}
