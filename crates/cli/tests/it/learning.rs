//! The settings of `fit`, each seen to do what it says.

use serde_json::Value;

use crate::data::{HEADER, csv, loan_rows};
use crate::folder::{Folder, assert_close, at, coefficients, number, numbers};

const FIT: &str = "fit loans.csv --target repaid";

/// Solvers stop at a residual of 1e-9; with a curvature of at least 0.01 along every direction of
/// these data, two fits of one problem agree to 1e-7.
const SAME: f64 = 1e-7;

#[track_caller]
fn same_model(a: &Value, b: &Value, what: &str) {
    let (left, right) = (coefficients(a), coefficients(b));
    assert_eq!(left.len(), right.len(), "{what}");
    for ((name, x), (_, y)) in left.iter().zip(&right) {
        assert_close(*x, *y, SAME, &format!("{what}: {name}"));
    }
    assert_close(number(a, "intercept.0"), number(b, "intercept.0"), SAME, what);
}

#[test]
fn c_is_one_over_lambda_times_rows() {
    let folder = Folder::with_loans();
    let lambda = folder.json(&format!("{FIT} --holdout 0 --no-tune --lambda 0.05"));
    let c = folder.json(&format!("{FIT} --holdout 0 --no-tune --C 0.1")); // 1 / (0.05 * 200)
    same_model(&lambda, &c, "C");
    assert_close(number(&c, "certificate.lambda"), 0.05, 1e-15, "lambda");
    assert!(at(&c, "tuning").is_null());
    assert!(at(&c, "holdout").is_null());
    assert_eq!(number(&c, "holdout_rows"), 0.0);
}

/// Half of the clients have the same few delays, and lie at the corner of the hinge together: the path
/// has dozens of short steps, and the fit must not take them for its end.
#[test]
fn the_hinge_converges_where_many_rows_are_at_its_corner() {
    let folder = Folder::new();
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    for name in ["credit_default.csv.gz", "credit_default.schema.toml"] {
        folder.put(name, std::fs::read(data.join(name)).unwrap());
    }
    let fit = folder.json(
        "fit credit_default.csv.gz --schema credit_default.schema.toml --loss hinge --lambda 0.05 \
         --holdout 0",
    );
    assert_eq!(at(&fit, "certificate.stop"), "converged");
    assert!(number(&fit, "certificate.duality_gap") < 1e-9);
}

#[test]
fn every_solver_finds_the_same_model() {
    let folder = Folder::with_loans();
    let fit = |solver: &str| folder.json(&format!("{FIT} --lambda 0.03 --solver {solver}"));
    let newton = fit("newton");
    for (solver, name) in [("trust-region", "trust_region"), ("auto", "newton")] {
        let found = fit(solver);
        same_model(&newton, &found, solver);
        assert_eq!(at(&found, "certificate.solver"), name);
    }
}

#[test]
fn l1_sets_coefficients_to_zero() {
    let folder = Folder::with_loans();
    let found = folder.json(&format!("{FIT} --penalty l1 --lambda 0.05"));
    let zeros = coefficients(&found).iter().filter(|c| c.1 == 0.0).count();
    assert!((1..4).contains(&zeros), "{zeros}");
    assert_eq!(at(&found, "certificate.solver"), "proximal_newton");
    assert!(number(&found, "certificate.duality_gap") < 1e-9);
    let tuned = folder.json(&format!("{FIT} --penalty l1"));
    let path = at(&tuned, "tuning.path").as_array().unwrap();
    assert_eq!(number(&path[0], "nonzero"), 0.0, "the strongest lambda leaves nothing");
    assert_eq!(number(path.last().unwrap(), "nonzero"), 4.0);
    assert!(path.windows(2).all(|w| number(&w[0], "lambda") > number(&w[1], "lambda")));
}

#[test]
fn without_a_penalty_the_objective_is_lowest() {
    let folder = Folder::with_loans();
    let none = folder.json(&format!("{FIT} --penalty none"));
    let some = folder.json(&format!("{FIT} --lambda 0.001"));
    assert!(number(&none, "certificate.objective") < number(&some, "certificate.objective"));
    assert!(at(&none, "tuning").is_null());
    assert_eq!(number(&none, "certificate.lambda"), 0.0);
    assert!(number(&none, "certificate.residual") < 1e-9);
}

#[test]
fn separated_classes_without_a_penalty_get_a_verdict() {
    let folder = Folder::new();
    let rows: Vec<String> = (0..60)
        .map(|i| format!("{},{},{}", i / 2, i % 7, if i < 30 { "no" } else { "yes" }))
        .collect();
    folder.put("s.csv", csv("x,noise,y", &rows));
    folder.refused("fit s.csv --target y --penalty none", &["separated by `x`", "--lambda"]);
    let found = folder.json("fit s.csv --target y --lambda 0.01");
    assert_eq!(number(&found, "holdout.auc.value"), 1.0);
}

