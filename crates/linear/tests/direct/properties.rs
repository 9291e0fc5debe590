//! What holds for every learner of the list.

use linecall_data::{Dataset, Design, Labels, Matrix};
use linecall_linear::direct::{DirectFit, DirectPlan, Learner, Passes, certify};
use linecall_linear::{ClassWeight, LinearModel, Link};

use crate::common::close;
use crate::list::{Takes, learners, rows_for, takes};

fn same(name: &str, a: &DirectFit, b: &DirectFit, tolerance: f64) {
    let pairs = a.model.coef().iter().flatten().zip(b.model.coef().iter().flatten());
    for (x, y) in pairs.chain(a.model.intercept().iter().zip(b.model.intercept())) {
        assert!(close(*x, *y, tolerance), "{name}: {x} and {y}");
    }
    let (a, b) = (&a.certificate, &b.certificate);
    for (x, y) in a
        .class_weight
        .iter()
        .chain(&a.priors)
        .chain(&a.shrinkage)
        .zip(b.class_weight.iter().chain(&b.priors).chain(&b.shrinkage))
    {
        assert!(close(*x, *y, tolerance), "{name}: {x} and {y}");
    }
    assert_eq!(a.rank, b.rank, "{name}");
    assert!(close(a.mean_loss, b.mean_loss, tolerance), "{name}");
}

fn each(n: usize, d: usize, check: impl Fn(&str, DirectPlan, Dataset)) {
    for k in [2, 3] {
        for learner in learners() {
            let name = format!("{k} classes, {learner:?}");
            let data = rows_for(&learner, n, d, k, 40 + k as u64);
            check(&name, DirectPlan::new(learner), data);
        }
    }
}

#[test]
fn weight_two_is_the_row_twice_and_weight_zero_the_row_gone() {
    each(60, 4, |name, plan, data| {
        let weights: Vec<f64> = (0..60).map(|i| f64::from(i * 7 % 4)).collect();
        let copies: Vec<usize> =
            (0..60).flat_map(|i| std::iter::repeat_n(i, weights[i] as usize)).collect();
        let repeated = data.select(&copies).unwrap();
        let weighted = Dataset { weights: Some(weights), ..data };
        let (a, b) = (plan.fit(&weighted).unwrap(), plan.fit(&repeated).unwrap());
        same(name, &a, &b, 1e-9);
        assert!(close(a.certificate.training_error, b.certificate.training_error, 1e-12));
    });
}

#[test]
fn class_weights_multiply_row_weights() {
    each(60, 4, |name, plan, data| {
        let given = vec![("c0".to_owned(), 3.0)];
        let by_class =
            DirectPlan { class_weight: ClassWeight::Given { weights: given }, ..plan.clone() };
        let row = |c: &u32| if *c == 0 { 3.0 } else { 1.0 };
        let weights = Some(data.labels.codes().iter().map(row).collect());
        let a = by_class.fit(&data).unwrap();
        let b = plan.fit(&Dataset { weights, ..data.clone() }).unwrap();
        same(name, &a, &b, 1e-12);
        let balanced = DirectPlan { class_weight: ClassWeight::Balanced, ..plan };
        let sums = balanced.fit(&data).unwrap().certificate.class_weight;
        assert!(sums.iter().all(|s| close(*s, sums[0], 1e-12)), "{name}: {sums:?}");
    });
}

#[test]
fn the_order_of_rows_does_not_matter_to_a_closed_form() {
    each(60, 4, |name, plan, data| {
        if plan.learner.passes().is_none() {
            let order: Vec<usize> = (0..60).map(|i| i * 37 % 60).collect();
            let a = plan.fit(&data).unwrap();
            same(name, &a, &plan.fit(&data.select(&order).unwrap()).unwrap(), 1e-9);
        }
    });
}

/// The same values in every storage that holds them.
fn storages(design: &Design, bits: bool) -> Vec<Design> {
    let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
    for i in 0..design.rows() {
        design.for_each_in_row(i, |j, v| {
            if v != 0.0 {
                indices.push(j as u32);
                values.push(v);
            }
        });
        offsets.push(indices.len() as u64);
    }
    let columns = design.columns().to_vec();
    let cols = design.cols();
    let csr = |m| Design::new(m, columns.clone()).unwrap();
    let narrow: Vec<f32> = values.iter().map(|v| *v as f32).collect();
    let mut all = Vec::new();
    let sparse = |v| linecall_data::Csr::new(cols, offsets.clone(), indices.clone(), v).unwrap();
    all.push(csr(Matrix::SparseF64(sparse(values.clone()))));
    let narrow = linecall_data::Csr::new(cols, offsets.clone(), indices.clone(), narrow).unwrap();
    all.push(csr(Matrix::SparseF32(narrow)));
    if bits {
        let ones =
            linecall_data::Csr::new(cols, offsets.clone(), indices.clone(), Vec::<()>::new());
        all.push(csr(Matrix::SparseOnes(ones.unwrap())));
    }
    let dense: Vec<f32> = (0..design.rows())
        .flat_map(|i| {
            let mut row = vec![0f32; cols];
            design.for_each_in_row(i, |j, v| row[j] = v as f32);
            row
        })
        .collect();
    let dense = linecall_data::Dense::new(design.rows(), cols, dense).unwrap();
    all.push(csr(Matrix::DenseF32(dense)));
    all
}

