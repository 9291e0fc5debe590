//! The objective as a function: corners, conjugates, and how fast curvature changes.

#![allow(clippy::panic, clippy::unwrap_used)]

use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{Bend, Bounds, Loss, Objective, Penalty, Plan};
use proptest::prelude::*;

fn data() -> Dataset {
    let rows: Vec<Vec<f64>> = (0..60)
        .map(|i| {
            let t = f64::from(i);
            vec![(0.7 * t).sin(), (1.3 * t).cos() + 0.1 * t.sin(), (0.3 * t).sin() * 2.0]
        })
        .collect();
    let names: Vec<&str> = rows
        .iter()
        .enumerate()
        .map(|(i, r)| if r[0] - 0.6 * r[1] + (2.1 * i as f64).sin() > 0.1 { "yes" } else { "no" })
        .collect();
    let design = Design::from_rows(&rows, &["a", "b", "c"]).unwrap();
    Dataset::new(design, Labels::from_names(names)).unwrap()
}

fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    for loss in ["logistic", "squared-hinge", "modified-huber", "poly:eps=0.5"] {
        let loss: Loss = loss.parse().unwrap();
        for penalty in
            [Penalty::l1(0.05), Penalty::elastic_net(0.1, 0.4), Penalty::group_lasso(0.05)]
        {
            plans.push(Plan::new(loss.clone(), penalty));
        }
        let mut bounded = Plan::new(loss, Penalty::l2(0.02));
        bounded.columns.bounds = vec![
            Bounds { column: "a".to_owned(), low: Some(-0.1), high: Some(0.3) },
            Bounds { column: "c".to_owned(), low: Some(0.0), high: None },
        ];
        bounded.columns.factors = vec![("b".to_owned(), 2.0)];
        plans.push(bounded);
    }
    plans
}

#[test]
fn a_fit_has_the_certificates_objective_and_no_slope_past_the_corners() {
    let data = data();
    for plan in plans() {
        let fit = plan.fit(&data).unwrap();
        let objective = Objective::new(&plan, &data).unwrap();
        let theta = objective.parameters(&fit.model).unwrap();
        let at = objective.at(&theta);
        let what = format!("{:?} {:?}", plan.loss, plan.penalty);
        assert!((at.value - fit.certificate.objective).abs() < 1e-12, "{what}");
        let corners = objective.corners().unwrap();
        // Coefficients go through the units of the model, which may move them off a bound.
        let snapped: Vec<f64> = theta
            .iter()
            .zip(&corners.bounds)
            .map(|(t, (low, high))| {
                let near = |b: f64| (t - b).abs() < 1e-9;
                if near(*low) {
                    *low
                } else if near(*high) {
                    *high
                } else {
                    *t
                }
            })
            .collect();
        let wanted: Vec<f64> = at.gradient.iter().map(|g| -g).collect();
        let kink = corners.subgradient(&snapped, &wanted);
        for (g, kink) in at.gradient.iter().zip(kink) {
            assert!((g + kink).abs() < 1e-6, "{what}: {g} {kink}");
        }
    }
}

#[test]
fn outside_its_bounds_an_objective_is_infinite() {
    let data = data();
    let mut plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
    plan.columns.bounds = vec![Bounds { column: "a".to_owned(), low: Some(0.0), high: None }];
    let objective = Objective::new(&plan, &data).unwrap();
    assert_eq!(objective.at(&[-0.1, 0.0, 0.0, 0.0]).value, f64::INFINITY);
    assert!(objective.at(&[0.1, 0.0, 0.0, 0.0]).value.is_finite());
}

#[test]
fn the_rows_of_the_hinge_add_up_to_its_objective() {
    let data = data();
    let plan = Plan::new(Loss::Hinge, Penalty::l2(0.1));
    let objective = Objective::new(&plan, &data).unwrap();
    let theta = [0.4, -0.3, 0.2, 0.1];
    let (signs, weights) = objective.hinge().unwrap();
    let scores = objective.scores(&theta);
    let loss: f64 =
        signs.iter().zip(weights).zip(&scores).map(|((y, w), f)| w * (1.0 - y * f).max(0.0)).sum();
    let strengths = objective.strengths();
    let penalty: f64 = strengths.iter().zip(theta).map(|(b, t)| 0.5 * b * t * t).sum();
    assert!((objective.at(&theta).value - loss - penalty).abs() < 1e-14);
    assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(
        Objective::new(&Plan::new(Loss::Logistic, Penalty::None), &data).unwrap().hinge().is_none()
    );
}

proptest! {
    /// Fenchel and Young, for the penalty over all columns at once.
    #[test]
    fn the_conjugate_bounds_every_product(
        u in prop::collection::vec(-0.3f64..0.3, 3),
        theta in prop::collection::vec(-2.0f64..2.0, 3),
        which in 0usize..4,
    ) {
        let data = data();
        let plan = &plans()[which];
        let objective = Objective::new(plan, &data).unwrap();
        let u: Vec<f64> = u.into_iter().chain([0.0]).collect();
        let theta: Vec<f64> = theta.into_iter().chain([0.0]).collect();
        let (conjugate, t) = objective.conjugate(&u).unwrap();
        let strengths = objective.strengths();
        let squares: f64 = strengths.iter().zip(&theta).map(|(b, t)| 0.5 * b * t * t).sum();
        let penalty = squares + objective.corners().unwrap().value(&theta);
        let product: f64 = u.iter().zip(&theta).map(|(u, v)| t * u * v).sum();
        prop_assert!(product <= penalty + conjugate + 1e-12);
    }
}

/// `|l'''| <= rate l''` on a grid of margins, from the curvature of two rows with the same margin.
#[test]
fn curvature_changes_no_faster_than_its_rate() {
    let design = Design::from_rows(&[vec![-1.0], vec![1.0]], &["x"]).unwrap();
    let data = Dataset::new(design, Labels::from_names(["no", "yes"])).unwrap();
    for loss in ["logistic", "poly:eps=1", "poly:eps=-1", "poly:eps=0.6", "poly:eps=-0.3"] {
        let loss: Loss = loss.parse().unwrap();
        let plan = Plan {
            fit_intercept: false,
            standardize: false,
            ..Plan::new(loss.clone(), Penalty::None)
        };
        let objective = Objective::new(&plan, &data).unwrap();
        let Bend::SelfConcordant { rate } = objective.bend() else { panic!("{loss:?}") };
        let curvature = |m: f64| objective.hessian(&[m, 0.0])[(0, 0)];
        let mut steepest = 0f64;
        for k in -120..120 {
            let (m, h) = (f64::from(k) * 0.1, 1e-3);
            let slope = (curvature(m + h).ln() - curvature(m).ln()) / h;
            assert!(slope.abs() <= rate * (1.0 + 1e-6), "{loss:?} at {m}: {slope}");
            steepest = steepest.max(slope.abs());
        }
        assert!(steepest > 0.9, "{loss:?}: {steepest}");
    }
}
