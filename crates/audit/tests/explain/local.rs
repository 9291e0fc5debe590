//! LIME and Kernel SHAP.

use linecall_audit::Result;
use linecall_audit::explain::{
    Background, Distance, Kernel, Local, LocalOptions, Masker, Method, TableMask, exact_local,
    local_explanation, stability,
};
use linecall_data::Design;
use linecall_linear::{LinearModel, Link};
use proptest::prelude::*;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/explain.json")).unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|j| format!("x{j}")).collect()
}

/// A mask over a row against a background.
fn table(row: &[f64], background: &[f64]) -> TableMask {
    let names = names(row.len());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let x = Design::from_rows(&[row.to_vec(), background.to_vec()], &names).unwrap();
    TableMask::new(&x, 0, &Background::row(&x, 1).unwrap()).unwrap()
}

fn linear(coef: &[f64], intercept: f64) -> LinearModel {
    let classes = ["no", "yes"].map(str::to_owned).to_vec();
    LinearModel::new(vec![coef.to_vec()], vec![intercept], classes, 1, Link::Logistic).unwrap()
}

fn rows(x: &Design) -> Vec<Vec<f64>> {
    (0..x.rows())
        .map(|i| {
            let mut row = vec![0.0; x.cols()];
            x.for_each_in_row(i, |j, v| row[j] = v);
            row
        })
        .collect()
}

fn scores(model: &LinearModel) -> impl Fn(&Design) -> Result<Vec<f64>> + '_ {
    |x| Ok(model.scores(x)?)
}

fn kernels() -> [(&'static str, Kernel); 4] {
    let cosine = Distance::Cosine;
    [
        ("cosine", Kernel::lime()),
        ("euclidean", Kernel::lime_table()),
        ("short", Kernel::Lime { distance: cosine, width: Some(0.5), ridge: 2.5, draws: 12 }),
        ("shap", Kernel::Shap),
    ]
}

fn near(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= tolerance, "{what}: {a} {b}");
    }
}

#[test]
fn explanations_are_those_of_ridge_and_of_shap() {
    let golden = golden();
    let (coef, row, back) =
        (list(&golden["coef"]), list(&golden["row"]), list(&golden["background"]));
    let (mask, model) = (table(&row, &back), linear(&coef, 0.25));
    let product = |x: &Design| -> Result<Vec<f64>> {
        let score = model.scores(x)?;
        let own = rows(x).into_iter().zip(score);
        Ok(own.map(|(r, s)| 1.0 / (1.0 + (-(s + 0.7 * r[0] * r[3])).exp())).collect())
    };
    for (name, kernel) in kernels() {
        let options = LocalOptions { kernel, ..LocalOptions::default() };
        let closed = exact_local(&model, &mask, 0, kernel).unwrap();
        let all = local_explanation(&mask, &scores(&model), &options).unwrap();
        let other = local_explanation(&mask, &product, &options).unwrap();
        assert_eq!((closed.method, all.method), (Method::ClosedForm, Method::AllMasks));
        assert_eq!((closed.masks, all.masks), (0, 64));
        for (own, expected) in
            [(&closed, &golden["score"]), (&all, &golden["score"]), (&other, &golden["product"])]
        {
            // shap adds nothing but rounding in its solve; Ridge neither.
            near(&own.weights, &list(&expected[name]["weights"]), 1e-9, name);
            let intercept = expected[name]["intercept"].as_f64().unwrap();
            assert!((own.intercept - intercept).abs() < 1e-9, "{name}");
            if let Some(r2) = expected[name]["r2"].as_f64() {
                assert!((own.r2.unwrap() - r2).abs() < 1e-9, "{name}");
            }
        }
    }
}

