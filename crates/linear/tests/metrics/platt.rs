//! Scores to probabilities.

use linecall_linear::calibrate::{Platt, platt_link};
use linecall_linear::{Error, Link};

use crate::common::{Random, near};

fn sample(n: usize, seed: u64) -> (Vec<f64>, Vec<bool>) {
    let mut rng = Random::new(seed);
    let scores: Vec<f64> = (0..n).map(|_| 6.0 * rng.uniform() - 3.0).collect();
    let chance = |s: &f64| 1.0 / (1.0 + (-(1.5 * s - 0.7)).exp());
    let positive = scores.iter().map(|s| rng.uniform() < chance(s)).collect();
    (scores, positive)
}

/// Slopes of Platt's loss, per unit of weight: zero at the fit.
fn slopes(platt: &Platt, scores: &[f64], positive: &[bool]) -> [f64; 2] {
    let inside = positive.iter().filter(|p| **p).count() as f64;
    let outside = positive.len() as f64 - inside;
    let mut g = [0.0; 2];
    for (s, p) in scores.iter().zip(positive) {
        let target = if *p { (inside + 1.0) / (inside + 2.0) } else { 1.0 / (outside + 2.0) };
        let error = (platt.probability(*s) - target) / positive.len() as f64;
        g[0] += error * s;
        g[1] += error;
    }
    g
}

#[test]
fn a_fit_finds_the_odds_behind_the_rows() {
    let (scores, positive) = sample(20_000, 1);
    let platt = Platt::fit(&scores, &positive, None).unwrap();
    // Standard errors are about 0.025 and 0.02; four of them.
    assert!((platt.slope - 1.5).abs() < 0.1, "{platt:?}");
    assert!((platt.intercept + 0.7).abs() < 0.08, "{platt:?}");
}

// The loss is convex: slopes at rounding level prove the minimum.
#[test]
fn a_fit_is_stationary() {
    let (scores, positive) = sample(300, 2);
    let separable: Vec<bool> = scores.iter().map(|&s| s > 0.3).collect();
    let upside_down: Vec<bool> = positive.iter().map(|p| !p).collect();
    for positive in [positive, separable, upside_down] {
        let platt = Platt::fit(&scores, &positive, None).unwrap();
        for g in slopes(&platt, &scores, &positive) {
            assert!(g.abs() < 1e-10, "{platt:?}: {g}");
        }
    }
}

#[test]
fn separable_scores_stay_finite_and_keep_their_order() {
    let platt = Platt::fit(&[-2.0, -1.0, 1.0, 2.0], &[false, false, true, true], None).unwrap();
    assert!(platt.slope > 0.0 && platt.slope < 10.0);
    assert!(platt.probability(-1.0) > 0.0 && platt.probability(1.0) < 1.0);
    // Two distinct scores meet the smoothed targets 3/4 and 1/4 exactly.
    let platt = Platt::fit(&[0.0, 0.0, 1.0, 1.0], &[false, false, true, true], None).unwrap();
    assert!((platt.probability(0.0) - 0.25).abs() < 1e-9);
    assert!((platt.probability(1.0) - 0.75).abs() < 1e-9);
}

#[test]
fn scores_that_speak_against_the_class_get_a_slope_below_zero() {
    let (scores, positive) = sample(500, 3);
    let turned: Vec<f64> = scores.iter().map(|s| -s).collect();
    let (a, b) = (Platt::fit(&scores, &positive, None), Platt::fit(&turned, &positive, None));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a.slope > 0.0);
    assert!((a.slope + b.slope).abs() < 1e-9 && (a.intercept - b.intercept).abs() < 1e-9);
}

#[test]
fn constant_scores_give_the_smoothed_share() {
    for score in [0.0, 3.5, -1e300, 1e-300] {
        let platt = Platt::fit(&[score; 5], &[true, true, true, false, false], None).unwrap();
        assert_eq!(platt.slope, 0.0, "{score}");
        // Targets 4/5 three times and 1/4 twice.
        assert!(near(platt.probability(score), (3.0 * 0.8 + 2.0 * 0.25) / 5.0), "{score}");
    }
}

#[test]
fn rows_of_one_kind_give_a_constant() {
    let platt = Platt::fit(&[1.0, 2.0, 3.0], &[true; 3], None).unwrap();
    assert!(platt.slope.abs() < 1e-9);
    assert!((platt.probability(2.0) - 0.8).abs() < 1e-9);
    let platt = Platt::fit(&[1.0, 2.0, 3.0], &[false; 3], None).unwrap();
    assert!((platt.probability(2.0) - 0.2).abs() < 1e-9);
}

