//! Which training rows moved the coefficients.

use linecall_data::Dataset;
use linecall_linear::{
    Change, Influence, Loss, Plan, RowDiagnostic, RowDiagnostics, refit_without,
};
use serde::Serialize;

use super::{DiagnoseOptions, deviations};
use crate::challenge::ELSEWHERE;
use crate::{Method, Pipeline};

/// The fit without a row, exactly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refit {
    /// The row's scores by that fit.
    pub left_out: Vec<f64>,
    /// The largest change of a coefficient (per standard deviation) by that fit.
    pub change: f64,
    /// The largest difference of the one step from it, likewise.
    pub error: f64,
}

/// What is known of a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowLine {
    /// The row, from 1.
    pub row: u64,
    /// Its class.
    pub class: String,
    /// From 0 to 1: how far it decides its own score.
    pub leverage: f64,
    /// Its loss, weight left out.
    pub loss: f64,
    /// Response residual, towards the positive class; two classes only, as the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<f64>,
    /// Pearson residual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pearson: Option<f64>,
    /// Deviance residual.
    pub deviance: f64,
    /// Studentised residual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub studentized: Option<f64>,
    /// Studentised with the variance without the row; squared loss only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub studentized_external: Option<f64>,
    /// Cook's distance; absent where the row decides a coefficient alone, as all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cook: Option<f64>,
    /// The coefficient that it moves most, in the user's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves: Option<String>,
    /// That move in standard errors, with the row minus without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dfbetas: Option<f64>,
    /// Its scores.
    pub scores: Vec<f64>,
    /// Its scores by the model without it.
    pub left_out: Vec<f64>,
    /// The fit without it, where it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refit: Option<Refit>,
}

/// What is known of all training rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowsPart {
    /// Effective degrees of freedom: the sum of the leverages.
    pub degrees: f64,
    /// The residual variance of the squared loss; 1 for others, absent where none is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispersion: Option<f64>,
    /// Whether the changes without a row are those of a refit, rather than one Newton step.
    pub exact: bool,
    /// Rows with a leverage above twice the mean.
    pub high_leverage: u64,
    /// Rows with a Cook's distance above `4 / n`.
    pub high_cook: u64,
    /// Rows that move a coefficient by more than `2 / sqrt(n)` standard errors.
    pub high_dfbetas: u64,
    /// Rows that decide a coefficient alone (leverage 1).
    pub alone: u64,
    /// Rows whose own call is another one without them.
    pub turned: u64,
    /// The rows that moved the coefficients most, by Cook's distance.
    pub rows: Vec<RowLine>,
    /// The rows of the largest leverage.
    pub leverage: Vec<RowLine>,
    /// Every row, where asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub every: Vec<RowLine>,
}

pub(super) fn rows(
    pipeline: &Pipeline,
    data: &Dataset,
    training: bool,
    options: &DiagnoseOptions,
) -> Result<RowsPart, String> {
    if matches!(pipeline.training.plan, Method::Imported(_)) {
        return Err(ELSEWHERE.to_owned());
    }
    if !training {
        return Err("the training data are needed, and these are others".to_owned());
    }
    let Method::Penalised(plan) = &pipeline.training.plan else {
        return Err("it is told for penalised losses, not for closed forms and single passes; \
                    with --loss squared the closed form of ridge regression is one"
            .to_owned());
    };
    let text = |error: linecall_linear::Error| error.to_string();
    let influence = Influence::of(plan, &pipeline.model, data).map_err(text)?;
    let found = influence.diagnostics(plan, data).map_err(text)?;
    let rows = &found.rows;
    let live = rows.iter().filter(|row| row.share > 0.0).count().max(1) as f64;
    let count = |of: &dyn Fn(&RowDiagnostic) -> bool| rows.iter().filter(|r| of(r)).count() as u64;
    let sorted = |of: &dyn Fn(&RowDiagnostic) -> Option<f64>| -> Vec<usize> {
        let mut order: Vec<(usize, f64)> =
            rows.iter().enumerate().filter_map(|(i, row)| Some((i, of(row)?))).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        order.into_iter().take(options.top).map(|(i, _)| i).collect()
    };
    let words = Words { pipeline, data, found: &found };
    let mut heavy: Vec<RowLine> = Vec::new();
    let unit = deviations(&data.design, data.weights.as_deref())?;
    for (place, i) in sorted(&|row| row.cook).into_iter().enumerate() {
        let mut line = words.line(i);
        if place < options.refits {
            line.refit = refit(pipeline, plan, data, &influence, i, &unit);
        }
        heavy.push(line);
    }
    let call = |scores: &[f64]| pipeline.model.class_of(scores);
    Ok(RowsPart {
        degrees: found.degrees,
        dispersion: found.dispersion,
        exact: exact(plan, data),
        high_leverage: count(&|row| row.leverage > 2.0 * found.degrees / live),
        high_cook: count(&|row| row.cook.is_some_and(|cook| cook > 4.0 / live)),
        high_dfbetas: count(&|row| row.moved.is_some_and(|m| m.dfbetas.abs() > 2.0 / live.sqrt())),
        alone: count(&|row| row.share > 0.0 && row.left_out.is_empty()),
        turned: count(&|row| !row.left_out.is_empty() && call(&row.left_out) != call(&row.scores)),
        rows: heavy,
        leverage: sorted(&|row| Some(row.leverage)).into_iter().map(|i| words.line(i)).collect(),
        every: match options.every {
            true => (0..rows.len()).map(|i| words.line(i)).collect(),
            false => Vec::new(),
        },
    })
}

