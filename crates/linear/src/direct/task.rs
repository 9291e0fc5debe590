//! What learners are given and what they give back.

use linecall_data::{Dataset, Design};

use super::{DirectPlan, Passes, lda, online};
use crate::class_stats::{ClassStats, Keep};
use crate::weights::Weights;
use crate::{Error, Result};

/// What a learner learns from.
pub(super) struct Task<'a> {
    pub(super) design: &'a Design,
    pub(super) codes: &'a [u32],
    pub(super) classes: &'a [String],
    pub(super) weights: Weights,
}

impl<'a> Task<'a> {
    pub(super) fn new(plan: &DirectPlan, data: &'a Dataset) -> Result<Self> {
        plan.check()?;
        plan.refuse_sets(data)?;
        let weights = Weights::of(&data.labels, data.weights.as_deref(), &plan.class_weight)?;
        if plan.learner.passes().is_none() {
            weights.every_class(data.labels.classes())?;
        }
        if plan.positive >= data.labels.classes().len() {
            return Err(Error::Setting {
                name: "positive",
                value: plan.positive.to_string(),
                expected: "the index of a class",
            });
        }
        let (design, codes) = (&data.design, data.labels.codes());
        Ok(Self { design, codes, classes: data.labels.classes(), weights })
    }

    /// Statistics of the classes.
    pub(super) fn stats(&self, keep: Keep) -> Result<ClassStats> {
        ClassStats::of(self.design, self.codes, self.classes.len(), Some(&self.weights.row), keep)
    }

    /// Row weights that sum to one.
    pub(super) fn share(&self) -> Vec<f64> {
        let total = self.weights.total();
        self.weights.row.iter().map(|s| s / total).collect()
    }
}

/// Linear functions of a row: one for two classes (in favour of the second), or one a class.
#[derive(Clone, Debug, Default)]
pub(super) struct Solved {
    pub(super) coef: Vec<Vec<f64>>,
    pub(super) intercept: Vec<f64>,
    pub(super) notes: Notes,
}

/// What is said about a solution besides its coefficients.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    pub(super) priors: Vec<f64>,
    pub(super) shrinkage: Vec<f64>,
    pub(super) rank: Option<u64>,
    pub(super) passes: u64,
    pub(super) mistakes: Vec<u64>,
}

/// What defines the coefficients.
pub(super) enum Defined {
    /// A formula, here worked out.
    Formula(Solved),
    /// Linear equations over the columns.
    Equations(lda::Equations),
    /// An algorithm, step by step.
    Algorithm(online::Rule, Passes),
}

impl Solved {
    /// The difference of two class functions, where there are two; of more, each without what all
    /// share (their mean), which changes no call and no posterior: so a coefficient says what speaks
    /// for its class rather than the average one.
    pub(super) fn contrast(mut self) -> Self {
        if let ([first, second], [a, b]) = (self.coef.as_slice(), self.intercept.as_slice()) {
            let difference = second.iter().zip(first).map(|(s, f)| s - f).collect();
            (self.coef, self.intercept) = (vec![difference], vec![b - a]);
        } else if self.coef.len() > 2 {
            let classes = self.coef.len() as f64;
            let mut shared = vec![0.0; self.coef.first().map_or(0, Vec::len)];
            for own in &self.coef {
                shared.iter_mut().zip(own).for_each(|(s, w)| *s += w / classes);
            }
            for own in &mut self.coef {
                own.iter_mut().zip(&shared).for_each(|(w, s)| *w -= s);
            }
            centre(&mut self.intercept);
        }
        self
    }

    /// Turned towards the positive class, where there is one score.
    pub(super) fn towards(mut self, positive: usize) -> Self {
        if self.coef.len() == 1 && positive == 0 {
            let all = self.coef.iter_mut().flatten().chain(&mut self.intercept);
            all.for_each(|v| *v = 0.0 - *v);
        }
        self
    }
}

/// Takes the mean away.
pub(super) fn centre(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    values.iter_mut().for_each(|v| *v -= mean);
}
