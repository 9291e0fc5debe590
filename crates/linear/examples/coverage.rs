//! How often intervals of 95% cover what they are said to cover: `bench/coverage.md`.
//!
//! ```sh
//! cargo run --release -p linecall-linear --example coverage > coverage.txt
//! ```
//!
//! Every scenario draws samples from a known law, fits a plan, and counts how often the interval of
//! each method covers the truth of each coefficient that is asked about. Seeded: the table is the same
//! every time. A first argument changes the number of samples (2,000), a second one names what scenarios
//! are called that are run.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

use linecall_data::{Dataset, Design, Labels};
use linecall_linear::inference::{Inference, InferenceMethod as Method, InferenceOptions};
use linecall_linear::{Error, Loss, Penalty, Plan};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

struct Random(Xoshiro256PlusPlus);

impl Random {
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn logistic(&mut self) -> f64 {
        let u = self.uniform();
        (u / (1.0 - u)).ln()
    }
}

/// A sample: columns, whether a row is of the class `b`, and the cluster of each row.
type Sample = (Vec<Vec<f64>>, Vec<bool>, Option<Vec<u32>>);

struct Scenario {
    name: &'static str,
    /// Whether the assumptions hold, by method.
    methods: Vec<(Method, bool)>,
    plan: Plan,
    draw: fn(&mut Random) -> Sample,
    /// Coefficients by column; `None` where a huge sample is to say.
    truth: Option<Vec<f64>>,
    columns: Vec<usize>,
    replicates: u64,
    /// Samples, as a share of those asked for.
    share: f64,
}

/// Four correlated columns, one of them 0 or 1.
fn columns(random: &mut Random) -> Vec<f64> {
    let a = random.normal();
    let b = 0.5 * a + 0.75f64.sqrt() * random.normal();
    vec![a, b, f64::from(u8::from(random.uniform() < 0.4)), random.normal()]
}

const TRUE: [f64; 4] = [0.8, -0.5, 0.6, 0.0];

fn score(row: &[f64], coef: &[f64]) -> f64 {
    row.iter().zip(coef).map(|(x, w)| x * w).sum::<f64>() - 0.2
}

fn rows(n: usize, random: &mut Random, label: impl Fn(&[f64], &mut Random) -> bool) -> Sample {
    let x: Vec<Vec<f64>> = (0..n).map(|_| columns(random)).collect();
    let y = x.iter().map(|row| label(row, random)).collect();
    (x, y, None)
}

fn right(random: &mut Random) -> Sample {
    rows(200, random, |row, r| score(row, &TRUE) + r.logistic() > 0.0)
}

fn small(random: &mut Random) -> Sample {
    rows(50, random, |row, r| score(row, &TRUE) + r.logistic() > 0.0)
}

fn large(random: &mut Random) -> Sample {
    rows(500, random, |row, r| score(row, &TRUE) + r.logistic() > 0.0)
}

/// Labels whose chance is linear: the squared loss is right, its residuals of unequal variance.
fn linear_chance(random: &mut Random) -> Sample {
    rows(200, random, |row, r| {
        let chance = 0.5 + 0.22 * row[0].clamp(-2.0, 2.0) * f64::from(u8::from(row[2] > 0.0));
        r.uniform() < chance
    })
}

/// 60 clusters of 10 rows, which share a column and part of what speaks for the label.
fn clustered(random: &mut Random) -> Sample {
    let (mut x, mut y, mut codes) = (Vec::new(), Vec::new(), Vec::new());
    for cluster in 0..60 {
        let (shared, effect) = (random.normal(), 1.5 * random.normal());
        for _ in 0..10 {
            let row = vec![shared, random.normal()];
            y.push(0.8 * row[0] - 0.5 * row[1] + effect + random.logistic() > 0.0);
            x.push(row);
            codes.push(cluster);
        }
    }
    (x, y, Some(codes))
}

fn sparse(random: &mut Random) -> Sample {
    sparse_rows(1_000, random)
}

fn few_sparse(random: &mut Random) -> Sample {
    sparse_rows(400, random)
}

/// 40 columns, neighbours alike, three of which have a say.
fn sparse_rows(n: usize, random: &mut Random) -> Sample {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let mut row = vec![random.normal()];
        while row.len() < 40 {
            let last = row.last().copied().unwrap_or(0.0);
            row.push(0.5 * last + 0.75f64.sqrt() * random.normal());
        }
        y.push(row[0] - 0.7 * row[5] + 0.5 * row[20] + random.logistic() > 0.0);
        x.push(row);
    }
    (x, y, None)
}

