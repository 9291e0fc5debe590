//! Choosing lambda by cross-validation along a warm-started path.
//!
//! All folds are fitted at once ([`crate::many`]), each along the whole path, largest lambda first;
//! columns are standardised on the fold's own training rows. The criterion is the mean loss
//! of the rows held out. The rule `min` takes the lambda with the smallest mean; `1se` the largest
//! lambda whose mean is within one standard error of it (Breiman and others 1984).

use linecall_data::Dataset;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::internal;
use crate::folds::{Scheme, Split, folds};
use crate::many::{ManyOptions, Solved, Variation};
use crate::plan::Plan;
use crate::weights::Sides;
use crate::{LinearModel, Link, Result};

/// Which point of the path is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// The smallest mean loss.
    #[default]
    Min,
    /// The largest lambda within one standard error of the smallest mean loss.
    #[serde(rename = "1se")]
    OneSe,
}

impl Rule {
    /// The name used in flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::OneSe => "1se",
        }
    }
}

/// How to tune.
#[derive(Clone, Debug)]
pub struct TuneOptions {
    /// Number of folds.
    pub folds: usize,
    /// Strengths to try, from largest to smallest; empty means 50 chosen from the data.
    pub lambdas: Vec<f64>,
    /// Which point is taken.
    pub rule: Rule,
    /// Seed of the folds.
    pub seed: u64,
}

impl Default for TuneOptions {
    fn default() -> Self {
        Self { folds: 10, lambdas: Vec::new(), rule: Rule::Min, seed: 0 }
    }
}

/// What tuning found.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// Strengths, from largest to smallest.
    pub lambdas: Vec<f64>,
    /// Mean held-out loss at each.
    pub mean: Vec<f64>,
    /// Its standard error over folds.
    pub standard_error: Vec<f64>,
    /// Index of the chosen strength.
    pub chosen: usize,
    /// Index of the smallest mean.
    pub minimum: usize,
    /// How the folds were made.
    pub scheme: Scheme,
    /// Number of folds.
    pub folds: usize,
    /// Coefficients per standard deviation at the chosen strength: `[fold][score][column]`.
    pub fold_standardized: Vec<Vec<Vec<f64>>>,
    /// Rows that were held out by some fold, in fold order.
    pub held: Vec<usize>,
    /// Scores of those rows by the model of their fold, at the chosen strength, row after row.
    pub held_scores: Vec<f64>,
}

impl Tuned {
    /// The chosen strength.
    pub fn lambda(&self) -> f64 {
        self.lambdas.get(self.chosen).copied().unwrap_or(0.0)
    }
}

/// The default path for a plan: 50 strengths, evenly spaced on a log scale; 20 over n-grams of texts,
/// whose fits are long and whose losses vary slowly.
///
/// With an L1 part from the smallest lambda that makes every coefficient 0 down to 1e-4 of it (1e-2 with
/// fewer rows than columns); for L2 from ten times the largest slope at zero down to 1e-6 of that (over
/// n-grams from the largest slope to 1e-6 of it).
///
/// # Errors
/// As for [`Plan::fit`].
pub fn default_path(plan: &Plan, data: &Dataset) -> Result<Vec<f64>> {
    let text = !data.design.grams().is_empty();
    let points = if text { 20 } else { 50 };
    let weight = plan.row_weights(data, data.weights.as_deref())?;
    let top = plan.largest_slope(data, &weight)?;
    let top = if top > 0.0 { top } else { 1.0 };
    let (first, ratio) = match plan.penalty {
        penalty if penalty.sparsity() > 0.0 => {
            let ratio = if data.rows() < data.design.cols() { 1e-2 } else { 1e-4 };
            // A small L1 share would ask for an endless start.
            (top / penalty.sparsity().max(1e-3), ratio)
        }
        _ if text => (top, 1e-6),
        _ => (10.0 * top, 1e-6),
    };
    let ratio: f64 = ratio;
    Ok((0..points).map(|p| first * ratio.powf(p as f64 / (points - 1) as f64)).collect())
}

/// One fold's part of the answer.
struct FoldResult {
    weight: f64,
    /// Mean held-out loss by lambda.
    loss: Vec<f64>,
    path: Vec<Solved>,
}

