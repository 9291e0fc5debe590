//! Definitions by brute force; weights as copies; the order of rows.

use linecall_linear::metrics::{
    Bootstrap, auc, average_precision, brier, confusion, curves, expected_calibration_error,
    log_loss, matthews, metrics,
};

use crate::common::{Random, Sample, near, values};

fn weight(s: &Sample, i: usize) -> f64 {
    s.weights.as_ref().map_or(1.0, |w| w[i])
}

/// AUC from all pairs.
fn pairs(s: &Sample) -> f64 {
    let (mut won, mut all) = (0.0, 0.0);
    for i in (0..s.truth.len()).filter(|&i| s.truth[i] == 1) {
        for j in (0..s.truth.len()).filter(|&j| s.truth[j] == 0) {
            let w = weight(s, i) * weight(s, j);
            all += w;
            if s.scores[i] > s.scores[j] {
                won += w;
            } else if s.scores[i] == s.scores[j] {
                won += w / 2.0;
            }
        }
    }
    won / all
}

/// Average precision from its definition: each distinct score as a threshold.
fn thresholds(s: &Sample) -> f64 {
    let mut cuts = s.scores.clone();
    cuts.sort_by(|a, b| b.total_cmp(a));
    cuts.dedup();
    let sum = |keep: &dyn Fn(usize) -> bool| -> f64 {
        (0..s.truth.len()).filter(|&i| keep(i)).map(|i| weight(s, i)).sum()
    };
    let positives = sum(&|i| s.truth[i] == 1);
    let (mut ap, mut before) = (0.0, 0.0);
    for cut in cuts {
        let above = sum(&|i| s.scores[i] >= cut);
        let hits = sum(&|i| s.scores[i] >= cut && s.truth[i] == 1);
        if hits > before {
            ap += (hits - before) / positives * (hits / above);
            before = hits;
        }
    }
    ap
}

#[test]
fn auc_counts_pairs_and_average_precision_thresholds() {
    for seed in 0..20 {
        let s = Sample::random(60, 2, seed % 2 == 0, seed);
        let inside: Vec<bool> = s.truth.iter().map(|&t| t == 1).collect();
        let w = s.weights.as_deref();
        let area = auc(&s.scores, &inside, w).unwrap().unwrap();
        assert!(near(area, pairs(&s)), "{seed}: {area} {}", pairs(&s));
        let ap = average_precision(&s.scores, &inside, w).unwrap().unwrap();
        assert!(near(ap, thresholds(&s)), "{seed}: {ap} {}", thresholds(&s));
    }
}

#[test]
fn auc_depends_on_ranks_only_and_turns_over_with_the_sign() {
    let s = Sample::random(80, 2, true, 5);
    let inside: Vec<bool> = s.truth.iter().map(|&t| t == 1).collect();
    let area = |f: fn(f64) -> f64| {
        let scores: Vec<f64> = s.scores.iter().map(|&v| f(v)).collect();
        auc(&scores, &inside, s.weights.as_deref()).unwrap().unwrap()
    };
    assert_eq!(area(|v| v), area(|v| v.exp() * 1e100));
    assert!(near(area(|v| v) + area(|v| -v), 1.0));
    assert_eq!(auc(&[0.0, -0.0], &[true, false], None).unwrap(), Some(0.5));
}

#[test]
fn single_functions_agree_with_the_whole() {
    for k in [2, 4] {
        let s = Sample::random(70, k, true, 9);
        let (m, w) = (s.metrics(), s.weights.as_deref());
        let p = s.probabilities.as_deref().unwrap();
        let same = |a: Option<f64>, b: Option<f64>| assert!(near(a.unwrap(), b.unwrap()));
        same(log_loss(p, k, &s.truth, w).unwrap(), m.log_loss.map(|i| i.value));
        same(brier(p, k, &s.truth, w).unwrap(), m.brier.map(|i| i.value));
        let counts = confusion(k, &s.truth, &s.called, w).unwrap();
        assert_eq!(counts, m.confusion.counts);
        same(matthews(&counts).unwrap(), m.mcc.map(|i| i.value));
        let stated: Vec<usize> =
            (0..70).map(|i| if k == 2 { 1 } else { s.called[i] as usize }).collect();
        let sure: Vec<f64> = (0..70).map(|i| p[i * k + stated[i]]).collect();
        let right: Vec<bool> = (0..70).map(|i| s.truth[i] as usize == stated[i]).collect();
        let ece = expected_calibration_error(&sure, &right, w).unwrap();
        same(ece, m.ece.map(|i| i.value));
    }
}

