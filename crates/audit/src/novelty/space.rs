//! The geometry of the reference: covariances within classes and over all rows, class means in
//! whitened space, and what of it tells classes apart.
//!
//! Columns are centred on the mean of all rows and divided by their deviation, so that shrinkage does
//! not depend on units. Whitening is by Cholesky's factor of the covariance within classes, which
//! differs from the symmetric root of the paper by a rotation: distances are the same. The scatter of
//! the `K` class means has rank `K - 1` at most, so its eigenvectors come from a `K x K` problem.

use faer::{Mat, Side};
use linecall_data::Design;
use linecall_linear::class_stats::{
    ClassStats, Factor, Keep, fourth_moment, ledoit_wolf, oracle_approximating,
};
use linecall_linear::direct::Shrinkage;
use serde::{Deserialize, Serialize};

use super::Options;
use crate::{Error, Result};

/// Directions between class means with less than this share of the strongest one's scatter are
/// rounding.
const RANK: f64 = 1e-12;
/// What of a column must be left by those before it; below, the covariance is drawn by [`FLOOR`].
const DEPENDENT: f64 = 1e-10;
const FLOOR: f64 = 1e-6;

/// What distances are measured in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Space {
    /// Mean of each column over all rows.
    pub(super) centre: Vec<f64>,
    /// Reciprocal deviation of each column; 0 where it does not vary.
    pub(super) scale: Vec<f64>,
    /// Covariance within classes, in units of deviation.
    pub(super) within: Factor,
    /// Covariance over all rows.
    pub(super) total: Factor,
    /// How far the two were drawn to a multiple of the identity.
    pub(super) shrinkage: [f64; 2],
    /// Class of each mean.
    pub(super) classes: Vec<usize>,
    /// Class means, in units of deviation from the centre.
    pub(super) means: Vec<Vec<f64>>,
    /// The same, whitened.
    pub(super) whitened: Vec<Vec<f64>>,
    /// Orthonormal directions of whitened space that tell classes apart, strongest first.
    pub(super) kept: Vec<Vec<f64>>,
    /// Orthonormal directions, in units of deviation, with most of the variance.
    pub(super) principal: Vec<Vec<f64>>,
}

impl Space {
    /// The geometry of some rows; `codes` holds the class of each, below `classes`.
    pub(super) fn of(
        design: &Design,
        codes: &[u32],
        classes: usize,
        options: &Options,
    ) -> Result<Self> {
        let stats = ClassStats::of(design, codes, classes, None, Keep::Covariance)?;
        let rows: Rows = Some((design, codes));
        Self::of_stats(&stats, rows, options)
    }

    /// As [`Space::of`], from statistics; without the rows, a share that is estimated on them must
    /// be given.
    pub(super) fn of_stats(stats: &ClassStats, rows: Rows, options: &Options) -> Result<Self> {
        let d = stats.cols();
        let variance = stats.total_variance();
        let inverse = |v: &f64| if *v > 0.0 && v.is_finite() { 1.0 / v.sqrt() } else { 0.0 };
        let scale: Vec<f64> =
            variance.iter().map(inverse).map(|s| if s.is_finite() { s } else { 0.0 }).collect();
        if scale.iter().all(|s| *s == 0.0) {
            return Err(Error::Model(
                "no column of the reference varies, so that nothing can be called near or far"
                    .to_owned(),
            ));
        }
        let centre = stats.overall_mean();
        let within = scaled(stats.within_covariance(), &scale);
        let between = scaled(stats.between_covariance()?, &scale);
        let total: Vec<f64> = within.iter().zip(&between).map(|(w, b)| w + b).collect();
        let classes: Vec<usize> = (0..stats.classes()).filter(|&k| stats.rows()[k] > 0).collect();
        let around_class = |means: bool| -> Option<f64> {
            let (design, codes) = rows?;
            Some(if means {
                classes
                    .iter()
                    .map(|&k| {
                        let own = |c: &u32| f64::from(u8::from(*c as usize == k));
                        let weight: Vec<f64> = codes.iter().map(own).collect();
                        fourth_moment(design, &weight, &stats.mean(k), &scale)
                    })
                    .sum()
            } else {
                fourth_moment(design, &vec![1.0; codes.len()], &centre, &scale)
            })
        };
        let n = stats.total_weight();
        let (within, share) = drawn(within, &scale, n, options.shrinkage, || around_class(true))?;
        let (background, total_share) =
            drawn(total.clone(), &scale, n, options.shrinkage, || around_class(false))?;
        let offset = |mean: Vec<f64>| -> Vec<f64> {
            mean.iter().zip(&centre).zip(&scale).map(|((m, c), s)| (m - c) * s).collect()
        };
        let means: Vec<Vec<f64>> = classes.iter().map(|&k| offset(stats.mean(k))).collect();
        let whitened: Vec<Vec<f64>> =
            means.iter().map(|m| Ok(within.whiten(m)?)).collect::<Result<_>>()?;
        let kept = directions(&whitened, options.rank.unwrap_or(usize::MAX))?;
        let principal = principal(&total, d, options.principal)?;
        let shrinkage = [share, total_share];
        Ok(Self {
            centre,
            scale,
            within,
            total: background,
            shrinkage,
            classes,
            means,
            whitened,
            kept,
            principal,
        })
    }

    /// Whether all parts are of `d` columns and finite.
    pub(super) fn is_sound(&self, d: usize) -> bool {
        let vectors = [&self.means, &self.whitened, &self.kept, &self.principal];
        let fits = |v: &Vec<f64>| v.len() == d && v.iter().all(|x| x.is_finite());
        fits(&self.centre)
            && fits(&self.scale)
            && self.within.size() == d
            && self.total.size() == d
            && vectors.into_iter().flatten().all(fits)
            && self.means.len() == self.classes.len()
            && self.whitened.len() == self.classes.len()
            && !self.classes.is_empty()
            && self.kept.len() <= d
            && self.principal.len() <= d
    }

