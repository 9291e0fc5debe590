//! `eval`: metrics of a saved model on labelled rows.

use linecall_data::read::{Inputs, ReadOptions};
use linecall_linear::metrics::{Bootstrap, Curves, Metrics, SetMetrics};
use serde::{Deserialize, Serialize};

use crate::measure::Measured;
use crate::source::Source;
use crate::{Pipeline, Result};

/// Metrics of a model on a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The file or files, as given.
    pub data: String,
    /// Whether these are the rows that the model was trained on, so that the metrics flatter it.
    pub training_data: bool,
    /// The metrics; `None` for a model of sets of labels.
    pub metrics: Option<Metrics>,
    /// The metrics of calls that are sets of labels; `None` for a model of one class a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets: Option<SetMetrics>,
    /// The curves behind them.
    pub curves: Curves,
}

/// Takes the metrics of a model on a labelled file, or on several as one.
///
/// # Errors
/// When the file cannot be read, a row does not fit the model, or a label is not one of its
/// classes.
pub fn evaluate(
    pipeline: &Pipeline,
    data: impl Into<Inputs>,
    options: &ReadOptions,
    bootstrap: &Bootstrap,
) -> Result<Evaluation> {
    let inputs = data.into();
    let source = Source::read_for(pipeline, &inputs, options)?;
    let data = source.dataset(pipeline).map_err(|e| e.in_file(&inputs.to_string()))?;
    let measured = Measured::of(&pipeline.model, &data, bootstrap)?;
    Ok(Evaluation {
        data: inputs.to_string(),
        training_data: source.fingerprint() == pipeline.fingerprint,
        metrics: measured.metrics,
        sets: measured.sets,
        curves: measured.curves,
    })
}
