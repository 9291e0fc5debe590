//! Which training rows moved a score, and by how much: leave-one-out without refitting.
//!
//! At the optimum of `(1/S) sum_i s_i l_i + lambda P`, leaving row `i` out is answered by one Newton
//! step on the objective of the rows that remain. With weights that sum to one, `t_i` of row `i`, its
//! slope `g_i` and curvature `c_i` by the score, its standardised columns `z_i` (1 for the
//! intercept), and `D` the curvature of the penalty:
//!
//! `dtheta_i = A_i^-1 (t_i D v + t_i g_i z_i - (1 - t_i) (R_i - 1) D v)`,
//! `A_i = H + (1 - t) D - t_i c_i z_i z_i'`,
//!
//! `H` the curvature of the loss over all rows. The last term is there because columns are
//! standardised on the rows that remain, which moves the penalty: `R_i` holds the ratios of the
//! columns' variances without and with row `i`. The gradient is exact, and so is the curvature of
//! the loss; in that of the penalty `t` is the mean weight and `R_i` is left at 1. `A_i^-1` comes
//! from one factorisation by the formula of Sherman, Morrison and Woodbury.
//!
//! The first-order form of this, without the term in `c_i`, is the influence function (Hampel 1974;
//! Koh & Liang, "Understanding black-box predictions via influence functions", ICML 2017), which
//! understates the rows that matter most, those of high leverage; one exact step does not (Pregibon,
//! "Logistic regression diagnostics", Annals of Statistics, 1981). For the squared loss the step is
//! the refit, but for the standardisation. Against true refits the error is of the order of `t_i^2`.
//!
//! Weights of balanced classes are taken as they are: that they would change is not followed.
//!
//! Cost: one curvature matrix and one factorisation, then `(d K)^2` a row.

mod rows;

use std::ops::Range;

use faer::Mat;
use faer::linalg::solvers::{Llt, Solve};
use linecall_data::{Dataset, Design};
use rayon::prelude::*;

use crate::model::LinearModel;
use crate::plan::Plan;
use crate::problem::Pass;
use crate::rows::Chosen;
use crate::setup::Setup;
use crate::solve::newton;
use crate::{Error, Result, certify};

pub use rows::{Change, Moved, RowDiagnostic, RowDiagnostics, refit_without};

/// Most parameters (columns and intercept, times scores) whose curvature is factorised.
const MOST: usize = 10_000;

/// Rows that are solved for at once.
const BLOCK: usize = 32;

/// A model, its training rows, and the curvature of its objective.
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::{Influence, Loss, Penalty, Plan};
///
/// let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![3.0]], &["dose"])?;
/// let data = Dataset::new(x, Labels::from_names(["no", "yes", "no", "yes"]))?;
/// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
/// let fit = plan.fit(&data)?;
/// let change = Influence::of(&plan, &fit.model, &data)?.on(&data.design, 3)?;
/// assert!(change[3] < 0.0, "without itself, the last row's score is lower");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Influence<'a> {
    setup: Setup<'a>,
    sign: f64,
    standardize: bool,
    /// By position, where there are n-grams: these are not standardised.
    is_gram: Vec<bool>,
    pass: Pass,
    columns: Chosen,
    factor: Llt<f64>,
    /// `D v` by parameter, score after score.
    pull: Vec<f64>,
    /// Weighted means of the standardised columns; zeros where they are centred.
    mean: Vec<f64>,
    scores: Vec<f64>,
}

