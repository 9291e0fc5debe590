//! All metrics of a set of calls, with their intervals.

use crate::Result;
use crate::metrics::bootstrap::{Bootstrap, Kind, Range, interval};
use crate::metrics::calls::Predictions;
use crate::metrics::confusion::{Margins, confusion};
use crate::metrics::prepared::{Prepared, call_values};
use crate::metrics::probability::LOG_LOSS_FLOOR;
use crate::metrics::wilson::{effective_rows, two_sided_z, wilson};
use crate::metrics::{ClassMetrics, Confusion, Interval, Metrics};

pub(super) const SHARE: Range = Range(0.0, 1.0);

/// A value and its replicates.
pub(super) type Sampled = (Option<f64>, Vec<Option<f64>>);

/// All metrics of a set of calls, with bootstrap intervals (see [`Bootstrap`] for how they are
/// made and what the ends mean).
///
/// Rows of weight 0 are left out, also of [`Metrics::rows`] and of the supports. The intervals
/// take rows, not units of weight, as what was sampled.
///
/// Cost: one sort per ranked class, then `replicates * n` steps for two classes and
/// `replicates * K * n` for K, over all threads; memory a copy of the rows and one number per row
/// and thread. The result does not depend on the number of threads nor on the order of the rows.
///
/// # Errors
/// [`crate::Error::NoRows`] when no row has positive weight; when slices do not fit together, a
/// number is not finite or outside its range, or a setting of the bootstrap is.
pub fn metrics(p: &Predictions<'_>, bootstrap: &Bootstrap) -> Result<Metrics> {
    bootstrap.check()?;
    let rows = Prepared::new(p)?;
    let report = Reporter { bootstrap, rows: &rows, z: two_sided_z(bootstrap.level) };
    let (calls, [log_loss, brier, ece]) = report.rows_in_turn();
    let [auc, average_precision] = report.rankings();
    let squares = if rows.classes == 2 { SHARE } else { Range(0.0, 2.0) };
    let percentile = |s: &Sampled, range| report.interval(s, range, Kind::Percentile);
    let accuracy = report.share(&calls[0], |_, _| true);
    Ok(Metrics {
        rows: rows.rows() as u64,
        weight: rows.weights.iter().sum::<f64>() * rows.scale,
        accuracy: accuracy.unwrap_or(Interval { value: 0.0, low: 0.0, high: 1.0 }),
        balanced_accuracy: percentile(&calls[1], SHARE),
        auc: percentile(&auc, SHARE),
        average_precision: percentile(&average_precision, SHARE),
        log_loss: percentile(&log_loss, Range(0.0, -LOG_LOSS_FLOOR.ln())),
        brier: percentile(&brier, squares),
        ece: report.interval(&ece, SHARE, Kind::Basic),
        mcc: percentile(&calls[2], Range(-1.0, 1.0)),
        per_class: report.per_class(p.classes, &calls[3..]),
        confusion: Confusion {
            classes: p.classes.to_vec(),
            counts: confusion(rows.classes, &rows.truth, &rows.called, Some(&report.weights()))?,
        },
        level: bootstrap.level,
        replicates: bootstrap.replicates,
        seed: bootstrap.seed,
    })
}

/// Values with their replicates, one pair per metric.
pub(super) fn sample<S>(
    bootstrap: &Bootstrap,
    weights: &[f64],
    scratch: impl Fn() -> S + Sync,
    metrics: impl Fn(&[f64], &mut S) -> Vec<Option<f64>> + Sync,
) -> Vec<Sampled> {
    let values = metrics(weights, &mut scratch());
    let mut replicates = bootstrap.replicate(weights, scratch, metrics).into_iter();
    values.into_iter().map(|v| (v, replicates.next().unwrap_or_default())).collect()
}

/// The interval of a share of rows of these weights.
pub(super) fn share(
    bootstrap: &Bootstrap,
    z: f64,
    (value, replicates): &Sampled,
    weights: impl Iterator<Item = f64>,
) -> Option<Interval> {
    let plain = interval((*value)?, replicates, bootstrap.level, SHARE, Kind::Percentile);
    let varies = plain.value > 0.0 && plain.value < 1.0;
    if varies || bootstrap.replicates == 0 {
        return Some(plain);
    }
    let (low, high) = wilson(plain.value, effective_rows(weights), z);
    Some(Interval { low, high, ..plain })
}

