//! Losses: one per file, each as it acts on a tile of scores.
//!
//! A loss sees `K` scores a row and gives its weighted sum, the slope by each score, and what is
//! needed to multiply by its curvature. To add a loss, write a file here, list it in [`Loss`], and
//! the conformance tests (`tests/conformance.rs`) check it with the others.

mod logistic;
mod multinomial;
mod squared_hinge;

use serde::{Deserialize, Serialize};

pub(crate) use logistic::Logistic;
pub(crate) use multinomial::Multinomial;
pub(crate) use squared_hinge::SquaredHinge;

/// A loss by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Loss {
    /// Two classes: `log(1 + exp(-y f))`, `y` in {-1, +1}. More: the multinomial log loss
    /// `log sum_k exp(f_k) - f_y`.
    #[default]
    Logistic,
    /// `max(0, 1 - y f)^2`, the squared hinge of a linear support vector machine; more than two
    /// classes are fitted one against the rest.
    SquaredHinge,
}

impl Loss {
    /// The name used in flags, files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::SquaredHinge => "squared_hinge",
        }
    }
}

/// A loss over the rows of one problem, a tile at a time.
///
/// Slices hold `width` numbers a row. `s` are the row weights of the tile; a row of weight zero
/// must contribute nothing.
pub(crate) trait RowLoss: Sync {
    /// Scores per row.
    fn width(&self) -> usize;

    /// For the rows from `first` on: writes the slopes `s dl/df` to `slope` and the curvature
    /// state to `state`, returns the sum of `s l`.
    fn tile(
        &self,
        first: usize,
        scores: &[f64],
        s: &[f64],
        slope: &mut [f64],
        state: &mut [f64],
    ) -> f64;

    /// `out = s (d2l/df2) t` for the rows of a tile, from their state.
    fn curve(&self, state: &[f64], s: &[f64], t: &[f64], out: &mut [f64]);

    /// The sum of convex conjugates `s l*(slope / s)`, for a dual bound: rows whose slope was
    /// multiplied by `factor[class]`. `None` where the loss has no dual bound here.
    fn conjugate(&self, slope: &[f64], s: &[f64], factor: [f64; 2]) -> Option<f64>;

    /// For two classes, whether a row is of the class +1.
    fn is_positive(&self, row: usize) -> bool;

    /// How much the row's smallest margin over another class changes when its scores change by `t`.
    fn margin_change(&self, row: usize, t: &[f64]) -> f64;

    /// The intercepts that minimise the loss when all coefficients are zero.
    fn base_intercept(&self, s: &[f64]) -> Vec<f64>;
}
