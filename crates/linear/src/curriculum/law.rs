//! The learning law: under an optimal policy, every example that has weight contributes the same.
//!
//! The contribution of an example at a step is `CT_n = grad L(theta) . grad l_n(theta)`: how fast a
//! step on it lowers the desired loss. Along an optimal policy `CT_n` is one number for all `n` with
//! weight (Gu and others, 2024, theorem 2.2). The similarity `|mean CT| / std CT`, weighted by the
//! policy, is infinite then, and near 0 where contributions cancel.

use super::Examples;
use super::descent::desired;

/// Contributions of all examples at one set of parameters, and how alike they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// `CT_n`.
    pub each: Vec<f64>,
    /// Weighted mean.
    pub mean: f64,
    /// Weighted standard deviation.
    pub deviation: f64,
}

impl Contributions {
    /// At parameters, weighted by a policy (one entry holds for all).
    pub fn at(train: &Examples, target: &Examples, theta: &[f64], weight: &[f64]) -> Self {
        let gradient = desired(target, theta).1;
        let each: Vec<f64> = train
            .signed
            .chunks_exact(train.cols.max(1))
            .map(|z| {
                let s = linecall_kernels::sigmoid(-linecall_kernels::dot(z, theta));
                -s * linecall_kernels::dot(z, &gradient)
            })
            .collect();
        let w = |n: usize| if weight.len() == 1 { weight[0] } else { weight[n] };
        let total: f64 = (0..each.len()).map(w).sum();
        let mean = each.iter().enumerate().map(|(n, c)| w(n) * c).sum::<f64>() / total;
        let square = each.iter().enumerate().map(|(n, c)| w(n) * (c - mean) * (c - mean));
        let deviation = (square.sum::<f64>() / total).sqrt();
        Self { each, mean, deviation }
    }

    /// `|mean| / deviation`; infinite where all are the same.
    pub fn similarity(&self) -> f64 {
        self.mean.abs() / self.deviation
    }
}
