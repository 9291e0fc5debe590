//! Would it hold by chance? The plan fitted to labels that are dealt out anew.
//!
//! Under the hypothesis that labels have nothing to do with the columns, all ways of dealing them out
//! are equally likely, so the share of them (the true one counted in) with a statistic at least as good
//! is an exact p-value: `(b + 1) / (B + 1)`, never 0 (Phipson & Smyth 2010; Ojala & Garriga 2010, their
//! first test). The statistic is that of the whole model (mean loss, error or area under the curve, on
//! the rows trained on or by cross-validation) and, for each coefficient, its magnitude per standard
//! deviation. The p-value of a coefficient over all of them compares it with the largest of each
//! permutation (Westfall & Young 1993), which bounds the chance of *any* false finding.
//!
//! Both kinds test the same hypothesis, that *no* column has a part; a coefficient's does not say that
//! it would add to the others.
//!
//! With `stop_after`, drawing ends when so many permutations were as good, and the p-value of the model
//! is the share until then (Besag & Clifford 1991): still valid, and soon known where it is large.
//!
//! Cost: as [`Plan::fit_many`], one problem (or one a fold) a permutation.

use linecall_data::{Dataset, Labels};
use rayon::prelude::*;
use serde::Serialize;

use super::draws::permuted_labels;
use super::{ManyOptions, Solved, Variation};
use crate::error::internal;
use crate::folds::{Split, folds};
use crate::metrics::auc;
use crate::plan::Plan;
use crate::tune::mask;
use crate::{Error, Result};

/// What is compared of whole models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Statistic {
    /// Mean loss; smaller is better.
    #[default]
    Loss,
    /// Share of rows that are called wrongly; smaller is better.
    Error,
    /// Area under the receiver operating characteristic, of two classes; larger is better.
    Auc,
}

impl Statistic {
    /// The name used in flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Error => "error",
            Self::Auc => "auc",
        }
    }

    /// Whether `a` is at least as good as `b`; rounding does not count.
    fn as_good(self, a: f64, b: f64) -> bool {
        let slack = 1e-9 * b.abs();
        if self == Self::Auc { a >= b - slack } else { a <= b + slack }
    }
}

/// Settings of [`permute`].
#[derive(Clone, Copy, Debug)]
pub struct PermuteOptions {
    /// Number of permutations.
    pub permutations: usize,
    /// What is compared of whole models.
    pub statistic: Statistic,
    /// Folds of a cross-validated statistic; `None` takes it on the rows trained on.
    pub folds: Option<usize>,
    /// Permutations as good after which no more are drawn.
    pub stop_after: Option<usize>,
    /// Seed of permutations and folds.
    pub seed: u64,
}

impl Default for PermuteOptions {
    fn default() -> Self {
        Self {
            permutations: 1_000,
            statistic: Statistic::Loss,
            folds: None,
            stop_after: None,
            seed: 0,
        }
    }
}

/// The test of one coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PermutedCoef {
    /// Per standard deviation of the column, fitted to the true labels.
    pub standardized: f64,
    /// Chance of one as large where labels have nothing to do with the columns.
    pub p_value: f64,
    /// Chance that any coefficient is as large then.
    pub p_family: f64,
}

/// What permutations say.
#[derive(Clone, Debug)]
pub struct Permuted {
    /// The statistic with the true labels.
    pub observed: f64,
    /// The statistic of each permutation, in the order of the draws.
    pub null: Vec<f64>,
    /// Permutations that were as good.
    pub as_good: usize,
    /// The p-value of the whole model.
    pub p_value: f64,
    /// Whether drawing ended early.
    pub stopped: bool,
    /// One row per score, one entry per column; empty for a cross-validated statistic.
    pub coef: Vec<Vec<PermutedCoef>>,
}

