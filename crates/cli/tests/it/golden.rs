//! The JSON of a fit against a committed document; see `tests/golden/README.md`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::folder::{Folder, at, number};

/// Numbers are compared to this, relative to the larger. The steps of the solver are the same on
/// every machine up to rounding, whose error stays far below.
const TOLERANCE: f64 = 1e-9;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The command of `tests/golden/README.md`.
const COMMAND: &str = "fit loans.csv --target repaid --favourable yes --seed 7";

fn fitted() -> Value {
    let folder = Folder::new();
    folder.put("loans.csv", std::fs::read(golden("loans.csv")).unwrap());
    folder.json(COMMAND)
}

/// Every place where two documents differ.
fn differences(path: &str, found: &Value, want: &Value, out: &mut Vec<String>) {
    match (found, want) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) {
                let side = |o: &serde_json::Map<String, Value>| o.get(key).cloned();
                let deeper = format!("{path}.{key}");
                match (side(a), side(b)) {
                    (Some(x), Some(y)) => differences(&deeper, &x, &y, out),
                    (x, y) => out.push(format!("{deeper}: {x:?}, expected {y:?}")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.for_each(|(i, (x, y))| differences(&format!("{path}.{i}"), x, y, out));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            if (a - b).abs() > TOLERANCE * a.abs().max(b.abs()) {
                out.push(format!("{path}: {a}, expected {b}"));
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(format!("{path}: {a}, expected {b}")),
    }
}

#[test]
fn the_json_of_a_fit_is_the_committed_one() {
    let mut found = fitted();
    let text = std::fs::read_to_string(golden("fit.json")).unwrap();
    let mut want: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(at(&found, "linecall"), env!("CARGO_PKG_VERSION"));
    // What is left of the residual and the gap at the optimum is rounding.
    for name in ["residual", "duality_gap"] {
        assert!(number(&found, &format!("certificate.{name}")) <= 1e-9, "{name}");
        for document in [&mut found, &mut want] {
            document["certificate"][name] = Value::Null;
            document["linecall"] = Value::Null;
        }
    }
    let mut out = Vec::new();
    differences("", &found, &want, &mut out);
    assert!(out.is_empty(), "{}", out.join("\n"));
}

/// Keys in the first column of the tables of a section of the guide's page on JSON.
pub(crate) fn documented(section: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
    let page = std::fs::read_to_string(page).unwrap();
    let start = page.find(&format!("# {section}\n")).unwrap();
    let body = page[start + 1..].split("\n#").next().unwrap();
    let cells = body.lines().filter_map(|l| l.strip_prefix("| `")).map(|l| l.split(" |").next());
    cells.flat_map(|cell| cell.unwrap().split(", ")).map(|k| k.replace('`', "")).collect()
}

/// Documented keys that an ordinary fit has not.
const UNLESS_ASKED: [&str; 7] =
    ["unit", "reference", "stream", "tokens", "proved_zero", "multilabel", "holdout_sets"];

#[test]
fn every_documented_key_is_there() {
    let folder = Folder::with_loans();
    let found = folder.json("fit loans.csv --target repaid --report report.html");
    let schema = at(&found, "schema").clone();
    assert_eq!(at(&schema, "target.column"), "repaid");
    let sections = [
        ("fit and demo", &found),
        ("Metrics", at(&found, "holdout")),
        ("Certificate", at(&found, "certificate")),
        ("Coefficients", at(&found, "coefficients.0")),
    ];
    for (section, document) in sections {
        let keys = documented(section);
        assert!(keys.len() >= 6, "{section}: {keys:?}");
        for key in keys {
            // A unit needs a schema that has one, a reference a category, `proved_zero` a penalty
            // with a corner; `stream` and the keys of sets need their flags.
            if !UNLESS_ASKED.contains(&key.as_str()) {
                assert!(document.get(&key).is_some(), "{section}: no `{key}`");
            }
        }
    }
    assert_eq!(at(&found, "format"), 1);
    for key in ["rule", "folds", "scheme", "criterion", "path", "chosen", "minimum"] {
        at(&found, &format!("tuning.{key}"));
    }
    for key in ["lambda", "mean", "standard_error", "nonzero"] {
        number(&found, &format!("tuning.path.0.{key}"));
    }
    let oslo = at(&found, "coefficients").as_array().unwrap();
    let oslo = oslo.iter().find(|c| c["name"] == "city = Oslo").unwrap();
    assert!(oslo["reference"].as_str().unwrap().starts_with("city = "));
}
