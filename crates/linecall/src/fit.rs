//! `fit`: from a file to a checked, explained, saved model.
//!
//! 1. Read the data; infer the schema or take the given one.
//! 2. Hold out a part of the rows (or read a test file).
//! 3. On the rest: learn the front end, choose lambda by cross-validation, fit.
//! 4. Take the held-out metrics of *that* model.
//! 5. Learn front end and coefficients again on all rows, at the chosen lambda, and keep that.
//!
//! The metrics therefore speak of a model trained on fewer rows than the saved one.

use linecall_data::infer::{self, InferOptions};
use linecall_data::read::ReadOptions;
use linecall_data::{Dataset, Schema, Table};
use linecall_features::{self as features, TableFrontEnd};
use linecall_linear::direct::{DirectPlan, Learner};
use linecall_linear::folds::{Scheme, Split, holdout};
use linecall_linear::metrics::{self, Bootstrap, Calls};
use linecall_linear::tune::{Rule, TuneOptions, Tuned, calibrated, tune};
use linecall_linear::{
    ClassWeight, ColumnRules, Fit, Link, Loss, Multiclass, Penalty, Plan, Solver,
};

use crate::learn::{self, Learnt};
use crate::outcome::{FitOutcome, Remark};
use crate::source::Source;
use crate::{Error, FrontEnd, Method, Pipeline, Result, TrainingSummary, tell};

/// How the strength of the penalty is set.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// A closed form or single pass instead of a penalised loss; loss, penalty, strength, solver,
    /// standardisation and intercept are then not read.
    pub learner: Option<Learner>,
    /// Of a matrix, values above this are taken as 1, others as 0.
    pub binarize: Option<f64>,
    /// The loss.
    pub loss: Loss,
    /// The kind of penalty; its strength is in `strength`.
    pub penalty: Penalty,
    /// How the strength is set.
    pub strength: Strength,
    /// The solver.
    pub solver: Solver,
    /// Weights of whole classes.
    pub class_weight: ClassWeight,
    /// How the loss meets more than two classes.
    pub multiclass: Multiclass,
    /// Factors on the penalty and bounds on coefficients, by column.
    pub columns: ColumnRules,
    /// Whether columns are standardised inside.
    pub standardize: bool,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Which rows the metrics are taken on.
    pub holdout: Holdout,
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
            learner: None,
            binarize: None,
            loss: Loss::Logistic,
            penalty: Penalty::l2(1.0),
            strength: Strength::Tune { rule: Rule::Min, folds: 10 },
            solver: Solver::Auto,
            class_weight: ClassWeight::None,
            multiclass: Multiclass::Auto,
            columns: ColumnRules::default(),
            standardize: true,
            fit_intercept: true,
            holdout: Holdout::Share(0.2),
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

/// Fits a model to a file.
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
pub fn fit(path: &str, options: &FitOptions, watch: &dyn Watch) -> Result<Fitted> {
    watch.stage("reading");
    let source = Source::read(path, &options.read)?;
    fit_source(&source, path, options, watch)
}

