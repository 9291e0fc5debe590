//! The randomised optimum, and what proves it.

use serde::{Deserialize, Serialize};

use super::cells::Cells;

/// The best of all randomised ways of turning calls, by the law of the group models (corrected to
/// the observed rates where those are measured). No deterministic rule loses less, by that law.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relaxed {
    /// Expected accuracy that it loses.
    pub cost: f64,
    /// Value of the dual program at the multipliers: nothing loses less than this.
    pub bound: f64,
    /// Cells whose calls would be turned with a probability between 0 and 1.
    pub fractional: u64,
}

/// A solution of the program.
pub(crate) struct Solution {
    /// Multipliers by rate, those of a block summing to zero.
    pub(crate) multipliers: Vec<f64>,
    /// Share of each cell that is turned.
    pub(crate) share: Vec<f64>,
    /// Multipliers that turn whole cells only, close to the solution's.
    pub(crate) roundings: Vec<Vec<f64>>,
}

impl Solution {
    /// Cost, bound and fractions. `base` holds the rates without turned calls, `delta` the largest
    /// gap by block.
    pub(crate) fn relaxed(&self, cells: &Cells, base: &[f64], delta: &[f64]) -> Relaxed {
        let each = self.share.iter().enumerate();
        let cost = each.map(|(c, share)| share * cells.weight[c] * cells.eta[c]).sum();
        let inside = |share: &&f64| **share > 1e-9 && **share < 1.0 - 1e-9;
        let fractional = self.share.iter().filter(inside).count() as u64;
        Relaxed { cost, bound: dual(cells, base, delta, &self.multipliers), fractional }
    }
}

/// The dual value `sum v r - sum_c delta_c |v_c|_1 / 2 + sum w min(0, eta - (2c - 1) v u)`: at most
/// the cost of any way of keeping the gaps, for any multipliers that sum to zero in each block.
pub(crate) fn dual(cells: &Cells, base: &[f64], delta: &[f64], v: &[f64]) -> f64 {
    let mut value: f64 = v.iter().zip(base).map(|(v, r)| v * r).sum();
    for (block, delta) in cells.blocks.iter().zip(delta) {
        let own = v.get(block.first..block.first + block.groups).unwrap_or_default();
        value -= 0.5 * delta * own.iter().map(|v| v.abs()).sum::<f64>();
    }
    for cell in 0..cells.len() {
        let pressure = super::rule::pressure(cells.up[cell], cells.ratios(cell), v);
        value += cells.weight[cell] * (cells.eta[cell] - pressure).min(0.0);
    }
    value
}
