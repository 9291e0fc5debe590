//! The Mixup objective in score space against all pairs written out.
#![allow(clippy::unwrap_used, clippy::panic)] // a test

mod common;

use common::{Random, close, dataset, plans, random};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::vicinal::Vicinal;
use linecall_linear::vicinal::masked::Masks;
use linecall_linear::vicinal::study::{Study, study};
use linecall_linear::{Loss, Multiclass, Penalty, Plan, Solver, certify};

/// `l(m)` and `dl/dm` of the losses used here, written a second time.
fn loss(name: &Loss, m: f64) -> (f64, f64) {
    match name {
        Loss::Logistic => ((-m).max(0.0) + (-m.abs()).exp().ln_1p(), -1.0 / (1.0 + m.exp())),
        Loss::Squared => (0.5 * (1.0 - m) * (1.0 - m), m - 1.0),
        Loss::SquaredHinge => {
            let gap = (1.0 - m).max(0.0);
            (gap * gap, -2.0 * gap)
        }
        other => panic!("{other}"),
    }
}

/// Rows with a 1 for the intercept, signs, weights that sum to one.
struct Rows {
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    s: Vec<f64>,
}

impl Rows {
    fn of(data: &Dataset) -> Self {
        let mut x = Vec::new();
        for i in 0..data.rows() {
            let mut row = vec![0.0; data.design.cols()];
            data.design.for_each_in_row(i, |j, v| row[j] = v);
            row.push(1.0);
            x.push(row);
        }
        let y = data.labels.codes().iter().map(|c| if *c == 1 { 1.0 } else { -1.0 }).collect();
        let s = data.weights.clone().unwrap_or_else(|| vec![1.0; data.rows()]);
        let total: f64 = s.iter().sum();
        Self { x, y, s: s.into_iter().map(|s| s / total).collect() }
    }

    /// Value and gradient over every pair, each mixed row written out, the expectation over
    /// `lambda` by the given weights and nodes.
    fn mixup(&self, name: &Loss, w: &[f64], grid: &[(f64, f64)], power: f64) -> (f64, Vec<f64>) {
        let (mut value, mut gradient) = (0.0, vec![0.0; w.len()]);
        for i in 0..self.x.len() {
            for j in 0..self.x.len() {
                for &(lambda, p) in grid {
                    let (a, b) = (lambda.powf(power), (1.0 - lambda).powf(power));
                    let g = a / (a + b);
                    let mixed: Vec<f64> = self.x[i]
                        .iter()
                        .zip(&self.x[j])
                        .map(|(a, b)| g * a + (1.0 - g) * b)
                        .collect();
                    let f: f64 = mixed.iter().zip(w).map(|(x, w)| x * w).sum();
                    let weight = self.s[i] * self.s[j] * p;
                    for (share, y) in [(lambda, self.y[i]), (1.0 - lambda, self.y[j])] {
                        let (l, d) = loss(name, y * f);
                        value += weight * share * l;
                        for (g, x) in gradient.iter_mut().zip(&mixed) {
                            *g += weight * share * d * y * x;
                        }
                    }
                }
            }
        }
        (value, gradient)
    }
}

/// Composite Gauss-Legendre in lambda for the density of `Beta(alpha, alpha)`, `alpha >= 1`.
fn dense_grid(alpha: f64) -> Vec<(f64, f64)> {
    let inner = 0.6f64.sqrt();
    let mut grid = Vec::new();
    let cells = 40;
    for c in 0..cells {
        for (x, w) in [(-inner, 5.0 / 9.0), (0.0, 8.0 / 9.0), (inner, 5.0 / 9.0)] {
            let l = (c as f64 + 0.5 + 0.5 * x) / f64::from(cells);
            grid.push((l, w * (l * (1.0 - l)).powf(alpha - 1.0)));
        }
    }
    let total: f64 = grid.iter().map(|g| g.1).sum();
    grid.into_iter().map(|(l, w)| (l, w / total)).collect()
}

