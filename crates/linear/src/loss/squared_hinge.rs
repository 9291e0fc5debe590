//! Squared hinge: `max(0, 1 - m)^2`.
//!
//! Slope `-2 max(0, 1 - m)`; generalised curvature 2 below 1, else 0. Conjugate, for `a >= 0`:
//! `a^2 / 4 - a`. One against the rest over the scores of a network's last layer, it is the loss
//! of an SVM head (A. F. Agarap 2017).

use super::Margin;

/// The loss of one margin.
#[derive(Clone, Copy)]
pub(crate) struct SquaredHinge;

impl Margin for SquaredHinge {
    fn value(&self, m: f64) -> f64 {
        let short = (1.0 - m).max(0.0);
        short * short
    }

    fn slope(&self, m: f64) -> f64 {
        -2.0 * (1.0 - m).max(0.0)
    }

    fn curvature(&self, m: f64) -> f64 {
        if m < 1.0 { 2.0 } else { 0.0 }
    }

    fn steepest(&self) -> Option<f64> {
        Some(2.0)
    }

    fn conjugate(&self, a: f64) -> Option<f64> {
        let a = if a >= -1e-12 { a.max(0.0) } else { return None };
        Some(a * a / 4.0 - a)
    }
}

#[cfg(test)]
mod tests {
    use super::super::margin::checks;
    use super::*;

    #[test]
    fn slope_curvature_and_conjugate_hold() {
        checks::holds(&SquaredHinge, &[1.0]);
    }
}
