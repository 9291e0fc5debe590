//! The simulated study: a teacher, noisy training labels, a clean desired loss.
//!
//! Rows are standard normal, labels the side of a random teacher; a share of the training labels is
//! flipped. The desired loss is that of clean examples of the same kind, and a third set, which
//! nothing has seen, is the test. Four policies are compared: the same weight for all; the greedy one,
//! which weights each step by the contribution of that moment and so forgets that later steps depend
//! on it; the optimal one; and the scored one, of what is known of an example.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::descent::{self, Weights};
use super::policy::{Curve, curve};
use super::{Contributions, Examples, OptimalPolicy, ScoredPolicy, Settings};
use crate::random::Random;
use crate::{Error, Result};

/// What is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Columns.
    pub columns: usize,
    /// Training examples.
    pub train: usize,
    /// Examples of the desired loss; as many more are the test.
    pub target: usize,
    /// Share of the training labels that are flipped.
    pub noise: f64,
    /// Inner steps.
    pub steps: usize,
    /// Length of an inner step.
    pub rate: f64,
    /// Steps of the policy.
    pub epochs: usize,
    /// Length of the policy's first step, falling linearly; `None` for steps that always help.
    pub outer_rate: Option<f64>,
    /// Seed of the draw.
    pub seed: u64,
}

impl Default for Study {
    /// 16 columns, 128 examples, 200 steps of 0.3.
    fn default() -> Self {
        Self {
            columns: 16,
            train: 128,
            target: 128,
            noise: 0.1,
            steps: 200,
            rate: 0.3,
            epochs: 60,
            outer_rate: None,
            seed: 0,
        }
    }
}

/// One policy of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyRow {
    /// `uniform`, `greedy`, `optimal` or `scored`.
    pub policy: String,
    /// Mean desired loss over the steps: the area that is minimised, divided by their number.
    pub area: f64,
    /// Desired loss at the end.
    pub desired: f64,
    /// Test loss at the end.
    pub test: f64,
    /// Steps of the uniform run over steps to its last desired loss; `None` where it is not reached.
    pub acceleration: Option<f64>,
    /// Mean over steps of `|mean CT| / std CT`.
    pub similarity: f64,
    /// The desired loss after each step.
    pub curve: Vec<f64>,
}

/// What the study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyOutcome {
    /// What was simulated.
    pub study: Study,
    /// Uniform, greedy, optimal, scored.
    pub rows: Vec<StudyRow>,
    /// The area before the first epoch and after each, of the optimal policy.
    pub areas: Vec<f64>,
    /// Mean weight, times the number of examples, of examples with right and with flipped labels
    /// under the optimal policy.
    pub weight: [f64; 2],
}

/// Steps in proportion to what contributes at the moment.
struct Greedy(Vec<Vec<f64>>);

impl Weights for Greedy {
    fn at(&self, t: usize) -> Cow<'_, [f64]> {
        Cow::Borrowed(self.0.get(t).map(Vec::as_slice).unwrap_or_default())
    }
}

/// The greedy policy: weights in proportion to positive contributions, step after step.
fn greedy(train: &Examples, target: &Examples, settings: &Settings) -> Greedy {
    let n = train.len();
    let mut theta = vec![0.0; train.cols()];
    let mut out = Vec::with_capacity(settings.steps);
    for _ in 0..settings.steps {
        let each = Contributions::at(train, target, &theta, &[1.0 / n as f64]).each;
        let total: f64 = each.iter().map(|c| c.max(0.0)).sum();
        let share = |c: &f64| if total > 0.0 { c.max(0.0) / total } else { 1.0 / n as f64 };
        let gamma: Vec<f64> = each.iter().map(share).collect();
        let (_, slope) = descent::pull(train, &theta, &gamma);
        theta.iter_mut().zip(slope).for_each(|(t, g)| *t -= settings.rate * g);
        out.push(gamma);
    }
    Greedy(out)
}

/// Runs the study.
///
/// # Errors
/// When a setting is out of range.
pub fn study(of: &Study, watch: &dyn Fn(usize, usize)) -> Result<StudyOutcome> {
    if !(0.0..0.5).contains(&of.noise) {
        let (name, value) = ("noise", of.noise.to_string());
        return Err(Error::Setting { name, value, expected: "a share from 0 to below 0.5" });
    }
    if of.columns == 0 || of.train < 2 || of.target < 2 {
        let value = format!("{} columns, {} and {} rows", of.columns, of.train, of.target);
        return Err(Error::Setting {
            name: "study",
            value,
            expected: "1 column and 2 rows or more",
        });
    }
    let mut random = Random::new(of.seed);
    let teacher = random.normals(of.columns);
    let mut draw = |n: usize, noise: f64| -> Result<(Examples, Vec<Vec<f64>>, Vec<bool>)> {
        let rows: Vec<Vec<f64>> = (0..n).map(|_| random.normals(of.columns)).collect();
        let flipped: Vec<bool> = (0..n).map(|_| random.uniform() < noise).collect();
        let sign = |(x, flip): (&Vec<f64>, &bool)| {
            let f: f64 = x.iter().zip(&teacher).map(|(x, w)| x * w).sum();
            if (f > 0.0) == *flip { -1.0 } else { 1.0 }
        };
        let signs: Vec<f64> = rows.iter().zip(&flipped).map(sign).collect();
        let known = rows.iter().zip(&signs).map(|(x, y)| known(x, *y)).collect();
        Ok((Examples::new(&rows, &signs)?, known, flipped))
    };
    let (train, known, flipped) = draw(of.train, of.noise)?;
    let (target, _, _) = draw(of.target, 0.0)?;
    let (test, _, _) = draw(of.target, 0.0)?;
    let settings = Settings {
        steps: of.steps,
        rate: of.rate,
        epochs: of.epochs,
        outer_rate: of.outer_rate,
        keep: 1,
    };
    let learnt = OptimalPolicy::learn(&train, &target, &settings, watch)?;
    let now = curve(&train, &target, &greedy(&train, &target, &settings), &settings);
    let scored = ScoredPolicy::learn(&train, &target, &known, &settings, &|_, _| ())?;
    let row = |policy: &str, run: &Curve| StudyRow {
        policy: policy.to_owned(),
        area: run.mean(),
        desired: run.loss.last().copied().unwrap_or(0.0),
        test: test.loss(&run.theta),
        acceleration: run.acceleration(&learnt.uniform),
        similarity: run.similarity,
        curve: run.loss.clone(),
    };
    let mean = learnt.policy.mean();
    let side = |flip: bool| -> f64 {
        let own: Vec<f64> =
            mean.iter().zip(&flipped).filter(|(_, f)| **f == flip).map(|(m, _)| *m).collect();
        of.train as f64 * own.iter().sum::<f64>() / own.len().max(1) as f64
    };
    Ok(StudyOutcome {
        study: *of,
        rows: vec![
            row("uniform", &learnt.uniform),
            row("greedy", &now),
            row("optimal", &learnt.optimal),
            row("scored", &scored.scored),
        ],
        areas: learnt.area,
        weight: [side(false), side(true)],
    })
}

/// What a scorer knows of an example: its row, its sign, their product, and the size of the row.
pub(super) fn known(row: &[f64], sign: f64) -> Vec<f64> {
    let size = row.iter().map(|x| x * x).sum::<f64>() / row.len().max(1) as f64;
    let product = row.iter().map(|x| sign * x);
    row.iter().copied().chain(product).chain([sign, size]).collect()
}
