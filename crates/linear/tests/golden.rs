//! Objectives and coefficients equal to those of scikit-learn and LIBLINEAR (`golden/fits.py`).

#![allow(clippy::unwrap_used, clippy::panic)]

use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{Loss, Penalty, Plan};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn objectives_equal_those_of_scikit_learn_and_liblinear() {
    let golden: Value = serde_json::from_str(include_str!("golden/fits.json")).unwrap();
    let rows: Vec<Vec<f64>> = golden["x"].as_array().unwrap().iter().map(numbers).collect();
    let names: Vec<String> = (0..rows[0].len()).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let design = Design::from_rows(&rows, &names).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 25);
    for case in cases {
        let target = case["target"].as_str().unwrap();
        let classes = golden[target].as_array().unwrap().iter().map(Value::to_string);
        let mut data = Dataset::new(design.clone(), Labels::from_names(classes)).unwrap();
        if case["weighted"] == true {
            data.weights = Some(numbers(&golden["weights"]));
        }
        let lambda = case["lam"].as_f64().unwrap();
        let penalty =
            if case["penalty"] == "l1" { Penalty::l1(lambda) } else { Penalty::l2(lambda) };
        let loss =
            if case["loss"] == "squared_hinge" { Loss::SquaredHinge } else { Loss::Logistic };
        let plan = Plan {
            standardize: false,
            fit_intercept: case["intercept"] == true,
            ..Plan::new(loss, penalty)
        };
        let fit = plan.fit(&data).unwrap();
        let (ours, theirs) = (fit.certificate.objective, case["objective"].as_f64().unwrap());
        // The peers stop at 1e-10 or tighter; objectives then agree far below 1e-8.
        assert!((ours - theirs).abs() <= 1e-8 * theirs, "{}: {ours} {theirs}", case["name"]);
        assert!(ours <= theirs + 1e-10, "{}: not the minimum", case["name"]);
        for (w, row) in fit.model.coef().iter().zip(case["coef"].as_array().unwrap()) {
            for (a, b) in w.iter().zip(numbers(row)) {
                assert!((a - b).abs() < 2e-4, "{}: coef {a} {b}", case["name"]);
            }
        }
        if let Some(gap) = fit.certificate.duality_gap {
            assert!(gap <= 1e-8 && ours - gap <= theirs + 1e-12, "{}: gap {gap}", case["name"]);
        }
    }
}
