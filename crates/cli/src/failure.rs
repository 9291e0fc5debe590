//! Why a verb could not run.

use std::fmt;
use std::io::ErrorKind;

/// One line for the user.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Refused by the facade.
    Linecall(linecall::Error),
    /// Standard output or a file could not be written.
    Output(String, std::io::Error),
    /// The arguments do not go together.
    Usage(String),
    /// The report could not be made.
    Report(linecall_report::Error),
}

/// The result of a verb: whether the answer is yes.
pub(crate) type Answer = Result<bool, Failure>;

impl Failure {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// Whether the reader of standard output has gone away (`linecall ... | head`).
    pub(crate) fn is_closed_pipe(&self) -> bool {
        let pipe = |e: &std::io::Error| e.kind() == ErrorKind::BrokenPipe;
        match self {
            Self::Output(_, error) => pipe(error),
            Self::Linecall(error) => {
                let mut source = std::error::Error::source(error);
                while let Some(inner) = source {
                    if inner.downcast_ref::<std::io::Error>().is_some_and(pipe) {
                        return true;
                    }
                    source = inner.source();
                }
                false
            }
            _ => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linecall(error) => error.fmt(f),
            Self::Output(name, error) => match error.kind() {
                ErrorKind::NotFound => {
                    write!(f, "{name}: cannot be written: there is no such folder; make it first")
                }
                ErrorKind::IsADirectory => write!(f, "{name}: is a folder; name a file in it"),
                ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
                    write!(f, "{name}: there is a file where a folder is needed; name another")
                }
                ErrorKind::PermissionDenied => {
                    write!(f, "{name}: permission denied; name another place")
                }
                _ => write!(f, "{name}: {error}"),
            },
            Self::Usage(text) => f.write_str(text),
            Self::Report(error) => error.fmt(f),
        }
    }
}

impl From<linecall::Error> for Failure {
    fn from(error: linecall::Error) -> Self {
        Self::Linecall(error)
    }
}

impl From<linecall::data::Error> for Failure {
    fn from(error: linecall::data::Error) -> Self {
        Self::Linecall(error.into())
    }
}

impl From<linecall_report::Error> for Failure {
    fn from(error: linecall_report::Error) -> Self {
        Self::Report(error)
    }
}
