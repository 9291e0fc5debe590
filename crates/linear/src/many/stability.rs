//! Which columns are chosen again and again: stability selection.
//!
//! A plan with corners (L1, elastic net, group lasso) is fitted along its path to random halves of the
//! rows, in complementary pairs. A column is stable when the share of halves in which some strength
//! gives it a coefficient other than 0 is at least the threshold `pi` (Meinshausen & Buhlmann 2010; pairs:
//! Shah & Samworth 2013). With `q` columns chosen by a half on average along the whole path and `d`
//! columns in all, at most `q^2 / ((2 pi - 1) d)` of the stable ones are expected to be chosen falsely,
//! where noise columns are exchangeable and chosen no more often than others. The path ends at
//! the strength where a half would choose more than the bound asked for allows.
//!
//! Cost: as [`Plan::fit_many`], one path a half.

use linecall_data::Dataset;
use serde::Serialize;

use super::draws::half_weights;
use super::{ManyOptions, Variation};
use crate::plan::Plan;
use crate::tune::default_path;
use crate::{Error, Result};

/// Settings of [`stability`].
#[derive(Clone, Debug)]
pub struct StabilityOptions {
    /// Complementary pairs of halves.
    pub pairs: usize,
    /// The share of halves from which a column is stable, above one half.
    pub threshold: f64,
    /// Falsely chosen columns that are allowed on average; sets where the path ends.
    pub false_selections: f64,
    /// Strengths, from largest to smallest; empty means 50 chosen from the data.
    pub lambdas: Vec<f64>,
    /// Seed of the halves.
    pub seed: u64,
}

impl Default for StabilityOptions {
    fn default() -> Self {
        Self { pairs: 50, threshold: 0.75, false_selections: 1.0, lambdas: Vec::new(), seed: 0 }
    }
}

/// What halves say of one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Selection {
    /// Share of halves that choose it somewhere on the path.
    pub share: f64,
    /// The same at each strength.
    pub path: Vec<f64>,
    /// Share of halves that give it a positive coefficient, among those that choose it; of the first
    /// score where there are several.
    pub positive: f64,
    /// Whether the share reaches the threshold.
    pub stable: bool,
}

/// What halves say.
#[derive(Clone, Debug)]
pub struct Stable {
    /// Strengths looked at, from largest to smallest.
    pub lambdas: Vec<f64>,
    /// One per column of the design.
    pub columns: Vec<Selection>,
    /// Columns that a half chooses along the path, on average.
    pub chosen: f64,
    /// Falsely chosen columns that are expected among the stable ones, at most.
    pub bound: f64,
    /// Halves that were fitted.
    pub halves: usize,
    /// Halves that could not be fitted.
    pub failed: usize,
}

/// Fits a plan along a path to random halves. `watch` is told (fits done, fits in all).
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::many::{StabilityOptions, stability};
/// use linecall_linear::{Loss, Penalty, Plan};
///
/// let rows: Vec<Vec<f64>> =
///     (0..200).map(|i| (0..8).map(|j| f64::from((i * (2 * j + 3) + j) % 13)).collect()).collect();
/// let y: Vec<&str> = rows.iter().map(|r| if r[2] > 6.0 { "yes" } else { "no" }).collect();
/// let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
/// let data = Dataset::new(Design::from_rows(&rows, &names)?, Labels::from_names(y))?;
/// let plan = Plan::new(Loss::Logistic, Penalty::l1(1.0));
/// let found = stability(&plan, &data, &StabilityOptions::default(), &|_, _| ())?;
/// let stable: Vec<usize> = (0..8).filter(|&j| found.columns[j].stable).collect();
/// assert_eq!(stable, [2]);
/// assert!(found.bound <= 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`Plan::fit`]; when a setting is out of range, the penalty sets no coefficient to 0, or no half
/// can be fitted.
pub fn stability(
    plan: &Plan,
    data: &Dataset,
    options: &StabilityOptions,
    watch: &(dyn Fn(u64, u64) + Sync),
) -> Result<Stable> {
    let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
    let StabilityOptions { pairs, threshold, false_selections, seed, .. } = *options;
    if pairs == 0 {
        return refuse("pairs", "0".to_owned(), "1 or more");
    }
    if !(threshold > 0.5 && threshold <= 1.0) {
        return refuse("threshold", threshold.to_string(), "a share above 0.5, at most 1");
    }
    if !(false_selections > 0.0 && false_selections.is_finite()) {
        return refuse("false-selections", false_selections.to_string(), "a number above 0");
    }
    if plan.penalty.sparsity() == 0.0 {
        let expected = "l1, elastic-net or group-lasso, which choose columns";
        return refuse("penalty", plan.penalty.name().to_owned(), expected);
    }
    let lambdas = match options.lambdas.as_slice() {
        [] => default_path(plan, data)?,
        given => given.to_vec(),
    };
    let vary =
        |half: usize| Ok(Variation { weights: Some(half_weights(data, seed, half)), labels: None });
    // What is 0 is known long before the last digits are.
    let loose = Plan { tolerance: plan.tolerance.max(1e-6), ..plan.clone() };
    let asked = ManyOptions { lambdas: &lambdas, certify: false, watch };
    let fits = loose.fit_many(data, 2 * pairs, &vary, asked)?;
    let (d, points) = (data.design.cols(), lambdas.len());
    let halves: Vec<_> = fits.iter().filter_map(|fits| fits.as_ref().ok()).collect();
    if halves.is_empty() {
        return match fits.into_iter().next() {
            Some(Err(error)) => Err(error),
            _ => Err(Error::NoRows),
        };
    }
    let failed = 2 * pairs - halves.len();
    // The first strength at which each half chooses each column, and its sign there.
    let mut first = vec![vec![(points, 0.0); d]; halves.len()];
    let mut at = vec![vec![0usize; points]; d];
    for (half, first) in halves.iter().zip(&mut first) {
        for (p, fit) in half.iter().enumerate() {
            for j in 0..d {
                let own = fit.coef.iter().map(|row| row[j]).find(|w| *w != 0.0);
                if let Some(w) = own {
                    at[j][p] += 1;
                    if first[j].0 == points {
                        first[j] = (p, w);
                    }
                }
            }
        }
    }
    // The path goes on as long as the bound holds.
    let count = halves.len() as f64;
    let chosen = |end: usize| -> f64 {
        let own = |first: &Vec<(usize, f64)>| first.iter().filter(|f| f.0 < end).count();
        first.iter().map(own).sum::<usize>() as f64 / count
    };
    let bound = |q: f64| q * q / ((2.0 * threshold - 1.0) * d.max(1) as f64);
    let end = (1..=points).take_while(|&end| bound(chosen(end)) <= false_selections).last();
    let end = end.unwrap_or(0);
    let columns = (0..d)
        .map(|j| {
            let by: Vec<f64> =
                first.iter().map(|f| f[j]).filter(|f| f.0 < end).map(|f| f.1).collect();
            let share = by.len() as f64 / count;
            let positive = by.iter().filter(|w| **w > 0.0).count() as f64;
            Selection {
                share,
                path: at[j][..end].iter().map(|n| *n as f64 / count).collect(),
                positive: positive / by.len().max(1) as f64,
                stable: share >= threshold,
            }
        })
        .collect();
    let q = chosen(end);
    Ok(Stable {
        lambdas: lambdas.into_iter().take(end).collect(),
        columns,
        chosen: q,
        bound: bound(q),
        halves: halves.len(),
        failed,
    })
}
