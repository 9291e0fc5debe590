//! What must be known of all rows before the first is learnt from: weights, and the spread of the
//! columns. Cost: one pass; two where a column's mean hides its spread.

use super::{Batch, Source, Totals, weight_sum};
use crate::plan::Plan;
use crate::rows::{Stats, is_dense};
use crate::scale::{Scaling, with_missing};
use crate::setup::centres;
use crate::view::View;
use crate::weights::factors;
use crate::{Error, Result};

/// Units of the rows that are learnt from.
pub(super) struct Frame {
    pub(super) scaling: Scaling,
    /// Factor of each class on the row weights: class weight over the sum of all weights.
    factor: Vec<f64>,
    /// Whether held-out rows weigh nothing.
    kept_only: bool,
    /// Rows whose weight is above 0.
    pub(super) rows: f64,
    /// Passes that the frame took.
    pub(super) passes: u64,
}

impl Frame {
    /// Columns as they are, and rows that weigh what they weigh.
    pub(super) fn plain(cols: usize) -> Self {
        let ones = || vec![1.0; cols];
        let (center, scale, deviation) = (vec![0.0; cols], ones(), ones());
        let scaling = Scaling { center, scale, deviation, ..Scaling::default() };
        Self { scaling, factor: Vec::new(), kept_only: false, rows: 1.0, passes: 0 }
    }

    fn new(plan: &Plan, classes: &[String], totals: &Totals, kept_only: bool) -> Result<Self> {
        if let Some(empty) = totals.weighted.iter().position(|n| *n == 0) {
            return Err(Error::EmptyClass { class: classes[empty].clone() });
        }
        let mut factor = factors(&plan.class_weight, classes, &totals.weight);
        let total = weight_sum(plan, classes, totals);
        if !(total > 0.0 && total.is_finite()) {
            return Err(Error::NoRows);
        }
        factor.iter_mut().for_each(|f| *f /= total);
        let rows = factor.iter().zip(&totals.weighted).filter(|(f, _)| **f > 0.0);
        let rows = rows.map(|(_, n)| *n as f64).sum();
        Ok(Self { scaling: Scaling::default(), factor, kept_only, rows, passes: 0 })
    }

    /// The weights of a batch's rows; over all batches they sum to one.
    pub(super) fn weights(&self, batch: &Batch) -> Vec<f64> {
        let codes = batch.data.labels.codes();
        let row = |i: usize| batch.data.weights.as_ref().map_or(1.0, |w| w[i]);
        let counts = |i: usize| !(self.kept_only && batch.held.get(i).copied().unwrap_or(false));
        let weight = |(i, &code): (usize, &u32)| {
            if counts(i) { row(i) * self.factor[code as usize] } else { 0.0 }
        };
        codes.iter().enumerate().map(weight).collect()
    }
}

/// The frames of all rows and of those that are not held out.
pub(super) fn frames<S: Source>(
    plan: &Plan,
    source: &mut S,
) -> std::result::Result<(Frame, Frame), S::Error> {
    let classes = source.classes().to_vec();
    if classes.len() < 2 {
        let class = classes.into_iter().next().unwrap_or_default();
        return Err(Error::OneClass { class }.into());
    }
    let mut all = Frame::new(plan, &classes, source.all(), false)?;
    let mut kept = Frame::new(plan, &classes, source.kept(), true)?;
    let d = source.cols();
    let (mut dense, mut shift) = (None, vec![0.0; d]);
    // The first row of dense data is the shift: it is seen before anything is added up.
    let mut first = |batch: &Batch| {
        if dense.is_none() {
            let found = is_dense(&batch.data.design);
            if found && batch.data.rows() > 0 {
                batch.data.design.for_each_in_row(0, |j, x| shift[j] = x);
            }
            dense = Some(found);
        }
        shift.clone()
    };
    let ones = vec![1.0; d];
    let mut found = stats(source, [&all, &kept], |batch| {
        let shift = first(batch);
        [(shift.clone(), ones.clone()), (shift, ones.clone())]
    })?;
    let center = centres(plan, dense.unwrap_or(false));
    let mut passes = 1;
    let poor: Vec<Option<Vec<f64>>> = found.iter().map(Stats::poor_units).collect();
    if poor.iter().any(Option::is_some) {
        // Sums around the mean, in units of the largest magnitude.
        let again = |stats: &Stats, unit: &Option<Vec<f64>>| {
            let unit = unit.clone().unwrap_or_else(|| stats.unit.clone());
            (stats.moments().0, unit)
        };
        let [a, b] = &found;
        let around = [again(a, &poor[0]), again(b, &poor[1])];
        found = stats(source, [&all, &kept], |_| around.clone())?;
        passes = 2;
    }
    let [of_all, of_kept] = found;
    all.scaling = Scaling::of_stats(&of_all, plan.standardize, center);
    kept.scaling = Scaling::of_stats(&of_kept, plan.standardize, center);
    (all.passes, kept.passes) = (passes, passes);
    Ok((all, kept))
}

/// The columns' statistics in each of two frames: one pass. `start` gives shift and unit.
fn stats<S: Source>(
    source: &mut S,
    frames: [&Frame; 2],
    mut start: impl FnMut(&Batch) -> [(Vec<f64>, Vec<f64>); 2],
) -> std::result::Result<[Stats; 2], S::Error> {
    let mut found: Option<[Stats; 2]> = None;
    source.pass(&mut |batch| {
        if batch.data.labels.is_multilabel() {
            return Err(Error::Setting {
                name: "multilabel",
                value: "on".to_owned(),
                expected: "off for a stream",
            });
        }
        let found = match &mut found {
            Some(found) => found,
            None => {
                let [a, b] = start(batch);
                found.insert([Stats::new(&a.0, &a.1), Stats::new(&b.0, &b.1)])
            }
        };
        let view = View::plain(&batch.data.design);
        for (stats, frame) in found.iter_mut().zip(frames) {
            view.rows().describe(0..batch.data.rows(), &frame.weights(batch), stats);
        }
        Ok(())
    })?;
    let mut found = found.ok_or(Error::NoRows)?;
    found.iter_mut().zip(frames).for_each(|(stats, frame)| with_missing(stats, frame.rows, 1.0));
    Ok(found)
}
