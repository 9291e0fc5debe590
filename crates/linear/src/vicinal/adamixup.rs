//! Mixtures that do not intrude: exact safe intervals of the mixing weight, and the learned policy.
//!
//! Guo, Mao & Zhang, "MixUp as locally linear out-of-manifold regularization" (AAAI 2019): a mixed
//! point may land on a real point of another label; the two then contradict each other, and the model
//! fits neither. They learn, for each pair, an interval of weights by a generator against a
//! discriminator.
//!
//! Between two rows intrusion is *decidable*: at `x(t) = t x_i + (1 - t) x_j` the squared distance to a
//! row `k` is a parabola in `t`, and all have the same leading coefficient, so that the nearest row
//! changes where two lines cross. The segment falls into intervals with one nearest row each (the
//! lower envelope of `n` lines), and a weight is *safe* unless the nearest row is within a radius and
//! of another label than the end with the larger share. [`SafeIntervals`] finds this exactly, in
//! `n log n` a pair after the products of all rows.
//!
//! [`Adversary`] is the paper's method on a given trunk of features: a generator of `(a, delta)` by a
//! softmax of a linear function of the pair, `lambda = a + delta u`, a linear classifier and a linear
//! discriminator on the trunk, trained together by gradient descent. With neural trunks it waits for
//! the encoders.

use crate::random::Random;
use crate::{Error, Result};

/// Most rows whose pairs are looked at.
const MOST_ROWS: usize = 2_000;

/// For each ordered pair of rows, the weights of the first at which the mixture does not intrude.
#[derive(Clone, Debug, PartialEq)]
pub struct SafeIntervals {
    rows: usize,
    /// Disjoint closed intervals of a pair, ascending; pair `(i, j)` at `i n + j`.
    intervals: Vec<Vec<(f64, f64)>>,
}

/// Products of all rows.
struct Products {
    n: usize,
    of: Vec<f64>,
}

impl Products {
    fn at(&self, i: usize, j: usize) -> f64 {
        self.of[i * self.n + j]
    }
}

impl SafeIntervals {
    /// The safe intervals of all pairs, for a radius of intrusion.
    ///
    /// Cost: `n^2 d + n^3 log n`.
    ///
    /// # Errors
    /// When there are no rows or more than 2,000, they differ in length, there is not one class a
    /// row, or the radius is negative or not finite.
    pub fn of(x: &[Vec<f64>], classes: &[u32], radius: f64) -> Result<Self> {
        use rayon::prelude::*;
        let n = x.len();
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if n == 0 || classes.len() != n {
            return Err(Error::NoRows);
        }
        if n > MOST_ROWS {
            return refuse("rows", n.to_string(), "2000 at most for the intervals of all pairs");
        }
        if !(radius.is_finite() && radius >= 0.0) {
            return refuse("radius", radius.to_string(), "a finite number, 0 or above");
        }
        let d = x.first().map_or(0, Vec::len);
        if let Some(odd) = x.iter().map(Vec::len).find(|m| *m != d) {
            return Err(Error::Shape { what: "columns of a row", found: odd, expected: d });
        }
        let entry = |at: usize| linecall_kernels::dot(&x[at / n], &x[at % n]);
        let products = Products { n, of: (0..n * n).into_par_iter().map(entry).collect() };
        let pair = |at: usize| safe(&products, classes, (at / n, at % n), radius);
        Ok(Self { rows: n, intervals: (0..n * n).into_par_iter().map(pair).collect() })
    }

