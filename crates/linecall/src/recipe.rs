//! What a fit was asked, as far as the model itself does not say it: enough to do it again
//! ([`crate::replay()`]).

use linecall_data::read::{Encoding, Format, ReadOptions};
use linecall_data::{ColumnHash, Fingerprint, LabelHash, Labels, Table, TableHash};
use linecall_data::{Design, DesignHash};
use linecall_features::Binning;
use serde::{Deserialize, Serialize};

use crate::{Source, Strength};

/// The program that trained a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Version of linecall.
    pub linecall: String,
    /// A hash of the sources, the compiler and how it was asked to compile.
    pub build: String,
}

impl Program {
    /// This one.
    pub fn here() -> Self {
        Self {
            linecall: env!("CARGO_PKG_VERSION").to_owned(),
            build: env!("LINECALL_BUILD").to_owned(),
        }
    }
}

/// Which rows the held-out metrics are of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HeldOut {
    /// A share of the rows.
    Share(f64),
    /// The rows of another file.
    Test {
        /// Its fingerprint.
        fingerprint: Fingerprint,
        /// SHA-256 of the labels of a matrix.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        labels: Option<String>,
    },
    /// None.
    None,
}

/// How files were read, where that is not the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingRecord {
    /// The format, where the file does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Whether text was read as Latin-1.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub latin1: bool,
    /// The field separator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Names of the columns of a file without a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
}

/// All formats, for their names.
const FORMATS: [Format; 10] = [
    Format::Csv,
    Format::Tsv,
    Format::Parquet,
    Format::Arrow,
    Format::Jsonl,
    Format::Ts,
    Format::Libsvm,
    Format::Npy,
    Format::Npz,
    Format::Safetensors,
];

impl ReadingRecord {
    /// Of reading options.
    pub(crate) fn of(options: &ReadOptions) -> Self {
        Self {
            format: options.format.map(|format| format.title().to_owned()),
            latin1: matches!(options.encoding, Encoding::Latin1),
            delimiter: options.delimiter.map(char::from),
            names: options.names.clone(),
        }
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The options with what is recorded, where they do not say otherwise.
    pub(crate) fn fill(&self, options: &ReadOptions) -> ReadOptions {
        let mut options = options.clone();
        let named = |name: &String| FORMATS.into_iter().find(|format| format.title() == name);
        options.format = options.format.or_else(|| self.format.as_ref().and_then(named));
        if self.latin1 {
            options.encoding = Encoding::Latin1;
        }
        let recorded = self.delimiter.and_then(|mark| u8::try_from(mark).ok());
        options.delimiter = options.delimiter.or(recorded);
        options.names = options.names.or_else(|| self.names.clone());
        options
    }

    fn fault(&self) -> Option<String> {
        let known = |name: &String| FORMATS.iter().any(|format| format.title() == name);
        if let Some(name) = self.format.as_ref().filter(|name| !known(name)) {
            return Some(format!("a format called `{name}`"));
        }
        let mark = self.delimiter.filter(|mark| !mark.is_ascii());
        mark.map(|mark| format!("`{mark}` as separator"))
    }
}

/// What a fit was asked, beside the plan, the seed and the schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The program that trained the model.
    pub program: Program,
    /// How the strength of the penalty was set.
    pub strength: Strength,
    /// Which rows the held-out metrics are of.
    pub holdout: HeldOut,
    /// Passes over the rows to learn from them, where they were a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<u64>,
    /// How numbers were cut into bins and levels put into groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binning: Option<Binning>,
    /// How a scorecard was searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<crate::CardSettings>,
    /// How files were read.
    #[serde(default, skip_serializing_if = "ReadingRecord::is_default")]
    pub reading: ReadingRecord,
    /// A hash of each column of the data, so that a change can be told by name; none for matrices of
    /// very many columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnHash>,
    /// SHA-256 of the labels of a matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    /// Rows that were taken out after the fit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forgotten: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Recipe {
    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<String> {
        let strength = match self.strength {
            Strength::Tune { folds, .. } => (folds < 2).then(|| format!("{folds} folds")),
            Strength::Lambda(lambda) => {
                (!(lambda.is_finite() && lambda >= 0.0)).then(|| format!("lambda {lambda}"))
            }
            Strength::C(c) => (!(c.is_finite() && c > 0.0)).then(|| format!("C {c}")),
        };
        let holdout = match &self.holdout {
            HeldOut::Share(share) if !(*share > 0.0 && *share < 1.0) => {
                Some(format!("a held-out share of {share}"))
            }
            HeldOut::Test { fingerprint, .. } if !crate::file::is_sha256(&fingerprint.sha256) => {
                Some(format!("`{}` as SHA-256 of the test file", fingerprint.sha256))
            }
            _ => None,
        };
        let hex = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        let column = self.columns.iter().find(|own| !hex(&own.hash, 16));
        let column = column.map(|own| format!("`{}` as hash of column `{}`", own.hash, own.column));
        let labels = self.labels.as_ref().filter(|text| !crate::file::is_sha256(text));
        let labels = labels.map(|text| format!("`{text}` as SHA-256 of the labels"));
        let binning = self.binning.as_ref().and_then(|own| own.check().err());
        let labels = labels.or_else(|| binning.map(|error| error.to_string()));
        strength.or(holdout).or(column).or(labels).or_else(|| self.reading.fault())
    }
}

/// Most columns whose hashes are kept.
const MOST_COLUMNS: usize = 20_000;

/// Fingerprint of data, the hash of each column, and of the labels of a matrix.
pub(crate) type Prints = (Fingerprint, Vec<ColumnHash>, Option<String>);

/// All hashes of data that are read.
pub(crate) fn prints(source: &Source) -> Prints {
    match source {
        Source::Table(table) => table_prints(table),
        Source::Matrix(data) => design_prints(&data.design, &data.labels),
    }
}

fn table_prints(table: &Table) -> Prints {
    let mut hash = TableHash::default();
    hash.add(table);
    let (fingerprint, columns) = hash.finish_columns();
    (fingerprint, kept(columns), None)
}

/// The hashes, unless they are too many to be kept.
pub(crate) fn kept(columns: Vec<ColumnHash>) -> Vec<ColumnHash> {
    if columns.len() > MOST_COLUMNS { Vec::new() } else { columns }
}

fn design_prints(design: &Design, labels: &Labels) -> Prints {
    let mut hash = DesignHash::default();
    hash.add(design);
    let (fingerprint, columns) = hash.finish_columns(design.cols());
    let mut own = LabelHash::default();
    own.add(labels);
    (fingerprint, columns, Some(own.finish()))
}
