//! The Lagrangian relaxation: gain has a price, and every class takes what is cheapest at it.

use std::borrow::Cow;

use super::points::Point;

/// The relaxation at its best price.
#[derive(Clone, Debug)]
pub(super) struct Relaxed {
    /// What a unit of gain is worth.
    pub(super) price: f64,
    /// No choice costs less.
    pub(super) lower: f64,
    /// By class, the least `cost - price * gain`.
    pub(super) nets: Vec<f64>,
    /// Positions of points by class whose gains are just short of the need, or meet it.
    pub(super) below: Vec<usize>,
    /// Positions of points by class whose gains meet the need, if any price makes them.
    pub(super) above: Option<Vec<usize>>,
}

/// What the classes take at a price.
struct Taken {
    at: Vec<usize>,
    gain: f64,
    cost: f64,
}

/// The point of a class that is cheapest at a price; of equals the one that gains more if `more`,
/// else the one that gains less.
fn cheapest(points: &[Point], price: f64, more: bool) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (at, p) in points.iter().enumerate() {
        let net = p.cost - price * p.gain;
        if net < best.1 || (more && net == best.1) {
            best = (at, net);
        }
    }
    best
}

fn take(lists: &[Cow<[Point]>], price: f64, more: bool) -> Taken {
    let mut taken = Taken { at: Vec::with_capacity(lists.len()), gain: 0.0, cost: 0.0 };
    for points in lists {
        let (at, _) = cheapest(points, price, more);
        if let Some(point) = points.get(at) {
            taken.gain += point.gain;
            taken.cost += point.cost;
        }
        taken.at.push(at);
    }
    taken
}

/// Finds the price at which the bound `price * need + sum_c min (cost - price * gain)` is largest.
/// It is concave and made of straight pieces: two of them, one from either side, cross at the next
/// price to look at, until nothing lies above the crossing. `guess` is where to begin.
pub(super) fn relax(lists: &[Cow<[Point]>], need: f64, guess: f64) -> Relaxed {
    let mut below = take(lists, 0.0, false);
    let (mut above, mut price) = (None::<Taken>, 0.0);
    if below.gain < need {
        let mut next = if guess > 0.0 { guess } else { rise(lists) };
        // At most every piece is met once; the limit is there for rounding alone.
        for _ in 0..10_000 {
            let taken = take(lists, next, true);
            let (gain, cost) = (taken.gain, taken.cost);
            let met = gain >= need;
            // Where the new piece passes no lower than the crossing, the crossing is the top.
            if let Some(above) = &above {
                let value = |t: &Taken| t.cost + next * (need - t.gain);
                let crossing = value(above).min(value(&below));
                if cost + next * (need - gain) >= crossing - 1e-15 * crossing.abs() {
                    price = next;
                    break;
                }
            }
            if met {
                above = Some(taken);
            } else {
                if next > 1e200 {
                    break; // no price makes the classes gain more
                }
                below = taken;
            }
            next = match &above {
                Some(above) => (above.cost - below.cost) / (above.gain - below.gain),
                None => next * 8.0,
            };
            price = next;
        }
    }
    let nets: Vec<f64> = lists.iter().map(|points| cheapest(points, price, false).1).collect();
    let lower = nets.iter().sum::<f64>() + price * need;
    Relaxed { price, lower, nets, below: below.at, above: above.map(|taken| taken.at) }
}

/// A price to begin with: that of the dearest whole class by what it gains.
fn rise(lists: &[Cow<[Point]>]) -> f64 {
    let (mut gain, mut cost) = (0.0, 0.0);
    for points in lists {
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            gain += (last.gain - first.gain).max(0.0);
            cost += (last.cost - first.cost).max(0.0);
        }
    }
    if gain > 0.0 && cost > 0.0 { cost / gain } else { 1.0 }
}
