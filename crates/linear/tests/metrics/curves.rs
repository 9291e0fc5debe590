//! What a report plots.

use linecall_linear::metrics::curves;

use crate::common::{Random, Sample, near};

fn area(points: &[[f64; 2]]) -> f64 {
    points.windows(2).map(|w| (w[1][0] - w[0][0]) * (w[0][1] + w[1][1]) / 2.0).sum()
}

fn smooth(n: usize, seed: u64) -> Sample {
    let mut rng = Random::new(seed);
    let scores: Vec<f64> = (0..n).map(|_| 6.0 * rng.uniform() - 3.0).collect();
    let chance = |s: &f64| 1.0 / (1.0 + (-s).exp());
    let truth: Vec<u32> = scores.iter().map(|s| u32::from(rng.uniform() < chance(s))).collect();
    Sample::two(&scores, &truth)
}

#[test]
fn the_area_under_the_roc_curve_is_the_auc() {
    for k in [2, 4] {
        let s = Sample::random(150, k, true, 1);
        let c = curves(&s.predictions()).unwrap();
        assert_eq!(c.roc.len(), if k == 2 { 1 } else { k });
        let mean = c.roc.iter().map(|r| area(&r.points)).sum::<f64>() / c.roc.len() as f64;
        assert!(near(mean, s.metrics().auc.unwrap().value));
    }
}

// 400 points of a ROC curve of 20,000 rows; each leaves out less than 1 / 1,000 of height.
#[test]
fn long_curves_are_thinned_and_keep_their_area() {
    let s = smooth(20_000, 2);
    let c = curves(&s.predictions()).unwrap();
    let m = s.metrics();
    for points in [&c.roc[0].points, &c.precision_recall[0].points] {
        assert!(points.len() <= 400 && points.len() > 200, "{}", points.len());
        assert!(points.windows(2).all(|w| w[0][0] <= w[1][0]));
        assert!(points.iter().flatten().all(|v| (0.0..=1.0).contains(v)));
    }
    assert!((area(&c.roc[0].points) - m.auc.unwrap().value).abs() < 1e-3);
    let ap = area(&c.precision_recall[0].points);
    assert!((ap - m.average_precision.unwrap().value).abs() < 5e-3, "{ap}");
}

#[test]
fn a_precision_recall_curve_starts_at_the_left_edge_and_ends_at_the_share() {
    let s = Sample::two(&[3.0, 2.0, 1.0, 0.0], &[1, 0, 1, 0]);
    let c = curves(&s.predictions()).unwrap();
    let points = &c.precision_recall[0].points;
    assert_eq!(points[0], [0.0, 1.0]);
    assert_eq!(points[points.len() - 1], [1.0, 0.5]);
}

#[test]
fn calibration_bins_hold_a_tenth_each_and_contain_the_truth() {
    let s = smooth(10_000, 3);
    let bins = &curves(&s.predictions()).unwrap().calibration[0].bins;
    assert_eq!(bins.len(), 10);
    assert!(bins.iter().all(|b| b.weight == 1_000.0));
    assert!(bins.windows(2).all(|w| w[0].predicted < w[1].predicted));
    // Ten intervals of 95 %: fewer than seven hits is a chance of 1 in 1,000.
    let hits =
        bins.iter().filter(|b| b.observed.low <= b.predicted && b.predicted <= b.observed.high);
    assert!(hits.count() >= 7);
}

#[test]
fn tied_probabilities_stay_in_one_bin() {
    let mut scores = vec![-1.0; 70];
    scores.extend([2.0; 30]);
    let truth: Vec<u32> = (0..100).map(|i| u32::from(i % 3 == 0)).collect();
    let s = Sample::two(&scores, &truth);
    let bins = &curves(&s.predictions()).unwrap().calibration[0].bins;
    let weights: Vec<f64> = bins.iter().map(|b| b.weight).collect();
    assert_eq!(weights, [70.0, 30.0]);
    // Rows 0 to 69 hold 24 multiples of three.
    assert!(near(bins[0].observed.value, 24.0 / 70.0));
}

#[test]
fn a_histogram_counts_every_row_once() {
    for k in [2, 3] {
        let s = Sample::random(200, k, true, 4);
        let h = curves(&s.predictions()).unwrap().histogram;
        assert_eq!(h.edges.len(), h.counts[0].len() + 1);
        assert!(h.edges.windows(2).all(|w| w[0] < w[1]));
        let m = s.metrics();
        for (row, counts) in h.counts.iter().zip(&m.confusion.counts) {
            assert_eq!(row.iter().sum::<f64>(), counts.iter().sum::<f64>());
        }
    }
}

#[test]
fn histograms_of_extreme_scores_keep_rising_edges() {
    for scores in [
        [f64::MIN, f64::MAX],
        [0.0, 0.0],
        [1e300, 1e300],
        [1.0, 1.0 + f64::EPSILON],
        [f64::MAX, f64::MAX],
        [5e-324, 0.0],
    ] {
        let h = curves(&Sample::two(&scores, &[0, 1]).predictions()).unwrap().histogram;
        assert!(h.edges.windows(2).all(|w| w[0] < w[1]), "{scores:?}");
        assert!(h.edges.iter().all(|e| e.is_finite()), "{scores:?}");
        assert_eq!(h.counts.iter().flatten().sum::<f64>(), 2.0);
    }
}
