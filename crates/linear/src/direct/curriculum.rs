//! Gradient descent under a learned curriculum ([`crate::curriculum`]), as a learner of its own.
//!
//! A share of the rows is put aside, by the seed, to say what is desired; the policy weights the
//! others so that the loss on those falls as early as it can; the coefficients are where the descent
//! ends. Columns are brought to unit deviation (unless told not to), with a column of ones for the
//! intercept. Two classes. Row weights are what the method learns, so given ones are refused.

use linecall_data::{Dataset, Matrix};
use serde::{Deserialize, Serialize};

use super::task::{Notes, Solved, Task};
use super::{DirectPlan, Learner};
use crate::curriculum::{Examples, Learnt, OptimalPolicy, Settings};
use crate::folds::holdout;
use crate::scale::Scaling;
use crate::view::View;
use crate::{Error, LinearModel, Link, Result};

/// Settings of the curriculum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurriculumSettings {
    /// Inner steps.
    pub steps: u32,
    /// Length of an inner step.
    pub rate: f64,
    /// Steps of the policy.
    pub epochs: u32,
    /// Share of the rows that say what is desired.
    pub target: f64,
    /// Seed of that choice.
    pub seed: u64,
    /// Whether columns are brought to unit deviation.
    pub standardize: bool,
}

impl Default for CurriculumSettings {
    fn default() -> Self {
        Self { steps: 200, rate: 0.3, epochs: 50, target: 0.25, seed: 0, standardize: true }
    }
}

/// A curriculum on rows, and what it did.
#[derive(Clone, Debug)]
pub struct CurriculumRun {
    /// Policy, curves and parameters.
    pub learnt: Learnt,
    /// Rows that were weighted, in the order of the policy's examples.
    pub train: Vec<usize>,
    /// Rows that said what is desired.
    pub target: Vec<usize>,
    /// Where the descent ends with the same weight for all.
    pub uniform: LinearModel,
    /// Where it ends under the policy.
    pub optimal: LinearModel,
}

impl CurriculumSettings {
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if self.steps == 0 {
            return refuse("steps", "0".to_owned(), "1 or more");
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return refuse("rate", self.rate.to_string(), "a finite number above 0");
        }
        if !(self.target > 0.0 && self.target < 1.0) {
            return refuse("target-share", self.target.to_string(), "a share between 0 and 1");
        }
        Ok(())
    }
}

impl DirectPlan {
    /// Learns the curriculum of a [`Learner::Curriculum`] on rows. `watch` is told (epochs done,
    /// epochs in all).
    ///
    /// # Errors
    /// As for [`DirectPlan::fit`]; when this is another learner, or there are not two classes.
    pub fn curriculum(
        &self,
        data: &Dataset,
        watch: &dyn Fn(usize, usize),
    ) -> Result<CurriculumRun> {
        let task = Task::new(self, data)?;
        run(self, &task, data, watch)
    }
}

fn run(
    plan: &DirectPlan,
    task: &Task,
    data: &Dataset,
    watch: &dyn Fn(usize, usize),
) -> Result<CurriculumRun> {
    let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
    let Learner::Curriculum { settings } = &plan.learner else {
        return refuse("learner", plan.learner.name().to_owned(), "curriculum");
    };
    if task.classes.len() != 2 {
        return refuse("classes", task.classes.len().to_string(), "two classes for a curriculum");
    }
    let weight = &task.weights.row;
    if weight.iter().any(|w| Some(w) != weight.first()) {
        let expected = "none: a curriculum learns the weights of the rows";
        return refuse("weights", "weights of rows or classes".to_owned(), expected);
    }
    let d = data.design.cols();
    if data.rows().saturating_mul(d + 1) > 1 << 27 {
        let value = format!("{} rows of {d} columns", data.rows());
        return refuse("data", value, "at most 134 million numbers for a curriculum");
    }
    let split = holdout(data, settings.target, settings.seed)?;
    let mut share = vec![0.0; data.rows()];
    split.train.iter().for_each(|&i| share[i] = 1.0 / split.train.len() as f64);
    let (center, scale) = if settings.standardize {
        let dense = matches!(data.design.matrix(), Matrix::DenseF64(_) | Matrix::DenseF32(_));
        let scaling = Scaling::of(&View::plain(&data.design), &share, true, dense);
        (scaling.center, scaling.scale)
    } else {
        (vec![0.0; d], vec![1.0; d])
    };
    let examples = |rows: &[usize]| -> Result<Examples> {
        let row = |&i: &usize| -> Vec<f64> {
            let mut out: Vec<f64> = center.iter().zip(&scale).map(|(c, s)| -c * s).collect();
            data.design.for_each_in_row(i, |j, x| out[j] = (x - center[j]) * scale[j]);
            out.push(1.0);
            out
        };
        let signs: Vec<f64> =
            rows.iter().map(|&i| if task.codes[i] == 1 { 1.0 } else { -1.0 }).collect();
        Examples::new(&rows.iter().map(row).collect::<Vec<_>>(), &signs)
    };
    let (train, target) = (examples(&split.train)?, examples(&split.held)?);
    let inner = Settings {
        steps: settings.steps as usize,
        rate: settings.rate,
        epochs: settings.epochs as usize,
        ..Settings::default()
    };
    let learnt = OptimalPolicy::learn(&train, &target, &inner, watch)?;
    let model = |theta: &[f64]| -> Result<LinearModel> {
        let sign = if plan.positive == 0 { -1.0 } else { 1.0 };
        let (w, b) = theta.split_at(d);
        let coef: Vec<f64> = w.iter().zip(&scale).map(|(w, s)| sign * w * s).collect();
        let shift: f64 = coef.iter().zip(&center).map(|(w, c)| w * c).sum();
        let intercept = sign * b.first().copied().unwrap_or(0.0) - shift;
        let classes = task.classes.to_vec();
        LinearModel::new(vec![coef], vec![intercept], classes, plan.positive, Link::Logistic)
    };
    Ok(CurriculumRun {
        uniform: model(&learnt.uniform.theta)?,
        optimal: model(&learnt.optimal.theta)?,
        train: split.train,
        target: split.held,
        learnt,
    })
}

/// The coefficients where the descent under the policy ends, in favour of the second class.
pub(super) fn solve(plan: &DirectPlan, task: &Task, data: &Dataset) -> Result<Solved> {
    let run = run(plan, task, data, &|_, _| ())?;
    let Learner::Curriculum { settings } = &plan.learner else { return Err(Error::NoRows) };
    let epochs = run.learnt.area.len().max(1) as u64;
    let notes = Notes { passes: 2 * u64::from(settings.steps) * epochs, ..Notes::default() };
    let sign = if plan.positive == 0 { -1.0 } else { 1.0 };
    let turn = |of: &[f64]| -> Vec<f64> { of.iter().map(|v| sign * v).collect() };
    Ok(Solved {
        coef: run.optimal.coef().iter().map(|row| turn(row)).collect(),
        intercept: turn(run.optimal.intercept()),
        notes,
    })
}
