//! `inspect --inference`: how sure a saved model is of its coefficients, by methods that say when
//! they hold.
//!
//! The training data are given again, and must be those: [`inference`] compares their fingerprint with
//! the model's. Methods that do not hold are told beside those that do, with the reason. The mathematics is in
//! [`linecall_linear::inference`].

use std::collections::HashMap;

use linecall_data::read::{Inputs, ReadOptions};
use linecall_data::{Dataset, Error as DataError, ErrorKind, Fingerprint, Place};
use linecall_linear::Error as LinearError;
use linecall_linear::inference::{Inference, InferenceMethod, InferenceOptions, InferenceTable};
use serde::Serialize;

use crate::challenge::ELSEWHERE;
use crate::outcome::Remark;
use crate::{Error, Method, Pipeline, Result, Source, coefficient_rows, score_classes};

/// What is asked of a model's coefficients.
#[derive(Clone, Debug, Default)]
pub struct InferOptions {
    /// The methods, in the order in which they are told.
    pub methods: Vec<InferenceMethod>,
    /// The column of the data that says which rows belong together; by default the schema's group
    /// column, where there is one.
    pub cluster: Option<String>,
    /// Level, replicates, seed, terms and base. Its clusters are not read.
    pub options: InferenceOptions,
}

/// A method that does not hold, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refused {
    /// The method.
    pub method: InferenceMethod,
    /// What does not hold and what to do, on one line.
    pub reason: String,
}

/// What is known of a column beside its coefficient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InferenceColumn {
    /// The design column, in the user's words.
    pub name: String,
    /// What a level is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Unit of the user's column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Standard deviation over the training rows (by weight).
    pub deviation: f64,
}

/// How sure a model is of its coefficients.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InferenceReport {
    /// What the first score speaks for: the positive class, or the classes in order.
    pub score_classes: Vec<String>,
    /// The loss.
    pub loss: String,
    /// The penalty.
    pub penalty: String,
    /// Its strength.
    pub lambda: f64,
    /// Whether exponentiated coefficients are odds ratios.
    pub log_odds: bool,
    /// The training data.
    pub fingerprint: Fingerprint,
    /// The design columns, in order.
    pub columns: Vec<InferenceColumn>,
    /// One table a method that holds, in the order asked for.
    pub tables: Vec<InferenceTable>,
    /// The methods that do not hold.
    pub refused: Vec<Refused>,
    /// What a reader must know of all of them.
    pub remarks: Vec<Remark>,
}

