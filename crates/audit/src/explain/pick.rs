//! Which few people's explanations show the whole model?
//!
//! SP-LIME (Ribeiro, Singh & Guestrin, "Why should I trust you?", KDD 2016, section 4): with the
//! explanations' weights `W`, a part matters `I_j = sqrt(sum_i |W_ij|)`; pick `budget` people that
//! maximise the sum of `I_j` over parts that carry weight for at least one of them.
//!
//! Coverage is submodular, so greedy picks reach `1 - 1/e` of the optimum (Nemhauser, Wolsey &
//! Fisher, 1978). They are found lazily: a gain can only fall, so one that was out of date is
//! computed anew only when it comes first (Minoux, 1978). The optimum is bounded by
//! `f(S) + the largest gains beyond S`, at the best of all greedy prefixes `S`, and looked for by
//! branch and bound with that bound. It ends within [`PickOptions::nodes`] where the problem is
//! small, with a proof; else the gap is stated.
//!
//! Cost: `O(people parts)` for the greedy picks; beyond, the same a node, over people who show
//! different parts.

use std::collections::{BinaryHeap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How people are picked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickOptions {
    /// How many people.
    pub budget: usize,
    /// Most nodes of the branch and bound; 0 leaves the greedy picks as they are.
    pub nodes: u64,
}

impl Default for PickOptions {
    /// Five people, 100,000 nodes.
    fn default() -> Self {
        Self { budget: 5, nodes: 100_000 }
    }
}

/// The people picked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picks {
    /// Rows of the explanations, in the order of what each adds.
    pub rows: Vec<usize>,
    /// Sum of the importance of the parts that they show.
    pub coverage: f64,
    /// That of the greedy picks.
    pub greedy: f64,
    /// No picks cover more.
    pub upper: f64,
    /// Whether the picks are proved to be the best.
    pub exact: bool,
    /// Importance of each part.
    pub importance: Vec<f64>,
    /// Sum over all parts.
    pub total: f64,
}

/// The parts that each person shows, and what they matter.
struct Cover {
    shows: Vec<Vec<usize>>,
    importance: Vec<f64>,
}

impl Cover {
    fn of(weights: &[Vec<f64>]) -> Result<Self> {
        let parts = weights.first().map_or(0, Vec::len);
        let mut sums = vec![0.0; parts];
        let mut shows = Vec::with_capacity(weights.len());
        for (row, own) in weights.iter().enumerate() {
            if own.len() != parts {
                let (found, expected) = (own.len(), parts);
                return Err(Error::Shape { what: "parts of an explanation", found, expected });
            }
            if let Some(bad) = own.iter().find(|w| !w.is_finite()) {
                let value = format!("{bad} in row {}", row + 1);
                return Err(Error::Setting { name: "weight", value, expected: "finite numbers" });
            }
            sums.iter_mut().zip(own).for_each(|(sum, w)| *sum += w.abs());
            shows.push((0..parts).filter(|&j| own[j] != 0.0).collect());
        }
        Ok(Self { shows, importance: sums.into_iter().map(f64::sqrt).collect() })
    }

    /// The first of all people who show the same parts: the others add nothing to it.
    fn distinct(&self) -> Vec<usize> {
        let mut seen = HashSet::new();
        let rows = self.shows.iter().enumerate();
        rows.filter(|(_, shows)| seen.insert(shows.as_slice())).map(|(row, _)| row).collect()
    }

    /// What a person adds to the parts already shown.
    fn gain(&self, row: usize, shown: &[bool]) -> f64 {
        self.shows[row].iter().filter(|&&j| !shown[j]).map(|&j| self.importance[j]).sum()
    }

    fn show(&self, row: usize, shown: &mut [bool]) {
        self.shows[row].iter().for_each(|&j| shown[j] = true);
    }

    /// The sum of the importance of the parts that some people show, in the order of the parts.
    fn coverage(&self, rows: &[usize]) -> f64 {
        let mut shown = vec![false; self.importance.len()];
        rows.iter().for_each(|&row| self.show(row, &mut shown));
        self.importance.iter().zip(&shown).filter(|(_, s)| **s).map(|(i, _)| i).sum()
    }
}

/// A gain that may be out of date; the larger first, the first row of equals first.
#[derive(PartialEq)]
struct Stale {
    gain: f64,
    row: usize,
    at: usize,
}

impl Eq for Stale {}

impl Ord for Stale {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.gain.total_cmp(&other.gain).then(other.row.cmp(&self.row))
    }
}

