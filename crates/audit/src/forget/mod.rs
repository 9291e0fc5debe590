//! Removes people from a model, and says which of them moved a call.
//!
//! A model of a convex objective is determined by its rows, so a row is forgotten when the model is
//! the one that the other rows determine. [`forget`] computes that model and writes a [`Receipt`].
//! How, by what the model is:
//!
//! - closed forms over class statistics (naive Bayes, nearest centroid, the discriminant with a fixed
//!   share of shrinkage, ridge regression on classes): the rows are taken out of the statistics and the
//!   formula is worked out again, `d^2` operations a row and one solution. The result is checked
//!   against the rows that remain; where it has lost digits, they are fitted again.
//! - penalised losses: solved again from the full model (a warm start), on the rows that remain, until
//!   no coefficient violates optimality by more than the tolerance. The duality gap bounds how far the
//!   objective is from the optimum, and `sqrt(2 gap / lambda)` how far the standardised coefficients
//!   are from those of the exact refit (an L2 part makes the objective `lambda`-strongly convex in
//!   them). For a differentiable objective the gap is at most `|gradient|^2 / (2 lambda)`.
//! - other closed forms and single passes: fitted again on the rows that remain.
//!
//! Columns are standardised on the rows that remain in each case, so that the result is that of a fit
//! without the rows. What a front end learnt (medians, reference levels) remembers rows too:
//! [`front_end`] learns it again.
//!
//! What beats approximate unlearning (Golatkar, Achille & Soatto 2020; Tarun, Chundawat & others, "Deep
//! regression unlearning", ICML 2023): on frozen columns nothing approximate is needed. The bound is
//! that of Guo, Goldstein, Hannun & van der Maaten, "Certified data removal from machine learning
//! models" (ICML 2020), iterated until it is at rounding.
//!
//! ```
//! use linecall_audit::forget::{Options, Training, forget};
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::{Loss, Penalty, Plan};
//!
//! let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i % 9), f64::from(i % 5)]).collect();
//! let x = Design::from_rows(&rows, &["age", "debt"])?;
//! let y = Labels::from_names((0..40).map(|i| if i % 9 > 3 || i == 2 { "yes" } else { "no" }));
//! let data = Dataset::new(x, y)?;
//! let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
//! let model = plan.fit(&data)?.model;
//!
//! let done = forget(Training::Penalised(&plan), &model, &data, &[2, 30], &Options::default())?;
//! assert_eq!(done.receipt.rows, [3, 31]); // receipts count from 1
//! assert!(done.receipt.refit.is_some_and(|far| far.coefficients < 1e-7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attack;
mod front;
mod influence;
mod receipt;

use linecall_data::{Certificate, Dataset};
use linecall_linear::direct::{self, DirectPlan};
use linecall_linear::{LinearModel, Loss, Penalty, Plan};
use serde::{Deserialize, Serialize};

pub use attack::{Against, Attack, Membership, attack};
pub use front::{Learnt, front_end, front_end_by};
pub use influence::{InfluenceOptions, Influences, Influential, influence};
pub use receipt::{Distance, Means, Receipt};

use crate::{Error, Result};

/// Largest violation of the equations at which a downdated closed form is taken as it is.
const ROUNDING: f64 = 1e-9;

/// How a model was trained.
#[derive(Clone, Copy, Debug)]
pub enum Training<'a> {
    /// By a penalised loss.
    Penalised(&'a Plan),
    /// By a closed form or single passes.
    Direct(&'a DirectPlan),
}

/// Settings of [`forget`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Whether to fit the rows that remain from nothing as well, to measure the distance to it.
    pub refit: bool,
    /// Limit on iterations of a warm start; `None` is that of the plan. Stopped early, the model is
    /// within the certified bound of the receipt.
    pub max_iterations: Option<u64>,
    /// Mixed into the hash of the removed rows: without one, a row of few possible values can be
    /// found from its hash by trying them all.
    pub salt: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { refit: true, max_iterations: None, salt: String::new() }
    }
}

/// What is known besides the rows that the model was trained on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The rows that remain, where they are not the same columns of numbers any more because the
    /// front end was learnt again ([`front_end`]).
    pub retained: Option<&'a Dataset>,
    /// Labelled rows like the training rows that the model never saw, for the membership attack.
    pub outside: Option<&'a Dataset>,
}

/// A model without some rows, and what is to show for it.
#[derive(Clone, Debug)]
pub struct Forgotten {
    /// The model; with an empty set of rows, the same bits as before.
    pub model: LinearModel,
    /// Its certificate on the rows that remain.
    pub certificate: Certificate,
    /// The receipt.
    pub receipt: Receipt,
}

/// Removes rows (from 0, in any order) from a model that `training` fitted to `data`.
///
/// # Errors
/// When a row does not exist, the model does not fit the data or its training, or the rows that
/// remain cannot be fitted (one class is left, or none).
pub fn forget(
    training: Training,
    model: &LinearModel,
    data: &Dataset,
    rows: &[usize],
    options: &Options,
) -> Result<Forgotten> {
    forget_beside(training, model, data, rows, Beside::default(), options)
}

