//! What is known of each training row: leverage, residuals, Cook's distance, DFBETAS.
//!
//! At the optimum of `(1/S) sum_i s_i l_i + lambda P`, with `t_i = s_i / S`, slope `g_i` and
//! curvature `c_i` of the row's loss by its score, and `A = H + D` the curvature of the objective:
//!
//! - leverage `h_i = t_i c_i z_i' A^-1 z_i`, a diagonal entry of the matrix that takes the working
//!   responses to the fitted scores. Their sum is the *effective degrees of freedom*: the number
//!   of parameters without a penalty, less with one.
//! - response residual `-g_i` (`y - p` of the logistic loss), Pearson residual `-g_i sqrt(s_i / c_i)`,
//!   deviance residual `sqrt(2 s_i l_i)` with the sign of the response residual. A row of weight
//!   `s` counts as one of `s` times the precision.
//! - studentised residual: that of Pearson over `sqrt(phi (1 - h_i))`. The dispersion `phi` is
//!   the residual variance with `S - sum h` degrees of freedom for the squared loss, 1 otherwise.
//!   For the squared loss there is the external one as well, with the variance without row `i`.
//! - the change of the coefficients when the row is left out, by the step of [`Influence`]: one
//!   step of Newton's method from the full fit, on the objective of the other rows. It is the refit
//!   for the squared loss (Sherman-Morrison) without a penalty, and with one where rows weigh the
//!   same and columns are not standardised. For other losses it is Pregibon's (1981).
//! - DFBETAS: that change, with the row minus without, over the standard error `sqrt(phi
//!   (A^-1)_jj / S)` of the coefficient; with the variance without row `i` for the squared loss
//!   (Belsley, Kuh & Welsch, "Regression diagnostics", 1980).
//! - Cook's distance: the change in the metric of the curvature, `S d' A d / (phi sum h)` (Cook,
//!   "Detection of influential observations in linear regression", Technometrics, 1977). Without a
//!   penalty it is `r^2 h / (p phi (1 - h)^2)`.
//!
//! With several scores the leverage is the trace of the row's block, and there are no signed
//! residuals. Cost: two factorisations, then `2 (d K)^2` a row.

use std::ops::Range;

use faer::Mat;
use faer::linalg::solvers::{Llt, Solve};
use linecall_data::Dataset;
use rayon::prelude::*;

use super::{BLOCK, Influence};
use crate::loss::Loss;
use crate::model::LinearModel;
use crate::plan::Plan;
use crate::solve::newton;
use crate::{Error, Result};

/// A leverage this near to 1 leaves no digits of what happens without the row.
const ALONE: f64 = 1e-10;

/// The coefficient that a row moves most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Its score: 0 for two classes.
    pub score: usize,
    /// The design column; `None` for the intercept.
    pub column: Option<usize>,
    /// With the row minus without, in standard errors.
    pub dfbetas: f64,
}

/// What is known of one training row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowDiagnostic {
    /// Its weight as a share of all.
    pub share: f64,
    /// From 0 to 1: how far the row decides its own score.
    pub leverage: f64,
    /// The loss of the row, its weight left out.
    pub loss: f64,
    /// Response residual, towards the positive class; one score only.
    pub response: Option<f64>,
    /// Pearson residual; one score only, and a row whose loss bends.
    pub pearson: Option<f64>,
    /// Deviance residual; without a sign where there are several scores.
    pub deviance: f64,
    /// Studentised with the variance of all rows; as `pearson`, and a leverage below 1.
    pub studentized: Option<f64>,
    /// Studentised with the variance without the row; the squared loss of two classes.
    pub studentized_external: Option<f64>,
    /// Cook's distance; `None` where the row decides a coefficient alone (leverage 1).
    pub cook: Option<f64>,
    /// The coefficient that it moves most; `None` as for `cook`.
    pub moved: Option<Moved>,
    /// Its scores.
    pub scores: Vec<f64>,
    /// Its scores by the model without it; empty as for `cook`.
    pub left_out: Vec<f64>,
}

/// What is known of all training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct RowDiagnostics {
    /// One a row; of rows of weight 0 only score and loss mean something.
    pub rows: Vec<RowDiagnostic>,
    /// The sum of the leverages.
    pub degrees: f64,
    /// The sum of the weights.
    pub weight: f64,
    /// The variance `phi`: of the residuals for the squared loss, otherwise 1. `None` where no
    /// degree of freedom is left to estimate it.
    pub dispersion: Option<f64>,
}

