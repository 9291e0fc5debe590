//! Models that another program trained: read, checked, and made a [`Pipeline`] like any other.
//!
//! | format | written by | holds |
//! |---|---|---|
//! | `scikit-learn` | ten lines of Python (`docs/import.md`) | JSON of `coef_`, `intercept_`, `classes_`, names |
//! | `liblinear` | `liblinear-train` | its text model file, of every solver that classifies |
//! | `onnx` | skl2onnx | an ONNX file with one `LinearClassifier` |
//! | `vw` | `vw --invert_hash`, `vw --readable_model` | a weight a line, by name or hash |
//! | `csv` | anything | a row a feature, a column of coefficients a score, a row `(intercept)` |
//!
//! Where a schema or a table like those to be judged is given, features are matched by name to the
//! design columns of its front end: numbers by their name, levels as `purpose = car`, `purpose=car`
//! or `purpose_car`, with scikit-learn's `transformer__` before them or not. A coefficient for every
//! level of a category is moved into the intercept by that of the reference level, which changes no
//! score. Without, named features become a table of plain numbers, and unnamed ones a matrix.
//!
//! What is not known is not made up: the training summary says where the model came from and what the
//! file's SHA-256 is, there is no certificate, and the fingerprint of the training data is
//! [`Fingerprint::unknown`](linecall_data::Fingerprint::unknown).
//!
//! Files are read whole (256 MiB at most) and nothing is sized by a number that they claim.

mod assemble;
mod csv;
mod liblinear;
mod matching;
mod onnx;
mod sklearn;
mod vw;

use std::io::Read as _;
use std::path::Path;

use linecall_data::read::{Inputs, ReadOptions};
use linecall_data::{Error as DataError, ErrorKind, Place, Schema};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Pipeline, Remark, Result};

/// A larger file is not read: 256 MiB.
pub const CAP: u64 = 256 << 20;

/// Who wrote a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ImportFormat {
    /// JSON of a scikit-learn classifier's attributes.
    #[serde(rename = "scikit-learn")]
    ScikitLearn,
    /// A model file of LIBLINEAR.
    #[serde(rename = "liblinear")]
    Liblinear,
    /// Coefficients as CSV.
    #[serde(rename = "csv")]
    Csv,
    /// An ONNX file with one `LinearClassifier`.
    #[serde(rename = "onnx")]
    Onnx,
    /// A readable model of Vowpal Wabbit.
    #[serde(rename = "vw")]
    Vw,
}

impl ImportFormat {
    /// The name in flags and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::ScikitLearn => "scikit-learn",
            Self::Liblinear => "liblinear",
            Self::Csv => "csv",
            Self::Onnx => "onnx",
            Self::Vw => "vw",
        }
    }
}

/// How the scores of a model that was trained elsewhere become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportLink {
    /// Two classes: `1 / (1 + exp(-score))`.
    Logistic,
    /// Of all classes jointly.
    Softmax,
    /// The logistic function of each score, divided by their sum.
    OneVsRest,
    /// There are no probabilities.
    Score,
}

/// Where a model came from that was not trained here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Who wrote it.
    pub imported: ImportFormat,
    /// The file, without its folder.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// What the file says of its training: an estimator, a solver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trainer: Option<String>,
    /// Index of the positive class when there are two.
    pub positive: usize,
}

impl Origin {
    /// Where the model came from, in words.
    pub fn describe(&self) -> String {
        let by = self.trainer.as_ref().map_or(String::new(), |trainer| format!(" ({trainer})"));
        format!("{}{by}, {}", self.imported.name(), self.file)
    }

    /// Refuses to train again what was trained elsewhere.
    pub(crate) fn not_trained_here(&self) -> DataError {
        refuse(
            ErrorKind::Format,
            "the model was trained by another program and cannot be trained again",
        )
        .at(Place::file(&self.file))
        .mend("train it there, or fit a model with linecall")
    }

    /// What is not possible, if anything.
    pub(crate) fn fault(&self) -> Option<String> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if self.sha256.len() != 64 || !self.sha256.bytes().all(hex) {
            return Some(format!("`{}` as SHA-256 of the imported file", self.sha256));
        }
        self.file
            .contains(['/', '\\'])
            .then(|| format!("a folder in the imported file's name `{}`", self.file))
    }
}

/// Settings of [`import`].
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The format; by default from the name and the first bytes.
    pub format: Option<ImportFormat>,
    /// What the columns of tables to be judged are.
    pub schema: Option<Schema>,
    /// A table like those to be judged: what the schema leaves open (medians, reference levels, and
    /// the schema itself where none is given) is learnt from it.
    pub like: Option<(Inputs, ReadOptions)>,
    /// The target's column; needed to infer a schema, and else the name that a table of plain
    /// numbers gives it (`class` by default).
    pub target: Option<String>,
    /// Names of the classes, in the order of the file.
    pub classes: Option<Vec<String>>,
    /// The positive class of two; by default the one that the file's score speaks for.
    pub positive: Option<String>,
    /// The class that is good for the person judged.
    pub favourable: Option<String>,
    /// Names of the features, in the order of the file, where it has none.
    pub features: Option<Vec<String>>,
    /// How scores become probabilities, where the file does not say.
    pub link: Option<ImportLink>,
    /// The command, for the training summary.
    pub command: String,
}

