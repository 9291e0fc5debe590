//! Which columns are chosen again and again.

use linecall_data::read::Inputs;
use linecall_linear::many::{self, Selection, StabilityOptions};
use serde::Serialize;

use super::{Need, Studied, ready};
use crate::Result;
use crate::fit::{FitOptions, Watch};

/// What halves say of one column.
#[derive(Clone, Debug, Serialize)]
pub struct StabilityRow {
    /// The column.
    pub name: String,
    /// The numbers.
    #[serde(flatten)]
    pub selection: Selection,
}

/// What [`stability`] found.
#[derive(Clone, Debug, Serialize)]
pub struct StabilityOutcome {
    /// What was studied.
    #[serde(flatten)]
    pub studied: Studied,
    /// Halves that were fitted.
    pub halves: u64,
    /// Halves that could not be.
    pub failed: u64,
    /// The share of halves from which a column is stable.
    pub threshold: f64,
    /// Columns that a half chooses along the path, on average.
    pub chosen: f64,
    /// Falsely chosen columns that are expected among the stable ones, at most.
    pub bound: f64,
    /// Strengths looked at, from largest to smallest.
    pub lambdas: Vec<f64>,
    /// Columns, the most often chosen first.
    pub selections: Vec<StabilityRow>,
}

/// Fits a plan with corners along its path to random halves of the rows of a file.
///
/// ```no_run
/// use linecall::many::stability;
/// use linecall::{FitOptions, Penalty, Silent};
/// let mut options = FitOptions { penalty: Penalty::l1(1.0), ..FitOptions::default() };
/// options.infer.target = Some("default payment next month".to_owned());
/// let found = stability("credit.csv", &options, &Default::default(), &Silent)?;
/// for row in found.selections.iter().filter(|row| row.selection.stable) {
///     println!("{}", row.name);
/// }
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// As for [`crate::fit()`], and [`many::stability`].
pub fn stability(
    data: impl Into<Inputs>,
    options: &FitOptions,
    how: &StabilityOptions,
    watch: &dyn Watch,
) -> Result<StabilityOutcome> {
    let ready = ready(data, options, Need::Path, watch)?;
    watch.stage("halves");
    let found = many::stability(&ready.plan, &ready.data, how, &|d, t| watch.progress(d, t))?;
    let rows = ready.names.iter().zip(found.columns);
    let mut selections: Vec<StabilityRow> =
        rows.map(|(name, selection)| StabilityRow { name: name.clone(), selection }).collect();
    selections.sort_by(|a, b| b.selection.share.total_cmp(&a.selection.share));
    Ok(StabilityOutcome {
        halves: found.halves as u64,
        failed: found.failed as u64,
        threshold: how.threshold,
        chosen: found.chosen,
        bound: found.bound,
        lambdas: found.lambdas,
        selections,
        studied: ready.studied,
    })
}