impl<'a> Influence<'a> {
    /// Prepares the answers for a model that `plan` fitted to `data`.
    ///
    /// # Errors
    /// When the model does not fit the data or the plan; when the loss is not convex and smooth, or
    /// the penalty not `none` or `l2` without bounds; when there are more than 10,000 parameters.
    pub fn of(plan: &Plan, model: &LinearModel, data: &'a Dataset) -> Result<Self> {
        plan.needs_rows()?;
        certify::check_shape(model, &data.design, &data.labels)?;
        let weight = plan.row_weights(data, data.weights.as_deref())?;
        let setup = Setup::new(plan, data, &weight)?;
        let terms = setup.shape.terms(plan.penalty);
        if !(plan.loss.is_smooth() && plan.loss.is_convex() && terms.is_smooth()) {
            return Err(Error::Setting {
                name: "loss",
                value: format!("{} with {}", plan.loss, plan.penalty.name()),
                expected: "a convex and smooth loss with l2 or no penalty, without bounds",
            });
        }
        let problem = &setup.problem;
        let k = problem.width();
        let size = (problem.cols() + 1).saturating_mul(k);
        if size > MOST {
            return Err(Error::TooWide {
                what: "the curvature of the objective (columns and intercept, times scores)",
                columns: size,
                limit: MOST,
                mend: "choose fewer columns",
            });
        }
        let live = |j: &usize| problem.scaling.scale[*j] != 0.0;
        let columns = Chosen::new((0..problem.cols()).filter(live).collect(), problem.cols());
        let theta = setup.theta(model);
        let pass = problem.pass(&theta);
        let mut h = newton::curvature(problem, &pass, &columns);
        let t = mean_share(&weight);
        let setting = (problem.fit_intercept, problem.loss.ignores_shifts());
        newton::add_penalty(setting, k, &mut h, |j| (1.0 - t) * terms.l2.at(j), &columns);
        let factor = newton::factorise(&mut h)?;
        let width = columns.columns.len() + 1;
        let mut pull = vec![0.0; width * k];
        for c in 0..k {
            for (a, &j) in columns.columns.iter().enumerate() {
                pull[c * width + a] = terms.l2.at(j) * theta[j * k + c];
            }
        }
        let mut mean = vec![0.0; width - 1];
        if !problem.scaling.centred {
            let mut row = mean.clone();
            for (i, t) in weight.iter().enumerate().filter(|(_, t)| **t > 0.0) {
                problem.rows().standard_row(i, &columns, &problem.scaling, &mut row);
                mean.iter_mut().zip(&row).for_each(|(m, z)| *m += t * z);
            }
        }
        let scores = problem.scores(&theta);
        let (sign, standardize) = (plan.sign(data.labels.classes().len()), plan.standardize);
        let is_gram = setup.view.is_gram();
        Ok(Self { setup, sign, standardize, is_gram, pass, columns, factor, pull, mean, scores })
    }

    /// Number of scores a row.
    pub fn n_scores(&self) -> usize {
        self.setup.problem.width()
    }

    /// How the scores of row `row` of a design (of the model's columns) change when each training
    /// row is left out: new minus old, one number per score, training row after training row.
    ///
    /// # Errors
    /// When the design has other columns than the model, or no such row.
    pub fn on(&self, design: &Design, row: usize) -> Result<Vec<f64>> {
        let problem = &self.setup.problem;
        let shape = |what, found, expected| Err(Error::Shape { what, found, expected });
        if design.cols() != problem.cols() {
            return shape("columns of the design", design.cols(), problem.cols());
        }
        if row >= design.rows() {
            return shape("rows of the design", design.rows(), row + 1);
        }
        let mut raw = vec![0.0; design.cols()];
        design.for_each_in_row(row, |j, v| raw[j] = v);
        let raw = self.setup.view.at_positions(&raw);
        let scaling = &problem.scaling;
        let mut z: Vec<f64> = self
            .columns
            .columns
            .iter()
            .map(|&j| (raw[j] - scaling.center[j]) * scaling.scale[j])
            .collect();
        z.push(self.one());
        Ok(self.each(Some(&z)))
    }

    /// The scores of every training row under the model that did not see it, row after row.
    pub fn left_out_scores(&self) -> Vec<f64> {
        let mut scores = self.each(None);
        let own = self.scores.iter().map(|s| self.sign * s);
        scores.iter_mut().zip(own).for_each(|(change, own)| *change += own);
        scores
    }

    fn one(&self) -> f64 {
        f64::from(u8::from(self.setup.problem.fit_intercept))
    }

    /// Changes of scores by training row: those of the columns `at`, or of the row itself.
    fn each(&self, at: Option<&[f64]>) -> Vec<f64> {
        let (n, k) = (self.setup.problem.n(), self.n_scores());
        let asked = at.map(|z| (z, self.solved(&[z])));
        let mut out = vec![0.0; n * k];
        out.par_chunks_mut(BLOCK * k).enumerate().for_each(|(b, out)| {
            self.block(b * BLOCK..((b + 1) * BLOCK).min(n), asked.as_ref(), out);
        });
        out
    }

    /// `A^-1 (e_c, z)` for some rows and every score: column `r * k + c`.
    fn solved(&self, rows: &[&[f64]]) -> Mat<f64> {
        self.factor.solve(&self.unit_columns(rows))
    }

    /// `(e_c, z)` for some rows and every score: column `r * k + c`.
    fn unit_columns(&self, rows: &[&[f64]]) -> Mat<f64> {
        let (k, width) = (self.n_scores(), self.columns.columns.len() + 1);
        Mat::from_fn(k * width, rows.len() * k, |p, q| {
            if p / width == q % k { rows[q / k][p % width] } else { 0.0 }
        })
    }

