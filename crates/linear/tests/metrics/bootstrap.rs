//! Intervals: coverage, threads, seeds.

use linecall_linear::metrics::{Bootstrap, Interval, Metrics, metrics};

use crate::common::{Random, Sample};

fn intervals(m: &Metrics) -> Vec<Interval> {
    let mut all: Vec<Interval> =
        [m.balanced_accuracy, m.auc, m.average_precision, m.log_loss, m.brier, m.ece, m.mcc]
            .into_iter()
            .flatten()
            .collect();
    all.push(m.accuracy);
    for c in &m.per_class {
        all.extend([c.precision, c.recall, c.f1].into_iter().flatten());
    }
    all
}

/// 200 data sets of 150 rows from a known distribution; in how many does the interval contain the
/// truth? With coverage 0.95, fewer than 180 or more than 198 is a chance of about 1 in 1,000.
fn coverage(truth: f64, of: impl Fn(&Metrics) -> Interval) -> usize {
    let mut rng = Random::new(2024);
    let few = Bootstrap { replicates: 400, ..Bootstrap::default() };
    (0..200)
        .filter(|_| {
            let (mut scores, mut classes) = (Vec::new(), Vec::new());
            for _ in 0..150 {
                // Uniform scores on (-1, 1) moved by half of the class.
                let class = rng.below(2);
                scores.push(2.0 * rng.uniform() - 1.0 + class as f64 - 0.5);
                classes.push(class as u32);
            }
            let i = of(&metrics(&Sample::two(&scores, &classes).predictions(), &few).unwrap());
            i.low <= truth && truth <= i.high
        })
        .count()
}

#[test]
fn accuracy_intervals_cover_the_truth() {
    // P(score > 0 | positive) = P(uniform(-1, 1) > -0.5) = 3/4, and likewise below.
    let covered = coverage(0.75, |m| m.accuracy);
    assert!((180..=196).contains(&covered), "{covered}");
}

#[test]
fn auc_intervals_cover_the_truth() {
    // The difference of two uniforms on (-1, 1) is triangular on (-2, 2); above -1 lies 7/8.
    let covered = coverage(0.875, |m| m.auc.unwrap());
    assert!((180..=198).contains(&covered), "{covered}");
}

#[test]
fn intervals_contain_their_values_and_are_finite() {
    for (n, k, seed) in [(200, 2, 1), (200, 4, 2), (5, 2, 3), (9, 6, 4)] {
        let m = Sample::random(n, k, false, seed).metrics();
        for i in intervals(&m) {
            assert!(i.low <= i.value && i.value <= i.high, "{i:?}");
            assert!(i.low.is_finite() && i.high.is_finite());
        }
    }
}

#[test]
fn intervals_shrink_like_the_root_of_the_number_of_rows() {
    let width = |n| {
        let m = Sample::random(n, 2, false, 12).metrics();
        m.accuracy.high - m.accuracy.low
    };
    let ratio = width(400) / width(40_000);
    assert!((7.0..14.0).contains(&ratio), "{ratio}");
}

#[test]
fn a_higher_level_is_wider() {
    let s = Sample::random(300, 2, false, 13);
    let at = |level| {
        let b = Bootstrap { level, ..Bootstrap::default() };
        intervals(&metrics(&s.predictions(), &b).unwrap())
    };
    for (narrow, wide) in at(0.8).into_iter().zip(at(0.99)) {
        assert!(wide.low < narrow.low && narrow.high < wide.high, "{narrow:?} {wide:?}");
    }
}

// The calibration error is biased upwards; a calibrated model's interval must still come near 0.
#[test]
fn the_calibration_error_of_a_calibrated_model_reaches_down() {
    let mut rng = Random::new(15);
    let scores: Vec<f64> = (0..2_000).map(|_| 4.0 * rng.uniform() - 2.0).collect();
    let chance = |s: &f64| 1.0 / (1.0 + (-s).exp());
    let classes: Vec<u32> = scores.iter().map(|s| u32::from(rng.uniform() < chance(s))).collect();
    let ece = Sample::two(&scores, &classes).metrics().ece.unwrap();
    assert!(ece.value > 0.01 && ece.low < 0.015 && ece.low < 0.6 * ece.value, "{ece:?}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for k in [2, 3] {
        let s = Sample::random(700, k, true, 16);
        let bytes = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let m = pool.install(|| metrics(&s.predictions(), &Bootstrap::default()).unwrap());
            serde_json::to_vec(&m).unwrap()
        };
        let one = bytes(1);
        assert_eq!(one, bytes(2));
        assert_eq!(one, bytes(8));
    }
}

#[test]
fn seeds_change_ends_but_not_values() {
    let s = Sample::random(200, 2, false, 17);
    let with = |seed| {
        let b = Bootstrap { seed, ..Bootstrap::default() };
        metrics(&s.predictions(), &b).unwrap().auc.unwrap()
    };
    let (a, b) = (with(0), with(1));
    assert_eq!(a.value, b.value);
    assert!(a.low != b.low && (a.low - b.low).abs() < 0.02);
    assert_eq!(with(1), b);
}

#[test]
fn without_replicates_both_ends_repeat_the_value() {
    let s = Sample::random(50, 2, false, 18);
    let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
    for i in intervals(&metrics(&s.predictions(), &none).unwrap()) {
        assert!(i.low == i.value && i.high == i.value);
    }
}
