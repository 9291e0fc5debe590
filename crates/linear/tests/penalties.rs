//! Groups, factors, bounds, the elastic net, and losses that are not convex.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use common::{close, dataset, random};
use linecall_data::{Csr, Dataset, Dense, Design, DesignColumn, Labels, Matrix, StopReason, Term};
use linecall_linear::{Bounds, ColumnRules, Fit, Loss, Penalty, Plan};

fn fit(plan: &Plan, data: &Dataset) -> Fit {
    plan.fit(data).unwrap_or_else(|e| panic!("{e}"))
}

/// Two numeric columns and a category of four levels, of which only one number matters.
fn with_category() -> Dataset {
    let mut rng = common::Random::new(3);
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    for i in 0..400 {
        let (x, z, level) = (rng.normal(), rng.normal(), i % 4);
        let mut row = vec![x, z, 0.0, 0.0, 0.0];
        if level > 0 {
            row[1 + level] = 1.0;
        }
        names.push(if x + 0.3 * rng.normal() > 0.0 { "yes" } else { "no" });
        rows.push(row);
    }
    let mut columns = vec![DesignColumn::value("x"), DesignColumn::value("z")];
    for level in ["b", "c", "d"] {
        let term = Term::Level(level.to_owned());
        columns.push(DesignColumn { source: "kind".to_owned(), term, unit: None });
    }
    let plain = Design::from_rows(&rows, &["x", "z", "b", "c", "d"]).unwrap();
    let design = Design::new(plain.matrix().clone(), columns).unwrap();
    Dataset::new(design, Labels::from_names(names)).unwrap()
}

#[test]
fn a_category_comes_in_whole_or_not_at_all() {
    let data = with_category();
    let mut seen = [false; 2];
    for step in 0..30 {
        let lambda = 0.3 * 0.75f64.powi(step);
        let found = fit(&Plan::new(Loss::Logistic, Penalty::group_lasso(lambda)), &data);
        assert_eq!(found.certificate.stop, StopReason::Converged);
        assert!(found.certificate.duality_gap.unwrap() < 1e-8, "{:?}", found.certificate);
        let zero = found.model.coef()[0][2..].iter().filter(|w| **w == 0.0).count();
        assert!(zero == 0 || zero == 3, "lambda {lambda}: {:?}", found.model.coef());
        seen[usize::from(zero == 0)] = true;
    }
    assert!(seen[0] && seen[1], "the path has the category both out and in");
}

#[test]
fn the_elastic_net_joins_both_penalties() {
    let data = random(200, 6, 2, 4);
    let same = |a: &Fit, b: &Fit| {
        for (x, y) in a.model.coef()[0].iter().zip(&b.model.coef()[0]) {
            assert!(close(*x, *y, 1e-7), "{x} {y}");
        }
    };
    let at = |penalty| fit(&Plan { tolerance: 1e-11, ..Plan::new(Loss::Logistic, penalty) }, &data);
    same(&at(Penalty::elastic_net(0.05, 1.0)), &at(Penalty::l1(0.05)));
    same(&at(Penalty::elastic_net(0.05, 0.0)), &at(Penalty::l2(0.05)));
}

#[test]
fn a_factor_of_zero_frees_a_column_and_a_large_one_drops_it() {
    let data = random(300, 4, 2, 8);
    let rules = |factors: &[(&str, f64)]| ColumnRules {
        factors: factors.iter().map(|(c, f)| ((*c).to_owned(), *f)).collect(),
        bounds: Vec::new(),
    };
    for penalty in [Penalty::l2(0.5), Penalty::l1(0.2), Penalty::group_lasso(0.2)] {
        let plan = Plan {
            columns: rules(&[("x1", 0.0), ("x2", 1e6)]),
            ..Plan::new(Loss::Logistic, penalty)
        };
        let found = fit(&plan, &data);
        // With everything else held at (nearly) nothing, the free column is a fit of its own.
        let strong = Plan {
            penalty: penalty.with_lambda(1e5),
            columns: rules(&[("x1", 0.0)]),
            tolerance: 1e-10,
            ..plan.clone()
        };
        let alone: Vec<Vec<f64>> = (0..300)
            .map(|i| {
                let mut row = [0.0; 4];
                data.design.for_each_in_row(i, |j, x| row[j] = x);
                vec![row[1]]
            })
            .collect();
        let classes: Vec<String> = data.labels.codes().iter().map(|c| format!("c{c}")).collect();
        let one = dataset(&alone, &["x1"], &classes);
        let (a, b) = (
            fit(&strong, &data).model.coef()[0][1],
            fit(&Plan::new(Loss::Logistic, Penalty::None), &one).model.coef()[0][0],
        );
        assert!(close(a, b, 1e-4), "{penalty:?}: {a} {b}");
        assert!(found.model.coef()[0][2].abs() < 1e-6, "{penalty:?}");
        assert!(found.certificate.residual <= 1e-9);
    }
    let unknown =
        Plan { columns: rules(&[("nope", 1.0)]), ..Plan::new(Loss::Logistic, Penalty::l2(0.1)) };
    assert!(unknown.fit(&data).unwrap_err().to_string().contains("nope"));
}

