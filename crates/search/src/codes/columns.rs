//! Which columns a codebook is made of: `n` different functionals of the messages, such that each
//! difference of two messages is seen by as many of them as can be.
//!
//! Found by a tabu search that drops and adds one column at a time (Glover, "Tabu search, part I",
//! 1989) under `sum_u 4^(-w_u)`, `w_u` being how many columns see the difference `u`; what it finds
//! is a bound from below. [`refute`] tries all choices where there are few.

use super::canonical::mix;
use crate::Limits;

/// What columns are chosen for.
pub(super) struct Task {
    /// Number of bits of a message.
    pub(super) k: usize,
    /// The differences of messages that are to be seen.
    pub(super) differences: Vec<u32>,
    /// Number of columns.
    pub(super) n: usize,
}

/// Columns that were found.
pub(super) struct Found {
    pub(super) columns: Vec<u32>,
    pub(super) distance: usize,
    pub(super) hull: usize,
}

/// Whether a functional sees a difference.
pub(super) fn sees(column: u32, difference: u32) -> bool {
    (column & difference).count_ones() % 2 == 1
}

/// Looks for columns of distance `most`, a bound, with hull 0; gives the best that it met: the
/// largest distance, then the least hull. `effort` is the number of sums that it may look at.
pub(super) fn search(task: &Task, most: usize, effort: u64, limits: &Limits) -> Found {
    let mut state = State::new(task);
    let mut best = state.found();
    let last = (1u32 << task.k) - 1;
    let cost = (u64::from(last) + task.n as u64) * task.differences.len() as u64;
    let steps = if task.n == last as usize { 0 } else { (effort / cost.max(1)).max(16) };
    let mut tabu = vec![0u64; last as usize + 1];
    // Once the distance is reached, an eighth of the steps goes to the hull.
    let mut end = if best.distance == most { steps / 8 } else { steps };
    for step in 1..=steps {
        if (best.distance == most && best.hull == 0) || step > end || limits.reached(step) {
            break;
        }
        let draw = |column: u32| mix(step ^ (u64::from(column) << 32));
        let free = |column: &u32| tabu[*column as usize] < step;
        let out = (1..=last).filter(|c| state.chosen[*c as usize]).filter(free);
        let Some(out) = least(out, |c| state.without(c), draw) else { continue };
        state.turn(out);
        let come = (1..=last).filter(|c| !state.chosen[*c as usize] && *c != out).filter(free);
        let come = least(come, |c| state.with(c), draw).unwrap_or(out);
        state.turn(come);
        tabu[out as usize] = step + 3 + draw(out) % 7;
        tabu[come as usize] = step + 1 + draw(come) % 3;
        let distance = state.distance();
        if distance > best.distance || (distance == best.distance && best.hull > 0) {
            let found = state.found();
            if (found.distance, best.hull) > (best.distance, found.hull) {
                if found.distance == most && best.distance < most {
                    end = (step + steps / 8).min(steps);
                }
                best = found;
            }
        }
    }
    best
}

/// The candidate of the least value; of equals that of the least draw.
fn least(
    candidates: impl Iterator<Item = u32>,
    value: impl Fn(u32) -> f64,
    draw: impl Fn(u32) -> u64,
) -> Option<u32> {
    let keyed = candidates.map(|c| (value(c), draw(c), c));
    keyed.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|found| found.2)
}

struct State<'t> {
    task: &'t Task,
    chosen: Vec<bool>,
    /// How many columns see each difference.
    weight: Vec<i32>,
}

impl<'t> State<'t> {
    /// The units, so that no two messages look the same, then what helps most.
    fn new(task: &'t Task) -> Self {
        let mut own = Self {
            task,
            chosen: vec![false; 1 << task.k],
            weight: vec![0; task.differences.len()],
        };
        (0..task.k.min(task.n)).for_each(|i| own.turn(1 << i));
        for _ in task.k..task.n {
            let open = (1..1u32 << task.k).filter(|c| !own.chosen[*c as usize]);
            if let Some(next) = least(open, |c| own.with(c), |c| mix(u64::from(c))) {
                own.turn(next);
            }
        }
        own
    }

    /// Takes a column in, or out.
    fn turn(&mut self, column: u32) {
        let chosen = &mut self.chosen[column as usize];
        *chosen = !*chosen;
        let step = if *chosen { 1 } else { -1 };
        for (weight, u) in self.weight.iter_mut().zip(&self.task.differences) {
            *weight += if sees(column, *u) { step } else { 0 };
        }
    }

    /// The sum over differences once a column is added.
    fn with(&self, column: u32) -> f64 {
        self.sum(column, 0.25)
    }

