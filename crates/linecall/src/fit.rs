//! `fit`: from a file to a checked, explained, saved model.
//!
//! 1. Read the data; infer the schema or take the given one.
//! 2. Hold out a part of the rows (or read a test file).
//! 3. On the rest: learn the front end, choose lambda by cross-validation, fit.
//! 4. Take the held-out metrics of *that* model.
//! 5. Learn front end and coefficients again on all rows, at the chosen lambda, and keep that
//!    (where none were held out, the model of step 3 is it).
//!
//! The metrics therefore speak of a model trained on fewer rows than the saved one.

use linecall_data::infer::{self, InferOptions};
use linecall_data::read::{Inputs, ReadOptions, format_of};
use linecall_data::{Dataset, Labels, Schema, Table};
use linecall_features::{self as features, Binning, Outcome, TableFrontEnd};
use linecall_linear::direct::{DirectPlan, Learner};
use linecall_linear::ecoc::{CodePlan, CodeSettings};
use linecall_linear::metrics::Bootstrap;
use linecall_linear::tune::Rule;
use linecall_linear::vicinal::Vicinal;
use linecall_linear::{ClassWeight, ColumnRules, Loss, Multiclass, Penalty, Plan, Solver};
use serde::{Deserialize, Serialize};

use crate::decide::{self, DecideOptions, Decided};
use crate::learn;
use crate::measure::Measured;
use crate::outcome::{FitOutcome, Remark};
use crate::part::hold_out;
use crate::recipe::{HeldOut, Program, ReadingRecord, Recipe, prints};
use crate::source::Source;
use crate::stream::{self, StreamOptions};
use crate::strength::Strengths;
use crate::text_use::{TextUse, use_texts};
use crate::{Error, FrontEnd, Method, Pipeline, Result, TrainingSummary, tell};

/// How the strength of the penalty is set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Strength {
    /// Chosen by cross-validation.
    Tune {
        /// Which point of the path is taken.
        rule: Rule,
        /// Number of folds.
        folds: usize,
    },
    /// This lambda.
    Lambda(f64),
    /// `lambda = 1 / (C S)`, `S` the sum of the weights of the rows trained on.
    C(f64),
}

/// Which rows the metrics are taken on.
#[derive(Clone, Debug, PartialEq)]
pub enum Holdout {
    /// A share of the rows.
    Share(f64),
    /// The rows of another file.
    Test(String),
    /// None; there are no metrics.
    None,
}

/// Settings of [`fit`].
#[derive(Clone, Debug)]
pub struct FitOptions {
    /// How files are read.
    pub read: ReadOptions,
    /// The schema; `None` infers one.
    pub schema: Option<Schema>,
    /// Target, positive class and favourable outcome, where the schema is inferred.
    pub infer: InferOptions,
    /// Rows carry any set of labels, parted by this mark in the cells of a table or a file of
    /// labels; of a LIBSVM file it is a comma. `None` where each row is of one class, or where the
    /// schema says so.
    pub multilabel: Option<char>,
    /// A closed form or single pass instead of a penalised loss; loss, penalty, strength, solver,
    /// standardisation and intercept are then not read.
    pub learner: Option<Learner>,
    /// Of a matrix, values above this are taken as 1, others as 0.
    pub binarize: Option<f64>,
    /// Of a table, how numbers are cut into bins and levels put into groups; `None` leaves them as
    /// they are. Bins are learnt from the rows that a model is trained on, as medians are: not from
    /// those held out, but from all folds together.
    pub binning: Option<Binning>,
    /// What is made of columns of free text, where the schema is inferred.
    pub text: TextUse,
    /// The loss.
    pub loss: Loss,
    /// The kind of penalty; its strength is in `strength`.
    pub penalty: Penalty,
    /// How the strength is set.
    pub strength: Strength,
    /// The solver.
    pub solver: Solver,
    /// Largest violation of the optimality conditions at which a fit has converged.
    pub tolerance: f64,
    /// Weights of whole classes.
    pub class_weight: ClassWeight,
    /// How the loss meets more than two classes.
    pub multiclass: Multiclass,
    /// Words of bits for three or more classes, with a learner a bit, instead of a score a class.
    pub codes: Option<CodeSettings>,
    /// Factors on the penalty and bounds on coefficients, by column.
    pub columns: ColumnRules,
    /// What the loss is taken over: the rows, or mixtures of them.
    pub vicinal: Vicinal,
    /// Whether columns are standardised inside.
    pub standardize: bool,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Which rows the metrics are taken on.
    pub holdout: Holdout,
    /// Read the files again and again instead of holding them; solver and tolerance are then not
    /// read. With data already read, it is refused.
    pub stream: Option<StreamOptions>,
    /// The file with the labels of a test matrix that has none of its own.
    pub test_labels: Option<String>,
    /// A rule of calls to put after the model, chosen by cross-validation on all rows (its own folds
    /// and seed are not read: they are the fit's).
    pub decide: Option<DecideOptions>,
    /// Seed of splits, folds and bootstrap.
    pub seed: u64,
    /// The command that reproduces the fit, for reports.
    pub command: String,
    /// The same without folders and outputs, for the model file.
    pub recorded_command: String,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            read: ReadOptions::default(),
            schema: None,
            infer: InferOptions::default(),
            multilabel: None,
            learner: None,
            binarize: None,
            binning: None,
            text: TextUse::default(),
            loss: Loss::Logistic,
            penalty: Penalty::l2(1.0),
            strength: Strength::Tune { rule: Rule::Min, folds: 10 },
            solver: Solver::Auto,
            tolerance: 1e-9,
            class_weight: ClassWeight::None,
            multiclass: Multiclass::Auto,
            codes: None,
            columns: ColumnRules::default(),
            vicinal: Vicinal::None,
            standardize: true,
            fit_intercept: true,
            holdout: Holdout::Share(0.2),
            stream: None,
            test_labels: None,
            decide: None,
            seed: 0,
            command: String::new(),
            recorded_command: String::new(),
        }
    }
}

