//! `export`: scoring without linecall, re-scored before it is done.

use std::io::Write;
use std::path::{Path, PathBuf};

use linecall::data::read::Inputs;
use linecall::export::Proof;
use linecall::file::Whole;
use linecall::{ExportFormat, ExportOptions, ExportOutcome, Pipeline, SqlEngines, export};
use serde_json::{Value, json};

use super::reading;
use crate::args::{DatabaseName, Export, ExportName};
use crate::failure::{Answer, Failure};
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Export) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    let options = options(args);
    let place = Place::of(args);
    let mut inputs = vec![args.model.clone()];
    let data = match args.data.is_empty() {
        true => None,
        false => {
            let read = reading::options(&args.reading, &args.data)?;
            inputs.extend(reading::files(&args.data, &read));
            Some((Inputs::from(args.data.as_slice()), read))
        }
    };
    place.check(&inputs)?;
    let outcome = export(&pipeline, data, &options)?;
    if let Some(mismatch) = &outcome.mismatch {
        match args.common.json {
            true => output::say_json(&document(&outcome, None)?)?,
            false => output::say(&format!(
                "{}\n  not exported: {}\n  nothing is written\n",
                args.model,
                mismatch.text()
            ))?,
        }
        return Ok(false);
    }
    let paths = place.write(&outcome)?;
    if args.common.json {
        output::say_json(&document(&outcome, Some(&paths))?)?;
    } else {
        output::say(&page(args, &outcome, &paths))?;
    }
    Ok(true)
}

fn options(args: &Export) -> ExportOptions {
    let format = |name: &ExportName| match name {
        ExportName::Sql => ExportFormat::Sql,
        ExportName::Onnx => ExportFormat::Onnx,
        ExportName::Pmml => ExportFormat::Pmml,
        ExportName::Json => ExportFormat::Json,
        ExportName::C => ExportFormat::C,
        ExportName::Rust => ExportFormat::Rust,
        ExportName::Liblinear => ExportFormat::Liblinear,
        ExportName::Markdown => ExportFormat::Markdown,
    };
    let formats: Vec<ExportFormat> = args.to.iter().map(format).collect();
    ExportOptions {
        name: stem(&args.model),
        check: !args.no_check,
        rows: args.rows as usize,
        seed: args.seed,
        table: args.table.clone(),
        engines: match args.database {
            DatabaseName::Both => SqlEngines::Both,
            DatabaseName::Sqlite => SqlEngines::Sqlite,
            DatabaseName::Duckdb => SqlEngines::Duckdb,
        },
        single: args.float32,
        python: args.python.clone(),
        ..ExportOptions::of(&formats)
    }
}

/// The model's name without its ending.
fn stem(model: &str) -> String {
    let stem = Path::new(model).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "model".to_owned())
}

/// Where files go.
enum Place {
    /// A folder, under their own names.
    Folder(PathBuf),
    /// The first under this name, others beside it.
    File(PathBuf),
}

impl Place {
    fn of(args: &Export) -> Self {
        let mut kinds: Vec<ExportName> = Vec::new();
        args.to.iter().for_each(|name| {
            if !kinds.contains(name) {
                kinds.push(*name);
            }
        });
        let single = kinds.len() == 1;
        match &args.output {
            Some(path) if !single || path.ends_with('/') || Path::new(path).is_dir() => {
                Self::Folder(path.into())
            }
            Some(path) => Self::File(path.into()),
            None if single => {
                let ending = options(args).formats.first().map_or("txt", |f| f.extension());
                Self::File(format!("{}.{ending}", stem(&args.model)).into())
            }
            None => Self::Folder("export".into()),
        }
    }

    /// Refuses a place that cannot be written, before any work is done for it.
    fn check(&self, inputs: &[String]) -> Result<(), Failure> {
        match self {
            Self::File(path) => {
                let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
                output::check_target(&path.display().to_string(), &inputs)
            }
            Self::Folder(path) if path.exists() && !path.is_dir() => Err(Failure::Output(
                path.display().to_string(),
                std::io::ErrorKind::NotADirectory.into(),
            )),
            Self::Folder(path) if path.as_os_str() == "-" => {
                Err(Failure::usage("an export is files; name a folder for them instead of `-`"))
            }
            Self::Folder(_) => Ok(()),
        }
    }

