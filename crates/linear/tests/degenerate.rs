//! Data that break naive solvers: separated, constant, repeated, tiny, huge, empty.

mod common;

use common::{close, dataset, plans, random};
use linecall_data::{Dataset, Design, Labels, Matrix};
use linecall_linear::{ClassWeight, Error, Loss, Penalty, Plan};

fn logistic(penalty: Penalty) -> Plan {
    Plan::new(Loss::Logistic, penalty)
}

#[test]
fn no_rows_and_one_class_are_refused() {
    for (name, plan) in plans() {
        let empty = dataset(&[], &["x"], &[] as &[&str]);
        assert_eq!(plan.fit(&empty).unwrap_err(), Error::NoRows, "{name}");
        let one = dataset(&[vec![1.0]], &["x"], &["a"]);
        assert_eq!(plan.fit(&one).unwrap_err(), Error::OneClass { class: "a".into() }, "{name}");
        let mut gone = random(20, 2, 2, 1);
        gone.weights =
            Some(gone.labels.codes().iter().map(|&c| f64::from(u8::from(c == 0))).collect());
        assert!(matches!(plan.fit(&gone).unwrap_err(), Error::OneClass { .. }), "{name}");
    }
}

#[test]
fn complete_separation_without_a_penalty_is_a_verdict_that_names_the_column() {
    let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i), f64::from(i * 7 % 11)]).collect();
    let names: Vec<&str> = (0..40).map(|i| if i < 17 { "lo" } else { "hi" }).collect();
    let data = dataset(&rows, &["age", "noise"], &names);
    for solver in [linecall_linear::Solver::Newton, linecall_linear::Solver::TrustRegion] {
        let plan = Plan { solver, ..logistic(Penalty::None) };
        match plan.fit(&data).unwrap_err() {
            Error::Separated { columns } => assert_eq!(columns[0], "`age`"),
            other => panic!("{other}"),
        }
    }
    let fit = logistic(Penalty::l2(1e-4)).fit(&data).unwrap();
    assert_eq!(fit.separation.len(), 1);
    assert_eq!(fit.separation[0].column, "age");
    assert!(fit.separation[0].complete);
    assert_eq!(fit.separation[0].at, 16.5);
}

