//! Seeded calls with ties, and near-equality.

use linecall_linear::metrics::{Bootstrap, Metrics, Predictions, metrics};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }
}

/// Calls that own their vectors and can be rearranged.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) classes: Vec<String>,
    pub(crate) truth: Vec<u32>,
    pub(crate) called: Vec<u32>,
    pub(crate) scores: Vec<f64>,
    pub(crate) probabilities: Option<Vec<f64>>,
    pub(crate) weights: Option<Vec<f64>>,
}

impl Sample {
    /// `n` rows of `k` classes, scores on a grid of 0.25, weights 1 or random integers up to 3.
    pub(crate) fn random(n: usize, k: usize, weighted: bool, seed: u64) -> Self {
        let mut rng = Random::new(seed);
        let mut s = Self::empty(k);
        let mut p = Vec::new();
        for _ in 0..n {
            let truth = rng.below(k);
            if k == 2 {
                let score = grid(3.0 * rng.uniform() - 1.5 + 0.8 * (truth as f64 - 0.5));
                let one = 1.0 / (1.0 + (-score).exp());
                p.extend([1.0 - one, one]);
                s.called.push(u32::from(score > 0.0));
                s.scores.push(score);
            } else {
                let lift = |c| if c == truth { 0.7 } else { 0.0 };
                let row: Vec<f64> = (0..k).map(|c| grid(2.0 * rng.uniform() + lift(c))).collect();
                let sum: f64 = row.iter().map(|v| v.exp()).sum();
                p.extend(row.iter().map(|v| v.exp() / sum));
                let best = (0..k).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
                s.called.push(best as u32);
                s.scores.extend(row);
            }
            s.truth.push(truth as u32);
        }
        s.probabilities = Some(p);
        s.weights = weighted.then(|| (0..n).map(|_| rng.below(4) as f64).collect());
        s
    }

    pub(crate) fn empty(k: usize) -> Self {
        Self {
            classes: (0..k).map(|c| format!("c{c}")).collect(),
            truth: Vec::new(),
            called: Vec::new(),
            scores: Vec::new(),
            probabilities: Some(Vec::new()),
            weights: None,
        }
    }

    /// Two classes from scores and truth, with logistic probabilities.
    pub(crate) fn two(scores: &[f64], truth: &[u32]) -> Self {
        let p = |s: &f64| 1.0 / (1.0 + (-s).exp());
        Self {
            truth: truth.to_vec(),
            called: scores.iter().map(|&s| u32::from(s > 0.0)).collect(),
            scores: scores.to_vec(),
            probabilities: Some(scores.iter().flat_map(|s| [1.0 - p(s), p(s)]).collect()),
            ..Self::empty(2)
        }
    }

    pub(crate) fn predictions(&self) -> Predictions<'_> {
        Predictions {
            classes: &self.classes,
            positive: (self.classes.len() == 2).then_some(1),
            truth: &self.truth,
            called: &self.called,
            scores: &self.scores,
            probabilities: self.probabilities.as_deref(),
            weights: self.weights.as_deref(),
        }
    }

    /// The given rows, in that order, rows named twice twice.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let k = self.classes.len();
        let s = if k == 2 { 1 } else { k };
        let wide = |v: &[f64], w: usize| -> Vec<f64> {
            rows.iter().flat_map(|&i| v[i * w..(i + 1) * w].to_vec()).collect()
        };
        Self {
            classes: self.classes.clone(),
            truth: rows.iter().map(|&i| self.truth[i]).collect(),
            called: rows.iter().map(|&i| self.called[i]).collect(),
            scores: wide(&self.scores, s),
            probabilities: self.probabilities.as_ref().map(|p| wide(p, k)),
            weights: self.weights.as_ref().map(|w| wide(w, 1)),
        }
    }

    /// Metrics with few replicates.
    pub(crate) fn metrics(&self) -> Metrics {
        let few = Bootstrap { replicates: 200, ..Bootstrap::default() };
        metrics(&self.predictions(), &few).unwrap()
    }
}

fn grid(v: f64) -> f64 {
    (4.0 * v).round() / 4.0
}

/// Equal but for the rounding of sums over a few hundred rows.
pub(crate) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1e-3)
}

/// The point values in a fixed order, `None` where undefined.
pub(crate) fn values(m: &Metrics) -> Vec<Option<f64>> {
    let mut all = vec![Some(m.accuracy.value)];
    let optional =
        [m.balanced_accuracy, m.auc, m.average_precision, m.log_loss, m.brier, m.ece, m.mcc];
    all.extend(optional.iter().map(|i| i.map(|i| i.value)));
    for c in &m.per_class {
        all.extend([c.precision, c.recall, c.f1].iter().map(|i| i.map(|i| i.value)));
    }
    all.extend(m.confusion.counts.iter().flatten().copied().map(Some));
    all
}
