//! Leave-one-out without refitting, against refits.

#![allow(clippy::unwrap_used)]

mod common;

use common::random;
use linecall_data::Dataset;
use linecall_linear::{Influence, Loss, Multiclass, Penalty, Plan};

/// Changes of the scores of row `at` of `asked` by true refits without each row.
fn refits(plan: &Plan, data: &Dataset, asked: &Dataset, at: usize) -> Vec<f64> {
    let one = asked.design.select_rows(&[at]).unwrap();
    let before = plan.fit(data).unwrap().model.scores(&one).unwrap();
    let mut changes = Vec::new();
    for gone in 0..data.rows() {
        let rest: Vec<usize> = (0..data.rows()).filter(|i| *i != gone).collect();
        let after = plan.fit(&data.select(&rest).unwrap()).unwrap().model.scores(&one).unwrap();
        changes.extend(after.iter().zip(&before).map(|(a, b)| a - b));
    }
    changes
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |top, v| top.max(v.abs()))
}

/// The largest error of a change, as a share of the largest change.
fn error(plan: &Plan, data: &Dataset, asked: &Dataset, at: usize) -> f64 {
    let model = plan.fit(data).unwrap().model;
    let found = Influence::of(plan, &model, data).unwrap().on(&asked.design, at).unwrap();
    let want = refits(plan, data, asked, at);
    assert_eq!(found.len(), want.len());
    largest(found.iter().zip(&want).map(|(a, b)| a - b)) / largest(want)
}

fn tight(loss: &str, lambda: f64) -> Plan {
    Plan { tolerance: 1e-12, ..Plan::new(loss.parse::<Loss>().unwrap(), Penalty::l2(lambda)) }
}

/// The objective of the squared loss is a parabola: one step is the refit.
#[test]
fn one_step_is_the_refit_for_the_squared_loss() {
    for (classes, intercept, positive) in [(2, true, 1), (2, true, 0), (2, false, 1), (3, true, 1)]
    {
        let plan = Plan {
            standardize: false,
            fit_intercept: intercept,
            positive,
            ..tight("squared", 0.05)
        };
        let data = random(40, 4, classes, 3);
        for storage in ["dense", "sparse"] {
            let mut data = data.clone();
            if storage == "sparse" {
                data.design = data.design.to_sparse().unwrap();
            }
            let off = error(&plan, &data, &random(5, 4, classes, 8), 2);
            assert!(off < 1e-8, "{classes} classes, {storage}: {off}");
        }
    }
}

/// The error of a change is of a smaller order than the change: a quarter of the share with four
/// times the rows. Columns are standardised anew in every refit.
#[test]
fn one_step_is_nearly_the_refit_for_other_losses() {
    let rest = Plan { multiclass: Multiclass::OneVsRest, ..tight("logistic", 0.02) };
    let plans = [
        (2, tight("logistic", 0.02)),
        (2, Plan { fit_intercept: false, ..tight("logistic", 0.02) }),
        (2, tight("squared", 0.1)),
        (3, tight("logistic", 0.02)),
        (3, rest),
        (2, tight("poly:eps=0.8", 0.02)),
    ];
    for (classes, plan) in plans {
        let asked = random(5, 3, classes, 8);
        let few = error(&plan, &random(60, 3, classes, 5), &asked, 1);
        let many = error(&plan, &random(240, 3, classes, 5), &asked, 1);
        assert!(few < 0.15 && many < 0.04, "{plan:?}: {few}, {many}");
    }
}

/// Without the term that follows the standardisation, the error would be of the order of the change.
#[test]
fn the_standardisation_is_followed() {
    let data = random(60, 3, 2, 5);
    let off = error(&tight("squared", 0.5), &data, &random(5, 3, 2, 8), 1);
    assert!(off < 0.05, "{off}");
}

#[test]
fn weights_count_and_rows_of_weight_zero_move_nothing() {
    let mut data = random(50, 3, 2, 4);
    data.weights = Some((0..50).map(|i| f64::from(i % 3)).collect());
    let plan = tight("logistic", 0.05);
    let off = error(&plan, &data, &random(5, 3, 2, 8), 0);
    assert!(off < 0.15, "{off}");
    let model = plan.fit(&data).unwrap().model;
    let change = Influence::of(&plan, &model, &data).unwrap().on(&data.design, 7).unwrap();
    for i in (0..50).step_by(3) {
        assert_eq!(change[i], 0.0);
    }
}

#[test]
fn left_out_scores_are_those_of_the_changes() {
    for classes in [2, 3] {
        let data = random(40, 3, classes, 6);
        let plan = tight("logistic", 0.05);
        let model = plan.fit(&data).unwrap().model;
        let influence = Influence::of(&plan, &model, &data).unwrap();
        let k = influence.n_scores();
        let (scores, out) = (model.scores(&data.design).unwrap(), influence.left_out_scores());
        for i in 0..40 {
            let change = influence.on(&data.design, i).unwrap();
            for c in i * k..(i + 1) * k {
                assert!((out[c] - scores[c] - change[c]).abs() < 1e-9, "row {i}");
            }
        }
    }
}

#[test]
fn what_has_no_curvature_is_refused() {
    let data = random(30, 3, 2, 1);
    for plan in [
        Plan::new(Loss::Hinge, Penalty::l2(0.1)),
        Plan::new(Loss::Logistic, Penalty::l1(0.1)),
        Plan::new("focal:gamma=2".parse().unwrap(), Penalty::l2(0.1)),
    ] {
        let model = plan.fit(&data).unwrap().model;
        let error = Influence::of(&plan, &model, &data).err().unwrap().to_string();
        assert!(error.contains("expected a convex and smooth loss"), "{error}");
    }
    let plan = tight("logistic", 0.1);
    let model = plan.fit(&data).unwrap().model;
    let influence = Influence::of(&plan, &model, &data).unwrap();
    assert!(influence.on(&data.design, 30).is_err());
    assert!(influence.on(&random(5, 4, 2, 1).design, 0).is_err());
}
