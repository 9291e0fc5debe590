//! Mixtures by coordinates: some columns of one row, the others of another (CutMix without images).
//!
//! Over all pairs of rows and a list of masks `m`, kept columns from the first row:
//!
//! `(1/n^2) sum_ij sum_m pi_m [lambda_m l(y_i, z) + (1 - lambda_m) l(y_j, z)]`,
//! `z = w_m . x_i + w_-m . x_j`, `lambda_m` the share of kept columns, `l` the logistic loss.
//!
//! As with Mixup ([`super`]) the pair's score is a sum of one number of each row, so `n^2` pairs cost
//! `O(n R + R^2)` a mask. Unlike Mixup, a mask breaks the correlation of the columns: where the
//! covariance is not block diagonal along the masks, the minimiser over endless data is *not*
//! the Bayes direction ("Provable benefit of Mixup for finding optimal decision boundaries", ICML
//! 2023, theorem 5). The exact objective shows it without sampling.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par};

use super::points::{self, Nature, Points, Way, side};
use crate::solve::newton::factorise;
use crate::{Error, Result};

/// Accuracy of the sums over pairs.
const ACCURACY: f64 = 1e-13;

/// Which columns are kept, and how often each mask is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Masks {
    /// Kept columns of the first row, and the probability of the mask.
    masks: Vec<(Vec<bool>, f64)>,
}

/// The objective at some coefficients.
#[derive(Clone, Debug)]
pub struct MaskedAt {
    /// Its value.
    pub value: f64,
    /// One slope a column.
    pub gradient: Vec<f64>,
    /// Second derivatives.
    pub hessian: Mat<f64>,
}

impl Masks {
    /// Given masks with their probabilities.
    ///
    /// # Errors
    /// When there are none, they differ in length, or probabilities are negative or do not sum to 1.
    pub fn new(masks: Vec<(Vec<bool>, f64)>) -> Result<Self> {
        let total: f64 = masks.iter().map(|m| m.1).sum();
        let length = masks.first().map_or(0, |m| m.0.len());
        let same = masks.iter().all(|m| m.0.len() == length && m.1 >= 0.0);
        if length == 0 || !same || (total - 1.0).abs() > 1e-9 {
            return Err(Error::Setting {
                name: "masks",
                value: format!("{} masks of {length} columns, sum {total}", masks.len()),
                expected: "masks of as many columns each, with probabilities that sum to 1",
            });
        }
        Ok(Self { masks })
    }

    /// Every column kept by itself with a probability: all `2^d` masks.
    ///
    /// # Errors
    /// When the probability is not within 0 and 1, or there are more than 12 columns.
    pub fn independent(columns: usize, keep: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&keep) || columns == 0 || columns > 12 {
            return Err(Error::Setting {
                name: "masks",
                value: format!("{columns} columns kept with probability {keep}"),
                expected: "1 to 12 columns and a probability from 0 to 1",
            });
        }
        let mask = |bits: u32| -> (Vec<bool>, f64) {
            let kept: Vec<bool> = (0..columns).map(|j| bits >> j & 1 == 1).collect();
            let chance = kept.iter().map(|k| if *k { keep } else { 1.0 - keep }).product();
            (kept, chance)
        };
        Self::new((0..1u32 << columns).map(mask).collect())
    }

    /// Value, gradient and Hessian at coefficients, over all pairs of dense rows of signs -1 and +1.
    ///
    /// # Errors
    /// When sizes do not fit.
    pub fn at(&self, x: &[Vec<f64>], signs: &[f64], w: &[f64]) -> Result<MaskedAt> {
        let d = w.len();
        let shape = |what, found| Err(Error::Shape { what, found, expected: d });
        if let Some(odd) = self.masks.iter().map(|m| m.0.len()).find(|n| *n != d) {
            return shape("columns of the masks", odd);
        }
        if let Some(odd) = x.iter().map(Vec::len).find(|n| *n != d) {
            return shape("columns of a row", odd);
        }
        if x.is_empty() || x.len() != signs.len() {
            return Err(Error::NoRows);
        }
        let mut out = MaskedAt { value: 0.0, gradient: vec![0.0; d], hessian: Mat::zeros(d, d) };
        for (mask, chance) in &self.masks {
            let share = mask.iter().filter(|k| **k).count() as f64 / d as f64;
            let others: Vec<bool> = mask.iter().map(|k| !k).collect();
            // Both ways to see the pair, so that the label is always the first row's.
            for (kept, weight) in [(mask, chance * share), (&others, chance * (1.0 - share))] {
                if weight > 0.0 {
                    add(x, signs, w, kept, weight, &mut out);
                }
            }
        }
        Ok(out)
    }

    /// The minimiser, by Newton's method from 0, to a largest slope of `tolerance`.
    ///
    /// # Errors
    /// As for [`Masks::at`]; when no minimiser is found in 100 steps.
    pub fn minimise(&self, x: &[Vec<f64>], signs: &[f64], tolerance: f64) -> Result<Vec<f64>> {
        let mut w = vec![0.0; x.first().map_or(0, Vec::len)];
        let mut here = self.at(x, signs, &w)?;
        for _ in 0..100 {
            if crate::vector::largest(&here.gradient) <= tolerance {
                return Ok(w);
            }
            let mut h = here.hessian.clone();
            let rhs = Mat::from_fn(w.len(), 1, |j, _| -here.gradient[j]);
            let step = factorise(&mut h)?.solve(&rhs);
            let slope: f64 = here.gradient.iter().enumerate().map(|(j, g)| g * step[(j, 0)]).sum();
            let mut length = 1.0;
            let next = loop {
                let trial: Vec<f64> =
                    w.iter().enumerate().map(|(j, w)| w + length * step[(j, 0)]).collect();
                let at = self.at(x, signs, &trial)?;
                if at.value <= here.value + 1e-4 * length * slope + 1e-15 || length < 1e-6 {
                    break (trial, at);
                }
                length *= 0.5;
            };
            (w, here) = next;
        }
        Err(Error::Numerical("no minimiser of the masked loss in 100 steps".to_owned()))
    }
}

