//! Leverage, residuals, Cook's distance, DFBETAS, VIFs and condition indices: against statsmodels,
//! numpy and car, against refits, and in awkward cases.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, dataset, random};
use linecall_data::{Dataset, Design, DesignColumn, Labels, Term};
use linecall_linear::{
    Collinearity, Influence, Loss, MOST_COLLINEAR, Penalty, Plan, RowDiagnostics, refit_without,
};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/diagnose.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// The golden rows; the last two columns are levels of one category.
fn people(golden: &Value) -> Dataset {
    let rows: Vec<Vec<f64>> = golden["x"].as_array().unwrap().iter().map(numbers).collect();
    let names = ["age", "income", "debt"].map(DesignColumn::value).to_vec();
    let level = |level: &str| DesignColumn {
        source: "purpose".to_owned(),
        term: Term::Level(level.to_owned()),
        unit: None,
    };
    let columns = [names, vec![level("car"), level("house")]].concat();
    let plain = Design::from_rows(&rows, &["", "", "", "", ""]).unwrap();
    let design = Design::new(plain.matrix().clone(), columns).unwrap();
    let codes = numbers(&golden["y"]).into_iter().map(|y| y as u32).collect();
    let labels = Labels::from_codes(vec!["no".to_owned(), "yes".to_owned()], codes).unwrap();
    Dataset::new(design, labels).unwrap()
}

fn plan(loss: Loss, penalty: Penalty) -> Plan {
    Plan { tolerance: 1e-12, ..Plan::new(loss, penalty) }
}

fn near(what: &str, found: impl IntoIterator<Item = f64>, want: &[f64], share: f64) {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), want.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(want).enumerate() {
        assert!((a - b).abs() <= share * b.abs().max(1e-3), "{what}, {i}: {a}, not {b}");
    }
}

/// Of the rows of a design, all DFBETAS: the intercept first, as statsmodels has them.
fn dfbetas(influence: &Influence, plan: &Plan, found: &RowDiagnostics) -> Vec<Vec<f64>> {
    (0..found.rows.len())
        .map(|row| {
            let mut own = influence.dfbetas(plan, found, row).unwrap().unwrap().remove(0);
            own.rotate_right(1);
            own
        })
        .collect()
}

/// The squared loss is least squares: everything is that of OLSInfluence, to rounding.
#[test]
fn least_squares_are_those_of_statsmodels() {
    let golden = golden();
    let (data, want) = (people(&golden), &golden["ols"]);
    for standardize in [true, false] {
        let plan = Plan { standardize, ..plan(Loss::Squared, Penalty::None) };
        let model = plan.fit(&data).unwrap().model;
        let influence = Influence::of(&plan, &model, &data).unwrap();
        let found = influence.diagnostics(&plan, &data).unwrap();
        assert!((found.degrees - 6.0).abs() < 1e-9, "{}", found.degrees);
        let rows = &found.rows;
        near("leverage", rows.iter().map(|r| r.leverage), &numbers(&want["leverage"]), 1e-9);
        let internal = rows.iter().map(|r| r.studentized.unwrap());
        near("internal", internal, &numbers(&want["internal"]), 1e-8);
        let external = rows.iter().map(|r| r.studentized_external.unwrap());
        near("external", external, &numbers(&want["external"]), 1e-8);
        near("cook", rows.iter().map(|r| r.cook.unwrap()), &numbers(&want["cook"]), 1e-7);
        let left_out = rows.iter().map(|r| r.left_out[0]);
        near("left out", left_out, &numbers(&want["left_out"]), 1e-8);
        let all = dfbetas(&influence, &plan, &found);
        for (i, (own, want)) in all.iter().zip(want["dfbetas"].as_array().unwrap()).enumerate() {
            let want = numbers(want);
            near("dfbetas", own.clone(), &want, 1e-6);
            // The largest is the one that the table names.
            let moved = rows[i].moved.unwrap();
            let place = moved.column.map_or(0, |j| j + 1);
            assert!((moved.dfbetas - want[place]).abs() < 1e-6);
            assert!(want.iter().all(|v| v.abs() <= moved.dfbetas.abs() + 1e-6));
        }
    }
}

