//! Settings checked once, and the fit that they describe.

use linecall_data::{Certificate, Dataset, Design, FitCertificate, Labels};
use serde::{Deserialize, Serialize};

use crate::loss::{Loss, Multiclass};
use crate::model::{LinearModel, Link};
use crate::penalty::{ColumnRules, Penalty};
use crate::problem::Problem;
use crate::scale::Scaling;
use crate::separation::{self, Separation};
use crate::solve::{Memory, Solution, Solver, Stop, dual_descent, solve};
use crate::terms::Shape;
use crate::view::View;
use crate::{Error, Result, aliased, dual};

/// Weights of whole classes, multiplied into the row weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClassWeight {
    /// All classes weigh 1.
    #[default]
    None,
    /// Each class weighs `S / (K S_k)`, so that classes weigh the same in sum.
    Balanced,
    /// A weight per class name; classes not named weigh 1.
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
        if !(self.tolerance.is_finite() && self.tolerance > 0.0) {
            return Err(Error::Setting {
                name: "tolerance",
                value: self.tolerance.to_string(),
                expected: "a number above 0",
            });
        }
        if let ClassWeight::Given { weights } = &self.class_weight
            && let Some((class, weight)) = weights.iter().find(|w| !(w.1.is_finite() && w.1 >= 0.0))
        {
            return Err(Error::Setting {
                name: "class-weight",
                value: format!("{class}={weight}"),
                expected: "finite weights, 0 or above",
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
        let rows = self.row_weights(data, data.weights.as_deref())?;
        let mut path = self.fit_path(data, &rows, &[self.penalty.lambda()])?;
        path.pop().ok_or(Error::NoRows)
    }

    /// Row weights times class weights, scaled to sum to one.
    ///
    /// # Errors
    /// When a weight is negative or not finite, nothing weighs anything, or one class remains.
    pub fn row_weights(&self, data: &Dataset, weights: Option<&[f64]>) -> Result<Vec<f64>> {
        self.check()?;
        let labels = &data.labels;
        let mut s = match weights {
            Some(w) if w.len() != labels.len() => {
                return Err(Error::Shape {
                    what: "row weights",
                    found: w.len(),
                    expected: labels.len(),
                });
            }
            Some(w) => w.to_vec(),
            None => vec![1.0; labels.len()],
        };
        if let Some(bad) = s.iter().find(|s| !(s.is_finite() && **s >= 0.0)) {
            return Err(Error::Setting {
                name: "weight",
                value: bad.to_string(),
                expected: "finite weights, 0 or above",
            });
        }
        let factors = self.class_factors(labels, &s);
        s.iter_mut().zip(labels.codes()).for_each(|(s, &c)| *s *= factors[c as usize]);
        let total = class_sums(labels, &s);
        let sum: f64 = total.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(Error::NoRows);
        }
        if let [only] = present(&total).as_slice() {
            return Err(Error::OneClass { class: labels.classes()[*only].clone() });
        }
        s.iter_mut().for_each(|s| *s /= sum);
        Ok(s)
    }

    /// The sum of row weights times class weights: `S` in `lambda = 1 / (C S)`.
    ///
    /// # Errors
    /// As for [`Plan::row_weights`].
    pub fn weight_sum(&self, data: &Dataset) -> Result<f64> {
        self.row_weights(data, data.weights.as_deref())?;
        let s = data.weights.clone().unwrap_or_else(|| vec![1.0; data.rows()]);
        let factors = self.class_factors(&data.labels, &s);
        Ok(s.iter().zip(data.labels.codes()).map(|(s, &c)| s * factors[c as usize]).sum())
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
    fn sign(&self, classes: usize) -> f64 {
        if classes == 2 && self.positive == 0 { -1.0 } else { 1.0 }
    }

    /// How the scores of a fit become probabilities.
    fn link(&self, classes: usize) -> Link {
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

    fn class_factors(&self, labels: &Labels, s: &[f64]) -> Vec<f64> {
        let classes = labels.classes();
        match &self.class_weight {
            ClassWeight::None => vec![1.0; classes.len()],
            ClassWeight::Balanced => {
                let sums = class_sums(labels, s);
                let (all, k) = (sums.iter().sum::<f64>(), present(&sums).len() as f64);
                sums.iter().map(|own| if *own > 0.0 { all / (k * own) } else { 1.0 }).collect()
            }
            ClassWeight::Given { weights } => classes
                .iter()
                .map(|c| weights.iter().find(|w| &w.0 == c).map_or(1.0, |w| w.1))
                .collect(),
        }
    }

    /// Fits the plan for several penalty strengths, each starting where the last one ended.
    /// `weight` sums to one ([`Plan::row_weights`]); a row of weight zero has no say. Give the
    /// strengths from largest to smallest.
    ///
    /// # Errors
    /// As for [`Plan::fit`].
    pub fn fit_path(&self, data: &Dataset, weight: &[f64], lambdas: &[f64]) -> Result<Vec<Fit>> {
        let setup = Setup::new(self, data, weight)?;
        let path = self.solve_path(&setup, lambdas, true, &|| ())?;
        let separation = if data.design.cols() <= 20_000 {
            let labels = &data.labels;
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
        let path = self.solve_path(&setup, lambdas, false, tick)?;
        Ok(path.iter().map(|part| setup.coefficients(self, data, part)).collect())
    }

    /// The largest slope of the loss by a standardised coefficient when all are zero.
    pub(crate) fn largest_slope(&self, data: &Dataset, weight: &[f64]) -> Result<f64> {
        let setup = Setup::new(self, data, weight)?;
        let problem = &setup.problem;
        let pass = problem.pass(&problem.start());
        Ok(setup.shape.largest_slope(&pass.gradient[..problem.columns_end()], problem.width()))
    }

    /// Weighted mean loss of rows at the scores of a model of this plan.
    pub(crate) fn loss_at(&self, scores: &[f64], labels: &Labels, s: &[f64]) -> Result<f64> {
        let rows = self.loss.rows(labels, self.multiclass)?;
        let sign = self.sign(labels.classes().len());
        let scores: Vec<f64> = scores.iter().map(|f| sign * f).collect();
        let (mut slope, mut state) = (scores.clone(), scores.clone());
        let sum = rows.tile(0, &scores, s, &mut slope, &mut state);
        Ok(sum / s.iter().sum::<f64>().max(f64::MIN_POSITIVE))
    }

    /// Solves along a path, each strength from where the last one ended.
    fn solve_path(
        &self,
        setup: &Setup,
        lambdas: &[f64],
        certify: bool,
        tick: &(dyn Fn() + Sync),
    ) -> Result<Vec<Part>> {
        let problem = &setup.problem;
        let mut start = problem.start();
        let mut memory = Memory::default();
        let mut parts = Vec::with_capacity(lambdas.len());
        for &lambda in lambdas {
            let penalty = self.penalty.with_lambda(lambda).check()?;
            let terms = setup.shape.terms(penalty);
            let solver = self.solver.resolve(&self.loss, problem, &terms)?;
            let stop = Stop { tolerance: self.tolerance, max_iterations: self.max_iterations };
            let before = problem.passes();
            let ended = solve(solver, &self.loss, problem, &terms, start, stop, &mut memory)?;
            let gap = if certify { dual::gap(problem, &terms, &ended) } else { None };
            let (w, b) = problem.to_raw(&ended.theta);
            tick();
            parts.push(Part {
                w,
                b,
                penalty,
                solver,
                objective: problem.objective(&ended.theta, ended.pass.loss, &terms),
                gap,
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

/// One solved problem of a fit.
struct Part {
    w: Vec<f64>,
    b: Vec<f64>,
    penalty: Penalty,
    solver: Solver,
    objective: f64,
    gap: Option<f64>,
    passes: u64,
    iterations: u64,
    residual: f64,
    reason: linecall_data::StopReason,
}

/// The problem of a fit, and what was left out of it.
struct Setup<'a> {
    view: View<'a>,
    problem: Problem<'a>,
    shape: Shape,
    constant: Vec<String>,
    aliased: Vec<String>,
}

impl<'a> Setup<'a> {
    fn new(plan: &Plan, data: &'a Dataset, weight: &[f64]) -> Result<Self> {
        let view = View::by_popularity(&data.design);
        // Sparse storage is never centred, even where it holds every entry: its curvature matrix
        // is built from stored entries alone. Nor is what a dual solver walks row by row.
        let in_the_dual = plan.solver == Solver::DualDescent || !plan.loss.is_smooth();
        let center = view.is_dense() && plan.fit_intercept && !in_the_dual;
        let mut scaling = Scaling::of(&view, weight, plan.standardize, center);
        if !plan.fit_intercept && !plan.standardize {
            // A column of one value does what the intercept would, and is penalised like any other.
            scaling.level.iter().for_each(|&j| scaling.scale[j] = 1.0);
        }
        let constant: Vec<usize> = (0..view.cols()).filter(|&j| scaling.scale[j] == 0.0).collect();
        let classes = data.labels.classes().len();
        if classes > 2 && !plan.columns.bounds.is_empty() {
            return Err(Error::Setting {
                name: "bounds",
                value: format!("given for {classes} classes"),
                expected: "two classes (the scores of more are only told apart by differences)",
            });
        }
        let sign = plan.sign(classes);
        let shape = Shape::new(plan.penalty, &plan.columns, &view, &scaling, sign)?;
        let unpenalised = plan.penalty.lambda() == 0.0 && plan.columns.bounds.is_empty();
        let aliased = if unpenalised && plan.loss.is_convex() {
            aliased::columns(&view, weight, &scaling, plan.fit_intercept)
        } else {
            Vec::new()
        };
        aliased.iter().for_each(|&j| scaling.scale[j] = 0.0);
        let loss = plan.loss.rows(&data.labels, plan.multiclass)?;
        let names = |columns: Vec<usize>| columns.into_iter().map(|j| view.name(j)).collect();
        Ok(Self {
            constant: names(constant),
            aliased: names(aliased),
            problem: Problem::new(view.clone(), loss, weight.to_vec(), scaling, plan.fit_intercept),
            shape,
            view,
        })
    }

    /// The coefficients of one penalty strength, turned towards the positive class.
    fn coefficients(&self, plan: &Plan, data: &Dataset, part: &Part) -> Coefficients {
        let (d, k) = (self.problem.cols(), self.problem.width());
        let sign = plan.sign(data.labels.classes().len());
        let mut out = Coefficients::default();
        for c in 0..k {
            let row: Vec<f64> = (0..d).map(|j| sign * part.w[j * k + c]).collect();
            let deviation = &self.problem.scaling.deviation;
            let standard = row.iter().zip(deviation).map(|(w, s)| w * s).collect();
            out.standardized.push(self.view.to_design(standard));
            out.coef.push(self.view.to_design(row));
            out.intercept.push(sign * part.b[c]);
        }
        out
    }

    fn assemble(
        &self,
        plan: &Plan,
        data: &Dataset,
        part: &Part,
        separation: Vec<Separation>,
    ) -> Result<Fit> {
        let coefficients = self.coefficients(plan, data, part);
        Ok(Fit {
            model: coefficients.model(plan, data)?,
            certificate: certificate(plan, part),
            standardized: coefficients.standardized,
            separation,
            constant: self.constant.clone(),
            aliased: self.aliased.clone(),
        })
    }
}

/// Coefficients of one fit, one row per score.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coefficients {
    pub(crate) coef: Vec<Vec<f64>>,
    pub(crate) intercept: Vec<f64>,
    /// Per standard deviation of the column.
    pub(crate) standardized: Vec<Vec<f64>>,
}

impl Coefficients {
    pub(crate) fn model(&self, plan: &Plan, data: &Dataset) -> Result<LinearModel> {
        let classes = data.labels.classes().to_vec();
        let link = plan.link(classes.len());
        LinearModel::new(self.coef.clone(), self.intercept.clone(), classes, plan.positive, link)
    }
}

fn certificate(plan: &Plan, part: &Part) -> FitCertificate {
    FitCertificate {
        loss: plan.loss.name().to_owned(),
        penalty: part.penalty.name().to_owned(),
        lambda: part.penalty.lambda(),
        solver: part.solver.name().to_owned(),
        objective: part.objective,
        duality_gap: part.gap,
        residual: part.residual,
        tolerance: plan.tolerance,
        iterations: part.iterations,
        passes: part.passes,
        stop: part.reason,
        convex: plan.loss.is_convex(),
    }
}

fn class_sums(labels: &Labels, s: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; labels.classes().len()];
    for (&code, s) in labels.codes().iter().zip(s) {
        sums[code as usize] += s;
    }
    sums
}

fn present(sums: &[f64]) -> Vec<usize> {
    (0..sums.len()).filter(|&k| sums[k] > 0.0).collect()
}

/// Objective, residual and gap of given coefficients on given rows, without refitting.
///
/// Checks a certificate: the numbers are those that `plan` would report at this model.
///
/// # Errors
/// When the model does not fit the data or the plan.
pub fn certify(plan: &Plan, model: &LinearModel, data: &Dataset) -> Result<FitCertificate> {
    let weight = plan.row_weights(data, data.weights.as_deref())?;
    let setup = Setup::new(plan, data, &weight)?;
    check_shape(model, &data.design, data.labels.classes())?;
    let sign = if model.positive() == Some(0) { -1.0 } else { 1.0 };
    let problem = &setup.problem;
    let (k, d) = (problem.width(), problem.cols());
    let mut theta = vec![0.0; problem.len()];
    for c in 0..k {
        let w = setup.view.at_positions(&model.coef()[c]);
        theta[d * k + c] = sign * model.intercept()[c];
        for j in 0..d {
            let scale = problem.scaling.scale[j];
            theta[j * k + c] = if scale == 0.0 { 0.0 } else { sign * w[j] / scale };
            theta[d * k + c] += sign * w[j] * problem.scaling.center[j];
        }
    }
    let penalty = plan.penalty.check()?;
    let terms = setup.shape.terms(penalty);
    let mut pass = problem.pass(&theta);
    if !plan.loss.is_smooth() {
        pass.slope = dual_descent::certifying_slopes(&plan.loss, problem, &terms, &theta)?;
        pass.gradient = problem.rows_times(&pass.slope);
    }
    let residual = problem.residual(&theta, &pass.gradient, &terms);
    let objective = problem.objective(&theta, pass.loss, &terms);
    let reason = if residual <= plan.tolerance {
        linecall_data::StopReason::Converged
    } else {
        linecall_data::StopReason::Precision
    };
    let solution = Solution { theta, pass, iterations: 0, residual, reason };
    let part = Part {
        w: Vec::new(),
        b: Vec::new(),
        penalty,
        solver: Solver::Auto,
        objective,
        gap: dual::gap(problem, &terms, &solution),
        passes: problem.passes(),
        iterations: 0,
        residual,
        reason,
    };
    Ok(certificate(plan, &part))
}

fn check_shape(model: &LinearModel, design: &Design, classes: &[String]) -> Result<()> {
    if model.n_features() != design.cols() {
        return Err(Error::Shape {
            what: "columns of the design",
            found: design.cols(),
            expected: model.n_features(),
        });
    }
    if model.classes() != classes {
        return Err(Error::Shape {
            what: "classes of the data",
            found: classes.len(),
            expected: model.classes().len(),
        });
    }
    Ok(())
}
