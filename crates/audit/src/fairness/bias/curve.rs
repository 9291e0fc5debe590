//! What does fairness cost? Accuracy over the gap that is allowed.

use linecall_linear::LinearModel;
use serde::{Deserialize, Serialize};

use super::evaluate::{BiasEvaluation, evaluate_rule};
use super::fit::{BiasFit, fit_rule};
use super::group_models::GroupModels;
use super::options::{BiasOptions, Sample};
use crate::Result;
use crate::fairness::GroupOptions;

/// One point of the curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Largest gap that is allowed.
    pub delta: f64,
    /// The rule, and how it stands on the fitting rows.
    pub fit: BiasFit,
    /// How it does on other rows.
    pub held_out: Option<BiasEvaluation>,
}

/// A rule for each `delta` (given to every constraint), smallest first, each measured on held-out
/// rows where there are any. Expected accuracy on the fitting rows never falls as `delta` grows: a
/// rule found for a smaller one is kept where it loses less.
///
/// # Errors
/// As for [`fit_rule`] and [`evaluate_rule`].
pub fn accuracy_fairness_curve(
    model: &LinearModel,
    models: &GroupModels,
    sample: &Sample,
    held_out: Option<&Sample>,
    options: &BiasOptions,
    deltas: &[f64],
) -> Result<Vec<CurvePoint>> {
    let mut deltas = deltas.to_vec();
    deltas.sort_by(f64::total_cmp);
    deltas.dedup();
    let mut points: Vec<CurvePoint> = Vec::with_capacity(deltas.len());
    for delta in deltas {
        let mut fit = fit_rule(model, models, sample, &options.with_delta(delta))?;
        let kept = points.last().filter(|p| {
            p.fit.met && (!fit.met || p.fit.after.expected_accuracy > fit.after.expected_accuracy)
        });
        if let Some(kept) = kept {
            let (relaxed, asked) = (fit.relaxed, fit.before.expected_accuracy);
            let lost = asked - kept.fit.after.expected_accuracy;
            fit = BiasFit { relaxed, rounding_cost: lost - relaxed.cost, ..kept.fit.clone() };
        }
        let measured =
            held_out.map(|rows| evaluate_rule(&fit.rule, model, rows, &GroupOptions::default()));
        points.push(CurvePoint { delta, fit, held_out: measured.transpose()? });
    }
    Ok(points)
}
