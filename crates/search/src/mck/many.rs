//! The multiple-choice knapsack with several needs: one item from each class, so that each of
//! several sums of gains meets its need, at the least cost.
//!
//! It is what recourse asks where several models must all call as wished, or one class must beat
//! all others. Prices of the gains come from the Lagrangian dual, raised by subgradient steps (Held,
//! Wolfe & Crowder, "Validation of subgradient optimization", Mathematical Programming, 1974); at
//! any prices the bound holds. Items that cost too much more than the cheapest of their class at
//! those prices are struck out, and the rest is searched depth first, pruned by the bound and by what
//! each sum can still gain.
//!
//! ```
//! use linecall_search::Limits;
//! use linecall_search::mck::{Cost, ManyItem, ManyNeeds};
//!
//! let item = |gains: [f64; 2], cost| ManyItem { gains: gains.to_vec(), cost, max: cost, changed: 1 };
//! let rest = ManyItem { gains: vec![0.0; 2], cost: 0.0, max: 0.0, changed: 0 };
//! let income = vec![rest.clone(), item([1.0, 0.0], 0.2), item([2.0, 0.5], 0.6)];
//! let debt = vec![rest, item([0.5, 1.0], 0.3)];
//! let both = ManyNeeds::new(vec![income, debt], vec![1.5, 1.0])?;
//! let best = both.best(Cost::Sum, &Limits::default()).exact().unwrap();
//! assert_eq!((best.items, best.sum), (vec![1, 1], 0.5));
//! # Ok::<(), linecall_search::Error>(())
//! ```

use super::{Cost, SLACK};
use crate::{Answer, Error, Limits, Result};

/// One choice of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct ManyItem {
    /// What it adds to each sum.
    pub gains: Vec<f64>,
    /// What it costs.
    pub cost: f64,
    /// The largest cost of a member.
    pub max: f64,
    /// The members that it changes, one bit each.
    pub changed: u64,
}

/// An item of each class.
#[derive(Clone, Debug, PartialEq)]
pub struct ManyPick {
    /// The position of the item taken, by class.
    pub items: Vec<usize>,
    /// Sums of the gains.
    pub gains: Vec<f64>,
    /// Sum of the costs.
    pub sum: f64,
    /// Largest cost.
    pub max: f64,
}

/// A need that no choice meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unmet {
    /// The need, by position; `None` where each can be met by itself, but not all together.
    pub need: Option<usize>,
    /// By how much the choice that gains most for it is short.
    pub short: f64,
}

/// A multiple-choice knapsack with several needs.
#[derive(Clone, Debug)]
pub struct ManyNeeds {
    classes: Vec<Vec<ManyItem>>,
    needs: Vec<f64>,
    /// What rounding may take from each sum.
    slack: Vec<f64>,
    most_changes: Option<u32>,
}

/// Subgradient steps.
const STEPS: usize = 300;

impl ManyNeeds {
    /// A knapsack of classes, each a list of items.
    ///
    /// # Errors
    /// When a class has no items, an item does not have a gain for each need, or a number is not
    /// finite.
    pub fn new(classes: Vec<Vec<ManyItem>>, needs: Vec<f64>) -> Result<Self> {
        let finite = |what: String, value: f64| match value.is_finite() {
            true => Ok(()),
            false => Err(Error::NotFinite { what, value: value.to_string() }),
        };
        let mut slack: Vec<f64> = needs.iter().map(|need| need.abs()).collect();
        for need in &needs {
            finite("a gain needed".to_owned(), *need)?;
        }
        for (c, class) in classes.iter().enumerate() {
            if class.is_empty() {
                return Err(Error::Shape(format!("class {c} has no items")));
            }
            let mut largest = vec![0.0f64; needs.len()];
            for (i, item) in class.iter().enumerate() {
                if item.gains.len() != needs.len() {
                    let (found, needs) = (item.gains.len(), needs.len());
                    return Err(Error::Shape(format!(
                        "item {i} of class {c} has {found} gains for {needs} needs"
                    )));
                }
                for value in item.gains.iter().chain([&item.cost, &item.max]) {
                    finite(format!("a number of item {i} of class {c}"), *value)?;
                }
                for (top, gain) in largest.iter_mut().zip(&item.gains) {
                    *top = top.max(gain.abs());
                }
            }
            slack.iter_mut().zip(largest).for_each(|(slack, top)| *slack += top);
        }
        slack.iter_mut().for_each(|slack| *slack *= SLACK);
        Ok(Self { classes, needs, slack, most_changes: None })
    }

