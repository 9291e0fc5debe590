//! The largest value of a linear function over a convex body with corners, by a primal-dual interior
//! point.
//!
//! `max x . theta` subject to `B(theta) <= limit`, with
//!
//! `B(theta) = q(theta) + sum_k w_k max(0, o_k - a_k . theta) + sum_g s_g ||theta_g||`
//!
//! on a box, where `q` is a parabola. The terms of the middle sum are the rows of a hinge loss, and
//! `a |theta_j| = 2a max(0, -theta_j) + a theta_j`. Each has an excess `e_k >= 0` and a slack
//! `t_k = a_k . theta - o_k + e_k >= 0`; a side of the box has a slack alone. With multipliers
//! `alpha, beta >= 0`, `alpha_k + beta_k = nu w_k`, and `nu` of the limit, whose slack is `sigma`, the
//! optimum has `x = nu grad(q + norms) - sum_k alpha_k a_k`, and all products `alpha t`, `beta e`,
//! `nu sigma` are 0. Newton steps follow equal products as they fall, with Mehrotra's predictor and
//! corrector (SIAM J. Optimization, 1992). What belongs to a term is eliminated, so that a step solves
//! one system in `theta`, bordered by `nu`.
//!
//! A norm is rounded, `sqrt(||theta_g||^2 + delta^2) - delta` with `delta` as small as the products are,
//! and its direction `p = theta_g / sqrt(||theta_g||^2 + delta^2)` is a variable of its own (Chan, Golub
//! and Mulet, SIAM J. Scientific Computing, 1999): near a corner that converges where Newton's method on
//! `theta` alone does not.
//!
//! Nothing here proves anything: callers compute what a point reaches and what its multipliers bound.

use faer::Mat;
use faer::linalg::solvers::{Llt, Solve};

use super::near_optimal::{at, dot};

/// How fast norms lose their rounding.
const ROUNDER: f64 = 0.1;
/// How much the multiplier of the limit may change in a step.
const GROWTH: f64 = 4.0;
/// Share of the way to the nearest wall that is gone.
const REACH: f64 = 0.995;

/// A parabola by value, slope and curvature at a point.
pub(super) struct Parabola {
    pub(super) centre: Vec<f64>,
    pub(super) value: f64,
    pub(super) slope: Vec<f64>,
    pub(super) curvature: Mat<f64>,
}

/// Hinge terms `w_k max(0, 1 - a_k . theta)` by rows of a matrix.
pub(super) trait Rows {
    /// `w_k`; a row of weight 0 has no part.
    fn weights(&self) -> &[f64];
    /// `a_k . v` for every row.
    fn products(&self, v: &[f64]) -> Vec<f64>;
    /// `sum_k r_k a_k`.
    fn times(&self, r: &[f64]) -> Vec<f64>;
    /// `sum_k c_k a_k a_k'`.
    fn gram(&self, c: &[f64]) -> Mat<f64>;
}

/// `w max(0, o - sign theta_j)`, or the wall `sign theta_j >= o` where `w` is 0.
struct Corner {
    j: usize,
    sign: f64,
    offset: f64,
    weight: f64,
}

/// What is at most `limit`.
pub(super) struct Body<'b> {
    parabola: Parabola,
    rows: Option<&'b dyn Rows>,
    corners: Vec<Corner>,
    groups: Vec<(Vec<usize>, f64)>,
    limit: f64,
}

impl<'b> Body<'b> {
    /// A parabola plus rows, `l1_j |theta_j|` and norms, on a box.
    pub(super) fn new(
        mut parabola: Parabola,
        rows: Option<&'b dyn Rows>,
        l1: &[f64],
        bounds: &[(f64, f64)],
        groups: &[(Vec<usize>, f64)],
        limit: f64,
    ) -> Self {
        let mut corners = Vec::new();
        for (j, &a) in l1.iter().enumerate().filter(|(_, a)| **a > 0.0) {
            corners.push(Corner { j, sign: 1.0, offset: 0.0, weight: 2.0 * a });
            let centre = at(&parabola.centre, j);
            if let Some(slope) = parabola.slope.get_mut(j) {
                *slope += a;
            }
            parabola.value += a * centre;
        }
        for (j, &(low, high)) in bounds.iter().enumerate() {
            if low.is_finite() {
                corners.push(Corner { j, sign: 1.0, offset: low, weight: 0.0 });
            }
            if high.is_finite() {
                corners.push(Corner { j, sign: -1.0, offset: -high, weight: 0.0 });
            }
        }
        Self { parabola, rows, corners, groups: groups.to_vec(), limit }
    }

