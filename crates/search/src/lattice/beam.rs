//! Good supports in little time: a beam over sizes, then exchanges of one column.
//!
//! A support grows by the columns whose score statistic `g^2 / 2h` (the gain of a Newton step at the
//! parent's fit, intercept included) is largest; every child is fitted on its own distinct points, and
//! the best supports go on. The scheme is that of FasterRisk (Liu, Zhong, Seltzer & Rudin, "FasterRisk:
//! fast and accurate interpretable risk scores", NeurIPS 2022), with exact fits for its few
//! coordinate steps.

use std::collections::HashSet;

use linecall_kernels::{dot, logistic_tile};

use super::newton::Optimum;
use super::task::{Support, Task};

/// Parents kept at each size.
const WIDTH: usize = 10;
/// Children of a parent that are fitted.
const CHILDREN: usize = 10;
/// Supports whose columns are exchanged.
const EXCHANGED: usize = 3;
/// Rounds of exchanges.
const ROUNDS: usize = 4;
/// How well children are fitted before they are compared.
const ROUGH: f64 = 1e-3;

/// A support with its fit.
#[derive(Clone, Debug)]
pub(super) struct Grown {
    pub(super) columns: Vec<usize>,
    pub(super) w: Vec<f64>,
    pub(super) intercept: f64,
    /// Loss and least cost.
    pub(super) cost: f64,
    /// The slope at which the columns are best worth whole points.
    slope: f64,
}

/// Supports of all sizes up to the largest, the best of each size first.
pub(super) fn supports(task: &Task<'_>, stop: &dyn Fn() -> bool) -> Vec<Grown> {
    let mut beam = Beam { task, usable: task.usable(), seen: HashSet::new(), all: Vec::new() };
    let base = task.table.positive / (task.table.total - task.table.positive);
    let mut parents = vec![Grown {
        columns: vec![],
        w: vec![],
        intercept: base.ln(),
        cost: f64::MAX,
        slope: 0.0,
    }];
    for _ in 0..task.max_size.min(beam.usable.len()) {
        let mut children: Vec<Grown> =
            parents.iter().flat_map(|parent| beam.children(parent, CHILDREN)).collect();
        sort(&mut children);
        children.truncate(WIDTH);
        children.iter_mut().for_each(|child| beam.settle(child));
        if children.is_empty() || stop() {
            break;
        }
        beam.all.extend(children.iter().cloned());
        parents = children;
    }
    beam.exchange(parents, stop);
    let mut all = beam.all;
    all.retain(|grown| task.rules.free() || task.rules.allow(&grown.columns));
    sort(&mut all);
    all
}

fn sort(supports: &mut [Grown]) {
    supports.sort_by(|a, b| a.cost.total_cmp(&b.cost).then_with(|| a.columns.cmp(&b.columns)));
}

struct Beam<'t> {
    task: &'t Task<'t>,
    usable: Vec<usize>,
    seen: HashSet<Vec<usize>>,
    all: Vec<Grown>,
}

