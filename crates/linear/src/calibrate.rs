//! Scores to probabilities: given scores of rows that the fit did not see, what is the chance of
//! the class?
//!
//! Platt, "Probabilistic outputs for support vector machines and comparisons to regularized
//! likelihood methods" (1999): `p = 1 / (1 + exp(-(slope * score + intercept)))`, fitted by maximum
//! likelihood to smoothed targets, `(N+ + 1) / (N+ + 2)` for a row of the class and
//! `1 / (N- + 2)` for another, `N+` and `N-` the sums of row weights. The smoothing keeps the fit
//! finite when the scores separate the classes. Newton's method with backtracking follows Lin, Lin
//! & Weng, "A note on Platt's probabilistic outputs for support vector machines" (Machine Learning,
//! 2007); departures: scores are centred and scaled inside, so that the iteration does not depend
//! on their unit, and it goes on to rounding rather than to a slope of 1e-5.
//!
//! Cost: about ten passes over the rows.
//!
//! The scores must come from rows outside the fit (held-out or cross-fitted): on its own training
//! rows a margin classifier looks surer than it is.

use crate::metrics::calls;
use crate::model::sigmoid;
pub use crate::temperature::Temperature;
use crate::{Error, Link, Result};

/// The map from a score to a probability: `p = 1 / (1 + exp(-(slope * score + intercept)))`.
///
/// A slope below zero says that high scores speak against the class; it is reported as found.
///
/// ```
/// use linecall_linear::calibrate::Platt;
/// let scores = [-2.0, -1.0, -0.5, 0.5, 1.0, 2.0];
/// let platt = Platt::fit(&scores, &[false, false, true, false, true, true], None)?;
/// assert!(platt.slope > 0.0);
/// assert!((platt.probability(0.0) - 0.5).abs() < 1e-12);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Platt {
    /// Change of the log odds per unit of score.
    pub slope: f64,
    /// Log odds at score 0.
    pub intercept: f64,
}

impl Platt {
    /// Fits the map to `n` scores; `positive[i]` says whether row `i` is of the class.
    ///
    /// Equal scores, or rows of one kind only, give slope 0 and the smoothed share of the class.
    ///
    /// # Errors
    /// [`Error::NoRows`] without rows of positive weight; when the sizes differ, a score is not
    /// finite, a weight is negative or not finite, or the slope does not fit double precision
    /// (scores that differ by less than about 1e-300).
    pub fn fit(scores: &[f64], positive: &[bool], weights: Option<&[f64]>) -> Result<Self> {
        calls::same("positive flags", positive.len(), scores.len())?;
        calls::check_finite("score", scores, 1)?;
        calls::check_weights(weights, scores.len())?;
        let rows = Rows::new(scores, positive, weights)?;
        let (a, b) = newton(&rows);
        let (slope, intercept) = (a / rows.scale, b - a * (rows.centre / rows.scale));
        if slope.is_finite() && intercept.is_finite() {
            return Ok(Self { slope, intercept });
        }
        Err(Error::Numerical(
            "the scores differ by too little to calibrate them; multiply them by a constant"
                .to_owned(),
        ))
    }

    /// The probability of the class at a score.
    pub fn probability(&self, score: f64) -> f64 {
        sigmoid(self.slope * score + self.intercept)
    }
}

/// The calibrated link of a model with `classes` classes: one [`Platt`] per score, each class
/// against the rest (two classes: the one of index `positive` against the other).
///
/// `scores` holds one entry per row for two classes and `classes` entries for more, `truth` the
/// class codes.
///
/// # Errors
/// As [`Platt::fit`], and when there are fewer than two classes or a code has no class.
pub fn platt_link(
    classes: usize,
    positive: usize,
    scores: &[f64],
    truth: &[u32],
    weights: Option<&[f64]>,
) -> Result<Link> {
    calls::same("classes", classes, classes.max(2))?;
    calls::check_codes("true class", truth, classes)?;
    let k = if classes == 2 { 1 } else { classes };
    calls::same("scores", scores.len(), truth.len() * k)?;
    let (mut slope, mut intercept) = (Vec::with_capacity(k), Vec::with_capacity(k));
    for c in 0..k {
        let class = if classes == 2 { positive } else { c };
        let column: Vec<f64> = scores.iter().skip(c).step_by(k).copied().collect();
        let inside: Vec<bool> = truth.iter().map(|&t| t as usize == class).collect();
        let platt = Platt::fit(&column, &inside, weights)?;
        slope.push(platt.slope);
        intercept.push(platt.intercept);
    }
    Ok(Link::Platt { slope, intercept })
}

/// Rows of positive weight: `z = (score - centre) / scale`, smoothed target, weight (mean 1).
struct Rows {
    z: Vec<f64>,
    target: Vec<f64>,
    weight: Vec<f64>,
    centre: f64,
    scale: f64,
    /// Log odds of the mean target: the best fit with slope 0.
    prior: f64,
}

