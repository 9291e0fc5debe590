//! The ad hoc pool: what is found of multiplicity by fitting many models and looking.
//!
//! L1 and L2 logistic models over a grid of strengths; those with at most `R(h0) + floor(epsilon n)`
//! errors count. It proves nothing but that the true numbers are no smaller, and is here for contrast
//! (Marx, Calmon & Ustun 2020, section 4, find that it misses most).

use linecall_data::Dataset;
use linecall_linear::{LinearModel, Loss, Penalty, Plan};
use serde::Serialize;

use super::zero_one::Sample;
use crate::{Error, Result};

/// The strengths that are tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoolOptions {
    /// From the largest to the smallest.
    pub lambdas: Vec<f64>,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self { lambdas: (0..30).map(|k| 10f64.powf(-0.2 * f64::from(k))).collect() }
    }
}

/// What a pool shows; each number is at most the exact one for the same baseline and family, where the
/// pool's models are in it.
#[derive(Clone, Debug, Serialize)]
pub struct PoolFinding {
    /// The slack, as a share of the rows.
    pub epsilon: f64,
    /// The most errors allowed.
    pub budget: f64,
    /// Models fitted, and those within the budget.
    pub models: (usize, usize),
    /// Weight of the rows that one of them calls otherwise, at most.
    pub discrepancy: f64,
    /// Weight of the rows that some of them calls otherwise.
    pub ambiguity: f64,
}

/// Fits the pool.
///
/// # Errors
/// When a strength is out of range, or the data are refused.
pub fn pool(data: &Dataset, positive: usize, options: &PoolOptions) -> Result<Vec<LinearModel>> {
    let mut models = Vec::new();
    for penalty in [Penalty::l1(1.0), Penalty::l2(1.0)] {
        let plan = Plan { positive, ..Plan::new(Loss::Logistic, penalty) };
        let weights = plan.row_weights(data, data.weights.as_deref())?;
        let path = plan.fit_path(data, &weights, &options.lambdas)?;
        models.extend(path.into_iter().map(|fit| fit.model));
    }
    Ok(models)
}

/// What models that are at hand show of discrepancy and ambiguity.
///
/// # Errors
/// When a model has other columns or classes, or epsilon is negative or not finite.
pub fn pool_finding(
    sample: &Sample,
    baseline: &LinearModel,
    models: &[LinearModel],
    epsilon: f64,
) -> Result<PoolFinding> {
    if !(epsilon.is_finite() && epsilon >= 0.0) {
        let (value, expected) = (epsilon.to_string(), "a finite number, 0 or above");
        return Err(Error::Setting { name: "epsilon", value, expected });
    }
    let budget = sample.budget(baseline, epsilon)?;
    let own = sample.calls(baseline)?;
    let (mut within, mut discrepancy, mut flipped) = (0, 0f64, vec![false; own.len()]);
    for model in models {
        if sample.errors(model)? > budget {
            continue;
        }
        within += 1;
        let calls = sample.calls(model)?;
        discrepancy = discrepancy.max(sample.weigh(|i| calls.get(i) != own.get(i)));
        for ((flipped, a), b) in flipped.iter_mut().zip(&calls).zip(&own) {
            *flipped |= a != b;
        }
    }
    let ambiguity = sample.weigh(|i| flipped.get(i) == Some(&true));
    Ok(PoolFinding { epsilon, budget, models: (models.len(), within), discrepancy, ambiguity })
}
