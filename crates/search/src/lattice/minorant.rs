//! A quadratic that the logistic loss of a few columns nowhere falls below, where it matters.
//!
//! At the best fit `t*` of some columns, `L(t) >= L(t*) - slack + v' M v` with `v = t - t*` for every
//! `t` whose loss is below a threshold. `M` is found by turns. With `L` below the threshold, no score
//! is farther than some `r_i` from that of the fit: at first by the self-concordance of the logistic
//! loss (Bach, "Self-concordant analysis for logistic regression", Electronic Journal of Statistics,
//! 2010: `L(t* + v) - L(t*) >= (exp(-K|v|) + K|v| - 1) / K^2` in the norm of the Hessian, `K` being the
//! largest leverage). On `[m_i - r_i, m_i + r_i]` the loss of a row is above its tangent by at least
//! `c_i d^2`: the ratio is the average of the curvature on the way under falling weights, and since the
//! curvature has one peak, it is least at one of the ends or at the middle. `M = sum_i c_i x_i x_i'`
//! then bounds the `r_i` anew, and so on.

use linecall_kernels::log1p_exp;

use super::newton::{Optimum, moments};
use super::small::{Factor, LIFT};
use super::table::Cells;

/// Turns; each takes a pass over the points.
const TURNS: usize = 4;
/// What rounding may take.
const ROUNDING: f64 = 1e-9;

/// `M` and its lifted factor, with the intercept last.
pub(super) struct Minorant {
    /// Row by row.
    pub(super) m: Vec<f64>,
    factor: Factor,
    /// By how much the lifted quadratic may exceed `M` where the loss is below the threshold.
    pub(super) excess: f64,
}

impl Minorant {
    /// The quadratic about a fit for losses that are up to `above` more than its bound.
    ///
    /// Proofs are made with `M + LIFT diag(M)`, whose factor rounding cannot spoil; what the lift adds
    /// is bounded by how far coefficients may be, and taken off.
    pub(super) fn new(cells: &Cells, fit: &Optimum, above: f64) -> Self {
        let n = cells.x.len() + 1;
        let above = above.max(0.0);
        let mut far: Vec<f64> = fit.far.iter().map(|f| f * f).collect();
        let factor = Factor::lifted(&fit.hessian, n);
        let excess = excess(&fit.hessian, &far);
        let mut reach = leverages(cells, &factor);
        let largest = reach.iter().copied().fold(0.0, f64::max);
        let farthest = farthest(above + 0.5 * excess, largest);
        reach.iter_mut().for_each(|l| *l *= farthest);
        let scores = cells.scores(&fit.w, fit.intercept);
        let mut own = Self { m: Vec::new(), factor, excess };
        for turn in 0..TURNS {
            let curvature = scores.iter().zip(&reach).zip(&cells.weight);
            let c: Vec<f64> =
                curvature.map(|((s, r), w)| least(*s, *r) * w / cells.total).collect();
            own.m = moments(cells, &c);
            own.m.iter_mut().for_each(|v| *v *= 1.0 - ROUNDING);
            own.factor = Factor::lifted(&own.m, n);
            own.excess = self::excess(&own.m, &far);
            let room = above + own.excess;
            for (far, inverse) in far.iter_mut().zip(own.factor.inverse_diagonal()) {
                *far = far.min(room * inverse);
            }
            own.excess = self::excess(&own.m, &far);
            if turn + 1 == TURNS {
                break;
            }
            let root = (above + own.excess).sqrt();
            let mut shrunk = false;
            for (r, l) in reach.iter_mut().zip(leverages(cells, &own.factor)) {
                let next = root * l;
                shrunk |= next < 0.95 * *r;
                *r = r.min(next);
            }
            if !shrunk {
                break;
            }
        }
        own
    }

    /// By how much the loss rises at least when a coefficient becomes 0.
    pub(super) fn drops(&self, fit: &Optimum) -> Vec<f64> {
        let inverse = self.factor.inverse_diagonal();
        let one = |(w, inverse): (&f64, &f64)| {
            ((1.0 - ROUNDING) * w * w / inverse - self.excess).max(0.0)
        };
        fit.w.iter().zip(&inverse).map(one).collect()
    }
}

