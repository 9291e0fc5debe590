//! The simulated study: a class on both sides of another.
//!
//! Points on a line: class A around -3 and +3, a few of class B around 0. Mixtures of the two sides of A
//! land on B with the label of A. A linear head on bumps is trained on the rows, on all mixtures of all
//! pairs, on the safe ones with the rows (half and half), and by the paper's adversary.

use linecall_data::{Dataset, Design, Labels};
use serde::{Deserialize, Serialize};

use super::adamixup::{Adversary, AdversarySettings, Bumps, SafeIntervals, Trunk};
use crate::error::internal;
use crate::random::Random;
use crate::{Error, Loss, Penalty, Plan, Result};

/// What is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Rows of class A, half on each side.
    pub outer: usize,
    /// Rows of class B, in the middle.
    pub inner: usize,
    /// Deviation of each cluster.
    pub spread: f64,
    /// Radius of intrusion.
    pub radius: f64,
    /// Steps of the adversary; 0 leaves it out.
    pub steps: usize,
    /// Seed of the draw.
    pub seed: u64,
}

impl Default for Study {
    fn default() -> Self {
        Self { outer: 80, inner: 8, spread: 0.3, radius: 0.5, steps: 3_000, seed: 0 }
    }
}

/// One way to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyRow {
    /// `rows`, `mixup`, `safe`, `adversary`.
    pub method: String,
    /// Share of test points called rightly, both classes alike.
    pub accuracy: f64,
    /// Share of test points of class B called rightly.
    pub inner_accuracy: f64,
    /// Mean log loss on the test points, both classes alike.
    pub log_loss: f64,
    /// Share of the mixtures trained on that intrude; 0 without mixtures.
    pub intrusion: f64,
    /// Probability of B from -5 to 5 by steps of 0.1.
    pub curve: Vec<f64>,
}

/// What the study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyOutcome {
    /// What was simulated.
    pub study: Study,
    /// One row a way to train.
    pub rows: Vec<StudyRow>,
}

/// Signs +1 for B.
fn draw(outer: usize, inner: usize, spread: f64, random: &mut Random) -> (Vec<Vec<f64>>, Vec<f64>) {
    let side = |i: usize| if i.is_multiple_of(2) { -3.0 } else { 3.0 };
    let centres = (0..outer).map(|i| (side(i), -1.0)).chain((0..inner).map(|_| (0.0, 1.0)));
    centres.map(|(c, y)| (vec![c + spread * random.normal()], y)).unzip()
}

/// Runs the study.
///
/// # Errors
/// When a setting is out of range.
pub fn study(of: &Study, watch: &dyn Fn(usize, usize)) -> Result<StudyOutcome> {
    if of.outer < 2 || of.inner < 1 || !(of.spread.is_finite() && of.spread > 0.0) {
        let value = format!("{} and {} rows, spread {}", of.outer, of.inner, of.spread);
        let expected = "2 outer and 1 inner row or more, a spread above 0";
        return Err(Error::Setting { name: "study", value, expected });
    }
    let mut random = Random::new(of.seed);
    let (x, y) = draw(of.outer, of.inner, of.spread, &mut random);
    let test = draw(1_000, 1_000, of.spread, &mut random);
    let trunk = Bumps { centres: (-8..=8).map(|c| vec![f64::from(c) * 0.5]).collect(), width: 0.5 };
    let classes: Vec<u32> = y.iter().map(|y| u32::from(*y > 0.0)).collect();
    let safe = SafeIntervals::of(&x, &classes, of.radius)?;
    let all = SafeIntervals::of(&x, &classes, 0.0)?;
    let nodes = 12;
    let mut rows = Vec::new();
    let total = 4;
    for (done, name) in ["rows", "mixup", "safe"].into_iter().enumerate() {
        watch(done, total);
        let (mixtures, originals) = match name {
            "rows" => (Vec::new(), 1.0),
            "mixup" => (all.mixtures(nodes), 0.0),
            _ => (safe.mixtures(nodes), 0.5),
        };
        let head = head(&x, &y, &mixtures, originals, &trunk)?;
        let intrusion = match name {
            "mixup" => safe.intrusion(),
            _ => 0.0,
        };
        rows.push(measured(name, intrusion, &test, &|x| score(&head, &trunk, x)));
    }
    watch(3, total);
    if of.steps > 0 {
        let settings =
            AdversarySettings { steps: of.steps, seed: of.seed, ..AdversarySettings::default() };
        let own = Adversary::train(&x, &y, &trunk, &settings)?;
        let intrusion = intrusion(&own, &x, &safe, &mut random);
        rows.push(measured("adversary", intrusion, &test, &|x| own.score(&trunk, x)));
    }
    watch(total, total);
    Ok(StudyOutcome { study: *of, rows })
}

