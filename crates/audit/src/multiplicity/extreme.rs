//! The largest value of a linear function of the parameters over the near-optimal set.
//!
//! `max x.theta` subject to `F(theta) <= c` is a convex problem whose optimum satisfies
//! `grad F(theta) = x / mu`, `F(theta) = c`. A step solves it for a quadratic model of `F`: with `B`
//! near the inverse Hessian and `g` the gradient here,
//! `theta + B (tau x - g)`, `tau^2 = (2 (c - F) + g'B g) / x'B x`.
//! `B` starts as the inverse Hessian at the optimum of `F`, factorised once for all directions, and
//! learns from the gradients it has seen (limited-memory BFGS; Nocedal, "Updating quasi-Newton
//! matrices with limited storage", 1980). A step costs one pass over the training rows.
//!
//! **Inner witness.** `theta` itself where `F(theta) <= c`, else the point of the segment to the
//! optimum that convexity proves to be inside.
//!
//! **Outer bound.** For any `mu > 0` and any `theta'` in the set,
//! `x.theta' <= x.theta' - mu (F(theta') - c)`, and `F(theta') >= F(theta) + g.(theta' - theta) + curvature`, so
//! `x.theta' <= x.theta + mu (c - F(theta)) + mu G`, where `G` bounds how far the residual
//! `g - x/mu` can take `F - x/mu` below its value here:
//! - `sum_j (g_j - x_j/mu)^2 / (2 b_j)` from a penalty `b_j/2 theta_j^2`, with `mu = x_0/g_0` so that
//!   the free intercept has no residual;
//! - from the curvature of the loss (`above_minimum`), where that is known not to change too fast.
//!
//! **Corners.** Where the penalty has a part `h` with corners, the quadratic model is of the rest, its
//! curvature is kept as a matrix (BFGS), and a step takes `h` as it is (the parent's `interior`). With `g`
//! the gradient of the loss alone and `L` its value, the loss's conjugate at its own slopes is
//! `g.theta - L`, so that no model of the set exceeds
//! `mu/t (c + P*(t (x/mu - g))) + mu (g.theta - L)`, where `P*` is the penalty's conjugate and `t <= 1`
//! makes it finite (losses are nowhere below 0, so that their conjugates at 0 are not above it). And the
//! curvature bounds as above, with the subgradient of `h` that leaves the least residual.
//! The hinge loss has a search of its own (the parent's `hinge`).

use faer::Mat;
use linecall_linear::ObjectiveAt;

use super::interior::{Body, Parabola, Path, Start};
use super::near_optimal::{Cornered, NearOptimal, ROUNDING, above_minimum, at, dot, factor, solve};

/// Most steps to the point of a parabola with corners.
const MOST_STEPS: usize = 100;

/// Pairs of steps and gradient changes that are kept.
const MEMORY: usize = 24;

/// One end: what a model reaches, what no model exceeds.
#[derive(Clone, Debug)]
pub(super) struct Extreme {
    /// `x.theta` of the witness.
    pub(super) reached: f64,
    /// No model of the set has more.
    pub(super) bound: f64,
    /// The witness, all parameters.
    pub(super) theta: Vec<f64>,
    /// Passes over the training rows.
    pub(super) passes: usize,
}

/// The search along one direction.
struct Search<'s> {
    x: &'s [f64],
    /// The value of `x.theta` below which the decision is another; it must not stay in doubt.
    cut: f64,
    theta: Vec<f64>,
    centre: f64,
    best: Extreme,
    /// Steps and gradient changes, with `1 / step.change`.
    memory: Vec<(Vec<f64>, Vec<f64>, f64)>,
    last: Option<(Vec<f64>, Vec<f64>)>,
    base: Option<faer::linalg::solvers::Llt<f64>>,
    /// The curvature as it has been learnt, and the multiplier of the last step; for a penalty with
    /// corners.
    curvature: Option<(Mat<f64>, f64)>,
    width: f64,
    /// Steps in a row that could not be found.
    failed: i32,
    slow: usize,
    done: bool,
}

