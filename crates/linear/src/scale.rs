//! Mean and spread of each column, and its range in each class.

use linecall_data::Design;
use rayon::prelude::*;

use crate::rows::{Rows, rows_of};

/// Centre and scale of each column, over the rows of positive weight.
///
/// A solver works with `z_j = (x_j - center_j) * scale_j`. Centring changes no coefficient when
/// the intercept is free; it keeps sums of large columns exact. It is skipped for sparse storage.
#[derive(Clone, Debug)]
pub(crate) struct Scaling {
    /// Subtracted from the column; 0 where nothing is.
    pub(crate) center: Vec<f64>,
    /// Reciprocal of the standard deviation (1 without standardisation); 0 for a constant column.
    pub(crate) scale: Vec<f64>,
    /// Standard deviation (divisor S) of each column; 0 for a constant one.
    pub(crate) deviation: Vec<f64>,
}

/// Sums of one column, taken relative to the column's largest magnitude.
#[derive(Clone, Copy, Default)]
struct Moments {
    sum: f64,
    squares: f64,
}

impl Scaling {
    /// Statistics of the rows with positive weight; `weight` sums to one.
    pub(crate) fn of(design: &Design, weight: &[f64], standardize: bool, center: bool) -> Self {
        let rows = rows_of(design);
        let d = design.cols();
        let range = ranges(&*rows, weight, d, design.nnz() == design.rows() * d);
        // The largest magnitude keeps squares of 1e300 and of 1e-300 inside double precision.
        let top: Vec<f64> = range
            .iter()
            .map(|&(low, high)| low.abs().max(high.abs()))
            .map(|m| if m > 0.0 && m.is_finite() { m } else { 1.0 })
            .collect();
        let moments = moments(&*rows, weight, &top);
        let (means, _) = finish(&moments, &top);
        let spread = spread(&*rows, weight, &top, &means);
        let mut scaling =
            Self { center: vec![0.0; d], scale: vec![1.0; d], deviation: vec![0.0; d] };
        for j in 0..d {
            let (low, high) = range[j];
            if low == high {
                scaling.scale[j] = 0.0;
                continue;
            }
            let deviation = spread[j].sqrt() * top[j];
            scaling.deviation[j] = deviation;
            if center {
                scaling.center[j] = means[j];
            }
            if standardize {
                let scale = 1.0 / deviation;
                scaling.scale[j] = if scale.is_finite() { scale } else { 0.0 };
            }
        }
        scaling
    }
}

const CHUNK: usize = 8192;

fn chunked<A: Send>(n: usize, of: impl Fn(std::ops::Range<usize>) -> A + Sync) -> Vec<A> {
    let chunks = n.div_ceil(CHUNK);
    (0..chunks).into_par_iter().map(|c| of(c * CHUNK..((c + 1) * CHUNK).min(n))).collect()
}

/// Smallest and largest value of each column among the rows of positive weight.
fn ranges(rows: &dyn Rows, weight: &[f64], d: usize, dense: bool) -> Vec<(f64, f64)> {
    let parts = chunked(weight.len(), |range| {
        let mut out = vec![(f64::INFINITY, f64::NEG_INFINITY); d];
        let mut seen = vec![0usize; d];
        let mut used = 0;
        for i in range.filter(|&i| weight[i] > 0.0) {
            used += 1;
            rows.entries(i, &mut |j, x| {
                out[j] = (out[j].0.min(x), out[j].1.max(x));
                seen[j] += 1;
            });
        }
        if !dense {
            for (o, &seen) in out.iter_mut().zip(&seen) {
                if seen < used {
                    *o = (o.0.min(0.0), o.1.max(0.0));
                }
            }
        }
        out
    });
    let mut total = vec![(f64::INFINITY, f64::NEG_INFINITY); d];
    for part in parts {
        for (t, p) in total.iter_mut().zip(part) {
            *t = (t.0.min(p.0), t.1.max(p.1));
        }
    }
    total
}

fn moments(rows: &dyn Rows, weight: &[f64], top: &[f64]) -> Vec<Moments> {
    let parts = chunked(weight.len(), |range| {
        let mut out = vec![Moments::default(); top.len()];
        for i in range.filter(|&i| weight[i] > 0.0) {
            let s = weight[i];
            rows.entries(i, &mut |j, x| {
                let x = x / top[j];
                out[j].sum += s * x;
                out[j].squares += s * x * x;
            });
        }
        out
    });
    merge(parts, top.len())
}

fn merge(parts: Vec<Vec<Moments>>, d: usize) -> Vec<Moments> {
    let mut total = vec![Moments::default(); d];
    for part in parts {
        for (t, p) in total.iter_mut().zip(part) {
            t.sum += p.sum;
            t.squares += p.squares;
        }
    }
    total
}

fn finish(moments: &[Moments], top: &[f64]) -> (Vec<f64>, Vec<f64>) {
    moments.iter().zip(top).map(|(m, top)| (m.sum * top, m.squares)).unzip()
}

/// Variance of `x / top`, by a second pass around the mean (entries not stored are zeros).
fn spread(rows: &dyn Rows, weight: &[f64], top: &[f64], means: &[f64]) -> Vec<f64> {
    let parts = chunked(weight.len(), |range| {
        let mut out = vec![Moments::default(); top.len()];
        for i in range.filter(|&i| weight[i] > 0.0) {
            let s = weight[i];
            rows.entries(i, &mut |j, x| {
                let centred = x / top[j] - means[j] / top[j];
                out[j].squares += s * centred * centred;
                out[j].sum += s;
            });
        }
        out
    });
    merge(parts, top.len())
        .into_iter()
        .zip(means.iter().zip(top))
        .map(|(m, (mean, top))| {
            let zeros = (1.0 - m.sum).max(0.0) * (mean / top) * (mean / top);
            m.squares + if m.sum >= 1.0 - 1e-12 { 0.0 } else { zeros }
        })
        .collect()
}

/// Range of each column in each class, over rows of positive weight: `[class][column]`.
pub(crate) fn class_ranges(
    design: &Design,
    codes: &[u32],
    classes: usize,
    weight: &[f64],
) -> Vec<Vec<(f64, f64)>> {
    let rows = rows_of(design);
    let dense = design.nnz() == design.rows() * design.cols();
    (0..classes)
        .map(|c| {
            let own: Vec<f64> = codes
                .iter()
                .zip(weight)
                .map(|(&code, &w)| if code as usize == c { w } else { 0.0 })
                .collect();
            ranges(&*rows, &own, design.cols(), dense)
        })
        .collect()
}
