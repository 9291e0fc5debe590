//! Closed forms of rows that come some at a time.
//!
//! What class statistics determine ([`Learner::keeps`]) needs no row twice: the statistics of some
//! rows are added to those of the rows before ([`ClassStats::add`]), and the model is worked out from
//! the sums. Any order of the same rows, in any parts, gives the model of all of them, up to the
//! rounding of sums. Cost: one pass over the new rows (two where variances are kept).

use linecall_data::{Dataset, DirectCertificate};

use super::task::Task;
use super::{DirectPlan, Learner, Priors};
use crate::class_stats::ClassStats;
use crate::plan::ClassWeight;
use crate::weights::{check_rows, factors};
use crate::{Error, LinearModel, Result};

/// A closed form over rows that come some at a time.
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::direct::{DirectPlan, Learner, Priors, Tally};
///
/// let plan = DirectPlan::new(Learner::NaiveBayesMultinomial {
///     alpha: 1.0,
///     priors: Priors::Empirical,
/// });
/// let classes = ["ham", "spam"].map(str::to_owned).to_vec();
/// let rows = |x: &[Vec<f64>], codes: &[u32]| -> Result<Dataset, linecall_data::Error> {
///     let labels = Labels::from_codes(classes.clone(), codes.to_vec())?;
///     Dataset::new(Design::from_rows(x, &["hi", "buy"])?, labels)
/// };
/// let mut tally = Tally::new(plan.clone(), classes.clone(), 2)?;
/// tally.add(&rows(&[vec![2.0, 0.0], vec![1.0, 0.0]], &[0, 0])?)?;
/// tally.add(&rows(&[vec![0.0, 3.0]], &[1])?)?;
/// let all = rows(&[vec![2.0, 0.0], vec![1.0, 0.0], vec![0.0, 3.0]], &[0, 0, 1])?;
/// assert_eq!(tally.model()?, plan.fit(&all)?.model);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tally {
    plan: DirectPlan,
    classes: Vec<String>,
    stats: ClassStats,
}

impl Tally {
    /// A tally of no rows.
    ///
    /// # Errors
    /// When a setting is out of range, class statistics do not determine the coefficients, class
    /// weights would change with the rows, or the columns are too many for a covariance.
    pub fn new(plan: DirectPlan, classes: Vec<String>, cols: usize) -> Result<Self> {
        plan.check()?;
        let refuse = |name, value: &str, expected| {
            Err(Error::Setting { name, value: value.to_owned(), expected })
        };
        let Some(keep) = plan.learner.keeps() else {
            let name = plan.learner.name().replace('_', "-");
            return refuse("learner", &name, "a closed form that class statistics determine");
        };
        if plan.class_weight == ClassWeight::Balanced {
            return refuse("class-weight", "balanced", "weights by class for rows as they come");
        }
        if classes.is_empty() || plan.positive >= classes.len().max(2) {
            return refuse("positive", &plan.positive.to_string(), "the index of a class");
        }
        let stats = ClassStats::empty(classes.len(), cols, keep)?;
        Ok(Self { plan, classes, stats })
    }

    /// The tally of some rows with the model and the certificate of [`DirectPlan::fit`] on them, up to
    /// the rounding of sums.
    ///
    /// # Errors
    /// As for [`Tally::new`] and [`DirectPlan::fit`].
    pub fn fit(plan: DirectPlan, data: &Dataset) -> Result<(Self, LinearModel, DirectCertificate)> {
        let mut tally = Self::new(plan, data.labels.classes().to_vec(), data.design.cols())?;
        let task = Task::new(&tally.plan, data)?;
        tally.add(data)?;
        let (model, notes, residual) = tally.plan.solved(&tally.stats, &tally.classes)?;
        let certificate = tally.plan.certificate(&task, &model, notes, Some(residual))?;
        Ok((tally, model, certificate))
    }

    /// Takes another plan over the statistics so far: other settings of the learner.
    ///
    /// # Errors
    /// As for [`Tally::new`]; when the plan needs other statistics.
    pub fn replan(&mut self, plan: DirectPlan) -> Result<()> {
        let tally = Self::new(plan, self.classes.clone(), self.stats.cols())?;
        if tally.stats.keep() != self.stats.keep()
            || tally.plan.class_weight != self.plan.class_weight
        {
            return Err(Error::Setting {
                name: "learner",
                value: tally.plan.learner.name().replace('_', "-"),
                expected: "one of the same statistics and class weights as before",
            });
        }
        self.plan = tally.plan;
        Ok(())
    }

