//! One knapsack without a limit: depth first over what the relaxation leaves, and where that grows,
//! dynamic programming over undominated partial choices, class by class.

use std::borrow::Cow;

use super::Knapsack;
use super::descent::Descent;
use super::points::Point;
use super::relax::Relaxed;
use super::task::Items;
use crate::{Answer, Limits};

/// Partial choices that are kept where one choice, any, is to be found.
const BEAM: usize = 64;

/// A choice of the classes so far.
#[derive(Clone, Copy, Debug)]
struct State {
    gain: f64,
    cost: f64,
    changes: u32,
    /// Where it came from, in the layer before.
    parent: u32,
    /// The position of its point in the last class.
    point: u32,
}

/// What is left of a class.
struct Stage {
    /// Positions of the points that a better choice may hold.
    kept: Vec<u32>,
    /// Of the classes after this one, the sums of the least nets and of the largest gains.
    net_after: f64,
    most_after: f64,
}

struct Sweep<'s> {
    knapsack: &'s Knapsack,
    lists: &'s [Cow<'s, [Point]>],
    relaxed: Relaxed,
    limits: &'s Limits<'s>,
    best: Option<Items>,
    upper: f64,
    visited: u64,
    stopped: bool,
}

/// The least sum of costs of one point of each list, with gains that meet the need.
pub(super) fn sweep(
    knapsack: &Knapsack,
    lists: &[Cow<[Point]>],
    relaxed: Relaxed,
    limits: &Limits,
) -> Answer<Items, ()> {
    let lower = relaxed.lower;
    let mut sweep = Sweep {
        knapsack,
        lists,
        relaxed,
        limits,
        best: None,
        upper: f64::INFINITY,
        visited: 0,
        stopped: false,
    };
    sweep.guess();
    if sweep.best.is_none() {
        sweep.run(BEAM);
    }
    let ended = sweep.stopped || sweep.descend();
    if !ended && !sweep.stopped {
        sweep.run(usize::MAX);
    }
    match sweep.best {
        Some(items) if !sweep.stopped => Answer::Exact(items),
        None if !sweep.stopped => Answer::Infeasible(()),
        best => Answer::Gap { best, lower: lower.min(sweep.upper), upper: sweep.upper },
    }
}

