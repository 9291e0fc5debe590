//! Schemas, test files, groups, time and weights.

use crate::data::{HEADER, csv, loan_rows};
use crate::folder::{Folder, assert_close, at, coefficients, number};

/// A schema of loans with one more column in front.
fn schema(first: &str) -> String {
    format!(
        "version = 1\n\n[target]\ncolumn = \"repaid\"\nclasses = [\"no\", \"yes\"]\n\
         positive = \"yes\"\n\n{first}\n\
         [[columns]]\nname = \"id\"\nrole = \"id\"\nkind = \"text\"\n\n\
         [[columns]]\nname = \"age\"\nrole = \"feature\"\nkind = \"integer\"\nunit = \"years\"\n\n\
         [[columns]]\nname = \"income\"\nrole = \"feature\"\nkind = \"number\"\n\n\
         [[columns]]\nname = \"city\"\nrole = \"feature\"\nkind = \"category\"\n\
         levels = [\"Bern\", \"Oslo\", \"Rome\"]\nreference = \"Oslo\"\n\n\
         [[columns]]\nname = \"repaid\"\nrole = \"target\"\nkind = \"boolean\"\n\
         levels = [\"no\", \"yes\"]\n"
    )
}

fn column(name: &str, role: &str, kind: &str) -> String {
    format!("[[columns]]\nname = \"{name}\"\nrole = \"{role}\"\nkind = \"{kind}\"\n")
}

/// Loans with a first column made of the row number.
fn with_first(name: &str, rows: usize, value: impl Fn(usize) -> String) -> String {
    let rows: Vec<String> = loan_rows(rows, 9)
        .into_iter()
        .enumerate()
        .map(|(i, row)| format!("{},{row}", value(i)))
        .collect();
    csv(&format!("{name},{HEADER}"), &rows)
}

#[test]
fn a_given_schema_is_followed() {
    let folder = Folder::with_loans();
    folder.put("schema.toml", schema(""));
    let found = folder.json("fit loans.csv --schema schema.toml --lambda 0.01");
    let names: Vec<String> = coefficients(&found).into_iter().map(|c| c.0).collect();
    assert_eq!(names, ["age", "income", "city = Bern", "city = Rome"]);
    assert_eq!(at(&found, "coefficients.0.unit"), "years");
    assert_eq!(at(&found, "coefficients.2.reference"), "city = Oslo");
    let both = folder.json("fit loans.csv --schema schema.toml --target repaid --lambda 0.01");
    assert_eq!(at(&both, "coefficients"), at(&found, "coefficients"));
    folder.refused("fit loans.csv --schema schema.toml --target city", &["`target` is city"]);
}

#[test]
fn groups_are_never_split() {
    let folder = Folder::new();
    folder.put("g.csv", with_first("family", 400, |i| format!("f{}", i / 10)));
    folder.put("schema.toml", schema(&column("family", "group", "text")));
    let found = folder.json("fit g.csv --schema schema.toml --folds 5");
    assert_eq!(at(&found, "holdout_scheme"), "grouped");
    assert_eq!(at(&found, "tuning.scheme"), "grouped");
    let held = number(&found, "holdout_rows");
    assert_eq!(held % 10.0, 0.0, "whole families of ten are held out, {held} rows");
    assert_eq!(held + number(&found, "train_rows"), 400.0);
    let names: Vec<String> = coefficients(&found).into_iter().map(|c| c.0).collect();
    assert!(names.iter().all(|n| !n.contains("family")), "{names:?}");
}

