//! `demo`: the main job, end to end.

use crate::folder::{Folder, at, number};

#[test]
fn demo_writes_its_files_and_tells_the_metrics() {
    let folder = Folder::new();
    let page = folder.ok("demo --dir credit");
    let files = [
        "credit_default.csv.gz",
        "credit_default.schema.toml",
        "credit_default.policy.toml",
        "model.linecall",
        "report.html",
        "audit.html",
        "case.html",
    ];
    let mut want: Vec<String> = files.iter().map(|f| format!("credit/{f}")).collect();
    want.push("credit".to_owned());
    want.sort();
    assert_eq!(folder.names(), want);
    let auc = page.lines().find(|l| l.trim_start().starts_with("AUC")).unwrap();
    let value: f64 = auc.split_whitespace().nth(1).unwrap().parse().unwrap();
    // Published logistic regressions on these data reach about 0.72.
    assert!((0.70..0.75).contains(&value), "{auc}");
    assert!(page.contains("30,000 rows"));
    assert!(folder.text("credit/report.html").contains("</html>"));
    assert_eq!(folder.run("verify credit/model.linecall credit/credit_default.csv.gz").code, 0);

    // The command that the demo shows makes the same model, from any folder.
    folder
        .ok("fit --schema credit/credit_default.schema.toml -o again credit/credit_default.csv.gz");
    assert_eq!(folder.bytes("again"), folder.bytes("credit/model.linecall"));
}

#[test]
fn demo_prints_one_json_document() {
    let folder = Folder::new();
    let found = folder.json("demo --dir credit --quiet");
    for metric in ["accuracy", "auc", "average_precision", "log_loss", "brier", "ece", "mcc"] {
        let of = |end: &str| number(&found, &format!("holdout.{metric}.{end}"));
        assert!(of("low") <= of("value") && of("value") <= of("high"), "{metric}");
    }
    assert_eq!(number(&found, "train_rows") + number(&found, "holdout_rows"), 30_000.0);
    assert_eq!(at(&found, "model"), "credit/model.linecall");
    assert_eq!(at(&found, "report"), "credit/report.html");
    assert_eq!(at(&found, "schema.target.favourable"), "0");
}

#[test]
fn demo_says_when_its_folder_cannot_be_made() {
    let folder = Folder::new();
    folder.put("taken", "a file");
    folder.refused("demo --dir taken --quiet", &["taken: ", "folder", "; name another"]);
}
