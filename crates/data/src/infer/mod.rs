//! What the columns of a table look like: an inferred [`Schema`], a summary of every column, and
//! the warnings that a careful colleague would give.
//!
//! Inference only proposes. It never drops a row, never changes a cell, and says in a [`Warning`]
//! whatever it decided that a person might have decided otherwise; the schema is meant to be
//! printed ([`Description::to_toml`]), edited and read back.
//!
//! # Target
//! * Named by the user, or guessed: a column called `target`, `label`, `class`, `y`, `outcome`
//!   and the like, else the last column, with 2 to 20 different values. A guess is a warning.
//! * More than 100 different numbers are a quantity, not classes; a value of its own in more than
//!   half of the rows is a name, not a class; one class cannot be learnt. These are errors.
//! * Cells without a target are counted and warned about; whoever fits refuses them.
//! * Of two classes, the positive one is the user's choice, else the affirmative one (`yes`,
//!   `true`, `1`, `+`, or the one that the other negates), else the last in sorted order. The
//!   favourable class is never guessed.
//!
//! * Where cells list labels ([`InferOptions::multilabel`]), the classes are the labels that occur,
//!   an empty cell is a row without any, and columns are not compared with the target.
//!
//! # Missing cells
//! * An empty cell is missing. `NA`, `N/A`, `n/a`, `NaN`, `nan`, `NULL`, `null` and `?` are missing
//!   in any column of text. More words (`missing`, `unknown`, `-`, `.`, `None`) are only where the
//!   rest of the column are numbers. What was taken as missing is listed in `missing_codes`.
//! * Categories get a level `(missing)`, other kinds an indicator; a column that is complete now
//!   refuses missing cells later.
//! * Numbers such as `-1`, `99` or `9999` that stand far away from the rest are warned about and
//!   left alone.
//!
//! # Kinds
//! * All cells numbers: `integer` if all are whole, else `number`. `007` is a code, not a number.
//!   Where at least 95 in 100 cells are numbers of more than 20 different values, the others are
//!   taken as mistakes: the column is numeric, and fitting refuses the cells by row.
//! * `0`/`1`, `-1`/`1`, `no`/`yes` and the like are `boolean`, the affirmative level last.
//! * Whole numbers are quantities, unless the name says that they are codes (`SEX`, `region`,
//!   `status`, ...) and there are at most 12 of them; then a category. So are exactly `1` and `2`
//!   where the name does not speak of an amount. Post codes are categories at any number.
//! * Text is a category up to 20 levels or the square root of the rows, and, with a warning, up
//!   to 1000 levels; beyond that, or where most rows have a value of their own, it is ignored.
//!   Sentences (30 characters or 6 words on average) and dates are ignored, with a warning.
//! * Levels are sorted (as numbers where all are); the commonest is the reference.
//!
//! # Roles
//! * `id`: whole numbers or text, different in each of at least 20 rows, and called an id or
//!   counting up by one. An id that repeats is ignored, and proposed as a group.
//! * Constant and empty columns, and exact copies of earlier ones, are ignored.
//! * Weight, group and time are never inferred, only suggested.
//! * What a person cannot change (age, sex, race, birth, ...; whole words of the name) is marked
//!   `mutable = false`.
//!
//! # Warnings about the target
//! * [`WarningKind::Leak`]: the column alone gives the target away. For numbers, classes next to
//!   each other in mean rank are told apart with an AUC of 0.995 or more. For levels, the class
//!   that is commonest among the other rows of the level is right in 99.5 in 100 rows, and at
//!   least nine in ten of the rows that the commonest class gets wrong are put right. Whether a
//!   cell is missing counts as a level. Classes below 10 rows are left out.
//! * [`WarningKind::Separates`]: one value holds half of a class or more and nothing else, where
//!   10 exceptions or more were to be expected; or, with three classes or more, numbers that tell
//!   one class from the rest. Less than a leak: the role stays, as it does for a leak.
//!
//! Cost: one hash look-up per cell and a sort of the distinct values of each column. Memory: up to
//! four bytes per row and 28 per distinct value of each column at work. Columns are profiled in
//! parallel, fewer at once the longer the table; the result does not depend on their number.
//!
//! ```
//! use linecall_data::infer::{InferOptions, infer};
//! use linecall_data::schema::Kind;
//! use linecall_data::{Cells, Column, Origin, Table, TextCells};
//!
//! let column = |name: &str, cells: &[&str]| {
//!     let mut text = TextCells::default();
//!     cells.iter().for_each(|c| text.push(c));
//!     Column { name: name.to_owned(), cells: Cells::Text(text) }
//! };
//! let table = Table::new(
//!     Origin::default(),
//!     vec![
//!         column("income", &["1200.5", "NA", "900", "1800"]),
//!         column("paid", &["yes", "no", "no", "yes"]),
//!     ],
//! )?;
//! let options = InferOptions { target: Some("paid".to_owned()), ..InferOptions::default() };
//! let found = infer(&table, &options)?;
//! assert_eq!(found.schema.target.positive.as_deref(), Some("yes"));
//! let income = &found.schema.columns[0];
//! assert_eq!((income.kind, income.missing_codes.as_slice()), (Kind::Number, &["NA".to_owned()][..]));
//! # Ok::<(), linecall_data::Error>(())
//! ```

