//! The dial of the squared loss in closed form: every `lambda` from one eigendecomposition.
//!
//! With targets -1 and +1, shares `p`, `q` of the classes, `delta = j - i` and the within-class
//! covariance `W = sum_e v_e v_e' e` (divisor the sum of the weights), the minimiser of
//! `(1/S) sum s (y - w.x - b)^2 / 2 + lambda |w|^2 / 2` is
//!
//! `w = 2 p q / (1 + p q g) (W + lambda I)^-1 delta`, `g = delta' (W + lambda I)^-1 delta`,
//!
//! since the total covariance is `W + p q delta delta'` (Sherman & Morrison). Its direction is that of
//! Fisher's discriminant for `lambda` to 0, and of the nearest centroid for `lambda` to infinity.
//! The angle of `(W + lambda I)^-1 delta` to `delta` never grows with `lambda`: its cosine is the
//! ratio of means of `1 / (e + lambda)` and of its square, by weights `(v_e . delta)^2`. So the
//! `lambda` at which the angle crosses a limit is found by bisection, to the last digit.
//!
//! Cost: `n d^2` and an eigendecomposition once, then `d` for each `lambda` (`d^2` with its
//! coefficients).

use faer::{Mat, Side};
use linecall_linear::class_stats::{ClassStats, Keep};

use super::pair::{Boundary, Pair, length};
use crate::{Error, Result};

/// Most columns: eigenvectors of a larger covariance take minutes.
pub const MOST_TILTED: usize = 2_000;

/// The squared loss at any strength of the L2 penalty.
#[derive(Clone, Debug)]
pub struct RidgePath {
    values: Vec<f64>,
    vectors: Mat<f64>,
    /// `v_e . delta`.
    along: Vec<f64>,
    apart: f64,
    share: [f64; 2],
    mean: Vec<f64>,
}

impl RidgePath {
    /// Prepares the path of a pair.
    ///
    /// # Errors
    /// When there are more than [`MOST_TILTED`] columns, or sums overflow.
    pub fn of(pair: &Pair<'_>) -> Result<Self> {
        let d = pair.design.cols();
        if d > MOST_TILTED {
            return Err(Error::Linear(linecall_linear::Error::TooWide {
                what: "the closed-form dial",
                columns: d,
                limit: MOST_TILTED,
                mend: "choose fewer columns, or another loss",
            }));
        }
        let design = pair.design.select_rows(&pair.rows)?;
        let codes: Vec<u32> = pair.positive.iter().map(|up| u32::from(*up)).collect();
        let stats = ClassStats::of(&design, &codes, 2, Some(&pair.weight), Keep::Covariance)?;
        let within = stats.within_covariance();
        let whole = Mat::from_fn(d, d, |a, b| within[a * d + b]);
        let eigen = whole.self_adjoint_eigen(Side::Lower).map_err(|_| {
            Error::Model("the covariance has no eigenvalues in double precision".to_owned())
        })?;
        let (vectors, values) = (eigen.U().to_owned(), eigen.S().column_vector());
        let values: Vec<f64> = (0..d).map(|e| values[e].max(0.0)).collect();
        let delta = pair.line();
        let along =
            (0..d).map(|e| (0..d).map(|j| vectors[(j, e)] * delta[j]).sum::<f64>()).collect();
        let total = pair.mass[0] + pair.mass[1];
        let share = pair.mass.map(|m| m / total);
        let [i, j] = pair.centroids();
        let mean = i.iter().zip(j).map(|(i, j)| share[0] * i + share[1] * j).collect();
        Ok(Self { values, vectors, along, apart: length(&delta), share, mean })
    }

