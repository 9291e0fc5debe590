//! The four charts of the held-out rows.

use linecall::FitOutcome;
use linecall_linear::metrics::{Interval, Metrics};

use super::noskill::NoSkill;
use crate::Error;
use crate::chart::{self, Figure};
use crate::palette::Palette;

/// ROC, precision-recall, calibration and scores, as far as the outcome has them.
pub(super) fn figures(outcome: &FitOutcome, palette: &Palette) -> Result<Vec<Figure>, Error> {
    let (Some(metrics), Some(curves)) = (&outcome.holdout, &outcome.curves) else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    if !curves.roc.is_empty() {
        out.push(chart::roc(&curves.roc, palette, &words("AUC", metrics.auc, metrics))?);
    }
    if !curves.precision_recall.is_empty() {
        let none = NoSkill::new(&metrics.confusion);
        let bases: Vec<f64> = curves
            .precision_recall
            .iter()
            .map(|c| none.share(&c.class).unwrap_or(f64::NAN))
            .collect();
        let area = words("Average precision", metrics.average_precision, metrics);
        out.push(chart::precision_recall(&curves.precision_recall, palette, &area, &bases)?);
    }
    let error = words("Expected calibration error", metrics.ece, metrics);
    let calibration = chart::calibration(&curves.calibration, palette, &error)?;
    let classes = &metrics.confusion.classes;
    let known = metrics.log_loss.is_some();
    let histogram = chart::histogram(&curves.histogram, classes, palette, known)?;
    // A wide figure of small multiples goes last, so that no gap opens in the grid.
    if palette.len() > 2 {
        out.extend(histogram.into_iter().chain(calibration));
    } else {
        let known = calibration.unwrap_or_else(chart::no_probabilities);
        out.extend([known].into_iter().chain(histogram));
    }
    Ok(out)
}

fn words(name: &str, interval: Option<Interval>, metrics: &Metrics) -> String {
    interval.map_or_else(String::new, |i| super::with_interval(name, i, metrics) + ".")
}
