//! The elastic net along a path, its coefficients and its losses by cross-validation equal to those of
//! glmnet (`golden/glmnet.R`).

#![allow(clippy::unwrap_used, clippy::panic)]

use linecall_data::{Dataset, Design, Labels};
use linecall_linear::many::{ManyOptions, Solved, Variation};
use linecall_linear::{ColumnRules, Loss, Penalty, Plan};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/glmnet.json")).unwrap()
}

fn rows(golden: &Value) -> Vec<Vec<f64>> {
    golden["x"].as_array().unwrap().iter().map(numbers).collect()
}

fn data(golden: &Value) -> Dataset {
    let rows = rows(golden);
    let names: Vec<String> = (0..rows[0].len()).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let labels = golden["y"].as_array().unwrap().iter().map(Value::to_string);
    Dataset::new(Design::from_rows(&rows, &names).unwrap(), Labels::from_names(labels)).unwrap()
}

/// The fits of a case, one a strength.
fn path(case: &Value, data: &Dataset, lambdas: &[f64]) -> Vec<Solved> {
    let factors = numbers(&case["factors"]).into_iter().enumerate();
    let factors = factors.filter(|(_, factor)| *factor != 1.0);
    let plan = Plan {
        tolerance: 1e-11,
        standardize: case["standardize"] == true,
        columns: ColumnRules {
            factors: factors.map(|(j, factor)| (format!("x{j}"), factor)).collect(),
            bounds: Vec::new(),
        },
        ..Plan::new(Loss::Logistic, Penalty::elastic_net(1.0, case["alpha"].as_f64().unwrap()))
    };
    let weights = numbers(&case["weights"]);
    let vary = |_| Ok(Variation { weights: Some(weights.clone()), labels: None });
    let options = ManyOptions { lambdas, certify: false, watch: &|_, _| () };
    plan.fit_many(data, 1, &vary, options).unwrap().remove(0).unwrap()
}

#[test]
fn coefficients_along_the_path_equal_those_of_glmnet() {
    let golden = golden();
    let (data, lambdas) = (data(&golden), numbers(&golden["lambda"]));
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 11 && lambdas.len() >= 16);
    let (mut zeros, mut others) = (0, 0);
    for case in cases {
        let fits = path(case, &data, &lambdas);
        assert_eq!(fits.len(), lambdas.len());
        let (coef, intercept) = (case["coef"].as_array().unwrap(), numbers(&case["intercept"]));
        for (p, fit) in fits.iter().enumerate() {
            let what = format!("{}, lambda {}", case["name"], lambdas[p]);
            assert!(fit.certificate.residual < 1e-9, "{what}");
            let theirs = numbers(&coef[p]);
            let pairs = fit.coef[0].iter().zip(&theirs).chain([(&fit.intercept[0], &intercept[p])]);
            for (a, b) in pairs {
                assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{what}: {a} and {b}");
                zeros += usize::from(*b == 0.0 && *a == 0.0);
                others += usize::from(*b != 0.0 && *a != 0.0);
            }
        }
    }
    // The same columns are left out, and both kinds are there.
    assert_eq!(zeros + others, cases.len() * lambdas.len() * (data.design.cols() + 1));
    assert!(zeros > 100 && others > 1000, "{zeros} {others}");
}

#[test]
fn losses_by_cross_validation_equal_those_of_glmnet() {
    let golden = golden();
    let (data, lambdas, rows) = (data(&golden), numbers(&golden["lambda"]), rows(&golden));
    let cases = golden["cases"].as_array().unwrap();
    let folds = cases.iter().filter(|case| case["name"].as_str().unwrap().starts_with("fold"));
    let mut losses = vec![0.0; lambdas.len()];
    let mut held_out = 0;
    for case in folds {
        let fits = path(case, &data, &lambdas);
        for (i, weight) in numbers(&case["weights"]).into_iter().enumerate() {
            if weight != 0.0 {
                continue;
            }
            held_out += 1;
            let sign = if data.labels.codes()[i] == 1 { 1.0 } else { -1.0 };
            for (loss, fit) in losses.iter_mut().zip(&fits) {
                let terms = fit.coef[0].iter().zip(&rows[i]).map(|(w, x)| w * x);
                let score = fit.intercept[0] + terms.sum::<f64>();
                *loss += (-sign * score).exp().ln_1p();
            }
        }
    }
    assert_eq!(held_out, rows.len());
    // A deviance is twice the log loss.
    for (loss, deviance) in losses.iter().zip(numbers(&golden["held_out_deviance"])) {
        let ours = 2.0 * loss / rows.len() as f64;
        assert!((ours - deviance).abs() < 1e-6, "{ours} {deviance}");
    }
}
