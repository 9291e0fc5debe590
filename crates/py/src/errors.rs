//! Refusals as Python exceptions, each with the facade's one line.

use pyo3::exceptions::{PyMemoryError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::{PyErr, PyResult, create_exception};

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

/// Refuses a model of more numbers than the memory holds: an allocation that fails would end the
/// interpreter. `numbers` are kept for each column and class.
pub(crate) fn room(columns: usize, classes: usize, numbers: usize) -> PyResult<()> {
    let wanted = columns.checked_mul(classes.max(1)).and_then(|n| n.checked_mul(numbers));
    let there = |wanted: usize| Vec::<f64>::new().try_reserve_exact(wanted).is_ok();
    match wanted.is_some_and(there) {
        true => Ok(()),
        false => Err(PyMemoryError::new_err(format!(
            "a model of {columns} columns and {classes} classes needs more memory than there is"
        ))),
    }
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
