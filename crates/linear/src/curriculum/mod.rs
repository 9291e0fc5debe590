//! A learned curriculum: weights of the training examples at every step of gradient descent, chosen
//! so that a desired loss falls as early as it can.
//!
//! Gu, Dong, Hao, Dong, Huang & Wei, "Towards optimal learning of language models" (2024), for a
//! linear classifier. Inner steps weight each example's gradient by a policy `gamma_t` on the
//! simplex; the policy minimises the area under the desired loss, `J = sum_t L(theta_t)`, which is the
//! description length when the training is seen as compression. Its gradient is the adjoint of the
//! descent ([`OptimalPolicy::learn`]); the policy moves by projected gradient steps.
//!
//! Two kinds of policy: a [table](OptimalPolicy) of one weight an example and step, which is the
//! optimum, and a [scorer](ScoredPolicy), the softmax of a linear function of the example, which is
//! a handful of numbers, can be read like any linear model, and weights examples that it has never
//! seen. The *learning law* ([`Contributions`]) says whether a run is optimal: examples with weight
//! then all contribute the same.
//!
//! Differences from the released code: Hessian products by two dot products a row instead of
//! automatic differentiation, the projection in linear time instead of a quadratic program, and a
//! step length that is halved until `J` falls, so that every epoch is an improvement.
//!
//! ```
//! use linecall_linear::curriculum::{Examples, OptimalPolicy, Settings};
//!
//! let rows = [[1.0, 0.2], [-1.2, 0.1], [0.8, -0.4], [-0.7, 0.3], [-0.9, 0.0]];
//! let train = Examples::new(&rows, &[1.0, -1.0, 1.0, -1.0, 1.0])?; // the last label is wrong
//! let target = Examples::new(&rows[..4], &[1.0, -1.0, 1.0, -1.0])?;
//! let settings = Settings { steps: 20, rate: 0.5, epochs: 30, ..Settings::default() };
//! let learnt = OptimalPolicy::learn(&train, &target, &settings, &|_, _| ())?;
//! assert!(learnt.area.last() < learnt.area.first());
//! assert!(learnt.policy.at(0)[4] < 0.05, "the wrong label has lost its weight");
//! # Ok::<(), linecall_linear::Error>(())
//! ```

mod descent;
mod law;
mod policy;
mod scorer;
mod simplex;
mod study;

pub use law::Contributions;
pub use policy::{Curve, Learnt, OptimalPolicy};
pub use scorer::{ScoredPolicy, ScorerLearnt};
pub use simplex::project;
pub use study::{Study, StudyOutcome, StudyRow, study};

use crate::{Error, Result};

/// Examples of two classes: rows times their sign, so that the loss of one is
/// `log(1 + e^-(z . theta))`. There is no intercept but a column of ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// Signed rows, one after the other.
    pub(super) signed: Vec<f64>,
    pub(super) cols: usize,
}

impl Examples {
    /// Rows and signs (-1 or +1).
    ///
    /// # Errors
    /// When there are no rows or no columns, sizes differ, a sign is another number, or a value is
    /// not finite.
    pub fn new(rows: &[impl AsRef<[f64]>], signs: &[f64]) -> Result<Self> {
        let cols = rows.first().map_or(0, |r| r.as_ref().len());
        if cols == 0 {
            return Err(Error::NoRows);
        }
        if rows.len() != signs.len() {
            let (found, expected) = (signs.len(), rows.len());
            return Err(Error::Shape { what: "signs", found, expected });
        }
        let mut signed = Vec::with_capacity(rows.len() * cols);
        for (i, (row, y)) in rows.iter().zip(signs).enumerate() {
            let row = row.as_ref();
            if row.len() != cols {
                let what = "columns of a row";
                return Err(Error::Shape { what, found: row.len(), expected: cols });
            }
            if y.abs() != 1.0 {
                let (name, value) = ("signs", format!("{y} in row {}", i + 1));
                return Err(Error::Setting { name, value, expected: "-1 or 1" });
            }
            if let Some(bad) = row.iter().find(|v| !v.is_finite()) {
                let (name, value) = ("rows", format!("{bad} in row {}", i + 1));
                return Err(Error::Setting { name, value, expected: "finite numbers" });
            }
            signed.extend(row.iter().map(|v| y * v));
        }
        Ok(Self { signed, cols })
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.signed.len() / self.cols.max(1)
    }

    /// Whether there are none; never.
    pub fn is_empty(&self) -> bool {
        self.signed.is_empty()
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Mean loss at parameters.
    pub fn loss(&self, theta: &[f64]) -> f64 {
        descent::desired(self, theta).0
    }
}

/// How a policy is learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Inner steps, `T`.
    pub steps: usize,
    /// Length of an inner step, `eta`.
    pub rate: f64,
    /// Steps of the policy.
    pub epochs: usize,
    /// Length of the policy's first step, falling linearly to 0 over the epochs; `None` takes steps
    /// as long as lower the area, doubled after each that does and quartered until one does.
    pub outer_rate: Option<f64>,
    /// Parameters are kept at every so many steps and computed again between them; 1 keeps all.
    pub keep: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { steps: 200, rate: 0.1, epochs: 50, outer_rate: None, keep: 1 }
    }
}

impl Settings {
    /// Checks that every number is in its range, for these examples.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self, train: &Examples, target: &Examples) -> Result<()> {
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if train.cols != target.cols {
            let what = "columns of the target examples";
            return Err(Error::Shape { what, found: target.cols, expected: train.cols });
        }
        if self.steps == 0 {
            return refuse("steps", "0".to_owned(), "1 or more");
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return refuse("rate", self.rate.to_string(), "a finite number above 0");
        }
        if let Some(rate) = self.outer_rate.filter(|r| !(r.is_finite() && *r >= 0.0)) {
            return refuse("outer-rate", rate.to_string(), "a finite number, 0 or above");
        }
        if self.keep == 0 {
            return refuse("keep", "0".to_owned(), "1 or more");
        }
        // Eight bytes a weight; a scorer needs none of this.
        const MOST: usize = 1 << 28;
        if train.len().saturating_mul(self.steps) > MOST {
            return refuse(
                "steps",
                format!("{} with {} examples", self.steps, train.len()),
                "at most 268 million weights (steps times examples); take fewer steps or rows",
            );
        }
        Ok(())
    }
}
