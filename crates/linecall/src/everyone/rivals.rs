//! How many calls an equally good model would make otherwise.

use linecall_audit::multiplicity::{Bracket, GroupAmbiguity};
use linecall_data::{Design, Labels};
use linecall_linear::Loss;
use serde::Serialize;

use super::AuditOptions;
use crate::challenge::{Reference, near_optimal};
use crate::{Method, Pipeline, Result};

/// One point of the curves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MultiplicityPoint {
    /// How much worse than the best a model may be, relative to its objective.
    pub epsilon: f64,
    /// Share of people whose call some such model makes otherwise.
    pub ambiguity: Bracket,
    /// The largest share of people whose call one such model makes otherwise.
    pub discrepancy: Bracket,
}

/// Ambiguity by group of one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupMultiplicity {
    /// The column.
    pub column: String,
    /// Groups by name.
    pub groups: Vec<GroupAmbiguity>,
}

/// Multiplicity over people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MultiplicityAuditPart {
    /// Rows that were looked at.
    pub rows: u64,
    /// Whether those are all; else they are spread evenly over the data.
    pub all: bool,
    /// The best objective.
    pub optimal_objective: f64,
    /// The epsilon of the figures below.
    pub epsilon: f64,
    /// Share of people whose call some model within epsilon makes otherwise.
    pub ambiguity: Bracket,
    /// The largest share of people whose call one model within epsilon makes otherwise.
    pub discrepancy: Bracket,
    /// Over rising epsilons.
    pub curve: Vec<MultiplicityPoint>,
    /// Who carries the arbitrariness.
    pub by_group: Vec<GroupMultiplicity>,
}

/// A model within a share is within every larger one, so what one finds holds for those above, and
/// what bounds one holds for those below.
fn monotone(curve: &mut [MultiplicityPoint]) {
    let mut floor = (0.0f64, 0.0f64);
    for point in curve.iter_mut() {
        floor.0 = floor.0.max(point.ambiguity.lower);
        floor.1 = floor.1.max(point.discrepancy.lower);
        (point.ambiguity.lower, point.discrepancy.lower) = floor;
    }
    let mut ceiling = (f64::INFINITY, f64::INFINITY);
    for point in curve.iter_mut().rev() {
        ceiling.0 = ceiling.0.min(point.ambiguity.upper);
        ceiling.1 = ceiling.1.min(point.discrepancy.upper);
        (point.ambiguity.upper, point.discrepancy.upper) = ceiling;
    }
}

/// The multiplicity of everybody, or why it is not known.
pub(super) fn multiplicity(
    pipeline: &Pipeline,
    people: &Reference,
    reference: &Reference,
    groups: &[(String, Labels)],
    options: &AuditOptions,
) -> Result<std::result::Result<MultiplicityAuditPart, String>> {
    if let Some(post) = &pipeline.post {
        return Ok(Err(post.unanswered(pipeline.classes())));
    }
    let own = options.questions.epsilon;
    let mut set = match near_optimal(pipeline, reference, own) {
        Ok(set) => set,
        Err(why) => return Ok(Err(why)),
    };
    let total = people.design.rows();
    let slow = matches!(&pipeline.training.plan, Method::Penalised(p) if p.loss == Loss::Hinge);
    let most = match options.people.unwrap_or(if slow { 100 } else { 1_000 }) {
        0 => total,
        people => people.min(total),
    };
    // Row k of the sample is the first of the k-th of equal parts.
    let rows: Vec<usize> = (0..most).map(|k| k * total / most.max(1)).collect();
    let design: Design = people.design.select_rows(&rows)?;
    let mut epsilons = options.epsilons.clone();
    if epsilons.is_empty() && !slow {
        epsilons.extend([0.001, 0.003, 0.01, 0.03]);
    }
    epsilons.push(own);
    epsilons.sort_by(f64::total_cmp);
    epsilons.dedup();
    let (mut curve, mut by_group) = (Vec::new(), Vec::new());
    for epsilon in epsilons {
        set = match set.with_epsilon(epsilon) {
            Ok(set) => set,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let ranges = set.ranges(&design)?;
        let found = set.discrepancy(&design, &ranges)?;
        curve.push(MultiplicityPoint {
            epsilon,
            ambiguity: ranges.ambiguity(),
            discrepancy: found.share,
        });
        if epsilon == own {
            for (column, labels) in groups {
                let sample = labels.select(&rows);
                let groups = ranges.by_group(sample.codes(), labels.classes(), options.level)?;
                by_group.push(GroupMultiplicity { column: column.clone(), groups });
            }
        }
    }
    monotone(&mut curve);
    let Some(here) = curve.iter().find(|point| point.epsilon == own).cloned() else {
        return Ok(Err("there is no epsilon".to_owned()));
    };
    Ok(Ok(MultiplicityAuditPart {
        rows: most as u64,
        all: most == total,
        optimal_objective: set.optimal_value(),
        epsilon: own,
        ambiguity: here.ambiguity,
        discrepancy: here.discrepancy,
        curve,
        by_group,
    }))
}