/// Is told how far a fit has come.
pub trait Watch: Sync {
    /// A stage begins.
    fn stage(&self, name: &str);
    /// Work done and in all, within the stage.
    fn progress(&self, done: u64, total: u64);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Watch for Silent {
    fn stage(&self, _name: &str) {}
    fn progress(&self, _done: u64, _total: u64) {}
}

/// A fitted pipeline and what was found on the way.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// What is saved.
    pub pipeline: Pipeline,
    /// What is reported.
    pub outcome: FitOutcome,
}

/// Fits a model to a file, or to several as one.
///
/// ```no_run
/// use linecall::{FitOptions, Silent, fit};
/// let mut options = FitOptions::default();
/// options.infer.target = Some("default payment next month".to_owned());
/// let fitted = fit("credit.csv", &options, &Silent)?;
/// fitted.pipeline.save("model.linecall")?;
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// When the data cannot be read, the schema does not hold, or the fit is refused.
pub fn fit(data: impl Into<Inputs>, options: &FitOptions, watch: &dyn Watch) -> Result<Fitted> {
    let data = data.into();
    if let Some(how) = options.stream {
        return stream::fit(&data, options, how, watch);
    }
    watch.stage("reading");
    let options = &settled(options);
    // Some formats say which column is the target; standard input does so before it is read.
    let known = format_of(&data, &options.read)?.target();
    let source = Source::read(&data, &options.read)?;
    if known.is_none() || options.schema.is_some() || options.infer.target.is_some() {
        return fit_source(&source, &data, options, watch);
    }
    let mut options = options.clone();
    options.infer.target = known.map(str::to_owned);
    fit_source(&source, &data, &options, watch)
}

