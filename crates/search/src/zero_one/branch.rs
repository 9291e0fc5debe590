//! Branch and cut over the sides of points.

use std::collections::HashSet;

use super::conflicts::{Conflicts, Literals};
use super::points::Points;
use super::realise::{Realise, least_margin, score, widest};
use super::task::{Cell, Hyperplanes, Task, Unreachable};
use crate::simplex::{Outcome, Simplex};
use crate::{Answer, Limits, Result};

/// A side nearer than this to 0 or 1 is taken to be there.
const INTEGRAL: f64 = 1e-6;
/// A conflict is violated if its literals' distances sum to less than one by this.
const VIOLATED: f64 = 1e-3;
/// Conflicts looked for at a relaxed point, and rounds of that at the root and below.
const LOOKS: usize = 8;
const ROOT_ROUNDS: usize = 400;
const ROUNDS: usize = 6;
/// Rows at which slack conflicts leave the program (they stay in the pool).
const MOST_ROWS: usize = 900;
/// Conflicts of the pool that come back at once.
const BACK: usize = 60;

/// Points, a family of hyperplanes, and what is known of which sides contradict each other.
pub struct Space<'p> {
    pub(super) points: &'p Points,
    pub(super) family: Hyperplanes,
    conflicts: Conflicts<'p>,
    pool: Vec<Literals>,
    known: HashSet<Literals>,
    random: u64,
}

/// One search.
struct Search<'t> {
    task: &'t Task,
    /// Cost of all negative sides.
    base: f64,
    /// Difference between two costs, at least; 0 where that is not known.
    step: f64,
    master: Simplex,
    /// The pool's number of each row after the first.
    rows: Vec<usize>,
    realise: Realise,
    best: Option<Cell>,
    nodes: u64,
    /// The least bound of a node that was closed without a proof, because its numbers failed.
    doubt: f64,
}

/// A point that was branched on.
struct Branch {
    point: usize,
    side: bool,
    /// The bound of the other side, while that is open.
    open: Option<f64>,
}

/// What a node came to.
enum Node {
    Closed,
    Split { point: usize, side: bool, bound: f64 },
}

impl<'p> Space<'p> {
    /// A space without known conflicts.
    ///
    /// # Errors
    /// When the bound or the margin is not above 0.
    pub fn new(points: &'p Points, family: Hyperplanes) -> Result<Self> {
        family.check()?;
        let conflicts = Conflicts::new(points, family);
        let (pool, known) = (Vec::new(), HashSet::new());
        Ok(Self { points, family, conflicts, pool, known, random: 0x9E37_79B9_7F4A_7C15 })
    }

    /// Number of conflicts that are known.
    pub fn conflicts(&self) -> usize {
        self.pool.len()
    }

    /// The cell of least cost. [`Limits::nodes`] counts nodes of the tree; the clock and the flag are
    /// looked at after every linear program.
    /// A task for other points is answered as unreachable.
    pub fn best(&mut self, task: &Task, limits: &Limits) -> Answer<Cell, Unreachable> {
        let n = self.points.len();
        let fits = task.cost.len() == n && task.fixed.iter().all(|f| f.0 < n);
        let mut search = match fits {
            true => self.search(task),
            false => return Answer::Infeasible(Unreachable { nodes: 0, conflicts: 0 }),
        };
        for (point, side) in &task.fixed {
            let (low, high) = search.master.bounds(*point);
            let at = f64::from(u8::from(*side));
            if at < low || at > high {
                return Answer::Infeasible(Unreachable { nodes: 0, conflicts: 0 });
            }
            search.master.set_bounds(*point, at, at);
        }
        for w in &task.start {
            self.try_coefficients(&mut search, w);
        }
        let mut path: Vec<Branch> = Vec::new();
        let mut bound = f64::NEG_INFINITY;
        loop {
            search.nodes += 1;
            let node = match self.node(&mut search, bound, path.is_empty(), limits) {
                Some(node) => node,
                None => return self.ended_early(search, bound, &path),
            };
            match node {
                Node::Split { point, side, bound: own } => {
                    bound = own;
                    path.push(Branch { point, side, open: Some(own) });
                    fix(&mut search, point, side);
                }
                Node::Closed => {
                    // Back to the last branch with an open side that may still be better.
                    loop {
                        let Some(last) = path.last_mut() else { return self.closed(search) };
                        let point = last.point;
                        match last.open.take() {
                            Some(open) if !search.is_beaten(open) => {
                                last.side = !last.side;
                                let side = last.side;
                                bound = open;
                                fix(&mut search, point, side);
                                break;
                            }
                            _ => {
                                search.master.set_bounds(point, 0.0, 1.0);
                                path.pop();
                            }
                        }
                    }
                }
            }
        }
    }

