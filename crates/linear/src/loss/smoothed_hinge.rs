//! Smoothed hinge: 0 above 1, `(1 - m)^2 / (2 gamma)` down to `1 - gamma`, `1 - m - gamma/2` below
//! (Shalev-Shwartz and Zhang 2013, equation 25).
//!
//! Slope from 0 to -1 over the rounded part; curvature `1 / gamma` there. The straight part has
//! none, which would leave Newton's method nothing to hold on to; there the curvature of the least
//! parabola above the loss is used, `1 / (1 - m)` (as in iteratively reweighted least squares).
//! Conjugate, for `a` in
//! \[0, 1\]: `gamma a^2 / 2 - a`.

use super::Margin;

/// The loss of one margin.
#[derive(Clone, Copy)]
pub(crate) struct SmoothedHinge {
    /// Width of the rounded part.
    pub(crate) gamma: f64,
}

impl Margin for SmoothedHinge {
    fn value(&self, m: f64) -> f64 {
        let short = 1.0 - m;
        if short <= 0.0 {
            0.0
        } else if short < self.gamma {
            short * short / (2.0 * self.gamma)
        } else {
            short - 0.5 * self.gamma
        }
    }

    fn slope(&self, m: f64) -> f64 {
        -((1.0 - m) / self.gamma).clamp(0.0, 1.0)
    }

    fn curvature(&self, m: f64) -> f64 {
        let short = 1.0 - m;
        if short > 0.0 { 1.0 / short.max(self.gamma) } else { 0.0 }
    }

    #[cfg(test)]
    fn is_straight(&self, m: f64) -> bool {
        m < 1.0 - self.gamma
    }

    fn steepest(&self) -> Option<f64> {
        Some(1.0 / self.gamma)
    }

    fn conjugate(&self, a: f64) -> Option<f64> {
        let a = if (-1e-12..=1.0 + 1e-12).contains(&a) { a.clamp(0.0, 1.0) } else { return None };
        Some(0.5 * self.gamma * a * a - a)
    }
}

#[cfg(test)]
mod tests {
    use super::super::margin::checks;
    use super::*;

    #[test]
    fn slope_curvature_and_conjugate_hold() {
        for gamma in [0.25, 1.0, 3.0] {
            checks::holds(&SmoothedHinge { gamma }, &[1.0, 1.0 - gamma]);
        }
    }
}
