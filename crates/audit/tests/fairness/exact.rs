//! Bias scoring on discrete laws that are known, against all randomised and all deterministic
//! classifiers.

use linecall_audit::fairness::bias::{
    Attribute, BiasOptions, Constraint, Criterion, GroupModel, GroupModels, Measure, PlainModel,
    fit_rule,
};
use linecall_data::{Design, Labels};
use linecall_linear::{LinearModel, Link};

use crate::common::{People, Random};

/// Cells `x`, two attributes `a` and `b` of so many groups: `P(x, a, b, y)`.
struct Law {
    cells: usize,
    groups: [usize; 2],
    /// By cell, `a`, `b`, `y`.
    p: Vec<f64>,
}

impl Law {
    fn random(cells: usize, groups: [usize; 2], rng: &mut Random) -> Self {
        let size = cells * groups[0] * groups[1] * 2;
        let draw: Vec<f64> = (0..size).map(|_| -(1.0 - rng.uniform()).ln() + 0.01).collect();
        let sum: f64 = draw.iter().sum();
        Self { cells, groups, p: draw.into_iter().map(|v| v / sum).collect() }
    }

    fn entries(&self) -> impl Iterator<Item = (usize, [usize; 2], usize, f64)> + '_ {
        self.p.iter().enumerate().map(|(at, &p)| {
            let (y, b) = (at % 2, at / 2 % self.groups[1]);
            let a = at / 2 / self.groups[1] % self.groups[0];
            (at / 2 / self.groups[1] / self.groups[0], [a, b], y, p)
        })
    }

    fn sum(&self, keep: impl Fn(usize, [usize; 2], usize) -> bool) -> f64 {
        self.entries().filter(|(x, g, y, _)| keep(*x, *g, *y)).map(|e| e.3).sum()
    }

    /// One row for each possible person, weighted by its probability.
    fn people(&self) -> People {
        let (mut rows, mut codes, mut groups, mut weights) =
            (vec![], vec![], [vec![], vec![]], vec![]);
        for (x, g, y, p) in self.entries() {
            rows.push((0..self.cells).map(|c| f64::from(u8::from(c == x))).collect::<Vec<f64>>());
            codes.push(y as u32);
            groups[0].push(g[0] as u32);
            groups[1].push(g[1] as u32);
            weights.push(p);
        }
        let names: Vec<String> = (0..self.cells).map(|c| format!("x{c}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let labels = |n: usize, codes: Vec<u32>| {
            Labels::from_codes((0..n).map(|k| k.to_string()).collect(), codes).unwrap()
        };
        let [a, b] = groups;
        People {
            design: Design::from_rows(&rows, &names).unwrap(),
            labels: labels(2, codes),
            attributes: [("a", self.groups[0], a), ("b", self.groups[1], b)]
                .into_iter()
                .filter(|(_, groups, _)| *groups > 1)
                .map(|(name, n, codes)| Attribute {
                    name: name.to_owned(),
                    groups: labels(n, codes),
                })
                .collect(),
            weights: Some(weights),
        }
    }

    fn model(&self) -> LinearModel {
        let logit = |x| {
            let of = |y| self.sum(|c, _, l| c == x && l == y);
            (of(1) / of(0)).ln()
        };
        let classes = ["0", "1"].map(str::to_owned).to_vec();
        let coef = vec![(0..self.cells).map(logit).collect()];
        LinearModel::new(coef, vec![0.0], classes, 1, Link::Logistic).unwrap()
    }

    /// The joint models of each attribute and the class, exactly.
    fn group_models(&self) -> GroupModels {
        let of = |at: usize| {
            let classes = 2 * self.groups[at];
            let log = |k: usize, x: usize| {
                self.sum(|c, g, y| c == x && g[at] == k / 2 && y == k % 2).ln()
            };
            let coef = (0..classes).map(|k| (0..self.cells).map(|x| log(k, x)).collect()).collect();
            GroupModel {
                attribute: ["a", "b"][at].to_owned(),
                groups: (0..self.groups[at]).map(|g| g.to_string()).collect(),
                joint: true,
                model: PlainModel {
                    coef,
                    intercept: vec![0.0; classes],
                    classes: (0..classes).map(|k| k.to_string()).collect(),
                    positive: 0,
                    link: Link::Softmax,
                },
            }
        };
        GroupModels { models: (0..2).filter(|&at| self.groups[at] > 1).map(of).collect() }
    }

    /// Constraints `g . call <= delta` over the shares of favourable calls by cell.
    fn inequalities(&self, constraints: &[Constraint]) -> Vec<(Vec<f64>, f64)> {
        let mut all = Vec::new();
        for c in constraints {
            let conditions: &[Option<usize>] = match c.criterion {
                Criterion::DemographicParity => &[None],
                Criterion::EqualOpportunity => &[Some(1)],
                Criterion::EqualisedOdds => &[Some(1), Some(0)],
            };
            for given in conditions {
                let inside = |g: [usize; 2], y: usize, own: usize| {
                    g[c.attribute] == own && given.is_none_or(|given| given == y)
                };
                let rate = |own: usize| -> Vec<f64> {
                    let all = self.sum(|_, g, y| inside(g, y, own));
                    let of = |x| self.sum(|cell, g, y| cell == x && inside(g, y, own)) / all;
                    (0..self.cells).map(of).collect()
                };
                for a in 0..self.groups[c.attribute] {
                    for b in 0..self.groups[c.attribute] {
                        if a != b {
                            let (a, b) = (rate(a), rate(b));
                            all.push((a.iter().zip(&b).map(|(a, b)| a - b).collect(), c.delta));
                        }
                    }
                }
            }
        }
        all
    }

    /// Accuracy that some shares of favourable calls lose against the best classifier.
    fn loss(&self, call: &[f64]) -> f64 {
        let each = (0..self.cells).map(|x| {
            let gain = self.sum(|c, _, y| c == x && y == 1) - self.sum(|c, _, y| c == x && y == 0);
            if gain > 0.0 { gain * (1.0 - call[x]) } else { -gain * call[x] }
        });
        each.sum()
    }

    /// The least loss of all randomised classifiers that keep constraints of rank at most 2: it is
    /// at a vertex, where at most two cells are fractional. And that of the deterministic ones.
    fn brute(&self, constraints: &[Constraint]) -> (f64, f64) {
        let all = self.inequalities(constraints);
        let dot = |g: &[f64], call: &[f64]| g.iter().zip(call).map(|(a, b)| a * b).sum::<f64>();
        let keeps = |call: &[f64]| {
            call.iter().all(|v| (-1e-9..=1.0 + 1e-9).contains(v))
                && all.iter().all(|(g, delta)| dot(g, call) <= delta + 1e-9)
        };
        let (mut best, mut whole) = (f64::INFINITY, f64::INFINITY);
        for bits in 0..1usize << self.cells {
            let call: Vec<f64> =
                (0..self.cells).map(|x| f64::from((bits >> x & 1) as u8)).collect();
            if keeps(&call) {
                best = best.min(self.loss(&call));
                whole = whole.min(self.loss(&call));
            }
            for (i, (g, delta)) in all.iter().enumerate() {
                for x in 0..self.cells {
                    let mut one = call.clone();
                    one[x] = 0.0;
                    one[x] = (delta - dot(g, &one)) / g[x];
                    if keeps(&one) {
                        best = best.min(self.loss(&one));
                    }
                    for (h, other) in all.iter().skip(i + 1) {
                        for z in x + 1..self.cells {
                            let mut two = call.clone();
                            (two[x], two[z]) = (0.0, 0.0);
                            let (r, s) = (delta - dot(g, &two), other - dot(h, &two));
                            let det = g[x] * h[z] - g[z] * h[x];
                            two[x] = (r * h[z] - s * g[z]) / det;
                            two[z] = (g[x] * s - h[x] * r) / det;
                            if keeps(&two) {
                                best = best.min(self.loss(&two));
                            }
                        }
                    }
                }
            }
        }
        (best, whole)
    }
}

