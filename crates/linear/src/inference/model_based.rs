//! How sure a model is of its coefficients if its likelihood is right.
//!
//! Without a penalty the covariance is the inverse of the information, `V = phi (S H)^-1`, `H` the
//! curvature of the weighted mean loss: what statsmodels' `Logit`, `MNLogit` and `OLS` call
//! `nonrobust`. `phi` is 1 for the logistic loss; for the squared loss it is the residual sum of
//! squares over `S - p`, and coefficients are held against Student's distribution.
//!
//! Under l2 of curvature `D` the estimate varies around the minimum of the penalised objective with
//! `V = phi (H + D)^-1 H (H + D)^-1 / S`, and that minimum is off by about `-(H + D)^-1 D theta`, which
//! is told as `bias` (le Cessie & van Houwelingen, "Ridge estimators in logistic regression", Applied
//! Statistics, 1992, section 3). It is taken at the estimate, which the penalty has already drawn to
//! 0, so it understates. The wider `phi (H + D)^-1 / S`, the posterior covariance of a normal prior,
//! is not used: it covers the unpenalised coefficients on average over that prior alone.
//!
//! Cost: one pass, `(d K)^2` memory and `(d K)^3` time.

use super::estimate::Estimate;
use super::likelihood::LikelihoodSummary;
use super::not_valid;
use super::table::{InferenceTable, Statistic};
use crate::Result;
use crate::loss::Loss;

pub(super) fn table(own: &Estimate) -> Result<InferenceTable> {
    own.needs_smooth_penalty()?;
    if !matches!(own.plan.loss, Loss::Logistic | Loss::Squared) {
        return Err(not_valid(
            own.method,
            format!(
                "the {} loss is no log-likelihood, so its curvature is not information",
                own.plan.loss
            ),
            "use hc0 to hc3 or bootstrap",
        ));
    }
    own.needs_counts()?;
    let squared = own.plan.loss == Loss::Squared;
    let (slopes, parameters) = own.counts();
    let df = own.total - (parameters / own.scores_told().max(1)) as f64;
    if squared && df <= 0.0 {
        return Err(not_valid(
            own.method,
            format!("{} rows leave nothing to judge {parameters} coefficients by", own.total),
            "choose fewer columns",
        ));
    }
    let dispersion = if squared { dispersion(own, df) } else { Vec::new() };
    let statistic = if squared { Statistic::T { df } } else { Statistic::Z };
    let penalised = !own.terms.l2.is_zero();
    let assumption = match (squared, own.k) {
        (true, _) => {
            "rows are independent, and residuals have one variance for every row (they \
                      cannot quite, of classes coded -1 and 1: hc3 does without)"
        }
        (false, 1) => "rows are independent, and the log odds are linear in the columns",
        (false, _) if own.base.is_some() => {
            "rows are independent, and the log odds between classes are linear in the columns"
        }
        _ => "rows are independent, and the log odds of each score are linear in the columns",
    };
    let mut table = own.table(assumption, target(penalised), statistic);
    if own.is_likelihood() && !penalised {
        let log_likelihood = -own.total * own.pass.loss;
        let weights = own.class_weight();
        let intercept = own.has_intercept();
        table.likelihood =
            Some(LikelihoodSummary::new(log_likelihood, &weights, slopes, parameters, intercept));
    }
    let plain = own.curvature(&own.pass);
    let mut meat = plain.clone();
    for b in 0..own.len() {
        let phi = dispersion.get(b / own.width).copied().unwrap_or(1.0);
        (0..own.len()).for_each(|a| meat[(a, b)] *= phi / own.total);
    }
    let factor = own.factor(&own.with_penalty(plain))?;
    let targets = own.targets();
    let solved = own.solved(&factor, &targets);
    let variances = super::sandwich::variances(&solved, &meat);
    let theta = own.gather(&own.theta);
    table.rows = own.wald(&targets, statistic, |t, target| Some((target.of(&theta), variances[t])));
    own.biases(&solved, &mut table.rows);
    table.dispersion = dispersion;
    if penalised {
        table.remarks.push(bias_remark(own));
    }
    Ok(table)
}

/// What intervals are of.
pub(super) fn target(penalised: bool) -> &'static str {
    if penalised {
        "the coefficients that the penalised objective has for the population, which the penalty \
         draws towards 0; they do not cover the unpenalised ones"
    } else {
        "the coefficients that the population has"
    }
}

/// What the penalty does to coefficients.
pub(super) fn bias_remark(own: &Estimate) -> String {
    format!(
        "The l2 penalty (lambda {:e}) draws coefficients towards 0: `bias` is a first-order estimate \
         of by how much, and understates it; no interval and no test allows for it.",
        own.plan.penalty.lambda()
    )
}

/// Residual sum of squares over its degrees of freedom, by score.
fn dispersion(own: &Estimate, df: f64) -> Vec<f64> {
    let (weight, k) = (&own.setup.problem.weight, own.k);
    (0..k)
        .map(|c| {
            let squares = weight.iter().enumerate().filter(|(_, t)| **t > 0.0);
            let squares = squares.map(|(i, t)| own.pass.slope[i * k + c].powi(2) / t);
            squares.sum::<f64>() * own.total / df
        })
        .collect()
}
