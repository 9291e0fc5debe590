//! `export`: what is written scores rows as linecall does, and what does not is not written.
//!
//! Programs that are absent are said so (`skipped: ...`); `LINECALL_PYTHON` names the Python that has
//! duckdb, onnxruntime and a PMML evaluator.

use std::process::Command;

use serde_json::Value;

use crate::data::{Random, flower_rows, flowers, libsvm};
use crate::folder::{Folder, at, number};
use crate::shared::{ADULT, shared};

/// The Python of the tests.
fn python() -> String {
    std::env::var("LINECALL_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|out| out.status.success())
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The formats, and flags, that can be re-scored here; `json` and `markdown` always can.
fn formats(test: &str) -> (Vec<&'static str>, Vec<String>) {
    let python = python();
    let module = |name: &str| runs(&python, &["-c", &format!("import {name}")]);
    let mut formats = vec!["json", "markdown"];
    let mut flags = vec!["--python".to_owned(), python.clone()];
    let mut need = |format: &'static str, there: bool, what: &str| {
        if there {
            formats.push(format);
        } else {
            eprintln!("skipped: {test}: {format}: {what} absent");
        }
        there
    };
    need("c", on_path("cc"), "a C compiler");
    need("rust", on_path("rustc"), "rustc");
    need("liblinear", on_path("liblinear-predict"), "liblinear-predict");
    need("onnx", module("onnxruntime"), "onnxruntime");
    need(
        "pmml",
        module("pypmml") || (module("jpmml_evaluator") && on_path("java")),
        "an evaluator",
    );
    let (sqlite, duckdb) = (on_path("sqlite3"), module("duckdb"));
    if need("sql", sqlite || duckdb, "sqlite3 and duckdb") && !(sqlite && duckdb) {
        let (here, gone) = if sqlite { ("sqlite", "duckdb") } else { ("duckdb", "sqlite3") };
        eprintln!("skipped: {test}: {gone} absent");
        flags.extend(["--database".to_owned(), here.to_owned()]);
    }
    (formats, flags)
}

/// Exports a model in every format that can be re-scored here but some, and gives the document.
#[track_caller]
fn proved(test: &str, folder: &Folder, model: &str, data: &[&str], without: &[&str]) -> Value {
    let (formats, flags) = formats(test);
    let formats: Vec<&str> = formats.into_iter().filter(|f| !without.contains(f)).collect();
    let to = formats.join(",");
    let mut arguments = vec!["export", model];
    arguments.extend(data);
    arguments.extend(["--to", &to, "-o", "out", "--json", "--rows", "200"]);
    arguments.extend(flags.iter().map(String::as_str));
    let ran = folder.run_words(&arguments);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(at(&found, "checked"), true);
    let proofs = at(&found, "proofs").as_array().unwrap();
    for format in &formats {
        let own: Vec<&Value> = proofs.iter().filter(|p| p["format"] == **format).collect();
        assert!(!own.is_empty(), "{format}");
        for proof in own {
            assert!(number(proof, "rows") >= 20.0, "{proof}");
            assert_eq!(number(proof, "class_changes"), 0.0, "{proof}");
            if *format != "liblinear" {
                assert!(number(proof, "largest") <= 1e-12, "{proof}");
            }
        }
    }
    for file in at(&found, "files").as_array().unwrap() {
        assert!(!folder.bytes(file["path"].as_str().unwrap()).is_empty());
    }
    found
}

#[test]
fn loans_travel_in_every_format() {
    let folder = Folder::with_model();
    let found = proved("loans_travel", &folder, "model.linecall", &["loans.csv"], &[]);
    assert_eq!(number(&found, "rows"), 200.0);
    assert!(number(&found, "made") >= 15.0);
    // A city that is not listed is refused by linecall and by every format that can.
    for proof in at(&found, "proofs").as_array().unwrap() {
        let refused = number(proof, "refused");
        let none = proof["format"] == "liblinear" || proof["format"] == "markdown";
        assert!(none || refused >= 2.0, "{proof}");
    }
    let page = folder.ok("export model.linecall loans.csv --to json,markdown -o out");
    for part in ["not exported", "not re-scored"] {
        assert!(!page.contains(part), "{page}");
    }
    assert!(page.contains("largest difference") && page.contains("out/model.md"), "{page}");
}

/// Columns, levels and classes that would end a text, a comment, a name or an element.
const NAMES: [&str; 6] = [
    "a\"b'; DROP TABLE rows; --",
    "*/ }; int x = 1/0; /*",
    "line\nbreak \\",
    "]]><!-- & <x> -->",
    "what??/ é ∑ | `c` {y}",
    "call",
];

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A schema of every kind of column, with such names, and rows of it.
fn hostile(folder: &Folder) {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let levels = |levels: &[&str]| {
        let levels: Vec<String> = levels.iter().map(|l| text(l)).collect();
        levels.join(", ")
    };
    let [number, whole, category, truth, rank, id] = NAMES;
    let classes = ["*/ no \"'", "yes'; --\n??/"];
    let cities = ["Ber\"n'", "O\nslo */", "]]>&<", "1"];
    let ranks = ["low|", "mi\\d", "h`igh"];
    let schema = format!(
        r#"version = 1
[target]
column = "t\"a'rget"
classes = [{classes}]
positive = {positive}
[[columns]]
name = {id}
role = "id"
kind = "text"
[[columns]]
name = {number}
role = "feature"
kind = "number"
missing = "indicator"
missing_codes = ["-99", "n'a"]
[[columns]]
name = {whole}
role = "feature"
kind = "integer"
missing = "impute"
min = 0
max = 100
[[columns]]
name = {category}
role = "feature"
kind = "category"
levels = [{cities}]
missing = "category"
unseen = "reference"
[[columns]]
name = {truth}
role = "feature"
kind = "boolean"
levels = ["false", "true"]
missing = "indicator"
[[columns]]
name = {rank}
role = "feature"
kind = "ordered"
levels = [{ranks}]
[[columns]]
name = "t\"a'rget"
role = "target"
kind = "category"
"#,
        classes = levels(&classes),
        positive = text(classes[1]),
        id = text(id),
        number = text(number),
        whole = text(whole),
        category = text(category),
        cities = levels(&cities),
        truth = text(truth),
        rank = text(rank),
        ranks = levels(&ranks),
    );
    folder.put("s.toml", schema);
    let mut random = Random::new(9);
    let header: Vec<String> =
        [id, number, whole, category, truth, rank, "t\"a'rget"].map(quoted).to_vec();
    let mut rows = format!("{}\n", header.join(","));
    for row in 0..240 {
        let x = random.normal();
        let y = random.below(100);
        let (city, rank) = (random.below(4), random.below(3));
        let up = x + 0.02 * y as f64 + city as f64 * 0.3 + random.normal() > 1.2;
        let number = match row % 17 {
            0 => "-99".to_owned(),
            1 => String::new(),
            2 => "n'a".to_owned(),
            _ => format!("{x:.4}"),
        };
        let whole = if row % 19 == 0 { String::new() } else { y.to_string() };
        let city = match row % 23 {
            0 => "",
            1 => "elsewhere",
            2 => "1.0",
            _ => cities[city],
        };
        let truth = ["true", "False", "TRUE", ""][row % 4];
        let cells = [
            &format!("p{row}"),
            &number,
            &whole,
            city,
            truth,
            ranks[rank],
            classes[usize::from(up)],
        ];
        rows += &format!("{}\n", cells.map(quoted).join(","));
    }
    folder.put("rows.csv", rows);
}

#[test]
fn hostile_names_stay_names() {
    let folder = Folder::new();
    hostile(&folder);
    folder.ok("fit rows.csv --schema s.toml --holdout 0 --lambda 0.01 --quiet");
    let found = proved("hostile_names", &folder, "model.linecall", &["rows.csv"], &[]);
    let json = at(&found, "proofs").as_array().unwrap();
    let json = json.iter().find(|proof| proof["format"] == "json").unwrap();
    assert!(number(json, "refused") >= 5.0, "{json}");
    // What was asked of a rule stands at the top of files, class names in it.
    folder.ok("decide model.linecall rows.csv --budget 0.2 -o decided.linecall");
    assert!(changed(&folder, "decided.linecall", "rows.csv") > 3);
    proved("hostile_names, a rule", &folder, "decided.linecall", &["rows.csv"], &[]);
}

#[test]
fn what_xml_cannot_carry_is_refused_by_name() {
    let folder = Folder::new();
    folder.put("odd.csv", "feature,coef\nin\u{1}come,1\n");
    folder.ok("import odd.csv --classes no,yes -o model.linecall");
    let refused = "export model.linecall --to pmml -o m.pmml --no-check";
    folder.refused(refused, &["pmml", "XML 1.0 cannot carry"]);
}

#[test]
fn every_link_of_three_classes_travels() {
    let folder = Folder::new();
    folder.put("flowers.csv", flowers(150, 3));
    let fits = [
        "--lambda 0.01",
        "--lambda 0.01 --multiclass ovr",
        "--lambda 0.01 --loss squared-hinge",
        "--lambda 0.01 --loss focal:gamma=2",
        "--learner nearest-centroid",
    ];
    for fit in fits {
        folder.ok(&format!("fit flowers.csv --target species --holdout 0 --quiet {fit}"));
        let found = proved(fit, &folder, "model.linecall", &["flowers.csv"], &[]);
        for proof in at(&found, "proofs").as_array().unwrap() {
            let format = proof["format"].as_str().unwrap();
            if !["liblinear", "markdown"].contains(&format) {
                assert!(number(proof, "probability") < 1e-11, "{fit}: {proof}");
            }
        }
    }
}

#[test]
fn every_link_of_two_classes_travels() {
    let folder = Folder::with_loans();
    for fit in
        ["--loss squared-hinge", "--loss poly:eps=1", "--loss focal:gamma=0.5", "--positive no"]
    {
        folder
            .ok(&format!("fit loans.csv --target repaid --holdout 0 --lambda 0.02 --quiet {fit}"));
        proved(fit, &folder, "model.linecall", &["loans.csv"], &[]);
    }
}

#[test]
fn sets_of_labels_travel() {
    let folder = Folder::new();
    folder.put("days.csv", crate::multilabel::days("; "));
    for fit in ["", "--loss squared-hinge"] {
        folder.ok(&format!(
            "fit days.csv --target warnings --multilabel=; --holdout 0 --lambda 0.01 --quiet {fit}"
        ));
        proved("sets_of_labels", &folder, "model.linecall", &["days.csv"], &["liblinear"]);
    }
    folder.refused(
        "export model.linecall days.csv --to liblinear -o m",
        &["liblinear", "sets of labels", "one class a row"],
    );
}

#[test]
fn a_matrix_travels() {
    let folder = Folder::new();
    let labels = [("aster", "1"), ("iris", "2"), ("rose", "3")];
    folder.put("flowers.libsvm", libsvm(&flower_rows(120, 3), &labels));
    for fit in ["--lambda 0.01", "--learner naive-bayes-bernoulli --binarize 1"] {
        let ran = folder.run(&format!("fit flowers.libsvm --holdout 0 --quiet {fit}"));
        if ran.code != 0 {
            panic!("{fit}: {}", ran.stderr);
        }
        proved(fit, &folder, "model.linecall", &["flowers.libsvm"], &[]);
    }
}

#[test]
fn credit_is_proved_on_the_bundled_rows() {
    let folder = Folder::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    for name in ["credit_default.csv.gz", "credit_default.schema.toml"] {
        folder.put(name, std::fs::read(root.join(name)).unwrap());
    }
    folder
        .ok("fit credit_default.csv.gz --schema credit_default.schema.toml --lambda 0.001 --quiet");
    let data = ["credit_default.csv.gz"];
    proved("credit", &folder, "model.linecall", &data, &[]);
}

#[test]
fn real_tables_with_categories_and_missing_cells_travel() {
    let name = "real_tables_with_categories_and_missing_cells_travel";
    let Some(train) = shared(name, "adult/adult_train.csv.gz") else { return };
    let Some(german) = shared(name, "german_credit/german_categorical.csv") else { return };
    let Some(compas) = shared(name, "compas/compas_two_years.csv.gz") else { return };
    let folder = Folder::new();
    let common = ["--lambda", "0.001", "--quiet", "--holdout", "0"];
    let names = ["--names", ADULT];
    let fit = ["fit", &train, "--target", "income"];
    folder.ok_words(&[&fit[..], &names, &common].concat());
    proved(name, &folder, "model.linecall", &[&train, names[0], names[1]], &[]);
    for (file, target) in [(&german, "class-label"), (&compas, "two_year_recid")] {
        folder.ok_words(&[&["fit", file, "--target", target][..], &common].concat());
        proved(name, &folder, "model.linecall", &[file.as_str()], &[]);
    }
}

#[test]
fn single_precision_is_held_to_its_own_tolerance() {
    let (formats, flags) = formats("single_precision");
    if !formats.contains(&"onnx") {
        return;
    }
    let folder = Folder::with_model();
    let flags = flags.join(" ");
    let found = folder
        .json(&format!("export model.linecall loans.csv --to onnx --float32 -o m.onnx {flags}"));
    let largest = number(&found, "proofs.0.largest");
    assert!(largest > 1e-12 && largest <= 1e-6, "{largest}");
    assert_eq!(number(&found, "proofs.0.tolerance"), 1e-6);
}

#[test]
fn without_rows_or_programs_it_is_refused_unless_unchecked() {
    let folder = Folder::with_model();
    folder.refused("export model.linecall --to json -o m.json", &["DATA", "--no-check"]);
    folder.refused(
        "export model.linecall loans.csv --to onnx -o m.onnx --python no-such-python",
        &["onnx", "no-such-python", "install", "--no-check"],
    );
    folder.refused(
        "export model.linecall loans.csv --to json -o loans.csv",
        &["loans.csv", "overwritten"],
    );
    folder.put("taken", "");
    folder.refused("export model.linecall loans.csv --to json,c -o taken", &["taken", "folder"]);
    let page = folder.ok("export model.linecall --to sql,onnx,pmml,c --no-check");
    assert_eq!(page.matches("not re-scored").count(), 5, "{page}");
    for name in ["model.sql", "model.onnx", "model.pmml", "model.c"] {
        assert!(folder.path(&format!("export/{name}")).exists(), "{name}");
    }
    let found = folder.json("export model.linecall --to json --no-check");
    assert_eq!(at(&found, "checked"), false);
    assert_eq!(at(&found, "files.0.path"), "model.json");
}

/// An evaluator that is off by a little in one score.
const LIAR: &str = r#"#!/bin/sh
exec PYTHON - "$@" <<'END'
import json, sys
job = json.load(open(sys.argv[2]))
n = len(job["columns"][0]["values"])
rows = [["no", [0.5, 0.5], [0.125]] for _ in range(n)]
json.dump({"version": "liar 1", "rows": rows}, open(job["answer"], "w"))
END
"#;

#[cfg(unix)]
#[test]
fn an_export_that_scores_otherwise_is_not_written() {
    use std::os::unix::fs::PermissionsExt;
    let name = "an_export_that_scores_otherwise_is_not_written";
    if !runs(&python(), &["-c", "import json"]) {
        eprintln!("skipped: {name}: Python absent");
        return;
    }
    let folder = Folder::with_model();
    folder.put("liar", LIAR.replace("PYTHON", &python()));
    let path = folder.path("liar");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let before = folder.names();
    let command = format!(
        "export model.linecall loans.csv --to json,onnx -o out --python {}",
        path.display()
    );
    let ran = folder.run(&command);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for part in [
        "not exported: onnx: liar 1: row ",
        "score is 0.125, linecall says",
        "tolerance",
        "nothing is written",
    ] {
        assert!(ran.stdout.contains(part), "{} does not say {part}", ran.stdout);
    }
    assert_eq!(folder.names(), before);
    let ran = folder.run(&format!("{command} --json"));
    assert_eq!(ran.code, 1);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(at(&found, "mismatch.what"), "score");
    assert_eq!(at(&found, "files").as_array().unwrap().len(), 0);
}

/// How many rows of a file a rule after the model calls otherwise than the model.
fn changed(folder: &Folder, model: &str, data: &str) -> usize {
    let lines = folder.ok(&format!("predict {model} {data} --json"));
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["changed_by_rule"] == true).count()
}