/// 25 rows, which separate now and then.
fn tiny(random: &mut Random) -> Sample {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..25 {
        let row = vec![random.normal(), f64::from(u8::from(random.uniform() < 0.3))];
        y.push(1.2 * row[0] + row[1] + random.logistic() > 0.0);
        x.push(row);
    }
    (x, y, None)
}

fn dataset((x, y, codes): Sample) -> (Dataset, Option<Vec<u32>>) {
    let names: Vec<String> = (0..x[0].len()).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let labels = y.iter().map(|y| if *y { "b" } else { "a" });
    let design = Design::from_rows(&x, &names).unwrap();
    (Dataset::new(design, Labels::from_names(labels)).unwrap(), codes)
}

fn scenarios() -> Vec<Scenario> {
    use Method::{Bca, Bootstrap, Cluster, Debiased, Firth, Hc0, Hc1, Hc2, Hc3, Model, Profile};
    let hold = |methods: &[Method]| methods.iter().map(|m| (*m, true)).collect::<Vec<_>>();
    let logistic = |penalty| Plan::new(Loss::Logistic, penalty);
    let at = TRUE.to_vec();
    let all = vec![0, 1, 2, 3];
    let fine = hold(&[Model, Hc0, Hc1, Hc2, Hc3, Profile, Firth]);
    let base = Scenario {
        name: "logistic, 500 rows, right model",
        methods: fine.clone(),
        plan: logistic(Penalty::None),
        draw: large,
        truth: Some(at.clone()),
        columns: all.clone(),
        replicates: 999,
        share: 1.0,
    };
    vec![
        Scenario { name: "logistic, 200 rows, right model", draw: right, ..own(&base) },
        Scenario {
            name: "logistic, 200 rows, right model",
            draw: right,
            methods: hold(&[Bootstrap, Bca]),
            replicates: 499,
            ..own(&base)
        },
        Scenario {
            name: "logistic, 50 rows, right model",
            draw: small,
            methods: vec![
                (Model, false),
                (Hc0, false),
                (Hc3, false),
                (Profile, false),
                (Firth, true),
            ],
            ..own(&base)
        },
        Scenario {
            name: "logistic, 25 rows, separated at times",
            draw: tiny,
            methods: vec![(Firth, true)],
            truth: Some(vec![1.2, 1.0]),
            columns: vec![0, 1],
            ..own(&base)
        },
        Scenario {
            name: "squared loss, unequal variances",
            draw: linear_chance,
            plan: Plan::new(Loss::Squared, Penalty::None),
            methods: vec![(Model, false), (Hc0, true), (Hc1, true), (Hc2, true), (Hc3, true)],
            truth: None,
            columns: vec![0, 1, 2],
            ..own(&base)
        },
        Scenario {
            name: "logistic, 60 clusters of 10 rows",
            draw: clustered,
            methods: vec![(Model, false), (Hc1, false), (Cluster, true)],
            truth: None,
            columns: vec![0, 1],
            ..own(&base)
        },
        Scenario {
            name: "logistic, 60 clusters of 10 rows",
            draw: clustered,
            methods: vec![(Bootstrap, true)],
            truth: None,
            columns: vec![0, 1],
            replicates: 299,
            share: 0.5,
            ..own(&base)
        },
        Scenario {
            name: "l2 (lambda 0.05), the penalised coefficients",
            draw: right,
            plan: logistic(Penalty::l2(0.05)),
            methods: hold(&[Model, Hc0, Hc3]),
            truth: None,
            ..own(&base)
        },
        Scenario {
            name: "l2 (lambda 0.05), the unpenalised coefficients",
            draw: right,
            plan: logistic(Penalty::l2(0.05)),
            methods: vec![(Model, false), (Hc3, false)],
            columns: vec![0, 1, 2],
            ..own(&base)
        },
        Scenario {
            name: "l1 (lambda 0.02), 1,000 rows, 40 columns, 3 with a say",
            draw: sparse,
            plan: logistic(Penalty::l1(0.02)),
            methods: hold(&[Debiased]),
            truth: Some(sparse_truth()),
            columns: vec![0, 1, 5, 10, 20, 30],
            ..own(&base)
        },
        Scenario {
            name: "l1 (lambda 0.03), 400 rows, 40 columns, 3 with a say",
            draw: few_sparse,
            plan: logistic(Penalty::l1(0.03)),
            methods: vec![(Debiased, false)],
            truth: Some(sparse_truth()),
            columns: vec![0, 1, 5, 10, 20, 30],
            ..own(&base)
        },
        Scenario {
            name: "l1 (lambda 0.03), 400 rows, 40 columns, 3 with a say",
            draw: few_sparse,
            plan: logistic(Penalty::l1(0.03)),
            methods: vec![(Bootstrap, false)],
            truth: Some(sparse_truth()),
            columns: vec![0, 1, 5, 10, 20, 30],
            replicates: 199,
            share: 0.05,
        },
        base,
    ]
}