    /// The largest within-class variance of any direction: the scale on which `lambda` acts.
    pub fn largest_variance(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    /// The mean within-class variance of a column.
    pub fn mean_variance(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len().max(1) as f64
    }

    /// The angle at a strength, in radians; `None` where the centroids are the same, or `lambda` is
    /// 0 and some direction has no variance.
    pub fn theta(&self, lambda: f64) -> Option<f64> {
        let floor = self.values.iter().copied().fold(f64::INFINITY, f64::min) + lambda;
        if !(self.apart > 0.0 && floor > 0.0 && lambda.is_finite()) {
            return None;
        }
        // In units of the least, so that nothing overflows.
        let scaled: Vec<f64> =
            self.along.iter().zip(&self.values).map(|(a, e)| a * floor / (e + lambda)).collect();
        super::pair::angle(&self.along, &scaled)
    }

    /// The adversarial distance averaged by class, `|j - i| cos(theta) / 2`.
    pub fn d_adv_balanced(&self, lambda: f64) -> Option<f64> {
        self.theta(lambda).map(|theta| 0.5 * self.apart * theta.cos())
    }

    /// The angle for `lambda` to 0: that of the discriminant, or, where some directions have no
    /// within-class variance and part the centroids, that of those directions alone.
    pub fn steepest(&self) -> Option<f64> {
        let top = self.largest_variance();
        let flat = |e: &f64| *e <= 1e-12 * top;
        let piled: f64 =
            self.along.iter().zip(&self.values).filter(|(_, e)| flat(e)).map(|(a, _)| a * a).sum();
        if piled.sqrt() > 1e-9 * self.apart {
            return (self.apart > 0.0).then(|| (piled.sqrt() / self.apart).min(1.0).acos());
        }
        let kept: Vec<f64> = self
            .along
            .iter()
            .zip(&self.values)
            .map(|(a, e)| if flat(e) { 0.0 } else { a / (e / top) })
            .collect();
        super::pair::angle(&self.along, &kept)
    }

    /// The least `lambda` at which the angle is no more than `limit` (radians): 0 where it never is.
    /// `None` where no `lambda` does it (a limit below 0) or there is no angle.
    pub fn crossing(&self, limit: f64) -> Option<f64> {
        if limit.is_nan() || limit <= 0.0 {
            return None;
        }
        if self.steepest()? <= limit {
            return Some(0.0);
        }
        let top = self.largest_variance().max(f64::MIN_POSITIVE);
        // Bracketed by powers of two on both sides, then halved on the logarithm.
        let below = |lambda: f64| self.theta(lambda).is_none_or(|theta| theta > limit);
        let (mut low, mut high) = (top, top);
        while below(high) {
            high *= 16.0;
            if !high.is_finite() {
                return None;
            }
        }
        while !below(low) {
            low /= 16.0;
            if low < f64::MIN_POSITIVE {
                return Some(low);
            }
        }
        for _ in 0..200 {
            let middle = (low.ln() * 0.5 + high.ln() * 0.5).exp();
            if !(low < middle && middle < high) {
                break;
            }
            if below(middle) { low = middle } else { high = middle }
        }
        Some(high)
    }

    /// The boundary at a strength: the fit of the squared loss with its intercept.
    ///
    /// # Errors
    /// When `lambda` is 0 and some direction has no variance, or it is not a number from 0.
    pub fn boundary(&self, lambda: f64) -> Result<Boundary> {
        let floor = self.values.iter().copied().fold(f64::INFINITY, f64::min) + lambda;
        if !(lambda.is_finite() && lambda >= 0.0 && floor > 0.0) {
            return Err(Error::Setting {
                name: "lambda",
                value: lambda.to_string(),
                expected: "a number above 0",
            });
        }
        let d = self.values.len();
        let inner: Vec<f64> =
            self.along.iter().zip(&self.values).map(|(a, e)| a / (e + lambda)).collect();
        let g: f64 = inner.iter().zip(&self.along).map(|(v, a)| v * a).sum();
        let both = self.share[0] * self.share[1];
        let factor = 2.0 * both / (1.0 + both * g);
        let w: Vec<f64> = (0..d)
            .map(|j| factor * (0..d).map(|e| self.vectors[(j, e)] * inner[e]).sum::<f64>())
            .collect();
        let at: f64 = w.iter().zip(&self.mean).map(|(w, m)| w * m).sum();
        Boundary::new(w, self.share[1] - self.share[0] - at)
    }
}