#[test]
fn a_threshold_of_the_score_travels_in_every_format() {
    let folder = Folder::with_loans();
    for (fit, rule) in [
        ("", "--cost-matrix fp=5,fn=1"),
        ("--positive no", "--budget 0.1"),
        ("--loss squared-hinge", "--min-precision 0.9"),
    ] {
        folder
            .ok(&format!("fit loans.csv --target repaid --holdout 0 --lambda 0.02 --quiet {fit}"));
        folder.ok(&format!("decide model.linecall loans.csv {rule} -o decided.linecall"));
        assert!(changed(&folder, "decided.linecall", "loans.csv") > 5, "{rule}");
        let found = proved(rule, &folder, "decided.linecall", &["loans.csv"], &[]);
        let remarks = at(&found, "remarks").to_string();
        let proofs = at(&found, "proofs").as_array().unwrap();
        for proof in proofs.iter().filter(|p| p["format"] == "liblinear") {
            assert!(proof["probability"].is_null(), "of another score: {proof}");
            assert!(remarks.contains("the rule's threshold is taken off the intercept"));
        }
    }
    let page = folder.text("out/decided.md");
    assert!(page.contains("the score. A score above ") && !page.contains("score above 0 calls"));
    let document: Value = serde_json::from_str(&folder.text("out/decided.json")).unwrap();
    assert_eq!(at(&document, "call.kind"), "above");
    let threshold = number(&folder.json("inspect decided.linecall"), "post.decision.rule.above");
    assert_eq!(number(&document, "call.above"), threshold);
}

