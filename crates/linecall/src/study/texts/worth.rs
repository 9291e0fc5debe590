//! What a model is worth on test rows.

use linecall_data::{Dataset, Term};
use linecall_features::text::TextRecipe;
use linecall_linear::LinearModel;
use linecall_linear::metrics::{Bootstrap, Calls, confusion, metrics};
use serde::{Deserialize, Serialize};

use crate::Result;

/// Wall seconds of a cell. They differ from run to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Learning the front end from the training rows and encoding them.
    pub represent: f64,
    /// Choosing the strength by folds, whose front ends were learnt before.
    pub tune: f64,
    /// Learning the model from all training rows.
    pub fit: f64,
}

/// How one class was called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// The class.
    pub class: String,
    /// Test rows of it.
    pub rows: u64,
    /// Rows rightly called this class over rows called this class; 0 where none was.
    pub precision: f64,
    /// Rows rightly called this class over rows of it; 0 where there are none.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// The n-grams with the largest coefficients in its favour.
    pub tokens: Vec<String>,
}

/// What a model is worth on test rows.
pub(super) struct Worth {
    /// 1 where a row was called rightly, else 0.
    pub(super) right: Vec<f64>,
    pub(super) accuracy: f64,
    pub(super) macro_f1: f64,
    pub(super) log_loss: Option<f64>,
    pub(super) calibration_error: Option<f64>,
    /// Root mean squared error of the called class's number.
    pub(super) rmse: Option<f64>,
    /// The same of the expected number, `sum_k k p_k`.
    pub(super) rmse_expected: Option<f64>,
    pub(super) per_class: Vec<ClassScore>,
}

/// Accuracy of a model on rows.
pub(super) fn accuracy(model: &LinearModel, data: &Dataset) -> Result<f64> {
    accuracy_of(model, &data.design, data.labels.codes())
}

/// Accuracy of a model on the rows of a design.
pub(super) fn accuracy_of(
    model: &LinearModel,
    design: &linecall_data::Design,
    truth: &[u32],
) -> Result<f64> {
    let scores = model.scores(design)?;
    let called = scores.chunks_exact(model.n_scores()).map(|row| model.class_of(row));
    let right = called.zip(truth).filter(|(call, truth)| *call == **truth as usize).count();
    Ok(right as f64 / truth.len().max(1) as f64)
}

/// Measures a model of n-grams on test rows; `tokens` are named for each class.
pub(super) fn worth(
    model: &LinearModel,
    recipe: &TextRecipe,
    test: &Dataset,
    tokens: usize,
) -> Result<Worth> {
    let calls = Calls::of(model, &test.design, &test.labels, None)?;
    let told = calls.predictions();
    let found = metrics(&told, &Bootstrap { replicates: 0, ..Bootstrap::default() })?;
    let classes = model.classes();
    let counts = confusion(classes.len(), told.truth, told.called, None)?;
    let per_class: Vec<ClassScore> = (0..classes.len())
        .map(|k| {
            let at = |row: usize, col: usize| {
                counts.get(row).and_then(|row: &Vec<f64>| row.get(col)).copied().unwrap_or(0.0)
            };
            let right = at(k, k);
            let truth: f64 = (0..classes.len()).map(|j| at(k, j)).sum();
            let called: f64 = (0..classes.len()).map(|j| at(j, k)).sum();
            let over = |all: f64| if all > 0.0 { right / all } else { 0.0 };
            ClassScore {
                class: classes.get(k).cloned().unwrap_or_default(),
                rows: truth as u64,
                precision: over(called),
                recall: over(truth),
                f1: if truth + called > 0.0 { 2.0 * right / (truth + called) } else { 0.0 },
                tokens: top(model, recipe, k, tokens),
            }
        })
        .collect();
    // A class that is neither there nor called says nothing.
    let told_of: Vec<f64> = per_class
        .iter()
        .filter(|own| {
            own.rows > 0
                || own.precision > 0.0
                || told
                    .called
                    .iter()
                    .any(|c| classes.get(*c as usize).is_some_and(|name| *name == own.class))
        })
        .map(|own| own.f1)
        .collect();
    let numbers = numbers(classes);
    let truth = |row: usize| told.truth.get(row).map_or(0, |c| *c as usize);
    let error = |guess: &dyn Fn(usize, &[f64]) -> Option<f64>| -> Option<f64> {
        let values = numbers.as_ref()?;
        let squares: Option<Vec<f64>> = (0..told.rows())
            .map(|row| Some((guess(row, values)? - values.get(truth(row))?).powi(2)))
            .collect();
        let squares = squares?;
        Some((squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt())
    };
    let called = |row: usize, values: &[f64]| values.get(*told.called.get(row)? as usize).copied();
    let expected = |row: usize, values: &[f64]| {
        let k = values.len();
        let own = told.probabilities?.get(row * k..(row + 1) * k)?;
        Some(own.iter().zip(values).map(|(p, v)| p * v).sum())
    };
    Ok(Worth {
        right: told
            .truth
            .iter()
            .zip(told.called)
            .map(|(truth, call)| f64::from(u8::from(truth == call)))
            .collect(),
        accuracy: found.accuracy.value,
        macro_f1: told_of.iter().sum::<f64>() / told_of.len().max(1) as f64,
        log_loss: found.log_loss.map(|own| own.value),
        calibration_error: found.ece.map(|own| own.value),
        rmse: error(&called),
        rmse_expected: error(&expected),
        per_class,
    })
}

/// The numbers that three or more classes are, if they are numbers.
fn numbers(classes: &[String]) -> Option<Vec<f64>> {
    let values: Option<Vec<f64>> =
        classes.iter().map(|c| c.parse().ok().filter(|v: &f64| v.is_finite())).collect();
    values.filter(|values| values.len() > 2)
}

/// The n-grams that speak most for a class.
fn top(model: &LinearModel, recipe: &TextRecipe, class: usize, most: usize) -> Vec<String> {
    let Some(vocabulary) = recipe.vocabulary() else { return Vec::new() };
    let (score, sign) = match model.positive() {
        Some(positive) => (0, if class == positive { 1.0 } else { -1.0 }),
        None => (class, 1.0),
    };
    let Some(coef) = model.coef().get(score) else { return Vec::new() };
    let mut order: Vec<(f64, usize)> =
        coef.iter().enumerate().map(|(j, w)| (sign * w, j)).filter(|own| own.0 > 0.0).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    order
        .into_iter()
        .take(most)
        .map(|(_, j)| match vocabulary.shown(j) {
            Term::Gram(gram) => gram,
            _ => String::new(),
        })
        .collect()
}
