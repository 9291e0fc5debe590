//! How lambda was chosen.

use linecall::{FitOutcome, PathPoint, Tuning};
use serde::Serialize;

use crate::Error;
use crate::chart::{Figure, penalty_path};
use crate::number::{fixed, significant, whole};

/// Most rows of the path's table.
const ROWS: usize = 120;

/// The path of cross-validation.
#[derive(Debug, Serialize)]
pub(crate) struct TuningView {
    sentence: String,
    figure: Option<Figure>,
    criterion: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    lambda: String,
    mean: String,
    standard_error: String,
    nonzero: String,
    mark: &'static str,
}

impl TuningView {
    /// `None` where there is no penalty to speak of: closed forms and single passes.
    pub(super) fn new(outcome: &FitOutcome) -> Result<Option<Self>, Error> {
        let Some(certificate) = outcome.optimum() else { return Ok(None) };
        let Some(tuning) = &outcome.tuning else {
            let lambda = significant(certificate.lambda);
            let sentence = if certificate.penalty == "none" {
                "The model was fitted without a penalty, so there was nothing to choose.".to_owned()
            } else {
                format!(
                    "The penalty strength λ = {lambda} was given, not chosen by cross-validation."
                )
            };
            let (criterion, rows) = (String::new(), Vec::new());
            return Ok(Some(Self { sentence, figure: None, criterion, rows }));
        };
        Ok(Some(Self {
            sentence: sentence(tuning),
            figure: penalty_path(tuning)?,
            criterion: tuning.criterion.clone(),
            rows: tuning
                .path
                .iter()
                .enumerate()
                .take(ROWS)
                .map(|(k, p)| row(tuning, k, p))
                .collect(),
        }))
    }
}

fn sentence(tuning: &Tuning) -> String {
    let Some(point) = tuning.path.get(tuning.chosen) else {
        return String::new();
    };
    format!(
        "λ = {} was chosen among {} values by {}-fold cross-validation ({} folds): mean {} {}, \
         standard error {}, with {} nonzero coefficients.",
        significant(point.lambda),
        tuning.path.len(),
        tuning.folds,
        tuning.scheme,
        tuning.criterion,
        fixed(point.mean, 4),
        fixed(point.standard_error, 4),
        whole(point.nonzero)
    )
}

fn row(tuning: &Tuning, k: usize, point: &PathPoint) -> Row {
    let mark = match (k == tuning.chosen, k == tuning.minimum) {
        (true, true) => "chosen, lowest mean",
        (true, false) => "chosen",
        (false, true) => "lowest mean",
        (false, false) => "",
    };
    Row {
        lambda: significant(point.lambda),
        mean: fixed(point.mean, 5),
        standard_error: fixed(point.standard_error, 5),
        nonzero: whole(point.nonzero),
        mark,
    }
}
