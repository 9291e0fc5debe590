//! The row that is asked about.

use linecall_audit::{Input, Inputs, State, Value};
use linecall_data::{Dense, Design, ErrorKind, Matrix, Place, Table};
use linecall_features as features;

use crate::{Error, FrontEnd, Pipeline, Result, Source};

/// One row, as the model sees it.
#[derive(Clone, Debug)]
pub struct Person {
    /// The data, as given.
    pub data: String,
    /// The row, from 1.
    pub row: u64,
    /// Its identifier, where the schema has one.
    pub id: Option<String>,
    /// The raw row; `None` for a matrix.
    pub table: Option<Table>,
    /// The design of this one row.
    pub design: Design,
    /// The user's columns behind the design.
    pub inputs: Inputs,
    /// The row's design columns with all their zeros, and behind them what binned columns hold
    /// ([`Inputs::full`]).
    pub values: Vec<f64>,
    /// What it holds in each input.
    pub states: Vec<State>,
    /// Cells that held a level not seen in training.
    pub unseen: Vec<String>,
}

impl Person {
    /// A row (from 1) of data.
    ///
    /// # Errors
    /// When there is no such row, or it does not fit the model.
    pub fn of(pipeline: &Pipeline, source: &Source, data: &str, row: u64) -> Result<Self> {
        let rows = match source {
            Source::Table(table) => table.rows(),
            Source::Matrix(matrix) => matrix.design.rows(),
        };
        let at = usize::try_from(row).ok().and_then(|row| row.checked_sub(1));
        let Some(at) = at.filter(|at| *at < rows) else {
            return Err(linecall_data::Error::new(
                ErrorKind::Value,
                format!("there is no row {row}: the data have {rows} rows, counted from 1"),
            )
            .at(Place::file(data))
            .into());
        };
        let (table, design, id, unseen) = match (source, &pipeline.front_end) {
            (Source::Table(table), FrontEnd::Table { schema, .. }) => {
                let one = table.select(&[at]);
                let applied = pipeline.design(&one).map_err(|e| in_row(e, data, row))?;
                let id = features::ids(schema, &one).and_then(|ids| ids.into_iter().next());
                let unseen = applied.unseen.into_iter().filter(|(_, cells)| *cells > 0);
                let unseen = unseen.map(|(column, _)| column).collect();
                (Some(one), applied.design, id, unseen)
            }
            (Source::Matrix(matrix), front_end) => {
                let one = matrix.design.select_rows(&[at])?;
                (None, front_end.encode(one)?, None, Vec::new())
            }
            (Source::Table(table), FrontEnd::Matrix { .. }) => {
                (None, pipeline.design(table)?.design, None, Vec::new())
            }
        };
        let inputs = inputs(pipeline);
        let full = full(pipeline, &inputs, &design, table.as_ref())?;
        let values = inputs.row(full.as_ref().unwrap_or(&design), 0);
        let states = inputs.states(&values);
        Ok(Self { data: data.to_owned(), row, id, table, design, inputs, values, states, unseen })
    }
}

impl Person {
    /// What the person holds of an input, in the user's words: of a text, the text.
    pub(super) fn value(&self, input: &Input, state: State) -> Value {
        let text =
            || Some(self.table.as_ref()?.require(&input.name).ok()?.cells.raw(0).into_owned());
        match state {
            State::Text => Value::Level(text().unwrap_or_default()),
            other => input.value(other),
        }
    }

    /// The same person with another design row.
    pub(super) fn with_values(&self, row: &[f64]) -> linecall_data::Result<Design> {
        let row = row.get(..self.design.cols()).unwrap_or(row);
        let dense = Dense::new(1, row.len(), row.to_vec())?;
        Design::new(Matrix::DenseF64(dense), self.design.columns().to_vec())
    }
}

/// The user's columns behind a model.
pub(crate) fn inputs(pipeline: &Pipeline) -> Inputs {
    match &pipeline.front_end {
        FrontEnd::Table { recipe, .. } => Inputs::of_front_end(recipe),
        FrontEnd::Matrix { .. } => Inputs::of_columns(pipeline.design_columns().list()),
    }
}

/// The full rows of a design, where columns of its table are binned.
pub(crate) fn full(
    pipeline: &Pipeline,
    inputs: &Inputs,
    design: &Design,
    table: Option<&Table>,
) -> Result<Option<Design>> {
    match (&pipeline.front_end, table) {
        (FrontEnd::Table { recipe, .. }, Some(table)) if recipe.is_binned() => {
            Ok(Some(inputs.full(design, &recipe.held(table)?)?))
        }
        _ => Ok(None),
    }
}

/// An error about the one row that was taken out names the row of the file.
fn in_row(error: Error, data: &str, row: u64) -> Error {
    match error {
        Error::Data(error) => {
            let place = Place { row: Some(row), line: None, ..error.place().clone() };
            Error::Data(error.at(place).in_file(data))
        }
        other => other,
    }
}
