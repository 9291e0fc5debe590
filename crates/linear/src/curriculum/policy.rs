//! The optimal policy: one weight an example and step.

use std::borrow::Cow;

use rayon::prelude::*;

use super::descent::{self, Inner, Weights};
use super::{Contributions, Examples, Settings, project};
use crate::Result;

/// Weights of the examples at every step.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimalPolicy {
    /// Step after step.
    gamma: Vec<f64>,
    examples: usize,
}

/// The same weight for all.
pub(super) struct Uniform(pub(super) f64);

impl Weights for Uniform {
    fn at(&self, _t: usize) -> Cow<'_, [f64]> {
        Cow::Owned(vec![self.0])
    }
}

impl Weights for OptimalPolicy {
    fn at(&self, t: usize) -> Cow<'_, [f64]> {
        Cow::Borrowed(self.at(t))
    }
}

/// What happened along one run of the inner descent.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The desired loss after each step.
    pub loss: Vec<f64>,
    /// Parameters at the end.
    pub theta: Vec<f64>,
    /// Mean over steps of the similarity of contributions, weighted by the policy.
    pub similarity: f64,
}

impl Curve {
    /// Mean desired loss over the steps: the area, divided by their number.
    pub fn mean(&self) -> f64 {
        self.loss.iter().sum::<f64>() / self.loss.len().max(1) as f64
    }

    /// How many times faster this run reaches the last loss of another of as many steps; `None`
    /// where it never does.
    pub fn acceleration(&self, over: &Curve) -> Option<f64> {
        let goal = over.loss.last()?;
        let step = self.loss.iter().position(|loss| loss <= goal)?;
        Some(over.loss.len() as f64 / (step + 1) as f64)
    }
}

/// A learnt policy, and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt {
    /// The policy.
    pub policy: OptimalPolicy,
    /// `J / T` before the first epoch and after each.
    pub area: Vec<f64>,
    /// The run with the same weight for all.
    pub uniform: Curve,
    /// The run with the learnt policy.
    pub optimal: Curve,
}

impl OptimalPolicy {
    /// The same weight for all.
    pub fn uniform(examples: usize, steps: usize) -> Self {
        Self { gamma: vec![1.0 / examples.max(1) as f64; examples * steps], examples }
    }

    /// Given weights, step after step; each step's are projected onto the simplex.
    pub fn of(gamma: Vec<f64>, examples: usize) -> Self {
        let mut policy = Self { gamma, examples: examples.max(1) };
        policy.gamma.chunks_mut(policy.examples).for_each(project);
        policy
    }

    /// Weights at a step; empty past the last.
    pub fn at(&self, t: usize) -> &[f64] {
        self.gamma.get(t * self.examples..(t + 1) * self.examples).unwrap_or_default()
    }

    /// Number of examples.
    pub fn examples(&self) -> usize {
        self.examples
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.gamma.len() / self.examples.max(1)
    }

