//! Which columns say the same.

use linecall_linear::{Collinearity, Influence};
use serde::Serialize;

use super::{DiagnoseOptions, has_intercept};
use crate::Pipeline;
use crate::challenge::Reference;

/// What rows weigh when columns are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// Their own weights.
    Rows,
    /// Those times the curvature of their loss at the fit: the information matrix.
    Curvature,
}

/// Collinearity of the columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CollinearityPart {
    /// What rows weigh.
    pub weighting: Weighting,
    /// Whether the columns stand beside an intercept.
    pub intercept: bool,
    /// What is found.
    #[serde(flatten)]
    pub found: Collinearity,
}

pub(super) fn columns(
    pipeline: &Pipeline,
    people: &Reference,
    options: &DiagnoseOptions,
) -> Result<CollinearityPart, String> {
    let text = |error: linecall_linear::Error| error.to_string();
    let intercept = has_intercept(pipeline);
    if options.weighted {
        let Some(plan) = pipeline.training.plan.penalised() else {
            return Err(
                "the curvature of the loss is that of a penalised loss, and the model was \
                        trained without; leave --weighted out"
                    .to_owned(),
            );
        };
        let Some(data) = &people.dataset else {
            return Err(people.unlabelled.clone().unwrap_or_default());
        };
        let influence = Influence::of(plan, &pipeline.model, data).map_err(text)?;
        let weights = influence.curvatures();
        let found = Collinearity::of(&data.design, Some(&weights), intercept).map_err(text)?;
        return Ok(CollinearityPart { weighting: Weighting::Curvature, intercept, found });
    }
    let weights = people.dataset.as_ref().and_then(|data| data.weights.as_deref());
    let found = Collinearity::of(&people.design, weights, intercept).map_err(text)?;
    Ok(CollinearityPart { weighting: Weighting::Rows, intercept, found })
}
