//! Would more rows help? The plan fitted to growing shares of the training rows of each fold.
//!
//! Within a fold the shares are nested: each holds the rows of the smaller ones. Classes keep their shares
//! (rows of one group come together). At each size the strength is chosen anew among those given,
//! by the mean loss of the rows held out; with one strength it is that.
//!
//! Cost: as [`Plan::fit_many`], one path a fold and size.

use linecall_data::Dataset;
use rayon::prelude::*;
use serde::Serialize;

use super::draws::{Purpose, stream};
use super::{ManyOptions, Solved, Variation};
use crate::error::internal;
use crate::folds::{Split, folds, shuffle};
use crate::plan::Plan;
use crate::{Error, Result};

/// Settings of [`learning_curve`].
#[derive(Clone, Debug)]
pub struct CurveOptions {
    /// Shares of a fold's training rows, increasing, each above 0 and at most 1.
    pub shares: Vec<f64>,
    /// Number of folds.
    pub folds: usize,
    /// Strengths to choose from, from largest to smallest; empty means that of the plan.
    pub lambdas: Vec<f64>,
    /// Seed of folds and shares.
    pub seed: u64,
}

impl Default for CurveOptions {
    fn default() -> Self {
        let shares = (1..=10).map(|i| f64::from(i) / 10.0).collect();
        Self { shares, folds: 10, lambdas: Vec::new(), seed: 0 }
    }
}

/// One size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Share of the training rows.
    pub share: f64,
    /// Rows trained on, mean over folds.
    pub rows: f64,
    /// The strength.
    pub lambda: f64,
    /// Mean loss of the rows trained on.
    pub train_loss: f64,
    /// Mean loss of the rows held out.
    pub loss: f64,
    /// Its standard error over folds.
    pub loss_se: f64,
    /// Share of held-out rows that are called wrongly.
    pub error: f64,
    /// Its standard error over folds.
    pub error_se: f64,
    /// Folds in which so few rows could be fitted.
    pub folds: usize,
}

/// What growing shares say.
#[derive(Clone, Debug)]
pub struct LearningCurve {
    /// One a size, in increasing order; sizes that no fold could be fitted at are left out.
    pub points: Vec<CurvePoint>,
    /// Number of folds.
    pub folds: usize,
}

/// One fold at one size and strength.
#[derive(Clone, Copy)]
struct Cell {
    train_loss: f64,
    loss: f64,
    error: f64,
    weight: f64,
}

/// Fits a plan to growing shares of the rows. `watch` is told (fits done, fits in all).
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::many::{CurveOptions, learning_curve};
/// use linecall_linear::{Loss, Penalty, Plan};
///
/// let rows: Vec<Vec<f64>> =
///     (0..300).map(|i| (0..5).map(|j| f64::from((i * (2 * j + 3) + j) % 13)).collect()).collect();
/// let y: Vec<&str> =
///     rows.iter().enumerate().map(|(i, r)| if r[2] + (i % 7) as f64 > 9.0 { "yes" } else { "no" }).collect();
/// let names = ["a", "b", "c", "d", "e"];
/// let data = Dataset::new(Design::from_rows(&rows, &names)?, Labels::from_names(y))?;
/// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
/// let curve = learning_curve(&plan, &data, &CurveOptions::default(), &|_, _| ())?;
/// let (first, last) = (curve.points[0], curve.points[9]);
/// assert!(first.rows < last.rows && first.loss > last.loss);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`Plan::fit`]; when a setting is out of range, rows carry sets of labels, or no size can be
/// fitted.
pub fn learning_curve(
    plan: &Plan,
    data: &Dataset,
    options: &CurveOptions,
    watch: &(dyn Fn(u64, u64) + Sync),
) -> Result<LearningCurve> {
    let CurveOptions { shares, seed, .. } = options;
    let increasing = shares.windows(2).all(|w| w[0] < w[1]);
    if shares.is_empty() || !increasing || shares.iter().any(|s| !(*s > 0.0 && *s <= 1.0)) {
        return Err(Error::Setting {
            name: "shares",
            value: shares.iter().map(f64::to_string).collect::<Vec<_>>().join(","),
            expected: "increasing shares above 0, at most 1",
        });
    }
    if data.labels.is_multilabel() {
        return Err(Error::Setting {
            name: "labels",
            value: "sets".to_owned(),
            expected: "one class a row for a learning curve",
        });
    }
    let lambdas = match options.lambdas.as_slice() {
        [] => vec![plan.penalty.lambda()],
        given => given.to_vec(),
    };
    let splits = folds(data, options.folds, *seed)?;
    let order: Vec<Vec<(f64, usize)>> =
        splits.iter().enumerate().map(|(f, split)| ranked(data, split, *seed, f)).collect();
    let vary = |p: usize| {
        let (fold, share) = (p / shares.len(), shares[p % shares.len()]);
        let mut weights = vec![0.0; data.rows()];
        for &(rank, i) in order[fold].iter().filter(|(rank, _)| *rank < share) {
            debug_assert!(rank < 1.0);
            weights[i] = data.weights.as_ref().map_or(1.0, |w| w[i]);
        }
        Ok(Variation { weights: Some(weights), labels: None })
    };
    let loose = Plan { tolerance: plan.tolerance.max(1e-6), ..plan.clone() };
    let asked = ManyOptions { lambdas: &lambdas, certify: false, watch };
    let fits = loose.fit_many(data, splits.len() * shares.len(), &vary, asked)?;
    // Cells by problem and strength; `None` where a problem could not be fitted.
    let cells: Vec<Option<Vec<Cell>>> = fits
        .par_iter()
        .enumerate()
        .map(|(p, fits)| match fits {
            Ok(fits) => measured(plan, data, &splits[p / shares.len()], fits).map(Some),
            Err(_) => Ok(None),
        })
        .collect::<Result<_>>()?;
    let mut points = Vec::new();
    for (s, &share) in shares.iter().enumerate() {
        let own: Vec<(&Vec<Cell>, usize)> = (0..splits.len())
            .filter_map(|f| {
                let rows = order[f].iter().filter(|(rank, _)| *rank < share).count();
                Some((cells[f * shares.len() + s].as_ref()?, rows))
            })
            .collect();
        if own.is_empty() {
            continue;
        }
        let losses = |l: usize| mean(&own, |cells| cells[l].loss, l).0;
        let best = (0..lambdas.len()).fold(0, |b, l| if losses(l) < losses(b) { l } else { b });
        let (loss, loss_se) = mean(&own, |cells| cells[best].loss, best);
        let (error, error_se) = mean(&own, |cells| cells[best].error, best);
        points.push(CurvePoint {
            share,
            rows: own.iter().map(|o| o.1 as f64).sum::<f64>() / own.len() as f64,
            lambda: lambdas[best],
            train_loss: mean(&own, |cells| cells[best].train_loss, best).0,
            loss,
            loss_se,
            error,
            error_se,
            folds: own.len(),
        });
    }
    if points.is_empty() {
        return match fits.into_iter().find_map(Result::err) {
            Some(error) => Err(error),
            None => Err(Error::NoRows),
        };
    }
    Ok(LearningCurve { points, folds: splits.len() })
}

