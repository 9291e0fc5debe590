//! Descent in the dual and the interior point: against the primal solvers, against each other and
//! their own certificates, and the hinge against points around it.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use common::{close, random};
use linecall_data::{Dataset, StopReason};
use linecall_linear::{Fit, Loss, Multiclass, Penalty, Plan, Solver, certify};

fn plan(loss: &str, tolerance: f64) -> Plan {
    let loss: Loss = loss.parse().unwrap();
    Plan {
        solver: Solver::DualDescent,
        multiclass: Multiclass::OneVsRest,
        tolerance,
        ..Plan::new(loss, Penalty::l2(0.02))
    }
}

fn fit(plan: &Plan, data: &Dataset) -> Fit {
    plan.fit(data).unwrap_or_else(|e| panic!("{}: {e}", plan.loss))
}

#[test]
fn it_ends_where_the_primal_solvers_end() {
    for name in ["logistic", "squared-hinge", "smoothed-hinge:gamma=0.5"] {
        for classes in [2, 3] {
            for standardize in [true, false] {
                for fit_intercept in [true, false] {
                    let data = random(300, 6, classes, 17);
                    let dual = Plan { standardize, fit_intercept, ..plan(name, 1e-12) };
                    let primal =
                        Plan { solver: Solver::TrustRegion, tolerance: 1e-10, ..dual.clone() };
                    let (a, b) = (fit(&dual, &data), fit(&primal, &data));
                    assert_eq!(a.certificate.stop, StopReason::Converged, "{name}");
                    let (p, q) = (a.certificate.objective, b.certificate.objective);
                    // The relative gap is at most 1e-9, and the primal solver is nearer still.
                    assert!(p - q < 2e-9 * q && p - q > -1e-12, "{name}: {p} {q}");
                    for (x, y) in
                        a.model.coef().iter().flatten().zip(b.model.coef().iter().flatten())
                    {
                        assert!(close(*x, *y, 2e-4), "{name}: {x} {y}");
                    }
                }
            }
        }
    }
}

/// Objective of the hinge with the L2 penalty on columns as they are.
fn objective(data: &Dataset, lambda: f64, w: &[f64], b: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..data.rows() {
        let mut f = b;
        data.design.for_each_in_row(i, |j, x| f += w[j] * x);
        let y = if data.labels.codes()[i] == 1 { 1.0 } else { -1.0 };
        sum += (1.0 - y * f).max(0.0);
    }
    sum / data.rows() as f64 + 0.5 * lambda * w.iter().map(|w| w * w).sum::<f64>()
}

#[test]
fn the_hinge_is_minimised_and_its_gap_is_true() {
    for seed in 0..6 {
        let data = random(120, 4, 2, seed);
        let plan = Plan { standardize: false, ..plan("hinge", 1e-11) };
        let found = fit(&plan, &data);
        let (w, b) = (&found.model.coef()[0], found.model.intercept()[0]);
        let best = objective(&data, 0.02, w, b);
        assert!(close(best, found.certificate.objective, 1e-12));
        let gap = found.certificate.duality_gap.unwrap();
        // With a free intercept the last digits come slowly; the gap says how far they went.
        assert!(gap <= 5e-5 * best, "{:?}", found.certificate);
        // A convex function is minimal where no direction leads down.
        let mut rng = common::Random::new(seed);
        for _ in 0..2_000 {
            let step = 10f64.powf(-4.0 * rng.uniform());
            let v: Vec<f64> = w.iter().map(|w| w + step * rng.normal()).collect();
            let other = objective(&data, 0.02, &v, b + step * rng.normal());
            assert!(other >= best - gap - 1e-13, "{other} below {best}");
        }
    }
}

#[test]
fn the_certificate_of_the_hinge_can_be_checked_from_the_coefficients() {
    for classes in [2, 3] {
        let data = random(200, 5, classes, 5);
        let plan = plan("hinge", 1e-9);
        let found = fit(&plan, &data);
        let again = certify(&plan, &found.model, &data).unwrap();
        assert!(close(again.objective, found.certificate.objective, 1e-12));
        let gap = again.duality_gap.unwrap();
        assert!(gap < 1e-4 * again.objective, "{classes} classes: gap {gap}");
    }
}

#[test]
fn the_certificate_of_a_smooth_loss_is_what_its_coefficients_give() {
    for name in ["logistic", "squared-hinge", "smoothed-hinge:gamma=0.5"] {
        for classes in [2, 3] {
            let data = random(200, 5, classes, 5);
            let plan = plan(name, 1e-9);
            let found = fit(&plan, &data).certificate;
            let again = certify(&plan, &fit(&plan, &data).model, &data).unwrap();
            assert!(close(again.residual, found.residual, 1e-12), "{name}");
            let (a, b) = (again.duality_gap.unwrap(), found.duality_gap.unwrap());
            assert!((a - b).abs() < 1e-12 && b <= 1e-6 * found.objective, "{name}: {a} {b}");
        }
    }
}

