//! The largest value of a linear function over the near-optimal set of the hinge loss.
//!
//! The hinge is piecewise straight, so its set is the body of an [interior point](super::interior) as
//! it stands: one term a training row.
//!
//! **Inner witness.** The point of the path, or the point of the segment to the optimum that convexity
//! proves to be inside.
//!
//! **Outer bound.** For `nu > 0` and `0 <= alpha_i <= nu s_i`, all models of the set have
//! `x.theta <= nu c + sum_i alpha_i (y_i f_i - 1) + x.theta - nu P(theta)`, hence at most
//! `nu c - sum alpha_i + nu P*((x + sum_i alpha_i y_i z_i) / nu)` with `P*` the conjugate of the
//! penalty. The free intercept needs `sum_i alpha_i y_i = -x_0`; the multipliers of the path are moved by
//! what they lack of it, each by the same share of its own room.

use faer::Mat;
use linecall_linear::Objective;

use super::extreme::Extreme;
use super::interior::{Body, Parabola, Path, Rows, Start};
use super::near_optimal::{NearOptimal, ROUNDING, at, dot};

/// Most steps for one direction.
const MOST_STEPS: usize = 250;

/// Sum of products, as a share of the room, from which a bound is worth its pass over the rows.
const WORTH: f64 = 0.03;

/// Classes and weights of the training rows.
pub(super) struct HingeRows {
    signs: Vec<f64>,
    weights: Vec<f64>,
}

impl HingeRows {
    pub(super) fn new(signs: Vec<f64>, weights: &[f64]) -> Self {
        Self { signs, weights: weights.to_vec() }
    }

    /// The curvature of parabolas in the place of the rows, and of the penalty.
    pub(super) fn scale(&self, objective: &Objective) -> Mat<f64> {
        let mut h = objective.gram(&self.weights);
        let strengths = objective.strengths();
        for (a, &j) in objective.free().iter().enumerate() {
            h[(a, a)] += at(&strengths, j);
        }
        h
    }
}

/// The rows of the objective, times their signs.
struct Signed<'a> {
    set: &'a NearOptimal<'a>,
    rows: &'a HingeRows,
    zero: Vec<f64>,
}

impl Rows for Signed<'_> {
    fn weights(&self) -> &[f64] {
        &self.rows.weights
    }

    fn products(&self, v: &[f64]) -> Vec<f64> {
        let mut out = self.set.objective.scores(&self.set.moved(&self.zero, v, 1.0));
        out.iter_mut().zip(&self.rows.signs).for_each(|(f, y)| *f *= y);
        out
    }

    fn times(&self, r: &[f64]) -> Vec<f64> {
        let signed: Vec<f64> = r.iter().zip(&self.rows.signs).map(|(r, y)| r * y).collect();
        self.set.freed(&self.set.objective.rows_times(&signed))
    }

    fn gram(&self, c: &[f64]) -> Mat<f64> {
        self.set.objective.gram(c)
    }
}

