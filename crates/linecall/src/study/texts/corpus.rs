//! Labelled texts: read once, parted once.

use linecall_data::infer::InferOptions;
use linecall_data::read::Inputs;
use linecall_data::schema::{Kind, Role};
use linecall_data::{
    Cells, Dataset, Dense, Design, Error as DataError, ErrorKind, Matrix, Place, Schema, Table,
};
use linecall_features as features;
use linecall_linear::folds::{Split, folds, holdout};

use super::{About, FOLDS, HOLDOUT, TextOptions};
use crate::fit::{FitOptions, schema_of, setting};
use crate::text_use::TextUse;
use crate::{Result, Source, sha256};

/// Texts with their labels; the design of `rows` has no columns.
#[derive(Clone)]
pub(crate) struct Texts {
    table: Table,
    pub(super) column: String,
    pub(super) rows: Dataset,
}

impl Texts {
    fn of(table: Table, schema: &Schema, column: &str) -> Result<Self> {
        let none = Dense::new(table.rows(), 0, Vec::new())?;
        let empty = Design::new(Matrix::DenseF64(none), Vec::new())?;
        let rows = features::attach(empty, schema, &table)?;
        table.require(column)?;
        Ok(Self { table, column: column.to_owned(), rows })
    }

    /// The texts themselves.
    pub(super) fn cells(&self) -> Result<&Cells> {
        Ok(&self.table.require(&self.column)?.cells)
    }

    /// Where an error about the whole column is.
    pub(super) fn place(&self) -> Place {
        Place::file(&self.table.origin().file).column(&self.column)
    }

    /// Number of texts.
    pub(super) fn len(&self) -> usize {
        self.rows.rows()
    }

    /// What tells these texts and labels, in their order, from others.
    pub(super) fn print(&self) -> Result<String> {
        let (cells, codes) = (self.cells()?, self.rows.labels.codes());
        let mut told = String::new();
        for (row, code) in codes.iter().enumerate() {
            let text = cells.raw(row);
            told.push_str(&format!("{code} {} {text}\n", text.len()));
        }
        Ok(sha256(told.as_bytes()))
    }

    pub(super) fn select(&self, rows: &[usize]) -> Result<Self> {
        let (table, column) = (self.table.select(rows), self.column.clone());
        Ok(Self { table, column, rows: self.rows.select(rows)? })
    }
}

/// What every cell of a study shares: texts to train on, folds of them, texts to test on.
pub(crate) struct Corpus {
    pub(super) train: Texts,
    pub(super) test: Texts,
    pub(super) folds: Vec<Split>,
    pub(super) about: About,
}

impl Corpus {
    /// Reads labelled texts and parts them.
    ///
    /// # Errors
    /// When a file cannot be read, is no table, or has no column of texts; when a label is missing;
    /// when rows carry weights or sets of labels; when there are too few rows.
    pub(super) fn read(data: &Inputs, options: &TextOptions, max_features: u64) -> Result<Self> {
        let name = data.to_string();
        let table = table_of(data, options)?;
        let schema = schema(&table, options).map_err(|e| e.in_file(&name))?;
        let column = text_column(&schema, options.text.as_deref()).map_err(|e| e.in_file(&name))?;
        let all = Texts::of(table, &schema, &column).map_err(|e| e.in_file(&name))?;
        if all.rows.labels.is_multilabel() {
            return setting("multilabel", "sets of labels", "one class a row for this study");
        }
        if all.rows.weights.is_some() {
            return setting("weight", "a column of weights", "none: the cells count rows");
        }
        let (train, test) = match &options.test {
            Some(file) => {
                let table = table_of(&Inputs::from(file.as_str()), options)?;
                (all, Texts::of(table, &schema, &column).map_err(|e| e.in_file(file))?)
            }
            None => {
                let split = holdout(&all.rows, HOLDOUT, options.seed)?;
                (all.select(&split.train)?, all.select(&split.held)?)
            }
        };
        let folds = folds(&train.rows, FOLDS, options.seed)?;
        let about = About {
            data: name,
            text: column,
            target: schema.target.column.clone(),
            classes: train.rows.labels.classes().to_vec(),
            test: options.test.clone(),
            rows: [train.len(), test.len()],
            folds: folds.len(),
            max_features,
            seed: options.seed,
        };
        Ok(Self { train, test, folds, about })
    }
}

fn table_of(data: &Inputs, options: &TextOptions) -> Result<Table> {
    match Source::read(data, &options.read)? {
        Source::Table(table) => Ok(table),
        Source::Matrix(_) => {
            Err(DataError::new(ErrorKind::Format, "holds a matrix, which has no texts")
                .at(Place::file(data.to_string()))
                .mend("give a CSV, TSV, Parquet, Arrow or JSON Lines file")
                .into())
        }
    }
}

fn schema(table: &Table, options: &TextOptions) -> Result<Schema> {
    let columns = options.text.iter().filter(|_| options.schema.is_none()).cloned().collect();
    let fit = FitOptions {
        schema: options.schema.clone(),
        infer: InferOptions { target: options.target.clone(), ..InferOptions::default() },
        text: TextUse::Learn { columns, settings: None, by_script: true },
        ..FitOptions::default()
    };
    if options.schema.is_some() && options.target.is_some() {
        crate::fit::check_names(None, &fit)?;
    }
    Ok(schema_of(table, &fit)?.0)
}

/// The column of texts: the one that is named, or the only one.
fn text_column(schema: &Schema, named: Option<&str>) -> Result<String> {
    let texts: Vec<&str> = schema
        .columns
        .iter()
        .filter(|column| column.kind == Kind::Text && column.role == Role::Feature)
        .map(|column| column.name.as_str())
        .collect();
    let refuse = |problem: String, mend: &str| {
        Err(DataError::new(ErrorKind::Column, problem).mend(mend).into())
    };
    match (named, texts.as_slice()) {
        (Some(name), all) if all.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => refuse(
            format!("`{name}` is no column of texts of the schema"),
            "give it `role = \"feature\"` and `kind = \"text\"` there",
        ),
        (None, [one]) => Ok((*one).to_owned()),
        (None, []) => refuse(
            "no column looks like free text".to_owned(),
            "name the column of texts with --text COLUMN",
        ),
        (None, all) => refuse(
            format!("{} columns hold free text: {}", all.len(), all.join(", ")),
            "name one of them with --text COLUMN",
        ),
    }
}