/// What was imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportOutcome {
    /// Where it came from.
    pub origin: Origin,
    /// Class names, sorted.
    pub classes: Vec<String>,
    /// Coefficients of the file, a score.
    pub features: u64,
    /// Design columns of the model.
    pub columns: u64,
    /// Design columns for which the file has no coefficient: theirs is 0.
    pub without: Vec<String>,
    /// Whether there are probabilities.
    pub probabilities: bool,
    /// What a careful colleague would say.
    pub remarks: Vec<Remark>,
}

/// A model that was trained elsewhere.
#[derive(Clone, Debug)]
pub struct ImportedModel {
    /// The model, to be saved and audited.
    pub pipeline: Pipeline,
    /// What was done.
    pub outcome: ImportOutcome,
}

/// A model as its file has it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Foreign {
    /// One row a score.
    coef: Vec<Vec<f64>>,
    /// One a score.
    intercept: Vec<f64>,
    /// In the order of the file; empty where it does not say.
    classes: Vec<String>,
    /// Of a single score, the position of the class that it speaks for.
    speaks_for: usize,
    /// Names of the features, where the file has them.
    features: Option<Vec<String>>,
    link: Option<ImportLink>,
    trainer: Option<String>,
    /// What a careful colleague would say of the file.
    remarks: Vec<String>,
}

/// Imports a model file of another program.
///
/// ```no_run
/// let found = linecall::import::import("heart.model", &Default::default())?;
/// found.pipeline.save("heart.linecall")?;
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read, is not what its format asks for, holds a number that is not finite,
/// or does not fit the schema, the table or the names that were given: one line that says what, where
/// and how to mend it.
pub fn import(path: impl AsRef<Path>, options: &ImportOptions) -> Result<ImportedModel> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let io = |e| DataError::io(&file, e);
    let source = std::fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    source.take(CAP + 1).read_to_end(&mut bytes).map_err(io)?;
    import_bytes(&bytes, &file, options)
}

/// As [`import`], from the bytes of a file; `file` is named in errors.
///
/// # Errors
/// As for [`import`].
pub fn import_bytes(bytes: &[u8], file: &str, options: &ImportOptions) -> Result<ImportedModel> {
    if bytes.len() as u64 > CAP {
        return Err(refuse(ErrorKind::Limit, "the model file is larger than 256 MiB")
            .at(Place::file(file))
            .into());
    }
    let as_text = || {
        std::str::from_utf8(bytes).map_err(|_| {
            refuse(ErrorKind::Encoding, "the model file is not text in UTF-8")
                .mend("say --from onnx if it is an ONNX file")
                .at(Place::file(file))
        })
    };
    let binary = file.to_ascii_lowercase().ends_with(".onnx");
    let format = match options.format {
        Some(format) => format,
        None if binary => ImportFormat::Onnx,
        None => guess(as_text()?, file),
    };
    let foreign = match format {
        ImportFormat::Onnx => onnx::read(bytes),
        ImportFormat::ScikitLearn => sklearn::read(as_text()?),
        ImportFormat::Liblinear => liblinear::read(as_text()?),
        ImportFormat::Csv => csv::read(as_text()?),
        ImportFormat::Vw => vw::read(as_text()?),
    };
    let foreign = foreign.map_err(|e| e.in_file(file))?;
    let sha256 = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    let name = Path::new(file).file_name().map(|name| name.to_string_lossy().into_owned());
    let origin = Origin {
        imported: format,
        file: name.unwrap_or_default(),
        sha256,
        trainer: foreign.trainer.clone(),
        positive: 0,
    };
    assemble::assemble(foreign, origin, options).map_err(|e| e.in_file(file))
}

/// The format by the first bytes, then by the name.
fn guess(text: &str, file: &str) -> ImportFormat {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let ends = |ext: &str| file.to_ascii_lowercase().ends_with(ext);
    if start.starts_with("solver_type") {
        ImportFormat::Liblinear
    } else if start.starts_with("Version ") && start.contains("\nbits:") {
        ImportFormat::Vw
    } else if start.starts_with(['{', '[']) || ends(".json") {
        ImportFormat::ScikitLearn
    } else if ends(".csv") || start.lines().next().is_some_and(|line| line.contains(',')) {
        ImportFormat::Csv
    } else {
        ImportFormat::Liblinear
    }
}

/// A refusal of a file.
fn refuse(kind: ErrorKind, problem: impl Into<String>) -> DataError {
    DataError::new(kind, problem)
}
