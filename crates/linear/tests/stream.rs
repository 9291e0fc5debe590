//! Averaged stochastic gradient descent over a source, against fits of the same rows in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test

mod common;

use common::{Random, close, random};
use linecall_data::{Certificate, Dataset, StopReason};
use linecall_linear::stream::{self, InMemory, Options, Streamed};
use linecall_linear::{ClassWeight, Error, Link, Loss, Multiclass, Penalty, Plan, Solver, certify};

const EPOCHS: Options = Options { epochs: 20, seed: 1 };

fn streamed(plan: &Plan, data: &Dataset, options: &Options) -> Streamed {
    stream::fit(plan, &mut InMemory::new(data, 97), options).unwrap()
}

/// Losses and numbers of classes that a stream takes.
fn plans() -> Vec<(usize, Plan)> {
    let l2 = |loss: &str| Plan::new(loss.parse::<Loss>().unwrap(), Penalty::l2(0.02));
    let margins =
        ["logistic", "hinge", "squared-hinge", "smoothed-hinge", "modified-huber", "squared"];
    let mut plans: Vec<(usize, Plan)> =
        margins.iter().flat_map(|loss| [(2, l2(loss)), (3, l2(loss))]).collect();
    plans.push((2, l2("poly:eps=0.8")));
    plans.push((2, l2("focal")));
    plans.push((3, l2("focal")));
    plans.push((3, Plan { multiclass: Multiclass::OneVsRest, ..l2("logistic") }));
    plans.push((2, Plan { standardize: false, ..l2("logistic") }));
    plans.push((2, Plan { fit_intercept: false, ..l2("logistic") }));
    plans.push((2, Plan { positive: 0, ..l2("logistic") }));
    plans.push((2, Plan { class_weight: ClassWeight::Balanced, ..l2("logistic") }));
    plans
}

/// The same rows with dense and sparse storage, and with weights, zeros among them.
fn datasets(k: usize) -> Vec<Dataset> {
    let dense = random(600, 6, k, 7);
    let mut sparse = dense.clone();
    sparse.design = sparse.design.to_sparse().unwrap();
    let mut weighted = dense.clone();
    weighted.weights = Some((0..600).map(|i| f64::from(i % 4)).collect());
    vec![dense, sparse, weighted]
}

#[test]
fn the_optimum_is_near_and_within_the_gap() {
    for (k, plan) in plans() {
        for data in datasets(k) {
            let name = format!("{} {k} {plan:?}", plan.loss);
            let found = streamed(&plan, &data, &EPOCHS).fit.certificate;
            let best = plan.fit(&data).unwrap().certificate.objective;
            let slack = 1e-9 * best.abs();
            assert!(found.objective <= best * 1.02, "{name}: {} of {best}", found.objective);
            if plan.loss.is_convex() {
                assert!(found.objective >= best - slack, "{name}");
            }
            match found.duality_gap {
                Some(gap) => {
                    assert!(found.objective - gap <= best + slack, "{name}: gap {gap}");
                    assert!(gap <= 0.2 * best, "{name}: gap {gap} of {best}");
                }
                None => assert!(matches!(plan.loss, Loss::Focal { .. } | Loss::Poly { .. })),
            }
            // Few columns: Newton steps end at the optimum where the loss allows them.
            if plan.loss.is_convex() && plan.loss.is_smooth() {
                assert_eq!(found.stop, StopReason::Converged, "{name}");
                assert!(found.objective <= best + 1e-9 * best, "{name}");
            } else {
                assert_eq!(found.stop, StopReason::PassesDone);
            }
        }
    }
}

/// Many columns: there are no Newton steps.
#[test]
fn many_columns_are_learnt_from_by_averaging_alone() {
    for (k, loss) in [(2, "logistic"), (2, "squared-hinge"), (3, "logistic"), (3, "squared")] {
        let mut data = random(500, 450, k, 3);
        for sparse in [false, true] {
            if sparse {
                data.design = data.design.to_sparse().unwrap();
            }
            let plan = Plan::new(loss.parse::<Loss>().unwrap(), Penalty::l2(1.0));
            let held = (0..500).map(|i| i % 7 == 0).collect();
            let mut source = InMemory::with_held(&data, 97, held);
            let streamed = stream::fit(&plan, &mut source, &EPOCHS).unwrap();
            let found = streamed.fit.certificate;
            let best = plan.fit(&data).unwrap().certificate.objective;
            assert_eq!(found.stop, StopReason::PassesDone);
            assert!(found.objective <= best * 1.1, "{loss} {k}: {} {best}", found.objective);
            let gap = found.duality_gap.unwrap();
            assert!(found.objective - gap <= best && gap < best, "{loss} {k}: {gap}");
            // Half of the held-out rows calibrate the scores of a margin loss.
            let rows = if loss == "logistic" { 72 } else { 36 };
            assert_eq!(streamed.held.unwrap().predictions().rows(), rows);
        }
    }
}