/// Adds one mask's pairs, with the first row's label.
fn add(x: &[Vec<f64>], signs: &[f64], w: &[f64], kept: &[bool], by: f64, out: &mut MaskedAt) {
    let (n, d) = (x.len(), w.len());
    let part = |own: bool| -> Vec<f64> {
        let of =
            |row: &Vec<f64>| (0..d).filter(|&j| kept[j] == own).map(|j| w[j] * row[j]).sum::<f64>();
        x.iter().map(of).collect()
    };
    let weight = vec![1.0 / n as f64; n];
    let sized = |scores: &[f64]| {
        let (low, high) = points::range(scores, &weight);
        let (count, _) = points::sizes(Nature::Analytic, 0.5 * (high - low), ACCURACY);
        Points::of(scores, &weight, signs, count)
    };
    let (first, second) = (sized(&part(true)), sized(&part(false)));
    let total: Vec<f64> = second.mass[0].iter().zip(&second.mass[1]).map(|(a, b)| a + b).collect();
    let (ra, rb) = (first.len(), second.len());
    let mut own = [vec![0.0; ra], vec![0.0; ra]];
    let mut own_bend = own.clone();
    let (mut other, mut other_bend) = (vec![0.0; rb], vec![0.0; rb]);
    let mut cross = [vec![0.0; ra * rb], vec![0.0; ra * rb]];
    for (s, y) in [-1.0, 1.0].into_iter().enumerate() {
        for (a, &fa) in first.at.iter().enumerate() {
            let mass = first.mass[s][a];
            for (b, &fb) in second.at.iter().enumerate() {
                let m = y * (fa + fb);
                let p = linecall_kernels::sigmoid(-m);
                let (slope, bend) = (-y * p, p * (1.0 - p));
                out.value += by * mass * total[b] * linecall_kernels::log1p_exp(-m);
                own[s][a] += total[b] * slope;
                own_bend[s][a] += total[b] * bend;
                other[b] += mass * slope;
                other_bend[b] += mass * bend;
                cross[s][a * rb + b] = bend;
            }
        }
    }
    let carry = |of: &Points, i: usize, v: &[f64]| match &of.way {
        Way::Rows(_) => v[i],
        Way::Basis(basis) => linecall_kernels::dot(&basis[i * v.len()..(i + 1) * v.len()], v),
    };
    // Sums of rows over points, by sign of the row as a first one.
    let mut firsts = [Mat::zeros(d, ra), Mat::zeros(d, ra)];
    let mut seconds = Mat::zeros(d, rb);
    for (i, row) in x.iter().enumerate() {
        let s = side(signs[i]);
        let (g, h) = (carry(&first, i, &own[s]), carry(&first, i, &own_bend[s]));
        let (g2, h2) = (carry(&second, i, &other), carry(&second, i, &other_bend));
        for j in 0..d {
            let (slope, bend) = if kept[j] { (g, h) } else { (g2, h2) };
            out.gradient[j] += by * weight[i] * slope * row[j];
            for l in 0..d {
                if kept[l] == kept[j] {
                    out.hessian[(j, l)] += by * weight[i] * bend * row[j] * row[l];
                }
            }
            let sums = if kept[j] { (&mut firsts[s], &first) } else { (&mut seconds, &second) };
            spread(sums.0, sums.1, i, j, weight[i] * row[j]);
        }
    }
    for (firsts, cross) in firsts.iter().zip(&cross) {
        let table = MatRef::from_row_major_slice(cross, ra, rb);
        let (mut half, mut both) = (Mat::zeros(d, rb), Mat::zeros(d, d));
        matmul(half.as_mut(), Accum::Replace, firsts.as_ref(), table, by, Par::Seq);
        let seconds = seconds.as_ref().transpose();
        matmul(both.as_mut(), Accum::Replace, half.as_ref(), seconds, 1.0, Par::Seq);
        for j in 0..d {
            for l in 0..d {
                out.hessian[(j, l)] += both[(j, l)] + both[(l, j)];
            }
        }
    }
}

/// Adds a row's value of a column to its points.
fn spread(sum: &mut Mat<f64>, of: &Points, i: usize, j: usize, value: f64) {
    match &of.way {
        Way::Rows(_) => sum[(j, i)] += value,
        Way::Basis(basis) => {
            let r = of.len();
            for (a, b) in basis[i * r..(i + 1) * r].iter().enumerate() {
                sum[(j, a)] += value * b;
            }
        }
    }
}
