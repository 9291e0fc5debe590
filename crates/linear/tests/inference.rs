//! Inference against statsmodels, R, firthmodels, scikit-learn and brute force
//! (`golden/inference.py`), and against what each method must be.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Random, dataset, random};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::inference::{
    FirthFit, Inference, InferenceMethod as Method, InferenceOptions, InferenceTable, Standing,
    Statistic,
};
use linecall_linear::{Bounds, ClassWeight, Error, Loss, Multiclass, Penalty, Plan};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/inference.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn codes(value: &Value) -> Vec<u32> {
    numbers(value).into_iter().map(|v| v as u32).collect()
}

/// Rows and labels of the golden file.
fn data(golden: &Value, x: &str, y: &str) -> Dataset {
    let rows: Vec<Vec<f64>> = golden[x].as_array().unwrap().iter().map(numbers).collect();
    let names: Vec<String> = (0..rows[0].len()).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let labels = Labels::from_names(golden[y].as_array().unwrap().iter().map(Value::to_string));
    Dataset::new(Design::from_rows(&rows, &names).unwrap(), labels).unwrap()
}

fn plan(loss: &str, penalty: Penalty) -> Plan {
    Plan { tolerance: 1e-12, ..Plan::new(loss.parse().unwrap(), penalty) }
}

fn try_table(
    plan: &Plan,
    data: &Dataset,
    method: Method,
    options: InferenceOptions,
) -> Result<InferenceTable, Error> {
    let model = plan.fit(data).unwrap().model;
    Inference::of(plan, &model, data, options)?.table(method)
}

fn table(plan: &Plan, data: &Dataset, method: Method) -> InferenceTable {
    try_table(plan, data, method, InferenceOptions::default()).unwrap()
}

#[track_caller]
fn near(found: impl IntoIterator<Item = f64>, want: &[f64], tolerance: f64) {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), want.len());
    for (a, b) in found.iter().zip(want) {
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{found:?} is not {want:?}");
    }
}

fn coefs(table: &InferenceTable) -> Vec<f64> {
    table.rows.iter().map(|row| row.coef.unwrap()).collect()
}

fn errors(table: &InferenceTable) -> Vec<f64> {
    table.rows.iter().map(|row| row.std_err.unwrap()).collect()
}

/// Coefficients, standard errors, p-values and intervals; solvers stop at slopes of 1e-12.
#[track_caller]
fn same(table: &InferenceTable, want: &Value) {
    near(coefs(table), &numbers(&want["params"]), 1e-8);
    near(errors(table), &numbers(&want["bse"]), 1e-8);
    near(table.rows.iter().map(|row| row.p_value.unwrap()), &numbers(&want["p"]), 1e-8);
    near(table.rows.iter().map(|row| row.low.unwrap()), &numbers(&want["low"]), 1e-7);
    near(table.rows.iter().map(|row| row.high.unwrap()), &numbers(&want["high"]), 1e-7);
}

#[test]
fn logistic_is_that_of_statsmodels_and_r() {
    let golden = golden();
    let mut data = data(&golden, "x", "y");
    let plan = plan("logistic", Penalty::None);
    let own = table(&plan, &data, Method::Model);
    same(&own, &golden["logit"]);
    let (fit, want) = (own.likelihood.unwrap(), &golden["logit"]);
    let found = [fit.log_likelihood, fit.null, fit.pseudo_r2, fit.ratio, fit.p_value.unwrap()];
    let keys = ["llf", "llnull", "prsquared", "llr", "llr_pvalue"];
    // statsmodels finds the intercept alone by iterations, here it is exact.
    near(found, &keys.map(|key| want[key].as_f64().unwrap()), 1e-9);
    assert_eq!((fit.df_model as f64, fit.df_residual), (4.0, 145.0));
    same(&table(&plan, &data, Method::Hc0), &golden["logit_hc0"]);
    for (method, name) in
        [(Method::Hc0, "hc0"), (Method::Hc1, "hc1"), (Method::Hc2, "hc2"), (Method::Hc3, "hc3")]
    {
        near(errors(&table(&plan, &data, method)), &numbers(&golden["r"][name]), 1e-8);
    }
    let clusters = Some(codes(&golden["cluster"]));
    let options = InferenceOptions { clusters, ..InferenceOptions::default() };
    let own = try_table(&plan, &data, Method::Cluster, options).unwrap();
    same(&own, &golden["logit_cluster"]);
    assert_eq!(own.clusters, Some(30));
    // Counts of rows, and sampling weights.
    data.weights = Some(numbers(&golden["counts"]));
    same(&table(&plan, &data, Method::Model), &golden["logit_counts"]);
    data.weights = Some(numbers(&golden["sampling"]));
    let own = table(&plan, &data, Method::Hc0);
    near(coefs(&own), &numbers(&golden["r"]["sampling"]["params"]), 1e-8);
    near(errors(&own), &numbers(&golden["r"]["sampling"]["hc0"]), 1e-8);
    let own = table(&plan, &data, Method::Hc3);
    near(errors(&own), &numbers(&golden["r"]["sampling"]["hc3"]), 1e-8);
}