proptest! {
    // The closed form equals all masks for any linear score, and Kernel SHAP ends at the answer.
    #[test]
    fn closed_forms_equal_all_masks(
        row in prop::collection::vec(-3.0f64..3.0, 1..9),
        seed in prop::collection::vec((-2.0f64..2.0, -3.0f64..3.0), 9),
        which in 0usize..4,
    ) {
        let coef: Vec<f64> = row.iter().zip(&seed).map(|(_, s)| s.0).collect();
        let back: Vec<f64> = row.iter().zip(&seed).map(|(_, s)| s.1).collect();
        let (mask, model) = (table(&row, &back), linear(&coef, 0.5));
        let kernel = kernels()[which].1;
        let closed = exact_local(&model, &mask, 0, kernel).unwrap();
        let options = LocalOptions { kernel, ..LocalOptions::default() };
        let all = local_explanation(&mask, &scores(&model), &options).unwrap();
        near(&closed.weights, &all.weights, 1e-9, "weights");
        prop_assert!((closed.intercept - all.intercept).abs() < 1e-9);
        prop_assert!((closed.prediction - all.prediction).abs() < 1e-12 * 40.0);
        if kernel == Kernel::Shap {
            prop_assert!((closed.local_prediction - closed.prediction).abs() < 1e-12 * 40.0);
        }
        if let (Some(a), Some(b)) = (closed.r2, all.r2) {
            prop_assert!((a - b).abs() < 1e-7, "{a} {b}");
        }
    }

    // Shapley values by their definition: mean marginal gain over all orders.
    #[test]
    fn kernel_shap_gives_shapley_values(values in prop::collection::vec(-1.0f64..1.0, 16)) {
        let mask = table(&[1.0; 4], &[0.0; 4]);
        let game = |x: &Design| -> Result<Vec<f64>> {
            let bits = |r: &Vec<f64>| r.iter().enumerate().map(|(k, v)| (*v as usize) << k).sum::<usize>();
            Ok(rows(x).iter().map(|r| values[bits(r)]).collect())
        };
        let options = LocalOptions { kernel: Kernel::Shap, ..LocalOptions::default() };
        let found = local_explanation(&mask, &game, &options).unwrap();
        for k in 0..4usize {
            let mut shapley = 0.0;
            for set in (0..16usize).filter(|set| set >> k & 1 == 0) {
                let size = set.count_ones() as usize;
                let factorial = |n: usize| (1..=n).product::<usize>() as f64;
                let weight = factorial(size) * factorial(3 - size) / factorial(4);
                shapley += weight * (values[set | 1 << k] - values[set]);
            }
            prop_assert!((found.weights[k] - shapley).abs() < 1e-12);
        }
    }
}

fn many(n: usize) -> (TableMask, LinearModel) {
    let row: Vec<f64> = (0..n).map(|j| (j as f64 * 0.7).sin() + 0.3).collect();
    let coef: Vec<f64> = (0..n).map(|j| (j as f64 * 1.3).cos()).collect();
    (table(&row, &vec![0.1; n]), linear(&coef, 0.2))
}

#[test]
fn a_sample_of_a_linear_score_is_exact() {
    for n in [15, 16, 40, 150] {
        let (mask, model) = many(n);
        for (name, kernel) in kernels() {
            let closed = exact_local(&model, &mask, 0, kernel).unwrap();
            let options = LocalOptions { kernel, ..LocalOptions::default() };
            let found = local_explanation(&mask, &scores(&model), &options).unwrap();
            assert_eq!(found.method, Method::Sampled);
            near(&found.weights, &closed.weights, 2e-6, name);
            assert!(found.masks < 5_000, "{n} {name}: {}", found.masks);
        }
    }
}

/// A probability that is not linear in the masks.
fn probability(model: &LinearModel) -> impl Fn(&Design) -> Result<Vec<f64>> + '_ {
    |x| {
        let score = model.scores(x)?;
        let own = rows(x).into_iter().zip(score);
        Ok(own.map(|(r, s)| 1.0 / (1.0 + (-(s + r[0] * r[1] - r[2] * r[3])).exp())).collect())
    }
}

#[test]
fn a_sample_covers_what_all_masks_say() {
    // 12 parts: all 4,096 masks are the truth, the sample is told to do without them.
    let (mask, model) = many(12);
    let black_box = probability(&model);
    for (name, kernel) in kernels() {
        let options =
            LocalOptions { kernel, batch: 64, precision: 0.05, ..LocalOptions::default() };
        let truth = local_explanation(&mask, &black_box, &options).unwrap();
        let (mut outside, mut all) = (0, 0);
        let mut found = Vec::new();
        for seed in 0..40 {
            let sampled = LocalOptions { all_masks: 0, seed, ..options };
            let own = local_explanation(&mask, &black_box, &sampled).unwrap();
            assert_eq!(own.method, Method::Sampled, "{name}");
            let largest = own.weights.iter().fold(0.0, |a: f64, w| a.max(w.abs()));
            for k in 0..12 {
                assert!(own.half_widths[k] <= 0.05 * largest);
                // Half widths of very few draws are rough: the interval and a tenth more.
                let apart = (own.weights[k] - truth.weights[k]).abs();
                outside += usize::from(apart > 1.1 * own.half_widths[k] + 1e-9);
                all += 1;
            }
            found.push(own);
        }
        assert!(outside * 10 <= all, "{name}: {outside} of {all} outside at level 0.95");
        let stable = stability(&found, 4).unwrap();
        assert!(stable.coefficients > 0.95, "{name}: {}", stable.coefficients);
        assert!(stable.variables > 0.5 && stable.variables <= 1.0);
    }
}

