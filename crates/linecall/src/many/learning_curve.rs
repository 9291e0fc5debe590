//! Whether more rows would help.

use linecall_data::read::Inputs;
use linecall_linear::many::{self, CurveOptions, CurvePoint};
use linecall_linear::tune::default_path;
use serde::Serialize;

use super::{Need, Studied, criterion, ready};
use crate::Result;
use crate::fit::{FitOptions, Strength, Watch};

/// What [`learning_curve`] found.
#[derive(Clone, Debug, Serialize)]
pub struct LearningCurveOutcome {
    /// What was studied.
    #[serde(flatten)]
    pub studied: Studied,
    /// What `loss` is.
    pub criterion: String,
    /// Number of folds.
    pub folds: u64,
    /// Whether the strength was chosen anew at each size.
    pub tuned: bool,
    /// One a size.
    pub points: Vec<CurvePoint>,
}

/// Fits a plan to growing shares of the rows of a file; the strength is chosen anew at each size
/// where the options ask for tuning.
///
/// ```no_run
/// use linecall::many::learning_curve;
/// use linecall::{FitOptions, Silent};
/// let mut options = FitOptions::default();
/// options.infer.target = Some("default payment next month".to_owned());
/// for point in learning_curve("credit.csv", &options, &Default::default(), &Silent)?.points {
///     println!("{} {}", point.rows, point.loss);
/// }
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// As for [`crate::fit()`], and [`many::learning_curve`].
pub fn learning_curve(
    data: impl Into<Inputs>,
    options: &FitOptions,
    how: &CurveOptions,
    watch: &dyn Watch,
) -> Result<LearningCurveOutcome> {
    let tuned = matches!(options.strength, Strength::Tune { .. });
    let ready = ready(data, options, if tuned { Need::Path } else { Need::One }, watch)?;
    watch.stage("growing shares");
    let mut how = how.clone();
    if let (Strength::Tune { folds, .. }, true) = (options.strength, how.lambdas.is_empty()) {
        how.folds = folds;
        how.lambdas = default_path(&ready.plan, &ready.data)?;
    }
    let told = |done, total| watch.progress(done, total);
    let found = many::learning_curve(&ready.plan, &ready.data, &how, &told)?;
    Ok(LearningCurveOutcome {
        criterion: criterion(&ready.plan.loss).to_owned(),
        folds: found.folds as u64,
        tuned,
        points: found.points,
        studied: ready.studied,
    })
}
