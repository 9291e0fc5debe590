//! `replay`: the model again, from its data and its own record.
//!
//! [`replay()`] fits a model file's pipeline again from the data that it names by fingerprint, with
//! everything that the file records: plan, seed, folds, how the strength was set, which rows were
//! held out, schema, reading, and the rule after the model. Then it compares.
//!
//! * The data are others: it says which rows, columns or labels, and fits nothing.
//! * The same program with the same instruction set: the rebuilt file must have the same bytes.
//! * Another program or instruction set: sums round otherwise, so the objectives must agree to what
//!   the two certificates leave open, and the coefficients to the bound that follows where the
//!   objective is strongly convex.
//!
//! Cost: that of the fit, and of the rule after it.
//!
//! ```no_run
//! use linecall::{Pipeline, ReplayOptions, Silent, replay};
//!
//! let model = Pipeline::load("model.linecall")?;
//! let found = replay(&model, "train.csv", &ReplayOptions::default(), &Silent)?;
//! for input in found.inputs.iter().filter(|input| !input.same) {
//!     println!("{}: {}", input.name, input.text);
//! }
//! # Ok::<(), linecall::Error>(())
//! ```

mod compare;
mod inputs;

use linecall_data::read::{Inputs, ReadOptions, format_of};
use linecall_linear::direct::{DirectPlan, Learner};
use linecall_linear::metrics::Bootstrap;
use serde::{Deserialize, Serialize};

pub use compare::Comparison;
pub use inputs::InputCheck;

use crate::curriculum::curriculum_source;
use crate::fit::fit_source;
use crate::outcome::CoefficientRow;
use crate::recipe::{HeldOut, Program, Recipe, prints};
use crate::scorecard::card_again;
use crate::source::check_kind;
use crate::{
    CurriculumOptions, DecideOptions, Error, FairOptions, FitOptions, Fitted, FrontEnd, Holdout,
    Method, Pipeline, PostRule, Result, ScorecardOptions, ScoresOf, Source, StreamOptions,
    Strength, Watch, decide, fair, fit,
};

/// What [`replay()`] needs beside the model and its data.
#[derive(Clone, Debug, Default)]
pub struct ReplayOptions {
    /// How the files are read, where that is to differ from what the model records; the labels of a
    /// matrix that has none.
    pub reading: ReadOptions,
    /// The test file that the held-out metrics are of, where they are of one.
    pub test: Option<String>,
    /// The labels of a test matrix that has none.
    pub test_labels: Option<String>,
    /// The rows that a rule after the model was fitted on, where they are not the training data.
    pub rule_data: Option<Inputs>,
}

/// What [`replay()`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayOutcome {
    /// Whether the model is rebuilt: byte for byte in the same program, else within the certificate.
    pub holds: bool,
    /// Whether the rebuilt model file has the same bytes; `None` where it was not rebuilt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identical: Option<bool>,
    /// The data, as given.
    pub data: String,
    /// Whether program and instruction set are those that trained the model.
    pub same_program: bool,
    /// The program that trained the model; `None` for a file that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
    /// This program.
    pub program_here: Program,
    /// The instruction set that the model was trained with.
    pub isa: String,
    /// The one used here.
    pub isa_here: String,
    /// SHA-256 of the model file.
    pub sha256: String,
    /// SHA-256 of the rebuilt file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_here: Option<String>,
    /// The inputs, one by one: those that changed and, in short, those that did not.
    pub inputs: Vec<InputCheck>,
    /// What was compared where bytes need not agree, or do not.
    pub comparisons: Vec<Comparison>,
    /// Parts of the manifest that differ, by path, with both values.
    pub differs: Vec<String>,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