    /// Intervals of the weight of row `i` in the mixture of `i` and `j`.
    pub fn pair(&self, i: usize, j: usize) -> &[(f64, f64)] {
        let at = i.checked_mul(self.rows).and_then(|at| at.checked_add(j));
        at.and_then(|at| self.intervals.get(at)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Mean share of the weights at which a mixture intrudes, over all pairs.
    pub fn intrusion(&self) -> f64 {
        let safe: f64 = self.intervals.iter().map(|own| length(own)).sum();
        1.0 - safe / self.intervals.len().max(1) as f64
    }

    /// Mixtures that stand for weights uniform over the safe intervals of every pair, by `nodes`
    /// Gauss-Legendre points an interval: `(i, j, weight of i, weight of the mixture)`; weights of a
    /// pair sum to `1 / n^2`, those of pairs without a safe weight are left out.
    pub fn mixtures(&self, nodes: usize) -> Vec<(usize, usize, f64, f64)> {
        let (at, weight) = super::rule::beta(1.0, nodes.max(1));
        let n = self.rows;
        let mut out = Vec::new();
        for i in 0..n {
            for j in 0..n {
                let own = self.pair(i, j);
                let total = length(own);
                if total <= 0.0 {
                    continue;
                }
                for (low, high) in own {
                    for (t, w) in at.iter().zip(&weight) {
                        let share = (high - low) / total / (n * n) as f64;
                        out.push((i, j, low + (high - low) * t, share * w));
                    }
                }
            }
        }
        out
    }
}

fn length(intervals: &[(f64, f64)]) -> f64 {
    intervals.iter().map(|(low, high)| high - low).sum()
}

/// The safe intervals of one pair.
fn safe(g: &Products, classes: &[u32], (i, j): (usize, usize), radius: f64) -> Vec<(f64, f64)> {
    let n = g.n;
    // |x(t) - x_k|^2 = t^2 a + t slope_k + start_k.
    let a = g.at(i, i) - 2.0 * g.at(i, j) + g.at(j, j);
    let line = |k: usize| -> (f64, f64) {
        let start = g.at(k, k) - 2.0 * g.at(k, j) + g.at(j, j);
        let slope = -2.0 * (g.at(k, i) - g.at(k, j) - g.at(i, j) + g.at(j, j));
        (slope, start)
    };
    let pieces = envelope((0..n).map(|k| (line(k), k)).collect());
    let mut bad: Vec<(f64, f64)> = Vec::new();
    for (low, high, k) in pieces {
        // The end with the larger share says the label; at one half the first.
        for (low, high, end) in [(low, high.min(0.5), j), (low.max(0.5), high, i)] {
            if low >= high || classes[k] == classes[end] {
                continue;
            }
            let (slope, start) = line(k);
            if let Some((from, to)) = within(a, slope, start - radius * radius) {
                let (from, to) = (from.max(low), to.min(high));
                if from < to {
                    bad.push((from, to));
                }
            }
        }
    }
    let mut out = Vec::new();
    let mut at = 0.0;
    for (from, to) in bad {
        if from > at {
            out.push((at, from));
        }
        at = to.max(at);
    }
    if at < 1.0 {
        out.push((at, 1.0));
    }
    out
}

/// Where on [0, 1] each line is the lowest: `(from, to, name)`, ascending.
fn envelope(mut lines: Vec<((f64, f64), usize)>) -> Vec<(f64, f64, usize)> {
    // From the steepest fall to the steepest rise they take over from right to left; so by falling
    // slope they do from left to right.
    lines.sort_by(|(a, k), (b, l)| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)).then(k.cmp(l)));
    let mut kept: Vec<((f64, f64), usize, f64)> = Vec::new();
    for (line, k) in lines {
        let mut from = f64::NEG_INFINITY;
        let mut lower = true;
        while let Some(&(last, _, since)) = kept.last() {
            if last.0 == line.0 {
                // Parallel, and sorted: the last one is at most as high.
                lower = false;
                break;
            }
            let cross = (line.1 - last.1) / (last.0 - line.0);
            if cross > since {
                from = cross;
                break;
            }
            kept.pop();
        }
        if lower {
            kept.push((line, k, from));
        }
    }
    let ends = kept.iter().skip(1).map(|next| next.2).chain([f64::INFINITY]);
    kept.iter()
        .zip(ends)
        .map(|((_, k, from), to)| (from.max(0.0), to.min(1.0), *k))
        .filter(|(from, to, _)| from < to)
        .collect()
}

/// Where `a t^2 + b t + c <= 0`, `a >= 0`.
fn within(a: f64, b: f64, c: f64) -> Option<(f64, f64)> {
    if a <= 0.0 {
        return (c <= 0.0).then_some((f64::NEG_INFINITY, f64::INFINITY));
    }
    let root = b * b - 4.0 * a * c;
    if root < 0.0 {
        return None;
    }
    // Without cancellation.
    let q = -0.5 * (b + root.sqrt().copysign(b));
    let (s, t) = if q == 0.0 { (0.0, 0.0) } else { (q / a, c / q) };
    Some((s.min(t), s.max(t)))
}

/// The features that classifier and discriminator share, with their change along a direction.
pub trait Trunk {
    /// Features of a point.
    fn features(&self, x: &[f64]) -> Vec<f64>;
    /// Their derivative at a point along a direction.
    fn along(&self, x: &[f64], direction: &[f64]) -> Vec<f64>;
}

/// Classifier, discriminator and generator of the paper on a trunk of features.
#[derive(Clone, Debug, PartialEq)]
pub struct Adversary {
    /// Coefficients of the classifier (two classes) on the trunk, the intercept last.
    pub classifier: Vec<f64>,
    /// Of the discriminator: higher for real points than for mixed ones.
    pub discriminator: Vec<f64>,
    /// Of the generator's three scores on what is known of a pair, row after row; their softmax is
    /// `(a, delta, c)`.
    pub generator: [Vec<f64>; 3],
}

