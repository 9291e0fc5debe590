//! The search over sides against brute force over all of them, each judged by another solver.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::AtomicBool;

use linecall_search::milp::{Milp, Model, Solver};
use linecall_search::zero_one::{Hyperplanes, Points, Space, Task};
use linecall_search::{Answer, Limits};
use proptest::prelude::*;

const FAMILY: Hyperplanes = Hyperplanes { bound: 1.0, margin: 1e-3 };

/// The largest margin that some coefficients give to sides, by a linear program of another solver.
fn widest(points: &Points, sides: &[bool], family: Hyperplanes) -> f64 {
    let mut model = Model::default();
    let width = points.rows()[0].len();
    for _ in 0..width {
        model.add_variable(-family.bound, family.bound, 0.0);
    }
    let t = model.add_variable(-100.0, 100.0, -1.0);
    for (x, side) in points.rows().iter().zip(sides) {
        let sign = if *side { 1.0 } else { -1.0 };
        let mut terms: Vec<(usize, f64)> = x.iter().map(|x| sign * x).enumerate().collect();
        terms.retain(|term| term.1 != 0.0);
        terms.push((t, -1.0));
        model.add_row(terms, 0.0, f64::INFINITY);
    }
    let best = Solver::Microlp.minimise(&model, None, &Limits::default()).unwrap();
    -best.exact().unwrap().objective
}

/// All sides that hyperplanes of the family give.
fn all_sides(points: &Points, family: Hyperplanes) -> Vec<Vec<bool>> {
    let n = points.len();
    let sides = (0..1u32 << n).map(|k| (0..n).map(|i| k >> i & 1 == 1).collect::<Vec<bool>>());
    sides.filter(|s| widest(points, s, family) >= family.margin).collect()
}

