//! The problem behind a plan and its data, and what becomes of a solved one.

use linecall_data::{Dataset, FitCertificate, Labels, StopReason};

use crate::model::LinearModel;
use crate::penalty::Penalty;
use crate::plan::{Fit, Plan};
use crate::problem::Problem;
use crate::scale::Scaling;
use crate::separation::Separation;
use crate::solve::Solver;
use crate::terms::Shape;
use crate::vicinal::mixed::Mixer;
use crate::view::View;
use crate::{Error, Result, aliased};

/// One solved problem of a fit.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) w: Vec<f64>,
    pub(crate) b: Vec<f64>,
    pub(crate) penalty: Penalty,
    pub(crate) solver: Solver,
    pub(crate) objective: f64,
    /// Mean loss of the rows trained on.
    pub(crate) loss: f64,
    pub(crate) gap: Option<f64>,
    pub(crate) proved_zero: Option<u64>,
    pub(crate) passes: u64,
    pub(crate) iterations: u64,
    pub(crate) residual: f64,
    pub(crate) reason: StopReason,
}

impl Default for Part {
    fn default() -> Self {
        Self {
            w: Vec::new(),
            b: Vec::new(),
            penalty: Penalty::None,
            solver: Solver::Auto,
            objective: 0.0,
            loss: 0.0,
            gap: None,
            proved_zero: None,
            passes: 0,
            iterations: 0,
            residual: 0.0,
            reason: StopReason::Precision,
        }
    }
}

/// The problem of a fit, and what was left out of it.
pub(crate) struct Setup<'a> {
    pub(crate) view: View<'a>,
    pub(crate) problem: Problem<'a>,
    pub(crate) shape: Shape,
    pub(crate) constant: Vec<String>,
    pub(crate) aliased: Vec<String>,
}

impl<'a> Setup<'a> {
    pub(crate) fn new(plan: &Plan, data: &'a Dataset, weight: &[f64]) -> Result<Self> {
        let view = View::by_popularity(&data.design);
        let center = centres(plan, view.is_dense());
        let mut scaling = Scaling::of(&view, weight, plan.standardize, center);
        keep_levels(plan, &mut scaling);
        let is_gram = view.is_gram();
        let gram = |j: usize| is_gram.get(j).copied().unwrap_or(false);
        let still = |j: &usize| scaling.scale[*j] == 0.0 && !gram(*j);
        let constant: Vec<usize> = (0..view.cols()).filter(still).collect();
        let constant = constant.into_iter().map(|j| view.name(j)).collect();
        Ok(Self { constant, ..Self::scaled(plan, &data.labels, weight, view, scaling)? })
    }