/// Asks how sure a model is of its coefficients. `data` must be what it was trained on.
///
/// ```no_run
/// use linecall::{InferOptions, InferenceMethod, Pipeline, inference};
///
/// let model = Pipeline::load("model.linecall")?;
/// let methods = vec![InferenceMethod::Model, InferenceMethod::Hc3];
/// let asked = InferOptions { methods, ..InferOptions::default() };
/// let found = inference(&model, "loans.csv", &Default::default(), &asked)?;
/// for row in &found.tables[0].rows {
///     println!("{} {:?} {:?}", row.term, row.coef, row.std_err);
/// }
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// When the data are not the training data, the model was not trained here by a penalised loss, the
/// cluster column is not there or has gaps, or an option is out of its range.
pub fn inference(
    pipeline: &Pipeline,
    data: impl Into<Inputs>,
    reading: &ReadOptions,
    asked: &InferOptions,
) -> Result<InferenceReport> {
    let data = data.into();
    let name = data.to_string();
    let plan = match &pipeline.training.plan {
        Method::Penalised(plan) => plan,
        Method::Codes(_) => {
            return Err(Error::Question(
                "inference is made for coefficients that are estimated, and these are sums over the \
                 learners of bits; fit the classes themselves, without --multiclass codes"
                    .to_owned(),
            ));
        }
        Method::Scorecard(_) => {
            return Err(Error::Question(
                "inference is made for penalised losses, and this model is a scorecard, whose points \
                 are chosen and not estimated; the risks of its totals have intervals"
                    .to_owned(),
            ));
        }
        Method::Imported(_) => {
            return Err(Error::Question(format!("nothing is known of its errors: {ELSEWHERE}")));
        }
        Method::Direct(plan) => {
            return Err(Error::Question(format!(
                "inference is made for penalised losses, and this model was trained by {}; fit one with \
                 --loss",
                plan.learner.describe()
            )));
        }
    };
    let source = Source::read_for(pipeline, &data, reading)?;
    if source.fingerprint_for(pipeline) != pipeline.fingerprint {
        return Err(DataError::new(
            ErrorKind::Value,
            "these are not the rows that the model was trained on, whose spread its errors come from",
        )
        .mend("give the training file")
        .at(Place::file(&name))
        .into());
    }
    let dataset = source.dataset(pipeline).map_err(|e| e.in_file(&name))?;
    let clusters = match &asked.cluster {
        Some(column) => Some(clusters(&source, column).map_err(|e| e.in_file(&name))?),
        None => None,
    };
    let options = InferenceOptions { clusters, ..asked.options.clone() };
    let inference = Inference::of(plan, &pipeline.model, &dataset, options)?;
    let mut tables = Vec::new();
    let mut refused = Vec::new();
    for &method in &asked.methods {
        match inference.table(method) {
            Ok(table) => tables.push(table),
            Err(
                error @ (LinearError::NotValid { .. }
                | LinearError::TooWide { .. }
                | LinearError::Numerical(_)),
            ) => {
                let reason = Error::from(error).to_string();
                refused.push(Refused { method, reason });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(InferenceReport {
        score_classes: score_classes(pipeline),
        loss: plan.loss.to_string(),
        penalty: plan.penalty.name().to_owned(),
        lambda: plan.penalty.lambda(),
        log_odds: plan.loss == linecall_linear::Loss::Logistic,
        fingerprint: pipeline.fingerprint.clone(),
        columns: columns(pipeline, &dataset),
        tables,
        refused,
        remarks: remarks(pipeline),
    })
}

/// What holds of every method.
fn remarks(pipeline: &Pipeline) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if pipeline.training.tuning_rule.is_some() {
        remarks.push(Remark {
            column: None,
            text:
                "The strength of the penalty was tuned on these rows; no interval allows for that."
                    .to_owned(),
        });
    }
    remarks
}

/// Names, references and standard deviations of the design columns.
fn columns(pipeline: &Pipeline, data: &Dataset) -> Vec<InferenceColumn> {
    let design = &data.design;
    let mut sums = vec![(0.0, 0.0); design.cols()];
    let mut total = 0.0;
    let weight = |row: usize| data.weights.as_ref().map_or(1.0, |w| w[row]);
    // Around the first row, so that large columns keep their digits.
    let mut first = vec![0.0; design.cols()];
    if design.rows() > 0 {
        design.for_each_in_row(0, |j, v| first[j] = v);
    }
    let mut row_values = vec![0.0; design.cols()];
    for row in 0..design.rows() {
        let s = weight(row);
        row_values.fill(0.0);
        design.for_each_in_row(row, |j, v| row_values[j] = v);
        total += s;
        for (sum, (v, first)) in sums.iter_mut().zip(row_values.iter().zip(&first)) {
            sum.0 += s * (v - first);
            sum.1 += s * (v - first).powi(2);
        }
    }
    let deviation = |(a, b): (f64, f64)| (b / total - (a / total).powi(2)).max(0.0).sqrt();
    let rows = coefficient_rows(pipeline).into_iter().zip(sums);
    rows.map(|(row, sums)| InferenceColumn {
        name: row.name,
        reference: row.reference,
        unit: row.unit,
        deviation: deviation(sums),
    })
    .collect()
}

/// The cluster of each row: codes from 0 by first appearance.
fn clusters(source: &Source, name: &str) -> Result<Vec<u32>> {
    let Source::Table(table) = source else {
        return Err(Error::Question(
            "--cluster names a column of a table, and the data are a matrix".to_owned(),
        ));
    };
    let cells = &table.require(name)?.cells;
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut codes = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        if cells.is_missing(row, &[]) {
            return Err(DataError::new(ErrorKind::Value, "the cluster is missing")
                .at(table.origin().place(row).column(name))
                .mend("fill it in, or fit without the row")
                .into());
        }
        let next = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        codes.push(*seen.entry(cells.text(row).into_owned()).or_insert(next));
    }
    Ok(codes)
}
