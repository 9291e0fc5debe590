//! How good calls are that are sets of labels.
//!
//! | metric | formula, rows `i` of weight `s_i`, labels `k` of `K` | source |
//! |---|---|---|
//! | subset accuracy | share of rows whose set is called exactly | Ghamrawi & McCallum 2005 |
//! | Hamming loss | share of wrong (row, label) decisions | Schapire & Singer 1999 |
//! | micro precision, recall, F1 | of all (row, label) pairs together | Lewis 1991 |
//! | macro F1 | mean of `F1_k` over labels for which it is defined | the same |
//! | weighted F1 | mean of `F1_k`, weighted by the rows that carry `k` | |
//! | label-ranking average precision | mean over a row's labels of the share of its labels among those ranked as high; 1 for rows with no or all labels | Tsoumakas, Katakis & Vlahavas 2010 |
//! | coverage error | how far down the ranking all of a row's labels are covered; 0 without labels | the same |
//!
//! Labels of a row are ranked by their probabilities, or by their scores where there are none.
//! Values equal those of scikit-learn (`zero_division=nan`).

mod calls;
mod curves;
mod evaluate;
mod rows;

use serde::{Deserialize, Serialize};

pub use calls::SetCalls;
pub use curves::set_curves;
pub use evaluate::set_metrics;

use super::Interval;

/// Metrics of one label against its absence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelMetrics {
    /// The label.
    pub label: String,
    /// Number of rows that carry it.
    pub support: u64,
    /// Number of rows for which it is called.
    pub called: u64,
    /// Rows for which it is rightly called over rows for which it is called.
    pub precision: Option<Interval>,
    /// Rows for which it is rightly called over rows that carry it.
    pub recall: Option<Interval>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<Interval>,
    /// Area under the ROC curve of its score.
    pub auc: Option<Interval>,
    /// Average precision of its score.
    pub average_precision: Option<Interval>,
}

/// All metrics of calls that are sets of labels. A metric is `None` where it is not defined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetMetrics {
    /// Number of rows.
    pub rows: u64,
    /// Sum of row weights.
    pub weight: f64,
    /// Weight of the rows whose set is called exactly, over all.
    pub subset_accuracy: Interval,
    /// Share of wrong (row, label) decisions.
    pub hamming_loss: Interval,
    /// Rightly called pairs of row and label over called ones.
    pub micro_precision: Option<Interval>,
    /// Rightly called pairs of row and label over true ones.
    pub micro_recall: Option<Interval>,
    /// Harmonic mean of the two.
    pub micro_f1: Option<Interval>,
    /// Mean F1 over labels.
    pub macro_f1: Option<Interval>,
    /// Mean F1 over labels, weighted by the rows that carry them.
    pub weighted_f1: Option<Interval>,
    /// Mean AUC over labels.
    pub macro_auc: Option<Interval>,
    /// Mean average precision over labels.
    pub macro_average_precision: Option<Interval>,
    /// Label-ranking average precision.
    pub ranking_average_precision: Interval,
    /// Coverage error.
    pub coverage_error: Interval,
    /// Log loss of having each label or not, averaged over labels.
    pub log_loss: Option<Interval>,
    /// Squared error of each label's probability, averaged over labels.
    pub brier: Option<Interval>,
    /// One entry per label.
    pub per_label: Vec<LabelMetrics>,
    /// Level of the intervals, 0.95.
    pub level: f64,
    /// Bootstrap replicates behind the intervals.
    pub replicates: u64,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl SetMetrics {
    /// Every interval, for checks that all are numbers.
    pub fn intervals(&self) -> Vec<Interval> {
        let always = [
            self.subset_accuracy,
            self.hamming_loss,
            self.ranking_average_precision,
            self.coverage_error,
        ];
        let overall = [
            self.micro_precision,
            self.micro_recall,
            self.micro_f1,
            self.macro_f1,
            self.weighted_f1,
            self.macro_auc,
            self.macro_average_precision,
            self.log_loss,
            self.brier,
        ];
        let of_label = |l: &LabelMetrics| [l.precision, l.recall, l.f1, l.auc, l.average_precision];
        let labels = self.per_label.iter().flat_map(of_label);
        always.into_iter().chain(overall.into_iter().chain(labels).flatten()).collect()
    }
}
