//! The four charts of the held-out rows.

use linecall::FitOutcome;
use linecall_linear::metrics::Interval;

use super::noskill::NoSkill;
use crate::Error;
use crate::chart::{self, Figure};
use crate::palette::Palette;

/// ROC, precision-recall, calibration and scores, as far as the outcome has them.
pub(super) fn figures(outcome: &FitOutcome, palette: &Palette) -> Result<Vec<Figure>, Error> {
    let Some((measured, curves)) = Measured::of(outcome).zip(outcome.curves.as_ref()) else {
        return Ok(Vec::new());
    };
    let words = |name: &str, interval: Option<Interval>| {
        let text = |i| super::with_interval(name, i, measured.resampled) + ".";
        interval.map_or_else(String::new, text)
    };
    let mut out = Vec::new();
    if !curves.roc.is_empty() {
        out.push(chart::roc(&curves.roc, palette, &words("AUC", measured.auc))?);
    }
    if !curves.precision_recall.is_empty() {
        let bases: Vec<f64> = curves
            .precision_recall
            .iter()
            .map(|c| measured.none.share(&c.class).unwrap_or(f64::NAN))
            .collect();
        let area = words("Average precision", measured.average_precision);
        out.push(chart::precision_recall(&curves.precision_recall, palette, &area, &bases)?);
    }
    let error = words("Expected calibration error", measured.ece);
    let calibration = chart::calibration(&curves.calibration, palette, &error)?;
    let (classes, known) = (&measured.classes, measured.known);
    let histogram = chart::histogram(&curves.histogram, classes, palette, known)?;
    // A wide figure of small multiples goes last, so that no gap opens in the grid.
    if palette.len() > 2 || palette.sets() {
        out.extend(histogram.into_iter().chain(calibration));
    } else {
        let known = calibration.unwrap_or_else(chart::no_probabilities);
        out.extend([known].into_iter().chain(histogram));
    }
    Ok(out)
}

/// What the charts need of the metrics, whichever kind of call they are of.
struct Measured {
    auc: Option<Interval>,
    average_precision: Option<Interval>,
    ece: Option<Interval>,
    classes: Vec<String>,
    /// Whether there are probabilities.
    known: bool,
    none: NoSkill,
    resampled: super::Resampled,
}

impl Measured {
    fn of(outcome: &FitOutcome) -> Option<Self> {
        if let Some(m) = &outcome.holdout {
            return Some(Self {
                auc: m.auc,
                average_precision: m.average_precision,
                ece: m.ece,
                classes: m.confusion.classes.clone(),
                known: m.log_loss.is_some(),
                none: NoSkill::new(&m.confusion),
                resampled: (m.level, m.replicates),
            });
        }
        let m = outcome.holdout_sets.as_ref()?;
        Some(Self {
            auc: m.macro_auc,
            average_precision: m.macro_average_precision,
            ece: None,
            classes: m.per_label.iter().map(|l| l.label.clone()).collect(),
            known: m.log_loss.is_some(),
            none: NoSkill::of_sets(m),
            resampled: (m.level, m.replicates),
        })
    }
}
