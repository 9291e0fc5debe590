//! Multiplicity under the 0-1 loss: over all linear classifiers with few more errors.

use std::time::{Duration, Instant};

use linecall_audit::multiplicity::{
    Bracket, GroupAmbiguity, Hyperplanes, PoolOptions, Sample, ZeroOne, ambiguity_by_group, pool,
    pool_finding,
};
use linecall_data::Labels;
use linecall_search::Limits;
use serde::Serialize;

use super::AuditOptions;
use super::rivals::GroupMultiplicity;
use crate::challenge::Reference;
use crate::{Pipeline, Result};

/// What other classifiers are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// The model under audit.
    #[default]
    Model,
    /// The linear classifier of least errors.
    Optimum,
}

/// How multiplicity under the 0-1 loss is told.
#[derive(Clone, Debug, PartialEq)]
pub struct ZeroOneOptions {
    /// What others are compared with.
    pub baseline: Baseline,
    /// More errors than the baseline's, as shares of the rows.
    pub epsilons: Vec<f64>,
    /// Time after which bounds are given instead of exact answers.
    pub time_limit: Duration,
}

impl Default for ZeroOneOptions {
    fn default() -> Self {
        Self {
            baseline: Baseline::default(),
            epsilons: vec![0.005, 0.01, 0.02],
            time_limit: Duration::from_secs(120),
        }
    }
}

/// One slack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZeroOnePoint {
    /// More errors than the baseline's, as a share of the rows.
    pub epsilon: f64,
    /// The most errors allowed.
    pub budget: f64,
    /// Share of rows that some classifier within the budget calls otherwise.
    pub ambiguity: Bracket,
    /// The largest share of rows that one of them calls otherwise.
    pub discrepancy: Bracket,
    /// What a pool of fitted models finds of both, for contrast; its models are held to the errors,
    /// not to the margin.
    pub pool_ambiguity: f64,
    /// See `pool_ambiguity`.
    pub pool_discrepancy: f64,
}

/// Multiplicity under the 0-1 loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZeroOnePart {
    /// Distinct rows.
    pub points: u64,
    /// What others are compared with.
    pub baseline: Baseline,
    /// The baseline's errors.
    pub errors: f64,
    /// The errors of the best linear classifier: of a witness, and at least.
    pub least_errors: Bracket,
    /// Largest coefficient of the classifiers.
    pub bound: f64,
    /// Least distance of a score from 0.
    pub margin: f64,
    /// Over rising slacks; those that the time did not suffice for are left out.
    pub curve: Vec<ZeroOnePoint>,
    /// Who carries it, at the largest slack.
    pub by_group: Vec<GroupMultiplicity>,
    /// Whether every figure is exact; else the time ran out, and brackets are open.
    pub exact: bool,
}

/// More distinct rows than this are not searched.
const MOST_POINTS: usize = 2_000;

/// The part, or why there is none.
pub(super) fn zero_one(
    pipeline: &Pipeline,
    people: &Reference,
    groups: &[(String, Labels)],
    asked: &ZeroOneOptions,
    options: &AuditOptions,
) -> Result<std::result::Result<ZeroOnePart, String>> {
    if let Some(post) = &pipeline.post {
        return Ok(Err(post.unanswered(pipeline.classes())));
    }
    let Some(data) = &people.dataset else {
        return Ok(Err(people.unlabelled.clone().unwrap_or_default()));
    };
    let Some(positive) = pipeline.model.positive() else {
        return Ok(Err("it is told for models of two classes".to_owned()));
    };
    let sample = Sample::new(data, positive)?;
    let points = sample.points().len();
    if points > MOST_POINTS {
        return Ok(Err(format!(
            "{points} distinct rows are too many to search (at most {MOST_POINTS}); band the numbers \
             first"
        )));
    }
    let family = Hyperplanes::default();
    let mut study = ZeroOne::new(&sample, family)?;
    let models = pool(data, positive, &PoolOptions::default())?;
    models.iter().for_each(|model| study.suggest(model));
    let limits = Limits { deadline: Some(Instant::now() + asked.time_limit), ..Limits::default() };
    let best = match study.least_errors(&limits) {
        Ok(best) => best,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let baseline = match asked.baseline {
        Baseline::Model => pipeline.model.clone(),
        Baseline::Optimum => best.model.clone(),
    };
    let mut epsilons = asked.epsilons.clone();
    epsilons.sort_by(f64::total_cmp);
    let (mut curve, mut by_group) = (Vec::new(), Vec::new());
    let (mut last, mut stopped) = (None, false);
    let total = sample.total().max(f64::MIN_POSITIVE);
    for (k, epsilon) in epsilons.iter().enumerate() {
        let late = limits.deadline.is_some_and(|end| Instant::now() >= end);
        if late && k > 0 {
            stopped = true;
            break;
        }
        let (most, some) = match (
            study.discrepancy(&baseline, *epsilon, &limits),
            study.ambiguity(&baseline, *epsilon, &limits),
        ) {
            (Ok(most), Ok(some)) => (most, some),
            (Err(error), _) | (_, Err(error)) => return Ok(Err(error.to_string())),
        };
        let found = pool_finding(&sample, &baseline, &models, *epsilon)?;
        curve.push(ZeroOnePoint {
            epsilon: *epsilon,
            budget: most.budget,
            ambiguity: some.share,
            discrepancy: most.share,
            pool_ambiguity: found.ambiguity / total,
            pool_discrepancy: found.discrepancy / total,
        });
        // The groups are those of the largest slack that there was time for.
        last = Some(some.flips);
    }
    if let Some(flips) = last {
        for (column, labels) in groups {
            let groups: Vec<GroupAmbiguity> =
                ambiguity_by_group(&flips, labels.codes(), labels.classes(), options.level)?;
            by_group.push(GroupMultiplicity { column: column.clone(), groups });
        }
    }
    let closed = |of: &Bracket| of.lower == of.upper;
    let exact = !stopped
        && closed(&best.errors)
        && curve.iter().all(|point| closed(&point.ambiguity) && closed(&point.discrepancy));
    Ok(Ok(ZeroOnePart {
        points: points as u64,
        baseline: asked.baseline,
        errors: sample.errors(&baseline)?,
        least_errors: best.errors,
        bound: family.bound,
        margin: family.margin,
        curve,
        by_group,
        exact,
    }))
}
