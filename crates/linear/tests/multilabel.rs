//! Sets of labels: each label's fit is the two-class fit of having it, whatever the others.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Random, assert_same_model, close, random};
use linecall_data::{Dataset, Labels};
use linecall_linear::tune::{TuneOptions, calibrated, tune};
use linecall_linear::{
    Bounds, ClassWeight, Error, Fit, Link, Loss, Multiclass, Penalty, Plan, Solver, certify,
};

/// The design of [`random`] with `k` labels, carried independently of one another; row weights
/// where wanted.
fn sets(n: usize, d: usize, k: usize, seed: u64, weighted: bool) -> Dataset {
    let design = random(n, d, 2, seed).design;
    let mut rng = Random::new(seed + 1);
    let mut rows = vec![Vec::new(); n];
    for c in 0..k {
        for (i, row) in rows.iter_mut().enumerate() {
            let mut signal = -0.4 * c as f64;
            design.for_each_in_row(i, |j, v| {
                signal += v * if (j + c) % 3 == 0 { 0.6 } else { -0.2 };
            });
            if signal + 2.0 * rng.normal() > 0.0 {
                row.push(c as u32);
            }
        }
    }
    let names = (0..k).map(|c| format!("label {c}")).collect();
    let mut data = Dataset::new(design, Labels::from_sets(names, rows).unwrap()).unwrap();
    if weighted {
        data.weights = Some((0..n).map(|_| (rng.uniform() * 4.0).floor() / 2.0).collect());
    }
    data
}

/// The two-class problem of one label.
fn alone(data: &Dataset, label: usize) -> Dataset {
    let codes = (0..data.rows()).map(|i| u32::from(data.labels.has(i, label))).collect();
    let names = ["out", "with"].map(str::to_owned).to_vec();
    Dataset { labels: Labels::from_codes(names, codes).unwrap(), ..data.clone() }
}

fn plan(loss: &str, penalty: Penalty) -> Plan {
    let loss: Loss = loss.parse().unwrap();
    Plan { multiclass: Multiclass::MultiLabel, tolerance: 1e-11, ..Plan::new(loss, penalty) }
}

/// The plan for one label by itself. Its rows without the label come first in its classes.
fn single(plan: &Plan) -> Plan {
    Plan { multiclass: Multiclass::Auto, ..plan.clone() }
}

/// Fits all labels at once and one by one, and compares.
fn compare(name: &str, plan: &Plan, data: &Dataset, tolerance: f64) -> Fit {
    let fit = plan.fit(data).unwrap_or_else(|e| panic!("{name}: {e}"));
    let k = data.labels.classes().len();
    assert!(
        fit.model.is_multilabel() && fit.model.n_scores() == k && fit.model.positive().is_none()
    );
    let (mut objective, mut gap) = (0.0, 0.0);
    for c in 0..k {
        let one = single(plan).fit(&alone(data, c)).unwrap();
        let (ours, theirs) = (&fit.model.coef()[c], &one.model.coef()[0]);
        let intercepts = (&fit.model.intercept()[c], &one.model.intercept()[0]);
        for (a, b) in ours.iter().zip(theirs).chain([intercepts]) {
            // Objectives agree to rounding; the hinge, which has corners, less in coefficients.
            assert!(close(*a, *b, tolerance), "{name}, label {c}: {a} and {b}");
        }
        objective += one.certificate.objective;
        gap += one.certificate.duality_gap.unwrap_or(0.0);
    }
    assert!(close(fit.certificate.objective, objective, 1e-9), "{name}: objective");
    if let Some(ours) = fit.certificate.duality_gap {
        assert!(ours <= gap + 1e-8, "{name}: gap {ours}, one by one {gap}");
    }
    fit
}

