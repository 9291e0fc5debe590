//! The report: stable keys, in the user's words.

use linecall_audit::fairness::{
    FigureTable, GroupOptions, GroupReport, Outcomes, Statistic, figure_by_group, group_metrics,
};
use linecall_data::Labels;
use linecall_linear::metrics::{Calibration, Metrics};
use serde::Serialize;

use super::{
    AuditOptions, InfluencePart, MultiplicityAuditPart, NoveltyPart, RecourseAuditPart,
    ZeroOnePart, influence, novelty, recourse, rivals, zero_one,
};
use crate::challenge::{Answer, ModelPart, Origin, Reference, favourable, groups};
use crate::measure::Measured;
use crate::{Pipeline, Result, Source};

/// How the groups of a column fare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FairnessPart {
    /// The column.
    pub column: String,
    /// Shares by group, their gaps and intervals.
    #[serde(flatten)]
    pub report: GroupReport,
    /// Median cost of the way to the wished call, among those who ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recourse_cost: Option<FigureTable>,
    /// Share that has a way, among those who ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recourse_exists: Option<FigureTable>,
}

/// Everything about a model's calls.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditReport {
    /// Version of the program.
    pub linecall: String,
    /// The model.
    pub model: ModelPart,
    /// The data, as given.
    pub data: String,
    /// Rows audited.
    pub rows: u64,
    /// Rows that the calls are held against, and what they are.
    pub reference: String,
    /// What those rows are.
    pub reference_origin: Origin,
    /// The class wished for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favourable: Option<String>,
    /// Share of rows that are called as wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favourable_share: Option<f64>,
    /// How good the calls are.
    pub metrics: Answer<Metrics>,
    /// What was predicted against what was seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<Calibration>,
    /// Who has recourse, at what cost.
    pub recourse: Answer<RecourseAuditPart>,
    /// How many calls an equally good model would make otherwise.
    pub multiplicity: Answer<MultiplicityAuditPart>,
    /// The same over all linear classifiers with few more errors; absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_one: Option<Answer<ZeroOnePart>>,
    /// How groups fare.
    pub fairness: Vec<FairnessPart>,
    /// Which rows are unlike those that the model learnt from.
    pub novelty: Answer<NoveltyPart>,
    /// Which training rows weigh most.
    pub influence: Answer<InfluencePart>,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

/// Puts a report together.
pub(super) fn build(
    pipeline: &Pipeline,
    model_file: &str,
    people: &Reference,
    reference: &Reference,
    options: &AuditOptions,
) -> Result<AuditReport> {
    let mut remarks = Vec::new();
    if people.origin == Origin::Training {
        remarks.push(
            "These are the rows that the model was trained on: the metrics flatter it.".to_owned(),
        );
    }
    if reference.origin == Origin::Data {
        remarks.push(format!(
            "The training data were not given: what people hold is measured on `{}` itself.",
            reference.name
        ));
    }
    remarks.extend(pipeline.post.as_ref().map(|post| post.audit_remark(pipeline.classes())));
    let compared = compared(people, &options.groups)?;
    let (metrics, calibration) = measured(pipeline, people, options)?;
    let recourse = recourse::recourse(pipeline, people, reference, &compared, options)?;
    let rivals = rivals::multiplicity(pipeline, people, reference, &compared, options)?;
    let zero_one = match &options.zero_one {
        Some(asked) => {
            Some(zero_one::zero_one(pipeline, people, &compared, asked, options)?.into())
        }
        None => None,
    };
    let class = favourable(pipeline, &options.questions);
    let outcomes = match class {
        Some(class) => {
            let known = people.dataset.as_ref().map(|data| &data.labels);
            let weights = people.dataset.as_ref().and_then(|data| data.weights.as_deref());
            Some(pipeline.outcomes(&people.design, known, class, weights)?)
        }
        None => None,
    };
    let part = recourse.as_ref().ok();
    let fairness = compared
        .iter()
        .filter_map(|(column, labels)| {
            outcomes.as_ref().map(|outcomes| fairness(column, labels, outcomes, part, options))
        })
        .collect::<Result<Vec<FairnessPart>>>()?;
    if !compared.is_empty() && outcomes.is_none() {
        remarks.push(
            "Groups are compared by the class wished for: say which with --favourable.".to_owned(),
        );
    }
    let share = |outcomes: &Outcomes| {
        let called = outcomes.called.iter().filter(|called| **called).count();
        called as f64 / outcomes.called.len().max(1) as f64
    };
    Ok(AuditReport {
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        model: ModelPart::of(pipeline, model_file)?,
        data: people.name.clone(),
        rows: people.design.rows() as u64,
        reference: reference.name.clone(),
        reference_origin: reference.origin,
        favourable: class.and_then(|class| pipeline.classes().get(class)).cloned(),
        favourable_share: outcomes.as_ref().map(share),
        metrics,
        calibration,
        recourse: recourse.into(),
        multiplicity: rivals.into(),
        zero_one,
        fairness,
        novelty: novelty::novelty(pipeline, people, reference, options).into(),
        influence: influence::influence(pipeline, reference).into(),
        remarks,
    })
}

/// The groups of each column that is asked for.
fn compared(people: &Reference, columns: &[String]) -> Result<Vec<(String, Labels)>> {
    let Source::Table(table) = &people.source else {
        return match columns.first() {
            None => Ok(Vec::new()),
            Some(column) => Err(crate::Error::Question(format!(
                "groups are columns of a table, and `{}` is a matrix: there is no `{column}`",
                people.name
            ))),
        };
    };
    columns.iter().map(|column| Ok((column.clone(), groups(table, column)?))).collect()
}

fn measured(
    pipeline: &Pipeline,
    people: &Reference,
    options: &AuditOptions,
) -> Result<(Answer<Metrics>, Vec<Calibration>)> {
    let Some(data) = &people.dataset else {
        let why = people.unlabelled.clone().unwrap_or_default();
        return Ok((Answer::none(why), Vec::new()));
    };
    let measured = Measured::of_pipeline(pipeline, data, &options.bootstrap)?;
    let calibration = measured.curves.calibration;
    Ok(match measured.metrics {
        Some(metrics) => (Answer::Given(metrics), calibration),
        None => (Answer::none("calls are sets of labels: see `eval`"), calibration),
    })
}

fn fairness(
    column: &str,
    labels: &Labels,
    outcomes: &Outcomes,
    recourse: Option<&RecourseAuditPart>,
    options: &AuditOptions,
) -> Result<FairnessPart> {
    let group = GroupOptions { level: options.level, ..GroupOptions::default() };
    let report = group_metrics(outcomes, labels, &group)?;
    let mut part = FairnessPart {
        column: column.to_owned(),
        report,
        recourse_cost: None,
        recourse_exists: None,
    };
    if let Some(recourse) = recourse {
        let asking: Vec<usize> =
            (0..recourse.asks.len()).filter(|row| recourse.asks.get(*row) == Some(&true)).collect();
        if !asking.is_empty() {
            let own = labels.select(&asking);
            let costs: Vec<f64> =
                asking.iter().filter_map(|row| recourse.costs.get(*row)).copied().collect();
            let exists: Vec<f64> = costs.iter().map(|cost| f64::from(cost.is_finite())).collect();
            let half = Statistic::Quantile(0.5);
            part.recourse_cost =
                Some(figure_by_group("recourse cost", &costs, &own, None, half, &group)?);
            part.recourse_exists =
                Some(figure_by_group("recourse", &exists, &own, None, Statistic::Share, &group)?);
        }
    }
    Ok(part)
}
