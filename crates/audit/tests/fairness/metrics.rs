//! Shares, gaps and figures by group.

use linecall_audit::fairness::{
    GroupOptions, Outcomes, Statistic, clopper_pearson, figure_by_group, group_metrics, newcombe,
};
use linecall_data::Labels;
use proptest::prelude::*;
use serde_json::Value;

use crate::common::Random;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/fairness.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

#[test]
fn exact_intervals_are_those_of_statsmodels() {
    for case in golden()["shares"].as_array().unwrap() {
        let at = |key: &str| number(&case[key]);
        let (low, high) = clopper_pearson(at("k"), at("n"), at("level"));
        // Both invert the incomplete beta function to about 1e-12.
        assert!((low - at("low")).abs() < 1e-10, "{case}: {low}");
        assert!((high - at("high")).abs() < 1e-10, "{case}: {high}");
    }
}

#[test]
fn intervals_of_differences_are_those_of_statsmodels() {
    for case in golden()["differences"].as_array().unwrap() {
        let at = |key: &str| number(&case[key]);
        let a = (at("k1") / at("n1"), at("n1"));
        let b = (at("k2") / at("n2"), at("n2"));
        let (low, high) = newcombe(a, b, 0.95);
        assert!((low - at("low")).abs() < 1e-12 && (high - at("high")).abs() < 1e-12, "{case}");
    }
}

#[test]
fn gaps_are_those_of_fairlearn() {
    for case in golden()["cases"].as_array().unwrap() {
        let flags = |key: &str| list(&case[key]).iter().map(|v| *v == 1.0).collect::<Vec<bool>>();
        let outcomes = Outcomes {
            called: flags("called"),
            actual: Some(flags("truth")),
            weights: Some(list(&case["weight"])),
            ..Outcomes::default()
        };
        let names = case["group"].as_array().unwrap().iter().map(|g| g.as_str().unwrap());
        let groups = Labels::from_names(names);
        let report = group_metrics(&outcomes, &groups, &GroupOptions::default()).unwrap();
        let near = |a: f64, key: &str| assert!((a - number(&case[key])).abs() < 1e-14, "{key}");
        let parity = report.demographic_parity.unwrap();
        near(parity.value, "demographic_parity");
        near(parity.ratio.unwrap(), "ratio");
        near(report.equal_opportunity.unwrap().value, "equal_opportunity");
        near(report.equalised_odds.unwrap().value, "equalised_odds");
        for (own, expected) in report.groups.iter().zip(list(&case["accuracy"])) {
            assert!((own.accuracy.unwrap().value - expected).abs() < 1e-14);
        }
        assert!(parity.low <= parity.value && parity.value <= parity.high);
    }
}

#[test]
fn quantiles_lie_between_the_ranks_of_the_binomial() {
    for case in golden()["ranks"].as_array().unwrap() {
        let (n, q) = (number(&case["n"]) as usize, number(&case["q"]));
        let figures: Vec<f64> = (1..=n).map(|v| v as f64).collect();
        let groups = Labels::from_names(vec!["all"; n]);
        let options = GroupOptions { level: number(&case["level"]), small: 0 };
        let table =
            figure_by_group("rank", &figures, &groups, None, Statistic::Quantile(q), &options);
        let found = table.unwrap().all.figure.unwrap();
        let (low, high) = (number(&case["low"]), number(&case["high"]));
        assert_eq!(found.low, if low < 1.0 { f64::NEG_INFINITY } else { low }, "{case}");
        assert_eq!(found.high, if high > n as f64 { f64::INFINITY } else { high }, "{case}");
        assert_eq!(found.value, (q * n as f64).ceil(), "{case}");
    }
}

// A calibrated group of any size is outside its interval in at most 5% of the draws.
#[test]
fn calibration_within_groups_covers() {
    let mut rng = Random::new(9);
    let mut outside = 0;
    for _ in 0..400 {
        let p: Vec<f64> = (0..60).map(|_| 0.2 + 0.5 * rng.uniform()).collect();
        let actual: Vec<bool> = p.iter().map(|p| rng.uniform() < *p).collect();
        let called = p.iter().map(|p| *p > 0.5).collect();
        let (actual, probability) = (Some(actual), Some(p));
        let outcomes = Outcomes { called, actual, probability, ..Outcomes::default() };
        let groups = Labels::from_names((0..60).map(|i| if i < 25 { "a" } else { "b" }));
        let report = group_metrics(&outcomes, &groups, &GroupOptions::default()).unwrap();
        for group in &report.groups {
            let d = group.calibration.unwrap().difference;
            outside += i32::from(d.low > 0.0 || d.high < 0.0);
        }
    }
    assert!(outside <= 40, "{outside} of 800");
}

