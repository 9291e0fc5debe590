//! One fit, whichever the method: model, certificate and what there is to say about columns.

use linecall_data::{Certificate, Dataset, ErrorKind, Place};
use linecall_linear::direct::{CurriculumRun, DirectFit, DirectPlan};
use linecall_linear::ecoc::CodeFit;
use linecall_linear::{Fit, LinearModel, Separation};

use crate::source::Source;
use crate::{Error, Result};

/// A fitted model, before it becomes a pipeline.
pub(crate) struct Learnt {
    pub(crate) model: LinearModel,
    pub(crate) certificate: Certificate,
    /// Coefficients per standard deviation of the column: one row per score.
    pub(crate) standardized: Vec<Vec<f64>>,
    pub(crate) separation: Vec<Separation>,
    pub(crate) constant: Vec<String>,
    pub(crate) aliased: Vec<String>,
}

impl From<Fit> for Learnt {
    fn from(fit: Fit) -> Self {
        Self {
            model: fit.model,
            certificate: Certificate::Fit(fit.certificate),
            standardized: fit.standardized,
            separation: fit.separation,
            constant: fit.constant,
            aliased: fit.aliased,
        }
    }
}

impl From<CodeFit> for Learnt {
    fn from(fit: CodeFit) -> Self {
        Self {
            model: fit.model,
            certificate: Certificate::Code(Box::new(fit.certificate)),
            standardized: fit.standardized,
            separation: Vec::new(),
            constant: fit.bits.constant,
            aliased: fit.bits.aliased,
        }
    }
}

impl From<DirectFit> for Learnt {
    fn from(fit: DirectFit) -> Self {
        Self {
            model: fit.model,
            certificate: Certificate::Direct(fit.certificate),
            standardized: fit.standardized,
            // A column that separates all but ties is no trouble to a closed form.
            separation: fit.separation.into_iter().filter(|s| s.complete).collect(),
            constant: Vec::new(),
            aliased: Vec::new(),
        }
    }
}

/// Fits a closed form or single pass, and calibrates scores that are no log odds.
pub(crate) fn direct(plan: &DirectPlan, data: &Dataset, seed: u64) -> Result<Learnt> {
    let mut fit = plan.fit(data)?;
    fit.model = plan.calibrated(fit.model, data, seed)?;
    Ok(fit.into())
}

/// What a curriculum that is learnt already makes of all rows: as [`direct`], without another run.
pub(crate) fn curriculum(plan: &DirectPlan, data: &Dataset, run: &CurriculumRun) -> Result<Learnt> {
    let certificate = linecall_linear::direct::certify(plan, &run.optimal, data)?;
    Ok(Learnt {
        model: run.optimal.clone(),
        certificate: Certificate::Direct(certificate),
        standardized: Vec::new(),
        separation: Vec::new(),
        constant: Vec::new(),
        aliased: Vec::new(),
    })
}

/// Refuses values that the learner cannot take, at their place in the file.
pub(crate) fn check_values(
    plan: &DirectPlan,
    data: &Dataset,
    source: &Source,
    name: &str,
) -> Result<()> {
    use linecall_linear::Error::Value;
    plan.check_values(data).map_err(|error| match error {
        Value { row, column, value, problem, mend } => {
            let place = match source {
                Source::Table(table) => table.origin().place(row - 1),
                Source::Matrix(_) => Place::file(name).row(row as u64),
            };
            let error = linecall_data::Error::new(ErrorKind::Value, problem);
            error.at(place.column(column)).value(value.to_string()).mend(mend).into()
        }
        other => Error::from(other),
    })
}
