//! `path`, `bootstrap`, `permute`, `stability`, `learning-curve`: the numbers are those of single fits,
//! pages are written, and what means nothing is refused in one line.

use serde_json::Value;

use crate::folder::{Folder, assert_close, at, coefficients, number};

fn json(folder: &Folder, line: &str) -> Value {
    folder.json(line)
}

#[test]
fn a_path_holds_the_fits_of_its_strengths() {
    let folder = Folder::with_model();
    let line = "path loans.csv --target repaid --lambdas 0.2,0.02 --folds 5 --leave-one-out exact";
    let found = json(&folder, &format!("{line} --html path.html"));
    let fit = json(&folder, "fit loans.csv --target repaid --holdout 0 --lambda 0.02");
    let own = at(&found, "path.1");
    assert_close(number(own, "lambda"), 0.02, 1e-15, "lambda");
    let names: Vec<&str> =
        found["names"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    for (name, coef) in coefficients(&fit) {
        let j = names.iter().position(|n| *n == name).unwrap();
        assert_close(own["coef"][0][j].as_f64().unwrap(), coef, 1e-7, &name);
    }
    assert!(number(own, "duality_gap") < 1e-9);
    let step = json(&folder, &line.replace("exact", "approximate"));
    let (exact, step) =
        (number(own, "leave_one_out"), number(at(&step, "path.1"), "leave_one_out"));
    assert_close(exact, step, 1e-3, "left out");
    assert!(exact > number(own, "train_loss"));
    assert!(folder.text("path.html").contains("Coefficients along the path"));
}

#[test]
fn resamples_have_the_coefficients_in_their_middle() {
    let folder = Folder::with_loans();
    let line = "bootstrap loans.csv --target repaid --lambda 0.02 --replicates 200 --seed 3";
    let found = json(&folder, &format!("{line} --html page.html"));
    for row in found["coefficients"].as_array().unwrap() {
        let (low, high) = (number(row, "low"), number(row, "high"));
        assert!(low < number(row, "coef") && number(row, "coef") < high, "{row}");
    }
    let again = json(&folder, &format!("{line} --threads 1"));
    assert_eq!(found, again, "the number of threads changes nothing");
    assert!(folder.ok(line).contains("std error"));
    assert!(folder.text("page.html").contains("standard errors"));
}

#[test]
fn labels_dealt_out_anew_are_worse() {
    let folder = Folder::with_loans();
    let line = "permute loans.csv --target repaid --lambda 0.02 --permutations 99";
    let found = json(&folder, &format!("{line} --html page.html"));
    assert_close(number(&found, "p_value"), 0.01, 1e-12, "p");
    assert!(number(&found, "observed") < number(&found, "null_best"));
    let cross = json(&folder, &format!("{line} --statistic auc --cross-validate 3"));
    assert!(number(&cross, "observed") > number(&cross, "null_best"));
    assert!(cross["coefficients"].as_array().unwrap().is_empty());
    // A target that is noise is found to be noise, and soon.
    let rows: String =
        (0..300).map(|i| format!("{},{}\n", (i * 7919) % 101, (i * 31 + i / 7) % 2)).collect();
    folder.put("noise.csv", format!("x,y\n{rows}"));
    let noise = "permute noise.csv --target y --lambda 0.02 --permutations 5000 --stop-after 20";
    let noise = json(&folder, noise);
    assert_eq!(noise["stopped"], true);
    assert!(number(&noise, "p_value") > 0.02);
}

#[test]
fn stable_columns_are_those_that_matter() {
    let folder = Folder::with_loans();
    let line = "stability loans.csv --target repaid --penalty l1 --pairs 20 --false-selections 2";
    let found = json(&folder, &format!("{line} --html page.html"));
    let rows = found["selections"].as_array().unwrap();
    let share = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        number(row, "share")
    };
    assert!(share("age") > 0.9 && share("income") > 0.9);
    assert!(number(&found, "bound") <= 2.0);
    folder.refused("stability loans.csv --target repaid", &["which columns a penalty chooses"]);
    folder.refused(&format!("{line} --lambda 1"), &["leave out --lambda"]);
}

#[test]
fn a_curve_grows() {
    let folder = Folder::with_loans();
    let line = "learning-curve loans.csv --target repaid --folds 5 --shares 0.2,0.6,1";
    let found = json(&folder, &format!("{line} --html page.html"));
    let points = found["points"].as_array().unwrap();
    assert_eq!(points.len(), 3);
    assert!(number(&points[0], "loss") > number(&points[2], "loss"));
    assert_close(number(&points[2], "rows"), 160.0, 1e-9, "rows");
    folder.refused(
        "learning-curve loans.csv --target repaid --shares 0.5,0.2",
        &["increasing shares"],
    );
    folder
        .refused("path loans.csv --target repaid --lambdas 0.1,0.2", &["from largest to smallest"]);
    folder.refused("path loans.csv", &["which column"]);
}