#[test]
fn bounds_hold_exactly_and_are_optimal() {
    let data = random(250, 5, 2, 21);
    let free = fit(&Plan::new(Loss::Logistic, Penalty::l2(0.01)), &data);
    for positive in [0, 1] {
        let sign = if positive == 1 { 1.0 } else { -1.0 };
        let w: Vec<f64> = free.model.coef()[0].iter().map(|w| sign * w).collect();
        // Each coefficient is kept from its own sign, or to half of its size.
        let bounds: Vec<Bounds> = (0..5)
            .map(|j| {
                let half = 0.5 * w[j];
                let (low, high) = match (j % 2 == 0, w[j] > 0.0) {
                    (true, true) => (None, Some(0.0)),
                    (true, false) => (Some(0.0), None),
                    (false, true) => (None, Some(half)),
                    (false, false) => (Some(half), None),
                };
                Bounds { column: format!("x{j}"), low, high }
            })
            .collect();
        for penalty in [Penalty::None, Penalty::l2(0.01), Penalty::l1(0.01)] {
            for loss in [Loss::Logistic, Loss::SquaredHinge] {
                let rules = ColumnRules { factors: Vec::new(), bounds: bounds.clone() };
                let plan = Plan { columns: rules, positive, ..Plan::new(loss, penalty) };
                let found = fit(&plan, &data);
                assert!(found.certificate.residual <= 1e-9, "{:?}", found.certificate);
                for (b, w) in bounds.iter().zip(&found.model.coef()[0]) {
                    assert!(b.low.is_none_or(|l| *w >= l - 1e-12), "{b:?} {w}");
                    assert!(b.high.is_none_or(|h| *w <= h + 1e-12), "{b:?} {w}");
                }
            }
        }
    }
    let three = random(60, 5, 3, 2);
    let rules = ColumnRules {
        factors: Vec::new(),
        bounds: vec![Bounds { column: "x0".to_owned(), low: Some(0.0), high: None }],
    };
    let plan = Plan { columns: rules, ..Plan::new(Loss::Logistic, Penalty::l2(0.1)) };
    assert!(plan.fit(&three).is_err());
}

