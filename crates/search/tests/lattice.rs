//! Cards against every card there is, on small tables.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use linecall_search::lattice::{
    Caps, Card, Choices, Prices, Rules, Search, Table, Task, Threshold, risk, slim,
};
use linecall_search::milp::{self, Milp, Solver};
use linecall_search::{Answer, Limits};
use proptest::prelude::*;

/// A small problem.
#[derive(Clone, Debug)]
struct Small {
    columns: Vec<Vec<f64>>,
    positive: Vec<bool>,
    weights: Vec<f64>,
    choices: Vec<Choices>,
    rules: Rules,
    max_size: usize,
    prices: Prices,
    threshold: Threshold,
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        Just(vec![0.0, 1.0]),
        Just(vec![-1.0, 0.0, 2.0, 3.0]),
        Just(vec![0.1, 0.25, 0.7, 1.3, -0.4]),
    ]
}

fn choices() -> impl Strategy<Value = Choices> {
    let cost = prop_oneof![Just(0.0), Just(0.01), Just(0.05)];
    let range =
        prop_oneof![Just((-3, 3)), Just((-2, 2)), Just((0, 3)), Just((-1, 0)), Just((2, 3))];
    let tiers = prop_oneof![Just(false), Just(true)];
    (range, cost, tiers).prop_map(|((low, high), cost, tiers)| match tiers {
        true => Choices::tiers(&[(vec![-2, 1, 2], 0.0), ((low..=high).collect(), 0.03)]).plus(cost),
        false => Choices::range(low, high).plus(cost),
    })
}

fn group(width: usize) -> impl Strategy<Value = Vec<usize>> {
    proptest::sample::subsequence((0..width).collect::<Vec<_>>(), 1..=width)
}

fn rules(width: usize) -> impl Strategy<Value = Rules> {
    let groups = || proptest::collection::vec(group(width), 0..=1);
    let cap = prop_oneof![3 => Just(Caps::default()), 1 => (0.2..1.0_f64, 0.0..0.8_f64).prop_map(
        |(f, t)| Caps { false_positive_rate: f, true_positive_rate: t })];
    let implies = proptest::collection::vec((group(width), group(width)), 0..=1);
    let all = (groups(), groups(), groups(), implies, cap).prop_map(
        |(at_most_one, same_sign, at_least_one, implies, caps)| Rules {
            at_most_one,
            same_sign,
            at_least_one,
            implies,
            caps,
        },
    );
    prop_oneof![2 => Just(Rules::default()), 1 => all]
}

fn small() -> impl Strategy<Value = Small> {
    (1..=4_usize, 5..=14_usize).prop_flat_map(|(width, rows)| {
        let column = values()
            .prop_flat_map(move |v| proptest::collection::vec(proptest::sample::select(v), rows));
        let weights = prop_oneof![
            2 => Just(vec![1.0; rows]),
            1 => proptest::collection::vec(prop_oneof![Just(0.0), Just(0.5), Just(2.0)], rows),
        ];
        let prices = prop_oneof![
            Just(Prices::default()),
            Just(Prices { false_positive: 1.0, false_negative: 3.0 })
        ];
        let threshold =
            prop_oneof![Just(Threshold::Any), Just(Threshold::Whole { low: -4, high: 4 })];
        (
            proptest::collection::vec(column, width),
            proptest::collection::vec(any::<bool>(), rows),
            weights,
            proptest::collection::vec(choices(), width),
            rules(width),
            1..=width,
            (prices, threshold),
        )
            .prop_map(|(columns, positive, weights, choices, rules, max_size, more)| {
                Small {
                    columns,
                    positive,
                    weights,
                    choices,
                    rules,
                    max_size,
                    prices: more.0,
                    threshold: more.1,
                }
            })
    })
}

impl Small {
    fn table(&self) -> Option<Table> {
        Table::new(self.columns.clone(), &self.positive, Some(&self.weights)).ok()
    }

