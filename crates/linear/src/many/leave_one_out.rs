//! The loss of each row by a model that did not see it.
//!
//! Exactly, by a fit without each row ([`leave_one_out`]), or by one Newton step from the fit to all
//! rows ([`leave_one_out_step`], see [`Influence`]): the step is what a fit would cost many times over,
//! and errs by the order of a row's share of the weight.
//!
//! Cost: exactly as [`Plan::fit_many`], one path a row; the step one curvature matrix and `d^2` a row.

use linecall_data::Dataset;

use super::{ManyOptions, Variation};
use crate::error::internal;
use crate::influence::Influence;
use crate::model::LinearModel;
use crate::plan::Plan;
use crate::{Error, Result};

/// Rows whose fits are kept at a time.
const BATCH: usize = 4_096;

/// Mean loss of rows that are left out in turn, at each strength. `watch` is told (fits done, fits in
/// all).
///
/// # Errors
/// As for [`Plan::fit`]; when the rows without one cannot be fitted.
pub fn leave_one_out(
    plan: &Plan,
    data: &Dataset,
    lambdas: &[f64],
    watch: &(dyn Fn(u64, u64) + Sync),
) -> Result<Vec<f64>> {
    let n = data.rows();
    let own = plan.row_weights(data, data.weights.as_deref())?;
    let rows: Vec<usize> = (0..n).filter(|&i| own[i] > 0.0).collect();
    let total = (rows.len() * lambdas.len()) as u64;
    let mut sums = vec![0.0; lambdas.len()];
    for (b, batch) in rows.chunks(BATCH).enumerate() {
        let vary = |p: usize| {
            let mut weights = data.weights.clone().unwrap_or_else(|| vec![1.0; n]);
            weights[batch[p]] = 0.0;
            Ok(Variation { weights: Some(weights), labels: None })
        };
        let before = (b * BATCH * lambdas.len()) as u64;
        let told = |done: u64, _: u64| watch(before + done, total);
        let asked = ManyOptions { lambdas, certify: false, watch: &told };
        for (&i, fits) in batch.iter().zip(plan.fit_many(data, batch.len(), &vary, asked)?) {
            let row = data.design.select_rows(&[i]).map_err(internal)?;
            let labels = data.labels.select(&[i]);
            for (sum, fit) in sums.iter_mut().zip(fits?) {
                let scores = fit.model(plan, data)?.scores(&row)?;
                *sum += own[i] * plan.loss_at(&scores, &labels, &[1.0], None)?;
            }
        }
    }
    Ok(sums)
}

/// The same at the strength of the plan, by one Newton step from a model that it fitted.
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::many::{leave_one_out, leave_one_out_step};
/// use linecall_linear::{Loss, Penalty, Plan};
///
/// let rows: Vec<Vec<f64>> = (0..80).map(|i| vec![f64::from(i % 10)]).collect();
/// let y = (0..80).map(|i| if i % 10 + i % 7 > 7 { "yes" } else { "no" });
/// let data = Dataset::new(Design::from_rows(&rows, &["dose"])?, Labels::from_names(y))?;
/// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
/// let exact = leave_one_out(&plan, &data, &[0.1], &|_, _| ())?[0];
/// let step = leave_one_out_step(&plan, &data, &plan.fit(&data)?.model)?;
/// assert!((exact - step).abs() < 1e-4 * exact);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`Influence::of`]; when rows carry sets of labels.
pub fn leave_one_out_step(plan: &Plan, data: &Dataset, model: &LinearModel) -> Result<f64> {
    if data.labels.is_multilabel() {
        return Err(Error::Setting {
            name: "labels",
            value: "sets".to_owned(),
            expected: "one class a row to leave rows out",
        });
    }
    let own = plan.row_weights(data, data.weights.as_deref())?;
    let scores = Influence::of(plan, model, data)?.left_out_scores();
    plan.loss_at(&scores, &data.labels, &own, None)
}
