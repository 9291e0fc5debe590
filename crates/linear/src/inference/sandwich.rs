//! How sure a model is of its coefficients if only its rows are independent, or its clusters.
//!
//! `V = (H + D)^-1 J (H + D)^-1`, `J` the sum of the squares of the rows' own slopes: right whatever
//! the labels' distribution, in large samples (Huber 1967; White, "A heteroskedasticity-consistent
//! covariance matrix estimator", Econometrica, 1980). With row weights `s_i` the slopes hold `s_i` and
//! `J` its square, which is right for sampling weights.
//!
//! * `hc0`: as it is.
//! * `hc1`: times `n / (n - p)` (Hinkley 1977).
//! * `hc2`, `hc3`: slopes divided by `(1 - h_i)^(1/2)` and by `1 - h_i` (MacKinnon & White 1985), with
//!   the leverage of the weighted hat matrix, `h_i = s_i l''_i z_i' (S (H + D))^-1 z_i`, as in R's
//!   `sandwich::vcovHC` for generalised linear models (Zeileis, "Object-oriented computation of
//!   sandwich estimators", Journal of Statistical Software, 2006). Of one score, or scores apart.
//!   statsmodels' `Logit` gives HC0 under all four names; its `OLS` gives what is given here.
//! * `cluster`: slopes are added up by cluster first, times `G / (G - 1) (n - 1) / (n - p)` (Liang &
//!   Zeger 1986; the correction is that of statsmodels and Stata).
//!
//! Under l2 each row's slope includes its share of the penalty's, so that they sum to 0, and the
//! intervals are of the penalised coefficients. Coefficients are held against the normal distribution,
//! as in statsmodels.
//!
//! Cost: two passes (three with leverages), `(d K)^2` memory, `(d K)^3` time.

use faer::Mat;
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::{Llt, Solve};
use faer::{Accum, Par};
use rayon::prelude::*;

use super::estimate::Estimate;
use super::model_based::{bias_remark, target};
use super::not_valid;
use super::table::{InferenceMethod, InferenceTable, Statistic};
use crate::Result;
use crate::gram::gram_rows;
use crate::plan::ClassWeight;

/// Rows or clusters that are taken at once.
const BLOCK: usize = 256;

/// Fewer clusters than this leave intervals too narrow.
const FEW_CLUSTERS: usize = 40;

/// Fewer clusters than this say nothing (Cameron & Miller, "A practitioner's guide to cluster-robust
/// inference", 2015, section VI).
const FEWEST_CLUSTERS: usize = 10;

