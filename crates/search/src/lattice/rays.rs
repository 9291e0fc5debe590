//! All whole-number directions near a fit: the cards on a few columns whose loss may be below a
//! threshold.
//!
//! A card's log-odds are `s (w . x) + b` with a free slope `s > 0` and intercept `b`, so that a card
//! is a *ray*. Under the quadratic of [`Minorant`](super::minorant::Minorant) the intercept is
//! eliminated, `R' R` is the Cholesky factor of what is left, and the coordinates are set one after
//! the other, as in the enumeration of short lattice vectors (Fincke & Pohst, Mathematics of
//! Computation, 1985; Schnorr & Euchner, 1994): with `a = R w` and `c = R t*`, both over the
//! coordinates that are set, no card that begins so has a loss below `bound + |c|^2 - (a . c)_+^2 /
//! |a|^2`. A node costs a few sums.

use super::choices::Choices;
use super::round::Short;
use super::small::Factor;

/// A column of a support.
pub(super) struct Axis<'c> {
    pub(super) choices: &'c Choices,
}

/// What is enumerated.
pub(super) struct Rays {
    /// Columns in the order in which the factor has them; the last is set first.
    order: Vec<usize>,
    /// `R`, row by row.
    r: Vec<f64>,
    /// `R t*`.
    c: Vec<f64>,
    /// Numbers and costs by position.
    values: Vec<Vec<(i32, f64)>>,
    k: usize,
}

/// What a search of rays came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visits {
    pub(super) nodes: u64,
    pub(super) leaves: u64,
    /// Whether the limit on nodes ended it.
    pub(super) stopped: bool,
}

struct Walk<'r, F: FnMut(&[i32], f64) -> f64> {
    rays: &'r Rays,
    stop: &'r dyn Fn() -> bool,
    /// Rise of the loss from which a branch is cut off.
    above: f64,
    short: Short,
    visits: Visits,
    /// By position.
    points: Vec<i32>,
    leaf: F,
    out: Vec<i32>,
}