    fn count(&self) -> usize {
        self.rows.map_or(0, |rows| rows.weights().len())
    }

    fn terms(&self) -> Vec<Term> {
        let rows = self.rows.map_or(&[][..], |rows| rows.weights());
        let rows = rows.iter().map(|&w| Term { weight: w, offset: 1.0, kind: kind(w > 0.0) });
        let corners = self.corners.iter().map(|c| {
            let kind = if c.weight > 0.0 { Kind::Hinge } else { Kind::Wall };
            Term { weight: c.weight, offset: c.offset, kind }
        });
        rows.chain(corners).collect()
    }

    fn products(&self, v: &[f64]) -> Vec<f64> {
        let rows = self.rows.map_or_else(Vec::new, |rows| rows.products(v));
        let corners = self.corners.iter().map(|c| c.sign * at(v, c.j));
        rows.into_iter().chain(corners).collect()
    }

    fn times(&self, r: &[f64]) -> Vec<f64> {
        let n = self.count();
        let mut out = match self.rows {
            Some(rows) => rows.times(r.get(..n).unwrap_or_default()),
            None => vec![0.0; self.parabola.centre.len()],
        };
        for (c, r) in self.corners.iter().zip(r.iter().skip(n)) {
            if let Some(out) = out.get_mut(c.j) {
                *out += c.sign * r;
            }
        }
        out
    }

    /// `q(theta)` and its slope.
    fn parabola(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let p = &self.parabola;
        let step: Vec<f64> = theta.iter().zip(&p.centre).map(|(t, c)| t - c).collect();
        let m = step.len();
        let bent: Vec<f64> = (0..m)
            .map(|i| (0..m).map(|j| p.curvature[(i, j)] * at(&step, j)).sum::<f64>())
            .collect();
        let value = p.value + dot(&p.slope, &step) + 0.5 * dot(&step, &bent);
        (value, p.slope.iter().zip(bent).map(|(s, b)| s + b).collect())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Absent,
    Hinge,
    Wall,
}

fn kind(present: bool) -> Kind {
    if present { Kind::Hinge } else { Kind::Absent }
}

#[derive(Clone, Copy)]
struct Term {
    weight: f64,
    offset: f64,
    kind: Kind,
}

/// What belongs to a term.
#[derive(Clone, Copy, Default)]
struct Own {
    t: f64,
    e: f64,
    alpha: f64,
    beta: f64,
    /// `t / alpha + e / beta`.
    q: f64,
    /// `e w / beta`.
    pull: f64,
    /// What `t` and the sum of the multipliers are off by.
    off_t: f64,
    off_sum: f64,
    /// What the products are to change by.
    first: f64,
    second: f64,
    /// `goal` in `d alpha = (goal + pull d nu - a . d theta) / q`.
    goal: f64,
}

#[derive(Clone, Copy, Default)]
struct Move {
    t: f64,
    e: f64,
    alpha: f64,
    beta: f64,
}

/// A point on the path.
pub(super) struct Path<'p> {
    body: &'p Body<'p>,
    x: &'p [f64],
    pub(super) theta: Vec<f64>,
    pub(super) nu: f64,
    sigma: f64,
    terms: Vec<Term>,
    own: Vec<Own>,
    /// `a_k . theta`.
    products: Vec<f64>,
    /// The direction of each norm.
    turn: Vec<Vec<f64>>,
    mu: f64,
    /// What the norms are rounded by, times `nu s_g`: falls as `mu` does, but no faster than
    /// [`ROUNDER`].
    soft: f64,
    /// By how much the limit is passed.
    over: f64,
}

/// How far from the corners a path begins.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// Within the limit.
    Near,
    /// A step's length from them, so that steps do not meet them at once, though that passes the limit.
    Far,
}

/// The system of a step, factorised.
struct System {
    factor: Llt<f64>,
    /// The border, and the factor's inverse times it.
    border: Vec<f64>,
    solved: Vec<f64>,
    corner: f64,
    /// Slope of parabola and norms.
    slope: Vec<f64>,
}

/// A step.
struct Step {
    theta: Vec<f64>,
    nu: f64,
    sigma: f64,
    products: Vec<f64>,
}

