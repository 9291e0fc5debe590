//! Rules: columns that follow others, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic)] // a test

use linecall_audit::recourse::{
    ActionOptions, ActionSet, Aim, ColumnActions, Flipset, Listing, Recourse, Spec,
};
use linecall_audit::{Inputs, Value};
use linecall_data::Design;
use linecall_linear::{LinearModel, Link};
use linecall_search::Limits;

const NAMES: [&str; 4] = ["balance", "limit", "use", "savings"];

fn people() -> Design {
    let rows: Vec<Vec<f64>> = (0..60)
        .map(|i| {
            let (balance, limit) = (f64::from(i % 12) * 100.0, 400.0 + f64::from(i % 9) * 100.0);
            vec![balance, limit, balance / limit, f64::from(i % 5) * 10.0]
        })
        .collect();
    Design::from_rows(&rows, &NAMES).unwrap()
}

fn set(spec: &Spec) -> linecall_audit::Result<ActionSet> {
    let people = people();
    ActionSet::new(Inputs::of_columns(people.columns()), spec, &people, &ActionOptions::default())
}

fn rules(rules: &[&str]) -> Spec {
    Spec { rules: rules.iter().map(|rule| (*rule).to_owned()).collect(), ..Spec::default() }
}

fn model(coef: [f64; 4], intercept: f64) -> LinearModel {
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    LinearModel::new(vec![coef.to_vec()], vec![intercept], classes, 1, Link::Logistic).unwrap()
}

#[test]
fn a_ratio_follows_its_parts() {
    let actions = set(&rules(&["use = balance / limit"])).unwrap();
    let model = model([0.0, 0.0, -10.0, 0.0], 5.0);
    let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
    let row = [600.0, 800.0, 0.75, 20.0];
    let answer = recourse.flipset(&row, 10, Listing::Distinct, &Limits::default()).unwrap();
    let Flipset::Ways { ways, complete: true, .. } = answer else { panic!("{answer:?}") };
    for way in &ways {
        let [balance, limit, share, savings] = way.row[..] else { panic!() };
        assert!((share - balance / limit).abs() < 1e-12 && savings == 20.0, "{way:?}");
        assert!(share < 0.5);
        let follower = way.changes.iter().find(|c| c.column == "use").unwrap();
        assert!(follower.follows && follower.cost == 0.0);
    }
    let changed = |way: &linecall_audit::recourse::Way| {
        let own = way.changes.iter().filter(|c| !c.follows);
        own.map(|c| c.column.clone()).collect::<Vec<_>>()
    };
    let kinds: Vec<Vec<String>> = ways.iter().map(changed).collect();
    // Brute force over the values of both parts.
    let mut expected = std::collections::BTreeSet::new();
    let with = |values: &[f64], own: f64| values.iter().copied().chain([own]).collect::<Vec<_>>();
    for balance in with(actions.values("balance"), 600.0) {
        for limit in with(actions.values("limit"), 800.0) {
            if 5.0 - 10.0 * (balance / limit) > 0.0 {
                let parts = [("balance", balance != 600.0), ("limit", limit != 800.0)];
                let own = parts.iter().filter(|(_, moved)| *moved).map(|(name, _)| *name);
                expected.insert(own.collect::<Vec<_>>());
            }
        }
    }
    assert_eq!(kinds.len(), expected.len());
    assert!(
        kinds
            .iter()
            .all(|kind| expected.contains(&kind.iter().map(String::as_str).collect::<Vec<_>>()))
    );
}

#[test]
fn a_column_moves_with_another() {
    let actions = set(&rules(&["savings moves -0.1 per balance"])).unwrap();
    let model = model([0.0, 0.0, 0.0, 1.0], -45.0);
    let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
    let row = [600.0, 800.0, 0.75, 20.0];
    let answer = recourse.flipset(&row, 1, Listing::Distinct, &Limits::default()).unwrap();
    let way = answer.best().unwrap();
    assert_eq!(way.row[3], 20.0 - 0.1 * (way.row[0] - 600.0));
    assert_eq!(way.changes.len(), 2);
    assert!(matches!(way.changes[0].to, Value::Number(to) if to == 340.0 || to < 350.0));
}

