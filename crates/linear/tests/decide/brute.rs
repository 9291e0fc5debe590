//! Every threshold tried, with weights and ties, in the plainest way there is.

use linecall_linear::decide::{By, Rule, Task, choose};
use linecall_linear::metrics::beta::beta_quantile;
use linecall_linear::{Error, LinearModel};

use crate::{ONCE, Random, Rows, costs, two};

/// What a threshold gives: weight flagged, of it of the class, all, all of the class, mean cost.
struct Found {
    flagged: f64,
    hits: f64,
    total: f64,
    own: f64,
    cost: f64,
}

fn at(rows: &Rows, flag: u32, positive: u32, above: f64, amounts: [[f64; 2]; 2]) -> Found {
    let mut found = Found { flagged: 0.0, hits: 0.0, total: 0.0, own: 0.0, cost: 0.0 };
    for (row, (score, truth)) in rows.scores.iter().zip(&rows.truth).enumerate() {
        let w = rows.weight(row);
        let called = if *score > above { positive } else { 1 - positive };
        found.total += w;
        found.flagged += if called == flag { w } else { 0.0 };
        found.hits += if called == flag && *truth == flag { w } else { 0.0 };
        found.own += if *truth == flag { w } else { 0.0 };
        found.cost += w * amounts[*truth as usize][called as usize];
    }
    found.cost /= found.total;
    found
}

/// Thresholds on both sides of every score.
fn thresholds(rows: &Rows) -> Vec<f64> {
    rows.scores.iter().flat_map(|s| [s - 0.25, s + 0.25]).collect()
}

/// The threshold of a rule of two classes.
fn line(rule: &Rule) -> f64 {
    rule.score().unwrap()
}

fn each(mut check: impl FnMut(&Rows, &LinearModel, u32, u32)) {
    let mut random = Random(20_260_719);
    for turn in 0..2_000u64 {
        let rows = Rows::random(&mut random, turn % 2 == 0);
        let (positive, flag) = (random.below(2), random.below(2) as u32);
        check(&rows, &two(positive as usize), positive as u32, flag);
    }
}

#[test]
fn no_threshold_costs_less() {
    let mut random = Random(7);
    each(|rows, model, positive, _| {
        let mut amount = || random.below(9) as f64 - 2.0;
        let amounts = [[amount(), amount()], [amount(), amount()]];
        if amounts[0][0] == amounts[0][1] && amounts[1][0] == amounts[1][1] {
            return;
        }
        let task = costs(amounts, By::Scores);
        let found = choose(model, &rows.sample(), &task, &ONCE).unwrap();
        let own = at(rows, positive, positive, line(&found.rule), amounts).cost;
        assert!((found.after.cost.unwrap().value - own).abs() < 1e-12);
        for above in thresholds(rows) {
            let other = at(rows, positive, positive, above, amounts).cost;
            assert!(own <= other + 1e-12, "{own} {other}");
        }
        let plain = at(rows, positive, positive, 0.0, amounts).cost;
        assert!((found.plain.cost.unwrap().value - plain).abs() < 1e-12);
        assert!((found.saved.unwrap().value - (plain - own)).abs() < 1e-12);
    });
}

#[test]
fn a_budget_is_kept_and_used_up() {
    let mut random = Random(8);
    each(|rows, model, positive, flag| {
        let share = (1 + random.below(19)) as f64 / 20.0;
        let task = Task::Budget { share, flag: flag as usize, confidence: None };
        let found = choose(model, &rows.sample(), &task, &ONCE).unwrap();
        let own = at(rows, flag, positive, line(&found.rule), [[0.0; 2]; 2]);
        let used = own.flagged / own.total;
        assert!(used <= share + 1e-9, "{used} {share}");
        assert!((found.after.flagged.unwrap().value - used).abs() < 1e-12);
        for above in thresholds(rows) {
            let other = at(rows, flag, positive, above, [[0.0; 2]; 2]);
            let other = other.flagged / other.total;
            assert!(other > share + 1e-12 || other <= used + 1e-12, "{other} {used} {share}");
        }
    });
}

/// Largest recall with a precision that reaches a floor, or largest precision with such a recall;
/// `None` where none reaches it. Shares count through `bound`.
fn best(
    rows: &Rows,
    (flag, positive): (u32, u32),
    of_precision: bool,
    reaches: impl Fn(f64, f64) -> bool,
) -> Option<f64> {
    let one = |above: f64| {
        let Found { flagged, hits, own, .. } = at(rows, flag, positive, above, [[0.0; 2]; 2]);
        if flagged <= 0.0 || own <= 0.0 || (of_precision && hits <= 0.0) {
            return None;
        }
        let (bound_of, whole, other) = match of_precision {
            true => (hits / flagged, flagged, hits / own),
            false => (hits / own, own, hits / flagged),
        };
        reaches(bound_of, whole).then_some(other)
    };
    thresholds(rows)
        .into_iter()
        .filter_map(one)
        .fold(None, |best: Option<f64>, v| Some(best.map_or(v, |best| best.max(v))))
}

