//! Losses of the margin `m = y f`: for two classes, for one class against the rest, or for each label
//! of a set against its absence.

use super::{RowLoss, Signs, sum_rows};

/// A loss of the margin.
pub(crate) trait Margin: Sync + Send {
    /// `l(m)`.
    fn value(&self, m: f64) -> f64;
    /// `dl/dm`, at most 0 for a loss that falls.
    fn slope(&self, m: f64) -> f64;
    /// `d2l/dm2`; on a straight part, the curvature of a parabola above the loss.
    fn curvature(&self, m: f64) -> f64;
    /// The convex conjugate `l*(-a) = sup_m (-a m - l(m))`; `None` outside its domain.
    fn conjugate(&self, a: f64) -> Option<f64>;
    /// The largest curvature, where it has a bound.
    fn steepest(&self) -> Option<f64>;
    /// Whether the loss is convex.
    fn is_convex(&self) -> bool {
        true
    }
    /// Whether the loss is straight at a margin, and its curvature there a parabola's above it.
    #[cfg(test)]
    fn is_straight(&self, _m: f64) -> bool {
        false
    }
    /// The score that minimises the mean loss when a share `p` of the rows is of the class.
    fn base(&self, p: f64) -> f64 {
        2.0 * p - 1.0
    }
}

/// A loss of margins over the rows of a problem.
pub(crate) struct Margins<M> {
    loss: M,
    signs: Signs,
}

impl<M: Margin> Margins<M> {
    pub(crate) fn new(loss: M, signs: Signs) -> Self {
        Self { loss, signs }
    }
}

impl<M: Margin> RowLoss for Margins<M> {
    fn width(&self) -> usize {
        self.signs.width()
    }

    fn tile(
        &self,
        first: usize,
        scores: &[f64],
        s: &[f64],
        slope: &mut [f64],
        state: &mut [f64],
    ) -> f64 {
        let k = self.signs.width();
        sum_rows(k, first, (scores, s), (slope, state), |row| {
            let mut sum = 0.0;
            for c in 0..k {
                let y = self.signs.of(row.row, c);
                let factor = self.signs.factor(row.row, c);
                let (m, s) = (y * row.scores[c], row.s * factor);
                sum += factor * self.loss.value(m);
                row.slope[c] = s * y * self.loss.slope(m);
                row.state[c] = s * self.loss.curvature(m);
            }
            row.s * sum
        })
    }

    fn curve(&self, _first: usize, state: &[f64], _s: &[f64], t: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(state).zip(t).for_each(|((o, c), t)| *o = c * t);
    }

    fn own_curvature(&self, state: &[f64], _s: f64, i: usize, c: usize) -> f64 {
        state[i * self.signs.width() + c]
    }

    fn is_convex(&self) -> bool {
        self.loss.is_convex()
    }

    fn conjugate(&self, slope: &[f64], s: &[f64]) -> Option<f64> {
        let k = self.signs.width();
        let mut sum = 0.0;
        for (i, (r, &s)) in slope.chunks_exact(k).zip(s).enumerate() {
            for c in 0..k {
                let s = s * self.signs.factor(i, c);
                if s > 0.0 {
                    sum += s * self.loss.conjugate(-self.signs.of(i, c) * r[c] / s)?;
                }
            }
        }
        Some(sum)
    }

    fn steepest(&self) -> Option<f64> {
        // A factor on a row's weight bends its loss as much more.
        self.loss.steepest().map(|most| most * self.signs.largest_factor())
    }

    fn tally(&self, slope: &[f64], _s: &[f64]) -> Vec<f64> {
        self.signs.tally(slope)
    }

    fn balance_by(&self, tally: &[f64], slope: &mut [f64], _s: &[f64]) -> bool {
        self.signs.balance_by(tally, slope)
    }

    fn sign(&self, row: usize, score: usize) -> f64 {
        self.signs.of(row, score)
    }

    fn factor(&self, row: usize, score: usize) -> f64 {
        self.signs.factor(row, score)
    }

    fn margin_change(&self, row: usize, t: &[f64]) -> f64 {
        self.signs.margin_change(row, t)
    }

    fn base_intercept(&self, s: &[f64]) -> Vec<f64> {
        (0..self.signs.width())
            .map(|c| self.loss.base(self.signs.share(c, s).clamp(1e-12, 1.0 - 1e-12)))
            .collect()
    }
}

/// Checks that every loss of a margin must pass, called by the tests of its file.
#[cfg(test)]
pub(super) mod checks {
    use super::Margin;

    /// Slope and curvature against differences, away from the given corners; the conjugate
    /// against Fenchel and Young, with equality at `a = -slope`.
    pub(in super::super) fn holds(loss: &impl Margin, corners: &[f64]) {
        let h = 1e-5;
        for i in -400..=400 {
            let m = f64::from(i) * 0.0103;
            if corners.iter().any(|c| (m - c).abs() < 3.0 * h) {
                continue;
            }
            let value = |x: f64| loss.value(x);
            // Fourth-order differences: the error is of order h^4, rounding of 1e-16 / h.
            let slope = (value(m - 2.0 * h) - 8.0 * value(m - h) + 8.0 * value(m + h)
                - value(m + 2.0 * h))
                / (12.0 * h);
            assert!((slope - loss.slope(m)).abs() < 1e-9, "slope at {m}: {slope}");
            let curve = (loss.slope(m + h) - loss.slope(m - h)) / (2.0 * h);
            if loss.is_straight(m) {
                // A parabola with this curvature through the point lies above the loss.
                for step in [-2.0, -0.5, -0.01, 0.01, 0.3, 1.0, 2.5] {
                    let above = loss.value(m)
                        + loss.slope(m) * step
                        + 0.5 * loss.curvature(m) * step * step;
                    assert!(loss.value(m + step) <= above + 1e-12, "parabola at {m}, {step}");
                }
            } else {
                assert!((curve - loss.curvature(m)).abs() < 1e-5, "curvature at {m}: {curve}");
            }
            if !loss.is_convex() {
                continue;
            }
            assert!(loss.curvature(m) >= 0.0);
            for step in [1e-3, 0.1, 0.7, 3.0] {
                let bend = (loss.slope(m + step) - loss.slope(m)) / step;
                assert!(loss.steepest().is_none_or(|most| bend <= most + 1e-9), "bend at {m}");
            }
            let Some(conjugate) = loss.conjugate(-loss.slope(m)) else { continue };
            let touch = loss.slope(m) * m - loss.value(m);
            assert!((conjugate - touch).abs() < 1e-12, "conjugate at {m}: {conjugate} {touch}");
            for other in [-3.0, -0.7, 0.2, 0.9, 1.4, 5.0] {
                assert!(loss.slope(m) * other - loss.value(other) <= conjugate + 1e-12);
            }
        }
    }
}
