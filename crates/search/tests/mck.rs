//! The multiple-choice knapsack against brute force.
#![allow(clippy::unwrap_used, clippy::panic)] // a test

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use linecall_search::mck::{Class, Cost, Item, Knapsack, Pick};
use linecall_search::{Answer, Limits};
use proptest::prelude::*;

/// Classes of up to six items; numbers of a coarse grid make ties, those of a fine one do not.
fn classes() -> impl Strategy<Value = Vec<Class>> {
    let number = |low: i32, high: i32| {
        prop_oneof![
            (low..=high).prop_map(|v| f64::from(v) / 4.0),
            (low * 1000..=high * 1000).prop_map(|v| f64::from(v) / 3999.0),
        ]
    };
    let item = (number(-6, 12), number(0, 10)).prop_map(|(gain, cost)| Item::new(gain, cost));
    let class = (prop::collection::vec(item, 1..6), any::<bool>(), any::<bool>()).prop_map(
        |(mut items, rests, free)| {
            if rests {
                items[0] = Item::new(0.0, if free { 0.0 } else { items[0].cost });
            }
            Class::new(items, rests.then_some(0))
        },
    );
    prop::collection::vec(class, 1..6)
}

/// Every choice, by the classes that it changes: the cheapest of each kind.
fn brute(
    classes: &[(Vec<Item>, Option<usize>)],
    need: f64,
    cost: Cost,
    most: Option<usize>,
) -> BTreeMap<Vec<bool>, (f64, f64)> {
    let mut found: BTreeMap<Vec<bool>, (f64, f64)> = BTreeMap::new();
    let mut at = vec![0; classes.len()];
    loop {
        let taken = || classes.iter().zip(&at).map(|((items, _), &i)| items[i]);
        let gain: f64 = taken().map(|item| item.gain).sum();
        let sum: f64 = taken().map(|item| item.cost).sum();
        let max = taken().map(|item| item.cost).fold(f64::NEG_INFINITY, f64::max);
        let kind: Vec<bool> =
            classes.iter().zip(&at).map(|((_, r), &i)| r.is_some_and(|r| r != i)).collect();
        let few = most.is_none_or(|most| kind.iter().filter(|k| **k).count() <= most);
        if gain >= need && few {
            let key = if cost == Cost::Sum { (sum, 0.0) } else { (max, sum) };
            let best = found.entry(kind).or_insert((f64::INFINITY, f64::INFINITY));
            if key < *best {
                *best = key;
            }
        }
        let Some(turn) = (0..at.len()).find(|&c| at[c] + 1 < classes[c].0.len()) else {
            return found;
        };
        at[turn] += 1;
        at[..turn].fill(0);
    }
}

/// The item that changes nothing, if the class has a member.
fn rest_of(class: &Class) -> Option<usize> {
    (class.members() == 1).then(|| class.items().iter().position(|i| i.changed == 0).unwrap())
}

fn parts(classes: &[Class]) -> Vec<(Vec<Item>, Option<usize>)> {
    classes.iter().map(|class| (class.items().to_vec(), rest_of(class))).collect()
}

fn key(pick: &Pick, cost: Cost) -> (f64, f64) {
    if cost == Cost::Sum { (pick.sum, 0.0) } else { (pick.max, pick.sum) }
}

