//! One knapsack: bisection for the largest cost, branch and bound for the sum.

use super::frontier::{Piece, Point, hull};
use super::{Cost, Knapsack};
use crate::{Answer, Limits};

/// Rounding that a bound allows for, relative to the gains.
const SLACK: f64 = 1e-12;

/// A knapsack with some items of its classes.
pub(super) struct Task<'k> {
    pub(super) knapsack: &'k Knapsack,
    /// Undominated items by class, cheapest first, at least one each.
    pub(super) points: Vec<&'k [Point]>,
}

/// Items by class.
type Items = Vec<usize>;

impl<'k> Task<'k> {
    /// The largest sum of gains within the most changes.
    pub(super) fn reach(&self) -> f64 {
        self.reach_within(f64::INFINITY)
    }

    /// The largest sum of gains of items that cost at most so much each; minus infinity where a
    /// class has none.
    fn reach_within(&self, limit: f64) -> f64 {
        let mut gains = Vec::with_capacity(self.points.len());
        // What a change of the class adds, where it may also stay as it is.
        let mut free = Vec::new();
        let mut changed = 0;
        for (class, points) in self.points.iter().enumerate() {
            let within = points.iter().take_while(|p| p.cost <= limit);
            let best = within.clone().max_by(|a, b| a.gain.total_cmp(&b.gain));
            let Some(best) = best else { return f64::NEG_INFINITY };
            gains.push(best.gain);
            if self.knapsack.most_changes.is_some() && self.knapsack.changes(class, best.item) {
                let rest = within.clone().filter(|p| !self.knapsack.changes(class, p.item)).last();
                match rest {
                    Some(rest) => free.push((best.gain - rest.gain, class, rest.gain)),
                    None => changed += 1,
                }
            }
        }
        if let Some(most) = self.knapsack.most_changes {
            if changed > most {
                return f64::NEG_INFINITY;
            }
            free.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (_, class, rest) in free.into_iter().skip(most - changed) {
                if let Some(gain) = gains.get_mut(class) {
                    *gain = rest;
                }
            }
        }
        gains.iter().sum()
    }

    pub(super) fn solve(&self, cost: Cost, limits: &Limits) -> Answer<Items, ()> {
        if self.reach() < self.knapsack.need {
            return Answer::Infeasible(());
        }
        match cost {
            Cost::Sum => self.least_sum(limits),
            Cost::Max => self.within(self.least_max()).least_sum(limits),
        }
    }

    /// The least threshold of cost within which the need can be met.
    pub(super) fn least_max(&self) -> f64 {
        let mut costs: Vec<f64> =
            self.points.iter().flat_map(|p| p.iter().map(|p| p.cost)).collect();
        costs.sort_by(f64::total_cmp);
        let short = |cost: &f64| self.reach_within(*cost) < self.knapsack.need;
        let at = costs.partition_point(short);
        costs.get(at).copied().unwrap_or(f64::INFINITY)
    }

    /// The items that cost at most so much each.
    fn within(&self, limit: f64) -> Self {
        let cut = |points: &&'k [Point]| -> &'k [Point] {
            let end = points.partition_point(|p| p.cost <= limit);
            points.get(..end).unwrap_or_default()
        };
        Self { knapsack: self.knapsack, points: self.points.iter().map(cut).collect() }
    }

    /// The value of the linear relaxation: no choice costs less. Infinite where none is feasible.
    pub(super) fn lower(&self) -> f64 {
        let relaxed = Relaxed::new(self);
        relaxed.bound(0, 0.0)
    }

    fn least_sum(&self, limits: &Limits) -> Answer<Items, ()> {
        let relaxed = Relaxed::new(self);
        let mut search = Search {
            task: self,
            limits,
            nodes: 0,
            stopped: false,
            best: None,
            upper: f64::INFINITY,
            taken: vec![0; self.points.len()],
            relaxed,
        };
        search.round_up();
        search.descend(0, 0.0, 0.0, 0);
        let Search { best, upper, stopped, relaxed, .. } = search;
        match best {
            Some(items) if !stopped => Answer::Exact(items),
            None if !stopped => Answer::Infeasible(()),
            best => Answer::Gap { best, lower: relaxed.bound(0, 0.0).min(upper), upper },
        }
    }

    /// Items of points by position, if their gains, added up in the order of the classes, are
    /// enough and no more classes change than may.
    fn items(&self, taken: &[usize]) -> Option<Items> {
        let (mut gain, mut changed) = (0.0, 0);
        let mut items = Vec::with_capacity(taken.len());
        for (class, (points, &at)) in self.points.iter().zip(taken).enumerate() {
            let point = points.get(at)?;
            gain += point.gain;
            changed += usize::from(self.knapsack.changes(class, point.item));
            items.push(point.item);
        }
        let few = self.knapsack.most_changes.is_none_or(|most| changed <= most);
        (few && gain >= self.knapsack.need).then_some(items)
    }
}

/// The linear relaxation of every tail of the classes, in the order that they are decided in.
struct Relaxed {
    /// Classes, those that matter most first.
    order: Vec<usize>,
    /// Of the classes from a position on: sum of their least costs and of the gains there.
    base: Vec<(f64, f64)>,
    /// Of the classes from a position on: pieces by falling slope, each with the sums up to it.
    tails: Vec<Vec<(f64, f64)>>,
    /// All pieces, by falling slope.
    pieces: Vec<Piece>,
    /// The gain needed, less what rounding may take.
    need: f64,
}