/// The logistic loss without a penalty is the binomial GLM: everything is that of GLMInfluence.
#[test]
fn logistic_fits_are_those_of_statsmodels() {
    let golden = golden();
    let (data, want) = (people(&golden), &golden["glm"]);
    let plan = plan(Loss::Logistic, Penalty::None);
    let model = plan.fit(&data).unwrap().model;
    let params = numbers(&want["params"]);
    near("coef", model.coef()[0].clone(), &params[1..], 1e-7);
    let influence = Influence::of(&plan, &model, &data).unwrap();
    let found = influence.diagnostics(&plan, &data).unwrap();
    let rows = &found.rows;
    assert_eq!(found.dispersion, Some(1.0));
    near("leverage", rows.iter().map(|r| r.leverage), &numbers(&want["leverage"]), 1e-7);
    near("response", rows.iter().map(|r| r.response.unwrap()), &numbers(&want["response"]), 1e-7);
    near("pearson", rows.iter().map(|r| r.pearson.unwrap()), &numbers(&want["pearson"]), 1e-7);
    near("deviance", rows.iter().map(|r| r.deviance), &numbers(&want["deviance"]), 1e-7);
    let studentized = rows.iter().map(|r| r.studentized.unwrap());
    near("studentized", studentized, &numbers(&want["studentized"]), 1e-7);
    near("cook", rows.iter().map(|r| r.cook.unwrap()), &numbers(&want["cook"]), 1e-6);
    let all = dfbetas(&influence, &plan, &found);
    for (own, want) in all.iter().zip(want["dfbetas"].as_array().unwrap()) {
        near("dfbetas", own.clone(), &numbers(want), 1e-5);
    }
    assert!(rows.iter().all(|row| row.studentized_external.is_none()));
}

/// Turning the positive class round turns signs, and nothing else.
#[test]
fn the_positive_class_turns_signs_alone() {
    let data = random(50, 3, 2, 7);
    let of = |positive: usize| {
        let plan = Plan { positive, ..plan(Loss::Logistic, Penalty::l2(0.03)) };
        let model = plan.fit(&data).unwrap().model;
        Influence::of(&plan, &model, &data).unwrap().diagnostics(&plan, &data).unwrap()
    };
    let (one, other) = (of(1), of(0));
    for (a, b) in one.rows.iter().zip(&other.rows) {
        assert!((a.leverage - b.leverage).abs() < 1e-9);
        assert!((a.cook.unwrap() - b.cook.unwrap()).abs() < 1e-9);
        assert!((a.pearson.unwrap() + b.pearson.unwrap()).abs() < 1e-7);
        assert!((a.deviance + b.deviance).abs() < 1e-7);
        assert!((a.left_out[0] + b.left_out[0]).abs() < 1e-7);
        assert!((a.moved.unwrap().dfbetas + b.moved.unwrap().dfbetas).abs() < 1e-7);
    }
}

/// For the squared loss the step is the refit, to 1e-10 of the coefficients: without a penalty
/// whatever the weights and the standardisation, with one in the columns' own units.
#[test]
fn the_squared_loss_is_exact_without_each_row() {
    let mut weighted = random(40, 4, 2, 9);
    weighted.weights = Some((0..40).map(|i| f64::from(i % 3) + 0.5).collect());
    let cases = [
        (plan(Loss::Squared, Penalty::None), random(40, 4, 2, 9)),
        (plan(Loss::Squared, Penalty::None), weighted),
        (Plan { standardize: false, ..plan(Loss::Squared, Penalty::l2(0.3)) }, random(40, 4, 2, 9)),
        (
            Plan {
                standardize: false,
                fit_intercept: false,
                ..plan(Loss::Squared, Penalty::l2(0.3))
            },
            random(40, 4, 3, 9),
        ),
    ];
    for (plan, data) in cases {
        let model = plan.fit(&data).unwrap().model;
        let influence = Influence::of(&plan, &model, &data).unwrap();
        for row in [0, 7, 39] {
            let step = influence.coefficients_without(row).unwrap();
            let (exact, _) = refit_without(&plan, &model, &data, row).unwrap();
            let all = |c: &linecall_linear::Change| -> Vec<f64> {
                c.coef.iter().flatten().chain(&c.intercept).copied().collect()
            };
            for (a, b) in all(&step).iter().zip(all(&exact)) {
                assert!((a - b).abs() < 1e-10, "{plan:?} row {row}: {a} and {b}");
            }
        }
    }
}

/// With a penalty the leverages sum to `tr H (H + lambda I)^-1`, which falls with `lambda`.
#[test]
fn a_penalty_takes_degrees_of_freedom() {
    let data = random(60, 5, 2, 1);
    let degrees = |lambda: f64| {
        let plan = plan(Loss::Logistic, Penalty::l2(lambda));
        let model = plan.fit(&data).unwrap().model;
        let influence = Influence::of(&plan, &model, &data).unwrap();
        let found = influence.diagnostics(&plan, &data).unwrap();
        assert!(found.rows.iter().all(|row| (0.0..1.0).contains(&row.leverage)));
        found.degrees
    };
    let path: Vec<f64> = [0.0, 0.01, 0.1, 1.0, 1e6].map(degrees).to_vec();
    assert!((path[0] - 6.0).abs() < 1e-6 && (path[4] - 1.0).abs() < 1e-3, "{path:?}");
    assert!(path.windows(2).all(|pair| pair[1] < pair[0]), "{path:?}");
}