fn one(criterion: Criterion, attribute: usize, delta: f64) -> Constraint {
    Constraint { criterion, attribute, delta }
}

/// Checks random laws under some constraints; returns how often a deterministic rule met them, and
/// how often it was the best of all deterministic classifiers.
fn check(
    groups: [usize; 2],
    constraints: &dyn Fn(f64) -> Vec<Constraint>,
    seed: u64,
) -> [usize; 3] {
    let mut rng = Random::new(seed);
    let (mut met, mut best) = (0, 0);
    let trials = 60;
    for trial in 0..trials {
        let law = Law::random(3 + trial % 4, groups, &mut rng);
        let delta = [0.0, 0.02, 0.1, 0.3][trial / 4 % 4];
        let constraints = constraints(delta);
        let (randomised, whole) = law.brute(&constraints);
        let people = law.people();
        for measure in [Measure::Observed, Measure::Modelled] {
            let options =
                BiasOptions { constraints: constraints.clone(), measure, ..Default::default() };
            let fit =
                fit_rule(&law.model(), &law.group_models(), &people.sample(), &options).unwrap();
            assert_eq!(fit.cells as usize, law.cells);
            if measure == Measure::Modelled {
                // The law is exact, so the program's optimum is that of all randomised classifiers;
                // costs are floored at 1e-9.
                let near = |a: f64| (a - randomised).abs() < 1e-8;
                assert!(near(fit.relaxed.cost), "{} {randomised}", fit.relaxed.cost);
                assert!(near(fit.relaxed.bound), "{} {randomised}", fit.relaxed.bound);
                assert!(fit.relaxed.fractional <= 2);
            }
            let lost = fit.before.expected_accuracy - fit.after.expected_accuracy;
            if fit.met {
                assert!(fit.after.gaps.iter().all(|g| *g <= delta + 1e-9));
                assert!(lost >= whole - 1e-8, "a rule of whole cells cannot lose less");
                assert!(fit.rounding_cost >= -1e-8);
                met += 1;
                best += usize::from(lost < whole + 1e-8);
            } else {
                assert!(fit.rounding_excess > 0.0);
            }
        }
    }
    [met, best, 2 * trials]
}

