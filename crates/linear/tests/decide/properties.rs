//! What holds whatever the rows: their order, copies against weights, intervals, several classes.

use linecall_linear::decide::{By, Chosen, CostMatrix, Rule, Sample, Task, choose, least_cost};
use linecall_linear::metrics::Bootstrap;
use linecall_linear::{Error, LinearModel, Link};

use crate::{ONCE, Random, Rows, costs, three, two};

const SOME: Bootstrap = Bootstrap { replicates: 60, level: 0.9, seed: 3 };

/// Rows whose class follows their score.
fn following(random: &mut Random, n: usize) -> Rows {
    let scores: Vec<f64> = (0..n).map(|_| random.below(2_000) as f64 / 400.0 - 2.5).collect();
    let draw = |s: &f64| {
        let p = 1.0 / (1.0 + (-s).exp());
        u32::from((random.below(1_000_000) as f64) < 1e6 * p)
    };
    let truth = scores.iter().map(draw).collect();
    Rows { scores, truth, weights: None }
}

fn tasks() -> Vec<Task> {
    vec![
        costs([[0.0, 1.0], [5.0, 0.0]], By::Scores),
        costs([[0.0, 1.0], [5.0, 0.0]], By::Probabilities),
        Task::Budget { share: 0.1, flag: 1, confidence: None },
        Task::Budget { share: 0.1, flag: 0, confidence: Some(0.95) },
        Task::Precision { floor: 0.8, flag: 1, confidence: None },
        Task::Precision { floor: 0.8, flag: 0, confidence: Some(0.9) },
        Task::Recall { floor: 0.8, flag: 1, confidence: None },
        Task::Recall { floor: 0.8, flag: 0, confidence: Some(0.9) },
    ]
}

fn found(model: &LinearModel, rows: &Rows, task: &Task) -> Chosen {
    choose(model, &rows.sample(), task, &SOME).unwrap()
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = following(&mut Random(1), 400);
    let mut turned = Rows { weights: None, ..following(&mut Random(1), 400) };
    turned.scores.reverse();
    turned.truth.reverse();
    for task in tasks() {
        assert_eq!(found(&two(1), &rows, &task), found(&two(1), &turned, &task), "{task:?}");
    }
}

#[test]
fn a_weight_of_two_is_the_row_twice_and_of_zero_no_row() {
    let mut random = Random(2);
    let rows = following(&mut random, 300);
    let weights: Vec<f64> = (0..300).map(|_| random.below(3) as f64).collect();
    let (mut scores, mut truth) = (Vec::new(), Vec::new());
    for (row, w) in weights.iter().enumerate() {
        for _ in 0..*w as usize {
            scores.push(rows.scores[row]);
            truth.push(rows.truth[row]);
        }
    }
    let copies = Rows { scores, truth, weights: None };
    let weighted = Rows { weights: Some(weights), ..rows };
    for task in tasks().into_iter().filter(|task| task.confidence().is_none()) {
        let once = |rows: &Rows| choose(&two(1), &rows.sample(), &task, &ONCE).unwrap();
        let (a, b) = (once(&weighted), once(&copies));
        assert_eq!(a.rule, b.rule, "{task:?}");
        for ((name, a), (_, b)) in a.after.all().into_iter().zip(b.after.all()) {
            assert!((a.value - b.value).abs() < 1e-12, "{name}");
        }
    }
}

#[test]
fn intervals_hold_their_values_and_more_rows_make_them_narrow() {
    let width = |n: usize| {
        let rows = following(&mut Random(5), n);
        let chosen = found(&two(1), &rows, &tasks()[0]);
        for (name, own) in chosen.after.all().into_iter().chain(chosen.plain.all()) {
            assert!(own.low <= own.value && own.value <= own.high, "{name} {own:?}");
        }
        let cost = chosen.after.cost.unwrap();
        cost.high - cost.low
    };
    let (few, many) = (width(200), width(20_000));
    // Standard errors fall with the root of the rows: by ten.
    assert!(many < few / 4.0, "{few} {many}");
}

/// Rows that say nothing: whatever a rule seems to save is flattery, and the estimate says so.
#[test]
fn what_is_flattered_is_taken_back() {
    let (mut seen, mut corrected) = (0.0, 0.0);
    for seed in 1..60 {
        let mut random = Random(seed * 977);
        let scores: Vec<f64> =
            (0..60).map(|_| random.below(4_000) as f64 / 1_000.0 - 2.0).collect();
        let truth = (0..60).map(|_| random.below(2) as u32).collect();
        let rows = Rows { scores, truth, weights: None };
        let task = costs([[0.0, 1.0], [1.0, 0.0]], By::Scores);
        let chosen = choose(&two(1), &rows.sample(), &task, &SOME).unwrap();
        // Half of the calls are wrong, whatever the threshold.
        let cost = chosen.after.cost.unwrap().value;
        seen += 0.5 - cost;
        corrected += 0.5 - (cost - chosen.optimism.cost.unwrap());
    }
    let (seen, corrected) = (seen / 59.0, corrected / 59.0);
    assert!(seen > 0.03, "{seen}");
    assert!(corrected.abs() < 0.6 * seen, "{seen} {corrected}");
}

