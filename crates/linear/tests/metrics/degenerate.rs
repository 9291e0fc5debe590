//! Input at the edges: nothing, one class, certainty, numbers that are none.

use linecall_data::{Design, Labels};
use linecall_linear::metrics::{Bootstrap, Calls, auc, curves, log_loss, metrics};
use linecall_linear::{Error, LinearModel, Link};

use crate::common::Sample;

fn refused(s: &Sample) -> String {
    let error = metrics(&s.predictions(), &Bootstrap::default()).unwrap_err();
    assert_eq!(curves(&s.predictions()).unwrap_err(), error);
    let line = error.to_string();
    assert!(!line.contains('\n'));
    line
}

#[test]
fn no_rows_are_refused() {
    let mut s = Sample::empty(2);
    let error = metrics(&s.predictions(), &Bootstrap::default()).unwrap_err();
    assert_eq!(error, Error::NoRows);
    s = Sample::two(&[1.0, -1.0], &[1, 0]);
    s.weights = Some(vec![0.0, 0.0]);
    assert_eq!(metrics(&s.predictions(), &Bootstrap::default()).unwrap_err(), Error::NoRows);
    assert_eq!(auc(&[], &[], None).unwrap(), None);
    assert_eq!(log_loss(&[], 2, &[], None).unwrap(), None);
}

#[test]
fn one_class_leaves_what_needs_two_undefined() {
    let m = Sample::two(&[1.0, 2.0, -1.0], &[1, 1, 1]).metrics();
    assert!(m.auc.is_none() && m.average_precision.is_none());
    assert!(m.mcc.is_none() && m.balanced_accuracy.is_none());
    assert!(m.per_class[0].recall.is_none());
    assert_eq!(m.per_class[0].precision.unwrap().value, 0.0);
    assert!(m.log_loss.is_some() && m.brier.is_some() && m.ece.is_some());
    let c = curves(&Sample::two(&[1.0, 2.0, -1.0], &[1, 1, 1]).predictions()).unwrap();
    assert!(c.roc.is_empty() && c.precision_recall.is_empty());
    assert_eq!(c.calibration.len(), 1);
}

#[test]
fn a_class_never_called_has_no_precision() {
    let m = Sample::two(&[1.0, 2.0, 3.0, 4.0], &[0, 1, 0, 1]).metrics();
    assert!(m.mcc.is_none());
    assert!(m.per_class[0].precision.is_none());
    assert_eq!(m.per_class[0].recall.unwrap().value, 0.0);
    assert_eq!(m.per_class[0].f1.unwrap().value, 0.0);
    assert_eq!(m.balanced_accuracy.unwrap().value, 0.5);
}

#[test]
fn a_class_that_does_not_occur_is_left_out_of_the_means() {
    let mut s = Sample::random(60, 3, false, 1);
    s.truth.iter_mut().for_each(|t| *t = (*t).min(1));
    let m = s.metrics();
    assert!(m.auc.is_some() && m.balanced_accuracy.is_some());
    assert!(m.per_class[2].recall.is_none());
    assert_eq!(m.per_class[2].support, 0);
    assert_eq!(curves(&s.predictions()).unwrap().roc.len(), 2);
}

