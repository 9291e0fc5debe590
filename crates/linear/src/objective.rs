//! The penalised training objective of a plan, as a function that an audit can call.
//!
//! `F(theta) = (1/S) sum_i s_i loss(y_i, f_i) + sum_j b_j/2 theta_j^2 + h(theta)`, with
//! `f_i = z_i . theta` for the standardised row `z_i` and a 1 for the free intercept, as [`Plan`] fits
//! it. `theta` holds one number a column, in the solver's units and order, and the intercept last.
//! `h` is what has [corners](Corners): L1, groups, bounds. For two classes and a convex loss.
//!
//! ```
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::{Loss, Objective, Penalty, Plan};
//!
//! let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![3.0]], &["dose"])?;
//! let data = Dataset::new(x, Labels::from_names(["no", "yes", "no", "yes"]))?;
//! let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
//! let fit = plan.fit(&data)?;
//! let objective = Objective::new(&plan, &data)?;
//! let at = objective.at(&objective.parameters(&fit.model)?);
//! assert!((at.value - fit.certificate.objective).abs() < 1e-12);
//! assert!(at.gradient.iter().all(|g| g.abs() < 1e-9));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use linecall_data::{Dataset, Design, Matrix};

use crate::class_stats::MOST_COLUMNS;
use crate::gram;
use crate::model::LinearModel;
use crate::plan::Plan;
use crate::rows::Chosen;
use crate::setup::{Coefficients, Setup};
use crate::solve::newton;
use crate::terms::Terms;
use crate::vector;
use crate::{Error, Loss, Result};

/// How fast the curvature of a loss can change with the score, which is what a proof from curvature
/// needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bend {
    /// It is the same everywhere (squared loss).
    Constant,
    /// `|l'''| <= rate l''`: a change of the score by `t` changes it by a factor of at most
    /// `e^(rate |t|)` (Bach, "Self-concordant analysis for logistic regression", 2010). The rate is 1
    /// for the logistic loss. It is 2 for `-log p + eps (1 - p)`, `|eps| <= 1`: with `u = 1 - 2p`,
    /// `l'''/l'' = u + eps (1 - u^2) / (2 (1 - eps u))`, at most 2 in size.
    SelfConcordant {
        /// The largest `|l'''| / l''`.
        rate: f64,
    },
    /// Nothing is known.
    Unknown,
}

/// The objective and its gradient at some parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectiveAt {
    /// `F(theta)`.
    pub value: f64,
    /// One slope a parameter, of all but `h`; 0 for a parameter that is held at 0. At a corner of the
    /// loss, of one of its sides.
    pub gradient: Vec<f64>,
    /// The largest change of a row's score from the reference, over rows of positive weight; 0
    /// without a reference.
    pub change: f64,
}

/// The part `h` of a penalty that is not smooth: `sum_j l1_j |theta_j| + sum_g strength_g ||theta_g||`,
/// infinite outside the bounds. One entry a parameter, the intercept last.
#[derive(Clone, Debug, PartialEq)]
pub struct Corners {
    /// `l1_j`.
    pub l1: Vec<f64>,
    /// Where each parameter may lie.
    pub bounds: Vec<(f64, f64)>,
    /// Parameters and strength of each group.
    pub groups: Vec<(Vec<usize>, f64)>,
}

impl Corners {
    /// `h(theta)`; infinite where a bound is passed by more than rounding.
    pub fn value(&self, theta: &[f64]) -> f64 {
        let outside = |(t, (low, high)): (&f64, &(f64, f64))| {
            let slack = 1e-12 * t.abs();
            *t < low - slack || *t > high + slack
        };
        if theta.iter().zip(&self.bounds).any(outside) {
            return f64::INFINITY;
        }
        let absolute: f64 = self.l1.iter().zip(theta).map(|(a, t)| a * t.abs()).sum();
        let norm = |members: &[usize]| {
            members.iter().filter_map(|&j| theta.get(j)).map(|t| t * t).sum::<f64>().sqrt()
        };
        absolute + self.groups.iter().map(|(g, strength)| strength * norm(g)).sum::<f64>()
    }

