//! What each strength of the penalty makes of the data.

use linecall_data::read::Inputs;
use linecall_linear::many::{ManyOptions, Variation, leave_one_out};
use linecall_linear::tune::{TuneOptions, default_path, tune};
use linecall_linear::{Error, Plan};
use serde::Serialize;

use super::{Need, Studied, criterion, ready, tuning};
use crate::Result;
use crate::fit::{FitOptions, Watch, setting};

/// Whether each row is left out in turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeaveOneOut {
    /// No.
    #[default]
    No,
    /// By a fit without each row.
    Exact,
    /// By one Newton step from the fit to all rows.
    Approximate,
}

/// Settings of [`path`].
#[derive(Clone, Debug, Default)]
pub struct PathOptions {
    /// Strengths, from largest to smallest; empty means so many chosen from the data.
    pub lambdas: Vec<f64>,
    /// Number of strengths that are chosen; 0 means 50.
    pub points: usize,
    /// Whether each row is left out in turn.
    pub leave_one_out: LeaveOneOut,
}

/// One strength.
#[derive(Clone, Debug, Serialize)]
pub struct PathStrength {
    /// The strength.
    pub lambda: f64,
    /// Mean loss of all rows by the model fitted to them.
    pub train_loss: f64,
    /// Mean loss of held-out rows.
    pub mean: f64,
    /// Its standard error over folds.
    pub standard_error: f64,
    /// Mean loss of rows left out one at a time.
    pub leave_one_out: Option<f64>,
    /// Coefficients other than 0.
    pub nonzero: u64,
    /// How near the optimum the fit to all rows is: largest violation of the optimality conditions.
    pub residual: f64,
    /// Objective minus a proved lower bound of the optimum.
    pub duality_gap: Option<f64>,
    /// Coefficients in the user's units, one row per score.
    pub coef: Vec<Vec<f64>>,
    /// Intercepts.
    pub intercept: Vec<f64>,
    /// Coefficients per standard deviation of the column.
    pub standardized: Vec<Vec<f64>>,
}

/// What [`path`] found.
#[derive(Clone, Debug, Serialize)]
pub struct PathOutcome {
    /// What was studied.
    #[serde(flatten)]
    pub studied: Studied,
    /// What the losses are.
    pub criterion: String,
    /// Number of folds.
    pub folds: u64,
    /// How they were made.
    pub scheme: String,
    /// `exact` or `approximate`, where rows were left out one at a time.
    pub leave_one_out: Option<String>,
    /// Index of the smallest mean loss.
    pub minimum: u64,
    /// Index of the largest strength within one standard error of it.
    pub one_se: u64,
    /// Names of the columns of `coef`.
    pub names: Vec<String>,
    /// One a strength, from largest to smallest.
    pub path: Vec<PathStrength>,
}