    /// The same knapsack with at most so many members changed.
    #[must_use]
    pub fn with_most_changes(self, most: u32) -> Self {
        Self { most_changes: Some(most), ..self }
    }

    /// The choice of least cost.
    pub fn best(&self, cost: Cost, limits: &Limits) -> Answer<ManyPick, Unmet> {
        if let Some(unmet) = self.unmet(f64::INFINITY) {
            return Answer::Infeasible(unmet);
        }
        match cost {
            Cost::Sum => self.least_sum(f64::INFINITY, limits),
            Cost::Max => self.least_max(limits),
        }
    }

    /// A need that cannot be met by itself within a limit of the largest cost.
    fn unmet(&self, limit: f64) -> Option<Unmet> {
        (0..self.needs.len()).find_map(|k| {
            let most = |class: &Vec<ManyItem>| {
                let gains = class.iter().filter(|i| i.max <= limit).filter_map(|i| i.gains.get(k));
                gains.copied().fold(f64::NEG_INFINITY, f64::max)
            };
            let reach: f64 = self.classes.iter().map(most).sum();
            let need = self.needs.get(k).copied().unwrap_or(0.0);
            (reach < need).then_some(Unmet { need: Some(k), short: need - reach })
        })
    }

    /// The least largest cost by bisection over the costs, each question answered by a search.
    fn least_max(&self, limits: &Limits) -> Answer<ManyPick, Unmet> {
        let mut costs: Vec<f64> = self.classes.iter().flatten().map(|item| item.max).collect();
        costs.sort_by(f64::total_cmp);
        costs.dedup();
        let (mut low, mut high) = (0, costs.len());
        let mut best = None;
        while low < high {
            let middle = low + (high - low) / 2;
            let Some(&limit) = costs.get(middle) else { break };
            let answer = match self.unmet(limit) {
                Some(unmet) => Answer::Infeasible(unmet),
                None => self.least_sum(limit, limits),
            };
            match answer {
                Answer::Exact(pick) => {
                    best = Some(pick);
                    high = middle;
                }
                Answer::Infeasible(_) => low = middle + 1,
                Answer::Gap { best: found, .. } => {
                    // What is below has not been ruled out.
                    let best = found.or(best);
                    let lower = costs.get(low).copied().unwrap_or(0.0);
                    let upper = best.as_ref().map_or(f64::INFINITY, |pick| pick.max);
                    return Answer::Gap { best, lower, upper };
                }
            }
        }
        best.map_or(Answer::Infeasible(Unmet { need: None, short: 0.0 }), Answer::Exact)
    }

    fn least_sum(&self, limit: f64, limits: &Limits) -> Answer<ManyPick, Unmet> {
        let allowed: Vec<Vec<usize>> = self
            .classes
            .iter()
            .map(|class| (0..class.len()).filter(|i| class[*i].max <= limit).collect())
            .collect();
        if allowed.iter().any(Vec::is_empty) {
            return Answer::Infeasible(Unmet { need: None, short: 0.0 });
        }
        let mut search = Search {
            knapsack: self,
            limits,
            best: None,
            upper: f64::INFINITY,
            nodes: 0,
            stopped: false,
            levels: Vec::new(),
            taken: Vec::new(),
        };
        let prices = search.prices(&allowed);
        let lower = prices.lower;
        search.prepare(&allowed, &prices);
        let mut gains = vec![0.0; self.needs.len()];
        search.descend(0, &mut gains, 0.0, lower, 0);
        let Search { best, upper, stopped, .. } = search;
        match best {
            Some(items) if !stopped => Answer::Exact(self.pick(items)),
            None if !stopped => Answer::Infeasible(Unmet { need: None, short: 0.0 }),
            best => {
                let best = best.map(|items| self.pick(items));
                Answer::Gap { best, lower: lower.min(upper), upper }
            }
        }
    }

    fn pick(&self, items: Vec<usize>) -> ManyPick {
        let mut pick = ManyPick {
            gains: vec![0.0; self.needs.len()],
            sum: 0.0,
            max: f64::NEG_INFINITY,
            items: Vec::new(),
        };
        for (class, &i) in self.classes.iter().zip(&items) {
            if let Some(item) = class.get(i) {
                pick.gains.iter_mut().zip(&item.gains).for_each(|(sum, gain)| *sum += gain);
                pick.sum += item.cost;
                pick.max = pick.max.max(item.max);
            }
        }
        pick.items = items;
        pick
    }

