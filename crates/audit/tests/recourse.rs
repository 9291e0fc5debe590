//! Recourse against brute force over every state that a person can be in.
#![allow(clippy::unwrap_used, clippy::panic)] // a test

use std::collections::BTreeMap;

use linecall_audit::recourse::{
    ActionOptions, ActionSet, Aim, ColumnActions, CostKind, Firm, Flipset, Listing, Objection,
    People, Recourse, Spec,
};
use linecall_audit::{Inputs, State, Value};
use linecall_data::schema::{Direction, Unseen};
use linecall_data::{Dense, Design, Matrix};
use linecall_features::{ColumnRecipe, Encoding, OnMissing, TableFrontEnd};
use linecall_linear::{LinearModel, Link};
use linecall_search::Limits;
use linecall_search::milp::Solver;
use proptest::prelude::*;

/// Two numbers, a boolean, an ordered column of three levels, a category of three, a whole number.
fn front_end() -> TableFrontEnd {
    let names = |levels: &[&str]| levels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
    let recipe = |source: &str, encoding| ColumnRecipe {
        source: source.to_owned(),
        unit: None,
        missing_codes: Vec::new(),
        missing: OnMissing::Refuse,
        encoding,
    };
    TableFrontEnd::new(vec![
        recipe("income", Encoding::Number { min: None, max: None }),
        recipe("debt", Encoding::Number { min: None, max: None }),
        recipe("married", Encoding::Boolean { levels: names(&["no", "yes"]) }),
        recipe("rating", Encoding::Ordered { levels: names(&["low", "middle", "high"]) }),
        recipe(
            "purpose",
            Encoding::Category {
                levels: names(&["car", "house", "study"]),
                reference: 1,
                unseen: Unseen::Refuse,
            },
        ),
        recipe("cards", Encoding::Integer { min: Some(0.0), max: None }),
    ])
    .unwrap()
}

/// The same columns, all but the boolean cut into bins that are coarser than the grids of the tests.
fn binned_front_end() -> TableFrontEnd {
    let steps = |cuts: &[f64], whole, levels: &[String]| Encoding::Steps {
        cuts: cuts.to_vec(),
        whole,
        min: whole.then_some(0.0),
        max: None,
        levels: levels.to_vec(),
    };
    let mut recipes = front_end().recipes().to_vec();
    let levels = recipes[4].levels().to_vec();
    recipes[0].encoding = steps(&[1.0, 2.5], false, &[]);
    recipes[1].encoding = steps(&[0.5, 1.5], false, &[]);
    recipes[3].encoding = steps(&[1.0], false, recipes[3].levels());
    let groups = vec![vec![0, 2], vec![1]];
    recipes[4].encoding = Encoding::Groups { levels, groups, reference: 1, unseen: Unseen::Refuse };
    recipes[5].encoding = steps(&[2.0], true, &[]);
    TableFrontEnd::new(recipes).unwrap()
}

fn inputs_of(binned: bool) -> Inputs {
    Inputs::of_front_end(&if binned { binned_front_end() } else { front_end() })
}

/// A design of so many of the columns of rows.
fn cut_design(rows: &[Vec<f64>], width: usize) -> Design {
    let values: Vec<f64> = rows.iter().flat_map(|row| &row[..width]).copied().collect();
    let dense = Dense::new(rows.len(), width, values).unwrap();
    let columns = linecall_data::DesignColumns::numbered(width);
    Design::with_columns(Matrix::DenseF64(dense), columns).unwrap()
}

/// Full rows as a design.
fn design(rows: &[Vec<f64>]) -> Design {
    cut_design(rows, rows[0].len())
}

const LEVELS: [usize; 6] = [0, 0, 2, 3, 3, 0];

/// A person: numbers of coarse grids, levels.
fn person() -> impl Strategy<Value = Vec<State>> {
    (0..5i32, 0..5i32, 0..2usize, 0..3usize, 0..3usize, 0..4i32).prop_map(|(a, b, m, r, p, c)| {
        vec![
            State::Number(f64::from(a)),
            State::Number(f64::from(b) / 2.0),
            State::Level(m),
            State::Level(r),
            State::Level(p),
            State::Number(f64::from(c)),
        ]
    })
}