/// Fits a plan along a path of strengths, with cross-validated losses.
///
/// ```no_run
/// use linecall::many::path;
/// use linecall::{FitOptions, Silent};
/// let mut options = FitOptions::default();
/// options.infer.target = Some("default payment next month".to_owned());
/// let found = path("credit.csv", &options, &Default::default(), &Silent)?;
/// println!("{}", found.path[found.minimum as usize].lambda);
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// As for [`crate::fit()`]; when there is no penalty, strengths are out of range or not decreasing, or
/// rows cannot be left out one at a time.
pub fn path(
    data: impl Into<Inputs>,
    options: &FitOptions,
    how: &PathOptions,
    watch: &dyn Watch,
) -> Result<PathOutcome> {
    let decreasing = how.lambdas.windows(2).all(|w| w[0] > w[1]);
    if !decreasing || how.lambdas.iter().any(|l| !(l.is_finite() && *l > 0.0)) {
        let given: Vec<String> = how.lambdas.iter().map(f64::to_string).collect();
        return setting("lambdas", &given.join(","), "numbers above 0 from largest to smallest");
    }
    let ready = ready(data, options, Need::Path, watch)?;
    let (plan, data) = (&ready.plan, &ready.data);
    if plan.penalty == linecall_linear::Penalty::None {
        return setting("penalty", "none", "a penalty, whose strengths make the path");
    }
    let lambdas = match (how.lambdas.as_slice(), how.points) {
        ([], points) => spread(default_path(plan, data)?, points),
        (given, _) => given.to_vec(),
    };
    let (rule, folds) = tuning(options);
    watch.stage("cross-validation");
    let settings = TuneOptions { folds, lambdas: lambdas.clone(), rule, seed: options.seed };
    let tuned = tune(plan, data, &settings, &|d, t| watch.progress(d, t))?;
    watch.stage("all rows");
    let told = |d, t| watch.progress(d, t);
    let asked = ManyOptions { lambdas: &lambdas, certify: true, watch: &told };
    let all = plan.fit_many(data, 1, &|_| Ok(Variation::default()), asked)?;
    let all = all.into_iter().next().unwrap_or(Err(Error::NoRows))?;
    let left_out = match how.leave_one_out {
        LeaveOneOut::No => None,
        LeaveOneOut::Exact => {
            watch.stage("leaving rows out");
            Some(leave_one_out(plan, data, &lambdas, &|d, t| watch.progress(d, t))?)
        }
        LeaveOneOut::Approximate => {
            watch.stage("leaving rows out");
            Some(approximate(plan, data, &all)?)
        }
    };
    let bound = tuned.mean[tuned.minimum] + tuned.standard_error[tuned.minimum];
    let one_se = (0..=tuned.minimum).find(|&i| tuned.mean[i] <= bound).unwrap_or(tuned.minimum);
    let path = all
        .into_iter()
        .enumerate()
        .map(|(p, fit)| PathStrength {
            lambda: lambdas[p],
            train_loss: fit.loss,
            mean: tuned.mean[p],
            standard_error: tuned.standard_error[p],
            leave_one_out: left_out.as_ref().map(|l| l[p]),
            nonzero: fit.coef.iter().flatten().filter(|w| **w != 0.0).count() as u64,
            residual: fit.certificate.residual,
            duality_gap: fit.certificate.duality_gap,
            coef: fit.coef,
            intercept: fit.intercept,
            standardized: fit.standardized,
        })
        .collect();
    Ok(PathOutcome {
        criterion: criterion(&plan.loss).to_owned(),
        folds: tuned.folds as u64,
        scheme: tuned.scheme.name().to_owned(),
        leave_one_out: match how.leave_one_out {
            LeaveOneOut::No => None,
            LeaveOneOut::Exact => Some("exact".to_owned()),
            LeaveOneOut::Approximate => Some("approximate".to_owned()),
        },
        minimum: tuned.minimum as u64,
        one_se: one_se as u64,
        names: ready.names.clone(),
        path,
        studied: ready.studied,
    })
}

/// Mean losses of rows that are left out in turn, by one Newton step from each fit to all rows.
fn approximate(
    plan: &Plan,
    data: &linecall_data::Dataset,
    fits: &[linecall_linear::many::Solved],
) -> Result<Vec<f64>> {
    fits.iter()
        .map(|fit| {
            let model = fit.model(plan, data)?;
            let plan = plan.with_lambda(fit.certificate.lambda);
            Ok(linecall_linear::many::leave_one_out_step(&plan, data, &model)?)
        })
        .collect()
}

/// So many strengths between the ends of a path, evenly spaced on a log scale.
fn spread(path: Vec<f64>, points: usize) -> Vec<f64> {
    let (Some(first), Some(last)) = (path.first().copied(), path.last().copied()) else {
        return path;
    };
    if points < 2 || points == path.len() {
        return path;
    }
    let step = |p: usize| first * (last / first).powf(p as f64 / (points - 1) as f64);
    (0..points).map(step).collect()
}
