//! How far each row is from being called otherwise, towards its own class.

use linecall_data::Dataset;
use linecall_linear::LinearModel;

use crate::{Error, Result};

/// The geometric margin of each row: its distance from the nearest boundary of its class, below 0
/// on the wrong side. Of two classes `y (w.x + b) / |w|`; of more the least over other classes `k`
/// of `(s_y - s_k) / |w_y - w_k|`. `unit` are what columns are divided by first (their standard
/// deviations, say); `None` takes them as they are. A row between classes of the same coefficients
/// has no margin (`None`).
///
/// # Errors
/// When the data do not fit the model, or rows carry sets of labels.
pub fn margins(
    model: &LinearModel,
    data: &Dataset,
    unit: Option<&[f64]>,
) -> Result<Vec<Option<f64>>> {
    if model.is_multilabel() || data.labels.is_multilabel() {
        return Err(Error::Model(
            "rows carry sets of labels: a row has a margin for each label, and none of its own"
                .to_owned(),
        ));
    }
    let (found, expected) = (data.labels.classes().len(), model.classes().len());
    if found != expected {
        return Err(Error::Shape { what: "classes", found, expected });
    }
    if let Some(unit) = unit.filter(|unit| unit.len() != model.n_features()) {
        let (found, expected) = (unit.len(), model.n_features());
        return Err(Error::Shape { what: "units of columns", found, expected });
    }
    let size = |w: &dyn Fn(usize) -> f64| -> f64 {
        let one = |j: usize| w(j) * unit.map_or(1.0, |unit| unit[j]);
        (0..model.n_features()).map(|j| one(j).powi(2)).sum::<f64>().sqrt()
    };
    let k = model.n_scores();
    let scores = model.scores(&data.design)?;
    let coef = model.coef();
    if let Some(positive) = model.positive() {
        let norm = size(&|j| coef[0][j]);
        let own = |(score, &code): (&f64, &u32)| {
            let signed = if code as usize == positive { *score } else { -score };
            (norm > 0.0).then(|| signed / norm)
        };
        return Ok(scores.iter().zip(data.labels.codes()).map(own).collect());
    }
    let norms: Vec<f64> = (0..k * k)
        .map(|p| if p / k < p % k { size(&|j| coef[p / k][j] - coef[p % k][j]) } else { 0.0 })
        .collect();
    let norm = |a: usize, b: usize| norms[a.min(b) * k + a.max(b)];
    let own = |(scores, &code): (&[f64], &u32)| {
        let y = code as usize;
        let one = |c: usize| (scores[y] - scores[c]) / norm(y, c);
        (0..k).filter(|c| *c != y && norm(y, *c) > 0.0).map(one).min_by(f64::total_cmp)
    };
    Ok(scores.chunks_exact(k).zip(data.labels.codes()).map(own).collect())
}