fn raw(loss: Loss, vicinal: Vicinal, penalty: Penalty) -> Plan {
    Plan { vicinal, standardize: false, fit_intercept: false, ..Plan::new(loss, penalty) }
}

/// The model with given coefficients, to look at the objective anywhere.
fn model(w: &[f64], data: &Dataset) -> linecall_linear::LinearModel {
    let (coef, intercept) = w.split_at(w.len() - 1);
    let classes = data.labels.classes().to_vec();
    let link = linecall_linear::Link::Logistic;
    linecall_linear::LinearModel::new(vec![coef.to_vec()], intercept.to_vec(), classes, 1, link)
        .unwrap()
}

/// Faithfulness: value and (through the residual) gradient equal explicit augmentation, on points
/// that are rows and on Chebyshev points, with weights, at parameters that are no optimum.
#[test]
fn the_objective_is_that_of_all_pairs() {
    let mut data = random(90, 3, 2, 5);
    let mut rng = Random::new(6);
    data.weights =
        Some((0..90).map(|i| if i % 11 == 0 { 0.0 } else { 0.3 + rng.uniform() }).collect());
    let rows = Rows::of(&data);
    for (text, power, grid) in [
        ("mixup:alpha=1", 1.0, dense_grid(1.0)),
        ("mixup:alpha=3", 1.0, dense_grid(3.0)),
        ("mixup:lambda=0.3", 1.0, vec![(0.3, 1.0)]),
        ("mixup:lambda=0.3,power=2", 2.0, vec![(0.3, 1.0)]),
        ("mixup:alpha=2,power=2", 2.0, dense_grid(2.0)),
    ] {
        for name in [Loss::Logistic, Loss::Squared] {
            // Small scores need few points, large ones as many as rows.
            for size in [0.1, 2.0] {
                let mut w: Vec<f64> = (0..3).map(|_| size * rng.normal()).collect();
                w.push(0.0);
                let plan = raw(name.clone(), text.parse().unwrap(), Penalty::None);
                let found = certify(&plan, &model(&w, &data), &data).unwrap();
                let (value, gradient) = rows.mixup(&name, &w, &grid, power);
                let slope = gradient[..3].iter().fold(0f64, |m, g| m.max(g.abs()));
                let label = format!("{text} {name} {size}");
                assert!(
                    close(found.objective, value, 1e-9),
                    "{label}: {} {value}",
                    found.objective
                );
                assert!(close(found.residual, slope, 1e-8), "{label}: {} {slope}", found.residual);
            }
        }
    }
}

/// At a corner of the slope the rule in lambda settles slowly; a point mass needs none.
#[test]
fn cornered_losses_are_summed_pair_by_pair() {
    let data = random(60, 3, 2, 8);
    let rows = Rows::of(&data);
    let plan = raw(Loss::SquaredHinge, "mixup:lambda=0.3".parse().unwrap(), Penalty::None);
    let w = [0.7, -0.4, 0.2, 0.0];
    let found = certify(&plan, &model(&w, &data), &data).unwrap();
    let (value, gradient) = rows.mixup(&Loss::SquaredHinge, &w, &[(0.3, 1.0)], 1.0);
    let slope = gradient[..3].iter().fold(0f64, |m, g| m.max(g.abs()));
    assert!(close(found.objective, value, 1e-12) && close(found.residual, slope, 1e-12));
    let plan = raw(Loss::SquaredHinge, Vicinal::mixup(1.0), Penalty::None);
    let found = certify(&plan, &model(&w, &data), &data).unwrap();
    let (value, _) = rows.mixup(&Loss::SquaredHinge, &w, &dense_grid(1.0), 1.0);
    assert!(close(found.objective, value, 1e-6), "{} {value}", found.objective);
}