#[test]
fn the_unit_and_origin_of_scores_do_not_matter() {
    let (scores, positive) = sample(400, 4);
    let base = Platt::fit(&scores, &positive, None).unwrap();
    for unit in [1e-290, 1e-12, 1e6, 1e200, 5e307] {
        let scaled: Vec<f64> = scores.iter().map(|s| s * unit).collect();
        let platt = Platt::fit(&scaled, &positive, None).unwrap();
        assert!((platt.slope * unit - base.slope).abs() < 1e-9, "{unit}: {platt:?}");
        assert!((platt.intercept - base.intercept).abs() < 1e-9, "{unit}: {platt:?}");
    }
    let moved: Vec<f64> = scores.iter().map(|s| s + 1e6).collect();
    let platt = Platt::fit(&moved, &positive, None).unwrap();
    // Adding 1e6 rounds scores at 1e-10.
    assert!((platt.slope - base.slope).abs() < 1e-7);
    assert!((platt.probability(1e6 + 1.0) - base.probability(1.0)).abs() < 1e-7);
}

#[test]
fn an_outlier_does_not_stop_the_iteration() {
    let (mut scores, mut positive) = sample(200, 5);
    scores.push(-1e9);
    positive.push(true);
    let platt = Platt::fit(&scores, &positive, None).unwrap();
    assert!(platt.slope.is_finite() && platt.intercept.is_finite());
    let share = positive.iter().filter(|p| **p).count() as f64 / 201.0;
    let mean = scores.iter().map(|s| platt.probability(*s)).sum::<f64>() / 201.0;
    assert!((mean - share).abs() < 0.01, "{platt:?} {mean} {share}");
}

#[test]
fn a_weight_is_that_many_copies() {
    let (scores, positive) = sample(100, 6);
    let weights: Vec<f64> = (0..100).map(|i| f64::from(i % 4)).collect();
    let copies: Vec<usize> = (0..100).flat_map(|i| vec![i; i % 4]).collect();
    let weighted = Platt::fit(&scores, &positive, Some(&weights)).unwrap();
    let s: Vec<f64> = copies.iter().map(|&i| scores[i]).collect();
    let p: Vec<bool> = copies.iter().map(|&i| positive[i]).collect();
    let copied = Platt::fit(&s, &p, None).unwrap();
    assert!((weighted.slope - copied.slope).abs() < 1e-9);
    assert!((weighted.intercept - copied.intercept).abs() < 1e-9);
}

#[test]
fn bad_input_is_refused() {
    assert_eq!(Platt::fit(&[], &[], None).unwrap_err(), Error::NoRows);
    assert_eq!(Platt::fit(&[1.0], &[true], Some(&[0.0])).unwrap_err(), Error::NoRows);
    assert!(Platt::fit(&[f64::INFINITY], &[true], None).is_err());
    assert!(Platt::fit(&[1.0, 2.0], &[true], None).is_err());
    assert!(Platt::fit(&[1.0], &[true], Some(&[f64::NAN])).is_err());
    // Scores that differ by the least double: the slope is beyond any.
    let tiny = Platt::fit(&[0.0, 5e-324, 0.0, 5e-324], &[false, true, false, true], None);
    assert!(matches!(tiny, Err(Error::Numerical(_))));
}

#[test]
fn a_link_has_one_map_per_score() {
    let scores = [2.0, 0.0, 1.0, -1.0, 1.5, 0.0, 0.0, -2.0, 1.0, 1.0, 1.0, -1.0];
    let truth = [0, 1, 2, 0];
    let link = platt_link(3, 0, &scores, &truth, None).unwrap();
    let Link::Platt { slope, intercept } = link else { panic!("not a Platt link") };
    let column: Vec<f64> = scores.iter().copied().skip(1).step_by(3).collect();
    let one = Platt::fit(&column, &[false, true, false, false], None).unwrap();
    assert_eq!((slope[1], intercept[1]), (one.slope, one.intercept));
    assert_eq!((slope.len(), intercept.len()), (3, 3));

    let two = platt_link(2, 0, &[1.0, -1.0, 0.5], &[0, 1, 1], None).unwrap();
    let one = Platt::fit(&[1.0, -1.0, 0.5], &[true, false, false], None).unwrap();
    assert_eq!(two, Link::Platt { slope: vec![one.slope], intercept: vec![one.intercept] });

    assert!(platt_link(1, 0, &[1.0], &[0], None).is_err());
    assert!(platt_link(3, 0, &[1.0], &[0], None).is_err());
    assert!(platt_link(3, 0, &scores, &[0, 1, 3, 0], None).is_err());
}
