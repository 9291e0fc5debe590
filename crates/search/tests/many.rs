//! Several needs at once, against brute force.
#![allow(clippy::unwrap_used, clippy::panic)] // a test

use linecall_search::mck::{Cost, ManyItem, ManyNeeds};
use linecall_search::{Answer, Limits};
use proptest::prelude::*;

fn number(low: i32, high: i32) -> impl Strategy<Value = f64> {
    prop_oneof![
        (low..=high).prop_map(|v| f64::from(v) / 4.0),
        (low * 1000..=high * 1000).prop_map(|v| f64::from(v) / 3999.0),
    ]
}

fn classes() -> impl Strategy<Value = Vec<Vec<ManyItem>>> {
    let item = (prop::collection::vec(number(-6, 8), 3), number(0, 10), 0..3u64)
        .prop_map(|(gains, cost, changed)| ManyItem { gains, cost, max: cost, changed });
    prop::collection::vec(prop::collection::vec(item, 1..6), 1..6)
}

/// The least key of all choices.
fn brute(
    classes: &[Vec<ManyItem>],
    needs: &[f64],
    cost: Cost,
    most: Option<u32>,
) -> Option<(f64, f64)> {
    let mut best: Option<(f64, f64)> = None;
    let mut at = vec![0; classes.len()];
    loop {
        let taken = || classes.iter().zip(&at).map(|(class, &i)| &class[i]);
        let met = (0..needs.len()).all(|k| taken().map(|i| i.gains[k]).sum::<f64>() >= needs[k]);
        let changes: u32 = taken().map(|i| i.changed.count_ones()).sum();
        if met && most.is_none_or(|most| changes <= most) {
            let sum: f64 = taken().map(|i| i.cost).sum();
            let max = taken().map(|i| i.max).fold(f64::NEG_INFINITY, f64::max);
            let key = if cost == Cost::Sum { (sum, 0.0) } else { (max, sum) };
            if best.is_none_or(|best| key < best) {
                best = Some(key);
            }
        }
        let Some(turn) = (0..at.len()).find(|&c| at[c] + 1 < classes[c].len()) else {
            return best;
        };
        at[turn] += 1;
        at[..turn].fill(0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_best_meets_all_needs_at_the_least_cost(
        classes in classes(),
        needs in prop::collection::vec(-3.0..4.0f64, 3),
        max in any::<bool>(),
        most in prop::option::of(0u32..5),
    ) {
        let cost = if max { Cost::Max } else { Cost::Sum };
        let mut knapsack = ManyNeeds::new(classes.clone(), needs.clone()).unwrap();
        if let Some(most) = most {
            knapsack = knapsack.with_most_changes(most);
        }
        match (knapsack.best(cost, &Limits::default()), brute(&classes, &needs, cost, most)) {
            (Answer::Exact(pick), Some(best)) => {
                let key = if max { (pick.max, pick.sum) } else { (pick.sum, 0.0) };
                prop_assert!((key.0 - best.0).abs() < 1e-9 && (key.1 - best.1).abs() < 1e-9,
                    "{key:?} {best:?}");
                prop_assert!(pick.gains.iter().zip(&needs).all(|(gain, need)| gain >= need));
            }
            (Answer::Infeasible(_), None) => {}
            (found, best) => prop_assert!(false, "{found:?} {best:?}"),
        }
    }
}

#[test]
fn a_search_that_is_stopped_leaves_a_gap() {
    let mut state = 5u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    let class = |_| {
        let item = |i: usize| {
            let cost = if i == 0 { 0.0 } else { random() };
            let gains = (0..4).map(|_| if i == 0 { 0.0 } else { random() }).collect();
            ManyItem { gains, cost, max: cost, changed: u64::from(i > 0) }
        };
        (0..30).map(item).collect::<Vec<_>>()
    };
    let classes: Vec<Vec<ManyItem>> = (0..20).map(class).collect();
    let knapsack = ManyNeeds::new(classes, vec![8.0; 4]).unwrap();
    let limits = Limits { nodes: Some(3), ..Limits::default() };
    match knapsack.best(Cost::Sum, &limits) {
        Answer::Gap { best, lower, upper } => {
            let best = best.unwrap();
            assert!(lower <= upper && best.sum == upper && best.gains.iter().all(|g| *g >= 8.0));
            assert!(lower > 0.5 * upper, "the bound says something: {lower} {upper}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_knapsack_is_refused() {
    let item = ManyItem { gains: vec![1.0], cost: 1.0, max: 1.0, changed: 1 };
    assert!(ManyNeeds::new(vec![vec![]], vec![1.0]).is_err());
    assert!(ManyNeeds::new(vec![vec![item.clone()]], vec![1.0, 2.0]).is_err());
    assert!(ManyNeeds::new(vec![vec![item.clone()]], vec![f64::NAN]).is_err());
    let unmet = ManyNeeds::new(vec![vec![item]], vec![2.0]).unwrap();
    match unmet.best(Cost::Sum, &Limits::default()) {
        Answer::Infeasible(unmet) => assert_eq!((unmet.need, unmet.short), (Some(0), 1.0)),
        other => panic!("{other:?}"),
    }
}
