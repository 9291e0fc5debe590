//! Fitting the rule.

use linecall_linear::LinearModel;
use serde::{Deserialize, Serialize};

use super::cells::{Cells, SLACK};
use super::group_models::GroupModels;
use super::margin::{self, Guarantee};
use super::options::{BiasOptions, Margin, Measure, Sample};
use super::relaxed::Relaxed;
use super::rule::BiasRule;
use super::search::{Found, search};
use super::sweep::gaps;
use crate::Result;

/// Trials of a wider margin, at most.
const TRIALS: usize = 12;

/// How calls stand on the fitting rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Gap of each condition, as the options measure it.
    pub gaps: Vec<f64>,
    /// Gap of each condition by the group models' law. Where it is far from an observed gap, the
    /// group models are not calibrated.
    pub modelled_gaps: Vec<f64>,
    /// Expected accuracy by the model's own probabilities.
    pub expected_accuracy: f64,
    /// Share of right calls.
    pub accuracy: f64,
    /// Share called favourable.
    pub favourable: f64,
}

/// A fitted rule and what is known of it. Figures of the fitting rows flatter it: measure it on
/// others with [`evaluate_rule`](super::evaluate_rule).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiasFit {
    /// The rule.
    pub rule: BiasRule,
    /// The model's own calls.
    pub before: Standing,
    /// The rule's calls.
    pub after: Standing,
    /// Whether every gap is within its `delta` (less the margin) on the fitting rows. A rule that
    /// does not randomise cannot always do it, as when a few values of `x` are all there is.
    pub met: bool,
    /// Share of calls turned to favourable, and to unfavourable.
    pub turned: [f64; 2],
    /// Cells: rows that the rule cannot tell apart count once.
    pub cells: u64,
    /// The randomised optimum.
    pub relaxed: Relaxed,
    /// Expected accuracy that the rule loses beyond the randomised optimum. Below zero where the
    /// rule does not meet a gap that the randomised one does.
    pub rounding_cost: f64,
    /// Largest gap beyond what was asked for, 0 when met: what rounding costs in fairness.
    pub rounding_excess: f64,
    /// What holds for the population, when a margin was asked for.
    pub guarantee: Option<Guarantee>,
}

/// Fits a rule on rows whose groups and true classes are known. `models` come from
/// [`GroupModels::fit`], best on other rows.
///
/// # Errors
/// When the model has not two classes or no probabilities, sizes or groups do not fit together, a
/// setting is out of range, or a share has no rows.
pub fn fit_rule(
    model: &LinearModel,
    models: &GroupModels,
    sample: &Sample,
    options: &BiasOptions,
) -> Result<BiasFit> {
    sample.check()?;
    options.check(sample.attributes.len())?;
    let favourable = options.favourable_of(model)?;
    let cells = Cells::of(model, models, sample, options)?;
    margin::check(options.margin, &cells)?;
    let (found, shrink) = with_margin(&cells, options);
    let turned = cells.turned(&found.multipliers);
    let untouched = vec![false; cells.len()];
    let before = standing(&cells, options.measure, &untouched);
    let after = standing(&cells, options.measure, &turned);
    let sum = |up: bool| {
        let own = (0..cells.len()).filter(|&c| turned[c] && cells.up[c] == up);
        own.map(|c| cells.weight[c]).sum::<f64>()
    };
    let guarantee = guarantee(options.margin, &cells, &turned);
    let excess = cells.excess(&found.standing.rates, &shrink);
    Ok(BiasFit {
        rule: cells.rule(favourable, models, &found.multipliers),
        before,
        after,
        met: excess <= SLACK,
        turned: [sum(false), sum(true)],
        cells: cells.len() as u64,
        relaxed: found.relaxed,
        rounding_cost: found.standing.cost - found.relaxed.cost,
        rounding_excess: if excess <= SLACK { 0.0 } else { excess },
        guarantee,
    })
}

/// What a margin guarantees of a rule that is there already, on the rows that it was fitted on;
/// `None` without one. `options` are those of the fit.
///
/// # Errors
/// As for [`fit_rule`], and when the rule's conditions are not those of the options.
pub fn rule_guarantee(
    rule: &BiasRule,
    model: &LinearModel,
    sample: &Sample,
    options: &BiasOptions,
) -> Result<Option<Guarantee>> {
    sample.check()?;
    options.check(sample.attributes.len())?;
    rule.check(model)?;
    let models = GroupModels { models: rule.models.clone() };
    let cells = Cells::of(model, &models, sample, options)?;
    margin::check(options.margin, &cells)?;
    let multipliers = rule.multipliers();
    if multipliers.len() != cells.rates {
        let (what, found) = ("multipliers of the rule", multipliers.len());
        return Err(crate::Error::Shape { what, found, expected: cells.rates });
    }
    Ok(guarantee(options.margin, &cells, &cells.turned(&multipliers)))
}

fn guarantee(margin: Margin, cells: &Cells, turned: &[bool]) -> Option<Guarantee> {
    let observed = cells.rates_of(Measure::Observed, turned);
    let upper = margin::upper(margin, cells, &observed)?;
    let holds = upper.iter().zip(&cells.blocks).all(|(u, b)| *u <= b.delta + SLACK);
    Some(Guarantee { margin, upper, holds })
}

/// Searches with the smallest margin that makes the upper ends of the gaps hold.
fn with_margin(cells: &Cells, options: &BiasOptions) -> (Found, Vec<f64>) {
    let mut shrink = vec![0.0; cells.blocks.len()];
    let mut found = search(cells, options.measure, &shrink);
    for _ in 0..TRIALS {
        let Some(upper) = margin::upper(options.margin, cells, &found.standing.rates) else {
            break;
        };
        let mut short = false;
        let gaps = gaps(cells, &found.standing.rates);
        for (k, (shrink, block)) in shrink.iter_mut().zip(&cells.blocks).enumerate() {
            let over = upper[k] - block.delta;
            if over > SLACK && *shrink < block.delta {
                // The next gap is to be smaller than this one by a little more than is missing.
                let least = (block.delta - gaps[k]).max(*shrink);
                *shrink = (least + 1.01 * over).min(block.delta);
                short = true;
            }
        }
        if !short {
            break;
        }
        found = search(cells, options.measure, &shrink);
    }
    (found, shrink)
}

fn standing(cells: &Cells, measure: Measure, turned: &[bool]) -> Standing {
    let mut standing = Standing {
        gaps: gaps(cells, &cells.rates_of(measure, turned)),
        modelled_gaps: gaps(cells, &cells.rates_of(Measure::Modelled, turned)),
        expected_accuracy: 0.0,
        accuracy: 0.0,
        favourable: 0.0,
    };
    for (c, turned) in turned.iter().enumerate() {
        let (up, weight, p) = (cells.up[c] ^ turned, cells.weight[c], cells.probability[c]);
        standing.expected_accuracy += weight * if up { p } else { 1.0 - p };
        standing.accuracy += if up { cells.deserved[c] } else { weight - cells.deserved[c] };
        standing.favourable += if up { weight } else { 0.0 };
    }
    standing
}