fn actions() -> impl Strategy<Value = Vec<(bool, u8, f64)>> {
    prop::collection::vec((prop::bool::weighted(0.8), 0..3u8, 0.5..2.0f64), 6)
}

const NAMES: [&str; 6] = ["income", "debt", "married", "rating", "purpose", "cards"];

fn direction(code: u8) -> Direction {
    [Direction::Any, Direction::Increase, Direction::Decrease][usize::from(code)]
}

fn spec(actions: &[(bool, u8, f64)], rules: &[&str]) -> Spec {
    let columns =
        NAMES.iter().zip(actions).enumerate().map(|(i, (name, &(mutable, d, weight)))| {
            let step = (LEVELS[i] == 0).then_some(if i == 1 { 0.5 } else { 1.0 });
            let (lowest, highest) = match i {
                0 => (Some(0.0), Some(4.0)),
                1 => (Some(0.0), Some(2.0)),
                5 => (Some(0.0), Some(3.0)),
                _ => (None, None),
            };
            // `purpose` has levels without an order.
            let direction = if i == 4 { Direction::Any } else { direction(d) };
            (
                (*name).to_owned(),
                ColumnActions { mutable, direction, step, lowest, highest, weight },
            )
        });
    Spec { columns: columns.collect(), rules: rules.iter().map(|r| (*r).to_owned()).collect() }
}

fn number(state: State) -> f64 {
    match state {
        State::Number(value) => value,
        State::Level(level) => level as f64,
        State::Missing | State::Text => f64::NAN,
    }
}

/// Mid-rank percentile.
fn percentile(people: &[Vec<State>], column: usize, value: f64) -> f64 {
    let below = people.iter().filter(|p| number(p[column]) < value).count() as f64;
    let equal = people.iter().filter(|p| number(p[column]) == value).count() as f64;
    let share = (below + equal / 2.0) / people.len() as f64;
    share.clamp(1e-6, 1.0 - 1e-6)
}

struct Setting<'s> {
    people: &'s [Vec<State>],
    actions: &'s [(bool, u8, f64)],
    cost: CostKind,
    /// Whether a state of everything keeps to the rules.
    keeps: &'s dyn Fn(&[State], &[State]) -> bool,
    /// Columns that rules bind: the others only move where that helps.
    bound: &'s [usize],
    /// Columns that follow others.
    follows: &'s [usize],
    most: usize,
}

impl Setting<'_> {
    fn price(&self, column: usize, from: State, to: State) -> f64 {
        if from == to || self.follows.contains(&column) {
            return 0.0;
        }
        let at = |state| percentile(self.people, column, number(state));
        let shift = match (column, self.cost) {
            (4, CostKind::Log) => 2f64.ln(),
            (4, _) => 0.5,
            (_, CostKind::Log) => ((1.0 - at(from)) / (1.0 - at(to))).ln().abs(),
            _ => (at(to) - at(from)).abs(),
        };
        self.actions[column].2 * shift
    }

    /// Every way, by the columns that it changes: the least cost of each.
    fn brute(
        &self,
        before: &[State],
        flips: &dyn Fn(&[State]) -> bool,
        helps: &dyn Fn(usize, State) -> bool,
    ) -> BTreeMap<Vec<usize>, (f64, f64)> {
        let ways: Vec<Vec<State>> = (0..6)
            .map(|i| {
                let all: Vec<State> = match i {
                    0 => (0..5).map(|v| State::Number(f64::from(v))).collect(),
                    1 => (0..5).map(|v| State::Number(f64::from(v) / 2.0)).collect(),
                    5 => (0..4).map(|v| State::Number(f64::from(v))).collect(),
                    _ => (0..LEVELS[i]).map(State::Level).collect(),
                };
                let (mutable, d, _) = self.actions[i];
                let may = |to: &State| {
                    let up = number(*to) > number(before[i]);
                    *to == before[i]
                        || self.follows.contains(&i)
                        || mutable
                            && (i == 4 || d == 0 || (d == 1) == up)
                            && (self.bound.contains(&i) || helps(i, *to))
                };
                all.into_iter().filter(may).collect()
            })
            .collect();
        let mut found: BTreeMap<Vec<usize>, (f64, f64)> = BTreeMap::new();
        let mut at = [0usize; 6];
        loop {
            let after: Vec<State> = (0..6).map(|i| ways[i][at[i]]).collect();
            let changed: Vec<usize> =
                (0..6).filter(|&i| after[i] != before[i] && !self.follows.contains(&i)).collect();
            if changed.len() <= self.most && (self.keeps)(before, &after) && flips(&after) {
                let prices: Vec<f64> = (0..6).map(|i| self.price(i, before[i], after[i])).collect();
                let sum: f64 = prices.iter().sum();
                let max = prices.iter().copied().fold(0.0, f64::max);
                let key = if self.cost == CostKind::Max { (max, sum) } else { (sum, 0.0) };
                let best = found.entry(changed).or_insert((f64::INFINITY, f64::INFINITY));
                if key < *best {
                    *best = key;
                }
            }
            let Some(turn) = (0..6).find(|&i| at[i] + 1 < ways[i].len()) else { return found };
            at[turn] += 1;
            at[..turn].fill(0);
        }
    }
}

