//! Where a value stands among the values of a reference population.

use crate::{Error, Result};

/// How percentiles are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Percentiles {
    /// The share of people below, and half of those at the value (mid-rank).
    #[default]
    MidRank,
    /// A Gaussian kernel density, summed over the grid of values that a person can move to and
    /// interpolated in between, as the paper's own code has it (Scott's rule for the width).
    Kernel,
}

/// A percentile is kept so far from 0 and 1.
const EDGE: f64 = 1e-6;

/// Percentiles of one column.
#[derive(Clone, Debug)]
pub(super) struct Ranks {
    /// Values, increasing, and the percentile at each.
    knots: Vec<(f64, f64)>,
    /// Share of people at or below each; empty for lines.
    passed: Vec<f64>,
    /// Between knots: a step (mid-rank) or a line.
    straight: bool,
}

impl Ranks {
    /// From the values of the reference; they are sorted here.
    pub(super) fn new(
        values: &mut [f64],
        grid: &[f64],
        how: Percentiles,
        column: &str,
    ) -> Result<Self> {
        values.sort_by(f64::total_cmp);
        if values.is_empty() {
            return Err(Error::Model(format!(
                "column `{column}` has no value in the reference rows, so that no percentile can \
                 be taken; give rows that have it, or set it to `mutable = false`"
            )));
        }
        Ok(match how {
            Percentiles::MidRank => Self::mid_ranks(values),
            Percentiles::Kernel => Self::kernel(values, grid),
        })
    }

    /// The percentile of a value, from 0 to 1.
    pub(super) fn at(&self, value: f64) -> f64 {
        let after = self.knots.partition_point(|(v, _)| *v <= value);
        let before = after.checked_sub(1).and_then(|at| self.knots.get(at));
        let next = self.knots.get(after);
        let share = match (before, next) {
            (Some(&(v, q)), _) if v == value => q,
            (Some(&(a, p)), Some(&(b, q))) if self.straight => p + (q - p) * (value - a) / (b - a),
            (Some(&(_, q)), None) | (None, Some(&(_, q))) if self.straight => q,
            // Between two values of the reference all below are passed, and none above.
            _ => after.checked_sub(1).and_then(|at| self.passed.get(at)).copied().unwrap_or(0.0),
        };
        share.clamp(EDGE, 1.0 - EDGE)
    }

    fn mid_ranks(sorted: &[f64]) -> Self {
        let n = sorted.len() as f64;
        let (mut knots, mut passed) = (Vec::new(), Vec::new());
        let mut below = 0.0;
        for run in sorted.chunk_by(|a, b| a == b) {
            let own = run.len() as f64;
            if let Some(&value) = run.first() {
                knots.push((value, (below + own / 2.0) / n));
            }
            below += own;
            passed.push(below / n);
        }
        Self { knots, passed, straight: false }
    }

    /// The cumulated density over the grid.
    fn kernel(sorted: &[f64], grid: &[f64]) -> Self {
        let n = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / n;
        let variance = sorted.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let width = variance.sqrt() * n.powf(-0.2);
        if width <= 0.0 {
            return Self::mid_ranks(sorted);
        }
        // Equal values have equal kernels.
        let runs: Vec<(f64, f64)> = sorted
            .chunk_by(|a, b| a == b)
            .filter_map(|run| run.first().map(|v| (*v, run.len() as f64)))
            .collect();
        let density = |at: f64| -> f64 {
            runs.iter().map(|(v, count)| count * (-0.5 * ((at - v) / width).powi(2)).exp()).sum()
        };
        let mut sum = 0.0;
        let mut knots: Vec<(f64, f64)> = grid
            .iter()
            .map(|&value| {
                sum += density(value);
                (value, sum)
            })
            .collect();
        if sum > 0.0 {
            knots.iter_mut().for_each(|(_, q)| *q /= sum);
        }
        Self { knots, passed: Vec::new(), straight: true }
    }
}
