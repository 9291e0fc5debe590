//! Scoring without linecall: SQL, ONNX, PMML, JSON, C, Rust, LIBLINEAR and Markdown, each re-scored on
//! real rows by a program of its own before it is called done.
//!
//! A pipeline becomes one form (`program.rs`: raw cell, design column, score, call, and the steps from
//! scores to probabilities), and every format prints that form. So imputation, categories, missing
//! indicators, refusals and the link travel, and formats cannot disagree on what a row is. A rule after
//! the model is part of that form too (`rule.rs`).
//!
//! Then the printed text is run: by SQLite and DuckDB, onnxruntime, a PMML evaluator, the C and Rust
//! compilers, `liblinear-predict`; JSON and Markdown by readers that know the document alone. Rows are a
//! sample of real ones, spread over the file, and rows made from them: every level, every missing cell,
//! levels never seen, numbers out of bounds. A score may differ from linecall's by the tolerance times
//! `|b| + sum_j |w_j x_j|`, what rounding can do to such a sum; a call may differ only on a tie within that;
//! a row that linecall refuses must be refused.
//!
//! ```
//! use linecall::export::{ExportFormat, ExportOptions, export};
//! use linecall::import::{ImportOptions, import_bytes};
//!
//! let names = |of: &[&str]| Some(of.iter().map(|&n| n.to_owned()).collect());
//! let options = ImportOptions { classes: names(&["no", "yes"]), ..ImportOptions::default() };
//! let model = import_bytes(b"feature,coef\n(intercept),-1\nage,0.5\n", "m.csv", &options)?;
//! let options = ExportOptions { check: false, ..ExportOptions::of(&[ExportFormat::Sql]) };
//! let found = export(&model.pipeline, None, &options)?;
//! assert!(found.files[0].text().contains("5e-1 * c.x1"));
//! # Ok::<(), linecall::Error>(())
//! ```
//!
//! Cost: one pass over the data to draw the sample, and what the programs take for some thousand rows.

mod c;
mod json;
mod liblinear;
mod link;
mod markdown;
mod onnx;
mod pmml;
mod program;
mod prove;
mod rule;
mod rust;
mod sql;
mod words;

use linecall_data::read::{Inputs, ReadOptions};
use serde::{Deserialize, Serialize};

use crate::{Error, FrontEnd, Pipeline, Remark, Result};
use program::Program;

pub use prove::{Mismatch, Proof};

/// A format of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportFormat {
    /// One `SELECT` over a table of raw columns.
    Sql,
    /// An ONNX graph.
    Onnx,
    /// A PMML 4.4 document.
    Pmml,
    /// A JSON document with everything that scoring takes.
    Json,
    /// A C99 file.
    C,
    /// A Rust file.
    Rust,
    /// A LIBLINEAR model over the design columns.
    Liblinear,
    /// A table that a person can score a row with.
    Markdown,
}

impl ExportFormat {
    /// All of them, in the order of the guide.
    pub const ALL: [Self; 8] = [
        Self::Sql,
        Self::Onnx,
        Self::Pmml,
        Self::Json,
        Self::C,
        Self::Rust,
        Self::Liblinear,
        Self::Markdown,
    ];

    /// The name in flags and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Onnx => "onnx",
            Self::Pmml => "pmml",
            Self::Json => "json",
            Self::C => "c",
            Self::Rust => "rust",
            Self::Liblinear => "liblinear",
            Self::Markdown => "markdown",
        }
    }

    /// How file names end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Rust => "rs",
            Self::Markdown => "md",
            other => other.name(),
        }
    }
}

/// Which databases an export to SQL is run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SqlEngines {
    /// SQLite and DuckDB.
    #[default]
    Both,
    /// SQLite alone.
    Sqlite,
    /// DuckDB alone.
    Duckdb,
}