/// As [`fit`], for data already read; `name` is what reports call them.
///
/// # Errors
/// As for [`fit`].
pub fn fit_source(
    source: &Source,
    name: impl Into<Inputs>,
    options: &FitOptions,
    watch: &dyn Watch,
) -> Result<Fitted> {
    let options = &settled(options);
    let inputs = name.into();
    let name = &inputs.to_string();
    if options.stream.is_some() {
        return setting("stream", "on", "off for data that are read already");
    }
    let matrix = match source {
        Source::Matrix(data) => Some(&data.labels),
        Source::Table(_) => None,
    };
    check_names(matrix, options)?;
    watch.stage("schema");
    let (schema, mut remarks) = match source {
        Source::Matrix(_) => (None, Vec::new()),
        Source::Table(table) => {
            let (schema, remarks) = schema_of(table, options).map_err(|e| e.in_file(name))?;
            (Some(schema), remarks)
        }
    };
    let (front_end, all) =
        prepare(source, schema.as_ref(), options).map_err(|e| e.in_file(name))?;
    let method = method_for(options, schema.as_ref(), &all.labels)?;
    if let Method::Direct(plan) = &method {
        learn::check_values(plan, &all, source, name)?;
    }
    let part = hold_out(source, &front_end, &all, options)?;

    watch.stage("tuning");
    let strength = Strengths::choose(options, &method, &part.train, watch)
        .map_err(|e| too_few(e, &all, options))?;
    watch.stage("fitting");
    let trained = strength
        .learn(&method, &part.train, strength.tuned.as_ref(), options.seed)
        .map_err(|e| too_few(e, &all, options))?;
    let train_model = &trained.1.model;
    let nonzero = strength.path_nonzero(&method, &part.train, train_model)?;

    let mut tested = None;
    if let Some(held) = &part.held {
        watch.stage("held-out metrics");
        let bootstrap = Bootstrap { seed: options.seed, ..Bootstrap::default() };
        tested = Some(Measured::of(train_model, held, &bootstrap)?);
    }

    // Where no row was put aside, the model is there already.
    let (final_method, final_fit) = if part.held_in_all {
        trained
    } else {
        watch.stage("fitting all rows");
        strength.learn(&method, &all, None, options.seed)?
    };
    if part.tested_on_training {
        remarks.insert(0, tell::tested_on_training());
    }
    remarks.extend(tell::fit_remarks(&final_fit, &strength, &all));

    let (fingerprint, columns, labels) = prints(source);
    let training = TrainingSummary {
        plan: final_method,
        rows: all.rows() as u64,
        weight: all.weights.as_ref().map_or(all.rows() as f64, |w| w.iter().sum()),
        class_rows: all.labels.counts(),
        tuning_rule: strength.rule.map(|r| r.name().to_owned()),
        folds: strength.tuned.as_ref().map(|t| t.folds as u64),
        seed: options.seed,
        holdout: tested.as_ref().and_then(|t| t.metrics.clone()),
        holdout_sets: tested.as_ref().and_then(|t| t.sets.clone()),
        isa: linecall_kernels::instruction_set().to_owned(),
        command: options.recorded_command.clone(),
        recipe: Some(Recipe {
            program: Program::here(),
            strength: strength.given(),
            holdout: match (&options.holdout, part.test.clone()) {
                (Holdout::Share(share), _) => HeldOut::Share(*share),
                (Holdout::Test(_), Some((fingerprint, labels))) => {
                    HeldOut::Test { fingerprint, labels }
                }
                _ => HeldOut::None,
            },
            stream: None,
            binning: options.binning.clone(),
            card: None,
            reading: ReadingRecord::of(&options.read),
            columns,
            labels,
            forgotten: 0,
        }),
    };
    let pipeline = Pipeline {
        front_end,
        model: final_fit.model.clone(),
        certificates: vec![final_fit.certificate.clone()],
        training,
        fingerprint,
        post: None,
    };
    let story = tell::Story {
        files: inputs.paths(),
        options,
        part: &part,
        strength: &strength,
        nonzero: &nonzero,
        tested,
        fit: &final_fit,
        remarks,
    };
    let mut outcome = story.tell(&pipeline);
    let Some(asked) = &options.decide else { return Ok(Fitted { pipeline, outcome }) };
    watch.stage("choosing where calls turn");
    let own = DecideOptions {
        fresh: false,
        bootstrap: Bootstrap { seed: options.seed, ..asked.bootstrap },
        command: options.recorded_command.clone(),
        ..asked.clone()
    };
    let Decided { pipeline, outcome: decision } = decide::on(&pipeline, source, &all, name, &own)?;
    outcome.decision = Some(decision);
    Ok(Fitted { pipeline, outcome })
}

/// The options with what they say of labels where readers and inference look for it.
pub(crate) fn settled(options: &FitOptions) -> FitOptions {
    let mut options = options.clone();
    options.read.multilabel = options.multilabel;
    options.infer.multilabel = options.multilabel;
    options
}

/// Says so when it was the hold-out or the folds that left one class.
fn too_few(error: Error, all: &Dataset, options: &FitOptions) -> Error {
    let counts = all.labels.counts();
    match (&error, counts.iter().filter(|n| **n > 0).min()) {
        (
            Error::Linear(
                linecall_linear::Error::OneClass { .. } | linecall_linear::Error::EmptyClass { .. },
            ),
            Some(least),
        ) if counts.len() > 1 => {
            let mend = match (&options.holdout, &options.learner) {
                (Holdout::Share(_), Some(_)) => "give more rows, or use --holdout 0",
                (_, Some(_)) => "give more rows",
                (Holdout::Share(_), None) => {
                    "give more rows, or use --holdout 0 --no-tune --lambda NUMBER"
                }
                _ => "give more rows, or use --no-tune --lambda NUMBER",
            };
            linecall_data::Error::new(
                linecall_data::ErrorKind::Empty,
                format!(
                    "the smallest class has {least} of {} rows, too few to hold rows out or make \
                     folds",
                    all.rows()
                ),
            )
            .mend(mend)
            .into()
        }
        _ => error,
    }
}

