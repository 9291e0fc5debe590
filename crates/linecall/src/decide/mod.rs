//! `decide`: the line between calls where errors do not cost the same.
//!
//! A model calls its positive class above score 0, or the class of the largest score. [`decide()`]
//! puts a [`PostRule`] after it that calls by a cost matrix, a budget, or a floor under precision or
//! recall ([`linecall_linear::decide`]). The rule is chosen on scores of rows that the scoring
//! model did not see: by cross-validation under the model's own plan, front end included, or on
//! fresh rows. What it gives there, with intervals that include the choice, is kept in the model
//! file.
//!
//! ```no_run
//! use linecall::{Asked, DecideOptions, Pipeline, decide};
//!
//! let model = Pipeline::load("model.linecall")?;
//! let options = DecideOptions::new(Asked::Budget { share: 0.02, flag: None, confidence: None });
//! let decided = decide(&model, "train.csv", &Default::default(), &options)?;
//! println!("{:?}", decided.outcome.threshold);
//! decided.pipeline.save("decided.linecall")?;
//! # Ok::<(), linecall::Error>(())
//! ```

mod asked;
mod post;
mod rows;

use linecall_data::Dataset;
use linecall_data::read::{Inputs, ReadOptions};
pub use linecall_linear::decide::{
    Alternative, By, Chosen, CostMatrix, CurvePoint, Figures, Optimism, Rule, Sample, Task, choose,
};
use linecall_linear::metrics::beta::beta_quantile;
use linecall_linear::metrics::{Bootstrap, Interval};
use serde::{Deserialize, Serialize};

pub use asked::{Asked, Costs};
pub use post::{DecisionData, DecisionFit, DecisionPost, ScoresOf};

pub(crate) use rows::Scored;

use crate::{Error, Pipeline, PostRule, Result, Source};

/// What [`decide()`] is asked, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct DecideOptions {
    /// What is asked of the rule.
    pub asked: Asked,
    /// Whether the rows are fresh: scored by the model as it is. Otherwise they are its training
    /// rows, scored by cross-validation.
    pub fresh: bool,
    /// Number of folds of the cross-validation; by default the model's own, or 10.
    pub folds: Option<usize>,
    /// Replicates, level and seed of the intervals; the seed is that of the folds too.
    pub bootstrap: Bootstrap,
    /// The command, for the model file.
    pub command: String,
}

impl DecideOptions {
    /// Cross-validated, 1,000 replicates at 0.95 from seed 0.
    pub fn new(asked: Asked) -> Self {
        Self {
            asked,
            fresh: false,
            folds: None,
            bootstrap: Bootstrap::default(),
            command: String::new(),
        }
    }
}

/// What [`decide()`] found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecideOutcome {
    /// Version of the program.
    pub linecall: String,
    /// The command.
    pub command: String,
    /// The data, as given.
    pub data: String,
    /// What is asked, in words.
    pub asked: String,
    /// What is asked.
    pub task: Task,
    /// The class that is flagged; `None` where there is no single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// Where the scores are from.
    pub scores: ScoresOf,
    /// Rows that the rule was chosen on.
    pub rows: u64,
    /// The threshold, with its interval: of the score of two classes, of the probability of a class
    /// of more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Interval>,
    /// The probability of the flagged class at the threshold, for two classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Calls without the rule.
    pub plain: Figures,
    /// Calls with the rule.
    pub after: Figures,
    /// What the rule saves: mean cost of a row without it less that with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Interval>,
    /// By how much these rows flatter the rule.
    pub optimism: Optimism,
    /// The other threshold of least cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Alternative>,
    /// Share of the rows whose scores tie just below the threshold of a budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tied: Option<f64>,
    /// Share of the replicates in which some threshold does what is asked.
    pub reached: f64,
    /// Level of the intervals.
    pub level: f64,
    /// Replicates behind the intervals.
    pub replicates: u64,
    /// Seed of folds and replicates.
    pub seed: u64,
    /// Figures at many thresholds, lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<CurvePoint>,
    /// What a reader should know.
    pub remarks: Vec<String>,
    /// Where the model was saved, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// A model with a rule after it, and what is known of the rule.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The model with the rule.
    pub pipeline: Pipeline,
    /// What is reported.
    pub outcome: DecideOutcome,
}

/// Puts a rule after a model that calls by what errors cost, by a budget, or by a floor.
///
/// A rule that is there already is replaced.
///
/// # Errors
/// [`linecall_linear::Error::Unreachable`] (in [`Error::Linear`]) when no threshold does what is
/// asked; when the file cannot be read or does not fit the model, these are not the training rows
/// and not said to be fresh, the training of the model is not known, or a setting means nothing for
/// the model.
pub fn decide(
    pipeline: &Pipeline,
    data: impl Into<Inputs>,
    reading: &ReadOptions,
    options: &DecideOptions,
) -> Result<Decided> {
    let inputs = data.into();
    let name = inputs.to_string();
    // What cannot be asked is refused before a file is read.
    options.asked.task(pipeline)?;
    let source = Source::read_for(pipeline, &inputs, reading)?;
    let all = source.dataset(pipeline).map_err(|e| e.in_file(&name))?;
    on(pipeline, &source, &all, &name, options)
}