#[test]
fn calibration_error_by_hand() {
    // Bins of width 1/15: 0.1 and 0.12 share one, 0.5 another, 1.0 the last.
    let p = [0.1, 0.12, 0.5, 1.0];
    let right = [true, false, false, true];
    let ece = expected_calibration_error(&p, &right, None).unwrap().unwrap();
    let expected = ((0.22f64 - 1.0).abs() + 0.5 + 0.0) / 4.0;
    assert!(near(ece, expected), "{ece} {expected}");
}

#[test]
fn a_weight_is_that_many_copies() {
    for (k, seed) in [(2, 1), (2, 2), (3, 3), (5, 4)] {
        let weighted = Sample::random(90, k, true, seed);
        let copies: Vec<usize> =
            (0..90).flat_map(|i| vec![i; weight(&weighted, i) as usize]).collect();
        let copied = Sample { weights: None, ..weighted.select(&copies) };
        let (a, b) = (weighted.metrics(), copied.metrics());
        assert_eq!(a.weight, b.rows as f64);
        for (x, y) in values(&a).into_iter().zip(values(&b)) {
            assert_eq!(x.is_some(), y.is_some());
            assert!(near(x.unwrap_or(0.0), y.unwrap_or(0.0)), "{x:?} {y:?}");
        }
        let (a, b) = (curves(&weighted.predictions()), curves(&copied.predictions()));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.histogram, b.histogram);
        for (x, y) in a.roc.iter().zip(&b.roc) {
            assert_eq!(x.points.len(), y.points.len());
        }
    }
}

#[test]
fn a_row_of_weight_zero_is_no_row() {
    let s = Sample::random(50, 3, true, 6);
    let kept: Vec<usize> = (0..50).filter(|&i| weight(&s, i) > 0.0).collect();
    assert!(kept.len() < 50);
    assert_eq!(s.metrics(), s.select(&kept).metrics());
}

#[test]
fn the_unit_of_the_weights_changes_nothing() {
    let s = Sample::random(60, 2, true, 8);
    let base = s.metrics();
    for unit in [2f64.powi(-1000), 2f64.powi(1000)] {
        let weights = s.weights.as_ref().map(|w| w.iter().map(|v| v * unit).collect());
        let scaled = Sample { weights, ..s.clone() }.metrics();
        assert_eq!(scaled.auc, base.auc);
        assert_eq!(scaled.mcc, base.mcc);
        assert_eq!(scaled.ece, base.ece);
        assert_eq!(scaled.weight, base.weight * unit);
    }
}

#[test]
fn the_order_of_rows_changes_no_bit() {
    for k in [2, 4] {
        let mut s = Sample::random(120, k, false, 7);
        let mut rng = Random::new(3);
        s.weights = Some((0..120).map(|_| 0.1 + rng.uniform()).collect());
        let mut rows: Vec<usize> = (0..120).collect();
        for i in (1..120).rev() {
            rows.swap(i, rng.below(i + 1));
        }
        let shuffled = s.select(&rows);
        let json = |s: &Sample| {
            let m = metrics(&s.predictions(), &Bootstrap::default()).unwrap();
            let c = curves(&s.predictions()).unwrap();
            serde_json::to_string(&(m, c)).unwrap()
        };
        assert_eq!(json(&s), json(&shuffled));
    }
}

#[test]
fn the_class_chosen_as_positive_turns_the_scores_over() {
    let s = Sample::random(90, 2, false, 10);
    let mut turned = s.clone();
    turned.scores.iter_mut().for_each(|v| *v = -*v);
    let mut p = turned.predictions();
    p.positive = Some(0);
    let few = Bootstrap { replicates: 50, ..Bootstrap::default() };
    let (a, b) = (s.metrics(), metrics(&p, &few).unwrap());
    assert!(near(a.auc.unwrap().value, b.auc.unwrap().value));
    assert_eq!(a.brier.unwrap().value, b.brier.unwrap().value);
    assert_eq!(curves(&p).unwrap().roc[0].class, "c0");
}
