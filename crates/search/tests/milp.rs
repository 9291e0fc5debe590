//! Programs against brute force.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use linecall_search::milp::{Milp, Model, Solver, TOLERANCE};
use linecall_search::{Answer, Limits};
use proptest::prelude::*;

fn solvers() -> Vec<Solver> {
    vec![
        Solver::Microlp,
        #[cfg(feature = "highs")]
        Solver::Highs,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Binary programs of up to eight variables with a continuous one that fills a row up.
    #[test]
    fn the_least_is_that_of_brute_force(
        cost in prop::collection::vec(-9i32..9, 3..8),
        rows in prop::collection::vec((prop::collection::vec(-5i32..6, 8), -4i32..10), 1..4),
    ) {
        let n = cost.len();
        let mut model = Model::default();
        cost.iter().for_each(|c| { model.add_integer(0, 1, f64::from(*c)); });
        let slack = model.add_variable(0.0, 1.5, 2.0);
        for (a, most) in &rows {
            let mut terms: Vec<(usize, f64)> =
                (0..n).map(|j| (j, f64::from(a[j]))).filter(|t| t.1 != 0.0).collect();
            terms.push((slack, -1.0));
            model.add_row(terms, f64::NEG_INFINITY, f64::from(*most));
        }
        let mut best = f64::INFINITY;
        for k in 0..1u32 << n {
            let x = |j: usize| f64::from(k >> j & 1);
            let over = rows.iter().map(|(a, most)| {
                (0..n).map(|j| f64::from(a[j]) * x(j)).sum::<f64>() - f64::from(*most)
            });
            let need = over.fold(0.0, f64::max);
            if need <= 1.5 {
                best = f64::min(best, (0..n).map(|j| f64::from(cost[j]) * x(j)).sum::<f64>() + 2.0 * need);
            }
        }
        for solver in solvers() {
            match solver.minimise(&model, None, &Limits::default()).unwrap() {
                Answer::Exact(found) => {
                    prop_assert!((found.objective - best).abs() < 1e-6);
                    prop_assert!(found.violation <= TOLERANCE);
                    prop_assert_eq!(found.violation, model.violation(&found.values));
                    prop_assert!(found.values[..n].iter().all(|v| v.fract() == 0.0));
                    // From the optimum it is found again.
                    let again = solver.minimise(&model, Some(&found.values), &Limits::default()).unwrap();
                    prop_assert!((again.exact().unwrap().objective - best).abs() < 1e-6);
                }
                Answer::Infeasible(why) => {
                    prop_assert!(best.is_infinite());
                    prop_assert_eq!(why.solver, solver);
                }
                Answer::Gap { .. } => prop_assert!(false, "not closed"),
            }
        }
    }
}

/// The relaxation reaches -2e-6 with a third variable of 1e-6, which a solver takes for 0.
#[test]
fn what_rounding_costs_does_not_leave_a_gap() {
    let mut model = Model::default();
    for cost in [3.0, 3.0, -2.0] {
        model.add_integer(0, 1, cost);
    }
    let slack = model.add_variable(0.0, 1.5, 2.0);
    model.add_row(vec![(0, -3.0), (1, -3.0), (2, 3.0), (slack, -1.0)], f64::NEG_INFINITY, 2.0);
    for solver in solvers() {
        let found = solver.minimise(&model, None, &Limits::default()).unwrap();
        assert_eq!(found.exact().map(|best| best.objective), Some(0.0), "{solver:?}");
    }
}

/// Many equal subset sums: closed only after much branching.
fn hard() -> Model {
    let mut model = Model::default();
    let n = 40;
    let weight = |j: usize| (37 * j * j % 1009 + 500) as f64;
    let variables: Vec<usize> = (0..n).map(|j| model.add_integer(0, 1, -weight(j))).collect();
    for shift in 0..5 {
        let terms = variables.iter().map(|&j| (j, weight((j * 7 + shift) % n) + 0.5)).collect();
        model.add_row(terms, f64::NEG_INFINITY, 7_001.25);
    }
    model
}

#[test]
fn a_deadline_a_node_limit_and_a_flag_end_a_search_with_a_bracket() {
    let model = hard();
    let stop = AtomicBool::new(true);
    let soon = || Some(Instant::now() + Duration::from_millis(60));
    for solver in solvers() {
        let start = vec![0.0; model.variables.len()];
        for limits in [
            Limits { deadline: soon(), ..Limits::default() },
            Limits { nodes: Some(2), ..Limits::default() },
            Limits { cancel: Some(&stop), ..Limits::default() },
        ] {
            match solver.minimise(&model, Some(&start), &limits).unwrap() {
                Answer::Gap { best, lower, upper } => {
                    assert!(lower <= upper);
                    let best = best.unwrap();
                    assert!(best.objective == upper && model.violation(&best.values) <= TOLERANCE);
                }
                Answer::Exact(best) => assert!(model.violation(&best.values) <= TOLERANCE),
                Answer::Infeasible(_) => unreachable!("all zeros are feasible"),
            }
        }
    }
}

#[test]
fn what_is_not_a_program_is_refused_in_one_line() {
    let refused = |model: &Model, what: &str| {
        let error = Solver::Microlp.minimise(model, None, &Limits::default()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(what) && !text.contains('\n'), "{text}");
    };
    let mut model = Model::default();
    let x = model.add_variable(0.0, 1.0, 1.0);
    let good = model.clone();
    model.add_row(vec![(x, 1.0), (x, 2.0)], 0.0, 1.0);
    refused(&model, "twice");
    let mut model = good.clone();
    model.add_row(vec![(x, f64::NAN)], 0.0, 1.0);
    refused(&model, "NaN");
    let mut model = good.clone();
    model.add_row(vec![(x, 1.0)], 2.0, 1.0);
    refused(&model, "row 0");
    let mut model = good.clone();
    model.add_variable(1.0, 0.0, 0.0);
    refused(&model, "variable 1");
    let mut model = good.clone();
    model.add_variable(0.0, f64::INFINITY, -1.0);
    refused(&model, "unbounded");
    let error = Solver::Microlp.minimise(&good, Some(&[]), &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("start"));
}