#[test]
fn least_squares_is_that_of_statsmodels() {
    let golden = golden();
    let data = data(&golden, "x", "y");
    let plan = plan("squared", Penalty::None);
    let own = table(&plan, &data, Method::Model);
    assert_eq!(own.statistic, Statistic::T { df: 145.0 });
    same(&own, &golden["ols"]);
    for (method, name) in [
        (Method::Hc0, "ols_hc0"),
        (Method::Hc1, "ols_hc1"),
        (Method::Hc2, "ols_hc2"),
        (Method::Hc3, "ols_hc3"),
    ] {
        same(&table(&plan, &data, method), &golden[name]);
    }
    let clusters = Some(codes(&golden["cluster"]));
    let options = InferenceOptions { clusters, ..InferenceOptions::default() };
    same(&try_table(&plan, &data, Method::Cluster, options).unwrap(), &golden["ols_cluster"]);
}

#[test]
fn multinomial_is_that_of_statsmodels() {
    let golden = golden();
    let data = data(&golden, "x", "y3");
    let plan = plan("logistic", Penalty::None);
    let own = table(&plan, &data, Method::Model);
    same(&own, &golden["mnlogit"]);
    assert_eq!(own.base.as_deref(), Some("0"));
    assert_eq!(own.rows[5].score.as_deref(), Some("2"));
    let (fit, want) = (own.likelihood.clone().unwrap(), &golden["mnlogit"]);
    let keys = ["llf", "llnull", "llr_pvalue"].map(|key| want[key].as_f64().unwrap());
    near([fit.log_likelihood, fit.null, fit.p_value.unwrap()], &keys, 1e-9);
    same(&table(&plan, &data, Method::Hc0), &golden["mnlogit_hc0"]);
    // Another base is another difference of the same scores.
    let base = Some("1".to_owned());
    let options = InferenceOptions { base, ..InferenceOptions::default() };
    let other = try_table(&plan, &data, Method::Model, options).unwrap();
    let (a, b) = (coefs(&own), coefs(&other));
    near((0..5).map(|j| b[j]), &(0..5).map(|j| -a[j]).collect::<Vec<_>>(), 1e-12);
    near((0..5).map(|j| b[5 + j]), &(0..5).map(|j| a[5 + j] - a[j]).collect::<Vec<_>>(), 1e-12);
}

#[test]
fn a_penalised_sandwich_is_that_of_its_formula() {
    let golden = golden();
    let data = data(&golden, "x", "y");
    let want = &golden["l2"];
    let plan = plan("logistic", Penalty::l2(want["lambda"].as_f64().unwrap()));
    let own = table(&plan, &data, Method::Model);
    near(coefs(&own), &numbers(&want["params"]), 1e-8);
    near(errors(&own), &numbers(&want["model"]), 1e-8);
    near(own.rows.iter().map(|row| row.bias.unwrap()), &numbers(&want["bias"]), 1e-8);
    near(errors(&table(&plan, &data, Method::Hc0)), &numbers(&want["hc0"]), 1e-8);
    assert!(own.likelihood.is_none() && own.target.contains("penalised"));
    assert!(own.remarks.iter().any(|r| r.contains("towards 0")));
}