    fn search<'t>(&self, task: &'t Task) -> Search<'t> {
        let n = self.points.len();
        let mut master = Simplex::new(&vec![(0.0, 1.0); n]);
        // The errors, as a row: within the budget, or of no effect.
        let pairs = self.points.positive.iter().zip(&self.points.negative);
        let wrong: Vec<(usize, f64)> =
            pairs.enumerate().map(|(i, (p, n))| (i, n - p)).filter(|e| e.1 != 0.0).collect();
        let all: f64 = self.points.positive.iter().sum();
        let low: f64 = wrong.iter().map(|e| e.1.min(0.0)).sum();
        let high: f64 = wrong.iter().map(|e| e.1.max(0.0)).sum();
        let most = task.budget.map_or(high, |b| b - all);
        master.add_row(&wrong, low.min(most), high.min(most));
        master.set_costs(&task.cost.iter().map(|c| c[1] - c[0]).collect::<Vec<_>>());
        let whole = task.cost.iter().flatten().all(|c| c.fract() == 0.0);
        Search {
            task,
            base: task.cost.iter().map(|c| c[0]).sum(),
            step: if whole { 1.0 } else { 0.0 },
            master,
            rows: Vec::new(),
            realise: Realise::new(self.points, &self.family),
            best: None,
            nodes: 0,
            doubt: f64::INFINITY,
        }
    }

    fn closed(&self, search: Search) -> Answer<Cell, Unreachable> {
        if search.doubt < f64::INFINITY && !search.is_beaten(search.doubt) {
            return self.ended_early(search, f64::INFINITY, &[]);
        }
        match search.best {
            Some(cell) => Answer::Exact(cell),
            None => {
                Answer::Infeasible(Unreachable { nodes: search.nodes, conflicts: self.pool.len() })
            }
        }
    }

    fn ended_early(&self, search: Search, here: f64, path: &[Branch]) -> Answer<Cell, Unreachable> {
        let upper = search.best.as_ref().map_or(f64::INFINITY, |b| b.cost);
        // A bound of minus infinity at the root: each point's cheaper side.
        let trivial: f64 = search.task.cost.iter().map(|c| c[0].min(c[1])).sum();
        let open = path.iter().filter_map(|b| b.open).chain([here, search.doubt]);
        let open = open.fold(f64::INFINITY, f64::min);
        let lower = search.rounded(open.max(trivial)).min(upper);
        Answer::Gap { best: search.best, lower, upper }
    }

    /// Solves a node; `None` when the search is to end.
    fn node(
        &mut self,
        search: &mut Search,
        parent: f64,
        root: bool,
        limits: &Limits,
    ) -> Option<Node> {
        let mut bound = parent;
        let (mut rounds, mut slow) = (0, 0);
        loop {
            // Every linear program counts as the 256th node does: the clock is read.
            if limits.nodes.is_some_and(|most| search.nodes > most) || limits.reached(0) {
                return None;
            }
            match search.master.solve() {
                Outcome::Infeasible => return Some(Node::Closed),
                Outcome::Failed => return Some(self.split(search, bound)),
                Outcome::Optimal => {}
            }
            let value = search.base + search.master.objective();
            slow = if value > bound + 1e-4 * (1.0 + bound.abs()) { 0 } else { slow + 1 };
            bound = bound.max(value);
            if search.is_beaten(bound) {
                return Some(Node::Closed);
            }
            let v: Vec<f64> = (0..self.points.len()).map(|i| search.master.value(i)).collect();
            let whole = v.iter().all(|v| v.min(1.0 - v) < INTEGRAL);
            if rounds % 5 == 0 {
                self.round(search, &v);
                if search.is_beaten(bound) {
                    return Some(Node::Closed);
                }
            }
            if whole {
                let sides: Vec<bool> = v.iter().map(|v| *v > 0.5).collect();
                match self.leaf(search, &sides) {
                    Leaf::Cell => return Some(Node::Closed),
                    Leaf::Cut => continue,
                    Leaf::Unknown => return Some(self.split(search, bound)),
                }
            }
            rounds += 1;
            let most = if root { ROOT_ROUNDS } else { ROUNDS };
            if rounds > most || slow > if root { 12 } else { 2 } || !self.separate(search, &v) {
                return Some(self.split(search, bound));
            }
        }
    }

    /// The point to branch on: the one that is least decided, for what its sides cost.
    fn split(&self, search: &mut Search, bound: f64) -> Node {
        let mut best: Option<(f64, usize)> = None;
        for i in 0..self.points.len() {
            let (low, high) = search.master.bounds(i);
            if low == high {
                continue;
            }
            let v = search.master.value(i).clamp(0.0, 1.0);
            let weight = search.task.cost.get(i).map_or(0.0, |c| (c[1] - c[0]).abs());
            let rows = self.points.positive[i] + self.points.negative[i];
            let key = v.min(1.0 - v) * (1.0 + weight + 0.1 * rows) + 1e-9;
            if best.is_none_or(|(top, _)| key > top) {
                best = Some((key, i));
            }
        }
        match best {
            Some((_, point)) => {
                Node::Split { point, side: search.master.value(point) > 0.5, bound }
            }
            None => {
                // All sides are given, and neither a conflict nor a hyperplane was found.
                search.doubt = search.doubt.min(bound);
                Node::Closed
            }
        }
    }

    /// Cuts off a relaxed point: by known conflicts, else by new ones. False if nothing was found.
    fn separate(&mut self, search: &mut Search, v: &[f64]) -> bool {
        let distance = |l: &u32| {
            let v = v[*l as usize / 2];
            if l % 2 == 1 { 1.0 - v } else { v }
        };
        let present: HashSet<usize> = search.rows.iter().copied().collect();
        let mut back: Vec<(f64, usize)> = Vec::new();
        for (k, conflict) in self.pool.iter().enumerate().filter(|(k, _)| !present.contains(k)) {
            let sum: f64 = conflict.iter().map(distance).sum();
            if sum < 1.0 - 0.05 {
                back.push((sum, k));
            }
        }
        if !back.is_empty() {
            back.sort_by(|a, b| a.0.total_cmp(&b.0));
            back.iter().take(BACK).for_each(|&(_, k)| search.add(k, &self.pool[k]));
            search.tidy();
            return true;
        }
        let mut cost: Vec<f64> = (0..2 * v.len() as u32).map(|l| distance(&l).max(0.0)).collect();
        let mut found = 0;
        for look in 0..LOOKS {
            let noise = if look == 0 { 1e-4 } else { 0.02 };
            let noisy: Vec<f64> = cost.iter().map(|c| c + noise * self.next()).collect();
            let Some(conflict) = self.conflicts.cheap(&noisy) else { break };
            let sum: f64 = conflict.literals.iter().map(distance).sum();
            // Next time somewhere else.
            conflict.literals.iter().for_each(|l| cost[*l as usize] += 0.25);
            if sum < 1.0 - VIOLATED && self.known.insert(conflict.literals.clone()) {
                self.pool.push(conflict.literals);
                let k = self.pool.len() - 1;
                search.add(k, &self.pool[k]);
                found += 1;
            }
            if look == 0 {
                let w = self.conflicts.prices();
                self.try_coefficients(search, &w);
            }
        }
        search.tidy();
        found > 0
    }

    /// Whether whole sides are a cell; if not, conflicts among them are cut off.
    fn leaf(&mut self, search: &mut Search, sides: &[bool]) -> Leaf {
        let mut found = 0;
        let mut barred: HashSet<u32> = HashSet::new();
        for _ in 0..3 * LOOKS {
            let cost: Vec<f64> = (0..2 * sides.len() as u32)
                .map(|l| {
                    let chosen = sides[l as usize / 2] == (l % 2 == 1);
                    let noise = 1e-3 * self.next();
                    if chosen && !barred.contains(&l) { noise } else { 1.0 }
                })
                .collect();
            let Some(conflict) = self.conflicts.cheap(&cost) else { break };
            if !conflict.literals.iter().all(|l| sides[*l as usize / 2] == (l % 2 == 1)) {
                break;
            }
            if let Some(first) = conflict.literals.first() {
                barred.insert(*first);
            }
            if self.known.insert(conflict.literals.clone()) {
                self.pool.push(conflict.literals);
                let k = self.pool.len() - 1;
                search.add(k, &self.pool[k]);
                found += 1;
            } else if let Some(k) = self.pool.iter().position(|known| *known == conflict.literals)
                && !search.rows.contains(&k)
            {
                search.add(k, &self.pool[k]);
                found += 1;
            }
        }
        if found > 0 {
            return Leaf::Cut;
        }
        if self.offer(search, sides) { Leaf::Cell } else { Leaf::Unknown }
    }

    /// Sides near relaxed ones that some hyperplane gives, the surest first.
    fn round(&mut self, search: &mut Search, v: &[f64]) {
        let n = v.len();
        let mut order: Vec<usize> = (0..n).collect();
        let sure = |i: usize| (v[i] - 0.5).abs();
        let rows = |i: usize| self.points.positive[i] + self.points.negative[i];
        order.sort_by(|&a, &b| sure(b).total_cmp(&sure(a)).then(rows(b).total_cmp(&rows(a))));
        let mut sides = vec![false; n];
        (0..n).for_each(|i| {
            search.realise.set(i, None);
        });
        for (k, &i) in order.iter().enumerate() {
            let wanted = v[i] > 0.5;
            let fixed = search.task.fixed.iter().find(|f| f.0 == i).map(|f| f.1);
            let side = fixed.unwrap_or(wanted);
            let fits = search.realise.set(i, Some(side)) && search.realise.holds() == Some(true);
            sides[i] = side;
            if !fits {
                if fixed.is_some() {
                    return;
                }
                sides[i] = !side;
                search.realise.set(i, Some(!side));
                if search.realise.holds() != Some(true) {
                    return;
                }
            }
            // The points that are left may all be where they are wanted.
            if k % 8 == 7 || k + 1 == n {
                let w = search.realise.coefficients();
                let rest = order.iter().skip(k + 1);
                let good = |&i: &usize| {
                    let s = score(&self.points.rows[i], &w);
                    (v[i] > 0.5) == (s > 0.0) && s.abs() >= self.family.margin
                };
                if rest.clone().all(good) {
                    rest.for_each(|&i| sides[i] = v[i] > 0.5);
                    break;
                }
            }
        }
        self.offer(search, &sides);
    }

    /// Tries the sides that some coefficients give.
    fn try_coefficients(&self, search: &mut Search, w: &[f64]) {
        if w.len() != self.points.rows.first().map_or(0, Vec::len) {
            return;
        }
        let top = w.iter().fold(0f64, |m, v| m.max(v.abs()));
        if !(top > 0.0 && top.is_finite()) {
            return;
        }
        for turn in [1.0, -1.0] {
            let w: Vec<f64> = w.iter().map(|v| turn * v * self.family.bound / top).collect();
            let sides: Vec<bool> = self.points.rows.iter().map(|x| score(x, &w) > 0.0).collect();
            if least_margin(self.points, &w, &sides) >= self.family.margin {
                self.offer(search, &sides);
            }
        }
    }

    /// Takes sides as the best known if they are better, within the budget, and some hyperplane's;
    /// returns whether they are a cell of the task.
    fn offer(&self, search: &mut Search, sides: &[bool]) -> bool {
        let errors = self.points.errors(sides);
        let within = search.task.budget.is_none_or(|b| errors <= b + 1e-9 * b.abs());
        let given = |f: &(usize, bool)| sides.get(f.0) == Some(&f.1);
        if !within || !search.task.fixed.iter().all(given) {
            return false;
        }
        let cost = search.task.cost_of(sides);
        if search.best.as_ref().is_some_and(|best| best.cost <= cost) {
            return true;
        }
        let Some((coefficients, margin)) = widest(self.points, &self.family, sides) else {
            return false;
        };
        search.best = Some(Cell { sides: sides.to_vec(), coefficients, margin, errors, cost });
        true
    }

    /// A number from 0 to 1 (SplitMix64; Steele, Lea & Flood 2014).
    fn next(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// What whole sides are.
enum Leaf {
    Cell,
    Cut,
    Unknown,
}

fn fix(search: &mut Search, point: usize, side: bool) {
    let at = f64::from(u8::from(side));
    search.master.set_bounds(point, at, at);
}

impl Search<'_> {
    /// A bound, moved up to the next cost there can be.
    fn rounded(&self, bound: f64) -> f64 {
        if self.step > 0.0 { (bound - 1e-5).ceil() } else { bound }
    }

    /// Whether nothing of such a bound is better than the best.
    fn is_beaten(&self, bound: f64) -> bool {
        let tiny = |cost: f64| 1e-9 * (1.0 + cost.abs());
        self.best.as_ref().is_some_and(|best| self.rounded(bound) >= best.cost - tiny(best.cost))
    }

    /// Adds conflict `k` of the pool: not all of its literals.
    fn add(&mut self, k: usize, conflict: &Literals) {
        let one = |l: &u32| (*l as usize / 2, if l % 2 == 1 { 1.0 } else { -1.0 });
        let row: Vec<(usize, f64)> = conflict.iter().map(one).collect();
        let negative = conflict.iter().filter(|l| *l % 2 == 0).count() as f64;
        self.master.add_row(&row, -negative, conflict.len() as f64 - 1.0 - negative);
        self.rows.push(k);
    }

    /// Lets slack conflicts go where there are many. (The values are those of the last program; new
    /// rows have none yet and are looked at the next time.)
    fn tidy(&mut self) {
        if self.master.rows() <= MOST_ROWS || self.master.solve() != Outcome::Optimal {
            return;
        }
        let keep = self.master.drop_slack_rows(1, 0.25);
        let mut at = 0;
        self.rows.retain(|_| {
            at += 1;
            keep.get(at).copied().unwrap_or(true)
        });
    }
}