    /// Whether items, one a class, meet all needs; sums are taken in the order of the classes.
    fn meets(&self, items: &[usize]) -> bool {
        let mut gains = vec![0.0; self.needs.len()];
        let mut changes = 0;
        for (class, &i) in self.classes.iter().zip(items) {
            let Some(item) = class.get(i) else { return false };
            gains.iter_mut().zip(&item.gains).for_each(|(sum, gain)| *sum += gain);
            changes += item.changed.count_ones();
        }
        self.most_changes.is_none_or(|most| changes <= most)
            && gains.iter().zip(&self.needs).all(|(gain, need)| gain >= need)
    }
}

/// Prices of the gains, and the bound that they prove.
struct Prices {
    of: Vec<f64>,
    lower: f64,
}

/// A class in the order of the search.
struct Level {
    class: usize,
    /// Items that are left, with what each costs more than the cheapest at the prices; in order.
    items: Vec<(usize, f64)>,
    /// Of the levels after this one, the most that each sum can gain.
    most_after: Vec<f64>,
}

struct Search<'s> {
    knapsack: &'s ManyNeeds,
    limits: &'s Limits<'s>,
    best: Option<Vec<usize>>,
    upper: f64,
    nodes: u64,
    stopped: bool,
    levels: Vec<Level>,
    taken: Vec<usize>,
}