#[test]
fn profiles_are_those_of_brute_force_and_r() {
    let golden = golden();
    let mut data = data(&golden, "x", "y");
    let plan = plan("logistic", Penalty::None);
    let own = table(&plan, &data, Method::Profile);
    for (row, want) in own.rows.iter().zip(golden["profile"].as_array().unwrap()) {
        let want = numbers(want);
        let found = [row.low.unwrap(), row.high.unwrap(), row.statistic.unwrap().powi(2)];
        near(found, &want, 1e-7);
    }
    // R's `confint` joins a few points of the profile by a spline.
    for (row, want) in own.rows.iter().zip(golden["r"]["confint"].as_array().unwrap()) {
        near([row.low.unwrap(), row.high.unwrap()], &numbers(want), 1e-4);
    }
    // Another code of the positive class turns everything round; sparse rows change nothing.
    let turned = table(&Plan { positive: 0, ..plan.clone() }, &data, Method::Profile);
    data.design = data.design.to_sparse().unwrap();
    let sparse = table(&plan, &data, Method::Profile);
    for ((a, b), c) in own.rows.iter().zip(&turned.rows).zip(&sparse.rows) {
        near([-b.high.unwrap(), -b.low.unwrap()], &[a.low.unwrap(), a.high.unwrap()], 1e-7);
        near([c.low.unwrap(), c.high.unwrap()], &[a.low.unwrap(), a.high.unwrap()], 1e-7);
    }
}

#[test]
fn firth_is_that_of_brute_force_r_and_firthmodels() {
    let golden = golden();
    for (x, y, name, separated) in
        [("x", "y", "firth", false), ("xs", "ys", "firth_separated", true)]
    {
        let (data, want) = (data(&golden, x, y), &golden[name]);
        let plan = plan("logistic", Penalty::l2(0.1));
        let own = table(&plan, &data, Method::Firth);
        near(coefs(&own), &numbers(&want["firthmodels"]), 1e-7);
        near(coefs(&own), &numbers(&golden["r"][name]["params"]), 1e-7);
        near(errors(&own), &numbers(&golden["r"][name]["bse"]), 1e-7);
        // Brute force ends within 1e-6 of the root.
        for (row, want) in own.rows.iter().zip(want["profile"].as_array().unwrap()) {
            let found = [row.low.unwrap(), row.high.unwrap(), row.statistic.unwrap().powi(2)];
            near(found, &numbers(want), 1e-5);
        }
        assert_eq!(own.remarks.iter().any(|r| r.contains("are separated by `x0`")), separated);
        let fit = FirthFit::of(&plan, &data).unwrap();
        near(fit.model.coef()[0].clone(), &coefs(&own)[1..], 1e-9);
        near(fit.model.intercept().to_vec(), &coefs(&own)[..1], 1e-9);
        assert_eq!(fit.separated.is_empty(), !separated);
    }
}

/// Of one 0/1 column Firth's fit is the log odds of a table with 1/2 added to every cell, as Heinze
/// and Schemper (2002) note.
#[test]
fn firth_adds_half_a_row_to_every_cell_of_a_table() {
    let cells = [(0.0, "no", 9.0), (0.0, "yes", 3.0), (1.0, "no", 0.0), (1.0, "yes", 7.0)];
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    for (x, y, count) in cells {
        (0..count as usize).for_each(|_| rows.push(vec![x]));
        (0..count as usize).for_each(|_| names.push(y));
    }
    let data = dataset(&rows, &["x"], &names);
    let fit = FirthFit::of(&plan("logistic", Penalty::None), &data).unwrap();
    let (a, b) = ((3.5f64 / 9.5).ln(), (7.5f64 / 0.5).ln());
    near([fit.model.intercept()[0], fit.model.coef()[0][0]], &[a, b - a], 1e-9);
}

#[test]
fn debiased_is_that_of_glmnet_and_nodewise_lassos_of_scikit_learn() {
    let golden = golden();
    let data = data(&golden, "xl", "yl");
    let plan = Plan { tolerance: 1e-11, ..Plan::new(Loss::Logistic, Penalty::l1(0.03)) };
    let model = plan.fit(&data).unwrap().model;
    let lasso = numbers(&golden["r"]["lasso"]);
    near(model.coef()[0].clone(), &lasso[1..], 1e-6);
    let own = table(&plan, &data, Method::Debiased);
    assert_eq!(own.rows[0].standing, Standing::NotCovered);
    let want = &golden["debiased"];
    near(own.rows[1..].iter().map(|row| row.coef.unwrap()), &numbers(&want["params"]), 1e-6);
    near(own.rows[1..].iter().map(|row| row.std_err.unwrap()), &numbers(&want["bse"]), 1e-6);
}

