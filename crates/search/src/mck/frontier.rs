//! Undominated items of a class, and the concave hull of their gains by cost.

use super::Item;

/// An item that no other beats: in a list, cost and gain rise together. (Where the number of changes
/// is limited, the item that changes nothing is in the list whether or not another beats it.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) gain: f64,
    pub(super) cost: f64,
    pub(super) item: usize,
}

/// The undominated of some items and the one that is `held`, cheapest first; of equal items the
/// first.
pub(super) fn frontier(
    items: &[Item],
    keep: impl Fn(usize) -> bool,
    held: Option<usize>,
) -> Vec<Point> {
    let mut points: Vec<Point> = items
        .iter()
        .enumerate()
        .filter(|(i, _)| keep(*i))
        .map(|(item, &Item { gain, cost })| Point { gain, cost, item })
        .collect();
    points.sort_by(|a, b| {
        a.cost.total_cmp(&b.cost).then(b.gain.total_cmp(&a.gain)).then(a.item.cmp(&b.item))
    });
    let mut best = f64::NEG_INFINITY;
    points.retain(|point| {
        let better = point.gain > best;
        best = best.max(point.gain);
        better || held == Some(point.item)
    });
    points
}

/// A piece of the hull: so much more gain for so much more cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) class: usize,
    pub(super) gain: f64,
    pub(super) cost: f64,
    /// The point that the piece leads to, by position.
    pub(super) to: usize,
}

impl Piece {
    /// Gain for a unit of cost; a piece that costs nothing comes before all others.
    pub(super) fn slope(&self) -> f64 {
        if self.cost > 0.0 { self.gain / self.cost } else { f64::INFINITY }
    }
}

/// Puts pieces in order: the steepest first.
pub(super) fn sort(pieces: &mut [Piece]) {
    pieces.sort_by(|a, b| b.slope().total_cmp(&a.slope()));
}

/// The largest gain of some points.
pub(super) fn most(points: &[Point]) -> f64 {
    points.iter().map(|p| p.gain).fold(f64::NEG_INFINITY, f64::max)
}

/// Appends the pieces of the concave hull of points, steepest first: one pass.
pub(super) fn hull(class: usize, points: &[Point], out: &mut Vec<Piece>) {
    let first = out.len();
    let mut best = f64::NEG_INFINITY;
    for (to, point) in points.iter().enumerate() {
        // Only an item that is held although another beats it does not gain more.
        if point.gain <= best {
            continue;
        }
        let risen = best > f64::NEG_INFINITY;
        best = point.gain;
        if !risen {
            continue;
        }
        let from = |at: usize| points.get(at).copied().unwrap_or(*point);
        loop {
            let start = from(if out.len() > first { out.last().map_or(0, |p| p.to) } else { 0 });
            let piece =
                Piece { class, gain: point.gain - start.gain, cost: point.cost - start.cost, to };
            match out.last() {
                Some(last) if out.len() > first && last.slope() <= piece.slope() => {
                    out.pop();
                }
                _ => {
                    out.push(piece);
                    break;
                }
            }
        }
    }
}