#[test]
fn every_loss_and_penalty_fits_each_label_by_itself() {
    let data = sets(140, 5, 4, 3, true);
    for loss in [
        "logistic",
        "squared-hinge",
        "smoothed-hinge:gamma=0.5",
        "modified-huber",
        "squared",
        "poly:eps=0.8",
    ] {
        for penalty in [
            Penalty::None,
            Penalty::l2(0.02),
            Penalty::l1(0.02),
            Penalty::elastic_net(0.03, 0.4),
            Penalty::group_lasso(0.02),
        ] {
            // Where a loss is straight, the minimiser moves by the root of what the objective may.
            compare(&format!("{loss} {}", penalty.name()), &plan(loss, penalty), &data, 1e-8);
        }
    }
}

#[test]
fn the_hinge_and_every_solver_do_too() {
    let data = sets(120, 4, 3, 5, true);
    let hinge = plan("hinge", Penalty::l2(0.05));
    compare("hinge", &hinge, &data, 1e-6);
    let dual = Plan { solver: Solver::DualDescent, ..hinge };
    compare("hinge by dual descent", &dual, &data, 1e-3);
    for solver in [Solver::Newton, Solver::TrustRegion, Solver::ProximalNewton] {
        let plan = Plan { solver, ..plan("logistic", Penalty::l2(0.05)) };
        compare(solver.name(), &plan, &data, 1e-8);
    }
}

#[test]
fn one_label_and_two_labels_have_as_many_scores() {
    for k in [1, 2] {
        for loss in ["logistic", "squared-hinge"] {
            let data = sets(90, 3, k, 11, false);
            let fit = compare(loss, &plan(loss, Penalty::l2(0.01)), &data, 1e-8);
            let scores = fit.model.scores(&data.design).unwrap();
            assert_eq!(scores.len(), 90 * k);
            let one = single(&plan(loss, Penalty::l2(0.01))).fit(&alone(&data, 0)).unwrap();
            if let Some(p) = fit.model.probabilities_of(&scores[..k]) {
                let score = one.model.scores(&data.design).unwrap()[0];
                let with = one.model.probabilities_of(&[score]).unwrap()[1];
                assert!((p[0] - with).abs() < 1e-9);
            }
            let called = fit.model.labels_of(&scores[..k]);
            assert_eq!(called.contains(&0), scores[0] > 0.0);
        }
    }
}

/// Columns are standardised once, by the row weights alone; apart, each fit would use its own.
#[test]
fn class_weights_are_those_of_each_label() {
    let data = sets(150, 4, 3, 17, true);
    for loss in ["logistic", "squared-hinge", "hinge"] {
        let tolerance = if loss == "hinge" { 1e-6 } else { 1e-8 };
        let balanced = Plan {
            class_weight: ClassWeight::Balanced,
            standardize: false,
            ..plan(loss, Penalty::l2(0.03))
        };
        compare(&format!("{loss} balanced"), &balanced, &data, tolerance);
        let weights = vec![("label 1".to_owned(), 3.0)];
        let given = Plan { class_weight: ClassWeight::Given { weights }, ..balanced };
        let fit = given.fit(&data).unwrap();
        for c in 0..3 {
            let own = if c == 1 { 3.0 } else { 1.0 };
            let weights = vec![("with".to_owned(), own)];
            let one = Plan { class_weight: ClassWeight::Given { weights }, ..single(&given) };
            let one = one.fit(&alone(&data, c)).unwrap();
            for (a, b) in fit.model.coef()[c].iter().zip(&one.model.coef()[0]) {
                assert!(close(*a, *b, tolerance), "{loss}, label {c}: {a} {b}");
            }
        }
    }
}

#[test]
fn bounds_hold_for_every_label() {
    let data = sets(120, 4, 3, 23, false);
    let mut bounded = plan("logistic", Penalty::l2(0.01));
    bounded.columns.bounds = vec![Bounds { column: "x1".to_owned(), low: Some(0.0), high: None }];
    let fit = compare("bounds", &bounded, &data, 1e-7);
    assert!(fit.model.coef().iter().all(|w| w[1] >= 0.0));
}

#[test]
fn sparse_rows_give_the_same_models_as_dense_ones() {
    let dense = sets(130, 6, 3, 29, true);
    let sparse = Dataset { design: dense.design.to_sparse().unwrap(), ..dense.clone() };
    for loss in ["logistic", "squared-hinge"] {
        let plan = plan(loss, Penalty::l2(0.02));
        assert_same_model(loss, &plan.fit(&dense).unwrap(), &plan.fit(&sparse).unwrap(), 1e-8);
    }
}

