//! `predict`: a call, probabilities and scores for each row, in a stream.

use std::io::Write;

use linecall_data::Design;
use linecall_data::read::{self, Inputs, ReadOptions, format_of};
use linecall_features as features;

use crate::source::{check_kind, read_as};
use crate::{Error, FrontEnd, Pipeline, Result, tell};

/// Rows read, scored and written at a time.
const BATCH: usize = 4096;

/// How calls are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallFormat {
    /// CSV with a header.
    #[default]
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// What [`predict`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Predicted {
    /// Rows written.
    pub rows: u64,
    /// Cells whose level was not seen in training and was taken as the reference, by column.
    pub unseen: Vec<(String, u64)>,
}

/// The call of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Row of the data, from 1.
    pub row: u64,
    /// The row's identifier, where the schema has an id column.
    pub id: Option<String>,
    /// The class called; of a model of sets, the labels called, parted by the separator.
    pub class: String,
    /// The labels called by a model of sets; `None` for a model of one class a row.
    pub labels: Option<Vec<String>>,
    /// Probability of each class, in class order; empty for a model without probabilities.
    pub probability: Vec<f64>,
    /// Scores: one for two classes, K for K.
    pub score: Vec<f64>,
    /// Whether a rule after the model changed the call; `None` for a model without one. Score and
    /// probability are the model's either way.
    pub changed_by_rule: Option<bool>,
}

/// Calls every row of a design.
///
/// # Errors
/// When the design does not fit the model or a score overflows.
pub fn calls(
    pipeline: &Pipeline,
    design: &Design,
    ids: Option<&[String]>,
    before: u64,
) -> Result<Vec<Call>> {
    let model = &pipeline.model;
    let scores = model.scores(design)?;
    let ruled = pipeline.post.as_ref().map(|post| post.calls(model, design)).transpose()?;
    let separator = pipeline.front_end.multilabel().map(String::from);
    let rows = scores.chunks_exact(model.n_scores()).enumerate();
    Ok(rows
        .map(|(i, score)| {
            let own = model.labels_of(score);
            let after = ruled.as_ref().and_then(|calls| calls.get(i).copied());
            let changed_by_rule = after.map(|class| own != [class]);
            let called = after.map_or(own, |class| vec![class]);
            let called = called.into_iter().filter_map(|k| model.classes().get(k).cloned());
            let called: Vec<String> = called.collect();
            Call {
                row: before + i as u64 + 1,
                id: ids.and_then(|ids| ids.get(i).cloned()),
                class: called.join(separator.as_deref().unwrap_or_default()),
                labels: model.is_multilabel().then_some(called),
                probability: model.probabilities_of(score).unwrap_or_default(),
                score: score.to_vec(),
                changed_by_rule,
            }
        })
        .collect())
}

/// Calls every row of a file, or of several as one, and writes the calls in order. Tables, LIBSVM
/// and arrays that are stored row by row are read in constant memory.
///
/// Columns: `row`, the id column under its own name if the schema has one, `call`,
/// `probability_CLASS` for each class, and `score` (or `score_CLASS` for each of three or more). Of
/// a model of sets of labels, `call` lists the labels whose score is positive (in JSON as an array),
/// and each label has its probability and its score. Where a rule after the model makes the calls,
/// `changed_by_rule` says whether each is another than the model's own.
///
/// # Errors
/// When a row cannot be read or scored, or the output cannot be written. Rows before the bad one
/// have been written by then.
pub fn predict(
    pipeline: &Pipeline,
    data: impl Into<Inputs>,
    options: &ReadOptions,
    format: CallFormat,
    out: &mut dyn Write,
) -> Result<Predicted> {
    let data = data.into();
    let format_found = format_of(&data, options)?;
    let options = &read_as(pipeline, options, format_found);
    check_kind(pipeline, &data, format_found)?;
    let mut done = Predicted::default();
    let mut writer = CallWriter::new(pipeline, format, out)?;
    match &pipeline.front_end {
        FrontEnd::Table { schema, recipe } => {
            for batch in read::batches(&data, options, BATCH)? {
                let batch = batch?;
                let applied = recipe.apply(&batch)?;
                let ids = features::ids(schema, &batch);
                writer.write(&calls(pipeline, &applied.design, ids.as_deref(), done.rows)?)?;
                done.rows += batch.rows() as u64;
                add_unseen(&mut done.unseen, applied.unseen);
            }
        }
        FrontEnd::Matrix { columns, .. } => {
            for batch in read::matrix::batches(&data, options, BATCH, *columns)? {
                let batch = batch?;
                let design = pipeline.front_end.encode(batch.design)?;
                writer.write(&calls(pipeline, &design, None, batch.rows_before)?)?;
                done.rows += design.rows() as u64;
            }
        }
    }
    writer.finish()?;
    Ok(done)
}