#[test]
fn weights_are_copies_and_storage_and_threads_do_not_matter() {
    for name in ["hinge", "logistic", "squared-hinge"] {
        let data = random(150, 5, 2, 9);
        let plan = plan(name, 1e-12);
        let mut weighted = data.clone();
        weighted.weights = Some((0..150).map(|i| (i % 3) as f64).collect());
        let copies: Vec<usize> = (0..150).flat_map(|i| vec![i; i % 3]).collect();
        let (a, b) = (fit(&plan, &weighted), fit(&plan, &data.select(&copies).unwrap()));
        assert!(close(a.certificate.objective, b.certificate.objective, 1e-8), "{name}");
        let mut sparse = data.clone();
        sparse.design = data.design.to_sparse().unwrap();
        let (a, b) = (fit(&plan, &data), fit(&plan, &sparse));
        assert!(close(a.certificate.objective, b.certificate.objective, 1e-8), "{name}");
        let bits = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let fit = pool.install(|| fit(&plan, &data));
            fit.model.coef()[0].iter().map(|w| w.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(bits(1), bits(3), "{name}");
    }
}

#[test]
fn what_the_dual_cannot_do_is_refused() {
    let data = random(60, 3, 3, 1);
    for (name, multiclass, penalty) in [
        ("logistic", Multiclass::Auto, Penalty::l2(0.1)),
        ("squared", Multiclass::OneVsRest, Penalty::l2(0.1)),
        ("hinge", Multiclass::OneVsRest, Penalty::l1(0.1)),
        ("hinge", Multiclass::OneVsRest, Penalty::None),
    ] {
        let plan = Plan { multiclass, penalty, ..plan(name, 1e-9) };
        assert!(plan.fit(&data).is_err(), "{name} {}", penalty.name());
    }
}

/// The gap proves each point by itself; both solvers must then agree.
#[test]
fn the_interior_point_ends_where_the_hinge_is_least() {
    for classes in [2, 3] {
        for (standardize, fit_intercept) in [(true, true), (false, true), (true, false)] {
            for lambda in [1e-6, 0.02, 50.0] {
                let mut data = random(240, 5, classes, 23);
                // A row of weight 0 has no say, one of weight 3 has three.
                data.weights = Some((0..240).map(|i| f64::from(i % 4)).collect());
                let inside = Plan {
                    standardize,
                    fit_intercept,
                    solver: Solver::InteriorPoint,
                    penalty: Penalty::l2(lambda),
                    ..plan("hinge", 1e-10)
                };
                let found = fit(&inside, &data);
                let name = format!("{classes} {standardize} {fit_intercept} {lambda}");
                let c = &found.certificate;
                assert_eq!(c.stop, StopReason::Converged, "{name}: {c:?}");
                assert!(c.duality_gap.unwrap() <= 1e-7 * c.objective, "{name}: {c:?}");
                let again = certify(&inside, &found.model, &data).unwrap();
                assert!(again.duality_gap.unwrap() <= 1e-7 * c.objective, "{name}: {again:?}");
                let dual = Plan { solver: Solver::DualDescent, tolerance: 1e-7, ..inside };
                let other = fit(&dual, &data).certificate;
                let (high, gap) = (other.objective, other.duality_gap.unwrap());
                assert!(high - c.objective > -1e-7 * c.objective, "{name}: {high} {c:?}");
                assert!(high - gap <= c.objective * (1.0 + 1e-7), "{name}: {other:?} {c:?}");
            }
        }
    }
}

/// Overlapping classes in three columns of small whole numbers, where descent in the dual is slow.
#[test]
fn few_columns_that_do_not_separate_are_solved_to_the_end() {
    let mut rng = common::Random::new(5);
    let mut rows = Vec::new();
    let mut names = Vec::new();
    for _ in 0..300 {
        let row: Vec<f64> = (0..3).map(|_| (4.0 * rng.normal()).round()).collect();
        names.push(if 0.1 * row[0] + rng.normal() > 1.0 { "yes" } else { "no" });
        rows.push(row);
    }
    let design = linecall_data::Design::from_rows(&rows, &["a", "b", "c"]).unwrap();
    let data = Dataset::new(design, linecall_data::Labels::from_names(names)).unwrap();
    let found = fit(&Plan::new(Loss::Hinge, Penalty::l2(0.01)), &data);
    assert_eq!(found.certificate.solver, "interior_point");
    assert!(found.certificate.duality_gap.unwrap() < 1e-9, "{:?}", found.certificate);
    assert!(found.certificate.iterations < 60, "{:?}", found.certificate);
}
