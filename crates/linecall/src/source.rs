//! Reading a file as what it is: a table, or a matrix with labels.

use linecall_data::read::{self, Format, ReadOptions, format_of};
use linecall_data::{Dataset, Fingerprint, Table};
use linecall_features as features;

use crate::{Error, FrontEnd, Pipeline, Result};

/// What a data file holds.
#[derive(Clone, Debug)]
pub enum Source {
    /// Named columns of raw cells.
    Table(Table),
    /// Numbers with labels (LIBSVM).
    Matrix(Dataset),
}

impl Source {
    /// Reads a whole file; `-` is standard input.
    ///
    /// # Errors
    /// When the file cannot be read as its format.
    pub fn read(path: &str, options: &ReadOptions) -> Result<Self> {
        match format_of(path, options)? {
            Format::Libsvm => Ok(Self::Matrix(read::libsvm::dataset(path, options, None)?)),
            _ => Ok(Self::Table(read::table(path, options)?)),
        }
    }

    /// Reads a file for a model: its kind must be what the model was trained on.
    ///
    /// # Errors
    /// When the file cannot be read, or holds the other kind of data.
    pub fn read_for(pipeline: &Pipeline, path: &str, options: &ReadOptions) -> Result<Self> {
        match (&pipeline.front_end, format_of(path, options)?) {
            (FrontEnd::Matrix { columns, .. }, Format::Libsvm) => {
                Ok(Self::Matrix(read::libsvm::dataset(path, options, Some(*columns))?))
            }
            (FrontEnd::Matrix { columns, .. }, _) => Err(wrong_kind(
                path,
                format!("the model was trained on a matrix of {columns} columns"),
                "give a LIBSVM file (or --format libsvm)",
            )),
            (FrontEnd::Table { .. }, Format::Libsvm) => Err(wrong_kind(
                path,
                "the model was trained on a table with named columns".to_owned(),
                "give a CSV, TSV or Parquet file",
            )),
            (FrontEnd::Table { .. }, _) => Ok(Self::Table(read::table(path, options)?)),
        }
    }

    /// Fingerprint of the raw data.
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Table(table) => Fingerprint::of_table(table),
            Self::Matrix(data) => Fingerprint::of_design(&data.design),
        }
    }

    /// Rows with labels, as a model sees them: its columns, its classes.
    ///
    /// # Errors
    /// When a cell is not what the schema says, or a label is not one of the model's classes.
    pub fn dataset(&self, pipeline: &Pipeline) -> Result<Dataset> {
        match (self, &pipeline.front_end) {
            (Self::Table(table), FrontEnd::Table { schema, recipe }) => {
                Ok(features::dataset(recipe, schema, table)?)
            }
            (Self::Matrix(data), FrontEnd::Matrix { .. }) => {
                let mut data = data.clone();
                data.labels = relabel(&data, pipeline.classes())?;
                data.design = pipeline.front_end.encode(data.design)?;
                Ok(data)
            }
            _ => Err(wrong_kind("data", "is not the kind that the model takes".to_owned(), "")),
        }
    }
}

fn wrong_kind(path: &str, problem: String, mend: &str) -> Error {
    linecall_data::Error::new(linecall_data::ErrorKind::Format, problem)
        .at(linecall_data::Place::file(path))
        .mend(mend)
        .into()
}

/// The labels of a matrix over the model's classes.
pub(crate) fn relabel(data: &Dataset, classes: &[String]) -> Result<linecall_data::Labels> {
    let own = data.labels.classes();
    let codes = data
        .labels
        .codes()
        .iter()
        .enumerate()
        .map(|(row, &code)| {
            let name = own.get(code as usize).map_or("", String::as_str);
            classes.iter().position(|c| c == name).map(|c| c as u32).ok_or_else(|| {
                linecall_data::Error::new(
                    linecall_data::ErrorKind::Value,
                    "is not a class of the model",
                )
                .at(linecall_data::Place::default().row(row as u64 + 1))
                .value(name)
                .mend(format!("its classes are {}", classes.join(", ")))
            })
        })
        .collect::<std::result::Result<Vec<u32>, _>>()?;
    Ok(linecall_data::Labels::from_codes(classes.to_vec(), codes)?)
}
