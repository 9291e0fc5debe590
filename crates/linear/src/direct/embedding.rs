//! Vectors of columns averaged into a linear head, as a learner like the others: fitted by
//! [`crate::embedding`] and collapsed to coefficients. Of texts the rows should be shares
//! (`weighting = "count"`, `norm = "l1"`), so that a row is the average of its n-grams' vectors.

use linecall_data::Dataset;

use super::task::{Notes, Solved};
use super::{DirectPlan, Learner};
use crate::embedding::{EmbeddingPlan, RowScale};
use crate::{Error, Result};

/// Visits of rows that are enough where nothing is said.
const VISITS: usize = 100_000;

/// The coefficients that the vectors collapse to, in favour of the second of two classes.
pub(super) fn solve(plan: &DirectPlan, data: &Dataset) -> Result<Solved> {
    let Learner::Embedding { dim, epochs, learning_rate, seed } = plan.learner else {
        return Err(Error::NoRows);
    };
    // Few rows are gone through more often.
    let enough = VISITS.div_ceil(data.rows().max(1)).clamp(5, 100) as u32;
    let epochs = epochs.unwrap_or(enough);
    let own = EmbeddingPlan {
        dim: dim as usize,
        epochs,
        learning_rate,
        rows: RowScale::Plain,
        class_weight: plan.class_weight.clone(),
        positive: 1,
        seed,
        ..EmbeddingPlan::default()
    };
    let model = own.fit(data)?.embedding.collapse()?;
    let notes = Notes { passes: u64::from(epochs), ..Notes::default() };
    Ok(Solved { coef: model.coef().to_vec(), intercept: model.intercept().to_vec(), notes })
}
