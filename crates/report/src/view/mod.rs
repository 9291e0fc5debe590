//! What the templates show: plain strings, already worded and rounded.

pub(crate) mod angle;
pub(crate) mod audit;
pub(crate) mod case;
mod certificate;
mod codes;
mod coefficients;
mod curves;
mod data;
mod decision;
pub(crate) mod diagnose;
mod direct;
mod header;
pub(crate) mod many;
mod metrics;
mod noskill;
pub(crate) mod panels;
pub(crate) mod scorecard;
mod section;
mod sets;
pub(crate) mod study;
mod study_texts;
mod tokens;
mod tuning;
mod words;

use linecall::FitOutcome;
use linecall_linear::metrics::Interval;
use serde::Serialize;

use crate::Error;
use crate::number::{fixed, setting};
use crate::palette::Palette;

/// The whole page.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    header: header::Header,
    metrics: Option<metrics::MetricsView>,
    curves: Vec<crate::chart::Figure>,
    coefficients: Option<coefficients::CoefficientsView>,
    tokens: Vec<tokens::TokensView>,
    tuning: Option<tuning::TuningView>,
    decision: Option<decision::DecisionView>,
    data: data::DataView,
    certificate: certificate::CertificateView,
}

impl Page {
    /// Everything that an outcome has to say.
    pub(crate) fn new(outcome: &FitOutcome) -> Result<Self, Error> {
        let palette = Palette::new(outcome);
        Ok(Self {
            header: header::Header::new(outcome, &palette),
            metrics: metrics(outcome, &palette),
            curves: curves::figures(outcome, &palette)?,
            coefficients: match outcome.coefficients.is_empty() && !outcome.tokens.is_empty() {
                true => None,
                false => Some(coefficients::CoefficientsView::new(outcome, &palette)?),
            },
            tokens: tokens::views(outcome, &palette),
            tuning: tuning::TuningView::new(outcome)?,
            decision: outcome.decision.as_ref().map(decision::DecisionView::new).transpose()?,
            data: data::DataView::new(outcome, &palette),
            certificate: certificate::CertificateView::new(outcome),
        })
    }
}

/// The metrics, of single classes or of sets of labels.
fn metrics(outcome: &FitOutcome, palette: &Palette) -> Option<metrics::MetricsView> {
    let sets = outcome.holdout_sets.as_ref().map(|m| sets::view(m, palette));
    outcome.holdout.as_ref().map(|m| metrics::MetricsView::new(m, palette)).or(sets)
}

/// Level and number of replicates of the intervals.
type Resampled = (f64, u64);

/// `AUC 0.801, 95% interval 0.788 to 0.814`; the value alone when there was no bootstrap.
fn with_interval(name: &str, interval: Interval, (level, replicates): Resampled) -> String {
    let value = format!("{name} {}", fixed(interval.value, 3));
    if replicates == 0 {
        return value;
    }
    let level = setting((1000.0 * level).round() / 10.0);
    let (low, high) = (fixed(interval.low, 3), fixed(interval.high, 3));
    format!("{value}, {level}% interval {low} to {high}")
}

/// A class as text: its words, and its value in the data where that differs.
#[derive(Debug, Serialize)]
pub(crate) struct ClassName {
    label: String,
    code: Option<String>,
}

impl ClassName {
    fn new(class: &str, palette: &Palette) -> Self {
        Self { label: palette.long(class), code: palette.code(class) }
    }
}