    fn task<'t>(&self, table: &'t Table) -> Task<'t> {
        Task {
            table,
            choices: self.choices.clone(),
            rules: self.rules.clone(),
            max_size: self.max_size,
            prices: self.prices,
            threshold: self.threshold,
        }
    }

    /// All points that keep the rules, written out anew.
    fn all(&self) -> Vec<Vec<i32>> {
        let mut all: Vec<Vec<i32>> = vec![Vec::new()];
        for choices in &self.choices {
            let longer = |p: &Vec<i32>| {
                let p = p.clone();
                choices.values().iter().map(move |v| [p.clone(), vec![*v]].concat())
            };
            all = all.iter().flat_map(longer).collect();
        }
        all.retain(|p| self.keeps(p));
        all
    }

    fn keeps(&self, points: &[i32]) -> bool {
        let count = |g: &Vec<usize>| g.iter().filter(|j| points[**j] != 0).count();
        let r = &self.rules;
        // A column that is the same in every row of weight tells nothing.
        let tells = |j: usize| {
            let mut own = self.columns[j].iter().zip(&self.weights).filter(|p| *p.1 > 0.0);
            let first = own.next().map(|p| *p.0);
            own.any(|p| Some(*p.0) != first)
        };
        (0..points.len()).all(|j| points[j] == 0 || tells(j))
            && points.iter().filter(|p| **p != 0).count() <= self.max_size
            && r.at_most_one.iter().all(|g| count(g) < 2)
            && r.at_least_one.iter().all(|g| count(g) > 0)
            && r.implies.iter().all(|(a, b)| count(a) == 0 || count(b) > 0)
            && r.same_sign
                .iter()
                .all(|g| g.iter().all(|j| points[*j] >= 0) || g.iter().all(|j| points[*j] <= 0))
    }

    fn cost(&self, points: &[i32]) -> f64 {
        points.iter().zip(&self.choices).map(|(p, c)| c.cost(*p).unwrap()).sum()
    }

    /// The least price of wrong calls of points over all thresholds, row by row.
    fn calls(&self, points: &[i32], threshold: Threshold) -> Option<f64> {
        let totals: Vec<f64> = (0..self.positive.len())
            .map(|i| points.iter().zip(&self.columns).map(|(p, c)| f64::from(*p) * c[i]).sum())
            .collect();
        let cuts: Vec<f64> = match threshold {
            Threshold::Any => {
                let mut sorted = totals.clone();
                sorted.sort_by(f64::total_cmp);
                sorted.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
                let middles = sorted.windows(2).map(|w| (w[0] + w[1]) / 2.0);
                middles.chain([sorted[0] - 1.0, sorted[sorted.len() - 1] + 1.0]).collect()
            }
            Threshold::Whole { low, high } => (low..=high).map(|b| -f64::from(b)).collect(),
        };
        let weight = |yes: bool| -> f64 {
            let own = self.positive.iter().zip(&self.weights).filter(|p| *p.0 == yes);
            own.map(|p| p.1).sum()
        };
        let (negative, positive) = (weight(false), weight(true));
        let caps = self.rules.caps;
        let one = |cut: f64| {
            let (mut fp, mut missed) = (0.0, 0.0);
            for i in 0..totals.len() {
                if self.positive[i] && totals[i] <= cut + 1e-9 {
                    missed += self.weights[i];
                }
                if !self.positive[i] && totals[i] >= cut - 1e-9 {
                    fp += self.weights[i];
                }
            }
            let kept = fp <= caps.false_positive_rate * negative + 1e-9
                && positive - missed >= caps.true_positive_rate * positive - 1e-9;
            let price = self.prices.false_positive * fp + self.prices.false_negative * missed;
            kept.then_some(price)
        };
        cuts.into_iter().filter_map(one).min_by(f64::total_cmp)
    }

    fn pairs(points: &[i32]) -> Vec<(usize, i32)> {
        points.iter().copied().enumerate().filter(|p| p.1 != 0).collect()
    }
}

fn search(width: f64) -> Search<'static> {
    Search { limits: Limits::default(), gap: 0.0, width, most: 10_000 }
}

