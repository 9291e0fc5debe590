//! How far a covariance should be drawn to a multiple of the identity.
//!
//! `C* = (1 - rho) C + rho mu I`, `mu = tr(C) / d`, has a smaller expected squared error than `C`
//! when rows are few. Two estimates of the best `rho` from the rows themselves:
//!
//! - Ledoit & Wolf, "A well-conditioned estimator for large-dimensional covariance matrices"
//!   (Journal of Multivariate Analysis, 2004): for any distribution, from the fourth moments;
//! - Chen, Wiesel, Eldar & Hero, "Shrinkage algorithms for MMSE covariance estimation" (IEEE
//!   Transactions on Signal Processing, 2010), the oracle approximating estimate: for Gaussian
//!   rows. As scikit-learn does, the terms in `2/d` of their formula 23 are left out.
//!
//! Row weights count rows, so their sum `n` is the number of rows: weights that were scaled to sum
//! to one shrink everything. Cost: `d^2`, and one pass for the fourth moments.

use linecall_data::{Design, Matrix};
use rayon::prelude::*;

const CHUNK: usize = 8192;

/// Ledoit and Wolf's share (0 to 1), from a covariance of `d` columns (`d * d` numbers), the sum over
/// rows of `s_i |z_i|^4` in the same units ([`fourth_moment`]), and the sum of weights.
pub fn ledoit_wolf(covariance: &[f64], d: usize, fourth: f64, n: f64) -> f64 {
    if d == 1 {
        return 0.0;
    }
    let p = d as f64;
    let (trace, squares) = (trace(covariance, d), squares(covariance));
    let mu = trace / p;
    let delta = (squares - 2.0 * mu * trace + p * mu * mu) / p;
    let beta = ((fourth / n - squares) / (p * n)).clamp(0.0, delta.max(0.0));
    if beta > 0.0 { beta / delta } else { 0.0 }
}

/// The oracle approximating share (0 to 1) of Chen and others, from a covariance of `d` columns and
/// the sum of weights.
pub fn oracle_approximating(covariance: &[f64], d: usize, n: f64) -> f64 {
    if d == 1 {
        return 0.0;
    }
    let p = d as f64;
    let mean_square = squares(covariance) / (p * p);
    let mu = trace(covariance, d) / p;
    let below = (n + 1.0) * (mean_square - mu * mu / p);
    if below > 0.0 { ((mean_square + mu * mu) / below).min(1.0) } else { 1.0 }
}

/// The trace of a `d * d` matrix.
pub(crate) fn trace(covariance: &[f64], d: usize) -> f64 {
    covariance.iter().step_by(d + 1).sum()
}

fn squares(covariance: &[f64]) -> f64 {
    linecall_kernels::norm_squared(covariance)
}

/// `sum_i s_i (sum_j ((x_ij - mean_j) scale_j)^2)^2` over the rows of positive weight, one weight a
/// row; `mean` and `scale` hold a number a column.
pub fn fourth_moment(design: &Design, weights: &[f64], mean: &[f64], scale: &[f64]) -> f64 {
    let dense = matches!(design.matrix(), Matrix::DenseF64(_) | Matrix::DenseF32(_));
    let empty: f64 = mean.iter().zip(scale).map(|(m, s)| (m * s) * (m * s)).sum();
    let n = weights.len();
    let parts: Vec<f64> = (0..n.div_ceil(CHUNK))
        .into_par_iter()
        .map(|c| {
            let mut sum = 0.0;
            for i in (c * CHUNK..((c + 1) * CHUNK).min(n)).filter(|&i| weights[i] > 0.0) {
                let mut length = 0.0;
                if dense {
                    design.for_each_in_row(i, |j, x| {
                        let z = (x - mean[j]) * scale[j];
                        length += z * z;
                    });
                } else {
                    length = empty;
                    design.for_each_in_row(i, |j, x| {
                        let (z, zero) = ((x - mean[j]) * scale[j], mean[j] * scale[j]);
                        length += (z - zero) * (z + zero);
                    });
                }
                sum += weights[i] * length * length;
            }
            sum
        })
        .collect();
    parts.into_iter().sum()
}
