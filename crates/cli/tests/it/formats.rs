//! Every format from `fit` to `eval`: the same rows give the same model and the same calls, from a
//! file and from standard input.

use std::io::{Cursor, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::ipc::writer::{FileWriter, StreamWriter};

use crate::data::{HEADER, csv, flower_rows, gzip, libsvm, loan_rows, loans, zstd};
use crate::folder::{Folder, at, coefficients, number};

const FIT: &str = "--target repaid --holdout 0 --lambda 0.01";
const LABELS: [(&str, &str); 3] = [("aster", "1"), ("iris", "2"), ("rose", "3")];

fn batch(text: &str) -> RecordBatch {
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let column = |(j, name): (usize, &&str)| {
        let cells: StringArray = rows[1..].iter().map(|row| Some(row[j])).collect();
        ((*name).to_owned(), Arc::new(cells) as ArrayRef)
    };
    RecordBatch::try_from_iter(rows[0].iter().enumerate().map(column)).unwrap()
}

fn arrow_file(text: &str) -> Vec<u8> {
    let batch = batch(text);
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn arrow_stream(text: &str) -> Vec<u8> {
    let batch = batch(text);
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn jsonl(text: &str) -> String {
    let mut lines = text.lines().map(|line| line.split(','));
    let names: Vec<&str> = lines.next().unwrap().collect();
    let object = |cells: std::str::Split<'_, char>| {
        let quoted = |(name, cell): (&&str, &str)| match cell.parse::<f64>() {
            Ok(_) => format!("\"{name}\": {cell}"),
            Err(_) => format!("\"{name}\": \"{cell}\""),
        };
        let pairs: Vec<String> = names.iter().zip(cells).map(quoted).collect();
        format!("{{{}}}\n", pairs.join(", "))
    };
    lines.map(object).collect()
}

#[test]
fn tables_of_every_format_are_fitted_called_and_evaluated() {
    let folder = Folder::with_loans();
    let want = folder.json(&format!("fit loans.csv {FIT} -o csv.linecall"));
    let calls = folder.ok("predict csv.linecall loans.csv");
    let metrics = folder.json("eval csv.linecall loans.csv");
    let formats: [(&str, Vec<u8>, &str); 5] = [
        ("loans.arrow", arrow_file(&loans()), "arrow"),
        ("loans.arrows", arrow_stream(&loans()), "arrow"),
        ("loans.jsonl", jsonl(&loans()).into(), "jsonl"),
        ("loans.ndjson.gz", gzip(jsonl(&loans()).as_bytes()), "jsonl"),
        ("unnamed", zstd(jsonl(&loans()).as_bytes()), "jsonl"),
    ];
    for (name, bytes, format) in formats {
        folder.put(name, &bytes);
        let found = folder.json(&format!("fit {name} {FIT}"));
        assert_eq!(coefficients(&found), coefficients(&want), "{name}");
        assert_eq!(folder.ok(&format!("predict model.linecall {name}")), calls, "{name}");
        let evaluated = folder.json(&format!("eval model.linecall {name}"));
        assert_eq!(at(&evaluated, "metrics"), at(&metrics, "metrics"), "{name}");
        assert_eq!(folder.run(&format!("verify model.linecall {name}")).code, 0);
        folder.ok(&format!("describe {name} --target repaid"));
        for said in ["", &format!("--format {format}")] {
            let ran = folder.feed(&format!("fit - {FIT} {said} --json"), &bytes);
            let found = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
            assert_eq!(coefficients(&found), coefficients(&want), "{name} {said}");
            let ran = folder.feed(&format!("predict model.linecall - {said}"), &bytes);
            assert_eq!(ran.stdout, calls, "{name} {said}: {}", ran.stderr);
        }
    }
}

#[test]
fn several_files_and_folders_are_one_table() {
    let folder = Folder::with_loans();
    let want = folder.json(&format!("fit loans.csv {FIT}"));
    let calls = folder.ok("predict model.linecall loans.csv");
    let rows = loan_rows(200, 1);
    let turned: Vec<String> =
        rows[90..].iter().map(|row| row.split(',').rev().collect::<Vec<_>>().join(",")).collect();
    folder.put("parts/1.csv", csv(HEADER, &rows[..90]));
    folder.put("parts/2.csv", csv("repaid,city,income,age,id", &turned));
    for data in ["parts", "parts/", "parts/1.csv parts/2.csv"] {
        let found = folder.json(&format!("fit {data} {FIT}"));
        assert_eq!(coefficients(&found), coefficients(&want), "{data}");
        assert_eq!(folder.ok(&format!("predict model.linecall {data}")), calls, "{data}");
        assert_eq!(
            number(&folder.json(&format!("eval model.linecall {data}")), "metrics.rows"),
            200.
        );
        assert_eq!(folder.run(&format!("verify model.linecall {data}")).code, 0, "{data}");
        assert!(folder.ok(&format!("describe {data}")).contains("200 rows"), "{data}");
    }
    let command = folder.json("inspect model.linecall");
    let command = at(&command, "training.command").as_str().unwrap().to_owned();
    assert!(command.starts_with("linecall fit 1.csv 2.csv --target repaid"), "{command}");

    folder.put("parts/3.csv", "id,age,income,town,repaid\n");
    let parts =
        ["error: parts/3.csv, column `city`: `parts/1.csv` has this column", "; give files"];
    folder.refused(&format!("fit parts {FIT}"), &parts);
    folder.put("parts/3.csv", csv(HEADER, &["p,old,3000,Oslo,no".to_owned()]));
    folder.refused(
        "predict model.linecall parts -o calls.csv",
        &["error: parts/3.csv, line 2, row 1, column `age`: `old`"],
    );
    folder.put("parts/3.csv", jsonl(&loans()));
    std::fs::rename(folder.path("parts/3.csv"), folder.path("parts/3.jsonl")).unwrap();
    let parts = ["error: parts/3.jsonl: this is JSON Lines, and `parts/1.csv` is CSV; "];
    folder.refused(&format!("fit parts {FIT}"), &parts);
    folder.refused(&format!("fit loans.csv loans.csv {FIT}"), &["loans.csv: ", "given twice"]);
    folder.refused(&format!("fit loans.csv - {FIT}"), &["standard input", "alone"]);
    let parts = ["parts/1.csv is an input", "; choose another name"];
    folder.refused(&format!("fit parts/1.csv parts/2.csv {FIT} -o parts/1.csv"), &parts);
}

/// The numbers of flowers, row after row, as bytes; and how many rows there are.
fn numbers(rows: &[String]) -> (Vec<u8>, usize) {
    let cells = rows.iter().flat_map(|row| row.split(',').take(2));
    (cells.flat_map(|v| v.parse::<f64>().unwrap().to_le_bytes()).collect(), rows.len())
}

fn classes(rows: &[String]) -> Vec<u8> {
    let class = |row: &String| LABELS.iter().position(|l| row.ends_with(l.0)).unwrap() as u8 + 1;
    rows.iter().map(class).collect()
}

pub(crate) fn npy(descr: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
}

fn x_npy(rows: &[String]) -> Vec<u8> {
    let (bytes, count) = numbers(rows);
    npy("<f8", &format!("({count}, 2)"), &bytes)
}

fn y_npy(rows: &[String]) -> Vec<u8> {
    npy("|u1", &format!("({},)", rows.len()), &classes(rows))
}

fn npz(rows: &[String]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("X.npy", x_npy(rows)), ("y.npy", y_npy(rows))] {
        writer.start_file(name, options).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tensors(rows: &[String]) -> Vec<u8> {
    let (bytes, count) = numbers(rows);
    let end = bytes.len();
    let header = format!(
        r#"{{"x":{{"dtype":"F64","shape":[{count},2],"data_offsets":[0,{end}]}},
        "labels":{{"dtype":"U8","shape":[{count}],"data_offsets":[{end},{}]}}}}"#,
        end + count
    );
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &bytes, &classes(rows)].concat()
}