/// Whether one step is the refit: the objective is a parabola, and what rows share stays.
fn exact(plan: &Plan, data: &Dataset) -> bool {
    let even = data.weights.as_ref().is_none_or(|w| w.iter().all(|s| Some(s) == w.first()));
    let plain = plan.class_weight == crate::ClassWeight::None;
    plan.loss == Loss::Squared
        && plain
        && (plan.penalty.lambda() == 0.0 || (!plan.standardize && even))
}

/// The fit without a row beside the step; `None` where there is none (a class would be gone).
fn refit(
    pipeline: &Pipeline,
    plan: &Plan,
    data: &Dataset,
    influence: &Influence<'_>,
    row: usize,
    unit: &[f64],
) -> Option<Refit> {
    let step = influence.coefficients_without(row)?;
    let (exact, model) = refit_without(plan, &pipeline.model, data, row).ok()?;
    let own = data.design.select_rows(&[row]).ok()?;
    let largest = |of: &dyn Fn(usize, usize) -> f64, change: &Change| {
        let each = (0..change.coef.len())
            .flat_map(|c| (0..unit.len()).map(move |j| (c, j)))
            .map(|(c, j)| (of(c, j) * unit[j]).abs());
        each.fold(0.0, f64::max)
    };
    Some(Refit {
        left_out: model.scores(&own).ok()?,
        change: largest(&|c, j| exact.coef[c][j], &exact),
        error: largest(&|c, j| exact.coef[c][j] - step.coef[c][j], &exact),
    })
}

/// Rows in the user's words.
struct Words<'a> {
    pipeline: &'a Pipeline,
    data: &'a Dataset,
    found: &'a RowDiagnostics,
}

impl Words<'_> {
    fn line(&self, i: usize) -> RowLine {
        let row = &self.found.rows[i];
        let labels = &self.data.labels;
        let code = labels.codes().get(i).copied().unwrap_or(0) as usize;
        let classes = labels.classes();
        let moves = row.moved.map(|moved| {
            let column = match moved.column.and_then(|j| self.data.design.column(j)) {
                Some(column) => column.name(),
                None => "(intercept)".to_owned(),
            };
            let score = (self.pipeline.model.n_scores() > 1).then(|| classes.get(moved.score));
            match score.flatten() {
                Some(class) => format!("{column} for {class}"),
                None => column,
            }
        });
        RowLine {
            row: i as u64 + 1,
            class: classes.get(code).cloned().unwrap_or_default(),
            leverage: row.leverage,
            loss: row.loss,
            response: row.response,
            pearson: row.pearson,
            deviance: row.deviance,
            studentized: row.studentized,
            studentized_external: row.studentized_external,
            cook: row.cook,
            moves,
            dfbetas: row.moved.map(|moved| moved.dfbetas),
            scores: row.scores.clone(),
            left_out: row.left_out.clone(),
            refit: None,
        }
    }
}
