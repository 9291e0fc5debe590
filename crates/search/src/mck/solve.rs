//! One knapsack: bisection for the largest cost, branch and bound for the sum.

use super::frontier::{Piece, Point, hull, most, sort};
use super::{Cost, Knapsack, Status};
use crate::{Answer, Limits};

/// Rounding that a bound allows for, relative to the gains.
const SLACK: f64 = 1e-12;

/// A knapsack with some items of its classes.
pub(super) struct Task<'k> {
    pub(super) knapsack: &'k Knapsack,
    pub(super) statuses: &'k [Status],
    /// Undominated items by class, cheapest first, at least one each.
    pub(super) points: Vec<&'k [Point]>,
    /// No item costs more.
    pub(super) limit: f64,
}

/// Items by class.
type Items = Vec<usize>;

impl<'k> Task<'k> {
    /// The largest sum of gains within the most changes.
    pub(super) fn reach(&self) -> f64 {
        if self.knapsack.most_changes.is_some() {
            return self.reach_within(f64::INFINITY);
        }
        let most = |(c, status): (usize, &Status)| self.knapsack.side(*status).most.get(c).copied();
        self.statuses.iter().enumerate().filter_map(most).sum()
    }

    /// The largest sum of gains of items that cost at most so much each; minus infinity where a
    /// class has none.
    fn reach_within(&self, limit: f64) -> f64 {
        let within = |points: &'k [Point]| {
            points.get(..points.partition_point(|p| p.cost <= limit)).unwrap_or_default()
        };
        let Some(changes) = self.knapsack.most_changes else {
            // Cost and gain rise together.
            let best = |points: &&'k [Point]| {
                within(points).last().map_or(f64::NEG_INFINITY, |point| point.gain)
            };
            return self.points.iter().map(best).sum();
        };
        let mut gains = Vec::with_capacity(self.points.len());
        // What a change of the class adds, where it may also stay as it is.
        let mut free = Vec::new();
        let mut changed = 0;
        for (class, points) in self.points.iter().enumerate() {
            let own = within(points);
            let Some(best) = own.iter().max_by(|a, b| a.gain.total_cmp(&b.gain)) else {
                return f64::NEG_INFINITY;
            };
            gains.push(best.gain);
            if self.knapsack.changes(class, best.item) {
                match own.iter().find(|p| !self.knapsack.changes(class, p.item)) {
                    Some(rest) => free.push((best.gain - rest.gain, class, rest.gain)),
                    None => changed += 1,
                }
            }
        }
        if changed > changes {
            return f64::NEG_INFINITY;
        }
        free.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, class, rest) in free.into_iter().skip(changes - changed) {
            if let Some(gain) = gains.get_mut(class) {
                *gain = rest;
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
        self.least_max_from(f64::NEG_INFINITY)
    }

    /// As [`Task::least_max`], where nothing below a threshold is enough.
    pub(super) fn least_max_from(&self, from: f64) -> f64 {
        let enough = |cost: f64| self.reach_within(cost) >= self.knapsack.need;
        if enough(from) {
            return from;
        }
        let costs = &self.knapsack.costs;
        let above = costs.partition_point(|cost| *cost <= from);
        let rest = costs.get(above..).unwrap_or_default();
        rest.get(rest.partition_point(|cost| !enough(*cost))).copied().unwrap_or(f64::INFINITY)
    }

    /// The items that cost at most so much each.
    fn within(&self, limit: f64) -> Self {
        let cut = |points: &&'k [Point]| -> &'k [Point] {
            let end = points.partition_point(|p| p.cost <= limit);
            points.get(..end).unwrap_or_default()
        };
        let points = self.points.iter().map(cut).collect();
        Self { knapsack: self.knapsack, statuses: self.statuses, points, limit }
    }

    /// The value of the linear relaxation without the limit: no choice costs less. Infinite where
    /// none is feasible. Cost: one visit of the pieces.
    pub(super) fn lower(&self) -> f64 {
        let (mut cost, mut gain, mut size) = (0.0, 0.0, self.knapsack.need.abs());
        for first in self.points.iter().filter_map(|points| points.first()) {
            cost += first.cost;
            gain += first.gain;
            size += first.gain.abs();
        }
        let need = self.knapsack.need - SLACK * size;
        if gain >= need {
            return cost;
        }
        // Classes of each status have their pieces in a list of their own: the lists are merged.
        let mut lists = [Status::Free, Status::In].map(|status| {
            let pieces = self.knapsack.side(status).pieces.iter();
            pieces.filter(move |piece| self.statuses.get(piece.class) == Some(&status)).peekable()
        });
        loop {
            let steep = |piece: Option<&&Piece>| piece.map_or(f64::NEG_INFINITY, |p| p.slope());
            let [free, inside] = &mut lists;
            let next = match steep(free.peek()) >= steep(inside.peek()) {
                true => free.next(),
                false => inside.next(),
            };
            let Some(piece) = next else { return f64::INFINITY };
            if gain + piece.gain >= need {
                return cost + piece.cost * (need - gain) / piece.gain;
            }
            (gain, cost) = (gain + piece.gain, cost + piece.cost);
        }
    }

    /// The pieces of the hulls of all classes, steepest first.
    fn pieces(&self) -> Vec<Piece> {
        if self.limit < f64::INFINITY {
            let mut pieces = Vec::new();
            self.points.iter().enumerate().for_each(|(c, own)| hull(c, own, &mut pieces));
            sort(&mut pieces);
            return pieces;
        }
        let of = |status: Status| {
            let pieces = self.knapsack.side(status).pieces.iter().copied();
            pieces.filter(move |piece| self.statuses.get(piece.class) == Some(&status))
        };
        let mut pieces: Vec<Piece> = of(Status::Free).collect();
        let free = pieces.len();
        pieces.extend(of(Status::In));
        if pieces.len() > free {
            sort(&mut pieces);
        }
        pieces
    }

    fn least_sum(&self, limits: &Limits) -> Answer<Items, ()> {
        let start = self.relaxed();
        let mut best = None;
        let mut upper = f64::INFINITY;
        for taken in [start.first.clone(), self.improved(&start.rounded)] {
            let cost = self.cost(&taken);
            if cost < upper
                && let Some(items) = self.items(&taken)
            {
                (best, upper) = (Some(items), cost);
            }
        }
        let points = self.reduced(&start, upper);
        let tails = Tails::new(&points, self.knapsack.need - start.slack);
        let lower = start.lower.min(upper);
        let mut search =
            Search { task: self, limits, points, tails, nodes: 0, stopped: false, best, upper };
        let mut taken = vec![None; self.points.len()];
        search.descend(0, (0.0, 0.0), 0, &mut taken);
        match search.best {
            Some(items) if !search.stopped => Answer::Exact(items),
            None if !search.stopped => Answer::Infeasible(()),
            best => Answer::Gap { best, lower, upper: search.upper },
        }
    }

    /// The linear relaxation, solved greedily over the pieces of the hulls.
    fn relaxed(&self) -> Start {
        let mut rounded = vec![0; self.points.len()];
        let (mut cost, mut gain, mut size) = (0.0, 0.0, self.knapsack.need.abs());
        for points in &self.points {
            if let Some(first) = points.first() {
                cost += first.cost;
                gain += first.gain;
                size += first.gain.abs().max(most(points).abs());
            }
        }
        let (first, slack) = (rounded.clone(), SLACK * size);
        let need = self.knapsack.need - slack;
        let mut price = 0.0;
        if gain < need {
            for piece in self.pieces() {
                if let Some(at) = rounded.get_mut(piece.class) {
                    *at = piece.to;
                }
                price = piece.cost / piece.gain;
                if gain + piece.gain >= need {
                    cost += price * (need - gain);
                    break;
                }
                (gain, cost) = (gain + piece.gain, cost + piece.cost);
            }
        }
        Start { first, rounded, lower: cost, price, slack }
    }

    fn cost(&self, taken: &[usize]) -> f64 {
        let points = self.points.iter().zip(taken);
        points.filter_map(|(points, &at)| points.get(at)).map(|p| p.cost).sum()
    }

    /// A choice whose classes, one after the other, go down to the cheapest item that is enough;
    /// those that save most go first.
    fn improved(&self, taken: &[usize]) -> Vec<usize> {
        let mut taken = taken.to_vec();
        let gained = |taken: &[usize]| -> f64 {
            let points = self.points.iter().zip(taken);
            points.filter_map(|(points, &at)| points.get(at)).map(|p| p.gain).sum()
        };
        for _ in 0..self.points.len() {
            let spare = gained(&taken) - self.knapsack.need;
            let way = |(class, points): (usize, &&[Point])| {
                let now = points.get(*taken.get(class)?)?;
                let at = points.iter().position(|p| p.gain >= now.gain - spare)?;
                Some((now.cost - points.get(at)?.cost, class, at))
            };
            let ways = self.points.iter().enumerate().filter_map(way);
            let best = ways.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            match best {
                Some((saved, class, at)) if saved > 0.0 => taken[class] = at,
                _ => break,
            }
        }
        taken
    }

    /// The points that an answer cheaper than `upper` may hold: at the price of gain of the
    /// relaxation, its bound plus what the point costs more than the best of its class is below
    /// (Dyer, Riha & Walker 1984).
    fn reduced(&self, start: &Start, upper: f64) -> Vec<Vec<Point>> {
        let net = |p: &Point| p.cost - start.price * p.gain;
        let margin = upper - start.lower + SLACK * (upper.abs() + start.lower.abs());
        let own = |points: &&[Point]| -> Vec<Point> {
            let least = points.iter().map(net).fold(f64::INFINITY, f64::min);
            points.iter().filter(|p| net(p) - least <= margin).copied().collect()
        };
        if upper < f64::INFINITY {
            self.points.iter().map(own).collect()
        } else {
            self.points.iter().map(|points| points.to_vec()).collect()
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

/// The linear relaxation and what follows from it.
struct Start {
    /// The cheapest point of each class.
    first: Vec<usize>,
    /// The relaxation's points, its last piece taken whole.
    rounded: Vec<usize>,
    /// No choice costs less.
    lower: f64,
    /// Cost of a unit of gain at the optimum of the relaxation.
    price: f64,
    /// What rounding may take from a sum of gains.
    slack: f64,
}

/// The linear relaxation of every tail of the classes, in the order that they are decided in.
struct Tails {
    /// Classes, those that matter most first.
    order: Vec<usize>,
    /// Of the classes from a position on: sum of their least costs and of the gains there.
    base: Vec<(f64, f64)>,
    /// Of the classes from a position on: pieces by falling slope, each with the sums up to it.
    pieces: Vec<Vec<(f64, f64)>>,
    /// The gain needed, less what rounding may take.
    need: f64,
}

impl Tails {
    fn new(points: &[Vec<Point>], need: f64) -> Self {
        let spread = |own: &Vec<Point>| own.first().map_or(0.0, |first| most(own) - first.gain);
        let spreads: Vec<f64> = points.iter().map(spread).collect();
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|&a, &b| spreads[b].total_cmp(&spreads[a]).then(a.cmp(&b)));
        let mut all = Vec::new();
        points.iter().enumerate().for_each(|(class, own)| hull(class, own, &mut all));
        sort(&mut all);
        let mut place = vec![0; points.len()];
        order.iter().enumerate().for_each(|(at, &class)| place[class] = at);
        let mut base = vec![(0.0, 0.0)];
        for &class in order.iter().rev() {
            let (cost, gain) = base.last().copied().unwrap_or_default();
            let first = points.get(class).and_then(|own| own.first());
            base.push(first.map_or((cost, gain), |p| (cost + p.cost, gain + p.gain)));
        }
        base.reverse();
        let pieces = (0..=points.len())
            .map(|from| {
                let (mut gain, mut cost) = (0.0, 0.0);
                let own = all.iter().filter(|piece| place[piece.class] >= from);
                own.map(|piece| {
                    gain += piece.gain;
                    cost += piece.cost;
                    (gain, cost)
                })
                .collect()
            })
            .collect();
        Self { order, base, pieces, need }
    }

    /// No choice of the classes from a position on costs less, where the ones before gained so much.
    fn bound(&self, from: usize, gained: f64) -> f64 {
        let (base, rest) = self.base.get(from).copied().unwrap_or_default();
        let missing = self.need - gained - rest;
        if missing <= 0.0 {
            return base;
        }
        let tail = self.pieces.get(from).map_or(&[][..], Vec::as_slice);
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
    points: Vec<Vec<Point>>,
    tails: Tails,
    nodes: u64,
    stopped: bool,
    best: Option<Items>,
    upper: f64,
}

impl Search<'_, '_> {
    /// Keeps a choice if it is feasible and the best so far.
    fn offer(&mut self, taken: &[Option<Point>]) {
        let (mut gain, mut cost, mut changed) = (0.0, 0.0, 0);
        let mut items = Vec::with_capacity(taken.len());
        for (class, point) in taken.iter().enumerate() {
            let Some(point) = point else { return };
            gain += point.gain;
            cost += point.cost;
            changed += usize::from(self.task.knapsack.changes(class, point.item));
            items.push(point.item);
        }
        let few = self.task.knapsack.most_changes.is_none_or(|most| changed <= most);
        if few && gain >= self.task.knapsack.need && cost < self.upper {
            (self.upper, self.best) = (cost, Some(items));
        }
    }

    fn descend(
        &mut self,
        depth: usize,
        (gained, spent): (f64, f64),
        changed: usize,
        taken: &mut [Option<Point>],
    ) {
        let Some(&class) = self.tails.order.get(depth) else {
            self.offer(taken);
            return;
        };
        self.nodes += 1;
        if self.limits.reached(self.nodes) {
            self.stopped = true;
        }
        let Some(points) = self.points.get(class) else { return };
        let most = self.task.knapsack.most_changes.unwrap_or(usize::MAX);
        let more = |p: &Point| usize::from(self.task.knapsack.changes(class, p.item));
        let mut ways: Vec<(f64, Point)> = points
            .iter()
            .filter(|p| changed + more(p) <= most)
            .map(|p| (spent + p.cost + self.tails.bound(depth + 1, gained + p.gain), *p))
            .filter(|(lower, _)| *lower < self.upper)
            .collect();
        ways.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (lower, point) in ways {
            if lower >= self.upper || self.stopped {
                return;
            }
            if let Some(own) = taken.get_mut(class) {
                *own = Some(point);
            }
            let more = usize::from(self.task.knapsack.changes(class, point.item));
            let sums = (gained + point.gain, spent + point.cost);
            self.descend(depth + 1, sums, changed + more, taken);
        }
    }
}