/// One step is near the refit for the rows that matter, and three classes have traces.
#[test]
fn other_losses_are_near_their_refits() {
    for classes in [2, 3] {
        let data = random(150, 3, classes, 5);
        let plan = plan(Loss::Logistic, Penalty::l2(0.02));
        let model = plan.fit(&data).unwrap().model;
        let influence = Influence::of(&plan, &model, &data).unwrap();
        let found = influence.diagnostics(&plan, &data).unwrap();
        let top = (0..150)
            .max_by(|&a, &b| found.rows[a].cook.unwrap().total_cmp(&found.rows[b].cook.unwrap()))
            .unwrap();
        let (_, exact) = refit_without(&plan, &model, &data, top).unwrap();
        let one = data.design.select_rows(&[top]).unwrap();
        let exact = exact.scores(&one).unwrap();
        for ((step, exact), full) in
            found.rows[top].left_out.iter().zip(&exact).zip(&found.rows[top].scores)
        {
            assert!((step - exact).abs() < 0.1 * (exact - full).abs().max(0.05), "{classes}");
        }
        assert!(found.degrees > 1.0 && found.degrees < 4.0 * (classes as f64 - 1.0) + 1e-9);
    }
}

#[test]
fn awkward_rows_have_answers_or_none() {
    // The last column is 1 in one row alone: that row decides its coefficient.
    let mut rng = Random::new(3);
    let rows: Vec<Vec<f64>> =
        (0..30).map(|i| vec![rng.normal(), f64::from(u8::from(i == 4)), 5.0]).collect();
    let names: Vec<&str> = (0..30).map(|i| if i % 2 == 0 { "a" } else { "b" }).collect();
    let mut data = dataset(&rows, &["x", "alone", "constant"], &names);
    data.weights = Some((0..30).map(|i| f64::from(u8::from(i != 9))).collect());
    let plan = plan(Loss::Squared, Penalty::None);
    let model = plan.fit(&data).unwrap().model;
    let influence = Influence::of(&plan, &model, &data).unwrap();
    let found = influence.diagnostics(&plan, &data).unwrap();
    assert!((found.rows[4].leverage - 1.0).abs() < 1e-9);
    assert!(found.rows[4].cook.is_none() && found.rows[4].studentized.is_none());
    assert!(influence.coefficients_without(4).is_none());
    assert!(influence.coefficients_without(99).is_none());
    assert_eq!((found.rows[9].leverage, found.rows[9].cook), (0.0, None));
    assert!((found.degrees - 3.0).abs() < 1e-9);
    // No degree of freedom left: no variance, and no distance in its units.
    let few = dataset(&rows[..3], &["x", "alone", "constant"], &names[..3]);
    let model = plan.fit(&few).unwrap().model;
    let influence = Influence::of(&plan, &model, &few).unwrap();
    let found = influence.diagnostics(&plan, &few).unwrap();
    assert!(found.rows.iter().all(|row| row.studentized.is_none_or(f64::is_finite)));
}

#[test]
fn inflation_is_that_of_statsmodels_and_car() {
    let golden = golden();
    let data = people(&golden);
    let found = Collinearity::of(&data.design, None, true).unwrap();
    let vif = found.inflation.iter().map(|column| column.vif.unwrap());
    near("vif", vif, &numbers(&golden["vif"]), 1e-9);
    let gvif = |found: &Collinearity| -> Vec<f64> {
        found.groups.iter().map(|group| group.gvif.unwrap()).collect()
    };
    near("gvif", gvif(&found), &numbers(&golden["gvif"]["linear"]), 1e-9);
    assert_eq!(found.groups[3].source, "purpose");
    assert_eq!(found.groups[3].df, 2);
    // Of the logistic fit: weighted by its curvature.
    let plan = plan(Loss::Logistic, Penalty::None);
    let model = plan.fit(&data).unwrap().model;
    let curvatures = Influence::of(&plan, &model, &data).unwrap().curvatures();
    let weighted = Collinearity::of(&data.design, Some(&curvatures), true).unwrap();
    near("weighted gvif", gvif(&weighted), &numbers(&golden["gvif"]["logistic"]), 1e-6);
    // Sparse storage, and a weight of 2 for a row twice.
    let sparse = Collinearity::of(&data.design.to_sparse().unwrap(), None, true).unwrap();
    near("sparse", gvif(&sparse), &gvif(&found), 1e-10);
    let twice = data.design.select_rows(&(0..60).chain(0..9).collect::<Vec<_>>()).unwrap();
    let weights: Vec<f64> = (0..60).map(|i| if i < 9 { 2.0 } else { 1.0 }).collect();
    let (a, b) = (
        Collinearity::of(&twice, None, true).unwrap(),
        Collinearity::of(&data.design, Some(&weights), true).unwrap(),
    );
    near("weights", gvif(&a), &gvif(&b), 1e-10);
}