/// A weight of 2 is the row twice for the likelihood, and not for the sandwich.
#[test]
fn weights_are_counts_for_the_likelihood_and_sampling_weights_for_the_sandwich() {
    let one = random(120, 3, 2, 4);
    let mut weighted = one.clone();
    weighted.weights = Some((0..120).map(|i| f64::from(i % 3)).collect());
    let twice: Vec<usize> = (0..120).flat_map(|i| vec![i; i % 3]).collect();
    let twice = one.select(&twice).unwrap();
    let plan = plan("logistic", Penalty::None);
    for method in [Method::Model, Method::Profile, Method::Firth] {
        let (a, b) = (table(&plan, &weighted, method), table(&plan, &twice, method));
        near(errors(&a), &errors(&b), 1e-8);
        near(
            a.rows.iter().map(|r| r.low.unwrap()),
            &b.rows.iter().map(|r| r.low.unwrap()).collect::<Vec<_>>(),
            1e-7,
        );
    }
    let (a, b) = (table(&plan, &weighted, Method::Hc0), table(&plan, &twice, Method::Hc0));
    assert!(errors(&a).iter().zip(errors(&b)).all(|(a, b)| *a > 1.05 * b));
    // The scale of sampling weights means nothing.
    let mut scaled = weighted.clone();
    scaled.weights = scaled.weights.map(|w| w.iter().map(|w| 0.1 * w).collect());
    near(errors(&table(&plan, &scaled, Method::Hc0)), &errors(&a), 1e-8);
}

/// A change of units changes coefficients and errors by its factor and leaves tests alone.
#[test]
fn units_and_storage_do_not_matter() {
    for (loss, classes, penalty) in [
        ("logistic", 2, Penalty::l2(0.02)),
        ("squared-hinge", 3, Penalty::None),
        ("logistic", 3, Penalty::l2(0.01)),
        ("squared", 3, Penalty::None),
    ] {
        let data = random(150, 3, classes, 9);
        let rows: Vec<Vec<f64>> = (0..150)
            .map(|i| {
                let mut row = [0.0; 3];
                data.design.for_each_in_row(i, |j, v| row[j] = v);
                vec![row[0] * 1000.0 + 7.0, row[1], row[2] / 50.0]
            })
            .collect();
        let names: Vec<&str> =
            data.labels.codes().iter().map(|c| ["c0", "c1", "c2"][*c as usize]).collect();
        let other = dataset(&rows, &["x0", "x1", "x2"], &names);
        let mut sparse = data.clone();
        sparse.design = sparse.design.to_sparse().unwrap();
        let plan = plan(loss, penalty);
        for method in [Method::Hc1, Method::Hc0] {
            let own = table(&plan, &data, method);
            for (data, factor) in [(&other, [1000.0, 1.0, 0.02]), (&sparse, [1.0; 3])] {
                let found = table(&plan, data, method);
                for (a, b) in own.rows.iter().zip(&found.rows) {
                    let Some(j) = a.column else { continue };
                    near([b.std_err.unwrap() * factor[j]], &[a.std_err.unwrap()], 1e-6);
                    near([b.statistic.unwrap()], &[a.statistic.unwrap()], 1e-6);
                }
            }
        }
    }
}

/// One against the rest, and labels of sets, are as many models of two classes.
#[test]
fn scores_apart_are_models_of_two_classes() {
    let data = random(160, 3, 3, 2);
    let apart = Plan { multiclass: Multiclass::OneVsRest, ..plan("logistic", Penalty::None) };
    for method in [Method::Model, Method::Hc1, Method::Hc3, Method::Profile] {
        let own = table(&apart, &data, method);
        for c in 0..3u32 {
            let names: Vec<&str> =
                data.labels.codes().iter().map(|k| if *k == c { "yes" } else { "no" }).collect();
            let one = Dataset::new(data.design.clone(), Labels::from_names(names)).unwrap();
            let one = table(&plan("logistic", Penalty::None), &one, method);
            let rows = &own.rows[4 * c as usize..4 * (c as usize + 1)];
            near(rows.iter().map(|r| r.std_err.unwrap()), &errors(&one), 1e-7);
            near(
                rows.iter().map(|r| r.low.unwrap()),
                &one.rows.iter().map(|r| r.low.unwrap()).collect::<Vec<_>>(),
                1e-6,
            );
        }
    }
}

