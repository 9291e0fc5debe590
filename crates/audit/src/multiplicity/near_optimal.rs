//! The set of near-optimal models: its optimum, its limit, and what proofs about it need.

use faer::Mat;
use faer::Side;
use faer::linalg::solvers::{Llt, Solve};
use linecall_data::{Dataset, Design};
use linecall_linear::{Bend, Corners, LinearModel, Objective, Plan};
use serde::Serialize;

use super::hinge::HingeRows;
use crate::{Error, Result};

/// What double precision may change of an objective, as a share of it: the limit is drawn in by so
/// much for models that are claimed to be inside, and moved out for bounds.
pub(super) const ROUNDING: f64 = 1e-13;

/// How ranges are computed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RangeOptions {
    /// A model belongs to the set if its objective is at most `1 + epsilon` times the optimum.
    pub epsilon: f64,
    /// Largest distance of a bound from what a model reaches, as a share of the distance of the
    /// bound from the score of the optimum.
    pub tolerance: f64,
    /// Most steps for one end of a range.
    pub steps: usize,
    /// The score above which the positive class is called, by the model and by its rivals; the
    /// discrepancy is told at 0 only.
    pub above: f64,
}

impl Default for RangeOptions {
    fn default() -> Self {
        Self { epsilon: 0.01, tolerance: 1e-6, steps: 80, above: 0.0 }
    }
}

impl RangeOptions {
    fn check(&self) -> Result<()> {
        let refuse = |name, value: f64, expected| {
            Err(Error::Setting { name, value: value.to_string(), expected })
        };
        if !(self.epsilon.is_finite() && self.epsilon >= 1e-9) {
            return refuse("epsilon", self.epsilon, "a finite number of at least 1e-9");
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return refuse("tolerance", self.tolerance, "a number between 0 and 1");
        }
        if !self.above.is_finite() {
            return refuse("threshold", self.above, "a finite score");
        }
        Ok(())
    }
}

/// All models whose penalised training objective is within a share `epsilon` of the optimum.
///
/// The optimum is the plan's own; the model under audit gives the calls that others are compared
/// with, and need not be the optimum (nor in the set: see [`NearOptimal::holds_the_model`]).
pub struct NearOptimal<'a> {
    pub(super) objective: Objective<'a>,
    pub(super) model: LinearModel,
    pub(super) options: RangeOptions,
    /// Parameters of the optimum, its objective, and how far that is from a proved lower bound.
    pub(super) optimum: Vec<f64>,
    pub(super) value: f64,
    pub(super) gap: f64,
    /// Objective of the model under audit.
    model_value: f64,
    pub(super) free: Vec<usize>,
    pub(super) strengths: Vec<f64>,
    /// Of the Hessian at the optimum, over the free parameters.
    pub(super) factor: Llt<f64>,
    /// What is known of the loss's curvature; nothing where the Hessian had to be changed.
    pub(super) bend: Bend,
    /// `max_i |x_i|` in the inverse Hessian, over training rows of positive weight, times the rate of
    /// the loss.
    pub(super) leverage: f64,
    /// Scores of the training rows at the optimum.
    pub(super) scores: Vec<f64>,
    /// Where the penalty has corners.
    pub(super) corners: Option<Cornered>,
    /// Where the loss is the hinge.
    pub(super) hinge: Option<HingeRows>,
}

/// The corners of a penalty over the free parameters, and the smooth part at the optimum.
pub(super) struct Cornered {
    pub(super) corners: Corners,
    pub(super) slope: Vec<f64>,
    pub(super) hessian: Mat<f64>,
}

impl Cornered {
    fn new(all: &Corners, free: &[usize], slope: Vec<f64>, hessian: Mat<f64>) -> Self {
        let own = |j: &usize| free.binary_search(j).ok();
        let groups = all.groups.iter();
        let groups = groups.map(|(g, strength)| (g.iter().filter_map(own).collect(), *strength));
        let unbounded = (f64::NEG_INFINITY, f64::INFINITY);
        let bound = |&j: &usize| all.bounds.get(j).copied().unwrap_or(unbounded);
        let corners = Corners {
            l1: free.iter().map(|&j| at(&all.l1, j)).collect(),
            bounds: free.iter().map(bound).collect(),
            groups: groups.collect(),
        };
        Self { corners, slope, hessian }
    }
}