/// Coefficients and intercepts that change, in the user's units: new minus old.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// One row a score, one number a design column.
    pub coef: Vec<Vec<f64>>,
    /// One a score.
    pub intercept: Vec<f64>,
}

/// The whole curvature and what follows from it.
struct Whole {
    matrix: Mat<f64>,
    factor: Llt<f64>,
    /// Variances of the parameters in the user's units, but for `phi / S`.
    variance: Vec<f64>,
}

impl Influence<'_> {
    /// Weight (as a share of all) times curvature of each row's loss by its own scores, summed over
    /// scores: the weights of the information matrix.
    pub fn curvatures(&self) -> Vec<f64> {
        let problem = &self.setup.problem;
        let (n, k) = (problem.n(), self.n_scores());
        let one = |i, c| problem.loss.own_curvature(&self.pass.state, problem.weight[i], i, c);
        (0..n)
            .map(|i| match problem.weight[i] > 0.0 {
                true => (0..k).map(|c| one(i, c)).sum::<f64>().max(0.0),
                false => 0.0,
            })
            .collect()
    }

    /// What is known of every training row. `plan` and `data` are those of [`Influence::of`].
    ///
    /// # Errors
    /// When rows carry sets of labels, or the curvature cannot be factorised.
    pub fn diagnostics(&self, plan: &Plan, data: &Dataset) -> Result<RowDiagnostics> {
        if plan.is_multilabel() {
            return Err(Error::Setting {
                name: "multiclass",
                value: "sets of labels".to_owned(),
                expected: "one class a row (each label of a set has leverages of its own)",
            });
        }
        let (n, k) = (self.setup.problem.n(), self.n_scores());
        let weight = plan.weight_sum(data)?;
        let squared = plan.loss == Loss::Squared && k == 1;
        let whole = self.whole(plan)?;
        let mut rows: Vec<RowDiagnostic> = Vec::with_capacity(n);
        let blocks: Vec<Range<usize>> =
            (0..n).step_by(BLOCK).map(|start| start..(start + BLOCK).min(n)).collect();
        let plain: Vec<Vec<RowDiagnostic>> =
            blocks.par_iter().map(|block| self.plain(block.clone(), &whole, weight)).collect();
        rows.extend(plain.into_iter().flatten());
        let degrees: f64 = rows.iter().map(|row| row.leverage).sum();
        let free = weight - degrees;
        let squares: f64 = rows.iter().map(|row| row.pearson.unwrap_or(0.0).powi(2)).sum();
        let dispersion = match squared {
            false => Some(1.0),
            true => (free > ALONE * weight).then(|| squares / free),
        };
        let known = Known { weight, degrees, dispersion, squares, squared };
        rows.par_chunks_mut(BLOCK).zip(&blocks).for_each(|(rows, block)| {
            self.moves(block.clone(), &whole, &known, rows);
        });
        Ok(RowDiagnostics { rows, degrees, weight, dispersion })
    }

    /// How the coefficients change when a training row is left out, in the user's units. `None`
    /// where the row decides a coefficient alone, weighs nothing or is not there.
    pub fn coefficients_without(&self, row: usize) -> Option<Change> {
        if row >= self.setup.problem.n() {
            return None;
        }
        let steps = self.steps(row..row + 1);
        steps.into_iter().next().flatten().map(|step| self.in_user_units(&step))
    }

    /// DFBETAS of every parameter (as [`Moved::dfbetas`]) for one row, by score and design column,
    /// the intercept last. `None` as for [`Influence::coefficients_without`].
    ///
    /// # Errors
    /// As for [`Influence::diagnostics`].
    pub fn dfbetas(
        &self,
        plan: &Plan,
        found: &RowDiagnostics,
        row: usize,
    ) -> Result<Option<Vec<Vec<f64>>>> {
        let (Some(own), Some(change)) = (found.rows.get(row), self.coefficients_without(row))
        else {
            return Ok(None);
        };
        let squares: f64 = found.rows.iter().map(|row| row.pearson.unwrap_or(0.0).powi(2)).sum();
        let squared = plan.loss == Loss::Squared && self.n_scores() == 1;
        let (weight, degrees, dispersion) = (found.weight, found.degrees, found.dispersion);
        let known = Known { weight, degrees, dispersion, squares, squared };
        let Some(phi) = known.without(own) else { return Ok(None) };
        let whole = self.whole(plan)?;
        let width = self.columns.columns.len() + 1;
        let view = &self.setup.view;
        let mut table = Vec::new();
        for (c, (coef, intercept)) in change.coef.iter().zip(&change.intercept).enumerate() {
            let error = |a: usize| (phi * whole.variance[c * width + a] / weight).sqrt();
            let mut by_position = vec![f64::INFINITY; self.setup.problem.cols()];
            for (a, &j) in self.columns.columns.iter().enumerate() {
                by_position[j] = error(a);
            }
            let errors = view.to_design(by_position);
            let mut row: Vec<f64> = coef.iter().zip(errors).map(|(v, e)| -v / e).collect();
            let last = error(width - 1);
            row.push(if last > 0.0 { -intercept / last } else { 0.0 });
            table.push(row);
        }
        Ok(Some(table))
    }

    /// Factors the whole curvature.
    fn whole(&self, plan: &Plan) -> Result<Whole> {
        let problem = &self.setup.problem;
        let k = self.n_scores();
        let terms = self.setup.shape.terms(plan.penalty);
        let mut h = newton::curvature(problem, &self.pass, &self.columns);
        let setting = (problem.fit_intercept, problem.loss.ignores_shifts());
        newton::add_penalty(setting, k, &mut h, |j| terms.l2.at(j), &self.columns);
        let factor = newton::factorise(&mut h)?;
        let size = h.nrows();
        let width = size / k;
        let inverse = factor.solve(&Mat::<f64>::identity(size, size));
        let mut variance: Vec<f64> = (0..size).map(|p| inverse[(p, p)].max(0.0)).collect();
        for c in 0..k {
            for (a, &j) in self.columns.columns.iter().enumerate() {
                variance[c * width + a] *= problem.scaling.scale[j].powi(2);
            }
            // The user's intercept is that of the problem less what centring took away.
            let last = c * width + width - 1;
            let part = |p: usize| self.intercept_part(p);
            let sum: f64 = (0..width)
                .map(|a| {
                    (0..width)
                        .map(|b| part(a) * part(b) * inverse[(c * width + a, c * width + b)])
                        .sum::<f64>()
                })
                .sum();
            variance[last] = if problem.fit_intercept { sum.max(0.0) } else { 0.0 };
        }
        Ok(Whole { matrix: h, factor, variance })
    }

    /// What one unit of a parameter adds to the user's intercept.
    fn intercept_part(&self, a: usize) -> f64 {
        let scaling = &self.setup.problem.scaling;
        match self.columns.columns.get(a) {
            Some(&j) => -scaling.scale[j] * scaling.center[j],
            None => 1.0,
        }
    }

    /// Leverages and residuals of some rows.
    fn plain(&self, rows: Range<usize>, whole: &Whole, weight: f64) -> Vec<RowDiagnostic> {
        let problem = &self.setup.problem;
        let (k, width) = (self.n_scores(), self.columns.columns.len() + 1);
        let z = self.standard_rows(rows.clone());
        let z: Vec<&[f64]> = z.chunks_exact(width).collect();
        let solved = whole.factor.solve(&self.unit_columns(&z));
        let one = |(r, i): (usize, usize)| {
            let t = problem.weight[i];
            let scores = &self.scores[i * k..(i + 1) * k];
            let (mut slope, mut state) = (vec![0.0; k], vec![0.0; k]);
            let loss = problem.loss.tile(i, scores, &[1.0], &mut slope, &mut state);
            let mut leverage = 0.0;
            let mut curvature = 0.0;
            if t > 0.0 {
                let bend = self.bend(i, t);
                let through = |c: usize, e: usize| -> f64 {
                    let column = z[r].iter().enumerate();
                    column.map(|(a, l)| l * solved[(c * width + a, r * k + e)]).sum()
                };
                leverage =
                    (0..k).map(|c| (0..k).map(|e| bend[(c, e)] * through(e, c)).sum::<f64>()).sum();
                curvature = bend[(0, 0)] / t;
            }
            let s = t * weight;
            let response = (k == 1).then(|| -self.sign * slope[0]);
            let deviance = (2.0 * s * loss).max(0.0).sqrt();
            RowDiagnostic {
                share: t,
                leverage,
                loss,
                response,
                pearson: response.filter(|_| curvature > 0.0).map(|r| r * (s / curvature).sqrt()),
                deviance: if response.is_some_and(|r| r < 0.0) { -deviance } else { deviance },
                studentized: None,
                studentized_external: None,
                cook: None,
                moved: None,
                scores: scores.iter().map(|s| self.sign * s).collect(),
                left_out: Vec::new(),
            }
        };
        rows.enumerate().map(one).collect()
    }

    /// What becomes of the coefficients without each row.
    fn moves(&self, rows: Range<usize>, whole: &Whole, known: &Known, out: &mut [RowDiagnostic]) {
        let (k, width) = (self.n_scores(), self.columns.columns.len() + 1);
        let z = self.standard_rows(rows.clone());
        let steps = self.steps(rows);
        for ((own, step), z) in out.iter_mut().zip(steps).zip(z.chunks_exact(width)) {
            if own.share <= 0.0 {
                continue;
            }
            if let (Some(r), Some(phi)) = (own.pearson, known.dispersion)
                && own.leverage < 1.0 - ALONE
                && phi > 0.0
            {
                let left = 1.0 - own.leverage;
                own.studentized = Some(r / (phi * left).sqrt());
                let without = known.without(own).filter(|phi| known.squared && *phi > 0.0);
                own.studentized_external = without.map(|phi| r / (phi * left).sqrt());
            }
            let Some(step) = step else { continue };
            own.left_out = (0..k)
                .map(|c| {
                    let change: f64 =
                        step[c * width..(c + 1) * width].iter().zip(z).map(|(s, z)| s * z).sum();
                    own.scores[c] + self.sign * change
                })
                .collect();
            let Some(phi) = known.dispersion.filter(|phi| *phi > 0.0) else { continue };
            let length: f64 = (0..step.len())
                .map(|p| {
                    let row: f64 =
                        step.iter().enumerate().map(|(q, s)| whole.matrix[(p, q)] * s).sum();
                    step[p] * row
                })
                .sum();
            own.cook = Some(known.weight * length.max(0.0) / (phi * known.degrees));
            let Some(phi) = known.without(own) else { continue };
            let mut top: Option<Moved> = None;
            for c in 0..k {
                let own = &step[c * width..(c + 1) * width];
                for a in 0..width {
                    let moved = match self.columns.columns.get(a) {
                        Some(&j) => own[a] * self.setup.problem.scaling.scale[j],
                        None => {
                            own.iter().enumerate().map(|(a, v)| v * self.intercept_part(a)).sum()
                        }
                    };
                    let error = (phi * whole.variance[c * width + a] / known.weight).sqrt();
                    let dfbetas = -self.sign * moved / error;
                    if error > 0.0 && top.is_none_or(|t| dfbetas.abs() > t.dfbetas.abs()) {
                        let position = self.columns.columns.get(a);
                        let column = position.map(|&j| self.setup.view.column(j));
                        top = Some(Moved { score: c, column, dfbetas });
                    }
                }
            }
            own.moved = top;
        }
    }

    /// Rows in the units of the problem, one after the other.
    fn standard_rows(&self, rows: Range<usize>) -> Vec<f64> {
        let problem = &self.setup.problem;
        let width = self.columns.columns.len() + 1;
        let mut z = vec![0.0; rows.len() * width];
        for (z, i) in z.chunks_exact_mut(width).zip(rows) {
            problem.rows().standard_row(i, &self.columns, &problem.scaling, &mut z[..width - 1]);
            z[width - 1] = self.one();
        }
        z
    }

    /// How the parameters change without each of some rows: new minus old, in standardised units.
    fn steps(&self, rows: Range<usize>) -> Vec<Option<Vec<f64>>> {
        let problem = &self.setup.problem;
        let (k, width) = (self.n_scores(), self.columns.columns.len() + 1);
        let z = self.standard_rows(rows.clone());
        let z: Vec<&[f64]> = z.chunks_exact(width).collect();
        let solved = self.solved(&z);
        let right: Vec<Vec<f64>> = rows
            .clone()
            .zip(&z)
            .map(|(i, z)| match problem.weight[i] {
                t if t > 0.0 && t < 1.0 => self.right(i, t, z),
                _ => vec![0.0; k * width],
            })
            .collect();
        let free = self.factor.solve(&Mat::from_fn(k * width, z.len(), |p, r| right[r][p]));
        let one = |(r, i): (usize, usize)| {
            let t = problem.weight[i];
            if t <= 0.0 || t >= 1.0 {
                return None;
            }
            let bend = self.bend(i, t);
            let through = |c: usize, column: &dyn Fn(usize) -> f64| -> f64 {
                z[r].iter().enumerate().map(|(a, l)| l * column(c * width + a)).sum()
            };
            let leverage = Mat::from_fn(k, k, |c, e| through(c, &|p| solved[(p, r * k + e)]));
            let own: Vec<f64> = (0..k).map(|c| through(c, &|p| free[(p, r)])).collect();
            let system = Mat::from_fn(k, k, |c, e| {
                let product: f64 = (0..k).map(|m| bend[(c, m)] * leverage[(m, e)]).sum();
                f64::from(u8::from(c == e)) - product
            });
            if k == 1 && system[(0, 0)] < ALONE {
                return None;
            }
            let side = Mat::from_fn(k, 1, |c, _| (0..k).map(|m| bend[(c, m)] * own[m]).sum());
            let pulled = system.partial_piv_lu().solve(&side);
            let step: Vec<f64> = (0..k * width)
                .map(|p| {
                    let more: f64 = (0..k).map(|e| solved[(p, r * k + e)] * pulled[(e, 0)]).sum();
                    free[(p, r)] + more
                })
                .collect();
            step.iter().all(|v| v.is_finite()).then_some(step)
        };
        rows.enumerate().map(one).collect()
    }

    fn in_user_units(&self, step: &[f64]) -> Change {
        let problem = &self.setup.problem;
        let (k, width) = (self.n_scores(), self.columns.columns.len() + 1);
        let mut change = Change { coef: Vec::new(), intercept: Vec::new() };
        for c in 0..k {
            let own = &step[c * width..(c + 1) * width];
            let mut coef = vec![0.0; problem.cols()];
            for (a, &j) in self.columns.columns.iter().enumerate() {
                coef[j] = self.sign * own[a] * problem.scaling.scale[j];
            }
            let intercept: f64 =
                own.iter().enumerate().map(|(a, v)| v * self.intercept_part(a)).sum();
            change.coef.push(self.setup.view.to_design(coef));
            change.intercept.push(if problem.fit_intercept { self.sign * intercept } else { 0.0 });
        }
        change
    }
}

