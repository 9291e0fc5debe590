//! `curriculum`: a learned curriculum on the user's own rows.
//!
//! A share of the rows is held out as the test; another, of the rest, says what is desired; the
//! policy weights what remains, at every step of gradient descent, so that the loss on the desired
//! rows falls as early as it can. The saved model is learnt again on all rows, as `fit` does.

use linecall_data::Certificate;
use linecall_data::read::{Inputs, format_of};
use linecall_linear::direct::{CurriculumRun, CurriculumSettings, DirectPlan, Learner};
use linecall_linear::folds::holdout;
use serde::{Deserialize, Serialize};

use crate::fit::{
    FitOptions, Holdout, Watch, check_names, method_for, prepare, schema_of, setting,
};
use crate::recipe::{HeldOut, Program, ReadingRecord, Recipe, prints};
use crate::source::Source;
use crate::{Method, Pipeline, Result, Strength, TrainingSummary};

/// Settings of [`curriculum`].
#[derive(Clone, Debug)]
pub struct CurriculumOptions {
    /// Reading, schema, target, the share that is held out as the test, the seed and the commands;
    /// the learner is set from `settings`.
    pub fit: FitOptions,
    /// How the curriculum is learnt; its seed is that of `fit`.
    pub settings: CurriculumSettings,
}

/// A fitted pipeline and what was found on the way.
#[derive(Clone, Debug)]
pub struct CurriculumFit {
    /// What is saved.
    pub pipeline: Pipeline,
    /// What is reported.
    pub outcome: CurriculumOutcome,
}

/// One run of the descent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurriculumCurve {
    /// Mean desired loss over the steps: the area that is minimised, divided by their number.
    pub area: f64,
    /// Desired loss at the end.
    pub desired: f64,
    /// Mean log loss on the test rows at the end; `None` without test rows.
    pub test: Option<f64>,
    /// Share of the test rows called rightly; `None` without test rows.
    pub accuracy: Option<f64>,
    /// Mean over steps of `|mean CT| / std CT`, the similarity of contributions.
    pub similarity: f64,
    /// Desired loss after each step.
    pub loss: Vec<f64>,
}

/// What a curriculum found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurriculumOutcome {
    /// The data, as given.
    pub data: String,
    /// The command that does it again.
    pub command: String,
    /// How the curriculum was learnt.
    pub settings: CurriculumSettings,
    /// Rows weighted, desired, and held out as the test.
    pub rows: [usize; 3],
    /// The same weight for all.
    pub uniform: CurriculumCurve,
    /// The learned policy.
    pub optimal: CurriculumCurve,
    /// Steps of the uniform run over steps until its last desired loss; `None` where the policy does
    /// not reach it.
    pub acceleration: Option<f64>,
    /// The area before the first epoch and after each.
    pub areas: Vec<f64>,
    /// Rows whose mean weight is below a hundredth of a fair share.
    pub passed_over: usize,
    /// Weighted rows from the least mean weight to the largest: number of the row in the data (from
    /// 1), class, and mean weight over the steps as a multiple of a fair share.
    pub weights: Vec<(usize, String, f64)>,
    /// Certificate of the saved model.
    pub certificate: Certificate,
    /// The model file, once it is written.
    pub model: Option<String>,
}

/// Learns a curriculum on a file, or on several as one.
///
/// # Errors
/// When the data cannot be read, the schema does not hold, there are not two classes, or a setting is
/// out of range.
pub fn curriculum(
    data: impl Into<Inputs>,
    options: &CurriculumOptions,
    watch: &dyn Watch,
) -> Result<CurriculumFit> {
    let inputs = data.into();
    watch.stage("reading");
    let known = format_of(&inputs, &options.fit.read)?.target();
    let source = Source::read(&inputs, &options.fit.read)?;
    let mut options = options.clone();
    if options.fit.schema.is_none() && options.fit.infer.target.is_none() {
        options.fit.infer.target = known.map(str::to_owned);
    }
    curriculum_source(&source, inputs.to_string(), &options, watch)
}