    /// The subgradient of `h` at `theta` that is nearest to `wanted`.
    pub fn subgradient(&self, theta: &[f64], wanted: &[f64]) -> Vec<f64> {
        let sides = theta.iter().zip(wanted).zip(self.l1.iter().zip(&self.bounds));
        let mut out: Vec<f64> = sides
            .map(|((t, wanted), (a, (low, high)))| {
                let below = if t <= low { f64::NEG_INFINITY } else { a * one_side(*t, -1.0) };
                let above = if t >= high { f64::INFINITY } else { a * one_side(*t, 1.0) };
                wanted.clamp(below, above)
            })
            .collect();
        for (members, strength) in &self.groups {
            let pick = |from: &[f64]| -> Vec<f64> {
                members.iter().map(|&j| from.get(j).copied().unwrap_or(0.0)).collect()
            };
            let (own, wanted) = (pick(theta), pick(wanted));
            let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
            let (size, length) = (norm(&own), norm(&wanted));
            let chosen: Vec<f64> = if size > 0.0 {
                own.iter().map(|t| strength * t / size).collect()
            } else if length > *strength {
                wanted.iter().map(|w| strength * w / length).collect()
            } else {
                wanted
            };
            for (&j, c) in members.iter().zip(chosen) {
                if let Some(slot) = out.get_mut(j) {
                    *slot = c;
                }
            }
        }
        out
    }
}

/// The sign of a number, or of one side of 0.
fn one_side(of: f64, at_zero: f64) -> f64 {
    if of == 0.0 { at_zero } else { of.signum() }
}

/// The penalised training objective of a plan on some rows.
pub struct Objective<'a> {
    plan: Plan,
    data: &'a Dataset,
    setup: Setup<'a>,
    terms: Terms,
    /// -1 where the positive class is the first.
    sign: f64,
    free: Chosen,
    corners: Option<Corners>,
}

/// The corners of a penalty over the columns and the intercept.
fn corners(terms: &Terms, cols: usize, free: &[usize]) -> Corners {
    let unbounded = (f64::NEG_INFINITY, f64::INFINITY);
    let groups = terms.groups.iter().flat_map(|groups| {
        groups.members.iter().zip(&groups.strength).map(|(members, strength)| {
            let live = members.iter().filter(|j| free.binary_search(j).is_ok());
            (live.copied().collect::<Vec<usize>>(), *strength)
        })
    });
    Corners {
        l1: (0..cols).map(|j| terms.l1.at(j)).chain([0.0]).collect(),
        bounds: (0..cols).map(|j| terms.bounds(j)).chain([unbounded]).collect(),
        groups: groups.filter(|(members, _)| !members.is_empty()).collect(),
    }
}

impl<'a> Objective<'a> {
    /// The objective that `plan` minimises on `data`.
    ///
    /// # Errors
    /// When there are not two classes, the loss is not convex, there are more than [`MOST_COLUMNS`]
    /// columns, or the plan refuses the data.
    pub fn new(plan: &Plan, data: &'a Dataset) -> Result<Self> {
        plan.needs_rows()?;
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        let classes = data.labels.classes().len();
        if classes != 2 || data.labels.is_multilabel() {
            return refuse("classes", classes.to_string(), "two classes, one a row");
        }
        if !plan.loss.is_convex() {
            let expected = "a convex loss (logistic, hinge, squared-hinge, smoothed-hinge, \
                            modified-huber, squared, poly)";
            return refuse("loss", plan.loss.name().to_owned(), expected);
        }
        if data.design.cols() > MOST_COLUMNS {
            return Err(Error::TooWide {
                what: "the curvature of the objective",
                columns: data.design.cols(),
                limit: MOST_COLUMNS,
                mend: "choose fewer columns",
            });
        }
        let weight = plan.row_weights(data, data.weights.as_deref())?;
        let setup = Setup::new(plan, data, &weight)?;
        let terms = setup.shape.terms(plan.penalty.check()?);
        let scale = &setup.problem.scaling.scale;
        let free = (0..scale.len()).filter(|&j| scale.get(j).is_some_and(|s| *s != 0.0)).collect();
        let free = Chosen::new(free, scale.len());
        let sign = plan.sign(classes);
        let corners = (!terms.is_smooth()).then(|| corners(&terms, scale.len(), &free.columns));
        Ok(Self { plan: plan.clone(), data, setup, terms, sign, free, corners })
    }

    /// Number of parameters: columns and the intercept.
    pub fn len(&self) -> usize {
        self.setup.problem.len()
    }

    /// Whether there are no parameters; never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of training rows.
    pub fn rows(&self) -> usize {
        self.setup.problem.n()
    }

