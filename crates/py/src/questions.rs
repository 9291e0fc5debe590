//! Questions to a model: the facade's own documents (JSON) and pages (HTML).

use std::sync::Arc;

use linecall::audit::fairness::bias::Criterion;
use linecall::audit::recourse::{CostKind, Listing};
use linecall::challenge::challenge;
use linecall::data::read::{Inputs, ReadOptions};
use linecall::explain::{Backdrop, Means, Subject};
use linecall::{
    AuditOptions, ChallengeOptions, DiagnoseOptions, ExplainOptions, FairOptions, ForgetOptions,
    InferOptions, InferenceMethod, InferenceOptions, Pipeline, audit, diagnose, explain, fair,
    forget, inference,
};
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};

use crate::errors::{Failure, refuse};
use crate::frame::Frame;
use crate::model::Model;
use crate::run::long;

/// A document, its page where there is one, and a new model where one is made.
type Answer = (String, Option<String>, Option<Pipeline>);

/// Asks a question of a model: its name, rows, settings as JSON and the training data where they are
/// needed. Gives the answer as JSON, a page of HTML and a new model, the last two where there are any.
#[pyfunction]
#[pyo3(signature = (question, model, name, frame, settings, reference=None, watch=None))]
pub(crate) fn ask(
    py: Python<'_>,
    question: &str,
    model: &Model,
    name: &str,
    frame: &Frame,
    settings: &str,
    reference: Option<&Frame>,
    watch: Option<&Bound<'_, PyAny>>,
) -> PyResult<(String, Option<String>, Option<Model>)> {
    let asked = Asked {
        pipeline: Arc::clone(&model.inner),
        name: name.to_owned(),
        inputs: frame.inputs.clone(),
        reference: reference.map(|frame| frame.inputs.clone()),
        reading: ReadOptions::default(),
    };
    let question: fn(&Asked, &str) -> Result<Answer, Failure> = match question {
        "challenge" => Asked::challenge,
        "audit" => Asked::audit,
        "explain" => Asked::explain,
        "inference" => Asked::inference,
        "forget" => Asked::forget,
        "diagnose" => Asked::diagnose,
        "fair" => Asked::fair,
        other => return Err(refuse(format!("`{other}` is no question"))),
    };
    let settings = settings.to_owned();
    let (json, html, pipeline) = long(py, watch, move |_| question(&asked, &settings))?;
    Ok((json, html, pipeline.map(Model::of)))
}

struct Asked {
    pipeline: Arc<Pipeline>,
    name: String,
    inputs: Inputs,
    reference: Option<Inputs>,
    reading: ReadOptions,
}

/// Settings as they are in [`ChallengeOptions`]; what is left out stays as it is there.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CaseSettings {
    row: u64,
    favourable: Option<String>,
    probability: Option<f64>,
    actions: Option<String>,
    cost: Option<CostKind>,
    ways: Option<usize>,
    listing: Option<Listing>,
    drift: Option<f64>,
    epsilon: Option<f64>,
    false_alarms: Option<f64>,
    group: Option<String>,
    redact: Vec<String>,
    seed: Option<u64>,
}

impl CaseSettings {
    fn options(self, reference: Option<Inputs>) -> ChallengeOptions {
        let default = ChallengeOptions::default();
        ChallengeOptions {
            reference,
            favourable: self.favourable,
            probability: self.probability,
            actions: self.actions.map(|text| ("actions".to_owned(), text)),
            cost: self.cost.unwrap_or(default.cost),
            ways: self.ways.unwrap_or(default.ways),
            listing: self.listing.unwrap_or(default.listing),
            drift: self.drift.unwrap_or(default.drift),
            epsilon: self.epsilon.unwrap_or(default.epsilon),
            false_alarms: self.false_alarms.unwrap_or(default.false_alarms),
            group: self.group,
            redact: self.redact,
            seed: self.seed.unwrap_or(default.seed),
            percentiles: default.percentiles,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct EverybodySettings {
    groups: Vec<String>,
    within: Option<String>,
    epsilons: Vec<f64>,
    people: Option<usize>,
    level: Option<f64>,
}

/// Reads settings; what they are not is refused in one line.
fn settings<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|e| {
        // The place in a text that the user never saw says nothing.
        let text = e.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        Failure::Refused(format!("settings: {text}"))
    })
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value)?)
}

fn page(made: Result<String, linecall_report::Error>) -> Result<Option<String>, Failure> {
    made.map(Some).map_err(|e| Failure::Bug(e.to_string()))
}

impl Asked {
    fn challenge(&self, text: &str) -> Result<Answer, Failure> {
        let settings: CaseSettings = settings(text)?;
        let row = settings.row;
        let options = settings.options(self.reference.clone());
        let case =
            challenge(&self.pipeline, &self.name, &self.inputs, row, &self.reading, &options)?;
        Ok((json(&case)?, page(linecall_report::case_file(&case))?, None))
    }

