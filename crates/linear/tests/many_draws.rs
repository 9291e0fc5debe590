//! What draws are drawn, and what is said of them.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, close, random};
use linecall_data::{Dataset, Labels};
use linecall_linear::inference::{Inference, InferenceMethod, InferenceOptions};
use linecall_linear::many::{
    BootstrapOptions, PermuteOptions, Statistic, bootstrap, bootstrap_weights, half_weights,
    leave_one_out, leave_one_out_step, permute, permuted_labels,
};
use linecall_linear::{Loss, Penalty, Plan};

fn silent(_: u64, _: u64) {}

/// Rows whose labels have nothing to do with their columns.
fn noise(n: usize, seed: u64) -> Dataset {
    let mut rng = Random::new(seed);
    let rows: Vec<Vec<f64>> = (0..n).map(|_| vec![rng.normal(), rng.normal()]).collect();
    let names: Vec<String> = (0..n).map(|_| format!("{}", u8::from(rng.uniform() < 0.5))).collect();
    common::dataset(&rows, &["a", "b"], &names)
}

/// Faithfulness test 4 of the card: p-values are uniform where there is nothing to find. With 39
/// permutations they are multiples of 1/40; the largest distance of 500 of them from that law is
/// below 1.63 / sqrt(500) in 99 of 100 seeds, and in this one.
#[test]
fn p_values_of_noise_are_uniform() {
    let plan = Plan { tolerance: 1e-7, ..Plan::new(Loss::Logistic, Penalty::l2(0.05)) };
    let options = PermuteOptions { permutations: 39, ..PermuteOptions::default() };
    let (mut whole, mut first) = (Vec::new(), Vec::new());
    for seed in 0..500 {
        let test = permute(&plan, &noise(30, 1_000 + seed), &options, &silent).unwrap();
        whole.push(test.p_value);
        first.push(test.coef[0][0].p_value);
        assert!(test.coef[0].iter().all(|c| c.p_family >= c.p_value));
    }
    for p in [whole, first] {
        let furthest = (1..=40).map(|k| {
            let at = f64::from(k) / 40.0;
            let share = p.iter().filter(|p| **p <= at + 1e-12).count() as f64 / p.len() as f64;
            (share - at).abs()
        });
        let furthest = furthest.fold(0.0, f64::max);
        assert!(furthest < 1.63 / 500f64.sqrt(), "{furthest}");
    }
}

/// Early stopping says what the whole run would, when the p-value is large.
#[test]
fn drawing_may_end_early() {
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.05));
    let all = PermuteOptions { permutations: 400, ..PermuteOptions::default() };
    let data = noise(60, 3);
    let whole = permute(&plan, &data, &all, &silent).unwrap();
    let early = PermuteOptions { stop_after: Some(10), ..all };
    let early = permute(&plan, &data, &early, &silent).unwrap();
    assert!(early.stopped && early.as_good == 10);
    assert_eq!(early.null, whole.null[..early.null.len()]);
    assert!((early.p_value - whole.p_value).abs() < 0.3, "{} {}", early.p_value, whole.p_value);
    for statistic in [Statistic::Auc, Statistic::Error] {
        let asked = PermuteOptions { statistic, permutations: 19, folds: Some(3), ..all };
        let test = permute(&plan, &random(90, 3, 2, 4), &asked, &silent).unwrap();
        assert_eq!(test.p_value, 0.05, "{statistic:?}");
    }
}

#[test]
fn groups_are_drawn_and_moved_whole() {
    let mut data = random(60, 2, 2, 8);
    let group = |i: usize| i / 3;
    data.groups = Some((0..60).map(|i| group(i) as u32).collect());
    for draw in 0..20 {
        let counts = bootstrap_weights(&data, 5, draw);
        assert_eq!(counts.iter().sum::<f64>(), 60.0);
        let (one, other) = (half_weights(&data, 5, 2 * draw), half_weights(&data, 5, 2 * draw + 1));
        for i in 0..60 {
            let mate = 3 * group(i);
            assert_eq!((counts[i], one[i]), (counts[mate], one[mate]));
            assert_eq!(one[i] + other[i], 1.0);
        }
        // Labels that vary within groups stay in them.
        let moved = permuted_labels(&data, 5, draw).unwrap();
        for g in 0..20 {
            let of = |labels: &Labels| (3 * g..3 * g + 3).map(|i| labels.codes()[i]).sum::<u32>();
            assert_eq!(of(&moved), of(&data.labels));
        }
    }
    // Labels of whole groups change as such.
    let codes: Vec<u32> = (0..60).map(|i| (group(i) % 2) as u32).collect();
    data.labels = Labels::from_codes(data.labels.classes().to_vec(), codes).unwrap();
    let moved = permuted_labels(&data, 5, 0).unwrap();
    assert!((0..60).all(|i| moved.codes()[i] == moved.codes()[3 * group(i)]));
    assert_eq!(moved.counts(), data.labels.counts());
    data.time = Some((0..60).collect());
    assert!(permuted_labels(&data, 5, 0).is_err());
}

/// Faithfulness test 3: the step is the refit for the squared loss, and near it for others.
#[test]
fn the_step_leaves_rows_out() {
    let data = random(80, 4, 2, 6);
    for (loss, standardize, near) in
        [(Loss::Squared, false, 1e-9), (Loss::Squared, true, 1e-4), (Loss::Logistic, true, 1e-3)]
    {
        let plan = Plan { standardize, tolerance: 1e-12, ..Plan::new(loss, Penalty::l2(0.05)) };
        let exact = leave_one_out(&plan, &data, &[0.05], &silent).unwrap()[0];
        let model = plan.fit(&data).unwrap().model;
        let step = leave_one_out_step(&plan, &data, &model).unwrap();
        assert!(close(exact, step, near), "{:?}: {exact} and {step}", plan.loss);
        // By hand.
        let by_hand: f64 = (0..80)
            .map(|i| {
                let rest: Vec<usize> = (0..80).filter(|&k| k != i).collect();
                let model = plan.fit(&data.select(&rest).unwrap()).unwrap().model;
                let f = model.scores(&data.select(&[i]).unwrap().design).unwrap()[0];
                let y = if data.labels.codes()[i] == 1 { 1.0 } else { -1.0 };
                match plan.loss {
                    Loss::Squared => 0.5 * (y - f) * (y - f),
                    _ => (-y * f).exp().ln_1p(),
                }
            })
            .sum();
        assert!(close(exact, by_hand / 80.0, 1e-8), "{exact}");
    }
}

/// The bootstrap's standard error of a plan without a penalty is near that of its curvature.
#[test]
fn standard_errors_are_those_of_the_curvature() {
    let data = random(1_500, 3, 2, 12);
    let plan = Plan::new(Loss::Logistic, Penalty::None);
    let options = BootstrapOptions { replicates: 400, ..BootstrapOptions::default() };
    let found = bootstrap(&plan, &data, &options, &silent).unwrap();
    let model = plan.fit(&data).unwrap().model;
    let inference = Inference::of(&plan, &model, &data, InferenceOptions::default()).unwrap();
    let table = inference.table(InferenceMethod::Model).unwrap();
    for (own, row) in
        found.coef[0].iter().zip(table.rows.iter().filter(|r| r.term != "(intercept)"))
    {
        let want = row.std_err.unwrap();
        assert!((own.std_error / want - 1.0).abs() < 0.15, "{} and {want}", own.std_error);
        assert!(close(own.coef, row.coef.unwrap(), 1e-6));
    }
}
