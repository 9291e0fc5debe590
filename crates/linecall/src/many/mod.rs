//! Questions that take many fits over one table: which strength ([`path()`]), how it varies with the sample
//! ([`bootstrap`]), whether it holds by chance ([`permute`]), which columns are chosen again and again
//! ([`stability`]), whether more rows would help ([`learning_curve`]).
//!
//! All read the data, infer or take the schema and learn the front end as [`crate::fit()`] does, on all
//! rows (nothing is held out), then train their problems together ([`linecall_linear::many`]). The
//! strength of the penalty, where one is needed, is given or chosen by cross-validation on the data as
//! they are; resamples and permutations take it as given.

mod bootstrap;
mod learning_curve;
mod path;
mod permute;
mod stability;

use linecall_data::read::{Inputs, format_of};
use linecall_data::{Dataset, Schema};
use linecall_linear::tune::Rule;
use linecall_linear::{Loss, Penalty, Plan};
use serde::Serialize;

use crate::fit::{
    FitOptions, Strength, Watch, check_names, method_for, prepare, schema_of, setting, settled,
};
use crate::outcome::ClassShare;
use crate::source::Source;
use crate::strength::Strengths;
use crate::{Method, Result};

pub use bootstrap::{BootstrapOutcome, BootstrapRow, bootstrap};
pub use learning_curve::{LearningCurveOutcome, learning_curve};
pub use path::{LeaveOneOut, PathOptions, PathOutcome, PathStrength, path};
pub use permute::{PermuteOutcome, PermuteRow, permute};
pub use stability::{StabilityOutcome, StabilityRow, stability};

/// Settings of the studies.
pub mod options {
    pub use linecall_linear::many::{
        BootstrapOptions, CurveOptions, CurvePoint, PermuteOptions, StabilityOptions, Statistic,
    };
}

/// Version of the JSON forms.
const FORMAT: u32 = 1;

/// What was studied.
#[derive(Clone, Debug, Serialize)]
pub struct Studied {
    /// Version of the form.
    pub format: u32,
    /// The files.
    pub data: Vec<String>,
    /// Rows.
    pub rows: u64,
    /// The target column; `None` for a matrix.
    pub target: Option<String>,
    /// Classes with their rows.
    pub classes: Vec<ClassShare>,
    /// What each score speaks for.
    pub score_classes: Vec<String>,
    /// Columns of the design.
    pub columns: u64,
    /// The loss.
    pub loss: String,
    /// The penalty.
    pub penalty: String,
    /// Its strength, where one is taken as given.
    pub lambda: Option<f64>,
    /// How it was chosen: `given`, or the rule of the cross-validation.
    pub lambda_by: Option<String>,
    /// The seed.
    pub seed: u64,
}

/// Data and plan, before the many fits.
pub(crate) struct Ready {
    pub(crate) data: Dataset,
    pub(crate) plan: Plan,
    pub(crate) studied: Studied,
    /// Names of the design's columns, in the user's words.
    pub(crate) names: Vec<String>,
}

/// How the strength is come by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// One, which is given or chosen.
    One,
    /// None: the study has a path of its own.
    Path,
}

/// Reads and prepares, as a fit of all rows does.
pub(crate) fn ready(
    data: impl Into<Inputs>,
    options: &FitOptions,
    need: Need,
    watch: &dyn Watch,
) -> Result<Ready> {
    let inputs = data.into();
    if options.learner.is_some() || options.stream.is_some() {
        return setting("learner", "one without a penalty", "a penalised loss, held in memory");
    }
    watch.stage("reading");
    let mut options = settled(options);
    let known = format_of(&inputs, &options.read)?.target();
    let source = Source::read(&inputs, &options.read)?;
    if options.schema.is_none() && options.infer.target.is_none() {
        options.infer.target = known.map(str::to_owned);
    }
    let name = inputs.to_string();
    let matrix = match &source {
        Source::Matrix(data) => Some(&data.labels),
        Source::Table(_) => None,
    };
    check_names(matrix, &options)?;
    watch.stage("schema");
    let schema: Option<Schema> = match &source {
        Source::Matrix(_) => None,
        Source::Table(table) => Some(schema_of(table, &options).map_err(|e| e.in_file(&name))?.0),
    };
    let (_, data) = prepare(&source, schema.as_ref(), &options).map_err(|e| e.in_file(&name))?;
    let method = method_for(&options, schema.as_ref(), &data.labels)?;
    let Method::Penalised(plan) = &method else {
        return setting("learner", "one without a penalty", "a penalised loss");
    };
    let (plan, lambda_by) = match need {
        Need::Path => (plan.clone(), None),
        Need::One => {
            watch.stage("tuning");
            let strength = Strengths::choose(&options, &method, &data, watch)?;
            let lambda = strength.lambda(plan, &data)?;
            let by = match options.strength {
                Strength::Tune { rule, folds } if plan.penalty != Penalty::None => {
                    format!("{folds}-fold cross-validation (rule {})", rule.name())
                }
                _ => "given".to_owned(),
            };
            (plan.with_lambda(lambda), Some(by))
        }
    };
    let labels = &data.labels;
    let words = |class: &String| {
        let known = schema.as_ref().and_then(|s| s.target.labels.get(class));
        known.cloned().unwrap_or_else(|| class.clone())
    };
    let classes = labels.classes().iter().zip(labels.counts()).map(|(class, rows)| ClassShare {
        class: class.clone(),
        label: words(class),
        rows,
    });
    let two = labels.classes().len() == 2 && !labels.is_multilabel();
    let score_classes = match two {
        true => labels.classes().get(plan.positive).cloned().into_iter().collect(),
        false => labels.classes().to_vec(),
    };
    let studied = Studied {
        format: FORMAT,
        data: inputs.paths().to_vec(),
        rows: data.rows() as u64,
        target: schema.as_ref().map(|s| s.target.column.clone()),
        classes: classes.collect(),
        score_classes,
        columns: data.design.cols() as u64,
        loss: plan.loss.to_string(),
        penalty: plan.penalty.name().to_owned(),
        lambda: lambda_by.as_ref().map(|_| plan.penalty.lambda()),
        lambda_by,
        seed: options.seed,
    };
    let names = data.design.columns().iter().map(linecall_data::DesignColumn::name).collect();
    Ok(Ready { data, plan, studied, names })
}

/// Folds and rule of a study that tunes, whatever strength is given.
pub(crate) fn tuning(options: &FitOptions) -> (Rule, usize) {
    match options.strength {
        Strength::Tune { rule, folds } => (rule, folds),
        Strength::Lambda(_) | Strength::C(_) => (Rule::Min, 10),
    }
}

/// Whether every probability of a loss is what it says, so that its mean is a log loss.
pub(crate) fn criterion(loss: &Loss) -> &'static str {
    match loss {
        Loss::Logistic => "log loss",
        _ => "mean loss",
    }
}