    fn without(&self, column: u32) -> f64 {
        self.sum(column, 4.0)
    }

    fn sum(&self, column: u32, factor: f64) -> f64 {
        let least = self.weight.iter().min().copied().unwrap_or(0);
        let terms = self.weight.iter().zip(&self.task.differences).map(|(w, u)| {
            // 4^(least - w), as far as it counts.
            let value = f64::from_bits((1023 - 2 * (w - least).min(30) as u64) << 52);
            if sees(column, *u) { factor * value } else { value }
        });
        terms.sum()
    }

    fn distance(&self) -> usize {
        self.weight.iter().min().map_or(0, |w| *w as usize)
    }

    fn found(&self) -> Found {
        let chosen = (0..self.chosen.len()).filter(|c| self.chosen[*c]);
        let columns: Vec<u32> = chosen.map(|c| c as u32).collect();
        let hull = hull(self.task.k, &columns);
        Found { distance: self.distance(), hull, columns }
    }
}

/// Dimension of the hull of the code that columns generate: the rank of all columns less that of
/// `G G^T`.
fn hull(k: usize, columns: &[u32]) -> usize {
    let row = |i: usize| columns.iter().map(move |c| c >> i & 1);
    let gram: Vec<u32> = (0..k)
        .map(|i| {
            let dot = |j: usize| row(i).zip(row(j)).map(|(a, b)| a & b).sum::<u32>() % 2;
            (0..k).map(|j| dot(j) << j).sum()
        })
        .collect();
    rank(columns) - rank(&gram)
}

/// Rank of vectors of bits.
pub(super) fn rank(vectors: &[u32]) -> usize {
    let mut basis: Vec<u32> = Vec::new();
    for vector in vectors {
        let left = basis.iter().fold(*vector, |v, b| v.min(v ^ b));
        if left != 0 {
            basis.push(left);
        }
    }
    basis.len()
}

/// What a search of all choices says.
pub(super) enum Refuted {
    /// There are columns of this distance.
    No(Vec<u32>),
    /// There are none.
    Yes,
    /// The search ended early.
    Unknown,
}

/// Looks through all choices of columns for one of distance `target`.
pub(super) fn refute(task: &Task, target: usize, nodes: u64, limits: &Limits) -> Refuted {
    let columns: Vec<u32> = (1..1u32 << task.k).collect();
    let seen = |c: u32| task.differences.iter().filter(|u| sees(c, **u)).count();
    // How many of the columns from here on see each difference.
    let mut left = vec![vec![0usize; task.differences.len()]; columns.len() + 1];
    for (at, column) in columns.iter().enumerate().rev() {
        left[at] = left[at + 1].clone();
        for (count, u) in left[at].iter_mut().zip(&task.differences) {
            *count += usize::from(sees(*column, *u));
        }
    }
    let widest = columns.iter().map(|c| seen(*c)).max().unwrap_or(0);
    let mut walk = Walk { task, columns, left, widest, visited: 0, most: nodes, limits };
    let mut needs = vec![target; task.differences.len()];
    let mut picked = Vec::new();
    match walk.descend(0, &mut needs, &mut picked) {
        Some(true) => Refuted::No(picked),
        Some(false) => Refuted::Yes,
        None => Refuted::Unknown,
    }
}

struct Walk<'t> {
    task: &'t Task,
    columns: Vec<u32>,
    left: Vec<Vec<usize>>,
    /// The most differences that one column sees.
    widest: usize,
    visited: u64,
    most: u64,
    limits: &'t Limits<'t>,
}

impl Walk<'_> {
    /// Whether columns from `at` on meet the needs; `None` if the search ends early.
    fn descend(&mut self, at: usize, needs: &mut [usize], picked: &mut Vec<u32>) -> Option<bool> {
        self.visited += 1;
        if self.visited > self.most || self.limits.reached(self.visited) {
            return None;
        }
        let open = self.task.n - picked.len();
        if open == 0 {
            return Some(needs.iter().all(|n| *n == 0));
        }
        let short = |(need, left): (&usize, &usize)| need > left || *need > open;
        if self.columns.len() - at < open
            || needs.iter().zip(&self.left[at]).any(short)
            || needs.iter().sum::<usize>() > open * self.widest
        {
            return Some(false);
        }
        let column = self.columns[at];
        let before = needs.to_vec();
        for (need, u) in needs.iter_mut().zip(&self.task.differences) {
            *need = need.saturating_sub(usize::from(sees(column, *u)));
        }
        picked.push(column);
        if self.descend(at + 1, needs, picked)? {
            return Some(true);
        }
        picked.pop();
        needs.copy_from_slice(&before);
        self.descend(at + 1, needs, picked)
    }
}