#[test]
fn a_perfect_classifier_is_perfect_but_not_certain() {
    let scores: Vec<f64> = (0..20).map(|i| f64::from(i) - 9.5).collect();
    let truth: Vec<u32> = scores.iter().map(|&s| u32::from(s > 0.0)).collect();
    let m = Sample::two(&scores, &truth).metrics();
    assert_eq!((m.accuracy.value, m.accuracy.high), (1.0, 1.0));
    // Wilson at 20 of 20: 20 / (20 + 1.96^2).
    assert!((m.accuracy.low - 20.0 / (20.0 + 1.959_963_984_540_054f64.powi(2))).abs() < 1e-12);
    assert_eq!(m.auc.unwrap().value, 1.0);
    assert_eq!(m.average_precision.unwrap().value, 1.0);
    assert_eq!(m.mcc.unwrap().value, 1.0);
    assert_eq!(m.balanced_accuracy.unwrap().low, 1.0);
    let roc = curves(&Sample::two(&scores, &truth).predictions()).unwrap().roc;
    assert_eq!(roc[0].points, [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
}

#[test]
fn fractional_weights_leave_perfection_exact() {
    let scores: Vec<f64> = (0..21).map(|i| f64::from(i) - 10.0).collect();
    let truth: Vec<u32> = scores.iter().map(|&s| u32::from(s > 0.0)).collect();
    let mut s = Sample::two(&scores, &truth);
    s.weights = Some((0..21).map(|i| 0.1 + 0.3 * f64::from(i % 4)).collect());
    let m = s.metrics();
    assert_eq!(m.accuracy.value, 1.0);
    assert!(m.per_class.iter().all(|c| c.recall.unwrap().value == 1.0));
}

#[test]
fn constant_scores_rank_nothing() {
    let m = Sample::two(&[0.5; 8], &[0, 1, 0, 1, 0, 1, 0, 1]).metrics();
    assert_eq!(m.auc.unwrap().value, 0.5);
    assert_eq!(m.average_precision.unwrap().value, 0.5);
    let s = Sample::two(&[0.5; 8], &[0, 1, 0, 1, 0, 1, 0, 1]);
    let c = curves(&s.predictions()).unwrap();
    assert_eq!(c.roc[0].points, [[0.0, 0.0], [1.0, 1.0]]);
    assert_eq!(c.calibration[0].bins.len(), 1);
}

#[test]
fn a_certain_mistake_costs_a_finite_amount() {
    let loss = log_loss(&[1.0, 0.0], 2, &[1], None).unwrap().unwrap();
    assert_eq!(loss, -f64::EPSILON.ln());
    let right = log_loss(&[0.0, 1.0], 2, &[1], None).unwrap().unwrap();
    assert!(right == 0.0 && right.is_sign_positive());
}

#[test]
fn too_few_rows_for_an_interval_give_the_whole_range() {
    // One row of each class: e^-1 + e^-1 - e^-2 = 0.60 of the replicates lack one of them.
    let m = Sample::two(&[1.0, -1.0], &[1, 0]).metrics();
    let auc = m.auc.unwrap();
    assert_eq!((auc.value, auc.low, auc.high), (1.0, 0.0, 1.0));
    assert_eq!(m.mcc.unwrap().low, -1.0);
}

#[test]
fn a_model_without_probabilities_has_no_metrics_of_them() {
    for k in [2, 3] {
        let s = Sample { probabilities: None, ..Sample::random(80, k, false, 4) };
        let m = s.metrics();
        assert!(m.log_loss.is_none() && m.brier.is_none() && m.ece.is_none());
        assert!(m.auc.is_some() && m.average_precision.is_some());
        let c = curves(&s.predictions()).unwrap();
        assert!(c.calibration.is_empty());
        assert_eq!(c.histogram.counts.len(), k);
    }
}

#[test]
fn json_never_holds_null_for_an_end() {
    for s in [
        Sample::two(&[1.0], &[1]),
        Sample::two(&[1.0, -1.0], &[0, 0]),
        Sample::two(&[f64::MAX, f64::MIN, 0.0], &[0, 1, 1]),
        Sample::random(4, 4, false, 2),
    ] {
        let m = serde_json::to_value(s.metrics()).unwrap();
        let c = serde_json::to_value(curves(&s.predictions()).unwrap()).unwrap();
        assert!(!c.to_string().contains("null"), "{c}");
        for (name, field) in m.as_object().unwrap() {
            assert!(
                field.is_null() || !field["low"].is_null() || field["value"].is_null(),
                "{name}"
            );
        }
        let back: linecall_linear::metrics::Metrics = serde_json::from_value(m).unwrap();
        assert_eq!(back, s.metrics());
    }
}

#[test]
fn bad_numbers_are_named() {
    let good = Sample::random(10, 2, false, 3);
    let mut s = good.clone();
    s.scores[3] = f64::NAN;
    assert_eq!(refused(&s), "the score of row 4 is NaN, expected a finite number");
    s = good.clone();
    s.probabilities.as_mut().unwrap()[5] = 1.5;
    assert_eq!(refused(&s), "a probability of row 3 is 1.5, expected a number from 0 to 1");
    s = good.clone();
    s.weights = Some(vec![-1.0; 10]);
    assert!(refused(&s).starts_with("the weight of row 1 is -1"));
    s.weights = Some(vec![f64::MAX; 10]);
    assert!(refused(&s).contains("sum of the row weights"));
    s.weights = Some(vec![1.0; 9]);
    assert_eq!(refused(&s), "row weights: 9, expected 10");
    s = good.clone();
    s.truth[9] = 2;
    assert!(refused(&s).starts_with("the true class of row 10 has code 2"));
    s = good.clone();
    s.scores.pop();
    assert_eq!(refused(&s), "scores: 9, expected 10");
}

#[test]
fn settings_of_the_bootstrap_are_checked() {
    let s = Sample::random(10, 2, false, 3);
    for level in [0.0, 1.0, 95.0, f64::NAN] {
        let b = Bootstrap { level, ..Bootstrap::default() };
        let e = metrics(&s.predictions(), &b).unwrap_err();
        assert!(matches!(e, Error::Setting { name: "level", .. }), "{e}");
    }
    let b = Bootstrap { replicates: u64::MAX, ..Bootstrap::default() };
    let e = metrics(&s.predictions(), &b).unwrap_err();
    assert!(matches!(e, Error::Setting { name: "replicates", .. }), "{e}");
    let mut p = s.predictions();
    p.positive = None;
    assert!(metrics(&p, &Bootstrap::default()).is_err());
}

#[test]
fn labels_are_matched_to_classes_by_name() {
    let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
    let coef = vec![vec![1.0], vec![0.0], vec![-1.0]];
    let model = LinearModel::new(coef, vec![0.0; 3], classes, 0, Link::Softmax).unwrap();
    let x = Design::from_rows(&[vec![2.0], vec![-2.0], vec![3.0]], &["x"]).unwrap();
    let y = Labels::from_names(["a", "c", "c"]);
    let calls = Calls::of(&model, &x, &y, Some(&[1.0, 1.0, 2.0])).unwrap();
    let p = calls.predictions();
    assert_eq!(p.truth, [0, 2, 2]);
    assert_eq!(p.called, [0, 2, 0]);
    assert_eq!(metrics(&p, &Bootstrap::default()).unwrap().accuracy.value, 0.5);
    let strange = Labels::from_names(["a", "d", "c"]);
    let error = Calls::of(&model, &x, &strange, None).unwrap_err();
    assert_eq!(error, Error::UnknownClass { class: "d".to_owned(), row: 2 });
    assert!(Calls::of(&model, &x, &y, Some(&[1.0])).is_err());
    assert!(Calls::of(&model, &x, &Labels::from_names(["a"]), None).is_err());
}