/// The coefficients of [`sparse_rows`].
fn sparse_truth() -> Vec<f64> {
    let mut truth = vec![0.0; 40];
    (truth[0], truth[5], truth[20]) = (1.0, -0.7, 0.5);
    truth
}

fn own(of: &Scenario) -> Scenario {
    Scenario {
        name: of.name,
        methods: of.methods.clone(),
        plan: of.plan.clone(),
        draw: of.draw,
        truth: of.truth.clone(),
        columns: of.columns.clone(),
        replicates: of.replicates,
        share: of.share,
    }
}

/// The coefficients of a sample so large that its error is a hundredth of a small one's.
fn limit(scenario: &Scenario) -> Vec<f64> {
    let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(u64::MAX));
    let mut all: Sample = (Vec::new(), Vec::new(), None);
    while all.0.len() < 1_000_000 {
        let (x, y, _) = (scenario.draw)(&mut random);
        all.0.extend(x);
        all.1.extend(y);
    }
    scenario.plan.fit(&dataset(all).0).unwrap().model.coef()[0].clone()
}

/// By method: whether each column's interval covered; `None` where the method refused.
type Covered = Vec<Option<Vec<(bool, f64)>>>;

fn sample(scenario: &Scenario, truth: &[f64], index: u64) -> Covered {
    let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(index.wrapping_mul(0x9E37_79B9) + 1));
    let (data, clusters) = dataset((scenario.draw)(&mut random));
    let fitted = match scenario.plan.fit(&data) {
        Ok(fit) => Ok((scenario.plan.clone(), fit.model)),
        Err(Error::Separated { .. }) => {
            let penalised = Plan::new(Loss::Logistic, Penalty::l2(0.01));
            penalised.fit(&data).map(|fit| (penalised, fit.model))
        }
        Err(error) => Err(error),
    };
    let Ok((plan, model)) = fitted else { return vec![None; scenario.methods.len()] };
    let options = InferenceOptions {
        clusters,
        replicates: scenario.replicates,
        seed: index,
        terms: Some(scenario.columns.iter().map(|j| format!("x{j}")).collect()),
        ..InferenceOptions::default()
    };
    let inference = Inference::of(&plan, &model, &data, options).unwrap();
    let of = |(method, _): &(Method, bool)| {
        // Of a separated sample only Firth's method holds.
        if plan.penalty != scenario.plan.penalty && *method != Method::Firth {
            return None;
        }
        let table = inference.table(*method).ok()?;
        let each = table.rows.iter().map(|row| {
            let truth = truth[row.column?];
            let low = row.low.unwrap_or(f64::NEG_INFINITY);
            let high = row.high.unwrap_or(f64::INFINITY);
            row.coef.map(|_| (low <= truth && truth <= high, high - low))
        });
        each.collect()
    };
    scenario.methods.iter().map(of).collect()
}

fn main() {
    let samples: u64 = std::env::args().nth(1).map_or(2_000, |n| n.parse().unwrap());
    println!(
        "| scenario | method | holds | samples | refused | coverage by column | coverage | error |"
    );
    println!("|---|---|---|--:|--:|---|--:|--:|");
    let wanted = std::env::args().nth(2).unwrap_or_default();
    for scenario in scenarios().into_iter().filter(|s| s.name.contains(&wanted)) {
        let truth = scenario.truth.clone().unwrap_or_else(|| limit(&scenario));
        let samples = ((samples as f64 * scenario.share) as u64).max(1);
        let found: Vec<Covered> =
            (0..samples).into_par_iter().map(|i| sample(&scenario, &truth, i)).collect();
        for (m, (method, holds)) in scenario.methods.iter().enumerate() {
            let told: Vec<&Vec<(bool, f64)>> = found.iter().filter_map(|f| f[m].as_ref()).collect();
            let n = told.len() as f64;
            let by: Vec<f64> = (0..scenario.columns.len())
                .map(|c| told.iter().filter(|t| t[c].0).count() as f64 / n)
                .collect();
            let all = by.iter().sum::<f64>() / by.len() as f64;
            let each: Vec<String> =
                by.iter().map(|share| format!("{:.1}", 100.0 * share)).collect();
            println!(
                "| {} | {} | {} | {} | {} | {} | {:.1}% | {:.1} |",
                scenario.name,
                method.title(),
                if *holds { "yes" } else { "no" },
                samples,
                samples as usize - told.len(),
                each.join(", "),
                100.0 * all,
                100.0 * (0.95f64 * 0.05 / n).sqrt()
            );
        }
    }
}
