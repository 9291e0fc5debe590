//! Folds and the choice of lambda.

mod common;

use common::{close, random};
use linecall_linear::folds::{Scheme, folds, holdout};
use linecall_linear::tune::{Rule, TuneOptions, calibrated, default_path, tune};
use linecall_linear::{Link, Loss, Penalty, Plan};

fn silent(_: u64, _: u64) {}

#[test]
fn stratified_folds_part_the_rows_and_keep_class_shares() {
    let data = random(203, 2, 3, 1);
    let splits = folds(&data, 10, 5).unwrap();
    let mut seen = vec![0; 203];
    for split in &splits {
        assert_eq!(split.train.len() + split.held.len(), 203);
        split.held.iter().for_each(|&i| seen[i] += 1);
        let held = data.labels.select(&split.held).counts();
        for (all, own) in data.labels.counts().iter().zip(held) {
            assert!((own as f64 - *all as f64 / 10.0).abs() <= 1.0);
        }
    }
    assert!(seen.iter().all(|&s| s == 1));
    assert_ne!(folds(&data, 10, 6).unwrap(), splits, "another seed gives other folds");
    assert_eq!(folds(&data, 10, 5).unwrap(), splits);
}

#[test]
fn groups_stay_together() {
    let mut data = random(150, 2, 2, 1);
    data.groups = Some((0..150).map(|i| (i * i % 17) as u32).collect());
    let groups = data.groups.clone().unwrap();
    assert_eq!(Scheme::of(&data), Scheme::Grouped);
    let mut splits = folds(&data, 5, 0).unwrap();
    splits.push(holdout(&data, 0.3, 0).unwrap());
    for split in splits {
        for &i in &split.held {
            assert!(split.train.iter().all(|&t| groups[t] != groups[i]));
        }
    }
}

#[test]
fn time_ordered_folds_never_train_on_the_future() {
    let mut data = random(120, 2, 2, 1);
    data.time = Some((0..120).map(|i| (i * 7 % 40) as u32).collect());
    let time = data.time.clone().unwrap();
    let mut splits = folds(&data, 6, 0).unwrap();
    assert_eq!(splits.len(), 6);
    splits.push(holdout(&data, 0.25, 0).unwrap());
    for split in splits {
        let last = split.train.iter().map(|&i| time[i]).max().unwrap();
        let first = split.held.iter().map(|&i| time[i]).min().unwrap();
        assert!(last < first);
    }
}

#[test]
fn holdout_takes_its_share_of_each_class() {
    let data = random(1000, 2, 2, 1);
    let split = holdout(&data, 0.2, 3).unwrap();
    assert!((199..=201).contains(&split.held.len()));
    assert!(holdout(&data, 0.0, 3).is_err() && holdout(&data, 1.0, 3).is_err());
}

#[test]
fn every_held_out_loss_is_that_of_a_cold_fit_of_the_fold() {
    let data = random(200, 4, 2, 6);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.0));
    let options = TuneOptions { folds: 4, lambdas: vec![1.0, 0.1, 0.01], ..Default::default() };
    let tuned = tune(&plan, &data, &options, &silent).unwrap();
    let splits = folds(&data, 4, 0).unwrap();
    for (at, &lambda) in options.lambdas.iter().enumerate() {
        let mut sum = 0.0;
        for split in &splits {
            let train = data.select(&split.train).unwrap();
            let fit = plan_with(lambda).fit(&train).unwrap();
            let held = data.select(&split.held).unwrap();
            let scores = fit.model.scores(&held.design).unwrap();
            for (s, &c) in scores.iter().zip(held.labels.codes()) {
                sum += (1.0 + (if c == 1 { -s } else { *s }).exp()).ln();
            }
        }
        assert!(close(tuned.mean[at], sum / 200.0, 1e-6), "lambda {lambda}");
    }
    assert_eq!(tuned.held_scores.len(), 200);
}

fn plan_with(lambda: f64) -> Plan {
    Plan::new(Loss::Logistic, Penalty::l2(lambda))
}

#[test]
fn one_standard_error_takes_a_larger_lambda() {
    let data = random(150, 12, 2, 6);
    let plan = Plan::new(Loss::Logistic, Penalty::l1(1.0));
    let min = tune(&plan, &data, &TuneOptions::default(), &silent).unwrap();
    let rule = TuneOptions { rule: Rule::OneSe, ..Default::default() };
    let one = tune(&plan, &data, &rule, &silent).unwrap();
    assert_eq!(min.chosen, min.minimum);
    assert!(one.chosen < one.minimum);
    let bound = one.mean[one.minimum] + one.standard_error[one.minimum];
    assert!(one.mean[one.chosen] <= bound && one.mean[one.chosen - 1] > bound);
}

#[test]
fn the_l1_path_starts_where_every_coefficient_is_zero() {
    let data = random(120, 5, 2, 3);
    let plan = Plan::new(Loss::Logistic, Penalty::l1(1.0));
    let path = default_path(&plan, &data).unwrap();
    assert_eq!(path.len(), 50);
    let zero = plan.with_lambda(path[0]).fit(&data).unwrap();
    assert!(zero.model.coef()[0].iter().all(|w| *w == 0.0));
    let some = plan.with_lambda(path[0] * 0.98).fit(&data).unwrap();
    assert!(some.model.coef()[0].iter().any(|w| *w != 0.0));
}

#[test]
fn margin_scores_are_calibrated_on_rows_that_their_fold_did_not_see() {
    for k in [2, 3] {
        let data = random(300, 4, k, 3);
        let plan = Plan::new(Loss::SquaredHinge, Penalty::l2(0.01));
        let options = TuneOptions { lambdas: vec![0.01], ..Default::default() };
        let tuned = tune(&plan, &data, &options, &silent).unwrap();
        let model = calibrated(plan.fit(&data).unwrap().model, &data, &tuned).unwrap();
        let Link::Platt { slope, .. } = model.link() else { panic!("not calibrated") };
        assert!(slope.len() == model.n_scores() && slope.iter().all(|s| *s > 0.0));
        let scores = model.scores(&data.design).unwrap();
        let p = model.probabilities(&scores).unwrap();
        // Mean probability of each class is near its share.
        for (c, n) in data.labels.counts().iter().enumerate() {
            let mean: f64 = p.iter().skip(c).step_by(k).sum::<f64>() / 300.0;
            assert!((mean - *n as f64 / 300.0).abs() < 0.05, "{k} {c}: {mean}");
        }
    }
}

#[test]
fn tuning_does_not_depend_on_threads() {
    let data = random(900, 6, 3, 3);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(1.0));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let tuned = pool.install(|| tune(&plan, &data, &TuneOptions::default(), &silent)).unwrap();
        let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        (bits(&tuned.mean), bits(&tuned.standard_error), bits(&tuned.held_scores), tuned.chosen)
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(8));
}