#[test]
fn with_time_the_last_rows_are_held_out() {
    let folder = Folder::new();
    let text = with_first("day", 300, |i| i.to_string());
    // In the file the rows are not in the order of time.
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    folder.put("t.csv", lines.join("\n"));
    let text: Vec<&str> = text.lines().collect();
    folder.put("early.csv", text[..241].join("\n"));
    folder.put("late.csv", [&text[..1], &text[241..]].concat().join("\n"));
    folder.put("schema.toml", schema(&column("day", "time", "integer")));
    let split = folder.json("fit t.csv --schema schema.toml --lambda 0.01");
    assert_eq!(at(&split, "holdout_scheme"), "last in time");
    let early = "fit early.csv --schema schema.toml --lambda 0.01";
    let given = folder.json(&format!("{early} --test late.csv"));
    assert_eq!(at(&given, "holdout_scheme"), "test file");
    for metric in ["auc", "log_loss", "accuracy"] {
        let of = |found| number(found, &format!("holdout.{metric}.value"));
        // Rows are added up in another order.
        assert_close(of(&split), of(&given), 1e-9, metric);
    }
    let tuned = folder.json("fit t.csv --schema schema.toml");
    assert_eq!(at(&tuned, "tuning.scheme"), "time-ordered");
}

#[test]
fn a_row_weight_of_two_is_the_row_twice_and_of_zero_is_the_row_gone() {
    let folder = Folder::new();
    folder.put("w.csv", with_first("w", 300, |i| (i % 3).to_string()));
    let rows: Vec<String> = loan_rows(300, 9)
        .into_iter()
        .enumerate()
        .flat_map(|(i, row)| std::iter::repeat_n(row, i % 3))
        .collect();
    folder.put("copies.csv", csv(HEADER, &rows));
    folder.put("w.toml", schema(&column("w", "weight", "number")));
    folder.put("plain.toml", schema(""));
    let weighted = folder.json("fit w.csv --schema w.toml --holdout 0 --lambda 0.01");
    let copies = folder.json("fit copies.csv --schema plain.toml --holdout 0 --lambda 0.01");
    assert_close(
        number(&weighted, "certificate.objective"),
        number(&copies, "certificate.objective"),
        1e-12,
        "objective",
    );
    for (a, b) in coefficients(&weighted).iter().zip(coefficients(&copies)) {
        assert_close(a.1, b.1, 1e-7, &a.0);
    }
}

#[test]
fn eval_repeats_the_metrics_of_the_test_file() {
    let folder = Folder::with_loans();
    folder.put("test.csv", csv(HEADER, &loan_rows(150, 77)));
    let found = folder.json("fit loans.csv --target repaid --test test.csv --seed 3");
    assert_eq!(number(&found, "train_rows"), 200.0);
    assert_eq!(number(&found, "holdout_rows"), 150.0);
    assert_eq!(at(&found, "data.1"), "test.csv");
    let evaluated = folder.json("eval model.linecall test.csv --seed 3");
    assert_eq!(at(&evaluated, "metrics"), at(&found, "holdout"));
    assert_eq!(at(&evaluated, "training_data"), false);
    let page = folder.ok("eval model.linecall test.csv");
    assert!(!page.contains("trained on"), "{page}");
    assert!(page.contains("150 rows") && page.contains("AUC"), "{page}");
}

#[test]
fn eval_warns_of_the_training_data() {
    let folder = Folder::with_model();
    assert_eq!(at(&folder.json("eval model.linecall loans.csv"), "training_data"), true);
    let page = folder.ok("eval model.linecall loans.csv");
    assert!(page.contains("! These are the rows that the model was trained on"), "{page}");
}

#[test]
fn describe_writes_a_schema_that_fit_takes() {
    let folder = Folder::with_loans();
    let page = folder.ok("describe loans.csv --target repaid -o schema.toml");
    assert!(page.contains("200 rows, 5 columns; target `repaid`"), "{page}");
    let given = folder.json("fit loans.csv --schema schema.toml --lambda 0.01");
    let inferred = folder.json("fit loans.csv --target repaid --lambda 0.01");
    assert_eq!(at(&given, "coefficients"), at(&inferred, "coefficients"));
    let described = folder.json("describe loans.csv --target repaid");
    assert_eq!(number(&described, "rows"), 200.0);
    assert_eq!(at(&described, "schema.target.column"), "repaid");
}
