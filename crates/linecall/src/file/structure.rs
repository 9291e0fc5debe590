//! What must hold between the parts of a pipeline before it is written and after it is read.

use linecall_data::schema::Role;
use linecall_data::{
    Certificate, DirectCertificate, Fingerprint, FitCertificate, Labels, Schema,
    check_label_separator,
};
use linecall_features::TableFrontEnd;
use linecall_linear::metrics::{Interval, Metrics, SetMetrics};
use linecall_linear::{LinearModel, Link, Multiclass, Plan};

use super::{Check, Fault, MANIFEST};
use crate::recipe::Recipe;
use crate::{FrontEnd, Pipeline, Result, TrainingSummary};

/// All checks, cheap and without data.
pub(super) fn checks(pipeline: &Pipeline) -> Vec<Check> {
    let Pipeline { front_end, model, certificates, training, fingerprint, post } = pipeline;
    let mut checks = vec![front_end_check(front_end)];
    checks.push(Check::equal(
        "columns",
        model.n_features().to_string(),
        front_end.width().to_string(),
        "every design column has its coefficient",
    ));
    checks.push(classes(front_end, model));
    checks.push(link(model));
    checks.push(kind_of_calls(front_end, model, training));
    checks.push(holds(
        "training summary",
        summary_fault(training, model),
        "the numbers of the training summary are possible",
    ));
    checks.push(fingerprint_form(fingerprint));
    for (i, certificate) in certificates.iter().enumerate() {
        let problem = match certificate {
            Certificate::Fit(fit) => fit_fault(fit),
            Certificate::Direct(direct) => direct_fault(direct, model),
            Certificate::Card(card) => super::card::fault(card, model),
            Certificate::Code(code) => {
                fit_fault(&code.bits).or_else(|| super::code::fault(code, model))
            }
            _ => None,
        };
        let name = format!("certificate {}", i + 1);
        checks.push(holds(&name, problem, "the numbers of the certificate are possible"));
    }
    if let Some(origin) = training.plan.imported() {
        checks.push(holds(
            "origin",
            origin.fault().or_else(|| claims_fault(pipeline)),
            "nothing is claimed of a training that is not known",
        ));
    }
    if let Some(post) = post {
        let problem = super::post::fault(post, model);
        checks.push(holds("rule", problem, "the rule after the model is one for this model"));
    }
    checks
}

/// What an imported model says of its training, which nobody here has seen.
fn claims_fault(pipeline: &Pipeline) -> Option<String> {
    let Pipeline { certificates, training, fingerprint, .. } = pipeline;
    if !certificates.is_empty() {
        return Some(format!("{} certificates", certificates.len()));
    }
    if training.rows > 0 || training.holdout.is_some() {
        return Some("training rows or held-out metrics".to_owned());
    }
    fingerprint.is_known().then(|| "a fingerprint of the training data".to_owned())
}

/// The refusal that a failed check means for a file.
pub(super) fn fault(check: &Check) -> Fault {
    let Check { name, found, expected, .. } = check;
    Fault::new(MANIFEST, format!("{name}: found {found}, expected {expected}"))
}

/// A check that passes when no problem was found.
fn holds(name: &str, problem: Option<String>, text: &str) -> Check {
    Check {
        name: name.to_owned(),
        ok: problem.is_none(),
        found: problem.unwrap_or_else(|| "nothing wrong".to_owned()),
        expected: "nothing wrong".to_owned(),
        text: text.to_owned(),
    }
}

fn front_end_check(front_end: &FrontEnd) -> Check {
    let problem = check_front_end(front_end).err().map(|e| e.to_string());
    holds("front end", problem, "schema and encoding agree and can be applied")
}

/// Checks schema, recipe and their agreement; for a matrix that it has columns.
pub(super) fn check_front_end(front_end: &FrontEnd) -> Result<()> {
    match front_end {
        FrontEnd::Table { schema, recipe } => {
            schema.check()?;
            recipe.check()?;
            match disagreement(schema, recipe) {
                Some(problem) => Err(refuse(problem)),
                None => Ok(()),
            }
        }
        FrontEnd::Matrix { columns: 0, .. } => Err(refuse("the matrix has no columns".to_owned())),
        FrontEnd::Matrix { binarize: Some(above), .. } if !(above.is_finite() && *above >= 0.0) => {
            Err(refuse(format!("the threshold of the matrix is {above}")))
        }
        FrontEnd::Matrix { multilabel: Some(mark), .. } => Ok(check_label_separator(*mark)?),
        FrontEnd::Matrix { .. } => Ok(()),
    }
}

