//! The best rule along a line of multipliers, exactly.
//!
//! Along `v + t d` the pressure on each cell is linear in `t`, so each turns at one break point.
//! Between neighbouring break points the rule is the same, and all intervals are tried: with one gap
//! of two groups, from `v = 0`, these are all rules there are. `O(n log n)`.

use super::cells::{Cells, SLACK, Standing, gap};
use super::options::Measure;
use super::rule::pressure;

/// The best multipliers on the line through `v`, or `None` where nothing beats `found`, which is how
/// `v` stands.
pub(crate) fn sweep(
    cells: &Cells,
    measure: Measure,
    shrink: &[f64],
    v: &[f64],
    direction: &[f64],
    found: &Standing,
) -> Option<(Vec<f64>, Standing)> {
    let (mut breaks, mut turned) = (Vec::new(), Vec::with_capacity(cells.len()));
    for cell in 0..cells.len() {
        let (up, ratios) = (cells.up[cell], cells.ratios(cell));
        let (here, speed) = (pressure(up, ratios, v), pressure(up, ratios, direction));
        // Where t goes to minus infinity.
        turned.push(speed < 0.0 || (speed == 0.0 && here > cells.eta[cell]));
        let at = (cells.eta[cell] - here) / speed;
        if at.is_finite() {
            breaks.push((at, cell));
        }
    }
    breaks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut now = cells.standing(measure, &turned, shrink);
    let mut best: Option<(f64, Standing)> = None;
    let mut from = 0;
    loop {
        let t = middle(&breaks, from);
        now.excess = cells.excess(&now.rates, shrink);
        let holder = best.as_ref().map_or(found, |b| &b.1);
        if t.is_some() && now.beats(holder) && clearly(&now, holder) {
            best = t.map(|t| (t, now.clone()));
        }
        let Some(&(at, _)) = breaks.get(from) else { break };
        while let Some(&(_, cell)) = breaks.get(from).filter(|b| b.0 == at) {
            let was = turned[cell];
            turned[cell] = !was;
            let up = cells.up[cell] ^ turned[cell];
            cells.add(measure, cell, if up { 1.0 } else { -1.0 }, &mut now.rates);
            now.cost += cells.weight[cell] * cells.eta[cell] * if was { -1.0 } else { 1.0 };
            from += 1;
        }
    }
    let t = best?.0;
    let moved: Vec<f64> = v.iter().zip(direction).map(|(v, d)| v + t * d).collect();
    // Sums along the way have rounded; what counts is the rule itself.
    let standing = cells.standing(measure, &cells.turned(&moved), shrink);
    standing.beats(found).then_some((moved, standing))
}

/// Better by more than sums along the way may have rounded.
fn clearly(now: &Standing, than: &Standing) -> bool {
    let (a, b) = (now.excess.max(SLACK), than.excess.max(SLACK));
    b - a > 1e-13 || now.cost < than.cost - 1e-14
}

/// A point well inside the interval before the break point `from`; `None` where it is too narrow.
fn middle(breaks: &[(f64, usize)], from: usize) -> Option<f64> {
    let before = from.checked_sub(1).and_then(|k| breaks.get(k)).map(|b| b.0);
    match (before, breaks.get(from).map(|b| b.0)) {
        (None, None) => Some(0.0),
        (None, Some(next)) => Some(next - 1.0 - next.abs()),
        (Some(last), None) => Some(last + 1.0 + last.abs()),
        (Some(last), Some(next)) => {
            let wide = next - last > 1e-12 * last.abs().max(next.abs());
            wide.then_some(0.5 * (last + next))
        }
    }
}

/// Directions that move one group of a block against another.
pub(crate) fn directions(cells: &Cells) -> Vec<Vec<f64>> {
    let mut all = Vec::new();
    for block in &cells.blocks {
        for a in 0..block.groups {
            for b in a + 1..block.groups {
                let mut direction = vec![0.0; cells.rates];
                direction[block.first + a] = 1.0;
                direction[block.first + b] = -1.0;
                all.push(direction);
            }
        }
    }
    all
}

/// The gaps of some rates, by block.
pub(crate) fn gaps(cells: &Cells, rates: &[f64]) -> Vec<f64> {
    cells.blocks.iter().map(|block| gap(block, rates)).collect()
}