#[test]
fn rules_of_three_classes_travel() {
    let folder = Folder::new();
    folder.put("flowers.csv", flowers(300, 3));
    folder.put("costs.csv", ",aster,iris,rose\naster,0,1,4\niris,2,0,9\nrose,1,1,0\n");
    let (costs, budget) = ("--cost-matrix costs.csv", "--budget 0.1 --flag rose");
    for (fit, rule, kind) in [
        ("--lambda 0.01", costs, "cost"),
        ("--lambda 0.01 --multiclass ovr", budget, "probability"),
        ("--learner nearest-centroid", budget, "probability"),
        ("--lambda 0.01 --loss focal:gamma=2", costs, "cost"),
    ] {
        folder.ok(&format!("fit flowers.csv --target species --holdout 0 --quiet {fit}"));
        folder.ok(&format!("decide model.linecall flowers.csv {rule} -o d.linecall"));
        assert!(changed(&folder, "d.linecall", "flowers.csv") > 5, "{fit} {rule}");
        proved(fit, &folder, "d.linecall", &["flowers.csv"], &["liblinear"]);
        let document: Value = serde_json::from_str(&folder.text("out/d.json")).unwrap();
        assert_eq!(at(&document, "call.kind"), kind);
    }
    folder.refused(
        "export d.linecall flowers.csv --to liblinear -o m",
        &["liblinear", "a rule after the model", "sql, onnx, pmml, json, c and rust"],
    );
}

