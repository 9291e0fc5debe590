//! Settings checked once, and the fit that they describe.

use linecall_data::{Certificate, Dataset, FitCertificate, Labels};
use serde::{Deserialize, Serialize};

use crate::loss::{Loss, Multiclass};
use crate::model::{LinearModel, Link};
use crate::penalty::{ColumnRules, Penalty};
use crate::screening::Proof;
use crate::separation::{self, Separation};
use crate::setup::{Coefficients, Part, Setup};
use crate::solve::{Memory, Solver, Stop, solve};
use crate::vicinal::Vicinal;
use crate::weights::{self, Sides, Weights, check_class_weight};
use crate::{Error, Result, StopFlag, shared};

/// Weights of whole classes, multiplied into the row weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClassWeight {
    /// All classes weigh 1.
    #[default]
    None,
    /// Each class weighs `S / (K S_k)`, so that classes weigh the same in sum. Of sets of labels,
    /// rows with and without a label weigh the same in its score.
    Balanced,
    /// A weight per class name; classes not named weigh 1. Of sets of labels, that of a row with the
    /// label, in its score.
    Given {
        /// Class name and weight.
        weights: Vec<(String, f64)>,
    },
}

/// What to fit and how.
///
/// The objective is `(1/S) sum_i s_i loss_i + lambda P(w)`, `S = sum_i s_i`, with `w` in units of
/// standard deviations when `standardize` is on, and a free intercept.
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::{Loss, Penalty, Plan};
///
/// let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![3.0]], &["dose"])?;
/// let y = Labels::from_names(["no", "yes", "no", "yes"]);
/// let fit = Plan::new(Loss::Logistic, Penalty::l2(0.1)).fit(&Dataset::new(x, y)?)?;
/// assert!(fit.model.coef()[0][0] > 0.0);
/// assert!(fit.certificate.duality_gap.is_some_and(|gap| gap < 1e-9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The loss.
    pub loss: Loss,
    /// The penalty and its strength.
    pub penalty: Penalty,
    /// The solver.
    pub solver: Solver,
    /// Largest violation of the optimality conditions at which a fit has converged.
    pub tolerance: f64,
    /// Limit on outer iterations.
    pub max_iterations: u64,
    /// Whether columns are divided by their standard deviation before they are penalised.
    pub standardize: bool,
    /// Whether there is an intercept; it is never penalised.
    pub fit_intercept: bool,
    /// Weights of whole classes.
    pub class_weight: ClassWeight,
    /// Index of the positive class when there are two.
    pub positive: usize,
    /// How the loss meets more than two classes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub multiclass: Multiclass,
    /// Factors on the penalty and bounds on coefficients, by column.
    #[serde(default, skip_serializing_if = "ColumnRules::is_empty")]
    pub columns: ColumnRules,
    /// What the loss is taken over: the rows, or mixtures of them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub vicinal: Vicinal,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A fitted model with its certificate.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The model, in the user's units.
    pub model: LinearModel,
    /// How near the optimum it is.
    pub certificate: FitCertificate,
    /// Coefficients per standard deviation of the column: one row per score.
    pub standardized: Vec<Vec<f64>>,
    /// Columns that separate a class from the rest by themselves.
    pub separation: Vec<Separation>,
    /// Columns without variation, whose coefficient is 0.
    pub constant: Vec<String>,
    /// Columns that are exact combinations of earlier ones, whose coefficient is set to 0; looked
    /// for only where nothing is penalised.
    pub aliased: Vec<String>,
}

impl Fit {
    /// The certificate as it is kept beside the model.
    pub fn certificates(&self) -> Vec<Certificate> {
        vec![Certificate::Fit(self.certificate.clone())]
    }
}

impl Plan {
    /// A plan with the default settings: tolerance 1e-9, at most 1,000 iterations, standardised
    /// columns, an intercept, the second class positive.
    pub fn new(loss: Loss, penalty: Penalty) -> Self {
        Self {
            loss,
            penalty,
            solver: Solver::Auto,
            tolerance: 1e-9,
            max_iterations: 1_000,
            standardize: true,
            fit_intercept: true,
            class_weight: ClassWeight::None,
            positive: 1,
            multiclass: Multiclass::Auto,
            columns: ColumnRules::default(),
            vicinal: Vicinal::None,
        }
    }