    /// The problem in given units of the columns.
    pub(crate) fn scaled(
        plan: &Plan,
        labels: &Labels,
        weight: &[f64],
        view: View<'a>,
        mut scaling: Scaling,
    ) -> Result<Self> {
        let classes = labels.classes().len();
        if classes > 2 && !plan.is_multilabel() && !plan.columns.bounds.is_empty() {
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
        let sides = plan.sides(labels, weight);
        let loss = plan.loss.rows(labels, plan.multiclass, sides)?;
        let names = |columns: Vec<usize>| columns.into_iter().map(|j| view.name(j)).collect();
        let mixer = Mixer::of(plan, classes, weight)?;
        let rows = view.clone();
        Ok(Self {
            constant: Vec::new(),
            aliased: names(aliased),
            problem: Problem::new(rows, loss, weight.to_vec(), scaling, plan.fit_intercept)
                .over(mixer),
            shape,
            view,
        })
    }

    /// Whether each column of the design has a scale: it varies, and is no combination of others that
    /// the problem left out.
    pub(crate) fn live(&self) -> Vec<bool> {
        let live = self.problem.scaling.scale.iter().map(|scale| f64::from(*scale != 0.0));
        self.view.to_design(live.collect()).into_iter().map(|live| live != 0.0).collect()
    }

    /// The parameters of a model in the units of the problem; its size must fit.
    pub(crate) fn theta(&self, model: &LinearModel) -> Vec<f64> {
        let sign = if model.positive() == Some(0) { -1.0 } else { 1.0 };
        let (k, d) = (self.problem.width(), self.problem.cols());
        let mut theta = vec![0.0; self.problem.len()];
        for c in 0..k {
            let w = self.view.at_positions(&model.coef()[c]);
            theta[d * k + c] = sign * model.intercept()[c];
            for j in 0..d {
                let scale = self.problem.scaling.scale[j];
                theta[j * k + c] = if scale == 0.0 { 0.0 } else { sign * w[j] / scale };
                theta[d * k + c] += sign * w[j] * self.problem.scaling.center[j];
            }
        }
        theta
    }

    /// Where a solver starts from a model: at the model, its columns of one value taken into the
    /// intercepts, or at no coefficients where that is nearer to the optimum.
    pub(crate) fn start_at(&self, model: &LinearModel, penalty: Penalty) -> Vec<f64> {
        let problem = &self.problem;
        let (k, d) = (problem.width(), problem.cols());
        let sign = if model.positive() == Some(0) { -1.0 } else { 1.0 };
        let mut theta = self.theta(model);
        if let (Some(row), true) =
            (problem.weight.iter().position(|s| *s > 0.0), problem.fit_intercept)
        {
            for c in 0..k {
                let w = self.view.at_positions(&model.coef()[c]);
                problem.rows().entries(row, &mut |j, x| {
                    if problem.scaling.scale[j] == 0.0 {
                        theta[d * k + c] += sign * w[j] * (x - problem.scaling.center[j]);
                    }
                });
            }
        }
        let terms = self.shape.terms(penalty);
        let nothing = problem.start();
        let objective = |theta: &[f64]| problem.objective(theta, problem.pass(theta).loss, &terms);
        let (own, other) = (objective(&theta), objective(&nothing));
        if own.is_finite() && own <= other { theta } else { nothing }
    }

    /// The coefficients of one penalty strength, turned towards the positive class.
    pub(crate) fn coefficients(&self, plan: &Plan, classes: usize, part: &Part) -> Coefficients {
        let (d, k) = (self.problem.cols(), self.problem.width());
        let sign = plan.sign(classes);
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

    pub(crate) fn assemble(
        &self,
        plan: &Plan,
        data: &Dataset,
        part: &Part,
        separation: Vec<Separation>,
    ) -> Result<Fit> {
        let coefficients = self.coefficients(plan, data.labels.classes().len(), part);
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

/// Without intercept and standardisation a column of one value does what the intercept would, and is
/// penalised like any other.
pub(crate) fn keep_levels(plan: &Plan, scaling: &mut Scaling) {
    if !plan.fit_intercept && !plan.standardize {
        scaling.level.iter().for_each(|&j| scaling.scale[j] = 1.0);
    }
}

/// Whether columns are centred. Sparse storage is never, even where it holds every entry: its
/// curvature matrix is built from stored entries alone. Nor is what a dual solver walks row by row.
pub(crate) fn centres(plan: &Plan, dense: bool) -> bool {
    let in_the_dual = plan.solver == Solver::DualDescent || !plan.loss.is_smooth();
    dense && plan.fit_intercept && !in_the_dual
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
        if plan.is_multilabel() {
            let (coef, intercept) = (self.coef.clone(), self.intercept.clone());
            return LinearModel::multilabel(coef, intercept, classes, link);
        }
        LinearModel::new(self.coef.clone(), self.intercept.clone(), classes, plan.positive, link)
    }
}

pub(crate) fn certificate(plan: &Plan, part: &Part) -> FitCertificate {
    FitCertificate {
        loss: plan.loss.name().to_owned(),
        penalty: part.penalty.name().to_owned(),
        lambda: part.penalty.lambda(),
        solver: part.solver.name().to_owned(),
        objective: part.objective,
        duality_gap: part.gap,
        proved_zero: part.proved_zero,
        residual: part.residual,
        tolerance: plan.tolerance,
        iterations: part.iterations,
        passes: part.passes,
        stop: part.reason,
        convex: plan.loss.is_convex(),
    }
}
