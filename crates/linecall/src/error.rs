//! Why the facade refused: one line that names the place and the mend.

use linecall_data::{escaped, one_line};

/// An error of the facade. Displays as one line.
///
/// ```
/// let e = linecall::Error::model_file("m.linecall", "manifest.json", "the file ends inside it");
/// assert_eq!(e.to_string(), "m.linecall: manifest.json: the file ends inside it");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input was refused: file, line, row, column, value and mend.
    #[error(transparent)]
    Data(#[from] linecall_data::Error),
    /// A fit, a score or a metric was refused. Classes and columns are named as the data name them,
    /// so control characters are escaped here.
    #[error("{}", escaped(&.0.to_string()))]
    Linear(#[from] linecall_linear::Error),
    /// A question was refused. Columns and rules are named as the user wrote them, so control
    /// characters are escaped here.
    #[error("{}", escaped(&.0.to_string()))]
    Audit(linecall_audit::Error),
    /// What is asked contradicts the model.
    #[error("{}", escaped(.0))]
    Question(String),
    /// A model file was refused, or a model cannot be written as one.
    #[error("{file}: {part}: {problem}{}", .mend.as_ref().map(|m| format!("; {m}")).unwrap_or_default())]
    ModelFile {
        /// The file, as the caller named it.
        file: String,
        /// Where in the file: `manifest.json`, `weights.safetensors`, `zip directory` or
        /// `trailing bytes`.
        part: String,
        /// What is wrong, on one line.
        problem: String,
        /// What the user can do about it.
        mend: Option<String>,
    },
}

impl From<linecall_audit::Error> for Error {
    fn from(error: linecall_audit::Error) -> Self {
        match error {
            linecall_audit::Error::Data(error) => Self::Data(error),
            linecall_audit::Error::Linear(error) => Self::Linear(error),
            other => Self::Audit(other),
        }
    }
}

impl Error {
    /// A model file refused at one of its parts. Control characters are escaped, so that the
    /// message stays on one line.
    pub fn model_file(
        file: impl AsRef<str>,
        part: impl Into<String>,
        problem: impl AsRef<str>,
    ) -> Self {
        Self::ModelFile {
            file: one_line(file.as_ref()),
            part: part.into(),
            problem: one_line(problem.as_ref()),
            mend: None,
        }
    }

    /// The same error in a named file, where none is named yet.
    #[must_use]
    pub fn in_file(self, file: &str) -> Self {
        match self {
            Self::Data(error) => Self::Data(error.in_file(file)),
            other => other,
        }
    }

    /// The same error with what the user can do about it (model files only; other errors carry
    /// their own).
    #[must_use]
    pub fn mend(mut self, text: impl AsRef<str>) -> Self {
        if let Self::ModelFile { mend, .. } = &mut self {
            *mend = Some(one_line(text.as_ref()));
        }
        self
    }
}