/// Points of a small grid, with an intercept.
fn grid() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<bool>)> {
    prop::collection::vec((0u8..4, 0u8..3, any::<bool>()), 3..9).prop_map(|rows| {
        let point = |r: &(u8, u8, bool)| vec![f64::from(r.0), f64::from(r.1) - 1.0, 1.0];
        (rows.iter().map(point).collect(), rows.iter().map(|r| r.2).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn answers_are_those_of_brute_force((rows, labels) in grid(), seed in 0u32..1000, slack in 0u32..4) {
        let (points, _) = Points::of_rows(&rows, &labels, None).unwrap();
        let all = all_sides(&points, FAMILY);
        let mut space = Space::new(&points, FAMILY).unwrap();
        let none = Limits::default();
        // The least errors.
        let least = all.iter().map(|s| points.errors(s)).fold(f64::INFINITY, f64::min);
        let best = space.best(&Task::least_errors(&points), &none).exact().unwrap();
        prop_assert_eq!(best.errors, least);
        prop_assert!(all.contains(&best.sides));
        prop_assert!(best.margin >= FAMILY.margin * (1.0 - 1e-6));
        // The most flips within a budget, for some weights and some baseline.
        let n = points.len();
        let baseline: Vec<bool> = (0..n).map(|i| (seed >> i) & 1 == 1).collect();
        let weight: Vec<f64> = (0..n).map(|i| f64::from((seed * 7 + 3 * i as u32) % 5)).collect();
        let budget = least + f64::from(slack);
        let flips = |s: &Vec<bool>| -> f64 {
            (0..n).filter(|&i| s[i] != baseline[i]).map(|i| weight[i]).sum()
        };
        let within = || all.iter().filter(|s| points.errors(s) <= budget);
        let most = within().map(flips).fold(0.0, f64::max);
        let task = Task::most_flips(&points, &baseline, &weight, budget);
        let found = space.best(&task, &none).exact().unwrap();
        prop_assert_eq!(-found.cost, most);
        prop_assert_eq!(flips(&found.sides), most);
        prop_assert!(found.errors <= budget);
        // The least errors with a side given.
        for point in 0..n {
            for side in [false, true] {
                let own = all.iter().filter(|s| s[point] == side).map(|s| points.errors(s));
                let least = own.fold(f64::INFINITY, f64::min);
                let task = Task::least_errors(&points).with_side(point, side);
                match space.best(&task, &none) {
                    Answer::Exact(cell) => {
                        prop_assert_eq!(cell.errors, least);
                        prop_assert_eq!(cell.sides[point], side);
                    }
                    Answer::Infeasible(_) => prop_assert!(least.is_infinite()),
                    Answer::Gap { .. } => prop_assert!(false, "not closed"),
                }
            }
        }
        // The list of cells.
        let mut listed = space.cells(budget, usize::MAX, &none);
        prop_assert!(listed.complete);
        listed.cells.sort_by(|a, b| a.sides.cmp(&b.sides));
        let mut want: Vec<&Vec<bool>> = within().collect();
        want.sort();
        let sides: Vec<&Vec<bool>> = listed.cells.iter().map(|c| &c.sides).collect();
        prop_assert_eq!(sides, want);
    }

    #[test]
    fn other_solvers_agree((rows, labels) in grid(), slack in 0u32..3) {
        let (points, _) = Points::of_rows(&rows, &labels, None).unwrap();
        let family = Hyperplanes { bound: 1.0, margin: 0.02 };
        let mut space = Space::new(&points, family).unwrap();
        let none = Limits::default();
        let mut tasks = vec![Task::least_errors(&points)];
        if let Answer::Exact(best) = space.best(&tasks[0], &none) {
            let weight = vec![1.0; points.len()];
            let budget = best.errors + f64::from(slack);
            tasks.push(Task::most_flips(&points, &best.sides, &weight, budget));
        }
        for task in &tasks {
            let program = task.program(&points, &family);
            for solver in solvers() {
                let other = solver.minimise(&program, None, &none).unwrap();
                match (space.best(task, &none), other) {
                    (Answer::Exact(cell), Answer::Exact(best)) => {
                        prop_assert!((cell.cost - task.base() - best.objective).abs() < 1e-6);
                    }
                    (Answer::Infeasible(_), Answer::Infeasible(_)) => {}
                    (own, other) => prop_assert!(false, "{own:?} {other:?}"),
                }
            }
        }
    }
}

fn solvers() -> Vec<Solver> {
    vec![
        Solver::Microlp,
        #[cfg(feature = "highs")]
        Solver::Highs,
    ]
}

/// Every third vertex of a cube of five dimensions, with mixed labels.
fn cube() -> Points {
    let rows: Vec<Vec<f64>> = (0..64u32)
        .filter(|k| k % 3 != 1)
        .map(|k| (0..6).map(|j| f64::from(k >> j & 1)).chain([1.0]).collect())
        .collect();
    let labels: Vec<bool> = (0..rows.len()).map(|i| (i * 7 + i * i) % 5 < 2).collect();
    let weights: Vec<f64> = (0..rows.len()).map(|i| 1.0 + (i % 4) as f64).collect();
    Points::of_rows(&rows, &labels, Some(&weights)).unwrap().0
}

#[test]
fn a_search_that_ends_early_brackets_the_optimum() {
    let points = cube();
    let mut space = Space::new(&points, FAMILY).unwrap();
    let task = Task::least_errors(&points);
    let mut early = Vec::new();
    for nodes in [1, 2, 4] {
        let mut fresh = Space::new(&points, FAMILY).unwrap();
        early.push(fresh.best(&task, &Limits { nodes: Some(nodes), ..Limits::default() }));
    }
    let flag = AtomicBool::new(true);
    let stopped = Limits { cancel: Some(&flag), ..Limits::default() };
    early.push(Space::new(&points, FAMILY).unwrap().best(&task, &stopped));
    let best = space.best(&task, &Limits::default()).exact().unwrap();
    let mut gaps = 0;
    for answer in early {
        match answer {
            Answer::Gap { lower, upper, .. } => {
                assert!(lower <= best.cost && best.cost <= upper, "{lower} {upper}");
                gaps += 1;
            }
            Answer::Exact(cell) => assert_eq!(cell.cost, best.cost),
            Answer::Infeasible(_) => unreachable!("there are cells"),
        }
    }
    assert!(gaps > 0);
}

#[test]
fn what_was_learnt_changes_no_answer() {
    let points = cube();
    let mut one = Space::new(&points, FAMILY).unwrap();
    let best = one.best(&Task::least_errors(&points), &Limits::default()).exact().unwrap();
    let weight = vec![1.0; points.len()];
    for slack in [0.0, 2.0, 5.0] {
        let task = Task::most_flips(&points, &best.sides, &weight, best.errors + slack);
        let mut fresh = Space::new(&points, FAMILY).unwrap();
        let a = one.best(&task, &Limits::default()).exact().unwrap();
        let b = fresh.best(&task, &Limits::default()).exact().unwrap();
        let c = one
            .best(&task.clone().starting_at(best.coefficients.clone()), &Limits::default())
            .exact()
            .unwrap();
        assert_eq!((a.cost, a.cost), (b.cost, c.cost));
    }
}

#[test]
fn the_margin_decides_what_counts_as_a_cell() {
    // On a line at 0, 1, 2: to part 1 from 2 with |w| <= 1 and an intercept leaves a margin of 1/3
    // at most (w = 2/3, b = -1); 0 is at -1.
    let rows = [0.0, 1.0, 2.0].map(|x| vec![x, 1.0]);
    let (points, _) = Points::of_rows(&rows, &[false, false, true], None).unwrap();
    let errors = |margin: f64| {
        let mut space = Space::new(&points, Hyperplanes { bound: 1.0, margin }).unwrap();
        space.best(&Task::least_errors(&points), &Limits::default()).exact().unwrap().errors
    };
    assert_eq!(errors(0.333), 0.0);
    assert_eq!(errors(0.334), 1.0);
}

#[test]
fn bad_input_is_one_line() {
    let line = |e: linecall_search::Error| {
        let text = e.to_string();
        assert!(!text.contains('\n'));
        text
    };
    assert!(line(Points::of_rows(&[], &[], None).unwrap_err()).contains("no rows"));
    let rows = [vec![1.0], vec![f64::NAN]];
    assert!(line(Points::of_rows(&rows, &[true, false], None).unwrap_err()).contains("row 1"));
    let rows = [vec![1.0], vec![1.0, 2.0]];
    assert!(line(Points::of_rows(&rows, &[true, false], None).unwrap_err()).contains("2 columns"));
    let (points, _) = Points::of_rows(&[vec![1.0]], &[true], None).unwrap();
    let bad = Hyperplanes { bound: 1.0, margin: 0.0 };
    assert!(line(Space::new(&points, bad).err().unwrap()).contains("margin"));
    // A task for other points.
    let task = Task::least_errors(&points).with_side(3, true);
    let mut space = Space::new(&points, FAMILY).unwrap();
    assert!(matches!(space.best(&task, &Limits::default()), Answer::Infeasible(_)));
}
