//! Whether a model, or a coefficient, would come about by chance.

use linecall_data::read::Inputs;
use linecall_linear::many::{self, PermuteOptions, PermutedCoef};
use serde::Serialize;

use super::{Need, Studied, ready};
use crate::Result;
use crate::fit::{FitOptions, Watch};

/// The test of one coefficient.
#[derive(Clone, Debug, Serialize)]
pub struct PermuteRow {
    /// The column.
    pub name: String,
    /// What the score speaks for.
    pub class: String,
    /// The numbers.
    #[serde(flatten)]
    pub test: PermutedCoef,
}

/// What [`permute`] found.
#[derive(Clone, Debug, Serialize)]
pub struct PermuteOutcome {
    /// What was studied.
    #[serde(flatten)]
    pub studied: Studied,
    /// What is compared of whole models.
    pub statistic: String,
    /// Folds of a cross-validated statistic.
    pub folds: Option<u64>,
    /// Permutations drawn.
    pub permutations: u64,
    /// Whether drawing ended early, since enough were as good.
    pub stopped: bool,
    /// The statistic with the true labels.
    pub observed: f64,
    /// Its median over permutations.
    pub null_median: f64,
    /// The best of any permutation.
    pub null_best: f64,
    /// Permutations that were as good.
    pub as_good: u64,
    /// The p-value of the whole model.
    pub p_value: f64,
    /// Statistics of the permutations, in the order of the draws.
    pub null: Vec<f64>,
    /// One a coefficient; empty for a cross-validated statistic.
    pub coefficients: Vec<PermuteRow>,
}

/// Tests a plan by dealing out the labels of a file anew.
///
/// ```no_run
/// use linecall::many::permute;
/// use linecall::{FitOptions, Silent};
/// let mut options = FitOptions::default();
/// options.infer.target = Some("default payment next month".to_owned());
/// println!("{}", permute("credit.csv", &options, &Default::default(), &Silent)?.p_value);
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// As for [`crate::fit()`], and [`many::permute`].
pub fn permute(
    data: impl Into<Inputs>,
    options: &FitOptions,
    how: &PermuteOptions,
    watch: &dyn Watch,
) -> Result<PermuteOutcome> {
    let ready = ready(data, options, Need::One, watch)?;
    watch.stage("permutations");
    let found = many::permute(&ready.plan, &ready.data, how, &|d, t| watch.progress(d, t))?;
    let mut sorted = found.null.clone();
    sorted.sort_by(f64::total_cmp);
    let best = match how.statistic {
        many::Statistic::Auc => sorted.last(),
        many::Statistic::Loss | many::Statistic::Error => sorted.first(),
    };
    let rows = found.coef.iter().zip(&ready.studied.score_classes).flat_map(|(coef, class)| {
        ready.names.iter().zip(coef).map(|(name, test)| PermuteRow {
            name: name.clone(),
            class: class.clone(),
            test: *test,
        })
    });
    Ok(PermuteOutcome {
        statistic: how.statistic.name().to_owned(),
        folds: how.folds.map(|k| k as u64),
        permutations: found.null.len() as u64,
        stopped: found.stopped,
        observed: found.observed,
        null_median: sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN),
        null_best: best.copied().unwrap_or(f64::NAN),
        as_good: found.as_good as u64,
        p_value: found.p_value,
        coefficients: rows.collect(),
        null: found.null,
        studied: ready.studied,
    })
}
