//! `fit` on every kind of file: the same rows give the same model.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;

use crate::data::{flower_rows, gzip, libsvm, loans, zstd};
use crate::folder::{Folder, at, coefficients, number};

/// Coefficients of a fit without hold-out at a given strength.
#[track_caller]
fn plain(folder: &Folder, arguments: &str) -> Vec<(String, f64)> {
    let fit = format!("fit {arguments} --holdout 0 --lambda 0.01");
    coefficients(&folder.json(&fit))
}

/// The loans as Parquet.
fn parquet() -> Vec<u8> {
    let text = loans();
    let cells: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let words =
        |j: usize| Arc::new(cells.iter().map(|r| Some(r[j])).collect::<StringArray>()) as ArrayRef;
    let whole = |j: usize| {
        let values = cells.iter().map(|r| r[j].parse::<i64>().unwrap());
        Arc::new(Int64Array::from_iter_values(values)) as ArrayRef
    };
    let columns = [
        ("id", words(0)),
        ("age", whole(1)),
        ("income", whole(2)),
        ("city", words(3)),
        ("repaid", words(4)),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), false)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|c| c.1).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn every_table_format_gives_the_same_coefficients() {
    let folder = Folder::with_loans();
    let want = plain(&folder, "loans.csv --target repaid");
    let names: Vec<&str> = want.iter().map(|c| c.0.as_str()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    let tsv = loans().replace(',', "\t");
    let nameless = loans().split_once('\n').unwrap().1.to_owned();
    let files: [(&str, Vec<u8>, &str); 8] = [
        ("loans.tsv", tsv.clone().into(), ""),
        ("loans.csv.gz", gzip(loans().as_bytes()), ""),
        ("loans.csv.zst", zstd(loans().as_bytes()), ""),
        ("loans.tsv.gz", gzip(tsv.as_bytes()), ""),
        ("loans.parquet", parquet(), ""),
        ("semicolon.csv", loans().replace(',', ";").into(), "--delimiter ;"),
        ("odd.name", tsv.into(), "--format tsv"),
        ("nameless.csv", nameless.into(), "--names id,age,income,city,repaid"),
    ];
    for (name, bytes, flags) in files {
        folder.put(name, bytes);
        assert_eq!(plain(&folder, &format!("{name} --target repaid {flags}")), want, "{name}");
    }
}

#[test]
fn fit_reads_standard_input() {
    let folder = Folder::with_loans();
    let want = plain(&folder, "loans.csv --target repaid");
    for (bytes, format) in
        [(loans(), ""), (loans().replace(',', "\t"), "--format tsv"), (loans(), "--format csv")]
    {
        let fit = format!("fit - --target repaid --holdout 0 --lambda 0.01 --json {format}");
        let ran = folder.feed(&fit, bytes.as_bytes());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(coefficients(&serde_json::from_str(&ran.stdout).unwrap()), want);
    }
}

#[test]
fn latin1_is_read_when_it_is_named() {
    let folder = Folder::new();
    let text = loans().replace("Oslo", "Zurich");
    let bytes: Vec<u8> = text.bytes().map(|b| if b == b'u' { 0xFC } else { b }).collect();
    folder.put("l.csv", &bytes);
    folder.refused("fit l.csv --target repaid", &["l.csv, line ", "`0xFC`", "--encoding latin1"]);
    let found = plain(&folder, "l.csv --target repaid --encoding latin1");
    assert!(found.iter().any(|c| c.0 == "city = Zürich"), "{found:?}");
}

#[test]
fn libsvm_of_two_classes_agrees_with_the_table() {
    let folder = Folder::new();
    let rows: Vec<String> =
        flower_rows(240, 3).into_iter().filter(|r| !r.ends_with("rose")).collect();
    folder.put("f.csv", crate::data::csv("length,width,species", &rows));
    folder.put("f.libsvm", libsvm(&rows, &[("aster", "-1"), ("iris", "+1")]));
    let table: Vec<f64> =
        plain(&folder, "f.csv --target species").into_iter().map(|c| c.1).collect();
    let matrix = plain(&folder, "f.libsvm");
    assert_eq!(matrix[0].0, "1");
    for (a, b) in matrix.iter().zip(&table) {
        // Sparse rows are not centred, so their sums round otherwise.
        crate::folder::assert_close(a.1, *b, 1e-7, "stored sparsely and densely");
    }

    let turned = plain(&folder, "f.libsvm --positive -1");
    for (a, b) in matrix.iter().zip(&turned) {
        crate::folder::assert_close(a.1, -b.1, 1e-8, "the other class as positive one");
    }
    let found = folder.json("fit f.libsvm");
    assert!(at(&found, "schema").is_null());
    assert!(number(&found, "holdout.auc.value") > 0.8);
}

#[test]
fn libsvm_of_three_classes_is_fitted_tested_and_called() {
    let folder = Folder::new();
    let labels = [("aster", "1"), ("iris", "2"), ("rose", "3")];
    folder.put("train.libsvm", libsvm(&flower_rows(300, 4), &labels));
    folder.put("test.libsvm.gz", gzip(libsvm(&flower_rows(90, 5), &labels).as_bytes()));
    let found = folder.json("fit train.libsvm --test test.libsvm.gz");
    assert_eq!(at(&found, "score_classes").as_array().unwrap().len(), 3);
    assert_eq!(number(&found, "holdout_rows"), 90.0);
    assert!(number(&found, "holdout.accuracy.value") > 0.6);
    let evaluated = folder.json("eval model.linecall test.libsvm.gz");
    assert_eq!(at(&evaluated, "metrics"), at(&found, "holdout"));
    let calls = folder.ok("predict model.linecall test.libsvm.gz");
    assert_eq!(calls.lines().count(), 91);
    assert_eq!(folder.run("verify model.linecall train.libsvm").code, 0);
}

#[test]
fn a_model_refuses_the_other_kind_of_file() {
    let folder = Folder::with_model();
    folder.put(
        "f.libsvm",
        libsvm(&flower_rows(60, 4), &[("aster", "1"), ("iris", "2"), ("rose", "3")]),
    );
    folder.ok("fit f.libsvm -o matrix.linecall --lambda 0.1");
    for verb in ["predict", "eval", "verify"] {
        let line = format!("{verb} model.linecall f.libsvm");
        folder.refused(&line, &["f.libsvm: ", "table with named columns", "; give a CSV"]);
        let line = format!("{verb} matrix.linecall loans.csv");
        folder.refused(&line, &["loans.csv: ", "matrix", "; give a LIBSVM"]);
    }
    folder.refused("fit f.libsvm --target y", &["target", "matrix"]);
    folder.refused("inspect matrix.linecall --schema", &["matrix.linecall", "no schema"]);
}
