//! Training on mixtures of rows, exactly: every pair of rows at every mixing weight, no sampling.
//!
//! Mixup (Zhang, Cissé, Dauphin & Lopez-Paz, 2018; for linear classifiers "Provable benefit of Mixup
//! for finding optimal decision boundaries", ICML 2023) trains on `g x_i + (1 - g) x_j` with the
//! losses of both labels mixed by `lambda`:
//!
//! `(1/S^2) sum_ij s_i s_j E[lambda l(y_i, z_ij) + (1 - lambda) l(y_j, z_ij)]`,
//! `z_ij = g(lambda) f_i + (1 - g(lambda)) f_j`
//!
//! over all pairs, `i = j` among them. It is usually estimated from random pairs. For a linear model
//! the mixed score is the mixture of the two scores, so the whole objective is a function of the `n`
//! scores: a residual `rho_i` a row, gradient `X' rho`, an exact Hessian, and any solver for smooth
//! losses. The expectation is a Gauss-Jacobi rule in `lambda`; and since the loss of a pair is an
//! analytic function of the two scores (logistic, squared, poly, focal), the `n` scores are replaced
//! by `R` Chebyshev points of their range that carry the rows' masses. Both are taken as long as the
//! range of the scores asks for to hold about 1e-13 at the default tolerance (a hundred-thousandth
//! of [`Plan::tolerance`](crate::Plan::tolerance) at most), so this is the exact objective in
//! `O(n R + R^2 Q)` operations instead of `O(n^2 Q)`; `R` is about 50 for scores within 5 of their
//! middle, 100 within 10. Losses with corners in their slope (squared, smoothed hinge, modified
//! Huber) are summed pair by pair.
//!
//! Mixed points of different classes lie between the classes with both labels, so the objective has
//! a minimiser even where the classes are separated and nothing is penalised.
//!
//! | file | holds |
//! |---|---|
//! | `rule.rs` | mixing weights and the loss weights they carry, by Gauss-Jacobi quadrature |
//! | `points.rs` | the points that stand for the scores |
//! | `tables.rs` | losses, slopes and curvature of all pairs of points |
//! | `mixed.rs` | what the solvers ask for: residuals, Hessian products, the duality gap |
//! | [`masked`] | coordinates of one row, the others of another (as in CutMix) |
//! | [`adamixup`] | mixtures that land on no row of another label, exactly and by the learned policy |
//! | [`study`](mod@study), [`adamixup_study`] | the simulated studies |
//!
//! ```
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::vicinal::Vicinal;
//! use linecall_linear::{Loss, Penalty, Plan};
//!
//! // Separated classes, no penalty: the plain loss has no minimiser, Mixup has one.
//! let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![4.0]], &["dose"])?;
//! let data = Dataset::new(x, Labels::from_names(["no", "no", "yes", "yes"]))?;
//! let plain = Plan::new(Loss::Logistic, Penalty::None);
//! assert!(plain.fit(&data).is_err());
//! let mixup = Plan { vicinal: Vicinal::mixup(1.0), ..plain };
//! let fit = mixup.fit(&data)?;
//! assert!(fit.model.coef()[0][0] > 0.0 && fit.certificate.residual < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod adamixup;
pub mod adamixup_study;
pub mod masked;
pub(crate) mod mixed;
mod points;
pub(crate) mod rule;
pub mod study;
mod tables;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How the mixing weight `lambda` of a pair is distributed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mixing {
    /// `Beta(alpha, alpha)`; uniform for 1, near the rows themselves for a small one.
    Beta {
        /// The parameter, above 0.
        alpha: f64,
    },
    /// Always this weight.
    Point {
        /// The weight, strictly between 0 and 1.
        lambda: f64,
    },
}

/// What a loss is taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Vicinal {
    /// The rows themselves.
    #[default]
    None,
    /// Mixtures of all pairs of rows.
    Mixup {
        /// How the weight of the losses is distributed.
        mixing: Mixing,
        /// Inputs are mixed by `g(lambda) = lambda^power / (lambda^power + (1 - lambda)^power)`;
        /// by `lambda` itself for 1.
        power: f64,
    },
}