/// Tests a plan by permutations. `watch` is told (fits done, fits in all).
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::many::{PermuteOptions, permute};
/// use linecall_linear::{Loss, Penalty, Plan};
///
/// let rows: Vec<Vec<f64>> = (0..60).map(|i| vec![f64::from(i % 10), f64::from(i % 4)]).collect();
/// let y = (0..60).map(|i| if i % 10 + i % 7 > 7 { "yes" } else { "no" });
/// let data = Dataset::new(Design::from_rows(&rows, &["dose", "noise"])?, Labels::from_names(y))?;
/// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
/// let options = PermuteOptions { permutations: 99, ..PermuteOptions::default() };
/// let test = permute(&plan, &data, &options, &|_, _| ())?;
/// assert_eq!(test.p_value, 0.01);
/// assert!(test.coef[0][0].p_value < test.coef[0][1].p_value);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`Plan::fit`]; when a setting is out of range, rows have a time or carry sets of labels, or
/// the area under the curve is asked of more than two classes.
pub fn permute(
    plan: &Plan,
    data: &Dataset,
    options: &PermuteOptions,
    watch: &(dyn Fn(u64, u64) + Sync),
) -> Result<Permuted> {
    check(data, options)?;
    let splits = options.folds.map(|k| folds(data, k, options.seed)).transpose()?;
    let task = Task { plan, data, options, splits, lambdas: [plan.penalty.lambda()] };
    let (observed, own) = task.batch(&[None], &|_, _| ())?.pop().ok_or(Error::NoRows)??;
    let total = options.permutations as u64;
    // Draws that may end early come in batches, which are looked at in order.
    let size = if options.stop_after.is_some() { 128 } else { options.permutations.max(1) };
    let (mut null, mut as_good, mut stopped) = (Vec::new(), 0, false);
    let mut tally = Tally::new(&own);
    let mut next = 0;
    'draws: while next < options.permutations {
        let batch: Vec<Option<usize>> =
            (next..(next + size).min(options.permutations)).map(Some).collect();
        let before = next as u64;
        let told = |done: u64, all: u64| {
            watch(before + done * batch.len() as u64 / all.max(1), total);
        };
        for found in task.batch(&batch, &told)? {
            let (value, fit) = found?;
            null.push(value);
            as_good += usize::from(options.statistic.as_good(value, observed));
            tally.add(&fit);
            if options.stop_after == Some(as_good) {
                stopped = true;
                break 'draws;
            }
        }
        next += size;
    }
    let p_value = if stopped {
        as_good as f64 / null.len() as f64
    } else {
        (as_good + 1) as f64 / (null.len() + 1) as f64
    };
    let coef = if task.splits.is_some() { Vec::new() } else { tally.end(null.len()) };
    Ok(Permuted { observed, null, as_good, p_value, stopped, coef })
}

fn check(data: &Dataset, options: &PermuteOptions) -> Result<()> {
    let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
    if options.permutations == 0 {
        return refuse("permutations", "0".to_owned(), "1 or more");
    }
    if options.stop_after == Some(0) {
        return refuse("stop-after", "0".to_owned(), "1 or more");
    }
    if data.labels.is_multilabel() {
        return refuse("labels", "sets".to_owned(), "one class a row for a permutation test");
    }
    if options.statistic == Statistic::Auc && data.labels.classes().len() != 2 {
        let classes = data.labels.classes().len();
        return refuse("statistic", format!("auc of {classes} classes"), "loss or error");
    }
    Ok(())
}

struct Task<'t> {
    plan: &'t Plan,
    data: &'t Dataset,
    options: &'t PermuteOptions,
    splits: Option<Vec<Split>>,
    lambdas: [f64; 1],
}

/// The statistic, and the coefficients per standard deviation where all rows were trained on.
type Found = Result<(f64, Vec<Vec<f64>>)>;

