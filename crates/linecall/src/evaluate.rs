//! `eval`: metrics of a saved model on labelled rows.

use linecall_data::read::{Inputs, ReadOptions};
use linecall_linear::metrics::{Bootstrap, Curves, Metrics, SetMetrics};
use serde::{Deserialize, Serialize};

use crate::measure::Measured;
use crate::source::Source;
use crate::{Pipeline, PostRule, Result};

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
    /// Rows whose call a rule after the model changed; `None` for a model without one. The metrics
    /// are those of the calls after the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by_rule: Option<u64>,
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
    let measured = Measured::of_pipeline(pipeline, &data, bootstrap)?;
    let changed = |post: &PostRule| post.changed(&pipeline.model, &data.design);
    let changed_by_rule = pipeline.post.as_ref().map(changed).transpose()?;
    Ok(Evaluation {
        data: inputs.to_string(),
        training_data: source.fingerprint_for(pipeline) == pipeline.fingerprint,
        metrics: measured.metrics,
        sets: measured.sets,
        curves: measured.curves,
        changed_by_rule,
    })
}
