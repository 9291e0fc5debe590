//! `diagnose`: margins, separability, weight of each row, collinearity.
//!
//! [`diagnose`] asks what a careful statistician asks of a fit before anybody uses it: how far rows
//! are from being called otherwise, whether a boundary parts the classes (so that only the penalty
//! keeps the coefficients finite), which rows moved the coefficients, and which columns say the same.
//! What cannot be answered says why; the other panels are there all the same. The mathematics is in
//! [`linecall_audit::separability`], [`linecall_linear::Influence`] and
//! [`linecall_linear::Collinearity`].

mod columns;
mod margins;
mod rows;

use linecall_audit::separability::{Separability, SeparabilityOptions, separability};
use linecall_data::Dataset;
use linecall_data::read::{Inputs, ReadOptions};
use linecall_linear::class_stats::{ClassStats, Keep};
use serde::Serialize;

pub use columns::{CollinearityPart, Weighting};
pub use margins::{ClassMargins, MarginsPart, RowMargin};
pub use rows::{Refit, RowLine, RowsPart};

use crate::challenge::{Answer, ModelPart, Origin, Reference};
use crate::{Error, Pipeline, Result, Source};

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagnoseOptions {
    /// Rows and columns that are listed.
    pub top: usize,
    /// Rows, of those that weigh most, that the model is fitted without for comparison.
    pub refits: usize,
    /// Whether every row is listed (in [`RowsPart::every`]).
    pub every: bool,
    /// Whether collinearity is that of the information matrix: rows weighted by the curvature of
    /// their loss at the fit.
    pub weighted: bool,
    /// Whether the widest gap, or the point that the hulls share, is looked for.
    pub gap: bool,
}

impl Default for DiagnoseOptions {
    fn default() -> Self {
        Self { top: 10, refits: 3, every: false, weighted: false, gap: true }
    }
}

/// What is found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DiagnoseReport {
    /// Version of the program.
    pub linecall: String,
    /// The model.
    pub model: ModelPart,
    /// The data, as given.
    pub data: String,
    /// Their rows.
    pub rows: u64,
    /// Columns of the design.
    pub columns: u64,
    /// Whether they are the rows that the model was trained on.
    pub training: bool,
    /// How far rows are from being called otherwise.
    pub margins: Answer<MarginsPart>,
    /// Whether a boundary parts the classes: one answer for two classes, one a class for more.
    pub separability: Answer<Vec<Separability>>,
    /// Which rows moved the coefficients.
    pub influence: Answer<RowsPart>,
    /// Which columns say the same.
    pub collinearity: Answer<CollinearityPart>,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

/// Diagnoses a model on the rows of a file, or of several as one: best those it was trained on.
///
/// ```no_run
/// use linecall::{DiagnoseOptions, Pipeline, diagnose};
///
/// let model = Pipeline::load("model.linecall")?;
/// let options = DiagnoseOptions::default();
/// let found = diagnose(&model, "model.linecall", "loans.csv", &Default::default(), &options)?;
/// if let Some(rows) = found.influence.given() {
///     println!("{:.1} effective degrees of freedom", rows.degrees);
/// }
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// When the data cannot be read or do not fit the model.
pub fn diagnose(
    pipeline: &Pipeline,
    model_file: &str,
    data: impl Into<Inputs>,
    reading: &ReadOptions,
    options: &DiagnoseOptions,
) -> Result<DiagnoseReport> {
    let data = data.into();
    let source = Source::read_for(pipeline, &data, reading)?;
    let people = Reference::people(pipeline, &source, &data)?;
    if people.design.rows() == 0 {
        return Err(Error::Question(format!("{data}: there are no rows to diagnose")));
    }
    let labelled = || -> std::result::Result<&Dataset, String> {
        let Some(dataset) = &people.dataset else {
            return Err(people.unlabelled.clone().unwrap_or_default());
        };
        match dataset.labels.is_multilabel() {
            true => Err("rows carry sets of labels, and each label has an answer of its own; \
                         diagnose a model of one label"
                .to_owned()),
            false => Ok(dataset),
        }
    };
    let training = people.origin == Origin::Training;
    let mut remarks = Vec::new();
    if !training {
        remarks.push(
            "These are not the rows that the model was trained on: margins, separability and \
             collinearity are theirs, and the weight of training rows is not told."
                .to_owned(),
        );
    }
    remarks.extend(pipeline.post.as_ref().map(|_| {
        "The rule after the model moves calls: margins are those of the model before it.".to_owned()
    }));
    let margins = labelled().and_then(|data| margins::margins(pipeline, data, options));
    let separability = labelled().and_then(|data| parted(pipeline, data, options));
    let influence = labelled().and_then(|data| rows::rows(pipeline, data, training, options));
    let collinearity = columns::columns(pipeline, &people, options);
    Ok(DiagnoseReport {
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        model: ModelPart::of(pipeline, model_file)?,
        data: people.name.clone(),
        rows: people.design.rows() as u64,
        columns: people.design.cols() as u64,
        training,
        margins: margins.into(),
        separability: separability.into(),
        influence: influence.into(),
        collinearity: collinearity.into(),
        remarks,
    })
}

/// Whether the model has an intercept that is free.
fn has_intercept(pipeline: &Pipeline) -> bool {
    pipeline.training.plan.penalised().is_none_or(|plan| plan.fit_intercept)
}

/// Whether distances are told in standard deviations: as the model was penalised.
fn standardized(pipeline: &Pipeline) -> bool {
    pipeline.training.plan.standardize() || pipeline.training.plan.imported().is_some()
}

fn parted(
    pipeline: &Pipeline,
    data: &Dataset,
    options: &DiagnoseOptions,
) -> std::result::Result<Vec<Separability>, String> {
    let model = &pipeline.model;
    let hint = match (model.positive(), model.coef(), model.intercept()) {
        (Some(_), [w], [b]) => Some((w.clone(), *b)),
        _ => None,
    };
    let asked = SeparabilityOptions {
        intercept: has_intercept(pipeline),
        standardize: standardized(pipeline),
        nearest: options.gap,
        hint,
    };
    separability(data, model.positive().unwrap_or(0), &asked).map_err(|e| e.to_string())
}

/// Standard deviations of the columns, over rows of positive weight; 0 for a constant one.
pub(crate) fn deviations(
    design: &linecall_data::Design,
    weights: Option<&[f64]>,
) -> std::result::Result<Vec<f64>, String> {
    let codes = vec![0; design.rows()];
    let stats = ClassStats::of(design, &codes, 1, weights, Keep::Variances)
        .map_err(|error| error.to_string())?;
    Ok(stats.total_variance().into_iter().map(f64::sqrt).collect())
}
