//! Models from statistics with rows taken away, and fits from a warm start, against plain fits.

#![allow(clippy::unwrap_used)]

mod common;

use common::{assert_same_model, close, plans, random};
use linecall_data::Dataset;
use linecall_linear::class_stats::Factor;
use linecall_linear::direct::{DirectPlan, Learner, Priors, Shrinkage};
use linecall_linear::{ClassWeight, LinearModel, Loss, Penalty, Plan};
use proptest::prelude::*;

fn rest(n: usize, gone: &[usize]) -> Vec<usize> {
    (0..n).filter(|i| !gone.contains(i)).collect()
}

fn assert_same(name: &str, a: &LinearModel, b: &LinearModel, tolerance: f64) {
    assert_eq!(a.link(), b.link(), "{name}");
    let pairs = a.coef().iter().flatten().chain(a.intercept());
    for (x, y) in pairs.zip(b.coef().iter().flatten().chain(b.intercept())) {
        assert!(close(*x, *y, tolerance), "{name}: {x} and {y}");
    }
}

#[test]
fn a_warm_start_ends_where_a_cold_one_does() {
    let data = random(120, 5, 3, 2);
    let few = data.select(&rest(120, &[3, 50, 51, 119])).unwrap();
    for (name, plan) in plans() {
        let plan = Plan { tolerance: 1e-10, ..plan };
        let (full, cold) = (plan.fit(&data), plan.fit(&few));
        let (Ok(full), Ok(cold)) = (full, cold) else { continue };
        let warm = plan.fit_from(&few, &full.model).unwrap();
        // The optimum of a smooth part is as far as the tolerance over its curvature.
        assert_same_model(&name, &warm, &cold, 2e-6);
        let (a, b) = (warm.certificate.objective, cold.certificate.objective);
        assert!((a - b).abs() < 1e-9, "{name}: {a} and {b}");
        let again = plan.fit_from(&data, &full.model).unwrap();
        assert!(again.certificate.iterations <= 1, "{name}");
    }
}

#[test]
fn a_warm_start_needs_the_same_columns_and_classes() {
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
    let model = plan.fit(&random(40, 3, 2, 1)).unwrap().model;
    assert!(plan.fit_from(&random(40, 4, 2, 1), &model).is_err());
    assert!(plan.fit_from(&random(40, 3, 3, 1), &model).is_err());
}

