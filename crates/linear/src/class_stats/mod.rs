//! Statistics of classes: weights, means and spread, with rows added, removed and merged.
//!
//! What discriminants, naive Bayes, whitening, novelty scores and forgetting build on. With row
//! weights `s_i`, class `k` has weight `S_k = sum s_i`, mean `mu_k`, and all classes together the
//! within-class scatter `W = sum_i s_i (x_i - mu_k(i)) (x_i - mu_k(i))'`. A weight of 2 is the row
//! twice, a weight of 0 the row gone.
//!
//! Squares are taken around a reference point `c_k` near the class mean, not around zero, so that
//! a column of large values and little spread loses no digits (Chan, Golub & LeVeque, "Algorithms
//! for computing the sample variance", The American Statistician, 1983). Two statistics are merged
//! by moving one to the reference point of the other, which is their formula for several classes
//! and columns; rows are removed by the same step with the sign turned. In sparse storage the
//! reference is zero in columns that are mostly not stored: there it loses at most one digit, and
//! rows need not be filled in.
//!
//! Cost: one pass for [`Keep::Sums`], two for the others; `n d` for variances; for the covariance
//! `n d^2 / 2` multiplications, or the squares of the rows' stored entries where those are few.

mod factor;
mod merge;
mod pass;
mod shrinkage;
mod whitening;

use linecall_data::Design;

pub use factor::Factor;
pub(crate) use shrinkage::trace;
pub use shrinkage::{fourth_moment, ledoit_wolf, oracle_approximating};
pub use whitening::Whitening;

use crate::{Error, Result, weights};

/// Most columns of a covariance: a matrix of this width takes 200 MB.
pub const MOST_COLUMNS: usize = 5_000;

/// Which second moments are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// None: weights and sums alone.
    Sums,
    /// The diagonal of the scatter.
    Variances,
    /// The whole scatter, at most [`MOST_COLUMNS`] columns.
    Covariance,
}

impl Keep {
    /// How many numbers it takes for so many columns.
    pub(crate) fn numbers(self, cols: usize) -> usize {
        match self {
            Self::Sums => 0,
            Self::Variances => cols,
            Self::Covariance => cols * cols,
        }
    }
}

/// Weights, sums and scatter of the classes of some rows.
///
/// ```
/// use linecall_data::Design;
/// use linecall_linear::class_stats::{ClassStats, Keep};
///
/// let x = Design::from_rows(&[vec![1.0], vec![3.0], vec![9.0]], &["x"]).unwrap();
/// let mut stats = ClassStats::of(&x, &[0, 0, 1], 2, None, Keep::Variances)?;
/// assert_eq!(stats.mean(0), [2.0]);
/// assert_eq!(stats.within_variance(), [2.0 / 3.0]);
///
/// let gone = ClassStats::of(&x.select_rows(&[1]).unwrap(), &[0], 2, None, Keep::Variances)?;
/// stats.remove(&gone)?;
/// assert_eq!((stats.mean(0), stats.rows()), (vec![1.0], &[1, 1][..]));
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ClassStats {
    cols: usize,
    keep: Keep,
    /// Rows of positive weight, by class.
    rows: Vec<u64>,
    /// Sum of weights, by class.
    weight: Vec<f64>,
    /// Reference points, class after class; empty (all zero) where only sums are kept.
    shift: Vec<f64>,
    /// `sum s (x - c_k)`, class after class.
    sum: Vec<f64>,
    /// `sum s (x - c)^2` by column, or `sum s (x - c) (x - c)'` row-major, valid on and above the
    /// diagonal; pooled over classes.
    second: Vec<f64>,
}

impl ClassStats {
    /// Statistics of no rows.
    ///
    /// # Errors
    /// [`Error::TooWide`] for a covariance of more than [`MOST_COLUMNS`] columns.
    pub fn empty(classes: usize, cols: usize, keep: Keep) -> Result<Self> {
        if keep == Keep::Covariance && cols > MOST_COLUMNS {
            return Err(Error::TooWide {
                what: "the covariance of the columns",
                columns: cols,
                limit: MOST_COLUMNS,
                mend: "choose fewer columns, or a learner without a covariance \
                       (naive-bayes-gaussian, nearest-centroid, penalised)",
            });
        }
        Ok(Self {
            cols,
            keep,
            rows: vec![0; classes],
            weight: vec![0.0; classes],
            shift: vec![0.0; if keep == Keep::Sums { 0 } else { classes * cols }],
            sum: vec![0.0; classes * cols],
            second: vec![0.0; keep.numbers(cols)],
        })
    }

