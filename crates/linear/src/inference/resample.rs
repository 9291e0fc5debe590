//! Fits of one plan to one design under many row weights: what the bootstrap and the jackknife ask
//! for, all at once ([`crate::many`]).

use linecall_data::{Dataset, StopReason};

use crate::many::{ManyOptions, Variation};
use crate::plan::Plan;
use crate::setup::Coefficients;
use crate::{Error, Result};

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
///
/// # Errors
/// When the plan is not for the data; what fails one fit alone is in its place.
pub(super) fn resample(
    plan: &Plan,
    data: &Dataset,
    weights: &[Vec<f64>],
) -> Result<Vec<Result<Resampled>>> {
    let vary = |p: usize| Ok(Variation { weights: Some(weights[p].clone()), labels: None });
    let lambdas = [plan.penalty.lambda()];
    let asked = ManyOptions { lambdas: &lambdas, certify: false, watch: &|_, _| () };
    let fits = plan.fit_many(data, weights.len(), &vary, asked)?;
    let found = fits.into_iter().map(|fits| {
        let fit = fits?.into_iter().next().ok_or(Error::NoRows)?;
        let stop = fit.certificate.stop;
        Ok(Resampled {
            converged: matches!(stop, StopReason::Converged | StopReason::Precision),
            live: fit.live,
            coefficients: Coefficients {
                coef: fit.coef,
                intercept: fit.intercept,
                standardized: fit.standardized,
            },
        })
    });
    Ok(found.collect())
}
