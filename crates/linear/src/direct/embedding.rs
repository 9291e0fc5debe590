//! Vectors of columns averaged into a linear head, as a learner like the others: fitted by
//! [`crate::embedding`] and collapsed to coefficients. Of texts the rows should be shares
//! (`weighting = "count"`, `norm = "l1"`), so that a row is the average of its n-grams' vectors.
//! Columns that are no n-grams are centred and brought to a size like theirs first: one learning rate
//! is for all. A descent that diverges is begun again at a quarter of the rate.

use linecall_data::{Dataset, Design, Matrix};

use super::task::{Notes, Solved, Task};
use super::{DirectPlan, Learner};
use crate::embedding::{EmbeddingFit, EmbeddingPlan, RowScale};
use crate::error::internal;
use crate::scale::Scaling;
use crate::view::View;
use crate::{Error, Result};

/// Visits of rows that are enough where nothing is said.
const VISITS: usize = 100_000;
/// Rates that are tried.
const RATES: u32 = 6;
/// What the squares of a row's columns that are no n-grams sum to: about what those of the shares of
/// a text do.
const SQUARES: f64 = 0.06;

/// The coefficients that the vectors collapse to, in favour of the second of two classes.
pub(super) fn solve(plan: &DirectPlan, task: &Task, data: &Dataset) -> Result<Solved> {
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
    let units = Units::of(task, data);
    let model = match &units {
        None => settled(own, data)?,
        Some(units) => {
            let design = units.design(&data.design)?;
            settled(own, &Dataset { design, ..data.clone() })?
        }
    };
    let model = model.embedding.collapse()?;
    let (mut coef, mut intercept) = (model.coef().to_vec(), model.intercept().to_vec());
    if let Some(units) = &units {
        for (coef, intercept) in coef.iter_mut().zip(&mut intercept) {
            for &j in &units.columns {
                coef[j] *= units.scale[j];
                *intercept -= coef[j] * units.center[j];
            }
        }
    }
    let notes = Notes { passes: u64::from(epochs), ..Notes::default() };
    Ok(Solved { coef, intercept, notes })
}

/// The fit at the largest of a few rates, each a quarter of the one before, whose mean loss in the
/// last epoch is no worse than that of knowing nothing.
fn settled(mut plan: EmbeddingPlan, data: &Dataset) -> Result<EmbeddingFit> {
    let nothing = (data.labels.classes().len().max(2) as f64).ln();
    let mut left = RATES;
    loop {
        left -= 1;
        let fit = plan.fit(data);
        let holds = match &fit {
            Ok(fit) => fit.epochs.last().is_some_and(|epoch| epoch.loss <= 1.5 * nothing),
            Err(Error::Numerical(_)) => false,
            Err(_) => return fit,
        };
        if holds || left == 0 {
            return fit;
        }
        plan.learning_rate /= 4.0;
    }
}

/// Centre and scale of the columns that are no n-grams.
struct Units {
    columns: Vec<usize>,
    center: Vec<f64>,
    scale: Vec<f64>,
}

impl Units {
    /// `None` where all columns are n-grams.
    fn of(task: &Task, data: &Dataset) -> Option<Self> {
        let view = View::plain(&data.design);
        let is_gram = view.is_gram();
        let plain = |j: &usize| !is_gram.get(*j).copied().unwrap_or(false);
        let columns: Vec<usize> = (0..view.cols()).filter(plain).collect();
        if columns.is_empty() {
            return None;
        }
        let Scaling { center, mut scale, .. } = Scaling::of(&view, &task.share(), true, true);
        let size = (SQUARES / columns.len() as f64).sqrt();
        columns.iter().for_each(|&j| scale[j] *= size);
        Some(Self { columns, center, scale })
    }

    /// A design in these units; n-grams as they are.
    fn design(&self, design: &Design) -> Result<Design> {
        let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
        let mut row: Vec<(usize, f64)> = Vec::new();
        for i in 0..design.rows() {
            row.clear();
            let mut left = self.columns.iter().copied().peekable();
            let own = |j: usize, x: f64| (j, (x - self.center[j]) * self.scale[j]);
            design.for_each_in_row(i, |j, x| {
                // Plain columns that the row does not store hold 0.
                while let Some(&next) = left.peek()
                    && next <= j
                {
                    row.push(own(next, if next == j { x } else { 0.0 }));
                    left.next();
                }
                if row.last().is_none_or(|last| last.0 != j) {
                    row.push((j, x));
                }
            });
            row.extend(left.map(|next| own(next, 0.0)));
            for &(j, x) in row.iter().filter(|entry| entry.1 != 0.0) {
                indices.push(j as u32);
                values.push(x);
            }
            offsets.push(indices.len() as u64);
        }
        let matrix = Matrix::sparse(design.cols(), offsets, indices, values).map_err(internal)?;
        Design::with_columns(matrix, design.shared_columns().clone()).map_err(internal)
    }
}
