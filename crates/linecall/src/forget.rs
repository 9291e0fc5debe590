//! `forget`: people leave a model, with a receipt.
//!
//! [`forget`] takes rows out of a [`Pipeline`] that was trained on given data, and gives back the
//! pipeline that a fit without those rows would give: front end, coefficients, certificate,
//! fingerprint. The mathematics is in [`linecall_audit::forget`].

use linecall_audit::forget::{Beside, Options, Receipt, forget_beside, front_end_by};
use linecall_data::read::{Inputs, ReadOptions};
use linecall_data::{Dataset, ErrorKind, Fingerprint, Place, Table};
use linecall_features as features;
use serde::Serialize;

use crate::challenge::{ELSEWHERE, training};
use crate::{Error, FrontEnd, Pipeline, Result, Source};

/// What is to be forgotten, and how.
#[derive(Clone, Debug, Default)]
pub struct ForgetOptions {
    /// Rows of the training data, from 1.
    pub rows: Vec<u64>,
    /// Labelled rows that the model never saw, for the membership attack.
    pub outside: Option<Inputs>,
    /// Whether to measure the distance to a full refit.
    pub refit: bool,
    /// Mixed into the hash of the removed rows.
    pub salt: String,
    /// The command that is recorded in the new model.
    pub command: String,
}

/// A pipeline without some rows, and what is to show for it.
#[derive(Clone, Debug)]
pub struct Forgetting {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The receipt.
    pub receipt: ForgetReceipt,
}

/// The receipt of a removal from a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForgetReceipt {
    /// SHA-256 of the model file before.
    pub model_before: String,
    /// SHA-256 of the model file after.
    pub model_after: String,
    /// Fingerprint of the training data before.
    pub training_before: Fingerprint,
    /// Fingerprint of the training data after.
    pub training_after: Fingerprint,
    /// What the front end learnt anew, one sentence a column.
    pub front_end: Vec<String>,
    /// Levels that forgotten rows alone held, which the schema still lists: column and level.
    pub only_forgotten: Vec<(String, String)>,
    /// What of the removal is not undone, in sentences.
    pub remarks: Vec<String>,
    /// The removal itself.
    #[serde(flatten)]
    pub receipt: Receipt,
}

