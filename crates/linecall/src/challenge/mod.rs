//! `challenge`: one person's case file.
//!
//! [`challenge`] puts every question that this crate can ask of a call to one row, and answers with
//! a [`CaseFile`]: why the model calls as it does, what would change the call or the proof that
//! nothing does, whether an equally good model would have called otherwise, whether the case is
//! like those that the model learnt from, and how sure the call is. Questions that need the training
//! data take the *reference*: it is checked against the model's fingerprint. What cannot be
//! answered says why.

mod case;
mod group;
mod novel;
mod options;
mod panel;
mod person;
mod points;
mod reference;
mod rivals;
mod way;
mod why;
mod words;

pub use case::{Answer, CallPart, CaseFile, ModelPart, PersonValue};
pub use group::GroupPart;
pub(crate) use group::{favourable, groups};
pub(crate) use novel::scorer;
pub use options::ChallengeOptions;
pub use panel::{Panel, PanelInput, PanelRule};
pub use person::Person;
pub use points::{PointsLine, PointsPart, RivalCards};
pub use reference::{Origin, Reference};
pub(crate) use rivals::near_optimal;
pub use rivals::{ConfidencePart, MultiplicityPart, Witness};
pub use way::{RecoursePart, action_set};
pub(crate) use way::{aim, too_wide, unmeasured};
pub use why::{Added, ContributionsPart};
pub(crate) use why::{ELSEWHERE, training};
pub use words::{GramAdded, NearText, RemovalPart, WordSpan, WordsPart};

use linecall_data::read::{Inputs, ReadOptions};

use crate::{Pipeline, Result};

/// The fewest reference rows that anything is measured on.
const FEWEST: usize = 20;

/// The case file of one row of a file (rows count from 1).
///
/// # Errors
/// When the file cannot be read, has no such row, the row does not fit the model, the reference is
/// not the training data, or a setting contradicts the model.
pub fn challenge(
    pipeline: &Pipeline,
    model_file: &str,
    data: impl Into<Inputs>,
    row: u64,
    reading: &ReadOptions,
    options: &ChallengeOptions,
) -> Result<CaseFile> {
    let data = data.into();
    options.check(pipeline)?;
    let source = crate::Source::read_for(pipeline, &data, reading)?;
    let person = Person::of(pipeline, &source, &data.to_string(), row)?;
    let reference = Reference::of_case(pipeline, &source, &data, &person, reading, options)?;
    case::build(pipeline, model_file, &person, &reference, options)
}