/// A rule that calls as the model does flatters nobody: what the draws do is taken out.
#[test]
fn a_rule_that_changes_nothing_flatters_nothing() {
    let rows = following(&mut Random(31), 200);
    // Of equal costs, by right probabilities, the line is the model's own.
    let task = costs([[0.0, 1.0], [1.0, 0.0]], By::Probabilities);
    let chosen = found(&two(1), &rows, &task);
    assert_eq!(chosen.after, chosen.plain);
    for (name, optimism) in chosen.optimism.all() {
        assert!(optimism.abs() < 1e-15, "{name} {optimism}");
    }
}

#[test]
fn calls_by_right_probabilities_and_by_scores_cost_about_the_same() {
    let rows = following(&mut Random(11), 40_000);
    let chosen = found(&two(1), &rows, &tasks()[0]);
    let other = chosen.other.unwrap();
    assert_eq!(other.by, By::Probabilities);
    assert!((0.0..0.01).contains(&other.more.value), "{other:?}");
    assert!((other.above - (0.2f64).ln()).abs() < 1e-9, "log odds of one in six");
}

#[test]
fn a_rule_that_no_row_allows_is_refused_with_the_best() {
    let rows = Rows { scores: vec![1.0, 2.0, 3.0], truth: vec![1, 0, 0], weights: None };
    let task = Task::Precision { floor: 0.9, flag: 1, confidence: None };
    let error = choose(&two(1), &rows.sample(), &task, &ONCE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no threshold gives the largest recall of `b` at a precision of at least 0.9; the best that \
         is reached is 0.3333"
    );
    let task = Task::Budget { share: 0.01, flag: 1, confidence: Some(0.95) };
    let Err(Error::Unreachable { best, .. }) = choose(&two(1), &rows.sample(), &task, &ONCE) else {
        panic!()
    };
    // None of three: the upper bound is 1 - 0.05^(1/3).
    assert!((best - (1.0 - 0.05f64.powf(1.0 / 3.0))).abs() < 1e-9, "{best}");
}

/// Three classes: one is flagged against the rest by its probability; the others keep their order.
#[test]
fn one_class_of_three_is_flagged_within_a_budget() {
    let mut random = Random(17);
    let model = three();
    let n = 500;
    let scores: Vec<f64> = (0..3 * n).map(|_| random.below(4_000) as f64 / 1_000.0 - 2.0).collect();
    let truth: Vec<u32> = scores.chunks(3).map(|row| model.class_of(row) as u32).collect();
    let sample = Sample { scores: &scores, truth: &truth, weights: None };
    for share in [0.05, 0.2, 0.6] {
        let task = Task::Budget { share, flag: 2, confidence: None };
        let chosen = choose(&model, &sample, &task, &SOME).unwrap();
        let Rule::Class { class: 2, above } = chosen.rule else { panic!("{:?}", chosen.rule) };
        let calls: Vec<usize> =
            scores.chunks(3).map(|row| chosen.rule.class_of(&model, row)).collect();
        let flagged = calls.iter().filter(|call| **call == 2).count();
        assert_eq!(flagged, (share * n as f64) as usize);
        let mut right = 0;
        for ((row, call), truth) in scores.chunks(3).zip(&calls).zip(&truth) {
            let p = model.probabilities_of(row).unwrap()[2];
            assert_eq!(*call == 2, p > above);
            assert!(*call == 2 || *call == usize::from(row[1] > row[0]));
            right += usize::from(*call == *truth as usize);
        }
        let accuracy = chosen.after.accuracy.value;
        assert!((accuracy - right as f64 / n as f64).abs() < 1e-12);
        assert_eq!(chosen.plain.accuracy.value, 1.0);
    }
}