    /// A row in units of deviation from the centre.
    pub(super) fn offset(&self, row: &[f64]) -> Vec<f64> {
        let units = row.iter().zip(&self.centre).zip(&self.scale);
        units.map(|((x, c), s)| (x - c) * s).collect()
    }
}

/// The rows and their classes, where they are at hand.
pub(super) type Rows<'a> = Option<(&'a Design, &'a [u32])>;

fn scaled(mut matrix: Vec<f64>, scale: &[f64]) -> Vec<f64> {
    for (row, a) in matrix.chunks_exact_mut(scale.len().max(1)).zip(scale) {
        row.iter_mut().zip(scale).for_each(|(c, b)| *c *= a * b);
    }
    matrix
}

/// The factor of a covariance drawn to a multiple of the identity, and by how much. Columns that do
/// not vary get unit variance: all rows are 0 in them.
fn drawn(
    mut covariance: Vec<f64>,
    scale: &[f64],
    n: f64,
    shrinkage: Shrinkage,
    fourth: impl Fn() -> Option<f64>,
) -> Result<(Factor, f64)> {
    let d = scale.len();
    let share = match shrinkage {
        Shrinkage::None => 0.0,
        Shrinkage::Fixed { share } => share,
        Shrinkage::OracleApproximating => oracle_approximating(&covariance, d, n),
        Shrinkage::LedoitWolf => match fourth() {
            Some(fourth) => ledoit_wolf(&covariance, d, fourth, n),
            None => 0.0,
        },
    };
    let live = scale.iter().filter(|s| **s > 0.0).count();
    let mean = covariance.iter().step_by(d + 1).sum::<f64>() / live.max(1) as f64;
    let draw = |matrix: &mut [f64], by: f64, to: f64| {
        matrix.iter_mut().for_each(|c| *c *= 1.0 - by);
        let diagonal = matrix.iter_mut().step_by(d + 1).zip(scale);
        diagonal.for_each(|(c, s)| *c = if *s > 0.0 { *c + by * to } else { 1.0 });
    };
    draw(&mut covariance, 0.0, 0.0);
    if share > 0.0 {
        draw(&mut covariance, share, mean);
    }
    if let Ok(factor) = Factor::of(&covariance, d)
        && factor.pivots().iter().all(|p| *p > DEPENDENT)
    {
        return Ok((factor, share));
    }
    // Columns determine each other: what departs from that is far, by a distance that is finite.
    draw(&mut covariance, FLOOR, if mean > 0.0 { mean } else { 1.0 });
    let factor = Factor::of(&covariance, d)?;
    Ok((factor, share + (1.0 - share) * FLOOR))
}

/// Orthonormal directions between whitened class means, strongest first: eigenvectors of
/// `1/K sum_k m_k m_k'`, `m_k` relative to the mean of all rows, by way of the `K x K` products.
fn directions(means: &[Vec<f64>], most: usize) -> Result<Vec<Vec<f64>>> {
    let k = means.len();
    let product =
        |a: usize, b: usize| means[a].iter().zip(&means[b]).map(|(x, y)| x * y).sum::<f64>();
    let gram = Mat::from_fn(k, k, |a, b| if a <= b { product(a, b) } else { product(b, a) });
    let eigen = gram.self_adjoint_eigen(Side::Lower).map_err(|_| no_eigenvalues())?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let top = (0..k).fold(0.0, |top: f64, e| top.max(values[e]));
    let mut kept: Vec<Vec<f64>> = Vec::new();
    // At most K - 1: weighted by their rows, the means add up to zero.
    for e in (0..k).rev().take(k.saturating_sub(1).min(most)) {
        if values[e] <= RANK * top || top == 0.0 {
            break;
        }
        let d = means.first().map_or(0, Vec::len);
        let mut v = vec![0.0; d];
        for (a, mean) in means.iter().enumerate() {
            v.iter_mut().zip(mean).for_each(|(v, m)| *v += vectors[(a, e)] * m);
        }
        // Once more against those before, for the digits that a small eigenvalue costs.
        for _ in 0..2 {
            for other in &kept {
                let along: f64 = other.iter().zip(&v).map(|(o, v)| o * v).sum();
                v.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
            }
        }
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length <= 0.0 || !length.is_finite() {
            break;
        }
        v.iter_mut().for_each(|x| *x /= length);
        kept.push(v);
    }
    Ok(kept)
}

/// The fewest eigenvectors of a covariance with at least a share of its variance, and never all.
fn principal(covariance: &[f64], d: usize, share: f64) -> Result<Vec<Vec<f64>>> {
    let whole = Mat::from_fn(d, d, |a, b| covariance[a * d + b]);
    let eigen = whole.self_adjoint_eigen(Side::Lower).map_err(|_| no_eigenvalues())?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let live = (0..d).filter(|&j| covariance[j * d + j] > 0.0).count();
    let all: f64 = (0..d).map(|e| values[e].max(0.0)).sum();
    let (mut kept, mut sum) = (Vec::new(), 0.0);
    for e in (0..d).rev().take(live.saturating_sub(1)) {
        if sum >= share * all {
            break;
        }
        sum += values[e].max(0.0);
        kept.push((0..d).map(|j| vectors[(j, e)]).collect());
    }
    Ok(kept)
}

fn no_eigenvalues() -> Error {
    Error::Model(
        "the covariance of the reference has no eigenvalues in double precision".to_owned(),
    )
}
