//! The rebuilt model against the recorded one: bytes, or what the certificates leave open.

use linecall_data::{Certificate, FitCertificate};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Again, ReplayOutcome};
use crate::{Method, Pipeline, PostRule, Result};

/// Most parts of a manifest that are listed.
const MOST: usize = 30;

/// One number, recorded and rebuilt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What it is.
    pub name: String,
    /// As recorded; absent for a largest difference over many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<f64>,
    /// As rebuilt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<f64>,
    /// How far apart they are.
    pub difference: f64,
    /// How far apart they may be; absent where nothing bounds it, and nothing is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// Whether they are within it.
    pub within: bool,
    /// What the bound is, in one sentence.
    pub text: String,
}

impl Comparison {
    fn of(name: &str, a: f64, b: f64, bound: Option<f64>, text: &str) -> Self {
        let difference = (a - b).abs();
        Self { recorded: Some(a), rebuilt: Some(b), ..Self::largest(name, difference, bound, text) }
    }

    fn largest(name: &str, difference: f64, bound: Option<f64>, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            recorded: None,
            rebuilt: None,
            difference,
            bound,
            within: bound.is_none_or(|bound| difference <= bound),
            text: text.to_owned(),
        }
    }
}

/// Compares, and says whether the model is rebuilt.
pub(super) fn compare(
    pipeline: &Pipeline,
    fitted: &Again,
    rebuilt: Option<Pipeline>,
    outcome: &mut ReplayOutcome,
) -> Result<()> {
    // Where the rule could not be repeated, the models without rules are compared.
    let (recorded, rebuilt) = match rebuilt {
        Some(rebuilt) => (pipeline.clone(), rebuilt),
        None => (Pipeline { post: None, ..pipeline.clone() }, fitted.pipeline.clone()),
    };
    let mut rebuilt = rebuilt;
    let whole = outcome.inputs.iter().all(|input| input.same);
    // What was not repeated is not held against the model.
    let recorded = partial(recorded, &mut rebuilt);
    let (then, now) = (recorded.to_bytes()?, rebuilt.to_bytes()?);
    let identical = then == now;
    outcome.identical = Some(identical);
    outcome.sha256_here = Some(crate::sha256(&now));
    if identical {
        outcome.holds = whole;
        return Ok(());
    }
    let mut differs = Vec::new();
    let values = (manifest(&recorded)?, manifest(&rebuilt)?);
    walk("", &values.0, &values.1, &mut differs);
    let more = differs.len().saturating_sub(MOST);
    differs.truncate(MOST);
    if more > 0 {
        differs.push(format!("and {more} more"));
    }
    outcome.differs = differs;
    outcome.comparisons = numbers(&recorded, &rebuilt, fitted);
    let within = outcome.comparisons.iter().all(|own| own.within);
    outcome.holds = whole && within && !outcome.same_program;
    Ok(())
}

/// The recorded pipeline without what was not repeated: held-out metrics without their test file,
/// and what older files do not hold.
fn partial(mut recorded: Pipeline, rebuilt: &mut Pipeline) -> Pipeline {
    let (then, now) = (&mut recorded.training, &mut rebuilt.training);
    if then.recipe.is_none() {
        now.recipe = None;
        then.holdout = None;
        then.holdout_sets = None;
        now.tuning_rule.clone_from(&then.tuning_rule);
        now.folds = then.folds;
    }
    if let (Some(own), Some(other)) = (&then.recipe, &mut now.recipe)
        && matches!(own.holdout, crate::recipe::HeldOut::Test { .. })
        && matches!(other.holdout, crate::recipe::HeldOut::None)
    {
        other.holdout = own.holdout.clone();
        then.holdout = None;
        then.holdout_sets = None;
    }
    recorded
}

fn manifest(pipeline: &Pipeline) -> Result<Value> {
    let Pipeline { front_end, certificates, training, fingerprint, post, model } = pipeline;
    Ok(serde_json::json!({
        "front_end": front_end,
        "link": model.link(),
        "coef": model.coef(),
        "intercept": model.intercept(),
        "certificates": certificates,
        "training": training,
        "fingerprint": fingerprint,
        "post": post,
    }))
}

