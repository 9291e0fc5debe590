//! Would another seed have said the same?
//!
//! After Visani et al., "Statistical stability indices for LIME" (Journal of the Operational Research
//! Society, 2022): do explanations of one answer agree on which parts matter (VSI), and on their
//! weights (CSI)?

use serde::{Deserialize, Serialize};

use super::local::Local;
use crate::{Error, Result};

/// How far explanations of one answer agree; 1 is all the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// Mean over pairs of what their sets of the `top` largest weights share: the size of the
    /// intersection over that of the union.
    pub variables: f64,
    /// Share of pairs, over all parts, whose intervals of the weight overlap.
    pub coefficients: f64,
    /// Standard deviation of each weight over the explanations.
    pub deviations: Vec<f64>,
    /// How many weights count as largest.
    pub top: usize,
    /// How many explanations were compared.
    pub explanations: usize,
}

/// Compares explanations of one answer, made with different seeds.
///
/// # Errors
/// When there are fewer than two, or they are over different parts.
pub fn stability(explanations: &[Local], top: usize) -> Result<Stability> {
    let n = explanations.len();
    let parts = explanations.first().map_or(0, |e| e.weights.len());
    if n < 2 {
        return Err(Error::Shape { what: "explanations to compare", found: n, expected: 2 });
    }
    if let Some(other) = explanations.iter().find(|e| e.weights.len() != parts) {
        let (found, expected) = (other.weights.len(), parts);
        return Err(Error::Shape { what: "parts of an explanation", found, expected });
    }
    let top = top.clamp(1, parts.max(1));
    let sets: Vec<Vec<bool>> = explanations
        .iter()
        .map(|e| {
            let mut set = vec![false; parts];
            e.ranked().iter().take(top).for_each(|k| set[*k] = true);
            set
        })
        .collect();
    let (mut shared, mut overlaps, mut pairs) = (0.0, 0.0, 0.0);
    for a in 0..n {
        for b in a + 1..n {
            pairs += 1.0;
            let both = sets[a].iter().zip(&sets[b]).filter(|(a, b)| **a && **b).count();
            let either = sets[a].iter().zip(&sets[b]).filter(|(a, b)| **a || **b).count();
            shared += both as f64 / either.max(1) as f64;
            let (a, b) = (&explanations[a], &explanations[b]);
            let touch = (0..parts).filter(|&k| {
                let apart = (a.weights[k] - b.weights[k]).abs();
                // Exact weights differ by rounding at most.
                let rounding = 1e-12 * a.weights[k].abs().max(b.weights[k].abs());
                apart <= a.half_widths[k] + b.half_widths[k] + rounding
            });
            overlaps += touch.count() as f64 / parts.max(1) as f64;
        }
    }
    let deviation = |k: usize| {
        let mean = explanations.iter().map(|e| e.weights[k]).sum::<f64>() / n as f64;
        let squares = explanations.iter().map(|e| (e.weights[k] - mean).powi(2)).sum::<f64>();
        (squares / (n - 1) as f64).sqrt()
    };
    Ok(Stability {
        variables: shared / pairs,
        coefficients: overlaps / pairs,
        deviations: (0..parts).map(deviation).collect(),
        top,
        explanations: n,
    })
}