impl<'p> Path<'p> {
    /// Begins at `theta`, with about `room` between the body there and its limit; `nu` is a first
    /// guess of the limit's multiplier.
    pub(super) fn new(
        body: &'p Body<'p>,
        x: &'p [f64],
        theta: &[f64],
        (room, nu): (f64, f64),
        start: Start,
    ) -> Self {
        let terms = body.terms();
        let live = terms.iter().filter(|t| t.kind != Kind::Absent).count() as f64;
        let wide = match start {
            Start::Near => room,
            Start::Far => (2.0 * room).sqrt(),
        };
        let share = wide / (live + 1.0);
        let products = body.products(theta);
        let corners = body.corners.iter().map(|c| body.parabola.curvature[(c.j, c.j)]);
        let scale = std::iter::repeat_n(1.0, body.count()).chain(corners);
        let begin = |((term, product), bend): ((&Term, f64), f64)| -> Own {
            let margin = product - term.offset;
            match term.kind {
                Kind::Absent => Own::default(),
                Kind::Hinge => {
                    let e = (-margin).max(0.0) + share / term.weight;
                    let t = margin + e;
                    let total = nu * term.weight / (t + e);
                    let (alpha, beta) = (total * e, total * t);
                    Own { t, e, alpha, beta, ..Own::default() }
                }
                Kind::Wall => {
                    let t = margin.max(0.1 * (room / bend.max(1e-300)).sqrt());
                    Own { t, alpha: nu * share / t, ..Own::default() }
                }
            }
        };
        let own = terms.iter().zip(products.iter().copied()).zip(scale).map(begin).collect();
        let turn = body.groups.iter().map(|(g, _)| vec![0.0; g.len()]).collect();
        let theta = theta.to_vec();
        let mut path = Self {
            body,
            x,
            theta,
            nu,
            sigma: share,
            terms,
            own,
            products,
            turn,
            mu: nu * share,
            soft: if body.groups.is_empty() { 0.0 } else { nu * share },
            over: room,
        };
        path.over = path.passed(&path.theta, path.sigma, path.own.iter().map(|own| own.e));
        path
    }

    /// By how much the limit is passed, with excesses and slack as they are.
    fn passed(&self, theta: &[f64], sigma: f64, excess: impl Iterator<Item = f64>) -> f64 {
        let norms: f64 = self
            .body
            .groups
            .iter()
            .map(|(members, strength)| {
                let own: Vec<f64> = members.iter().map(|&j| at(theta, j)).collect();
                strength * (self.rounded(&own, *strength) - self.delta(*strength))
            })
            .sum();
        let excess: f64 = excess.zip(&self.terms).map(|(e, term)| e * term.weight).sum();
        self.body.parabola(theta).0 + norms + excess + sigma - self.body.limit
    }

    /// The sum of all products, as a share of what `nu` makes of `room`: how far the end is.
    pub(super) fn left(&self, room: f64) -> f64 {
        let count = 1.0 + 2.0 * self.terms.iter().filter(|t| t.kind != Kind::Absent).count() as f64;
        (self.mu.max(self.soft) * count / self.nu).max(self.over.abs()) / room
    }

    /// `a_k . theta` of the rows.
    pub(super) fn row_products(&self) -> &[f64] {
        self.products.get(..self.body.count()).unwrap_or_default()
    }

    /// Whether it is no end: more than rounding is left.
    pub(super) fn unfinished(&self, room: f64) -> bool {
        let left = self.left(room);
        left.is_nan() || left >= 1e-5
    }

    /// The multipliers of the rows, between 0 and `nu` times their weights.
    pub(super) fn alphas(&self) -> impl Iterator<Item = f64> {
        let n = self.body.count();
        self.own.iter().take(n).map(|own| own.alpha)
    }

