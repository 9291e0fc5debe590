//! Why a fit, a score or a metric was refused.

/// An error of this crate. Displays as one line that says what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rows hold a single class (after zero weights are dropped).
    #[error("all rows are of one class, `{class}`; a classifier needs rows of at least two")]
    OneClass {
        /// The class.
        class: String,
    },
    /// No label of rows that carry sets of them tells rows apart (after zero weights are dropped).
    #[error(
        "every label is carried by all rows or by none; a classifier needs rows with a label and \
         rows without it"
    )]
    NoLabelVaries,
    /// There are no rows.
    #[error("there are no rows with positive weight to learn from")]
    NoRows,
    /// A class has no row to learn from.
    #[error(
        "class `{class}` has no row with positive weight, and this learner needs rows of every \
         class; give rows of it, or leave the class out"
    )]
    EmptyClass {
        /// The class.
        class: String,
    },
    /// A value is outside what the learner can take.
    #[error("row {row}, column `{column}`: `{value}`: {problem}; {mend}")]
    Value {
        /// The row, counted from 1.
        row: usize,
        /// The design column, in the user's words.
        column: String,
        /// The value.
        value: f64,
        /// What is wrong with it.
        problem: &'static str,
        /// What to do.
        mend: &'static str,
    },
    /// A matrix of columns by columns would be too large.
    #[error("{what} takes at most {limit} columns, and there are {columns}; {mend}")]
    TooWide {
        /// What needs the matrix.
        what: &'static str,
        /// Number of columns.
        columns: usize,
        /// The most that are allowed.
        limit: usize,
        /// What to do.
        mend: &'static str,
    },
    /// A row is of a class that the model does not know.
    #[error("row {row} is of class `{class}`, which the model does not know; leave such rows out")]
    UnknownClass {
        /// The class.
        class: String,
        /// The first such row, counted from 1.
        row: usize,
    },
    /// A setting is outside its range.
    #[error("`{name}` is {value}, expected {expected}")]
    Setting {
        /// The setting's name, as in the command's flags.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// Bytes that are no packed model, or a model that cannot be packed.
    #[error("packed model: {0}")]
    Packed(String),
    /// There are no words for the classes.
    #[error("{0}")]
    Codes(String),
    /// No scorecard could be made.
    #[error("{0}")]
    Scorecard(String),
    /// Two inputs do not fit together.
    #[error("{what}: {found}, expected {expected}")]
    Shape {
        /// Which input.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The size it should have.
        expected: usize,
    },
    /// No minimiser exists: the classes are separated and nothing bounds the coefficients.
    #[error(
        "the classes are separated by {}; without a penalty the coefficients grow without end: \
         use a penalty (--lambda above 0), or drop or regroup these columns; under a penalty \
         'inspect --inference firth' has intervals",
        .columns.join(", ")
    )]
    Separated {
        /// The columns that carry the separation, strongest first.
        columns: Vec<String>,
    },
    /// No threshold does what is asked of it.
    #[error("no threshold gives {asked}; the best that is reached is {best:.4}")]
    Unreachable {
        /// What is asked, in words.
        asked: String,
        /// The best that any threshold reaches, of what the floor or the budget is about.
        best: f64,
    },
    /// A method of inference whose assumptions do not hold.
    #[error("inference `{method}` does not hold here: {problem}; {mend}")]
    NotValid {
        /// The method, as in the command's flags.
        method: &'static str,
        /// What does not hold.
        problem: String,
        /// What to do.
        mend: String,
    },
    /// The fit was given up because nobody waits for it any more ([`crate::StopFlag`]).
    #[error("the fit was stopped before it was done")]
    Stopped,
    /// The numbers are outside what double precision can hold.
    #[error("{0}")]
    Numerical(String),
}

/// What the data crate refuses of data that were made here.
pub(crate) fn internal(error: linecall_data::Error) -> Error {
    Error::Numerical(error.to_string())
}