/// How the adversary is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdversarySettings {
    /// Steps of gradient descent over all rows, each with a partner drawn anew.
    pub steps: usize,
    /// Length of a step.
    pub rate: f64,
    /// Weight of the discriminator's loss in what the generator lowers; 0 switches it off.
    pub discriminator: f64,
    /// `(a, delta)` for all pairs instead of the generator's.
    pub fixed: Option<(f64, f64)>,
    /// Strength of the square of all coefficients.
    pub decay: f64,
    /// Seed of partners and weights.
    pub seed: u64,
}

impl Default for AdversarySettings {
    fn default() -> Self {
        Self { steps: 500, rate: 0.5, discriminator: 1.0, fixed: None, decay: 1e-4, seed: 0 }
    }
}

/// A pair, and the draw that places its mixture.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    /// First row and its sign, -1 or +1.
    pub first: (&'a [f64], f64),
    /// Second row and its sign.
    pub second: (&'a [f64], f64),
    /// Uniform in 0 to 1.
    pub u: f64,
}

/// Losses of one pair and their slopes.
#[derive(Clone, Debug)]
pub struct PairLoss {
    /// Classifier on the mixture and on the first row, plus discriminator on both.
    pub value: f64,
    /// `lambda`.
    pub lambda: f64,
    /// By the classifier, the discriminator, and the generator's three rows.
    pub slope: Adversary,
}

/// What is known of a pair: its middle, the squares of the difference, and a one.
fn known(x: &[f64], other: &[f64]) -> Vec<f64> {
    let middle = x.iter().zip(other).map(|(a, b)| 0.5 * (a + b));
    let apart = x.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
    middle.chain(apart).chain([1.0]).collect()
}

impl Adversary {
    /// All coefficients zero: `a = delta = 1/3`.
    pub fn new(columns: usize, trunk: usize) -> Self {
        let own = || vec![0.0; 2 * columns + 1];
        Self {
            classifier: vec![0.0; trunk + 1],
            discriminator: vec![0.0; trunk + 1],
            generator: [own(), own(), own()],
        }
    }

    /// `(a, delta, c)` of a pair: above 0, summing to one.
    pub fn region(&self, x: &[f64], other: &[f64]) -> [f64; 3] {
        let u = known(x, other);
        let s: Vec<f64> = self.generator.iter().map(|g| linecall_kernels::dot(g, &u)).collect();
        let top = s.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let e: Vec<f64> = s.iter().map(|s| linecall_kernels::exp(s - top)).collect();
        // A share that underflows still leaves lambda strictly inside.
        let e: Vec<f64> = e.into_iter().map(|e| e.max(1e-12)).collect();
        let total: f64 = e.iter().sum();
        [0, 1, 2].map(|k| e[k] / total)
    }

    /// The losses of one pair, 1 and 1 as in the paper (or as the settings say), and their slopes.
    pub fn pair(&self, trunk: &dyn Trunk, draw: &Draw, settings: &AdversarySettings) -> PairLoss {
        let ((x, y), (other, v)) = (draw.first, draw.second);
        let region = self.region(x, other);
        let (a, delta) = settings.fixed.unwrap_or((region[0], region[1]));
        let lambda = a + delta * draw.u;
        let mixed: Vec<f64> =
            x.iter().zip(other).map(|(a, b)| lambda * a + (1.0 - lambda) * b).collect();
        let direction: Vec<f64> = x.iter().zip(other).map(|(a, b)| a - b).collect();
        let with_one = |mut f: Vec<f64>, one: f64| {
            f.push(one);
            f
        };
        let (f, df) =
            (with_one(trunk.features(&mixed), 1.0), with_one(trunk.along(&mixed, &direction), 0.0));
        let real = with_one(trunk.features(x), 1.0);
        let loss = |y: f64, z: f64| -> (f64, f64) {
            (linecall_kernels::log1p_exp(-y * z), -y * linecall_kernels::sigmoid(-y * z))
        };
        let dot = linecall_kernels::dot;
        let (z, z0) = (dot(&self.classifier, &f), dot(&self.classifier, &real));
        let ((own, own_slope), (their, their_slope)) = (loss(y, z), loss(v, z));
        let (plain, plain_slope) = loss(y, z0);
        let mixed_slope = lambda * own_slope + (1.0 - lambda) * their_slope;
        let weight = settings.discriminator;
        let (q, q0) = (dot(&self.discriminator, &f), dot(&self.discriminator, &real));
        let ((fake, fake_slope), (true_, true_slope)) = (loss(-1.0, q), loss(1.0, q0));
        let mut slope = Self::new(x.len(), f.len() - 1);
        for (k, s) in slope.classifier.iter_mut().enumerate() {
            *s = mixed_slope * f[k] + plain_slope * real[k];
        }
        for (k, s) in slope.discriminator.iter_mut().enumerate() {
            *s = weight * (fake_slope * f[k] + true_slope * real[k]);
        }
        let by_lambda = own - their
            + mixed_slope * dot(&self.classifier, &df)
            + weight * fake_slope * dot(&self.discriminator, &df);
        if settings.fixed.is_none() {
            let u = known(x, other);
            // dlambda/da = 1, dlambda/ddelta = u; the softmax ties the three scores together.
            let by = [by_lambda, by_lambda * draw.u, 0.0];
            let mean: f64 = region.iter().zip(&by).map(|(r, b)| r * b).sum();
            for (k, own) in slope.generator.iter_mut().enumerate() {
                let s = region[k] * (by[k] - mean);
                own.iter_mut().zip(&u).for_each(|(o, u)| *o = s * u);
            }
        }
        let value = lambda * own + (1.0 - lambda) * their + plain + weight * (fake + true_);
        PairLoss { value, lambda, slope }
    }

    /// Trains on rows of signs -1 and +1.
    ///
    /// # Errors
    /// When there are no rows, sizes differ, or a setting is out of range.
    pub fn train(
        x: &[Vec<f64>],
        signs: &[f64],
        trunk: &dyn Trunk,
        settings: &AdversarySettings,
    ) -> Result<Self> {
        let d = x.first().map_or(0, Vec::len);
        if d == 0 || x.len() != signs.len() {
            return Err(Error::NoRows);
        }
        if !(settings.rate.is_finite() && settings.rate > 0.0) {
            let value = settings.rate.to_string();
            return Err(Error::Setting { name: "rate", value, expected: "a number above 0" });
        }
        if let Some((a, delta)) = settings.fixed
            && !(a >= 0.0 && delta >= 0.0 && a + delta <= 1.0)
        {
            let value = format!("{a} and {delta}");
            let expected = "a and delta of 0 or above, 1 at most in sum";
            return Err(Error::Setting { name: "fixed", value, expected });
        }
        let size = trunk.features(&x[0]).len();
        let mut own = Self::new(d, size);
        let mut random = Random::new(settings.seed);
        for _ in 0..settings.steps {
            let mut sum = Self::new(d, size);
            for (x_i, &y) in x.iter().zip(signs) {
                let j = random.below(x.len());
                let draw = Draw { first: (x_i, y), second: (&x[j], signs[j]), u: random.uniform() };
                sum.add(&own.pair(trunk, &draw, settings).slope, 1.0 / x.len() as f64);
            }
            let still = own.clone();
            sum.add(&still, settings.decay);
            own.add(&sum, -settings.rate);
        }
        Ok(own)
    }

    /// Adds `by` times another.
    fn add(&mut self, other: &Self, by: f64) {
        let add = |to: &mut Vec<f64>, from: &[f64]| {
            to.iter_mut().zip(from).for_each(|(t, f)| *t += by * f);
        };
        add(&mut self.classifier, &other.classifier);
        add(&mut self.discriminator, &other.discriminator);
        for (to, from) in self.generator.iter_mut().zip(&other.generator) {
            add(to, from);
        }
    }

    /// The classifier's score of a point; the policy has no say in it.
    pub fn score(&self, trunk: &dyn Trunk, x: &[f64]) -> f64 {
        let (w, b) = self.classifier.split_at(self.classifier.len() - 1);
        linecall_kernels::dot(w, &trunk.features(x)) + b.first().copied().unwrap_or(0.0)
    }
}

/// Bumps `exp(-|x - c|^2 / (2 width^2))` at given centres: a trunk that a linear head can draw bounds
/// of any shape with.
#[derive(Clone, Debug, PartialEq)]
pub struct Bumps {
    /// Centres.
    pub centres: Vec<Vec<f64>>,
    /// Their width.
    pub width: f64,
}

impl Trunk for Bumps {
    fn features(&self, x: &[f64]) -> Vec<f64> {
        let bump = |c: &Vec<f64>| {
            let square: f64 = c.iter().zip(x).map(|(c, x)| (x - c) * (x - c)).sum();
            (-0.5 * square / (self.width * self.width)).exp()
        };
        self.centres.iter().map(bump).collect()
    }

    fn along(&self, x: &[f64], direction: &[f64]) -> Vec<f64> {
        let slope = |(c, f): (&Vec<f64>, f64)| {
            let pull: f64 = c.iter().zip(x).zip(direction).map(|((c, x), d)| (x - c) * d).sum();
            -f * pull / (self.width * self.width)
        };
        self.centres.iter().zip(self.features(x)).map(slope).collect()
    }
}
