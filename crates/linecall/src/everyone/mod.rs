//! `audit`: every question of a case file, asked for everybody at once.
//!
//! [`audit()`] answers with an [`AuditReport`]: how good the calls are, who has recourse and at what
//! cost, how many calls an equally good model would make otherwise, how groups fare, which rows are
//! unlike those that the model learnt from, and which training rows weigh most. What cannot be
//! answered says why.

mod influence;
mod novelty;
mod recourse;
mod report;
mod rivals;
mod zero_one;

pub use influence::{InfluencePart, WeightyRow};
pub use novelty::{NoveltyPart, NoveltyWarning};
pub use recourse::{GroupRecourse, RecourseAuditPart};
pub use report::{AuditReport, FairnessPart};
pub use rivals::{GroupMultiplicity, MultiplicityAuditPart, MultiplicityPoint};
pub use zero_one::{Baseline, ZeroOneOptions, ZeroOnePart, ZeroOnePoint};

use linecall_data::read::{Inputs, ReadOptions};
use linecall_linear::metrics::Bootstrap;

use crate::challenge::{ChallengeOptions, Reference};
use crate::{Error, Pipeline, Result, Source};

/// What is asked of everybody.
#[derive(Clone, Debug)]
pub struct AuditOptions {
    /// What is asked of each call: the class wished for, actions, costs, epsilon, rates, seed.
    pub questions: ChallengeOptions,
    /// Columns whose groups are compared.
    pub groups: Vec<String>,
    /// A file that says which people the certificate of recourse is over: its name and its text.
    pub within: Option<(String, String)>,
    /// Shares of the objective for the curves of ambiguity and discrepancy; none for 0.001, 0.003, 0.01
    /// and 0.03, or, under the hinge, for that of the questions alone.
    pub epsilons: Vec<f64>,
    /// Most rows that multiplicity is told for, spread evenly over the data; 0 for all. `None` is
    /// 1,000, or 100 under the hinge, where a row takes about a second of 30,000 training rows.
    pub people: Option<usize>,
    /// How multiplicity under the 0-1 loss is told; `None` leaves it out.
    pub zero_one: Option<ZeroOneOptions>,
    /// Level of the intervals.
    pub level: f64,
    /// Intervals of the metrics.
    pub bootstrap: Bootstrap,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self {
            questions: ChallengeOptions::default(),
            groups: Vec::new(),
            within: None,
            epsilons: Vec::new(),
            people: None,
            zero_one: None,
            level: 0.95,
            bootstrap: Bootstrap::default(),
        }
    }
}

/// Audits a model on the rows of a file, or of several as one.
///
/// # Errors
/// When the data cannot be read or do not fit the model, the reference is not the training data, or a
/// setting contradicts the model.
pub fn audit(
    pipeline: &Pipeline,
    model_file: &str,
    data: impl Into<Inputs>,
    reading: &ReadOptions,
    options: &AuditOptions,
) -> Result<AuditReport> {
    let data = data.into();
    options.questions.check(pipeline)?;
    let source = Source::read_for(pipeline, &data, reading)?;
    let people = Reference::people(pipeline, &source, &data)?;
    if people.design.rows() == 0 {
        return Err(Error::Question(format!("{data}: there are no rows to audit")));
    }
    let reference = Reference::find(pipeline, &source, &data, reading, &options.questions)?;
    report::build(pipeline, model_file, &people, &reference, options)
}