/// Many rows go through Chebyshev points; the same rows as weights of few give the same model.
#[test]
fn copies_are_weights() {
    let few = random(30, 3, 2, 9);
    let mut rng = Random::new(4);
    let count: Vec<usize> = (0..30).map(|_| 1 + (rng.uniform() * 8.0) as usize).collect();
    let copies: Vec<usize> =
        count.iter().enumerate().flat_map(|(i, n)| std::iter::repeat_n(i, *n)).collect();
    let many = few.select(&copies).unwrap();
    let mut few = few;
    few.weights = Some(count.iter().map(|n| *n as f64).collect());
    for (name, mut plan) in plans() {
        if plan.multiclass != Multiclass::Auto || !plan.loss.is_smooth() {
            continue;
        }
        plan.vicinal = Vicinal::mixup(0.5);
        let (a, b) = (plan.fit(&few).unwrap(), plan.fit(&many).unwrap());
        let tolerance = if plan.loss == Loss::Squared { 1e-9 } else { 1e-6 };
        common::assert_same_model(&name, &a, &b, tolerance);
    }
}

/// Every smooth loss and penalty, each solver, dense and sparse: the same optimum, stationary, and
/// the gap bounds how far any other model is below.
#[test]
fn solvers_agree_and_the_gap_holds() {
    let data = random(90, 4, 2, 11);
    let sparse = Dataset::new(data.design.to_sparse().unwrap(), data.labels.clone()).unwrap();
    for (name, mut plan) in plans() {
        if plan.multiclass != Multiclass::Auto || !plan.loss.is_smooth() {
            continue;
        }
        plan.vicinal = Vicinal::mixup(1.0);
        let fit = plan.fit(&data).unwrap();
        assert!(fit.certificate.residual <= 1e-8, "{name}: {:?}", fit.certificate);
        let other = plan.fit(&sparse).unwrap();
        common::assert_same_model(&name, &fit, &other, 1e-6);
        if plan.penalty != Penalty::None {
            let gap = fit.certificate.duality_gap.unwrap();
            assert!(gap <= 1e-6, "{name}: gap {gap:e}");
            // Far from the optimum the bound is still below it.
            let loose = Plan { max_iterations: 1, ..plan.clone() }.fit(&data).unwrap().certificate;
            let below = loose.objective - loose.duality_gap.unwrap();
            assert!(below <= fit.certificate.objective + 1e-9, "{name}: {below}");
        }
        let again = certify(&plan, &fit.model, &data).unwrap();
        assert!(close(again.objective, fit.certificate.objective, 1e-12), "{name}");
        if plan.solver == Solver::Newton {
            let region = Plan { solver: Solver::TrustRegion, ..plan.clone() };
            common::assert_same_model(&name, &fit, &region.fit(&data).unwrap(), 1e-6);
            // Corners in the slope cost Newton's method its speed.
            let smooth = !name.contains("hinge") && !name.contains("huber");
            let most = if smooth { 12 } else { 100 };
            assert!(fit.certificate.iterations <= most, "{name}: {:?}", fit.certificate);
        }
    }
    let focal = Plan {
        vicinal: Vicinal::mixup(1.0),
        ..Plan::new("focal".parse().unwrap(), Penalty::l2(0.1))
    };
    let fit = focal.fit(&data).unwrap().certificate;
    assert!(fit.residual < 1e-8 && fit.duality_gap.is_none() && !fit.convex);
}

/// The order of the rows and the number of threads change nothing.
#[test]
fn rows_and_threads_do_not_matter() {
    let data = random(2_500, 4, 2, 3);
    let plan =
        Plan { vicinal: Vicinal::mixup(1.0), ..Plan::new(Loss::Logistic, Penalty::l2(1e-3)) };
    let fit = plan.fit(&data).unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| plan.fit(&data).unwrap())
    };
    for threads in [1, 3] {
        let other = on(threads);
        assert_eq!(fit.model.coef(), other.model.coef(), "{threads} threads");
        assert_eq!(fit.certificate, other.certificate, "{threads} threads");
    }
    let order: Vec<usize> = (0..2_500).rev().collect();
    let other = plan.fit(&data.select(&order).unwrap()).unwrap();
    common::assert_same_model("reversed", &fit, &other, 1e-7);
}