/// Each row a cluster is HC0 with the correction.
#[test]
fn clusters_of_one_row_are_hc1() {
    let data = random(90, 3, 2, 6);
    for penalty in [Penalty::None, Penalty::l2(0.05)] {
        let plan = plan("logistic", penalty);
        let clusters = Some((0..90).collect());
        let options = InferenceOptions { clusters, ..InferenceOptions::default() };
        let own = try_table(&plan, &data, Method::Cluster, options).unwrap();
        // n / (n - 1) times (n - 1) / (n - p).
        near(errors(&own), &errors(&table(&plan, &data, Method::Hc1)), 1e-10);
    }
}

#[test]
fn columns_without_a_coefficient_of_their_own_are_marked() {
    let base = random(80, 2, 2, 3);
    let rows: Vec<Vec<f64>> = (0..80)
        .map(|i| {
            let mut row = [0.0; 2];
            base.design.for_each_in_row(i, |j, v| row[j] = v);
            vec![row[0], 4.0, row[1], 2.0 * row[0] - row[1] + 1.0]
        })
        .collect();
    let names: Vec<&str> = base.labels.codes().iter().map(|c| ["a", "b"][*c as usize]).collect();
    let data = dataset(&rows, &["x0", "same", "x1", "sum"], &names);
    for method in [Method::Model, Method::Hc3, Method::Profile, Method::Firth, Method::Bca] {
        let options = InferenceOptions { replicates: 99, ..InferenceOptions::default() };
        let own = try_table(&plan("logistic", Penalty::None), &data, method, options).unwrap();
        let standing = |term: &str| own.row(term).unwrap().standing;
        assert_eq!(standing("x0"), Standing::Estimated, "{method:?}");
        assert_eq!(standing("same"), Standing::Constant);
        assert_ne!(standing("sum"), Standing::Estimated);
        assert!(own.row("sum").unwrap().coef.is_none());
        assert!(own.remarks.iter().any(|r| r.contains("`sum`")), "{:?}", own.remarks);
    }
}