fn add_unseen(total: &mut Vec<(String, u64)>, more: Vec<(String, u64)>) {
    for (column, count) in more.into_iter().filter(|m| m.1 > 0) {
        match total.iter_mut().find(|t| t.0 == column) {
            Some(t) => t.1 += count,
            None => total.push((column, count)),
        }
    }
}

/// Writes calls as CSV or JSON lines.
struct CallWriter<'a> {
    format: CallFormat,
    header: Vec<String>,
    /// Whether the second name of the header is that of an id.
    has_id: bool,
    /// Whether the data, and so whether they have the ids, are known.
    begun: bool,
    out: &'a mut dyn Write,
}

impl<'a> CallWriter<'a> {
    fn new(pipeline: &Pipeline, format: CallFormat, out: &'a mut dyn Write) -> Result<Self> {
        let id = pipeline
            .front_end
            .schema()
            .and_then(|s| s.with_role(linecall_data::schema::Role::Id))
            .map(|c| c.name.clone());
        let (mut header, has_id) = (vec!["row".to_owned()], id.is_some());
        header.extend(id.clone());
        header.push("call".to_owned());
        if pipeline.model.probabilities_of(&vec![0.0; pipeline.model.n_scores()]).is_some() {
            header.extend(pipeline.classes().iter().map(|c| format!("probability_{c}")));
        }
        match pipeline.model.n_scores() {
            1 if !pipeline.model.is_multilabel() => header.push("score".to_owned()),
            _ => header.extend(tell::score_classes(pipeline).iter().map(|c| format!("score_{c}"))),
        }
        if pipeline.post.is_some() {
            header.push("changed_by_rule".to_owned());
        }
        // An id column may have the name of one of ours.
        let taken = |id: &String| header.iter().skip(2).chain(header.first()).any(|h| h == id);
        if let Some(id) = id.filter(taken)
            && let Some(name) = header.get_mut(1)
        {
            *name = format!("id_{id}");
        }
        Ok(Self { format, header, has_id, begun: false, out })
    }

    /// Writes the header. The data may lack the ids that the schema speaks of.
    fn begin(&mut self, has_id: bool) -> Result<()> {
        self.begun = true;
        if self.has_id && !has_id {
            self.header.remove(1);
        }
        match self.format {
            CallFormat::Csv => self.write_records(std::iter::once(self.header.clone())),
            CallFormat::Jsonl => Ok(()),
        }
    }

    fn write(&mut self, calls: &[Call]) -> Result<()> {
        if !self.begun {
            self.begin(calls.first().is_none_or(|call| call.id.is_some()))?;
        }
        match self.format {
            CallFormat::Csv => self.write_records(calls.iter().map(record)),
            CallFormat::Jsonl => {
                let mut text = String::new();
                for call in calls {
                    let object: serde_json::Map<String, serde_json::Value> =
                        self.header.iter().cloned().zip(values(call)).collect();
                    text.push_str(&serde_json::Value::Object(object).to_string());
                    text.push('\n');
                }
                self.write_all(text.as_bytes())
            }
        }
    }

    fn write_records(&mut self, records: impl Iterator<Item = Vec<String>>) -> Result<()> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        for record in records {
            csv.write_record(&record).map_err(|e| output_error(e.into()))?;
        }
        let bytes = csv.into_inner().map_err(|e| output_error(e.into_error()))?;
        self.write_all(&bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(output_error)
    }

    fn finish(mut self) -> Result<()> {
        if !self.begun {
            self.begin(true)?;
        }
        self.out.flush().map_err(output_error)
    }
}

fn record(call: &Call) -> Vec<String> {
    let mut record = vec![call.row.to_string()];
    record.extend(call.id.clone());
    record.push(call.class.clone());
    record.extend(call.probability.iter().chain(&call.score).map(f64::to_string));
    record.extend(call.changed_by_rule.map(|changed| changed.to_string()));
    record
}

fn values(call: &Call) -> Vec<serde_json::Value> {
    let mut values = vec![serde_json::Value::from(call.row)];
    values.extend(call.id.clone().map(Into::into));
    values.push(match &call.labels {
        None => call.class.clone().into(),
        Some(labels) => labels.clone().into(),
    });
    values.extend(call.probability.iter().chain(&call.score).map(|v| (*v).into()));
    values.extend(call.changed_by_rule.map(serde_json::Value::from));
    values
}

fn output_error(error: std::io::Error) -> Error {
    linecall_data::Error::io("output", error).into()
}