// The gap of any two of four equal groups is outside its interval in at most 5% of the draws.
#[test]
fn the_largest_of_several_gaps_is_covered_too() {
    let mut rng = Random::new(10);
    let mut outside = 0;
    for _ in 0..400 {
        let called = (0..200).map(|_| rng.uniform() < 0.3).collect();
        let groups = Labels::from_names((0..200).map(|i| (i % 4).to_string()));
        let outcomes = Outcomes { called, ..Outcomes::default() };
        let report = group_metrics(&outcomes, &groups, &GroupOptions::default()).unwrap();
        outside += i32::from(report.demographic_parity.unwrap().low > 0.0);
    }
    assert!(outside <= 20, "{outside} of 400");
}

#[test]
fn small_groups_are_warned_of_and_empty_ones_left_out() {
    let groups = Labels::from_codes(
        ["a", "b", "c"].map(str::to_owned).to_vec(),
        (0..43).map(|i| u32::from(i >= 40)).collect(),
    );
    let called: Vec<bool> = (0..43).map(|i| i % 2 == 0).collect();
    let outcomes = Outcomes { actual: Some(called.clone()), called, ..Outcomes::default() };
    let report = group_metrics(&outcomes, &groups.unwrap(), &GroupOptions::default()).unwrap();
    assert_eq!(report.groups[2].favourable, None);
    assert_eq!(report.groups.len(), 3);
    assert_eq!(report.demographic_parity.unwrap().highest, "b");
    let said: Vec<String> = report.warnings.iter().map(|w| w.to_string()).collect();
    assert!(said.contains(&"group `b` has 3 rows, fewer than 30: read its intervals".to_owned()));
    assert!(said.iter().any(|w| w.starts_with("group `a` has 20 rows of the favourable class")));
}

#[test]
fn bad_figures_are_refused_with_their_row() {
    let groups = Labels::from_names(["a", "b"]);
    let options = GroupOptions::default();
    let ask = |figures: &[f64], statistic| {
        figure_by_group("cost", figures, &groups, None, statistic, &options)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        ask(&[1.0, f64::NAN], Statistic::Mean),
        "`figure` is NaN (`cost`, row 2), expected a number, or infinity where there is none"
    );
    assert!(ask(&[1.0, 0.5], Statistic::Share).contains("row 2"));
    assert!(ask(&[1.0, 0.5], Statistic::Quantile(1.0)).contains("quantile"));
    assert!(ask(&[1.0], Statistic::Mean).contains("expected 1"));
}

proptest! {
    // A weight of 2 counts as twice the share, a weight of 0 is the row gone; order does not matter.
    #[test]
    fn weights_and_order(
        rows in prop::collection::vec((any::<bool>(), any::<bool>(), 0u32..3, 0u32..3), 6..60)
    ) {
        let of = |rows: &[(bool, bool, u32, u32)], weighted: bool| {
            let outcomes = Outcomes {
                called: rows.iter().map(|r| r.0).collect(),
                actual: Some(rows.iter().map(|r| r.1).collect()),
                weights: weighted.then(|| rows.iter().map(|r| f64::from(r.3)).collect()),
                ..Outcomes::default()
            };
            let names = ["a", "b", "c"].map(str::to_owned).to_vec();
            let groups = Labels::from_codes(names, rows.iter().map(|r| r.2).collect()).unwrap();
            group_metrics(&outcomes, &groups, &GroupOptions::default()).unwrap()
        };
        let weighted = of(&rows, true);
        let repeated: Vec<_> =
            rows.iter().flat_map(|r| std::iter::repeat_n(*r, r.3 as usize)).collect();
        let twice = of(&repeated, false);
        for (a, b) in weighted.groups.iter().zip(&twice.groups) {
            prop_assert_eq!(a.favourable.is_some(), b.favourable.is_some());
            for (a, b) in [(a.favourable, b.favourable), (a.true_positive_rate, b.true_positive_rate)] {
                if let (Some(a), Some(b)) = (a, b) {
                    prop_assert!((a.value - b.value).abs() < 1e-14);
                    prop_assert!(a.effective_rows <= b.effective_rows + 1e-9);
                    prop_assert!(a.low <= b.low + 1e-9 && b.high <= a.high + 1e-9);
                }
            }
        }
        let mut turned = rows.clone();
        turned.reverse();
        prop_assert_eq!(of(&turned, true), weighted);
    }
}
