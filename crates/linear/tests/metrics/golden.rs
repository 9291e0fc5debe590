//! Values equal to those of scikit-learn (`tests/golden/metrics.py`).

use linecall_linear::calibrate::Platt;
use linecall_linear::metrics::Interval;
use serde_json::Value;

use crate::common::Sample;

fn file() -> Value {
    serde_json::from_str(include_str!("../golden/metrics.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn codes(value: &Value) -> Vec<u32> {
    numbers(value).iter().map(|&v| v as u32).collect()
}

fn sample(case: &Value) -> Sample {
    let classes = case["expected"]["recall"].as_array().unwrap().len();
    Sample {
        truth: codes(&case["truth"]),
        called: codes(&case["called"]),
        scores: numbers(&case["scores"]),
        probabilities: Some(numbers(&case["probabilities"])),
        weights: (!case["weights"].is_null()).then(|| numbers(&case["weights"])),
        ..Sample::empty(classes)
    }
}

/// Both sides sum a few hundred doubles in their own order: 1e-12 leaves thousands of roundings.
fn same(name: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-12 * theirs.abs(), "{name}: {ours} and {theirs}");
}

#[test]
fn metrics_equal_those_of_scikit_learn() {
    let file = file();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let (m, theirs) = (sample(case).metrics(), &case["expected"]);
        let ours = [
            ("accuracy", Some(m.accuracy)),
            ("balanced_accuracy", m.balanced_accuracy),
            ("auc", m.auc),
            ("average_precision", m.average_precision),
            ("log_loss", m.log_loss),
            ("brier", m.brier),
            ("mcc", m.mcc),
        ];
        for (name, ours) in ours {
            let label = format!("{}, {name}", case["name"]);
            same(&label, ours.unwrap().value, theirs[name].as_f64().unwrap());
        }
        let value = |i: Option<Interval>| i.unwrap().value;
        for (k, class) in m.per_class.iter().enumerate() {
            let expected = |name: &str| theirs[name][k].as_f64().unwrap();
            same("precision", value(class.precision), expected("precision"));
            same("recall", value(class.recall), expected("recall"));
            same("f1", value(class.f1), expected("f1"));
            for (c, count) in m.confusion.counts[k].iter().enumerate() {
                same("confusion", *count, theirs["confusion"][k][c].as_f64().unwrap());
            }
        }
    }
}

// scikit-learn stops its quasi-Newton iteration at a slope of 1e-6 of the summed loss.
#[test]
fn platt_scaling_equals_that_of_scikit_learn() {
    let file = file();
    let cases = file["platt"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let scores = numbers(&case["scores"]);
        let flags = case["positive"].as_array().unwrap();
        let positive: Vec<bool> = flags.iter().map(|v| v.as_bool().unwrap()).collect();
        let weights = (!case["weights"].is_null()).then(|| numbers(&case["weights"]));
        let ours = Platt::fit(&scores, &positive, weights.as_deref()).unwrap();
        let close = |ours: f64, name: &str| {
            let theirs = case[name].as_f64().unwrap();
            let relative = (ours - theirs).abs() / theirs.abs();
            assert!(relative < 1e-4, "{}, {name}: {ours} and {theirs}", case["name"]);
        };
        close(ours.slope, "slope");
        close(ours.intercept, "intercept");
    }
}
