//! How many calls one near-optimal model can flip at once.
//!
//! The most flips over the set is a maximum of a sum of steps, which is not convex: the answer is a
//! bracket. With `t_i` the score turned so that the call is kept while `t_i > 0`, and `h_i` the largest
//! `t_i` in the set (from the ranges):
//!
//! - **Lower end**: the flips of a witness. Witnesses are the ends of people's ranges, and where a
//!   conditional-gradient ascent of `sum_i sigmoid(-t_i / width)` ends, for widths that shrink.
//! - **Upper end**: a step is at most `min(1, 1 - t/h)` on `[.., h]`, and that is at most `1 - c t/h` for
//!   any `0 <= c <= 1`. So for any such weights
//!   `flips <= m + max sum_i -(c_i/h_i) t_i`, where the maximum of a linear function over the set has a
//!   proved bound. Weights come from a conditional-gradient ascent of the smoothed relaxation (Frank &
//!   Wolfe, "An algorithm for quadratic programming", 1956); any of its steps gives a valid bound.
//!
//! Neither end is below or above what ambiguity allows: `m` counts people that some model flips.

use linecall_data::Design;
use linecall_linear::LinearModel;
use rayon::prelude::*;
use serde::Serialize;

use super::near_optimal::{NearOptimal, at, dot};
use super::ranges::{Bracket, Flips, ScoreRanges};
use crate::{Error, Result};

/// Steps of the relaxation's ascent.
const RELAXED_STEPS: usize = 60;
/// Ends of people's ranges that are tried as witnesses.
const TRIED: usize = 96;
/// By how much fewer these are where a maximum takes an interior point.
const FEWER: usize = 4;
/// Starts of the ascent on the steps themselves, its widths and steps a width.
const STARTS: usize = 4;
const WIDTHS: usize = 7;
const STEPS: usize = 8;

/// The most calls that one near-optimal model flips.
#[derive(Clone, Debug, Serialize)]
pub struct Discrepancy {
    /// The epsilon that it holds for.
    pub epsilon: f64,
    /// Share of people.
    pub share: Bracket,
    /// Number of people whose call the witness flips.
    pub flipped: u64,
    /// No model of the set flips more, proved.
    pub most: u64,
    /// The witness.
    #[serde(skip)]
    pub witness: LinearModel,
    /// Its penalised objective.
    pub witness_value: f64,
}

/// People whose call can be flipped.
struct Doubtful<'d> {
    directions: Vec<&'d [f64]>,
    /// +1 where the call is positive.
    sign: Vec<f64>,
    /// The largest turned score.
    height: Vec<f64>,
}

impl Doubtful<'_> {
    fn turned(&self, theta: &[f64]) -> Vec<f64> {
        self.directions.iter().zip(&self.sign).map(|(x, s)| s * dot(x, theta)).collect()
    }

    /// `sum_i -c_i sign_i x_i`.
    fn pull(&self, c: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.directions.first().map_or(0, |x| x.len())];
        for ((x, s), c) in self.directions.iter().zip(&self.sign).zip(c) {
            sum.iter_mut().zip(*x).for_each(|(sum, x)| *sum -= c * s * x);
        }
        sum
    }
}

