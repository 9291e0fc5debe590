//! How good the calls are: metrics with bootstrap intervals, and the curves behind them.
//!
//! [`Calls`] holds what a model says of labelled rows, [`metrics`] measures it with a [`Bootstrap`]
//! and [`curves`] gives what a report plots. Single metrics are plain functions of slices:
//! [`auc`], [`average_precision`], [`log_loss`], [`brier`], [`expected_calibration_error`],
//! [`confusion`], [`matthews`]. Calls that are sets of labels have their own: [`SetCalls`],
//! [`set_metrics`], [`set_curves`].

pub mod beta;
pub(crate) mod bootstrap;
pub(crate) mod calls;
mod confusion;
mod curves;
mod evaluate;
mod paired;
mod prepared;
mod probability;
mod ranking;
mod sets;
mod thin;
mod wilson;

pub use bootstrap::Bootstrap;
pub use calls::{Calls, Predictions};
pub use confusion::{confusion, matthews};
pub use curves::curves;
pub use evaluate::metrics;
pub use paired::paired_difference;
pub use probability::{ECE_BINS, LOG_LOSS_FLOOR, brier, expected_calibration_error, log_loss};
pub use ranking::{auc, average_precision, false_positive_rate_at};
pub use sets::{LabelMetrics, SetCalls, SetMetrics, set_curves, set_metrics};
pub use wilson::{effective_rows, two_sided_z, wilson};

use serde::{Deserialize, Serialize};

/// A value with its bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The value on the rows themselves.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Metrics of one class against the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    /// Class name.
    pub class: String,
    /// Number of rows of the class.
    pub support: u64,
    /// Rows rightly called this class over rows called this class.
    pub precision: Option<Interval>,
    /// Rows rightly called this class over rows of this class.
    pub recall: Option<Interval>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<Interval>,
}

/// Rows by true and called class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Class names, in the order of rows and columns.
    pub classes: Vec<String>,
    /// `counts[true][called]`: sums of row weights.
    pub counts: Vec<Vec<f64>>,
}

/// All metrics of a set of calls. A metric is `None` where it is not defined: AUC when only one
/// class occurs, log loss when the model has no probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number of rows.
    pub rows: u64,
    /// Sum of row weights.
    pub weight: f64,
    /// Weight of rightly called rows over all.
    pub accuracy: Interval,
    /// Mean recall over classes.
    pub balanced_accuracy: Option<Interval>,
    /// Area under the ROC curve (ties count half); with K > 2 classes the unweighted mean of
    /// one-against-rest areas by class probability.
    pub auc: Option<Interval>,
    /// Average precision (sum of precision times step in recall); averaged over classes as AUC.
    pub average_precision: Option<Interval>,
    /// Mean negative natural logarithm of the probability of the true class.
    pub log_loss: Option<Interval>,
    /// Mean squared error of the probabilities: of the positive class for two classes, summed over
    /// classes for more.
    pub brier: Option<Interval>,
    /// Expected calibration error of the called class's probability (two classes: of the positive
    /// class's) over 15 bins of equal width.
    pub ece: Option<Interval>,
    /// Matthews correlation coefficient (its K-class form for K > 2).
    pub mcc: Option<Interval>,
    /// One entry per class.
    pub per_class: Vec<ClassMetrics>,
    /// Rows by true and called class.
    pub confusion: Confusion,
    /// Level of the intervals, 0.95.
    pub level: f64,
    /// Bootstrap replicates behind the intervals.
    pub replicates: u64,
    /// Seed of the bootstrap.
    pub seed: u64,
}

/// A curve of one class against the rest: x and y of each point, from left to right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The class taken as positive.
    pub class: String,
    /// Points `[x, y]`, thinned to at most a few hundred without changing the shape.
    pub points: Vec<[f64; 2]>,
}

/// One bin of a calibration plot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Observed share, with its Wilson interval.
    pub observed: Interval,
    /// Sum of row weights.
    pub weight: f64,
}

/// Calibration of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The class.
    pub class: String,
    /// Ten bins of equal weight (fewer when predictions tie).
    pub bins: Vec<CalibrationBin>,
}

/// Scores by class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Bin edges, one more than bins.
    pub edges: Vec<f64>,
    /// `counts[class][bin]`: sums of row weights; two classes use the one score, more use each
    /// row's probability of its true class.
    pub counts: Vec<Vec<f64>>,
}

/// What the plots of a report show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// False-positive rate against true-positive rate; one curve for two classes, K for K.
    pub roc: Vec<Curve>,
    /// Recall against precision.
    pub precision_recall: Vec<Curve>,
    /// Reliability; empty when the model has no probabilities.
    pub calibration: Vec<Calibration>,
    /// Scores by class.
    pub histogram: Histogram,
}
