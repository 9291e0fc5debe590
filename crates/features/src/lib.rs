//! Front ends: raw input in, [`Design`](linecall_data::Design) out (floor 2).
//!
//! A front end is fit once on the training table (it learns medians and reference levels) and then
//! applied, the same way, to every table the model ever sees. What it learnt is plain data that is
//! saved in the model file.
//!
//! [`TableFrontEnd`] turns the feature columns of a table into a design; columns of free text go
//! through [`text`]. [`labels`], [`weights`],
//! [`groups`], [`time`] and [`ids`] read the columns that have another role, and [`dataset`] puts
//! all of it together.
//!
//! ```
//! use linecall_data::schema::{ColumnSchema, Kind, Role, Schema, TargetSchema};
//! use linecall_data::{Cells, Column, Origin, Table, TextCells};
//! use linecall_features::{TableFrontEnd, dataset};
//!
//! let column = |name: &str, cells: &[&str]| {
//!     let mut text = TextCells::default();
//!     cells.iter().for_each(|cell| text.push(cell));
//!     Column { name: name.to_owned(), cells: Cells::Text(text) }
//! };
//! let origin = Origin { file: "loans.csv".to_owned(), ..Origin::default() };
//! let columns = vec![
//!     column("purpose", &["house", "car", "house"]),
//!     column("paid", &["no", "yes", "yes"]),
//! ];
//! let table = Table::new(origin, columns)?;
//!
//! let mut purpose = ColumnSchema::new("purpose", Role::Feature, Kind::Category);
//! purpose.levels = vec!["car".to_owned(), "house".to_owned()];
//! let paid = ColumnSchema::new("paid", Role::Target, Kind::Category);
//! let target = TargetSchema {
//!     column: "paid".to_owned(),
//!     classes: vec!["no".to_owned(), "yes".to_owned()],
//!     positive: Some("yes".to_owned()),
//!     favourable: None,
//!     multilabel: None,
//!     labels: Default::default(),
//! };
//! let schema = Schema { version: 1, rules: Vec::new(), target, columns: vec![purpose, paid] };
//!
//! let front = TableFrontEnd::fit(&schema, &table)?;
//! let data = dataset(&front, &schema, &table)?;
//! assert_eq!(data.design.columns()[0].name(), "purpose = car");
//! assert_eq!(front.reference_of(&data.design.columns()[0]).as_deref(), Some("purpose = house"));
//! assert_eq!(data.labels.codes(), [0, 1, 1]);
//! # Ok::<(), linecall_data::Error>(())
//! ```
#![warn(missing_docs)]

mod binning;
mod build;
mod dataset;
mod fault;
mod fit;
mod level;
mod meaning;
#[cfg(test)]
mod properties;
mod recipe;
mod table;
mod target;
pub mod text;

pub use binning::{BinMethod, Binning, Grouping, Outcome};
pub use dataset::{attach, dataset};
pub use meaning::Meaning;
pub use recipe::{ColumnRecipe, Encoding, OnMissing};
pub use table::{Applied, TableFrontEnd};
pub use target::{groups, ids, labels, row_weights, time, weights};

/// The result type of this crate; its errors are about input, as those of the readers are.
pub type Result<T> = std::result::Result<T, linecall_data::Error>;