    /// Statistics of the rows of a design; `codes` holds the class of each, below `classes`.
    ///
    /// # Errors
    /// When sizes do not fit together, a weight is negative or not finite, a covariance would be
    /// too large, or a sum overflows.
    pub fn of(
        design: &Design,
        codes: &[u32],
        classes: usize,
        weights: Option<&[f64]>,
        keep: Keep,
    ) -> Result<Self> {
        let shape = |what, found, expected| Err(Error::Shape { what, found, expected });
        if codes.len() != design.rows() {
            return shape("class codes", codes.len(), design.rows());
        }
        if let Some(bad) = codes.iter().find(|&&c| c as usize >= classes) {
            return shape("classes", classes, *bad as usize + 1);
        }
        if let Some(w) = weights {
            if w.len() != design.rows() {
                return shape("row weights", w.len(), design.rows());
            }
            weights::check_rows(w)?;
        }
        let stats = pass::run(design, codes, weights, Self::empty(classes, design.cols(), keep)?);
        if stats.sum.iter().chain(&stats.second).chain(&stats.weight).any(|v| !v.is_finite()) {
            return Err(Error::Numerical(
                "sums of squares overflow double precision; rescale the columns".to_owned(),
            ));
        }
        Ok(stats)
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.weight.len()
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Which second moments are kept.
    pub fn keep(&self) -> Keep {
        self.keep
    }

    /// Rows of positive weight, by class.
    pub fn rows(&self) -> &[u64] {
        &self.rows
    }

    /// Sum of weights, by class.
    pub fn weight(&self) -> &[f64] {
        &self.weight
    }

    /// Sum of all weights.
    pub fn total_weight(&self) -> f64 {
        self.weight.iter().sum()
    }

    /// Weighted sum of each column over the rows of a class; empty when there is no such class.
    pub fn sums(&self, class: usize) -> Vec<f64> {
        let own = class * self.cols..(class + 1) * self.cols;
        let Some(sum) = self.sum.get(own.clone()) else { return Vec::new() };
        match self.shift.get(own) {
            Some(shift) => sum.iter().zip(shift).map(|(t, c)| t + c * self.weight[class]).collect(),
            None => sum.to_vec(),
        }
    }

    /// Weighted mean of each column over the rows of a class; zeros for a class without rows.
    pub fn mean(&self, class: usize) -> Vec<f64> {
        let own = class * self.cols..(class + 1) * self.cols;
        let Some(sum) = self.sum.get(own.clone()) else { return Vec::new() };
        if self.rows[class] == 0 {
            return vec![0.0; self.cols];
        }
        let weight = self.weight[class];
        match self.shift.get(own) {
            Some(shift) => sum.iter().zip(shift).map(|(t, c)| t / weight + c).collect(),
            None => sum.iter().map(|t| t / weight).collect(),
        }
    }

    /// Weighted mean of each column over all rows.
    pub fn overall_mean(&self) -> Vec<f64> {
        let total = self.total_weight();
        self.mixed_mean(&self.weight.iter().map(|s| s / total).collect::<Vec<_>>())
    }

    /// The mean of the class means by given shares.
    pub fn mixed_mean(&self, shares: &[f64]) -> Vec<f64> {
        let mut mean = vec![0.0; self.cols];
        for (k, share) in shares.iter().enumerate().filter(|(k, _)| self.rows[*k] > 0) {
            mean.iter_mut().zip(self.mean(k)).for_each(|(m, v)| *m += share * v);
        }
        mean
    }

    /// Within-class variance of each column, `W_jj / S`; empty where only sums are kept.
    pub fn within_variance(&self) -> Vec<f64> {
        let total = self.total_weight();
        let stride = match self.keep {
            Keep::Sums => return Vec::new(),
            Keep::Variances => 0,
            Keep::Covariance => self.cols,
        };
        (0..self.cols)
            .map(|j| {
                let own = |k: usize| self.sum[k * self.cols + j];
                let moved: f64 = self.present().map(|k| own(k) * own(k) / self.weight[k]).sum();
                ((self.second[j * stride + j] - moved) / total).max(0.0)
            })
            .collect()
    }

    /// Variance of each column over all rows; empty where only sums are kept.
    pub fn total_variance(&self) -> Vec<f64> {
        let (overall, total) = (self.overall_mean(), self.total_weight());
        let mut variance = self.within_variance();
        for k in self.present() {
            let share = self.weight[k] / total;
            let means = self.mean(k);
            for ((v, m), o) in variance.iter_mut().zip(means).zip(&overall) {
                *v += share * (m - o) * (m - o);
            }
        }
        variance
    }

    /// The within-class covariance `W / S`, `cols * cols` numbers, symmetric; empty unless the
    /// covariance is kept.
    pub fn within_covariance(&self) -> Vec<f64> {
        if self.keep != Keep::Covariance {
            return Vec::new();
        }
        let (d, total) = (self.cols, self.total_weight());
        let mut out = self.second.clone();
        for k in self.present() {
            let t = &self.sum[k * d..(k + 1) * d];
            for a in 0..d {
                let scaled = t[a] / self.weight[k];
                let row = &mut out[a * d + a..(a + 1) * d];
                row.iter_mut().zip(&t[a..]).for_each(|(o, t)| *o -= scaled * t);
            }
        }
        for a in 0..d {
            out[a * d + a] = out[a * d + a].max(0.0);
            for b in a..d {
                out[a * d + b] /= total;
                out[b * d + a] = out[a * d + b];
            }
        }
        out
    }

    /// The covariance of the class means, `sum_k S_k / S (mu_k - mu) (mu_k - mu)'`, `cols * cols`
    /// numbers, symmetric.
    ///
    /// # Errors
    /// [`Error::TooWide`] for more than [`MOST_COLUMNS`] columns.
    pub fn between_covariance(&self) -> Result<Vec<f64>> {
        Self::empty(1, self.cols, Keep::Covariance)?;
        let (d, overall, total) = (self.cols, self.overall_mean(), self.total_weight());
        let mut out = vec![0.0; d * d];
        for k in self.present() {
            let share = self.weight[k] / total;
            let away: Vec<f64> = self.mean(k).iter().zip(&overall).map(|(m, o)| m - o).collect();
            for a in 0..d {
                let row = &mut out[a * d..(a + 1) * d];
                row.iter_mut().zip(&away).for_each(|(o, v)| *o += share * away[a] * v);
            }
        }
        Ok(out)
    }

    /// The statistics without some of the classes, which have no rows; `kept` are the others, in
    /// order.
    pub(crate) fn of_classes(&self, kept: &[usize]) -> Self {
        let own = |from: &[f64]| -> Vec<f64> {
            let range = |&k: &usize| k * self.cols..(k + 1) * self.cols;
            kept.iter().filter_map(|k| from.get(range(k))).flatten().copied().collect()
        };
        Self {
            cols: self.cols,
            keep: self.keep,
            rows: kept.iter().map(|&k| self.rows[k]).collect(),
            weight: kept.iter().map(|&k| self.weight[k]).collect(),
            shift: own(&self.shift),
            sum: own(&self.sum),
            second: self.second.clone(),
        }
    }

    /// All numbers, as bits: what [`ClassStats::resumed`] takes.
    pub fn state(&self) -> Vec<u64> {
        let numbers = self.weight.iter().chain(&self.shift).chain(&self.sum).chain(&self.second);
        self.rows.iter().copied().chain(numbers.map(|v| v.to_bits())).collect()
    }

    /// Statistics from their numbers.
    ///
    /// ```
    /// use linecall_data::Design;
    /// use linecall_linear::class_stats::{ClassStats, Keep};
    ///
    /// let x = Design::from_rows(&[vec![1.0], vec![3.0], vec![9.0]], &["x"]).unwrap();
    /// let stats = ClassStats::of(&x, &[0, 0, 1], 2, None, Keep::Variances)?;
    /// assert_eq!(ClassStats::resumed(2, 1, Keep::Variances, &stats.state())?, stats);
    /// # Ok::<(), linecall_linear::Error>(())
    /// ```
    ///
    /// # Errors
    /// When they are too few or too many, or one is not finite.
    pub fn resumed(classes: usize, cols: usize, keep: Keep, state: &[u64]) -> Result<Self> {
        let mut stats = Self::empty(classes, cols, keep)?;
        let expected = stats.state().len();
        if state.len() != expected {
            let found = state.len();
            return Err(Error::Shape { what: "numbers of class statistics", found, expected });
        }
        let (rows, numbers) = state.split_at(classes);
        stats.rows.copy_from_slice(rows);
        let mut numbers = numbers.iter().map(|bits| f64::from_bits(*bits));
        let all = [&mut stats.weight, &mut stats.shift, &mut stats.sum, &mut stats.second];
        for (own, number) in all.into_iter().flatten().zip(numbers.by_ref()) {
            *own = number;
        }
        let all = [&stats.weight, &stats.shift, &stats.sum, &stats.second];
        if all.into_iter().flatten().any(|v| !v.is_finite()) {
            return Err(Error::Numerical(
                "class statistics hold a number that is not finite".into(),
            ));
        }
        Ok(stats)
    }

    fn present(&self) -> impl Iterator<Item = usize> {
        (0..self.classes()).filter(|&k| self.rows[k] > 0)
    }
}