#[test]
fn rules_of_groups_travel() {
    let folder = Folder::with_loans();
    for fit in ["", "--positive no", "--loss poly:eps=1"] {
        folder
            .ok(&format!("fit loans.csv --target repaid --holdout 0 --lambda 0.02 --quiet {fit}"));
        for criterion in ["demographic-parity", "equalized-odds"] {
            folder.ok(&format!(
                "fair model.linecall loans.csv --group city --delta 0.02 --quiet --constraint {criterion}"
            ));
            assert!(changed(&folder, "fair.linecall", "loans.csv") > 3, "{fit} {criterion}");
            let without = ["liblinear", "markdown"];
            proved(criterion, &folder, "fair.linecall", &["loans.csv"], &without);
        }
    }
    for format in ["liblinear", "markdown"] {
        folder.refused(
            &format!("export fair.linecall loans.csv --to {format} -o m"),
            &[format, "a rule", "sql, onnx, pmml, json, c and rust"],
        );
    }
}

#[test]
fn a_rule_over_a_matrix_travels() {
    let folder = Folder::new();
    let labels = [("aster", "1"), ("iris", "2"), ("rose", "3")];
    folder.put("flowers.libsvm", libsvm(&flower_rows(300, 3), &labels));
    folder.ok("fit flowers.libsvm --holdout 0 --quiet --lambda 0.01");
    folder.ok("decide model.linecall flowers.libsvm --budget 0.1 --flag 3 -o d.linecall");
    assert!(changed(&folder, "d.linecall", "flowers.libsvm") > 5);
    proved("matrix", &folder, "d.linecall", &["flowers.libsvm"], &["liblinear"]);
}