/// Refuses a setting.
pub(crate) fn setting<T>(name: &'static str, value: &str, expected: &'static str) -> Result<T> {
    let value = value.to_owned();
    Err(Error::Linear(linecall_linear::Error::Setting { name, value, expected }))
}

/// Refuses names and settings that mean nothing for a matrix of these labels, or for a table. A
/// target named twice, in the schema and beside it, must be the same.
pub(crate) fn check_names(matrix: Option<&Labels>, options: &FitOptions) -> Result<()> {
    if let (Some(labels), infer) = (matrix, &options.infer) {
        if let Some(class) = &infer.favourable {
            return setting("favourable", class, "nothing: a matrix has no schema to keep it in");
        }
        if let (Some(class), true) = (&infer.positive, labels.is_multilabel()) {
            return setting("positive", class, "nothing: rows carry sets of labels");
        }
        if let (Some(class), 3..) = (&infer.positive, labels.classes().len()) {
            return setting("positive", class, "nothing: there are more than two classes");
        }
    }
    if let (Some(_), Some(_)) = (matrix, &options.binning) {
        return setting("binning", "bins", "nothing: it is for tables, whose columns have kinds");
    }
    if let (None, Some(above)) = (matrix, options.binarize) {
        return setting(
            "binarize",
            &above.to_string(),
            "nothing: it is for matrices; in a table, cut a column into levels",
        );
    }
    if let (Some(schema), Some(given)) = (&options.schema, options.multilabel)
        && schema.target.multilabel != Some(given)
    {
        let expected = "the same as `multilabel` in the target of the schema";
        return setting("multilabel", &given.to_string(), expected);
    }
    match (matrix, &options.schema, &options.infer.target) {
        (Some(_), _, Some(target)) => {
            setting("target", target, "nothing: a matrix has its labels beside it")
        }
        (Some(_), Some(_), _) => {
            setting("schema", "a schema", "nothing: a matrix has no named columns")
        }
        (None, Some(schema), Some(target)) if *target != schema.target.column => {
            setting("target", target, "the target that the schema names, or none beside a schema")
        }
        _ => Ok(()),
    }
}

/// The schema, and what there is to say about the data.
pub(crate) fn schema_of(table: &Table, options: &FitOptions) -> Result<(Schema, Vec<Remark>)> {
    let Some(given) = &options.schema else {
        let mut found = infer::infer(table, &options.infer)?;
        use_texts(&mut found, &options.text)?;
        let remarks = tell::warning_remarks(&found.warnings);
        return Ok((found.schema, remarks));
    };
    // The user has decided on roles and kinds; only a leak is still worth saying.
    let mut schema = given.clone();
    if let Some(positive) = &options.infer.positive {
        schema.target.positive = Some(positive.clone());
    }
    if let Some(favourable) = &options.infer.favourable {
        schema.target.favourable = Some(favourable.clone());
    }
    schema.check()?;
    let target = Some(schema.target.column.clone());
    let multilabel = schema.target.multilabel;
    let found =
        infer::infer(table, &InferOptions { target, multilabel, ..InferOptions::default() });
    let remarks = found.map_or_else(|_| Vec::new(), |d| tell::leaks(&d, &schema));
    Ok((schema, remarks))
}

/// The front end of a table, with bins where they are asked for. Of a target of two classes, the
/// outcome that bins are made by is its positive class, and rows count by their weights.
///
/// ```
/// use linecall::features::{BinMethod, Binning};
/// # fn of(schema: &linecall::data::Schema, table: &linecall::data::Table) -> linecall::Result<()> {
/// let mut binning = Binning::new(BinMethod::Monotone { bins: 5 });
/// binning.cut(schema, "age=30,45,60")?;
/// let front = linecall::front_end(schema, table, Some(&binning))?;
/// for variable in front.apply(table)?.design.variables() {
///     println!("{}: {} columns", variable.source, variable.columns.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As for [`TableFrontEnd::fit_binned`], and when a label or weight is not one.
pub fn front_end(
    schema: &Schema,
    table: &Table,
    binning: Option<&Binning>,
) -> Result<TableFrontEnd> {
    let Some(binning) = binning else { return Ok(TableFrontEnd::fit(schema, table)?) };
    let weight = features::row_weights(schema, table)?;
    let labels = features::labels(schema, table)?;
    let two = labels.classes().len() == 2 && !labels.is_multilabel();
    let positive = schema.target.positive.as_ref();
    let positive = positive.and_then(|name| labels.classes().iter().position(|c| c == name));
    let positive = positive.unwrap_or(1) as u32;
    let event: Vec<bool> = match two {
        true => labels.codes().iter().map(|code| *code == positive).collect(),
        false => Vec::new(),
    };
    let outcome = Outcome { event: &event, weight: weight.as_deref() };
    Ok(TableFrontEnd::fit_binned(schema, table, binning, two.then_some(outcome))?)
}