/// As [`decide()`], on rows that are read already.
pub(crate) fn on(
    pipeline: &Pipeline,
    source: &Source,
    all: &Dataset,
    name: &str,
    options: &DecideOptions,
) -> Result<Decided> {
    let task = options.asked.task(pipeline)?;
    let fingerprint = source.fingerprint_for(pipeline);
    let own = fingerprint == pipeline.fingerprint;
    let scored = match options.fresh {
        true => Scored::fresh(pipeline, all)?,
        false if !own && pipeline.training.plan.imported().is_none() => {
            return Err(linecall_data::Error::new(
                linecall_data::ErrorKind::Value,
                "these are not the rows that the model was trained on, so they cannot be scored by \
                 cross-validation of it",
            )
            .mend("give the training data; or say --fresh, for rows that the model has not seen")
            .at(linecall_data::Place::file(name))
            .into());
        }
        false => {
            let count = options.folds.or(pipeline.training.folds.map(|folds| folds as usize));
            let seed = options.bootstrap.seed;
            Scored::crossed(pipeline, source, all, count.unwrap_or(10), seed)?
        }
    };
    let sample =
        Sample { scores: &scored.scores, truth: &scored.truth, weights: scored.weights.as_deref() };
    let found = choose(&pipeline.model, &sample, &task, &options.bootstrap)?;
    let remarks = remarks(pipeline, &found, &scored, &task, own && options.fresh);
    let flag = task.flag(&pipeline.model).and_then(|at| pipeline.classes().get(at)).cloned();
    let outcome = DecideOutcome {
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        command: options.command.clone(),
        data: name.to_owned(),
        asked: task.describe(pipeline.classes()),
        task: task.clone(),
        flag,
        scores: scored.of.clone(),
        rows: found.rows,
        threshold: found.threshold,
        probability: found.probability,
        plain: found.plain.clone(),
        after: found.after.clone(),
        saved: found.saved,
        optimism: found.optimism,
        other: found.other,
        tied: found.tied,
        reached: found.reached,
        level: options.bootstrap.level,
        replicates: options.bootstrap.replicates,
        seed: options.bootstrap.seed,
        curve: found.curve,
        remarks,
        model: None,
    };
    let post = DecisionPost {
        task,
        rule: found.rule,
        fit: DecisionFit {
            threshold: found.threshold,
            probability: found.probability,
            plain: found.plain,
            after: found.after,
            saved: found.saved,
            optimism: found.optimism,
            other: found.other,
            reached: found.reached,
            level: options.bootstrap.level,
            replicates: options.bootstrap.replicates,
        },
        data: DecisionData {
            fingerprint,
            scores: scored.of,
            seed: options.bootstrap.seed,
            rows: found.rows,
        },
        command: options.command.clone(),
    };
    let pipeline = Pipeline { post: Some(PostRule::Decision(Box::new(post))), ..pipeline.clone() };
    Ok(Decided { pipeline, outcome })
}

/// What a careful colleague would say.
fn remarks(
    pipeline: &Pipeline,
    found: &Chosen,
    scored: &Scored,
    task: &Task,
    seen: bool,
) -> Vec<String> {
    let mut remarks = Vec::new();
    if seen {
        remarks.push(
            "The model was trained on these rows, so their scores flatter it, and the rule is chosen \
             on them: leave out --fresh to have them scored by cross-validation."
                .to_owned(),
        );
    }
    remarks.extend(scored.remark.clone());
    if let Some(saved) = found.saved.filter(|saved| saved.low <= 0.0) {
        remarks.push(if saved.value <= 0.0 {
            "The rule saves nothing on these rows.".to_owned()
        } else {
            "The interval of what is saved reaches 0: the rows do not show that the rule is better \
             than the plain one."
                .to_owned()
        });
    }
    match found.after.flagged.map(|own| own.value) {
        Some(0.0) => remarks.push("The rule flags nobody on these rows.".to_owned()),
        Some(1.0) => remarks.push("The rule flags everybody on these rows.".to_owned()),
        _ => {}
    }
    if found.reached < 1.0 {
        remarks.push(format!(
            "In {:.1}% of the replicates no threshold does what is asked; the intervals are of the \
             others.",
            100.0 * (1.0 - found.reached)
        ));
    }
    remarks.extend(few(found, task));
    let one = scored.smallest_share();
    if let Some(tied) = found.tied.filter(|tied| *tied > 1.5 * one) {
        remarks.push(format!(
            "{:.2}% of the rows share the next score: to flag them too would break the budget.",
            100.0 * tied
        ));
    }
    if let Task::Cost { by: By::Probabilities, .. } = task
        && scored.of != ScoresOf::Fresh
        && !matches!(
            pipeline.model.link(),
            linecall_linear::Link::Logistic | linecall_linear::Link::Softmax
        )
    {
        remarks.push(
            "Probabilities are those of the saved model's calibration, which knows these rows."
                .to_owned(),
        );
    }
    if pipeline.post.is_some() {
        remarks.push("The model had a rule already; it is replaced.".to_owned());
    }
    remarks
}

/// Says so where a floor is reached by so few rows that their bound is far below it.
fn few(found: &Chosen, task: &Task) -> Option<String> {
    let flagged = found.after.flagged?.value * found.rows as f64;
    let (precision, recall) = (found.after.precision?.value, found.after.recall?.value);
    let (name, floor, share, rows) = match task {
        Task::Precision { floor, confidence: None, .. } => ("precision", floor, precision, flagged),
        Task::Recall { floor, confidence: None, .. } if recall > 0.0 => {
            ("recall", floor, recall, flagged * precision / recall)
        }
        _ => return None,
    };
    let hits = share * rows;
    let bound = if hits > 0.0 { beta_quantile(hits, rows - hits + 1.0, 0.05) } else { 0.0 };
    (bound < floor - 0.05).then(|| {
        format!(
            "The {name} is that of {rows:.0} rows, and its 95% lower bound is {bound:.2}: ask for the \
             bound with --confident."
        )
    })
}

/// A refusal of what is asked.
fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::Question(text.into()))
}