    /// The same plan with another penalty strength.
    #[must_use]
    pub fn with_lambda(&self, lambda: f64) -> Self {
        Self { penalty: self.penalty.with_lambda(lambda), ..self.clone() }
    }

    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        self.penalty.check()?;
        self.loss.check()?;
        self.columns.check()?;
        self.vicinal.check()?;
        if !(self.tolerance.is_finite() && self.tolerance > 0.0) {
            return Err(Error::Setting {
                name: "tolerance",
                value: self.tolerance.to_string(),
                expected: "a number above 0",
            });
        }
        check_class_weight(&self.class_weight)?;
        if let (ClassWeight::Given { weights }, true) = (&self.class_weight, self.is_multilabel())
            && let Some((label, weight)) = weights.iter().find(|w| w.1 == 0.0)
        {
            return Err(Error::Setting {
                name: "class-weight",
                value: format!("{label}={weight}"),
                expected: "weights above 0 for labels (leave a label out to do without it)",
            });
        }
        Ok(())
    }

    /// Fits the plan to all rows.
    ///
    /// # Errors
    /// When a setting is out of range, there are no rows or one class, the classes are separated
    /// and nothing is penalised, or numbers overflow.
    pub fn fit(&self, data: &Dataset) -> Result<Fit> {
        self.fit_until(data, &StopFlag::default())
    }

    /// As [`Plan::fit`], unless the flag is raised: then the solver gives up within a pass.
    ///
    /// # Errors
    /// As for [`Plan::fit`]; [`Error::Stopped`] once the flag is raised.
    pub fn fit_until(&self, data: &Dataset, stop: &StopFlag) -> Result<Fit> {
        let rows = self.row_weights(data, data.weights.as_deref())?;
        let mut path = self.path_until(data, &rows, &[self.penalty.lambda()], stop)?;
        path.pop().ok_or(Error::NoRows)
    }

    /// Fits the plan to all rows, starting at the coefficients of a model of the same columns and
    /// classes: what [`Plan::fit`] gives, to the tolerance, in fewer iterations where the model is
    /// near. Columns are standardised on these rows, whatever the model was trained on.
    ///
    /// ```
    /// use linecall_data::{Dataset, Design, Labels};
    /// use linecall_linear::{Loss, Penalty, Plan};
    ///
    /// let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![3.0]], &["dose"])?;
    /// let data = Dataset::new(x, Labels::from_names(["no", "yes", "no", "yes"]))?;
    /// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
    /// let fit = plan.fit(&data)?;
    /// assert_eq!(plan.fit_from(&data, &fit.model)?.certificate.iterations, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Plan::fit`]; when the model has other columns or classes than the data.
    pub fn fit_from(&self, data: &Dataset, start: &LinearModel) -> Result<Fit> {
        crate::certify::check_shape(start, &data.design, &data.labels)?;
        let rows = self.row_weights(data, data.weights.as_deref())?;
        let setup = Setup::new(self, data, &rows)?;
        let start = setup.start_at(start, self.penalty.check()?);
        let path = self.solve_path(&setup, start, &[self.penalty.lambda()], true, &|| ())?;
        let mut fits = self.fits(&setup, data, &path)?;
        fits.pop().ok_or(Error::NoRows)
    }

    /// Row weights times class weights, scaled to sum to one.
    ///
    /// # Errors
    /// When a weight is negative or not finite, nothing weighs anything, or one class remains; when
    /// rows carry sets of labels and the plan is not for them, or the other way round.
    pub fn row_weights(&self, data: &Dataset, weights: Option<&[f64]>) -> Result<Vec<f64>> {
        self.check()?;
        self.check_labels(&data.labels)?;
        let (row, sum) = self.weights(data, weights)?;
        Ok(row.into_iter().map(|s| s / sum).collect())
    }

    /// The sum of row weights times class weights: `S` in `lambda = 1 / (C S)`.
    ///
    /// # Errors
    /// As for [`Plan::row_weights`].
    pub fn weight_sum(&self, data: &Dataset) -> Result<f64> {
        Ok(self.weights(data, data.weights.as_deref())?.1)
    }

    /// Row weights with their sum; times class weights, unless those differ by label.
    fn weights(&self, data: &Dataset, weights: Option<&[f64]>) -> Result<(Vec<f64>, f64)> {
        if data.labels.is_multilabel() {
            let row = weights::of_sets(&data.labels, weights)?;
            let sum = row.iter().sum();
            return Ok((row, sum));
        }
        let weights = Weights::of(&data.labels, weights, &self.class_weight)?;
        let sum = weights.total();
        Ok((weights.row, sum))
    }

    /// Refuses mixtures of rows, for what is only true of the rows themselves.
    pub(crate) fn needs_rows(&self) -> Result<()> {
        match self.vicinal.is_none() {
            true => Ok(()),
            false => Err(Error::Setting {
                name: "vicinal",
                value: self.vicinal.to_string(),
                expected: "none for this question, which is about a loss over the rows themselves",
            }),
        }
    }

    /// Whether rows carry sets of labels.
    pub(crate) fn is_multilabel(&self) -> bool {
        self.multiclass == Multiclass::MultiLabel
    }

    /// Refuses labels of another kind than the plan is for.
    fn check_labels(&self, labels: &Labels) -> Result<()> {
        let refuse = |value: &str, expected| {
            Err(Error::Setting { name: "multiclass", value: value.to_owned(), expected })
        };
        match (self.is_multilabel(), labels.is_multilabel()) {
            (false, true) => refuse("for one class a row", "multi-label, as rows carry sets"),
            (true, false) => refuse("multi-label", "rows that carry sets of labels"),
            (true, true) if self.loss == Loss::Relu => Err(self.loss.needs_one_class()),
            _ => Ok(()),
        }
    }

    /// Factors on the weights of rows without and with each label, where class weights differ by
    /// label; `row` are row weights.
    pub(crate) fn sides(&self, labels: &Labels, row: &[f64]) -> Option<Sides> {
        let sets = labels.is_multilabel();
        sets.then(|| weights::label_sides(&self.class_weight, labels, row)).flatten()
    }

    /// Number of nonzero coefficients at each strength of a path.
    ///
    /// # Errors
    /// As for [`Plan::fit`].
    pub fn nonzero_path(
        &self,
        data: &Dataset,
        weight: &[f64],
        lambdas: &[f64],
    ) -> Result<Vec<u64>> {
        let path = self.coefficients_path(data, weight, lambdas, &|| ())?;
        let count = |c: &Coefficients| c.coef.iter().flatten().filter(|w| **w != 0.0).count();
        Ok(path.iter().map(|c| count(c) as u64).collect())
    }

    /// -1 where two classes are coded the other way round than the user's positive class.
    pub(crate) fn sign(&self, classes: usize) -> f64 {
        if classes == 2 && self.positive == 0 && !self.is_multilabel() { -1.0 } else { 1.0 }
    }

    /// How the scores of a fit become probabilities.
    pub(crate) fn link(&self, classes: usize) -> Link {
        if self.is_multilabel() {
            return match (&self.loss, self.loss.shape()) {
                (Loss::Logistic, _) => Link::Logistic,
                (_, Some(shape)) => shape.link(),
                _ => Link::Score,
            };
        }
        let joint = classes == 2 || self.loss.is_joint(self.multiclass);
        match (&self.loss, self.loss.shape()) {
            (Loss::Logistic, _) if classes == 2 => Link::Logistic,
            (Loss::Logistic, _) if joint => Link::Softmax,
            // Each score is a log-odds of its own.
            (Loss::Logistic, _) => {
                Link::Platt { slope: vec![1.0; classes], intercept: vec![0.0; classes] }
            }
            (Loss::Relu, _) => Link::Relu,
            (_, Some(shape)) if joint => shape.link(),
            _ => Link::Score,
        }
    }

    /// Fits the plan for several penalty strengths, each starting where the last one ended.
    /// `weight` sums to one ([`Plan::row_weights`]); a row of weight zero has no say. Give the
    /// strengths from largest to smallest.
    ///
    /// # Errors
    /// As for [`Plan::fit`].
    pub fn fit_path(&self, data: &Dataset, weight: &[f64], lambdas: &[f64]) -> Result<Vec<Fit>> {
        self.path_until(data, weight, lambdas, &StopFlag::default())
    }

    fn path_until(
        &self,
        data: &Dataset,
        weight: &[f64],
        lambdas: &[f64],
        stop: &StopFlag,
    ) -> Result<Vec<Fit>> {
        stop.check()?;
        let mut setup = Setup::new(self, data, weight)?;
        setup.problem.stop = stop.clone();
        let path = self.solve_path(&setup, setup.problem.start(), lambdas, true, &|| ())?;
        self.fits(&setup, data, &path)
    }

    /// Solved problems as fits.
    fn fits(&self, setup: &Setup, data: &Dataset, path: &[Part]) -> Result<Vec<Fit>> {
        let separation = if data.design.cols() <= 20_000 && !self.is_multilabel() {
            let labels = &data.labels;
            let weight = &setup.problem.weight;
            separation::by_column(&setup.view, labels.codes(), labels.classes(), weight)
        } else {
            Vec::new()
        };
        path.iter().map(|part| setup.assemble(self, data, part, separation.clone())).collect()
    }

    /// Coefficients along a path, without certificates. `tick` is called after each strength.
    pub(crate) fn coefficients_path(
        &self,
        data: &Dataset,
        weight: &[f64],
        lambdas: &[f64],
        tick: &(dyn Fn() + Sync),
    ) -> Result<Vec<Coefficients>> {
        let setup = Setup::new(self, data, weight)?;
        let path = self.solve_path(&setup, setup.problem.start(), lambdas, false, tick)?;
        let classes = data.labels.classes().len();
        Ok(path.iter().map(|part| setup.coefficients(self, classes, part)).collect())
    }

    /// The largest slope of the loss by a standardised coefficient when all are zero.
    pub(crate) fn largest_slope(&self, data: &Dataset, weight: &[f64]) -> Result<f64> {
        let setup = Setup::new(self, data, weight)?;
        let problem = &setup.problem;
        let pass = problem.pass(&problem.start());
        Ok(setup.shape.largest_slope(&pass.gradient[..problem.columns_end()], problem.width()))
    }

    /// Weighted mean loss of rows at the scores of a model of this plan; of sets, the mean over
    /// labels. `sides` are those of the rows trained on.
    pub(crate) fn loss_at(
        &self,
        scores: &[f64],
        labels: &Labels,
        s: &[f64],
        sides: Option<Sides>,
    ) -> Result<f64> {
        let rows = self.loss.rows(labels, self.multiclass, sides)?;
        let sign = self.sign(labels.classes().len());
        let scores: Vec<f64> = scores.iter().map(|f| sign * f).collect();
        let (mut slope, mut state) = (scores.clone(), scores.clone());
        let sum = rows.tile(0, &scores, s, &mut slope, &mut state);
        let over = if self.is_multilabel() { rows.width().max(1) as f64 } else { 1.0 };
        Ok(sum / over / s.iter().sum::<f64>().max(f64::MIN_POSITIVE))
    }

    /// Solves along a path from a starting point, each strength from where the last one ended.
    pub(crate) fn solve_path(
        &self,
        setup: &Setup,
        start: Vec<f64>,
        lambdas: &[f64],
        certify: bool,
        tick: &(dyn Fn() + Sync),
    ) -> Result<Vec<Part>> {
        shared::alone(self.shared_path(setup, start, lambdas, certify, tick))
    }

    /// As [`Plan::solve_path`], for a problem that may share its passes with others.
    pub(crate) async fn shared_path(
        &self,
        setup: &Setup<'_>,
        mut start: Vec<f64>,
        lambdas: &[f64],
        certify: bool,
        tick: &(dyn Fn() + Sync),
    ) -> Result<Vec<Part>> {
        let problem = &setup.problem;
        let mut memory = Memory::default();
        let mut parts = Vec::with_capacity(lambdas.len());
        for &lambda in lambdas {
            let penalty = self.penalty.with_lambda(lambda).check()?;
            let terms = setup.shape.terms(penalty);
            let solver = self.solver.resolve(&self.loss, problem, &terms)?;
            let stop = Stop { tolerance: self.tolerance, max_iterations: self.max_iterations };
            let before = problem.passes();
            let ended =
                solve(solver, &self.loss, problem, &terms, start, stop, &mut memory).await?;
            let proof = match certify {
                true => Proof::of(problem, &terms, &ended, &mut memory.norms),
                false => Proof::default(),
            };
            let (w, b) = problem.to_raw(&ended.theta);
            tick();
            parts.push(Part {
                w,
                b,
                penalty,
                solver,
                objective: problem.objective(&ended.theta, ended.pass.loss, &terms),
                loss: ended.pass.loss,
                gap: proof.gap,
                proved_zero: proof.proved_zero,
                passes: problem.passes() - before,
                iterations: ended.iterations,
                residual: ended.residual,
                reason: ended.reason,
            });
            start = ended.theta;
        }
        Ok(parts)
    }
}