#[test]
fn matrices_of_every_format_are_fitted_tested_and_called() {
    let folder = Folder::new();
    let (train, test) = (flower_rows(300, 4), flower_rows(90, 5));
    for (rows, name) in [(&train, "train"), (&test, "test")] {
        folder.put(&format!("{name}.svm"), libsvm(rows, &LABELS));
        folder.put(&format!("{name}.npy"), x_npy(rows));
        folder.put(&format!("{name}_y.npy"), y_npy(rows));
        folder.put(&format!("{name}.npz"), npz(rows));
        folder.put(&format!("{name}.safetensors"), tensors(rows));
        folder.put(&format!("{name}.npz.gz"), gzip(&npz(rows)));
    }
    let species: Vec<&str> = classes(&train).iter().map(|&c| LABELS[c as usize - 1].1).collect();
    folder.put("train_y.csv", format!("class\n{}\n", species.join("\n")));
    let want = folder.json("fit train.npz --test test.npz --lambda 0.01");
    let calls = folder.ok("predict model.linecall test.npz");
    assert!(number(&want, "holdout.accuracy.value") > 0.6);
    assert_eq!(calls.lines().count(), 91);
    for (data, test, labels) in [
        ("train.safetensors", "test.safetensors", ""),
        ("train.npz.gz", "test.npz.gz", ""),
        ("train.npy --labels train_y.npy", "test.npy --test-labels test_y.npy", "test_y.npy"),
        ("train.npy --labels train_y.csv", "test.npz", ""),
    ] {
        let found = folder.json(&format!("fit {data} --test {test} --lambda 0.01"));
        assert_eq!(coefficients(&found), coefficients(&want), "{data}");
        assert_eq!(at(&found, "holdout"), at(&want, "holdout"), "{data}");
        let test = test.split(' ').next().unwrap();
        assert_eq!(folder.ok(&format!("predict model.linecall {test}")), calls, "{data}");
        let labels = if labels.is_empty() { String::new() } else { format!("--labels {labels}") };
        let evaluated = folder.json(&format!("eval model.linecall {test} {labels}"));
        assert_eq!(at(&evaluated, "metrics"), at(&want, "holdout"), "{data}");
        assert_eq!(folder.run(&format!("verify model.linecall {data}")).code, 0, "{data}");
    }
    // A sparse matrix is the same data; its sums are taken in another order.
    let sparse = folder.ok("predict model.linecall test.svm");
    let classes = |calls: &str| -> Vec<String> {
        calls.lines().map(|line| line.splitn(3, ',').take(2).collect()).collect()
    };
    assert_eq!(classes(&sparse), classes(&calls));
    assert_eq!(folder.run("verify model.linecall train.svm").code, 0);
    for name in ["test.npz", "test.safetensors", "test.npy", "test.svm"] {
        let ran = folder.feed("predict model.linecall -", &folder.bytes(name));
        let want = if name == "test.svm" { &sparse } else { &calls };
        assert!(ran.stdout == *want, "{name}: {}", ran.stderr);
    }
    let ran = folder.feed("fit - --holdout 0 --lambda 0.01 --json", &folder.bytes("train.npz"));
    let found = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(coefficients(&found), coefficients(&want));
}