#[test]
fn losses_that_are_not_convex_end_at_a_stationary_point_and_say_so() {
    for name in ["focal:gamma=2", "poly:eps=3", "poly:eps=0.5,0.4", "focal:gamma=1,eps=1"] {
        for classes in [2, 3] {
            let loss: Loss = name.parse().unwrap();
            let found = fit(&Plan::new(loss, Penalty::l2(0.01)), &random(200, 5, classes, 6));
            let c = &found.certificate;
            assert!(!c.convex && c.duality_gap.is_none(), "{name}");
            assert!(c.residual <= 1e-9, "{name}: {} {:?}", c.residual, c.stop);
            let p = found.model.probabilities_of(&vec![0.3; found.model.n_scores()]).unwrap();
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
    let relu: Loss = "relu".parse().unwrap();
    let data = random(200, 5, 3, 6);
    let found = fit(&Plan::new(relu.clone(), Penalty::None), &data);
    assert!(!found.certificate.convex);
    // Nearly as good as the softmax on an easy set, as the paper finds.
    let softmax = fit(&Plan::new(Loss::Logistic, Penalty::None), &data).certificate.objective;
    assert!(found.certificate.objective < 1.1 * softmax, "{}", found.certificate.objective);
    assert_eq!(found.certificate.solver, "adam");
    assert!(Plan::new(relu.clone(), Penalty::l2(0.1)).fit(&data).is_err());
    assert!(Plan::new(relu, Penalty::None).fit(&random(60, 3, 2, 1)).is_err());
}

#[test]
fn poly_of_zero_is_the_log_loss() {
    for classes in [2, 3] {
        let data = random(200, 5, classes, 12);
        let a = fit(&Plan::new(Loss::Logistic, Penalty::l2(0.02)), &data);
        let b = fit(&Plan::new(Loss::Poly { eps: vec![0.0] }, Penalty::l2(0.02)), &data);
        for (x, y) in a.model.coef().iter().flatten().zip(b.model.coef().iter().flatten()) {
            assert!(close(*x, *y, 1e-7), "{x} {y}");
        }
        assert!(close(a.certificate.objective, b.certificate.objective, 1e-12));
    }
}

#[test]
fn without_an_intercept_a_column_of_ones_is_a_penalised_intercept() {
    let base = random(150, 3, 2, 31);
    let rows: Vec<Vec<f64>> = (0..150)
        .map(|i| {
            let mut row = vec![0.0; 4];
            base.design.for_each_in_row(i, |j, x| row[j] = x);
            row[3] = 1.0;
            row
        })
        .collect();
    let classes: Vec<String> = base.labels.codes().iter().map(|c| format!("c{c}")).collect();
    let data = dataset(&rows, &["a", "b", "c", "one"], &classes);
    let plan = Plan {
        fit_intercept: false,
        standardize: false,
        ..Plan::new(Loss::Logistic, Penalty::l2(0.05))
    };
    for data in [data.clone(), {
        let mut sparse = data.clone();
        sparse.design = data.design.to_sparse().unwrap();
        sparse
    }] {
        let found = fit(&plan, &data);
        let w = &found.model.coef()[0];
        assert!(found.constant.is_empty() && w[3] != 0.0);
        // Stationary by its own definition: mean slope plus lambda times the coefficient.
        let scores = found.model.scores(&data.design).unwrap();
        let slope: f64 = scores
            .iter()
            .zip(data.labels.codes())
            .map(|(f, &c)| 1.0 / (1.0 + (-f).exp()) - f64::from(c))
            .sum::<f64>()
            / 150.0;
        assert!((slope + 0.05 * w[3]).abs() < 1e-9, "{slope} {}", w[3]);
    }
    let with = Plan { fit_intercept: true, ..plan };
    assert_eq!(fit(&with, &data).constant, ["one"]);
}

/// A design of columns in groups of three, with a dozen entries a row, stored sparsely and densely.
fn sparse_and_dense(n: usize, d: usize, classes: usize) -> [Dataset; 2] {
    let mut rng = common::Random::new(31);
    let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
    let mut dense = vec![0.0; n * d];
    let mut names = Vec::new();
    for i in 0..n {
        let mut own: Vec<u32> = (0..12)
            .map(|_| ((rng.normal().abs() * d as f64 / 2.2) as u32).min(d as u32 - 1))
            .collect();
        own.sort_unstable();
        own.dedup();
        let mut score = 0.5 * rng.normal();
        for &j in &own {
            let x = rng.normal();
            dense[i * d + j as usize] = x;
            values.push(x);
            score += if j % 7 == 0 { x } else { 0.0 };
        }
        indices.extend(own);
        offsets.push(indices.len() as u64);
        let third = if score > 0.6 { "c" } else { "b" };
        names.push(if score < 0.0 {
            "a"
        } else if classes > 2 {
            third
        } else {
            "b"
        });
    }
    let columns = || {
        let column = |j: usize| DesignColumn {
            source: format!("s{}", j / 3),
            term: Term::Level(j.to_string()),
            unit: None,
        };
        (0..d).map(column).collect::<Vec<_>>()
    };
    let sparse = Matrix::SparseF64(Csr::new(d, offsets, indices, values).unwrap());
    let dense = Matrix::DenseF64(Dense::new(n, d, dense).unwrap());
    [sparse, dense].map(|matrix| {
        let design = Design::new(matrix, columns()).unwrap();
        Dataset::new(design, Labels::from_names(&names)).unwrap()
    })
}

/// Listed columns and curvature matrices are two ways to the same optimum; of few rows, dense columns
/// are listed too.
#[test]
fn many_sparse_columns_end_where_dense_ones_do() {
    let positive = |column: &str| Bounds { column: column.to_owned(), low: Some(0.0), high: None };
    let bounds = vec![positive("s0"), positive("s7"), positive("s14")];
    let plain = ColumnRules::default();
    let bounded = ColumnRules { bounds, ..ColumnRules::default() };
    for (n, classes, penalty, columns, standardize) in [
        (700, 2, Penalty::elastic_net(2e-4, 0.5), &plain, true),
        (1_500, 2, Penalty::l1(1e-4), &plain, false),
        (1_500, 2, Penalty::l1(1e-4), &plain, true),
        (1_500, 2, Penalty::elastic_net(2e-4, 0.5), &plain, true),
        (1_500, 2, Penalty::elastic_net(2e-4, 0.5), &bounded, false),
        (1_500, 2, Penalty::group_lasso(3e-4), &plain, false),
        (1_500, 3, Penalty::l1(2e-4), &plain, false),
    ] {
        let plan = Plan {
            columns: columns.clone(),
            standardize,
            tolerance: 1e-10,
            ..Plan::new(Loss::Logistic, penalty)
        };
        let [sparse, dense] = sparse_and_dense(n, 450, classes).map(|data| fit(&plan, &data));
        let name = format!("{n} {classes} {penalty:?}");
        let used = |coef: &Vec<f64>| coef.iter().filter(|w| **w != 0.0).count();
        let most = sparse.model.coef().iter().map(used).max().unwrap();
        assert!(most > 300 || classes > 2, "{name}: {most}");
        for found in [&sparse, &dense] {
            assert_eq!(found.certificate.stop, StopReason::Converged, "{name}");
            assert!(found.certificate.duality_gap.unwrap() < 1e-6, "{name}");
        }
        let (a, b) = (sparse.certificate.objective, dense.certificate.objective);
        assert!((a - b).abs() <= 1e-11, "{name}: {a} {b}");
        // Of more columns than rows, L1 alone leaves the coefficients nearly open.
        if matches!(penalty, Penalty::ElasticNet { .. }) {
            let pair =
                sparse.model.coef().iter().flatten().zip(dense.model.coef().iter().flatten());
            pair.for_each(|(x, y)| assert!(close(*x, *y, 1e-5), "{name}: {x} {y}"));
        }
    }
}