#[test]
fn permuted_rows_and_copies_for_weights_change_nothing() {
    let mut data = sets(80, 3, 3, 31, false);
    let plan = plan("logistic", Penalty::l2(0.02));
    let fit = plan.fit(&data).unwrap();
    let order: Vec<usize> = (0..80).map(|i| i * 37 % 80).collect();
    assert_same_model("order", &fit, &plan.fit(&data.select(&order).unwrap()).unwrap(), 1e-9);
    let twice: Vec<usize> = (0..80).chain(0..20).collect();
    let copied = plan.fit(&data.select(&twice).unwrap()).unwrap();
    data.weights = Some((0..80).map(|i| if i < 20 { 2.0 } else { 1.0 }).collect());
    assert_same_model("copies", &copied, &plan.fit(&data).unwrap(), 1e-9);
}

#[test]
fn a_certificate_is_computed_again_from_the_model() {
    let data = sets(110, 4, 3, 37, true);
    for (loss, class_weight) in [
        ("logistic", ClassWeight::Balanced),
        ("squared-hinge", ClassWeight::None),
        ("hinge", ClassWeight::Balanced),
    ] {
        let plan = Plan { class_weight, ..plan(loss, Penalty::l2(0.05)) };
        let fit = plan.fit(&data).unwrap();
        let again = certify(&plan, &fit.model, &data).unwrap();
        assert!(close(again.objective, fit.certificate.objective, 1e-12), "{loss}");
        let gap = again.duality_gap.unwrap();
        assert!(gap <= 2.0 * fit.certificate.duality_gap.unwrap() + 1e-12, "{loss}: {gap}");
    }
}

#[test]
fn tuning_takes_the_mean_loss_over_labels() {
    let data = sets(120, 4, 3, 41, true);
    let plan = Plan { tolerance: 1e-9, ..plan("logistic", Penalty::l2(1.0)) };
    let options = TuneOptions { folds: 4, lambdas: vec![1.0, 0.1, 0.01], ..TuneOptions::default() };
    let tuned = tune(&plan, &data, &options, &|_, _| ()).unwrap();
    assert_eq!(tuned.held_scores.len(), 3 * tuned.held.len());
    // By hand: the folds are those of the tuning, by its own order of held rows.
    let splits = linecall_linear::folds::folds(&data, 4, 0).unwrap();
    let (mut sum, mut weight) = (0.0, 0.0);
    for split in &splits {
        let fit = plan.with_lambda(0.1).fit(&data.select(&split.train).unwrap()).unwrap();
        let held = data.select(&split.held).unwrap();
        let scores = fit.model.scores(&held.design).unwrap();
        for (i, row) in scores.chunks_exact(3).enumerate() {
            let s = held.weights.as_ref().unwrap()[i];
            for (c, f) in row.iter().enumerate() {
                let y = if held.labels.has(i, c) { 1.0 } else { -1.0 };
                sum += s * (-y * f).exp().ln_1p() / 3.0;
            }
            weight += s;
        }
    }
    // Folds are fitted to 1e-5 when tuning.
    assert!(close(tuned.mean[1], sum / weight, 1e-4), "{} {}", tuned.mean[1], sum / weight);
}

