//! JSON of a scikit-learn classifier: its attributes under their own names.

use linecall_data::{Error, ErrorKind, Place};
use serde::Deserialize;
use serde_json::Value;

use super::{Foreign, ImportLink, refuse};

/// Attributes that are read; others are refused, so that a misspelt one is not passed over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attributes {
    coef_: Rows,
    intercept_: Numbers,
    classes_: Vec<Value>,
    #[serde(default)]
    feature_names_in_: Option<Vec<String>>,
    /// Class name of the estimator.
    #[serde(default)]
    estimator: Option<String>,
    /// How `predict_proba` is made, where the estimator's name does not tell.
    #[serde(default)]
    link: Option<ImportLink>,
    /// Of a `StandardScaler` before the classifier: subtracted from the columns.
    #[serde(default)]
    mean_: Option<Vec<f64>>,
    /// Of a `StandardScaler`: what columns are divided by.
    #[serde(default)]
    scale_: Option<Vec<f64>>,
}

/// One row a score, or the single row by itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rows {
    Many(Vec<Vec<f64>>),
    One(Vec<f64>),
}

/// One number a score, or one for all (`fit_intercept=False` leaves a plain 0).
#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    Many(Vec<f64>),
    One(f64),
}

pub(super) fn read(text: &str) -> Result<Foreign, Error> {
    let text = text.trim_start_matches('\u{feff}');
    let found: Attributes = serde_json::from_str(text).map_err(|e| {
        let place = match e.line() {
            0 => Place::default(),
            line => Place::default().line(line as u64),
        };
        refuse(ErrorKind::Format, e.to_string()).at(place).mend(
            "write coef_, intercept_ and classes_ as JSON (docs/import.md has the ten lines of \
             Python); NaN and infinities cannot be imported",
        )
    })?;
    let mut coef = match found.coef_ {
        Rows::Many(rows) => rows,
        Rows::One(row) => vec![row],
    };
    let mut intercept = match found.intercept_ {
        Numbers::Many(values) => values,
        Numbers::One(value) => vec![value; coef.len()],
    };
    if found.mean_.is_some() || found.scale_.is_some() {
        unscale(&mut coef, &mut intercept, found.mean_.as_deref(), found.scale_.as_deref())?;
    }
    let classes = found.classes_.iter().map(class).collect::<Result<Vec<_>, _>>()?;
    let link = found.link.or_else(|| link_of(found.estimator.as_deref()?));
    Ok(Foreign {
        coef,
        intercept,
        speaks_for: 1,
        classes,
        features: found.feature_names_in_,
        link,
        trainer: found.estimator,
        remarks: Vec::new(),
    })
}

/// Coefficients per unit of columns that were standardised before the classifier saw them:
/// `w (x - mean) / scale + b = (w / scale) x + b - sum w mean / scale`.
fn unscale(
    coef: &mut [Vec<f64>],
    intercept: &mut [f64],
    mean: Option<&[f64]>,
    scale: Option<&[f64]>,
) -> Result<(), Error> {
    for (name, values) in [("mean_", mean), ("scale_", scale)] {
        let wrong = |row: &&Vec<f64>| values.is_some_and(|v| v.len() != row.len());
        if let Some(row) = coef.iter().find(wrong) {
            let (found, expected) = (values.map_or(0, <[f64]>::len), row.len());
            return Err(refuse(
                ErrorKind::Format,
                format!("`{name}` has {found} numbers, and `coef_` has {expected} columns"),
            ));
        }
    }
    if let Some(zero) = scale.and_then(|s| s.iter().position(|v| *v == 0.0)) {
        return Err(refuse(ErrorKind::Value, format!("number {} of `scale_` is 0", zero + 1)));
    }
    for (row, b) in coef.iter_mut().zip(intercept) {
        for (j, w) in row.iter_mut().enumerate() {
            *w /= scale.and_then(|s| s.get(j)).copied().unwrap_or(1.0);
            *b -= *w * mean.and_then(|m| m.get(j)).copied().unwrap_or(0.0);
        }
    }
    Ok(())
}

/// A class as its text: booleans as Python prints them, whole numbers without a fraction.
fn class(value: &Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(true) => Ok("True".to_owned()),
        Value::Bool(false) => Ok("False".to_owned()),
        Value::Number(number) => Ok(match number.as_f64() {
            Some(v) if v.fract() == 0.0 && v.abs() < 9e15 => format!("{v:.0}"),
            _ => number.to_string(),
        }),
        other => Err(refuse(ErrorKind::Value, "a class is a text, a number or a truth value")
            .value(other.to_string())),
    }
}

/// How an estimator's probabilities are made, with its default settings.
fn link_of(estimator: &str) -> Option<ImportLink> {
    Some(match estimator {
        "LogisticRegression" | "LogisticRegressionCV" | "LinearDiscriminantAnalysis" => {
            ImportLink::Softmax
        }
        "LinearSVC"
        | "RidgeClassifier"
        | "RidgeClassifierCV"
        | "Perceptron"
        | "PassiveAggressiveClassifier" => ImportLink::Score,
        _ => return None,
    })
}