    fn paths(&self, outcome: &ExportOutcome) -> Vec<PathBuf> {
        let main = outcome.files.first().map(|file| file.name.clone()).unwrap_or_default();
        outcome
            .files
            .iter()
            .map(|file| match self {
                Self::Folder(folder) => folder.join(&file.name),
                // `heart.model` and `heart.model.tsv`.
                Self::File(path) => {
                    let rest = file.name.strip_prefix(&main).unwrap_or_default();
                    let mut name = path.clone().into_os_string();
                    name.push(rest);
                    name.into()
                }
            })
            .collect()
    }

    /// Writes every file, all begun before the first takes its name.
    fn write(&self, outcome: &ExportOutcome) -> Result<Vec<String>, Failure> {
        let failed = |path: &Path, e| Failure::Output(path.display().to_string(), e);
        if let Self::Folder(folder) = self {
            std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
        }
        let paths = self.paths(outcome);
        let mut begun = Vec::new();
        for (file, path) in outcome.files.iter().zip(&paths) {
            let mut whole = Whole::begin(path).map_err(|e| failed(path, e))?;
            whole.write_all(&file.bytes).map_err(|e| failed(path, e))?;
            begun.push((whole, path));
        }
        for (whole, path) in begun {
            whole.finish().map_err(|e| failed(path, e))?;
        }
        Ok(paths.iter().map(|path| path.display().to_string()).collect())
    }
}

fn document(outcome: &ExportOutcome, paths: Option<&[String]>) -> Result<Value, Failure> {
    let failed = |e: serde_json::Error| Failure::Output("standard output".to_owned(), e.into());
    let mut document = serde_json::to_value(output::Versioned::new(outcome)).map_err(failed)?;
    let files = outcome.files.iter().zip(paths.unwrap_or_default());
    let files: Vec<Value> =
        files.map(|(file, path)| json!({"format": file.format, "path": path})).collect();
    if let Some(document) = document.as_object_mut() {
        document.insert("files".to_owned(), files.into());
        document.insert("checked".to_owned(), (!outcome.proofs.is_empty()).into());
    }
    Ok(document)
}

fn page(args: &Export, outcome: &ExportOutcome, paths: &[String]) -> String {
    let mut grid = Grid::new(&[
        "format",
        "file",
        "scored by",
        ">rows",
        ">refused",
        ">largest difference",
        ">of probability",
        ">calls changed",
    ]);
    let mut shown: Option<ExportFormat> = None;
    for (file, path) in outcome.files.iter().zip(paths) {
        if shown == Some(file.format) {
            continue;
        }
        shown = Some(file.format);
        let proofs: Vec<&Proof> =
            outcome.proofs.iter().filter(|proof| proof.format == file.format).collect();
        if proofs.is_empty() {
            let cells = [file.format.name(), path, "not re-scored"].map(str::to_owned);
            grid.row(cells.into_iter().chain(vec![String::new(); 5]).collect());
        }
        for (at, proof) in proofs.iter().enumerate() {
            let first = |text: &str| if at == 0 { text.to_owned() } else { String::new() };
            let size =
                |value: Option<f64>| value.map_or(String::new(), |v| text::significant(v, 2));
            grid.row(vec![
                first(file.format.name()),
                first(path),
                proof.evaluator.clone(),
                text::count(proof.rows),
                text::count(proof.refused),
                size(proof.largest),
                size(proof.probability),
                text::count(proof.class_changes),
            ]);
        }
    }
    let mut out = match outcome.proofs.is_empty() {
        true => format!("{}: not re-scored\n", args.model),
        false => format!(
            "{}: {} rows of the data, and {} made from them with missing cells, every level and \
             others\n",
            args.model,
            text::count(outcome.rows),
            text::count(outcome.made)
        ),
    };
    out.push_str(&grid.text());
    if let Some(tolerance) = outcome.proofs.iter().map(|p| p.tolerance).reduce(f64::max) {
        out.push_str(&format!(
            "  difference of a score by |b| + sum of |w x|; at most {tolerance:e} is let pass\n"
        ));
    }
    for note in outcome.proofs.iter().filter_map(|proof| proof.note.as_ref()) {
        out.push_str(&format!("  {note}\n"));
    }
    for remark in &outcome.remarks {
        out.push_str(&format!("  ! {}\n", remark.text));
    }
    out
}
