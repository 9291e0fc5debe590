//! `Frame`: data in memory, or files by name, as the facade's questions take them.

use linecall::data::read::Inputs;
use linecall::data::{
    Cells, Column, Dataset, Error, ErrorKind, Labels, Origin, Place, Table, TextCells,
};
use pyo3::prelude::*;

use crate::arrays::{codes as codes_of, list, weights};
use crate::design::Design;
use crate::errors::Failure;

/// Rows to be asked about.
#[pyclass(frozen, module = "linecall._linecall")]
pub(crate) struct Frame {
    pub(crate) inputs: Inputs,
    /// The table, where it is in memory.
    pub(crate) table: Option<Table>,
}

#[pymethods]
impl Frame {
    /// A table by columns: a list of numbers (`float64`, NaN is missing) or of texts (`None` or
    /// empty is missing).
    #[staticmethod]
    fn table(name: &str, columns: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let mut cells = Vec::with_capacity(columns.len());
        for (column, values) in columns {
            let own = match list::<f64, f64>(&values)? {
                Some(numbers) => {
                    let bad = numbers.iter().enumerate().find(|(_, v)| v.is_infinite());
                    if let Some((row, value)) = bad {
                        let place = Place::file(name).row(row as u64 + 1).column(&column);
                        let error = Error::new(ErrorKind::Value, "an infinite value")
                            .at(place)
                            .value(value.to_string())
                            .mend("leave the cell empty if it is not known");
                        return Err(Failure::from(error).into());
                    }
                    Cells::Number(numbers.to_vec())
                }
                None => {
                    let mut texts = TextCells::default();
                    for text in values.extract::<Vec<Option<String>>>()? {
                        texts.push(text.as_deref().unwrap_or(""));
                    }
                    Cells::Text(texts)
                }
            };
            cells.push(Column { name: column, cells: own });
        }
        let origin = Origin { file: name.to_owned(), ..Origin::default() };
        let table = Table::new(origin, cells).map_err(Failure::from)?;
        Ok(Self { inputs: Inputs::held_table(table.clone()), table: Some(table) })
    }

    /// A matrix with a class for each row.
    #[staticmethod]
    #[pyo3(signature = (name, design, codes, classes, sample_weight=None))]
    fn matrix(
        name: &str,
        design: &Design,
        codes: &Bound<'_, PyAny>,
        classes: Vec<String>,
        sample_weight: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let labels = Labels::from_codes(classes, codes_of(codes)?).map_err(Failure::from)?;
        let mut data = Dataset::new(design.inner.clone(), labels).map_err(Failure::from)?;
        data.weights = weights(sample_weight)?;
        Ok(Self { inputs: Inputs::held_matrix(name, data), table: None })
    }

    /// Files, read as the command reads them.
    #[staticmethod]
    fn files(paths: Vec<String>) -> Self {
        Self { inputs: Inputs::from(&paths), table: None }
    }
}