#[test]
fn libsvm_files_are_one_matrix() {
    let folder = Folder::new();
    let rows = flower_rows(300, 4);
    folder.put("all.svm", libsvm(&rows, &LABELS));
    folder.put("parts/a.svm.gz", gzip(libsvm(&rows[..100], &LABELS).as_bytes()));
    folder.put("parts/b.svm", libsvm(&rows[100..], &LABELS));
    let want = folder.json("fit all.svm --holdout 0 --lambda 0.01");
    let calls = folder.ok("predict model.linecall all.svm");
    let found = folder.json("fit parts --holdout 0 --lambda 0.01");
    assert_eq!(coefficients(&found), coefficients(&want));
    assert_eq!(folder.ok("predict model.linecall parts"), calls);
}

#[test]
fn what_is_wrong_with_a_matrix_is_said_in_one_line() {
    let folder = Folder::with_model();
    let rows = flower_rows(60, 4);
    folder.put("x.npy", x_npy(&rows));
    folder.put("y.npy", y_npy(&rows));
    folder.put("short.npy", y_npy(&rows[..59]));
    folder.put("a.npz", npz(&rows));
    let wide = npy("<f8", "(2, 3)", &[0; 48]);
    folder.put("wide.npy", wide);
    folder.put("two.npy", npy("|u1", "(2,)", &[1, 2]));
    folder.put("object.npy", npy("|O", "(2,)", b"...."));
    let mut nan = numbers(&rows).0;
    nan[24..32].copy_from_slice(&f64::NAN.to_le_bytes());
    folder.put("nan.npy", npy("<f8", "(60, 2)", &nan));
    folder.ok("fit a.npz --lambda 0.1 -o matrix.linecall");
    let cases: [(&str, &[&str]); 12] = [
        ("fit x.npy", &["x.npy: a NumPy array has no labels; ", "--labels y.npy"]),
        ("fit x.npy --labels short.npy", &["short.npy: ", "59 labels for 60 rows; "]),
        ("fit x.npy --labels gone.npy", &["gone.npy: no such file"]),
        ("fit object.npy --labels y.npy", &["object.npy: ", "never unpickled; "]),
        ("fit nan.npy --labels y.npy", &["nan.npy, row 2, column `2`: `NaN`: ", "; fill it in"]),
        ("fit x.npy --labels y.npy --test wide.npy --test-labels two.npy", &["3 columns, 2 are"]),
        ("fit a.npz --target y", &["target", "matrix"]),
        ("fit loans.csv --target repaid --labels y.npy", &["loans.csv", "`--labels`"]),
        ("predict matrix.linecall wide.npy -o c", &["wide.npy: ", "3 columns, 2 are needed; "]),
        ("predict matrix.linecall loans.csv -o c", &["loans.csv: ", "; give a LIBSVM, NPY"]),
        ("predict model.linecall a.npz -o c", &["a.npz: ", "named columns; give a CSV"]),
        ("fit x.npy --labels y.npy --delimiter ;", &["--delimiter", "NPY", "; leave it out"]),
    ];
    for (arguments, parts) in cases {
        folder.refused(arguments, parts);
    }
}