/// The most that the lift, and rounding beside it, add to a quadratic; `far` are squares.
fn excess(m: &[f64], far: &[f64]) -> f64 {
    let n = far.len();
    far.iter().enumerate().map(|(j, far)| 2.0 * LIFT * m[j * n + j] * far).sum()
}

/// `sqrt(x_i' A^-1 x_i)` of every point, with a 1 for the intercept.
fn leverages(cells: &Cells, factor: &Factor) -> Vec<f64> {
    let k = cells.x.len();
    let mut row = vec![0.0; k + 1];
    let one = |i: usize| {
        for (slot, x) in row.iter_mut().zip(&cells.x) {
            *slot = x[i];
        }
        row[k] = 1.0;
        factor.norm(&mut row).sqrt()
    };
    (0..cells.len()).map(one).collect()
}

/// The `t` at which `(exp(-K t) + K t - 1) / K^2` reaches `above`.
fn farthest(above: f64, leverage: f64) -> f64 {
    if leverage <= 0.0 {
        return 0.0;
    }
    let want = above * leverage * leverage;
    // `exp(-u) + u - 1` is convex: Newton's steps from the right stay on the right.
    let mut u = 1.0 + want + (2.0 * want).sqrt();
    for _ in 0..60 {
        let value = (-u).exp() + u - 1.0 - want;
        let step = value / (1.0 - (-u).exp());
        u -= step;
        if step.abs() <= 1e-12 * u {
            break;
        }
    }
    u * (1.0 + ROUNDING) / leverage
}

/// The least of `(f(m + d) - f(m) - f'(m) d) / d^2` over `|d| <= r`, `f(m) = log(1 + exp(m))`.
fn least(m: f64, r: f64) -> f64 {
    let e = (-m.abs()).exp();
    let p = if m >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
    let curvature = e / ((1.0 + e) * (1.0 + e));
    // The curvature falls by no more than a factor `exp(-d)`, so that the ratio is at least this.
    let near = curvature * (0.5 - r / 6.0);
    if r < 0.02 {
        return near;
    }
    let at = |d: f64| (log1p_exp(m + d) - log1p_exp(m) - p * d) / (d * d);
    let ends = at(r).min(at(-r)).min(0.5 * curvature);
    (ends - 1e-15 / (r * r)).max(near).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_ratio_is_the_least_of_a_fine_grid() {
        for m in [-9.0, -2.0, -0.3, 0.0, 0.7, 3.0, 12.0] {
            for r in [0.01, 0.1, 1.0, 4.0, 15.0] {
                let p = 1.0 / (1.0 + f64::exp(-m));
                let ratio = |d: f64| {
                    let rise = (m + d).exp().ln_1p() - m.exp().ln_1p() - p * d;
                    rise / (d * d)
                };
                let grid = (1..=4000).map(|i| f64::from(i) * r / 4000.0);
                let brute = grid.filter(|d| *d > 5e-3).flat_map(|d| [ratio(d), ratio(-d)]);
                let brute = brute.fold(f64::INFINITY, f64::min);
                let own = least(m, r);
                assert!(own <= brute + 1e-10, "{m} {r}: {own} {brute}");
                assert!(own >= 0.9 * brute - 1e-10, "{m} {r}: {own} {brute}");
            }
        }
    }

    #[test]
    fn the_farthest_solves_its_equation() {
        for (above, leverage) in [(1e-6, 3.0), (0.01, 20.0), (0.5, 0.1), (2.0, 100.0)] {
            let u = farthest(above, leverage) * leverage;
            let value = ((-u).exp() + u - 1.0) / (leverage * leverage);
            assert!((value - above).abs() < 1e-6 * above, "{above} {leverage} {value}");
        }
        assert_eq!(farthest(0.1, 0.0), 0.0);
    }
}