    /// Adds rows; of some of the classes, or of none.
    ///
    /// # Errors
    /// When the rows are of other classes or columns, a value is outside what the learner takes, a
    /// weight is negative or not finite, or a sum overflows. The tally is then as it was.
    pub fn add(&mut self, data: &Dataset) -> Result<()> {
        if data.labels.classes() != self.classes {
            let (found, expected) = (data.labels.classes().len(), self.classes.len());
            return Err(Error::Shape { what: "classes of the rows", found, expected });
        }
        self.plan.check_values(data)?;
        if let Some(weights) = &data.weights {
            check_rows(weights)?;
        }
        let factors = factors(&self.plan.class_weight, &self.classes, &[]);
        let own = data.weights.as_deref();
        let weight = |(i, &code): (usize, &u32)| {
            own.map_or(1.0, |w| w[i]) * factors.get(code as usize).copied().unwrap_or(1.0)
        };
        let codes = data.labels.codes();
        let weight: Vec<f64> = codes.iter().enumerate().map(weight).collect();
        let (k, keep) = (self.classes.len(), self.stats.keep());
        self.stats.add(&ClassStats::of(&data.design, codes, k, Some(&weight), keep)?)
    }

    /// The names of all classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The plan.
    pub fn plan(&self) -> &DirectPlan {
        &self.plan
    }

    /// Statistics of the rows so far.
    pub fn statistics(&self) -> &ClassStats {
        &self.stats
    }

    /// The same plan over given statistics.
    ///
    /// # Errors
    /// As for [`Tally::new`]; when the statistics are of other classes or hold other moments.
    pub fn resumed(plan: DirectPlan, classes: Vec<String>, stats: ClassStats) -> Result<Self> {
        let tally = Self::new(plan, classes, stats.cols())?;
        if stats.classes() != tally.classes.len() || stats.keep() != tally.stats.keep() {
            let (found, expected) = (stats.classes(), tally.classes.len());
            return Err(Error::Shape { what: "classes of the statistics", found, expected });
        }
        Ok(Self { stats, ..tally })
    }

    /// Prior probabilities of all classes so far: 0 of one without rows where they are the classes'
    /// shares. `None` for a learner without.
    ///
    /// # Errors
    /// When given priors are not those of the classes, or there are no rows.
    pub fn priors(&self) -> Result<Option<Vec<f64>>> {
        let Some(priors) = self.plan.learner.priors() else { return Ok(None) };
        if self.stats.total_weight() <= 0.0 {
            return Err(Error::NoRows);
        }
        priors.of(&self.classes, self.stats.weight()).map(Some)
    }

    /// The classes that the model knows, by their place among all. One without rows has probability
    /// 0 where priors are the classes' shares, and no mean: no model of finite numbers has it.
    pub fn known(&self) -> Vec<usize> {
        let needs_rows = match &self.plan.learner {
            Learner::NaiveBayesComplement { .. } => false,
            learner => !matches!(learner.priors(), Some(Priors::Uniform | Priors::Given { .. })),
        };
        let weight = self.stats.weight();
        (0..self.classes.len()).filter(|&k| !needs_rows || weight[k] > 0.0).collect()
    }

    /// The model of the rows so far, of the classes that it can know ([`Tally::known`]); where those
    /// are two of more, the second is the positive one.
    ///
    /// # Errors
    /// When there are no rows, or a single class is known.
    pub fn model(&self) -> Result<LinearModel> {
        if self.stats.total_weight() <= 0.0 {
            return Err(Error::NoRows);
        }
        let known = self.known();
        if let [only] = known.as_slice() {
            return Err(Error::OneClass { class: self.classes[*only].clone() });
        }
        if known.len() == self.classes.len() {
            return Ok(self.plan.solved(&self.stats, &self.classes)?.0);
        }
        let classes: Vec<String> = known.iter().map(|&k| self.classes[k].clone()).collect();
        let plan = DirectPlan { positive: 1, ..self.plan.clone() };
        Ok(plan.solved(&self.stats.of_classes(&known), &classes)?.0)
    }
}