fn refuse(problem: String) -> crate::Error {
    linecall_data::Error::new(linecall_data::ErrorKind::Schema, problem).into()
}

/// Where the recipe is not one for this schema.
fn disagreement(schema: &Schema, recipe: &TableFrontEnd) -> Option<String> {
    let listed: Vec<_> = schema.columns.iter().filter(|c| c.role == Role::Feature).collect();
    let encoded = recipe.recipes();
    if listed.len() != encoded.len() {
        let (n, m) = (encoded.len(), listed.len());
        return Some(format!("{n} columns are encoded, the schema lists {m} features"));
    }
    let odd = listed.iter().zip(encoded).find(|(column, recipe)| {
        column.name != recipe.source
            || (!recipe.levels().is_empty() && column.levels != recipe.levels())
    });
    odd.map(|(column, recipe)| {
        let (name, source) = (&column.name, &recipe.source);
        format!("column `{name}` of the schema and `{source}` as encoded differ")
    })
}

fn classes(front_end: &FrontEnd, model: &LinearModel) -> Check {
    let positive = model.positive().and_then(|i| model.classes().get(i));
    let say = |classes: &[String], positive: Option<&String>| {
        let positive = positive.map(|p| format!(", positive `{p}`")).unwrap_or_default();
        format!("classes `{}`{positive}", classes.join("`, `"))
    };
    let found = say(model.classes(), positive);
    let (sorted, expected) = match front_end.schema().map(|schema| &schema.target) {
        Some(target) => (true, say(&target.classes, target.positive.as_ref())),
        None => (Labels::from_codes(model.classes().to_vec(), Vec::new()).is_ok(), found.clone()),
    };
    let expected = if sorted { expected } else { "sorted and distinct classes".to_owned() };
    Check::equal("classes", found, expected, "classes are sorted and as in the schema")
}

/// Front end, model and training agree on whether a call is one class or a set of labels.
fn kind_of_calls(front_end: &FrontEnd, model: &LinearModel, training: &TrainingSummary) -> Check {
    let say = |sets: bool| if sets { "sets of labels" } else { "one class a row" }.to_owned();
    let model = say(model.is_multilabel());
    let sets = |plan: &Plan| plan.multiclass == Multiclass::MultiLabel;
    let trained = say(training.plan.penalised().is_some_and(sets));
    let front_end = say(front_end.multilabel().is_some());
    let found = if trained == model { front_end } else { trained };
    Check::equal("kind of calls", found, model, "a call is what the model was trained to make")
}

fn link(model: &LinearModel) -> Check {
    let two = model.classes().len() == 2 || model.is_multilabel();
    let problem = match model.link() {
        Link::Logistic if !two => Some("a logistic link with more than two classes".to_owned()),
        Link::Softmax | Link::Temperature { .. } if two => {
            Some("a softmax link with two classes or sets of labels".to_owned())
        }
        Link::Temperature { slope } if !slope.is_finite() => {
            Some("a calibration that is NaN or infinite".to_owned())
        }
        Link::Platt { slope, intercept } if !finite(slope.iter().chain(intercept).copied()) => {
            Some("a calibration that is NaN or infinite".to_owned())
        }
        _ => None,
    };
    holds("link", problem, "scores become probabilities in a way that fits the classes")
}

fn fingerprint_form(fingerprint: &Fingerprint) -> Check {
    let problem =
        (!is_sha256(&fingerprint.sha256)).then(|| format!("`{}` as SHA-256", fingerprint.sha256));
    holds("form of the fingerprint", problem, "the fingerprint of the training data is a SHA-256")
}

pub(crate) fn is_sha256(text: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == 64 && text.bytes().all(hex)
}

fn finite(values: impl IntoIterator<Item = f64>) -> bool {
    values.into_iter().all(f64::is_finite)
}

/// A number that must be finite and at least 0.
fn amount(name: &str, value: f64) -> Option<String> {
    (!(value.is_finite() && value >= 0.0)).then(|| format!("{name} {value}"))
}

fn fit_fault(fit: &FitCertificate) -> Option<String> {
    amount("lambda", fit.lambda)
        .or_else(|| amount("objective", fit.objective))
        .or_else(|| amount("residual", fit.residual))
        .or_else(|| amount("tolerance", fit.tolerance))
        .or_else(|| {
            // The gap is a difference of two rounded numbers and may fall just below 0.
            let gap = fit.duality_gap.filter(|gap| !gap.is_finite())?;
            Some(format!("duality gap {gap}"))
        })
}

