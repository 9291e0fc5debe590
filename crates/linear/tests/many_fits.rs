//! Many related problems at once: each is what it would be by itself.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use common::{Random, close, plans, random};
use linecall_data::{Csr, Dataset, Design, Labels, Matrix, StopReason};
use linecall_linear::many::{ManyOptions, Solved, Variation};
use linecall_linear::{
    Bounds, ClassWeight, ColumnRules, Error, Loss, Multiclass, Penalty, Plan, Solver, certify,
};

const LAMBDAS: [f64; 4] = [0.3, 0.1, 0.03, 0.02];

fn options(lambdas: &[f64]) -> ManyOptions<'_> {
    ManyOptions { lambdas, certify: false, watch: &|_, _| () }
}

/// Row weights with zeros and counts, and labels moved about.
fn variation(data: &Dataset, p: usize) -> Variation {
    let mut rng = Random::new(100 + p as u64);
    let n = data.rows();
    let weights = match p % 3 {
        0 => None,
        1 => Some((0..n).map(|i| if i % 5 == p % 5 { 0.0 } else { 1.0 }).collect()),
        _ => Some((0..n).map(|_| (rng.uniform() * 3.5).floor()).collect()),
    };
    let labels = (p % 2 == 1).then(|| {
        let mut codes = data.labels.codes().to_vec();
        for i in 0..n {
            codes.swap(i, (rng.uniform() * n as f64) as usize);
        }
        Labels::from_codes(data.labels.classes().to_vec(), codes).unwrap()
    });
    Variation { weights, labels }
}

fn varied(data: &Dataset, variation: &Variation) -> Dataset {
    let mut data = data.clone();
    if let Some(weights) = &variation.weights {
        data.weights = Some(weights.clone());
    }
    if let Some(labels) = &variation.labels {
        data.labels = labels.clone();
    }
    data
}

fn assert_equal(name: &str, found: &Solved, coef: &[Vec<f64>], intercept: &[f64], tolerance: f64) {
    let own = found.coef.iter().flatten().chain(&found.intercept);
    for (a, b) in own.zip(coef.iter().flatten().chain(intercept)) {
        assert!(close(*a, *b, tolerance), "{name}: {a} and {b}");
    }
}

/// Faithfulness test 1 of the card: weights with zeros and counts, every loss and penalty.
#[test]
fn each_fit_is_what_it_is_alone() {
    // Conjugate gradients end where rounding does; those of wide problems are held to it below.
    let mut cases = plans();
    cases.retain(|(_, plan)| plan.solver != Solver::TrustRegion);
    for (name, plan) in cases.clone() {
        let more = [
            ("no intercept", Plan { fit_intercept: false, ..plan.clone() }),
            ("raw", Plan { standardize: false, ..plan.clone() }),
            ("balanced", Plan { class_weight: ClassWeight::Balanced, ..plan.clone() }),
            ("first class", Plan { positive: 0, ..plan.clone() }),
        ];
        cases.extend(more.map(|(what, plan)| (format!("{name}, {what}"), plan)));
    }
    for (name, plan) in cases {
        let plan = Plan { tolerance: 1e-11, ..plan };
        // A loss that is flat or straight in places may have many optima, of one objective.
        let bent = matches!(plan.loss, Loss::Logistic | Loss::Squared | Loss::Poly { .. });
        let near = if bent || plan.penalty.name() == "l2" { 1e-7 } else { 1e-3 };
        for k in [2, 3] {
            let data = random(90, 5, k, 7 + k as u64);
            let lambdas: &[f64] = if plan.penalty == Penalty::None { &[0.0] } else { &LAMBDAS };
            let vary = |p: usize| Ok(variation(&data, p));
            let fits = plan.fit_many(&data, 6, &vary, options(lambdas)).unwrap();
            for (p, fits) in fits.iter().enumerate() {
                let alone = varied(&data, &variation(&data, p));
                let name = format!("{name}, {k} classes, problem {p}");
                match fits {
                    Ok(fits) => {
                        for (fit, &lambda) in fits.iter().zip(lambdas) {
                            let one = plan.with_lambda(lambda).fit(&alone).unwrap();
                            let (coef, b) = (one.model.coef(), one.model.intercept());
                            assert_equal(&name, fit, coef, b, near);
                            let own = fit.standardized.iter().flatten();
                            for (a, b) in own.zip(one.standardized.iter().flatten()) {
                                assert!(close(*a, *b, near), "{name}: {a} and {b}");
                            }
                            let (a, b) = (fit.certificate.objective, one.certificate.objective);
                            assert!(close(a, b, 1e-10), "{name}: objective {a} and {b}");
                        }
                    }
                    Err(error) => {
                        let one = plan.with_lambda(lambdas[0]).fit(&alone);
                        assert!(one.is_err(), "{name}: {error}");
                    }
                }
            }
        }
    }
}