#[test]
fn every_storage_gives_the_same_model() {
    each(80, 5, |name, plan, data| {
        // Values that single precision holds; a column without zeros, which sparse storage fills.
        let bits = takes(&plan.learner) == Takes::Bits;
        let narrow = crate::list::map(&data.design, |v| f64::from(v as f32));
        let data = Dataset { design: narrow, ..data };
        let a = plan.fit(&data).unwrap();
        for design in storages(&data.design, bits) {
            let sparse = !matches!(design.matrix(), Matrix::DenseF32(_));
            let stored = Dataset { design, ..data.clone() };
            let b = plan.fit(&stored).unwrap();
            if sparse && plan.learner.passes().is_some_and(|p| p.standardize) {
                // Sparse rows are not centred, which is another course for these.
                continue;
            }
            same(name, &a, &b, 1e-9);
        }
    });
}

#[test]
fn threads_do_not_change_a_byte() {
    for learner in learners() {
        for wide in [false, true] {
            let (n, d) = if wide { (300, 150) } else { (4000, 40) };
            let data = rows_for(&learner, n, d, 3, 50);
            let sparse = Dataset { design: data.design.to_sparse().unwrap(), ..data.clone() };
            for data in [&data, &sparse] {
                let run = |threads: usize| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                    let plan = DirectPlan::new(learner.clone());
                    let fit = pool.unwrap().install(|| plan.fit(data)).unwrap();
                    let all = fit.model.coef().iter().flatten().chain(fit.model.intercept());
                    let mut bits: Vec<u64> = all.map(|v| v.to_bits()).collect();
                    bits.push(fit.certificate.mean_loss.to_bits());
                    bits.push(fit.certificate.residual.unwrap_or(0.0).to_bits());
                    bits
                };
                let one = run(1);
                assert!(one == run(2) && one == run(5), "{learner:?}");
            }
        }
    }
}

#[test]
fn the_positive_class_turns_the_score() {
    for learner in learners() {
        let data = rows_for(&learner, 50, 4, 2, 60);
        let second = DirectPlan::new(learner);
        let first = DirectPlan { positive: 0, ..second.clone() };
        let (a, b) = (first.fit(&data).unwrap(), second.fit(&data).unwrap());
        for (x, y) in a.model.coef()[0].iter().zip(&b.model.coef()[0]) {
            assert_eq!(*x, -y);
        }
        assert!(close(a.certificate.mean_loss, b.certificate.mean_loss, 1e-14));
        let calls = |fit: &DirectFit| -> Vec<usize> {
            let scores = fit.model.scores(&data.design).unwrap();
            scores.iter().filter(|f| **f != 0.0).map(|f| fit.model.class_of(&[*f])).collect()
        };
        assert_eq!(calls(&a), calls(&b));
    }
}

#[test]
fn a_certificate_comes_back_from_the_coefficients_and_not_from_others() {
    each(60, 4, |name, plan, data| {
        let fit = plan.fit(&data).unwrap();
        let stated = &fit.certificate;
        let found = certify(&plan, &fit.model, &data).unwrap();
        assert_eq!(found.class_weight, stated.class_weight, "{name}");
        assert_eq!(found.priors, stated.priors, "{name}");
        assert_eq!(found.shrinkage, stated.shrinkage, "{name}");
        assert_eq!(found.mean_loss, stated.mean_loss, "{name}");
        assert_eq!(found.training_error, stated.training_error, "{name}");
        assert_eq!(found.residual, stated.residual, "{name}");
        assert_eq!(stated.residual.is_some(), plan.learner.passes().is_none(), "{name}");
        assert!(stated.residual.unwrap_or(0.0) < 1e-10, "{name}");

        let mut coef = fit.model.coef().to_vec();
        coef[0][1] += 0.01;
        let model = LinearModel::new(
            coef,
            fit.model.intercept().to_vec(),
            fit.model.classes().to_vec(),
            1,
            Link::Score,
        );
        let other = certify(&plan, &model.unwrap(), &data).unwrap();
        assert_ne!(other.mean_loss, stated.mean_loss, "{name}");
        assert!(other.residual.is_none_or(|r| r > 1e-4), "{name}: {:?}", other.residual);
    });
}