#[test]
fn condition_indices_are_those_of_numpy() {
    let golden = golden();
    let want = &golden["conditioning"];
    let found = Collinearity::of(&people(&golden).design, None, true).unwrap();
    near("number", [found.condition_number], &[want["condition"].as_f64().unwrap()], 1e-10);
    let values = found.indices.iter().map(|index| index.singular_value);
    near("values", values, &numbers(&want["values"]), 1e-10);
    near("indices", found.indices.iter().map(|i| i.index), &numbers(&want["indices"]), 1e-10);
    for (index, want) in found.indices.iter().zip(want["shares"].as_array().unwrap()) {
        near("shares", index.shares.clone(), &numbers(want), 1e-8);
    }
    assert_eq!(found.terms[0], "(intercept)");
    let sums = (0..found.terms.len()).map(|j| found.indices.iter().map(|i| i.shares[j]).sum());
    near("sums", sums, &[1.0; 6], 1e-12);
}

#[test]
fn exact_combinations_are_named_in_the_users_units() {
    let mut rng = Random::new(2);
    let rows: Vec<Vec<f64>> = (0..40)
        .map(|_| {
            let (a, b, c) = (1e6 + rng.normal(), 3.0 * rng.normal(), rng.normal());
            vec![a, b, 2.0, 0.5 * a - 4.0 * b + 7.0, c, b]
        })
        .collect();
    let names = ["a", "b", "two", "sum", "free", "copy"];
    let design = Design::from_rows(&rows, &names).unwrap();
    let found = Collinearity::of(&design, None, true).unwrap();
    assert_eq!(found.constant, ["two"]);
    let [sum, copy] = found.combinations.as_slice() else { panic!("{found:?}") };
    assert_eq!((sum.column.as_str(), copy.column.as_str()), ("sum", "copy"));
    near("sum", sum.terms.iter().map(|t| t.1), &[0.5, -4.0], 1e-6);
    assert!((sum.constant - 7.0).abs() < 0.1, "{}", sum.constant);
    assert_eq!(copy.terms.len(), 1);
    near("copy", [copy.terms[0].1, copy.constant], &[1.0, 0.0], 1e-8);
    let vif = |name: &str| found.inflation.iter().find(|c| c.column == name).unwrap().vif;
    assert!(["a", "b", "sum", "copy"].iter().all(|name| vif(name).is_none()));
    // A column beside them is as inflated as without the copies.
    let fewer: Vec<Vec<f64>> = rows.iter().map(|r| vec![r[0], r[1], r[4]]).collect();
    let fewer = Design::from_rows(&fewer, &["a", "b", "free"]).unwrap();
    let fewer = Collinearity::of(&fewer, None, true).unwrap();
    near("free", [vif("free").unwrap()], &[fewer.inflation[2].vif.unwrap()], 1e-8);
}

#[test]
fn fewer_rows_than_columns_and_nothing_at_all() {
    let mut rng = Random::new(5);
    let rows: Vec<Vec<f64>> = (0..4).map(|_| (0..7).map(|_| rng.normal()).collect()).collect();
    let names = ["1", "2", "3", "4", "5", "6", "7"];
    let design = Design::from_rows(&rows, &names).unwrap();
    let found = Collinearity::of(&design, None, true).unwrap();
    assert_eq!(found.combinations.len(), 4, "rank 3 beside the intercept");
    assert_eq!(found.indices.len(), 4);
    assert!(found.inflation.iter().all(|column| column.vif.is_none()));
    let constant = Design::from_rows(&[vec![2.0], vec![2.0]], &["two"]).unwrap();
    let found = Collinearity::of(&constant, None, true).unwrap();
    assert_eq!((found.constant.len(), found.condition_number), (1, 1.0));
    // Without an intercept it is a column like any other.
    let found = Collinearity::of(&constant, None, false).unwrap();
    assert_eq!((found.constant.len(), found.inflation.len()), (0, 1));
    assert!(Collinearity::of(&constant, Some(&[0.0, 0.0]), true).is_err());
    assert!(Collinearity::of(&constant, Some(&[1.0]), true).is_err());
    let wide = Design::from_rows(&[vec![0.0; MOST_COLLINEAR + 1]], &vec!["x"; MOST_COLLINEAR + 1]);
    let refused = Collinearity::of(&wide.unwrap(), None, true).unwrap_err().to_string();
    assert!(refused.contains("at most 1000 columns"), "{refused}");
}