#[test]
fn rules_by_column_hold() {
    let data = random(90, 5, 2, 11);
    let rules = ColumnRules {
        factors: vec![("x1".to_owned(), 0.0), ("x2".to_owned(), 3.0)],
        bounds: vec![
            Bounds { column: "x0".to_owned(), low: None, high: Some(0.01) },
            Bounds { column: "x3".to_owned(), low: Some(0.0), high: None },
        ],
    };
    for penalty in [Penalty::l2(1.0), Penalty::l1(1.0)] {
        let plan =
            Plan { columns: rules.clone(), tolerance: 1e-11, ..Plan::new(Loss::Logistic, penalty) };
        let vary = |p: usize| Ok(variation(&data, p));
        let fits = plan.fit_many(&data, 6, &vary, options(&LAMBDAS)).unwrap();
        for (p, fits) in fits.iter().enumerate() {
            let alone = varied(&data, &variation(&data, p));
            for (fit, &lambda) in fits.as_ref().unwrap().iter().zip(&LAMBDAS) {
                let one = plan.with_lambda(lambda).fit(&alone).unwrap().model;
                assert_equal(penalty.name(), fit, one.coef(), one.intercept(), 1e-7);
            }
        }
    }
}

/// Faithfulness test 2: the gap that is stated is the gap that a second look finds.
#[test]
fn gaps_are_proved() {
    let data = random(120, 6, 2, 5);
    for penalty in [Penalty::l2(1.0), Penalty::l1(1.0), Penalty::elastic_net(1.0, 0.5)] {
        let plan = Plan::new(Loss::Logistic, penalty);
        let asked = ManyOptions { certify: true, ..options(&LAMBDAS) };
        let fits = plan.fit_many(&data, 3, &|p| Ok(variation(&data, 3 * p)), asked).unwrap();
        for (p, fits) in fits.iter().enumerate() {
            let alone = varied(&data, &variation(&data, 3 * p));
            for fit in fits.as_ref().unwrap() {
                let own = &fit.certificate;
                assert_eq!(own.stop, StopReason::Converged);
                let plan = plan.with_lambda(own.lambda);
                let model = fit.model(&plan, &alone).unwrap();
                let seen = certify(&plan, &model, &alone).unwrap();
                let gap = own.duality_gap.unwrap();
                assert!(gap < 1e-8, "{gap}");
                assert!((gap - seen.duality_gap.unwrap()).abs() < 1e-12);
                assert!(close(own.objective, seen.objective, 1e-12));
                assert_eq!(own.proved_zero, seen.proved_zero);
            }
        }
    }
}

/// The same rows stored as sparse ones.
fn sparse(data: &Dataset) -> Dataset {
    let Matrix::DenseF64(m) = data.design.matrix() else { unreachable!("made dense") };
    let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
    for i in 0..m.rows() {
        // About a third of the entries are there.
        for (j, x) in
            m.row(i).iter().enumerate().filter(|(j, _)| (i * 7 + j * 5 + i * j % 11) % 3 == 0)
        {
            indices.push(j as u32);
            values.push(*x);
        }
        offsets.push(indices.len() as u64);
    }
    let columns = data.design.columns().to_vec();
    let matrix = Csr::new(columns.len(), offsets, indices, values).unwrap();
    Dataset::new(Design::new(Matrix::SparseF64(matrix), columns).unwrap(), data.labels.clone())
        .unwrap()
}

