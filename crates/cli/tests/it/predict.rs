//! `predict`: rows in, calls out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::data::{HEADER, csv, loan_rows, loans};
use crate::folder::{Folder, LINECALL, assert_close};

/// Rows of loans that the model did not see.
fn fresh() -> Vec<String> {
    loan_rows(50, 21)
}

#[test]
fn rows_keep_their_order_and_their_id() {
    let folder = Folder::with_model();
    folder.put("new.csv", csv(HEADER, &fresh()));
    let calls = folder.ok("predict model.linecall new.csv");
    let lines: Vec<&str> = calls.lines().collect();
    assert_eq!(lines[0], "row,id,call,probability_no,probability_yes,score");
    assert_eq!(lines.len(), 51);
    for (i, line) in lines[1..].iter().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells[..2], [(i + 1).to_string(), format!("p{i:05}")]);
        let [no, yes, score] = [3, 4, 5].map(|j| cells[j].parse::<f64>().unwrap());
        assert_eq!(cells[2], if score > 0.0 { "yes" } else { "no" });
        // One rounding of exp, one of the sum, one of the quotient.
        assert_close(yes, 1.0 / (1.0 + (-score).exp()), 1e-15, line);
        assert_close(no + yes, 1.0, 1e-15, line);
    }
}

#[test]
fn the_score_is_the_sum_that_inspect_shows() {
    let folder = Folder::with_model();
    folder.put("new.csv", csv(HEADER, &fresh()));
    let inspected = folder.json("inspect model.linecall");
    let coefficients = crate::folder::coefficients(&inspected);
    let intercept = crate::folder::number(&inspected, "intercept.0");
    let calls = folder.ok("predict model.linecall new.csv");
    for (row, line) in fresh().iter().zip(calls.lines().skip(1)) {
        let cells: Vec<&str> = row.split(',').collect();
        let value = |name: &str| match name {
            "age" => cells[1].parse().unwrap(),
            "income" => cells[2].parse().unwrap(),
            level => f64::from(level == format!("city = {}", cells[3])),
        };
        let want = intercept + coefficients.iter().map(|(n, w)| w * value(n)).sum::<f64>();
        let score: f64 = line.rsplit(',').next().unwrap().parse().unwrap();
        assert_close(score, want, 1e-12, line);
    }
}

#[test]
fn columns_may_come_in_any_order_with_others_between() {
    let folder = Folder::with_model();
    folder.put("new.csv", csv(HEADER, &fresh()));
    let turned: Vec<String> = fresh()
        .iter()
        .map(|row| {
            let c: Vec<&str> = row.split(',').collect();
            format!("{},?,{},{},x,{}", c[3], c[2], c[0], c[1])
        })
        .collect();
    folder.put("turned.csv", csv("city,note,income,id,other,age", &turned));
    let want = folder.ok("predict model.linecall new.csv");
    assert_eq!(folder.ok("predict model.linecall turned.csv"), want);
}

