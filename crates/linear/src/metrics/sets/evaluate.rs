//! All metrics of calls that are sets, with their intervals.

use super::rows::{LabelSums, RowValues, SetRows};
use super::{LabelMetrics, SetCalls, SetMetrics};
use crate::Result;
use crate::metrics::Interval;
use crate::metrics::bootstrap::{Bootstrap, Kind, Range, interval};
use crate::metrics::evaluate::{MeanOverClasses, SHARE, Sampled, sample, share};
use crate::metrics::probability::LOG_LOSS_FLOOR;
use crate::metrics::wilson::two_sided_z;

/// Metrics that are means over rows, of [`RowValues`].
const BY_ROW: usize = 6;
/// Metrics over all labels, of [`LabelSums`].
const OVERALL: usize = 5;

/// All metrics of calls that are sets of labels, with bootstrap intervals (see [`Bootstrap`]).
///
/// Rows of weight 0 are left out. The intervals take rows, not pairs of row and label, as what was
/// sampled, since the labels of a row go together.
///
/// Cost: `replicates * n * K` steps over all threads for the areas by label, and as many as there
/// are true and called labels for the rest. The result depends neither on the number of threads nor
/// on the order of the rows.
///
/// # Errors
/// [`crate::Error::NoRows`] when no row has positive weight; when a setting of the bootstrap is
/// outside its range.
pub fn set_metrics(calls: &SetCalls, bootstrap: &Bootstrap) -> Result<SetMetrics> {
    bootstrap.check()?;
    let rows = SetRows::new(calls)?;
    let k = rows.labels();
    let report = Reporter { bootstrap, rows: &rows, z: two_sided_z(bootstrap.level) };
    let sampled = report.rows_in_turn();
    let (by_row, by_label) = sampled.split_at(BY_ROW.min(sampled.len()));
    let (overall, by_label) = by_label.split_at(OVERALL.min(by_label.len()));
    let (areas, means) = report.areas();
    let percentile = |s: &Sampled, range| report.percentile(s, range);
    let all = |s: &Sampled| share(bootstrap, report.z, s, rows.weights.iter().copied());
    let whole = |range: Range| Interval { value: range.0, low: range.0, high: range.1 };
    let longest = Range(0.0, k as f64);
    let per_label = calls.labels.iter().zip(by_label.chunks_exact(3)).zip(&areas).enumerate();
    Ok(SetMetrics {
        rows: rows.len() as u64,
        weight: rows.weights.iter().sum::<f64>() * rows.scale,
        subset_accuracy: all(&by_row[0]).unwrap_or(whole(SHARE)),
        hamming_loss: percentile(&by_row[1], SHARE).unwrap_or(whole(SHARE)),
        micro_precision: percentile(&overall[0], SHARE),
        micro_recall: percentile(&overall[1], SHARE),
        micro_f1: percentile(&overall[2], SHARE),
        macro_f1: percentile(&overall[3], SHARE),
        weighted_f1: percentile(&overall[4], SHARE),
        macro_auc: percentile(&means[0], SHARE),
        macro_average_precision: percentile(&means[1], SHARE),
        ranking_average_precision: percentile(&by_row[2], SHARE).unwrap_or(whole(SHARE)),
        coverage_error: percentile(&by_row[3], longest).unwrap_or(whole(longest)),
        log_loss: percentile(&by_row[4], Range(0.0, -LOG_LOSS_FLOOR.ln())),
        brier: percentile(&by_row[5], SHARE),
        per_label: per_label
            .map(|(c, ((name, values), areas))| report.label(c, name, values, areas))
            .collect(),
        level: bootstrap.level,
        replicates: bootstrap.replicates,
        seed: bootstrap.seed,
    })
}

struct Reporter<'a> {
    bootstrap: &'a Bootstrap,
    rows: &'a SetRows<'a>,
    z: f64,
}

impl Reporter<'_> {
    /// All but the areas, from one set of draws.
    fn rows_in_turn(&self) -> Vec<Sampled> {
        let by_row = RowValues::new(self.rows);
        sample(
            self.bootstrap,
            &self.rows.weights,
            || LabelSums::new(self.rows.labels()),
            |weights, sums| {
                sums.count(self.rows, weights);
                let mut values = by_row.evaluate(weights).to_vec();
                values.extend(sums.values());
                values
            },
        )
    }

    /// Intervals of AUC and average precision by label, and their means over labels. Labels go one
    /// after the other, so that only one sort is held.
    fn areas(&self) -> (Vec<[Option<Interval>; 2]>, [Sampled; 2]) {
        let mut means = [MeanOverClasses::default(), MeanOverClasses::default()];
        let mut areas = Vec::with_capacity(self.rows.labels());
        for label in 0..self.rows.labels() {
            let ranking = self.rows.ranking(label);
            let both = |weights: &[f64], (): &mut ()| {
                let areas = ranking.areas(weights);
                vec![areas.map(|a| a.0), areas.map(|a| a.1)]
            };
            let sampled = sample(self.bootstrap, &self.rows.weights, || (), both);
            let mut own = [None; 2];
            for ((mean, sampled), own) in means.iter_mut().zip(&sampled).zip(&mut own) {
                mean.add(sampled);
                *own = self.percentile(sampled, SHARE);
            }
            areas.push(own);
        }
        (areas, means.map(MeanOverClasses::finish))
    }

    fn percentile(&self, (value, replicates): &Sampled, range: Range) -> Option<Interval> {
        let level = self.bootstrap.level;
        Some(interval((*value)?, replicates, level, range, Kind::Percentile))
    }

    /// The metrics of a label, from those of its calls and its areas.
    fn label(
        &self,
        c: usize,
        name: &str,
        values: &[Sampled],
        areas: &[Option<Interval>; 2],
    ) -> LabelMetrics {
        let rows = self.rows;
        let within = |of: &dyn Fn(usize) -> bool| -> Vec<f64> {
            (0..rows.len()).filter(|&i| of(i)).map(|i| rows.weights[i]).collect()
        };
        let carrying = within(&|i| rows.has(i, c));
        let called = within(&|i| rows.called(i).binary_search(&(c as u32)).is_ok());
        let share = |s: &Sampled, of: &[f64]| share(self.bootstrap, self.z, s, of.iter().copied());
        LabelMetrics {
            label: name.to_owned(),
            support: carrying.len() as u64,
            called: called.len() as u64,
            precision: share(&values[0], &called),
            recall: share(&values[1], &carrying),
            f1: self.percentile(&values[2], SHARE),
            auc: areas[0],
            average_precision: areas[1],
        }
    }
}