#[test]
fn margins_are_calibrated_by_label() {
    let data = sets(160, 4, 2, 43, false);
    let plan = Plan { tolerance: 1e-9, ..plan("squared-hinge", Penalty::l2(0.02)) };
    let fit = plan.fit(&data).unwrap();
    assert_eq!(*fit.model.link(), Link::Score);
    let options = TuneOptions { lambdas: vec![0.02], ..TuneOptions::default() };
    let tuned = tune(&plan, &data, &options, &|_, _| ()).unwrap();
    let model = calibrated(fit.model, &data, &tuned).unwrap();
    let Link::Platt { slope, .. } = model.link() else { panic!("{:?}", model.link()) };
    assert!(slope.len() == 2 && slope.iter().all(|a| *a > 0.0) && model.is_multilabel());
    let p = model.probabilities(&model.scores(&data.design).unwrap()).unwrap();
    // Calibrated on average, and not tied to one another.
    for c in 0..2 {
        let mean = p.iter().skip(c).step_by(2).sum::<f64>() / 160.0;
        let share = data.labels.counts()[c] as f64 / 160.0;
        assert!((mean - share).abs() < 0.03, "{mean} {share}");
    }
    assert!(p.chunks_exact(2).any(|p| (p[0] + p[1] - 1.0).abs() > 0.2));
}

#[test]
fn folds_spread_the_rarest_label() {
    let n = 100;
    let sets = (0..n).map(|i| match i % 20 {
        0 => vec![0, 1],
        odd if odd % 2 == 1 => vec![0],
        _ => vec![],
    });
    let names = ["common", "rare"].map(str::to_owned).to_vec();
    let mut data = Dataset::new(random(n, 2, 2, 1).design, Labels::from_sets(names, sets).unwrap());
    let data = data.as_mut().unwrap();
    for split in linecall_linear::folds::folds(data, 5, 3).unwrap() {
        let both = split.held.iter().filter(|&&i| data.labels.of(i).len() == 2).count();
        assert_eq!((split.held.len(), both), (20, 1));
    }
}

#[test]
fn a_label_that_all_rows_or_none_carry_does_not_stop_the_others() {
    let data = sets(90, 3, 2, 47, false);
    let with_all: Vec<Vec<u32>> =
        (0..90).map(|i| data.labels.of(i).iter().copied().chain([2]).collect()).collect();
    let names = ["label 0", "label 1", "label 2", "label 3"].map(str::to_owned).to_vec();
    let labels = Labels::from_sets(names, with_all).unwrap();
    let more = Dataset { labels, ..data.clone() };
    for loss in ["logistic", "squared-hinge", "hinge"] {
        let plan = Plan { tolerance: 1e-9, ..plan(loss, Penalty::l2(0.02)) };
        let (fit, few) = (plan.fit(&more).unwrap(), plan.fit(&data).unwrap());
        for c in 0..2 {
            for (a, b) in fit.model.coef()[c].iter().zip(&few.model.coef()[c]) {
                assert!(close(*a, *b, 1e-4), "{loss}: {a} {b}");
            }
        }
        let scores = fit.model.scores(&more.design).unwrap();
        assert!(scores.chunks_exact(4).all(|s| s[2] > 0.5 && s[3] < -0.5), "{loss}");
    }
}

#[test]
fn what_cannot_be_is_refused_in_one_line() {
    let data = sets(60, 3, 2, 53, false);
    let says = |plan: &Plan, data: &Dataset| plan.fit(data).unwrap_err().to_string();
    assert!(says(&plan("relu", Penalty::None), &data).contains("all but relu"));
    let one = single(&plan("logistic", Penalty::l2(0.1)));
    assert!(says(&one, &data).contains("rows carry sets"));
    let wrong = plan("logistic", Penalty::l2(0.1));
    assert!(says(&wrong, &alone(&data, 0)).contains("rows that carry sets of labels"));
    let weights = vec![("label 0".to_owned(), 0.0)];
    let zero = Plan { class_weight: ClassWeight::Given { weights }, ..wrong.clone() };
    assert!(says(&zero, &data).contains("label 0=0"));
    let none = Labels::from_sets(vec!["a".to_owned()], vec![Vec::<u32>::new(); 60]).unwrap();
    let none = Dataset { labels: none, ..data.clone() };
    assert_eq!(wrong.fit(&none).unwrap_err(), Error::NoLabelVaries);
    let learner = linecall_linear::direct::Learner::NearestCentroid {
        shrink_threshold: None,
        standardize: true,
    };
    let direct = linecall_linear::direct::DirectPlan::new(learner);
    assert!(direct.fit(&data).unwrap_err().to_string().contains("a penalised loss"));
}