impl<'a> NearOptimal<'a> {
    /// The set around the optimum of `plan` on `data`. Cost: a fit, a Hessian and its factor.
    ///
    /// # Errors
    /// As for [`Objective::new`] and [`Plan::fit`]; when an option is out of range, or nothing bounds
    /// the set (a loss other than the logistic, the squared and `poly` with a column that is neither
    /// penalised nor bounded).
    pub fn new(
        plan: &Plan,
        data: &'a Dataset,
        model: &LinearModel,
        options: &RangeOptions,
    ) -> Result<Self> {
        options.check()?;
        let objective = Objective::new(plan, data)?;
        let model_value = objective.at(&objective.parameters(model)?).value;
        // Where the duality gap must do, it is `1 / strength` times the residual.
        let smooth = objective.bend() != Bend::Unknown;
        let tolerance = plan.tolerance.min(if smooth { 1e-10 } else { 1e-13 });
        let plan = Plan { tolerance, ..plan.clone() };
        let fit = plan.fit(data)?;
        let optimum = objective.parameters(&fit.model)?;
        let (free, strengths) = (objective.free(), objective.strengths());
        let held = |side: f64| objective.conjugate(&vec![side; strengths.len()]).is_some();
        if objective.bend() == Bend::Unknown && !(held(1.0) && held(-1.0)) {
            return Err(Error::Model(format!(
                "ranges under the {} loss need a penalty on every column: use --penalty l2 with \
                 --lambda above 0 (the logistic, the squared and the poly loss do without)",
                plan.loss.name()
            )));
        }
        let rows = objective.hinge().map(|(signs, weights)| HingeRows::new(signs, weights));
        // The hinge has no curvature; that of a parabola through its corner tells the scale.
        let hessian = match &rows {
            Some(rows) => rows.scale(&objective),
            None => objective.hessian(&optimum),
        };
        let (factor, changed) = factor(hessian.clone())?;
        let bend = if changed { Bend::Unknown } else { objective.bend() };
        let mut set = Self {
            model: model.clone(),
            options: options.clone(),
            value: 0.0,
            gap: 0.0,
            model_value,
            leverage: 0.0,
            scores: objective.scores(&optimum),
            objective,
            optimum,
            free,
            strengths,
            factor,
            bend,
            corners: None,
            hinge: rows,
        };
        set.leverage = set.largest_leverage(data)?;
        let here = set.objective.at(&set.optimum);
        set.value = here.value;
        let mut slope = here.gradient.clone();
        if let Some(all) = set.objective.corners() {
            let smooth = set.freed(&slope);
            let wanted: Vec<f64> = slope.iter().map(|g| -g).collect();
            let kink = all.subgradient(&set.optimum, &wanted);
            slope.iter_mut().zip(kink).for_each(|(g, kink)| *g += kink);
            set.corners = Some(Cornered::new(all, &set.free, smooth, hessian));
        }
        let penalty = set.below_by_penalty(&slope);
        let slope = set.freed(&slope);
        let decrement = dot(&slope, &set.solve(&slope)).max(0.0).sqrt();
        let curved = above_minimum(set.bend, decrement, set.leverage, 0.0);
        let dual = fit.certificate.duality_gap.unwrap_or(f64::INFINITY);
        set.gap = curved.min(dual).min(penalty);
        if set.gap.is_infinite() {
            return Err(Error::Model(format!(
                "ranges need a proved lower bound of the optimum, and the {} loss with an intercept \
                 has none here: use the logistic or the squared loss, a hinge that is rounded, or \
                 no intercept",
                plan.loss.name()
            )));
        }
        if set.gap.is_nan() || set.gap > 0.1 * options.epsilon * set.value {
            return Err(Error::Model(format!(
                "the optimum is known to within {:e} of an objective of {:e}, which is too little \
                 for epsilon {}: use a larger epsilon, or a fit that converges",
                set.gap, set.value, options.epsilon
            )));
        }
        Ok(set)
    }

    /// The same set with another epsilon.
    ///
    /// # Errors
    /// When it is not a finite number of at least 1e-9.
    pub fn with_epsilon(mut self, epsilon: f64) -> Result<Self> {
        self.options.epsilon = epsilon;
        self.options.check()?;
        Ok(self)
    }

    /// The optimal objective.
    pub fn optimal_value(&self) -> f64 {
        self.value
    }

    /// The largest objective in the set.
    pub fn limit(&self) -> f64 {
        (1.0 + self.options.epsilon) * self.value
    }

    /// Objective of the model under audit.
    pub fn model_value(&self) -> f64 {
        self.model_value
    }

    /// Whether the model under audit is in the set itself.
    pub fn holds_the_model(&self) -> bool {
        self.model_value <= self.limit()
    }

    /// The objective of any model of the same columns and classes: one pass.
    ///
    /// # Errors
    /// When the model has other columns or classes.
    pub fn value_of(&self, model: &LinearModel) -> Result<f64> {
        Ok(self.objective.at(&self.objective.parameters(model)?).value)
    }

    /// The model under audit.
    pub fn model(&self) -> &LinearModel {
        &self.model
    }

    /// Models below are inside, whatever rounding does.
    pub(super) fn inner_limit(&self) -> f64 {
        (1.0 + self.options.epsilon) * (self.value - self.gap) * (1.0 - ROUNDING)
    }

    /// Models above are outside, whatever rounding does.
    pub(super) fn outer_limit(&self) -> f64 {
        self.limit() * (1.0 + ROUNDING)
    }

    /// The entries of the free parameters.
    pub(super) fn freed(&self, of: &[f64]) -> Vec<f64> {
        self.free.iter().map(|&j| at(of, j)).collect()
    }

    /// The inverse Hessian times a vector over the free parameters.
    pub(super) fn solve(&self, v: &[f64]) -> Vec<f64> {
        solve(&self.factor, v)
    }

