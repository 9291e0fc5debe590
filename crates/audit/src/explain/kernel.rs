//! How near a masked row is to the row itself: kernels that look at the number of parts that are on.
//!
//! With such a kernel all parts are exchangeable: the Gram matrix of the masks has one value on the
//! diagonal and one off it, so its inverse, and with it every weighted ridge over all `2^s` masks,
//! has a closed form. In terms of the size `m` of a mask, with `q(m)` the share of the kernel's
//! weight on masks of that size:
//!
//! ```text
//! within  = sum q(m) m (s - m) / (s (s - 1))            (variance across parts)
//! along   = Var_q(m) / s                                (variance of the number on)
//! w_k     = E[f (z_k - m/s)] / (within + a) + E[f (m/s - E m/s)] / (along + a)
//! ```
//!
//! where `a` is the ridge over the total weight. For `f` linear with effects `phi`:
//! `w_k = within / (within + a) (phi_k - mean phi) + along / (along + a) mean phi`.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};
use linecall_linear::metrics::beta::ln_gamma;

/// How far a mask is from the whole row, with `m` of `s` parts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// One less the cosine between mask and whole: `1 - sqrt(m / s)`.
    Cosine,
    /// `sqrt(s - m)`.
    Euclidean,
}

/// What masks weigh.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// LIME (Ribeiro, Singh & Guestrin, "Why should I trust you?", KDD 2016): masks drawn evenly,
    /// weighted `sqrt(exp(-D^2 / width^2))`, a ridge on the weights, the intercept free, the row
    /// itself among the draws. The weights are shrunk by the ridge: they are not effects.
    Lime {
        /// Distance to the whole row.
        distance: Distance,
        /// Width of the kernel; absent, `0.25` (cosine) or `0.75 sqrt(s)` (Euclidean).
        width: Option<f64>,
        /// Strength of the ridge, on the sum of squares over `draws` masks.
        ridge: f64,
        /// Number of masks whose expectation is taken (more draws, less shrinking).
        draws: u64,
    },
    /// Kernel SHAP (Lundberg & Lee, "A unified approach to interpreting model predictions",
    /// NeurIPS 2017): the weights sum to the answer for the row less that for the background.
    Shap,
}

impl Kernel {
    /// LIME as for tables: Euclidean, ridge 1, 5,000 draws.
    pub fn lime_table() -> Self {
        Self::Lime { distance: Distance::Euclidean, width: None, ridge: 1.0, draws: 5_000 }
    }

    /// LIME as for texts and images: cosine, ridge 1, 1,000 draws.
    pub fn lime() -> Self {
        Self::Lime { distance: Distance::Cosine, width: None, ridge: 1.0, draws: 1_000 }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let Self::Lime { width, ridge, draws, .. } = self else { return Ok(()) };
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if let Some(width) = width.filter(|w| !(w.is_finite() && *w > 0.0)) {
            return refuse("kernel-width", width.to_string(), "a number above 0");
        }
        if !(ridge.is_finite() && *ridge >= 0.0) {
            return refuse("ridge", ridge.to_string(), "a number, 0 or above");
        }
        if *draws == 0 {
            return refuse("draws", draws.to_string(), "1 or more");
        }
        Ok(())
    }

