//! The curves behind the metrics of sets of labels: one label against its absence at a time.

use super::SetCalls;
use super::rows::SetRows;
use crate::Result;
use crate::metrics::curves::{calibration_bins, empty_histogram, score_range};
use crate::metrics::{Calibration, Curves};

/// What the plots of a report show: the curves of [`crate::metrics::curves`], one for each label
/// that some rows carry and others do not. The histogram counts, for each label, the probabilities
/// (or scores) that it gets in rows that carry it.
///
/// # Errors
/// As [`crate::metrics::set_metrics`].
pub fn set_curves(calls: &SetCalls) -> Result<Curves> {
    let rows = SetRows::new(calls)?;
    let stated = |i, label| rows.probability(i, label).unwrap_or_else(|| rows.score(i, label));
    let own = || (0..rows.len()).flat_map(|i| rows.truth(i).iter().map(move |&c| (i, c as usize)));
    let range = match &calls.probabilities {
        Some(_) => (0.0, 1.0),
        None if own().next().is_none() => (-1.0, 1.0),
        None => score_range(own().map(|(i, label)| rows.score(i, label))),
    };
    let mut curves = Curves {
        roc: Vec::new(),
        precision_recall: Vec::new(),
        calibration: Vec::new(),
        histogram: empty_histogram(range, rows.labels()),
    };
    for (i, label) in own() {
        curves.histogram.add(range, label, stated(i, label), rows.weights[i] * rows.scale);
    }
    for (label, name) in calls.labels.iter().enumerate() {
        curves.rank(name, &rows.ranking(label), &rows.weights);
        if calls.probabilities.is_some() {
            let stated =
                (0..rows.len()).map(|i| (stated(i, label), rows.has(i, label), rows.weights[i]));
            let bins = calibration_bins(stated.collect(), rows.scale);
            curves.calibration.push(Calibration { class: name.clone(), bins });
        }
    }
    Ok(curves)
}