#[test]
fn links_are_those_of_posteriors_and_others_are_calibrated() {
    each(90, 4, |name, plan, data| {
        let two = data.labels.classes().len() == 2;
        let fit = plan.fit(&data).unwrap();
        let want = match (plan.learner.has_posterior(), two) {
            (false, _) => Link::Score,
            (true, true) => Link::Logistic,
            (true, false) => Link::Softmax,
        };
        assert_eq!(*fit.model.link(), want, "{name}");
        let calibrated = plan.calibrated(fit.model.clone(), &data, 3).unwrap();
        if plan.learner.has_posterior() {
            assert_eq!(calibrated, fit.model);
        } else {
            let slope = match calibrated.link() {
                Link::Platt { slope, .. } if two => slope[0],
                Link::Temperature { slope } if !two => *slope,
                other => panic!("{name}: {other:?}"),
            };
            // The last coefficients of noisy rows may be worse than none.
            let last = plan.learner.passes().is_some_and(|p| !p.average);
            assert!(slope > 0.0 || last, "{name}: {slope}");
            let scores = fit.model.scores(&data.design).unwrap();
            let p = calibrated.probabilities(&scores).unwrap();
            for (f, p) in
                scores.chunks(fit.model.n_scores()).zip(p.chunks(fit.model.classes().len()))
            {
                assert!(close(p.iter().sum(), 1.0, 1e-12), "{name}: {p:?}");
                if !two && slope > 0.0 {
                    let own = p[fit.model.class_of(f)];
                    assert!(p.iter().all(|q| *q <= own), "{name}: the call is the most probable");
                }
            }
            assert_eq!(calibrated.coef(), fit.model.coef());
        }
    });
}

#[test]
fn plans_survive_json() {
    for learner in learners() {
        let plan = DirectPlan::new(learner);
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<DirectPlan>(&text).unwrap(), plan);
        let name = format!("\"kind\":\"{}\"", plan.learner.name());
        assert!(text.contains(&name), "{text}");
    }
}

#[test]
fn a_shrinkage_threshold_drops_columns() {
    let labels: Vec<String> = (0..60).map(|i| format!("c{}", i % 3)).collect();
    let rows: Vec<Vec<f64>> = (0..60)
        .map(|i| vec![f64::from(i % 3) * 5.0 + f64::from(i * 7 % 5), f64::from(i * 13 % 11)])
        .collect();
    let design = Design::from_rows(&rows, &["signal", "noise"]).unwrap();
    let data = Dataset::new(design, Labels::from_names(&labels)).unwrap();
    let learner = Learner::NearestCentroid { shrink_threshold: Some(2.0), standardize: true };
    let fit = DirectPlan::new(learner).fit(&data).unwrap();
    assert!(fit.model.coef().iter().all(|w| w[1] == 0.0));
    assert!(fit.model.coef()[0][0] < 0.0 && fit.model.coef()[2][0] > 0.0);
}

#[test]
fn a_pass_without_a_step_is_the_last() {
    let rows: Vec<Vec<f64>> = (0..20).map(|i| vec![f64::from(i) - 9.5]).collect();
    let labels: Vec<&str> = (0..20).map(|i| if i < 10 { "no" } else { "yes" }).collect();
    let design = Design::from_rows(&rows, &["x"]).unwrap();
    let data = Dataset::new(design, Labels::from_names(&labels)).unwrap();
    let passes = Passes { epochs: 1000, average: false, ..Passes::default() };
    let fit = DirectPlan::new(Learner::Perceptron { passes }).fit(&data).unwrap();
    assert!(fit.certificate.passes < 50);
    assert_eq!(fit.certificate.mistakes.last(), Some(&0));
    assert_eq!(fit.certificate.training_error, 0.0);
}

#[test]
fn of_three_or_more_classes_each_is_compared_with_the_average() {
    for learner in learners() {
        let data = rows_for(&learner, 60, 4, 3, 70);
        let fit = DirectPlan::new(learner).fit(&data).unwrap();
        for j in 0..4 {
            let column = fit.model.coef().iter().map(|w| w[j]);
            let size = column.clone().fold(0f64, |m, w| m.max(w.abs()));
            assert!(column.sum::<f64>().abs() <= 1e-13 * (1.0 + size));
        }
    }
}