#[test]
fn needed_ways_need_each_of_their_changes() {
    let actions = set(&Spec::default()).unwrap();
    let model = model([-0.01, 0.005, 0.0, 0.05], 0.0);
    let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
    let row = [1000.0, 600.0, 1.0, 0.0];
    let ways = |listing| {
        let answer = recourse.flipset(&row, usize::MAX, listing, &Limits::default()).unwrap();
        let Flipset::Ways { ways, complete: true, .. } = answer else { panic!() };
        ways
    };
    let (all, needed) = (ways(Listing::Distinct), ways(Listing::Needed));
    assert!(needed.len() < all.len());
    assert_eq!(needed[0], all[0]);
    for way in &needed {
        for change in &way.changes {
            let mut without = way.row.clone();
            let at = NAMES.iter().position(|name| *name == change.column).unwrap();
            without[at] = row[at];
            assert!(!recourse.holds(&without), "{} is not needed", change.column);
        }
    }
    let exclusive = ways(Listing::Exclusive);
    let mut seen = Vec::new();
    for change in exclusive.iter().flat_map(|way| &way.changes) {
        assert!(!seen.contains(&&change.column));
        seen.push(&change.column);
    }
}

#[test]
fn an_aim_at_a_probability_is_met() {
    let actions = set(&Spec::default()).unwrap();
    let model = model([-0.01, 0.005, 0.0, 0.05], 0.0);
    for favourable in ["yes", "no"] {
        let aim = Aim {
            favourable: Some(favourable.to_owned()),
            probability: Some(0.8),
            ..Aim::default()
        };
        let recourse = Recourse::new(&model, &actions, aim).unwrap();
        let row =
            if favourable == "yes" { [1000.0, 600.0, 1.0, 0.0] } else { [0.0, 900.0, 0.0, 40.0] };
        let answer = recourse.flipset(&row, 5, Listing::Distinct, &Limits::default()).unwrap();
        for way in match answer {
            Flipset::Ways { ways, .. } => ways,
            other => panic!("{other:?}"),
        } {
            assert!(way.probability.unwrap() >= 0.8, "{way:?}");
        }
    }
}

/// Calls that turn at a score of `t` are those of a model whose intercept is less by `t`: the same
/// people ask, and the same ways lead out.
#[test]
fn a_threshold_that_is_not_0_is_an_intercept_that_is_less() {
    let actions = set(&Spec::default()).unwrap();
    let coef = [-0.01, 0.005, 0.0, 0.05];
    for above in [-2.25, 0.75, 3.5] {
        let (own, other) = (model(coef, 0.0), model(coef, -above));
        for favourable in ["yes", "no"] {
            let aim = Aim { favourable: Some(favourable.to_owned()), ..Aim::default() };
            let moved = Recourse::new(&own, &actions, Aim { above, ..aim.clone() }).unwrap();
            let plain = Recourse::new(&other, &actions, aim).unwrap();
            assert_eq!(moved.threshold_score(), above);
            let mut asking = 0;
            for row in
                [[1000.0, 600.0, 1.0, 0.0], [0.0, 900.0, 0.0, 40.0], [400.0, 800.0, 0.5, 20.0]]
            {
                assert_eq!(moved.holds(&row), plain.holds(&row));
                asking += u32::from(!moved.holds(&row));
                let ways = |recourse: &Recourse| match recourse
                    .flipset(&row, 6, Listing::Distinct, &Limits::default())
                    .unwrap()
                {
                    Flipset::Ways { ways, complete, .. } => {
                        let own = ways.iter().map(|way| (way.cost, way.row.clone()));
                        Some((own.collect::<Vec<_>>(), complete))
                    }
                    _ => None,
                };
                assert_eq!(ways(&moved), ways(&plain), "{above} {favourable} {row:?}");
            }
            assert!(asking > 0 || above < 0.0 || favourable == "no");
        }
    }
    let nowhere = Aim { above: f64::NAN, ..Aim::default() };
    assert!(Recourse::new(&model(coef, 0.0), &actions, nowhere).is_err());
    // A probability and a threshold: both are met.
    let aim = Aim { probability: Some(0.6), above: 3.5, ..Aim::default() };
    assert_eq!(Recourse::new(&model(coef, 0.0), &actions, aim).unwrap().threshold_score(), 3.5);
}

