//! Refusals as Python exceptions, each with the facade's one line.

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::{PyErr, create_exception};

create_exception!(
    linecall,
    Error,
    PyValueError,
    "What linecall refuses: one line with the place, the value and the mend."
);

/// A refusal of the package itself.
pub(crate) fn refuse(text: impl Into<String>) -> PyErr {
    Error::new_err(text.into())
}

/// A failure of a lower crate, ready to become an exception on a thread with the interpreter.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file could not be read or written.
    Io(String),
    /// The input was refused.
    Refused(String),
    /// A panic: our bug.
    Bug(String),
}

impl From<linecall::Error> for Failure {
    fn from(error: linecall::Error) -> Self {
        match &error {
            linecall::Error::Data(e) if e.kind() == linecall::data::ErrorKind::Io => {
                Self::Io(error.to_string())
            }
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl From<linecall::LinearError> for Failure {
    fn from(error: linecall::LinearError) -> Self {
        linecall::Error::from(error).into()
    }
}

impl From<linecall::data::Error> for Failure {
    fn from(error: linecall::data::Error) -> Self {
        linecall::Error::from(error).into()
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Io(text) => PyOSError::new_err(text),
            Failure::Refused(text) => Error::new_err(text),
            Failure::Bug(text) => PyRuntimeError::new_err(format!(
                "a fault of linecall itself, please report it: {text}"
            )),
        }
    }
}

/// What a panic says.
pub(crate) fn panicked(payload: &(dyn std::any::Any + Send)) -> Failure {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    Failure::Bug(text.unwrap_or("no message").to_owned())
}