    /// What each row of a design multiplies the free parameters by.
    pub(super) fn directions(&self, design: &Design) -> Result<Vec<Vec<f64>>> {
        let one = |i| Ok(self.freed(&self.objective.direction(design, i)?));
        (0..design.rows()).map(one).collect()
    }

    /// How far the optimum can be below the objective at a gradient, from the penalty alone.
    fn below_by_penalty(&self, gradient: &[f64]) -> f64 {
        let one = |&j: &usize| match (at(gradient, j), at(&self.strengths, j)) {
            (0.0, _) => 0.0,
            (g, strength) => g * g / (2.0 * strength),
        };
        self.free.iter().map(one).sum()
    }

    fn largest_leverage(&self, data: &Dataset) -> Result<f64> {
        let Bend::SelfConcordant { rate } = self.bend else { return Ok(0.0) };
        let l = self.factor.L();
        let weight = |i| data.weights.as_ref().is_none_or(|w| w.get(i).is_some_and(|s| *s > 0.0));
        let mut top = 0f64;
        for i in (0..data.rows()).filter(|&i| weight(i)) {
            let mut v = self.freed(&self.objective.direction(&data.design, i)?);
            // |L^-1 x|, by forward substitution.
            let mut sum = 0.0;
            for a in 0..v.len() {
                let own = at(&v, a) / l[(a, a)];
                v.iter_mut().enumerate().skip(a + 1).for_each(|(b, v)| *v -= own * l[(b, a)]);
                sum += own * own;
            }
            top = top.max(sum);
        }
        Ok(rate * top.sqrt())
    }
}

/// How far the minimum of a function can be below its value, from the length `decrement` of its
/// gradient in the inverse Hessian *at the optimum*, the largest row `leverage` in the same, and the
/// largest `change` of a score from there; `leverage` is times the rate of the loss. A convex function with
/// corners may be added: `gradient` then holds a subgradient of it.
///
/// With `|l'''| <= rate l''` the Hessian here is at least `e^-change` times that at the optimum, and along
/// any line `F(theta + t) >= F + g.t + |t|^2 (e^-m + m - 1)/m^2` with `m` the largest change of a
/// score (Bach 2010, proposition 1). The least of the right side is `-(q + (1-q) log(1-q)) / lev^2`,
/// `q = decrement lev`, both taken here.
pub(super) fn above_minimum(bend: Bend, decrement: f64, leverage: f64, change: f64) -> f64 {
    match bend {
        Bend::Constant => 0.5 * decrement * decrement,
        Bend::Unknown => f64::INFINITY,
        Bend::SelfConcordant { rate } => {
            let change = rate * change;
            let square = change.exp() * decrement * decrement;
            let q = square.sqrt() * leverage * (0.5 * change).exp();
            if q < 0.1 {
                // q + (1-q) log(1-q) = q^2/2 + q^3/6 + q^4/12 + ... <= q^2/2 (1 + q).
                0.5 * square * (1.0 + q)
            } else if q < 1.0 {
                square * (q + (1.0 - q) * (-q).ln_1p()) / (q * q)
            } else {
                f64::INFINITY
            }
        }
    }
}

/// Factorises a Hessian, and says whether a direction in which it is flat was given some curvature:
/// that is good for steps, and for no proof.
pub(super) fn factor(mut h: Mat<f64>) -> Result<(Llt<f64>, bool)> {
    let n = h.nrows();
    let top = (0..n).fold(0f64, |m, i| m.max(h[(i, i)].abs()));
    let mut ridge = 0.0;
    for _ in 0..8 {
        if let Ok(factor) = h.llt(Side::Lower) {
            return Ok((factor, ridge > 0.0));
        }
        let next = if ridge == 0.0 { 1e-14 * top } else { 100.0 * ridge };
        (0..n).for_each(|i| h[(i, i)] += next - ridge);
        ridge = next;
    }
    Err(Error::Model(
        "the curvature of the objective cannot be factorised; rescale the columns".to_owned(),
    ))
}

pub(super) fn solve(factor: &Llt<f64>, v: &[f64]) -> Vec<f64> {
    let rhs = Mat::from_fn(v.len(), 1, |i, _| at(v, i));
    let out = factor.solve(&rhs);
    (0..v.len()).map(|i| out[(i, 0)]).collect()
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// An entry, 0 beyond the end.
pub(super) fn at(v: &[f64], j: usize) -> f64 {
    v.get(j).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_two_counts_a_change_twice() {
        let bend = |rate| Bend::SelfConcordant { rate };
        for (decrement, leverage, change) in [(0.01, 1.0, 0.3), (0.2, 1.5, 0.5), (0.4, 1.0, 0.0)] {
            let twice = above_minimum(bend(2.0), decrement, leverage, change);
            let once = above_minimum(bend(1.0), decrement, leverage, 2.0 * change);
            assert_eq!(twice, once);
            assert!(twice >= above_minimum(bend(1.0), decrement, leverage, change));
        }
    }
}