#[test]
fn the_squared_hinge_has_calibrated_probabilities() {
    let folder = Folder::new();
    folder.put("loans.csv", csv(HEADER, &loan_rows(800, 2)));
    for flags in ["", "--lambda 0.01"] {
        let found = folder.json(&format!("{FIT} --loss squared-hinge {flags}"));
        // A constant probability of one half has log loss ln 2 = 0.693.
        assert!(number(&found, "holdout.log_loss.value") < 0.69);
        assert_eq!(at(&found, "certificate.loss"), "squared_hinge");
        let inspected = folder.json("inspect model.linecall");
        assert_eq!(at(&inspected, "link.kind"), "platt");
        let slope = number(&inspected, "link.slope.0");
        let shift = number(&inspected, "link.intercept.0");
        let calls = folder.ok("predict model.linecall loans.csv");
        let mut sum = 0.0;
        for line in calls.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [p, score] = [4, 5].map(|j| cells[j].parse::<f64>().unwrap());
            let raw = slope * score + shift;
            let want = 1.0 / (1.0 + (-raw).exp());
            assert_close(p, want, 1e-14, line);
            sum += p;
        }
        let yes = number(&found, "classes.1.rows") / 800.0;
        // Calibrated in the large: within two standard errors of the share, 2 sqrt(0.25 / 800).
        assert!((sum / 800.0 - yes).abs() < 0.036, "{} {yes}", sum / 800.0);
    }
}

#[test]
fn a_class_weight_of_two_is_each_row_twice() {
    let folder = Folder::with_loans();
    let rows = loan_rows(200, 1);
    let doubled: Vec<String> = rows
        .iter()
        .flat_map(|r| std::iter::repeat_n(r.clone(), if r.ends_with("yes") { 2 } else { 1 }))
        .collect();
    folder.put("twice.csv", csv(HEADER, &doubled));
    let flags = "--target repaid --holdout 0 --lambda 0.02";
    let weighted = folder.json(&format!("fit loans.csv {flags} --class-weight yes=2,no=1"));
    let twice = folder.json(&format!("fit twice.csv {flags}"));
    let (left, right) =
        (number(&weighted, "certificate.objective"), number(&twice, "certificate.objective"));
    assert_close(left, right, 1e-12, "objective");
    same_model(&weighted, &twice, "class weight");
}

#[test]
fn balanced_classes_raise_the_recall_of_the_rare_one() {
    let folder = Folder::new();
    let mut yes = 0;
    let mut rows = loan_rows(1_000, 6);
    rows.retain(|r| {
        !r.ends_with("yes") || {
            yes += 1;
            yes % 5 == 0
        }
    });
    folder.put("loans.csv", csv(HEADER, &rows));
    let recall = |flags: &str| {
        number(&folder.json(&format!("{FIT} {flags}")), "holdout.per_class.1.recall.value")
    };
    let (plain, balanced) = (recall(""), recall("--class-weight balanced"));
    assert!(balanced > plain + 0.2, "{plain} {balanced}");
}

#[test]
fn one_standard_error_takes_the_simpler_model() {
    let folder = Folder::with_loans();
    let min = folder.json(FIT);
    let one = folder.json(&format!("{FIT} --rule 1se"));
    assert_eq!(at(&one, "tuning.rule"), "1se");
    assert_eq!(at(&min, "tuning.rule"), "min");
    assert_eq!(at(&min, "tuning.chosen"), at(&min, "tuning.minimum"));
    let point = |name: &str, key: &str| {
        let index = number(&one, &format!("tuning.{name}"));
        number(&one, &format!("tuning.path.{index}.{key}"))
    };
    assert!(point("chosen", "lambda") > point("minimum", "lambda"));
    let reach = point("minimum", "mean") + point("minimum", "standard_error");
    assert!(point("chosen", "mean") <= reach);
    let before = number(&one, "tuning.chosen") - 1.0;
    assert!(number(&one, &format!("tuning.path.{before}.mean")) > reach, "the largest within");
}

#[test]
fn standardising_is_a_matter_of_the_penalty_alone() {
    let folder = Folder::with_loans();
    let free = folder.json(&format!("{FIT} --penalty none"));
    let raw = folder.json(&format!("{FIT} --penalty none --no-standardize"));
    assert_close(
        number(&free, "certificate.objective"),
        number(&raw, "certificate.objective"),
        1e-9,
        "objective",
    );
    let without = folder.json(&format!("{FIT} --lambda 0.01 --no-intercept"));
    assert_eq!(numbers(at(&without, "intercept")), [0.0]);
}

#[test]
fn folds_are_as_many_as_asked_for() {
    let folder = Folder::with_loans();
    for folds in [2, 5] {
        let found = folder.json(&format!("{FIT} --folds {folds}"));
        assert_eq!(number(&found, "tuning.folds"), f64::from(folds));
    }
}

#[test]
fn positive_and_favourable_class_are_as_said() {
    let folder = Folder::with_loans();
    let yes = folder.json(&format!("{FIT} --lambda 0.02"));
    let no = folder.json(&format!("{FIT} --lambda 0.02 --positive no --favourable yes"));
    assert_eq!(at(&no, "score_classes.0"), "no");
    assert_eq!(at(&no, "schema.target.favourable"), "yes");
    for (a, b) in coefficients(&yes).iter().zip(coefficients(&no)) {
        assert_close(a.1, -b.1, SAME, &a.0);
    }
    assert_close(
        number(&yes, "holdout.auc.value"),
        number(&no, "holdout.auc.value"),
        1e-12,
        "AUC does not depend on the positive class",
    );
}
