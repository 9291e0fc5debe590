//! How coefficients vary with the sample.

use linecall_data::read::Inputs;
use linecall_linear::many::{self, BootstrapOptions, Replicated};
use serde::Serialize;

use super::{Need, Studied, ready};
use crate::Result;
use crate::fit::{FitOptions, Watch};

/// What resamples say of one coefficient, or of an intercept.
#[derive(Clone, Debug, Serialize)]
pub struct BootstrapRow {
    /// The column, or `(intercept)`.
    pub name: String,
    /// What the score speaks for.
    pub class: String,
    /// The numbers.
    #[serde(flatten)]
    pub replicated: Replicated,
}

/// What [`bootstrap`] found.
#[derive(Clone, Debug, Serialize)]
pub struct BootstrapOutcome {
    /// What was studied.
    #[serde(flatten)]
    pub studied: Studied,
    /// Resamples that were fitted.
    pub replicates: u64,
    /// Resamples that could not be.
    pub failed: u64,
    /// Why the first of those could not.
    pub first_failure: Option<String>,
    /// Coverage of the intervals.
    pub level: f64,
    /// Whether whole groups were drawn.
    pub by_group: bool,
    /// Coefficients and intercepts, in the user's units.
    pub coefficients: Vec<BootstrapRow>,
}

/// Fits to resamples of the rows of a file, or of several as one.
///
/// ```no_run
/// use linecall::many::bootstrap;
/// use linecall::{FitOptions, Silent};
/// let mut options = FitOptions::default();
/// options.infer.target = Some("default payment next month".to_owned());
/// let found = bootstrap("credit.csv", &options, &Default::default(), &Silent)?;
/// println!("{} {}", found.coefficients[0].name, found.coefficients[0].replicated.std_error);
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// As for [`crate::fit()`]; when fewer than half of the resamples can be fitted.
pub fn bootstrap(
    data: impl Into<Inputs>,
    options: &FitOptions,
    how: &BootstrapOptions,
    watch: &dyn Watch,
) -> Result<BootstrapOutcome> {
    let ready = ready(data, options, Need::One, watch)?;
    watch.stage("bootstrap");
    let told = |done, total| watch.progress(done, total);
    let found = many::bootstrap(&ready.plan, &ready.data, how, &told)?;
    let mut coefficients = Vec::new();
    let scores = found.coef.iter().zip(&found.intercept).zip(&ready.studied.score_classes);
    for ((coef, intercept), class) in scores {
        let class = || class.clone();
        for (name, replicated) in ready.names.iter().zip(coef) {
            let (name, replicated) = (name.clone(), *replicated);
            coefficients.push(BootstrapRow { name, class: class(), replicated });
        }
        if ready.plan.fit_intercept {
            let (name, replicated) = ("(intercept)".to_owned(), *intercept);
            coefficients.push(BootstrapRow { name, class: class(), replicated });
        }
    }
    Ok(BootstrapOutcome {
        replicates: found.replicates.len() as u64,
        failed: found.failed.len() as u64,
        first_failure: found.failed.first().map(|(_, error)| error.to_string()),
        level: how.level,
        by_group: ready.data.groups.is_some(),
        coefficients,
        studied: ready.studied,
    })
}
