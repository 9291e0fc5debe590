//! Logistic loss of two classes: `log(1 + e^-m)`, `m = y f`.
//!
//! Slope `-y / (1 + e^m)`, curvature `p (1 - p)`, at most 1/4. Conjugate, for `a = -dl/dm` in
//! \[0, 1\]: `a log a + (1 - a) log(1 - a)`. Two classes run on whole vectors
//! ([`linecall_kernels::logistic_tile`]).

use linecall_kernels::{exp, log1p_exp, logistic_tile, sigmoid};

use super::{Margin, Margins, RowLoss, Signs};

/// The loss of one margin.
#[derive(Clone, Copy)]
pub(crate) struct LogLoss;

/// `a log a`, 0 at 0.
fn entropy_term(a: f64) -> f64 {
    if a > 0.0 { a * a.ln() } else { 0.0 }
}

impl Margin for LogLoss {
    fn value(&self, m: f64) -> f64 {
        log1p_exp(-m)
    }

    fn slope(&self, m: f64) -> f64 {
        -sigmoid(-m)
    }

    fn curvature(&self, m: f64) -> f64 {
        let e = exp(-m.abs());
        e / ((1.0 + e) * (1.0 + e))
    }

    fn steepest(&self) -> Option<f64> {
        Some(0.25)
    }

    fn conjugate(&self, a: f64) -> Option<f64> {
        // A slope may leave [0, 1] by the rounding of a weight.
        let a = if (-1e-12..=1.0 + 1e-12).contains(&a) { a.clamp(0.0, 1.0) } else { return None };
        Some(entropy_term(a) + entropy_term(1.0 - a))
    }

    fn base(&self, p: f64) -> f64 {
        (p / (1.0 - p)).ln()
    }
}

/// The loss of each label against its absence.
pub(crate) fn of_sets(signs: Signs) -> Box<dyn RowLoss> {
    if signs.width() == 1 && signs.is_even() {
        return Box::new(Logistic::new(signs));
    }
    Box::new(Margins::new(LogLoss, signs))
}

/// Two classes coded -1 and +1, or one label and its absence.
pub(crate) struct Logistic {
    y: Vec<f64>,
    margins: Margins<LogLoss>,
}

impl Logistic {
    pub(crate) fn new(signs: Signs) -> Self {
        let y = (0..signs.rows()).map(|i| signs.of(i, 0)).collect();
        Self { y, margins: Margins::new(LogLoss, signs) }
    }
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

    fn curve(&self, first: usize, state: &[f64], s: &[f64], t: &[f64], out: &mut [f64]) {
        self.margins.curve(first, state, s, t, out);
    }

    fn own_curvature(&self, state: &[f64], s: f64, i: usize, c: usize) -> f64 {
        self.margins.own_curvature(state, s, i, c)
    }

    fn conjugate(&self, slope: &[f64], s: &[f64]) -> Option<f64> {
        self.margins.conjugate(slope, s)
    }

    fn steepest(&self) -> Option<f64> {
        self.margins.steepest()
    }

    fn tally(&self, slope: &[f64], s: &[f64]) -> Vec<f64> {
        self.margins.tally(slope, s)
    }

    fn balance_by(&self, tally: &[f64], slope: &mut [f64], s: &[f64]) -> bool {
        self.margins.balance_by(tally, slope, s)
    }

    fn sign(&self, row: usize, score: usize) -> f64 {
        self.margins.sign(row, score)
    }

    fn margin_change(&self, row: usize, t: &[f64]) -> f64 {
        self.margins.margin_change(row, t)
    }

    fn base_intercept(&self, s: &[f64]) -> Vec<f64> {
        self.margins.base_intercept(s)
    }
}

#[cfg(test)]
mod tests {
    use super::super::margin::checks;
    use super::*;

    #[test]
    fn slope_curvature_and_conjugate_hold() {
        checks::holds(&LogLoss, &[]);
    }
}
