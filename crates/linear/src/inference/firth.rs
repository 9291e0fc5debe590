//! Maximum likelihood with Jeffreys' prior: finite whether or not the classes are separated.
//!
//! Maximises `log L(theta) + 1/2 log det I(theta)`, `I` the information (Firth, "Bias reduction of
//! maximum likelihood estimates", Biometrika, 1993), which takes away the first order of the bias of
//! maximum likelihood and has a finite maximum on separated data (Heinze & Schemper, "A solution to
//! the problem of separation in logistic regression", Statistics in Medicine, 2002; Kosmidis & Firth
//! 2021). The score of a row is `s_i (y_i - p_i) + h_i (1/2 - p_i)`, `h_i` its leverage. Steps are those
//! of Fisher scoring, shortened until the penalised likelihood rises.
//!
//! Standard errors are the inverse information at the maximum, as in R's `logistf` and `brglm2`; Wald
//! intervals can be made of them. Intervals and tests that are told are those of the penalised
//! likelihood's profile, its determinant over all columns, as in `logistf`: under separation Wald
//! intervals are far off, and the profile is not symmetric.
//!
//! It is a fit of its own: the coefficients are not those of the model, whatever penalty that had;
//! rows, columns and weights are.
//!
//! Cost: two passes and `n d^2` a step, some 10 steps for the fit and some 100 a coefficient.

use faer::linalg::solvers::Llt;
use linecall_data::Dataset;
use rayon::prelude::*;

use super::estimate::{Estimate, Target, needs_counts};
use super::profile::{open_ends, profiled};
use super::root::{At, Profile, minimum};
use super::sandwich::leverages;
use super::table::{InferenceMethod, InferenceRow, InferenceTable, Statistic};
use super::{Inference, InferenceOptions, not_valid};
use crate::loss::Loss;
use crate::model::LinearModel;
use crate::penalty::{ColumnRules, Penalty};
use crate::plan::Plan;
use crate::solve::Solver;
use crate::{Error, Result};

/// A fit by maximum likelihood with Jeffreys' prior.
#[derive(Clone, Debug)]
pub struct FirthFit {
    /// The model, in the user's units.
    pub model: LinearModel,
    /// The log-likelihood of its coefficients, without the prior.
    pub log_likelihood: f64,
    /// Columns that separate the classes, so that there is no fit by maximum likelihood alone; none
    /// where there is one.
    pub separated: Vec<String>,
}

impl FirthFit {
    /// Fits two classes. Of the plan, the intercept, the positive class and the standardisation count;
    /// its penalty, bounds and loss do not.
    ///
    /// ```
    /// use linecall_data::{Dataset, Design, Labels};
    /// use linecall_linear::inference::FirthFit;
    /// use linecall_linear::{Loss, Penalty, Plan};
    ///
    /// let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![3.0]], &["dose"])?;
    /// let data = Dataset::new(x, Labels::from_names(["no", "no", "yes", "yes"]))?;
    /// let fit = FirthFit::of(&Plan::new(Loss::Logistic, Penalty::None), &data)?;
    /// assert_eq!(fit.separated, ["`dose`"]);
    /// assert!(fit.model.coef()[0][0].is_finite());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When there are not two classes, weights are no counts of rows, or there are too many columns.
    pub fn of(plan: &Plan, data: &Dataset) -> Result<Self> {
        let plan = likelihood(plan);
        let own = begun(&plan, data, &InferenceOptions::default())?;
        let (theta, _) = minimum(&|theta| curve(&own, theta), own.gather(&own.theta))?;
        let problem = &own.setup.problem;
        let log_likelihood = -own.total * problem.pass(&own.scatter(&theta)).loss;
        let mut coef = vec![0.0; data.design.cols()];
        let mut intercept = 0.0;
        for target in own.targets() {
            match target.column {
                Some(j) => coef[j] = target.of(&theta),
                None => intercept = target.of(&theta),
            }
        }
        let classes = data.labels.classes().to_vec();
        let link = plan.link(classes.len());
        let model = LinearModel::new(vec![coef], vec![intercept], classes, plan.positive, link)?;
        Ok(Self { model, log_likelihood, separated: separated(&plan, data) })
    }
}

/// The plan of the likelihood alone.
fn likelihood(plan: &Plan) -> Plan {
    Plan {
        loss: Loss::Logistic,
        penalty: Penalty::None,
        columns: ColumnRules::default(),
        solver: Solver::Auto,
        tolerance: 1e-9,
        max_iterations: 1_000,
        ..plan.clone()
    }
}

