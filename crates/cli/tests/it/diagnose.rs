//! `diagnose`: margins, separability, weight of rows, collinearity.

use crate::data::{Random, csv};
use crate::folder::{Folder, assert_close, at, number, numbers};
use crate::shared::shared;

#[test]
fn every_panel_has_an_answer() {
    let folder = Folder::with_model();
    let found = folder.json("diagnose model.linecall loans.csv --every");
    assert_eq!(at(&found, "training"), true);
    for panel in ["margins", "separability", "influence", "collinearity"] {
        assert!(at(&found, panel).get("unavailable").is_none(), "{panel}");
    }
    // Leverages sum to the degrees of freedom, below the five parameters for the penalty.
    let every = at(&found, "influence.every").as_array().unwrap();
    let sum: f64 = every.iter().map(|row| row["leverage"].as_f64().unwrap()).sum();
    assert_close(sum, number(&found, "influence.degrees"), 1e-9, "degrees");
    assert!(sum > 1.0 && sum < 5.0, "{sum}");
    assert_eq!(every.len(), 200);
    // The heaviest rows come first, and the exact refit is near the one step.
    let rows = at(&found, "influence.rows").as_array().unwrap();
    let cook: Vec<f64> = rows.iter().map(|row| row["cook"].as_f64().unwrap()).collect();
    assert!(cook.windows(2).all(|pair| pair[0] >= pair[1]), "{cook:?}");
    assert_eq!(rows.iter().filter(|row| row.get("refit").is_some()).count(), 3);
    for row in &rows[..3] {
        let refit = &row["refit"];
        let (change, error) = (number(refit, "change"), number(refit, "error"));
        assert!(error < 0.1 * change, "{row}");
        assert_close(
            numbers(&refit["left_out"])[0],
            numbers(&row["left_out"])[0],
            0.02,
            "score without the row",
        );
    }
    // Loans of both kinds overlap; the category is one group of two columns.
    assert_eq!(at(&found, "separability.0.verdict"), "overlap");
    assert!(number(&found, "separability.0.residual") < 1e-9);
    let groups = at(&found, "collinearity.groups").as_array().unwrap();
    let city = groups.iter().find(|group| group["source"] == "city").unwrap();
    assert_eq!(city["df"], 2);
    assert!(groups.iter().all(|group| group["gvif"].as_f64().unwrap() < 1.5), "{groups:?}");
    let page = folder.ok("diagnose model.linecall loans.csv --html d.html --quiet");
    for words in ["MARGINS", "SEPARABILITY", "ROWS THAT MOVED THE FIT", "COLLINEARITY", "overlap"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let html = folder.text("d.html");
    for words in ["Which rows moved the fit?", "Margins by class", "<svg"] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("<script"));
    // Threads change no byte.
    let one = folder.ok("diagnose model.linecall loans.csv --json --threads 1");
    assert_eq!(one, folder.ok("diagnose model.linecall loans.csv --json --threads 3"));
}

/// Of the squared loss, leaving a row out is a refit, exactly: the JSON says so, and it is.
#[test]
fn the_squared_loss_is_exact() {
    let folder = Folder::with_loans();
    folder.ok(
        "fit loans.csv --target repaid --holdout 0 --loss squared --lambda 0.1 --no-standardize",
    );
    let found = folder.json("diagnose model.linecall loans.csv --refits 5");
    assert_eq!(at(&found, "influence.exact"), true);
    for row in &at(&found, "influence.rows").as_array().unwrap()[..5] {
        let (step, refit) = (numbers(&row["left_out"])[0], numbers(&row["refit"]["left_out"])[0]);
        assert!((step - refit).abs() < 1e-10, "{row}");
    }
    assert!(number(&found, "influence.dispersion") > 0.0);
    assert!(at(&found, "influence.rows.0").get("studentized_external").is_some());
}

