//! Rows as they come: a learner that is given some rows at a time, sees each once, and can be asked
//! for its model in between.
//!
//! The steps are those of [`super::fit`] (`learner.rs`), of one step length. Nothing is known of rows
//! that are still to come, so that columns are taken in the units they have, the penalty is stated
//! relative to one row, and there is no certificate. Cost: per entry of a row; memory: five numbers
//! a coefficient.

use linecall_data::{Dataset, Labels};

use super::learner::{Learner, order};
use super::survey::Frame;
use crate::plan::Plan;
use crate::weights::factors;
use crate::{ClassWeight, Error, LinearModel, Penalty, Result};

/// Learns a plan from rows that come some at a time.
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::stream::Online;
/// use linecall_linear::{Loss, Penalty, Plan};
///
/// let mut plan = Plan::new(Loss::Logistic, Penalty::l2(1e-4));
/// plan.standardize = false;
/// let classes = ["no", "yes"].map(str::to_owned).to_vec();
/// let mut online = Online::new(plan, classes.clone(), 1, 0.3)?;
/// for part in 0..20 {
///     let x: Vec<Vec<f64>> = (0..10).map(|i| vec![f64::from((i * 7 + part) % 10) - 4.5]).collect();
///     let codes = x.iter().map(|x| u32::from(x[0] > 0.0)).collect();
///     let rows = Design::from_rows(&x, &["dose"])?;
///     online.learn(&Dataset::new(rows, Labels::from_codes(classes.clone(), codes)?)?, Some(part as u64))?;
/// }
/// assert_eq!(online.rows(), 200);
/// assert!(online.model(true)?.coef()[0][0] > 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Online {
    plan: Plan,
    classes: Vec<String>,
    cols: usize,
    rate: f64,
    learner: Learner,
    frame: Frame,
}

impl Online {
    /// A learner of coefficients that are 0. `rate` is the length of steps, in units of the
    /// coefficients.
    ///
    /// # Errors
    /// When there are fewer than two classes, the rate is not above 0, or the plan has another
    /// penalty than L2, standardised columns, mixtures, rules of columns or balanced classes, which
    /// cannot be told before all rows are seen.
    pub fn new(plan: Plan, classes: Vec<String>, cols: usize, rate: f64) -> Result<Self> {
        plan.check()?;
        if classes.len() < 2 {
            let class = classes.into_iter().next().unwrap_or_default();
            return Err(Error::OneClass { class });
        }
        let refuse = |name, value: &str, expected| {
            Err(Error::Setting { name, value: value.to_owned(), expected })
        };
        if !matches!(plan.penalty, Penalty::None | Penalty::L2 { .. }) {
            return refuse("penalty", plan.penalty.name(), "none or l2 for rows as they come");
        }
        if plan.standardize {
            return refuse("standardize", "on", "off, as rows to come may change the deviation");
        }
        if plan.class_weight == ClassWeight::Balanced {
            return refuse("class-weight", "balanced", "weights by class for rows as they come");
        }
        if !(plan.vicinal.is_none() && plan.columns.is_empty() && !plan.is_multilabel()) {
            return refuse("plan", "more than a loss", "rows of one class, no rules of columns");
        }
        if !(rate.is_finite() && rate > 0.0) {
            return refuse("rate", &rate.to_string(), "a number above 0");
        }
        let none =
            Labels::from_codes(classes.clone(), Vec::new()).map_err(crate::error::internal)?;
        let width = plan.loss.rows(&none, plan.multiclass, None)?.width();
        let learner = Learner::new(cols, width, rate, &plan);
        Ok(Self { frame: Frame::plain(cols), plan, classes, cols, rate, learner })
    }

    /// Learns from rows, in their order or, with a seed, in a random one. Rows of weight 0 are passed
    /// over.
    ///
    /// # Errors
    /// When the rows are of other classes or columns, or a weight is negative or not finite.
    pub fn learn(&mut self, data: &Dataset, seed: Option<u64>) -> Result<()> {
        if data.design.cols() != self.cols {
            let (found, expected) = (data.design.cols(), self.cols);
            return Err(Error::Shape { what: "columns of the rows", found, expected });
        }
        if data.labels.classes() != self.classes {
            let (found, expected) = (data.labels.classes().len(), self.classes.len());
            return Err(Error::Shape { what: "classes of the rows", found, expected });
        }
        let own = data.weights.as_deref();
        if let Some(bad) = own.and_then(|w| w.iter().find(|w| !(w.is_finite() && **w >= 0.0))) {
            return Err(Error::Setting {
                name: "sample_weight",
                value: bad.to_string(),
                expected: "finite weights, 0 or above",
            });
        }
        let factors = factors(&self.plan.class_weight, &self.classes, &[]);
        let row = |(i, &code): (usize, &u32)| {
            own.map_or(1.0, |w| w[i]) * factors.get(code as usize).copied().unwrap_or(1.0)
        };
        let weight: Vec<f64> = data.labels.codes().iter().enumerate().map(row).collect();
        let order = match seed {
            Some(seed) => order(&weight, [seed, 0, self.learner.rows()]),
            None => (0..weight.len()).filter(|&i| weight[i] > 0.0).collect(),
        };
        let loss = self.plan.loss.rows(&data.labels, self.plan.multiclass, None)?;
        self.learner.learn(&self.frame, &data.design, loss.as_ref(), &weight, &order);
        Ok(())
    }

    /// Begins the mean over visits anew, as at the beginning of another pass over the same rows.
    pub fn begin_mean(&mut self) {
        self.learner.begin();
    }

    /// Rows learnt from.
    pub fn rows(&self) -> u64 {
        self.learner.rows()
    }

    /// The model: by the mean of the coefficients over the rows since [`Online::begin_mean`], or by
    /// the last ones.
    ///
    /// # Errors
    /// When a coefficient is not finite.
    pub fn model(&mut self, mean: bool) -> Result<LinearModel> {
        let cells = self.learner.coefficients(mean);
        let width = cells.len() / (self.cols + 1);
        let sign = self.plan.sign(self.classes.len());
        let column = |s: usize| cells.iter().skip(s).step_by(width).map(move |w| sign * w);
        let coef = (0..width).map(|s| column(s).take(self.cols).collect()).collect();
        let intercept = (0..width).filter_map(|s| column(s).nth(self.cols)).collect();
        let link = self.plan.link(self.classes.len());
        LinearModel::new(coef, intercept, self.classes.clone(), self.plan.positive, link)
    }

    /// Everything that was learnt, as numbers; [`Online::resumed`] goes on from there.
    pub fn state(&self) -> Vec<u64> {
        self.learner.state()
    }

    /// A learner that goes on from a state of the same plan, classes, columns and rate.
    ///
    /// # Errors
    /// As for [`Online::new`]; when the state is not one of such a learner.
    pub fn resumed(
        plan: Plan,
        classes: Vec<String>,
        cols: usize,
        rate: f64,
        state: &[u64],
    ) -> Result<Self> {
        let mut online = Self::new(plan, classes, cols, rate)?;
        let (found, expected) = (state.len(), online.learner.state().len());
        if !online.learner.resume(state) {
            return Err(Error::Shape { what: "numbers of a state", found, expected });
        }
        Ok(online)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Class names, sorted.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The length of steps.
    pub fn rate(&self) -> f64 {
        self.rate
    }
}
