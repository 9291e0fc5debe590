//! What is to show for a removal: which rows, how, how far from a refit, and whether it can be seen.

use linecall_data::{Certificate, Dataset, Fingerprint};
use linecall_linear::LinearModel;
use linecall_linear::class_stats::{ClassStats, Keep};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Membership, New, Options, Training, attack};
use crate::Result;

/// How the model of the rows that remain was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// There was nothing to forget.
    Nothing,
    /// The rows were taken out of the class statistics, and the formula worked out again.
    Downdate,
    /// The objective of the rows that remain was minimised from the full model on.
    WarmStart,
    /// The rows that remain were fitted from nothing.
    Refit,
}

/// How far two models are from each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// Largest difference of a coefficient, per standard deviation of its column over the rows that
    /// remain, or of an intercept at the columns' means.
    pub coefficients: f64,
    /// Largest difference of a score of a row of the data, forgotten rows included.
    pub scores: f64,
    /// Difference of the objectives on the rows that remain; `None` without an objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<f64>,
}

/// The receipt of a removal. Hashes are SHA-256 in hexadecimal; those of data and statistics can be
/// computed again from the rows, [`Fingerprint::of_design`] being that of a design.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Rows removed, from 1, increasing.
    pub rows: Vec<u64>,
    /// Hash of the salt and of what the removed rows held in the design.
    pub rows_sha256: String,
    /// Rows that remain.
    pub rows_left: u64,
    /// How.
    pub means: Means,
    /// The certificate before, on all rows.
    pub before: Certificate,
    /// The certificate after, on the rows that remain.
    pub after: Certificate,
    /// Bound of the Euclidean distance of the standardised coefficients from those of the exact
    /// refit: `sqrt(2 gap / lambda)`. `None` where there is no gap or no L2 part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// How far the model moved.
    pub moved: Distance,
    /// How far it is from a full refit; `None` where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit: Option<Distance>,
    /// Whether the removed rows can be told from rows that the model never saw, before and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership: Option<Membership>,
    /// Whether probabilities were calibrated to rows that are gone, so that the calibration has to be
    /// fitted again: the model has the link of its training instead.
    pub recalibrate: bool,
    /// Fingerprint of the design before.
    pub data_before: Fingerprint,
    /// Fingerprint of the design after.
    pub data_after: Fingerprint,
    /// Hash of rows, weights, means and variances by class, before.
    pub statistics_before: String,
    /// The same after.
    pub statistics_after: String,
}

/// A model with its certificate and rows, before and after.
pub(super) struct Sides<'a> {
    pub(super) before: (&'a LinearModel, &'a Certificate, &'a Dataset),
    pub(super) after: (&'a New, &'a Dataset),
}

pub(super) fn of(
    training: Training,
    sides: Sides,
    gone: &[usize],
    outside: Option<&Dataset>,
    options: &Options,
) -> Result<Receipt> {
    let Sides { before: (model, before, data), after: (new, retained) } = sides;
    let removed = data.select(gone)?;
    let statistics_after = statistics_hash(retained)?;
    // Rows that are there in both encodings, or the retained ones where the columns changed.
    let shown = if data.design.columns() == retained.design.columns() { data } else { retained };
    let deviation = deviations(retained)?;
    let far = |a: &LinearModel, b: &LinearModel, objective| -> Result<Distance> {
        if a.n_features() != b.n_features() || a.n_scores() != b.n_scores() {
            let far = f64::INFINITY;
            return Ok(Distance { coefficients: far, scores: far, objective: None });
        }
        let coefficients = coefficients_apart(a, b, &deviation);
        let (x, y) = (a.scores(&shown.design)?, b.scores(&shown.design)?);
        Ok(Distance { coefficients, scores: largest(&x, &y), objective })
    };
    let refit = match (new.means, options.refit) {
        (Means::Nothing, _) => {
            Some(Distance { coefficients: 0.0, scores: 0.0, objective: Some(0.0) })
        }
        (_, true) => {
            let (cold, certificate) = training.fit(retained)?;
            Some(far(&new.model, &cold, difference(&new.certificate, &certificate))?)
        }
        (_, false) => None,
    };
    let gap = match &new.certificate {
        // A gap of 0 is one below what rounding lets the two objectives tell apart.
        Certificate::Fit(fit) => {
            let rounding = 8.0 * f64::EPSILON * fit.objective.abs();
            fit.duality_gap.map(|gap| gap.max(rounding))
        }
        _ => None,
    };
    let bound = match (gap, training.strong_convexity()) {
        (Some(gap), Some(strength)) => Some((2.0 * gap / strength).sqrt()),
        _ => None,
    };
    let same = data.design.columns() == retained.design.columns();
    let old = if same { training.certify(model, retained).ok() } else { None };
    let moved = far(model, &new.model, old.and_then(|old| difference(&old, &new.certificate)))?;
    let membership = match gone.is_empty() {
        true => None,
        false => attack::both(training, (model, data), (&new.model, retained), gone, outside)?,
    };
    Ok(Receipt {
        rows: gone.iter().map(|i| *i as u64 + 1).collect(),
        rows_sha256: rows_hash(&removed, &options.salt),
        rows_left: retained.rows() as u64,
        means: new.means,
        before: before.clone(),
        after: new.certificate.clone(),
        bound,
        moved,
        refit,
        membership,
        recalibrate: new.model.link() != model.link(),
        data_before: Fingerprint::of_design(&data.design),
        data_after: Fingerprint::of_design(&retained.design),
        statistics_before: statistics_hash(data)?,
        statistics_after,
    })
}

