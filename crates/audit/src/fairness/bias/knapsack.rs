//! One gap between two groups: a fractional knapsack.
//!
//! With the bias `f = ±(2c - 1)(u_0 - u_1)`, signed so that a turned call narrows the gap by `w f`,
//! calls are turned in the order of `f / eta` until the gap is closed to `delta`; the last cell in
//! part (Dantzig, "Discrete-variable extremum problems", Operations Research, 1957). `O(n log n)`.

use super::cells::Cells;
use super::relaxed::Solution;

/// Solves the program of one block of two groups. `base` holds the rates without turned calls.
pub(crate) fn solve(cells: &Cells, base: &[f64], delta: f64) -> Solution {
    let gap = base.first().zip(base.get(1)).map_or(0.0, |(a, b)| a - b);
    let sign = if gap < 0.0 { -1.0 } else { 1.0 };
    let bias = |cell: usize| {
        let f =
            cells.ratios(cell).first().zip(cells.ratios(cell).get(1)).map_or(0.0, |(a, b)| a - b);
        sign * if cells.up[cell] { f } else { -f }
    };
    let mut order: Vec<(f64, usize)> = (0..cells.len())
        .map(|cell| (bias(cell) / cells.eta[cell], cell))
        .filter(|entry| entry.0 > 0.0)
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut share = vec![0.0; cells.len()];
    let (mut need, mut multiplier) = (gap.abs() - delta, 0.0);
    for (score, cell) in order {
        if need <= 0.0 {
            break;
        }
        let narrows = cells.weight[cell] * bias(cell);
        share[cell] = (need / narrows).min(1.0);
        need -= narrows;
        multiplier = sign / score;
    }
    Solution { multipliers: vec![multiplier, -multiplier], share, roundings: Vec::new() }
}