/// Series whose first half is higher in class `up`.
fn series(rows: usize, seed: u64) -> String {
    let mut random = crate::data::Random::new(seed);
    let mut text = "@problemName steps\n@classLabel true down up\n@data\n".to_owned();
    for i in 0..rows {
        let up = i % 2 == 0;
        let value = |t: usize, random: &mut crate::data::Random| {
            let step = if (t < 4) == up { 0.8 } else { 0.0 };
            format!("{:.3}", step + random.normal())
        };
        let one: Vec<String> = (0..8).map(|t| value(t, &mut random)).collect();
        let two: Vec<String> = (0..8).map(|t| value(t, &mut random)).collect();
        let class = if up { "up" } else { "down" };
        text.push_str(&format!("{}:{}:{class}\n", one.join(","), two.join(",")));
    }
    text
}

#[test]
fn time_series_are_fitted_without_naming_the_target() {
    let folder = Folder::new();
    folder.put("train.ts", series(120, 1));
    folder.put("test.ts.gz", gzip(series(60, 2).as_bytes()));
    let found = folder.json("fit train.ts --test test.ts.gz --lambda 0.01");
    assert_eq!(at(&found, "schema.target.column"), "class");
    assert!(coefficients(&found).iter().any(|c| c.0 == "dim2[7]"));
    assert!(number(&found, "holdout.accuracy.value") > 0.8);
    let evaluated = folder.json("eval model.linecall test.ts.gz");
    assert_eq!(at(&evaluated, "metrics"), at(&found, "holdout"));
    let calls = folder.ok("predict model.linecall test.ts.gz");
    assert_eq!(calls.lines().count(), 61);
    assert_eq!(folder.run("verify model.linecall train.ts").code, 0);
    assert!(folder.ok("describe train.ts").contains("target `class`"));
    let ran = folder.feed("predict model.linecall -", series(60, 2).as_bytes());
    assert_eq!(ran.stdout, calls);
    let ran =
        folder.feed("fit - --test test.ts.gz --lambda 0.01 --json", series(120, 1).as_bytes());
    assert_eq!(coefficients(&serde_json::from_str(&ran.stdout).unwrap()), coefficients(&found));
    folder.put("uneven.ts", series(4, 1).replacen(':', ",1:", 1));
    folder.refused("fit uneven.ts", &["uneven.ts, line 4, row 1", "unequal", "series front end; "]);
}