    fn audit(&self, text: &str) -> Result<Answer, Failure> {
        let mut value: serde_json::Map<String, serde_json::Value> = settings(text)?;
        let mut own = serde_json::Map::new();
        for name in ["groups", "within", "epsilons", "people", "level"] {
            own.extend(value.remove_entry(name));
        }
        let own: EverybodySettings = settings(&json(&own)?)?;
        let case: CaseSettings = settings(&json(&value)?)?;
        let mut options = AuditOptions {
            questions: case.options(self.reference.clone()),
            groups: own.groups,
            within: own.within.map(|text| ("within".to_owned(), text)),
            people: own.people,
            ..AuditOptions::default()
        };
        if !own.epsilons.is_empty() {
            options.epsilons = own.epsilons;
        }
        options.level = own.level.unwrap_or(options.level);
        options.bootstrap.seed = options.questions.seed;
        let report = audit(&self.pipeline, &self.name, &self.inputs, &self.reading, &options)?;
        Ok((json(&report)?, page(linecall_report::audit_report(&report))?, None))
    }

    fn explain(&self, text: &str) -> Result<Answer, Failure> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Settings {
            row: u64,
            #[serde(default)]
            method: Option<String>,
            #[serde(default)]
            background: Option<Backdrop>,
            #[serde(default)]
            class: Option<String>,
        }
        let asked: Settings = settings(text)?;
        let method = match asked.method.as_deref() {
            None | Some("contributions") => Means::Contributions,
            Some("lime") => Means::Lime,
            Some("shap") => Means::Shap,
            Some(other) => {
                let text = format!("`{other}` is no method: contributions, lime or shap");
                return Err(Failure::Refused(text));
            }
        };
        let options = ExplainOptions {
            method: Some(method),
            background: asked.background,
            reference: self.reference.clone(),
            class: asked.class,
            ..ExplainOptions::default()
        };
        let subject = Subject::Model { pipeline: &self.pipeline, file: &self.name };
        let found = explain(&subject, &self.inputs, asked.row, &self.reading, &options)?;
        Ok((json(&found)?, None, None))
    }

    fn inference(&self, text: &str) -> Result<Answer, Failure> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Settings {
            methods: Vec<InferenceMethod>,
            #[serde(default)]
            cluster: Option<String>,
            #[serde(default)]
            confidence: Option<f64>,
            #[serde(default)]
            replicates: Option<u64>,
            #[serde(default)]
            seed: Option<u64>,
        }
        let asked: Settings = settings(text)?;
        let default = InferenceOptions::default();
        let options = InferOptions {
            methods: asked.methods,
            cluster: asked.cluster,
            options: InferenceOptions {
                confidence: asked.confidence.unwrap_or(default.confidence),
                replicates: asked.replicates.map_or(default.replicates, |n| n as _),
                seed: asked.seed.unwrap_or(default.seed),
                ..default
            },
        };
        let found = inference(&self.pipeline, &self.inputs, &self.reading, &options)?;
        Ok((json(&found)?, Some(linecall_report::inference_plot(&found)), None))
    }

    fn forget(&self, text: &str) -> Result<Answer, Failure> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Settings {
            rows: Vec<u64>,
            #[serde(default)]
            refit: bool,
            #[serde(default)]
            salt: String,
        }
        let asked: Settings = settings(text)?;
        let options = ForgetOptions {
            rows: asked.rows,
            refit: asked.refit,
            salt: asked.salt,
            outside: self.reference.clone(),
            ..ForgetOptions::default()
        };
        let found = forget(&self.pipeline, &self.inputs, &self.reading, &options)?;
        Ok((json(&found.receipt)?, None, Some(found.pipeline)))
    }

    fn diagnose(&self, text: &str) -> Result<Answer, Failure> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Settings {
            #[serde(default)]
            top: Option<usize>,
            #[serde(default)]
            refits: Option<usize>,
        }
        let asked: Settings = settings(text)?;
        let default = DiagnoseOptions::default();
        let options = DiagnoseOptions {
            top: asked.top.unwrap_or(default.top),
            refits: asked.refits.unwrap_or(default.refits),
            ..default
        };
        let found = diagnose(&self.pipeline, &self.name, &self.inputs, &self.reading, &options)?;
        Ok((json(&found)?, page(linecall_report::diagnose_report(&found))?, None))
    }

    fn fair(&self, text: &str) -> Result<Answer, Failure> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Settings {
            groups: Vec<String>,
            criterion: Criterion,
            delta: f64,
            #[serde(default)]
            favourable: Option<String>,
            #[serde(default)]
            holdout: Option<f64>,
            #[serde(default)]
            group_share: Option<f64>,
            #[serde(default)]
            seed: u64,
        }
        let asked: Settings = settings(text)?;
        let default = FairOptions::default();
        let options = FairOptions {
            groups: asked.groups,
            criterion: asked.criterion,
            delta: asked.delta,
            favourable: asked.favourable,
            holdout: asked.holdout.unwrap_or(default.holdout),
            group_share: asked.group_share.unwrap_or(default.group_share),
            seed: asked.seed,
            ..default
        };
        let found = fair(&self.pipeline, &self.inputs, &self.reading, &options)?;
        Ok((json(&found.outcome)?, None, Some(found.pipeline)))
    }
}
