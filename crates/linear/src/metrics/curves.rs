//! The curves behind the metrics: ROC, precision-recall, reliability, histogram of scores.

use crate::Result;
use crate::metrics::calls::Predictions;
use crate::metrics::prepared::Prepared;
use crate::metrics::ranking::{Ranking, Step};
use crate::metrics::thin::thin;
use crate::metrics::wilson::{effective_rows, two_sided_z, wilson};
use crate::metrics::{Calibration, CalibrationBin, Curve, Curves, Histogram, Interval};

/// Most points of a curve.
const POINTS: usize = 400;
/// Bins of a histogram.
const HISTOGRAM_BINS: usize = 40;
/// Bins of a calibration plot.
const CALIBRATION_BINS: usize = 10;
/// Level of the intervals of a calibration plot.
const CALIBRATION_LEVEL: f64 = 0.95;

/// What the plots of a report show.
///
/// * ROC: from (0, 0) to (1, 1) through one point per distinct score; tied rows share a line.
/// * Precision-recall: one point per distinct score, preceded by one at recall 0 with the precision
///   of the highest score, so that the curve starts at the left edge.
/// * Calibration: ten bins of about equal weight, rows of equal probability kept together;
///   Wilson's 95 % interval, with Kish's effective number of rows when weights differ.
/// * Histogram: 40 bins of equal width from the lowest score to the highest, or over 0 to 1 for
///   probabilities of more than two classes.
///
/// Curves of a class without rows, or without rows outside it, are left out. Curves of more than
/// 400 points keep the 400 that lie furthest from the line through their neighbours.
///
/// # Errors
/// As [`crate::metrics::metrics`].
pub fn curves(p: &Predictions<'_>) -> Result<Curves> {
    let rows = Prepared::new(p)?;
    let mut curves = Curves {
        roc: Vec::new(),
        precision_recall: Vec::new(),
        calibration: Vec::new(),
        histogram: histogram(&rows),
    };
    for class in rows.ranked_classes() {
        let name = &p.classes[class];
        curves.rank(name, &rows.ranking(class), &rows.weights);
        if let Some(probabilities) = &rows.probabilities {
            let stated = (0..rows.rows()).map(|i| {
                let probability = probabilities[i * rows.classes + class];
                (probability, rows.truth[i] as usize == class, rows.weights[i])
            });
            let bins = calibration_bins(stated.collect(), rows.scale);
            curves.calibration.push(Calibration { class: name.clone(), bins });
        }
    }
    Ok(curves)
}

impl Curves {
    /// Adds the ROC and the precision-recall curve of a class, unless all or none are of it.
    pub(super) fn rank(&mut self, class: &str, ranking: &Ranking, weights: &[f64]) {
        let steps = ranking.steps(weights);
        if let Some(all) = steps.last().filter(|s| s.inside > 0.0 && s.outside > 0.0) {
            let curve = |points: Vec<[f64; 2]>| Curve {
                class: class.to_owned(),
                points: thin(&points, POINTS),
            };
            self.roc.push(curve(roc_points(&steps, all)));
            self.precision_recall.push(curve(precision_recall_points(&steps, all)));
        }
    }
}

fn roc_points(steps: &[Step], all: &Step) -> Vec<[f64; 2]> {
    let point = |s: &Step| [s.outside / all.outside, s.inside / all.inside];
    std::iter::once([0.0, 0.0]).chain(steps.iter().map(point)).collect()
}

fn precision_recall_points(steps: &[Step], all: &Step) -> Vec<[f64; 2]> {
    let point = |s: &Step| [s.inside / all.inside, s.inside / (s.inside + s.outside)];
    let mut points: Vec<[f64; 2]> = steps.iter().map(point).collect();
    if let Some(&[recall, precision]) = points.first()
        && recall > 0.0
    {
        points.insert(0, [0.0, precision]);
    }
    points
}

/// A row of a calibration plot: stated probability, whether it came true, weight.
pub(super) type Stated = (f64, bool, f64);

/// The bins of rows whose weights are over `scale`.
pub(super) fn calibration_bins(mut sorted: Vec<Stated>, scale: f64) -> Vec<CalibrationBin> {
    let total: f64 = sorted.iter().map(|s| s.2).sum();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut bins: Vec<(usize, Vec<Stated>)> = Vec::new();
    let mut below = 0.0;
    for tie in sorted.chunk_by(|a, b| a.0 == b.0) {
        // A group of equal probabilities goes where its middle lies.
        let weight: f64 = tie.iter().map(|t| t.2).sum();
        let place = (below + weight / 2.0) / total * CALIBRATION_BINS as f64;
        let bin = (place as usize).min(CALIBRATION_BINS - 1);
        below += weight;
        match bins.last_mut() {
            Some((last, members)) if *last == bin => members.extend_from_slice(tie),
            _ => bins.push((bin, tie.to_vec())),
        }
    }
    let z = two_sided_z(CALIBRATION_LEVEL);
    bins.iter().map(|(_, members)| calibration_bin(members, scale, z)).collect()
}

fn calibration_bin(members: &[Stated], scale: f64, z: f64) -> CalibrationBin {
    let sum = |of: fn(&Stated) -> f64| members.iter().map(of).sum::<f64>();
    let weight = sum(|m| m.2);
    let value = (sum(|m| if m.1 { m.2 } else { 0.0 }) / weight).clamp(0.0, 1.0);
    let (low, high) = wilson(value, effective_rows(members.iter().map(|m| m.2)), z);
    CalibrationBin {
        predicted: (sum(|m| m.0 * m.2) / weight).clamp(0.0, 1.0),
        observed: Interval { value, low: low.min(value), high: high.max(value) },
        weight: weight * scale,
    }
}

fn histogram(rows: &Prepared) -> Histogram {
    let value = |i: usize| rows.ranking_value(i, rows.truth[i] as usize);
    let (low, high) = if rows.classes > 2 && rows.probabilities.is_some() {
        (0.0, 1.0)
    } else {
        score_range((0..rows.rows()).map(value))
    };
    let mut histogram = empty_histogram((low, high), rows.classes);
    for i in 0..rows.rows() {
        let class = rows.truth[i] as usize;
        histogram.add((low, high), class, value(i), rows.weights[i] * rows.scale);
    }
    histogram
}

/// A histogram of some classes over a range, with nothing in it.
pub(super) fn empty_histogram((low, high): (f64, f64), classes: usize) -> Histogram {
    let edge = |b: usize| {
        let t = b as f64 / HISTOGRAM_BINS as f64;
        low * (1.0 - t) + high * t
    };
    let counts = vec![vec![0.0; HISTOGRAM_BINS]; classes];
    Histogram { edges: (0..=HISTOGRAM_BINS).map(edge).collect(), counts }
}

impl Histogram {
    /// Adds weight at a value within the range.
    pub(super) fn add(&mut self, (low, high): (f64, f64), class: usize, value: f64, weight: f64) {
        // Halves, since the width itself may overflow.
        let place = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        let bin = ((place * HISTOGRAM_BINS as f64) as usize).min(HISTOGRAM_BINS - 1);
        self.counts[class][bin] += weight;
    }
}

/// Lowest and highest score, moved apart where they (almost) meet.
pub(super) fn score_range(scores: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        scores.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| (low.min(s), high.max(s)));
    let size = low.abs().max(high.abs());
    if high / 2.0 - low / 2.0 > size * 1e-13 {
        return (low, high);
    }
    let margin = (size * 1e-6).max(0.5);
    ((low - margin).max(f64::MIN), (high + margin).min(f64::MAX))
}