impl NearOptimal<'_> {
    /// The most calls that one model of the set flips, from the ranges of the same people. Cost: some
    /// hundred maxima of linear functions over the set, a few passes over the training rows each.
    ///
    /// # Errors
    /// When the design has other columns than the training rows, or other rows than the ranges.
    pub fn discrepancy(&self, people: &Design, ranges: &ScoreRanges) -> Result<Discrepancy> {
        if people.rows() != ranges.people.len() {
            let (found, expected) = (people.rows(), ranges.people.len());
            return Err(Error::Shape { what: "rows of the design", found, expected });
        }
        if self.options.above != 0.0 {
            return Err(Error::Model(
                "the discrepancy is told of calls that turn at score 0".to_owned(),
            ));
        }
        let directions = self.directions(people)?;
        let of = |i: &usize| ranges.people.get(*i);
        let rows: Vec<usize> =
            (0..directions.len()).filter(|i| of(i).is_some_and(|p| p.flips != Flips::No)).collect();
        let sign = |i: &usize| if of(i).is_some_and(|p| p.score > 0.0) { 1.0 } else { -1.0 };
        let height = |i: &usize| {
            let top =
                |p: &super::PersonRange| if p.score > 0.0 { p.high.bound } else { -p.low.bound };
            of(i).map_or(0.0, top)
        };
        let doubtful = Doubtful {
            directions: rows.iter().filter_map(|i| directions.get(*i).map(Vec::as_slice)).collect(),
            sign: rows.iter().map(sign).collect(),
            height: rows.iter().map(height).collect(),
        };
        let (most, mut starts) = self.relaxed(&doubtful);
        starts.extend(self.tried(&doubtful));
        let mut best = (0u64, self.objective.model(&self.optimum)?);
        best.0 = self.flips(people, &best.1)?;
        let mut ranked: Vec<(u64, Vec<f64>)> = starts
            .into_par_iter()
            .map(|theta| Ok((self.flips(people, &self.objective.model(&theta)?)?, theta)))
            .collect::<Result<_>>()?;
        ranked.sort_by_key(|(flips, _)| std::cmp::Reverse(*flips));
        if let Some((flips, theta)) = ranked.first()
            && *flips > best.0
        {
            best = (*flips, self.objective.model(theta)?);
        }
        for (_, start) in ranked.iter().take(self.fewer(STARTS)) {
            for theta in self.ascent(&doubtful, start) {
                let model = self.objective.model(&theta)?;
                let flips = self.flips(people, &model)?;
                if flips > best.0 {
                    best = (flips, model);
                }
            }
        }
        let (flipped, witness) = best;
        let most = most.max(flipped);
        let n = people.rows().max(1) as f64;
        let witness_value = self.value_of(&witness)?;
        let share = Bracket { lower: flipped as f64 / n, upper: most as f64 / n };
        let epsilon = self.options.epsilon;
        Ok(Discrepancy { epsilon, share, flipped, most, witness, witness_value })
    }

    fn fewer(&self, of: usize) -> usize {
        if self.hinge.is_some() { of.div_ceil(FEWER) } else { of }
    }

    /// Calls that differ from the model's own, by plain prediction.
    fn flips(&self, people: &Design, other: &LinearModel) -> Result<u64> {
        let (own, scores) = (self.model.scores(people)?, other.scores(people)?);
        let pairs = own.iter().zip(&scores);
        let other_call = |(a, b): &(&f64, &f64)| {
            self.model.class_of(std::slice::from_ref(a)) != other.class_of(std::slice::from_ref(b))
        };
        Ok(pairs.filter(other_call).count() as u64)
    }

    /// The proved most, and the vertices on the way there.
    fn relaxed(&self, doubtful: &Doubtful) -> (u64, Vec<Vec<f64>>) {
        let m = doubtful.sign.len();
        let (mut least, mut seen) = (m as f64, Vec::new());
        let mut theta = self.freed(&self.optimum);
        for step in 0..self.fewer(RELAXED_STEPS) {
            if m == 0 {
                break;
            }
            // The relaxation's corner is rounded over a width that shrinks.
            let width = 0.5 / (1.0 + step as f64 / 4.0);
            let value = |t: &[f64]| -> f64 {
                t.iter().zip(&doubtful.height).map(|(t, h)| rounded(t / h, width).0).sum()
            };
            let t = doubtful.turned(&theta);
            let share: Vec<f64> =
                t.iter().zip(&doubtful.height).map(|(t, h)| rounded(t / h, width).1 / h).collect();
            let found = self.extremes(&[doubtful.pull(&share)], &[f64::NAN]);
            let Some(found) = found.into_iter().next() else { break };
            least = least.min(m as f64 + found.bound);
            let vertex = self.freed(&found.theta);
            seen.push(found.theta);
            theta = along(&theta, &vertex, &t, &doubtful.turned(&vertex), &value);
        }
        // Rounding must not take a flip away.
        ((least * (1.0 + 1e-12)).floor().clamp(0.0, m as f64) as u64, seen)
    }

    /// Ends of the ranges of some of the doubtful, evenly spaced.
    fn tried(&self, doubtful: &Doubtful) -> Vec<Vec<f64>> {
        let m = doubtful.sign.len();
        let most = self.fewer(TRIED).min(m);
        let pick: Vec<usize> = (0..most).map(|k| k * m / most).collect();
        let one = |i: &usize| -> Vec<f64> {
            let sign = at(&doubtful.sign, *i);
            doubtful
                .directions
                .get(*i)
                .map_or(Vec::new(), |x| x.iter().map(|v| -sign * v).collect())
        };
        let pulls: Vec<Vec<f64>> = pick.iter().map(one).collect();
        let found = pulls.par_chunks(8).map(|batch| self.extremes(batch, &[]));
        let found: Vec<Vec<super::extreme::Extreme>> = found.collect();
        found.into_iter().flatten().map(|e| e.theta).collect()
    }

    /// Points of an ascent of the smoothed number of flips.
    fn ascent(&self, doubtful: &Doubtful, start: &[f64]) -> Vec<Vec<f64>> {
        let mut out = Vec::new();
        let mut theta = self.freed(start);
        let mean = doubtful.height.iter().sum::<f64>() / doubtful.height.len().max(1) as f64;
        for k in 0..WIDTHS {
            let width = 0.5 * mean * 0.5f64.powi(k as i32);
            let value = |t: &[f64]| t.iter().map(|t| 1.0 / (1.0 + (t / width).exp())).sum::<f64>();
            for _ in 0..STEPS {
                let t = doubtful.turned(&theta);
                let slope = |t: &f64| {
                    let p = 1.0 / (1.0 + (t / width).exp());
                    p * (1.0 - p) / width
                };
                let pull = doubtful.pull(&t.iter().map(slope).collect::<Vec<f64>>());
                let Some(found) = self.extremes(&[pull], &[f64::NAN]).into_iter().next() else {
                    return out;
                };
                let vertex = self.freed(&found.theta);
                let before = value(&t);
                theta = along(&theta, &vertex, &t, &doubtful.turned(&vertex), &value);
                let mut full = self.optimum.clone();
                for (&j, v) in self.free.iter().zip(&theta) {
                    if let Some(slot) = full.get_mut(j) {
                        *slot = *v;
                    }
                }
                out.push(full);
                out.push(found.theta);
                if value(&doubtful.turned(&theta)) <= before * (1.0 + 1e-6) {
                    break;
                }
            }
        }
        out
    }
}

/// `min(1, 1 - u)` with its corner rounded over `[-width, width]`, and minus its slope.
fn rounded(u: f64, width: f64) -> (f64, f64) {
    if u <= -width {
        (1.0, 0.0)
    } else if u >= width {
        (1.0 - u, 1.0)
    } else {
        (1.0 - (u + width) * (u + width) / (4.0 * width), (u + width) / (2.0 * width))
    }
}

/// The best of some points of a segment, by the turned scores at its ends; they are all in the set,
/// which is convex.
fn along(
    from: &[f64],
    to: &[f64],
    t_from: &[f64],
    t_to: &[f64],
    value: &dyn Fn(&[f64]) -> f64,
) -> Vec<f64> {
    let mix = |a: &[f64], b: &[f64], s: f64| -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| a + s * (b - a)).collect()
    };
    let mut best = (value(t_from), 0.0);
    for k in 1..=24 {
        let s = (f64::from(k) / 24.0).powi(2);
        let here = value(&mix(t_from, t_to, s));
        if here > best.0 {
            best = (here, s);
        }
    }
    mix(from, to, best.1)
}