mod codes;
mod kinds;
mod leak;
mod names;
mod numbers;
mod profile;
mod sets;
mod summary;
mod target;
mod twins;
mod warnings;
mod words;
mod write;

use rayon::prelude::*;
use serde::Serialize;

use crate::schema::{ColumnSchema, Role};
use crate::{Column, Error, ErrorKind, Place, Result, Schema, Table};

pub use summary::ColumnSummary;
pub use warnings::{Warning, WarningKind};

use profile::Profile;
use target::Target;

/// What the user has said before inference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InferOptions {
    /// The target column; `None` guesses it.
    pub target: Option<String>,
    /// The positive class of a target with two classes; `None` goes by convention.
    pub positive: Option<String>,
    /// The class that is good for the person judged; never guessed.
    pub favourable: Option<String>,
    /// A cell of the target lists any number of labels, parted by this mark.
    pub multilabel: Option<char>,
}

/// A table described: its schema, what each column holds, and what a careful reader would notice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// The inferred schema; it passes [`Schema::check`].
    pub schema: Schema,
    /// Number of rows.
    pub rows: u64,
    /// One summary per column, in file order.
    pub columns: Vec<ColumnSummary>,
    /// Warnings: about the target first, then in file order.
    pub warnings: Vec<Warning>,
    /// Whether the target was guessed.
    pub target_guessed: bool,
}

impl Description {
    /// The schema as TOML for a person to edit: a short header, then each column under a comment
    /// with what was observed. [`Schema::from_toml`] reads it back to the equal schema.
    ///
    /// # Errors
    /// When the schema was changed and contradicts itself.
    pub fn to_toml(&self) -> Result<String> {
        write::to_toml(self)
    }
}

/// Infers the schema of a table. The rules are those of the [module](self).
///
/// # Errors
/// When the table has no rows or 2^32 and more, the target is absent, cannot be guessed or is no set of classes,
/// or a named class does not occur.
pub fn infer(table: &Table, options: &InferOptions) -> Result<Description> {
    if table.rows() == 0 {
        return Err(Error::new(ErrorKind::Empty, "the table has no rows")
            .at(Place::file(&table.origin().file)));
    }
    if u32::try_from(table.rows()).is_err() {
        return Err(Error::new(ErrorKind::Limit, "the table has 2^32 rows or more")
            .at(Place::file(&table.origin().file))
            .mend("infer the schema from a part of it"));
    }
    let target = target::find(table, options)?;
    let look = |(i, column): (usize, &Column)| match i == target.index {
        true => Found::target(column, &target),
        false => look(column, &target),
    };
    let mut found: Vec<Found> = Vec::with_capacity(table.columns().len());
    for (i, columns) in table.columns().chunks(at_once(table.rows())).enumerate() {
        let first = i * at_once(table.rows());
        let columns = columns.par_iter().enumerate();
        found.par_extend(columns.map(|(j, column)| look((first + j, column))));
    }
    twins::mark(table, &mut found);
    Ok(describe(table, target, found))
}

/// How many columns are looked at side by side: as many as there are threads, but in a long table
/// no more than memory allows.
fn at_once(rows: usize) -> usize {
    /// Bytes a row, and for all columns, at most.
    const ROW: usize = 32;
    const ALL: usize = 64 << 20;
    match ALL / (ROW * rows).max(1) {
        few if few < rayon::current_num_threads() => few.max(1),
        _ => usize::MAX,
    }
}

/// One column looked at on its own.
struct Found {
    schema: ColumnSchema,
    summary: ColumnSummary,
    warnings: Vec<Warning>,
    /// Hash of the pattern of equal cells; equal for copies and relabelled copies.
    pattern: u64,
}

impl Found {
    fn target(column: &Column, target: &Target) -> Self {
        let mut profile = Profile::new(&column.cells);
        profile.set_missing(|text| target.column.missing_codes.iter().any(|c| c == text));
        let summary = ColumnSummary::new(&target.column, &profile);
        Self {
            schema: target.column.clone(),
            summary,
            warnings: Vec::new(),
            pattern: profile.pattern(),
        }
    }
}

fn look(column: &Column, target: &Target) -> Found {
    let mut profile = Profile::new(&column.cells);
    let (schema, mut warnings) = kinds::decide(&column.name, &mut profile);
    if schema.role == Role::Feature && target.schema.multilabel.is_none() {
        warnings.extend(leak::check(&schema, &profile, target));
    }
    let summary = ColumnSummary::new(&schema, &profile);
    Found { schema, summary, warnings, pattern: profile.pattern() }
}

fn describe(table: &Table, target: Target, found: Vec<Found>) -> Description {
    let mut warnings = target.warnings;
    let (mut columns, mut summaries) = (Vec::new(), Vec::new());
    for one in found {
        columns.push(one.schema);
        summaries.push(one.summary);
        warnings.extend(one.warnings);
    }
    Description {
        schema: Schema {
            version: Schema::VERSION,
            rules: Vec::new(),
            target: target.schema,
            columns,
        },
        rows: table.rows() as u64,
        columns: summaries,
        warnings: warnings::fold(warnings),
        target_guessed: target.guessed,
    }
}
