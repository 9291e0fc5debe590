//! Bad data: one line that names the place and the mend, and nothing left behind.

use crate::data::{HEADER, csv, loan_rows, loans};
use crate::folder::Folder;

const FIT: &str = "fit bad.csv --target repaid -o m.linecall --report r.html";

/// A good table whose fourth row is replaced.
fn with_row_4(row: &str) -> String {
    let mut rows = loan_rows(120, 1);
    rows[3] = row.to_owned();
    csv(HEADER, &rows)
}

#[test]
fn bad_tables_are_refused() {
    let class: Vec<String> = loan_rows(200, 1).into_iter().filter(|r| r.ends_with("yes")).collect();
    let amounts: Vec<String> =
        loan_rows(200, 1).iter().enumerate().map(|(i, r)| format!("{r}{i}.5")).collect();
    let amounts = csv(HEADER, &amounts).replace(",yes", ",").replace(",no", ",");
    let cases: [(&str, Vec<u8>, &[&str]); 13] = [
        ("empty", Vec::new(), &["the file is empty", "; give a file"]),
        ("blank", b"\n\n\n".to_vec(), &[]),
        ("header only", HEADER.into(), &["no rows"]),
        (
            "one row",
            csv(HEADER, &loan_rows(1, 1)).into(),
            &["`repaid`", "one class", "; give rows"],
        ),
        (
            "one class",
            csv(HEADER, &class).into(),
            &["`repaid`", "`yes`", "one class", "; give rows"],
        ),
        (
            "ragged",
            with_row_4("p,40,3000").into(),
            &["line 5", "row 4", "3 fields", "5", "; check"],
        ),
        ("open quote", with_row_4("\"p,40,3000,Oslo,no").into(), &["line 5", "quote", "; "]),
        (
            "twice",
            loans().replacen("income", "age", 1).into(),
            &["line 1", "`age`", "twice", "; rename"],
        ),
        (
            "infinity",
            with_row_4("p,40,inf,Oslo,no").into(),
            &["row 4", "`income`", "`inf`", "; correct"],
        ),
        (
            "overflow",
            with_row_4("p,40,1e999,Oslo,no").into(),
            &["row 4", "`income`", "`1e999`", "; "],
        ),
        (
            "no label",
            with_row_4("p,40,3000,Oslo,").into(),
            &["row 4", "`repaid`", "label is missing", "; "],
        ),
        ("binary", [&b"\x7fELF"[..], &[0; 2000]].concat(), &["expected text", "; give a CSV"]),
        ("a quantity", amounts.into(), &["`repaid`", "quantity", "; cut it into classes"]),
    ];
    for (what, bytes, parts) in cases {
        let folder = Folder::new();
        folder.put("bad.csv", bytes);
        let parts = [&["error: bad.csv"][..], parts].concat();
        eprintln!("{what}: {}", folder.refused(FIT, &parts));
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let folder = Folder::new();
    let noise: Vec<u8> =
        (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    folder.put("bad.csv", &noise);
    folder.refused(FIT, &["error: bad.csv"]);
    for (name, bytes) in [("bad.csv.gz", &noise), ("bad.csv.zst", &noise), ("bad.parquet", &noise)]
    {
        folder.put(name, bytes);
        folder.refused(&FIT.replace("bad.csv", name), &[&format!("error: {name}"), "; "]);
    }
    let whole = crate::data::gzip(loans().as_bytes());
    folder.put("cut.csv.gz", &whole[..whole.len() - 9]);
    folder.refused(&FIT.replace("bad.csv", "cut.csv.gz"), &["error: cut.csv.gz", "gzip", "; "]);
}

#[test]
fn a_given_schema_is_kept_to() {
    let folder = Folder::with_loans();
    folder.ok("describe loans.csv --target repaid -o schema.toml");
    let cases: [(&str, &[&str]); 6] = [
        ("p,forty,3000,Oslo,no", &["column `age`", "`forty`", "expected a number", "; correct"]),
        ("p,40.5,3000,Oslo,no", &["column `age`", "`40.5`", "; "]),
        ("p,40,NaN,Oslo,no", &["column `income`", "`NaN`", "; correct"]),
        ("p,40,-inf,Oslo,no", &["column `income`", "`-inf`", "; correct"]),
        ("p,40,3000,Paris,no", &["column `city`", "`Paris`", "; correct"]),
        ("p,40,3000,Oslo,perhaps", &["column `repaid`", "`perhaps`", "`no`, `yes`", "; correct"]),
    ];
    for (row, parts) in cases {
        folder.put("bad.csv", with_row_4(row));
        let parts = [&["error: bad.csv, line 5, row 4"][..], parts].concat();
        folder.refused("fit bad.csv --schema schema.toml -o m.linecall", &parts);
    }
}

#[test]
fn a_nan_that_is_read_as_missing_is_said() {
    let folder = Folder::new();
    folder.put("nan.csv", with_row_4("p,40,NaN,Oslo,no"));
    let page = folder.ok("fit nan.csv --target repaid");
    assert!(page.contains("`income` has `NaN` in 1 row, taken as missing"), "{page}");
}

#[test]
fn a_bad_test_file_is_named() {
    let folder = Folder::with_loans();
    folder.put("bad.csv", with_row_4("p,40,3000,Paris,no"));
    let fit = "fit loans.csv --target repaid -o m.linecall --test";
    let parts = ["error: bad.csv, line 5, row 4, column `city`", "`Paris`"];
    folder.refused(&format!("{fit} bad.csv"), &parts);
    folder.refused(&format!("{fit} nosuch.csv"), &["error: nosuch.csv: no such file"]);
}

#[test]
fn a_bad_schema_is_named() {
    let folder = Folder::with_loans();
    folder.ok("describe loans.csv --target repaid -o schema.toml");
    let good = folder.text("schema.toml");
    let cases = [
        (good.replace("integer", "whole"), "unknown variant `whole`"),
        (good.replace("kind", "kynd"), "unknown field `kynd`"),
        (good.replace("version = 1", "version = 9"), "version"),
        ("[[[".to_owned(), "line 1"),
        (good.replace("\"income\"", "\"wealth\""), "`income`"),
        (String::new(), "missing field"),
    ];
    for (text, part) in cases {
        folder.put("bad.toml", text);
        folder.refused("fit loans.csv --schema bad.toml -o m.linecall", &[part]);
    }
    folder.refused("fit loans.csv --schema nosuch.toml", &["nosuch.toml: no such file"]);
    folder.refused("fit loans.csv --schema loans.csv", &["loans.csv"]);
}

#[test]
fn files_that_are_not_there_are_named() {
    let folder = Folder::with_loans();
    folder.put("folder.csv/x", "hello");
    std::fs::create_dir(folder.path("empty")).unwrap();
    folder.refused("fit nosuch.csv --target repaid", &["error: nosuch.csv: no such file"]);
    folder.refused("describe nosuch.csv", &["error: nosuch.csv: no such file"]);
    let parts = ["error: folder.csv/x: ", "first bytes", "--format csv"];
    folder.refused("fit folder.csv --target repaid", &parts);
    folder.refused("describe folder.csv", &parts);
    folder.refused("fit empty --target repaid", &["error: empty: the folder has no files; "]);
    folder.put("odd.name", loans());
    folder.refused("fit odd.name --target repaid", &["odd.name", "format", "--format csv"]);
}

#[test]
fn an_unknown_target_gets_the_near_name() {
    let folder = Folder::with_loans();
    for near in ["repayed", "Repaid", "REPAID", "repai"] {
        let line = format!("fit loans.csv --target {near}");
        folder.refused(&line, &[&format!("`{near}`"), "no such column; did you mean `repaid`?"]);
    }
    let parts = ["`zzz`", "no such column", "id, age, income, city, repaid"];
    folder.refused("fit loans.csv --target zzz", &parts);
    folder.refused("fit loans.csv", &["--target COLUMN", "--schema FILE"]);
}

#[test]
fn outputs_that_cannot_be_written_are_refused_before_the_work() {
    let folder = Folder::with_model();
    folder.put("folder/x", "");
    let fit = "fit loans.csv --target repaid";
    for (arguments, parts) in [
        (format!("{fit} -o nosuch/m"), ["error: nosuch/m: ", "; make it first"]),
        (format!("{fit} -o m --report nosuch/r"), ["error: nosuch/r: ", "; make it first"]),
        (format!("{fit} -o nosuch/m --report r"), ["error: nosuch/m: ", "; make it first"]),
        (format!("{fit} -o folder"), ["error: folder: ", "; name a file in it"]),
        (format!("{fit} -o m --report folder"), ["error: folder: ", "; name a file in it"]),
        (format!("{fit} -o same --report same"), ["same", "another name"]),
        (format!("{fit} -o same --report ./same"), ["same", "another name"]),
        (format!("{fit} -o m --penalty none --folds 5"), ["--penalty none", "leave out"]),
        ("predict model.linecall loans.csv -o nosuch/c".into(), ["nosuch/c: ", "; make it first"]),
        ("predict model.linecall loans.csv -o folder".into(), ["folder: ", "; name a file in it"]),
        ("describe loans.csv -o nosuch/s".into(), ["nosuch/s: ", "; make it first"]),
    ] {
        folder.refused(&arguments, &parts);
    }
}

#[test]
#[cfg(unix)]
fn a_device_is_not_replaced() {
    let folder = Folder::with_model();
    let is_file = || std::fs::metadata("/dev/null").unwrap().is_file();
    assert!(!is_file());
    folder.refused("fit loans.csv --target repaid -o /dev/null", &["/dev/null: ", "; name one"]);
    folder.refused("predict model.linecall loans.csv -o /dev/null", &["/dev/null: ", "; name one"]);
    assert!(!is_file());
}

#[test]
fn a_file_past_the_cap_is_refused() {
    let folder = Folder::with_loans();
    let line = "fit loans.csv --target repaid --max-bytes 100 -o m.linecall";
    folder.refused(line, &["error: loans.csv", "100 bytes", "; raise the cap"]);
    folder.put("bomb.csv.gz", crate::data::gzip(&[b'a'; 1_000_000]));
    let line = "fit bomb.csv.gz --target repaid --max-bytes 10000";
    folder.refused(line, &["error: bomb.csv.gz", "; "]);
}

#[test]
fn bad_libsvm_is_refused() {
    let folder = Folder::new();
    let cases = [
        ("1 0:2\n", "indices count from 1"),
        ("1 2:1 1:1\n", "line 1"),
        ("1 1:x\n", "`x`"),
        ("1 1:nan\n2 1:1\n", "nan"),
        ("1 1:inf\n2 1:1\n", "inf"),
        ("1 99999999999999999999:1\n", "line 1"),
        ("1 1:1\n1 1:2\n", "one"),
        ("", "no rows"),
    ];
    for (text, part) in cases {
        folder.put("bad.libsvm", text);
        let line = folder.refused("fit bad.libsvm -o m.linecall", &[]);
        assert!(line.to_lowercase().contains(part), "{text:?}: {line}");
    }
}