impl NearOptimal<'_> {
    /// The largest `x.theta` for each direction (over the free parameters), on the calling thread;
    /// `cuts` are values on whose side of the maximum must be known if it can be.
    pub(super) fn extremes(&self, directions: &[Vec<f64>], cuts: &[f64]) -> Vec<Extreme> {
        let with_cuts = directions.iter().enumerate();
        if let Some(rows) = &self.hinge {
            let one = |(i, x): (usize, &Vec<f64>)| self.hinged(rows, x, cuts.get(i).copied());
            return with_cuts.map(one).collect();
        }
        let mut searches: Vec<Search> =
            with_cuts.map(|(i, x)| self.start(x, cuts.get(i).copied())).collect();
        for _ in 0..self.options.steps {
            let open: Vec<&mut Search> = searches.iter_mut().filter(|s| !s.done).collect();
            if open.is_empty() {
                break;
            }
            let thetas: Vec<Vec<f64>> = open.iter().map(|s| s.theta.clone()).collect();
            let here = self.objective.at_each(&thetas, Some(&self.scores));
            open.into_iter().zip(here).for_each(|(search, here)| self.step(search, &here));
        }
        searches.into_iter().map(|s| s.best).collect()
    }

    fn start<'s>(&self, x: &'s [f64], cut: Option<f64>) -> Search<'s> {
        let centre = dot(x, &self.freed(&self.optimum));
        let z = self.solve(x);
        let size = dot(x, &z);
        let room = 2.0 * (self.inner_limit() - self.value);
        let tau = if size > 0.0 { (room / size).max(0.0).sqrt() } else { 0.0 };
        let mut theta = self.moved(&self.optimum, &z, tau);
        let flat = size <= 0.0;
        let mut curvature = None;
        if let Some(own) = &self.corners {
            let mut here = (own.hessian.clone(), f64::NAN);
            let at = (self.optimum.as_slice(), self.value, own.slope.as_slice());
            if let Some(next) = self.around(own, &mut here, x, at) {
                theta = next;
            }
            curvature = Some(here);
        }
        // Nothing moves a direction of zeros.
        let bound = if flat { centre } else { f64::INFINITY };
        let best = Extreme { reached: centre, bound, theta: self.optimum.clone(), passes: 0 };
        Search {
            x,
            cut: cut.unwrap_or(f64::NAN),
            theta,
            centre,
            best,
            memory: Vec::new(),
            last: None,
            base: None,
            curvature,
            width: f64::INFINITY,
            failed: 0,
            slow: 0,
            done: flat,
        }
    }

    pub(super) fn moved(&self, theta: &[f64], step: &[f64], by: f64) -> Vec<f64> {
        let mut out = theta.to_vec();
        for (&j, s) in self.free.iter().zip(step) {
            if let Some(t) = out.get_mut(j) {
                *t += by * s;
            }
        }
        out
    }

    /// Takes in what is known here, and moves on.
    fn step(&self, search: &mut Search, here: &ObjectiveAt) {
        search.best.passes += 1;
        let gradient = self.freed(&here.gradient);
        self.inner(search, here);
        let bound = self.outer(search, here, &gradient);
        search.best.bound = search.best.bound.min(bound).max(search.best.reached);
        let width = search.best.bound - search.best.reached;
        let size = search.best.bound - search.centre;
        let decided = !(search.best.reached < search.cut && search.cut <= search.best.bound);
        let floor = 1e-12 * (size + search.centre.abs());
        let narrow = width <= floor || width <= self.options.tolerance * size && decided;
        if width.is_finite() && narrow {
            search.done = true;
            return;
        }
        search.slow = if width < 0.5 * search.width { 0 } else { search.slow + 1 };
        search.width = search.width.min(width);
        self.learn(search, &gradient);
        if search.slow >= if self.corners.is_some() { 15 } else { 6 } {
            self.restart(search);
            return;
        }
        if let Some(own) = &self.corners {
            let at = (search.theta.as_slice(), here.value, gradient.as_slice());
            let next = search.curvature.as_mut().and_then(|c| self.around(own, c, search.x, at));
            match next {
                Some(next) => (search.theta, search.failed) = (next, 0),
                None => {
                    search.failed += 1;
                    self.restart(search);
                }
            }
            return;
        }
        let limit = self.middle_limit();
        let bg = self.times(search, &gradient);
        let bx = self.times(search, search.x);
        let room = 2.0 * (limit - here.value) + dot(&gradient, &bg);
        let size = dot(search.x, &bx);
        if !(room > 0.0 && size > 0.0) {
            self.restart(search);
            return;
        }
        let tau = (room / size).sqrt();
        let step: Vec<f64> = bx.iter().zip(&bg).map(|(x, g)| tau * x - g).collect();
        search.theta = self.moved(&search.theta, &step, 1.0);
    }

    /// Begins again at the best witness, with the curvature there.
    fn restart(&self, search: &mut Search) {
        search.theta = search.best.theta.clone();
        let hessian = self.objective.hessian(&search.theta);
        if search.curvature.is_some() {
            // The same problem would end in the same way: a shorter step is asked for.
            let shorter = 1.5f64.powi(search.failed);
            let scaled =
                Mat::from_fn(hessian.nrows(), hessian.ncols(), |i, j| shorter * hessian[(i, j)]);
            search.curvature = Some((scaled, f64::NAN));
        } else {
            search.base = factor(hessian).ok().map(|f| f.0);
        }
        search.memory.clear();
        search.last = None;
        search.slow = 0;
        search.width = f64::INFINITY;
    }

    fn middle_limit(&self) -> f64 {
        0.5 * (self.inner_limit() + self.outer_limit())
    }

    /// The point with the largest `x.theta` where the parabola of the smooth part, plus the corners, is
    /// within the limit; sets the multiplier.
    fn around(
        &self,
        own: &Cornered,
        curvature: &mut (Mat<f64>, f64),
        x: &[f64],
        (theta, value, gradient): (&[f64], f64, &[f64]),
    ) -> Option<Vec<f64>> {
        let centre = self.freed(theta);
        let corners = &own.corners;
        let value = value - corners.value(&centre);
        let limit = self.middle_limit();
        let room = limit - self.value;
        let parabola = Parabola {
            centre: centre.clone(),
            value,
            slope: gradient.to_vec(),
            curvature: curvature.0.clone(),
        };
        let (l1, bounds, groups) = (&corners.l1, &corners.bounds, &corners.groups);
        let body = Body::new(parabola, None, l1, bounds, groups, limit);
        let scale = dot(x, &self.solve(x));
        let nu = (scale / (2.0 * room)).sqrt();
        // Where the path from here ends early, one from elsewhere may not; and a point on the way is
        // still better than none: what it reaches and bounds is computed from the objective itself.
        let optimum = self.freed(&self.optimum);
        let starts = [(&centre, Start::Near), (&optimum, Start::Near), (&centre, Start::Far)];
        let mut best: Option<Path> = None;
        for (from, start) in starts {
            let mut path = Path::new(&body, x, from, (room, nu), start);
            path.follow(room, MOST_STEPS);
            if best.as_ref().is_none_or(|best| path.left(room) < best.left(room)) {
                best = Some(path);
            }
            if best.as_ref().is_some_and(|best| !best.unfinished(room)) {
                break;
            }
        }
        let path = best.filter(|path| path.left(room) < 1.0)?;
        curvature.1 = 1.0 / path.nu;
        let step: Vec<f64> = path.snapped().iter().zip(&centre).map(|(t, c)| t - c).collect();
        Some(self.moved(theta, &step, 1.0))
    }

    fn inner(&self, search: &mut Search, here: &ObjectiveAt) {
        let limit = self.inner_limit();
        let value = dot(search.x, &self.freed(&search.theta));
        if !value.is_finite() || !here.value.is_finite() {
            return;
        }
        let share = if here.value <= limit {
            1.0
        } else {
            ((limit - self.value) / (here.value - self.value)).clamp(0.0, 1.0)
        };
        let reached = search.centre + share * (value - search.centre);
        if reached > search.best.reached {
            search.best.reached = reached;
            let pairs = self.optimum.iter().zip(&search.theta);
            search.best.theta = pairs.map(|(o, t)| o + share * (t - o)).collect();
        }
    }

    fn outer(&self, search: &Search, here: &ObjectiveAt, gradient: &[f64]) -> f64 {
        if let Some(own) = &self.corners {
            return self.outer_cornered(own, search, here, gradient);
        }
        let value = dot(search.x, &self.freed(&search.theta));
        let room = self.outer_limit() - here.value;
        let slack = ROUNDING * self.outer_limit();
        let bound = |mu: f64, below: f64| match mu > 0.0 && mu.is_finite() {
            true => value + mu * (room + below + slack),
            false => f64::INFINITY,
        };
        let mut least = f64::INFINITY;
        // From the penalty.
        let last = self.strengths.len() - 1;
        let mu = if self.objective.has_intercept() {
            let e = search.x.last().copied().unwrap_or(0.0);
            let g = gradient.last().copied().unwrap_or(0.0);
            if e == 0.0 { self.multiplier(search, gradient) } else { e / g }
        } else {
            self.multiplier(search, gradient)
        };
        let mut below = 0.0;
        for ((&j, g), x) in self.free.iter().zip(gradient).zip(search.x) {
            let (residual, strength) = (g - x / mu, at(&self.strengths, j));
            if j == last && self.objective.has_intercept() && *x != 0.0 {
                continue; // none: mu is chosen so
            }
            below += if residual == 0.0 { 0.0 } else { residual * residual / (2.0 * strength) };
        }
        least = least.min(bound(mu, below));
        // From the curvature of the loss.
        let mu = self.multiplier(search, gradient);
        let residual: Vec<f64> = gradient.iter().zip(search.x).map(|(g, x)| g - x / mu).collect();
        let decrement = dot(&residual, &self.solve(&residual)).max(0.0).sqrt();
        let below = above_minimum(self.bend, decrement, self.leverage, here.change);
        let curved = bound(mu, below);
        if curved.is_nan() { least } else { least.min(curved) }
    }

    /// As `outer`, for a penalty with corners.
    fn outer_cornered(
        &self,
        own: &Cornered,
        search: &Search,
        here: &ObjectiveAt,
        gradient: &[f64],
    ) -> f64 {
        let theta = self.freed(&search.theta);
        let value = dot(search.x, &theta);
        let slack = ROUNDING * self.outer_limit();
        let room = self.outer_limit() - here.value + slack;
        let step = search.curvature.as_ref().map_or(f64::NAN, |c| c.1);
        let nu = 1.0 / step;
        let mut least = f64::INFINITY;
        let intercept = self.objective.has_intercept();
        let (e, g) = (search.x.last(), gradient.last());
        let exact = match (e, g) {
            (Some(e), Some(g)) if intercept && *e != 0.0 => e / g,
            // Nothing bounds the free intercept where it has a slope and no part in `x`.
            (_, Some(g)) if intercept && *g != 0.0 => f64::NAN,
            _ => nu,
        };
        // From the penalty's conjugate.
        if exact > 0.0 && exact.is_finite() {
            let mut u = vec![0.0; self.strengths.len()];
            let mut smooth = vec![0.0; self.strengths.len()];
            for ((&j, x), g) in self.free.iter().zip(search.x).zip(gradient) {
                let ridge = at(&self.strengths, j) * at(&search.theta, j);
                let (Some(u), Some(smooth)) = (u.get_mut(j), smooth.get_mut(j)) else { continue };
                *smooth = g - ridge;
                *u = x / exact - *smooth;
            }
            if let Some((conjugate, t)) = self.objective.conjugate(&u) {
                // The loss's conjugate at its slopes, and the penalty here.
                let squares: f64 =
                    self.strengths.iter().zip(&search.theta).map(|(b, t)| 0.5 * b * t * t).sum();
                let penalty = squares + own.corners.value(&theta);
                let along = dot(&smooth, &search.theta);
                let loss = along - (here.value - penalty);
                let sum = match t < 1.0 {
                    true => (self.outer_limit() + slack + conjugate) / t + loss,
                    // The same, with less to cancel.
                    false => {
                        let product = dot(&u, &search.theta);
                        room + (penalty + conjugate - product) + value / exact
                    }
                };
                least = exact * sum;
            }
        }
        // From the curvature of the loss.
        for mu in [nu, exact] {
            if !(mu > 0.0 && mu.is_finite()) {
                continue;
            }
            let pairs = search.x.iter().zip(gradient);
            let mut residual: Vec<f64> = pairs.map(|(x, g)| g - x / mu).collect();
            let wanted: Vec<f64> = residual.iter().map(|r| -r).collect();
            let kink = own.corners.subgradient(&theta, &wanted);
            residual.iter_mut().zip(kink).for_each(|(r, kink)| *r += kink);
            let decrement = dot(&residual, &self.solve(&residual)).max(0.0).sqrt();
            let below = above_minimum(self.bend, decrement, self.leverage, here.change);
            let curved = value + mu * (room + below);
            if curved < least {
                least = curved;
            }
        }
        least
    }

    /// The `mu` with the least residual in the inverse Hessian.
    fn multiplier(&self, search: &Search, gradient: &[f64]) -> f64 {
        let z = self.solve(search.x);
        dot(search.x, &z) / dot(gradient, &z)
    }

    /// Keeps the last step and how the gradient changed along it.
    fn learn(&self, search: &mut Search, gradient: &[f64]) {
        let here = (self.freed(&search.theta), gradient.to_vec());
        if let Some((theta, g)) = &search.last {
            let step: Vec<f64> = here.0.iter().zip(theta).map(|(a, b)| a - b).collect();
            let change: Vec<f64> = here.1.iter().zip(g).map(|(a, b)| a - b).collect();
            let product = dot(&step, &change);
            if let Some((curvature, _)) = search.curvature.as_mut() {
                bend_along(curvature, &step, &change, product);
            } else if product > 1e-300 && product.is_finite() {
                if search.memory.len() == MEMORY {
                    search.memory.remove(0);
                }
                search.memory.push((step, change, 1.0 / product));
            }
        }
        search.last = Some(here);
    }

    /// `B v`, by the two loops of limited-memory BFGS.
    fn times(&self, search: &Search, v: &[f64]) -> Vec<f64> {
        let mut q = v.to_vec();
        let mut alphas = Vec::with_capacity(search.memory.len());
        for (step, change, inverse) in search.memory.iter().rev() {
            let alpha = inverse * dot(step, &q);
            q.iter_mut().zip(change).for_each(|(q, y)| *q -= alpha * y);
            alphas.push(alpha);
        }
        let mut r = solve(search.base.as_ref().unwrap_or(&self.factor), &q);
        for ((step, change, inverse), alpha) in search.memory.iter().zip(alphas.iter().rev()) {
            let beta = inverse * dot(change, &r);
            r.iter_mut().zip(step).for_each(|(r, s)| *r += (alpha - beta) * s);
        }
        r
    }
}

/// The update of Broyden, Fletcher, Goldfarb and Shanno of a curvature matrix, from a step and how the
/// gradient changed along it.
fn bend_along(h: &mut Mat<f64>, step: &[f64], change: &[f64], product: f64) {
    let m = step.len();
    let bent: Vec<f64> =
        (0..m).map(|i| (0..m).map(|j| h[(i, j)] * at(step, j)).sum::<f64>()).collect();
    let size = dot(step, &bent);
    if !(product > 1e-12 * size && size > 0.0 && product.is_finite()) {
        return;
    }
    for i in 0..m {
        for j in 0..m {
            h[(i, j)] +=
                at(change, i) * at(change, j) / product - at(&bent, i) * at(&bent, j) / size;
        }
    }
}
