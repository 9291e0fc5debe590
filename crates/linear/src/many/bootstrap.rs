//! How much a model would vary with the sample: the plan fitted to resamples of the rows.
//!
//! Each replicate draws as many rows (or groups) as there are, with replacement (Efron 1979), and fits
//! the plan to them, at the plan's own strength. What is reported of a coefficient is its standard
//! error, its percentile interval, how often it is not 0 and how often its sign is the model's.
//!
//! The interval is for the coefficients that the *penalised* plan would find on other samples; a penalty
//! pulls them all towards 0, and the interval with them. The strength is taken as given.
//!
//! Cost: as [`Plan::fit_many`], one problem a replicate.

use linecall_data::Dataset;
use serde::Serialize;

use super::draws::bootstrap_weights;
use super::{ManyOptions, Solved, Variation};
use crate::plan::Plan;
use crate::{Error, Result};

/// Settings of [`bootstrap`].
#[derive(Clone, Copy, Debug)]
pub struct BootstrapOptions {
    /// Number of resamples.
    pub replicates: usize,
    /// Coverage of the intervals.
    pub level: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self { replicates: 1_000, level: 0.95, seed: 0 }
    }
}

/// What resamples say of one coefficient or intercept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Replicated {
    /// Fitted to all rows.
    pub coef: f64,
    /// Mean over replicates minus `coef`.
    pub bias: f64,
    /// Standard deviation over replicates.
    pub std_error: f64,
    /// Lower end of the percentile interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of replicates in which it is not 0.
    pub nonzero: f64,
    /// Share of replicates in which it has the sign of `coef`; that of 0 where `coef` is 0.
    pub same_sign: f64,
}

/// What resamples say.
#[derive(Clone, Debug)]
pub struct Bootstrapped {
    /// The fit to all rows.
    pub fit: Solved,
    /// One row per score, one entry per column.
    pub coef: Vec<Vec<Replicated>>,
    /// One per score.
    pub intercept: Vec<Replicated>,
    /// The fits, in the order of the draws, without those that failed.
    pub replicates: Vec<Solved>,
    /// Draws that could not be fitted, and why.
    pub failed: Vec<(usize, Error)>,
}

/// Fits a plan to resamples of the rows. `watch` is told (fits done, fits in all).
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::many::{BootstrapOptions, bootstrap};
/// use linecall_linear::{Loss, Penalty, Plan};
///
/// let rows: Vec<Vec<f64>> = (0..60).map(|i| vec![f64::from(i % 10)]).collect();
/// let y = (0..60).map(|i| if i % 10 + i % 7 > 7 { "yes" } else { "no" });
/// let data = Dataset::new(Design::from_rows(&rows, &["dose"])?, Labels::from_names(y))?;
/// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
/// let options = BootstrapOptions { replicates: 200, ..BootstrapOptions::default() };
/// let found = bootstrap(&plan, &data, &options, &|_, _| ())?;
/// let dose = found.coef[0][0];
/// assert!(dose.low > 0.0 && dose.low < dose.coef && dose.coef < dose.high);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`Plan::fit`]; when a setting is out of range, or fewer than half of the draws can be fitted.
pub fn bootstrap(
    plan: &Plan,
    data: &Dataset,
    options: &BootstrapOptions,
    watch: &(dyn Fn(u64, u64) + Sync),
) -> Result<Bootstrapped> {
    if options.replicates < 2 {
        return Err(Error::Setting {
            name: "replicates",
            value: options.replicates.to_string(),
            expected: "2 or more",
        });
    }
    if !(options.level > 0.0 && options.level < 1.0) {
        return Err(Error::Setting {
            name: "level",
            value: options.level.to_string(),
            expected: "a share above 0 and below 1",
        });
    }
    let lambdas = [plan.penalty.lambda()];
    // The first problem is the data as they are.
    let vary = |p: usize| {
        let weights = p.checked_sub(1).map(|b| bootstrap_weights(data, options.seed, b));
        Ok(Variation { weights, labels: None })
    };
    let asked = ManyOptions { lambdas: &lambdas, certify: false, watch };
    let mut fits = plan.fit_many(data, options.replicates + 1, &vary, asked)?.into_iter();
    let only = |fits: Vec<Solved>| fits.into_iter().next().ok_or(Error::NoRows);
    let fit = only(fits.next().ok_or(Error::NoRows)??)?;
    let (mut replicates, mut failed) = (Vec::new(), Vec::new());
    for (b, found) in fits.enumerate() {
        match found.and_then(only) {
            Ok(fit) => replicates.push(fit),
            Err(error) => failed.push((b, error)),
        }
    }
    if replicates.len() < 2 || 2 * replicates.len() < options.replicates {
        return match failed.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Err(Error::NoRows),
        };
    }
    let about = |own: f64, of: &dyn Fn(&Solved) -> f64| {
        let values: Vec<f64> = replicates.iter().map(of).collect();
        replicated(own, values, options.level)
    };
    let coef = fit.coef.iter().enumerate().map(|(c, row)| {
        row.iter().enumerate().map(|(j, own)| about(*own, &|fit| fit.coef[c][j])).collect()
    });
    let coef = coef.collect();
    let intercept = fit.intercept.iter().enumerate();
    let intercept = intercept.map(|(c, own)| about(*own, &|fit| fit.intercept[c])).collect();
    Ok(Bootstrapped { coef, intercept, fit, replicates, failed })
}

fn replicated(coef: f64, mut values: Vec<f64>, level: f64) -> Replicated {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let spread = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    let share = |of: &dyn Fn(f64) -> bool| values.iter().filter(|v| of(**v)).count() as f64 / n;
    let nonzero = share(&|v| v != 0.0);
    let sign = |v: f64| if v == 0.0 { 0.0 } else { v.signum() };
    let same_sign = share(&|v| sign(v) == sign(coef));
    values.sort_by(f64::total_cmp);
    let (low, high) = (quantile(&values, 0.5 - level / 2.0), quantile(&values, 0.5 + level / 2.0));
    let (bias, std_error) = (mean - coef, spread.sqrt());
    Replicated { coef, bias, std_error, low, high, nonzero, same_sign }
}

/// A quantile of sorted values, between neighbours by their distance (type 7 of Hyndman & Fan 1996).
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len().saturating_sub(1)) as f64;
    let low = sorted.get(at.floor() as usize).copied().unwrap_or(f64::NAN);
    let high = sorted.get(at.ceil() as usize).copied().unwrap_or(low);
    low + (at - at.floor()) * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_r() {
        // quantile(c(1, 2, 4, 8, 16), c(0.025, 0.5, 0.9)) in R.
        let v = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (share, want) in [(0.025, 1.1), (0.5, 4.0), (0.9, 12.8)] {
            assert!((quantile(&v, share) - want).abs() < 1e-12);
        }
    }

    #[test]
    fn a_coefficient_is_summed_up() {
        let r = replicated(2.0, vec![1.0, 3.0, 0.0, -2.0, 3.0], 0.5);
        assert_eq!((r.nonzero, r.same_sign, r.bias), (0.8, 0.6, -1.0));
        assert_eq!((r.low, r.high), (0.0, 3.0));
        assert!((r.std_error - 4.5f64.sqrt()).abs() < 1e-15);
    }
}
