//! Modified Huber loss: `max(0, 1 - m)^2` down to -1, `-4 m` below (T. Zhang 2004).
//!
//! Slope `-2 max(0, 1 - m)`, at least -4; curvature 2 between -1 and 1. On the straight part below,
//! the curvature of the least parabola above the loss is used, `4 / (1 - m)`. Conjugate, for `a` in
//! \[0, 4\]: `a^2 / 4 - a`.

use super::Margin;

/// The loss of one margin.
#[derive(Clone, Copy)]
pub(crate) struct ModifiedHuber;

impl Margin for ModifiedHuber {
    fn value(&self, m: f64) -> f64 {
        if m < -1.0 {
            -4.0 * m
        } else {
            let short = (1.0 - m).max(0.0);
            short * short
        }
    }

    fn slope(&self, m: f64) -> f64 {
        -(2.0 * (1.0 - m)).clamp(0.0, 4.0)
    }

    fn curvature(&self, m: f64) -> f64 {
        if m < 1.0 { 4.0 / (1.0 - m).max(2.0) } else { 0.0 }
    }

    #[cfg(test)]
    fn is_straight(&self, m: f64) -> bool {
        m < -1.0
    }

    fn steepest(&self) -> Option<f64> {
        Some(2.0)
    }

    fn conjugate(&self, a: f64) -> Option<f64> {
        let a = if (-1e-12..=4.0 + 1e-12).contains(&a) { a.clamp(0.0, 4.0) } else { return None };
        Some(a * a / 4.0 - a)
    }
}

#[cfg(test)]
mod tests {
    use super::super::margin::checks;
    use super::*;

    #[test]
    fn slope_curvature_and_conjugate_hold() {
        checks::holds(&ModifiedHuber, &[1.0, -1.0]);
    }
}