/// Rebuilds a model from its data and compares.
///
/// # Errors
/// When the model was trained elsewhere or rows were taken out of it, a file cannot be read or is of
/// another kind, or the fit is refused.
pub fn replay(
    pipeline: &Pipeline,
    data: impl Into<Inputs>,
    options: &ReplayOptions,
    watch: &dyn Watch,
) -> Result<ReplayOutcome> {
    let data = data.into();
    if pipeline.training.plan.imported().is_some() {
        return Err(Error::Question(
            "the model was trained elsewhere and imported, so there is nothing here to repeat; \
             `linecall verify` rechecks the file"
                .to_owned(),
        ));
    }
    let recipe = pipeline.training.recipe.as_ref();
    let weighted = match &pipeline.training.plan {
        Method::Direct(DirectPlan { learner: Learner::Curriculum { settings }, .. }) => {
            Some(*settings)
        }
        _ => None,
    };
    if weighted.is_some() && recipe.is_none() {
        return Err(Error::Question(
            "the model was fitted with learned weights of its rows, and saved by a linecall that did \
             not record which rows were held out; run its recorded command again (linecall inspect \
             shows it)"
                .to_owned(),
        ));
    }
    if let Some(rows) = recipe.map(|recipe| recipe.forgotten).filter(|rows| *rows > 0) {
        return Err(Error::Question(format!(
            "{rows} rows were taken out of this model after it was fitted; replay the model before \
             that, and `linecall forget` after it, whose receipt says what must come out"
        )));
    }
    let mut remarks = Vec::new();
    let reading = match recipe {
        Some(recipe) => recipe.reading.fill(&options.reading),
        None => options.reading.clone(),
    };
    let own = fit_options(pipeline, &reading, options, &mut remarks)?;
    let format = format_of(&data, &own.read)?;
    check_kind(pipeline, &data, format)?;
    let mut outcome = begin(pipeline, &data)?;
    watch.stage("reading");
    let streamed = own.stream.is_some();
    let source = match streamed {
        true => None,
        false => {
            let mut read = own.read.clone();
            read.multilabel = own.multilabel;
            Some(Source::read(&data, &read)?)
        }
    };
    let fitted: Again = match &source {
        Some(source) => {
            outcome.inputs = inputs::compare(pipeline, prints(source));
            test_input(pipeline, options, &own, &mut outcome)?;
            if !outcome.inputs.iter().all(|input| input.same) {
                outcome.remarks = remarks;
                return Ok(outcome);
            }
            let card = pipeline.training.plan.scorecard();
            let settings = recipe.and_then(|recipe| recipe.card.clone());
            match weighted {
                None if card.is_some() => {
                    let asked = ScorecardOptions {
                        fit: own.clone(),
                        plan: card.cloned().unwrap_or_default(),
                        cuts: Vec::new(),
                        settings: settings.unwrap_or_default(),
                    };
                    let pipeline = card_again(source, data.clone(), &asked)?;
                    Again { pipeline, coefficients: Vec::new() }
                }
                Some(settings) => {
                    let asked = CurriculumOptions { fit: own.clone(), settings };
                    let found = curriculum_source(source, data.to_string(), &asked, watch)?;
                    Again { pipeline: found.pipeline, coefficients: Vec::new() }
                }
                None => fit_source(source, data.clone(), &own, watch)?.into(),
            }
        }
        // A stream is read once more to be counted; what it holds is known after the fit.
        None => {
            let fitted = fit(data.clone(), &own, watch)?;
            outcome.inputs = inputs::compare(pipeline, inputs::of_fit(&fitted.pipeline));
            test_input(pipeline, options, &own, &mut outcome)?;
            if !outcome.inputs.iter().all(|input| input.same) {
                outcome.remarks = remarks;
                return Ok(outcome);
            }
            fitted.into()
        }
    };
    let rebuilt = with_rule(pipeline, &fitted, &data, &own, options, &mut outcome, &mut remarks)?;
    outcome.remarks = remarks;
    compare::compare(pipeline, &fitted, rebuilt, &mut outcome)?;
    Ok(outcome)
}

/// What is fitted again.
struct Again {
    pipeline: Pipeline,
    /// Coefficients by column, with those per standard deviation where there are such.
    coefficients: Vec<CoefficientRow>,
}