/// As [`fit`], for data already read; `name` is what reports call them.
///
/// # Errors
/// As for [`fit`].
pub fn fit_source(
    source: &Source,
    name: &str,
    options: &FitOptions,
    watch: &dyn Watch,
) -> Result<Fitted> {
    check_names(source, options)?;
    watch.stage("schema");
    let (schema, mut remarks) = schema_of(source, options).map_err(|e| e.in_file(name))?;
    let (front_end, all) =
        prepare(source, schema.as_ref(), options).map_err(|e| e.in_file(name))?;
    let method = method_for(options, schema.as_ref(), &all)?;
    if let Method::Direct(plan) = &method {
        learn::check_values(plan, &all, source, name)?;
    }
    let part = hold_out(source, &front_end, &all, options)?;

    watch.stage("tuning");
    let strength = Strengths::choose(options, &method, &part.train, watch)
        .map_err(|e| too_few(e, &all, options))?;
    watch.stage("fitting");
    let (_, train_fit) = strength
        .learn(&method, &part.train, strength.tuned.as_ref(), options.seed)
        .map_err(|e| too_few(e, &all, options))?;
    let nonzero = strength.path_nonzero(&method, &part.train)?;

    let mut tested = None;
    if let Some(held) = &part.held {
        watch.stage("held-out metrics");
        let calls =
            Calls::of(&train_fit.model, &held.design, &held.labels, held.weights.as_deref())?;
        let bootstrap = Bootstrap { seed: options.seed, ..Bootstrap::default() };
        let predictions = calls.predictions();
        tested =
            Some((metrics::metrics(&predictions, &bootstrap)?, metrics::curves(&predictions)?));
    }

    watch.stage("fitting all rows");
    let cross = if part.held_in_all { strength.tuned.as_ref() } else { None };
    let (final_method, final_fit) = strength.learn(&method, &all, cross, options.seed)?;
    if part.tested_on_training {
        remarks.insert(0, tell::tested_on_training());
    }
    remarks.extend(tell::fit_remarks(&final_fit, &strength, &all));

    let training = TrainingSummary {
        plan: final_method,
        rows: all.rows() as u64,
        weight: all.weights.as_ref().map_or(all.rows() as f64, |w| w.iter().sum()),
        class_rows: all.labels.counts(),
        tuning_rule: strength.rule.map(|r| r.name().to_owned()),
        folds: strength.tuned.as_ref().map(|t| t.folds as u64),
        seed: options.seed,
        holdout: tested.as_ref().map(|t| t.0.clone()),
        isa: linecall_kernels::instruction_set().to_owned(),
        command: options.recorded_command.clone(),
    };
    let pipeline = Pipeline {
        front_end,
        model: final_fit.model.clone(),
        certificates: vec![final_fit.certificate.clone()],
        training,
        fingerprint: source.fingerprint(),
    };
    let story = tell::Story {
        name,
        options,
        part: &part,
        strength: &strength,
        nonzero: &nonzero,
        tested,
        fit: &final_fit,
        all: &all,
        remarks,
    };
    let outcome = story.tell(&pipeline);
    Ok(Fitted { pipeline, outcome })
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

/// A target named twice, in the schema and beside it, must be the same.
fn check_names(source: &Source, options: &FitOptions) -> Result<()> {
    let setting = |name, value: &str, expected| {
        Err(Error::Linear(linecall_linear::Error::Setting {
            name,
            value: value.to_owned(),
            expected,
        }))
    };
    if let (Source::Matrix(data), infer) = (source, &options.infer) {
        if let Some(class) = &infer.favourable {
            return setting(
                "favourable",
                class,
                "nothing: a LIBSVM file has no schema to keep it in",
            );
        }
        if let (Some(class), 3..) = (&infer.positive, data.labels.classes().len()) {
            return setting("positive", class, "nothing: there are more than two classes");
        }
    }
    if let (Source::Table(_), Some(above)) = (source, options.binarize) {
        return setting(
            "binarize",
            &above.to_string(),
            "nothing: it is for matrices; in a table, cut a column into levels",
        );
    }
    match (source, &options.schema, &options.infer.target) {
        (Source::Matrix(_), _, Some(target)) => {
            setting("target", target, "nothing: in a LIBSVM file the label comes first on the line")
        }
        (Source::Matrix(_), Some(_), _) => {
            setting("schema", "a schema", "nothing: a LIBSVM file has no named columns")
        }
        (Source::Table(_), Some(schema), Some(target)) if *target != schema.target.column => {
            setting("target", target, "the target that the schema names, or none beside a schema")
        }
        _ => Ok(()),
    }
}

/// The schema, and what there is to say about the data.
fn schema_of(source: &Source, options: &FitOptions) -> Result<(Option<Schema>, Vec<Remark>)> {
    let Source::Table(table) = source else { return Ok((None, Vec::new())) };
    let Some(given) = &options.schema else {
        let found = infer::infer(table, &options.infer)?;
        let remarks = tell::warning_remarks(&found.warnings);
        return Ok((Some(found.schema), remarks));
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
    let found = infer::infer(table, &InferOptions { target, ..InferOptions::default() });
    let remarks = found.map_or_else(|_| Vec::new(), |d| tell::leaks(&d, &schema));
    Ok((Some(schema), remarks))
}

/// Front end and rows of the whole data.
fn prepare(
    source: &Source,
    schema: Option<&Schema>,
    options: &FitOptions,
) -> Result<(FrontEnd, Dataset)> {
    match (source, schema) {
        (Source::Table(table), Some(schema)) => {
            let recipe = TableFrontEnd::fit(schema, table)?;
            let data = features::dataset(&recipe, schema, table)?;
            Ok((FrontEnd::Table { schema: schema.clone(), recipe }, data))
        }
        (Source::Matrix(data), _) => {
            let labels = Default::default();
            let columns = data.design.cols();
            let front_end = FrontEnd::Matrix { columns, labels, binarize: options.binarize };
            let mut data = data.clone();
            data.design = front_end.encode(data.design)?;
            Ok((front_end, data))
        }
        (Source::Table(table), None) => {
            let found = infer::infer(table, &options.infer)?;
            prepare(source, Some(&found.schema), options)
        }
    }
}

fn method_for(options: &FitOptions, schema: Option<&Schema>, all: &Dataset) -> Result<Method> {
    let classes = all.labels.classes();
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
    if let Some(learner) = options.learner.clone() {
        let class_weight = options.class_weight.clone();
        return Ok(DirectPlan { learner, class_weight, positive }.into());
    }
    Ok(Method::Penalised(Plan {
        solver: options.solver,
        standardize: options.standardize,
        fit_intercept: options.fit_intercept,
        class_weight: options.class_weight.clone(),
        positive,
        multiclass: options.multiclass,
        columns: options.columns.clone(),
        ..Plan::new(options.loss.clone(), options.penalty)
    }))
}

/// Rows to train on and rows to test on.
pub(crate) struct Part {
    pub(crate) train: Dataset,
    pub(crate) held: Option<Dataset>,
    pub(crate) scheme: &'static str,
    /// Whether the test file holds the very rows that are trained on.
    pub(crate) tested_on_training: bool,
    /// Whether training rows are all rows, so that what was cross-fitted on them still holds.
    held_in_all: bool,
}

fn hold_out(
    source: &Source,
    front_end: &FrontEnd,
    all: &Dataset,
    options: &FitOptions,
) -> Result<Part> {
    match &options.holdout {
        Holdout::None => Ok(Part {
            train: all.clone(),
            held: None,
            scheme: "none",
            tested_on_training: false,
            held_in_all: true,
        }),
        Holdout::Test(file) => {
            let test = Source::read(file, &options.read)?;
            let tested_on_training = test.fingerprint() == source.fingerprint();
            let held = match (test, front_end) {
                (Source::Table(table), FrontEnd::Table { schema, recipe }) => {
                    features::dataset(recipe, schema, &table)?
                }
                (Source::Matrix(_), FrontEnd::Matrix { .. }) => {
                    test_matrix(file, front_end, all, options)?
                }
                _ => {
                    return Err(Error::Linear(linecall_linear::Error::Setting {
                        name: "test",
                        value: file.clone(),
                        expected: "a file of the same kind as the training data",
                    }));
                }
            };
            let train = all.clone();
            Ok(Part {
                train,
                held: Some(held),
                scheme: "test file",
                tested_on_training,
                held_in_all: true,
            })
        }
        Holdout::Share(share) => {
            let split = holdout(all, *share, options.seed)?;
            let (train, held) = split_rows(source, front_end, all, &split)?;
            let scheme = match Scheme::of(all) {
                Scheme::TimeOrdered => "last in time",
                scheme => scheme.name(),
            };
            Ok(Part {
                train,
                held: Some(held),
                scheme,
                tested_on_training: false,
                held_in_all: false,
            })
        }
    }
}

/// A LIBSVM test file over the columns and classes of the training data.
fn test_matrix(
    file: &str,
    front_end: &FrontEnd,
    all: &Dataset,
    options: &FitOptions,
) -> Result<Dataset> {
    let columns = Some(all.design.cols());
    let mut held = linecall_data::read::libsvm::dataset(file, &options.read, columns)?;
    held.labels = crate::source::relabel(&held, all.labels.classes())?;
    held.design = front_end.encode(held.design)?;
    Ok(held)
}

/// Both sides of a split; the front end is learnt on the training side alone.
fn split_rows(
    source: &Source,
    front_end: &FrontEnd,
    all: &Dataset,
    split: &Split,
) -> Result<(Dataset, Dataset)> {
    let (Source::Table(table), FrontEnd::Table { schema, .. }) = (source, front_end) else {
        return Ok((all.select(&split.train)?, all.select(&split.held)?));
    };
    let train_table: Table = table.select(&split.train);
    let recipe = TableFrontEnd::fit(schema, &train_table)?;
    let train = features::dataset(&recipe, schema, &train_table)?;
    let held = features::dataset(&recipe, schema, &table.select(&split.held))?;
    Ok((train, held))
}

/// The strength of the penalty, and how it was come by.
pub(crate) struct Strengths {
    given: Strength,
    pub(crate) rule: Option<Rule>,
    pub(crate) tuned: Option<Tuned>,
}

impl Strengths {
    fn choose(
        options: &FitOptions,
        method: &Method,
        train: &Dataset,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let Some(plan) = method.penalised() else {
            return Ok(Self { given: Strength::Lambda(0.0), rule: None, tuned: None });
        };
        let given = options.strength;
        let Strength::Tune { rule, folds } = given else {
            return Ok(Self { given, rule: None, tuned: None });
        };
        if plan.penalty == Penalty::None {
            return Ok(Self { given: Strength::Lambda(0.0), rule: None, tuned: None });
        }
        let settings = TuneOptions { folds, rule, seed: options.seed, ..TuneOptions::default() };
        let tuned = tune(plan, train, &settings, &|done, total| watch.progress(done, total))?;
        Ok(Self { given, rule: Some(rule), tuned: Some(tuned) })
    }

    /// Fits the method to rows, at the strength for them.
    fn learn(
        &self,
        method: &Method,
        data: &Dataset,
        cross: Option<&Tuned>,
        seed: u64,
    ) -> Result<(Method, Learnt)> {
        match method {
            Method::Penalised(plan) => {
                let plan = plan.with_lambda(self.lambda(plan, data)?);
                let fit = fit_rows(&plan, data, cross, seed)?;
                Ok((plan.into(), fit.into()))
            }
            Method::Direct(plan) => Ok((method.clone(), learn::direct(plan, data, seed)?)),
        }
    }

    /// Lambda for the given rows.
    fn lambda(&self, plan: &Plan, rows: &Dataset) -> Result<f64> {
        match (self.given, &self.tuned) {
            (_, Some(tuned)) => Ok(tuned.lambda()),
            (Strength::Lambda(lambda), _) => Ok(lambda),
            (Strength::C(c), _) if c.is_finite() && c > 0.0 => {
                Ok(1.0 / (c * plan.weight_sum(rows)?))
            }
            (Strength::C(c), _) => Err(Error::Linear(linecall_linear::Error::Setting {
                name: "C",
                value: c.to_string(),
                expected: "a finite number above 0",
            })),
            (Strength::Tune { .. }, None) => Ok(0.0),
        }
    }

    /// Nonzero coefficients along the tuned path, on the rows that were tuned on.
    fn path_nonzero(&self, method: &Method, train: &Dataset) -> Result<Vec<u64>> {
        let (Some(tuned), Some(plan)) = (&self.tuned, method.penalised()) else {
            return Ok(Vec::new());
        };
        match plan.penalty.sparsity() {
            share if share > 0.0 => {
                let weight = plan.row_weights(train, train.weights.as_deref())?;
                let loose = Plan { tolerance: 1e-6, ..plan.clone() };
                Ok(loose.nonzero_path(train, &weight, &tuned.lambdas)?)
            }
            // Without an L1 part a coefficient is zero only where its column is constant.
            _ => {
                let fit = plan.with_lambda(tuned.lambda()).fit(train)?;
                let nonzero = fit.model.coef().iter().flatten().filter(|w| **w != 0.0).count();
                Ok(vec![nonzero as u64; tuned.lambdas.len()])
            }
        }
    }
}

/// Fits, and calibrates the scores of a margin loss on rows that their fold did not see.
fn fit_rows(plan: &Plan, data: &Dataset, tuned: Option<&Tuned>, seed: u64) -> Result<Fit> {
    let mut fit = plan.fit(data)?;
    if *fit.model.link() == Link::Score {
        let own;
        let tuned = match tuned {
            Some(tuned) => tuned,
            None => {
                let lambdas = vec![plan.penalty.lambda()];
                let settings = TuneOptions { lambdas, seed, ..TuneOptions::default() };
                own = tune(plan, data, &settings, &|_, _| ())?;
                &own
            }
        };
        fit.model = calibrated(fit.model, data, tuned)?;
    }
    Ok(fit)
}
