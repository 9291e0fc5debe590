//! The rows that a case is held against.

use std::borrow::Cow;

use linecall_data::read::{Inputs, ReadOptions};
use linecall_data::{Dataset, Design, ErrorKind, Place};
use serde::Serialize;

use super::person::inputs;
use super::{ChallengeOptions, Person};
use crate::{Pipeline, Result, Source};

/// Where reference rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// They are the training data: their fingerprint is the model's.
    Training,
    /// The model does not know what it was trained on, and these were given.
    Given,
    /// They are the data that hold the case; the training data were not given.
    Data,
    /// The row of the case alone: others of its data do not fit the model.
    Case,
}

/// The rows that a case is held against.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The files, as given.
    pub name: String,
    /// What they are.
    pub origin: Origin,
    /// Rows with labels, where all have one; else only the design is there.
    pub dataset: Option<Dataset>,
    /// Why there are no labels.
    pub unlabelled: Option<String>,
    /// The design.
    pub design: Design,
    /// The raw rows; `None` for a matrix.
    pub source: Source,
}

impl Reference {
    /// The rows that are given as reference, or the data themselves.
    ///
    /// # Errors
    /// When the reference cannot be read, or is not what the model was trained on.
    pub fn find(
        pipeline: &Pipeline,
        source: &Source,
        data: &Inputs,
        reading: &ReadOptions,
        options: &ChallengeOptions,
    ) -> Result<Self> {
        let known = pipeline.fingerprint.is_known();
        let Some(given) = &options.reference else {
            let training = known && source.fingerprint_for(pipeline) == pipeline.fingerprint;
            let origin = if training { Origin::Training } else { Origin::Data };
            return Self::of(pipeline, source.clone(), data.to_string(), origin);
        };
        let source = Source::read_for(pipeline, given, reading)?;
        let found = source.fingerprint_for(pipeline);
        if known && found != pipeline.fingerprint {
            let (a, b) = (&found, &pipeline.fingerprint);
            let short = |sha: &str| sha.get(..12).unwrap_or(sha).to_owned();
            return Err(linecall_data::Error::new(
                ErrorKind::Value,
                format!(
                    "these are not the rows that the model was trained on: {} rows of {} columns \
                     with fingerprint {}, expected {} rows of {} columns with {}",
                    a.rows,
                    a.columns,
                    short(&a.sha256),
                    b.rows,
                    b.columns,
                    short(&b.sha256),
                ),
            )
            .mend("give the training file, or leave --reference out")
            .at(Place::file(given.to_string()))
            .into());
        }
        let origin = if known { Origin::Training } else { Origin::Given };
        Self::of(pipeline, source, given.to_string(), origin)
    }

    /// The rows that a case is held against. Where none are given and another row of its data does not
    /// fit the model, that is the row of the case alone.
    pub(super) fn of_case(
        pipeline: &Pipeline,
        source: &Source,
        data: &Inputs,
        person: &Person,
        reading: &ReadOptions,
        options: &ChallengeOptions,
    ) -> Result<Self> {
        match (Self::find(pipeline, source, data, reading, options), &person.table) {
            (Err(error), Some(one)) if options.reference.is_none() => Ok(Self {
                name: data.to_string(),
                origin: Origin::Case,
                dataset: None,
                unlabelled: Some(error.to_string()),
                design: person.design.clone(),
                source: Source::Table(one.clone()),
            }),
            (found, _) => found,
        }
    }

    /// The design with what binned columns hold ([`linecall_audit::Inputs::full`]); the design itself
    /// where there are none.
    ///
    /// # Errors
    /// When the rows do not fit the model.
    pub(crate) fn full(&self, pipeline: &Pipeline) -> Result<Cow<'_, Design>> {
        let table = match &self.source {
            Source::Table(table) => Some(table),
            Source::Matrix(_) => None,
        };
        let full = super::person::full(pipeline, &inputs(pipeline), &self.design, table)?;
        Ok(full.map_or(Cow::Borrowed(&self.design), Cow::Owned))
    }

    /// The people of an audit, with what they are.
    pub(crate) fn people(pipeline: &Pipeline, source: &Source, data: &Inputs) -> Result<Self> {
        let known = pipeline.fingerprint.is_known();
        let training = known && source.fingerprint_for(pipeline) == pipeline.fingerprint;
        let origin = if training { Origin::Training } else { Origin::Data };
        Self::of(pipeline, source.clone(), data.to_string(), origin)
    }

    fn of(pipeline: &Pipeline, source: Source, name: String, origin: Origin) -> Result<Self> {
        let dataset = source.dataset(pipeline);
        let (dataset, unlabelled) = match dataset {
            Ok(dataset) => (Some(dataset), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let design = match (&dataset, &source) {
            (Some(dataset), _) => dataset.design.clone(),
            (None, Source::Table(table)) => {
                pipeline.design(table).map_err(|e| e.in_file(&name))?.design
            }
            (None, Source::Matrix(matrix)) => pipeline.front_end.encode(matrix.design.clone())?,
        };
        Ok(Self { name, origin, dataset, unlabelled, design, source })
    }
}