impl From<Fitted> for Again {
    fn from(fitted: Fitted) -> Self {
        Self { pipeline: fitted.pipeline, coefficients: fitted.outcome.coefficients }
    }
}

fn begin(pipeline: &Pipeline, data: &Inputs) -> Result<ReplayOutcome> {
    let program = pipeline.training.recipe.as_ref().map(|recipe| recipe.program.clone());
    let (here, isa) = (Program::here(), linecall_kernels::instruction_set());
    Ok(ReplayOutcome {
        holds: false,
        identical: None,
        data: data.to_string(),
        same_program: program.as_ref() == Some(&here) && pipeline.training.isa == isa,
        program,
        program_here: here,
        isa: pipeline.training.isa.clone(),
        isa_here: isa.to_owned(),
        sha256: crate::sha256(&pipeline.to_bytes()?),
        sha256_here: None,
        inputs: Vec::new(),
        comparisons: Vec::new(),
        differs: Vec::new(),
        remarks: Vec::new(),
    })
}

/// The options of the fit, from what the model file says.
fn fit_options(
    pipeline: &Pipeline,
    reading: &ReadOptions,
    options: &ReplayOptions,
    remarks: &mut Vec<String>,
) -> Result<FitOptions> {
    let training = &pipeline.training;
    let mut own = FitOptions {
        read: reading.clone(),
        seed: training.seed,
        recorded_command: training.command.clone(),
        ..FitOptions::default()
    };
    match &pipeline.front_end {
        FrontEnd::Table { schema, .. } => {
            own.multilabel = schema.target.multilabel;
            own.schema = Some(schema.clone());
        }
        FrontEnd::Matrix { binarize, multilabel, .. } => {
            (own.binarize, own.multilabel) = (*binarize, *multilabel);
            let positive = pipeline.model.positive();
            own.infer.positive = positive.and_then(|p| pipeline.classes().get(p)).cloned();
        }
    }
    if let Some(codes) = training.plan.codes() {
        own.codes = Some(codes.codes.clone());
    }
    let lambda = match (&training.plan, training.plan.minimised()) {
        (method, Some(plan)) => {
            own.loss = plan.loss.clone();
            own.vicinal = plan.vicinal;
            own.penalty = plan.penalty;
            own.solver = plan.solver;
            own.tolerance = plan.tolerance;
            own.class_weight = method.class_weight().clone();
            own.multiclass = plan.multiclass;
            own.columns = plan.columns.clone();
            own.standardize = plan.standardize;
            own.fit_intercept = plan.fit_intercept;
            plan.penalty.lambda()
        }
        (Method::Direct(plan), _) => {
            own.learner = Some(plan.learner.clone());
            own.class_weight = plan.class_weight.clone();
            0.0
        }
        (Method::Scorecard(plan), _) => {
            own.class_weight = plan.class_weight.clone();
            0.0
        }
        _ => 0.0,
    };
    let Some(recipe) = &training.recipe else {
        own.strength = Strength::Lambda(lambda);
        own.holdout = Holdout::None;
        remarks.push(
            "The model was saved by a linecall that did not record how the strength was set and \
             which rows were held out: the saved model is fitted again at its strength, and its \
             held-out metrics are not."
                .to_owned(),
        );
        return Ok(own);
    };
    own.strength = recipe.strength;
    own.binning.clone_from(&recipe.binning);
    own.stream = recipe.stream.map(|epochs| StreamOptions { epochs });
    own.holdout = match (&recipe.holdout, &options.test) {
        (HeldOut::Share(share), None) => Holdout::Share(*share),
        (HeldOut::None, None) => Holdout::None,
        (HeldOut::Test { .. }, Some(test)) => {
            own.test_labels.clone_from(&options.test_labels);
            Holdout::Test(test.clone())
        }
        (HeldOut::Test { .. }, None) => {
            remarks.push(
                "The held-out metrics are those of a test file; without it (--test FILE) they are \
                 not repeated."
                    .to_owned(),
            );
            Holdout::None
        }
        (_, Some(test)) => {
            return Err(Error::Question(format!(
                "the model's held-out metrics are of no test file, and `{test}` is given as one; \
                 leave out --test"
            )));
        }
    };
    Ok(own)
}

