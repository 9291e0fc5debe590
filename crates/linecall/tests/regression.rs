//! What the fuzz targets found, one test each, named after what it was.
#![allow(clippy::unwrap_used)] // a test program

use linecall::{Error, Pipeline, coefficient_rows, score_classes};

/// The target for model files took `coefficient_rows` for one row per coefficient; it is one per
/// design column, each with a coefficient per score. With one score the two are the same number.
#[test]
fn coefficient_rows_are_one_per_column_whatever_the_number_of_scores() {
    let golden = include_bytes!("golden/v1_matrix.linecall");
    let pipeline = Pipeline::from_bytes(golden, "v1_matrix.linecall").unwrap();
    let model = &pipeline.model;
    assert_eq!((model.n_features(), model.n_scores()), (2, 3), "2 rows, 6 coefficients");
    let rows = coefficient_rows(&pipeline);
    assert_eq!(rows.len(), pipeline.design_columns().len());
    assert_eq!(score_classes(&pipeline).len(), 3);
    for (j, row) in rows.iter().enumerate() {
        let column: Vec<f64> = model.coef().iter().map(|score| score[j]).collect();
        assert_eq!(row.coef, column, "column {}", row.name);
    }
}

/// Classes are named by the data, and a terminal obeys what is in a name.
#[test]
fn a_class_with_control_characters_is_named_on_one_plain_line() {
    let cause = linecall_linear::Error::OneClass { class: "a\n\u{1b}[2J".to_owned() };
    let line = Error::from(cause).to_string();
    assert!(line.contains("`a\\n\\u{1b}[2J`") && !line.contains(char::is_control), "{line}");
}