/// As [`forget`], with what is known besides.
///
/// # Errors
/// As for [`forget`], and when the rows given besides have other columns or classes.
pub fn forget_beside(
    training: Training,
    model: &LinearModel,
    data: &Dataset,
    rows: &[usize],
    beside: Beside,
    options: &Options,
) -> Result<Forgotten> {
    let gone = distinct(rows, data.rows())?;
    let before = training.certify(model, data)?;
    let selected;
    let retained = match beside.retained {
        Some(given) => {
            let expected = data.rows() - gone.len();
            if given.rows() != expected {
                return Err(Error::Shape {
                    what: "rows that remain",
                    found: given.rows(),
                    expected,
                });
            }
            given
        }
        None => {
            selected = without(data, &gone)?;
            &selected
        }
    };
    let new = if gone.is_empty() && beside.retained.is_none() {
        New { model: model.clone(), certificate: before.clone(), means: Means::Nothing }
    } else {
        training.solve(model, data, &gone, (retained, beside.retained.is_some()), options)?
    };
    let receipt = receipt::of(
        training,
        receipt::Sides { before: (model, &before, data), after: (&new, retained) },
        &gone,
        beside.outside,
        options,
    )?;
    Ok(Forgotten { model: new.model, certificate: new.certificate, receipt })
}

/// A model of the rows that remain.
struct New {
    model: LinearModel,
    certificate: Certificate,
    means: Means,
}

impl Training<'_> {
    /// The certificate of a model on rows.
    fn certify(&self, model: &LinearModel, data: &Dataset) -> Result<Certificate> {
        Ok(match self {
            Self::Penalised(plan) => Certificate::Fit(linecall_linear::certify(plan, model, data)?),
            Self::Direct(plan) => Certificate::Direct(direct::certify(plan, model, data)?),
        })
    }

    /// The model of some rows, from nothing, and its objective where it has one.
    fn fit(&self, data: &Dataset) -> Result<(LinearModel, Certificate)> {
        Ok(match self {
            Self::Penalised(plan) => {
                let fit = plan.fit(data)?;
                (fit.model, Certificate::Fit(fit.certificate))
            }
            Self::Direct(plan) => {
                let fit = plan.fit(data)?;
                (fit.model, Certificate::Direct(fit.certificate))
            }
        })
    }

    /// The model of the rows that remain, by the cheapest exact means.
    fn solve(
        &self,
        model: &LinearModel,
        data: &Dataset,
        gone: &[usize],
        (retained, encoded_anew): (&Dataset, bool),
        options: &Options,
    ) -> Result<New> {
        let downdated = if encoded_anew { None } else { self.downdated(data, gone)? };
        match self {
            Self::Penalised(plan) => {
                if let Some(model) = downdated {
                    let certificate = linecall_linear::certify(plan, &model, retained)?;
                    if certificate.residual <= plan.tolerance.max(ROUNDING) {
                        let certificate = Certificate::Fit(certificate);
                        return Ok(New { model, certificate, means: Means::Downdate });
                    }
                }
                let limit = options.max_iterations.unwrap_or(plan.max_iterations);
                let plan = Plan { max_iterations: limit, ..(*plan).clone() };
                let fit = plan.fit_from(retained, model)?;
                let certificate = Certificate::Fit(fit.certificate);
                Ok(New { model: fit.model, certificate, means: Means::WarmStart })
            }
            Self::Direct(plan) => {
                if let Some(model) = downdated {
                    let certificate = direct::certify(plan, &model, retained)?;
                    if certificate.residual.is_some_and(|r| r <= ROUNDING) {
                        let certificate = Certificate::Direct(certificate);
                        return Ok(New { model, certificate, means: Means::Downdate });
                    }
                }
                let (model, certificate) = self.fit(retained)?;
                Ok(New { model, certificate, means: Means::Refit })
            }
        }
    }

    /// The model of statistics that the rows are taken out of; `None` where statistics do not
    /// determine it, or what is left of them cannot be solved.
    fn downdated(&self, data: &Dataset, gone: &[usize]) -> Result<Option<LinearModel>> {
        let (all, part) = match self {
            Self::Penalised(plan) => {
                (plan.statistics(data, None)?, plan.statistics(data, Some(gone))?)
            }
            Self::Direct(plan) => {
                (plan.statistics(data, None)?, plan.statistics(data, Some(gone))?)
            }
        };
        let (Some(mut stats), Some(part)) = (all, part) else { return Ok(None) };
        stats.remove(&part)?;
        let classes = data.labels.classes();
        Ok(match self {
            Self::Penalised(plan) => plan.model_of(&stats, classes).ok(),
            Self::Direct(plan) => plan.model_of(&stats, classes).ok(),
        })
    }

    /// The strength of the L2 part on the standardised coefficients, where it is on all of them.
    fn strong_convexity(&self) -> Option<f64> {
        let Self::Penalised(plan) = self else { return None };
        let lambda = match plan.penalty {
            Penalty::L2 { lambda } => lambda,
            Penalty::ElasticNet { lambda, alpha } => lambda * (1.0 - alpha),
            _ => 0.0,
        };
        let least = plan.columns.factors.iter().fold(1.0, |least: f64, f| least.min(f.1));
        let convex = plan.loss.is_convex() && plan.loss != Loss::Relu;
        Some(lambda * least).filter(|strength| *strength > 0.0 && convex)
    }
}

/// Rows in increasing order, each once.
fn distinct(rows: &[usize], n: usize) -> Result<Vec<usize>> {
    if let Some(bad) = rows.iter().find(|&&row| row >= n) {
        return Err(Error::Model(format!("there is no row {}: the data have {n} rows", bad + 1)));
    }
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    rows.dedup();
    if rows.len() == n {
        return Err(Error::Model(format!(
            "all {n} rows would be forgotten, and no model remains; delete the model file instead"
        )));
    }
    Ok(rows)
}

/// A dataset without some rows, given in increasing order.
fn without(data: &Dataset, gone: &[usize]) -> Result<Dataset> {
    let rest: Vec<usize> = (0..data.rows()).filter(|i| gone.binary_search(i).is_err()).collect();
    Ok(data.select(&rest)?)
}
