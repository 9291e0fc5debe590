//! A policy of a few numbers: the softmax of a linear score of the example.
//!
//! `gamma_nt = softmax_n(u_n . beta + (t / T) u_n . beta')`, `u_n` what is known of an example (by
//! default its row, its sign, and their product). `J` falls along `dJ/dbeta = sum_t sum_n dJ/dgamma_nt
//! gamma_nt (u_n - mean_gamma u)`, by gradient steps that are halved until it does. The scores are a
//! linear function: they can be read as one, and they weight examples that were not trained on.

use std::borrow::Cow;

use super::descent::{self, Weights};
use super::policy::{Curve, Uniform, curve, inner};
use super::{Examples, Settings};
use crate::{Error, Result};

/// A linear scorer of examples.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredPolicy {
    /// Coefficient of each thing that is known of an example.
    pub coef: Vec<f64>,
    /// How it changes from the first step to the last.
    pub drift: Vec<f64>,
}

/// A learnt scorer, and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct ScorerLearnt {
    /// The scorer.
    pub policy: ScoredPolicy,
    /// `J / T` before the first epoch and after each.
    pub area: Vec<f64>,
    /// The run with the same weight for all.
    pub uniform: Curve,
    /// The run with the scorer's weights.
    pub scored: Curve,
}

/// A scorer on its examples.
struct Bound<'a> {
    policy: &'a ScoredPolicy,
    known: &'a [Vec<f64>],
    steps: usize,
}

impl Weights for Bound<'_> {
    fn at(&self, t: usize) -> Cow<'_, [f64]> {
        Cow::Owned(self.policy.weights(self.known, t, self.steps))
    }
}

impl ScoredPolicy {
    /// Weights of examples at a step of `steps`: above 0, summing to one.
    pub fn weights(&self, known: &[Vec<f64>], t: usize, steps: usize) -> Vec<f64> {
        let late = t as f64 / steps.max(1) as f64;
        let score = |u: &Vec<f64>| -> f64 {
            let both = self.coef.iter().zip(&self.drift);
            u.iter().zip(both).map(|(u, (b, d))| u * (b + late * d)).sum()
        };
        let mut out: Vec<f64> = known.iter().map(score).collect();
        let top = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        out.iter_mut().for_each(|s| *s = linecall_kernels::exp(*s - top));
        let total: f64 = out.iter().sum();
        out.iter_mut().for_each(|s| *s /= total);
        out
    }

    /// Learns a scorer of what is `known` of each example, from the same weight for all.
    ///
    /// # Errors
    /// When sizes do not fit or a setting is out of range.
    pub fn learn(
        train: &Examples,
        target: &Examples,
        known: &[Vec<f64>],
        settings: &Settings,
        watch: &dyn Fn(usize, usize),
    ) -> Result<ScorerLearnt> {
        settings.check(train, target)?;
        if known.len() != train.len() {
            let what = "examples that something is known of";
            return Err(Error::Shape { what, found: known.len(), expected: train.len() });
        }
        let size = known.first().map_or(0, Vec::len);
        if let Some(odd) = known.iter().find(|u| u.len() != size) {
            let what = "what is known of an example";
            return Err(Error::Shape { what, found: odd.len(), expected: size });
        }
        let (inner, steps) = (inner(settings), settings.steps);
        let mut policy = Self { coef: vec![0.0; size], drift: vec![0.0; size] };
        let uniform = curve(train, target, &Uniform(1.0 / train.len() as f64), settings);
        let forwards = |policy: &Self| {
            descent::forwards(train, target, &Bound { policy, known, steps }, inner)
        };
        let mean = |loss: &[f64]| loss.iter().sum::<f64>() / loss.len().max(1) as f64;
        let mut run = forwards(&policy);
        let mut area = vec![mean(&run.loss)];
        let mut length: Option<f64> = None;
        for epoch in 0..settings.epochs {
            let slopes = policy.slopes(train, target, known, settings, &run);
            let first = || 0.1 / crate::vector::largest(&slopes).max(1e-300);
            let mut rate = length.unwrap_or_else(first);
            let mut better = None;
            for _ in 0..20 {
                let trial = policy.stepped(&slopes, rate);
                let trial_run = forwards(&trial);
                if mean(&trial_run.loss) < mean(&run.loss) {
                    better = Some((trial, trial_run));
                    break;
                }
                rate *= 0.25;
            }
            let Some((trial, trial_run)) = better else { break };
            (policy, run) = (trial, trial_run);
            length = Some(2.0 * rate);
            area.push(mean(&run.loss));
            watch(epoch + 1, settings.epochs);
        }
        let scored = curve(train, target, &Bound { policy: &policy, known, steps }, settings);
        Ok(ScorerLearnt { policy, area, uniform, scored })
    }

    fn stepped(&self, slopes: &[f64], rate: f64) -> Self {
        let (first, second) = slopes.split_at(self.coef.len());
        let step = |from: &[f64], by: &[f64]| -> Vec<f64> {
            from.iter().zip(by).map(|(b, s)| b - rate * s).collect()
        };
        Self { coef: step(&self.coef, first), drift: step(&self.drift, second) }
    }

    /// `dJ` by coefficients, then by their drift.
    fn slopes(
        &self,
        train: &Examples,
        target: &Examples,
        known: &[Vec<f64>],
        settings: &Settings,
        run: &descent::Run,
    ) -> Vec<f64> {
        let size = self.coef.len();
        let bound = Bound { policy: self, known, steps: settings.steps };
        let mut out = vec![0.0; 2 * size];
        descent::backwards(train, target, &bound, inner(settings), run, |t, slope, _| {
            let gamma = bound.at(t);
            let mean: f64 = gamma.iter().zip(slope).map(|(g, s)| g * s).sum();
            let late = t as f64 / settings.steps as f64;
            for ((u, g), s) in known.iter().zip(gamma.iter()).zip(slope) {
                let by = g * (s - mean);
                for (j, u) in u.iter().enumerate() {
                    out[j] += by * u;
                    out[size + j] += by * late * u;
                }
            }
        });
        out
    }

    /// `J` and its gradient by coefficients, then by their drift.
    ///
    /// # Errors
    /// When sizes do not fit or a setting is out of range.
    pub fn gradient(
        &self,
        train: &Examples,
        target: &Examples,
        known: &[Vec<f64>],
        settings: &Settings,
    ) -> Result<(f64, Vec<f64>)> {
        settings.check(train, target)?;
        let bound = Bound { policy: self, known, steps: settings.steps };
        let run = descent::forwards(train, target, &bound, inner(settings));
        let slopes = self.slopes(train, target, known, settings, &run);
        Ok((run.loss.iter().sum(), slopes))
    }
}