/// More columns than rows, dense and sparse, and scores that are tied together: every solver of a
/// smooth loss shares its passes and finds what it finds alone.
#[test]
fn wide_problems_are_what_they_are_alone() {
    let plan = |loss, penalty| Plan { tolerance: 1e-10, ..Plan::new(loss, penalty) };
    let rest = Multiclass::OneVsRest;
    let plans = [
        plan(Loss::Logistic, Penalty::l2(1.0)),
        plan(Loss::SquaredHinge, Penalty::l2(1.0)),
        plan(Loss::Squared, Penalty::l2(1.0)),
        plan(Loss::Poly { eps: vec![0.5] }, Penalty::l2(1.0)),
        plan(Loss::Logistic, Penalty::l1(1.0)),
        plan(Loss::Logistic, Penalty::elastic_net(1.0, 0.5)),
        plan(Loss::Logistic, Penalty::group_lasso(1.0)),
        Plan { multiclass: rest, ..plan(Loss::Logistic, Penalty::l2(1.0)) },
        Plan { standardize: false, fit_intercept: false, ..plan(Loss::Logistic, Penalty::l2(1.0)) },
        Plan { class_weight: ClassWeight::Balanced, ..plan(Loss::Logistic, Penalty::l2(1.0)) },
        Plan { solver: Solver::TrustRegion, ..plan(Loss::Logistic, Penalty::l2(1.0)) },
    ];
    for (own, k) in [(0, 2), (1, 3)] {
        let dense = random(50, 530, k, 21 + own);
        for data in [sparse(&dense), dense] {
            for plan in &plans {
                let vary = |p: usize| Ok(variation(&data, p));
                let fits = plan.fit_many(&data, 5, &vary, options(&LAMBDAS)).unwrap();
                for (p, fits) in fits.iter().enumerate() {
                    let alone = varied(&data, &variation(&data, p));
                    let name = format!("{:?}, {k} classes, problem {p}", plan);
                    for (fit, &lambda) in fits.as_ref().unwrap().iter().zip(&LAMBDAS) {
                        let one = plan.with_lambda(lambda).fit(&alone).unwrap();
                        assert_equal(&name, fit, one.model.coef(), one.model.intercept(), 1e-7);
                        let (a, b) = (fit.certificate.objective, one.certificate.objective);
                        assert!(close(a, b, 1e-10), "{name}: objective {a} and {b}");
                        assert_eq!(fit.certificate.solver, one.certificate.solver);
                    }
                }
            }
        }
    }
}

/// Faithfulness test 5: to the last bit.
#[test]
fn company_and_threads_change_nothing() {
    let few = random(300, 7, 2, 9);
    let wide = random(70, 600, 2, 9);
    let joint = random(200, 80, 3, 9);
    for data in [&few, &wide, &sparse(&wide), &joint] {
        let penalties = [Penalty::l2(1.0), Penalty::elastic_net(1.0, 0.5)];
        penalties.into_iter().for_each(|penalty| unchanged(data, penalty));
    }
}

fn unchanged(data: &Dataset, penalty: Penalty) {
    {
        let plan = Plan::new(Loss::Logistic, penalty);
        let run = |threads: usize, chosen: &[usize]| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let vary = |p: usize| Ok(variation(data, chosen[p]));
            pool.install(|| plan.fit_many(data, chosen.len(), &vary, options(&LAMBDAS)).unwrap())
        };
        let bits = |fits: &linecall_linear::Result<Vec<Solved>>| -> Vec<u64> {
            let fits = fits.as_ref().unwrap().iter();
            fits.flat_map(|f| f.coef.iter().flatten().chain(&f.intercept))
                .map(|v| v.to_bits())
                .collect()
        };
        let all: Vec<usize> = (0..20).collect();
        let one = run(1, &all);
        let four = run(4, &all);
        for p in all {
            assert_eq!(bits(&one[p]), bits(&four[p]));
            assert_eq!(bits(&one[p]), bits(&run(2, &[p])[0]), "{p}");
        }
    }
}