#[test]
fn nothing_that_can_be_changed_is_proof_of_no_way() {
    let fixed = |name: &str| {
        (name.to_owned(), ColumnActions { mutable: false, ..ColumnActions::default() })
    };
    let spec = Spec { columns: NAMES.map(fixed).to_vec(), ..Spec::default() };
    let actions = set(&spec).unwrap();
    let model = model([0.0, 0.0, 0.0, 1.0], -45.0);
    let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
    let row = [600.0, 800.0, 0.75, 20.0];
    let answer = recourse.flipset(&row, 1, Listing::Distinct, &Limits::default()).unwrap();
    let Flipset::Impossible { reach, score, short, nearest } = answer else { panic!() };
    assert_eq!((reach, score, short, nearest.len()), (Some(-25.0), -25.0, Some(25.0), 0));
}

#[test]
fn what_cannot_be_read_says_why_in_one_line() {
    for (rule, problem) in [
        ("if balance", "expected `=`, `!=`, `<`, `<=`, `>` or `>=`"),
        ("if balance = 3", "expected `then` and a second test"),
        ("if balance = x then limit = 3", "expected a number, found `x`"),
        ("if \"balance = 3", "the quote \" is not closed"),
        ("at most balance changes", "expected a whole number, found `balance`"),
        ("at least 2 changes", "changes are limited by `at most`"),
        ("exactly 3 of balance, limit", "asks for 3 of 2"),
        ("use = 3", "names no column that it follows"),
        ("use = use + 1", "a column cannot follow itself"),
        ("use = (balance", "a bracket is not closed"),
        ("use = balance / limit 3", "`3` is one word too many"),
        ("income = balance", "`income` is no column of the model"),
        ("savings moves 2", "expected `moves NUMBER per COLUMN`"),
        ("savings moves 2 per savings", "a column cannot move with itself"),
        ("@", "`@` is no column of the model"),
        ("", "ends where a column is expected"),
    ] {
        let error = set(&rules(&[rule])).unwrap_err().to_string();
        assert!(error.starts_with(&format!("rule `{rule}`: {problem}")), "{error}");
        assert!(!error.contains('\n'));
    }
    // A rule of two lines is quoted on one.
    let error = set(&rules(&["if balance = 'a\n"])).unwrap_err().to_string();
    assert!(error.starts_with("rule `if balance = 'a\\n`") && !error.contains('\n'), "{error}");
    let twice = set(&rules(&["use = balance / limit", "use = balance"])).unwrap_err().to_string();
    assert!(twice.contains("two rules say what this column follows"), "{twice}");
    let circle = set(&rules(&["use = balance + 1", "balance = use + 1"])).unwrap_err().to_string();
    assert!(circle.contains("circle"), "{circle}");
    let deep = format!("use = {}balance", "(".repeat(100_000));
    assert!(set(&rules(&[&deep])).is_err());
}

#[test]
fn contradictions_are_named() {
    let of = |actions| Spec { columns: vec![("savings".to_owned(), actions)], ..Spec::default() };
    let default = ColumnActions::default;
    for (spec, expected) in [
        (of(ColumnActions { step: Some(0.0), ..default() }), "`step` is 0"),
        (of(ColumnActions { weight: f64::NAN, ..default() }), "`cost` is NaN"),
        (
            of(ColumnActions { lowest: Some(3.0), highest: Some(2.0), ..default() }),
            "`lowest` 3 is above `highest` 2",
        ),
        (
            of(ColumnActions { step: Some(1e-9), ..default() }),
            "makes over 100000 values; take a larger step",
        ),
    ] {
        let error = set(&spec).unwrap_err().to_string();
        assert!(error.starts_with("column `savings`: ") && error.contains(expected), "{error}");
    }
    let unknown = Spec { columns: vec![("income".to_owned(), default())], ..Spec::default() };
    assert!(set(&unknown).unwrap_err().to_string().contains("is no column of the model"));
    let text = "version = 1\n[[columns]]\nname = \"a\"\nsize = 3\n";
    let error = Spec::from_toml(text, "actions.toml").unwrap_err().to_string();
    assert!(error.starts_with("actions.toml, line 4"), "{error}");
    // A person whose ratio is not that of its parts.
    let actions = set(&rules(&["use = balance / limit"])).unwrap();
    let model = model([0.0, 0.0, -10.0, 0.0], 5.0);
    let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
    let odd = [600.0, 800.0, 2.75, 20.0];
    let error = recourse.flipset(&odd, 1, Listing::Distinct, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("the person has 2.75 where the rule says 0.75"), "{error}");
}

