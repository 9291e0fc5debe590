//! Data for the tests: seeded, small, and awkward on purpose.
#![allow(dead_code, clippy::unwrap_used)]

use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{Loss, Penalty, Plan, Solver};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Roughly normal: twelve uniforms.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// `n` rows of `d` columns, a third of the entries zero, and `k` overlapping classes.
pub(crate) fn random(n: usize, d: usize, k: usize, seed: u64) -> Dataset {
    let mut rng = Random::new(seed);
    let rows: Vec<Vec<f64>> = (0..n)
        .map(|_| {
            (0..d)
                .map(|j| {
                    let v = rng.normal() * (1.0 + j as f64 / 3.0) + (j % 3) as f64;
                    if rng.uniform() < 0.33 { 0.0 } else { v }
                })
                .collect()
        })
        .collect();
    let names: Vec<String> = rows
        .iter()
        .map(|row| {
            let best = (0..k).map(|c| {
                let signal: f64 =
                    row.iter().enumerate().map(|(j, v)| v * f64::from(u8::from(j % k == c))).sum();
                signal * 0.5 + rng.normal() * 1.5
            });
            let best = best.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
            format!("c{best}")
        })
        .collect();
    let columns: Vec<String> = (0..d).map(|j| format!("x{j}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    dataset(&rows, &columns, &names)
}

pub(crate) fn dataset(rows: &[Vec<f64>], columns: &[&str], names: &[impl AsRef<str>]) -> Dataset {
    Dataset::new(Design::from_rows(rows, columns).unwrap(), Labels::from_names(names)).unwrap()
}

/// Every loss, penalty and solver that go together: the one list that the conformance tests run.
/// Losses that are not convex and the solver in the dual have tests of their own.
pub(crate) fn plans() -> Vec<(String, Plan)> {
    let losses = [
        "logistic",
        "squared-hinge",
        "smoothed-hinge:gamma=0.5",
        "modified-huber",
        "squared",
        "poly:eps=0.8",
    ];
    let ways = [
        (Penalty::None, vec![Solver::Newton, Solver::TrustRegion]),
        (Penalty::l2(0.02), vec![Solver::Newton, Solver::TrustRegion]),
        (Penalty::l1(0.02), vec![Solver::ProximalNewton]),
        (Penalty::elastic_net(0.03, 0.4), vec![Solver::ProximalNewton]),
        (Penalty::group_lasso(0.02), vec![Solver::ProximalNewton]),
    ];
    let mut plans = Vec::new();
    for name in losses {
        let loss: Loss = name.parse().unwrap();
        for (penalty, solvers) in &ways {
            for &solver in solvers {
                let plan = Plan { solver, ..Plan::new(loss.clone(), *penalty) };
                plans.push((format!("{name} {} {}", penalty.name(), solver.name()), plan));
            }
        }
    }
    let rest = Plan {
        multiclass: linecall_linear::Multiclass::OneVsRest,
        ..Plan::new(Loss::Logistic, Penalty::l2(0.02))
    };
    plans.push(("logistic one against the rest".to_owned(), rest));
    plans
}

pub(crate) fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

pub(crate) fn assert_same_model(
    name: &str,
    a: &linecall_linear::Fit,
    b: &linecall_linear::Fit,
    tolerance: f64,
) {
    for (x, y) in a.model.coef().iter().flatten().zip(b.model.coef().iter().flatten()) {
        assert!(close(*x, *y, tolerance), "{name}: coef {x} and {y}");
    }
    for (x, y) in a.model.intercept().iter().zip(b.model.intercept()) {
        assert!(close(*x, *y, tolerance), "{name}: intercept {x} and {y}");
    }
}
