//! What every loss, penalty and solver must do, from the one list in `common::plans`.

#![allow(clippy::panic)]

mod common;

use common::{assert_same_model, close, dataset, plans, random};
use linecall_data::{Dataset, Labels, StopReason};
use linecall_linear::{Fit, Loss, Plan, certify};

fn each(check: impl Fn(&str, &Plan, &Dataset)) {
    for (name, plan) in plans() {
        for k in [2, 3] {
            let data = random(160, 5, k, 3 + k as u64);
            check(&format!("{name}, {k} classes"), &plan, &data);
        }
    }
}

fn tight(plan: &Plan) -> Plan {
    Plan { tolerance: 1e-12, ..plan.clone() }
}

fn fit(name: &str, plan: &Plan, data: &Dataset) -> Fit {
    plan.fit(data).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The objective from its definition, with no code shared with the solvers.
fn objective(plan: &Plan, data: &Dataset, fit: &Fit, coef: &[Vec<f64>], intercept: &[f64]) -> f64 {
    let n = data.rows();
    let s: Vec<f64> = data.weights.clone().unwrap_or(vec![1.0; n]);
    let total: f64 = s.iter().sum();
    let d = data.design.cols();
    let mut sum = 0.0;
    for i in 0..n {
        let mut x = vec![0.0; d];
        data.design.for_each_in_row(i, |j, v| x[j] = v);
        let f: Vec<f64> = coef
            .iter()
            .zip(intercept)
            .map(|(w, b)| w.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>() + b)
            .collect();
        let y = data.labels.codes()[i] as usize;
        let own = |k: usize| if coef.len() == 1 { y == 1 } else { y == k };
        let margins = |l: &dyn Fn(f64) -> f64| -> f64 {
            f.iter().enumerate().map(|(k, v)| l(if own(k) { *v } else { -v })).sum()
        };
        let joint = f.len() > 1 && plan.multiclass == linecall_linear::Multiclass::Auto;
        let softmax = || f[y].exp() / f.iter().map(|v| v.exp()).sum::<f64>();
        let loss = match &plan.loss {
            Loss::Logistic if joint => -softmax().ln(),
            Loss::Logistic => margins(&|m| (1.0 + (-m).exp()).ln()),
            Loss::Poly { eps } if joint => -softmax().ln() + eps[0] * (1.0 - softmax()),
            Loss::Poly { eps } => margins(&|m| (1.0 + (-m).exp()).ln() + eps[0] / (1.0 + m.exp())),
            Loss::SmoothedHinge { gamma } => margins(&|m| match 1.0 - m {
                short if short <= 0.0 => 0.0,
                short if short < *gamma => short * short / (2.0 * gamma),
                short => short - gamma / 2.0,
            }),
            Loss::ModifiedHuber => {
                margins(&|m| if m < -1.0 { -4.0 * m } else { (1.0 - m).max(0.0).powi(2) })
            }
            Loss::Squared => margins(&|m| (1.0 - m).powi(2) / 2.0),
            _ => margins(&|m| (1.0 - m).max(0.0).powi(2)),
        };
        sum += s[i] * loss / total;
    }
    // Standard deviations from the fit: standardised coefficient over coefficient.
    for (w, (raw, std)) in coef.iter().zip(fit.model.coef().iter().zip(&fit.standardized)) {
        for (w, (r, v)) in w.iter().zip(raw.iter().zip(std)) {
            let v = if *r == 0.0 { 0.0 } else { w * v / r };
            sum += match plan.penalty.name() {
                "l2" => plan.penalty.lambda() / 2.0 * v * v,
                // Every column of these tables is a group of one.
                "l1" | "group_lasso" => plan.penalty.lambda() * v.abs(),
                "elastic_net" => plan.penalty.lambda() * (0.4 * v.abs() + 0.3 * v * v),
                _ => 0.0,
            };
        }
    }
    sum
}

#[test]
fn the_certificate_states_the_objective_and_converges() {
    each(|name, plan, data| {
        let fit = fit(name, plan, data);
        let c = &fit.certificate;
        let want = objective(plan, data, &fit, fit.model.coef(), fit.model.intercept());
        assert!(close(c.objective, want, 1e-12), "{name}: {} {want}", c.objective);
        assert!(matches!(c.stop, StopReason::Converged), "{name}: {:?} {}", c.stop, c.residual);
        assert!(c.residual <= 1e-9, "{name}: residual {}", c.residual);
        assert!(c.passes > 0 && c.iterations > 0);
        if let Some(gap) = c.duality_gap {
            // A residual shrinks the dual point of an L1 part by its share of lambda.
            let shrunk = match plan.penalty.sparsity() {
                share if share > 0.0 => c.residual / (share * c.lambda) * c.objective,
                _ => 0.0,
            };
            assert!((0.0..1e-8 + shrunk).contains(&gap), "{name}: gap {gap}");
        }
    });
}

#[test]
fn no_step_in_any_coordinate_lowers_the_objective() {
    each(|name, plan, data| {
        let fit = fit(name, &tight(plan), data);
        let at = |coef: &[Vec<f64>], b: &[f64]| objective(plan, data, &fit, coef, b);
        let best = at(fit.model.coef(), fit.model.intercept());
        for k in 0..fit.model.coef().len() {
            for j in 0..data.design.cols() {
                if fit.model.coef()[k][j] == 0.0 {
                    continue; // its standard deviation is not known from the fit
                }
                for step in [-1e-3, 1e-3] {
                    let mut coef = fit.model.coef().to_vec();
                    coef[k][j] += step;
                    assert!(at(&coef, fit.model.intercept()) >= best - 1e-14, "{name}");
                }
            }
            for step in [-1e-3, 1e-3] {
                let mut b = fit.model.intercept().to_vec();
                b[k] += step;
                assert!(at(fit.model.coef(), &b) >= best - 1e-14, "{name}");
            }
        }
    });
}

#[test]
fn a_weight_of_two_is_the_row_twice_and_zero_is_the_row_gone() {
    each(|name, plan, data| {
        let n = data.rows();
        let weight = |i: usize| (i % 3) as f64;
        let mut weighted = data.clone();
        weighted.weights = Some((0..n).map(weight).collect());
        let copies: Vec<usize> = (0..n).flat_map(|i| vec![i; i % 3]).collect();
        let copied = data.select(&copies).unwrap();
        let (a, b) = (fit(name, &tight(plan), &weighted), fit(name, &tight(plan), &copied));
        assert_same_model(name, &a, &b, 1e-10);
    });
}

#[test]
fn sparse_and_dense_storage_give_the_same_model() {
    each(|name, plan, data| {
        let mut sparse = data.clone();
        sparse.design = data.design.to_sparse().unwrap();
        let (a, b) = (fit(name, &tight(plan), data), fit(name, &tight(plan), &sparse));
        assert_same_model(name, &a, &b, 1e-9);
        // Sparse storage that holds every entry.
        let rows: Vec<Vec<f64>> = (0..data.rows())
            .map(|i| {
                let mut row = vec![1.0; data.design.cols()];
                data.design.for_each_in_row(i, |j, v| row[j] += v);
                row
            })
            .collect();
        let names = ["a", "b", "c", "d", "e"];
        let mut full = data.clone();
        full.design = linecall_data::Design::from_rows(&rows, &names).unwrap();
        let mut stored = full.clone();
        stored.design = full.design.to_sparse().unwrap();
        let (a, b) = (fit(name, plan, &full), fit(name, plan, &stored));
        assert!(matches!(b.certificate.stop, StopReason::Converged), "{name}");
        assert_same_model(name, &a, &b, 1e-5);
    });
}

#[test]
fn the_order_of_rows_and_columns_does_not_matter() {
    each(|name, plan, data| {
        let a = fit(name, &tight(plan), data);
        let rows: Vec<usize> = (0..data.rows()).rev().collect();
        assert_same_model(name, &a, &fit(name, &tight(plan), &data.select(&rows).unwrap()), 1e-9);
        let d = data.design.cols();
        let turned: Vec<Vec<f64>> = (0..data.rows())
            .map(|i| {
                let mut row = vec![0.0; d];
                data.design.for_each_in_row(i, |j, v| row[d - 1 - j] = v);
                row
            })
            .collect();
        let names: Vec<String> = (0..d).map(|j| format!("z{j}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let classes: Vec<&String> =
            data.labels.codes().iter().map(|&c| &data.labels.classes()[c as usize]).collect();
        let b = fit(name, &tight(plan), &dataset(&turned, &names, &classes));
        for (x, y) in a.model.coef().iter().zip(b.model.coef()) {
            for (x, y) in x.iter().zip(y.iter().rev()) {
                assert!(close(*x, *y, 1e-9), "{name}: {x} {y}");
            }
        }
    });
}

#[test]
fn relabelling_turns_the_model_round() {
    for (name, plan) in plans() {
        let data = random(160, 5, 2, 11);
        let swapped: Vec<&str> =
            data.labels.codes().iter().map(|&c| if c == 0 { "z" } else { "a" }).collect();
        let mut other = data.clone();
        other.labels = Labels::from_names(swapped);
        let (a, b) = (fit(&name, &tight(&plan), &data), fit(&name, &tight(&plan), &other));
        for (x, y) in a.model.coef()[0].iter().zip(&b.model.coef()[0]) {
            assert!(close(*x, -y, 1e-9), "{name}: {x} {y}");
        }
        let first = Plan { positive: 0, ..tight(&plan) };
        let c = fit(&name, &first, &data);
        for (x, y) in a.model.coef()[0].iter().zip(&c.model.coef()[0]) {
            assert_eq!(*x, -y, "{name}: the positive class only turns the sign");
        }
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    for (name, plan) in plans() {
        for k in [2, 3] {
            let data = random(30_000, 12, k, 5);
            let bytes = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let fit = pool.install(|| fit(&name, &plan, &data));
                let mut bits: Vec<u64> =
                    fit.model.coef().iter().flatten().map(|v| v.to_bits()).collect();
                bits.extend(fit.model.intercept().iter().map(|v| v.to_bits()));
                bits.push(fit.certificate.objective.to_bits());
                bits.push(fit.certificate.duality_gap.unwrap_or(0.0).to_bits());
                bits
            };
            let one = bytes(1);
            assert_eq!(one, bytes(2), "{name}");
            assert_eq!(one, bytes(8), "{name}");
        }
    }
}

#[test]
fn scaling_a_column_scales_its_coefficient() {
    for (name, plan) in plans() {
        let data = random(120, 4, 2, 23);
        let plan = tight(&plan);
        let a = fit(&name, &plan, &data);
        for factor in [1e-300, 1e-12, 1e9, 1e300] {
            let rows: Vec<Vec<f64>> = (0..data.rows())
                .map(|i| {
                    let mut row = vec![0.0; 4];
                    data.design.for_each_in_row(i, |j, v| row[j] = v);
                    row[1] *= factor;
                    row
                })
                .collect();
            let classes: Vec<String> =
                data.labels.codes().iter().map(|c| format!("c{c}")).collect();
            let b = fit(&name, &plan, &dataset(&rows, &["x0", "x1", "x2", "x3"], &classes));
            let (x, y) = (a.standardized[0][1], b.standardized[0][1]);
            assert!(close(x, y, 1e-8), "{name} by {factor}: {x} {y}");
        }
    }
}

#[test]
fn certify_reports_what_the_fit_reported() {
    each(|name, plan, data| {
        let fit = fit(name, plan, data);
        let again = certify(plan, &fit.model, data).unwrap();
        assert!(close(again.objective, fit.certificate.objective, 1e-12), "{name}");
        let (a, b) = (again.residual, fit.certificate.residual);
        assert!((a - b).abs() <= 1e-13, "{name}: residuals {a} and {b}");
    });
}
