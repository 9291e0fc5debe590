//! The case file: stable keys, in the user's words.

use std::collections::BTreeMap;

use linecall_audit::Value;
use linecall_audit::forget::Influences;
use linecall_audit::novelty::Verdict;
use linecall_data::schema::Role;
use serde::Serialize;

use super::group::{self, GroupPart};
use super::points::{self, PointsPart};
use super::rivals::{self, ConfidencePart, MultiplicityPart};
use super::way::{self, RecoursePart};
use super::why::{self, ContributionsPart};
use super::words::{self, WordsPart};
use super::{ChallengeOptions, Origin, Panel, Person, Reference, novel};
use crate::{Pipeline, Result, RulePart, predict};

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer<T> {
    /// The answer.
    Given(T),
    /// None, and why.
    Unavailable {
        /// Why there is no answer, and what would give one.
        unavailable: String,
    },
}

impl<T> Answer<T> {
    /// No answer.
    pub fn none(why: impl Into<String>) -> Self {
        Self::Unavailable { unavailable: why.into() }
    }

    /// The answer, if there is one.
    pub fn given(&self) -> Option<&T> {
        match self {
            Self::Given(answer) => Some(answer),
            Self::Unavailable { .. } => None,
        }
    }
}

impl<T> From<std::result::Result<T, String>> for Answer<T> {
    fn from(result: std::result::Result<T, String>) -> Self {
        match result {
            Ok(answer) => Self::Given(answer),
            Err(unavailable) => Self::Unavailable { unavailable },
        }
    }
}

/// The model that made the call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelPart {
    /// Its file, as given.
    pub file: String,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    /// What it predicts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Its classes.
    pub classes: Vec<String>,
    /// Words for classes, where they have other than their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Rows that it was trained on.
    pub trained_rows: u64,
}

/// What the person holds in a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonValue {
    /// The column.
    pub column: String,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What it holds.
    pub value: Value,
}

/// The call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallPart {
    /// The class called; of a model of sets the labels, parted by the model's mark.
    pub class: String,
    /// The class in words.
    pub label: String,
    /// The class wished for; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favourable: Option<String>,
    /// Whether the call is the one wished for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_favourable: Option<bool>,
    /// Scores: one for two classes, K for K.
    pub score: Vec<f64>,
    /// Probability of each class; empty where the model has none.
    pub probability: BTreeMap<String, f64>,
}

/// Everything about one call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseFile {
    /// Version of the program.
    pub linecall: String,
    /// The model.
    pub model: ModelPart,
    /// The data, as given.
    pub data: String,
    /// The row, from 1.
    pub row: u64,
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Rows that the case is held against, and what they are.
    pub reference: String,
    /// What those rows are.
    pub reference_origin: Origin,
    /// What the person holds.
    pub values: Vec<PersonValue>,
    /// The call.
    pub call: CallPart,
    /// What the rule after the model made of it; absent for a model without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RulePart>,
    /// Of a scorecard: the points, how many are short, and cards that are as good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<PointsPart>,
    /// Of texts: which words carry the call, and which it would not survive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<WordsPart>,
    /// Why: what each column adds to each score.
    pub contributions: Answer<Vec<ContributionsPart>>,
    /// What would change it.
    pub recourse: Answer<RecoursePart>,
    /// The model at this person, for a page that lets them try changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel: Option<Panel>,
    /// Whether an equally good model would have called otherwise.
    pub multiplicity: Answer<MultiplicityPart>,
    /// How sure the score is.
    pub confidence: Answer<ConfidencePart>,
    /// Whether the case is like those that the model learnt from.
    pub novelty: Answer<Verdict>,
    /// The training rows that most moved the scores.
    pub influence: Answer<Vec<Influences>>,
    /// How the model calls the person's group.
    pub group: Answer<GroupPart>,
    /// Columns that are kept out of this file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