fn close(a: (f64, f64), b: (f64, f64)) -> bool {
    (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_best_is_that_of_brute_force(
        classes in classes(),
        need in -3.0..9.0f64,
        max in any::<bool>(),
        most in prop::option::of(0usize..4),
    ) {
        let cost = if max { Cost::Max } else { Cost::Sum };
        let expected = brute(&parts(&classes), need, cost, most);
        let best = expected.values().copied().min_by(|a, b| a.partial_cmp(b).unwrap());
        let mut knapsack = Knapsack::new(classes.clone(), need).unwrap();
        if let Some(most) = most {
            knapsack = knapsack.with_most_changes(most);
        }
        match (knapsack.best(cost, &Limits::default()), best) {
            (Answer::Exact(pick), Some(best)) => {
                prop_assert!(close(key(&pick, cost), best), "{pick:?} {best:?}");
                prop_assert!(pick.gain >= need);
            }
            (Answer::Infeasible(short), None) => prop_assert!(short.reach < need),
            (found, best) => prop_assert!(false, "{found:?} {best:?}"),
        }
    }

    #[test]
    fn all_kinds_come_in_order(
        classes in classes(),
        need in -3.0..9.0f64,
        max in any::<bool>(),
    ) {
        let cost = if max { Cost::Max } else { Cost::Sum };
        let mut expected = brute(&parts(&classes), need, cost, None);
        let knapsack = Knapsack::new(classes.clone(), need).unwrap();
        let mut before = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for pick in knapsack.ordered(cost) {
            let kind: Vec<bool> = classes
                .iter()
                .zip(&pick.items)
                .map(|(class, &i)| rest_of(class).is_some_and(|rest| rest != i))
                .collect();
            let best = expected.remove(&kind);
            prop_assert!(best.is_some_and(|best| close(key(&pick, cost), best)), "{pick:?} {best:?}");
            prop_assert!(key(&pick, cost) >= before);
            before = key(&pick, cost);
        }
        prop_assert!(expected.is_empty(), "left: {expected:?}");
    }

    #[test]
    fn exclusive_choices_share_no_class(classes in classes(), need in 0.0..9.0f64) {
        let knapsack = Knapsack::new(classes.clone(), need).unwrap();
        let mut used = vec![false; classes.len()];
        let mut left = parts(&classes);
        for pick in knapsack.exclusive(Cost::Sum) {
            let best = brute(&left, need, Cost::Sum, None).into_values().map(|k| k.0);
            let best = best.fold(f64::INFINITY, f64::min);
            prop_assert!((pick.sum - best).abs() < 1e-9);
            for (c, class) in classes.iter().enumerate() {
                if rest_of(class).is_some_and(|rest| rest != pick.items[c]) {
                    prop_assert!(!std::mem::replace(&mut used[c], true));
                    left[c] = (vec![class.items()[rest_of(class).unwrap()]], Some(0));
                }
            }
        }
    }
}

fn large(classes: usize, items: usize) -> Knapsack {
    let mut state = 3u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    let class = |_| {
        let items = (0..items).map(|i| match i {
            0 => Item::new(0.0, 0.0),
            _ => Item::new(random(), random()),
        });
        Class::new(items.collect(), Some(0))
    };
    let classes: Vec<Class> = (0..classes).map(class).collect();
    Knapsack::new(classes, 9.0).unwrap()
}

#[test]
fn a_search_that_is_stopped_says_how_far_it_came() {
    let knapsack = large(40, 60);
    let exact = knapsack.best(Cost::Sum, &Limits::default()).exact().unwrap();
    let cancel = AtomicBool::new(true);
    for limits in [
        Limits { nodes: Some(1), ..Limits::default() },
        Limits { cancel: Some(&cancel), ..Limits::default() },
    ] {
        match knapsack.best(Cost::Sum, &limits) {
            Answer::Gap { best, lower, upper } => {
                let best = best.unwrap();
                assert!(lower <= exact.sum && exact.sum <= upper, "{lower} {upper}");
                assert_eq!(best.sum, upper);
                assert!(best.gain >= 9.0);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_no_knapsack_is_refused() {
    let item = Item::new(1.0, 1.0);
    assert!(Knapsack::new(vec![Class::new(Vec::new(), None)], 1.0).is_err());
    assert!(Knapsack::new(vec![Class::new(vec![item], Some(1))], 1.0).is_err());
    assert!(Knapsack::new(vec![Class::new(vec![item], None)], f64::NAN).is_err());
    let wild = Item::new(f64::INFINITY, 0.0);
    let error = Knapsack::new(vec![Class::new(vec![item, wild], None)], 1.0).unwrap_err();
    assert_eq!(error.to_string(), "the gain of item 1 of class 0 is inf, expected a finite number");
}

#[test]
fn no_classes_gain_nothing() {
    let empty = |need| Knapsack::new(Vec::new(), need).unwrap();
    assert!(empty(0.0).best(Cost::Max, &Limits::default()).exact().is_some());
    let short = empty(1.0).best(Cost::Sum, &Limits::default());
    assert!(matches!(short, Answer::Infeasible(short) if short.reach == 0.0));
}
