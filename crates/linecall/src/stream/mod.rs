//! `fit --stream`: a model of files that are read again and again and never held.
//!
//! 1. One pass over the data counts rows and classes, fingerprints them and, of LIBSVM, finds the
//!    number of columns. Without a schema, one is inferred from the first rows; medians and
//!    commonest levels are those of the first rows too.
//! 2. [`linecall_linear::stream`] learns, holds out, and certifies.
//!
//! The memory is that of the learners ([`linecall_linear::stream::memory`]), one batch of rows (at
//! most 2^22 cells or entries) and the reader's blocks; it does not grow with the file.

mod files;
mod rows;

use linecall_data::read::{Format, Inputs, format_of};
use linecall_data::schema::{ColumnSchema, Kind, Role};
use linecall_data::{Certificate, ErrorKind, Place, TextSettings};
use linecall_features::TableFrontEnd;
use linecall_linear::metrics::{Bootstrap, Calls};
use linecall_linear::stream::{self, Source as _, Streamed};
use linecall_linear::{Error as LinearError, Plan};

use self::files::{Files, first_rows};
use crate::fit::{
    FitOptions, Fitted, Holdout, Strength, Watch, check_names, method_for, schema_of, setting,
};
use crate::measure::Measured;
use crate::outcome::{FitOutcome, StreamOutcome};
use crate::recipe::{HeldOut, Prints, Program, ReadingRecord, Recipe, prints};
use crate::source::Source;
use crate::text_use::TextUse;
use crate::{Error, FrontEnd, Method, Pipeline, Result, TrainingSummary, strength, tell};

/// Settings of a fit over a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// Passes over the rows to learn from them.
    pub epochs: u64,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self { epochs: stream::Options::default().epochs }
    }
}

/// Fits a model to files without holding them.
///
/// # Errors
/// When the data cannot be read or change between passes, the schema does not hold, or a setting
/// is not for streams.
pub(crate) fn fit(
    data: &Inputs,
    options: &FitOptions,
    how: StreamOptions,
    watch: &dyn Watch,
) -> Result<Fitted> {
    check(data, options)?;
    let (paths, format) = data.files(&options.read)?;
    watch.stage("reading");
    let matrix = format == Format::Libsvm;
    if options.binning.is_some() {
        return setting(
            "binning",
            "bins",
            "nothing: a stream is not read before it is learnt from",
        );
    }
    if !matrix {
        check_names(None, options)?;
    }
    let (front_end, mut remarks) = front_end(data, format, options)?;
    let mut files = Files::open(paths, front_end, options, watch)?;
    if matrix {
        check_names(Some(files.labels()), options)?;
    }
    let method = method_for(options, files.front_end.schema(), files.labels())?;
    let Some(plan) = method.penalised() else {
        return setting("learner", "a closed form", "a penalised loss, for a stream");
    };
    let plan = plan.with_lambda(lambda(options, plan, &files)?);
    let settings = stream::Options { epochs: how.epochs, seed: options.seed };
    files.expect_passes(how.epochs * if files.holds_out() { 2 } else { 1 } + 3);
    watch.stage("learning");
    let Streamed { fit, held, rate, memory } = stream::fit(&plan, &mut files, &settings)?;
    let learnt = fit.into();
    remarks.extend(tell::streamed_remarks(&learnt, &files.totals().rows));

    watch.stage("held-out metrics");
    let bootstrap = Bootstrap { seed: options.seed, ..Bootstrap::default() };
    let grouped = files.front_end.schema().and_then(|schema| schema.with_role(Role::Group));
    let scheme = grouped.map_or("at random", |_| "grouped");
    let held = held.map(|calls| (calls, scheme));
    let totals = files.totals().clone();
    let train_rows = files.kept().rows.iter().sum();
    let (fingerprint, columns, labels) = files.prints().clone();
    let mut pipeline = Pipeline {
        front_end: files.front_end,
        model: learnt.model.clone(),
        certificates: vec![learnt.certificate.clone()],
        training: TrainingSummary {
            plan: Method::Penalised(Plan { solver: linecall_linear::Solver::AveragedSgd, ..plan }),
            rows: totals.rows.iter().sum(),
            weight: totals.weight.iter().sum(),
            class_rows: totals.rows.clone(),
            tuning_rule: None,
            folds: None,
            seed: options.seed,
            holdout: None,
            holdout_sets: None,
            isa: linecall_kernels::instruction_set().to_owned(),
            command: options.recorded_command.clone(),
            recipe: None,
        },
        fingerprint,
        post: None,
    };
    let mut tested_on = None;
    let held = match &options.holdout {
        Holdout::Test(file) => {
            let (calls, prints) = test(&pipeline, file, options)?;
            tested_on = Some(prints);
            Some((calls, "test file"))
        }
        _ => held,
    };
    pipeline.training.recipe = Some(Recipe {
        program: Program::here(),
        strength: options.strength,
        holdout: match (&options.holdout, tested_on) {
            (Holdout::Share(share), _) => HeldOut::Share(*share),
            (_, Some((fingerprint, _, labels))) => HeldOut::Test { fingerprint, labels },
            _ => HeldOut::None,
        },
        stream: Some(how.epochs),
        binning: None,
        card: None,
        reading: ReadingRecord::of(&options.read),
        columns,
        labels,
        forgotten: 0,
    });
    let tested =
        held.as_ref().map(|(calls, _)| Measured::of_calls(calls, &bootstrap)).transpose()?;
    let (holdout, curves) = match tested {
        Some(Measured { metrics, curves, .. }) => (metrics, Some(curves)),
        None => (None, None),
    };
    pipeline.training.holdout.clone_from(&holdout);
    let held_rows = held.as_ref().map_or(0, |(calls, _)| calls.predictions().rows() as u64);
    let passes = match &learnt.certificate {
        Certificate::Fit(certificate) => certificate.passes + 1,
        _ => 0,
    };
    let mut files = data.paths().to_vec();
    if let Holdout::Test(file) = &options.holdout {
        files.push(file.clone());
    }
    let outcome = FitOutcome {
        train_rows,
        holdout_rows: held_rows,
        holdout_scheme: held.map_or("none", |(_, scheme)| scheme).to_owned(),
        holdout,
        curves,
        stream: Some(StreamOutcome { epochs: how.epochs, passes, rate, memory }),
        remarks,
        ..tell::outcome(&pipeline, options, files, &learnt)
    };
    Ok(Fitted { pipeline, outcome })
}