/// Rules that bind more columns than can be gone through are put to a mixed-integer program.
#[test]
fn many_bound_columns_are_answered_by_a_program() {
    let rows: Vec<Vec<f64>> =
        (0..60).map(|i| (0..9).map(|j| f64::from((i * (j + 3)) % 60)).collect()).collect();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let people = Design::from_rows(&rows, &names).unwrap();
    let spec = rules(&["at most 2 of a > 30, b > 30, c > 30, d > 30, e > 30"]);
    let inputs = Inputs::of_columns(people.columns());
    let actions = ActionSet::new(inputs, &spec, &people, &ActionOptions::default()).unwrap();
    let coef = vec![1.0, 1.1, 1.2, 1.3, 1.4, 0.0, 0.0, 0.0, 0.0];
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    let model = |b| {
        LinearModel::new(vec![coef.clone()], vec![b], classes.clone(), 1, Link::Logistic).unwrap()
    };
    // Two columns may pass 30, the others stop there.
    let best = |j: usize, most: f64| {
        let values = actions.values(names[j]).iter().copied();
        coef[j] * values.filter(|v| *v <= most).fold(0.0, f64::max)
    };
    let mut extra: Vec<f64> = (0..5).map(|j| best(j, f64::INFINITY) - best(j, 30.0)).collect();
    extra.sort_by(f64::total_cmp);
    let reach = (0..5).map(|j| best(j, 30.0)).sum::<f64>() + extra[3] + extra[4];
    for (intercept, exists) in [(-150.0, true), (1.0 - reach, true), (-1.0 - reach, false)] {
        let model = model(intercept);
        let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
        let row = vec![0.0; 9];
        let answer = recourse.flipset(&row, 1, Listing::Distinct, &Limits::default()).unwrap();
        match answer {
            Flipset::Ways { ways, .. } => {
                assert!(exists);
                let after = &ways[0].row;
                assert!(after[..5].iter().filter(|v| **v > 30.0).count() <= 2, "{after:?}");
                assert!(recourse.holds(after));
            }
            Flipset::Impossible { reach: None, .. } => assert!(!exists, "{intercept}"),
            other => panic!("{other:?}"),
        }
    }
}

