//! Squared hinge: `max(0, 1 - y f)^2`.
//!
//! Slope `-2 y max(0, 1 - y f)`; generalised curvature 2 where `y f < 1`, else 0. Conjugate, for
//! `a = -y slope >= 0`: `a^2 / 4 - a`.

use super::RowLoss;

/// Two classes coded -1 and +1.
pub(crate) struct SquaredHinge {
    y: Vec<f64>,
}

impl SquaredHinge {
    pub(crate) fn new(y: Vec<f64>) -> Self {
        Self { y }
    }
}

impl RowLoss for SquaredHinge {
    fn width(&self) -> usize {
        1
    }

    fn tile(
        &self,
        first: usize,
        scores: &[f64],
        s: &[f64],
        slope: &mut [f64],
        state: &mut [f64],
    ) -> f64 {
        let y = &self.y[first..first + scores.len()];
        let mut sum = 0.0;
        for i in 0..scores.len() {
            let short = (1.0 - y[i] * scores[i]).max(0.0);
            sum += s[i] * short * short;
            slope[i] = -2.0 * s[i] * y[i] * short;
            state[i] = if short > 0.0 { 2.0 * s[i] } else { 0.0 };
        }
        sum
    }

    fn curve(&self, state: &[f64], _s: &[f64], t: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(state).zip(t).for_each(|((o, c), t)| *o = c * t);
    }

    fn conjugate(&self, slope: &[f64], s: &[f64], factor: [f64; 2]) -> Option<f64> {
        let mut sum = 0.0;
        for ((&slope, &s), &y) in slope.iter().zip(s).zip(&self.y) {
            if s > 0.0 {
                let a = (-y * slope / s * factor[usize::from(y > 0.0)]).max(0.0);
                sum += s * (a * a / 4.0 - a);
            }
        }
        Some(sum)
    }

    fn is_positive(&self, row: usize) -> bool {
        self.y[row] > 0.0
    }

    fn margin_change(&self, row: usize, t: &[f64]) -> f64 {
        self.y[row] * t[0]
    }

    fn base_intercept(&self, s: &[f64]) -> Vec<f64> {
        let total: f64 = s.iter().sum();
        let signed: f64 = self.y.iter().zip(s).map(|(y, s)| y * s).sum();
        vec![signed / total]
    }
}
