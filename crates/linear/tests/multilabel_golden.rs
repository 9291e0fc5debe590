//! Fits and metrics of sets of labels equal those of scikit-learn (`golden/multilabel.py`).

#![allow(clippy::unwrap_used, clippy::panic)]

use linecall_data::{Dataset, Design, Labels};
use linecall_linear::metrics::{Bootstrap, Interval, SetCalls, set_curves, set_metrics};
use linecall_linear::{ClassWeight, LinearModel, Link, Loss, Multiclass, Penalty, Plan};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/multilabel.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

/// Labels `0`, `1`, ... from a table of zeros and ones.
fn labels(value: &Value) -> Labels {
    let rows = matrix(value);
    let set = |row: &Vec<f64>| {
        (0..row.len()).filter(|&c| row[c] == 1.0).map(|c| c as u32).collect::<Vec<u32>>()
    };
    let names = (0..rows[0].len()).map(|c| c.to_string()).collect();
    Labels::from_sets(names, rows.iter().map(set)).unwrap()
}

fn design(rows: &[Vec<f64>]) -> Design {
    let names: Vec<String> = (0..rows[0].len()).map(|j| format!("x{j}")).collect();
    Design::from_rows(rows, &names.iter().map(String::as_str).collect::<Vec<_>>()).unwrap()
}

#[test]
fn fits_equal_those_of_one_against_the_rest() {
    let golden = golden();
    let data = Dataset::new(design(&matrix(&golden["x"])), labels(&golden["y"])).unwrap();
    for fit in golden["fits"].as_array().unwrap() {
        let balanced = fit["balanced"] == true;
        let plan = Plan {
            multiclass: Multiclass::MultiLabel,
            standardize: false,
            class_weight: if balanced { ClassWeight::Balanced } else { ClassWeight::None },
            ..Plan::new(Loss::Logistic, Penalty::l2(fit["lam"].as_f64().unwrap()))
        };
        let ours = plan.fit(&data).unwrap().model;
        // scikit-learn's solver stops where its gradient is small, at about this distance.
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-5, "{}: {a} {b}", fit["name"]);
        for (w, row) in ours.coef().iter().zip(matrix(&fit["coef"])) {
            w.iter().zip(row).for_each(|(a, b)| close(*a, b));
        }
        ours.intercept().iter().zip(numbers(&fit["intercept"])).for_each(|(a, b)| close(*a, b));
        let scores = ours.scores(&data.design).unwrap();
        let rows = scores.chunks_exact(ours.n_scores());
        let calls = matrix(&fit["call"]);
        for ((score, p), call) in rows.zip(matrix(&fit["probability"])).zip(calls) {
            let own = ours.probabilities_of(score).unwrap();
            own.iter().zip(&p).for_each(|(a, b)| close(*a, *b));
            let called = ours.labels_of(score);
            let theirs: Vec<usize> = (0..call.len()).filter(|&c| call[c] == 1.0).collect();
            assert_eq!(called, theirs);
        }
    }
}

/// A model whose scores are the columns of its design.
fn identity(k: usize) -> LinearModel {
    let coef = (0..k).map(|c| (0..k).map(|j| f64::from(u8::from(j == c))).collect()).collect();
    let names = (0..k).map(|c| c.to_string()).collect();
    LinearModel::multilabel(coef, vec![0.0; k], names, Link::Logistic).unwrap()
}

fn case(value: &Value) -> SetCalls {
    let labels = labels(&value["truth"]);
    let weights = value["weights"].as_array().map(|_| numbers(&value["weights"]));
    let model = identity(labels.classes().len());
    SetCalls::of(&model, &design(&matrix(&value["scores"])), &labels, weights.as_deref()).unwrap()
}

#[test]
fn metrics_equal_those_of_scikit_learn() {
    let golden = golden();
    let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
    for value in golden["cases"].as_array().unwrap() {
        let m = set_metrics(&case(value), &none).unwrap();
        let same = |name: &str, found: Option<Interval>, expected: &Value| {
            let (a, b) = (found.map(|i| i.value), expected.as_f64());
            let equal = match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                (a, b) => a.is_none() && b.is_none(),
            };
            assert!(equal, "{} {name}: {a:?} {b:?}", value["name"]);
        };
        for (name, found) in [
            ("subset_accuracy", Some(m.subset_accuracy)),
            ("hamming_loss", Some(m.hamming_loss)),
            ("micro_precision", m.micro_precision),
            ("micro_recall", m.micro_recall),
            ("micro_f1", m.micro_f1),
            ("macro_f1", m.macro_f1),
            ("weighted_f1", m.weighted_f1),
            ("macro_auc", m.macro_auc),
            ("macro_average_precision", m.macro_average_precision),
            ("ranking_average_precision", Some(m.ranking_average_precision)),
            ("coverage_error", Some(m.coverage_error)),
            ("log_loss", m.log_loss),
            ("brier", m.brier),
        ] {
            same(name, found, &value[name]);
        }
        for (c, label) in m.per_label.iter().enumerate() {
            same("precision", label.precision, &value["precision"][c]);
            same("recall", label.recall, &value["recall"][c]);
            same("f1", label.f1, &value["f1"][c]);
        }
    }
}

#[test]
fn intervals_hold_their_values_and_no_order_or_thread_matters() {
    let golden = golden();
    let value = &golden["cases"][1];
    let bootstrap = Bootstrap { replicates: 200, ..Bootstrap::default() };
    let m = set_metrics(&case(value), &bootstrap).unwrap();
    assert!(m.intervals().len() > 13 + 5 * 4);
    assert!(m.intervals().iter().all(|i| i.low <= i.value && i.value <= i.high));
    assert!(m.micro_f1.unwrap().high - m.micro_f1.unwrap().low > 0.02);
    let mut turned = value.clone();
    for key in ["truth", "scores", "weights"] {
        turned[key].as_array_mut().unwrap().reverse();
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = pool.install(|| set_metrics(&case(&turned), &bootstrap).unwrap());
    assert_eq!(m, again);
}

#[test]
fn curves_are_those_of_each_label() {
    let golden = golden();
    let curves = set_curves(&case(&golden["cases"][2])).unwrap();
    // The label that no row carries has no curves.
    assert_eq!((curves.roc.len(), curves.precision_recall.len()), (6, 6));
    assert_eq!(curves.calibration.len(), 7);
    assert_eq!((curves.histogram.counts.len(), curves.histogram.edges[0]), (7, 0.0));
    let carried: f64 = curves.histogram.counts[0].iter().sum();
    let expected: f64 = matrix(&golden["cases"][2]["truth"])
        .iter()
        .zip(numbers(&golden["cases"][2]["weights"]))
        .map(|(row, s)| row[0] * s)
        .sum();
    assert!((carried - expected).abs() < 1e-9);
}