    /// The point, with what is nearly at a corner put there.
    pub(super) fn snapped(&self) -> Vec<f64> {
        let mut out = self.theta.clone();
        let size = out.iter().fold(0f64, |m, v| m.max(v.abs())).max(1e-300);
        let n = self.body.count();
        for (c, own) in self.body.corners.iter().zip(self.own.iter().skip(n)) {
            let Some(slot) = out.get_mut(c.j) else { continue };
            let near = |distance: f64, multiplier: f64| distance / size < multiplier / self.nu;
            if c.weight > 0.0 {
                if near(own.t.max(own.e), own.alpha.min(own.beta) / c.weight) {
                    *slot = 0.0;
                }
            } else if near(own.t, own.alpha / self.scale(c.j)) {
                *slot = c.sign * c.offset;
            }
        }
        for ((members, _), turn) in self.body.groups.iter().zip(&self.turn) {
            let norm: f64 = members.iter().map(|&j| at(&self.theta, j).powi(2)).sum::<f64>().sqrt();
            if norm / size < 1.0 - dot(turn, turn).sqrt() {
                members.iter().for_each(|&j| {
                    if let Some(slot) = out.get_mut(j) {
                        *slot = 0.0;
                    }
                });
            }
        }
        out
    }

    /// The slope that a parameter's own curvature makes over the size of the step.
    fn scale(&self, j: usize) -> f64 {
        let largest = self.theta.iter().fold(0f64, |m, v| m.max(v.abs()));
        (self.body.parabola.curvature[(j, j)] * largest).max(1e-300)
    }

    /// Steps until nothing is [left](Path::left) or no step helps.
    pub(super) fn follow(&mut self, room: f64, most: usize) {
        for _ in 0..most {
            if self.left(room) < 1e-11 || self.advance().is_none() {
                return;
            }
        }
    }

    /// One step; `None` where the system cannot be solved or nothing moves.
    pub(super) fn advance(&mut self) -> Option<()> {
        let system = self.system()?;
        let ahead = self.step(&system, 0.0, 0.0)?;
        let room = self.room(&ahead);
        let left = self.product_after(&ahead, room) / self.mu;
        let aim = (left.powi(3).min(1.0) * self.mu).max(ROUNDER * self.soft);
        let second = ahead.nu * ahead.sigma;
        for i in 0..self.own.len() {
            let step = self.own_step(i, &ahead);
            if let Some(own) = self.own.get_mut(i) {
                own.first += aim - step.alpha * step.t;
                own.second += aim - step.beta * step.e;
            }
        }
        self.set_goals();
        let step = self.step(&system, aim, second)?;
        let far = self.room(&step);
        (far.0.max(far.1) > 1e-10).then(|| self.go(&step, far))
    }

    /// The products' mean, what each is to change by, and the system.
    fn system(&mut self) -> Option<System> {
        let nu = self.nu;
        let (mut sum, mut count) = (nu * self.sigma, 1.0);
        for ((own, term), product) in self.own.iter_mut().zip(&self.terms).zip(&self.products) {
            if term.kind == Kind::Absent {
                continue;
            }
            let hinge = term.kind == Kind::Hinge;
            own.q = own.t / own.alpha;
            own.off_t = product - term.offset - own.t;
            own.first = -own.alpha * own.t;
            sum += own.alpha * own.t;
            count += 1.0;
            if hinge {
                own.q += own.e / own.beta;
                own.pull = own.e * term.weight / own.beta;
                own.off_t += own.e;
                own.off_sum = nu * term.weight - own.alpha - own.beta;
                own.second = -own.beta * own.e;
                sum += own.beta * own.e;
                count += 1.0;
            }
        }
        self.mu = sum / count;
        if !self.body.groups.is_empty() {
            // Norms must not become sharp before the limit is met.
            let excess = self.own.iter().map(|own| own.e);
            let over = self.passed(&self.theta, self.sigma, excess).abs() * self.nu;
            self.soft = self.mu.max(ROUNDER * self.soft).max(self.soft.min(over));
        }
        self.set_goals();
        let mut slope = self.body.parabola(&self.theta).1;
        let p = &self.body.parabola.curvature;
        let m = self.theta.len();
        let n = self.body.count();
        let inverse: Vec<f64> = self.own.iter().map(|o| live(o, 1.0 / o.q)).collect();
        let mut curvature = p.clone();
        for ((members, strength), turn) in self.body.groups.iter().zip(&self.turn) {
            let own: Vec<f64> = members.iter().map(|&j| at(&self.theta, j)).collect();
            let rounded = self.rounded(&own, *strength);
            for (a, &j) in members.iter().enumerate() {
                if let Some(slope) = slope.get_mut(j) {
                    *slope += strength * at(&own, a) / rounded;
                }
                for (b, &k) in members.iter().enumerate() {
                    let both = at(turn, a) * at(&own, b) + at(turn, b) * at(&own, a);
                    let unit = if a == b { 1.0 } else { 0.0 };
                    curvature[(j, k)] += strength / rounded * (unit - 0.5 * both / rounded);
                }
            }
        }
        self.over = self.passed(&self.theta, self.sigma, self.own.iter().map(|own| own.e));
        let pulls: Vec<f64> = self.own.iter().map(|o| live(o, o.pull / o.q)).collect();
        let pulls = self.body.times(&pulls);
        let border: Vec<f64> = slope.iter().zip(&pulls).map(|(s, p)| s - p).collect();
        let mut h = match self.body.rows {
            Some(rows) => rows.gram(inverse.get(..n).unwrap_or_default()),
            None => Mat::zeros(m, m),
        };
        for i in 0..m {
            for j in 0..m {
                h[(i, j)] += nu * curvature[(i, j)];
            }
        }
        for (c, inverse) in self.body.corners.iter().zip(inverse.iter().skip(n)) {
            h[(c.j, c.j)] += inverse;
        }
        let factor = super::near_optimal::factor(h).ok()?.0;
        let solved = solved(&factor, &border);
        let terms = self.own.iter().zip(&self.terms);
        let bent = terms.map(|(o, term)| live(o, term.weight * o.pull * (o.t / o.alpha) / o.q));
        let corner = self.sigma / nu + bent.sum::<f64>();
        Some(System { factor, border, solved, corner, slope })
    }

