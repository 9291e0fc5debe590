//! One error type: what is wrong, where, and how to mend it, in one line.

use std::fmt;

/// Where in the input a problem lies. Every part is optional; what is known is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// File name as the user gave it (`-` is standard input).
    pub file: Option<String>,
    /// Line of the file, counted from 1.
    pub line: Option<u64>,
    /// Data row, counted from 1 (the header is not a row).
    pub row: Option<u64>,
    /// Column name.
    pub column: Option<String>,
}

impl Place {
    /// A place that is a whole file.
    pub fn file(name: impl Into<String>) -> Self {
        Self { file: Some(name.into()), ..Self::default() }
    }

    /// The same place, at a line of the file (from 1).
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same place, at a data row (from 1).
    #[must_use]
    pub fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// The same place, in a named column.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>) -> Self {
        self.column = Some(name.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(file) = &self.file {
            parts.push(if file == "-" { "standard input".to_owned() } else { escaped(file) });
        }
        if let Some(line) = self.line {
            parts.push(format!("line {line}"));
        }
        if let Some(row) = self.row {
            parts.push(format!("row {row}"));
        }
        if let Some(column) = &self.column {
            parts.push(format!("column `{}`", printable(column)));
        }
        f.write_str(&parts.join(", "))
    }
}

/// What kind of thing went wrong; the words are in [`Error`]'s message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file could not be opened, read or written.
    Io,
    /// The bytes are not what the format asks for.
    Format,
    /// The bytes are not text in the stated encoding.
    Encoding,
    /// A cell does not hold what its column's schema says.
    Value,
    /// A column is missing, repeated or unknown.
    Column,
    /// The schema contradicts itself or the data.
    Schema,
    /// A limit was passed (decompressed size, index range, memory).
    Limit,
    /// The data hold too little for the question (no rows, one class).
    Empty,
}

/// An error about input: kind, place, problem and mend. Displays as one line.
///
/// ```
/// use linecall_data::{Error, ErrorKind, Place};
/// let e = Error::new(ErrorKind::Value, "expected a number")
///     .at(Place::file("train.csv").line(182).row(181).column("income"))
///     .value("n/a")
///     .mend("add it to the column's `missing_codes` if it means missing");
/// assert_eq!(
///     e.to_string(),
///     "train.csv, line 182, row 181, column `income`: `n/a`: expected a number; \
///      add it to the column's `missing_codes` if it means missing"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}", self.one_line())]
pub struct Error {
    kind: ErrorKind,
    place: Box<Place>,
    value: Option<String>,
    problem: String,
    mend: Option<String>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What is wrong with a TOML text, at its line.
    pub fn toml(error: &toml::de::Error, text: &str, file: &str) -> Self {
        let before = error.span().map(|span| text.get(..span.start).unwrap_or(""));
        let mut place = Place::file(file);
        place.line = before.map(|before| 1 + before.matches('\n').count() as u64);
        Self::new(ErrorKind::Schema, error.message().to_owned()).at(place)
    }

    /// An error of a kind, with the problem in a few words (no final stop).
    pub fn new(kind: ErrorKind, problem: impl Into<String>) -> Self {
        Self {
            kind,
            place: Box::default(),
            value: None,
            problem: problem.into(),
            mend: None,
            source: None,
        }
    }

    /// An operating-system error on a file.
    pub fn io(file: impl Into<String>, cause: std::io::Error) -> Self {
        let problem = match cause.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            std::io::ErrorKind::IsADirectory => "is a folder, expected a file".to_owned(),
            _ => cause.to_string(),
        };
        let mut error = Self::new(ErrorKind::Io, problem).at(Place::file(file));
        error.source = Some(Box::new(cause));
        error
    }

    /// The same error at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Box::new(place);
        self
    }

    /// The same error, in a named file, unless a file is already named.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        if self.place.file.is_none() {
            self.place.file = Some(file.to_owned());
        }
        self
    }

    /// The same error, quoting the value found (shortened and made printable).
    #[must_use]
    pub fn value(mut self, value: impl AsRef<str>) -> Self {
        self.value = Some(printable(value.as_ref()));
        self
    }

    /// The same error, with what the user can do about it.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    /// The same error, with the error that caused it.
    #[must_use]
    pub fn because(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(cause));
        self
    }

    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where the problem lies.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn one_line(&self) -> String {
        let mut line = self.place.to_string();
        if !line.is_empty() {
            line.push_str(": ");
        }
        if let Some(value) = &self.value {
            line.push('`');
            line.push_str(value);
            line.push_str("`: ");
        }
        line.push_str(&sentence(&self.problem));
        if let Some(mend) = &self.mend {
            line.push_str("; ");
            line.push_str(&sentence(mend));
        }
        line
    }
}

/// Words that may quote a file (other libraries' messages do): line ends become spaces, other
/// control characters are escaped, at most 1,000 characters are kept.
fn sentence(text: &str) -> String {
    shortened(&text.replace(['\n', '\r'], " "), 1000)
}

/// The text as it may stand in a message of one line: control characters escaped, and what comes after
/// 300 characters left out.
pub fn one_line(text: &str) -> String {
    shortened(text, 300)
}

/// Text from a file made fit for one line of a terminal: control characters escaped, at most 60
/// characters kept.
pub(crate) fn printable(text: &str) -> String {
    shortened(text, 60)
}

/// Control characters escaped, and what comes after the first `keep` characters left out.
fn shortened(text: &str, keep: usize) -> String {
    match text.char_indices().nth(keep) {
        Some((end, _)) => escaped(text.get(..end).unwrap_or("")) + "…",
        None => escaped(text),
    }
}

/// The text with control characters escaped: nothing moves the cursor of a terminal or ends a line.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