impl Beam<'_> {
    /// The best supports with one column more.
    fn children(&mut self, parent: &Grown, most: usize) -> Vec<Grown> {
        let mut gains = self.gains(parent);
        gains.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        gains.truncate(most);
        gains.into_iter().filter_map(|(j, _)| self.child(parent, j)).collect()
    }

    fn child(&mut self, parent: &Grown, j: usize) -> Option<Grown> {
        let at = parent.columns.partition_point(|c| *c < j);
        let (mut columns, mut w) = (parent.columns.clone(), parent.w.clone());
        columns.insert(at, j);
        w.insert(at, 0.0);
        if !self.seen.insert(columns.clone()) {
            return None;
        }
        Some(self.fit(columns, &w, parent.intercept, parent.slope))
    }

    /// A support with its fit. Where the choices do not hold what the fit asks for, the fit is one
    /// whose coefficients are, at a slope near the parent's, between the least and the most points.
    fn fit(&self, columns: Vec<usize>, w: &[f64], intercept: f64, slope: f64) -> Grown {
        let support = self.task.support(columns);
        let fit = support.fit(w, intercept, ROUGH);
        let (fine, coarse) = (support.finest(&fit.w), support.coarsest(&fit.w));
        if fine <= coarse {
            return self.grown(support, fit, (fine * coarse).sqrt());
        }
        let slope = if slope > 0.0 { slope.clamp(coarse, fine) } else { (fine * coarse).sqrt() };
        let within = support.fit_at(slope, &fit.w, fit.intercept, ROUGH);
        self.grown(support, within, slope)
    }

    fn grown(&self, support: Support<'_>, fit: Optimum, slope: f64) -> Grown {
        let Optimum { w, intercept, loss, .. } = fit;
        let cost = loss + self.task.least_cost(&support.columns);
        Grown { columns: support.columns, w, intercept, cost, slope }
    }

    /// Moves the slope to where the choices bind least.
    fn settle(&self, grown: &mut Grown) {
        for ratio in [1.5, 1.2] {
            for ratio in [ratio, 1.0 / ratio] {
                loop {
                    let support = self.task.support(grown.columns.clone());
                    if support.finest(&grown.w) < grown.slope * (1.0 - 1e-9)
                        && support.coarsest(&grown.w) > grown.slope * (1.0 + 1e-9)
                    {
                        return;
                    }
                    let slope = grown.slope * ratio;
                    let fit = support.fit_at(slope, &grown.w, grown.intercept, ROUGH);
                    let next = self.grown(support, fit, slope);
                    if next.cost >= grown.cost - 1e-6 {
                        break;
                    }
                    *grown = next;
                }
            }
        }
    }

    /// What a column would gain, for the columns that may join.
    fn gains(&self, parent: &Grown) -> Vec<(usize, f64)> {
        let table = self.task.table;
        let n = table.entries();
        let mut scores = vec![parent.intercept; n];
        for (&j, &w) in parent.columns.iter().zip(&parent.w) {
            let values = &table.column(j).values;
            scores.iter_mut().zip(values).for_each(|(s, x)| *s += w * x);
        }
        let (mut r, mut c) = (vec![0.0; n], vec![0.0; n]);
        logistic_tile(&scores, &table.class, &table.weight, &mut r, &mut c);
        let whole: f64 = c.iter().sum();
        let mut curved = vec![0.0; n];
        let one = |j: usize| {
            let x = &table.column(j).values;
            let g = dot(x, &r);
            let signs = self.task.signs(j);
            if g > 0.0 && signs.low == 0.0 || g < 0.0 && signs.high == 0.0 {
                return None;
            }
            curved.iter_mut().zip(x).zip(&c).for_each(|((v, x), c)| *v = x * c);
            let mean = curved.iter().sum::<f64>();
            let h = dot(&curved, x) - mean * mean / whole.max(1e-300);
            let cost = self.task.choices[j].least_cost() * table.total;
            Some((j, g * g / (2.0 * h.max(1e-12 * table.total)) - cost))
        };
        self.open(parent).into_iter().filter_map(one).collect()
    }

    /// Columns that may join a support.
    fn open(&self, parent: &Grown) -> Vec<usize> {
        let (rules, used) = (&self.task.rules, &parent.columns);
        let fresh = |j: &usize| used.binary_search(j).is_err();
        if rules.free() {
            return self.usable.iter().copied().filter(|j| fresh(j)).collect();
        }
        let has = |group: &[usize]| group.iter().any(|j| used.contains(j));
        let asked = rules.at_least_one.iter();
        let implied = rules.implies.iter().filter(|(a, _)| has(a)).map(|(_, b)| b);
        let unmet: Vec<&Vec<usize>> = asked.chain(implied).filter(|g| !has(g)).collect();
        let due = self.task.max_size <= used.len() + unmet.len();
        let fits = |j: &usize| {
            let mut joined = used.clone();
            joined.push(*j);
            rules.possible(&joined, &self.usable)
                && (!due || unmet.is_empty() || unmet.iter().any(|g| g.contains(j)))
        };
        self.usable.iter().copied().filter(|j| fresh(j) && fits(j)).collect()
    }

    /// Takes single columns out of the best supports and puts others in, while that helps.
    fn exchange(&mut self, mut best: Vec<Grown>, stop: &dyn Fn() -> bool) {
        let mut done: HashSet<Vec<usize>> = HashSet::new();
        for _ in 0..ROUNDS {
            let mut found = Vec::new();
            for grown in best.iter().take(EXCHANGED) {
                if stop() || !done.insert(grown.columns.clone()) {
                    continue;
                }
                for at in 0..grown.columns.len() {
                    let (mut columns, mut w) = (grown.columns.clone(), grown.w.clone());
                    columns.remove(at);
                    w.remove(at);
                    let parent = self.fit(columns, &w, grown.intercept, grown.slope);
                    found.extend(self.children(&parent, CHILDREN / 2));
                }
            }
            if found.is_empty() {
                break;
            }
            self.all.extend(found.iter().cloned());
            best.extend(found);
            sort(&mut best);
            best.truncate(WIDTH);
        }
    }
}
