//! Settings checked once, and the fit that they describe.

use linecall_data::{Certificate, Dataset, Design, FitCertificate, Labels};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::loss::{Logistic, Loss, Multinomial, RowLoss, SquaredHinge};
use crate::model::{LinearModel, Link};
use crate::penalty::Penalty;
use crate::problem::Problem;
use crate::rows::is_dense;
use crate::scale::Scaling;
use crate::separation::{self, Separation};
use crate::solve::{Solution, Solver, Stop, solve};
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
        let paths: Vec<Vec<Part>> = setup
            .problems
            .par_iter()
            .map(|problem| self.solve_path(problem, lambdas, true, &|| ()))
            .collect::<Result<_>>()?;
        let separation = if data.design.cols() <= 20_000 {
            let labels = &data.labels;
            separation::by_column(&data.design, labels.codes(), labels.classes(), weight)
        } else {
            Vec::new()
        };
        (0..lambdas.len())
            .map(|at| {
                let parts: Vec<&Part> = paths.iter().filter_map(|path| path.get(at)).collect();
                setup.assemble(self, data, &parts, separation.clone())
            })
            .collect()
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
        let paths: Vec<Vec<Part>> = setup
            .problems
            .par_iter()
            .enumerate()
            .map(|(p, problem)| {
                // With one problem per class, the first keeps time for all.
                let silent = || ();
                self.solve_path(problem, lambdas, false, if p == 0 { tick } else { &silent })
            })
            .collect::<Result<_>>()?;
        let at = |l: usize| paths.iter().filter_map(|path| path.get(l)).collect::<Vec<_>>();
        Ok((0..lambdas.len()).map(|l| setup.coefficients(self, data, &at(l))).collect())
    }

    /// The largest slope of the loss by a standardised coefficient when all are zero.
    pub(crate) fn largest_slope(&self, data: &Dataset, weight: &[f64]) -> Result<f64> {
        let setup = Setup::new(self, data, weight)?;
        Ok(setup.problems.iter().fold(0.0, |top, problem| {
            let end = problem.cols() * problem.width();
            let pass = problem.pass(&problem.start());
            pass.gradient[..end].iter().fold(top, |m, g| m.max(g.abs()))
        }))
    }

    /// The loss of one row of a class, from its scores.
    pub(crate) fn row_loss(&self, model: &LinearModel, scores: &[f64], class: usize) -> f64 {
        let margins = |f: &dyn Fn(f64) -> f64| -> f64 {
            let own = |k: usize| model.positive().unwrap_or(k) == class;
            scores.iter().enumerate().map(|(k, &s)| f(if own(k) { s } else { -s })).sum()
        };
        match self.loss {
            Loss::Logistic if scores.len() == 1 => margins(&|m| linecall_kernels::log1p_exp(-m)),
            Loss::Logistic => {
                let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = scores.iter().map(|s| linecall_kernels::exp(s - top)).sum();
                top + sum.ln() - scores[class]
            }
            Loss::SquaredHinge => margins(&|m| (1.0 - m).max(0.0) * (1.0 - m).max(0.0)),
        }
    }

    /// Solves one problem along a path, each strength from where the last one ended.
    fn solve_path(
        &self,
        problem: &Problem,
        lambdas: &[f64],
        certify: bool,
        tick: &(dyn Fn() + Sync),
    ) -> Result<Vec<Part>> {
        let mut start = problem.start();
        let mut parts = Vec::with_capacity(lambdas.len());
        for &lambda in lambdas {
            let penalty = self.penalty.with_lambda(lambda).check()?;
            let solver = self.solver.resolve(problem, penalty).ok_or_else(|| Error::Setting {
                name: "solver",
                value: self.solver.name().to_owned(),
                expected: "a solver for this penalty (newton, trust_region for none and l2; proximal_newton for l1)",
            })?;
            let stop = Stop { tolerance: self.tolerance, max_iterations: self.max_iterations };
            let before = problem.passes();
            let solution = solve(solver, problem, penalty, start, stop)?;
            let gap = if certify { dual::gap(problem, penalty, &solution) } else { None };
            let (w, b) = problem.to_raw(&solution.theta);
            tick();
            start = solution.theta.clone();
            parts.push(Part {
                w,
                b,
                penalty,
                solver,
                objective: problem.objective(&solution.theta, &solution.pass, penalty),
                gap,
                passes: problem.passes() - before,
                solution: solution.without_pass(),
            });
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
    solution: End,
}

/// What remains of a solution once its pass is dropped.
struct End {
    iterations: u64,
    residual: f64,
    reason: linecall_data::StopReason,
}

impl Solution {
    fn without_pass(self) -> End {
        End { iterations: self.iterations, residual: self.residual, reason: self.reason }
    }
}

/// The problems of a fit: one, or one per class when a margin loss meets several classes.
struct Setup<'a> {
    problems: Vec<Problem<'a>>,
    constant: Vec<String>,
    aliased: Vec<String>,
}

impl<'a> Setup<'a> {
    fn new(plan: &Plan, data: &'a Dataset, weight: &[f64]) -> Result<Self> {
        let design = &data.design;
        // Sparse storage is never centred, even where it holds every entry: its curvature matrix
        // is built from stored entries alone.
        let center = is_dense(design) && plan.fit_intercept;
        let mut scaling = Scaling::of(design, weight, plan.standardize, center);
        let name = |j: &usize| design.columns().get(*j).map_or(String::new(), |c| c.name());
        let constant = (0..design.cols()).filter(|&j| scaling.scale[j] == 0.0).collect::<Vec<_>>();
        let aliased = if plan.penalty.lambda() == 0.0 {
            aliased::columns(design, weight, &scaling, plan.fit_intercept)
        } else {
            Vec::new()
        };
        aliased.iter().for_each(|&j| scaling.scale[j] = 0.0);
        let problems = losses(plan, &data.labels)
            .into_iter()
            .map(|loss| {
                Problem::new(design, loss, weight.to_vec(), scaling.clone(), plan.fit_intercept)
            })
            .collect();
        Ok(Self {
            problems,
            constant: constant.iter().map(name).collect(),
            aliased: aliased.iter().map(name).collect(),
        })
    }

