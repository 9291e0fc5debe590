//! Intervals after an L1 penalty: one step from the lasso towards the unpenalised fit.
//!
//! The lasso is biased and has no normal limit. `b = theta - Theta g`, `g` the gradient of the mean
//! loss at `theta` and `Theta` an approximate inverse of its curvature `Sigma`, is normal
//! with covariance `Theta J Theta'`, `J` as in the sandwich (van de Geer, Bühlmann, Ritov & Dezeure,
//! "On asymptotically optimal confidence regions and tests for high-dimensional models", Annals of
//! Statistics, 2014, sections 2 and 3; Zhang & Zhang 2014; Javanmard & Montanari 2014). Row `j` of `Theta`
//! comes from the lasso of column `j` on the others (Meinshausen & Bühlmann 2006), all weighted by the
//! curvature of the loss: with coefficients `gamma` and `tau^2 = Sigma_jj - Sigma_j. gamma`, it is
//! `(-gamma, 1) / tau^2`.
//!
//! Departures: the step starts at the refit without a penalty of the columns that the lasso kept, whose
//! curvature is nearer to the truth's (Belloni, Chernozhukov & Wei, "Post-selection inference for generalized
//! linear models with many controls", Journal of Business & Economic Statistics, 2016, step 1), or at the
//! lasso where they separate the classes; the intercept, which is not penalised, is taken out of every column first (weighted
//! means), and has no interval; columns are scaled to unit curvature, and the strength of a nodewise
//! lasso is `sigma_j sqrt(2 log(p) / n)` with `sigma_j` the residual size of that very regression (the
//! scaled lasso of Sun & Zhang 2012), so that nothing is tuned; `J` is multiplied by `n / (n - s)`, `s`
//! the coefficients that the lasso kept and the intercept, since its residuals are too small.
//!
//! Cost: `d^2` memory, and coordinate descent of `d^2` a sweep for every column that is told of.

use faer::Mat;
use faer::linalg::solvers::Solve;
use rayon::prelude::*;

use super::estimate::{Estimate, listed};
use super::not_valid;
use super::root::{At, minimum};
use super::table::{InferenceTable, Standing, Statistic};
use crate::gram::gram;
use crate::loss::Loss;
use crate::penalty::Penalty;
use crate::separation::refuse_recession;
use crate::{Error, Result};

/// Most columns: every one takes a lasso on the others.
const MOST: usize = 2_000;

/// An entry of `Sigma Theta' - I` above this makes what is left of the bias worth a remark.
const COARSE: f64 = 0.5;

pub(super) fn table(own: &Estimate) -> Result<InferenceTable> {
    check(own)?;
    let assumption = "rows are independent, the log odds (or the mean, of the squared loss) are linear in \
                      the columns, few columns have a say (of the order of sqrt(n) / log(d)), and each \
                      column is nearly a combination of few others";
    let target = "the coefficients that the population has, without a penalty";
    let mut table = own.table(assumption, target, Statistic::Z);
    let d = own.width - 1;
    let lasso = own.gather(&own.theta);
    let kept = lasso[..d].iter().filter(|v| **v != 0.0).count();
    let n = own.rows as f64;
    let spent = (kept + usize::from(own.has_intercept())) as f64;
    if spent >= n {
        return Err(not_valid(
            own.method,
            format!("the lasso kept {kept} of {d} columns, as many as there are rows"),
            "penalise more (a larger --lambda)",
        ));
    }
    let problem = &own.setup.problem;
    let refit = refit(own, &lasso);
    let refitted = refit.is_some();
    let theta = refit.unwrap_or(lasso);
    let pass = problem.pass(&own.scatter(&theta));
    let mut sigma = own.curvature(&pass);
    let squares: Vec<f64> = pass.slope.iter().map(|r| r * r * n / (n - spent)).collect();
    let mut meat = gram(problem, &squares, &own.columns);
    let gradient = own.gather(&pass.gradient);
    if own.has_intercept() {
        let mean: Vec<f64> = (0..d).map(|j| sigma[(j, d)] / sigma[(d, d)]).collect();
        centre(&mut sigma, &mean);
        centre(&mut meat, &mean);
    }
    let unit: Vec<f64> = (0..d).map(|j| sigma[(j, j)].max(0.0).sqrt()).collect();
    let correlation = Mat::from_fn(d, d, |a, b| sigma[(a, b)] / (unit[a] * unit[b]));
    let targets = own.targets();
    let nodes: Vec<Option<Node>> = targets
        .par_iter()
        .map(|target| match (target.column, target.weights.as_slice()) {
            (Some(_), [(at, _)]) if target.standing == Standing::Estimated => {
                node(&correlation, *at, n)
            }
            _ => None,
        })
        .collect();
    table.rows = own.wald(&targets, Statistic::Z, |t, target| {
        let (node, (at, scale)) = (nodes[t].as_ref()?, target.weights.first()?);
        // In units of the parameters: row `at` of Theta.
        let row: Vec<f64> = (0..d).map(|j| node.row[j] / (unit[*at] * unit[j])).collect();
        let step: f64 = row.iter().zip(&gradient).map(|(a, g)| a * g).sum();
        let spread = |a: usize| row.iter().enumerate().map(|(b, v)| meat[(a, b)] * v).sum::<f64>();
        let variance: f64 = row.iter().enumerate().map(|(a, v)| v * spread(a)).sum();
        Some((scale * (theta[*at] - step), scale * scale * variance))
    });
    table.remarks.push(format!(
        "The lasso kept {kept} of {d} columns; coefficients are one step from {}, not the model's.",
        if refitted {
            "their refit without a penalty"
        } else {
            "the lasso (they separate the classes)"
        }
    ));
    let coarse = table.rows.iter().zip(&nodes);
    let coarse = coarse.filter(|(_, node)| node.as_ref().is_some_and(|node| node.left > COARSE));
    let names: Vec<String> = coarse.map(|(row, _)| row.term.clone()).collect();
    if !names.is_empty() {
        table.remarks.push(format!(
            "{}: so nearly combinations of other columns for these rows that the step leaves bias \
             behind; their intervals may be off.",
            listed(&names)
        ));
    }
    Ok(table)
}

