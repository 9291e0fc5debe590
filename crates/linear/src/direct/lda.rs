//! Linear discriminant analysis with shrinkage.
//!
//! In class `k` rows are Gaussian with mean `mu_k` and a covariance that all classes share; the log
//! posterior is then linear in the row (Fisher 1936; Rao 1948):
//! `f_k = log prior_k + (x - m)' w_k - 1/2 (mu_k - m)' w_k`, `C w_k = mu_k - m`,
//! with any reference `m`, here the mean of the class means. As in scikit-learn's
//! `LinearDiscriminantAnalysis(solver="lsqr")`, `C = sum_k prior_k C_k` with the class covariances
//! `C_k` (divisor `S_k`), each drawn to `mu I` before they are added (see [`crate::class_stats`]).
//! With `standardize` that happens between columns of unit deviation within the class (for a fixed
//! share: within all classes), so that units do not matter; scikit-learn does so for
//! `shrinkage="auto"` and not for a number.
//!
//! The equations are solved by Cholesky's factorisation of the correlations. Where columns
//! determine others (a pivot below 1e-10 of the column's variance) the solution of least length in
//! standardised units is taken, from eigenvectors; the certificate says the rank. A column without
//! variance has coefficient 0. Certificate: the largest violation of the equations, in deviations
//! of the column, and of the formula for the intercepts.
//!
//! Cost: two passes and `n d^2 / 2` multiplications (three passes where the shrinkage is
//! estimated), then `d^3 / 3`; at most 5,000 columns, sparse rows included.

use super::task::centre;
use super::{Notes, Priors, Shrinkage, Solved, Task};
use crate::class_stats::{
    ClassStats, Factor, Keep, MOST_COLUMNS, Whitening, fourth_moment, ledoit_wolf,
    oracle_approximating, trace,
};
use crate::{Error, LinearModel, Result};

/// What of a column must be left by those before it, as a share of its variance.
const DEPENDENT: f64 = 1e-10;

/// The linear equations that define the coefficients.
pub(super) struct Equations {
    /// `C`, symmetric.
    covariance: Vec<f64>,
    /// Square roots of its diagonal.
    deviation: Vec<f64>,
    means: Vec<Vec<f64>>,
    reference: Vec<f64>,
    pub(super) notes: Notes,
}

impl Equations {
    /// Covariance, means and priors of the rows.
    pub(super) fn of(
        task: &Task,
        shrinkage: Shrinkage,
        priors: &Priors,
        standardize: bool,
    ) -> Result<Self> {
        let d = task.design.cols();
        if d > MOST_COLUMNS {
            return Err(Error::TooWide {
                what: "lda",
                columns: d,
                limit: MOST_COLUMNS,
                mend: "choose fewer columns, or use naive-bayes-gaussian (the same with a diagonal \
                       covariance) or penalised",
            });
        }
        let priors = priors.of(task.classes, &task.weights.class)?;
        let parts = match shrinkage {
            Shrinkage::None => pooled(task, &priors, 0.0, standardize)?,
            Shrinkage::Fixed { share } => pooled(task, &priors, share, standardize)?,
            _ => by_class(task, &priors, shrinkage, standardize)?,
        };
        Ok(Self::of_parts(parts, priors))
    }

    /// The equations that statistics give: those of classes that weigh as much as their rows, drawn
    /// by a share that does not depend on the rows.
    pub(super) fn of_stats(
        stats: &ClassStats,
        classes: &[String],
        share: f64,
        standardize: bool,
    ) -> Result<Self> {
        let priors = Priors::Empirical.of(classes, stats.weight())?;
        Ok(Self::of_parts(drawn(stats, share, standardize), priors))
    }

    fn of_parts((covariance, means, notes): Parts, priors: Vec<f64>) -> Self {
        let d = means.first().map_or(0, Vec::len);
        let deviation = (0..d).map(|j| covariance[j * d + j].max(0.0).sqrt()).collect();
        let mut reference = vec![0.0; d];
        for mean in &means {
            let share = 1.0 / means.len() as f64;
            reference.iter_mut().zip(mean).for_each(|(r, m)| *r += share * m);
        }
        let notes = Notes { priors, ..notes };
        Self { covariance, deviation, means, reference, notes }
    }

