//! `explain`: why one row is answered as it is, by a model file or by any program.
//!
//! Of a model file the explanation is exact and in closed form: what each column adds to the score
//! against a stated background ([`Means::Contributions`], [`Means::Shap`]), or what LIME's sample
//! converges to ([`Means::Lime`]). Anything else is a black box ([`Answerer`]): a program that reads
//! rows on its standard input, or an HTTP endpoint. It is asked about the row with some of its columns
//! put to the background, always in the user's own columns and words; with few columns about every
//! such row, and the weights are exact, else about a sample that ends when the intervals are narrow.
//!
//! [`representatives`] picks the few rows whose explanations show the whole model (SP-LIME).
//!
//! Sources: see [`linecall_audit::explain`]. Cost: `O(columns)` for a model; for a black box at most
//! [`ExplainOptions::samples`] rows asked.
//!
//! ```no_run
//! use linecall::Pipeline;
//! use linecall::explain::{ExplainOptions, Subject, explain};
//!
//! let pipeline = Pipeline::load("model.linecall")?;
//! let subject = Subject::Model { pipeline: &pipeline, file: "model.linecall" };
//! let why = explain(&subject, "loans.csv", 12, &Default::default(), &ExplainOptions::default())?;
//! for column in &why.explanations[0].columns {
//!     println!("{} = {}: {:+}", column.column, column.value, column.weight);
//! }
//! # Ok::<(), linecall::Error>(())
//! ```

mod answerer;
mod background;
mod black_box;
mod endpoint;
mod model;
mod options;
mod outcome;
mod picks;
mod program;
mod rows;

pub use answerer::Answerer;
pub use background::Backdrop;
pub use endpoint::Endpoint;
pub use options::{ExplainOptions, Means};
pub use outcome::{
    Answer, Explained, Explanation, Pick, Representatives, StabilityPart, SubjectKind, SubjectPart,
    Weighed,
};
pub use program::Program;
pub use rows::{RawMask, RawRows};

use linecall_data::read::{Inputs, ReadOptions};

use crate::{Pipeline, Result};

/// Whose answers are explained.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A model file.
    Model {
        /// The model.
        pipeline: &'a Pipeline,
        /// Its file, as given.
        file: &'a str,
    },
    /// A program or an endpoint, of which only the answers are known.
    BlackBox(&'a Answerer),
}

/// Explains the answer for a row (from 1) of a file, or of several as one.
///
/// # Errors
/// When the data cannot be read, have no such row or do not fit the model, a setting means nothing
/// for the subject, or the black box gives no answer.
pub fn explain(
    subject: &Subject<'_>,
    data: impl Into<Inputs>,
    row: u64,
    reading: &ReadOptions,
    options: &ExplainOptions,
) -> Result<Explanation> {
    options.check(subject)?;
    let data = data.into();
    match subject {
        Subject::Model { pipeline, file } => {
            model::explain(pipeline, file, &data, row, reading, options)
        }
        Subject::BlackBox(answerer) => black_box::explain(answerer, &data, row, reading, options),
    }
}

/// Picks so many rows whose explanations together show the most of what the model goes by: SP-LIME,
/// with the proof or the bound.
///
/// # Errors
/// As for [`explain`], and when no rows are to be picked.
pub fn representatives(
    subject: &Subject<'_>,
    data: impl Into<Inputs>,
    count: usize,
    reading: &ReadOptions,
    options: &ExplainOptions,
) -> Result<Representatives> {
    options.check(subject)?;
    let data = data.into();
    picks::representatives(subject, &data, count, reading, options)
}