pub(super) fn table(own: &Estimate) -> Result<InferenceTable> {
    own.needs_smooth_penalty()?;
    let by_leverage = matches!(own.method, InferenceMethod::Hc2 | InferenceMethod::Hc3);
    if by_leverage && own.setup.problem.loss.is_coupled() {
        return Err(not_valid(
            own.method,
            "a row of jointly fitted scores has a matrix for a leverage, and no agreed correction by it",
            "use hc0 or hc1",
        ));
    }
    let penalised = !own.terms.l2.is_zero();
    let factor = own.factor(&own.with_penalty(own.curvature(&own.pass)))?;
    let clusters = match own.method {
        InferenceMethod::Cluster => Some(clusters(own)?),
        _ => None,
    };
    let assumption = match own.method {
        InferenceMethod::Cluster => {
            "clusters are independent of one another and many; rows of one may depend in any way"
        }
        InferenceMethod::Hc3 | InferenceMethod::Hc2 => {
            "rows are independent (their variances may differ, and the likelihood may be wrong)"
        }
        _ => {
            "rows are independent and many (their variances may differ, and the likelihood may be wrong)"
        }
    };
    let target = if penalised {
        target(true)
    } else {
        "the coefficients that the population has, or that come nearest to it where the likelihood is \
         wrong"
    };
    let mut table = own.table(assumption, target, Statistic::Z);
    let meat = match &clusters {
        Some(clusters) => {
            table.clusters = Some(clusters.len() as u64);
            clustered(own, clusters)
        }
        None => {
            let adjusted = adjusted(own, &factor)?;
            spread(own, &adjusted)
        }
    };
    let (_, parameters) = own.counts();
    let (n, p) = (own.rows as f64, parameters as f64);
    // Scores that are fitted apart have coefficients of their own.
    let p = if own.setup.problem.loss.is_coupled() { p } else { p / own.k as f64 };
    if matches!(own.method, InferenceMethod::Hc1 | InferenceMethod::Cluster) && n <= p {
        return Err(not_valid(
            own.method,
            format!("{n} rows leave nothing to judge {p} coefficients by"),
            "choose fewer columns",
        ));
    }
    let correction = match (own.method, &clusters) {
        (InferenceMethod::Hc1, _) => n / (n - p),
        (_, Some(clusters)) => {
            let g = clusters.len() as f64;
            g / (g - 1.0) * (n - 1.0) / (n - p)
        }
        _ => 1.0,
    };
    let targets = own.targets();
    let solved = own.solved(&factor, &targets);
    let variances = variances(&solved, &meat);
    let theta = own.gather(&own.theta);
    table.rows = own.wald(&targets, Statistic::Z, |t, target| {
        Some((target.of(&theta), correction * variances[t]))
    });
    own.biases(&solved, &mut table.rows);
    if let Some(clusters) = &clusters
        && clusters.len() < FEW_CLUSTERS
    {
        table.remarks.push(format!(
            "{} clusters are few: intervals are too narrow below about {FEW_CLUSTERS}; the bootstrap \
             by cluster is no better there.",
            clusters.len()
        ));
    }
    if own.plan.class_weight == ClassWeight::Balanced {
        table.remarks.push(
            "Weights of balanced classes are taken as given, not as estimated from the rows."
                .to_owned(),
        );
    }
    if penalised {
        table.remarks.push(bias_remark(own));
    }
    Ok(table)
}

/// `u' M u` for the columns `u` of a matrix.
pub(super) fn variances(solved: &Mat<f64>, meat: &Mat<f64>) -> Vec<f64> {
    let product = meat * solved;
    let dot = |t: usize| (0..solved.nrows()).map(|a| solved[(a, t)] * product[(a, t)]).sum();
    (0..solved.ncols()).map(dot).collect()
}

/// Slopes of the rows, divided as the method has it.
fn adjusted(own: &Estimate, factor: &Llt<f64>) -> Result<Vec<f64>> {
    let mut slope = own.pass.slope.clone();
    if !matches!(own.method, InferenceMethod::Hc2 | InferenceMethod::Hc3) {
        return Ok(slope);
    }
    let leverages = leverages(own, factor, &own.pass.state);
    for (at, (slope, h)) in slope.iter_mut().zip(&leverages).enumerate() {
        if *h >= 1.0 - 1e-10 {
            return Err(not_valid(
                own.method,
                format!(
                    "row {} decides a coefficient by itself (its leverage is 1)",
                    at / own.k + 1
                ),
                "use hc1",
            ));
        }
        *slope /= if own.method == InferenceMethod::Hc2 { (1.0 - h).sqrt() } else { 1.0 - h };
    }
    Ok(slope)
}

/// `c_i z_i' A z_i` of every row and score, `A` the block of the inverse curvature for the score;
/// for scores that are fitted apart.
pub(super) fn leverages(own: &Estimate, factor: &Llt<f64>, curvature: &[f64]) -> Vec<f64> {
    let (k, width) = (own.k, own.width);
    let problem = &own.setup.problem;
    let inverse: Mat<f64> = factor.solve(&Mat::<f64>::identity(k * width, k * width));
    let mut out = vec![0.0; curvature.len()];
    out.par_chunks_mut(BLOCK * k).enumerate().for_each(|(b, out)| {
        let rows = out.len() / k;
        let mut z = Mat::<f64>::zeros(width, rows);
        for r in 0..rows {
            let z = z.col_as_slice_mut(r);
            let (columns, one) = z.split_at_mut(width - 1);
            problem.rows().standard_row(b * BLOCK + r, &own.columns, &problem.scaling, columns);
            one.fill(f64::from(u8::from(problem.fit_intercept)));
        }
        let mut product = Mat::<f64>::zeros(width, rows);
        for c in 0..k {
            let block = inverse.submatrix(c * width, c * width, width, width);
            matmul(product.as_mut(), Accum::Replace, block, z.as_ref(), 1.0, Par::Seq);
            for r in 0..rows {
                let pairs = product.col_as_slice(r).iter().zip(z.col_as_slice(r));
                let size: f64 = pairs.map(|(a, z)| a * z).sum();
                out[r * k + c] = curvature[(b * BLOCK + r) * k + c] * size;
            }
        }
    });
    out
}

