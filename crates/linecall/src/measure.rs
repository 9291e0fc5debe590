//! Metrics and curves of a model on labelled rows, whichever kind of call it makes.

use linecall_data::Dataset;
use linecall_linear::LinearModel;
use linecall_linear::metrics::{
    self, Bootstrap, Calls, Curves, Metrics, Predictions, SetCalls, SetMetrics,
};

use crate::{Pipeline, Result};

/// How good a model's calls are.
pub(crate) struct Measured {
    /// Of calls of one class a row.
    pub(crate) metrics: Option<Metrics>,
    /// Of calls that are sets of labels.
    pub(crate) sets: Option<SetMetrics>,
    pub(crate) curves: Curves,
}

impl Measured {
    pub(crate) fn of(model: &LinearModel, data: &Dataset, bootstrap: &Bootstrap) -> Result<Self> {
        let weights = data.weights.as_deref();
        if model.is_multilabel() {
            let calls = SetCalls::of(model, &data.design, &data.labels, weights)?;
            let sets = Some(metrics::set_metrics(&calls, bootstrap)?);
            return Ok(Self { metrics: None, sets, curves: metrics::set_curves(&calls)? });
        }
        Self::of_calls(&Calls::of(model, &data.design, &data.labels, weights)?, bootstrap)
    }

    /// Of the calls of a pipeline, after its rule where it has one. Curves and all that is taken of
    /// scores and probabilities are the model's.
    pub(crate) fn of_pipeline(
        pipeline: &Pipeline,
        data: &Dataset,
        bootstrap: &Bootstrap,
    ) -> Result<Self> {
        let model = &pipeline.model;
        let Some(post) = &pipeline.post else { return Self::of(model, data, bootstrap) };
        let calls = Calls::of(model, &data.design, &data.labels, data.weights.as_deref())?;
        let called = post.calls(model, &data.design)?.into_iter().map(|class| class as u32);
        let called: Vec<u32> = called.collect();
        let predictions = Predictions { called: &called, ..calls.predictions() };
        let metrics = Some(metrics::metrics(&predictions, bootstrap)?);
        Ok(Self { metrics, sets: None, curves: metrics::curves(&predictions)? })
    }

    /// Of calls of one class a row.
    pub(crate) fn of_calls(calls: &Calls, bootstrap: &Bootstrap) -> Result<Self> {
        let predictions = calls.predictions();
        let metrics = Some(metrics::metrics(&predictions, bootstrap)?);
        Ok(Self { metrics, sets: None, curves: metrics::curves(&predictions)? })
    }
}