/// The lines of Python of the guide, on the JSON document, give the scores and calls of `predict`.
#[test]
fn the_reader_of_the_guide_reads_the_document() {
    let python = python();
    if !runs(&python, &["-c", "import json"]) {
        eprintln!("skipped: the_reader_of_the_guide_reads_the_document: Python absent");
        return;
    }
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/export.md");
    let page = std::fs::read_to_string(page).unwrap();
    let code = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = Folder::new();
    hostile(&folder);
    folder.ok("fit rows.csv --schema s.toml --holdout 0 --lambda 0.01 --quiet");
    folder.ok("export model.linecall rows.csv --to json -o model.json");
    let tail = "\nimport csv, sys\nfor row in csv.DictReader(open('rows.csv', newline='')):\n    \
                out = score(row)\n    print(json.dumps([out[0], out[1][0]] if out else None))\n";
    folder.put("read.py", format!("{code}{tail}"));
    let ran = folder.shell(&format!("{python} read.py"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let calls = folder.ok("predict model.linecall rows.csv --json");
    let mut compared = 0;
    for (found, want) in ran.stdout.lines().zip(calls.lines()) {
        let (found, want): (Value, Value) =
            (serde_json::from_str(found).unwrap(), serde_json::from_str(want).unwrap());
        assert_eq!(found[0], want["call"]);
        let (a, b) = (found[1].as_f64().unwrap(), want["score"].as_f64().unwrap());
        assert!((a - b).abs() < 1e-12, "{found} {want}");
        compared += 1;
    }
    assert_eq!(compared, 240);
}

/// A committed model in every format: what changes here is seen in review. Written anew by the lines of
/// `tests/golden/README.md`.
#[test]
fn what_is_printed_is_what_is_committed() {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/export");
    let folder = Folder::new();
    for name in ["law.csv", "law.toml"] {
        folder.put(name, std::fs::read(golden.join(name)).unwrap());
    }
    folder.ok("import law.csv --schema law.toml --link logistic -o law.linecall");
    folder.ok(
        "export law.linecall --to sql,pmml,json,c,rust,liblinear,markdown,onnx --no-check -o out",
    );
    let version = env!("CARGO_PKG_VERSION");
    for file in ["sql", "pmml", "json", "c", "rs", "liblinear", "liblinear.tsv", "md"] {
        let found = folder.text(&format!("out/law.{file}"));
        let found = found.replace(&format!("linecall {version}"), "linecall VERSION").replace(
            &format!("name=\"linecall\" version=\"{version}\""),
            "name=\"linecall\" version=\"VERSION\"",
        );
        let want = std::fs::read_to_string(golden.join(format!("law.{file}"))).unwrap();
        assert_eq!(found, want, "law.{file}");
    }
    assert!(folder.bytes("out/law.onnx").starts_with(&[0x08, 0x08]));
}
