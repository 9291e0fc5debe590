//! What a model is worth on its training rows, and how far it is from its formula.

use super::{Learner, Solved, Task};
use crate::scale::Scaling;
use crate::view::View;
use crate::{LinearModel, Result};

/// Mean loss and share of wrong calls, by weight.
pub(super) struct Worth {
    pub(super) name: &'static str,
    pub(super) mean_loss: f64,
    pub(super) error: f64,
}

/// Log loss of a posterior; for passive-aggressive learning the hinge loss; for the others by how
/// much a row's own class falls behind (the perceptron's loss).
pub(super) fn of(task: &Task, model: &LinearModel, learner: &Learner) -> Result<Worth> {
    let (name, loss): (_, fn(&[f64], usize) -> f64) = match learner {
        _ if learner.has_posterior() => ("log_loss", log_loss),
        Learner::PassiveAggressive { .. } => ("hinge", |f, y| (1.0 - margin(f, y)).max(0.0)),
        _ => ("perceptron", |f, y| (-margin(f, y)).max(0.0)),
    };
    let scores = model.scores(task.design)?;
    let (mut total, mut wrong) = (0.0, 0.0);
    for (i, f) in scores.chunks_exact(model.n_scores()).enumerate() {
        let s = task.weights.row[i];
        if s > 0.0 {
            let class = task.codes[i] as usize;
            // One score speaks for the positive class, which is made the first of two.
            let own = model.positive().map_or(class, |p| usize::from(p != class));
            total += s * loss(f, own);
            wrong += if model.class_of(f) == class { 0.0 } else { s };
        }
    }
    let weight = task.weights.total();
    Ok(Worth { name, mean_loss: total / weight, error: wrong / weight })
}

/// By how much the score of a class exceeds the best other one; of a single score, the score with
/// the sign of the class (0 is the one that it speaks for).
fn margin(scores: &[f64], own: usize) -> f64 {
    if let [score] = scores {
        return if own == 0 { *score } else { -score };
    }
    let others = scores.iter().enumerate().filter(|(k, _)| *k != own).map(|(_, f)| *f);
    scores[own] - others.fold(f64::NEG_INFINITY, f64::max)
}

fn log_loss(scores: &[f64], own: usize) -> f64 {
    if scores.len() == 1 {
        return linecall_kernels::log1p_exp(-margin(scores, own));
    }
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scores.iter().map(|f| linecall_kernels::exp(f - top)).sum();
    top + sum.ln() - scores[own]
}

/// The largest difference between a model and what its formula gives: of a coefficient, times the
/// deviation of its column, or of an intercept.
pub(super) fn distance(task: &Task, model: &LinearModel, solved: &Solved) -> f64 {
    let deviation = Scaling::of(&View::plain(task.design), &task.share(), true, false).deviation;
    let mut worst = 0f64;
    for (found, expected) in model.coef().iter().zip(&solved.coef) {
        for ((a, b), s) in found.iter().zip(expected).zip(&deviation) {
            worst = worst.max((a - b).abs() * s);
        }
    }
    let intercepts = model.intercept().iter().zip(&solved.intercept);
    intercepts.fold(worst, |worst, (a, b)| worst.max((a - b).abs()))
}