/// The training rows of a fold, each with the share from which on it is trained on.
fn ranked(data: &Dataset, split: &Split, seed: u64, fold: usize) -> Vec<(f64, usize)> {
    let mut rng = stream(Purpose::Curve, seed, fold);
    if let Some(time) = &data.time {
        // The latest rows before the held-out ones come first.
        let mut rows = split.train.clone();
        rows.sort_by_key(|&i| (std::cmp::Reverse(time[i]), i));
        let n = rows.len() as f64;
        return rows.into_iter().enumerate().map(|(r, i)| (r as f64 / n, i)).collect();
    }
    if let Some(groups) = &data.groups {
        let mut own: Vec<u32> = split.train.iter().map(|&i| groups[i]).collect();
        own.sort_unstable();
        own.dedup();
        shuffle(&mut own, &mut rng);
        let count = own.len() as f64;
        let rank: std::collections::HashMap<u32, f64> =
            own.iter().enumerate().map(|(r, &g)| (g, r as f64 / count)).collect();
        return split.train.iter().map(|&i| (rank[&groups[i]], i)).collect();
    }
    let mut out = Vec::with_capacity(split.train.len());
    for class in 0..data.labels.classes().len() {
        let of = |i: &&usize| data.labels.codes()[**i] as usize == class;
        let mut rows: Vec<usize> = split.train.iter().filter(of).copied().collect();
        shuffle(&mut rows, &mut rng);
        let count = rows.len() as f64;
        out.extend(rows.into_iter().enumerate().map(|(r, i)| (r as f64 / count, i)));
    }
    out
}

/// What the fits of a fold at one size make of the rows that it holds out.
fn measured(plan: &Plan, data: &Dataset, split: &Split, fits: &[Solved]) -> Result<Vec<Cell>> {
    let held = data.design.select_rows(&split.held).map_err(internal)?;
    let labels = data.labels.select(&split.held);
    let weight = |i: &usize| data.weights.as_ref().map_or(1.0, |w| w[*i]);
    let s: Vec<f64> = split.held.iter().map(weight).collect();
    let total: f64 = s.iter().sum();
    fits.iter()
        .map(|fit| {
            let model = fit.model(plan, data)?;
            let scores = model.scores(&held)?;
            let wrong = |(i, f): (usize, &[f64])| {
                if model.class_of(f) == labels.codes()[i] as usize { 0.0 } else { s[i] }
            };
            let wrong = scores.chunks_exact(model.n_scores()).enumerate().map(wrong).sum::<f64>();
            Ok(Cell {
                train_loss: fit.loss,
                loss: plan.loss_at(&scores, &labels, &s, None)?,
                error: wrong / total,
                weight: total,
            })
        })
        .collect()
}

/// Mean over folds, weighted by their rows, and its standard error.
fn mean(own: &[(&Vec<Cell>, usize)], of: impl Fn(&[Cell]) -> f64, at: usize) -> (f64, f64) {
    let weight = |o: &(&Vec<Cell>, usize)| o.0[at].weight;
    let total: f64 = own.iter().map(weight).sum();
    let mean = own.iter().map(|o| weight(o) * of(o.0)).sum::<f64>() / total;
    let spread = own.iter().map(|o| weight(o) * (of(o.0) - mean).powi(2)).sum::<f64>() / total;
    (mean, (spread / (own.len() as f64 - 1.0).max(1.0)).sqrt())
}