/// Puts a case file together.
pub(super) fn build(
    pipeline: &Pipeline,
    model_file: &str,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
) -> Result<CaseFile> {
    let mut remarks = Vec::new();
    if reference.origin == Origin::Data {
        remarks.push(format!(
            "The training data were not given: what people hold is measured on the {} rows of `{}`.",
            reference.design.rows(),
            reference.name
        ));
    }
    if reference.origin == Origin::Case {
        remarks.push(format!(
            "The training data were not given, and other rows of the data do not fit the model ({}): \
             only the row itself is looked at.",
            reference.unlabelled.as_deref().unwrap_or_default()
        ));
    }
    if !options.redact.is_empty() {
        remarks.push(
            "The columns that are kept out of this file are held as they are: changes, and the proofs \
             that there are no others, are among the other columns."
                .to_owned(),
        );
        if let [column] = options.redact.as_slice()
            && person.inputs.position(column).is_some()
        {
            remarks.push(
                "The score is shown: who has the model's coefficients can work out from it what the \
                 column that is kept out holds."
                    .to_owned(),
            );
        }
    }
    for column in &person.unseen {
        remarks.push(format!(
            "`{column}` holds a level that training did not see; it is taken as the reference."
        ));
    }
    remarks.extend(pipeline.post.as_ref().map(|post| post.case_remark()));
    let hidden = |column: &str| options.redact.iter().any(|own| own == column);
    let own = person.inputs.all().iter().zip(&person.states);
    let values = own.filter(|(input, _)| !hidden(&input.name)).map(|(input, state)| PersonValue {
        column: input.name.clone(),
        unit: input.unit.clone(),
        value: person.value(input, *state),
    });
    let values = values.collect();
    let id = pipeline.front_end.schema().and_then(|schema| schema.with_role(Role::Id));
    let id_hidden = id.is_some_and(|column| hidden(&column.name));
    let (recourse, panel) = match way::recourse(pipeline, person, reference, options)? {
        Ok((part, panel)) => (Answer::Given(part), Some(panel)),
        Err(why) => (Answer::none(why), None),
    };
    let (multiplicity, confidence) = rivals::rivals(pipeline, person, reference, options)?;
    Ok(CaseFile {
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        model: ModelPart::of(pipeline, model_file)?,
        data: person.data.clone(),
        row: person.row,
        id: person.id.clone().filter(|_| !id_hidden),
        reference: reference.name.clone(),
        reference_origin: reference.origin,
        values,
        call: call(pipeline, person, options, &mut remarks)?,
        rule: match &pipeline.post {
            Some(post) => Some(post.explain(pipeline, &person.design, &options.redact)?),
            None => None,
        },
        points: points::points(pipeline, person, reference, options)?,
        words: words::words(pipeline, person, reference, options)?,
        contributions: Answer::Given(why::why(pipeline, person, reference, options)?),
        recourse,
        panel,
        multiplicity,
        confidence,
        novelty: novel::novelty(pipeline, person, reference, options, &mut remarks).into(),
        influence: why::influential(pipeline, person, reference).into(),
        group: group::group(pipeline, person, reference, options)?.into(),
        redacted: options.redact.clone(),
        remarks,
    })
}

impl ModelPart {
    pub(crate) fn of(pipeline: &Pipeline, file: &str) -> Result<Self> {
        let bytes = pipeline.to_bytes()?;
        let words = |class: &String| {
            let label = pipeline.front_end.describe(class);
            (label != class).then(|| (class.clone(), label.to_owned()))
        };
        Ok(Self {
            file: file.to_owned(),
            sha256: crate::sha256(&bytes),
            target: pipeline.front_end.schema().map(|schema| schema.target.column.clone()),
            classes: pipeline.classes().to_vec(),
            labels: pipeline.classes().iter().filter_map(words).collect(),
            trained_rows: pipeline.training.rows,
        })
    }
}

fn call(
    pipeline: &Pipeline,
    person: &Person,
    options: &ChallengeOptions,
    remarks: &mut Vec<String>,
) -> Result<CallPart> {
    let mut calls = predict::calls(pipeline, &person.design, None, person.row - 1)?;
    let Some(call) = calls.pop() else {
        return Err(crate::Error::Question("the row has no call".to_owned()));
    };
    let classes = pipeline.classes();
    let aim = way::aim(pipeline, options).favourable;
    let positive = pipeline.model.positive().and_then(|p| classes.get(p)).cloned();
    if aim.is_none()
        && let Some(positive) = &positive
    {
        remarks.push(format!(
            "Which class is wished for was not said; `{positive}`, the positive one, is taken. Say it \
             with --favourable, or `favourable` in the schema."
        ));
    }
    let favourable = aim.or(positive);
    let called = classes.iter().position(|class| *class == call.class);
    if let Some(p) = called.and_then(|at| call.probability.get(at))
        && pipeline.post.is_none()
        && classes.len() == 2
        && *p < 0.5
    {
        remarks.push(format!(
            "The call is the sign of the score; the calibrated probability of `{}` is {:.1}% all the \
             same.",
            call.class,
            100.0 * p
        ));
    }
    Ok(CallPart {
        label: pipeline.front_end.describe(&call.class).to_owned(),
        is_favourable: favourable.as_ref().map(|class| *class == call.class),
        favourable,
        score: call.score,
        probability: classes.iter().cloned().zip(call.probability).collect(),
        class: call.class,
    })
}