    /// What sizes of masks weigh, over `parts` parts.
    pub(crate) fn law(&self, parts: usize) -> SizeLaw {
        let s = parts as f64;
        let (mass, ridge) = match *self {
            Self::Shap => {
                let of = |m: usize| {
                    let inside = m > 0 && m < parts;
                    if inside { (s - 1.0) / (m as f64 * (s - m as f64)) } else { 0.0 }
                };
                ((0..=parts).map(of).collect::<Vec<f64>>(), 0.0)
            }
            Self::Lime { distance, width, ridge, draws } => {
                let usual = match distance {
                    Distance::Cosine => 0.25,
                    Distance::Euclidean => 0.75 * s.sqrt(),
                };
                let width = width.unwrap_or(usual);
                let of = |m: usize| {
                    let m = m as f64;
                    let d = match distance {
                        Distance::Cosine => 1.0 - (m / s).sqrt(),
                        Distance::Euclidean => (s - m).sqrt(),
                    };
                    let chance = ln_choose(s, m) - s * std::f64::consts::LN_2;
                    (draws as f64 - 1.0) * (chance - 0.5 * (d / width).powi(2)).exp()
                };
                let mut mass: Vec<f64> = (0..=parts).map(of).collect();
                if let Some(whole) = mass.last_mut() {
                    *whole += 1.0; // the row itself is the first draw
                }
                (mass, ridge)
            }
        };
        SizeLaw::of(mass, ridge, *self == Self::Shap)
    }
}

/// `ln C(s, m)`.
pub(crate) fn ln_choose(s: f64, m: f64) -> f64 {
    ln_gamma(s + 1.0) - ln_gamma(m + 1.0) - ln_gamma(s - m + 1.0)
}

/// The law of the number of parts that are on, and the moments that the closed form needs.
#[derive(Clone, Debug)]
pub(crate) struct SizeLaw {
    /// Share of the weight, by number of parts on.
    pub(crate) share: Vec<f64>,
    /// Mean of the share of parts on.
    pub(crate) mean: f64,
    /// Variance across parts, and that of the number on over the number of parts.
    pub(crate) within: f64,
    pub(crate) along: f64,
    /// Ridge over total weight.
    pub(crate) ridge: f64,
    /// Whether the weights are tied to the answers for the row and the background.
    pub(crate) tied: bool,
}

impl SizeLaw {
    fn of(mass: Vec<f64>, ridge: f64, tied: bool) -> Self {
        let total: f64 = mass.iter().sum();
        let s = (mass.len() - 1) as f64;
        let share: Vec<f64> =
            mass.iter().map(|m| if total > 0.0 { m / total } else { 0.0 }).collect();
        let expect = |f: &dyn Fn(f64) -> f64| {
            share.iter().enumerate().map(|(m, q)| q * f(m as f64)).sum::<f64>()
        };
        let mean = expect(&|m| m / s);
        let within = if s > 1.0 { expect(&|m| m * (s - m)) / (s * (s - 1.0)) } else { 0.0 };
        let along = expect(&|m| (m - s * mean).powi(2)) / s;
        let ridge = if total > 0.0 { ridge / total } else { 0.0 };
        Self { mean, within, along, ridge, tied, share }
    }

    /// Number of parts.
    pub(crate) fn parts(&self) -> usize {
        self.share.len() - 1
    }

    /// What the answer for a mask is multiplied by in the weight of a part that is on, and of one
    /// that is off.
    pub(crate) fn influence(&self, size: usize) -> [f64; 2] {
        let level = size as f64 / self.parts() as f64;
        let over = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        let across = over(1.0, self.within + self.ridge);
        let along = if self.tied { 0.0 } else { over(level - self.mean, self.along + self.ridge) };
        [(1.0 - level) * across + along, -level * across + along]
    }

    /// The weights of a function that is linear in the masks.
    pub(crate) fn linear(&self, effects: &[f64]) -> Vec<f64> {
        if self.tied {
            return effects.to_vec();
        }
        let over = |a: f64| if a > 0.0 { a / (a + self.ridge) } else { 0.0 };
        let mean = effects.iter().sum::<f64>() / effects.len().max(1) as f64;
        let (within, along) = (over(self.within), over(self.along));
        effects.iter().map(|phi| within * (phi - mean) + along * mean).collect()
    }

    /// The variance of a function that is linear in the masks.
    pub(crate) fn variance(&self, effects: &[f64]) -> f64 {
        let sum: f64 = effects.iter().sum();
        let mean = sum / effects.len().max(1) as f64;
        let across: f64 = effects.iter().map(|phi| (phi - mean).powi(2)).sum();
        self.within * across + self.along * sum * mean
    }
}