    /// Solves for every class.
    pub(super) fn solve(&self) -> Result<Solved> {
        let d = self.deviation.len();
        let inverse: Vec<f64> =
            self.deviation.iter().map(|s| if *s > 0.0 { 1.0 / s } else { 0.0 }).collect();
        let mut correlation = self.covariance.clone();
        for a in 0..d {
            for b in 0..d {
                correlation[a * d + b] *= inverse[a] * inverse[b];
            }
        }
        let solver = Solver::of(&mut correlation, &inverse)?;
        let mut solved = Solved::default();
        for (mean, prior) in self.means.iter().zip(&self.notes.priors) {
            let away: Vec<f64> = mean.iter().zip(&self.reference).map(|(m, r)| m - r).collect();
            let right: Vec<f64> = away.iter().zip(&inverse).map(|(a, s)| a * s).collect();
            let mut w = solver.solve(&right)?;
            w.iter_mut().zip(&inverse).for_each(|(w, s)| *w *= s);
            let half: f64 = 0.5 * dot(&w, &away);
            solved.intercept.push(prior.ln() - half - dot(&w, &self.reference));
            solved.coef.push(w);
        }
        solved.notes = Notes { rank: Some(solver.rank() as u64), ..self.notes.clone() };
        Ok(solved)
    }

    /// The largest violation of the equations by a model.
    pub(super) fn residual(&self, model: &LinearModel) -> f64 {
        let d = self.deviation.len();
        let mut worst = 0f64;
        let mut intercepts = Vec::new();
        for (k, w) in model.coef().iter().enumerate() {
            let (right, intercept) = self.expected(model.positive(), k, w);
            intercepts.push(intercept);
            for j in (0..d).filter(|&j| self.deviation[j] > 0.0) {
                let left = dot(&self.covariance[j * d..(j + 1) * d], w);
                worst = worst.max((left - right[j]).abs() / self.deviation[j]);
            }
        }
        if intercepts.len() > 1 {
            centre(&mut intercepts);
        }
        let pairs = intercepts.iter().zip(model.intercept());
        pairs.fold(worst, |worst, (a, b)| worst.max((a - b).abs()))
    }

    /// What `C w` must be for a score, and the intercept that goes with `w`.
    fn expected(&self, positive: Option<usize>, score: usize, w: &[f64]) -> (Vec<f64>, f64) {
        let log = |k: usize| self.notes.priors[k].ln();
        let (above, below, own) = match positive {
            Some(p) => (&self.means[p], &self.means[1 - p], log(p) - log(1 - p)),
            None => (&self.means[score], &self.reference, log(score)),
        };
        let right = above.iter().zip(below).map(|(a, b)| a - b).collect();
        // The two halves: 1/2 w' (mu_k + m), or 1/2 w' (mu_1 + mu_0).
        (right, own - 0.5 * (dot(w, above) + dot(w, below)))
    }
}

/// Covariance, means, and what is said of them.
type Parts = (Vec<f64>, Vec<Vec<f64>>, Notes);

/// The covariance of all classes at once, drawn by one share.
fn pooled(task: &Task, priors: &[f64], share: f64, standardize: bool) -> Result<Parts> {
    // Weights under which every class weighs its prior.
    let factor: Vec<f64> =
        priors.iter().zip(&task.weights.class).map(|(prior, weight)| prior / weight).collect();
    let weights: Vec<f64> =
        task.weights.row.iter().zip(task.codes).map(|(s, &c)| s * factor[c as usize]).collect();
    let classes = task.classes.len();
    let stats = ClassStats::of(task.design, task.codes, classes, Some(&weights), Keep::Covariance)?;
    Ok(drawn(&stats, share, standardize))
}

/// The covariance within classes, drawn by one share.
fn drawn(stats: &ClassStats, share: f64, standardize: bool) -> Parts {
    let (classes, d) = (stats.classes(), stats.cols());
    let mut covariance = stats.within_covariance();
    let mu = trace(&covariance, d) / d as f64;
    for a in 0..d {
        for b in 0..d {
            let c = &mut covariance[a * d + b];
            let target = match (a == b, standardize) {
                (false, _) => 0.0,
                (true, true) => *c,
                (true, false) => mu,
            };
            *c = (1.0 - share) * *c + share * target;
        }
    }
    let means = (0..classes).map(|k| stats.mean(k)).collect();
    let shrinkage = if share > 0.0 { vec![share] } else { Vec::new() };
    (covariance, means, Notes { shrinkage, passes: 2, ..Notes::default() })
}

