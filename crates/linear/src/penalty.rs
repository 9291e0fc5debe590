//! Penalties on the coefficients of standardised columns; the intercept is free.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What is added to the mean loss: `lambda P(v)`, `v` the coefficients of standardised columns.
///
/// To add one: a variant here, its value, slope and conjugate in `terms.rs`, and a line in the
/// conformance list (`tests/common/mod.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Penalty {
    /// Nothing.
    None,
    /// `lambda/2 ||v||_2^2`.
    L2 {
        /// Strength.
        lambda: f64,
    },
    /// `lambda ||v||_1`.
    L1 {
        /// Strength.
        lambda: f64,
    },
    /// `lambda (alpha ||v||_1 + (1 - alpha)/2 ||v||_2^2)` (Zou and Hastie 2005).
    ElasticNet {
        /// Strength.
        lambda: f64,
        /// Share of the L1 part, 0 to 1.
        alpha: f64,
    },
    /// `lambda sum_g sqrt(p_g) ||v_g||_2`, `v_g` the `p_g` coefficients of one column of the user's
    /// table (Yuan and Lin 2006): a category comes in with all its levels, or not at all. A numeric
    /// column is a group of one, on which this is L1. With more than two classes, each score has
    /// groups of its own.
    GroupLasso {
        /// Strength.
        lambda: f64,
    },
}

impl Penalty {
    /// `lambda/2 ||v||_2^2`.
    pub fn l2(lambda: f64) -> Self {
        Self::L2 { lambda }
    }

    /// `lambda ||v||_1`.
    pub fn l1(lambda: f64) -> Self {
        Self::L1 { lambda }
    }

    /// `lambda (alpha ||v||_1 + (1 - alpha)/2 ||v||_2^2)`.
    pub fn elastic_net(lambda: f64, alpha: f64) -> Self {
        Self::ElasticNet { lambda, alpha }
    }

    /// `lambda sum_g sqrt(p_g) ||v_g||_2`.
    pub fn group_lasso(lambda: f64) -> Self {
        Self::GroupLasso { lambda }
    }

    /// The name used in flags, files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::L2 { .. } => "l2",
            Self::L1 { .. } => "l1",
            Self::ElasticNet { .. } => "elastic_net",
            Self::GroupLasso { .. } => "group_lasso",
        }
    }

    /// The strength, 0 without a penalty.
    pub fn lambda(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::L2 { lambda }
            | Self::L1 { lambda }
            | Self::ElasticNet { lambda, .. }
            | Self::GroupLasso { lambda } => lambda,
        }
    }

    /// The same kind with another strength.
    #[must_use]
    pub fn with_lambda(self, lambda: f64) -> Self {
        match self {
            Self::None => Self::None,
            Self::L2 { .. } => Self::L2 { lambda },
            Self::L1 { .. } => Self::L1 { lambda },
            Self::ElasticNet { alpha, .. } => Self::ElasticNet { lambda, alpha },
            Self::GroupLasso { .. } => Self::GroupLasso { lambda },
        }
    }

    /// Share of the strength that can make a coefficient exactly 0: 1 for L1 and the group lasso,
    /// `alpha` for the elastic net, 0 otherwise.
    pub fn sparsity(self) -> f64 {
        match self {
            Self::None | Self::L2 { .. } => 0.0,
            Self::L1 { .. } | Self::GroupLasso { .. } => 1.0,
            Self::ElasticNet { alpha, .. } => alpha,
        }
    }

    pub(crate) fn check(self) -> Result<Self> {
        let lambda = self.lambda();
        if !(lambda.is_finite() && lambda >= 0.0) {
            return Err(Error::Setting {
                name: "lambda",
                value: lambda.to_string(),
                expected: "a finite number, 0 or above",
            });
        }
        if let Self::ElasticNet { alpha, .. } = self
            && !(0.0..=1.0).contains(&alpha)
        {
            return Err(Error::Setting {
                name: "l1-ratio",
                value: alpha.to_string(),
                expected: "a number from 0 (L2) to 1 (L1)",
            });
        }
        Ok(if lambda == 0.0 { Self::None } else { self })
    }
}

/// What is particular about some columns: how much they are penalised, and where their coefficients
/// may lie.
///
/// A column is named in the user's words: `purpose` (all its levels) or `purpose = car`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnRules {
    /// Factors on lambda by column; columns that are not named have 1, and 0 leaves a column free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<(String, f64)>,
    /// Bounds on coefficients by column, per unit of the column, for the positive class. Two
    /// classes only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Bounds>,
}

/// Where the coefficient of a column may lie. A sign is a bound at 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// The column.
    pub column: String,
    /// Lowest coefficient; `None` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Highest coefficient; `None` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

impl ColumnRules {
    /// Whether no column is particular.
    pub fn is_empty(&self) -> bool {
        self.factors.is_empty() && self.bounds.is_empty()
    }

    pub(crate) fn check(&self) -> Result<()> {
        if let Some((column, factor)) =
            self.factors.iter().find(|f| !(f.1.is_finite() && f.1 >= 0.0))
        {
            return Err(Error::Setting {
                name: "penalty-factor",
                value: format!("{column}={factor}"),
                expected: "finite factors, 0 or above",
            });
        }
        for Bounds { column, low, high } in &self.bounds {
            let (l, h) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
            if l.is_nan() || h.is_nan() || l > 0.0 || h < 0.0 {
                return Err(Error::Setting {
                    name: "bounds",
                    value: format!("{column}={l}:{h}"),
                    expected: "a lowest coefficient of at most 0 and a highest of at least 0",
                });
            }
        }
        Ok(())
    }
}
