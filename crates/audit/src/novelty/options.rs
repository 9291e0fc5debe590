//! Settings of a novelty scorer, checked once.

use linecall_linear::direct::Shrinkage;
use serde::{Deserialize, Serialize};

use super::Alpha;
use crate::{Error, Result};

/// Which distance decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Whitened discriminant distance plus residual.
    #[default]
    Wdisc,
    /// Mahalanobis distance to the nearest class mean.
    Mahalanobis,
    /// Relative Mahalanobis distance.
    RelativeMahalanobis,
    /// Distance from the principal subspace.
    Residual,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Wdisc, Self::Mahalanobis, Self::RelativeMahalanobis, Self::Residual];

    /// The name in flags, files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wdisc => "wdisc",
            Self::Mahalanobis => "mahalanobis",
            Self::RelativeMahalanobis => "relative_mahalanobis",
            Self::Residual => "residual",
        }
    }
}

/// What a [`Novelty`](super::Novelty) is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which distance decides.
    pub method: Method,
    /// Largest share of rows like the reference that may be called novel, above 0 and below 1.
    pub rate: f64,
    /// Share of the reference rows that calibrate and have no part in the fit, above 0 and below 1.
    pub calibration: f64,
    /// Seed of that split.
    pub seed: u64,
    /// How covariances are drawn to a multiple of the identity.
    pub shrinkage: Shrinkage,
    /// Most directions that tell classes apart; `None` takes all that there are.
    pub rank: Option<usize>,
    /// Weight of the residual in `wdisc`.
    pub alpha: Alpha,
    /// Share of the variance that the principal subspace of `residual` holds at least.
    pub principal: f64,
    /// Whether each row is divided by its length first, as is usual for embeddings.
    pub unit_rows: bool,
    /// Share of the reference beyond which a number is in a tail.
    pub tail: f64,
    /// Share of the reference up to which a level, or a missing cell, is rare.
    pub rare: f64,
    /// Most columns that a verdict names.
    pub columns: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            method: Method::Wdisc,
            rate: 0.05,
            calibration: 0.3,
            seed: 0,
            shrinkage: Shrinkage::LedoitWolf,
            rank: None,
            alpha: Alpha::Balanced,
            principal: 0.9,
            unit_rows: false,
            tail: 0.001,
            rare: 0.005,
            columns: 5,
        }
    }
}

impl Options {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, value: f64, expected| {
            Err(Error::Setting { name, value: value.to_string(), expected })
        };
        let open = |value: f64| value > 0.0 && value < 1.0;
        for (name, value) in [("novelty-rate", self.rate), ("calibration", self.calibration)] {
            if !open(value) {
                return refuse(name, value, "a share above 0 and below 1");
            }
        }
        for (name, value) in [("tail", self.tail), ("rare", self.rare)] {
            if !(open(value) || value == 0.0) {
                return refuse(name, value, "a share of 0 or above and below 1");
            }
        }
        if !(self.principal > 0.0 && self.principal <= 1.0) {
            return refuse("principal", self.principal, "a share above 0, at most 1");
        }
        if let Alpha::Given { alpha } = self.alpha
            && !(alpha.is_finite() && alpha >= 0.0)
        {
            return refuse("alpha", alpha, "a number of 0 or above");
        }
        if let Shrinkage::Fixed { share } = self.shrinkage
            && !(0.0..=1.0).contains(&share)
        {
            return refuse("shrinkage", share, "a share from 0 to 1");
        }
        Ok(())
    }
}
