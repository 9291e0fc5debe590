//! Rows in, and the types that every other crate speaks (floor 1).
//!
//! The flow is one way. A [`read`] module turns a file into a [`Table`] (named columns of raw
//! cells) or, for matrix formats, straight into a [`Dataset`]. A [`Schema`] says what each column
//! is, and is inferred, printed, edited as TOML and read back. A front end (crate
//! `linecall-features`) applies the schema to a table and yields a [`Design`]: the one matrix type
//! that every learner and every audit takes. [`Labels`] hold the target as class codes.
//! [`Certificate`] is what is proved about a model.
//!
//! Memory: a table keeps each cell's text once and about one and a half bytes more; numbers are parsed when the
//! schema is applied, so that an error can still quote what the file said.
//!
//! Every reader refuses bad input with one [`Error`]: file, line, row, column, value and mend.
#![warn(missing_docs)]

mod binarize;
mod buffer;
mod cells;
mod certificate;
mod columns;
mod dataset;
mod design;
mod digits;
mod error;
mod fingerprint;
pub mod infer;
mod labels;
mod lines;
mod number;
pub mod read;
pub mod schema;
mod steps;
mod table;
mod text;

pub use buffer::Buffer;
pub use cells::{Cells, TextCells};
pub use certificate::{
    BitErrors, CardCertificate, Certificate, CodeCertificate, DirectCertificate, FitCertificate,
    StopReason,
};
pub use columns::{ColumnRun, DesignColumn, DesignColumns, GramNames, Term, Variable};
pub use dataset::Dataset;
pub use design::{Csr, Dense, Design, Matrix};
pub use error::{Error, ErrorKind, Place, escaped, one_line};
pub use fingerprint::{ColumnHash, DesignHash, Fingerprint, LabelHash, TableHash};
pub use labels::{Labels, check_label_separator, label_names};
pub use lines::Lines;
pub use schema::Schema;
pub use table::{Column, Later, Origin, Table};
pub use text::{Analyzer, Documents, Norm, Normalization, Segmenter, TextSettings, Weighting};

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
