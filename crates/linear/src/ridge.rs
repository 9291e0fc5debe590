//! Ridge regression on classes from class statistics alone: fitted, and unlearned, without the rows.
//!
//! The squared loss with an L2 penalty is minimised by `(C + lambda diag(s^2)) w = c`, `C` the
//! covariance of the columns over all rows (within plus between classes), `s` their deviations (ones
//! without standardisation) and `c` the covariance of the columns with the classes coded -1 and +1:
//! both are functions of weights, means and scatter by class. So a row is forgotten by taking it out
//! of [`ClassStats`], in `d^2` operations a row, and solving again, in `d^3 / 3`; the result is that of
//! [`Plan::fit`] on the rows that remain (Golub & Van Loan, "Matrix computations", on downdating).
//! Without an intercept the moments are those around zero.

use linecall_data::{Dataset, Labels};

use crate::class_stats::{ClassStats, Factor, Keep, MOST_COLUMNS};
use crate::plan::{ClassWeight, Plan};
use crate::weights::Weights;
use crate::{Error, LinearModel, Loss, Multiclass, Penalty, Result};

impl Plan {
    /// Whether class statistics determine the coefficients: the squared loss with an L2 penalty and
    /// the same strength for every column, one class a row, and class weights that do not depend on
    /// the rows.
    pub fn has_statistics(&self) -> bool {
        self.loss == Loss::Squared
            && self.vicinal.is_none()
            && matches!(self.penalty, Penalty::L2 { lambda } if lambda > 0.0)
            && self.columns.is_empty()
            && self.multiclass != Multiclass::MultiLabel
            && self.class_weight != ClassWeight::Balanced
    }

    /// The statistics that determine the coefficients, of all rows or of some; `None` where there
    /// are none ([`Plan::has_statistics`]) or the columns are more than a covariance takes.
    ///
    /// # Errors
    /// As for [`Plan::fit`].
    pub fn statistics(&self, data: &Dataset, only: Option<&[usize]>) -> Result<Option<ClassStats>> {
        if !self.has_statistics() || data.design.cols() > MOST_COLUMNS {
            return Ok(None);
        }
        self.check()?;
        let weights = Weights::of(&data.labels, data.weights.as_deref(), &self.class_weight)?;
        of_rows(data, &weights.row, only, Keep::Covariance).map(Some)
    }

    /// The model that statistics determine; see [`Plan::statistics`].
    ///
    /// ```
    /// use linecall_data::{Dataset, Design, Labels};
    /// use linecall_linear::{Loss, Penalty, Plan};
    ///
    /// let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![3.0]], &["dose"])?;
    /// let data = Dataset::new(x, Labels::from_names(["no", "yes", "no", "yes"]))?;
    /// let plan = Plan::new(Loss::Squared, Penalty::l2(0.1));
    /// let stats = plan.statistics(&data, None)?.unwrap();
    /// let model = plan.model_of(&stats, data.labels.classes())?;
    /// let fit = plan.fit(&data)?.model;
    /// assert!((model.coef()[0][0] - fit.coef()[0][0]).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the plan has no such statistics, these are of other classes or without a covariance, or
    /// numbers overflow.
    pub fn model_of(&self, stats: &ClassStats, classes: &[String]) -> Result<LinearModel> {
        if !self.has_statistics() {
            return Err(Error::Setting {
                name: "loss",
                value: self.loss.to_string(),
                expected: "the squared loss with an l2 penalty, which class statistics determine",
            });
        }
        if stats.classes() != classes.len() {
            let (found, expected) = (classes.len(), stats.classes());
            return Err(Error::Shape { what: "classes", found, expected });
        }
        let (d, total) = (stats.cols(), stats.total_weight());
        let mut moments = stats.within_covariance();
        if moments.len() != d * d {
            let (found, expected) = (moments.len(), d * d);
            return Err(Error::Shape { what: "second moments", found, expected });
        }
        if total.is_nan() || total <= 0.0 {
            return Err(Error::NoRows);
        }
        let between = stats.between_covariance()?;
        moments.iter_mut().zip(&between).for_each(|(m, b)| *m += b);
        let deviation: Vec<f64> = (0..d).map(|j| moments[j * d + j].max(0.0).sqrt()).collect();
        let mean = stats.overall_mean();
        if !self.fit_intercept {
            for a in 0..d {
                (0..d).for_each(|b| moments[a * d + b] += mean[a] * mean[b]);
            }
        }
        // A column of one value has coefficient 0, unless it does what the intercept would.
        let unit = |j: usize| match (self.standardize, deviation[j] > 0.0) {
            (true, true) => 1.0 / deviation[j],
            (false, true) => 1.0,
            (false, false) if !self.fit_intercept && mean[j] != 0.0 => 1.0,
            _ => 0.0,
        };
        let unit: Vec<f64> = (0..d).map(unit).collect();
        for a in 0..d {
            (0..d).for_each(|b| moments[a * d + b] *= unit[a] * unit[b]);
            moments[a * d + a] += self.penalty.lambda();
        }
        let factor = Factor::of(&moments, d)?;
        let scores = if classes.len() == 2 { 1 } else { classes.len() };
        let (mut coef, mut intercept) = (Vec::new(), Vec::new());
        for score in 0..scores {
            let own = if scores == 1 { self.positive } else { score };
            let code = |k: usize| if k == own { 1.0 } else { -1.0 };
            let share: Vec<f64> = stats.weight().iter().map(|s| s / total).collect();
            let middle: f64 = share.iter().enumerate().map(|(k, p)| p * code(k)).sum();
            let mut cross = vec![0.0; d];
            for (k, p) in share.iter().enumerate().filter(|(_, p)| **p > 0.0) {
                let from = |j: usize| if self.fit_intercept { mean[j] } else { 0.0 };
                let value = if self.fit_intercept { code(k) - middle } else { code(k) };
                let of_class = stats.mean(k);
                let terms = cross.iter_mut().zip(of_class).enumerate();
                terms.for_each(|(j, (c, m))| *c += p * value * (m - from(j)) * unit[j]);
            }
            let mut w = factor.solve(&cross)?;
            w.iter_mut().zip(&unit).for_each(|(w, u)| *w *= u);
            let moved: f64 = w.iter().zip(&mean).map(|(w, m)| w * m).sum();
            intercept.push(if self.fit_intercept { middle - moved } else { 0.0 });
            coef.push(w);
        }
        LinearModel::new(coef, intercept, classes.to_vec(), self.positive, self.link(classes.len()))
    }
}

/// Statistics of some rows of a dataset, or of all, by weights that are given.
pub(crate) fn of_rows(
    data: &Dataset,
    weight: &[f64],
    only: Option<&[usize]>,
    keep: Keep,
) -> Result<ClassStats> {
    let labels: &Labels = &data.labels;
    let k = labels.classes().len();
    let Some(rows) = only else {
        return ClassStats::of(&data.design, labels.codes(), k, Some(weight), keep);
    };
    let n = data.rows();
    if let Some(bad) = rows.iter().find(|&&row| row >= n) {
        return Err(Error::Shape { what: "rows of the data", found: n, expected: bad + 1 });
    }
    let design = data.design.select_rows(rows).map_err(crate::error::internal)?;
    let codes: Vec<u32> = rows.iter().map(|&i| labels.codes()[i]).collect();
    let weight: Vec<f64> = rows.iter().map(|&i| weight[i]).collect();
    ClassStats::of(&design, &codes, k, Some(&weight), keep)
}