    /// Whether there is an intercept.
    pub fn has_intercept(&self) -> bool {
        self.setup.problem.fit_intercept
    }

    /// How fast the loss's curvature changes.
    pub fn bend(&self) -> Bend {
        match self.plan.loss {
            Loss::Logistic => Bend::SelfConcordant { rate: 1.0 },
            Loss::Poly { .. } => Bend::SelfConcordant { rate: 2.0 },
            Loss::Squared => Bend::Constant,
            _ => Bend::Unknown,
        }
    }

    /// The parameters that are not held at 0, increasing: columns that vary, and the intercept.
    pub fn free(&self) -> Vec<usize> {
        let intercept = self.has_intercept().then(|| self.len() - 1);
        self.free.columns.iter().copied().chain(intercept).collect()
    }

    /// `b_j`, the strength of the square of each parameter; 0 for the intercept.
    pub fn strengths(&self) -> Vec<f64> {
        let d = self.len() - 1;
        (0..d).map(|j| self.terms.l2.at(j)).chain([0.0]).collect()
    }

    /// The part of the penalty that is not smooth; `None` where all of it is.
    pub fn corners(&self) -> Option<&Corners> {
        self.corners.as_ref()
    }

    /// The class of each training row as -1 or 1 and its weight (they sum to 1), where the loss is the
    /// hinge: `sum_i weight_i max(0, 1 - sign_i f_i)`.
    pub fn hinge(&self) -> Option<(Vec<f64>, &[f64])> {
        let problem = &self.setup.problem;
        let signs = || (0..problem.n()).map(|i| problem.loss.sign(i, 0)).collect();
        (self.plan.loss == Loss::Hinge).then(|| (signs(), problem.weight.as_slice()))
    }

    /// The convex conjugate of the penalty, `sup_theta t u . theta - penalty(theta)` over the columns,
    /// and the largest `t <= 1` that makes it finite; `None` where no `t > 0` does.
    pub fn conjugate(&self, u: &[f64]) -> Option<(f64, f64)> {
        self.terms.conjugate(u.get(..self.len() - 1)?)
    }

    /// The parameters of a model.
    ///
    /// # Errors
    /// When the model has other columns or classes.
    pub fn parameters(&self, model: &LinearModel) -> Result<Vec<f64>> {
        self.check(model)?;
        let problem = &self.setup.problem;
        let sign = if model.positive() == Some(0) { -1.0 } else { 1.0 };
        let coef = model.coef().first().map(Vec::as_slice).unwrap_or_default();
        let w = self.setup.view.at_positions(coef);
        let mut theta = Vec::with_capacity(self.len());
        let mut intercept = sign * model.intercept().first().copied().unwrap_or(0.0);
        for (w, (scale, center)) in
            w.iter().zip(problem.scaling.scale.iter().zip(&problem.scaling.center))
        {
            theta.push(if *scale == 0.0 { 0.0 } else { sign * w / scale });
            intercept += sign * w * center;
        }
        theta.push(intercept);
        Ok(theta)
    }

    fn check(&self, model: &LinearModel) -> Result<()> {
        if model.n_features() != self.data.design.cols() {
            let (found, expected) = (self.data.design.cols(), model.n_features());
            return Err(Error::Shape { what: "columns of the design", found, expected });
        }
        if model.classes() != self.data.labels.classes() || model.is_multilabel() {
            let (found, expected) = (self.data.labels.classes().len(), model.classes().len());
            return Err(Error::Shape { what: "classes of the data", found, expected });
        }
        Ok(())
    }