/// Checks a full list of ways against brute force.
fn check(
    setting: &Setting,
    rules: &[&str],
    coef: &[f64],
    intercept: f64,
    before: &[State],
    positive: usize,
    binned: bool,
) -> Result<(), TestCaseError> {
    let inputs = inputs_of(binned);
    let coef = &coef[..inputs.width()];
    let rows: Vec<Vec<f64>> = setting.people.iter().map(|p| inputs.encode(p)).collect();
    let reference = design(&rows);
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    let model =
        LinearModel::new(vec![coef.to_vec()], vec![intercept], classes, positive, Link::Logistic)
            .unwrap();
    let options = ActionOptions { cost: setting.cost, ..Default::default() };
    let spec = spec(setting.actions, rules);
    let set = ActionSet::new(inputs.clone(), &spec, &reference, &options).unwrap();
    let aim = Aim { favourable: Some("yes".to_owned()), ..Default::default() };
    let recourse = Recourse::new(&model, &set, aim).unwrap();
    let call = |states: &[State]| {
        let row = cut_design(&[inputs.encode(states)], inputs.width());
        let scores = model.scores(&row).unwrap();
        model.class_of(&scores)
    };
    let flips = |states: &[State]| call(states) == 1;
    let row = inputs.encode(before);
    let all = recourse.flipset(&row, usize::MAX, Listing::Distinct, &Limits::default()).unwrap();
    if flips(before) {
        let there = matches!(all, Flipset::AlreadyThere { .. });
        prop_assert!(there);
        return Ok(());
    }
    let helps = |i: usize, to: State| {
        let own = &inputs.all()[i];
        let gain = own.contribution(to, coef) - own.contribution(before[i], coef);
        if positive == 1 { gain > 0.0 } else { gain < 0.0 }
    };
    let brute = setting.brute(before, &flips, &helps);
    match &all {
        Flipset::Ways { ways, complete, .. } => {
            prop_assert!(*complete);
            let mut last = f64::NEG_INFINITY;
            let mut left = brute.clone();
            for way in ways {
                prop_assert!(way.cost >= last - 1e-12, "{} after {last}", way.cost);
                last = way.cost;
                let changed: Vec<usize> = way
                    .changes
                    .iter()
                    .filter(|change| !change.follows)
                    .map(|change| NAMES.iter().position(|n| *n == change.column).unwrap())
                    .collect();
                let after = inputs.states(&way.row);
                prop_assert!(flips(&after) && (setting.keeps)(before, &after));
                let best = left.remove(&changed);
                let equal = best.is_some_and(|best| (best.0 - way.cost).abs() < 1e-9);
                prop_assert!(equal, "{changed:?} costs {} not {best:?}", way.cost);
            }
            prop_assert!(left.is_empty(), "missing: {left:?}");
        }
        Flipset::Impossible { nearest, short, score, reach } => {
            prop_assert!(brute.is_empty(), "{brute:?}");
            let (short, reach) = (short.unwrap(), reach.unwrap());
            prop_assert!(short > -1e-9);
            let gained: f64 = nearest.iter().map(|change| change.gain).sum();
            prop_assert!((gained - (reach - score).abs()).abs() < 1e-9);
        }
        Flipset::AlreadyThere { .. } => prop_assert!(false),
    }
    let best = brute.values().map(|key| key.0).fold(f64::INFINITY, f64::min);
    let cost = recourse.cost(&row).unwrap();
    prop_assert!((cost - best).abs() < 1e-9 || cost == best, "{cost} {best}");
    Ok(())
}

