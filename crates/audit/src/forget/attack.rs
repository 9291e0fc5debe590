//! Can it be told from the model that a row was trained on?
//!
//! The loss-threshold attack calls a row a member when the model's loss on it is low (Yeom, Giacomelli,
//! Fredrikson & Jha, "Privacy risk in machine learning", CSF 2018). It is measured by the area under
//! the curve of the loss of rows in question (members, or rows said to be forgotten) against rows that
//! were never seen: 1/2 is a guess, 1 tells all. With `m` and `n` rows, `l_i` and `l_j` their losses,
//! `auc = mean_ij [l_i < l_j] + [l_i = l_j] / 2`, and its variance by DeLong, DeLong & Clarke-Pearson,
//! "Comparing the areas under two or more correlated receiver operating characteristic curves"
//! (Biometrics, 1988), from the rows' own shares; the interval is the normal one at 95 %.
//!
//! Rows that were never seen are given; else, for smooth losses, each remaining row stands for one, by
//! its loss under the model that did not see it ([`linecall_linear::Influence`]).

use linecall_data::{Dataset, Labels};
use linecall_linear::{Influence, LinearModel};
use serde::{Deserialize, Serialize};

use super::Training;
use crate::{Error, Result};

/// Two-sided normal quantile of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// What rows in question are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// Rows that were given and never seen.
    Outside,
    /// The rows that remain, each by the model that did not see it.
    LeftOut,
}

/// Area under the curve of a loss-threshold attack.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attack {
    /// The area: 1/2 is a guess.
    pub auc: f64,
    /// Lower end of its 95 % interval; 0 where fewer than two rows are on a side.
    pub low: f64,
    /// Upper end; 1 where fewer than two rows are on a side.
    pub high: f64,
}

/// The attack on the removed rows before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// What they are compared with.
    pub against: Against,
    /// Rows that they are compared with.
    pub rows: u64,
    /// On the model before.
    pub before: Attack,
    /// On the model after.
    pub after: Attack,
}

/// The attack from the losses of rows in question and of rows that were never seen; `None` unless
/// there are both.
///
/// ```
/// use linecall_audit::forget::attack;
/// let found = attack(&[0.1, 0.2, 0.4], &[0.3, 0.4, 0.9]).unwrap();
/// assert!((found.auc - 7.5 / 9.0).abs() < 1e-15);
/// ```
pub fn attack(members: &[f64], others: &[f64]) -> Option<Attack> {
    if members.is_empty() || others.is_empty() {
        return None;
    }
    // The share of the other side that each row beats, ties counting half.
    let shares = |own: &[f64], other: &[f64], lower: bool| -> Vec<f64> {
        let mut sorted = other.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let share = |l: &f64| {
            let below = sorted.partition_point(|o| o < l);
            let ties = sorted.partition_point(|o| o <= l) - below;
            let better = if lower { sorted.len() - below - ties } else { below };
            (better as f64 + 0.5 * ties as f64) / sorted.len() as f64
        };
        own.iter().map(share).collect()
    };
    let (of_members, of_others) = (shares(members, others, true), shares(others, members, false));
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let auc = mean(&of_members);
    if members.len() < 2 || others.len() < 2 {
        return Some(Attack { auc, low: 0.0, high: 1.0 });
    }
    let variance = |v: &[f64]| {
        let m = mean(v);
        v.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / ((v.len() - 1) * v.len()) as f64
    };
    let half = Z * (variance(&of_members) + variance(&of_others)).sqrt();
    Some(Attack { auc, low: (auc - half).max(0.0), high: (auc + half).min(1.0) })
}

/// The attack on rows of `before` that are gone in `after`; `None` where there is nothing to compare
/// them with.
pub(super) fn both(
    training: Training,
    before: (&LinearModel, &Dataset),
    after: (&LinearModel, &Dataset),
    gone: &[usize],
    outside: Option<&Dataset>,
) -> Result<Option<Membership>> {
    if before.1.design.columns() != after.1.design.columns() {
        return Ok(None);
    }
    let removed = before.1.select(gone)?;
    let of = |model: &LinearModel, data: &Dataset| {
        losses(model, &model.scores(&data.design)?, &data.labels)
    };
    let members = (of(before.0, &removed)?, of(after.0, &removed)?);
    let (others, against) = if let Some(outside) = outside {
        if outside.labels.classes() != before.1.labels.classes() {
            let (found, expected) =
                (outside.labels.classes().len(), before.1.labels.classes().len());
            return Err(Error::Shape { what: "classes of the outside rows", found, expected });
        }
        ((of(before.0, outside)?, of(after.0, outside)?), Against::Outside)
    } else {
        let Training::Penalised(plan) = training else { return Ok(None) };
        let left_out = |model: &LinearModel, data: &Dataset| -> Result<Option<Vec<f64>>> {
            match Influence::of(plan, model, data) {
                Ok(influence) => {
                    losses(model, &influence.left_out_scores(), &data.labels).map(Some)
                }
                // The loss has no curvature to follow, or is too large to.
                Err(_) => Ok(None),
            }
        };
        let (Some(all), Some(rest)) = (left_out(before.0, before.1)?, left_out(after.0, after.1)?)
        else {
            return Ok(None);
        };
        let kept = all.into_iter().enumerate().filter(|(i, _)| gone.binary_search(i).is_err());
        ((kept.map(|p| p.1).collect(), rest), Against::LeftOut)
    };
    let pair = (attack(&members.0, &others.0), attack(&members.1, &others.1));
    let (Some(before), Some(after)) = pair else { return Ok(None) };
    Ok(Some(Membership { against, rows: others.1.len() as u64, before, after }))
}

/// The loss of each row: minus the logarithm of the probability of its own class; without
/// probabilities, minus the margin of its own score. Of a set of labels, the sum over labels.
pub(super) fn losses(model: &LinearModel, scores: &[f64], labels: &Labels) -> Result<Vec<f64>> {
    let (k, classes) = (model.n_scores(), model.classes().len());
    if scores.len() != labels.len() * k {
        let (found, expected) = (scores.len() / k.max(1), labels.len());
        return Err(Error::Shape { what: "rows with scores", found, expected });
    }
    let log = |p: f64| -p.max(f64::MIN_POSITIVE).ln();
    let rows = scores.chunks_exact(k.max(1)).enumerate().map(|(i, f)| {
        let Some(p) = model.probabilities_of(f) else {
            return -margin(model, f, labels, i);
        };
        if model.is_multilabel() {
            return (0..classes)
                .map(|c| log(if labels.has(i, c) { p[c] } else { 1.0 - p[c] }))
                .sum();
        }
        labels.of(i).first().and_then(|c| p.get(*c as usize)).map_or(f64::INFINITY, |p| log(*p))
    });
    Ok(rows.collect())
}

/// By how much a row's own class is ahead.
fn margin(model: &LinearModel, f: &[f64], labels: &Labels, row: usize) -> f64 {
    if model.is_multilabel() {
        let signed = |(c, f): (usize, &f64)| if labels.has(row, c) { *f } else { -f };
        return f.iter().enumerate().map(signed).sum();
    }
    let own = labels.of(row).first().map_or(0, |c| *c as usize);
    if let (Some(positive), [score]) = (model.positive(), f) {
        return if own == positive { *score } else { -score };
    }
    let others = f.iter().enumerate().filter(|(c, _)| *c != own).map(|(_, f)| *f);
    f.get(own).copied().unwrap_or(f64::NEG_INFINITY) - others.fold(f64::NEG_INFINITY, f64::max)
}