impl Rows {
    fn new(scores: &[f64], positive: &[bool], weights: Option<&[f64]>) -> Result<Self> {
        let weight_of = |i: usize| weights.map_or(1.0, |w| w[i]);
        let used: Vec<usize> = (0..scores.len()).filter(|&i| weight_of(i) > 0.0).collect();
        if used.is_empty() {
            return Err(Error::NoRows);
        }
        let sum = |kind: bool| -> f64 {
            used.iter().filter(|&&i| positive[i] == kind).map(|&i| weight_of(i)).sum()
        };
        let (inside, outside) = (sum(true), sum(false));
        let (high, low) = ((inside + 1.0) / (inside + 2.0), 1.0 / (outside + 2.0));
        let total = inside + outside;
        let target: Vec<f64> = used.iter().map(|&i| if positive[i] { high } else { low }).collect();
        let weight: Vec<f64> = used.iter().map(|&i| weight_of(i) / total).collect();
        let (centre, scale) = centre_and_scale(&used, scores, &weight);
        let z = used.iter().map(|&i| scores[i] / scale - centre / scale).collect();
        let mean: f64 = target.iter().zip(&weight).map(|(t, w)| t * w).sum();
        Ok(Self { z, target, weight, centre, scale, prior: (mean / (1.0 - mean)).ln() })
    }

    /// Mean of `ln(1 + e^f) - t f`, `f = a z + b`, without overflow.
    fn loss(&self, a: f64, b: f64) -> f64 {
        let row = |((z, t), w): ((&f64, &f64), &f64)| {
            let f = a * z + b;
            w * ((-f.abs()).exp().ln_1p() + f.max(0.0) - t * f)
        };
        self.z.iter().zip(&self.target).zip(&self.weight).map(row).sum()
    }

    /// Gradient `(da, db)` and Hessian `(aa, ab, bb)` of the loss.
    fn slopes(&self, a: f64, b: f64) -> ([f64; 2], [f64; 3]) {
        let (mut gradient, mut hessian) = ([0.0; 2], [0.0; 3]);
        for ((z, t), w) in self.z.iter().zip(&self.target).zip(&self.weight) {
            let f = a * z + b;
            let (p, q) = (sigmoid(f), sigmoid(-f));
            let (first, second) = (w * (p - t), w * p * q);
            gradient[0] += first * z;
            gradient[1] += first;
            hessian[0] += second * z * z;
            hessian[1] += second * z;
            hessian[2] += second;
        }
        (gradient, hessian)
    }
}

/// Mean and largest distance from it of the scores, by weight; `(first score, 1)` when all are
/// equal, so that they all map to exactly 0.
fn centre_and_scale(used: &[usize], scores: &[f64], weight: &[f64]) -> (f64, f64) {
    let first = scores[used[0]];
    if used.iter().all(|&i| scores[i] == first) {
        return (first, first.abs().max(1.0));
    }
    let mean: f64 = used.iter().zip(weight).map(|(&i, w)| scores[i] * w).sum();
    // Scores at the end of the range may round past it.
    let centre = mean.clamp(f64::MIN, f64::MAX);
    let distances = used.iter().map(|&i| (scores[i] - centre).abs());
    (centre, distances.fold(0.0, f64::max).min(f64::MAX))
}

/// Minimises the loss from slope 0 and the prior's log odds.
fn newton(rows: &Rows) -> (f64, f64) {
    const STEPS: usize = 100;
    const RIDGE: f64 = 1e-12;
    let (mut a, mut b) = (0.0, rows.prior);
    let mut loss = rows.loss(a, b);
    for _ in 0..STEPS {
        let (g, [aa, ab, bb]) = rows.slopes(a, b);
        let (aa, bb) = (aa + RIDGE, bb + RIDGE);
        let det = aa * bb - ab * ab;
        let (da, db) = (-(bb * g[0] - ab * g[1]) / det, -(aa * g[1] - ab * g[0]) / det);
        let descent = g[0] * da + g[1] * db;
        if descent.is_nan() || descent >= 0.0 {
            break;
        }
        let Some((step, next)) = backtrack(rows, (a, b), (da, db), loss, descent) else {
            break;
        };
        (a, b) = (a + step * da, b + step * db);
        // The decrease of a Newton step at the optimum is half of this product.
        let done = -descent <= 1e-20 || next >= loss;
        loss = next;
        if done {
            break;
        }
    }
    (a, b)
}

/// The longest of the steps 1, 1/2, 1/4, ... that lowers the loss enough (Armijo, 1e-4), and the
/// loss there; `None` when rounding lets none.
fn backtrack(
    rows: &Rows,
    (a, b): (f64, f64),
    (da, db): (f64, f64),
    loss: f64,
    descent: f64,
) -> Option<(f64, f64)> {
    let mut step = 1.0;
    while step > 1e-12 {
        let next = rows.loss(a + step * da, b + step * db);
        // Close to the optimum the loss is flat to rounding, and the full step is right.
        let flat = -descent < 1e-14 && next <= loss + 4.0 * f64::EPSILON * loss.abs();
        if next <= loss + 1e-4 * step * descent || flat {
            return Some((step, next));
        }
        step *= 0.5;
    }
    None
}