    /// Joins the parts of one penalty strength, turned towards the positive class.
    fn coefficients(&self, plan: &Plan, data: &Dataset, parts: &[&Part]) -> Coefficients {
        let d = data.design.cols();
        let sign = if data.labels.classes().len() == 2 && plan.positive == 0 { -1.0 } else { 1.0 };
        let mut out = Coefficients::default();
        for (part, problem) in parts.iter().zip(&self.problems) {
            let k = problem.width();
            for c in 0..k {
                let row: Vec<f64> = (0..d).map(|j| sign * part.w[j * k + c]).collect();
                let deviation = &problem.scaling.deviation;
                out.standardized.push(row.iter().zip(deviation).map(|(w, s)| w * s).collect());
                out.coef.push(row);
                out.intercept.push(sign * part.b[c]);
            }
        }
        out
    }

    fn assemble(
        &self,
        plan: &Plan,
        data: &Dataset,
        parts: &[&Part],
        separation: Vec<Separation>,
    ) -> Result<Fit> {
        let coefficients = self.coefficients(plan, data, parts);
        Ok(Fit {
            model: coefficients.model(plan, data)?,
            certificate: certificate(plan, parts),
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
        let link = match plan.loss {
            Loss::Logistic if classes.len() > 2 => Link::Softmax,
            Loss::Logistic => Link::Logistic,
            Loss::SquaredHinge => Link::Score,
        };
        LinearModel::new(self.coef.clone(), self.intercept.clone(), classes, plan.positive, link)
    }
}

/// One certificate for all parts: objectives add up, the worst residual stands.
fn certificate(plan: &Plan, parts: &[&Part]) -> FitCertificate {
    use linecall_data::StopReason;
    let worst = |a: StopReason, b: StopReason| match (a, b) {
        (StopReason::IterationLimit, _) | (_, StopReason::IterationLimit) => {
            StopReason::IterationLimit
        }
        (StopReason::Precision, _) | (_, StopReason::Precision) => StopReason::Precision,
        _ => StopReason::Converged,
    };
    let first = parts.first();
    FitCertificate {
        loss: plan.loss.name().to_owned(),
        penalty: first.map_or("none", |p| p.penalty.name()).to_owned(),
        lambda: first.map_or(0.0, |p| p.penalty.lambda()),
        solver: first.map_or("auto", |p| p.solver.name()).to_owned(),
        objective: parts.iter().map(|p| p.objective).sum(),
        duality_gap: parts.iter().map(|p| p.gap).sum::<Option<f64>>(),
        residual: parts.iter().fold(0.0, |m, p| m.max(p.solution.residual)),
        tolerance: plan.tolerance,
        iterations: parts.iter().map(|p| p.solution.iterations).sum(),
        passes: parts.iter().map(|p| p.passes).sum(),
        stop: parts.iter().fold(StopReason::Converged, |m, p| worst(m, p.solution.reason)),
        convex: true,
    }
}

/// The loss of each problem that a plan and its labels ask for.
fn losses(plan: &Plan, labels: &Labels) -> Vec<Box<dyn RowLoss>> {
    let classes = labels.classes().len();
    let against_rest = |c: u32| -> Vec<f64> {
        labels.codes().iter().map(|&code| if code == c { 1.0 } else { -1.0 }).collect()
    };
    match (plan.loss, classes) {
        (Loss::Logistic, 2) => vec![Box::new(Logistic::new(against_rest(1)))],
        (Loss::Logistic, _) => {
            vec![Box::new(Multinomial::new(labels.codes().to_vec(), classes))]
        }
        (Loss::SquaredHinge, 2) => vec![Box::new(SquaredHinge::new(against_rest(1)))],
        (Loss::SquaredHinge, _) => (0..classes as u32)
            .map(|c| Box::new(SquaredHinge::new(against_rest(c))) as Box<dyn RowLoss>)
            .collect(),
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
    let mut parts = Vec::new();
    let mut row = 0;
    for problem in &setup.problems {
        let (k, d) = (problem.width(), problem.cols());
        let mut theta = vec![0.0; problem.len()];
        for c in 0..k {
            let (w, b) = (&model.coef()[row + c], model.intercept()[row + c]);
            theta[d * k + c] = sign * b;
            for j in 0..d {
                let scale = problem.scaling.scale[j];
                theta[j * k + c] = if scale == 0.0 { 0.0 } else { sign * w[j] / scale };
                theta[d * k + c] += sign * w[j] * problem.scaling.center[j];
            }
        }
        row += k;
        let penalty = plan.penalty.check()?;
        let pass = problem.pass(&theta);
        let residual = problem.residual(&theta, &pass.gradient, penalty);
        let objective = problem.objective(&theta, &pass, penalty);
        let reason = if residual <= plan.tolerance {
            linecall_data::StopReason::Converged
        } else {
            linecall_data::StopReason::Precision
        };
        let solution = Solution { theta, pass, iterations: 0, residual, reason };
        let gap = dual::gap(problem, penalty, &solution);
        parts.push(Part {
            w: Vec::new(),
            b: Vec::new(),
            penalty,
            solver: Solver::Auto,
            objective,
            gap,
            passes: problem.passes(),
            solution: solution.without_pass(),
        });
    }
    Ok(certificate(plan, &parts.iter().collect::<Vec<_>>()))
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
