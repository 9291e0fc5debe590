//! Intervals that end where the likelihood has fallen by as much as chance would have it.
//!
//! All values of a coefficient at which twice the log-likelihood, maximised over the other
//! coefficients, is within the chi-squared quantile of its maximum (Venzon & Moolgavkar, "A method
//! for computing profile-likelihood-based confidence intervals", Applied Statistics, 1988): what R's
//! `confint` gives for a `glm`, without its interpolation. They keep the skewness that Wald intervals
//! lose, and do not depend on how the column is measured. The test is the likelihood ratio test. The
//! standard error that is told beside them is the model-based one.
//!
//! Cost: some 20 to 40 Newton steps a coefficient, each of one pass and `(d K)^3` time; coefficients
//! are shared out among threads.

use rayon::prelude::*;

use super::estimate::Estimate;
use super::likelihood::LikelihoodSummary;
use super::model_based::target;
use super::not_valid;
use super::root::{At, Profile};
use super::table::{InferenceRow, InferenceTable, Standing, Statistic};
use crate::Result;
use crate::loss::Loss;

pub(super) fn table(own: &Estimate) -> Result<InferenceTable> {
    if own.plan.loss != Loss::Logistic {
        return Err(not_valid(
            own.method,
            format!(
                "the {} loss is no log-likelihood that a profile could be taken of",
                own.plan.loss
            ),
            "use hc0 to hc3 or bootstrap",
        ));
    }
    if !own.terms.is_none() {
        return Err(not_valid(
            own.method,
            "the coefficients are penalised (or bounded), and what the objective loses is not \
             chi-squared",
            "fit with --penalty none, or use firth",
        ));
    }
    own.needs_counts()?;
    let assumption = "rows are independent, the log odds are linear in the columns, and twice the loss \
                      of log-likelihood is chi-squared (fewer rows will do than for `model`)";
    let mut table = own.table(assumption, target(false), Statistic::SignedRoot);
    let (slopes, parameters) = own.counts();
    if own.is_likelihood() {
        let log_likelihood = -own.total * own.pass.loss;
        let weights = own.class_weight();
        let intercept = own.has_intercept();
        table.likelihood =
            Some(LikelihoodSummary::new(log_likelihood, &weights, slopes, parameters, intercept));
    }
    let curve = |theta: &[f64]| {
        let pass = own.setup.problem.pass(&own.scatter(theta));
        let factor = own.factor(&own.with_penalty(own.curvature(&pass)))?;
        Ok(At { value: pass.loss, gradient: own.gather(&pass.gradient), factor })
    };
    let theta = own.gather(&own.theta);
    let at = curve(&theta)?;
    let targets = own.targets();
    let solved = own.solved(&at.factor, &targets);
    let profile = Profile { curve: &curve, total: own.total, theta, value: at.value };
    let variance = |t: usize| {
        let own = targets[t].weights.iter().map(|(at, a)| a * solved[(*at, t)]);
        own.sum::<f64>() / profile.total
    };
    let wald = own.wald(&targets, Statistic::SignedRoot, |t, target| {
        Some((target.of(&profile.theta), variance(t)))
    });
    let rows: Result<Vec<InferenceRow>> = wald
        .into_par_iter()
        .zip(&targets)
        .map(|(row, target)| profiled(&profile, &target.weights, row, own.options.confidence))
        .collect();
    table.rows = rows?;
    table.remarks.extend(open_ends(&table.rows));
    Ok(table)
}

/// A row with the test and the interval of a profile.
pub(super) fn profiled(
    profile: &Profile,
    weights: &[(usize, f64)],
    mut row: InferenceRow,
    confidence: f64,
) -> Result<InferenceRow> {
    let (Standing::Estimated, Some(std_err)) = (row.standing, row.std_err) else { return Ok(row) };
    let statistic = Statistic::SignedRoot;
    let root = profile.root(weights, 0.0)?;
    row.statistic = Some(root);
    row.p_value = Some(statistic.two_sided(root));
    let reach = statistic.reach(confidence);
    row.low = profile.end(weights, -1.0, std_err, reach)?;
    row.high = profile.end(weights, 1.0, std_err, reach)?;
    Ok(row)
}

/// Says which intervals have no end.
pub(super) fn open_ends(rows: &[InferenceRow]) -> Option<String> {
    let open = rows.iter().filter(|row| row.standing == Standing::Estimated);
    let open = open.filter(|row| row.low.is_none() || row.high.is_none());
    let names: Vec<String> = open.map(|row| row.term.clone()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{}: the likelihood never falls far enough on one side, so that the interval has no end \
             there.",
            super::estimate::listed(&names)
        )
    })
}
