//! Who has recourse, at what cost.

use linecall_audit::State;
use linecall_audit::recourse::{
    CostKind, People, PopulationCertificate, Recourse, RecourseSummary,
};
use linecall_data::{Design, Labels};
use serde::Serialize;

use super::AuditOptions;
use crate::challenge::{Answer, Reference, action_set, aim, too_wide, unmeasured};
use crate::{Pipeline, Result};

/// Recourse by group of one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupRecourse {
    /// The column.
    pub column: String,
    /// Groups by name.
    pub groups: Vec<GroupSummary>,
}

/// The recourse of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupSummary {
    /// The group.
    pub group: String,
    /// Its figures.
    #[serde(flatten)]
    pub summary: RecourseSummary,
}

/// Recourse for everybody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecourseAuditPart {
    /// The class wished for.
    pub favourable: String,
    /// What a change costs.
    pub cost: CostKind,
    /// Share of those who ask that have a way; 1 where nobody asks.
    pub feasible: f64,
    /// The figures of all.
    pub all: RecourseSummary,
    /// Of those who ask, the share that has a way within a cost: `[cost, share]`, rising.
    pub curve: Vec<[f64; 2]>,
    /// By group.
    pub by_group: Vec<GroupRecourse>,
    /// Whether every possible person of a box has recourse; by default columns are anywhere between
    /// their smallest and largest value in the reference.
    pub certificate: Answer<PopulationCertificate>,
    /// The least cost by row: 0 where the call is the one wished for, infinite where no way exists.
    #[serde(skip)]
    pub costs: Vec<f64>,
    /// Whether a row asks: its call is not the one wished for.
    #[serde(skip)]
    pub asks: Vec<bool>,
}

/// Most points of the curve.
const POINTS: usize = 200;

/// The recourse of everybody, or why there is none.
pub(super) fn recourse(
    pipeline: &Pipeline,
    people: &Reference,
    reference: &Reference,
    groups: &[(String, Labels)],
    options: &AuditOptions,
) -> Result<std::result::Result<RecourseAuditPart, String>> {
    if pipeline.model.positive().is_none() {
        return Ok(Err("recourse is asked of models of two classes".to_owned()));
    }
    if let Some(post) = pipeline.post.as_ref().filter(|post| post.threshold().is_none()) {
        return Ok(Err(post.unanswered(pipeline.classes())));
    }
    if let Some(why) = unmeasured(reference).or_else(|| too_wide(&people.design)) {
        return Ok(Err(why));
    }
    let questions = &options.questions;
    let actions = action_set(pipeline, reference, questions)?;
    let recourse = Recourse::new(&pipeline.model, &actions, aim(pipeline, questions))?;
    let full = people.full(pipeline)?;
    let found = recourse.audit(&full, None)?;
    let inputs = actions.inputs();
    let asks: Vec<bool> =
        (0..full.rows()).map(|row| !recourse.holds(&inputs.row(&full, row))).collect();
    let by_group = groups
        .iter()
        .map(|(column, labels)| {
            let own = |g: usize| {
                let rows = labels.codes().iter().zip(found.costs.iter().zip(&asks));
                let own = rows.filter(|(code, _)| **code as usize == g);
                RecourseSummary::of(own.map(|(_, (cost, asks))| (*cost, *asks)))
            };
            let named = labels.classes().iter().enumerate();
            let groups =
                named.map(|(g, group)| GroupSummary { group: group.clone(), summary: own(g) });
            GroupRecourse { column: column.clone(), groups: groups.collect() }
        })
        .collect();
    let held = reference.full(pipeline)?;
    let certificate = certificate(&recourse, &held, options)?;
    let all = found.all;
    let feasible = if all.asking == 0 { 1.0 } else { all.feasible as f64 / all.asking as f64 };
    Ok(Ok(RecourseAuditPart {
        favourable: found.favourable,
        cost: questions.cost,
        feasible,
        curve: curve(&found.costs, &asks),
        all,
        by_group,
        certificate,
        costs: found.costs,
        asks,
    }))
}

/// The share of those who ask that has a way within a cost.
fn curve(costs: &[f64], asks: &[bool]) -> Vec<[f64; 2]> {
    let mut asked: Vec<f64> =
        costs.iter().zip(asks).filter(|(_, asks)| **asks).map(|(cost, _)| *cost).collect();
    asked.sort_by(f64::total_cmp);
    let n = asked.len();
    let finite = asked.iter().filter(|cost| cost.is_finite()).count();
    let step = finite.div_ceil(POINTS).max(1);
    let places = (0..finite).step_by(step).chain(finite.checked_sub(1));
    let mut points: Vec<[f64; 2]> = places
        .filter_map(|at| asked.get(at).map(|cost| [*cost, (at + 1) as f64 / n as f64]))
        .collect();
    points.dedup();
    points
}

/// The certificate over all people of a box; what it does not bound lies between the bounds of the
/// reference.
fn certificate(
    recourse: &Recourse,
    reference: &Design,
    options: &AuditOptions,
) -> Result<Answer<PopulationCertificate>> {
    let inputs = recourse.actions().inputs();
    let mut bounds = vec![(f64::INFINITY, f64::NEG_INFINITY); inputs.all().len()];
    for row in 0..reference.rows() {
        let states = inputs.states(&inputs.row(reference, row));
        for (bound, state) in bounds.iter_mut().zip(states) {
            if let State::Number(value) = state {
                *bound = (bound.0.min(value), bound.1.max(value));
            }
        }
    }
    let given = match &options.within {
        Some((file, text)) => People::from_toml(text, file)?,
        None => People::default(),
    };
    let numbers = inputs.all().iter().zip(bounds).filter(|(input, _)| input.levels().is_empty());
    let numbers = numbers.filter(|(_, (low, high))| low <= high);
    let people =
        given.or_numbers(numbers.map(|(input, (low, high))| (input.name.clone(), low, high)));
    match recourse.certify(&people) {
        // What was asked for must be mended; what was not is only said.
        Err(error @ linecall_audit::Error::Column { .. }) if options.within.is_some() => {
            Err(error.into())
        }
        found => Ok(found.map_err(|error| error.to_string()).into()),
    }
}
