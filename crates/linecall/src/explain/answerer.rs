//! What answers for raw rows.

use super::rows::RawRows;
use linecall_audit::explain::BlackBox;

use super::{Answer, Endpoint, Program, SubjectKind, SubjectPart};

/// A black box that is asked about rows of the user's own table.
#[derive(Clone, Debug)]
pub enum Answerer {
    /// A program.
    Program(Program),
    /// An HTTP endpoint.
    Endpoint(Endpoint),
}

impl Answerer {
    /// Numbers that it answers for each row.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Program(program) => program.command.outputs,
            Self::Endpoint(endpoint) => endpoint.outputs,
        }
    }

    /// What its numbers are.
    pub fn answer(&self) -> Answer {
        let probabilities = match self {
            Self::Program(program) => program.command.probabilities,
            Self::Endpoint(endpoint) => endpoint.probabilities,
        };
        if probabilities { Answer::Probability } else { Answer::Number }
    }

    pub(super) fn part(&self) -> SubjectPart {
        let (kind, name) = match self {
            Self::Program(program) => (SubjectKind::Command, program.line.clone()),
            Self::Endpoint(endpoint) => (SubjectKind::Url, endpoint.url.clone()),
        };
        SubjectPart { kind, name, sha256: None }
    }
}

impl BlackBox<RawRows> for Answerer {
    fn answers(&self, rows: &RawRows) -> linecall_audit::Result<Vec<f64>> {
        match self {
            Self::Program(program) => program.answers(rows),
            Self::Endpoint(endpoint) => endpoint.answers(rows),
        }
    }
}
