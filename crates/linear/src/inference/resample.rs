//! Fits of one plan to one design under many row weights: what the bootstrap and the jackknife ask
//! for.
//!
//! One function, [`resample`], so that a faster engine can take its place in one line. Each fit starts
//! at the model, and replicates are shared out among threads; a fit depends on its weights alone.

use linecall_data::{Dataset, StopReason};
use rayon::prelude::*;

use crate::Result;
use crate::model::LinearModel;
use crate::plan::Plan;
use crate::setup::Coefficients;

/// What one set of row weights gave.
pub(super) struct Resampled {
    /// Coefficients and intercepts in the user's units.
    pub(super) coefficients: Coefficients,
    /// Whether each design column varied and was no combination of others.
    pub(super) live: Vec<bool>,
    /// Whether the fit reached its tolerance, or what rounding leaves of it.
    pub(super) converged: bool,
}

/// The fit under each set of row weights (class weights not yet in them).
pub(super) fn resample(
    plan: &Plan,
    data: &Dataset,
    model: &LinearModel,
    weights: &[Vec<f64>],
) -> Vec<Result<Resampled>> {
    let fit = |weights: &Vec<f64>| {
        let rows = plan.row_weights(data, Some(weights))?;
        let (coefficients, live, stop) = plan.coefficients_from(data, &rows, model)?;
        let converged = matches!(stop, StopReason::Converged | StopReason::Precision);
        Ok(Resampled { coefficients, live, converged })
    };
    weights.par_iter().map(fit).collect()
}