#[test]
fn separation_by_a_combination_of_columns_is_recognised() {
    let rows: Vec<Vec<f64>> = (0..60)
        .map(|i| vec![f64::from(i % 10), f64::from(i / 10), f64::from(i * 13 % 7)])
        .collect();
    let names: Vec<&str> = rows.iter().map(|r| if r[0] + r[1] > 7.5 { "b" } else { "a" }).collect();
    let data = dataset(&rows, &["x", "y", "z"], &names);
    match logistic(Penalty::None).fit(&data).unwrap_err() {
        Error::Separated { columns } => {
            assert!(columns.contains(&"`x`".to_owned()) && columns.contains(&"`y`".to_owned()));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn quasi_separation_by_one_level_is_recognised() {
    // `rare` is 1 only in class a; the other column overlaps.
    let mut rows = Vec::new();
    let mut names = Vec::new();
    for i in 0..80 {
        rows.push(vec![f64::from(u8::from(i % 20 == 0)), f64::from(i * 37 % 23)]);
        names.push(if i % 20 == 0 || (i * 37 % 23) + i % 9 > 14 { "a" } else { "b" });
    }
    let data = dataset(&rows, &["rare", "x"], &names);
    match logistic(Penalty::None).fit(&data).unwrap_err() {
        Error::Separated { columns } => assert_eq!(columns, ["`rare`"]),
        other => panic!("{other}"),
    }
    let fit = logistic(Penalty::l2(0.01)).fit(&data).unwrap();
    assert_eq!(fit.separation[0].column, "rare");
    assert!(!fit.separation[0].complete);
}

#[test]
fn overlapping_classes_are_not_called_separated() {
    for seed in 0..20 {
        let data = random(60, 3, 2, seed);
        let fit = logistic(Penalty::None).fit(&data);
        let scores = |fit: &linecall_linear::Fit| fit.model.scores(&data.design).unwrap();
        match fit {
            Ok(fit) => assert!(scores(&fit).iter().all(|s| s.abs() < 60.0)),
            Err(Error::Separated { .. }) => {
                // Then a nearly unpenalised fit must call every row rightly.
                let near = logistic(Penalty::l2(1e-9)).fit(&data).unwrap();
                for (s, &c) in scores(&near).iter().zip(data.labels.codes()) {
                    assert_eq!(*s > 0.0, c == 1);
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn constant_columns_get_zero_and_are_named() {
    for (name, plan) in plans() {
        let base = random(50, 3, 2, 4);
        let widen = |value: f64| {
            let rows: Vec<Vec<f64>> = (0..50)
                .map(|i| {
                    let mut row = vec![0.0; 4];
                    base.design.for_each_in_row(i, |j, v| row[j] = v);
                    row[3] = value;
                    row
                })
                .collect();
            let names: Vec<u32> = base.labels.codes().to_vec();
            let names: Vec<String> = names.iter().map(|c| format!("c{c}")).collect();
            plan.fit(&dataset(&rows, &["a", "b", "c", "k"], &names)).unwrap()
        };
        let without = plan.fit(&base).unwrap();
        for value in [0.0, 7.0, 1e300] {
            let with = widen(value);
            assert_eq!(with.constant, ["k"], "{name}");
            assert_eq!(with.model.coef()[0][3], 0.0, "{name}");
            let (a, b) = (with.certificate.objective, without.certificate.objective);
            assert!(close(a, b, 1e-9), "{name} {value}: {a} {b}");
        }
    }
}

#[test]
fn repeated_columns_share_an_l2_coefficient_and_are_aliased_without_a_penalty() {
    let base = random(70, 2, 2, 9);
    let rows: Vec<Vec<f64>> = (0..70)
        .map(|i| {
            let mut row = vec![0.0; 4];
            base.design.for_each_in_row(i, |j, v| row[j] = v);
            row[2] = row[0];
            row[3] = 2.0 * row[0] - row[1] + 3.0;
            row
        })
        .collect();
    let names: Vec<String> = base.labels.codes().iter().map(|c| format!("c{c}")).collect();
    let data = dataset(&rows, &["a", "b", "twin", "mix"], &names);
    let fit = logistic(Penalty::l2(0.1)).fit(&data).unwrap();
    let w = &fit.model.coef()[0];
    assert!(close(w[0], w[2], 1e-9) && fit.aliased.is_empty());
    let fit = logistic(Penalty::None).fit(&data).unwrap();
    assert_eq!(fit.aliased, ["twin", "mix"]);
    let plain = logistic(Penalty::None).fit(&base).unwrap();
    assert!(close(fit.certificate.objective, plain.certificate.objective, 1e-10));
}

#[test]
fn more_columns_than_rows_is_fine_with_a_penalty() {
    for (name, plan) in plans() {
        if plan.penalty == Penalty::None {
            continue;
        }
        let data = random(20, 60, 2, 8);
        let fit = plan.fit(&data).unwrap();
        assert!(fit.certificate.residual <= 1e-9, "{name}");
    }
}

#[test]
fn a_design_without_columns_fits_the_base_rate() {
    let names = ["a", "b", "b", "b"];
    let design = Design::new(
        Matrix::DenseF64(linecall_data::Dense::new(4, 0, Vec::new()).unwrap()),
        Vec::new(),
    )
    .unwrap();
    let data = Dataset::new(design, Labels::from_names(names)).unwrap();
    let fit = logistic(Penalty::l2(1.0)).fit(&data).unwrap();
    assert!(close(fit.model.intercept()[0], 3f64.ln(), 1e-9));
}

#[test]
fn balanced_weights_equal_given_ones() {
    let data = random(90, 3, 3, 2);
    let counts = data.labels.counts();
    let n: u64 = counts.iter().sum();
    let weights = counts
        .iter()
        .zip(data.labels.classes())
        .map(|(c, name)| (name.clone(), n as f64 / (3.0 * *c as f64)))
        .collect();
    let plan = logistic(Penalty::l2(0.05));
    let a = Plan { class_weight: ClassWeight::Balanced, ..plan.clone() }.fit(&data).unwrap();
    let b = Plan { class_weight: ClassWeight::Given { weights }, ..plan }.fit(&data).unwrap();
    common::assert_same_model("balanced", &a, &b, 1e-9);
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let data = random(20, 2, 2, 0);
    for (plan, name) in [
        (logistic(Penalty::l2(-1.0)), "lambda"),
        (logistic(Penalty::l1(f64::NAN)), "lambda"),
        (Plan { tolerance: 0.0, ..logistic(Penalty::None) }, "tolerance"),
        (Plan { solver: linecall_linear::Solver::Newton, ..logistic(Penalty::l1(0.1)) }, "solver"),
    ] {
        match plan.fit(&data).unwrap_err() {
            Error::Setting { name: found, .. } => assert_eq!(found, name),
            other => panic!("{other}"),
        }
    }
    let mut bad = data;
    bad.weights = Some(vec![f64::INFINITY; 20]);
    assert!(matches!(
        logistic(Penalty::None).fit(&bad),
        Err(Error::Setting { name: "weight", .. })
    ));
}

/// More columns than rows and a loss with kinks: a Newton step is right for the rows that were on the
/// slope where it began, and far too long for those that it throws there.
#[test]
fn the_squared_hinge_reaches_its_optimum_with_more_columns_than_rows() {
    for (seed, k) in [(22, 3), (5, 2)] {
        let data = random(50, 530, k, seed);
        for lambda in [0.1, 0.01, 0.001] {
            let plan =
                Plan { tolerance: 1e-10, ..Plan::new(Loss::SquaredHinge, Penalty::l2(lambda)) };
            let fit = plan.fit(&data).unwrap().certificate;
            assert_eq!(fit.solver, "trust_region");
            assert_eq!(fit.stop, linecall_data::StopReason::Converged, "{lambda}");
            assert!(fit.duality_gap.unwrap() < 1e-14, "{lambda}: {:?}", fit.duality_gap);
            assert!(fit.iterations < 150, "{lambda}: {} iterations", fit.iterations);
        }
    }
}
