//! Logistic loss of two classes: `log(1 + exp(-y f))`.
//!
//! Slope `-y / (1 + exp(y f))`, curvature `p (1 - p)`, at most 1/4. Conjugate, for
//! `a = -y slope` in \[0, 1\]: `a log a + (1 - a) log(1 - a)`.

use linecall_kernels::logistic_tile;

use super::RowLoss;

/// Two classes coded -1 and +1.
pub(crate) struct Logistic {
    y: Vec<f64>,
}

impl Logistic {
    pub(crate) fn new(y: Vec<f64>) -> Self {
        Self { y }
    }
}

/// `a log a`, 0 at 0.
fn entropy_term(a: f64) -> f64 {
    if a > 0.0 { a * a.ln() } else { 0.0 }
}

impl RowLoss for Logistic {
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
        logistic_tile(scores, &self.y[first..first + scores.len()], s, slope, state)
    }

    fn curve(&self, state: &[f64], _s: &[f64], t: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(state).zip(t).for_each(|((o, c), t)| *o = c * t);
    }

    fn conjugate(&self, slope: &[f64], s: &[f64], factor: [f64; 2]) -> Option<f64> {
        let mut sum = 0.0;
        for ((&slope, &s), &y) in slope.iter().zip(s).zip(&self.y) {
            if s > 0.0 {
                let a = (-y * slope / s * factor[usize::from(y > 0.0)]).clamp(0.0, 1.0);
                sum += s * (entropy_term(a) + entropy_term(1.0 - a));
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
        let positive: f64 = self.y.iter().zip(s).filter(|(y, _)| **y > 0.0).map(|(_, s)| s).sum();
        let negative: f64 = self.y.iter().zip(s).filter(|(y, _)| **y < 0.0).map(|(_, s)| s).sum();
        vec![(positive / negative).ln()]
    }
}