impl NearOptimal<'_> {
    /// The largest `x.theta`; `cut` is a value on whose side of the maximum must be known if it can be.
    pub(super) fn hinged(&self, rows: &HingeRows, x: &[f64], cut: Option<f64>) -> Extreme {
        let start = self.freed(&self.optimum);
        let centre = dot(x, &start);
        let cut = cut.unwrap_or(f64::NAN);
        let optimum = || self.optimum.clone();
        if x.iter().all(|v| *v == 0.0) {
            return Extreme { reached: centre, bound: centre, theta: optimum(), passes: 0 };
        }
        let mut best =
            Extreme { reached: centre, bound: f64::INFINITY, theta: optimum(), passes: 0 };
        let m = x.len();
        let strengths: Vec<f64> = self.free.iter().map(|&j| at(&self.strengths, j)).collect();
        let parabola = Parabola {
            centre: vec![0.0; m],
            value: 0.0,
            slope: vec![0.0; m],
            curvature: Mat::from_fn(m, m, |i, j| if i == j { at(&strengths, i) } else { 0.0 }),
        };
        let signed = Signed { set: self, rows, zero: vec![0.0; self.optimum.len()] };
        let limit = 0.5 * (self.inner_limit() + self.outer_limit());
        let room = limit - self.value;
        let body = Body::new(parabola, Some(&signed), &[], &[], &[], limit);
        let scale = dot(x, &self.solve(x));
        let nu = (scale / (2.0 * room)).sqrt();
        let mut path = Path::new(&body, x, &start, (room, nu), Start::Far);
        for _ in 0..MOST_STEPS {
            if path.advance().is_none() {
                break;
            }
            best.passes += 1;
            self.reach(&path, rows, x, &mut best);
            if path.left(room) > WORTH {
                continue;
            }
            let bound = self.bounded(&path, &signed, x);
            best.bound = best.bound.min(bound).max(best.reached);
            let (width, size) = (best.bound - best.reached, best.bound - centre);
            let decided = !(best.reached < cut && cut <= best.bound);
            let floor = 1e-12 * (size + centre.abs());
            if width <= floor || width <= self.options.tolerance * size && decided {
                break;
            }
        }
        if best.bound.is_infinite() {
            best.bound = self.bounded(&path, &signed, x).max(best.reached);
        }
        // Sums that were carried along the path are taken anew.
        let theta = std::mem::replace(&mut best.theta, self.optimum.clone());
        if let Some(here) = self.objective.at_each(std::slice::from_ref(&theta), None).pop() {
            best.reached = centre;
            self.keep(x, &theta, here.value, &mut best);
        }
        best
    }

    /// What the point of the path reaches inside the set.
    fn reach(&self, path: &Path, rows: &HingeRows, x: &[f64], best: &mut Extreme) {
        let value = dot(x, &path.theta);
        if value <= best.reached {
            return;
        }
        let losses = path.row_products().iter().zip(&rows.weights);
        let loss: f64 = losses.map(|(p, w)| w * (1.0 - p).max(0.0)).sum();
        let theta = self.moved(&vec![0.0; self.optimum.len()], &path.theta, 1.0);
        let squares = self.strengths.iter().zip(&theta);
        let here = loss + 0.5 * squares.map(|(b, t)| b * t * t).sum::<f64>();
        self.keep(x, &theta, here, best);
    }

    /// Takes in a point whose objective is `here`, drawn towards the optimum as far as it must be.
    fn keep(&self, x: &[f64], theta: &[f64], here: f64, best: &mut Extreme) {
        let limit = self.inner_limit();
        let share = if here <= limit {
            1.0
        } else {
            ((limit - self.value) / (here - self.value)).clamp(0.0, 1.0)
        };
        let centre = dot(x, &self.freed(&self.optimum));
        let reached = centre + share * (dot(x, &self.freed(theta)) - centre);
        if reached > best.reached {
            best.reached = reached;
            let pairs = self.optimum.iter().zip(theta);
            best.theta = pairs.map(|(o, t)| o + share * (t - o)).collect();
        }
    }

    /// What no model of the set exceeds.
    fn bounded(&self, path: &Path, signed: &Signed, x: &[f64]) -> f64 {
        let nu = path.nu;
        let rows = signed.rows;
        let top = |i: usize| nu * at(&rows.weights, i);
        let mut alpha: Vec<f64> =
            path.alphas().enumerate().map(|(i, a)| a.clamp(0.0, top(i))).collect();
        if self.objective.has_intercept() {
            let free = x.last().copied().unwrap_or(0.0);
            let sum: f64 = alpha.iter().zip(&rows.signs).map(|(a, y)| a * y).sum();
            let lack = -free - sum;
            // How far each can go the way that is lacking.
            let way: Vec<f64> = alpha
                .iter()
                .zip(&rows.signs)
                .enumerate()
                .map(|(i, (a, y))| if y * lack > 0.0 { top(i) - a } else { -a })
                .collect();
            let all: f64 = way.iter().zip(&rows.signs).map(|(w, y)| w * y).sum();
            if lack != 0.0 {
                let share = lack / all;
                if !(0.0..=1.0).contains(&share) {
                    return f64::INFINITY;
                }
                alpha.iter_mut().zip(way).for_each(|(a, w)| *a += share * w);
            }
        }
        let sums = signed.times(&alpha);
        let mut u = vec![0.0; self.strengths.len()];
        for ((&j, x), sum) in self.free.iter().zip(x).zip(sums) {
            if let Some(u) = u.get_mut(j) {
                *u = (x + sum) / nu;
            }
        }
        let limit = self.outer_limit() * (1.0 + ROUNDING);
        match self.objective.conjugate(&u) {
            Some((penalty, t)) => nu / t * (limit + penalty) - alpha.iter().sum::<f64>(),
            None => f64::INFINITY,
        }
    }
}