/// One class against the rest: each score is the fit of its two classes.
#[test]
fn more_classes_go_one_against_the_rest() {
    let data = random(200, 4, 3, 7);
    let plan = Plan {
        vicinal: Vicinal::mixup(1.0),
        multiclass: Multiclass::OneVsRest,
        ..Plan::new(Loss::Logistic, Penalty::l2(0.01))
    };
    let fit = plan.fit(&data).unwrap();
    for c in 0..3u32 {
        let names = data.labels.codes().iter().map(|k| if *k == c { "yes" } else { "no" });
        let two = Dataset::new(data.design.clone(), Labels::from_names(names)).unwrap();
        let one = Plan { multiclass: Multiclass::Auto, ..plan.clone() }.fit(&two).unwrap();
        for (a, b) in fit.model.coef()[c as usize].iter().zip(&one.model.coef()[0]) {
            assert!(close(*a, *b, 1e-6), "class {c}: {a} {b}");
        }
    }
    let joint = Plan { multiclass: Multiclass::Auto, ..plan };
    let refusal = joint.fit(&data).unwrap_err().to_string();
    assert!(refusal.contains("ovr"), "{refusal}");
}

/// Faithfulness: on separable data the minimiser is finite, and without a penalty.
#[test]
fn separated_classes_have_a_minimiser() {
    let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i), f64::from(i * 7 % 5)]).collect();
    let names: Vec<&str> = (0..40).map(|i| if i < 20 { "no" } else { "yes" }).collect();
    let data = dataset(&rows, &["a", "b"], &names);
    for solver in [Solver::Newton, Solver::TrustRegion] {
        let plain = Plan { solver, ..Plan::new(Loss::Logistic, Penalty::None) };
        assert!(plain.fit(&data).is_err());
        let fit = Plan { vicinal: Vicinal::mixup(1.0), ..plain }.fit(&data).unwrap();
        assert!(fit.certificate.residual < 1e-9, "{:?}", fit.certificate);
        assert!(fit.standardized[0][0] > 1.0 && fit.standardized[0][0] < 50.0);
    }
}

/// Of one distance only: mixing shares near 1 leave the rows as they are.
#[test]
fn near_the_rows_it_is_the_plain_loss() {
    let data = random(300, 3, 2, 2);
    let plain = Plan::new(Loss::Logistic, Penalty::l2(0.01));
    let fit = plain.fit(&data).unwrap();
    let mixed = Plan { vicinal: "mixup:lambda=0.9999999".parse().unwrap(), ..plain };
    common::assert_same_model("near 1", &fit, &mixed.fit(&data).unwrap(), 1e-5);
}

#[test]
fn what_is_about_rows_alone_is_refused() {
    let data = random(60, 3, 2, 1);
    let plan = Plan { vicinal: Vicinal::mixup(1.0), ..Plan::new(Loss::Logistic, Penalty::l2(0.1)) };
    let fit = plan.fit(&data).unwrap();
    let says =
        |e: linecall_linear::Error| assert!(e.to_string().starts_with("`vicinal` is mixup"), "{e}");
    says(linecall_linear::Influence::of(&plan, &fit.model, &data).err().unwrap());
    says(linecall_linear::Objective::new(&plan, &data).err().unwrap());
    let mut source = linecall_linear::stream::InMemory::new(&data, 16);
    let options = linecall_linear::stream::Options::default();
    says(linecall_linear::stream::fit(&plan, &mut source, &options).err().unwrap());
    for (loss, word) in [("hinge", "smooth"), ("relu", "loss")] {
        let plan = Plan { loss: loss.parse().unwrap(), ..plan.clone() };
        let said = plan.fit(&data).unwrap_err().to_string();
        assert!(said.contains(word), "{said}");
    }
    let corners = Plan { loss: Loss::SquaredHinge, ..plan };
    let rows: Vec<Vec<f64>> = (0..5_001).map(|i| vec![f64::from(i % 7)]).collect();
    let names = (0..5_001).map(|i| if i % 3 == 0 { "a" } else { "b" });
    let many =
        Dataset::new(Design::from_rows(&rows, &["x"]).unwrap(), Labels::from_names(names)).unwrap();
    assert!(corners.fit(&many).unwrap_err().to_string().contains("at most 5000 rows"));
}