/// Each refusal names what fails and what to do.
#[test]
fn methods_refuse_where_they_do_not_hold() {
    let two = random(80, 3, 2, 3);
    let three = random(80, 3, 3, 3);
    let mut halves = two.clone();
    halves.weights = Some((0..80).map(|i| 0.5 + f64::from(i % 2)).collect());
    let none = plan("logistic", Penalty::None);
    let bounds = vec![Bounds { column: "x0".to_owned(), low: Some(0.0), high: None }];
    let mut bounded = none.clone();
    bounded.columns.bounds = bounds;
    let balanced = Plan { class_weight: ClassWeight::Balanced, ..none.clone() };
    let loose = Plan { tolerance: 1e-2, ..Plan::new(Loss::Logistic, Penalty::l2(0.3)) };
    for (plan, data, method, says, mend) in [
        (plan("logistic", Penalty::l1(0.02)), &two, Method::Model, "chooses columns", "debiased"),
        (
            plan("logistic", Penalty::elastic_net(0.02, 0.5)),
            &two,
            Method::Hc3,
            "elastic_net",
            "debiased",
        ),
        (plan("logistic", Penalty::l2(0.02)), &two, Method::Profile, "chi-squared", "firth"),
        (plan("logistic", Penalty::l2(0.02)), &two, Method::Debiased, "l2", "hc3"),
        (
            plan("logistic", Penalty::group_lasso(0.02)),
            &two,
            Method::Debiased,
            "group lasso",
            "bootstrap",
        ),
        (plan("squared-hinge", Penalty::l2(0.02)), &two, Method::Model, "no log-likelihood", "hc3"),
        (plan("hinge", Penalty::l2(0.02)), &two, Method::Hc0, "corners", "bootstrap"),
        (none.clone(), &halves, Method::Model, "whole number", "hc0"),
        (none.clone(), &halves, Method::Firth, "whole number", "hc0"),
        (balanced, &two, Method::Model, "no counts", "hc3"),
        (none.clone(), &three, Method::Hc3, "matrix for a leverage", "hc1"),
        (none.clone(), &three, Method::Firth, "two classes", "bootstrap"),
        (none.clone(), &two, Method::Cluster, "belong together", "--cluster"),
        (bounded, &two, Method::Model, "bounds", "bootstrap"),
        (loose, &two, Method::Hc0, "not at the minimum", "--tolerance"),
    ] {
        let model =
            Plan { tolerance: plan.tolerance.max(1e-9), ..plan.clone() }.fit(data).unwrap().model;
        let inference = Inference::of(&plan, &model, data, InferenceOptions::default()).unwrap();
        let error = inference.table(method).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, Error::NotValid { .. }), "{method:?}: {text}");
        assert!(text.contains(says) && text.contains(mend), "{text}");
        assert!(text.contains(&format!("`{}`", method.name())), "{text}");
    }
    let options = |change: &dyn Fn(&mut InferenceOptions)| {
        let mut options = InferenceOptions::default();
        change(&mut options);
        try_table(&none, &two, Method::Model, options).unwrap_err().to_string()
    };
    assert!(options(&|o| o.confidence = 1.0).contains("confidence"));
    assert!(options(&|o| o.replicates = 5).contains("replicates"));
    assert!(options(&|o| o.terms = Some(vec!["y7".to_owned()])).contains("y7"));
    assert!(options(&|o| o.base = Some("z".to_owned())).contains("`base` is z"));
    assert!(options(&|o| o.clusters = Some(vec![0; 3])).contains("cluster codes"));
    let few = InferenceOptions {
        clusters: Some((0..80).map(|i| i % 5).collect()),
        ..InferenceOptions::default()
    };
    let text = try_table(&none, &two, Method::Cluster, few).unwrap_err().to_string();
    assert!(text.contains("there are 5 clusters"), "{text}");
}

/// The bootstrap of a mean: an intercept alone has the log odds of a share, whose replicates are
/// known exactly.
#[test]
fn the_bootstrap_of_a_share_is_binomial() {
    let names: Vec<&str> = (0..60).map(|i| if i % 3 == 0 { "yes" } else { "no" }).collect();
    let rows: Vec<Vec<f64>> = (0..60).map(|_| vec![1.0]).collect();
    let data = dataset(&rows, &["one"], &names);
    let options = InferenceOptions { replicates: 4_000, ..InferenceOptions::default() };
    let own =
        try_table(&plan("logistic", Penalty::None), &data, Method::Bootstrap, options).unwrap();
    let row = &own.rows[0];
    // Quantiles 0.025 and 0.975 of a binomial count of 60 at 1/3 are 13 and 27.
    let odds = |k: f64| (k / (60.0 - k)).ln();
    assert!(row.low.unwrap() >= odds(12.0) - 1e-9 && row.low.unwrap() <= odds(13.0) + 1e-9);
    assert!(row.high.unwrap() >= odds(26.999) && row.high.unwrap() <= odds(28.0) + 1e-9);
    // The standard error is about that of the binomial's log odds.
    let want = (1.0f64 / 20.0 + 1.0 / 40.0).sqrt();
    assert!((row.std_err.unwrap() / want - 1.0).abs() < 0.08);
}

#[test]
fn the_bootstrap_is_near_the_sandwich_where_both_hold_and_does_not_depend_on_threads() {
    let data = random(300, 3, 2, 12);
    for penalty in [Penalty::l2(0.05), Penalty::None] {
        let plan = plan("logistic", penalty);
        let options = InferenceOptions { replicates: 400, seed: 5, ..InferenceOptions::default() };
        let model = plan.fit(&data).unwrap().model;
        let tables = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let own = Inference::of(&plan, &model, &data, options.clone()).unwrap();
                [Method::Bootstrap, Method::Bca, Method::Hc0].map(|m| own.table(m).unwrap())
            })
        };
        let [percentile, bca, hc0] = tables(1);
        assert_eq!(tables(2), [percentile.clone(), bca.clone(), hc0.clone()]);
        for (a, b) in percentile.rows.iter().zip(&hc0.rows) {
            let ratio = a.std_err.unwrap() / b.std_err.unwrap();
            assert!((0.8..1.25).contains(&ratio), "{ratio}");
        }
        assert_ne!(percentile.rows[1].low, bca.rows[1].low);
        assert_eq!(percentile.replicates, Some(400));
    }
}