/// What rows have in common.
struct Known {
    weight: f64,
    degrees: f64,
    dispersion: Option<f64>,
    /// The sum of the squared Pearson residuals.
    squares: f64,
    squared: bool,
}

impl Known {
    /// The dispersion without a row.
    fn without(&self, own: &RowDiagnostic) -> Option<f64> {
        if !self.squared {
            return self.dispersion;
        }
        let (r, left) = (own.pearson?, 1.0 - own.leverage);
        let free = self.weight - self.degrees - own.share * self.weight;
        (left > ALONE && free > ALONE * self.weight)
            .then(|| ((self.squares - r * r / left) / free).max(0.0))
    }
}

/// The exact change when a row is left out: the plan fitted to the other rows, new minus old.
///
/// # Errors
/// As for [`Plan::fit`]: without the row a class may be gone, or the classes separated.
pub fn refit_without(
    plan: &Plan,
    model: &LinearModel,
    data: &Dataset,
    row: usize,
) -> Result<(Change, LinearModel)> {
    let rest: Vec<usize> = (0..data.rows()).filter(|i| *i != row).collect();
    let rest = data.select(&rest).map_err(crate::error::internal)?;
    let weight = plan.row_weights(&rest, rest.weights.as_deref())?;
    let lambda = plan.penalty.lambda();
    let fit = plan.fit_path(&rest, &weight, &[lambda])?.pop().ok_or(Error::NoRows)?;
    let less = |new: &[f64], old: &[f64]| new.iter().zip(old).map(|(a, b)| a - b).collect();
    let coef = fit.model.coef().iter().zip(model.coef()).map(|(a, b)| less(a, b)).collect();
    let intercept = less(fit.model.intercept(), model.intercept());
    Ok((Change { coef, intercept }, fit.model))
}