/// Faithfulness: the masked objective, its slopes and its Hessian are those of all pairs written out.
#[test]
fn masked_mixtures_are_those_of_all_pairs() {
    let mut rng = Random::new(12);
    for n in [7, 160] {
        let x: Vec<Vec<f64>> = (0..n).map(|_| (0..3).map(|_| rng.normal()).collect()).collect();
        let y: Vec<f64> = (0..n).map(|i| if i % 3 == 0 { 1.0 } else { -1.0 }).collect();
        let list = vec![(vec![true, false, true], 0.5), (vec![false, false, true], 0.5)];
        let masks = Masks::new(list.clone()).unwrap();
        let value = |w: &[f64]| {
            let mut sum = 0.0;
            for i in 0..n {
                for j in 0..n {
                    for (mask, chance) in &list {
                        let share = mask.iter().filter(|k| **k).count() as f64 / 3.0;
                        let z: f64 =
                            (0..3).map(|k| w[k] * if mask[k] { x[i][k] } else { x[j][k] }).sum();
                        let l = |y: f64| loss(&Loss::Logistic, y * z).0;
                        sum += chance * (share * l(y[i]) + (1.0 - share) * l(y[j]));
                    }
                }
            }
            sum / (n * n) as f64
        };
        let w = [0.5, -1.2, 0.8];
        let at = masks.at(&x, &y, &w).unwrap();
        assert!(close(at.value, value(&w), 1e-12), "{n}: {} {}", at.value, value(&w));
        for j in 0..3 {
            let moved = |by: f64| {
                let mut w = w;
                w[j] += by;
                (value(&w), masks.at(&x, &y, &w).unwrap().gradient)
            };
            let (up, down) = (moved(1e-5), moved(-1e-5));
            assert!((at.gradient[j] - (up.0 - down.0) / 2e-5).abs() < 1e-9, "{n}: slope {j}");
            for l in 0..3 {
                let bend = (up.1[l] - down.1[l]) / 2e-5;
                assert!((at.hessian[(j, l)] - bend).abs() < 1e-8, "{n}: {j} {l}");
            }
        }
    }
    assert!(Masks::independent(2, 1.5).is_err() && Masks::new(vec![(vec![true], 0.4)]).is_err());
}

/// Check numbers: Mixup stays near the Bayes direction however far the classes are apart, the plain
/// loss falls behind from kappa 4 on; with 2e5 correlated rows both find it, masks do not (0.856).
#[test]
fn the_study_has_the_card_s_numbers() {
    let of = Study { sizes: Vec::new(), ..Study::default() };
    let outcome = study(&of, &|_, _| ()).unwrap();
    for row in &outcome.rows {
        println!("{row:?}");
        assert!(row.mixup > 0.97, "{row:?}");
        if row.kappa >= 4.0 {
            assert!(row.mixup > row.plain, "{row:?}");
        }
    }
    let masked = outcome.masked.unwrap();
    println!("{masked:?}");
    assert!(masked.plain > 0.9999 && masked.mixup > 0.9999, "{masked:?}");
    assert!((masked.masked - 0.856).abs() < 0.005, "{masked:?}");
    let few = Study { draws: 0, ..of };
    assert!(study(&few, &|_, _| ()).is_err());
}

/// The curse of separability: rows needed for a cosine of 0.98 grow for the plain loss, not for
/// Mixup.
#[test]
fn the_plain_loss_needs_more_rows() {
    let of = Study { kappas: vec![1.0, 16.0], masked_rows: 0, ..Study::default() };
    let rows = study(&of, &|_, _| ()).unwrap().rows;
    println!("{rows:?}");
    let (near, far) = (&rows[0], &rows[1]);
    assert!(far.mixup_rows.unwrap() <= near.mixup_rows.unwrap());
    assert!(far.plain_rows.is_none_or(|n| n >= 4 * far.mixup_rows.unwrap()));
}
