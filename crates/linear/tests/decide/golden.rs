//! What scikit-learn's TunedThresholdClassifierCV finds on the same scores (`golden/decide.py`).

use linecall_linear::decide::{By, Sample, Task, choose};
use serde_json::Value;

use crate::{ONCE, costs, two};

#[test]
fn thresholds_are_as_good_as_those_of_scikit_learn() {
    let golden: Value = serde_json::from_str(include_str!("../golden/decide.json")).unwrap();
    let list = |name: &str| golden[name].as_array().unwrap();
    let scores: Vec<f64> = list("scores").iter().map(|v| v.as_f64().unwrap()).collect();
    let truth: Vec<u32> = list("truth").iter().map(|v| v.as_u64().unwrap() as u32).collect();
    let sample = Sample { scores: &scores, truth: &truth, weights: None };
    let (model, mut cases) = (two(1), 0);
    for case in list("cases") {
        let setting = |name: &str| case["settings"][name].as_f64().unwrap();
        let confidence = None;
        let task = match case["task"].as_str().unwrap() {
            "cost" => {
                let amounts = [[setting("tn"), setting("fp")], [setting("fn"), setting("tp")]];
                costs(amounts, By::Scores)
            }
            "precision" => Task::Precision { floor: setting("floor"), flag: 1, confidence },
            _ => Task::Recall { floor: setting("floor"), flag: 1, confidence },
        };
        let found = choose(&model, &sample, &task, &ONCE).unwrap();
        let value = match &task {
            Task::Cost { .. } => -found.after.cost.unwrap().value,
            Task::Precision { .. } => found.after.recall.unwrap().value,
            _ => found.after.precision.unwrap().value,
        };
        let best = case["best_score"].as_f64().unwrap();
        assert!((value - best).abs() < 1e-12, "{task:?}: {value}, scikit-learn {best}");
        // Where several thresholds are as good, the peers may take different ones.
        let at = found.rule.score().unwrap();
        let theirs = case["best_threshold"].as_f64().unwrap();
        let between = |s: &f64| (*s > at.min(theirs)) && (*s < at.max(theirs));
        let crossed = scores.iter().filter(|s| between(s)).count();
        assert!(crossed <= 20, "{task:?}: {at}, scikit-learn {theirs}");
        cases += 1;
    }
    assert_eq!(cases, 7);
}