impl Search<'_> {
    fn net(item: &ManyItem, prices: &[f64]) -> f64 {
        item.cost - prices.iter().zip(&item.gains).map(|(p, g)| p * g).sum::<f64>()
    }

    /// Raises the bound; every choice on the way is mended and offered.
    fn prices(&mut self, allowed: &[Vec<usize>]) -> Prices {
        let knapsack = self.knapsack;
        let mut now = vec![0.0; knapsack.needs.len()];
        let mut best = Prices { of: now.clone(), lower: f64::NEG_INFINITY };
        let (mut scale, mut idle) = (1.0, 0);
        for _ in 0..STEPS {
            let mut items = Vec::with_capacity(allowed.len());
            let mut value = 0.0;
            let mut missing: Vec<f64> = knapsack
                .needs
                .iter()
                .zip(&knapsack.slack)
                .map(|(need, slack)| need - slack)
                .collect();
            value += now.iter().zip(&missing).map(|(p, need)| p * need).sum::<f64>();
            for (class, own) in knapsack.classes.iter().zip(allowed) {
                let nets = own.iter().filter_map(|&i| class.get(i).map(|item| (i, item)));
                let nets = nets.map(|(i, item)| (i, Self::net(item, &now)));
                let Some((i, net)) = nets.min_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
                value += net;
                items.push(i);
                if let Some(item) = class.get(i) {
                    missing.iter_mut().zip(&item.gains).for_each(|(m, gain)| *m -= gain);
                }
            }
            self.mended(items, allowed);
            if value > best.lower {
                (best.lower, best.of, idle) = (value, now.clone(), 0);
            } else {
                idle += 1;
                if idle == 10 {
                    (scale, idle) = (0.5 * scale, 0);
                    now.clone_from(&best.of);
                }
            }
            let length: f64 = missing.iter().map(|m| m * m).sum();
            if length == 0.0 || self.upper <= best.lower {
                break;
            }
            // With no choice found yet the distance to the optimum is guessed.
            let far =
                if self.upper < f64::INFINITY { self.upper - value } else { 1.0 + value.abs() };
            let step = scale * far.max(1e-12) / length;
            now.iter_mut().zip(&missing).for_each(|(p, m)| *p = (*p + step * m).max(0.0));
        }
        best
    }

    /// Offers a choice after mending it: while a need is not met, the change that gains most of what
    /// is missing for its cost; then classes go down to what is just enough.
    fn mended(&mut self, mut items: Vec<usize>, allowed: &[Vec<usize>]) {
        let knapsack = self.knapsack;
        let gains = |items: &[usize]| knapsack.pick(items.to_vec()).gains;
        for _ in 0..2 * items.len() {
            let now = gains(&items);
            let missing: Vec<f64> = knapsack
                .needs
                .iter()
                .zip(&now)
                .map(|(need, gain)| (need - gain).max(0.0))
                .collect();
            if missing.iter().all(|m| *m == 0.0) {
                break;
            }
            let mut best: Option<(f64, usize, usize)> = None;
            for (c, (class, own)) in knapsack.classes.iter().zip(allowed).enumerate() {
                let Some(from) = items.get(c).and_then(|i| class.get(*i)) else { continue };
                for &i in own {
                    let Some(to) = class.get(i) else { continue };
                    let moves = missing.iter().zip(to.gains.iter().zip(&from.gains));
                    let filled: f64 = moves.map(|(m, (a, b))| (a - b).clamp(-1e300, *m)).sum();
                    let rate = filled / (to.cost - from.cost).max(1e-12);
                    if filled > 0.0 && best.is_none_or(|best| rate > best.0) {
                        best = Some((rate, c, i));
                    }
                }
            }
            let Some((_, c, i)) = best else { return };
            items[c] = i;
        }
        for c in 0..items.len() {
            let Some(own) = allowed.get(c) else { continue };
            let cost =
                |i: usize| knapsack.classes.get(c).and_then(|k| k.get(i)).map_or(0.0, |i| i.cost);
            let mut by_cost: Vec<usize> = own.clone();
            by_cost.sort_by(|a, b| cost(*a).total_cmp(&cost(*b)));
            for i in by_cost {
                if cost(i) >= cost(items[c]) {
                    break;
                }
                let before = std::mem::replace(&mut items[c], i);
                if knapsack.meets(&items) {
                    break;
                }
                items[c] = before;
            }
        }
        self.offer(items);
    }

    fn offer(&mut self, items: Vec<usize>) {
        let cost = self.knapsack.pick(items.clone()).sum;
        if cost < self.upper && self.knapsack.meets(&items) {
            (self.upper, self.best) = (cost, Some(items));
        }
    }

    /// Strikes out items and puts the classes in order: those of few items first.
    fn prepare(&mut self, allowed: &[Vec<usize>], prices: &Prices) {
        let knapsack = self.knapsack;
        let margin = self.upper - prices.lower + 1e-12 * (self.upper.abs() + prices.lower.abs());
        for (class, (items, own)) in knapsack.classes.iter().zip(allowed).enumerate() {
            let nets = own.iter().filter_map(|&i| items.get(i).map(|item| (i, item)));
            let mut left: Vec<(usize, f64)> =
                nets.map(|(i, item)| (i, Self::net(item, &prices.of))).collect();
            let least = left.iter().map(|(_, net)| *net).fold(f64::INFINITY, f64::min);
            left.iter_mut().for_each(|(_, net)| *net -= least);
            left.retain(|(_, more)| *more <= margin || margin.is_nan() || margin == f64::INFINITY);
            left.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            self.levels.push(Level { class, items: left, most_after: Vec::new() });
        }
        self.levels.sort_by_key(|level| level.items.len());
        let mut most = vec![0.0; knapsack.needs.len()];
        for level in self.levels.iter_mut().rev() {
            level.most_after.clone_from(&most);
            let Some(class) = knapsack.classes.get(level.class) else { continue };
            for (k, most) in most.iter_mut().enumerate() {
                let own = level.items.iter().filter_map(|(i, _)| class.get(*i)?.gains.get(k));
                *most += own.copied().fold(f64::NEG_INFINITY, f64::max);
            }
        }
        self.taken = vec![0; knapsack.classes.len()];
    }

    fn descend(&mut self, depth: usize, gains: &mut Vec<f64>, cost: f64, bound: f64, changes: u32) {
        self.nodes += 1;
        self.stopped |= self.limits.reached(self.nodes);
        let knapsack = self.knapsack;
        let Some(level) = self.levels.get(depth) else {
            if cost < self.upper {
                self.offer(self.taken.clone());
            }
            return;
        };
        let (class, count) = (level.class, level.items.len());
        // Taking gains off again would round; the sums of this level are kept instead.
        let before = gains.clone();
        for at in 0..count {
            let Some(level) = self.levels.get(depth) else { return };
            let Some(&(i, more)) = level.items.get(at) else { return };
            let slack = 1e-12 * (self.upper.abs() + bound.abs());
            if self.stopped || bound + more > self.upper + slack {
                return;
            }
            let Some(item) = knapsack.classes.get(class).and_then(|own| own.get(i)) else { return };
            let changes = changes + item.changed.count_ones();
            let hopeless = knapsack.most_changes.is_some_and(|most| changes > most)
                || (0..gains.len()).any(|k| {
                    let (need, slack) = (knapsack.needs[k], knapsack.slack[k]);
                    gains[k] + item.gains[k] + level.most_after[k] < need - slack
                });
            if hopeless {
                continue;
            }
            gains.iter_mut().zip(&item.gains).for_each(|(sum, gain)| *sum += gain);
            self.taken[class] = i;
            self.descend(depth + 1, gains, cost + item.cost, bound + more, changes);
            gains.copy_from_slice(&before);
        }
    }
}