/// The paths at which two documents differ, with both values.
fn walk(path: &str, a: &Value, b: &Value, out: &mut Vec<String>) {
    let under = |key: &str| match path.is_empty() {
        true => key.to_owned(),
        false => format!("{path}.{key}"),
    };
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let missing = Value::Null;
                let (a, b) = (a.get(key).unwrap_or(&missing), b.get(key).unwrap_or(&missing));
                walk(&under(key), a, b, out);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                walk(&under(&at.to_string()), a, b, out);
            }
        }
        _ if a == b => {}
        _ => {
            let short = |value: &Value| -> String {
                let text = value.to_string();
                let cut: String = text.chars().take(60).collect();
                if cut.len() < text.len() { cut + "..." } else { cut }
            };
            out.push(format!("{path}: {} recorded, {} rebuilt", short(a), short(b)));
        }
    }
}

fn certificate(pipeline: &Pipeline) -> Option<&FitCertificate> {
    pipeline.certificates.iter().find_map(|certificate| match certificate {
        Certificate::Fit(fit) => Some(fit),
        Certificate::Code(code) => Some(&code.bits),
        _ => None,
    })
}

/// Objective, coefficients and held-out metrics.
fn numbers(recorded: &Pipeline, rebuilt: &Pipeline, fitted: &Again) -> Vec<Comparison> {
    let mut out = Vec::new();
    let lambda = |pipeline: &Pipeline| {
        pipeline.training.plan.minimised().map_or(0.0, |plan| plan.penalty.lambda())
    };
    let (then, now) = (lambda(recorded), lambda(rebuilt));
    if recorded.training.plan.minimised().is_some() {
        let bound = Some(1e-9 * then.abs());
        out.push(Comparison::of(
            "lambda",
            then,
            now,
            bound,
            "the strength is the one that the record's way of setting it gives",
        ));
    }
    let closest = match (certificate(recorded), certificate(rebuilt)) {
        (Some(then), Some(now)) => {
            out.push(objective(then, now));
            distance(recorded, then, now)
        }
        _ => None,
    };
    out.push(coefficients(recorded, rebuilt, fitted, closest));
    out.extend(held_out(recorded, rebuilt));
    out.extend(rule(recorded, rebuilt));
    out
}

/// Rounding of an objective.
fn rounding(objective: f64) -> f64 {
    1e-12 * (1.0 + objective.abs())
}

fn objective(then: &FitCertificate, now: &FitCertificate) -> Comparison {
    let rounding = rounding(then.objective);
    match (then.duality_gap, now.duality_gap) {
        (Some(a), Some(b)) => Comparison::of(
            "objective",
            then.objective,
            now.objective,
            Some(a.max(0.0) + b.max(0.0) + rounding),
            "both are above the optimum by at most their duality gaps",
        ),
        _ => Comparison::of(
            "objective",
            then.objective,
            now.objective,
            Some(1e-6 * (1.0 + then.objective.abs())),
            "there is no duality gap to go by: one part in a million is let pass",
        ),
    }
}

/// How far apart the coefficients of two near-optimal models can be, per standard deviation: an
/// objective that is strongly convex by `m` grows by at least `m/2` times the squared distance from
/// its minimiser.
fn distance(recorded: &Pipeline, then: &FitCertificate, now: &FitCertificate) -> Option<f64> {
    let method = &recorded.training.plan;
    let plan = method.minimised()?;
    let ridge = match plan.penalty {
        linecall_linear::Penalty::L2 { lambda } => lambda,
        linecall_linear::Penalty::ElasticNet { lambda, alpha } => lambda * (1.0 - alpha),
        _ => 0.0,
    };
    let least = plan.columns.factors.iter().fold(1.0, |least: f64, own| least.min(own.1));
    let convexity = ridge * least;
    if !(then.convex && convexity > 0.0) {
        return None;
    }
    let far = |certificate: &FitCertificate| {
        let gap = certificate.duality_gap?.max(0.0) + rounding(certificate.objective);
        Some((2.0 * gap / convexity).sqrt())
    };
    // A class adds up its bits with signs, and halves the sum: at most `sqrt(n) / 2` of how far the
    // bits are apart together.
    let words = method.codes().and_then(|codes| codes.codes.words.first());
    let folding = words.map_or(1.0, |word| 0.5 * (word.len() as f64).sqrt());
    Some(folding * (far(then)? + far(now)?))
}