    /// One block of rows: their systems have the same factor.
    fn block(&self, rows: Range<usize>, asked: Option<&(&[f64], Mat<f64>)>, out: &mut [f64]) {
        let problem = &self.setup.problem;
        let (k, width) = (self.n_scores(), self.columns.columns.len() + 1);
        let mut z = vec![0.0; rows.len() * width];
        for (z, i) in z.chunks_exact_mut(width).zip(rows.clone()) {
            problem.rows().standard_row(i, &self.columns, &problem.scaling, &mut z[..width - 1]);
            z[width - 1] = self.one();
        }
        let z: Vec<&[f64]> = z.chunks_exact(width).collect();
        let solved = self.solved(&z);
        for (r, i) in rows.enumerate() {
            let t = problem.weight[i];
            if t <= 0.0 || t >= 1.0 {
                continue;
            }
            let right = self.right(i, t, z[r]);
            // (e_c, left)' A^-1 (e_e, z_i), and (e_c, row of the matrix)' A^-1 right.
            let through = |left: &[f64], c: usize, e: usize| -> f64 {
                let column = left.iter().enumerate();
                column.map(|(a, l)| l * solved[(c * width + a, r * k + e)]).sum()
            };
            let of_right = |matrix: &Mat<f64>, column: usize| -> f64 {
                right.iter().enumerate().map(|(p, v)| matrix[(p, column)] * v).sum()
            };
            let own: Vec<f64> = (0..k).map(|c| of_right(&solved, r * k + c)).collect();
            let bend = self.bend(i, t);
            // (I - C L)^-1 C (A^-1 right), L the leverage of the row.
            let leverage = Mat::from_fn(k, k, |c, e| through(z[r], c, e));
            let system = Mat::from_fn(k, k, |c, e| {
                let product: f64 = (0..k).map(|m| bend[(c, m)] * leverage[(m, e)]).sum();
                f64::from(u8::from(c == e)) - product
            });
            let side = Mat::from_fn(k, 1, |c, _| (0..k).map(|m| bend[(c, m)] * own[m]).sum());
            let pulled = system.partial_piv_lu().solve(&side);
            for c in 0..k {
                let (to, plain) = match asked {
                    Some((z, solved)) => (*z, of_right(solved, c)),
                    None => (z[r], own[c]),
                };
                let more: f64 = (0..k).map(|e| through(to, c, e) * pulled[(e, 0)]).sum();
                out[r * k + c] = self.sign * (plain + more);
            }
        }
    }

    /// What the step is the solution for: minus the gradient without row `i`, times `1 - t`.
    fn right(&self, i: usize, t: f64, z: &[f64]) -> Vec<f64> {
        let (k, width) = (self.n_scores(), z.len());
        let mut right = vec![0.0; k * width];
        for c in 0..k {
            let slope = self.pass.slope[i * k + c];
            let out = &mut right[c * width..(c + 1) * width];
            let pull = &self.pull[c * width..(c + 1) * width];
            out.iter_mut().zip(z).for_each(|(o, z)| *o = slope * z);
            for (a, o) in out[..width - 1].iter_mut().enumerate() {
                *o += t * pull[a];
                let gram = self.is_gram.get(self.columns.columns[a]).copied().unwrap_or(false);
                if self.standardize && !gram {
                    let away = z[a] - self.mean[a];
                    let ratio = (1.0 - t * away * away / (1.0 - t)) / (1.0 - t);
                    *o -= (1.0 - t) * (ratio - 1.0) * pull[a];
                }
            }
        }
        right
    }

    /// The curvature of row `i`'s weighted loss by its scores.
    fn bend(&self, i: usize, t: f64) -> Mat<f64> {
        let k = self.n_scores();
        let state = &self.pass.state[i * k..(i + 1) * k];
        let (mut unit, mut out) = (vec![0.0; k], vec![0.0; k]);
        let mut bend = Mat::zeros(k, k);
        for e in 0..k {
            unit.fill(0.0);
            unit[e] = 1.0;
            self.setup.problem.loss.curve(i, state, &[t], &unit, &mut out);
            (0..k).for_each(|c| bend[(c, e)] = out[c]);
        }
        bend
    }
}

/// The mean weight of a row of positive weight.
fn mean_share(weight: &[f64]) -> f64 {
    let live = weight.iter().filter(|t| **t > 0.0).count();
    weight.iter().sum::<f64>() / live.max(1) as f64
}