impl Task<'_> {
    fn labels(&self, draw: Option<usize>) -> Result<Option<Labels>> {
        draw.map(|b| permuted_labels(self.data, self.options.seed, b)).transpose()
    }

    /// Statistics of some draws, `None` being the labels as they are.
    fn batch(
        &self,
        draws: &[Option<usize>],
        watch: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Vec<Found>> {
        let splits = self.splits.as_deref().unwrap_or_default();
        let each = splits.len().max(1);
        let vary = |p: usize| {
            let weights = splits.get(p % each).map(|split| mask(self.data, split));
            Ok(Variation { weights, labels: self.labels(draws[p / each])? })
        };
        let asked = ManyOptions { lambdas: &self.lambdas, certify: false, watch };
        let fits = self.plan.fit_many(self.data, draws.len() * each, &vary, asked)?;
        let jobs: Vec<_> = draws.iter().zip(fits.chunks(each)).collect();
        Ok(jobs.into_par_iter().map(|(draw, fits)| self.found(*draw, fits)).collect())
    }

    fn found(&self, draw: Option<usize>, fits: &[Result<Vec<Solved>>]) -> Found {
        let only = |fit: &Result<Vec<Solved>>| -> Result<Solved> {
            fit.as_ref().map_err(Clone::clone)?.first().cloned().ok_or(Error::NoRows)
        };
        if let Some(splits) = &self.splits {
            let labels = self.labels(draw)?;
            let labels = labels.as_ref().unwrap_or(&self.data.labels);
            let (mut sum, mut weight) = (0.0, 0.0);
            for (split, fit) in splits.iter().zip(fits) {
                let (value, own) = self.measure(&only(fit)?, labels, Some(&split.held))?;
                sum += value * own;
                weight += own;
            }
            return Ok((sum / weight, Vec::new()));
        }
        let fit = only(fits.first().unwrap_or(&Err(Error::NoRows)))?;
        if self.options.statistic == Statistic::Loss {
            return Ok((fit.loss, fit.standardized));
        }
        let labels = self.labels(draw)?;
        let labels = labels.as_ref().unwrap_or(&self.data.labels);
        let value = self.measure(&fit, labels, None)?.0;
        Ok((value, fit.standardized))
    }

    /// The statistic of a fit on rows, and their weight.
    fn measure(&self, fit: &Solved, labels: &Labels, rows: Option<&[usize]>) -> Result<(f64, f64)> {
        let model = fit.model(self.plan, self.data)?;
        let every: Vec<usize>;
        let (scores, rows) = match rows {
            Some(rows) => {
                let design = self.data.design.select_rows(rows).map_err(internal)?;
                (model.scores(&design)?, rows)
            }
            None => {
                every = (0..self.data.rows()).collect();
                (model.scores(&self.data.design)?, every.as_slice())
            }
        };
        let labels = labels.select(rows);
        let weight = |i: &usize| self.data.weights.as_ref().map_or(1.0, |w| w[*i]);
        let s: Vec<f64> = rows.iter().map(weight).collect();
        let total: f64 = s.iter().sum();
        let value = match self.options.statistic {
            Statistic::Loss => self.plan.loss_at(&scores, &labels, &s, None)?,
            Statistic::Error => {
                let k = model.n_scores();
                let wrong = |(i, f): (usize, &[f64])| {
                    if model.class_of(f) == labels.codes()[i] as usize { 0.0 } else { s[i] }
                };
                scores.chunks_exact(k).enumerate().map(wrong).sum::<f64>() / total
            }
            Statistic::Auc => {
                let positive = model.positive().unwrap_or(1);
                let hits: Vec<bool> = (0..rows.len()).map(|i| labels.has(i, positive)).collect();
                // A fold without one of the classes says nothing either way.
                auc(&scores, &hits, Some(&s))?.unwrap_or(0.5)
            }
        };
        Ok((value, total))
    }
}

/// How often coefficients of permutations were as large as those observed.
struct Tally {
    observed: Vec<Vec<f64>>,
    own: Vec<Vec<usize>>,
    family: Vec<Vec<usize>>,
}

impl Tally {
    fn new(observed: &[Vec<f64>]) -> Self {
        let none: Vec<Vec<usize>> = observed.iter().map(|row| vec![0; row.len()]).collect();
        Self { observed: observed.to_vec(), own: none.clone(), family: none }
    }

    fn add(&mut self, fit: &[Vec<f64>]) {
        let top = fit.iter().flatten().fold(0f64, |m, v| m.max(v.abs()));
        for (c, row) in fit.iter().enumerate() {
            for (j, v) in row.iter().enumerate() {
                let observed = self.observed[c][j].abs();
                let bar = observed - 1e-9 * observed;
                self.own[c][j] += usize::from(v.abs() >= bar);
                self.family[c][j] += usize::from(top >= bar);
            }
        }
    }

    fn end(self, draws: usize) -> Vec<Vec<PermutedCoef>> {
        let share = |count: usize| (count + 1) as f64 / (draws + 1) as f64;
        let rows = self.observed.into_iter().zip(self.own).zip(self.family);
        rows.map(|((observed, own), family)| {
            let entries = observed.into_iter().zip(own).zip(family);
            entries
                .map(|((standardized, own), family)| PermutedCoef {
                    standardized,
                    p_value: share(own),
                    p_family: share(family),
                })
                .collect()
        })
        .collect()
    }
}