impl PartialOrd for Stale {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Picks people whose explanations (one row of weights each) show the most.
///
/// ```
/// use linecall_audit::explain::{PickOptions, pick};
/// let weights = [vec![1.0, 1.0, 0.0], vec![0.0, 1.0, 1.0], vec![0.0, 0.0, 2.0]];
/// let picks = pick(&weights, &PickOptions { budget: 2, ..PickOptions::default() })?;
/// assert_eq!(picks.coverage, picks.total); // rows 0 and 1 (or 2) show all
/// assert!(picks.exact && picks.rows.len() == 2);
/// # Ok::<(), linecall_audit::Error>(())
/// ```
///
/// # Errors
/// When rows have different numbers of parts, or a weight is not finite.
pub fn pick(weights: &[Vec<f64>], options: &PickOptions) -> Result<Picks> {
    let cover = Cover::of(weights)?;
    let budget = options.budget.min(weights.len());
    let (mut rows, upper) = lazy(&cover, budget);
    let greedy = cover.coverage(&rows);
    let mut search =
        Search { cover: &cover, budget, nodes: options.nodes, best: greedy, found: None };
    let mut shown = vec![false; cover.importance.len()];
    let all = cover.distinct();
    let enough = 1e-12 * (1.0 + upper);
    let exact = greedy >= upper - enough || search.branch(&mut Vec::new(), &mut shown, 0.0, &all);
    if let Some(found) = search.found {
        rows = found;
    }
    let coverage = cover.coverage(&rows);
    let total: f64 = cover.importance.iter().sum();
    let upper = if exact { coverage } else { upper.min(total).max(coverage) };
    Ok(Picks { rows, coverage, greedy, upper, exact, importance: cover.importance, total })
}

/// The greedy picks, looking at everybody at every step; what [`pick`] starts from, found in the
/// plain way.
///
/// # Errors
/// As for [`pick`].
pub fn naive_pick(weights: &[Vec<f64>], budget: usize) -> Result<Vec<usize>> {
    let cover = Cover::of(weights)?;
    let mut shown = vec![false; cover.importance.len()];
    let mut rows: Vec<usize> = Vec::new();
    for _ in 0..budget.min(weights.len()) {
        let mut best: Option<(f64, usize)> = None;
        for row in (0..weights.len()).filter(|row| !rows.contains(row)) {
            let gain = cover.gain(row, &shown);
            if best.is_none_or(|b| gain > b.0) {
                best = Some((gain, row));
            }
        }
        let Some((_, row)) = best else { break };
        cover.show(row, &mut shown);
        rows.push(row);
    }
    Ok(rows)
}

/// The greedy picks, lazily, and a bound on all picks.
fn lazy(cover: &Cover, budget: usize) -> (Vec<usize>, f64) {
    let mut shown = vec![false; cover.importance.len()];
    let mut heap: BinaryHeap<Stale> = (0..cover.shows.len())
        .map(|row| Stale { gain: cover.gain(row, &shown), row, at: 0 })
        .collect();
    let (mut rows, mut covered) = (Vec::new(), 0.0);
    let mut upper = bound(cover, &shown, budget, 0.0, 0..cover.shows.len());
    while rows.len() < budget {
        let Some(top) = heap.pop() else { break };
        if top.at < rows.len() {
            heap.push(Stale { gain: cover.gain(top.row, &shown), at: rows.len(), ..top });
            continue;
        }
        covered += top.gain;
        cover.show(top.row, &mut shown);
        rows.push(top.row);
        upper = upper.min(bound(cover, &shown, budget, covered, 0..cover.shows.len()));
    }
    (rows, upper)
}

/// What is covered, and the largest gains of so many more people.
fn bound(
    cover: &Cover,
    shown: &[bool],
    more: usize,
    covered: f64,
    rows: impl Iterator<Item = usize>,
) -> f64 {
    let mut gains: Vec<f64> = rows.map(|row| cover.gain(row, shown)).collect();
    gains.sort_by(|a, b| b.total_cmp(a));
    covered + gains.iter().take(more).sum::<f64>()
}

/// Branch and bound over which people are in.
struct Search<'a> {
    cover: &'a Cover,
    budget: usize,
    nodes: u64,
    best: f64,
    found: Option<Vec<usize>>,
}

impl Search<'_> {
    /// Looks for better picks among those who are left; false when the nodes ran out.
    fn branch(
        &mut self,
        rows: &mut Vec<usize>,
        shown: &mut [bool],
        covered: f64,
        left: &[usize],
    ) -> bool {
        if self.nodes == 0 {
            return false;
        }
        self.nodes -= 1;
        let rounding = 1e-12 * (1.0 + self.best);
        if covered > self.best + rounding {
            self.best = covered;
            self.found = Some(rows.clone());
        }
        let more = self.budget - rows.len();
        if more == 0 {
            return true;
        }
        // Largest gains first; who adds nothing is of no use in any branch below.
        let mut order: Vec<(f64, usize)> =
            left.iter().map(|&row| (self.cover.gain(row, shown), row)).collect();
        order.retain(|entry| entry.0 > 0.0);
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for at in 0..order.len() {
            let reach: f64 = order.iter().skip(at).take(more).map(|entry| entry.0).sum();
            if covered + reach <= self.best + 1e-12 * (1.0 + self.best) {
                return true;
            }
            let (gain, row) = order[at];
            let rest: Vec<usize> = order.iter().skip(at + 1).map(|entry| entry.1).collect();
            let mut after = shown.to_vec();
            self.cover.show(row, &mut after);
            rows.push(row);
            let done = self.branch(rows, &mut after, covered + gain, &rest);
            rows.pop();
            if !done {
                return false;
            }
        }
        true
    }
}
