//! A rule after the model, written as what every format prints: a threshold of the score, or steps of
//! which the largest calls its class.
//!
//! A threshold of one probability makes that class's step larger than all scores, or smaller. Of least
//! cost, each class's step is what calling it is worth. A rule for groups reads no group: it has models
//! of them over the same columns, whose scores are summed beside the model's own, and its step for the
//! favourable class is 1 or 0 against one half.

use linecall_audit::fairness::bias::{BiasRule, ETA_FLOOR};
use linecall_linear::LinearModel;
use linecall_linear::decide::{CostMatrix, Rule as Decision};

use super::link::{Compare, Expr, Steps, choose, constant, divide, multiply, subtract};
use super::program::Score;
use crate::{PostRule, Result};

/// Beyond every score.
const BEYOND: f64 = 1e300;

/// What calls in the model's stead.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    /// The positive class of two is called where the score is above this.
    Above(f64),
    /// The class of the largest of these steps is called, one a class, the first of equals.
    Largest {
        /// Positions of the steps.
        values: Vec<usize>,
        /// What they come from.
        told: Told,
    },
}

/// A rule that is more than a threshold of the score.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A class is called where its probability is above this; else the largest score of the others.
    Class(usize, f64),
    /// The class of least expected cost.
    Cost(CostMatrix),
    /// Calls are turned that close gaps between groups.
    Groups(BiasRule),
}

/// The rule, and the scores that it needs besides; what it computes is added to the steps.
///
/// # Errors
/// Where the rule does not fit the model.
pub(crate) fn of(
    post: &PostRule,
    model: &LinearModel,
    steps: &mut Steps,
) -> Result<(Rule, Vec<Score>)> {
    let own = match post {
        PostRule::BiasScoring(own) => return groups(&own.rule, model, steps),
        PostRule::Decision(own) => &own.rule,
    };
    own.check(model)?;
    let probability: Vec<Expr> = steps.probability.iter().copied().map(Expr::Step).collect();
    let (values, told): (Vec<Expr>, Told) = match own {
        Decision::Score { above } => return Ok((Rule::Above(*above), Vec::new())),
        Decision::Class { class, above } => {
            let of = |(k, p): (usize, &Expr)| match k == *class {
                true => choose(
                    p.clone(),
                    Compare::Above,
                    constant(*above),
                    constant(BEYOND),
                    constant(-BEYOND),
                ),
                false => Expr::Score(k),
            };
            (probability.iter().enumerate().map(of).collect(), Told::Class(*class, *above))
        }
        Decision::Cost { costs } => {
            let worth = |called: usize| {
                let of = |(truth, p): (usize, &Expr)| {
                    multiply(constant(-costs.cost(truth, called)), p.clone())
                };
                Expr::Add(probability.iter().enumerate().map(of).collect())
            };
            ((0..probability.len()).map(worth).collect(), Told::Cost(costs.clone()))
        }
        other => {
            return Err(crate::Error::Question(format!(
                "no export carries the rule after the model ({other:?}); export the model that the \
                 rule was put after"
            )));
        }
    };
    Ok((largest(values, told, steps), Vec::new()))
}

fn largest(values: Vec<Expr>, told: Told, steps: &mut Steps) -> Rule {
    let place = |value: Expr| {
        steps.step(value);
        steps.steps.len() - 1
    };
    Rule::Largest { values: values.into_iter().map(place).collect(), told }
}

/// A rule that turns calls: the favourable class is called where `c = 1` and not `pressure > eta(x)`, or
/// `c = 0` and `-pressure > eta(x)`.
fn groups(own: &BiasRule, model: &LinearModel, steps: &mut Steps) -> Result<(Rule, Vec<Score>)> {
    own.check(model)?;
    let (mut hidden, mut probability) = (Vec::new(), Vec::new());
    for group in &own.models {
        let fitted = group.model.model()?;
        let p = steps.link(&fitted, model.n_scores() + hidden.len());
        probability.push(p.into_iter().map(|p| steps.simple(p)).collect::<Vec<Expr>>());
        let parts = fitted.coef().iter().zip(fitted.intercept());
        hidden.extend(parts.map(|(coef, intercept)| Score {
            class: group.attribute.clone(),
            intercept: *intercept,
            coef: coef.clone(),
        }));
    }
    let mut terms = Vec::new();
    for condition in &own.conditions {
        let (Some(group), Some(p)) =
            (own.models.get(condition.attribute), probability.get(condition.attribute))
        else {
            continue;
        };
        let weights = condition.multiplier.iter().zip(&condition.prior);
        for (g, (multiplier, prior)) in weights.enumerate().filter(|(_, (v, _))| **v != 0.0) {
            let at = |k: usize| p.get(k).cloned().unwrap_or(constant(0.0));
            let p = match (group.joint, condition.given) {
                (false, _) => at(g),
                (true, None) => Expr::Add(vec![at(2 * g), at(2 * g + 1)]),
                (true, Some(favourable)) => at(2 * g + usize::from(favourable)),
            };
            terms.push(multiply(constant(*multiplier), divide(p, constant(*prior))));
        }
    }
    terms.push(constant(0.0));
    let pressure = steps.step(Expr::Add(terms));
    let p = steps.probability.get(own.favourable).copied().map_or(constant(0.5), Expr::Step);
    let twice = steps.step(multiply(constant(2.0), p));
    let mut cost = |eta: Expr| {
        let (eta, floor) = (steps.step(eta), constant(ETA_FLOOR));
        steps.step(choose(eta.clone(), Compare::Above, floor.clone(), eta, floor))
    };
    let (up, down) =
        (cost(subtract(twice.clone(), constant(1.0))), cost(subtract(constant(1.0), twice)));
    let (yes, no) = (constant(1.0), constant(0.0));
    let stays = steps.step(choose(up, Compare::AtLeast, pressure.clone(), yes.clone(), no.clone()));
    let turned = subtract(constant(0.0), pressure);
    let comes = steps.step(choose(turned, Compare::Above, down, yes, no));
    // The model's own call first: of two classes one score, or two of which the first of equals.
    let favourable = match model.positive() {
        Some(positive) if positive == own.favourable => {
            choose(Expr::Score(0), Compare::Above, constant(0.0), stays, comes)
        }
        Some(_) => choose(Expr::Score(0), Compare::Above, constant(0.0), comes, stays),
        None if own.favourable == 1 => {
            choose(Expr::Score(1), Compare::Above, Expr::Score(0), stays, comes)
        }
        None => choose(Expr::Score(1), Compare::Above, Expr::Score(0), comes, stays),
    };
    let half = constant(0.5);
    let values = if own.favourable == 0 { vec![favourable, half] } else { vec![half, favourable] };
    Ok((largest(values, Told::Groups(own.clone()), steps), hidden))
}