/// Holds the test file against the record.
fn test_input(
    pipeline: &Pipeline,
    options: &ReplayOptions,
    own: &FitOptions,
    outcome: &mut ReplayOutcome,
) -> Result<()> {
    let Some(Recipe { holdout: HeldOut::Test { fingerprint, labels }, .. }) =
        &pipeline.training.recipe
    else {
        return Ok(());
    };
    let Some(test) = &options.test else { return Ok(()) };
    let mut read = own.read.clone();
    read.labels.clone_from(&options.test_labels);
    read.multilabel = own.multilabel;
    let source = Source::read(test, &read)?;
    let found = prints(&source);
    outcome.inputs.push(inputs::whole("test file", &found, fingerprint, labels.as_deref()));
    Ok(())
}

/// The rebuilt pipeline with the rule after it.
fn with_rule(
    pipeline: &Pipeline,
    fitted: &Again,
    data: &Inputs,
    own: &FitOptions,
    options: &ReplayOptions,
    outcome: &mut ReplayOutcome,
    remarks: &mut Vec<String>,
) -> Result<Option<Pipeline>> {
    let rebuilt = &fitted.pipeline;
    let Some(post) = &pipeline.post else { return Ok(Some(rebuilt.clone())) };
    let fingerprint = match post {
        PostRule::BiasScoring(post) => &post.data.fingerprint,
        PostRule::Decision(post) => &post.data.fingerprint,
    };
    let (rows, reading) = match &options.rule_data {
        Some(rows) => (rows, &options.reading),
        None if *fingerprint == pipeline.fingerprint => (data, &own.read),
        None => {
            remarks.push(
                "The rule after the model was fitted on other rows; without them (--rule-data FILE) \
                 it is not repeated, and the model is compared without it."
                    .to_owned(),
            );
            return Ok(None);
        }
    };
    let source = Source::read_for(rebuilt, rows, reading)?;
    let check = inputs::whole("rows of the rule", &prints(&source), fingerprint, None);
    let same = check.same;
    // Of the training data it has been said.
    if options.rule_data.is_some() || !same {
        outcome.inputs.push(check);
    }
    if !same {
        return Ok(None);
    }
    Ok(Some(match post {
        PostRule::BiasScoring(post) => {
            let Some(constraint) = post.constraints.first() else { return Ok(None) };
            let asked = FairOptions {
                groups: post.rule.models.iter().map(|model| model.attribute.clone()).collect(),
                criterion: constraint.criterion,
                delta: constraint.delta,
                favourable: pipeline.classes().get(post.rule.favourable).cloned(),
                margin: post.margin,
                holdout: post.data.holdout,
                group_share: post.data.group_share,
                seed: post.data.seed,
                command: post.command.clone(),
                ..FairOptions::default()
            };
            fair(rebuilt, rows.clone(), reading, &asked)?.pipeline
        }
        PostRule::Decision(post) => {
            let all = source.dataset(rebuilt).map_err(|e| e.in_file(&rows.to_string()))?;
            let (fresh, folds) = match &post.data.scores {
                ScoresOf::Fresh => (true, None),
                ScoresOf::CrossValidated { folds, .. } => (false, Some(*folds as usize)),
            };
            let asked = DecideOptions {
                fresh,
                folds,
                bootstrap: Bootstrap {
                    replicates: post.fit.replicates,
                    level: post.fit.level,
                    seed: post.data.seed,
                },
                command: post.command.clone(),
                ..DecideOptions::new(decide::Asked::Task(post.task.clone()))
            };
            decide::on(rebuilt, &source, &all, &rows.to_string(), &asked)?.pipeline
        }
    }))
}
