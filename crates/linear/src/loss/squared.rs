//! Squared loss: `(y - f)^2 / 2`, which is `(1 - m)^2 / 2` for `y` in {-1, +1}.
//!
//! Slope `m - 1`, curvature 1. Conjugate: `a^2 / 2 - a`. With L2 this is the ridge classifier.

use super::Margin;

/// The loss of one margin.
#[derive(Clone, Copy)]
pub(crate) struct Squared;

impl Margin for Squared {
    fn value(&self, m: f64) -> f64 {
        0.5 * (1.0 - m) * (1.0 - m)
    }

    fn slope(&self, m: f64) -> f64 {
        m - 1.0
    }

    fn curvature(&self, _m: f64) -> f64 {
        1.0
    }

    fn steepest(&self) -> Option<f64> {
        Some(1.0)
    }

    fn conjugate(&self, a: f64) -> Option<f64> {
        Some(0.5 * a * a - a)
    }
}

#[cfg(test)]
mod tests {
    use super::super::margin::checks;
    use super::*;

    #[test]
    fn slope_curvature_and_conjugate_hold() {
        checks::holds(&Squared, &[]);
    }
}