#[test]
fn floors_leave_the_best_of_the_other() {
    let mut random = Random(9);
    let (mut reached, mut refused) = (0, 0);
    each(|rows, model, positive, flag| {
        let floor = (1 + random.below(10)) as f64 / 10.0;
        for of_precision in [true, false] {
            let task = match of_precision {
                true => Task::Precision { floor, flag: flag as usize, confidence: None },
                false => Task::Recall { floor, flag: flag as usize, confidence: None },
            };
            let want =
                best(rows, (flag, positive), of_precision, |share, _| share >= floor - 1e-12);
            match (choose(model, &rows.sample(), &task, &ONCE), want) {
                (Ok(found), Some(want)) => {
                    let (own, other) = (found.after.precision, found.after.recall);
                    let (kept, value) = if of_precision { (own, other) } else { (other, own) };
                    assert!(kept.unwrap().value >= floor - 1e-12);
                    assert!((value.unwrap().value - want).abs() < 1e-12, "{floor} {want}");
                    let rule = at(rows, flag, positive, line(&found.rule), [[0.0; 2]; 2]);
                    assert!((rule.hits / rule.flagged - own.unwrap().value).abs() < 1e-12);
                    reached += 1;
                }
                (Err(Error::Unreachable { best, .. }), None) => {
                    assert!(best < floor, "{best} {floor}");
                    refused += 1;
                }
                (found, want) => panic!("{found:?} {want:?} {floor}"),
            }
        }
    });
    assert!(reached > 1000 && refused > 100, "{reached} {refused}");
}

/// With a confidence, shares count through their exact lower bound.
#[test]
fn confident_floors_go_by_the_bound() {
    let mut random = Random(10);
    let mut reached = 0;
    each(|rows, model, positive, flag| {
        if rows.weights.is_some() {
            return;
        }
        let floor = (1 + random.below(6)) as f64 / 10.0;
        let bound = |share: f64, rows: f64| {
            let hits = (share * rows).round();
            if hits > 0.0 { beta_quantile(hits, rows - hits + 1.0, 0.1) } else { 0.0 }
        };
        for of_precision in [true, false] {
            let confidence = Some(0.9);
            let task = match of_precision {
                true => Task::Precision { floor, flag: flag as usize, confidence },
                false => Task::Recall { floor, flag: flag as usize, confidence },
            };
            let reaches = |share: f64, rows: f64| bound(share, rows) >= floor - 1e-12;
            let want = best(rows, (flag, positive), of_precision, reaches);
            match (choose(model, &rows.sample(), &task, &ONCE), want) {
                (Ok(found), Some(want)) => {
                    let (own, other) = (found.after.precision, found.after.recall);
                    let value = if of_precision { other } else { own };
                    assert!((value.unwrap().value - want).abs() < 1e-12, "{floor} {want}");
                    reached += 1;
                }
                (Err(Error::Unreachable { best, .. }), None) => assert!(best < floor + 1e-9),
                (found, want) => panic!("{found:?} {want:?} {floor}"),
            }
        }
    });
    assert!(reached > 200, "{reached}");
}

/// The probability that the costs ask for, by Elkan's formula, is that of the threshold.
#[test]
fn the_threshold_of_probabilities_is_that_of_the_formula() {
    let sample = Rows { scores: vec![-1.0, 0.0, 1.0], truth: vec![0, 0, 1], weights: None };
    for (alarm, missed) in [(1.0, 5.0), (5.0, 1.0), (1.0, 1.0), (0.25, 100.0)] {
        for positive in [0, 1] {
            let mut amounts = [[0.0; 2]; 2];
            amounts[1 - positive][positive] = alarm;
            amounts[positive][1 - positive] = missed;
            let task = costs(amounts, By::Probabilities);
            let found = choose(&two(positive), &sample.sample(), &task, &ONCE).unwrap();
            let p = alarm / (alarm + missed);
            assert!((found.probability.unwrap() - p).abs() < 1e-12);
            let want = (p / (1.0 - p)).ln();
            assert!((line(&found.rule) - want).abs() < 1e-12, "{want}");
        }
    }
}