impl Relaxed {
    fn new(task: &Task) -> Self {
        let points = &task.points;
        let spread = |c: usize| {
            let own = points.get(c).copied().unwrap_or_default();
            let most = own.iter().map(|p| p.gain).fold(f64::NEG_INFINITY, f64::max);
            own.first().map_or(0.0, |first| most - first.gain)
        };
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|&a, &b| spread(b).total_cmp(&spread(a)).then(a.cmp(&b)));
        let mut place = vec![0; points.len()];
        order.iter().enumerate().for_each(|(at, &class)| place[class] = at);
        let mut pieces = Vec::new();
        points.iter().enumerate().for_each(|(class, points)| hull(class, points, &mut pieces));
        pieces.sort_by(|a, b| b.slope().total_cmp(&a.slope()));
        let (mut base, mut size) = (vec![(0.0, 0.0)], task.knapsack.need.abs());
        for &class in order.iter().rev() {
            let first = points.get(class).and_then(|p| p.first());
            let (cost, gain) = base.last().copied().unwrap_or_default();
            let own = first.map_or((0.0, 0.0), |p| (p.cost, p.gain));
            size += own.1.abs() + spread(class);
            base.push((cost + own.0, gain + own.1));
        }
        base.reverse();
        let tails = (0..=points.len())
            .map(|from| {
                let (mut gain, mut cost) = (0.0, 0.0);
                let own = pieces.iter().filter(|piece| place[piece.class] >= from);
                own.map(|piece| {
                    gain += piece.gain;
                    cost += piece.cost;
                    (gain, cost)
                })
                .collect()
            })
            .collect();
        Self { order, base, tails, pieces, need: task.knapsack.need - SLACK * size }
    }

    /// No choice of the classes from a position on costs less, where the ones before gained so much.
    fn bound(&self, from: usize, gained: f64) -> f64 {
        let (base, rest) = self.base.get(from).copied().unwrap_or_default();
        let missing = self.need - gained - rest;
        if missing <= 0.0 {
            return base;
        }
        let tail = self.tails.get(from).map_or(&[][..], Vec::as_slice);
        let at = tail.partition_point(|(gain, _)| *gain < missing);
        let Some(&(gain, cost)) = tail.get(at) else { return f64::INFINITY };
        let before = at.checked_sub(1).and_then(|at| tail.get(at)).copied().unwrap_or_default();
        base + before.1 + (cost - before.1) * (missing - before.0) / (gain - before.0)
    }
}

/// Depth first over the classes.
struct Search<'s, 'k> {
    task: &'s Task<'k>,
    limits: &'s Limits<'s>,
    relaxed: Relaxed,
    nodes: u64,
    stopped: bool,
    best: Option<Items>,
    upper: f64,
    /// The point at hand, by class.
    taken: Vec<usize>,
}

impl Search<'_, '_> {
    /// A first answer: pieces of the relaxation, the last of them whole.
    fn round_up(&mut self) {
        let mut taken = vec![0; self.taken.len()];
        let mut gain: f64 = self.task.points.iter().filter_map(|p| p.first()).map(|p| p.gain).sum();
        let mut pieces = self.relaxed.pieces.iter();
        while gain < self.task.knapsack.need {
            let Some(piece) = pieces.next() else { break };
            gain += piece.gain;
            if let Some(at) = taken.get_mut(piece.class) {
                *at = piece.to;
            }
        }
        self.offer(&taken);
    }

    /// Keeps a choice if it is feasible and the best so far.
    fn offer(&mut self, taken: &[usize]) {
        let Some(items) = self.task.items(taken) else { return };
        let points = self.task.points.iter().zip(taken);
        let cost = points.filter_map(|(points, &at)| points.get(at)).map(|p| p.cost).sum();
        if cost < self.upper {
            (self.upper, self.best) = (cost, Some(items));
        }
    }

    fn descend(&mut self, depth: usize, gained: f64, spent: f64, changed: usize) {
        let Some(&class) = self.relaxed.order.get(depth) else {
            let taken = std::mem::take(&mut self.taken);
            self.offer(&taken);
            self.taken = taken;
            return;
        };
        self.nodes += 1;
        if self.limits.reached(self.nodes) {
            self.stopped = true;
        }
        let Some(&points) = self.task.points.get(class) else { return };
        let most = self.task.knapsack.most_changes.unwrap_or(usize::MAX);
        let mut ways: Vec<(f64, usize)> = points
            .iter()
            .enumerate()
            .filter(|(_, p)| {
                changed + usize::from(self.task.knapsack.changes(class, p.item)) <= most
            })
            .map(|(at, p)| (spent + p.cost + self.relaxed.bound(depth + 1, gained + p.gain), at))
            .filter(|(lower, _)| *lower < self.upper)
            .collect();
        ways.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (lower, at) in ways {
            if lower >= self.upper || self.stopped {
                return;
            }
            let Some(point) = points.get(at) else { continue };
            if let Some(taken) = self.taken.get_mut(class) {
                *taken = at;
            }
            let more = usize::from(self.task.knapsack.changes(class, point.item));
            self.descend(depth + 1, gained + point.gain, spent + point.cost, changed + more);
        }
    }
}
