//! The simulated study: loss against calls, for stochastic gradient descent and the surrogates.
//!
//! Rows whose columns have scales that fall from 1 to `1 / condition` (so that the gradient of the
//! mean loss is ill conditioned), labels by a teacher, with noise for the logistic loss and without for
//! half squares (which then interpolate). Every method gets the same number of calls, at each batch
//! size; gradient descent gets the best of a grid of step lengths.

use serde::{Deserialize, Serialize};

use super::{ExpensiveLoss, InnerSteps, KnownLoss, StepRule, SurrogateRun, TargetSurrogate};
use crate::random::Random;
use crate::{Error, Result};

/// What is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Ratio of the largest to the smallest scale of a column.
    pub condition: f64,
    /// Calls of each method.
    pub calls: usize,
    /// Rows of a batch, one run each; 0 for all.
    pub batches: Vec<usize>,
    /// Half squares of a noiseless teacher instead of the logistic loss.
    pub squared: bool,
    /// Seed of the draw and the batches.
    pub seed: u64,
}

impl Default for Study {
    fn default() -> Self {
        Self {
            rows: 1_000,
            columns: 20,
            condition: 100.0,
            calls: 100,
            batches: vec![25, 125, 625, 0],
            squared: false,
            seed: 0,
        }
    }
}

/// One method at one batch size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyRow {
    /// `sgd`, `surrogate m=10`, `surrogate m=20`, `surrogate exact`.
    pub method: String,
    /// Rows of a batch.
    pub batch: usize,
    /// Calls made.
    pub calls: usize,
    /// Mean loss over all rows after the last call, above the optimum.
    pub above: f64,
    /// Calls until the mean loss over all rows is within 1e-4 of the optimum; `None` where it never
    /// is.
    pub to_accuracy: Option<usize>,
    /// Mean loss over all rows above the optimum before each call and after the last.
    pub curve: Vec<f64>,
}

/// What the study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyOutcome {
    /// What was simulated.
    pub study: Study,
    /// The smallest mean loss over all rows.
    pub optimum: f64,
    /// Methods by batch size.
    pub rows: Vec<StudyRow>,
}

/// Runs the study.
///
/// # Errors
/// When a setting is out of range.
pub fn study(of: &Study, watch: &dyn Fn(usize, usize)) -> Result<StudyOutcome> {
    let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
    if of.rows < 2 || of.columns == 0 || of.rows.saturating_mul(of.columns) > 1 << 27 {
        let value = format!("{} rows of {} columns", of.rows, of.columns);
        return refuse("study", value, "2 rows and 1 column or more, 134 million numbers at most");
    }
    if !(of.condition.is_finite() && of.condition >= 1.0) {
        return refuse("condition", of.condition.to_string(), "a finite number, 1 or above");
    }
    let mut random = Random::new(of.seed);
    let scale = |j: usize| of.condition.powf(-(j as f64) / (of.columns.max(2) - 1) as f64);
    let x: Vec<Vec<f64>> = (0..of.rows)
        .map(|_| (0..of.columns).map(|j| scale(j) * random.normal()).collect())
        .collect();
    // As much signal in every column, however small its scale.
    let teacher: Vec<f64> = (0..of.columns).map(|j| random.normal() / scale(j)).collect();
    let size = (of.columns as f64).sqrt();
    let signal = |row: &Vec<f64>| linecall_kernels::dot(row, &teacher) / size;
    let target: Vec<f64> = x
        .iter()
        .map(|row| match of.squared {
            true => signal(row),
            false if signal(row) + random.normal() > 0.0 => 1.0,
            false => -1.0,
        })
        .collect();
    let loss = || match of.squared {
        true => KnownLoss::squared(target.clone()),
        false => KnownLoss::logistic(target.clone()),
    };
    let all: Vec<usize> = (0..of.rows).collect();
    let at = |theta: &[f64]| -> Result<f64> {
        Ok(loss().value_grad(&all, &super::scores(&x, &all, theta))?.0 / of.rows as f64)
    };
    let best = TargetSurrogate { calls: 20_000, tolerance: 1e-10, ..TargetSurrogate::default() };
    let optimum = at(&best.minimise(&x, &mut loss())?.theta)?;
    let run = |settings: &TargetSurrogate| settings.minimise(&x, &mut loss());
    let methods = [
        ("surrogate m=10", InnerSteps::Armijo(10)),
        ("surrogate m=20", InnerSteps::Armijo(20)),
        ("surrogate exact", InnerSteps::Exact),
    ];
    let mut rows = Vec::new();
    for (done, &batch) in of.batches.iter().enumerate() {
        watch(done, of.batches.len());
        let base =
            TargetSurrogate { calls: of.calls, batch, seed: of.seed, ..TargetSurrogate::default() };
        let row = |method: &str, run: &SurrogateRun| -> Result<StudyRow> {
            let points = run.path.iter().skip(1).chain([&run.theta]);
            let first = run.path.first().into_iter();
            let curve: Vec<f64> =
                first.chain(points).map(|t| Ok(at(t)? - optimum)).collect::<Result<_>>()?;
            Ok(StudyRow {
                method: method.to_owned(),
                batch: if batch == 0 { of.rows } else { batch.min(of.rows) },
                calls: run.calls,
                above: curve.last().copied().unwrap_or(f64::NAN),
                to_accuracy: curve.iter().position(|v| *v <= 1e-4),
                curve,
            })
        };
        rows.push(gradient_descent(&base, &x, &run, &row)?);
        // Small batches are noise around the optimum: their steps must shrink.
        let whole = batch == 0 || batch >= of.rows;
        let rule =
            if whole || of.squared { StepRule::Constant(1.0) } else { StepRule::Decaying(1.0) };
        for (name, inner) in methods {
            let settings = TargetSurrogate { inner, rule, inner_rate: 1.0, ..base };
            rows.push(row(name, &run(&settings)?)?);
        }
    }
    watch(of.batches.len(), of.batches.len());
    Ok(StudyOutcome { study: of.clone(), optimum, rows })
}

/// Stochastic gradient descent at the best of a grid of lengths.
fn gradient_descent(
    base: &TargetSurrogate,
    x: &[Vec<f64>],
    run: &dyn Fn(&TargetSurrogate) -> Result<SurrogateRun>,
    row: &dyn Fn(&str, &SurrogateRun) -> Result<StudyRow>,
) -> Result<StudyRow> {
    let size = if base.batch == 0 { x.len() } else { base.batch.min(x.len()) };
    let mut best: Option<StudyRow> = None;
    for power in -3..=8 {
        let inner_rate = f64::powi(2.0, power) / size as f64;
        let settings = TargetSurrogate { inner: InnerSteps::Fixed(1), inner_rate, ..*base };
        // Too long a step may overflow; another is taken.
        let Ok(found) = run(&settings) else { continue };
        let found = row("sgd", &found)?;
        if found.above.is_finite() && best.as_ref().is_none_or(|b| found.above < b.above) {
            best = Some(found);
        }
    }
    best.ok_or_else(|| Error::Numerical("gradient descent overflows at every length".to_owned()))
}