/// The fit without a penalty of the columns that the lasso kept; `None` where there is none.
fn refit(own: &Estimate, lasso: &[f64]) -> Option<Vec<f64>> {
    let problem = &own.setup.problem;
    let d = own.width - 1;
    let kept: Vec<usize> = (0..own.width)
        .filter(|&at| if at == d { own.has_intercept() } else { lasso[at] != 0.0 })
        .collect();
    let whole = |part: &[f64]| {
        let mut theta = vec![0.0; own.width];
        kept.iter().zip(part).for_each(|(&at, v)| theta[at] = *v);
        theta
    };
    let curve = |part: &[f64]| {
        let pass = problem.pass(&own.scatter(&whole(part)));
        let (h, gradient) = (own.curvature(&pass), own.gather(&pass.gradient));
        let h = Mat::from_fn(kept.len(), kept.len(), |a, b| h[(kept[a], kept[b])]);
        let gradient = kept.iter().map(|&at| gradient[at]).collect();
        Ok(At { value: pass.loss, gradient, factor: own.factor(&h)? })
    };
    if kept.is_empty() {
        return Some(vec![0.0; own.width]);
    }
    let start = kept.iter().map(|&at| lasso[at]).collect();
    let (part, at) = minimum(&curve, start).ok()?;
    // Of separated classes the slopes vanish and the steps stay long.
    let side = Mat::from_fn(kept.len(), 1, |a, _| -at.gradient[a]);
    let step = at.factor.solve(&side);
    let step: Vec<f64> = (0..kept.len()).map(|a| step[(a, 0)]).collect();
    refuse_recession(problem, &own.scatter(&whole(&step)), 1e-4).ok()?;
    Some(whole(&part))
}

fn check(own: &Estimate) -> Result<()> {
    let refuse = |problem: String, mend: &str| Err(not_valid(own.method, problem, mend));
    if !matches!(own.plan.loss, Loss::Logistic | Loss::Squared) || own.k != 1 {
        return refuse(
            "it is made for the logistic and squared losses of two classes".to_owned(),
            "use bootstrap",
        );
    }
    match own.plan.penalty {
        Penalty::L1 { .. } | Penalty::ElasticNet { .. } => {}
        other => {
            return refuse(
                format!(
                    "it corrects an L1 penalty, and this is {}",
                    other.name().replace('_', " ")
                ),
                "use model or hc0 to hc3 (none, l2), or bootstrap (group lasso)",
            );
        }
    }
    if !own.plan.columns.bounds.is_empty() {
        return refuse("coefficients are held within bounds".to_owned(), "fit without --bounds");
    }
    if own.width - 1 > MOST {
        return Err(Error::TooWide {
            what: "the debiased lasso",
            columns: own.width - 1,
            limit: MOST,
            mend: "choose fewer columns, or use bootstrap",
        });
    }
    Ok(())
}