/// `sum_i psi_i psi_i'` with `psi_i = r_i z_i + t_i d`, `d` the slope of the penalty.
fn spread(own: &Estimate, slope: &[f64]) -> Mat<f64> {
    let k = own.k;
    let problem = &own.setup.problem;
    let mut meat = gram_rows(problem, &own.columns, k, &|i, k, out| {
        out.copy_from_slice(&slope[i * k..(i + 1) * k]);
    });
    if own.terms.l2.is_zero() {
        return meat;
    }
    let weight = &problem.weight;
    let weighted: Vec<f64> = slope.iter().enumerate().map(|(at, r)| weight[at / k] * r).collect();
    let sum = own.gather(&problem.rows_times(&weighted));
    let squares: f64 = weight.iter().map(|t| t * t).sum();
    let d = own.pull();
    for b in 0..own.len() {
        for a in 0..own.len() {
            meat[(a, b)] += sum[a] * d[b] + d[a] * sum[b] + squares * d[a] * d[b];
        }
    }
    meat
}

/// Rows of positive weight by cluster, in the order of the codes.
pub(super) fn clusters(own: &Estimate) -> Result<Vec<Vec<usize>>> {
    let codes = own.options.clusters.as_ref().or(own.data.groups.as_ref());
    let Some(codes) = codes else {
        return Err(not_valid(
            own.method,
            "nothing says which rows belong together",
            "name their column with --cluster",
        ));
    };
    let clusters = by_code(codes, &own.setup.problem.weight);
    if clusters.len() < FEWEST_CLUSTERS {
        return Err(not_valid(
            own.method,
            format!(
                "there are {} clusters, and their number is what must be large",
                clusters.len()
            ),
            format!("give {FEWEST_CLUSTERS} or more"),
        ));
    }
    Ok(clusters)
}

/// Rows of positive weight by code.
pub(super) fn by_code(codes: &[u32], weight: &[f64]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..codes.len()).filter(|&i| weight[i] > 0.0).collect();
    order.sort_by_key(|&i| (codes[i], i));
    order.chunk_by(|a, b| codes[*a] == codes[*b]).map(<[usize]>::to_vec).collect()
}

/// `sum_g psi_g psi_g'`, `psi_g` the sum over a cluster.
fn clustered(own: &Estimate, clusters: &[Vec<usize>]) -> Mat<f64> {
    let (k, width, size) = (own.k, own.width, own.len());
    let problem = &own.setup.problem;
    let d = own.pull();
    let mut meat = Mat::<f64>::zeros(size, size);
    for block in clusters.chunks(BLOCK) {
        let sum = |rows: &Vec<usize>| {
            let (mut sum, mut z) = (vec![0.0; size], vec![0.0; width]);
            z[width - 1] = f64::from(u8::from(problem.fit_intercept));
            for &i in rows {
                let columns = &mut z[..width - 1];
                problem.rows().standard_row(i, &own.columns, &problem.scaling, columns);
                for (at, sum) in sum.iter_mut().enumerate() {
                    let r = own.pass.slope[i * k + at / width];
                    *sum += r * z[at % width] + problem.weight[i] * d[at];
                }
            }
            sum
        };
        let sums: Vec<Vec<f64>> = block.par_iter().map(sum).collect();
        let sums = Mat::from_fn(size, block.len(), |at, g| sums[g][at]);
        matmul(meat.as_mut(), Accum::Add, sums.as_ref(), sums.transpose(), 1.0, Par::Seq);
    }
    meat
}