/// The covariance as a sum over classes, each drawn by the share estimated on its own rows.
fn by_class(task: &Task, priors: &[f64], shrinkage: Shrinkage, standardize: bool) -> Result<Parts> {
    let d = task.design.cols();
    let mut total = vec![0.0; d * d];
    let mut means = Vec::new();
    let mut notes = Notes { passes: 2, ..Notes::default() };
    for (k, (prior, &weight)) in priors.iter().zip(&task.weights.class).enumerate() {
        let own = |(s, &c): (&f64, &u32)| if c as usize == k { *s } else { 0.0 };
        let weights: Vec<f64> = task.weights.row.iter().zip(task.codes).map(own).collect();
        let all = vec![0; weights.len()];
        let stats = ClassStats::of(task.design, &all, 1, Some(&weights), Keep::Covariance)?;
        let mut covariance = stats.within_covariance();
        let mean = stats.mean(0);
        drop(stats);
        // A column that the class holds constant keeps its unit.
        let deviation: Vec<f64> = (0..d)
            .map(|j| covariance[j * d + j].sqrt())
            .map(|s| if standardize && s > 0.0 { s } else { 1.0 })
            .collect();
        scale(&mut covariance, &deviation, |s| 1.0 / s);
        let share = if shrinkage == Shrinkage::LedoitWolf {
            notes.passes = 3;
            let inverse: Vec<f64> = deviation.iter().map(|s| 1.0 / s).collect();
            let fourth = fourth_moment(task.design, &weights, &mean, &inverse);
            ledoit_wolf(&covariance, d, fourth, weight)
        } else {
            oracle_approximating(&covariance, d, weight)
        };
        let mu = trace(&covariance, d) / d as f64;
        covariance.iter_mut().for_each(|c| *c *= 1.0 - share);
        covariance.iter_mut().step_by(d + 1).for_each(|c| *c += share * mu);
        scale(&mut covariance, &deviation, |s| s);
        total.iter_mut().zip(&covariance).for_each(|(t, c)| *t += prior * c);
        means.push(mean);
        notes.shrinkage.push(share);
    }
    Ok((total, means, notes))
}

/// Multiplies rows and columns of a matrix.
fn scale(matrix: &mut [f64], by: &[f64], f: impl Fn(f64) -> f64) {
    let by: Vec<f64> = by.iter().map(|s| f(*s)).collect();
    for (row, a) in matrix.chunks_exact_mut(by.len().max(1)).zip(&by) {
        row.iter_mut().zip(&by).for_each(|(c, b)| *c *= a * b);
    }
}

/// How the correlations are inverted.
enum Solver {
    Definite(Factor, usize),
    Span(Whitening),
}

impl Solver {
    /// Columns without variance are 0 in `inverse`; they take no part.
    fn of(correlation: &mut [f64], inverse: &[f64]) -> Result<Self> {
        let d = inverse.len();
        let varying = inverse.iter().filter(|s| **s > 0.0).count();
        for j in (0..d).filter(|&j| inverse[j] == 0.0) {
            correlation[j * d + j] = 1.0;
        }
        if let Ok(factor) = Factor::of(correlation, d)
            && factor.pivots().iter().all(|p| *p > DEPENDENT)
        {
            return Ok(Self::Definite(factor, varying));
        }
        for j in (0..d).filter(|&j| inverse[j] == 0.0) {
            correlation[j * d + j] = 0.0;
        }
        Ok(Self::Span(Whitening::of(correlation, d, DEPENDENT)?))
    }

    fn rank(&self) -> usize {
        match self {
            Self::Definite(_, rank) => *rank,
            Self::Span(whitening) => whitening.rank(),
        }
    }

    fn solve(&self, right: &[f64]) -> Result<Vec<f64>> {
        match self {
            Self::Definite(factor, _) => factor.solve(right),
            Self::Span(whitening) => whitening.transpose(&whitening.apply(right)?),
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    linecall_kernels::dot(a, b)
}