#[test]
fn the_certificate_is_what_certify_finds_in_memory() {
    for (k, plan) in plans() {
        let plan = Plan { solver: Solver::AveragedSgd, ..plan };
        for data in datasets(k) {
            let fit = streamed(&plan, &data, &Options::default()).fit;
            let found = certify(&plan, &fit.model, &data).unwrap();
            let stated = &fit.certificate;
            assert!(close(found.objective, stated.objective, 1e-13), "{}", plan.loss);
            if plan.loss.is_smooth() {
                assert!(close(found.residual, stated.residual, 1e-12), "{}", plan.loss);
                match (found.duality_gap, stated.duality_gap) {
                    (Some(a), Some(b)) => assert!(close(a, b, 1e-11), "{}: {a} {b}", plan.loss),
                    (a, b) => assert_eq!(a, b),
                }
            }
            assert!(matches!(fit.certificates()[0], Certificate::Fit(_)));
        }
    }
}

#[test]
fn columns_far_from_zero_and_of_wild_sizes_are_learnt_from() {
    let mut rng = Random::new(3);
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    for _ in 0..800 {
        let signal = rng.normal();
        let year = 1e6 + (0.3 * signal + rng.normal()).round();
        rows.push(vec![year, signal * 1e-120, if rng.uniform() < 0.01 { 1e9 } else { 0.0 }, 5.0]);
        names.push(if signal + rng.normal() > 0.5 { "yes" } else { "no" });
    }
    let data = common::dataset(&rows, &["year", "tiny", "rare", "constant"], &names);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(1e-3));
    let fit = streamed(&plan, &data, &EPOCHS).fit;
    let best = plan.fit(&data).unwrap().certificate.objective;
    assert!(fit.certificate.objective <= best * 1.01);
    assert_eq!(fit.constant, ["constant"]);
    assert_eq!(fit.model.coef()[0][3], 0.0);
}

/// The number of threads changes no bit.
#[test]
fn threads_change_nothing() {
    let data = random(500, 5, 3, 11);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| streamed(&plan, &data, &EPOCHS).fit)
    };
    let (one, four) = (with(1), with(4));
    assert_eq!(one.model, four.model);
    assert_eq!(one.certificate, four.certificate);
}

/// What held-out rows are called does not depend on their labels.
#[test]
fn held_out_rows_are_not_learnt_from() {
    let data = random(600, 4, 2, 5);
    let held: Vec<bool> = (0..600).map(|i| i % 5 == 0).collect();
    let mut other = data.clone();
    let codes = other.labels.codes().iter().zip(&held);
    let codes = codes.map(|(&code, &held)| if held { 1 - code } else { code }).collect();
    let classes = other.labels.classes().to_vec();
    other.labels = linecall_data::Labels::from_codes(classes, codes).unwrap();
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
    let calls = |data: &Dataset| {
        let mut source = InMemory::with_held(data, 97, held.clone());
        let streamed = stream::fit(&plan, &mut source, &EPOCHS).unwrap();
        (streamed.held.unwrap().predictions().scores.to_vec(), streamed.fit.model)
    };
    let ((scores, model), (same, another)) = (calls(&data), calls(&other));
    assert_eq!(scores.len(), 120);
    assert_eq!(scores, same);
    assert_ne!(model, another, "the model of all rows learns from them");
}

#[test]
fn scores_of_a_margin_loss_are_calibrated_on_held_out_rows() {
    let data = random(900, 4, 2, 5);
    let plan = Plan::new(Loss::Hinge, Penalty::l2(0.01));
    let held = (0..900).map(|i| i % 3 == 0).collect();
    let streamed = stream::fit(&plan, &mut InMemory::with_held(&data, 97, held), &EPOCHS).unwrap();
    assert_eq!(streamed.held.unwrap().predictions().truth.len(), 150);
    assert!(matches!(streamed.fit.model.link(), Link::Platt { .. }));
    let none = stream::fit(&plan, &mut InMemory::new(&data, 97), &EPOCHS).unwrap();
    assert_eq!(*none.fit.model.link(), Link::Score);
}