impl Sweep<'_> {
    fn point(&self, class: usize, at: usize) -> Option<&Point> {
        self.lists.get(class)?.get(at)
    }

    /// Keeps a choice, by positions of points, if it is feasible and the best so far.
    fn offer(&mut self, at: &[usize]) {
        let (mut gain, mut cost, mut changes) = (0.0, 0.0, 0);
        let mut items = Vec::with_capacity(at.len());
        for (class, &at) in at.iter().enumerate() {
            let Some(point) = self.point(class, at) else { return };
            gain += point.gain;
            cost += point.cost;
            changes += point.changes as usize;
            items.push(point.item as usize);
        }
        let few = self.knapsack.most_changes.is_none_or(|most| changes <= most);
        if few && gain >= self.knapsack.need && cost < self.upper {
            (self.upper, self.best) = (cost, Some(items));
        }
    }

    /// Choices near that of the relaxation.
    fn guess(&mut self) {
        let below = self.relaxed.below.clone();
        self.offer(&below);
        if let Some(one) = self.completed(&below) {
            let one = self.lowered(one);
            self.offer(&one);
        }
        if let Some(above) = self.relaxed.above.clone() {
            let above = self.lowered(above);
            self.offer(&above);
        }
    }

    fn gain(&self, at: &[usize]) -> f64 {
        let points = at.iter().enumerate().filter_map(|(class, &at)| self.point(class, at));
        points.map(|p| p.gain).sum()
    }

    /// The choice with one class raised to what is missing, where that costs least.
    fn completed(&self, at: &[usize]) -> Option<Vec<usize>> {
        let missing = self.knapsack.need - self.gain(at);
        let mut best: Option<(f64, usize, usize)> = None;
        for (class, (list, &own)) in self.lists.iter().zip(at).enumerate() {
            let Some(now) = list.get(own) else { continue };
            let enough = |p: &&Point| p.gain - now.gain >= missing;
            let Some(to) = list.iter().find(enough) else { continue };
            let more = to.cost - now.cost;
            if best.is_none_or(|best| more < best.0) {
                let to = list.iter().position(|p| p == to)?;
                best = Some((more, class, to));
            }
        }
        let (_, class, to) = best?;
        let mut at = at.to_vec();
        *at.get_mut(class)? = to;
        Some(at)
    }

    /// The choice with classes lowered, one after the other, to the cheapest point that is enough;
    /// those that save most go first.
    fn lowered(&self, mut at: Vec<usize>) -> Vec<usize> {
        for _ in 0..at.len() {
            let spare = self.gain(&at) - self.knapsack.need;
            if spare <= 0.0 {
                break;
            }
            let mut best: Option<(f64, usize, usize)> = None;
            for (class, (list, &own)) in self.lists.iter().zip(&at).enumerate() {
                let Some(now) = list.get(own) else { continue };
                let before = list.get(..own).unwrap_or_default();
                if let Some(to) = before.iter().position(|p| p.gain >= now.gain - spare)
                    && let Some(point) = before.get(to)
                    && best.is_none_or(|best| now.cost - point.cost > best.0)
                {
                    best = Some((now.cost - point.cost, class, to));
                }
            }
            match best {
                Some((saved, class, to)) if saved > 0.0 => at[class] = to,
                _ => break,
            }
        }
        at
    }

    /// The points of each class that a choice cheaper than the best may hold: at the price of the
    /// relaxation, its bound plus what the point costs more than the cheapest of its class is less.
    fn stages(&self) -> Vec<Stage> {
        let Relaxed { price, lower, .. } = self.relaxed;
        let margin = self.upper - lower + 1e-12 * (self.upper.abs() + lower.abs());
        let (mut net_after, mut most_after) = (0.0, 0.0);
        let mut stages = Vec::with_capacity(self.lists.len());
        for (list, net) in self.lists.iter().zip(&self.relaxed.nets).rev() {
            let keep = |p: &Point| {
                let more = p.cost - price * p.gain - net;
                more <= margin || self.upper == f64::INFINITY
            };
            let all = list.iter().enumerate().filter(|(_, p)| keep(p));
            let kept: Vec<u32> = all.map(|(at, _)| at as u32).collect();
            let gain = |at: &u32| list.get(*at as usize).map_or(f64::NEG_INFINITY, |p| p.gain);
            let most = kept.iter().map(gain).fold(f64::NEG_INFINITY, f64::max);
            stages.push(Stage { kept, net_after, most_after });
            (net_after, most_after) = (net_after + net, most_after + most);
        }
        stages.reverse();
        stages
    }

    /// Goes through what is left depth first; whether it came to the end. Where the sums of a choice
    /// depend on their order, it did not.
    fn descend(&mut self) -> bool {
        if self.upper == f64::INFINITY {
            return false;
        }
        let stages = self.stages();
        let kept = stages.iter().map(|stage| stage.kept.as_slice());
        let (lists, limits) = (self.lists, self.limits);
        let mut descent =
            Descent::new(self.knapsack, lists, kept, &self.relaxed, self.upper, limits);
        let ended = descent.run();
        self.stopped = descent.stopped();
        self.visited += descent.nodes();
        let Some(at) = descent.found() else { return ended };
        let before = self.upper;
        self.offer(&at);
        ended && self.upper < before
    }

    /// Goes through the classes in order with at most `width` partial choices of each.
    fn run(&mut self, width: usize) {
        let stages = self.stages();
        let need = self.knapsack.need - self.knapsack.slack;
        let price = self.relaxed.price;
        let most = self.knapsack.most_changes.unwrap_or(usize::MAX);
        let start = State { gain: 0.0, cost: 0.0, changes: 0, parent: 0, point: 0 };
        let mut layers: Vec<Vec<State>> = vec![vec![start]];
        for (stage, list) in stages.iter().zip(self.lists) {
            let Some(last) = layers.last() else { return };
            let mut next: Vec<State> = Vec::with_capacity(last.len() * stage.kept.len());
            for (parent, state) in last.iter().enumerate() {
                for &at in &stage.kept {
                    let Some(point) = list.get(at as usize) else { continue };
                    let (gain, cost) = (state.gain + point.gain, state.cost + point.cost);
                    let changes = state.changes + point.changes;
                    let bound = cost + stage.net_after + price * (need - gain);
                    let hopeless = changes as usize > most
                        || gain + stage.most_after < need
                        || bound > self.upper + 1e-12 * self.upper.abs();
                    if !hopeless {
                        next.push(State { gain, cost, changes, parent: parent as u32, point: at });
                    }
                }
                self.visited += 1;
                if self.limits.reached(self.visited) {
                    self.stopped = true;
                    return;
                }
            }
            undominated(&mut next, self.knapsack.most_changes);
            if next.len() > width {
                let bound = |s: &State| s.cost - price * s.gain;
                next.sort_by(|a, b| bound(a).total_cmp(&bound(b)));
                next.truncate(width);
            }
            layers.push(next);
        }
        self.finish(&layers);
    }

    /// Keeps the cheapest choice of the last layer that is enough, if it is the best so far.
    fn finish(&mut self, layers: &[Vec<State>]) {
        let Some(last) = layers.last() else { return };
        let enough = last.iter().filter(|s| s.gain >= self.knapsack.need && s.cost < self.upper);
        let Some(best) = enough.min_by(|a, b| a.cost.total_cmp(&b.cost)) else { return };
        let mut at = vec![0; self.lists.len()];
        let mut state = *best;
        for (class, before) in layers.iter().take(at.len()).enumerate().rev() {
            at[class] = state.point as usize;
            let Some(parent) = before.get(state.parent as usize) else { return };
            state = *parent;
        }
        self.offer(&at);
    }
}

/// Leaves the partial choices that no other beats in cost and gain (and changes, if counted).
fn undominated(states: &mut Vec<State>, most: Option<usize>) {
    if states.len() < 2 {
        return;
    }
    states.sort_by(|a, b| {
        let first = a.cost.total_cmp(&b.cost).then(b.gain.total_cmp(&a.gain));
        first.then(a.changes.cmp(&b.changes)).then((a.parent, a.point).cmp(&(b.parent, b.point)))
    });
    let Some(most) = most else {
        let mut best = f64::NEG_INFINITY;
        states.retain(|s| {
            let better = s.gain > best;
            best = best.max(s.gain);
            better
        });
        return;
    };
    // The largest gain so far of those that make at most so many changes.
    let mut best = vec![f64::NEG_INFINITY; most + 1];
    states.retain(|s| {
        let from = s.changes as usize;
        if best.get(from).is_none_or(|best| *best >= s.gain) {
            return false;
        }
        best.iter_mut().skip(from).for_each(|best| *best = best.max(s.gain));
        true
    });
}