/// Cross-validates a plan over its path. `watch` is told (fits done, fits in all) as fits end.
///
/// # Errors
/// As for [`Plan::fit`] on each fold; also when there are too few rows for two folds.
pub fn tune(
    plan: &Plan,
    data: &Dataset,
    options: &TuneOptions,
    watch: &(dyn Fn(u64, u64) + Sync),
) -> Result<Tuned> {
    let lambdas = match options.lambdas.as_slice() {
        [] => default_path(plan, data)?,
        given => given.to_vec(),
    };
    let splits = folds(data, options.folds, options.seed)?;
    let scales = plan.row_weights(data, data.weights.as_deref())?;
    let sides = plan.sides(&data.labels, &scales);
    // Tuning compares losses to a few digits; a tighter residual would not change the choice.
    let loose = Plan { tolerance: plan.tolerance.max(1e-5), ..plan.clone() };
    let vary =
        |fold: usize| Ok(Variation { weights: Some(mask(data, &splits[fold])), labels: None });
    let asked = ManyOptions { lambdas: &lambdas, certify: false, watch };
    let fits = loose.fit_many(data, splits.len(), &vary, asked)?;
    let results: Vec<FoldResult> = splits
        .par_iter()
        .zip(fits)
        .map(|(split, path)| held_out(plan, data, split, path?, (&scales, sides.as_ref())))
        .collect::<Result<_>>()?;
    let (mean, standard_error) = summarise(&results, lambdas.len());
    let minimum = (0..mean.len()).fold(0, |best, i| if mean[i] < mean[best] { i } else { best });
    let chosen = match options.rule {
        Rule::Min => minimum,
        Rule::OneSe => {
            let bound = mean[minimum] + standard_error[minimum];
            (0..=minimum).find(|&i| mean[i] <= bound).unwrap_or(minimum)
        }
    };
    let mut tuned = Tuned {
        lambdas,
        mean,
        standard_error,
        chosen,
        minimum,
        scheme: Scheme::of(data),
        folds: splits.len(),
        fold_standardized: Vec::new(),
        held: Vec::new(),
        held_scores: Vec::new(),
    };
    for (split, result) in splits.iter().zip(results) {
        let held = data.design.select_rows(&split.held).map_err(internal)?;
        let Some(at) = result.path.into_iter().nth(chosen) else { continue };
        tuned.held.extend_from_slice(&split.held);
        tuned.held_scores.extend(at.model(plan, data)?.scores(&held)?);
        tuned.fold_standardized.push(at.standardized);
    }
    Ok(tuned)
}

/// The weights of the rows that a split trains on, 0 for the others.
pub(crate) fn mask(data: &Dataset, split: &Split) -> Vec<f64> {
    let mut mask = vec![0.0; data.rows()];
    for &i in &split.train {
        mask[i] = data.weights.as_ref().map_or(1.0, |w| w[i]);
    }
    mask
}

/// What the fits of a fold make of the rows that it holds out.
fn held_out(
    plan: &Plan,
    data: &Dataset,
    split: &Split,
    path: Vec<Solved>,
    (scales, sides): (&[f64], Option<&Sides>),
) -> Result<FoldResult> {
    let held = data.design.select_rows(&split.held).map_err(internal)?;
    let labels = data.labels.select(&split.held);
    let s: Vec<f64> = split.held.iter().map(|&i| scales[i]).collect();
    let loss = path
        .iter()
        .map(|fit| {
            let scores = fit.model(plan, data)?.scores(&held)?;
            plan.loss_at(&scores, &labels, &s, sides.cloned())
        })
        .collect::<Result<Vec<f64>>>()?;
    Ok(FoldResult { weight: s.iter().sum(), loss, path })
}

/// Mean over folds, weighted by their rows, and its standard error.
fn summarise(results: &[FoldResult], points: usize) -> (Vec<f64>, Vec<f64>) {
    let total: f64 = results.iter().map(|r| r.weight).sum();
    let k = results.len() as f64;
    (0..points)
        .map(|p| {
            let mean = results.iter().map(|r| r.weight * r.loss[p]).sum::<f64>() / total;
            let spread = results
                .iter()
                .map(|r| r.weight * (r.loss[p] - mean) * (r.loss[p] - mean))
                .sum::<f64>()
                / total;
            (mean, (spread / (k - 1.0)).sqrt())
        })
        .unzip()
}

/// Replaces the link of a margin model by a calibration fitted on the scores of rows that their
/// fold did not train on.
///
/// # Errors
/// When the calibration cannot be fitted.
pub fn calibrated(model: LinearModel, data: &Dataset, tuned: &Tuned) -> Result<LinearModel> {
    let k = model.n_scores();
    let weights: Option<Vec<f64>> =
        data.weights.as_ref().map(|w| tuned.held.iter().map(|&i| w[i]).collect());
    let (mut slope, mut intercept) = (Vec::new(), Vec::new());
    for c in 0..k {
        let own = model.positive().unwrap_or(c);
        let scores: Vec<f64> = tuned.held_scores.iter().skip(c).step_by(k).copied().collect();
        let hits: Vec<bool> = tuned.held.iter().map(|&i| data.labels.has(i, own)).collect();
        let platt = crate::calibrate::Platt::fit(&scores, &hits, weights.as_deref())?;
        slope.push(platt.slope);
        intercept.push(platt.intercept);
    }
    model.with_link(Link::Platt { slope, intercept })
}