/// The largest difference of a coefficient: per standard deviation where that is known.
fn coefficients(
    recorded: &Pipeline,
    rebuilt: &Pipeline,
    fitted: &Again,
    closest: Option<f64>,
) -> Comparison {
    let shape = |pipeline: &Pipeline| (pipeline.model.n_scores(), pipeline.model.n_features());
    if shape(recorded) != shape(rebuilt) {
        return Comparison::largest(
            "coefficients",
            f64::MAX,
            Some(0.0),
            "there are as many columns and scores as recorded",
        );
    }
    let (mut largest, mut size) = (0.0f64, 0.0f64);
    let rows = recorded.model.coef().iter().zip(rebuilt.model.coef()).enumerate();
    for (score, (then, now)) in rows {
        for (column, (a, b)) in then.iter().zip(now).enumerate() {
            let told = fitted.coefficients.get(column);
            let spread = told.and_then(|told| {
                let (coef, own) = (told.coef.get(score)?, told.standardized.get(score)?);
                (*coef != 0.0).then(|| (own / coef).abs())
            });
            let spread = if closest.is_some() { spread.unwrap_or(1.0) } else { 1.0 };
            largest = largest.max(spread * (a - b).abs());
            size = size.max(a.abs()).max(b.abs());
        }
    }
    match (closest, &recorded.training.plan) {
        (Some(bound), _) => Comparison::largest(
            "coefficients (largest difference, per standard deviation)",
            largest,
            Some(bound),
            "the objective is strongly convex, so models that near the optimum are this near each \
             other",
        ),
        (None, Method::Direct(_)) => Comparison::largest(
            "coefficients (largest difference)",
            largest,
            Some(1e-8 * size.max(f64::MIN_POSITIVE)),
            "a formula or a fixed number of passes: rounding alone may differ",
        ),
        (None, _) => Comparison::largest(
            "coefficients (largest difference)",
            largest,
            None,
            "the objective is not strongly convex, so nothing bounds it; the objectives are compared",
        ),
    }
}

/// Held-out metrics; a call at the very edge may turn.
fn held_out(recorded: &Pipeline, rebuilt: &Pipeline) -> Vec<Comparison> {
    let (Some(then), Some(now)) = (&recorded.training.holdout, &rebuilt.training.holdout) else {
        return Vec::new();
    };
    let text = "the model of the other rows is as good on the held-out rows; a call at the edge may \
                turn";
    let edge = 1e-6 + 2.0 / then.rows.max(1) as f64;
    let mut out = vec![Comparison::of(
        "held-out accuracy",
        then.accuracy.value,
        now.accuracy.value,
        Some(edge),
        text,
    )];
    for (name, then, now) in
        [("held-out AUC", then.auc, now.auc), ("held-out log loss", then.log_loss, now.log_loss)]
    {
        if let (Some(then), Some(now)) = (then, now) {
            out.push(Comparison::of(name, then.value, now.value, Some(edge), text));
        }
    }
    out
}

/// The threshold of a rule of calls.
fn rule(recorded: &Pipeline, rebuilt: &Pipeline) -> Option<Comparison> {
    let of = |pipeline: &Pipeline| match &pipeline.post {
        Some(PostRule::Decision(post)) => post.fit.threshold.map(|own| own.value),
        _ => None,
    };
    let (then, now) = (of(recorded)?, of(rebuilt)?);
    let text = "the rule's threshold lies between the same scores";
    Some(Comparison::of("threshold", then, now, Some(1e-6 * (1.0 + then.abs())), text))
}