    fn rounded(&self, own: &[f64], strength: f64) -> f64 {
        (dot(own, own) + self.delta(strength).powi(2)).sqrt()
    }

    fn delta(&self, strength: f64) -> f64 {
        self.soft / (self.nu * strength)
    }

    fn set_goals(&mut self) {
        for (own, term) in self.own.iter_mut().zip(&self.terms) {
            own.goal = match term.kind {
                Kind::Absent => 0.0,
                Kind::Wall => own.first / own.alpha - own.off_t,
                Kind::Hinge => {
                    own.first / own.alpha
                        - (own.second - own.e * own.off_sum) / own.beta
                        - own.off_t
                }
            };
        }
    }

    /// By how much the limit may be passed where products are `mu`: a term far from its corner has an
    /// excess of `mu / (nu w)` too much. Without this, the path stays at the middle of the body until
    /// `mu` is small, and only then goes out, past corners that have become sharp.
    fn allowed(&self, mu: f64) -> f64 {
        let hinges = self.terms.iter().filter(|term| term.kind == Kind::Hinge).count();
        hinges as f64 * mu / self.nu
    }

    /// The step towards products of `aim`; `second` is what the predictor's step makes of `nu sigma`.
    fn step(&self, system: &System, aim: f64, second: f64) -> Option<Step> {
        let goals: Vec<f64> = self.own.iter().map(|o| live(o, o.alpha + o.goal / o.q)).collect();
        let goals = self.body.times(&goals);
        let first: Vec<f64> = (0..self.theta.len())
            .map(|j| at(self.x, j) - self.nu * at(&system.slope, j) + at(&goals, j))
            .collect();
        let limit = aim - self.nu * self.sigma - second;
        let mut rest = -self.over + self.allowed(aim) - limit / self.nu;
        for (o, term) in self.own.iter().zip(&self.terms) {
            if term.kind == Kind::Hinge {
                rest -= term.weight * (o.second - o.e * o.off_sum) / o.beta + o.pull * o.goal / o.q;
            }
        }
        let plain = solved(&system.factor, &first);
        let nu = (dot(&system.border, &plain) - rest)
            / (system.corner + dot(&system.border, &system.solved));
        let theta: Vec<f64> = plain.iter().zip(&system.solved).map(|(p, s)| p - nu * s).collect();
        let sigma = (limit - self.sigma * nu) / self.nu;
        let finite = nu.is_finite() && theta.iter().all(|t| t.is_finite());
        let products = self.body.products(&theta);
        finite.then_some(Step { theta, nu, sigma, products })
    }

    fn own_step(&self, i: usize, step: &Step) -> Move {
        let (Some(own), Some(term)) = (self.own.get(i), self.terms.get(i)) else {
            return Move::default();
        };
        let product = at(&step.products, i);
        match term.kind {
            Kind::Absent => Move::default(),
            Kind::Wall => {
                let alpha = (own.goal - product) / own.q;
                Move { alpha, t: (own.first - own.t * alpha) / own.alpha, e: 0.0, beta: 0.0 }
            }
            Kind::Hinge => {
                let alpha = (own.goal + own.pull * step.nu - product) / own.q;
                let beta = term.weight * step.nu - alpha + own.off_sum;
                let t = (own.first - own.t * alpha) / own.alpha;
                Move { alpha, beta, t, e: (own.second - own.e * beta) / own.beta }
            }
        }
    }

