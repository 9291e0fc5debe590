//! A dataset from a table: design, labels, weights, groups and time.

use linecall_data::schema::Schema;
use linecall_data::{Dataset, Design, Table};

use crate::table::TableFrontEnd;
use crate::{Result, target};

/// The dataset of a table with a target. Use [`TableFrontEnd::apply`] and [`attach`] to keep the
/// counts of unseen levels.
///
/// # Errors
/// As for [`TableFrontEnd::apply`] and [`attach`].
pub fn dataset(front: &TableFrontEnd, schema: &Schema, table: &Table) -> Result<Dataset> {
    attach(front.apply(table)?.design, schema, table)
}

/// A dataset of a design that was made from this table, with the table's labels, weights, groups
/// and time.
///
/// # Errors
/// As for [`crate::labels`], [`crate::weights`], [`crate::groups`] and [`crate::time`]; when the
/// design has another number of rows than the table.
pub fn attach(design: Design, schema: &Schema, table: &Table) -> Result<Dataset> {
    let mut dataset = Dataset::new(design, target::labels(schema, table)?)?;
    dataset.weights = target::weights(schema, table)?;
    dataset.groups = target::groups(schema, table)?;
    dataset.time = target::time(schema, table)?;
    Ok(dataset)
}
