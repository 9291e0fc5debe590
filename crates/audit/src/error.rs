//! Why a question was refused.

use linecall_data::escaped;

/// An error of this crate. Displays as one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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
    /// A rule that binds columns cannot be read, or contradicts another.
    #[error("rule `{}`: {}", escaped(rule), escaped(problem))]
    Rule {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        problem: String,
    },
    /// What is said of a column contradicts itself, or the person.
    #[error("column `{}`: {}", escaped(column), escaped(problem))]
    Column {
        /// The column.
        column: String,
        /// What is wrong, and the mend.
        problem: String,
    },
    /// What is wrong with one row.
    #[error("row {row}: {problem}")]
    Row {
        /// The row, counted from 1.
        row: usize,
        /// What is wrong with it.
        problem: Box<Error>,
    },
    /// The question means nothing for this model.
    #[error("{0}")]
    Model(String),
    /// Bad input: a table, a schema, a rule.
    #[error(transparent)]
    Data(#[from] linecall_data::Error),
    /// What the model's own crate refuses.
    #[error(transparent)]
    Linear(#[from] linecall_linear::Error),
    /// What the search refuses.
    #[error(transparent)]
    Search(#[from] linecall_search::Error),
}