fn ridges() -> Vec<Plan> {
    let plan = Plan { tolerance: 1e-12, ..Plan::new(Loss::Squared, Penalty::l2(0.03)) };
    let given = ClassWeight::Given { weights: vec![("c1".to_owned(), 2.5)] };
    vec![
        plan.clone(),
        Plan { positive: 0, ..plan.clone() },
        Plan { standardize: false, ..plan.clone() },
        Plan { fit_intercept: false, ..plan.clone() },
        Plan { fit_intercept: false, standardize: false, ..plan.clone() },
        Plan { class_weight: given, ..plan },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Ridge: the model of downdated statistics is that of a fit without the rows.
    #[test]
    fn ridge_forgets_exactly(seed in 0u64..1000, k in 2usize..4, sparse: bool, weighted: bool) {
        let mut data = random(60, 4, k, seed);
        if sparse {
            data.design = data.design.to_sparse().unwrap();
        }
        if weighted {
            data.weights = Some((0..60).map(|i| 0.5 + f64::from(i % 4)).collect());
        }
        let gone = [1, 7, 8, 40];
        for plan in ridges() {
            let mut stats = plan.statistics(&data, None).unwrap().unwrap();
            stats.remove(&plan.statistics(&data, Some(&gone)).unwrap().unwrap()).unwrap();
            let model = plan.model_of(&stats, data.labels.classes()).unwrap();
            let fit = plan.fit(&data.select(&rest(60, &gone)).unwrap()).unwrap();
            assert_same(&format!("{plan:?}"), &model, &fit.model, 1e-9);
        }
    }

    /// Closed forms: the same.
    #[test]
    fn closed_forms_forget_exactly(seed in 0u64..1000, k in 2usize..4) {
        let counts = |data: &Dataset, f: fn(f64) -> f64| {
            let mut rows = vec![vec![0.0; 4]; data.rows()];
            for (i, row) in rows.iter_mut().enumerate() {
                data.design.for_each_in_row(i, |j, v| row[j] = f(v));
            }
            let design = linecall_data::Design::from_rows(&rows, &["a", "b", "c", "d"]).unwrap();
            Dataset::new(design, data.labels.clone()).unwrap()
        };
        let data = random(60, 4, k, seed);
        let gone = [0, 2, 33];
        let (whole, bits) = (counts(&data, |v| v.abs().round()), counts(&data, |v| f64::from(v > 0.5)));
        for (learner, data) in [
            (Learner::NaiveBayesMultinomial { alpha: 0.7, priors: Priors::Empirical }, &whole),
            (Learner::NaiveBayesComplement { alpha: 0.7, norm: true }, &whole),
            (Learner::NaiveBayesBernoulli { alpha: 0.7, priors: Priors::Uniform }, &bits),
            (Learner::NaiveBayesGaussian { var_smoothing: 0.1, priors: Priors::Empirical }, &data),
            (Learner::NearestCentroid { shrink_threshold: Some(0.2), standardize: true }, &data),
            (Learner::Lda {
                shrinkage: Shrinkage::None, priors: Priors::Empirical, standardize: true,
            }, &data),
            (Learner::Lda {
                shrinkage: Shrinkage::Fixed { share: 0.2 },
                priors: Priors::Empirical,
                standardize: false,
            }, &data),
        ] {
            for positive in [0, 1] {
                let plan = DirectPlan { positive, ..DirectPlan::new(learner.clone()) };
                let mut stats = plan.statistics(data, None).unwrap().unwrap();
                stats.remove(&plan.statistics(data, Some(&gone)).unwrap().unwrap()).unwrap();
                let model = plan.model_of(&stats, data.labels.classes()).unwrap();
                let fit = plan.fit(&data.select(&rest(60, &gone)).unwrap()).unwrap();
                assert_same(learner.name(), &model, &fit.model, 1e-9);
            }
        }
    }
}

#[test]
fn what_statistics_do_not_determine_has_none() {
    let data = random(40, 3, 2, 1);
    for shrinkage in [Shrinkage::LedoitWolf, Shrinkage::OracleApproximating] {
        let plan = DirectPlan::new(Learner::Lda {
            shrinkage,
            priors: Priors::Empirical,
            standardize: true,
        });
        assert!(plan.statistics(&data, None).unwrap().is_none());
    }
    let balanced = ClassWeight::Balanced;
    let ridge = Plan { class_weight: balanced, ..Plan::new(Loss::Squared, Penalty::l2(0.1)) };
    assert!(ridge.statistics(&data, None).unwrap().is_none());
    let logistic = Plan::new(Loss::Logistic, Penalty::l2(0.1));
    assert!(logistic.statistics(&data, None).unwrap().is_none());
}

#[test]
fn a_factor_is_read_back_and_an_altered_one_refused() {
    let factor = Factor::of(&[4.0, 2.0, 2.0, 3.0], 2).unwrap();
    let text = serde_json::to_string(&factor).unwrap();
    assert_eq!(serde_json::from_str::<Factor>(&text).unwrap(), factor);
    for bad in [
        r#"{"size":3,"upper":[2.0,1.0,0.0,1.0]}"#,
        r#"{"size":2,"upper":[0.0,1.0,0.0,1.0]}"#,
        r#"{"size":18446744073709551615,"upper":[1.0]}"#,
    ] {
        assert!(serde_json::from_str::<Factor>(bad).is_err(), "{bad}");
    }
    // Several vectors at once are whitened as each alone; the transpose turns directions back.
    let (x, y) = ([1.0, -2.0], [0.5, 3.0]);
    let mut both = vec![x[0], y[0], x[1], y[1]];
    factor.whiten_all(&mut both, 2).unwrap();
    let (wx, wy) = (factor.whiten(&x).unwrap(), factor.whiten(&y).unwrap());
    for (found, want) in both.iter().zip([wx[0], wy[0], wx[1], wy[1]]) {
        assert!((found - want).abs() < 1e-15);
    }
    let v = [0.3, -0.8];
    let turned = factor.transpose(&v).unwrap();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    assert!((dot(&v, &wx) - dot(&turned, &x)).abs() < 1e-14);
}
