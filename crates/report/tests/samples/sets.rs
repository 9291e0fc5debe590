//! Outcomes whose rows carry sets of labels.
#![allow(clippy::unwrap_used, reason = "made up here, so that they fit")]

use linecall::FitOutcome;
use linecall_data::{Design, Labels};
use linecall_linear::metrics::{Bootstrap, SetCalls, set_curves, set_metrics};
use linecall_linear::{LinearModel, Link};

use super::outcomes::{base, path};
use super::random::Random;
use super::tables::{column, small_schema};

/// Calls of `labels` on simulated rows, the later labels the rarer ones.
fn calls(labels: &[String], rows: usize, seed: u64) -> SetCalls {
    let k = labels.len();
    let mut random = Random::new(seed);
    let x: Vec<Vec<f64>> = (0..rows)
        .map(|_| (0..k).map(|c| 1.6 * random.normal() - 0.4 * c as f64).collect())
        .collect();
    let truth = x.iter().map(|row| {
        let carried = |c: &usize| row[*c] + 1.2 * random.normal() > 0.0;
        (0..k).filter(carried).map(|c| c as u32).collect::<Vec<u32>>()
    });
    let truth = Labels::from_sets(labels.to_vec(), truth.collect::<Vec<_>>()).unwrap();
    let coef = (0..k).map(|c| (0..k).map(|j| f64::from(u8::from(j == c))).collect()).collect();
    let model =
        LinearModel::multilabel(coef, vec![0.0; k], labels.to_vec(), Link::Logistic).unwrap();
    let names: Vec<String> = (0..k).map(|j| j.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    SetCalls::of(&model, &Design::from_rows(&x, &names).unwrap(), &truth, None).unwrap()
}

fn outcome(names: &[&str], rows: usize, seed: u64) -> FitOutcome {
    let labels: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    let calls = calls(&labels, rows, seed);
    let metrics = set_metrics(&calls, &Bootstrap { replicates: 200, ..Bootstrap::default() });
    let counts: Vec<u64> =
        metrics.as_ref().unwrap().per_label.iter().map(|l| 5 * l.support).collect();
    let mut outcome = base(names, names, &counts);
    outcome.multilabel = true;
    outcome.fingerprint.rows = 5 * rows as u64;
    (outcome.train_rows, outcome.holdout_rows) = (4 * rows as u64, rows as u64);
    outcome.holdout_sets = Some(metrics.unwrap());
    outcome.curves = Some(set_curves(&calls).unwrap());
    outcome.intercept = vec![0.25; names.len()];
    let mut random = Random::new(seed + 1);
    let columns = ["temperature", "humidity", "wind"];
    outcome.coefficients = columns
        .iter()
        .map(|c| {
            let coef = (0..names.len()).map(|_| random.normal()).collect();
            column(c, None, None, coef, 0.9, true)
        })
        .collect();
    outcome.tuning = Some(path("min", "log loss, mean over labels", 0.21, 19, 3));
    outcome
}

/// Four labels of a table.
pub(crate) fn warnings() -> FitOutcome {
    let names = ["frost", "heat", "rain", "storm"];
    let mut outcome = outcome(&names, 180, 3);
    outcome.command = "linecall fit days.csv --target warnings '--multilabel=;'".to_owned();
    outcome.data = vec!["days.csv".to_owned()];
    let mut schema = small_schema("warnings", &names, &["temperature", "humidity", "wind"]);
    schema.target.multilabel = Some(';');
    outcome.schema = Some(schema);
    outcome
}

/// Two labels of a matrix, which are not two classes.
pub(crate) fn two_labels() -> FitOutcome {
    let mut outcome = outcome(&["rain", "storm"], 90, 7);
    outcome.data = vec!["days.libsvm".to_owned()];
    outcome
}

/// More labels than there are colours.
pub(crate) fn many_labels() -> FitOutcome {
    let names: Vec<String> = (0..24).map(|c| format!("topic {c:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut outcome = outcome(&names, 300, 9);
    outcome.data = vec!["topics.libsvm".to_owned()];
    outcome
}