#[test]
fn standard_input_and_files_give_the_same_calls() {
    let folder = Folder::with_model();
    folder.put("new.tsv", csv(HEADER, &fresh()).replace(',', "\t"));
    let text = csv(HEADER, &fresh());
    let ran = folder.feed("predict model.linecall -", text.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(folder.ok("predict model.linecall new.tsv"), ran.stdout);
    assert_eq!(folder.ok("predict model.linecall new.tsv --threads 1"), ran.stdout);
    folder.ok("predict model.linecall new.tsv -o calls.csv --quiet");
    assert_eq!(folder.text("calls.csv"), ran.stdout);
}

#[test]
fn calls_come_before_the_input_has_ended() {
    let folder = Folder::with_model();
    let mut child = Command::new(LINECALL)
        .args(["predict", "model.linecall", "-"])
        .current_dir(folder.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let (close, closed) = std::sync::mpsc::channel::<()>();
    // Enough rows for several batches and buffers; the input stays open until it is told.
    let writer = std::thread::spawn(move || {
        input.write_all(csv(HEADER, &loan_rows(20_000, 5)).as_bytes()).unwrap();
        closed.recv().unwrap_or_default();
    });
    let first: Vec<String> = output.by_ref().take(1_000).map(Result::unwrap).collect();
    assert!(first[999].starts_with("999,p00998,"), "{}", first[999]);
    close.send(()).unwrap();
    assert_eq!(output.count(), 20_001 - 1_000);
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn json_lines_hold_the_same_values() {
    let folder = Folder::with_model();
    folder.put("new.csv", csv(HEADER, &fresh()));
    let table = folder.ok("predict model.linecall new.csv");
    let names: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let lines = folder.ok("predict model.linecall new.csv --json");
    assert_eq!(lines.lines().count(), 50);
    for (object, row) in lines.lines().zip(table.lines().skip(1)) {
        let object: serde_json::Map<_, _> = serde_json::from_str(object).unwrap();
        assert_eq!(object.len(), names.len());
        for (name, cell) in names.iter().zip(row.split(',')) {
            match &object[*name] {
                serde_json::Value::String(text) => assert_eq!(text, cell),
                other => assert_eq!(other.as_f64().unwrap(), cell.parse::<f64>().unwrap()),
            }
        }
    }
}

#[test]
fn labels_are_not_needed() {
    let folder = Folder::with_model();
    let bare: Vec<String> =
        fresh().iter().map(|r| r.rsplit_once(',').unwrap().0.to_owned()).collect();
    folder.put("bare.csv", csv("id,age,income,city", &bare));
    folder.put("new.csv", csv(HEADER, &fresh()));
    let want = folder.ok("predict model.linecall new.csv");
    assert_eq!(folder.ok("predict model.linecall bare.csv"), want);
    let parts = ["bare.csv", "column `repaid`", "no such column"];
    folder.refused("eval model.linecall bare.csv", &parts);
}

/// The first rows with one of them replaced.
fn with_row_3(row: &str) -> String {
    let mut rows = fresh();
    rows[2] = row.to_owned();
    csv(HEADER, &rows)
}

#[test]
fn a_bad_row_is_named_and_nothing_is_left_behind() {
    let folder = Folder::with_model();
    let place = ["bad.csv", "line 4", "row 3"];
    let cases = [
        ("p,40,3000,Paris,no", "column `city`", "`Paris`", "; correct it"),
        ("p,forty,3000,Oslo,no", "column `age`", "`forty`", "; correct it"),
        ("p,40,NaN,Oslo,no", "column `income`", "`NaN`", "; correct it"),
        ("p,40,inf,Oslo,no", "column `income`", "`inf`", "; correct it"),
        ("p,40,,Oslo,no", "column `income`", "missing", "; fill it in"),
        ("p,40,3000", "has 3 fields", "the header has 5", "; check"),
    ];
    for (row, column, value, mend) in cases {
        folder.put("bad.csv", with_row_3(row));
        let parts = [&place[..], &[column, value, mend]].concat();
        folder.refused("predict model.linecall bad.csv -o calls.csv", &parts);
    }
}

#[test]
fn a_bad_label_does_not_matter_to_predict_but_to_eval() {
    let folder = Folder::with_model();
    folder.put("bad.csv", with_row_3("p,40,3000,Oslo,perhaps"));
    folder.ok("predict model.linecall bad.csv");
    let parts = ["bad.csv, line 4, row 3, column `repaid`", "`perhaps`", "`no`, `yes`"];
    folder.refused("eval model.linecall bad.csv", &parts);
}

#[test]
fn a_missing_column_is_named() {
    let folder = Folder::with_model();
    let rows: Vec<String> =
        fresh().iter().map(|r| r.splitn(3, ',').take(2).collect::<Vec<_>>().join(",")).collect();
    folder.put("bad.csv", csv("id,age", &rows));
    let parts = ["bad.csv", "column `income`", "no such column", "id, age"];
    folder.refused("predict model.linecall bad.csv -o calls.csv", &parts);
}

#[test]
fn an_unseen_level_is_the_reference_where_the_schema_says_so() {
    let folder = Folder::with_loans();
    let schema = folder.ok("describe loans.csv --target repaid -o schema.toml");
    assert!(schema.contains("city"));
    let text = folder.text("schema.toml");
    let (before, after) = text.split_once("name = \"city\"").unwrap();
    folder.put("schema.toml", format!("{before}unseen = \"reference\"\nname = \"city\"{after}"));
    folder.ok("fit loans.csv --schema schema.toml --lambda 0.02");
    folder.put("paris.csv", with_row_3("p,40,3000,Paris,no"));
    let ran = folder.run("predict model.linecall paris.csv -o calls.csv");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("column `city`: 1 cells hold a level not seen"), "{}", ran.stderr);
    assert_eq!(folder.text("calls.csv").lines().count(), 51);
    let quiet = folder.run("predict model.linecall paris.csv -o calls.csv --quiet");
    assert_eq!(quiet.stderr, "");
}

#[test]
fn outputs_never_replace_an_input() {
    let folder = Folder::with_model();
    for arguments in [
        "predict model.linecall loans.csv -o loans.csv",
        "predict model.linecall loans.csv -o model.linecall",
        "fit loans.csv --target repaid -o loans.csv",
        "fit loans.csv --target repaid --report ./loans.csv",
        "describe loans.csv -o loans.csv",
    ] {
        folder.refused(arguments, &["is an input", "; choose another name"]);
    }
    assert_eq!(folder.text("loans.csv"), loans());
}

/// Runs a command whose standard output is closed after the first line.
#[cfg(unix)]
fn first_line(folder: &Folder, arguments: &[&str]) -> (String, i32, String) {
    let mut child = Command::new(LINECALL)
        .args(arguments)
        .current_dir(folder.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let out = child.wait_with_output().unwrap();
    (line, out.status.code().unwrap(), String::from_utf8(out.stderr).unwrap())
}

#[test]
#[cfg(unix)]
fn a_closed_standard_output_is_no_error() {
    let folder = Folder::with_model();
    folder.put("many.csv", csv(HEADER, &loan_rows(20_000, 5)));
    let (line, code, talk) = first_line(&folder, &["predict", "model.linecall", "many.csv"]);
    assert_eq!((line.as_str(), code), ("row,id,call,probability_no,probability_yes,score\n", 0));
    assert_eq!(talk, "");
    for verb in [&["--help"][..], &["completions", "bash"], &["inspect", "model.linecall"]] {
        let (line, code, talk) = first_line(&folder, verb);
        assert!(!line.is_empty() && code == 0 && talk.is_empty(), "{verb:?}: {talk}");
    }
}

#[test]
fn data_without_the_ids_have_no_column_of_ids() {
    let folder = Folder::with_model();
    folder.put("bare.csv", "age,income,city\n41,3100,Oslo\n29,2500,Bern\n");
    let csv = folder.ok("predict model.linecall bare.csv");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "row,call,probability_no,probability_yes,score");
    assert!(lines[1..].iter().all(|line| line.split(',').count() == 5), "{csv}");
    let json = folder.ok("predict model.linecall bare.csv --json");
    let row: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert!(row["call"].is_string() && row["score"].is_f64() && row.get("id").is_none(), "{row}");
}