/// Settings of [`export`].
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// What is printed, each once.
    pub formats: Vec<ExportFormat>,
    /// The name of files, without their endings.
    pub name: String,
    /// Whether every export is re-scored; without, the outcome says so.
    pub check: bool,
    /// Real rows that exports are re-scored on, at most.
    pub rows: usize,
    /// Seed of the sample.
    pub seed: u64,
    /// The table that the SQL reads.
    pub table: String,
    /// The databases that the SQL is run on.
    pub engines: SqlEngines,
    /// ONNX with 32-bit numbers.
    pub single: bool,
    /// The Python that has `duckdb`, `onnxruntime` and a PMML evaluator.
    pub python: String,
}

impl ExportOptions {
    /// The usual settings: 1,000 rows, seed 0, the table `rows`, `python3`.
    pub fn of(formats: &[ExportFormat]) -> Self {
        Self {
            formats: formats.to_vec(),
            name: "model".to_owned(),
            check: true,
            rows: 1000,
            seed: 0,
            table: "rows".to_owned(),
            engines: SqlEngines::Both,
            single: false,
            python: "python3".to_owned(),
        }
    }
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportedFile {
    /// The format that it belongs to.
    pub format: ExportFormat,
    /// Its name, without a folder.
    pub name: String,
    /// What it holds.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl ExportedFile {
    /// The bytes as text, where they are.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// What [`export`] made, and what it was found to be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportOutcome {
    /// The files, to be written only where no comparison failed.
    pub files: Vec<ExportedFile>,
    /// One a format and program; none without a check.
    pub proofs: Vec<Proof>,
    /// The first comparison that failed: the export is not done then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Mismatch>,
    /// Real rows in the sample.
    pub rows: u64,
    /// Rows made from them.
    pub made: u64,
    /// What a careful colleague would say.
    pub remarks: Vec<Remark>,
}

/// Prints a model in some formats, and re-scores each on rows of `data`.
///
/// # Errors
/// When a format cannot carry the model or the rule after it, the data cannot be read, there are none though exports are to be checked, or a program that would check one is absent:
/// one line that says what to do. A comparison that fails is no error but [`ExportOutcome::mismatch`].
pub fn export(
    pipeline: &Pipeline,
    data: Option<(Inputs, ReadOptions)>,
    options: &ExportOptions,
) -> Result<ExportOutcome> {
    let program = Program::of(pipeline)?;
    let mut formats = Vec::new();
    options.formats.iter().for_each(|f| {
        if !formats.contains(f) {
            formats.push(*f);
        }
    });
    let cases = match (data, options.check) {
        (Some((inputs, reading)), _) => {
            Some(prove::cases(pipeline, &program, &inputs, &reading, options)?)
        }
        (None, false) => None,
        (None, true) => {
            return Err(Error::Question(
                "an export is re-scored on rows before it is done, and none are given; give the \
                 DATA, or say --no-check"
                    .to_owned(),
            ));
        }
    };
    let mut outcome = ExportOutcome {
        files: Vec::new(),
        proofs: Vec::new(),
        mismatch: None,
        rows: cases.as_ref().map_or(0, |cases| cases.real),
        made: cases.as_ref().map_or(0, |cases| cases.made),
        remarks: Vec::new(),
    };
    if let Some(unread) = cases.as_ref().map(|cases| cases.unread).filter(|n| *n > 0) {
        outcome.remarks.push(remark(format!(
            "{unread} rows of the sample hold text in a column of numbers, which no export can be \
             given; they are left out"
        )));
    }
    let heading = heading(pipeline);
    for format in formats {
        let made = Made::of(format, pipeline, &program, &heading, cases.as_ref(), options)?;
        if let (Some(cases), true) = (&cases, options.check) {
            for found in prove::run(&made, &program, cases, options)? {
                match prove::compare(&program, format, &found, cases) {
                    Ok(proof) => outcome.proofs.push(proof),
                    Err(mismatch) => {
                        outcome.mismatch = Some(*mismatch);
                        return Ok(outcome);
                    }
                }
            }
        }
        outcome.remarks.extend(made.remarks.into_iter().map(remark));
        outcome.files.extend(made.files);
    }
    Ok(outcome)
}

fn remark(text: String) -> Remark {
    Remark { column: None, text }
}

/// What stands at the top of a file.
fn heading(pipeline: &Pipeline) -> Vec<String> {
    let target = pipeline.front_end.schema().map(|schema| schema.target.column.as_str());
    let what = target.map(|name| format!(" of {name}")).unwrap_or_default();
    let mut lines = vec![
        format!("A linear classifier{what}, written by linecall {}.", env!("CARGO_PKG_VERSION")),
        format!("Classes: {}.", pipeline.classes().join(", ")),
    ];
    if let Some(post) = &pipeline.post {
        // Backticks would be spelt out in comments.
        let asked = post.asked(pipeline.classes()).join("; ").replace('`', "");
        lines.push(format!("Calls are those of a rule after the model: {asked}."));
    }
    lines
}

/// One format, printed.
pub(crate) struct Made {
    pub(crate) format: ExportFormat,
    pub(crate) files: Vec<ExportedFile>,
    pub(crate) remarks: Vec<String>,
    /// The target's column, which PMML names.
    pub(crate) target: String,
    /// Of LIBLINEAR: labels of the classes, and whether there are probabilities.
    pub(crate) labels: (Vec<i64>, bool),
}

impl Made {
    fn of(
        format: ExportFormat,
        pipeline: &Pipeline,
        program: &Program,
        heading: &[String],
        cases: Option<&prove::Cases>,
        options: &ExportOptions,
    ) -> Result<Self> {
        let target = match &pipeline.front_end {
            FrontEnd::Table { schema, .. } => schema.target.column.clone(),
            FrontEnd::Matrix { .. } => "class".to_owned(),
        };
        let (mut remarks, mut labels) = (Vec::new(), (Vec::new(), false));
        let mut beside = None;
        let bytes = match format {
            ExportFormat::Sql => {
                let settings = sql::Settings { table: &options.table, heading };
                sql::print(program, &settings).into_bytes()
            }
            ExportFormat::Onnx => onnx::print(program, options.single, heading),
            ExportFormat::Pmml => pmml::print(program, &target, heading)?.into_bytes(),
            ExportFormat::Json => json::print(program).into_bytes(),
            ExportFormat::C => c::print(program, heading).into_bytes(),
            ExportFormat::Rust => rust::print(program, heading).into_bytes(),
            ExportFormat::Liblinear => {
                let printed = liblinear::print(program)?;
                remarks.push(
                    "liblinear: what turns cells into columns does not travel in this format: rows \
                     must come as LIBSVM lines of the design"
                        .to_owned(),
                );
                if !printed.probabilities && !program.steps.probability.is_empty() {
                    let why = match program.rule {
                        Some(_) => {
                            "the rule's threshold is taken off the intercept, so that calls travel and \
                             probabilities do not"
                        }
                        None => "calls travel; the probabilities of this model's link do not",
                    };
                    remarks.push(format!("liblinear: {why}"));
                }
                beside = Some(("liblinear.tsv", printed.key));
                labels = (printed.labels, printed.probabilities);
                printed.model.into_bytes()
            }
            ExportFormat::Markdown => {
                let example = cases.and_then(prove::Cases::example);
                markdown::print(program, heading, example.as_ref())?.into_bytes()
            }
        };
        let name = format!("{}.{}", options.name, format.extension());
        let mut files = vec![ExportedFile { format, name, bytes }];
        files.extend(beside.map(|(ending, text)| ExportedFile {
            format,
            name: format!("{}.{ending}", options.name),
            bytes: text.into_bytes(),
        }));
        Ok(Self { format, files, remarks, target, labels })
    }

    /// The file itself.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.files.first().map_or(&[], |file| file.bytes.as_slice())
    }
}
