//! Which training rows weigh most: what the model says of a row that it has not seen.

use linecall_linear::Influence;
use serde::Serialize;

use crate::challenge::{ELSEWHERE, Origin, Reference};
use crate::{Method, Pipeline, PostRule};

/// A training row that weighs much in its own score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightyRow {
    /// The training row, from 1.
    pub row: u64,
    /// Its class.
    pub class: String,
    /// Its score.
    pub score: f64,
    /// Its score by the model without it.
    pub left_out: f64,
}

/// How much training rows weigh.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InfluencePart {
    /// Training rows whose own call is another one by the model that did not see them.
    pub turned: u64,
    /// Their share.
    pub share: f64,
    /// The rows whose own score changes most.
    pub rows: Vec<WeightyRow>,
}

/// Most rows that are listed.
const LISTED: usize = 10;

/// How much training rows weigh, or why it is not known.
pub(super) fn influence(
    pipeline: &Pipeline,
    reference: &Reference,
) -> std::result::Result<InfluencePart, String> {
    if matches!(pipeline.training.plan, Method::Imported(_)) {
        return Err(ELSEWHERE.to_owned());
    }
    if reference.origin != Origin::Training {
        return Err("the training data are needed; give them with --reference".to_owned());
    }
    let Some(data) = &reference.dataset else {
        return Err(reference.unlabelled.clone().unwrap_or_default());
    };
    let Method::Penalised(plan) = &pipeline.training.plan else {
        return Err("it is computed for penalised losses".to_owned());
    };
    if pipeline.model.positive().is_none() {
        return Err("it is told for models of two classes".to_owned());
    }
    let influence =
        Influence::of(plan, &pipeline.model, data).map_err(|error| error.to_string())?;
    let left_out = influence.left_out_scores();
    let scores = pipeline.model.scores(&data.design).map_err(|error| error.to_string())?;
    let mut order: Vec<(usize, f64, f64)> =
        scores.iter().zip(&left_out).enumerate().map(|(row, (a, b))| (row, *a, *b)).collect();
    // Of a rule that is no threshold, the model's own calls are counted.
    let at = pipeline.post.as_ref().and_then(PostRule::threshold).unwrap_or(0.0);
    let turned = order.iter().filter(|(_, a, b)| (*a > at) != (*b > at)).count();
    order.sort_by(|a, b| (b.2 - b.1).abs().total_cmp(&(a.2 - a.1).abs()).then(a.0.cmp(&b.0)));
    let class = |row: usize| {
        let code = data.labels.codes().get(row).copied().unwrap_or(0);
        data.labels.classes().get(code as usize).cloned().unwrap_or_default()
    };
    let rows = order.iter().take(LISTED).map(|&(row, score, left_out)| WeightyRow {
        row: row as u64 + 1,
        class: class(row),
        score,
        left_out,
    });
    Ok(InfluencePart {
        turned: turned as u64,
        share: turned as f64 / scores.len().max(1) as f64,
        rows: rows.collect(),
    })
}
