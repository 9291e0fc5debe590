//! Mean and spread of each column, and its range in each class.

use rayon::prelude::*;

use crate::rows::Stats;
use crate::view::View;

/// Centre and scale of each column, over the rows of positive weight.
///
/// A solver works with `z_j = (x_j - center_j) * scale_j`. Centring changes no coefficient when
/// the intercept is free; it keeps sums of large columns exact. It is skipped for sparse storage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scaling {
    /// Subtracted from the column; 0 where nothing is.
    pub(crate) center: Vec<f64>,
    /// Whether some column is centred.
    pub(crate) centred: bool,
    /// Reciprocal of the standard deviation (1 without standardisation); 0 for a constant column.
    pub(crate) scale: Vec<f64>,
    /// Standard deviation (divisor S) of each column; 0 for a constant one.
    pub(crate) deviation: Vec<f64>,
    /// Columns that hold one value other than 0.
    pub(crate) level: Vec<usize>,
}

impl Scaling {
    /// Statistics of the rows with positive weight; `weight` sums to one.
    ///
    /// One pass where no column is far from its first value for its spread; two otherwise.
    ///
    /// N-grams of texts are never standardised: their front end has weighted them, and the rarest
    /// would count most.
    pub(crate) fn of(view: &View, weight: &[f64], standardize: bool, center: bool) -> Self {
        let mut scaling = Self::of_all(view, weight, standardize, center);
        if standardize {
            scaling.leave(&view.grams());
        }
        scaling
    }

    /// Takes columns as they are, but for constant ones.
    pub(crate) fn leave(&mut self, columns: &[usize]) {
        for &j in columns {
            if self.scale[j] != 0.0 {
                self.scale[j] = 1.0;
            }
        }
    }

    fn of_all(view: &View, weight: &[f64], standardize: bool, center: bool) -> Self {
        let d = view.cols();
        if let Some(scaling) = Self::of_sparse(view, weight, standardize, center) {
            return scaling;
        }
        let full = view.nnz() == view.n() * d;
        // Of dense rows the first one is the shift; sparse storage is mostly zeros.
        let (mut shift, ones) = (vec![0.0; d], vec![1.0; d]);
        if full && let Some(first) = weight.iter().position(|s| *s > 0.0) {
            view.rows().entries(first, &mut |j, x| shift[j] = x);
        }
        let first = stats(view, weight, &shift, &ones);
        let Some(unit) = first.poor_units() else {
            return Self::of_stats(&first, standardize, center);
        };
        // Look again around the mean, in units of the largest magnitude.
        let around = stats(view, weight, &vec![0.0; d], &unit).moments().0;
        let second = stats(view, weight, &around, &unit);
        Self::of_stats(&second, standardize, center)
    }

    /// The scaling of statistics whose weights sum to one.
    pub(crate) fn of_stats(stats: &Stats, standardize: bool, center: bool) -> Self {
        let (mean, deviation) = stats.moments();
        let constant = |j: usize| stats.low[j] == stats.high[j];
        Self::from_moments(mean, deviation, constant, standardize, center)
    }

    /// The short way for sparse rows whose columns are mostly zeros: sums and sums of squares, in
    /// one pass without ranges. `None` where some column needs a closer look.
    fn of_sparse(view: &View, weight: &[f64], standardize: bool, center: bool) -> Option<Self> {
        if view.is_dense() || center {
            return None;
        }
        let d = view.cols();
        let parts: Vec<Vec<[f64; 2]>> = runs(view, weight.len(), 2)
            .into_par_iter()
            .map(|range| {
                let mut sum = vec![[0.0; 2]; d];
                let s = &weight[range.clone()];
                view.rows().accumulate_curved(range, s, s, &mut sum);
                sum
            })
            .collect();
        let (mut mean, mut deviation) = (vec![0.0; d], vec![0.0; d]);
        for j in 0..d {
            let sum = parts.iter().fold([0.0; 2], |t, p| [t[0] + p[j][0], t[1] + p[j][1]]);
            let variance = sum[1] - sum[0] * sum[0];
            // A column that is stored nearly everywhere may be constant, or its mean may hide its
            // spread; extreme squares are not to be trusted.
            if sum[1] != 0.0 && !(1e-200..1e200).contains(&sum[1]) || variance < 1e-4 * sum[1] {
                return None;
            }
            mean[j] = sum[0];
            deviation[j] = variance.max(0.0).sqrt();
        }
        let constant = deviation.iter().map(|s| *s == 0.0).collect::<Vec<_>>();
        Some(Self::from_moments(mean, deviation, |j| constant[j], standardize, false))
    }

