//! Values that a learner cannot take, refused by row and column.

use linecall_data::Design;

use super::Learner;
use crate::{Error, Result};

/// Refuses the first value, in row order, that the learner cannot take; rows of weight 0 are gone.
pub(super) fn check(learner: &Learner, design: &Design, weights: Option<&[f64]>) -> Result<()> {
    let (allowed, problem, mend): (fn(f64) -> bool, _, _) = match learner {
        Learner::NaiveBayesMultinomial { .. } | Learner::NaiveBayesComplement { .. } => (
            |v| v >= 0.0,
            "this learner counts, and takes no value below 0",
            "leave the column out, or use naive-bayes-gaussian, lda or penalised",
        ),
        Learner::NaiveBayesBernoulli { .. } => (
            |v| v == 0.0 || v == 1.0,
            "this learner takes columns of 0 and 1",
            "cut the column into levels, make a matrix binary with --binarize 0, or use \
             naive-bayes-gaussian",
        ),
        _ => return Ok(()),
    };
    for row in 0..design.rows() {
        if weights.is_some_and(|w| w.get(row).is_some_and(|s| *s == 0.0)) {
            continue;
        }
        let mut bad = None;
        design.for_each_in_row(row, |j, v| {
            if bad.is_none() && !allowed(v) {
                bad = Some((j, v));
            }
        });
        if let Some((j, value)) = bad {
            let column = design.columns().get(j).map_or_else(|| j.to_string(), |c| c.name());
            return Err(Error::Value { row: row + 1, column, value, problem, mend });
        }
    }
    Ok(())
}