/// The columns that separate the classes.
fn separated(plan: &Plan, data: &Dataset) -> Vec<String> {
    match plan.fit(data) {
        Err(Error::Separated { columns }) => columns,
        _ => Vec::new(),
    }
}

fn begun<'a>(
    plan: &'a Plan,
    data: &'a Dataset,
    options: &InferenceOptions,
) -> Result<Estimate<'a>> {
    let method = InferenceMethod::Firth;
    if data.labels.is_multilabel() || data.labels.classes().len() != 2 {
        return Err(not_valid(
            method,
            "it is made for two classes, one a row",
            "fit one class against the others, or use bootstrap",
        ));
    }
    needs_counts(plan, data, method)?;
    Estimate::begun(plan, data, options, method, |setup| setup.problem.start())
}

/// Minus the penalised log-likelihood, a row, and its slope; the curvature is the information.
fn curve(own: &Estimate, theta: &[f64]) -> Result<At> {
    let problem = &own.setup.problem;
    let pass = problem.pass(&own.scatter(theta));
    let h = own.with_penalty(own.curvature(&pass));
    let factor = own.factor(&h)?;
    let leverage = leverages(own, &factor, &pass.state);
    // Slopes are s (p - y) over the sum of weights, y in {0, 1}; so p - 1/2 follows.
    let pull: Vec<f64> = leverage
        .iter()
        .zip(&problem.weight)
        .enumerate()
        .map(|(i, (h, t))| {
            if *t <= 0.0 {
                return 0.0;
            }
            let y = 0.5 + 0.5 * problem.loss.sign(i, 0);
            h * (y + pass.slope[i] / t - 0.5) / own.total
        })
        .collect();
    let mut gradient = own.gather(&pass.gradient);
    let prior = own.gather(&problem.rows_times(&pull));
    gradient.iter_mut().zip(&prior).for_each(|(g, p)| *g += p);
    let value = pass.loss - 0.5 * log_determinant(&factor, own.len()) / own.total;
    Ok(At { value, gradient, factor })
}

fn log_determinant(factor: &Llt<f64>, size: usize) -> f64 {
    let l = factor.L();
    (0..size).map(|at| 2.0 * l[(at, at)].ln()).sum()
}

pub(super) fn table(inference: &Inference) -> Result<InferenceTable> {
    let plan = likelihood(inference.plan);
    let own = begun(&plan, inference.data, &inference.options)?;
    let assumption = "rows are independent, and the log odds are linear in the columns; the classes may \
                      be separated";
    let target = "the coefficients that the population has; the estimate is free of the first order of \
                  the bias of maximum likelihood";
    let mut table = own.table(assumption, target, Statistic::SignedRoot);
    let curve = |theta: &[f64]| curve(&own, theta);
    let (theta, at) = minimum(&curve, own.gather(&own.theta))?;
    let targets = own.targets();
    let solved = own.solved(&at.factor, &targets);
    let profile = Profile { curve: &curve, total: own.total, theta, value: at.value };
    let variance = |t: usize, target: &Target| {
        let parts = target.weights.iter().map(|(at, a)| a * solved[(*at, t)]);
        parts.sum::<f64>() / profile.total
    };
    let wald = own.wald(&targets, Statistic::SignedRoot, |t, target| {
        Some((target.of(&profile.theta), variance(t, target)))
    });
    let rows: Result<Vec<InferenceRow>> = wald
        .into_par_iter()
        .zip(&targets)
        .map(|(row, target)| profiled(&profile, &target.weights, row, own.options.confidence))
        .collect();
    table.rows = rows?;
    let separated = separated(&plan, inference.data);
    if separated.is_empty() {
        table.remarks.push(
            "The classes are not separated: maximum likelihood has a finite fit as well."
                .to_owned(),
        );
    } else {
        table.remarks.push(format!(
            "The classes are separated by {}: maximum likelihood has no finite fit, and no other \
             method here holds without a penalty.",
            separated.join(", ")
        ));
    }
    if inference.plan.penalty.check()? != Penalty::None || inference.plan.loss != Loss::Logistic {
        table.remarks.push(
            "The coefficients are those of Firth's fit to the same rows and columns, not the model's."
                .to_owned(),
        );
    }
    table.remarks.extend(open_ends(&table.rows));
    Ok(table)
}