#[test]
fn separated_classes_and_copies_are_named() {
    let folder = Folder::new();
    let mut random = Random::new(4);
    let rows: Vec<String> = (0..120)
        .map(|i| {
            let (a, b) = ((2000.0 * random.normal()).round() / 1000.0 + 10.0, random.normal());
            let purpose = ["car", "house", "boat"][i % 3];
            let yes = a + b > 10.0;
            format!("{a:.3},{b:.3},{:.3},{purpose},{}", 2.0 * a, if yes { "yes" } else { "no" })
        })
        .collect();
    folder.put("d.csv", csv("income,debt,double,purpose,target", &rows));
    folder.ok("fit d.csv --target target --holdout 0 --lambda 0.001");
    let found = folder.json("diagnose model.linecall d.csv");
    assert_eq!(at(&found, "separability.0.verdict"), "complete");
    let (lower, upper) =
        (number(&found, "separability.0.gap.lower"), number(&found, "separability.0.gap.upper"));
    assert!(lower > 0.0 && upper >= lower && upper - lower <= 1e-6 * upper, "{lower} {upper}");
    let page = folder.ok("diagnose model.linecall d.csv");
    assert!(page.contains("`no` are separated") || page.contains("`yes` and `no` are separated"));
    assert!(page.contains("always equals 2 `income`"), "{page}");
    assert!(page.contains("infinite"), "{page}");
    // Levels of one class alone: separated but for ties, and the level is named in the user's words.
    let rows: Vec<String> = (0..90)
        .map(|i| {
            let purpose = ["car", "house", "boat"][i % 3];
            let yes = purpose == "car" || random.uniform() < 0.5;
            format!("{:.2},{purpose},{}", random.normal(), if yes { "yes" } else { "no" })
        })
        .collect();
    folder.put("q.csv", csv("x,purpose,target", &rows));
    folder.ok("fit q.csv --target target --holdout 0 --lambda 0.01");
    let found = folder.json("diagnose model.linecall q.csv");
    assert_eq!(at(&found, "separability.0.verdict"), "quasi");
    assert_eq!(number(&found, "separability.0.inside"), 30.0);
    let carriers = at(&found, "separability.0.carriers").to_string();
    assert!(carriers.contains("purpose"), "{carriers}");
}

/// What cannot be answered says why; the rest is there.
#[test]
fn other_rows_and_other_models_have_the_panels_that_can_be_had() {
    let folder = Folder::with_model();
    let half: String =
        folder.text("loans.csv").lines().take(120).map(|l| format!("{l}\n")).collect();
    folder.put("half.csv", half);
    let found = folder.json("diagnose model.linecall half.csv");
    assert_eq!(at(&found, "training"), false);
    let why = at(&found, "influence.unavailable").as_str().unwrap();
    assert!(why.contains("the training data are needed"), "{why}");
    assert!(at(&found, "margins").get("quantiles").is_some());
    // Without labels only the columns can be looked at.
    let bare: String = folder
        .text("loans.csv")
        .lines()
        .map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0))
        .collect();
    folder.put("bare.csv", bare);
    let found = folder.json("diagnose model.linecall bare.csv");
    for panel in ["margins", "separability", "influence"] {
        assert!(at(&found, panel).get("unavailable").is_some(), "{panel}");
    }
    assert!(number(&found, "collinearity.condition_number") > 1.0);
    // Closed forms, the hinge and one class alone.
    folder.ok("fit loans.csv --target repaid --holdout 0 --learner lda -o lda.linecall");
    let found = folder.json("diagnose lda.linecall loans.csv");
    let why = at(&found, "influence.unavailable").as_str().unwrap();
    assert!(why.contains("penalised losses"), "{why}");
    folder
        .ok("fit loans.csv --target repaid --holdout 0 --loss hinge --lambda 0.1 -o svm.linecall");
    let found = folder.json("diagnose svm.linecall loans.csv");
    let why = at(&found, "influence.unavailable").as_str().unwrap();
    assert!(why.contains("convex and smooth loss"), "{why}");
    let mut lines = folder.text("loans.csv").lines().map(str::to_owned).collect::<Vec<_>>();
    lines.retain(|line| !line.ends_with(",no"));
    folder.put("yes.csv", lines.join("\n") + "\n");
    let found = folder.json("diagnose model.linecall yes.csv");
    let why = at(&found, "separability.unavailable").as_str().unwrap();
    assert!(why.contains("all rows are of one class, `yes`"), "{why}");
    // Weighted by the curvature.
    let plain = folder.json("diagnose model.linecall loans.csv");
    let weighted = folder.json("diagnose model.linecall loans.csv --weighted");
    assert_eq!(at(&weighted, "collinearity.weighting"), "curvature");
    assert_ne!(
        number(&plain, "collinearity.condition_number"),
        number(&weighted, "collinearity.condition_number")
    );
    let found = folder.json("diagnose lda.linecall loans.csv --weighted");
    assert!(at(&found, "collinearity").get("unavailable").is_some());
}