/// `sum_i c_i (z_i - m)(z_i - m)'` from sums that hold the intercept's last.
fn centre(sums: &mut Mat<f64>, mean: &[f64]) {
    let d = mean.len();
    let (edge, all): (Vec<f64>, f64) = ((0..d).map(|j| sums[(j, d)]).collect(), sums[(d, d)]);
    for b in 0..d {
        for a in 0..d {
            let cross = mean[a] * edge[b] + edge[a] * mean[b];
            sums[(a, b)] += mean[a] * mean[b] * all - cross;
        }
    }
}

/// A row of the approximate inverse of a correlation matrix.
struct Node {
    row: Vec<f64>,
    /// The largest entry of `R row - e_j`.
    left: f64,
}

/// The scaled lasso of column `j` on the others; `None` where nothing of the column is left.
fn node(r: &Mat<f64>, j: usize, n: f64) -> Option<Node> {
    let d = r.nrows();
    let universal = (2.0 * (d.max(2) as f64).ln() / n).sqrt();
    let mut gamma = vec![0.0; d];
    // R gamma, kept as gamma changes.
    let mut fitted = vec![0.0; d];
    let mut noise = 1.0;
    for _ in 0..100 {
        lasso(r, j, noise * universal, &mut gamma, &mut fitted);
        let explained: f64 = gamma.iter().enumerate().map(|(k, g)| g * r[(j, k)]).sum();
        let quadratic: f64 = gamma.iter().zip(&fitted).map(|(g, f)| g * f).sum();
        let next = (1.0 - 2.0 * explained + quadratic).max(0.0).sqrt();
        let done = (next - noise).abs() <= 1e-8 * noise;
        noise = next;
        if done || noise <= 1e-8 {
            break;
        }
    }
    let tau = 1.0 - gamma.iter().enumerate().map(|(k, g)| g * r[(j, k)]).sum::<f64>();
    if !(tau > 1e-12 && tau.is_finite()) {
        return None;
    }
    let row: Vec<f64> = (0..d).map(|k| if k == j { 1.0 } else { -gamma[k] } / tau).collect();
    let left = (0..d).map(|k| {
        let entry = (r[(k, j)] - fitted[k]) / tau;
        (entry - f64::from(u8::from(k == j))).abs()
    });
    let left = left.fold(0.0, f64::max);
    Some(Node { row, left })
}

/// Coordinate descent on `1/2 gamma' R gamma - R_j' gamma + strength |gamma|_1`, `gamma_j = 0`.
fn lasso(r: &Mat<f64>, j: usize, strength: f64, gamma: &mut [f64], fitted: &mut [f64]) {
    for _ in 0..10_000 {
        let mut moved = 0f64;
        for k in (0..gamma.len()).filter(|k| *k != j) {
            let slope = r[(k, j)] - fitted[k] + gamma[k];
            let next = slope.signum() * (slope.abs() - strength).max(0.0);
            let change = next - gamma[k];
            if change != 0.0 {
                gamma[k] = next;
                fitted.iter_mut().zip(r.col_as_slice(k)).for_each(|(f, r)| *f += change * r);
                moved = moved.max(change.abs());
            }
        }
        if moved <= 1e-12 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With every column told apart exactly, the row is that of the inverse.
    #[test]
    fn without_a_penalty_a_node_is_a_row_of_the_inverse() {
        let r = Mat::from_fn(3, 3, |a, b| if a == b { 1.0 } else { [0.3, -0.2, 0.5][a + b - 1] });
        let (mut gamma, mut fitted) = (vec![0.0; 3], vec![0.0; 3]);
        lasso(&r, 1, 0.0, &mut gamma, &mut fitted);
        let tau = 1.0 - (0..3).map(|k| gamma[k] * r[(1, k)]).sum::<f64>();
        let row: Vec<f64> = (0..3).map(|k| if k == 1 { 1.0 } else { -gamma[k] } / tau).collect();
        for k in 0..3 {
            let entry: f64 = (0..3).map(|m| r[(k, m)] * row[m]).sum();
            assert!((entry - f64::from(u8::from(k == 1))).abs() < 1e-10);
        }
    }
}
