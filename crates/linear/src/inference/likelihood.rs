//! The fit as a whole: how much more likely the labels are than without any column.
//!
//! McFadden's pseudo R² is `1 - LL / LL_null` ("Conditional logit analysis of qualitative choice
//! behavior", 1974); `2 (LL - LL_null)` is chi-squared of as many degrees of freedom as there are
//! coefficients where none has a say (Wilks 1938).

use serde::{Deserialize, Serialize};

use super::distributions::chi_squared_tail;

/// Likelihoods of a fit by maximum likelihood and of the one with intercepts alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LikelihoodSummary {
    /// Coefficients that were estimated, intercepts left out.
    pub df_model: u64,
    /// Rows (by weight) less all coefficients.
    pub df_residual: f64,
    /// Log-likelihood.
    pub log_likelihood: f64,
    /// Log-likelihood of the intercepts alone.
    pub null: f64,
    /// `1 - log_likelihood / null`.
    pub pseudo_r2: f64,
    /// `2 (log_likelihood - null)`.
    pub ratio: f64,
    /// The chance of a larger ratio if no column has a say; `None` where the model has no intercept
    /// (the two are not nested) or no column.
    pub p_value: Option<f64>,
}

impl LikelihoodSummary {
    /// From the weight of each class and the log-likelihood.
    pub(super) fn new(
        log_likelihood: f64,
        class_weight: &[f64],
        df_model: usize,
        parameters: usize,
        has_intercept: bool,
    ) -> Self {
        let total: f64 = class_weight.iter().sum();
        let of = |w: &f64| if *w > 0.0 { w * (w / total).ln() } else { 0.0 };
        let null: f64 = class_weight.iter().map(of).sum();
        let ratio = 2.0 * (log_likelihood - null);
        let tested = has_intercept && df_model > 0;
        Self {
            df_model: df_model as u64,
            df_residual: total - parameters as f64,
            log_likelihood,
            null,
            pseudo_r2: 1.0 - log_likelihood / null,
            ratio,
            p_value: tested.then(|| chi_squared_tail(ratio.max(0.0), df_model as f64)),
        }
    }
}
