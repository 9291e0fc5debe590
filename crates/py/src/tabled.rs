//! Fits of a table through the facade: schema, front end, tuning and all, as the command fits.

use linecall::data::TextSettings;
use linecall::data::infer::InferOptions;
use linecall::{
    ClassWeight, FitOptions, Holdout, Loss, Penalty, Solver, Source, Strength, TextUse, fit_source,
};
use pyo3::prelude::*;
use serde::Deserialize;

use crate::errors::{Failure, refuse};
use crate::frame::Frame;
use crate::model::Model;
use crate::run::long;

/// What is asked of a fit, as in [`FitOptions`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The column of classes.
    target: String,
    /// Of two classes, the one that scores speak for.
    positive: Option<String>,
    /// Columns that are texts whatever they look like.
    text_columns: Vec<String>,
    /// How texts are cut; none goes by what they hold.
    text: Option<TextSettings>,
    /// As the command spells it.
    loss: String,
    penalty: Penalty,
    strength: Strength,
    class_weight: ClassWeight,
    solver: Solver,
    tolerance: f64,
    standardize: bool,
    fit_intercept: bool,
    seed: u64,
}

impl Asked {
    fn options(self) -> Result<FitOptions, Failure> {
        let infer = InferOptions {
            target: Some(self.target),
            positive: self.positive,
            ..InferOptions::default()
        };
        Ok(FitOptions {
            infer,
            text: TextUse::Learn { columns: self.text_columns, settings: self.text },
            loss: self.loss.parse::<Loss>()?,
            penalty: self.penalty,
            strength: self.strength,
            class_weight: self.class_weight,
            solver: self.solver,
            tolerance: self.tolerance,
            standardize: self.standardize,
            fit_intercept: self.fit_intercept,
            seed: self.seed,
            holdout: Holdout::None,
            ..FitOptions::default()
        })
    }
}

/// Fits a model to all rows of a table, whose schema is inferred, by settings as JSON. Gives the model,
/// and as JSON how its strength was tuned and what there is to remark.
#[pyfunction]
#[pyo3(signature = (frame, settings, watch=None))]
pub(crate) fn fit_table(
    py: Python<'_>,
    frame: &Frame,
    settings: &str,
    watch: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Model, String)> {
    let asked: Asked = serde_json::from_str(settings).map_err(Failure::from)?;
    let options = asked.options()?;
    let Some(table) = frame.table.clone() else {
        return Err(refuse("a model of a table is fitted to a table in memory"));
    };
    let inputs = frame.inputs.clone();
    let (pipeline, told) = long(py, watch, move |reporter| {
        let fitted = fit_source(&Source::Table(table), inputs, &options, reporter)?;
        let outcome = &fitted.outcome;
        let told = serde_json::json!({ "tuning": outcome.tuning, "remarks": outcome.remarks });
        Ok((fitted.pipeline, serde_json::to_string(&told)?))
    })?;
    Ok((Model::of(pipeline), told))
}