impl Rays {
    /// `m` is the quadratic with the intercept last, `w` the fit.
    pub(super) fn new(m: &[f64], w: &[f64], axes: &[Axis<'_>]) -> Self {
        let k = w.len();
        let order = order(&without_intercept(m, k), k);
        // The intercept comes first, and so is left free last.
        let n = k + 1;
        let from = |p: usize| if p == 0 { k } else { order[p - 1] };
        let mut sorted = vec![0.0; n * n];
        for p in 0..n {
            for q in 0..n {
                sorted[p * n + q] = m[from(p) * n + from(q)];
            }
        }
        let factor = Factor::lifted(&sorted, n);
        let mut r = vec![0.0; k * k];
        let mut c = vec![0.0; k];
        for i in 0..k {
            for j in i..k {
                r[i * k + j] = factor.at(j + 1, i + 1);
                c[i] += r[i * k + j] * w[order[j]];
            }
        }
        let values = order.iter().map(|&j| axes[j].choices.pairs().collect()).collect();
        Self { order, r, c, values, k }
    }

    /// Calls `leaf` with the points by column and the rise that the quadratic proves, for every card
    /// (the empty one aside) whose rise may be below `above`; it answers with the new `above`.
    pub(super) fn walk(
        &self,
        above: f64,
        short: Short,
        stop: &dyn Fn() -> bool,
        leaf: impl FnMut(&[i32], f64) -> f64,
    ) -> Visits {
        let (visits, points) = (Visits::default(), vec![0; self.k]);
        let out = vec![0; self.k];
        let mut walk = Walk { rays: self, stop, above, short, visits, points, leaf, out };
        walk.down(self.k, Sums::default());
        walk.visits
    }

    /// The card nearest to the fit at a slope, one coordinate after the other (Babai 1986).
    pub(super) fn nearest(&self, w: &[f64], slope: f64) -> Vec<i32> {
        let k = self.k;
        let mut points = vec![0; k];
        let mut out = vec![0; k];
        for i in (0..k).rev() {
            let root = self.r[i * k + i];
            let mut target = w[self.order[i]];
            if root > 0.0 {
                for j in i + 1..k {
                    let moved = slope * f64::from(points[j]) - w[self.order[j]];
                    target -= self.r[i * k + j] / root * moved;
                }
            }
            let distance = |v: &(i32, f64)| (slope * f64::from(v.0) - target).abs();
            let best = self.values[i].iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
            points[i] = best.map_or(0, |v| v.0);
            out[self.order[i]] = points[i];
        }
        out
    }
}

#[derive(Clone, Copy, Default)]
struct Sums {
    aa: f64,
    ac: f64,
    cc: f64,
    cost: f64,
}

impl Sums {
    fn rise(&self) -> f64 {
        let ac = self.ac.max(0.0);
        let along = if self.aa > 0.0 { ac * ac / self.aa } else { 0.0 };
        (self.cc - along).max(0.0) + self.cost
    }
}

impl<F: FnMut(&[i32], f64) -> f64> Walk<'_, F> {
    /// Sets the coordinate before `level`.
    fn down(&mut self, level: usize, sums: Sums) {
        let rays = self.rays;
        let k = rays.k;
        let Some(i) = level.checked_sub(1) else {
            return self.leaf(sums);
        };
        let tail: f64 = (i + 1..k).map(|j| rays.r[i * k + j] * f64::from(self.points[j])).sum();
        let (root, c) = (rays.r[i * k + i], rays.c[i]);
        let mut open: Vec<(f64, i32, Sums)> = Vec::with_capacity(rays.values[i].len());
        for &(value, cost) in &rays.values[i] {
            let a = root * f64::from(value) + tail;
            let next = Sums {
                aa: sums.aa + a * a,
                ac: sums.ac + a * c,
                cc: sums.cc + c * c,
                cost: sums.cost + cost,
            };
            let rise = next.rise();
            self.visits.nodes += 1;
            if rise < self.above {
                open.push((rise, value, next));
            }
        }
        open.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (rise, value, next) in open {
            if self.ended() {
                return;
            }
            if rise < self.above {
                self.points[i] = value;
                self.down(i, next);
            }
        }
        self.points[i] = 0;
    }

    fn ended(&mut self) -> bool {
        let Visits { nodes, leaves, .. } = self.visits;
        let asked = (leaves + 1).is_multiple_of(64) || (nodes + 1).is_multiple_of(4096);
        self.visits.stopped |=
            nodes > self.short.nodes || leaves >= self.short.leaves || asked && (self.stop)();
        self.visits.stopped
    }

    fn leaf(&mut self, sums: Sums) {
        if self.points.iter().all(|p| *p == 0) {
            return;
        }
        self.visits.leaves += 1;
        for (position, &j) in self.rays.order.iter().enumerate() {
            self.out[j] = self.points[position];
        }
        let out = std::mem::take(&mut self.out);
        self.above = (self.leaf)(&out, sums.rise()).min(self.above);
        self.out = out;
    }
}

/// The quadratic at the best intercept.
fn without_intercept(m: &[f64], k: usize) -> Vec<f64> {
    let n = k + 1;
    let last = m[n * n - 1];
    let mut a = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..k {
            let taken = if last > 0.0 { m[i * n + k] * m[j * n + k] / last } else { 0.0 };
            a[i * k + j] = m[i * n + j] - taken;
        }
    }
    a
}

/// An order in which the coordinates set first (the last ones) are those that are known best.
fn order(a: &[f64], k: usize) -> Vec<usize> {
    let mut rest: Vec<usize> = (0..k).collect();
    let mut order = vec![0; k];
    for place in (0..k).rev() {
        let m = rest.len();
        let mut part = vec![0.0; m * m];
        for (p, &i) in rest.iter().enumerate() {
            for (q, &j) in rest.iter().enumerate() {
                part[p * m + q] = a[i * k + j];
            }
        }
        let variance = Factor::new(&part, m).inverse_diagonal();
        let best = (0..m).min_by(|&p, &q| variance[p].total_cmp(&variance[q])).unwrap_or(0);
        order[place] = rest.remove(best);
    }
    order
}
