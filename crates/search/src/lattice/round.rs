//! From a fit to cards: star rays, exchanges of points, and a short walk over all rays.
//!
//! The coefficients of a fit are divided by a range of slopes and rounded one after the other, each
//! making up for the rounding of those before (Babai's nearest plane under the Hessian); FasterRisk's
//! star-ray search rounds under a bound of its own. Then single points move while the loss falls, and
//! [`Rays`] looks at everything near the fit within a number of nodes.

use super::minorant::Minorant;
use super::newton::Optimum;
use super::rays::{Axis, Rays};
use super::task::{Card, Support, divisor};

/// Slopes that are tried, each so much above the one before; from this share of the finest on.
const SLOPES: usize = 32;
const FIRST: f64 = 0.3;
const RATIO: f64 = 1.08;
/// How well fits at a slope are made.
const ROUGH: f64 = 1e-3;
/// Cards that a short walk may look at, by points: many where there are few.
const WORK: usize = 400_000;
/// Cards that are exchanged on.
const POLISHED: usize = 2;
/// Costs nearer to each other than this are the same.
pub(super) const CLOSE: f64 = 1e-11;

/// What makes a card of points by position; the slope and the intercept are near those of a fit.
pub(super) type Evaluate<'e> = &'e dyn Fn(&[i32], (f64, f64)) -> Option<Card>;

/// Cards near a fit under the logistic loss; `above` is the cost of the best card so far.
pub(super) fn cards(support: &Support<'_>, fit: &Optimum, above: f64, most: u64) -> Vec<Card> {
    let mut found = rounded(support, fit, &|values, start| support.card(values, start));
    let best = found.first().map_or(above, |card| card.cost.min(above));
    let short = Short { nodes: most, leaves: (WORK / support.cells.len().max(1)) as u64 };
    found.extend(walk(support, fit, Wanted { best, width: 0.0 }, short, &|| false).0);
    sort(&mut found);
    found
}

/// Roundings of a fit at many slopes, the best of them exchanged; the best first.
pub(super) fn rounded(support: &Support<'_>, fit: &Optimum, evaluate: Evaluate<'_>) -> Vec<Card> {
    let free = Rays::new(&fit.hessian, &fit.w, &support.axes());
    let mut bound = fit.clone();
    let mut found: Vec<Card> = Vec::new();
    let mut tried: Vec<Vec<i32>> = Vec::new();
    let finest = support.finest(&fit.w);
    for step in 0..SLOPES {
        let slope = finest * FIRST * RATIO.powi(step as i32);
        let points = if slope < finest {
            bound = support.fit_at(slope, &bound.w, bound.intercept, ROUGH);
            Rays::new(&bound.hessian, &bound.w, &support.axes()).nearest(&bound.w, slope)
        } else {
            free.nearest(&fit.w, slope)
        };
        if !tried.contains(&points) {
            found.extend(evaluate(&points, (slope, fit.intercept)));
            tried.push(points);
        }
    }
    sort(&mut found);
    for at in 0..found.len().min(POLISHED) {
        let better = polish(support, &found[at], evaluate);
        found[at] = better;
    }
    sort(&mut found);
    found
}

/// In order of cost, then of the sum of the points; each card once.
pub(super) fn sort(cards: &mut Vec<Card>) {
    let length = |card: &Card| card.points.iter().map(|p| p.1.abs()).sum::<i32>();
    cards.sort_by(|a, b| {
        let order = a.cost.total_cmp(&b.cost).then(length(a).cmp(&length(b)));
        order.then_with(|| a.points.cmp(&b.points))
    });
    cards.dedup_by(|a, b| a.points == b.points);
}

/// Moves single points to the next that is allowed while the cost falls.
fn polish(support: &Support<'_>, card: &Card, evaluate: Evaluate<'_>) -> Card {
    let mut best = card.clone();
    loop {
        let mut moved = None;
        let values = support.values(&best);
        for at in 0..values.len() {
            let choices = support.task.choices[support.columns[at]].values();
            let here = choices.partition_point(|v| *v < values[at]);
            let around = [here.checked_sub(1), Some(here + 1)].into_iter().flatten();
            for value in around.filter_map(|i| choices.get(i)) {
                let mut next = values.clone();
                next[at] = *value;
                let start = (best.slope, best.intercept);
                let found = evaluate(&next, start);
                let than = moved.as_ref().map_or(best.cost, |c: &Card| c.cost);
                moved = found.filter(|c| c.cost < than - 1e-12).or(moved);
            }
        }
        match moved {
            Some(card) => best = card,
            None => return best,
        }
    }
}

/// How long a walk may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    pub(super) nodes: u64,
    pub(super) leaves: u64,
}

/// What is looked for: cards below the best by more than rounding, and with a width above 0 those
/// up to so much above the best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) best: f64,
    pub(super) width: f64,
}

impl Wanted {
    /// The cost from which a card is of no interest.
    pub(super) fn above(&self) -> f64 {
        if self.width > 0.0 { self.best + self.width } else { self.best - CLOSE }
    }
}

/// All cards of a support that are wanted, in the order in which they were met; whether they are all.
pub(super) fn walk(
    support: &Support<'_>,
    fit: &Optimum,
    mut wanted: Wanted,
    short: Short,
    stop: &dyn Fn() -> bool,
) -> (Vec<Card>, bool) {
    let lower = fit.loss - fit.slack;
    let room = wanted.above() - lower;
    if room <= 0.0 {
        return (Vec::new(), true);
    }
    let minorant = Minorant::new(&support.cells, fit, room);
    let rays = Rays::new(&minorant.m, &fit.w, &support.axes());
    let divisible = support.task.divisible();
    let mut found = Vec::new();
    let visits = rays.walk(room + minorant.excess, short, stop, |points, _| {
        if !(divisible && divisor(points.iter().copied()) > 1) {
            let card = support.card(points, (slope_of(&fit.w, points), fit.intercept));
            if let Some(card) = card.filter(|card| card.cost < wanted.above()) {
                wanted.best = wanted.best.min(card.cost);
                found.push(card);
            }
        }
        wanted.above() - lower + minorant.excess
    });
    (found, !visits.stopped)
}

/// The slope with which points lie nearest to a fit.
fn slope_of(w: &[f64], points: &[i32]) -> f64 {
    let (mut dot, mut norm) = (0.0, 0.0);
    for (w, p) in w.iter().zip(points) {
        dot += w * f64::from(*p);
        norm += f64::from(*p) * f64::from(*p);
    }
    (dot / norm).max(0.0)
}

impl Support<'_> {
    pub(super) fn axes(&self) -> Vec<Axis<'_>> {
        self.columns.iter().map(|&j| Axis { choices: &self.task.choices[j] }).collect()
    }

    /// Points by position.
    pub(super) fn values(&self, card: &Card) -> Vec<i32> {
        let own = |j: &usize| card.points.iter().find(|p| p.0 == *j).map_or(0, |p| p.1);
        self.columns.iter().map(own).collect()
    }
}
