//! Penalties on the coefficients of standardised columns; the intercept is free.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What is added to the mean loss: `lambda P(w)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Penalty {
    /// Nothing.
    None,
    /// `lambda/2 ||w||_2^2`.
    L2 {
        /// Strength.
        lambda: f64,
    },
    /// `lambda ||w||_1`.
    L1 {
        /// Strength.
        lambda: f64,
    },
}

impl Penalty {
    /// `lambda/2 ||w||_2^2`.
    pub fn l2(lambda: f64) -> Self {
        Self::L2 { lambda }
    }

    /// `lambda ||w||_1`.
    pub fn l1(lambda: f64) -> Self {
        Self::L1 { lambda }
    }

    /// The name used in flags, files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::L2 { .. } => "l2",
            Self::L1 { .. } => "l1",
        }
    }

    /// The strength, 0 without a penalty.
    pub fn lambda(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::L2 { lambda } | Self::L1 { lambda } => lambda,
        }
    }

    /// The same kind with another strength.
    #[must_use]
    pub fn with_lambda(self, lambda: f64) -> Self {
        match self {
            Self::None => Self::None,
            Self::L2 { .. } => Self::L2 { lambda },
            Self::L1 { .. } => Self::L1 { lambda },
        }
    }

    pub(crate) fn check(self) -> Result<Self> {
        let lambda = self.lambda();
        if lambda.is_finite() && lambda >= 0.0 {
            return Ok(if lambda == 0.0 { Self::None } else { self });
        }
        Err(Error::Setting {
            name: "lambda",
            value: lambda.to_string(),
            expected: "a finite number, 0 or above",
        })
    }

    /// `lambda P(w)`.
    pub(crate) fn value(self, w: &[f64]) -> f64 {
        match self {
            Self::None => 0.0,
            Self::L2 { lambda } => 0.5 * lambda * linecall_kernels::norm_squared(w),
            Self::L1 { lambda } => lambda * w.iter().map(|v| v.abs()).sum::<f64>(),
        }
    }

    /// Distance from 0 to `slope + lambda dP(w)`: how far one coefficient is from optimal, when
    /// the loss's slope by it is `slope`.
    pub(crate) fn violation(self, w: f64, slope: f64) -> f64 {
        match self {
            Self::None => slope.abs(),
            Self::L2 { lambda } => (slope + lambda * w).abs(),
            Self::L1 { lambda } if w == 0.0 => (slope.abs() - lambda).max(0.0),
            Self::L1 { lambda } => (slope + lambda * w.signum()).abs(),
        }
    }
}