fn difference(a: &Certificate, b: &Certificate) -> Option<f64> {
    match (a, b) {
        (Certificate::Fit(a), Certificate::Fit(b)) => Some(a.objective - b.objective),
        _ => None,
    }
}

fn largest(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |top: f64, (a, b)| top.max((a - b).abs()))
}

/// Mean and deviation of each column.
fn deviations(data: &Dataset) -> Result<(Vec<f64>, Vec<f64>)> {
    let stats = statistics(data)?;
    let deviation = stats.total_variance().iter().map(|v| v.sqrt()).collect();
    Ok((stats.overall_mean(), deviation))
}

/// See [`Distance::coefficients`].
fn coefficients_apart(
    a: &LinearModel,
    b: &LinearModel,
    (mean, deviation): &(Vec<f64>, Vec<f64>),
) -> f64 {
    let mut worst = 0f64;
    for c in 0..a.n_scores() {
        let mut level = a.intercept()[c] - b.intercept()[c];
        for (j, (x, y)) in a.coef()[c].iter().zip(&b.coef()[c]).enumerate() {
            worst = worst.max((x - y).abs() * deviation[j]);
            level += (x - y) * mean[j];
        }
        worst = worst.max(level.abs());
    }
    worst
}

fn statistics(data: &Dataset) -> Result<ClassStats> {
    let weights = data.weights.as_deref();
    let k = data.labels.classes().len();
    Ok(match data.labels.is_multilabel() {
        // A row of a set of labels is of no one class.
        true => ClassStats::of(&data.design, &vec![0; data.rows()], 1, weights, Keep::Variances)?,
        false => ClassStats::of(&data.design, data.labels.codes(), k, weights, Keep::Variances)?,
    })
}

/// Hash of rows, weights, means and variances by class, as little-endian numbers in that order.
fn statistics_hash(data: &Dataset) -> Result<String> {
    let stats = statistics(data)?;
    let mut hash = Sha256::new();
    for k in 0..stats.classes() {
        hash.update(stats.rows()[k].to_le_bytes());
        hash.update(stats.weight()[k].to_le_bytes());
        stats.mean(k).iter().for_each(|v| hash.update(v.to_le_bytes()));
    }
    stats.within_variance().iter().for_each(|v| hash.update(v.to_le_bytes()));
    Ok(hex(hash))
}

/// Hash of the salt, the fingerprint of the rows and their classes.
fn rows_hash(removed: &Dataset, salt: &str) -> String {
    let mut hash = Sha256::new();
    hash.update((salt.len() as u64).to_le_bytes());
    hash.update(salt.as_bytes());
    hash.update(Fingerprint::of_design(&removed.design).sha256.as_bytes());
    for i in 0..removed.rows() {
        removed.labels.of(i).iter().for_each(|c| hash.update(c.to_le_bytes()));
        hash.update(u32::MAX.to_le_bytes());
    }
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}