#[test]
fn what_a_stream_does_not_take_is_refused() {
    let data = random(50, 3, 2, 1);
    let refused = |plan: Plan| match stream::fit(&plan, &mut InMemory::new(&data, 9), &EPOCHS) {
        Err(Error::Setting { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    let plan = |penalty| Plan::new(Loss::Logistic, penalty);
    assert_eq!(refused(plan(Penalty::l1(0.1))), "penalty");
    assert_eq!(refused(plan(Penalty::None)), "penalty");
    assert_eq!(refused(plan(Penalty::l2(0.0))), "penalty");
    assert_eq!(refused(Plan { solver: Solver::Newton, ..plan(Penalty::l2(0.1)) }), "solver");
    assert_eq!(refused(Plan::new(Loss::Relu, Penalty::l2(0.1))), "loss");
    let in_memory = Plan { solver: Solver::AveragedSgd, ..plan(Penalty::l2(0.1)) };
    assert!(matches!(in_memory.fit(&data), Err(Error::Setting { name: "solver", .. })));
}

#[test]
fn no_rows_and_missing_classes_are_refused() {
    let data = random(50, 3, 2, 1);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
    let all_held = vec![true; 50];
    let refused = stream::fit(&plan, &mut InMemory::with_held(&data, 9, all_held), &EPOCHS);
    assert!(matches!(refused, Err(Error::EmptyClass { .. })));
    let one = data.labels.codes().iter().map(|&code| code == 1).collect();
    let refused = stream::fit(&plan, &mut InMemory::with_held(&data, 9, one), &EPOCHS);
    assert!(matches!(refused, Err(Error::EmptyClass { .. })));
}

#[test]
fn the_stated_memory_grows_with_columns_and_scores() {
    let small = stream::memory(10, 1);
    assert!(stream::memory(1_000_000, 1) < 1 << 30);
    assert!(small < stream::memory(20, 1) && stream::memory(10, 1) < stream::memory(10, 2));
}

fn online(plan: &Plan, data: &Dataset, rate: f64) -> stream::Online {
    let plan = Plan { standardize: false, ..plan.clone() };
    stream::Online::new(plan, data.labels.classes().to_vec(), data.design.cols(), rate).unwrap()
}

#[test]
fn rows_as_they_come_are_learnt_in_any_parts() {
    for k in [2, 3] {
        for data in datasets(k) {
            for positive in [0, 1] {
                let plan = Plan { positive, ..Plan::new(Loss::Logistic, Penalty::l2(1e-3)) };
                let mut whole = online(&plan, &data, 0.3);
                whole.learn(&data, None).unwrap();
                let mut parts = online(&plan, &data, 0.3);
                for start in (0..600).step_by(100) {
                    let rows: Vec<usize> = (start..start + 100).collect();
                    parts.learn(&data.select(&rows).unwrap(), None).unwrap();
                    if start == 300 {
                        let state = parts.state();
                        let (classes, cols) = (parts.classes().to_vec(), parts.cols());
                        let plan = parts.plan().clone();
                        let kept = &state[..state.len() - 1];
                        let again = stream::Online::resumed;
                        assert!(again(plan.clone(), classes.clone(), cols, 0.3, kept).is_err());
                        parts = again(plan, classes, cols, parts.rate(), &state).unwrap();
                    }
                }
                assert_eq!(whole.rows(), parts.rows());
                for mean in [true, false] {
                    assert_eq!(whole.model(mean).unwrap(), parts.model(mean).unwrap());
                }
            }
        }
    }
}

#[test]
fn passes_over_rows_as_they_come_near_the_optimum() {
    let data = random(600, 6, 2, 7);
    let plan = Plan { standardize: false, ..Plan::new(Loss::Logistic, Penalty::l2(0.02)) };
    let mut learner = online(&plan, &data, 0.3);
    for epoch in 0..100 {
        learner.begin_mean();
        learner.learn(&data, Some(epoch)).unwrap();
    }
    let found = certify(&plan, &learner.model(true).unwrap(), &data).unwrap();
    let best = plan.fit(&data).unwrap().certificate.objective;
    // What the mean over one pass of a hundred is within; the loss of no model is 0.69.
    assert!(found.objective <= best + 2e-3, "{} {best}", found.objective);
}

#[test]
fn rows_as_they_come_are_checked() {
    let data = random(20, 3, 2, 1);
    let plan = Plan { standardize: false, ..Plan::new(Loss::Logistic, Penalty::l2(0.1)) };
    let classes = data.labels.classes().to_vec();
    let new = |plan: &Plan, rate: f64| stream::Online::new(plan.clone(), classes.clone(), 3, rate);
    for bad in [
        Plan { standardize: true, ..plan.clone() },
        Plan { penalty: Penalty::l1(0.1), ..plan.clone() },
        Plan { class_weight: ClassWeight::Balanced, ..plan.clone() },
        Plan { multiclass: Multiclass::MultiLabel, ..plan.clone() },
    ] {
        assert!(matches!(new(&bad, 0.3), Err(Error::Setting { .. })), "{bad:?}");
    }
    assert!(new(&plan, 0.0).is_err() && new(&plan, f64::NAN).is_err());
    let mut learner = new(&plan, 0.3).unwrap();
    assert!(learner.learn(&random(20, 4, 2, 1), None).is_err());
    assert!(learner.learn(&random(20, 3, 3, 1), None).is_err());
    let weights = Some(vec![-1.0; 20]);
    assert!(learner.learn(&Dataset { weights, ..data.clone() }, None).is_err());
    assert_eq!(learner.rows(), 0);
}