struct Reporter<'a> {
    bootstrap: &'a Bootstrap,
    rows: &'a Prepared,
    z: f64,
}

impl Reporter<'_> {
    /// Row weights as they were given.
    fn weights(&self) -> Vec<f64> {
        self.rows.weights.iter().map(|w| w * self.rows.scale).collect()
    }

    fn sample<S>(
        &self,
        scratch: impl Fn() -> S + Sync,
        metrics: impl Fn(&[f64], &mut S) -> Vec<Option<f64>> + Sync,
    ) -> Vec<Sampled> {
        sample(self.bootstrap, &self.rows.weights, scratch, metrics)
    }

    /// Metrics of the calls, in the order of [`call_values`], then log loss, Brier score and
    /// calibration error: all that takes rows as they come, from one set of draws.
    fn rows_in_turn(&self) -> (Vec<Sampled>, [Sampled; 3]) {
        let stated = self.rows.row_values();
        let mut sampled = self.sample(
            || Margins::new(self.rows.classes),
            |weights, margins| {
                let mut values = call_values(self.rows, margins, weights);
                values.extend(stated.as_ref().map_or([None; 3], |s| s.evaluate(weights)));
                values
            },
        );
        let probabilities = sampled.split_off(sampled.len().saturating_sub(3));
        (sampled, probabilities.try_into().unwrap_or_default())
    }

    /// AUC and average precision, averaged over the classes for which they are defined. Classes
    /// go one after the other, so that only one sort is held.
    fn rankings(&self) -> [Sampled; 2] {
        let mut means = [MeanOverClasses::default(), MeanOverClasses::default()];
        for class in self.rows.ranked_classes() {
            let ranking = self.rows.ranking(class);
            let areas = |weights: &[f64], (): &mut ()| {
                let areas = ranking.areas(weights);
                vec![areas.map(|a| a.0), areas.map(|a| a.1)]
            };
            for (mean, sampled) in means.iter_mut().zip(self.sample(|| (), areas)) {
                mean.add(&sampled);
            }
        }
        means.map(MeanOverClasses::finish)
    }

    fn interval(
        &self,
        (value, replicates): &Sampled,
        range: Range,
        kind: Kind,
    ) -> Option<Interval> {
        Some(interval((*value)?, replicates, self.bootstrap.level, range, kind))
    }

    /// The interval of a share of the rows that `of(true class, called class)` selects.
    fn share(&self, sampled: &Sampled, of: impl Fn(u32, u32) -> bool) -> Option<Interval> {
        let codes = self.rows.truth.iter().zip(&self.rows.called);
        let rows = codes.zip(&self.rows.weights).filter(|((t, c), _)| of(**t, **c));
        share(self.bootstrap, self.z, sampled, rows.map(|(_, w)| *w))
    }

    fn per_class(&self, names: &[String], values: &[Sampled]) -> Vec<ClassMetrics> {
        let mut support = vec![0; names.len()];
        for &t in &self.rows.truth {
            support[t as usize] += 1;
        }
        let classes = names.iter().zip(values.chunks_exact(3)).zip(support).enumerate();
        let class_metrics =
            |(k, ((name, values), support)): (usize, ((&String, &[Sampled]), _))| {
                let k = k as u32;
                ClassMetrics {
                    class: name.clone(),
                    support,
                    precision: self.share(&values[0], |_, called| called == k),
                    recall: self.share(&values[1], |truth, _| truth == k),
                    f1: self.interval(&values[2], SHARE, Kind::Percentile),
                }
            };
        classes.map(class_metrics).collect()
    }
}

/// Running means over classes, skipping those for which a value is undefined.
#[derive(Default)]
pub(super) struct MeanOverClasses {
    value: (f64, u32),
    replicates: Vec<(f64, u32)>,
}

impl MeanOverClasses {
    pub(super) fn add(&mut self, (value, replicates): &Sampled) {
        let add = |mean: &mut (f64, u32), v: &Option<f64>| {
            if let Some(v) = v {
                mean.0 += v;
                mean.1 += 1;
            }
        };
        add(&mut self.value, value);
        self.replicates.resize(replicates.len(), (0.0, 0));
        for (mean, v) in self.replicates.iter_mut().zip(replicates) {
            add(mean, v);
        }
    }

    pub(super) fn finish(self) -> Sampled {
        let mean = |(sum, n): (f64, u32)| (n > 0).then(|| sum / f64::from(n));
        (mean(self.value), self.replicates.into_iter().map(mean).collect())
    }
}