/// What may be written for a mixture.
const SPELLINGS: &str = "none, mixup[:alpha=1[,power=1]] or mixup:lambda=SHARE[,power=1], alpha and power above 0, \
     SHARE between 0 and 1";

impl Vicinal {
    /// Mixtures with `Beta(alpha, alpha)` weights, of inputs and losses alike.
    pub fn mixup(alpha: f64) -> Self {
        Self::Mixup { mixing: Mixing::Beta { alpha }, power: 1.0 }
    }

    /// Whether rows are trained on as they are.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// [`Error::Setting`] with what may be given.
    pub fn check(&self) -> Result<()> {
        let Self::Mixup { mixing, power } = self else { return Ok(()) };
        let above = |v: f64| v.is_finite() && v > 0.0;
        let good = above(*power)
            && match mixing {
                // Beyond this the weights of a rule underflow or all pairs are halved.
                Mixing::Beta { alpha } => (1e-3..=1e4).contains(alpha),
                Mixing::Point { lambda } => *lambda > 0.0 && *lambda < 1.0,
            };
        match good {
            true => Ok(()),
            false => Err(Error::Setting {
                name: "vicinal",
                value: self.to_string(),
                expected: "alpha from 0.001 to 10000, lambda between 0 and 1, power above 0",
            }),
        }
    }
}

impl fmt::Display for Vicinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Mixup { mixing, power } = self else { return f.write_str("none") };
        match mixing {
            Mixing::Beta { alpha } => write!(f, "mixup:alpha={alpha}")?,
            Mixing::Point { lambda } => write!(f, "mixup:lambda={lambda}")?,
        }
        if *power == 1.0 { Ok(()) } else { write!(f, ",power={power}") }
    }
}

impl FromStr for Vicinal {
    type Err = Error;

    /// Reads `none`, `mixup`, `mixup:alpha=0.4`, `mixup:lambda=0.5,power=2`.
    fn from_str(text: &str) -> Result<Self> {
        let bad =
            || Error::Setting { name: "vicinal", value: text.to_owned(), expected: SPELLINGS };
        let (name, parameters) = match text.split_once(':') {
            Some((name, parameters)) => (name, parameters),
            None => (text, ""),
        };
        if text == "none" {
            return Ok(Self::None);
        }
        if name != "mixup" || text.ends_with(':') {
            return Err(bad());
        }
        let (mut alpha, mut lambda, mut power) = (None, None, None);
        for part in parameters.split(',').filter(|_| !parameters.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(bad)?;
            let value = value.parse::<f64>().map_err(|_| bad())?;
            let slot = match key {
                "alpha" => &mut alpha,
                "lambda" => &mut lambda,
                "power" => &mut power,
                _ => return Err(bad()),
            };
            if slot.replace(value).is_some() {
                return Err(bad());
            }
        }
        let mixing = match (alpha, lambda) {
            (Some(_), Some(_)) => return Err(bad()),
            (_, Some(lambda)) => Mixing::Point { lambda },
            (alpha, None) => Mixing::Beta { alpha: alpha.unwrap_or(1.0) },
        };
        let vicinal = Self::Mixup { mixing, power: power.unwrap_or(1.0) };
        vicinal.check()?;
        Ok(vicinal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read_back() {
        for text in ["none", "mixup:alpha=0.4", "mixup:lambda=0.3", "mixup:alpha=1,power=2"] {
            assert_eq!(text.parse::<Vicinal>().unwrap().to_string(), text);
        }
        assert_eq!("mixup".parse::<Vicinal>().unwrap(), Vicinal::mixup(1.0));
        for text in [
            "",
            "mixup:",
            "mixup:alpha",
            "mixup:alpha=0",
            "mixup:alpha=nan",
            "mixup:lambda=1",
            "mixup:alpha=1,alpha=2",
            "mixup:alpha=1,lambda=0.5",
            "mixup:power=-1",
            "cutmix",
            "none:alpha=1",
        ] {
            assert!(text.parse::<Vicinal>().is_err(), "{text}");
        }
    }
}