/// Refuses what needs all rows at once.
fn check(data: &Inputs, options: &FitOptions) -> Result<()> {
    if data.paths().iter().any(|path| path == "-") {
        return setting("data", "-", "files, for a stream: they are read several times");
    }
    let of_schema = options.schema.as_ref().and_then(|schema| schema.target.multilabel);
    if options.multilabel.or(of_schema).is_some() {
        return setting("multilabel", "on", "off for a stream: its rows are of one class each");
    }
    if options.decide.is_some() {
        return setting(
            "decide",
            "a rule of calls",
            "none, for a stream: choose it afterwards, with `linecall decide`",
        );
    }
    if let Some(labels) = &options.read.labels {
        return setting("labels", labels, "nothing, for a stream: its rows have their labels");
    }
    if options.learner.is_some() {
        return setting("learner", "a closed form", "a penalised loss, for a stream");
    }
    if matches!(options.strength, Strength::Tune { .. }) {
        return setting(
            "lambda",
            "not given",
            "a number (or --C): a stream is not tuned; tune on a sample",
        );
    }
    match format_of(data, &options.read)? {
        format if format.is_matrix() && format != Format::Libsvm => setting(
            "format",
            &format.title().to_lowercase(),
            "a table or LIBSVM, for a stream: arrays are read whole",
        ),
        _ => Ok(()),
    }
}

/// Front end and remarks, from the first rows.
fn front_end(
    data: &Inputs,
    format: Format,
    options: &FitOptions,
) -> Result<(FrontEnd, Vec<crate::Remark>)> {
    if format == Format::Libsvm {
        let labels = Default::default();
        let front_end =
            FrontEnd::Matrix { columns: 0, labels, binarize: options.binarize, multilabel: None };
        return Ok((front_end, Vec::new()));
    }
    let name = data.to_string();
    let table = first_rows(data, &options.read)?;
    let mut options = options.clone();
    if options.schema.is_none() && options.infer.target.is_none() {
        options.infer.target = format.target().map(str::to_owned);
    }
    let options = &options;
    // A vocabulary needs all texts; hashes of n-grams do not, where a schema asks for them.
    // The names of hashed n-grams are then those that the first rows hold.
    let hashes = |text: &TextSettings| text.hash_bits.is_some();
    let text = match &options.text {
        TextUse::Learn { settings: Some(own), .. } if hashes(own) => options.text.clone(),
        _ => TextUse::Ignore,
    };
    let own = FitOptions { text, ..options.clone() };
    let (schema, remarks) = schema_of(&table, &own).map_err(|e| e.in_file(&name))?;
    let hashed = |column: &ColumnSchema| column.text.as_ref().is_some_and(hashes);
    let learns = |c: &&ColumnSchema| c.kind == Kind::Text && !hashed(c);
    if let Some(column) = schema.features().find(learns) {
        return Err(linecall_data::Error::new(
            ErrorKind::Schema,
            "a stream is not held, and so no vocabulary can be learnt from its texts",
        )
        .at(Place::file(&name).column(&column.name))
        .mend("set `text = { hash_bits = 20, weighting = \"count\" }`, or leave --stream out")
        .into());
    }
    if schema.with_role(Role::Time).is_some() && matches!(options.holdout, Holdout::Share(_)) {
        return setting(
            "holdout",
            "a share",
            "0 or --test FILE, for a stream of rows in time: which are the last is not known",
        );
    }
    let recipe = TableFrontEnd::fit(&schema, &table).map_err(|e| Error::from(e).in_file(&name))?;
    Ok((FrontEnd::Table { schema, recipe }, remarks))
}

fn lambda(options: &FitOptions, plan: &Plan, files: &Files) -> Result<f64> {
    match options.strength {
        Strength::Lambda(lambda) => Ok(lambda),
        Strength::C(c) => {
            strength::of_c(c, stream::weight_sum(plan, files.class_names(), files.totals()))
        }
        Strength::Tune { .. } => Err(LinearError::NoRows.into()),
    }
}

/// The calls of a test file, which is read whole, and its hashes.
fn test(pipeline: &Pipeline, file: &str, options: &FitOptions) -> Result<(Calls, Prints)> {
    let mut read = options.read.clone();
    read.labels.clone_from(&options.test_labels);
    let source = Source::read_for(pipeline, file, &read)?;
    let data = source.dataset(pipeline).map_err(|e| e.in_file(file))?;
    let weights = data.weights.as_deref();
    let calls = Calls::of(&pipeline.model, &data.design, &data.labels, weights)?;
    Ok((calls, prints(&source)))
}
