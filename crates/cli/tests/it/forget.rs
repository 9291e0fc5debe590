//! `forget`: rows leave a model as if they had never been there.

use serde_json::Value;

use crate::folder::{Folder, at, number};

/// The loans without some rows (from 1).
fn without(folder: &Folder, rows: &[usize]) -> String {
    let text = folder.text("loans.csv");
    let lines = text.lines().enumerate().filter(|(i, _)| !rows.contains(i));
    lines.map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn the_new_model_is_that_of_a_fit_without_the_rows() {
    for learner in [
        "--lambda 0.02",
        "--learner lda --shrinkage 0.1",
        "--loss squared --lambda 0.05",
        "--learner naive-bayes-gaussian",
    ] {
        let folder = Folder::with_loans();
        let fit = format!("--target repaid --holdout 0 {learner} --schema schema.toml");
        folder.ok("describe loans.csv --target repaid -o schema.toml");
        let flags = fit.replace("--target repaid ", "");
        let fitted = folder.run(&format!("fit loans.csv {flags}"));
        assert_eq!(fitted.code, 0, "{learner}: {}", fitted.stderr);
        folder.ok(
            "forget model.linecall loans.csv --rows 3,17,20-25 -o less.linecall --receipt r.json",
        );
        folder.put("less.csv", without(&folder, &[3, 17, 20, 21, 22, 23, 24, 25]));
        // It is certified on the rows that are left,
        let ran = folder.run("verify less.linecall less.csv");
        assert_eq!(ran.code, 0, "{learner}: {}", ran.stdout);
        // and has the coefficients of a fit of its own.
        folder.ok(&format!("fit less.csv {flags} -o again.linecall"));
        let coef = |model: &str| -> Vec<f64> {
            let found = folder.json(&format!("inspect {model} --all"));
            let rows = at(&found, "coefficients").as_array().unwrap().clone();
            rows.iter().map(|row| row["coef"][0].as_f64().unwrap()).collect()
        };
        let (new, again) = (coef("less.linecall"), coef("again.linecall"));
        for (a, b) in new.iter().zip(&again) {
            assert!((a - b).abs() <= 1e-6 * b.abs().max(1e-3), "{learner}: {new:?} {again:?}");
        }
        let receipt: Value = serde_json::from_str(&folder.text("r.json")).unwrap();
        assert_eq!(number(&receipt, "rows_left"), 192.0);
        assert_eq!(at(&receipt, "rows").as_array().unwrap().len(), 8);
        let sha = |name: &str| crate::data::sha256(&folder.bytes(name));
        assert_eq!(at(&receipt, "model_before"), sha("model.linecall").as_str());
        assert_eq!(at(&receipt, "model_after"), sha("less.linecall").as_str());
    }
}

/// What the front end learnt from forgotten rows goes as well: medians, rare levels.
#[test]
fn the_front_end_forgets_too() {
    let folder = Folder::new();
    let rows: Vec<String> = (0..80)
        .map(|i| {
            let income = if i % 9 == 0 { String::new() } else { (100 + 7 * (i % 40)).to_string() };
            let city = if i == 4 { "Ulm" } else { ["Bern", "Oslo"][i % 2] };
            format!("{income},{city},{}", if (i * 7) % 40 + i % 3 > 20 { "yes" } else { "no" })
        })
        .collect();
    folder.put("gaps.csv", format!("income,city,repaid\n{}\n", rows.join("\n")));
    folder.ok("fit gaps.csv --target repaid --lambda 0.02 --holdout 0");
    let page = folder
        .ok("forget model.linecall gaps.csv --rows 5,60-80 -o less.linecall --receipt r.json");
    let receipt: Value = serde_json::from_str(&folder.text("r.json")).unwrap();
    assert!(!at(&receipt, "front_end").as_array().unwrap().is_empty(), "{receipt}");
    let only = at(&receipt, "only_forgotten").as_array().unwrap();
    assert_eq!(only[0][0], "city");
    assert_eq!(only[0][1], "Ulm");
    assert!(page.contains("level `Ulm` of `city` was in forgotten rows alone"), "{page}");
}

#[test]
fn what_cannot_be_forgotten_says_why_in_one_line() {
    let folder = Folder::with_model();
    folder.put("other.csv", folder.text("loans.csv").replacen("Rome", "Oslo", 1));
    for (flags, parts) in [
        ("loans.csv --rows 201", vec!["there is no row 201: the data have 200 rows"]),
        ("loans.csv --rows 0", vec!["`0` is neither a row nor a range"]),
        ("loans.csv --rows 5-3", vec!["`5-3` is neither"]),
        ("loans.csv --rows x", vec!["`x` is neither"]),
        ("loans.csv --rows ,", vec!["--rows names no row"]),
        ("loans.csv --rows 3,3", vec!["row 3 is named twice"]),
        ("loans.csv --rows 1-99999999999", vec!["makes over"]),
        (
            "loans.csv --rows 1-200",
            vec!["all 200 rows would be forgotten", "delete the model file instead"],
        ),
        (
            "other.csv --rows 3",
            vec!["other.csv: these are not the rows that the model was trained on"],
        ),
    ] {
        folder.refused(&format!("forget model.linecall {flags} -o less.linecall"), &parts);
    }
    folder.refused(
        "forget model.linecall loans.csv --rows 3 -o model.linecall",
        &["model.linecall is an input and would be overwritten"],
    );
    // A class of three that would lose all its rows.
    let rows = (0..60).map(|i| format!("{},{}", i % 30, ["a", "b", "c"][i / 20]));
    let rows: Vec<String> = rows.collect();
    folder.put("three.csv", format!("x,class\n{}\n", rows.join("\n")));
    folder.ok("fit three.csv --target class --lambda 0.01 --holdout 0 -o three.linecall");
    folder.refused(
        "forget three.linecall three.csv --rows 21-40 -o less.linecall",
        &["no row of class `b` would be left"],
    );
    assert!(!folder.path("less.linecall").exists());
}