/// The share of the policy's mixtures that intrude.
fn intrusion(of: &Adversary, x: &[Vec<f64>], safe: &SafeIntervals, random: &mut Random) -> f64 {
    let draws = 20_000;
    let hits = (0..draws).filter(|_| {
        let (i, j) = (random.below(x.len()), random.below(x.len()));
        let [a, delta, _] = of.region(&x[i], &x[j]);
        let t = a + delta * random.uniform();
        !safe.pair(i, j).iter().any(|(low, high)| (*low..=*high).contains(&t))
    });
    hits.count() as f64 / f64::from(draws)
}

/// The linear head: coefficients and the intercept.
fn head(
    x: &[Vec<f64>],
    y: &[f64],
    mixtures: &[(usize, usize, f64, f64)],
    originals: f64,
    trunk: &Bumps,
) -> Result<Vec<f64>> {
    // A mixture of two classes is two rows, with the shares of their labels as weights.
    let size = trunk.centres.len();
    let mut values = Vec::new();
    let (mut codes, mut weights) = (Vec::new(), Vec::new());
    let mut add = |x: &[f64], y: f64, weight: f64| {
        if weight > 0.0 {
            values.push(trunk.features(x));
            codes.push(u32::from(y > 0.0));
            weights.push(weight);
        }
    };
    let sum: f64 = mixtures.iter().map(|m| m.3).sum();
    for &(i, j, t, w) in mixtures {
        let mixed: Vec<f64> = x[i].iter().zip(&x[j]).map(|(a, b)| t * a + (1.0 - t) * b).collect();
        let w = (1.0 - originals) * w / sum;
        if y[i] == y[j] {
            add(&mixed, y[i], w);
        } else {
            add(&mixed, y[i], w * t);
            add(&mixed, y[j], w * (1.0 - t));
        }
    }
    for (row, y) in x.iter().zip(y) {
        add(row, *y, originals / x.len() as f64);
    }
    let names: Vec<String> = (0..size).map(|c| format!("bump {c}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let labels =
        Labels::from_codes(vec!["A".to_owned(), "B".to_owned()], codes).map_err(internal)?;
    let design = Design::from_rows(&values, &names).map_err(internal)?;
    let mut data = Dataset::new(design, labels).map_err(internal)?;
    data.weights = Some(weights);
    let plan = Plan { standardize: false, ..Plan::new(Loss::Logistic, Penalty::l2(1e-5)) };
    let model = plan.fit(&data)?.model;
    let coef = model.coef().first().cloned().unwrap_or_default();
    Ok(coef.into_iter().chain(model.intercept().iter().copied()).collect())
}

fn score(head: &[f64], trunk: &Bumps, x: &[f64]) -> f64 {
    let (w, b) = head.split_at(head.len() - 1);
    linecall_kernels::dot(w, &trunk.features(x)) + b.first().copied().unwrap_or(0.0)
}

fn measured(
    method: &str,
    intrusion: f64,
    (x, y): &(Vec<Vec<f64>>, Vec<f64>),
    score: &dyn Fn(&[f64]) -> f64,
) -> StudyRow {
    let scores: Vec<f64> = x.iter().map(|x| score(x)).collect();
    let right = |own: f64| {
        let hits = scores.iter().zip(y).filter(|(f, y)| **y == own && (**f > 0.0) == (own > 0.0));
        hits.count() as f64 / y.iter().filter(|y| **y == own).count().max(1) as f64
    };
    let loss = scores.iter().zip(y).map(|(f, y)| linecall_kernels::log1p_exp(-y * f));
    let probability = |k: i32| linecall_kernels::sigmoid(score(&[f64::from(k) * 0.1]));
    StudyRow {
        method: method.to_owned(),
        accuracy: 0.5 * (right(1.0) + right(-1.0)),
        inner_accuracy: right(1.0),
        log_loss: loss.sum::<f64>() / y.len().max(1) as f64,
        intrusion,
        curve: (-50..=50).map(probability).collect(),
    }
}
