//! What is proved about a model, kept beside it.

use serde::{Deserialize, Serialize};

/// Why a solver stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The optimality residual or the duality gap is within the tolerance.
    Converged,
    /// No step lowers the objective in double precision; the residual is as small as it gets.
    Precision,
    /// The limit on iterations was reached first. The coefficients are usable but not optimal.
    IterationLimit,
}

impl StopReason {
    /// The reason in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Precision => "no further progress in double precision",
            Self::IterationLimit => "iteration limit reached",
        }
    }
}

/// How near a fit is to the optimum of its objective
/// `(1/S) sum_i s_i loss_i + lambda P(w)`, `S = sum_i s_i`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitCertificate {
    /// Loss by name (`logistic`, `squared_hinge`).
    pub loss: String,
    /// Penalty by name (`none`, `l2`, `l1`).
    pub penalty: String,
    /// Penalty strength.
    pub lambda: f64,
    /// Solver by name.
    pub solver: String,
    /// Objective at the returned coefficients.
    pub objective: f64,
    /// Objective minus a proved lower bound of the optimum; `None` where the loss has none here.
    pub duality_gap: Option<f64>,
    /// Largest violation of the optimality conditions, in the units of the objective's gradient
    /// with respect to the standardised coefficients.
    pub residual: f64,
    /// The residual that was asked for.
    pub tolerance: f64,
    /// Outer iterations.
    pub iterations: u64,
    /// Passes over the data (each row visited once a pass).
    pub passes: u64,
    /// Why the solver stopped.
    pub stop: StopReason,
    /// Whether the objective is convex, so that a zero residual means a global optimum.
    pub convex: bool,
}

/// A statement about a model that can be rechecked without refitting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Certificate {
    /// Optimality of the fit.
    Fit(FitCertificate),
}