/// The log loss of a card, row by row.
fn log_loss(small: &Small, card: &Card) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for i in 0..small.positive.len() {
        let total: f64 =
            card.points.iter().map(|(j, p)| f64::from(*p) * small.columns[*j][i]).sum();
        let score = card.slope * total + card.intercept;
        let sign = if small.positive[i] { -1.0 } else { 1.0 };
        let margin: f64 = sign * score;
        sum += small.weights[i] * (margin.max(0.0) + (-margin.abs()).exp().ln_1p());
        weight += small.weights[i];
    }
    sum / weight
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_best_risk_card_is_the_best_of_all(small in small()) {
        let Some(table) = small.table() else { return Ok(()) };
        let task = small.task(&table);
        let mut brute: Vec<(f64, Vec<(usize, i32)>)> = small
            .all()
            .iter()
            .filter(|p| small.calls(p, Threshold::Any).is_some())
            .filter_map(|p| task.risk_card(&Small::pairs(p)).map(|c| (c.loss + small.cost(p), c.points)))
            .collect();
        brute.sort_by(|a, b| a.0.total_cmp(&b.0));
        match risk(&task, &search(0.0), &mut |_| {}).unwrap() {
            Answer::Exact(cards) => {
                let best = &cards.cards[0];
                prop_assert!(!brute.is_empty(), "{best:?} keeps no rule");
                prop_assert!((best.cost - brute[0].0).abs() < 1e-9, "{best:?} is not {:?}", brute[0]);
                let loss = log_loss(&small, best);
                prop_assert!((loss - best.loss).abs() < 1e-9, "{best:?} has {loss}");
            }
            Answer::Infeasible(_) => prop_assert!(brute.is_empty(), "{:?}", brute[0]),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_best_slim_card_is_the_best_of_all(small in small()) {
        let Some(table) = small.table() else { return Ok(()) };
        let task = small.task(&table);
        let one = |p: &Vec<i32>| {
            small.calls(p, small.threshold).map(|price| price / table.total() + small.cost(p))
        };
        let brute = small.all().iter().filter_map(one).min_by(f64::total_cmp);
        match slim(&task, &search(0.0), &mut |_| {}).unwrap() {
            Answer::Exact(cards) => {
                let best = &cards.cards[0];
                let brute = brute.unwrap();
                prop_assert!((best.cost - brute).abs() < 1e-9, "{best:?} is not {brute}");
            }
            Answer::Infeasible(_) => prop_assert!(brute.is_none(), "{brute:?}"),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_complete_pool_holds_every_card_near_the_best(small in small()) {
        let Some(table) = small.table() else { return Ok(()) };
        let task = small.task(&table);
        let Answer::Exact(cards) = risk(&task, &search(0.02), &mut |_| {}).unwrap() else {
            return Ok(());
        };
        prop_assert!(cards.complete);
        let best = cards.cards[0].cost;
        // Of cards that are multiples of each other one is enough.
        let ray = |points: &[(usize, i32)]| {
            let d = points.iter().fold(0, |d, p| gcd(d, p.1.abs()));
            points.iter().map(|p| (p.0, p.1 / d)).collect::<Vec<_>>()
        };
        let known: Vec<_> = cards.cards.iter().map(|c| ray(&c.points)).collect();
        for points in small.all() {
            if small.calls(&points, Threshold::Any).is_none() {
                continue;
            }
            let Some(card) = task.risk_card(&Small::pairs(&points)) else { continue };
            if card.loss + small.cost(&points) < best + 0.02 - 1e-9 {
                prop_assert!(known.contains(&ray(&card.points)), "{card:?} is missing");
            }
        }
    }
}

fn gcd(a: i32, b: i32) -> i32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No slope and intercept on a fine grid are better than those of a card.
    #[test]
    fn slopes_and_intercepts_are_the_best(small in small()) {
        let Some(table) = small.table() else { return Ok(()) };
        let task = small.task(&table);
        for points in small.all().iter().take(20) {
            let Some(card) = task.risk_card(&Small::pairs(points)) else { continue };
            for i in 0..60 {
                for j in -30..=30 {
                    let (slope, intercept) = (f64::from(i) * 0.1, f64::from(j) * 0.3);
                    let other = Card { slope, intercept, ..card.clone() };
                    prop_assert!(card.loss <= log_loss(&small, &other) + 1e-9);
                }
            }
        }
    }
}

#[test]
fn bounds_never_exceed_the_optimum_and_meet_it_at_the_end() {
    let rows = 60;
    let value = |i: usize, j: usize| f64::from(((i * 37 + j * 101 + i * i * (j + 3)) % 11) as u32);
    let columns: Vec<Vec<f64>> = (0..6).map(|j| (0..rows).map(|i| value(i, j)).collect()).collect();
    let positive: Vec<bool> = (0..rows)
        .map(|i| columns[0][i] + 0.7 * columns[3][i] - columns[4][i] + value(i, 9) > 9.0)
        .collect();
    let table = Table::new(columns, &positive, None).unwrap();
    let task = Task {
        table: &table,
        choices: vec![Choices::range(-5, 5).plus(0.001); 6],
        rules: Rules::default(),
        max_size: 3,
        prices: Prices::default(),
        threshold: Threshold::Any,
    };
    for solve in [risk, slim] {
        let mut seen = Vec::new();
        let answer = solve(&task, &search(0.0), &mut |p| seen.push(p)).unwrap();
        let best = answer.exact().unwrap().cards[0].cost;
        assert!(seen.iter().all(|p| p.lower <= best && p.upper >= best), "{seen:?}");
        assert!(seen.windows(2).all(|w| w[1].lower >= w[0].lower && w[1].upper <= w[0].upper));
        let limits = Limits { nodes: Some(0), ..Limits::default() };
        let cut = solve(&task, &Search { limits, ..search(0.0) }, &mut |_| {}).unwrap();
        match cut {
            Answer::Gap { best: Some(cards), lower, upper } => {
                assert!(lower <= best && best <= upper && upper == cards.cards[0].cost);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_does_not_fit_together_is_refused_in_one_line() {
    let table = Table::new(vec![vec![0.0, 1.0]], &[false, true], None).unwrap();
    let task = Task {
        table: &table,
        choices: vec![Choices::range(-1, 1)],
        rules: Rules::default(),
        max_size: 1,
        prices: Prices::default(),
        threshold: Threshold::Any,
    };
    let text = |task: Task<'_>| risk(&task, &search(0.0), &mut |_| {}).unwrap_err().to_string();
    let two = Task { choices: vec![Choices::range(0, 1); 2], ..task.clone() };
    assert_eq!(text(two), "2 sets of points for 1 columns");
    let rules = Rules { same_sign: vec![vec![4]], ..Rules::default() };
    assert_eq!(text(Task { rules, ..task.clone() }), "a rule speaks of column 4 of 1");
    let choices = vec![Choices::range(0, 1).plus(-1.0)];
    let want = "a cost of column 0 (which must be 0 or above) is -1, expected a finite number";
    assert_eq!(text(Task { choices, ..task.clone() }), want);
    let one = Table::new(vec![vec![0.0, 1.0]], &[true, true], None).unwrap_err();
    assert_eq!(one.to_string(), "both classes need rows of positive weight");
}

/// Columns and classes of a CSV of numbers of the shared data; `None`, said aloud, where they are not.
fn shared(name: &str, target: usize, positive: &str) -> Option<(Vec<Vec<f64>>, Vec<bool>)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/tabular")
        .join(name);
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: {name}: shared data absent");
        return None;
    };
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let positive = rows.iter().map(|row| row[target] == positive).collect();
    let columns = (0..rows[0].len()).filter(|j| *j != target);
    let number = |row: &Vec<&str>, j: usize| row[j].parse::<f64>().unwrap();
    Some((columns.map(|j| rows.iter().map(|row| number(row, j)).collect()).collect(), positive))
}

/// SLIM with `C0 = 0.01`, points from -10 to 10, whole intercepts from -100 to 100 and a score of 0
/// counted as an error: errors plus a hundredth of the rows for each column.
fn slim_optimum(columns: &[Vec<f64>], positive: &[bool], max_size: usize) -> (f64, Card) {
    let table = Table::new(columns.to_vec(), positive, None).unwrap();
    let task = Task {
        table: &table,
        choices: vec![Choices::range(-10, 10).plus(0.01); columns.len()],
        rules: Rules::default(),
        max_size,
        prices: Prices::default(),
        threshold: Threshold::Whole { low: -100, high: 100 },
    };
    let cards = slim(&task, &search(0.0), &mut |_| {}).unwrap().exact().unwrap();
    let best = cards.cards[0].clone();
    (best.cost * positive.len() as f64, best)
}

#[test]
fn slim_optima_of_mammographic_masses() {
    let Some((columns, positive)) = shared("scorecard/mammo_data.csv", 0, "1") else { return };
    let (cost, best) = slim_optimum(&columns, &positive, 14);
    assert!((cost - 219.22).abs() < 1e-6, "{cost} {best:?}");
    assert_eq!(best.size(), 2);
    let (cost, _) = slim_optimum(&columns, &positive, 1);
    assert!((cost - 227.61).abs() < 1e-6, "{cost}");
}

#[test]
fn slim_optima_of_breast_cancer() {
    let Some((columns, positive)) = shared("scorecard/breastcancer_data.csv", 0, "1") else {
        return;
    };
    // Of any size: the bound of the sizes above 5 is that their columns alone cost more.
    let (cost, best) = slim_optimum(&columns, &positive, 9);
    assert!((cost - 35.66).abs() < 1e-6, "{cost} {best:?}");
    assert_eq!(best.points, [(1, 4), (5, 2)]);
    let (cost, _) = slim_optimum(&columns, &positive, 1);
    assert!((cost - 54.83).abs() < 1e-6, "{cost}");
}

#[test]
fn slim_optima_of_haberman_by_the_full_lattice() {
    let Some((columns, positive)) = shared("uci_small/haberman.csv", 3, "positive") else { return };
    let (cost, _) = slim_optimum(&columns, &positive, 1);
    assert!((cost - 77.06).abs() < 1e-6, "{cost}");
    let (cost, best) = slim_optimum(&columns, &positive, 3);
    assert!((cost - 76.18).abs() < 1e-6, "{cost} {best:?}");
    // Every card there is, every intercept by counting.
    let n = positive.len();
    let mut least = f64::INFINITY;
    for points in 0..21_i32.pow(3) {
        let w = [points % 21 - 10, points / 21 % 21 - 10, points / 441 - 10];
        let mut counts = std::collections::BTreeMap::<i32, [i32; 2]>::new();
        for i in 0..n {
            let total: i32 = (0..3).map(|j| w[j] * columns[j][i] as i32).sum();
            counts.entry(total).or_default()[usize::from(positive[i])] += 1;
        }
        let size = w.iter().filter(|w| **w != 0).count() as f64;
        for cut in -100..=100 {
            let fp: i32 = counts.range(cut..).map(|c| c.1[0]).sum();
            let missed: i32 = counts.range(..=cut).map(|c| c.1[1]).sum();
            least = least.min(f64::from(fp + missed) + 0.01 * n as f64 * size);
            if counts.range(cut..).next().is_none() {
                break;
            }
        }
    }
    assert!((least - cost).abs() < 1e-6, "{least}");
}

/// The program of SLIM, with its textbook big-M rows, for a solver of others: `z_i` is 1 where row `i`
/// may be called wrongly, `a_j` where column `j` is used; whole data, so that a score within 1 of the
/// right side is an error.
fn slim_program(small: &Small, low: i32, high: i32) -> milp::Model {
    let mut model = milp::Model::default();
    let total: f64 = small.weights.iter().sum();
    let d = small.columns.len();
    let points: Vec<usize> = (0..d)
        .map(|j| {
            let values = small.choices[j].values();
            model.add_integer(values[0], values[values.len() - 1], 0.0)
        })
        .collect();
    let intercept = model.add_integer(low, high, 0.0);
    let mut used = Vec::new();
    for j in 0..d {
        let values = small.choices[j].values();
        let (least, most) = (f64::from(values[0]), f64::from(values[values.len() - 1]));
        let cost = values.iter().find(|v| **v != 0).and_then(|v| small.choices[j].cost(*v));
        let a = model.add_integer(0, 1, cost.unwrap_or(0.0));
        used.push((a, 1.0));
        model.add_row(vec![(points[j], 1.0), (a, -most)], f64::NEG_INFINITY, 0.0);
        model.add_row(vec![(points[j], 1.0), (a, -least)], 0.0, f64::INFINITY);
    }
    model.add_row(used, 0.0, small.max_size as f64);
    for i in 0..small.positive.len() {
        let price = match small.positive[i] {
            true => small.prices.false_negative,
            false => small.prices.false_positive,
        };
        let z = model.add_integer(0, 1, price * small.weights[i] / total);
        let sign = if small.positive[i] { 1.0 } else { -1.0 };
        let big: f64 = (0..d).map(|j| 3.0 * small.columns[j][i].abs()).sum::<f64>() + 6.0;
        let mut terms: Vec<(usize, f64)> = (0..d)
            .filter(|j| small.columns[*j][i] != 0.0)
            .map(|j| (points[j], sign * small.columns[j][i]))
            .collect();
        terms.push((intercept, sign));
        terms.push((z, big));
        model.add_row(terms, 1.0, f64::INFINITY);
    }
    model
}

fn solvers() -> Vec<Solver> {
    vec![
        Solver::Microlp,
        #[cfg(feature = "highs")]
        Solver::Highs,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Solvers of others find no card that costs less (with the feature `highs`, HiGHS too).
    #[test]
    fn mixed_integer_programs_agree(small in small()) {
        let whole = small.columns.iter().flatten().all(|v| v.fract() == 0.0);
        let ranges = |c: &Choices| {
            let v = c.values();
            let costs: Vec<_> = v.iter().filter(|v| **v != 0).map(|v| c.cost(*v)).collect();
            v.windows(2).all(|w| w[1] == w[0] + 1) && costs.windows(2).all(|w| w[0] == w[1])
        };
        prop_assume!(whole && small.choices.iter().all(ranges));
        let small = Small { rules: Rules::default(), threshold: Threshold::Whole { low: -4, high: 4 }, ..small };
        let Some(table) = small.table() else { return Ok(()) };
        let task = small.task(&table);
        let own = slim(&task, &search(0.0), &mut |_| {}).unwrap().exact().unwrap();
        let program = slim_program(&small, -4, 4);
        for solver in solvers() {
            let found = solver.minimise(&program, None, &Limits::default()).unwrap().exact().unwrap();
            let (own, other) = (own.cards[0].cost, found.objective);
            prop_assert!((own - other).abs() < 1e-6, "{own} {other}");
        }
    }
}

#[test]
fn a_limit_on_nodes_is_kept_and_the_first_card_stands_without_time() {
    let value =
        |i: usize, j: usize| f64::from(u8::from((i * (j + 2) * 7 + i / (j + 1)).is_multiple_of(3)));
    let columns: Vec<Vec<f64>> = (0..12).map(|j| (0..80).map(|i| value(i, j)).collect()).collect();
    let positive: Vec<bool> = (0..80).map(|i| (i * i + i / 3) % 5 < 2).collect();
    let table = Table::new(columns, &positive, None).unwrap();
    let task = Task {
        table: &table,
        choices: vec![Choices::range(-3, 3); 12],
        rules: Rules::default(),
        max_size: 4,
        prices: Prices::default(),
        threshold: Threshold::Any,
    };
    for solve in [risk, slim] {
        for limit in [0, 1, 40] {
            let limits = Limits { nodes: Some(limit), ..Limits::default() };
            let mut seen = 0;
            let own = Search { limits, ..search(0.0) };
            let found = solve(&task, &own, &mut |p| seen = p.nodes).unwrap();
            assert!(found.best().is_some() && seen <= limit + 31, "{seen} of {limit}");
        }
        let limits = Limits { deadline: Some(std::time::Instant::now()), ..Limits::default() };
        let found = solve(&task, &Search { limits, ..search(0.0) }, &mut |_| {}).unwrap();
        assert!(found.best().is_some());
    }
}

#[test]
fn points_have_no_common_divisor() {
    let columns = vec![
        vec![0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0],
        vec![0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0],
    ];
    let positive = [false, false, true, true, true, false, false, true];
    let table = Table::new(columns, &positive, None).unwrap();
    let task = Task {
        table: &table,
        choices: vec![Choices::range(-5, 5); 2],
        rules: Rules::default(),
        max_size: 2,
        prices: Prices::default(),
        threshold: Threshold::Any,
    };
    for solve in [risk, slim] {
        let cards = solve(&task, &search(0.01), &mut |_| {}).unwrap().exact().unwrap();
        assert_eq!(cards.cards[0].points.iter().fold(0, |d, p| gcd(d, p.1.abs())), 1);
    }
    let cards = risk(&task, &search(0.0), &mut |_| {}).unwrap().exact().unwrap();
    assert_eq!(cards.cards[0].points, [(0, 1), (1, 1)]);
}