    /// The shares of a step that leave everything positive: of points and slacks, and of multipliers.
    /// Where there are rows, the two go their own ways; the parabola, which ties them, is then but a
    /// small part of the body.
    fn room(&self, step: &Step) -> (f64, f64) {
        let wall = |value: f64, step: f64| if step < 0.0 { -value / step } else { f64::INFINITY };
        let mut primal = (wall(self.sigma, step.sigma) * REACH).min(1.0);
        let nu = if step.nu > 0.0 { GROWTH - 1.0 } else { 1.0 - 1.0 / GROWTH };
        let mut dual = (nu * self.nu / step.nu.abs()).min(1.0);
        for (i, (own, term)) in self.own.iter().zip(&self.terms).enumerate() {
            if term.kind == Kind::Absent {
                continue;
            }
            let of = self.own_step(i, step);
            primal = primal.min(wall(own.t, of.t) * REACH);
            dual = dual.min(wall(own.alpha, of.alpha) * REACH);
            if term.kind == Kind::Hinge {
                primal = primal.min(wall(own.e, of.e) * REACH);
                dual = dual.min(wall(own.beta, of.beta) * REACH);
            }
        }
        match self.body.rows {
            Some(_) => (primal, dual),
            None => (primal.min(dual), primal.min(dual)),
        }
    }

    /// The mean product after so much of a step.
    fn product_after(&self, step: &Step, (primal, dual): (f64, f64)) -> f64 {
        let (mut sum, mut count) =
            ((self.nu + dual * step.nu) * (self.sigma + primal * step.sigma), 1.0);
        for (i, (own, term)) in self.own.iter().zip(&self.terms).enumerate() {
            if term.kind == Kind::Absent {
                continue;
            }
            let of = self.own_step(i, step);
            sum += (own.alpha + dual * of.alpha) * (own.t + primal * of.t);
            count += 1.0;
            if term.kind == Kind::Hinge {
                sum += (own.beta + dual * of.beta) * (own.e + primal * of.e);
                count += 1.0;
            }
        }
        sum / count
    }

    fn go(&mut self, step: &Step, (primal, dual): (f64, f64)) {
        for ((members, strength), turn) in self.body.groups.iter().zip(0..self.turn.len()) {
            let own: Vec<f64> = members.iter().map(|&j| at(&self.theta, j)).collect();
            let change: Vec<f64> = members.iter().map(|&j| at(&step.theta, j)).collect();
            let rounded = self.rounded(&own, *strength);
            let along = dot(&own, &change) / rounded;
            let Some(turn) = self.turn.get_mut(turn) else { continue };
            for ((p, own), change) in turn.iter_mut().zip(&own).zip(&change) {
                *p += dual * (own - rounded * *p + change - *p * along) / rounded;
            }
            let size = dot(turn, turn).sqrt();
            if size > 1.0 {
                turn.iter_mut().for_each(|p| *p /= size);
            }
        }
        for i in 0..self.own.len() {
            let of = self.own_step(i, step);
            if let Some(own) = self.own.get_mut(i) {
                own.t += primal * of.t;
                own.e += primal * of.e;
                own.alpha += dual * of.alpha;
                own.beta += dual * of.beta;
            }
        }
        self.products.iter_mut().zip(&step.products).for_each(|(p, s)| *p += primal * s);
        self.theta.iter_mut().zip(&step.theta).for_each(|(t, s)| *t += primal * s);
        self.nu += dual * step.nu;
        self.sigma += primal * step.sigma;
    }
}

/// A number of a term that has a part, else 0.
fn live(own: &Own, value: f64) -> f64 {
    if own.q > 0.0 { value } else { 0.0 }
}

fn solved(factor: &Llt<f64>, v: &[f64]) -> Vec<f64> {
    let rhs = Mat::from_fn(v.len(), 1, |i, _| at(v, i));
    let out = factor.solve(&rhs);
    (0..v.len()).map(|i| out[(i, 0)]).collect()
}