    /// Mean weight of each example over all steps.
    pub fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.examples];
        for step in self.gamma.chunks(self.examples.max(1)) {
            mean.iter_mut().zip(step).for_each(|(m, g)| *m += g / self.steps() as f64);
        }
        mean
    }

    /// The run of the inner descent under this policy.
    ///
    /// # Errors
    /// When sizes do not fit or a setting is out of range.
    pub fn run(&self, train: &Examples, target: &Examples, settings: &Settings) -> Result<Curve> {
        settings.check(train, target)?;
        self.fits(train, settings)?;
        Ok(curve(train, target, self, settings))
    }

    fn fits(&self, train: &Examples, settings: &Settings) -> Result<()> {
        let expected = train.len() * settings.steps;
        if self.gamma.len() != expected || self.examples != train.len() {
            let what = "weights of the policy";
            return Err(crate::Error::Shape { what, found: self.gamma.len(), expected });
        }
        Ok(())
    }

    /// `J` and its gradient by every weight, step after step.
    ///
    /// # Errors
    /// As for [`OptimalPolicy::run`].
    pub fn gradient(
        &self,
        train: &Examples,
        target: &Examples,
        settings: &Settings,
    ) -> Result<(f64, Vec<f64>)> {
        settings.check(train, target)?;
        self.fits(train, settings)?;
        let inner = inner(settings);
        let run = descent::forwards(train, target, self, inner);
        let mut out = vec![0.0; self.gamma.len()];
        let n = self.examples;
        descent::backwards(train, target, self, inner, &run, |t, slope, _| {
            out[t * n..(t + 1) * n].copy_from_slice(slope);
        });
        Ok((run.loss.iter().sum(), out))
    }

    /// Learns the optimal policy, from the same weight for all. `watch` is told (epochs done, epochs
    /// in all).
    ///
    /// Cost: two visits of the examples a step and epoch; `T N` numbers of memory, twice that where
    /// `outer_rate` is `None`.
    ///
    /// # Errors
    /// When sizes do not fit or a setting is out of range.
    pub fn learn(
        train: &Examples,
        target: &Examples,
        settings: &Settings,
        watch: &dyn Fn(usize, usize),
    ) -> Result<Learnt> {
        settings.check(train, target)?;
        let inner = inner(settings);
        let uniform = curve(train, target, &Uniform(1.0 / train.len() as f64), settings);
        let mut policy = Self::uniform(train.len(), settings.steps);
        let mut run = descent::forwards(train, target, &policy, inner);
        let mean = |loss: &[f64]| loss.iter().sum::<f64>() / loss.len().max(1) as f64;
        let mut area = vec![mean(&run.loss)];
        let mut length = None;
        for epoch in 0..settings.epochs {
            if let Some(rate) = settings.outer_rate {
                let rate = rate * (1.0 - epoch as f64 / settings.epochs as f64);
                policy.step_in_place(train, target, inner, &run, rate);
                run = descent::forwards(train, target, &policy, inner);
            } else {
                let n = policy.examples;
                let mut slopes = vec![0.0; policy.gamma.len()];
                descent::backwards(train, target, &policy, inner, &run, |t, slope, _| {
                    slopes[t * n..(t + 1) * n].copy_from_slice(slope);
                });
                let first = || 0.5 / (n as f64 * crate::vector::largest(&slopes).max(1e-300));
                let mut rate = length.unwrap_or_else(first);
                let before = mean(&run.loss);
                let mut better = None;
                for _ in 0..20 {
                    let trial = policy.stepped(&slopes, rate);
                    let trial_run = descent::forwards(train, target, &trial, inner);
                    if mean(&trial_run.loss) < before {
                        better = Some((trial, trial_run));
                        break;
                    }
                    rate *= 0.25;
                }
                let Some((trial, trial_run)) = better else { break };
                (policy, run) = (trial, trial_run);
                length = Some(2.0 * rate);
            }
            area.push(mean(&run.loss));
            watch(epoch + 1, settings.epochs);
        }
        let optimal = curve(train, target, &policy, settings);
        Ok(Learnt { policy, area, uniform, optimal })
    }

    /// One projected gradient step.
    fn stepped(&self, slopes: &[f64], rate: f64) -> Self {
        let mut next = self.clone();
        let n = self.examples;
        next.gamma.par_chunks_mut(n).zip(slopes.par_chunks(n)).for_each(|(gamma, slope)| {
            gamma.iter_mut().zip(slope).for_each(|(g, s)| *g -= rate * s);
            project(gamma);
        });
        next
    }

    /// The same without a second table: a step's weights are not looked at again once its slopes are
    /// known.
    fn step_in_place(
        &mut self,
        train: &Examples,
        target: &Examples,
        inner: Inner,
        run: &descent::Run,
        rate: f64,
    ) {
        let n = self.examples;
        let mut next = self.gamma.clone();
        descent::backwards(train, target, &*self, inner, run, |t, slope, _| {
            let gamma = &mut next[t * n..(t + 1) * n];
            if rate > 0.0 {
                gamma.iter_mut().zip(slope).for_each(|(g, s)| *g -= rate * s);
                project(gamma);
            }
        });
        self.gamma = next;
    }
}

pub(super) fn inner(settings: &Settings) -> Inner {
    Inner { steps: settings.steps, rate: settings.rate, keep: settings.keep }
}

/// A run with its similarity of contributions.
pub(super) fn curve(
    train: &Examples,
    target: &Examples,
    weights: &dyn Weights,
    settings: &Settings,
) -> Curve {
    let run = descent::forwards(train, target, weights, Inner { keep: 1, ..inner(settings) });
    let similar = |(t, theta): (usize, &Vec<f64>)| {
        Contributions::at(train, target, theta, &weights.at(t)).similarity()
    };
    let each: Vec<f64> = run.kept.par_iter().enumerate().map(similar).collect();
    // Where all contributions are the same the similarity has no end; such steps are left out.
    let finite: Vec<f64> = each.into_iter().filter(|s| s.is_finite()).collect();
    let similarity = finite.iter().sum::<f64>() / finite.len().max(1) as f64;
    Curve { loss: run.loss, theta: run.last, similarity }
}