#[test]
fn several_classes_and_sets_of_labels() {
    let folder = Folder::new();
    folder.put("flowers.csv", crate::data::flowers(120, 3));
    let header = folder.text("flowers.csv").lines().next().unwrap().to_owned();
    let target = header.rsplit(',').next().unwrap().to_owned();
    folder.ok(&format!("fit flowers.csv --target {target} --holdout 0 --lambda 0.01"));
    let found = folder.json("diagnose model.linecall flowers.csv");
    assert_eq!(at(&found, "separability").as_array().unwrap().len(), 3);
    assert!(at(&found, "margins").get("inside").is_none());
    let row = at(&found, "influence.rows.0");
    assert_eq!(numbers(&row["scores"]).len(), 3);
    assert!(row.get("pearson").is_none() && row["moves"].as_str().unwrap().contains(" for "));
    let (step, refit) = (numbers(&row["left_out"]), numbers(&row["refit"]["left_out"]));
    for (a, b) in step.iter().zip(&refit) {
        assert!((a - b).abs() < 0.2 * a.abs().max(0.5), "{row}");
    }
    let rows: Vec<String> = (0..60)
        .map(|i| {
            let labels = ["wind;rain", "wind", "", "rain"][i % 4];
            format!("{}.{},{labels}", i % 9, i % 7)
        })
        .collect();
    folder.put("days.csv", csv("x,warnings", &rows));
    folder.ok(
        "fit days.csv --target warnings --multilabel=; --lambda 0.01 --holdout 0 -o s.linecall",
    );
    let found = folder.json("diagnose s.linecall days.csv");
    for panel in ["margins", "separability", "influence"] {
        let why = at(&found, panel)["unavailable"].as_str().unwrap();
        assert!(why.contains("sets of labels"), "{panel}: {why}");
    }
    assert!(at(&found, "collinearity").get("inflation").is_some());
}

#[test]
fn what_is_wrong_is_refused_in_one_line() {
    let folder = Folder::with_model();
    folder.refused("diagnose model.linecall absent.csv", &["absent.csv"]);
    folder.refused("diagnose model.linecall loans.csv --html loans.csv", &["would be overwritten"]);
    folder.put("empty.csv", "id,age,income,city,repaid\n");
    let ran = folder.run("diagnose model.linecall empty.csv");
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

/// On real data: the famous near-copies of the credit bills, and mushrooms that are parted.
#[test]
fn real_data_are_diagnosed() {
    let name = "real_data_are_diagnosed";
    let Some(mushrooms) = shared(name, "scorecard/mushroom_data.csv.gz") else { return };
    let Some(cancer) = shared(name, "scorecard/breastcancer_data.csv") else { return };
    let folder = Folder::new();
    folder.ok_words(&[
        "fit",
        &mushrooms,
        "--target",
        "poisonous",
        "--holdout",
        "0",
        "--lambda",
        "0.001",
        "--no-tune",
        "--quiet",
    ]);
    let text = folder.ok_words(&["diagnose", "model.linecall", &mushrooms, "--json", "--no-gap"]);
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(at(&found, "separability.0.verdict"), "complete");
    assert!(!at(&found, "collinearity.combinations").as_array().unwrap().is_empty());
    folder.ok_words(&[
        "fit",
        &cancer,
        "--target",
        "Benign",
        "--holdout",
        "0",
        "--lambda",
        "0.01",
        "--no-tune",
        "--quiet",
    ]);
    let text = folder.ok_words(&["diagnose", "model.linecall", &cancer, "--json"]);
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(at(&found, "separability.0.verdict"), "overlap");
    assert!(number(&found, "separability.0.common.distance") < 1e-8);
}