fn coefficients() -> impl Strategy<Value = (Vec<f64>, f64)> {
    // Whole numbers meet the threshold exactly; others do not.
    let number = prop_oneof![(-3..=3i32).prop_map(f64::from), -3.0..3.0f64];
    // As many as the widest of the front ends takes.
    (prop::collection::vec(number, 9), -8.0..4.0f64)
}

fn cost() -> impl Strategy<Value = CostKind> {
    prop::sample::select(vec![CostKind::Max, CostKind::Total, CostKind::Log])
}

fn people() -> impl Strategy<Value = Vec<Vec<State>>> {
    prop::collection::vec(person(), 4..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn ways_are_those_of_brute_force(
        people in people(),
        actions in actions(),
        (coef, intercept) in coefficients(),
        cost in cost(),
        positive in 0..2usize,
        binned in any::<bool>(),
    ) {
        let whole = intercept.round();
        for intercept in [intercept, whole] {
            let setting = Setting {
                people: &people, actions: &actions, cost, keeps: &|_, _| true, bound: &[],
                follows: &[], most: 6,
            };
            check(&setting, &[], &coef, intercept, &people[0], positive, binned)?;
        }
    }

    #[test]
    fn bound_columns_keep_to_their_rules(
        people in people(),
        actions in actions(),
        (coef, intercept) in coefficients(),
        cost in cost(),
        which in 0..4usize,
        binned in any::<bool>(),
    ) {
        type Keeps = fn(&[State], &[State]) -> bool;
        let rules: [(&[&str], Keeps); 4] = [
            (&["if married = yes then rating >= middle", "if purpose = car then cards <= 1"],
             |before, after| {
                let moved = |of: [usize; 2]| of.iter().any(|i| before[*i] != after[*i]);
                let first = after[2] != State::Level(1) || number(after[3]) >= 1.0;
                let second = after[4] != State::Level(0) || number(after[5]) <= 1.0;
                (first || !moved([2, 3])) && (second || !moved([4, 5]))
             }),
            (&["exactly 1 of married, rating = high, purpose = study"],
             |before, after| {
                let held = usize::from(after[2] == State::Level(1))
                    + usize::from(after[3] == State::Level(2))
                    + usize::from(after[4] == State::Level(2));
                held == 1 || [2, 3, 4].iter().all(|i| before[*i] == after[*i])
             }),
            (&["at most 2 changes"], |_, _| true),
            (&["at most 1 change of income, debt, cards"],
             |before, after| {
                [0, 1, 5].iter().filter(|i| before[**i] != after[**i]).count() <= 1
             }),
        ];
        let (rules, keeps) = rules[which];
        let most = if which == 2 { 2 } else { 6 };
        let bound: [&[usize]; 4] = [&[2, 3, 4, 5], &[2, 3, 4], &[], &[0, 1, 5]];
        let setting = Setting {
            people: &people, actions: &actions, cost, keeps: &keeps, bound: bound[which],
            follows: &[], most,
        };
        check(&setting, rules, &coef, intercept, &people[0], 1, binned)?;
    }

    #[test]
    fn the_worst_person_of_a_box_is_that_of_brute_force(
        people in people(),
        actions in actions(),
        (mut coef, intercept) in coefficients(),
        binned in any::<bool>(),
    ) {
        let inputs = inputs_of(binned);
        coef.truncate(inputs.width());
        let rows: Vec<Vec<f64>> = people.iter().map(|p| inputs.encode(p)).collect();
        let classes = vec!["no".to_owned(), "yes".to_owned()];
        let model =
            LinearModel::new(vec![coef], vec![intercept], classes, 1, Link::Logistic).unwrap();
        let set = ActionSet::new(
            inputs.clone(), &spec(&actions, &[]), &design(&rows), &ActionOptions::default(),
        ).unwrap();
        let recourse = Recourse::new(&model, &set, Aim::default()).unwrap();
        let of = |name: &str, high| (name.to_owned(), 0.0, high);
        let everyone = People {
            numbers: vec![of("income", 4.0), of("debt", 2.0), of("cards", 3.0)],
            levels: vec![],
        };
        let certificate = recourse.certify(&everyone).unwrap();
        // Everybody on the grid, one by one.
        let mut worst = true;
        let mut at = [0usize; 6];
        let sizes = [5, 5, 2, 3, 3, 4];
        loop {
            let states: Vec<State> = (0..6).map(|i| match i {
                0 | 5 => State::Number(at[i] as f64),
                1 => State::Number(at[i] as f64 / 2.0),
                _ => State::Level(at[i]),
            }).collect();
            let row = inputs.encode(&states);
            worst &= recourse.holds(&row) || recourse.cost(&row).unwrap().is_finite();
            let Some(turn) = (0..6).find(|&i| at[i] + 1 < sizes[i]) else { break };
            at[turn] += 1;
            at[..turn].fill(0);
        }
        prop_assert_eq!(certificate.everybody, worst, "{:?}", certificate);
        let witness: Vec<State> = certificate.worst.iter().zip(inputs.all()).map(|((_, v), own)| match v {
            Value::Number(value) => State::Number(*value),
            Value::Level(level) => State::Level(own.levels().iter().position(|l| l == level).unwrap()),
            Value::Missing(()) => State::Missing,
        }).collect();
        let row = inputs.encode(&witness);
        let saved = recourse.holds(&row) || recourse.cost(&row).unwrap().is_finite();
        prop_assert_eq!(saved, certificate.everybody);
    }

    #[test]
    fn a_way_under_drift_holds_for_every_drifted_model(
        people in people(),
        (mut coef, intercept) in coefficients(),
        turns in prop::collection::vec(-1.0..1.0f64, 9),
        binned in any::<bool>(),
    ) {
        let inputs = inputs_of(binned);
        let width = inputs.width();
        coef.truncate(width);
        let rows: Vec<Vec<f64>> = people.iter().map(|p| inputs.encode(p)).collect();
        let reference = design(&rows);
        let classes = || vec!["no".to_owned(), "yes".to_owned()];
        let model =
            LinearModel::new(vec![coef.clone()], vec![intercept], classes(), 1, Link::Logistic)
                .unwrap();
        let actions = vec![(true, 0, 1.0); 6];
        let set = ActionSet::new(
            inputs, &spec(&actions, &[]), &reference, &ActionOptions::default(),
        ).unwrap();
        let aim = Aim { drift: 0.2, ..Default::default() };
        let firm = Recourse::new(&model, &set, aim).unwrap();
        let loose = Recourse::new(&model, &set, Aim::default()).unwrap();
        let means: Vec<f64> =
            (0..width).map(|j| rows.iter().map(|r| r[j]).sum::<f64>() / rows.len() as f64).collect();
        for row in &rows {
            let answer = firm.flipset(row, 3, Listing::Distinct, &Limits::default()).unwrap();
            prop_assert!(firm.cost(row).unwrap() >= loose.cost(row).unwrap() - 1e-12);
            let Flipset::Ways { ways, .. } = answer else { continue };
            for way in ways {
                let worst = coef.iter().zip(&way.row).zip(&means);
                let worst: f64 = intercept
                    + worst.map(|((w, x), m)| w * x - 0.2 * w.abs() * (x - m).abs()).sum::<f64>();
                prop_assert!(worst > -1e-9);
                let drifted: f64 = intercept
                    + coef.iter().zip(&way.row).zip(means.iter().zip(&turns))
                        .map(|((w, x), (m, t))| w * x + 0.2 * t * w * (x - m)).sum::<f64>();
                prop_assert!(drifted > -1e-9, "{drifted}");
            }
        }
    }

    #[test]
    fn a_firm_way_is_the_cheapest_that_all_models_accept(
        people in people(),
        actions in actions(),
        cost in cost(),
        (coef, intercept) in coefficients(),
        others in prop::collection::vec(coefficients(), 1..5),
        binned in any::<bool>(),
    ) {
        let inputs = inputs_of(binned);
        let width = inputs.width();
        let rows: Vec<Vec<f64>> = people.iter().map(|p| inputs.encode(p)).collect();
        let classes = || vec!["no".to_owned(), "yes".to_owned()];
        let made = |(coef, intercept): &(Vec<f64>, f64)| {
            let coef = coef[..width].to_vec();
            LinearModel::new(vec![coef], vec![*intercept], classes(), 1, Link::Logistic).unwrap()
        };
        let model = made(&(coef.clone(), intercept));
        let set: Vec<LinearModel> =
            std::iter::once(model.clone()).chain(others.iter().map(made)).collect();
        let options = ActionOptions { cost, ..Default::default() };
        let own = ActionSet::new(inputs.clone(), &spec(&actions, &[]), &design(&rows), &options)
            .unwrap();
        let recourse = Recourse::new(&model, &own, Aim::default()).unwrap();
        let score = |model: &LinearModel, row: &[f64]| {
            model.intercept()[0] + model.coef()[0].iter().zip(row).map(|(w, x)| w * x).sum::<f64>()
        };
        let row = &rows[0];
        let firm = recourse.firm(row, |row| {
            let worst = set.iter().min_by(|a, b| score(a, row).total_cmp(&score(b, row))).unwrap();
            Ok(if score(worst, row) > 0.0 { Objection::None } else { Objection::Model(worst.clone()) })
        }, &Limits::default()).unwrap();
        // Any move is allowed here: one that hurts one model may help another.
        let setting = Setting {
            people: &people, actions: &actions, cost, keeps: &|_, _| true,
            bound: &[0, 1, 2, 3, 4, 5], follows: &[], most: 6,
        };
        let margin = |states: &[State]| {
            let row = inputs.encode(states);
            set.iter().map(|model| score(model, &row)).fold(f64::INFINITY, f64::min)
        };
        let least = |floor: f64| {
            let flips = |states: &[State]| margin(states) > floor;
            let all = setting.brute(&people[0], &flips, &|_, _| true);
            all.values().map(|key| key.0).fold(f64::INFINITY, f64::min)
        };
        // Ties within the margin may go either way.
        let (loose, tight) = (least(0.0), least(1e-4));
        match firm {
            Firm::Way { way, .. } => {
                prop_assert!(margin(&inputs.states(&way.row)) > 0.0);
                prop_assert!(way.cost >= loose - 1e-9 && way.cost <= tight + 1e-9,
                    "{} {loose} {tight}", way.cost);
            }
            Firm::Impossible { .. } => prop_assert!(tight.is_infinite(), "{tight}"),
            Firm::Open { .. } => prop_assert!(false),
        }
    }

    #[test]
    fn programs_find_the_same_ways(
        people in people(),
        actions in actions(),
        (coef, intercept) in coefficients(),
        cost in cost(),
        which in 0..6usize,
        exclusive in any::<bool>(),
        binned in any::<bool>(),
    ) {
        let rules: [&[&str]; 6] = [
            &[],
            &["if married = yes then rating >= middle", "if purpose = car then cards <= 1"],
            &["exactly 1 of married, rating = high, purpose = study"],
            &["at most 2 changes"],
            &["at most 1 change of income, debt, cards", "at least 1 of married, purpose = car"],
            &["cards moves 1 per income", "cards moves -2 per debt"],
        ];
        // What moves with others is not put to a program where it is binned.
        let inputs = inputs_of(binned && which != 5);
        let coef = coef[..inputs.width()].to_vec();
        let rows: Vec<Vec<f64>> = people.iter().map(|p| inputs.encode(p)).collect();
        let classes = vec!["no".to_owned(), "yes".to_owned()];
        let model =
            LinearModel::new(vec![coef], vec![intercept], classes, 1, Link::Logistic).unwrap();
        let options = ActionOptions { cost, ..Default::default() };
        let set =
            ActionSet::new(inputs, &spec(&actions, rules[which]), &design(&rows), &options).unwrap();
        let recourse = Recourse::new(&model, &set, Aim::default()).unwrap();
        let listing = if exclusive { Listing::Exclusive } else { Listing::Distinct };
        let limits = Limits::default();
        let ours = recourse.flipset(&rows[0], 4, listing, &limits).unwrap();
        let theirs =
            recourse.flipset_by_program(&rows[0], 4, listing, Solver::Microlp, &limits).unwrap();
        let costs = |flipset: &Flipset| match flipset {
            Flipset::Ways { ways, .. } => ways.iter().map(|way| way.cost).collect(),
            Flipset::Impossible { .. } => vec![f64::INFINITY],
            Flipset::AlreadyThere { .. } => vec![0.0],
        };
        // A way that passes by a hair is not the program's; exclusive lists may part at a tie.
        let near = |flipset: &Flipset| match flipset {
            Flipset::Ways { ways, .. } => ways.iter().any(|way| way.score.abs() < 2e-3),
            _ => false,
        };
        let (a, b) = (costs(&ours), costs(&theirs));
        let compared = if exclusive { 1 } else { a.len().min(b.len()) };
        if !near(&ours) {
            prop_assert!(exclusive || a.len() == b.len(), "{a:?} {b:?}");
            for (x, y) in a.iter().zip(&b).take(compared) {
                prop_assert!((x - y).abs() < 1e-6 || x == y, "{a:?} {b:?}");
            }
        }
        if let Flipset::Ways { ways, .. } = &theirs {
            prop_assert!(ways.iter().all(|way| recourse.holds(&way.row)));
        }
    }
}

/// Two whole numbers in bins, one of which must rise, and an ordered column in bins.
fn stepped() -> TableFrontEnd {
    let mut recipes = binned_front_end().recipes().to_vec();
    let steps = |cuts: &[f64]| Encoding::Steps {
        cuts: cuts.to_vec(),
        whole: true,
        min: Some(0.0),
        max: None,
        levels: Vec::new(),
    };
    recipes[0].encoding = steps(&[3.0, 7.5, 20.0]);
    recipes[1].encoding = steps(&[1.0, 11.0]);
    recipes.drain(4..);
    recipes.remove(2);
    TableFrontEnd::new(recipes).unwrap()
}

proptest! {
    /// The values next to the cuts are enough: ways over all whole numbers cost the same.
    #[test]
    fn the_nearest_value_of_each_bin_is_enough(
        people in prop::collection::vec((0..25i32, 0..25i32, 0..3usize), 3..40),
        (mut coef, intercept) in coefficients(),
        cost in cost(),
        rising in any::<bool>(),
    ) {
        let inputs = Inputs::of_front_end(&stepped());
        coef.truncate(inputs.width());
        let states = |p: &(i32, i32, usize)| {
            vec![State::Number(f64::from(p.0)), State::Number(f64::from(p.1)), State::Level(p.2)]
        };
        let rows: Vec<Vec<f64>> = people.iter().map(|p| inputs.encode(&states(p))).collect();
        let classes = vec!["no".to_owned(), "yes".to_owned()];
        let model =
            LinearModel::new(vec![coef], vec![intercept], classes, 1, Link::Logistic).unwrap();
        let options = ActionOptions { cost, ..Default::default() };
        let spec = |step: Option<f64>| {
            let direction = if rising { Direction::Increase } else { Direction::Any };
            let own = |direction| ColumnActions { step, direction, ..Default::default() };
            let columns = vec![
                ("income".to_owned(), own(direction)),
                ("debt".to_owned(), own(Direction::Any)),
            ];
            Spec { columns, rules: Vec::new() }
        };
        let set = |step| ActionSet::new(inputs.clone(), &spec(step), &design(&rows), &options).unwrap();
        let (few, all) = (set(None), set(Some(1.0)));
        prop_assert!(few.values("income").len() <= 8 && few.values("debt").len() <= 6);
        for row in rows.iter().take(5) {
            let ways = |set: &ActionSet| {
                let recourse = Recourse::new(&model, set, Aim::default()).unwrap();
                let found =
                    recourse.flipset(row, usize::MAX, Listing::Distinct, &Limits::default());
                match found.unwrap() {
                    Flipset::Ways { ways, complete, .. } => {
                        assert!(complete);
                        let of = |way: &linecall_audit::recourse::Way| {
                            let changed = way.changes.iter().map(|c| c.column.clone());
                            (changed.collect::<Vec<_>>(), way.cost)
                        };
                        ways.iter().map(of).collect()
                    }
                    Flipset::Impossible { .. } => vec![(Vec::new(), f64::INFINITY)],
                    Flipset::AlreadyThere { .. } => vec![(Vec::new(), 0.0)],
                }
            };
            let (mut few, mut all) = (ways(&few), ways(&all));
            few.sort_by(|a, b| a.0.cmp(&b.0));
            all.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(few.len(), all.len());
            for (a, b) in few.iter().zip(&all) {
                prop_assert_eq!(&a.0, &b.0);
                prop_assert!(a.1 == b.1 || (a.1 - b.1).abs() < 1e-9, "{:?} {:?}", a, b);
            }
        }
    }
}