#[test]
fn the_class_of_least_cost_is_found_by_trying_all() {
    let mut random = Random(23);
    let model = three();
    let n = 400;
    let scores: Vec<f64> = (0..3 * n).map(|_| random.below(4_000) as f64 / 1_000.0 - 2.0).collect();
    let truth: Vec<u32> = (0..n).map(|_| random.below(3) as u32).collect();
    let amounts = vec![vec![0.0, 1.0, 7.0], vec![2.0, 0.0, 1.0], vec![9.0, 3.0, -1.0]];
    let matrix = CostMatrix { amounts: amounts.clone(), value: false };
    let task = Task::Cost { costs: matrix.clone(), by: By::Probabilities };
    let sample = Sample { scores: &scores, truth: &truth, weights: None };
    let chosen = choose(&model, &sample, &task, &SOME).unwrap();
    let (mut cost, mut plain) = (0.0, 0.0);
    for (row, truth) in scores.chunks(3).zip(&truth) {
        let p = model.probabilities_of(row).unwrap();
        let expected = |k: usize| (0..3).map(|j| p[j] * amounts[j][k]).sum::<f64>();
        let best = (0..3).min_by(|a, b| expected(*a).total_cmp(&expected(*b))).unwrap();
        assert_eq!(chosen.rule.class_of(&model, row), best);
        assert_eq!(least_cost(&matrix, &p), best);
        cost += amounts[*truth as usize][best];
        plain += amounts[*truth as usize][model.class_of(row)];
    }
    assert!((chosen.after.cost.unwrap().value - cost / n as f64).abs() < 1e-12);
    assert!((chosen.plain.cost.unwrap().value - plain / n as f64).abs() < 1e-12);
}

/// Equal costs of all errors call the likeliest class, as the model does.
#[test]
fn costs_that_are_all_alike_change_nothing() {
    let mut random = Random(29);
    let scores: Vec<f64> = (0..300).map(|_| random.below(4_000) as f64 / 1_000.0 - 2.0).collect();
    let truth: Vec<u32> = (0..100).map(|_| random.below(3) as u32).collect();
    let amounts = (0..3).map(|j| (0..3).map(|k| f64::from(u8::from(j != k))).collect()).collect();
    let costs = CostMatrix { amounts, value: false };
    let task = Task::Cost { costs, by: By::Probabilities };
    let sample = Sample { scores: &scores, truth: &truth, weights: None };
    let chosen = choose(&three(), &sample, &task, &SOME).unwrap();
    assert_eq!(chosen.after, chosen.plain);
    assert_eq!(chosen.saved.unwrap().value, 0.0);
}

#[test]
fn what_means_nothing_is_refused() {
    let rows = Rows { scores: vec![-1.0, 1.0], truth: vec![0, 1], weights: None };
    let scores_only = two(1).with_link(Link::Score).unwrap();
    let falling = two(1);
    let falling =
        falling.with_link(Link::Platt { slope: vec![-1.0], intercept: vec![0.0] }).unwrap();
    let say = |model: &LinearModel, task: &Task| {
        choose(model, &rows.sample(), task, &ONCE).unwrap_err().to_string()
    };
    let budget = |share| Task::Budget { share, flag: 1, confidence: None };
    for (model, task, problem) in [
        (two(1), budget(0.0), "`budget` is 0, expected a share above 0 and below 1"),
        (two(1), budget(f64::NAN), "`budget` is NaN"),
        (two(1), Task::Budget { share: 0.1, flag: 2, confidence: None }, "`flag` is 2"),
        (two(1), Task::Budget { share: 0.1, flag: 1, confidence: Some(0.2) }, "`confident` is 0.2"),
        (two(1), costs([[1.0, 1.0], [0.0, 0.0]], By::Scores), "the same for every call"),
        (two(1), costs([[f64::NAN, 1.0], [0.0, 0.0]], By::Scores), "`cost-matrix` is NaN"),
        (two(1), costs([[0.0, -1.0], [5.0, 0.0]], By::Probabilities), "never costs more"),
        (scores_only, costs([[0.0, 1.0], [5.0, 0.0]], By::Probabilities), "no probabilities"),
        (falling, costs([[0.0, 1.0], [5.0, 0.0]], By::Probabilities), "do not rise"),
    ] {
        let found = say(&model, &task);
        assert!(found.contains(problem) && !found.contains('\n'), "{problem}: {found}");
    }
    let sample = Sample { scores: &[], truth: &[], weights: None };
    assert_eq!(choose(&two(1), &sample, &budget(0.1), &ONCE), Err(Error::NoRows));
    let by_scores = Task::Cost {
        costs: CostMatrix { amounts: vec![vec![0.0, 1.0, 1.0]; 3], value: false },
        by: By::Scores,
    };
    let sample = Sample { scores: &[0.0; 3], truth: &[0], weights: None };
    let error = choose(&three(), &sample, &by_scores, &ONCE).unwrap_err().to_string();
    assert!(error.contains("a cut of scores is for two classes"), "{error}");
}