    /// The scaling of known moments.
    pub(crate) fn from_moments(
        mean: Vec<f64>,
        mut deviation: Vec<f64>,
        constant: impl Fn(usize) -> bool,
        standardize: bool,
        center: bool,
    ) -> Self {
        let d = mean.len();
        let mut scale = vec![1.0; d];
        let level = (0..d).filter(|&j| constant(j) && mean[j] != 0.0).collect();
        for j in 0..d {
            if constant(j) {
                (scale[j], deviation[j]) = (0.0, 0.0);
            } else if standardize {
                let unit = 1.0 / deviation[j];
                scale[j] = if unit.is_finite() { unit } else { 0.0 };
            }
        }
        let center = if center {
            (0..d).map(|j| if deviation[j] == 0.0 { 0.0 } else { mean[j] }).collect()
        } else {
            vec![0.0; d]
        };
        Self { centred: center.iter().any(|c| *c != 0.0), center, scale, deviation, level }
    }
}

/// Runs of rows: few where there are many columns, since each run keeps `numbers` a column.
fn runs(view: &View, n: usize, numbers: usize) -> Vec<std::ops::Range<usize>> {
    let count = (view.nnz() / (4 * numbers * view.cols().max(1)) + 1).min(64).min(n.max(1));
    let rows = n.div_ceil(count).max(1);
    (0..n.div_ceil(rows)).map(|c| c * rows..((c + 1) * rows).min(n)).collect()
}

/// Range and moments of every column; what is not stored counts as 0.
fn stats(view: &View, weight: &[f64], shift: &[f64], unit: &[f64]) -> Stats {
    let parts: Vec<Stats> = runs(view, weight.len(), 8)
        .into_par_iter()
        .map(|range| {
            let mut part = Stats::new(shift, unit);
            view.rows().describe(range.clone(), &weight[range], &mut part);
            part
        })
        .collect();
    let mut total = Stats::new(shift, unit);
    parts.iter().for_each(|part| total.join(part));
    let rows = weight.iter().filter(|s| **s > 0.0).count() as f64;
    with_missing(&mut total, rows, weight.iter().sum());
    total
}

/// Adds the zeros that are not stored, of so many `rows` whose weights sum to `sum`.
pub(crate) fn with_missing(total: &mut Stats, rows: f64, sum: f64) {
    for j in 0..total.count.len() {
        let missing = rows - total.count[j];
        if missing > 0.0 {
            total.add(j, 0.0, (sum - total.weight[j]).max(0.0), missing);
        }
    }
}

/// Range of each column in each class, over rows of positive weight: `[class][column]`.
pub(crate) fn class_ranges(
    view: &View,
    codes: &[u32],
    classes: usize,
    weight: &[f64],
) -> Vec<Vec<(f64, f64)>> {
    let d = view.cols();
    if view.is_dense() {
        return dense_ranges(view, codes, classes, weight);
    }
    (0..classes)
        .map(|c| {
            let own: Vec<f64> = codes
                .iter()
                .zip(weight)
                .map(|(&code, &w)| if code as usize == c { w } else { 0.0 })
                .collect();
            let stats = stats(view, &own, &vec![0.0; d], &vec![1.0; d]);
            stats.low.into_iter().zip(stats.high).collect()
        })
        .collect()
}

/// The same where every entry is stored: one pass for all classes.
fn dense_ranges(
    view: &View,
    codes: &[u32],
    classes: usize,
    weight: &[f64],
) -> Vec<Vec<(f64, f64)>> {
    let d = view.cols();
    let ends = [f64::INFINITY, f64::NEG_INFINITY];
    let parts: Vec<[Vec<f64>; 2]> = runs(view, weight.len(), 2 * classes)
        .into_par_iter()
        .map(|range| {
            let [mut low, mut high] = ends.map(|end| vec![end; classes * d]);
            for i in range.filter(|&i| weight[i] > 0.0) {
                let own = codes[i] as usize * d..(codes[i] as usize + 1) * d;
                view.rows().widen(i, &mut low[own.clone()], &mut high[own]);
            }
            [low, high]
        })
        .collect();
    let [mut low, mut high] = ends.map(|end| vec![end; classes * d]);
    for part in &parts {
        low.iter_mut().zip(&part[0]).for_each(|(a, b)| *a = a.min(*b));
        high.iter_mut().zip(&part[1]).for_each(|(a, b)| *a = a.max(*b));
    }
    let pairs: Vec<(f64, f64)> = low.into_iter().zip(high).collect();
    pairs.chunks(d.max(1)).map(<[(f64, f64)]>::to_vec).collect()
}