fn direct_fault(direct: &DirectCertificate, model: &LinearModel) -> Option<String> {
    let classes = model.classes().len();
    let weights = direct.class_weight.iter().map(|v| ("class weight", *v));
    let priors = direct.priors.iter().map(|v| ("prior", *v));
    let shrinkage = direct.shrinkage.iter().map(|v| ("shrinkage", *v));
    let shares = priors.chain(shrinkage).chain([("training error", direct.training_error)]);
    if let Some((name, value)) = shares.clone().find(|s| s.1 > 1.0 + 1e-9) {
        return Some(format!("{name} {value}"));
    }
    if direct.class_weight.len() != classes || ![0, classes].contains(&direct.priors.len()) {
        return Some(format!("class weights or priors that are not of {classes} classes"));
    }
    let others = [("mean loss", direct.mean_loss), ("residual", direct.residual.unwrap_or(0.0))];
    let mut all = weights.chain(shares).chain(others);
    all.find_map(|(name, value)| amount(name, value))
}

fn summary_fault(training: &TrainingSummary, model: &LinearModel) -> Option<String> {
    let TrainingSummary { plan, weight, rows, class_rows, .. } = training;
    let classes = model.classes().len();
    let lambda = plan.minimised().map_or(0.0, |p| p.penalty.lambda());
    if let Some(problem) = amount("lambda", lambda).or_else(|| amount("weight", *weight)) {
        return Some(problem);
    }
    if let Err(problem) = plan.check() {
        return Some(problem.to_string());
    }
    if plan.positive() >= classes && !model.is_multilabel() {
        return Some(format!("positive class {} of {classes}", plan.positive()));
    }
    let sum = class_rows.iter().try_fold(0u64, |sum, n| sum.checked_add(*n));
    // A row counts to each of its labels.
    let fits = match model.is_multilabel() {
        true => class_rows.iter().all(|n| n <= rows),
        false => sum == Some(*rows),
    };
    if let Some(problem) = training.recipe.as_ref().and_then(Recipe::fault) {
        return Some(problem);
    }
    if class_rows.len() != classes || !fits {
        return Some(format!("{rows} rows, by class {class_rows:?}"));
    }
    match (&training.holdout, &training.holdout_sets) {
        (Some(_), _) if model.is_multilabel() => {
            Some("held-out metrics of single classes for sets of labels".to_owned())
        }
        (_, Some(_)) if !model.is_multilabel() => {
            Some("held-out metrics of sets of labels for single classes".to_owned())
        }
        (Some(metrics), _) => metrics_fault(metrics, classes),
        (None, Some(metrics)) => set_metrics_fault(metrics, classes),
        (None, None) => None,
    }
}

fn set_metrics_fault(metrics: &SetMetrics, labels: usize) -> Option<String> {
    let ends = |i: Interval| [i.value, i.low, i.high];
    let numbers = metrics.intervals().into_iter().flat_map(ends);
    if !finite(numbers.chain([metrics.weight, metrics.level])) {
        return Some("a held-out metric that is NaN or infinite".to_owned());
    }
    (metrics.per_label.len() != labels)
        .then(|| format!("held-out metrics that are not of {labels} labels"))
}

fn metrics_fault(metrics: &Metrics, classes: usize) -> Option<String> {
    let of_class = metrics.per_class.iter().flat_map(|c| [c.precision, c.recall, c.f1]);
    let overall = [
        Some(metrics.accuracy),
        metrics.balanced_accuracy,
        metrics.auc,
        metrics.average_precision,
        metrics.log_loss,
        metrics.brier,
        metrics.ece,
        metrics.mcc,
    ];
    let intervals = overall.into_iter().chain(of_class).flatten();
    let numbers = intervals.flat_map(|Interval { value, low, high }| [value, low, high]);
    let counts = metrics.confusion.counts.iter().flatten().copied();
    if !finite(numbers.chain(counts).chain([metrics.weight, metrics.level])) {
        return Some("a held-out metric that is NaN or infinite".to_owned());
    }
    let Metrics { per_class, confusion, .. } = metrics;
    let square = confusion.counts.len() == classes
        && confusion.classes.len() == classes
        && confusion.counts.iter().all(|row| row.len() == classes);
    (per_class.len() != classes || !square)
        .then(|| format!("held-out metrics that are not of {classes} classes"))
}