/// Removes rows from a model. `data` must be what it was trained on.
///
/// # Errors
/// When the data are not the training data, a row does not exist or is named twice, or the rows that
/// remain cannot be fitted.
pub fn forget(
    pipeline: &Pipeline,
    data: impl Into<Inputs>,
    reading: &ReadOptions,
    options: &ForgetOptions,
) -> Result<Forgetting> {
    let data = data.into();
    let name = data.to_string();
    if pipeline.post.is_some() {
        return Err(Error::Question(
            "the rule after the model was fitted to rows as well, and is not fitted again here; forget \
             from the model without its rule, and put the rule after it again (`linecall decide` or \
             `linecall fair`)"
                .to_owned(),
        ));
    }
    let Some(training) = training(pipeline) else {
        return Err(Error::Question(format!("no row can be taken out: {ELSEWHERE}")));
    };
    let source = Source::read_for(pipeline, &data, reading)?;
    let before = source.fingerprint_for(pipeline);
    if before != pipeline.fingerprint {
        return Err(linecall_data::Error::new(
            ErrorKind::Value,
            "these are not the rows that the model was trained on, so none can be taken out of it",
        )
        .mend("give the training file")
        .at(Place::file(&name))
        .into());
    }
    let dataset = source.dataset(pipeline).map_err(|e| e.in_file(&name))?;
    let gone = positions(&options.rows, dataset.rows(), &name)?;
    let rest: Vec<usize> =
        (0..dataset.rows()).filter(|row| gone.binary_search(row).is_err()).collect();
    if !rest.is_empty() {
        keeps_classes(&dataset, &rest)?;
    }
    let mut new = pipeline.clone();
    let mut learnt = (Vec::new(), Vec::new());
    let (retained, after): (Option<Dataset>, Fingerprint) = match (&source, &pipeline.front_end) {
        (Source::Table(table), FrontEnd::Table { schema, recipe }) => {
            let left = table.select(&rest);
            let binning = pipeline.binning();
            if binning.is_none() && recipe.is_binned() {
                return Err(Error::Question(
                    "the bins of its columns were made by all rows, and the model does not say how; \
                     fit anew without the rows"
                        .to_owned(),
                ));
            }
            let learn = |rest: &Table| crate::front_end(schema, rest, binning);
            let found = front_end_by::<Error>(table, recipe, &gone, learn)?;
            let retained = if found.front == *recipe {
                None
            } else {
                Some(features::dataset(&found.front, schema, &left)?)
            };
            new.front_end = FrontEnd::Table { schema: schema.clone(), recipe: found.front };
            learnt = (found.changed, found.only_forgotten);
            (retained, Fingerprint::of_table(&left))
        }
        (Source::Matrix(matrix), _) => {
            (None, Fingerprint::of_design(&matrix.design.select_rows(&rest)?))
        }
        (Source::Table(_), FrontEnd::Matrix { .. }) => (None, before.clone()),
    };
    let left = match (&source, &after) {
        (Source::Table(table), _) => Source::Table(table.select(&rest)),
        (Source::Matrix(matrix), _) => Source::Matrix(matrix.select(&rest)?),
    };
    let (_, columns, labels) = crate::recipe::prints(&left);
    drop(left);
    let outside = match &options.outside {
        None => None,
        Some(outside) => {
            let name = outside.to_string();
            let source = Source::read_for(pipeline, outside, reading)?;
            Some(source.dataset(pipeline).map_err(|e| e.in_file(&name))?)
        }
    };
    let settings =
        Options { refit: options.refit, salt: options.salt.clone(), ..Options::default() };
    let beside = Beside { retained: retained.as_ref(), outside: outside.as_ref() };
    let model = &pipeline.model;
    let done = forget_beside(training, model, &dataset, &gone, beside, &settings)?;
    let selected;
    let left = match &retained {
        Some(retained) => retained,
        None => {
            selected = dataset.select(&rest)?;
            &selected
        }
    };
    let mut remarks = Vec::new();
    if !gone.is_empty() {
        new.model = done.model;
        new.certificates = vec![done.certificate];
        new.fingerprint = after;
        let summary = &mut new.training;
        summary.rows = left.rows() as u64;
        let weights = left.weights.as_ref();
        summary.weight = weights.map_or(left.rows() as f64, |weights| weights.iter().sum());
        summary.class_rows = left.labels.counts();
        summary.holdout = None;
        summary.holdout_sets = None;
        summary.command = options.command.clone();
        if let Some(recipe) = &mut summary.recipe {
            recipe.forgotten += gone.len() as u64;
            recipe.columns = columns;
            recipe.labels = labels;
        }
        if summary.tuning_rule.is_some() {
            remarks.push(
                "The strength of the penalty was tuned on all rows, the forgotten ones among them; \
                 fit anew to choose it without them."
                    .to_owned(),
            );
        }
        remarks.push(
            "The metrics on held-out rows were those of the model before, and are left out."
                .to_owned(),
        );
    }
    if done.receipt.recalibrate {
        remarks.push(
            "Probabilities were calibrated with forgotten rows: the new model has those of its loss; \
             fit anew to calibrate them."
                .to_owned(),
        );
    }
    let receipt = ForgetReceipt {
        model_before: crate::sha256(&pipeline.to_bytes()?),
        model_after: crate::sha256(&new.to_bytes()?),
        training_before: before,
        training_after: new.fingerprint.clone(),
        front_end: learnt.0,
        only_forgotten: learnt.1,
        remarks,
        receipt: done.receipt,
    };
    Ok(Forgetting { pipeline: new, receipt })
}

/// Refuses to forget all rows of a class: the model would be one of other classes.
fn keeps_classes(data: &Dataset, rest: &[usize]) -> Result<()> {
    let (before, after) = (data.labels.counts(), data.labels.select(rest).counts());
    let lost = before.iter().zip(&after).position(|(before, after)| *before > 0 && *after == 0);
    match lost.and_then(|class| data.labels.classes().get(class)) {
        None => Ok(()),
        Some(class) => Err(Error::Question(format!(
            "no row of class `{class}` would be left; fit a model without that class instead"
        ))),
    }
}

/// Positions of rows (from 1), increasing.
fn positions(rows: &[u64], count: usize, file: &str) -> Result<Vec<usize>> {
    let mut found = Vec::with_capacity(rows.len());
    for &row in rows {
        match usize::try_from(row).ok().and_then(|row| row.checked_sub(1)) {
            Some(at) if at < count => found.push(at),
            _ => {
                return Err(linecall_data::Error::new(
                    ErrorKind::Value,
                    format!("there is no row {row}: the data have {count} rows, counted from 1"),
                )
                .at(Place::file(file))
                .into());
            }
        }
    }
    found.sort_unstable();
    if let Some(twice) = found.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::Question(format!("row {} is named twice", twice[0] + 1)));
    }
    Ok(found)
}