// Four times the masks, half the error.
#[test]
fn a_sample_converges_at_the_root_of_its_size() {
    let (mask, model) = many(13);
    let black_box = probability(&model);
    let kernel = Kernel::Shap;
    let options = LocalOptions { kernel, batch: 64, precision: 1e-9, ..LocalOptions::default() };
    let truth = local_explanation(&mask, &black_box, &options).unwrap();
    let error = |most_masks: u64| {
        let mut sum = 0.0;
        for seed in 0..30 {
            let sampled = LocalOptions { all_masks: 0, seed, most_masks, ..options };
            let own = local_explanation(&mask, &black_box, &sampled).unwrap();
            assert_eq!(own.method, Method::SampledToLimit);
            sum +=
                own.weights.iter().zip(&truth.weights).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        }
        (sum / 30.0).sqrt()
    };
    let (short, long) = (error(1_500), error(24_000));
    // The pilot's round is not counted, so a little more than 4.
    assert!((2.8..7.0).contains(&(short / long)), "{short} {long}");
}

#[test]
fn same_seed_same_weights() {
    let (mask, model) = many(20);
    let options = LocalOptions { kernel: Kernel::Shap, ..LocalOptions::default() };
    let black_box = probability(&model);
    let ask = |options: &LocalOptions| local_explanation(&mask, &black_box, options).unwrap();
    let first: Local = ask(&options);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| ask(&options)), first);
    assert_ne!(ask(&LocalOptions { seed: 1, ..options }).weights, first.weights);
    assert!((first.local_prediction - first.prediction).abs() < 1e-12);
}

#[test]
fn what_never_changes_has_no_weight() {
    let mask = table(&[1.0; 20], &[0.0; 20]);
    let constant = |x: &Design| -> Result<Vec<f64>> { Ok(vec![0.3; x.rows()]) };
    for (name, kernel) in kernels() {
        for all_masks in [14, 20] {
            let few = table(&[1.0; 5], &[0.0; 5]);
            let options = LocalOptions { kernel, all_masks, ..LocalOptions::default() };
            for found in [
                local_explanation(&few, &constant, &options).unwrap(),
                local_explanation(&mask, &constant, &LocalOptions { all_masks: 14, ..options })
                    .unwrap(),
            ] {
                near(&found.weights, &vec![0.0; found.weights.len()], 1e-9, name);
                assert!((found.intercept - 0.3).abs() < 1e-9 && found.r2.is_none_or(|r| r < 1.1));
            }
        }
    }
}

#[test]
fn what_a_black_box_may_not_do() {
    let (mask, _) = many(4);
    let ask = |answer: &dyn Fn(usize) -> Vec<f64>| {
        let black_box = |x: &Design| -> Result<Vec<f64>> { Ok(answer(x.rows())) };
        local_explanation(&mask, &black_box, &LocalOptions::default()).unwrap_err().to_string()
    };
    assert_eq!(ask(&|n| vec![0.0; n - 1]), "answers of the black box: 15, expected 16");
    assert!(ask(&|n| vec![f64::NAN; n]).contains("NaN"));
    let zero = |x: &Design| -> Result<Vec<f64>> { Ok(vec![0.0; x.rows()]) };
    let refuse =
        |options: LocalOptions| local_explanation(&mask, &zero, &options).unwrap_err().to_string();
    let usual = LocalOptions::default();
    assert!(refuse(LocalOptions { output: 1, ..usual }).contains("`output` is 1"));
    assert!(refuse(LocalOptions { precision: 0.0, ..usual }).contains("precision"));
    assert!(refuse(LocalOptions { all_masks: 30, ..usual }).contains("all-masks"));
    assert!(refuse(LocalOptions { all_masks: 2, most_masks: 10, ..usual }).contains("most-masks"));
    assert_eq!(mask.parts().len(), 4);
}