/// Columns that need not change must not be joined to the others for ever.
#[test]
fn a_list_of_needed_ways_ends() {
    let names: Vec<String> = (0..40).map(|j| format!("c{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<Vec<f64>> =
        (0..50).map(|i| (0..40).map(|j| f64::from((i * (j + 1)) % 50)).collect()).collect();
    let people = Design::from_rows(&rows, &names).unwrap();
    let inputs = Inputs::of_columns(people.columns());
    let actions =
        ActionSet::new(inputs, &Spec::default(), &people, &ActionOptions::default()).unwrap();
    // One step of any column is enough, so that no way needs two.
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    let model = LinearModel::new(vec![vec![1.0; 40]], vec![-0.5], classes, 1, Link::Logistic);
    let model = model.unwrap();
    let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
    let row = vec![0.0; 40];
    let answer = recourse.flipset(&row, 60, Listing::Needed, &Limits::default()).unwrap();
    let Flipset::Ways { ways, complete, stopped, .. } = answer else { panic!("{answer:?}") };
    assert!(ways.len() >= 30 && ways.iter().all(|way| way.changes.len() == 1), "{}", ways.len());
    assert!(!complete && stopped);
}

/// Decimals that add up to the threshold but for rounding are passed over for what surely flips.
#[test]
fn ways_do_not_rest_on_rounding() {
    let rows: Vec<Vec<f64>> =
        (0..50).map(|i| vec![f64::from(i % 10) / 10.0, f64::from(i % 5) / 5.0]).collect();
    let people = Design::from_rows(&rows, &["a", "b"]).unwrap();
    let inputs = Inputs::of_columns(people.columns());
    let actions =
        ActionSet::new(inputs, &Spec::default(), &people, &ActionOptions::default()).unwrap();
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    for k in 1..40 {
        let intercept = -0.01 * f64::from(k);
        let coef = vec![vec![0.3, 0.1]];
        let model =
            LinearModel::new(coef, vec![intercept], classes.clone(), 1, Link::Logistic).unwrap();
        let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
        let answer =
            recourse.flipset(&[0.0, 0.0], 9, Listing::Distinct, &Limits::default()).unwrap();
        let Flipset::Ways { ways, .. } = answer else { continue };
        for way in ways {
            let (a, b) = (0.3 * way.row[0], 0.1 * way.row[1]);
            // In any order, and with a fused product.
            for score in [
                intercept + a + b,
                a + b + intercept,
                b + (a + intercept),
                0.3f64.mul_add(way.row[0], b + intercept),
            ] {
                assert!(score > 0.0, "{k}: {way:?}");
            }
        }
    }
}

/// What is met exactly in the end is found although sums on the way are rounded: 0.396... is added up
/// and taken off again, and -4 + 9 - 3 - 2 = 0 is enough for the class that is called at 0.
#[test]
fn a_tie_of_whole_numbers_is_met() {
    let rows: Vec<Vec<f64>> = (0..40)
        .map(|i| vec![f64::from(i % 4), f64::from(i % 2), f64::from(i % 3), f64::from(i % 2), 3.0])
        .collect();
    let people = Design::from_rows(&rows, &["a", "b", "c", "d", "e"]).unwrap();
    let fixed = ("e".to_owned(), ColumnActions { mutable: false, ..ColumnActions::default() });
    let spec = Spec { columns: vec![fixed], ..Spec::default() };
    let inputs = Inputs::of_columns(people.columns());
    let actions = ActionSet::new(inputs, &spec, &people, &ActionOptions::default()).unwrap();
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    let coef = vec![vec![2.0, -3.0, 0.396_221_607_034_504, -2.0, 3.0]];
    let model = LinearModel::new(coef, vec![-4.0], classes, 0, Link::Logistic).unwrap();
    let aim = Aim { favourable: Some("yes".to_owned()), ..Aim::default() };
    let recourse = Recourse::new(&model, &actions, aim).unwrap();
    let row = [3.0, 0.0, 1.0, 0.0, 3.0];
    let answer = recourse.flipset(&row, 9, Listing::Distinct, &Limits::default()).unwrap();
    let way = answer.best().unwrap_or_else(|| panic!("{answer:?}"));
    assert_eq!((way.row.as_slice(), way.score), (&[0.0, 1.0, 0.0, 1.0, 3.0][..], 0.0));
}

#[test]
fn a_change_that_moves_others_along_is_needed_or_left_out() {
    // `balance` alone is enough; what `savings` moves along with does not make it needed.
    let actions = set(&rules(&["use moves -0.001 per savings"])).unwrap();
    let model = model([-0.01, 0.0, -1.0, 0.001], 3.0);
    let recourse = Recourse::new(&model, &actions, Aim::default()).unwrap();
    let person = [400.0, 500.0, 0.8, 0.0];
    let answer = recourse.flipset(&person, 50, Listing::Needed, &Limits::default()).unwrap();
    let Flipset::Ways { ways, complete: true, .. } = answer else { panic!("{answer:?}") };
    assert!(!ways.is_empty());
    for way in &ways {
        let own: Vec<_> = way.changes.iter().filter(|change| !change.follows).collect();
        if own.len() < 2 {
            continue;
        }
        for left_out in &own {
            let mut row = way.row.clone();
            let at = NAMES.iter().position(|name| *name == left_out.column).unwrap();
            row[at] = person[at];
            row[2] = person[2] - 0.001 * (row[3] - person[3]);
            assert!(!recourse.holds(&row), "{} is not needed: {way:?}", left_out.column);
        }
    }
    let columns = |way: &linecall_audit::recourse::Way| {
        way.changes.iter().map(|change| change.column.clone()).collect::<Vec<_>>()
    };
    assert_eq!(columns(&ways[0]), ["balance"]);
}

#[test]
fn rules_that_nobody_can_keep_are_refused() {
    let one = "exactly 1 of savings >= 20, balance >= 600";
    assert!(set(&rules(&[one])).is_ok());
    let found = set(&rules(&[one, "at least 2 of savings >= 20, balance >= 600"]));
    let error = found.unwrap_err().to_string();
    assert!(error.contains("nobody can keep it together with"), "{error}");
}
