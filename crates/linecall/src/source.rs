//! Reading a file as what it is: a table, or a matrix with labels.

use linecall_data::read::{self, Format, Inputs, ReadOptions, format_of};
use linecall_data::schema::Kind;
use linecall_data::{Dataset, Fingerprint, Labels, Table};
use linecall_features as features;

use crate::{Error, FrontEnd, Pipeline, Result};

/// What a data file holds.
#[derive(Clone, Debug)]
pub enum Source {
    /// Named columns of raw cells.
    Table(Table),
    /// Numbers with labels (LIBSVM, NumPy arrays, safetensors).
    Matrix(Dataset),
}

impl Source {
    /// Reads a whole file, or several as one; `-` is standard input.
    ///
    /// # Errors
    /// When a file cannot be read as its format.
    pub fn read(data: impl Into<Inputs>, options: &ReadOptions) -> Result<Self> {
        let data = data.into();
        match format_of(&data, options)?.is_matrix() {
            true => Ok(Self::Matrix(read::matrix::dataset(&data, options, None)?)),
            false => Ok(Self::Table(read::table(&data, options)?)),
        }
    }

    /// Reads data for a model: their kind must be what the model was trained on.
    ///
    /// # Errors
    /// When a file cannot be read, or holds the other kind of data.
    pub fn read_for(
        pipeline: &Pipeline,
        data: impl Into<Inputs>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let data = data.into();
        let format = format_of(&data, options)?;
        let options = &read_as(pipeline, options, format);
        check_kind(pipeline, &data, format)?;
        match &pipeline.front_end {
            FrontEnd::Matrix { columns, .. } => {
                Ok(Self::Matrix(read::matrix::dataset(&data, options, Some(*columns))?))
            }
            FrontEnd::Table { .. } => Ok(Self::Table(read::table(&data, options)?)),
        }
    }

    /// Fingerprint of the raw data.
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Table(table) => Fingerprint::of_table(table),
            Self::Matrix(data) => Fingerprint::of_design(&data.design),
        }
    }

    /// Fingerprint of the raw data, to be held against that of a model's training data. Where their
    /// texts differ but the model's columns of numbers hold the same values (`1001.0` in one and 1001 in
    /// the other), it is that of the values.
    pub fn fingerprint_for(&self, pipeline: &Pipeline) -> Fingerprint {
        let own = self.fingerprint();
        let (Self::Table(table), Some(schema)) = (self, pipeline.front_end.schema()) else {
            return own;
        };
        if own == pipeline.fingerprint || own.rows != pipeline.fingerprint.rows {
            return own;
        }
        let number = |name: &str| {
            let kind = schema.column(name).map(|column| column.kind);
            matches!(kind, Some(Kind::Number | Kind::Integer))
        };
        let values = Fingerprint::of_values(table, &number);
        if values == pipeline.fingerprint { values } else { own }
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

/// The options with what the model says of labels; a table has its schema.
pub(crate) fn read_as(pipeline: &Pipeline, options: &ReadOptions, format: Format) -> ReadOptions {
    let mut options = options.clone();
    if let FrontEnd::Matrix { multilabel, .. } = &pipeline.front_end {
        // Lists of a file of labels have the model's mark, those of LIBSVM rows their own.
        let of_format = |mark| if format == Format::Libsvm { ',' } else { mark };
        options.multilabel = multilabel.map(of_format);
    }
    options
}

/// Refuses a matrix where the model takes a table, and a table where it takes a matrix.
pub(crate) fn check_kind(pipeline: &Pipeline, data: &Inputs, format: Format) -> Result<()> {
    let path = data.to_string();
    match (&pipeline.front_end, format.is_matrix()) {
        (FrontEnd::Matrix { columns, .. }, false) => Err(wrong_kind(
            &path,
            format!("the model was trained on a matrix of {columns} columns"),
            "give a LIBSVM, NPY, NPZ or safetensors file (or say which it is with --format)",
        )),
        (FrontEnd::Table { .. }, true) => Err(wrong_kind(
            &path,
            "the model was trained on a table with named columns".to_owned(),
            "give a CSV, TSV, Parquet, Arrow, JSON Lines or TS file",
        )),
        _ => Ok(()),
    }
}

fn wrong_kind(path: &str, problem: String, mend: &str) -> Error {
    linecall_data::Error::new(linecall_data::ErrorKind::Format, problem)
        .at(linecall_data::Place::file(path))
        .mend(mend)
        .into()
}

/// The labels of a matrix over the model's classes.
pub(crate) fn relabel(data: &Dataset, classes: &[String]) -> Result<Labels> {
    let own = data.labels.classes();
    let code = |row: usize, code: u32| {
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
    };
    type Codes = std::result::Result<Vec<u32>, linecall_data::Error>;
    let set = |row: usize| data.labels.of(row).iter().map(|&c| code(row, c)).collect::<Codes>();
    if data.labels.is_multilabel() {
        let sets = (0..data.rows()).map(set).collect::<std::result::Result<Vec<_>, _>>()?;
        return Ok(Labels::from_sets(classes.to_vec(), sets)?);
    }
    let codes = data.labels.codes().iter().enumerate().map(|(row, &c)| code(row, c));
    Ok(Labels::from_codes(classes.to_vec(), codes.collect::<Codes>()?)?)
}