/// The front end learnt again from other rows. Bins that nobody knows how to make again stay.
pub(crate) fn learn_again(
    front: &TableFrontEnd,
    schema: &Schema,
    table: &Table,
    binning: Option<&Binning>,
) -> Result<TableFrontEnd> {
    match binning {
        None if front.is_binned() => Ok(front.clone()),
        _ => front_end(schema, table, binning),
    }
}

/// Front end and rows of the whole data.
pub(crate) fn prepare(
    source: &Source,
    schema: Option<&Schema>,
    options: &FitOptions,
) -> Result<(FrontEnd, Dataset)> {
    match (source, schema) {
        (Source::Table(table), Some(schema)) => {
            let recipe = front_end(schema, table, options.binning.as_ref())?;
            let data = features::dataset(&recipe, schema, table)?;
            Ok((FrontEnd::Table { schema: schema.clone(), recipe }, data))
        }
        (Source::Matrix(data), _) => {
            let labels = Default::default();
            let columns = data.design.cols();
            let FitOptions { binarize, multilabel, .. } = *options;
            let multilabel = multilabel.filter(|_| data.labels.is_multilabel());
            let front_end = FrontEnd::Matrix { columns, labels, binarize, multilabel };
            let mut data = data.clone();
            data.design = front_end.encode(data.design)?;
            Ok((front_end, data))
        }
        (Source::Table(table), None) => {
            prepare(source, Some(&schema_of(table, options)?.0), options)
        }
    }
}

pub(crate) fn method_for(
    options: &FitOptions,
    schema: Option<&Schema>,
    labels: &Labels,
) -> Result<Method> {
    let classes = labels.classes();
    let wanted = match schema {
        Some(schema) => schema.target.positive.as_deref(),
        None => options.infer.positive.as_deref(),
    };
    let positive = match wanted {
        None => 1,
        Some(name) => classes.iter().position(|c| c == name).ok_or_else(|| {
            Error::Linear(linecall_linear::Error::Setting {
                name: "positive",
                value: name.to_owned(),
                expected: "one of the classes",
            })
        })?,
    };
    if let ClassWeight::Given { weights } = &options.class_weight
        && let Some((class, _)) = weights.iter().find(|(class, _)| !classes.contains(class))
    {
        return Err(Error::Linear(linecall_linear::Error::Setting {
            name: "class-weight",
            value: class.clone(),
            expected: "names of classes",
        }));
    }
    if let (Some(_), Some(learner)) = (&options.codes, &options.learner) {
        let name = learner.name();
        return setting("learner", name, "a penalised loss, for the bits of output codes");
    }
    if let Some(learner) = options.learner.clone() {
        let class_weight = options.class_weight.clone();
        return Ok(DirectPlan { learner, class_weight, positive }.into());
    }
    let multilabel = labels.is_multilabel();
    if let (Some(_), true) = (&options.codes, multilabel) {
        return setting("multiclass", "codes", "nothing: rows carry sets of labels");
    }
    let plan = Plan {
        solver: options.solver,
        tolerance: options.tolerance,
        standardize: options.standardize,
        fit_intercept: options.fit_intercept,
        class_weight: options.class_weight.clone(),
        positive,
        multiclass: if multilabel { Multiclass::MultiLabel } else { options.multiclass },
        columns: options.columns.clone(),
        vicinal: options.vicinal,
        ..Plan::new(options.loss.clone(), options.penalty)
    };
    let Some(codes) = options.codes.clone() else { return Ok(plan.into()) };
    // Chosen once: folds and refits are to have the same words.
    let plan = CodePlan { codes, ..CodePlan::new(plan) };
    let words = plan.words(classes.len())?;
    Ok(plan.with_words(&words).into())
}