    /// The model of some parameters, with the link and the positive class that a fit would have.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn model(&self, theta: &[f64]) -> Result<LinearModel> {
        let problem = &self.setup.problem;
        let (w, b) = problem.to_raw(theta);
        let coef = w.iter().map(|w| self.sign * w).collect();
        let coefficients = Coefficients {
            coef: vec![self.setup.view.to_design(coef)],
            intercept: b.iter().map(|b| self.sign * b).collect(),
            standardized: Vec::new(),
        };
        coefficients.model(&self.plan, self.data)
    }

    /// What a row of a design multiplies the parameters by: its score for the positive class is the
    /// product. 0 for a parameter that is held at 0.
    ///
    /// # Errors
    /// When the design has other columns or no such row.
    pub fn direction(&self, design: &Design, row: usize) -> Result<Vec<f64>> {
        let shape = |what, found, expected| Err(Error::Shape { what, found, expected });
        if design.cols() != self.data.design.cols() {
            return shape("columns of the design", design.cols(), self.data.design.cols());
        }
        if row >= design.rows() {
            return shape("row of the design", row + 1, design.rows());
        }
        let mut raw = vec![0.0; design.cols()];
        design.for_each_in_row(row, |j, x| {
            if let Some(cell) = raw.get_mut(j) {
                *cell = x;
            }
        });
        let scaling = &self.setup.problem.scaling;
        let units = scaling.center.iter().zip(&scaling.scale);
        let raw = self.setup.view.at_positions(&raw);
        let columns = raw.iter().zip(units).map(|(x, (c, s))| self.sign * (x - c) * s);
        let intercept = if self.has_intercept() { self.sign } else { 0.0 };
        Ok(columns.chain([intercept]).collect())
    }

    /// Value and gradient: one pass, on all threads.
    pub fn at(&self, theta: &[f64]) -> ObjectiveAt {
        let pass = self.setup.problem.pass(theta);
        self.penalised(theta, pass.loss, pass.gradient, 0.0)
    }

    /// The scores of the training rows in the problem's own sign, for [`Objective::at_each`].
    pub fn scores(&self, theta: &[f64]) -> Vec<f64> {
        self.setup.problem.scores(theta)
    }

    /// Value and gradient at each of several parameters, in one pass over the matrix on the calling
    /// thread. `reference` holds scores to measure [`ObjectiveAt::change`] from.
    pub fn at_each(&self, thetas: &[Vec<f64>], reference: Option<&[f64]>) -> Vec<ObjectiveAt> {
        let problem = &self.setup.problem;
        let (d, k) = (problem.cols(), thetas.len());
        let raw: Vec<(Vec<f64>, f64)> = thetas
            .iter()
            .map(|theta| {
                let (w, b) = problem.to_raw(theta);
                (w, b.first().copied().unwrap_or(0.0))
            })
            .collect();
        let w = Mat::from_fn(d, k, |j, c| raw[c].0[j]);
        let mut tile = Tile::new(d, k);
        let mut sums = vec![(0.0, 0.0, 0f64); k];
        for chunk in problem.chunks() {
            for rows in problem.tiles(chunk) {
                self.tile_scores(rows.clone(), &w, &raw, &mut tile);
                let s = &problem.weight[rows.clone()];
                let known = reference.and_then(|all| all.get(rows.clone())).unwrap_or_default();
                for (c, (loss, total, change)) in sums.iter_mut().enumerate() {
                    let (scores, slope, state) = tile.of(c, rows.len());
                    *loss += problem.loss.tile(rows.start, scores, s, slope, state);
                    *total += slope.iter().sum::<f64>();
                    for ((f, known), s) in scores.iter().zip(known).zip(s) {
                        let moved = if *s > 0.0 { (f - known).abs() } else { 0.0 };
                        *change = change.max(moved);
                    }
                }
                self.tile_sums(rows, &mut tile);
            }
        }
        let each = thetas.iter().zip(sums).enumerate();
        each.map(|(c, (theta, (loss, total, change)))| {
            let mut sum: Vec<f64> = (0..d).map(|j| tile.sums[(j, c)]).chain([total]).collect();
            problem.to_standard(&mut sum);
            self.penalised(theta, loss, sum, change)
        })
        .collect()
    }

    /// Scores of a tile, one column of the matrix for each of the parameters.
    fn tile_scores(
        &self,
        rows: Range<usize>,
        w: &Mat<f64>,
        raw: &[(Vec<f64>, f64)],
        tile: &mut Tile,
    ) {
        let m = rows.len();
        tile.fit(m);
        if let Some(x) = self.dense(rows.clone()) {
            let out = tile.scores.as_mut().submatrix_mut(0, 0, m, raw.len());
            matmul(out, Accum::Replace, x, w.as_ref(), 1.0, Par::Seq);
            for (c, (_, b)) in raw.iter().enumerate() {
                tile.of(c, m).0.iter_mut().for_each(|f| *f += b);
            }
            return;
        }
        for (c, (w, b)) in raw.iter().enumerate() {
            self.setup.problem.rows().scores(rows.clone(), w, *b, tile.of(c, m).0);
        }
    }

    /// Adds a tile's slopes times its rows.
    fn tile_sums(&self, rows: Range<usize>, tile: &mut Tile) {
        let (m, k) = (rows.len(), tile.sums.ncols());
        if let Some(x) = self.dense(rows.clone()) {
            let slopes = tile.slopes.as_ref().submatrix(0, 0, m, k);
            matmul(tile.sums.as_mut(), Accum::Add, x.transpose(), slopes, 1.0, Par::Seq);
            return;
        }
        for c in 0..k {
            let slope = tile.slopes.col_as_slice(c).get(..m).unwrap_or_default();
            let sum = tile.sums.col_as_slice_mut(c);
            self.setup.problem.rows().accumulate(rows.clone(), slope, sum);
        }
    }

    /// Rows of a dense matrix of doubles.
    fn dense(&self, rows: Range<usize>) -> Option<MatRef<'_, f64>> {
        let Matrix::DenseF64(m) = self.data.design.matrix() else { return None };
        let (d, n) = (m.cols(), rows.len());
        let values = m.values().get(rows.start * d..rows.end * d)?;
        Some(MatRef::from_row_major_slice(values, n, d))
    }

    fn penalised(&self, theta: &[f64], loss: f64, gradient: Vec<f64>, change: f64) -> ObjectiveAt {
        let mut gradient = gradient;
        for (j, (g, t)) in gradient.iter_mut().zip(theta).take(self.len() - 1).enumerate() {
            *g += self.terms.l2.at(j) * t;
        }
        let value = match &self.corners {
            None => self.setup.problem.objective(theta, loss, &self.terms),
            Some(corners) => {
                let squares = theta.iter().take(self.len() - 1).enumerate();
                let squares: f64 = squares.map(|(j, t)| self.terms.l2.at(j) * t * t).sum();
                loss + 0.5 * squares + corners.value(theta)
            }
        };
        ObjectiveAt { value, gradient, change }
    }

    /// The Hessian of all but `h` over the [free](Objective::free) parameters: one pass and `n d^2 / 2`
    /// multiplications. On a straight part of a loss, the curvature of a parabola above it.
    pub fn hessian(&self, theta: &[f64]) -> Mat<f64> {
        let problem = &self.setup.problem;
        let mut h = self.cut(newton::curvature(problem, &problem.pass(theta), &self.free));
        for (a, &j) in self.free.columns.iter().enumerate() {
            h[(a, a)] += self.terms.l2.at(j);
        }
        h
    }

    /// `sum_i c_i z_i z_i'` over the [free](Objective::free) parameters, for `c_i >= 0`.
    pub fn gram(&self, c: &[f64]) -> Mat<f64> {
        self.cut(gram::gram(&self.setup.problem, c, &self.free))
    }

    /// `sum_i r_i z_i`, one number a parameter: one pass.
    pub fn rows_times(&self, r: &[f64]) -> Vec<f64> {
        self.setup.problem.rows_times(r)
    }

    /// Without the intercept's line where there is no intercept.
    fn cut(&self, of: Mat<f64>) -> Mat<f64> {
        let width = self.free.columns.len();
        if self.has_intercept() { of } else { of.submatrix(0, 0, width, width).to_owned() }
    }

    /// Largest slope of the objective: 0 at the optimum.
    pub fn residual(at: &ObjectiveAt) -> f64 {
        vector::largest(&at.gradient)
    }
}

/// Room for the tiles of [`Objective::at_each`]: a column for each of the parameters.
struct Tile {
    scores: Mat<f64>,
    slopes: Mat<f64>,
    state: Vec<f64>,
    sums: Mat<f64>,
}

impl Tile {
    fn new(d: usize, k: usize) -> Self {
        let empty = || Mat::zeros(0, k);
        Self { scores: empty(), slopes: empty(), state: Vec::new(), sums: Mat::zeros(d, k) }
    }

    /// Makes room for so many rows.
    fn fit(&mut self, rows: usize) {
        if self.state.len() < rows {
            let k = self.sums.ncols();
            self.scores = Mat::zeros(rows, k);
            self.slopes = Mat::zeros(rows, k);
            self.state.resize(rows, 0.0);
        }
    }

    /// Scores, slopes and curvature of so many rows at one of the parameters.
    fn of(&mut self, c: usize, rows: usize) -> (&mut [f64], &mut [f64], &mut [f64]) {
        let scores = self.scores.col_as_slice_mut(c);
        let slopes = self.slopes.col_as_slice_mut(c);
        (&mut scores[..rows], &mut slopes[..rows], &mut self.state[..rows])
    }
}