/// What cannot be fitted is an error in its place.
#[test]
fn one_failure_leaves_the_others() {
    let data = random(60, 3, 2, 2);
    let own: Vec<f64> = data.labels.codes().iter().map(|&c| f64::from(c)).collect();
    let vary = |p: usize| {
        let weights = (p == 1).then(|| own.clone());
        Ok(Variation { weights, labels: None })
    };
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
    let fits = plan.fit_many(&data, 3, &vary, options(&[0.1])).unwrap();
    assert!(fits[0].is_ok() && fits[2].is_ok());
    assert!(matches!(fits[1], Err(Error::OneClass { .. })), "{:?}", fits[1]);

    // A few rows of each class are separated; without a penalty that is the answer.
    let few = |p: usize| {
        let weights = (p == 1).then(|| (0..60).map(|i| f64::from(u8::from(i < 4))).collect());
        Ok(Variation { weights, labels: None })
    };
    let plan = Plan::new(Loss::Logistic, Penalty::None);
    let fits = plan.fit_many(&data, 3, &few, options(&[0.0])).unwrap();
    assert!(fits[0].is_ok() && fits[2].is_ok());
    assert!(matches!(fits[1], Err(Error::Separated { .. })), "{:?}", fits[1]);
}

/// Columns that are constant, or far from 0, in some problems only.
#[test]
fn columns_may_be_constant_in_some_problems() {
    let mut rng = Random::new(4);
    let n = 80;
    let rows: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let rare = f64::from(u8::from(i == 3 || i == 11));
            vec![1e6 + rng.normal(), rare, rng.normal(), 7.5, 1e-7 * rng.normal()]
        })
        .collect();
    let names: Vec<String> =
        rows.iter().map(|r| format!("{}", u8::from(r[2] + rng.normal() > 0.0))).collect();
    let data = common::dataset(&rows, &["far", "rare", "x", "seven", "tiny"], &names);
    let vary = |p: usize| {
        let weights = (0..n).map(|i| f64::from(u8::from(i % 8 != p))).collect();
        Ok(Variation { weights: Some(weights), labels: None })
    };
    for penalty in [Penalty::l2(1.0), Penalty::l1(1.0)] {
        let plan = Plan { tolerance: 1e-12, ..Plan::new(Loss::Logistic, penalty) };
        let fits = plan.fit_many(&data, 8, &vary, options(&[0.1, 0.01])).unwrap();
        for (p, fits) in fits.iter().enumerate() {
            let alone = varied(&data, &vary(p).unwrap());
            for (fit, lambda) in fits.as_ref().unwrap().iter().zip([0.1, 0.01]) {
                let one = plan.with_lambda(lambda).fit(&alone).unwrap();
                for (a, b) in fit.standardized[0].iter().zip(&one.standardized[0]) {
                    // Alone, the far column keeps a residual of 1e-7.
                    assert!((a - b).abs() < 1e-5, "{p}: {a} and {b}");
                }
                assert_eq!(fit.certificate.stop, StopReason::Converged);
                assert_eq!(fit.coef[0][1] == 0.0, one.model.coef()[0][1] == 0.0);
                assert_eq!(fit.coef[0][3], 0.0);
            }
        }
    }
}

/// Small problems of tied scores, and losses with corners.
#[test]
fn others_are_solved_one_after_another() {
    let data = random(60, 4, 3, 8);
    let joint = Plan::new(Loss::Logistic, Penalty::l2(1.0));
    let hinge =
        Plan { multiclass: Multiclass::OneVsRest, ..Plan::new(Loss::Hinge, Penalty::l2(1.0)) };
    for plan in [joint, hinge] {
        let vary = |p: usize| Ok(variation(&data, p));
        let fits = plan.fit_many(&data, 4, &vary, options(&[0.2, 0.1])).unwrap();
        for (p, fits) in fits.iter().enumerate() {
            let alone = varied(&data, &variation(&data, p));
            for (fit, lambda) in fits.as_ref().unwrap().iter().zip([0.2, 0.1]) {
                let one = plan.with_lambda(lambda).fit(&alone).unwrap().model;
                assert_equal("alone", fit, one.coef(), one.intercept(), 1e-5);
            }
        }
    }
}