/// The acceleration by influences is that of a jackknife, for a loss that has both.
#[test]
fn bca_of_a_loss_with_corners_has_a_jackknife() {
    let data = random(120, 2, 2, 8);
    let options = InferenceOptions { replicates: 199, ..InferenceOptions::default() };
    let own = try_table(&plan("hinge", Penalty::l2(0.1)), &data, Method::Bca, options.clone());
    let own = own.unwrap();
    assert!(own.remarks.iter().any(|r| r.contains("groups of rows")), "{:?}", own.remarks);
    assert!(own.rows.iter().all(|row| row.low.unwrap() < row.high.unwrap()));
    let lasso = plan("logistic", Penalty::l1(0.02));
    let own = try_table(&lasso, &data, Method::Bootstrap, options).unwrap();
    assert!(own.remarks.iter().any(|r| r.contains("not consistent")), "{:?}", own.remarks);
}

/// Replicates that separate are counted, and too many of them end it.
#[test]
fn replicates_without_a_fit_are_counted() {
    // One row alone keeps the classes from separating: 37% of replicates lack it.
    let rows: Vec<Vec<f64>> = (0..24).map(|i| vec![f64::from(i)]).collect();
    let names: Vec<&str> =
        (0..24).map(|i| if i == 3 || (i > 11 && i != 20) { "b" } else { "a" }).collect();
    let data = dataset(&rows, &["x"], &names);
    let options = InferenceOptions { replicates: 199, ..InferenceOptions::default() };
    let plan = plan("logistic", Penalty::None);
    let text = try_table(&plan, &data, Method::Bootstrap, options).unwrap_err().to_string();
    assert!(text.contains("had separated classes") && text.contains("firth"), "{text}");
}

/// Terms that are asked for are told, and nothing else; the numbers are the same.
#[test]
fn terms_can_be_chosen() {
    let data = random(100, 4, 2, 5);
    let plan = plan("logistic", Penalty::None);
    for method in [Method::Model, Method::Profile, Method::Bootstrap] {
        let options = InferenceOptions { replicates: 99, ..InferenceOptions::default() };
        let all = try_table(&plan, &data, method, options.clone()).unwrap();
        let terms = Some(vec!["x2".to_owned(), "(intercept)".to_owned()]);
        let some = InferenceOptions { terms, ..options };
        let some = try_table(&plan, &data, method, some).unwrap();
        assert_eq!(some.rows, [all.rows[0].clone(), all.rows[3].clone()]);
    }
}

/// 200 samples of a true model: intervals of 95% cover it about that often. Within 4 standard errors
/// of a share of 0.95.
#[test]
fn intervals_cover_what_they_say() {
    let mut random = Random::new(1);
    let mut covered = [0; 3];
    let (samples, truth) = (200, [0.7, -0.5]);
    for _ in 0..samples {
        let (mut rows, mut names) = (Vec::new(), Vec::new());
        for _ in 0..150 {
            let row = vec![random.normal(), random.normal()];
            let score = 0.3 + truth[0] * row[0] + truth[1] * row[1];
            names.push(if random.uniform() < 1.0 / (1.0 + (-score).exp()) { "yes" } else { "no" });
            rows.push(row);
        }
        let data = dataset(&rows, &["a", "b"], &names);
        let plan = Plan::new(Loss::Logistic, Penalty::None);
        let model = plan.fit(&data).unwrap().model;
        let own = Inference::of(&plan, &model, &data, InferenceOptions::default()).unwrap();
        for (m, method) in [Method::Model, Method::Hc3, Method::Profile].into_iter().enumerate() {
            let row = own.table(method).unwrap().row("a").unwrap().clone();
            covered[m] +=
                usize::from(row.low.unwrap() <= truth[0] && truth[0] <= row.high.unwrap());
        }
    }
    for covered in covered {
        let share = covered as f64 / f64::from(samples);
        assert!((share - 0.95).abs() < 4.0 * (0.95f64 * 0.05 / 200.0).sqrt(), "{share}");
    }
}