/// [`curriculum`] on data that are read, `name` as messages have them.
pub(crate) fn curriculum_source(
    source: &Source,
    name: String,
    options: &CurriculumOptions,
    watch: &dyn Watch,
) -> Result<CurriculumFit> {
    let settings = CurriculumSettings { seed: options.fit.seed, ..options.settings };
    let mut fit = options.fit.clone();
    fit.learner = Some(Learner::Curriculum { settings });
    let matrix = match source {
        Source::Matrix(data) => Some(&data.labels),
        Source::Table(_) => None,
    };
    check_names(matrix, &fit)?;
    let schema = match source {
        Source::Matrix(_) => None,
        Source::Table(table) => Some(schema_of(table, &fit).map_err(|e| e.in_file(&name))?.0),
    };
    let (front_end, all) = prepare(source, schema.as_ref(), &fit).map_err(|e| e.in_file(&name))?;
    let Method::Direct(plan) = method_for(&fit, schema.as_ref(), &all.labels)? else {
        return setting("learner", "a penalised loss", "a curriculum");
    };
    let (part, test) = match &fit.holdout {
        Holdout::Share(share) => {
            let split = holdout(&all, *share, fit.seed)?;
            (split.train, split.held)
        }
        Holdout::None => ((0..all.rows()).collect(), Vec::new()),
        Holdout::Test(file) => return setting("test", file, "a share that is held out"),
    };
    let part_data = all.select(&part).map_err(crate::Error::from)?;
    watch.stage("learning the curriculum");
    let tick = |done: usize, total: usize| watch.progress(done as u64, total as u64);
    let run = plan.curriculum(&part_data, &tick)?;
    let test_data = match test.is_empty() {
        true => None,
        false => Some(all.select(&test).map_err(crate::Error::from)?),
    };
    watch.stage("fitting all rows");
    let learnt = if test.is_empty() {
        crate::learn::curriculum(&plan, &part_data, &run)?
    } else {
        crate::learn::direct(&plan, &all, fit.seed)?
    };
    let outcome = CurriculumOutcome {
        data: name,
        command: fit.command.clone(),
        settings,
        rows: [run.train.len(), run.target.len(), test.len()],
        uniform: curve(&run, false, &plan, test_data.as_ref())?,
        optimal: curve(&run, true, &plan, test_data.as_ref())?,
        acceleration: run.learnt.optimal.acceleration(&run.learnt.uniform),
        areas: run.learnt.area.clone(),
        passed_over: 0,
        weights: weights(&run, &part, &all),
        certificate: learnt.certificate.clone(),
        model: None,
    };
    let passed_over = outcome.weights.iter().filter(|w| w.2 < 0.01).count();
    let (fingerprint, columns, labels) = prints(source);
    let training = TrainingSummary {
        rows: all.rows() as u64,
        weight: all.rows() as f64,
        class_rows: all.labels.counts(),
        plan: plan.into(),
        tuning_rule: None,
        folds: None,
        seed: fit.seed,
        holdout: None,
        holdout_sets: None,
        isa: linecall_kernels::instruction_set().to_owned(),
        command: fit.recorded_command.clone(),
        recipe: Some(Recipe {
            program: Program::here(),
            // A descent of a fixed number of steps has no penalty.
            strength: Strength::Lambda(0.0),
            holdout: match fit.holdout {
                Holdout::Share(share) => HeldOut::Share(share),
                _ => HeldOut::None,
            },
            stream: None,
            binning: fit.binning.clone(),
            card: None,
            reading: ReadingRecord::of(&fit.read),
            columns,
            labels,
            forgotten: 0,
        }),
    };
    let pipeline = Pipeline {
        front_end,
        model: learnt.model,
        certificates: vec![learnt.certificate],
        training,
        fingerprint,
        post: None,
    };
    Ok(CurriculumFit { pipeline, outcome: CurriculumOutcome { passed_over, ..outcome } })
}

/// Rows with their mean weight, the least first.
fn weights(
    run: &CurriculumRun,
    part: &[usize],
    all: &linecall_data::Dataset,
) -> Vec<(usize, String, f64)> {
    let fair = run.train.len() as f64;
    let class = |i: usize| {
        let code = all.labels.codes().get(i).map_or(0, |c| *c as usize);
        all.labels.classes().get(code).cloned().unwrap_or_default()
    };
    let mean = run.learnt.policy.mean();
    let row = |(at, mean): (&usize, f64)| {
        let i = part.get(*at).copied().unwrap_or(0);
        (i + 1, class(i), fair * mean)
    };
    let mut rows: Vec<(usize, String, f64)> = run.train.iter().zip(mean).map(row).collect();
    rows.sort_by(|a, b| a.2.total_cmp(&b.2).then(a.0.cmp(&b.0)));
    rows
}

fn curve(
    run: &CurriculumRun,
    optimal: bool,
    plan: &DirectPlan,
    test: Option<&linecall_data::Dataset>,
) -> Result<CurriculumCurve> {
    let (of, model) = match optimal {
        true => (&run.learnt.optimal, &run.optimal),
        false => (&run.learnt.uniform, &run.uniform),
    };
    let worth = test.map(|data| linecall_linear::direct::certify(plan, model, data)).transpose()?;
    Ok(CurriculumCurve {
        area: of.mean(),
        desired: of.loss.last().copied().unwrap_or(0.0),
        test: worth.as_ref().map(|w| w.mean_loss),
        accuracy: worth.as_ref().map(|w| 1.0 - w.training_error),
        similarity: of.similarity,
        loss: of.loss.clone(),
    })
}
