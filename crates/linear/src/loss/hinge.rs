//! Hinge: `max(0, 1 - m)`.
//!
//! Slope -1 below the corner at 1, where 0 is taken; no curvature. Conjugate, for `a` in
//! \[0, 1\]: `-a`.

use super::Margin;

/// The loss of one margin.
#[derive(Clone, Copy)]
pub(crate) struct Hinge;

impl Margin for Hinge {
    fn value(&self, m: f64) -> f64 {
        (1.0 - m).max(0.0)
    }

    fn slope(&self, m: f64) -> f64 {
        if m < 1.0 { -1.0 } else { 0.0 }
    }

    fn curvature(&self, _m: f64) -> f64 {
        0.0
    }

    fn steepest(&self) -> Option<f64> {
        None
    }

    fn conjugate(&self, a: f64) -> Option<f64> {
        (-1e-12..=1.0 + 1e-12).contains(&a).then_some(-a.clamp(0.0, 1.0))
    }

    fn base(&self, p: f64) -> f64 {
        (p - 0.5).signum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::margin::checks;
    use super::*;

    #[test]
    fn slope_curvature_and_conjugate_hold() {
        checks::holds(&Hinge, &[1.0]);
    }
}