#[test]
fn one_gap_of_two_groups_is_optimal() {
    for criterion in [Criterion::DemographicParity, Criterion::EqualOpportunity] {
        let found = check([2, 1], &|delta| vec![one(criterion, 0, delta)], 1);
        eprintln!("{criterion:?}: met, best of all deterministic, trials: {found:?}");
        assert!(found[0] > found[2] / 2 && found[1] > found[0] / 2);
    }
}

#[test]
fn equalised_odds_is_optimal() {
    let found = check([2, 1], &|delta| vec![one(Criterion::EqualisedOdds, 0, delta)], 2);
    eprintln!("met, best of all deterministic, trials: {found:?}");
    assert!(found[0] > found[2] / 2 && found[1] > found[0] / 2);
}

#[test]
fn three_groups_are_optimal() {
    let found = check([3, 1], &|delta| vec![one(Criterion::DemographicParity, 0, delta)], 3);
    eprintln!("met, best of all deterministic, trials: {found:?}");
    assert!(found[0] > found[2] / 2 && found[1] > found[0] / 2);
}

#[test]
fn two_attributes_are_optimal() {
    let both = |delta: f64| {
        vec![
            one(Criterion::DemographicParity, 0, delta),
            one(Criterion::EqualOpportunity, 1, 0.5 * delta),
        ]
    };
    // The check reads one delta; the second constraint is stricter, so it holds for it as well.
    let found = check([2, 2], &both, 4);
    eprintln!("met, best of all deterministic, trials: {found:?}");
    assert!(found[0] > found[2] / 2 && found[1] > found[0] / 2);
}

// Two cells of probability one half, one of each group: turning one of them closes the gap and
// costs nothing, so it goes before all others.
#[test]
fn calls_that_cost_nothing_turn_first() {
    let mut p = Vec::new();
    for (group, yes) in [(0, 0.9), (0, 0.5), (1, 0.5), (1, 0.1)] {
        for g in 0..2 {
            let own = if g == group { 0.9 } else { 0.1 };
            p.extend([1.0 - yes, yes].map(|y| 0.25 * y * own));
        }
    }
    let law = Law { cells: 4, groups: [2, 1], p };
    let people = law.people();
    let options = BiasOptions::demographic_parity(0.01);
    let fit = fit_rule(&law.model(), &law.group_models(), &people.sample(), &options).unwrap();
    assert!(fit.met && (fit.before.gaps[0] - 0.4).abs() < 1e-12);
    let lost = fit.before.expected_accuracy - fit.after.expected_accuracy;
    assert!(lost.abs() < 1e-12 && fit.after.gaps[0] < 1e-12, "{lost}");
    assert!((fit.turned[0] - 0.25).abs() < 1e-12 && fit.turned[1] == 0.0);
}
