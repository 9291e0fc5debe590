//! `scorecard` through the real binary: the card, its files, and everything else on a saved card.

use serde_json::Value;

use crate::folder::{Folder, assert_close, at, number};
use crate::shared::shared;

const CARD: &str = "scorecard loans.csv --target repaid --max-size 3 --nodes 500 --folds 3 --quiet";

fn with_card() -> (Folder, Value) {
    let folder = Folder::with_loans();
    let found = folder.json(&format!("{CARD} --html card.html --markdown card.md --sql card.sql"));
    (folder, found)
}

#[test]
fn a_card_is_found_proved_printed_and_saved() {
    let (folder, found) = with_card();
    let (lower, upper) = (number(&found, "certificate.lower"), number(&found, "certificate.upper"));
    assert!(lower <= upper && number(&found, "certificate.gap") == upper - lower);
    assert!(at(&found, "certificate.optimal").as_bool().unwrap(), "{found}");
    assert_close(number(&found, "training.log_loss.value"), upper, 1e-9, "log loss");
    let lines = at(&found, "card.variables").as_array().unwrap();
    let lines: Vec<&Value> = lines.iter().flat_map(|v| v["lines"].as_array().unwrap()).collect();
    assert!(!lines.is_empty() && lines.iter().all(|l| l["points"].is_i64()));
    let risks = at(&found, "card.risks").as_array().unwrap();
    let rows: u64 = risks.iter().map(|r| r["rows"].as_u64().unwrap()).sum();
    assert_eq!(rows, at(&found, "training.rows").as_u64().unwrap());
    for path in ["cross_validated.metrics.auc.value", "cross_validated.metrics.ece.value"] {
        assert!(number(&found, path) > 0.0);
    }
    assert!(number(&found, "unrestricted.training.accuracy.value") > 0.5);
    let page = folder.text("card.html");
    let markdown = folder.text("card.md");
    for line in &lines {
        let condition = line["condition"].as_str().unwrap().replace(">=", "≥").replace("<=", "≤");
        assert!(page.contains(&condition.replace('<', "&lt;")), "{condition}");
        assert!(markdown.contains(&condition.replace('<', "\\<")), "{condition}");
    }
    assert!(!page.contains("<script") && !page.contains("http://") || page.contains("w3.org"));
    assert!(folder.text("card.sql").contains("SELECT"));
    let text = folder.ok(CARD);
    for part in ["Certificate", "proved to be the best", "Called yes from a total of", "3 folds"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_saved_card_is_a_model_like_any_other() {
    let (folder, found) = with_card();
    let whole = folder.ok("verify card.linecall loans.csv");
    assert!(whole.contains("objective, recomputed") && !whole.contains("FAILED"), "{whole}");
    let replayed = folder.json("replay card.linecall --data loans.csv");
    assert_eq!(at(&replayed, "identical"), &Value::Bool(true), "{replayed}");
    let told = folder.ok("inspect card.linecall");
    assert!(told.contains("risk, at most 3 conditions") && told.contains("proved to be the least"));
    let eval = folder.json("eval card.linecall loans.csv");
    assert_close(
        number(&eval, "metrics.log_loss.value"),
        number(&found, "certificate.loss"),
        1e-9,
        "eval",
    );
    let case = folder.json("challenge card.linecall loans.csv --row 1 --favourable yes");
    let (total, from) = (number(&case, "points.total"), number(&case, "points.from"));
    let called = at(&case, "call.class") == "yes";
    assert_eq!(called, total >= from);
    let short = number(&case, "points.short");
    assert_eq!(short, if called { from - 1.0 - total } else { from - total });
    assert!(number(&case, "points.rivals.cards") >= 1.0);
    assert!(at(&case, "points.rivals.complete").as_bool().unwrap());
    let adds: f64 =
        at(&case, "points.lines").as_array().unwrap().iter().map(|l| number(l, "adds")).sum();
    assert_eq!(adds, total);
    let page = folder.ok("challenge card.linecall loans.csv --row 1 --favourable yes");
    assert!(page.contains("is called from") && page.contains("call otherwise"), "{page}");
    folder.json("audit card.linecall loans.csv --favourable yes");
    folder.ok("export card.linecall --to c,rust,json,markdown --no-check -o out/");
    // One changed point, and the file is refused or the check fails.
    let refused = folder.run("forget card.linecall loans.csv --rows 1 -o less.linecall");
    assert_ne!(refused.code, 0, "a card without a row is another search: {}", refused.stdout);
}

#[test]
fn rules_reach_the_search() {
    let folder = Folder::with_loans();
    let base = "scorecard loans.csv --target repaid --nodes 300 --folds 0 --no-compare --quiet";
    let used = |found: &Value| -> Vec<String> {
        let all = at(found, "card.variables").as_array().unwrap();
        all.iter().map(|v| v["variable"].as_str().unwrap().to_owned()).collect()
    };
    let without = folder.json(&format!("{base} --exclude income"));
    assert!(!used(&without).contains(&"income".to_owned()));
    let with = folder.json(&format!("{base} --include city --max-size 2"));
    assert!(used(&with).contains(&"city".to_owned()));
    let cut =
        folder.json(&format!("{base} --cuts age=40 --exclude income --exclude city --max-size 1"));
    assert_eq!(at(&cut, "card.variables.0.lines.0.condition"), "age >= 40");
    let slim = folder.json(&format!("{base} --loss slim --max-size 2"));
    let errors = 1.0 - number(&slim, "training.accuracy.value");
    assert_close(errors, number(&slim, "certificate.loss"), 1e-9, "share of wrong calls");
    let table = folder.json(&format!("{base} --loss m-of-n --max-size 2"));
    for variable in at(&table, "card.variables").as_array().unwrap() {
        for line in variable["lines"].as_array().unwrap() {
            assert!(line["points"].as_i64().unwrap().abs() <= 2);
        }
    }
    let pool = folder.json(&format!("{base} --max-size 2 --delta 0.01 --prefer fewest"));
    assert!(number(&pool, "certificate.pool") > 1.0);
    let list = at(&pool, "pool").as_array().unwrap();
    assert_eq!(list.iter().filter(|card| card["taken"] == Value::Bool(true)).count(), 1);
    let fair =
        folder.json(&format!("{base} --max-size 2 --delta 0.01 --prefer fairest --group city"));
    assert!(number(&fair, "ambiguity") >= number(&fair, "discrepancy"));
    let capped = folder.json(&format!("{base} --max-fpr 0.1"));
    let confusion = at(&capped, "training.confusion");
    assert!(confusion.is_object() || confusion.is_array());
}

#[test]
fn impossible_settings_are_refused_on_one_line() {
    let folder = Folder::with_loans();
    let cases: [(&str, &[&str]); 18] = [
        ("--points 5,-5", &["points", "least first"]),
        ("--points 0,5000", &["points", "-1000 to 1000"]),
        ("--l0 -1", &["`l0` is -1", "0 or above"]),
        ("--include nobody", &["`include` is `nobody`", "name of a column"]),
        ("--exclude nobody", &["`exclude` is `nobody`", "name of a column"]),
        ("--sign income=up", &["--sign income=up", "COLUMN=VALUE"]),
        ("--sign nobody=positive", &["`sign` is `nobody`", "name of a column"]),
        ("--points-of income", &["--points-of income", "COLUMN=VALUE"]),
        ("--if-then income", &["--if-then income", "A=>B"]),
        ("--tier much:1", &["--tier much:1", "COST:NUMBERS"]),
        ("--max-fpr 2", &["`max-fpr` is 2", "0 to 1"]),
        ("--min-tpr 1 --max-fpr 0", &["no card is allowed"]),
        ("--whole-intercept 1,2", &["--whole-intercept", "slim"]),
        ("--cuts income", &["column=30,45"]),
        ("--cuts nobody=3", &["nobody", "feature"]),
        ("--time -1", &["--time -1", "0 or above"]),
        ("--prefer fewest", &["--delta"]),
        ("--prefer fairest --delta 0.1", &["--group COLUMN"]),
    ];
    for (flags, parts) in cases {
        let base = "scorecard loans.csv --target repaid --nodes 0 --folds 0 --no-compare --quiet";
        folder.refused(&format!("{base} {flags}"), parts);
    }
    folder.refused("scorecard loans.csv --target city --folds 0", &["classes", "two classes"]);
    folder.refused("scorecard loans.csv", &["--target COLUMN"]);
}

#[test]
fn broken_data_are_refused_on_one_line() {
    let folder = Folder::with_loans();
    let text = folder.text("loans.csv");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[5] = lines[5].replacen(',', ",x", 1);
    folder.put("broken.csv", lines.join("\n"));
    folder.ok("describe loans.csv --target repaid -o schema.toml --quiet");
    folder.refused("scorecard broken.csv --schema schema.toml", &["broken.csv, line 6", "age"]);
    folder.put("one.csv", "a,b\n1,yes\n2,yes\n");
    let ran = folder.run("scorecard one.csv --target b");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[test]
fn cards_of_medical_data_are_proved_and_better_than_known() {
    // Mean log losses of FasterRisk 0.1.10 with points from -5 to 5 (`bench/scorecard.md`).
    let sets = [
        ("breastcancer_data.csv", "Benign", [(3, 0.099362), (5, 0.082629), (8, 0.075807)]),
        ("mammo_data.csv", "Malignant", [(3, 0.468850), (5, 0.463016), (8, 0.458847)]),
    ];
    for (file, target, sizes) in sets {
        let test = "cards_of_medical_data_are_proved_and_better_than_known";
        let Some(path) = shared(test, &format!("scorecard/{file}")) else { return };
        let folder = Folder::new();
        for (size, theirs) in sizes {
            let size = size.to_string();
            let found: Value = serde_json::from_str(&folder.ok_words(&[
                "scorecard",
                &path,
                "--target",
                target,
                "--bins",
                "none",
                "--max-size",
                &size,
                "--positive",
                "1",
                "--folds",
                "0",
                "--no-compare",
                "--quiet",
                "--json",
            ]))
            .unwrap();
            assert!(number(&found, "certificate.gap") <= 1e-9, "{file} {size}");
            let own = number(&found, "certificate.upper");
            eprintln!("{file}, {size}: {own:.6} (FasterRisk {theirs})");
            assert!(own < theirs, "{file} {size}: {own}");
        }
    }
}
