//! Any figure of a person, by group: who pays most for recourse, whose calls are arbitrary?
//!
//! A figure is one number a person: the cost of the cheapest way out, the width of the range of
//! probabilities among good models, 1 where another good model calls otherwise. Positive infinity
//! says that there is none (no way out); such people are counted, not dropped.
//!
//! | statistic | value | interval |
//! |---|---|---|
//! | mean | weighted mean of the finite figures | Student's t |
//! | share | weighted share of ones | Clopper-Pearson |
//! | quantile `q` | the least figure with at least `q` of the weight at or below it | order statistics, exact for any distribution |
//!
//! Intervals of weighted rows use Kish's effective number of rows and are approximate. Where the
//! rows are too few for an interval of that level, its end is infinite.
//!
//! ```
//! use linecall_audit::fairness::{GroupOptions, Statistic, figure_by_group};
//! use linecall_data::Labels;
//!
//! let cost = [0.1, 0.3, 0.2, 0.4, f64::INFINITY, 0.6];
//! let sex = Labels::from_names(["m", "m", "m", "f", "f", "f"]);
//! let options = GroupOptions::default();
//! let table = figure_by_group("cost", &cost, &sex, None, Statistic::Quantile(0.5), &options)?;
//! assert_eq!(table.groups[0].figure.unwrap().value, 0.6); // f
//! assert_eq!(table.groups[1].figure.unwrap().value, 0.2); // m
//! assert_eq!(table.groups[0].infinite.unwrap().rows, 3);
//! # Ok::<(), linecall_audit::Error>(())
//! ```

use linecall_data::Labels;
use linecall_linear::metrics::Interval;
use serde::{Deserialize, Serialize};

use super::groups::{Among, GroupOptions, SmallGroup};
use super::interval::{Rate, Tally};
use super::outcomes::{check_groups, check_level, check_weights};
use crate::{Error, Result};
use linecall_linear::metrics::beta::{beta_cdf, two_sided_t};

/// What is told of the figures of a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The weighted mean of the finite ones.
    Mean,
    /// The weighted share of ones; every figure is 0 or 1.
    Share,
    /// The weighted quantile, infinite figures included; above 0 and below 1.
    Quantile(f64),
}

/// The figures of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupFigure {
    /// The group; absent for everybody.
    pub group: Option<String>,
    /// Rows of positive weight.
    pub rows: u64,
    /// Sum of their weights.
    pub weight: f64,
    /// The statistic with its interval; `None` where no row has a (finite, for means) figure.
    pub figure: Option<Interval>,
    /// Share of infinite figures.
    pub infinite: Option<Rate>,
}

/// A figure by group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureTable {
    /// What the figure is.
    pub name: String,
    /// What is told of it.
    pub statistic: Statistic,
    /// One entry per group, in the order of their names.
    pub groups: Vec<GroupFigure>,
    /// Everybody.
    pub all: GroupFigure,
    /// Groups too small to say much about.
    pub warnings: Vec<SmallGroup>,
    /// Level of the intervals.
    pub level: f64,
}

/// Compares a figure between groups.
///
/// # Errors
/// When sizes do not fit together, a figure is NaN or negative infinity (or neither 0 nor 1, for
/// shares), a weight is negative or not finite, or a level or quantile is not between 0 and 1.
pub fn figure_by_group(
    name: &str,
    figures: &[f64],
    groups: &Labels,
    weights: Option<&[f64]>,
    statistic: Statistic,
    options: &GroupOptions,
) -> Result<FigureTable> {
    check_groups(groups, figures.len())?;
    check_weights(weights, figures.len())?;
    check_level(options.level)?;
    check_figures(name, figures, statistic)?;
    let mut members: Vec<Vec<(f64, f64)>> = vec![Vec::new(); groups.classes().len()];
    let mut everybody = Vec::with_capacity(figures.len());
    for (row, (&figure, &group)) in figures.iter().zip(groups.codes()).enumerate() {
        let weight = weights.map_or(1.0, |w| w.get(row).copied().unwrap_or(0.0));
        if weight > 0.0 {
            everybody.push((figure, weight));
            if let Some(own) = members.get_mut(group as usize) {
                own.push((figure, weight));
            }
        }
    }
    let told = |group: Option<&String>, own: &[(f64, f64)]| tell(group, own, statistic, options);
    let own: Vec<GroupFigure> =
        groups.classes().iter().zip(&members).map(|(g, own)| told(Some(g), own)).collect();
    let small = own.iter().filter(|g| g.rows < options.small).map(|g| SmallGroup {
        group: g.group.clone().unwrap_or_default(),
        among: Among::All,
        rows: g.rows,
        enough: options.small,
    });
    Ok(FigureTable {
        name: name.to_owned(),
        statistic,
        warnings: small.collect(),
        groups: own,
        all: told(None, &everybody),
        level: options.level,
    })
}

fn check_figures(name: &str, figures: &[f64], statistic: Statistic) -> Result<()> {
    if let Statistic::Quantile(q) = statistic
        && !(q > 0.0 && q < 1.0)
    {
        let expected = "a number above 0 and below 1";
        return Err(Error::Setting { name: "quantile", value: q.to_string(), expected });
    }
    let share = statistic == Statistic::Share;
    let bad = |v: f64| v.is_nan() || v == f64::NEG_INFINITY || (share && v != 0.0 && v != 1.0);
    match figures.iter().position(|&v| bad(v)) {
        Some(row) => Err(Error::Setting {
            name: "figure",
            value: format!(
                "{} (`{name}`, row {})",
                figures.get(row).copied().unwrap_or(f64::NAN),
                row + 1
            ),
            expected: if share { "0 or 1" } else { "a number, or infinity where there is none" },
        }),
        None => Ok(()),
    }
}

fn tell(
    group: Option<&String>,
    own: &[(f64, f64)],
    statistic: Statistic,
    options: &GroupOptions,
) -> GroupFigure {
    let mut infinite = Tally::default();
    own.iter().for_each(|(v, w)| infinite.add(v.is_infinite(), *w));
    let figure = match statistic {
        Statistic::Mean => mean(own, options.level),
        Statistic::Share => {
            let mut ones = Tally::default();
            own.iter().for_each(|(v, w)| ones.add(*v == 1.0, *w));
            ones.rate(options.level).map(|rate| rate.interval())
        }
        Statistic::Quantile(q) => quantile(own, q, infinite.effective(), options.level),
    };
    GroupFigure {
        group: group.cloned(),
        rows: infinite.rows(),
        weight: infinite.weight(),
        figure,
        infinite: infinite.rate(options.level),
    }
}

/// The weighted mean of the finite figures, with Student's interval.
fn mean(own: &[(f64, f64)], level: f64) -> Option<Interval> {
    let finite = || own.iter().filter(|(v, _)| v.is_finite());
    let (mut sum, mut weight, mut squares) = (0.0, 0.0, 0.0);
    for (v, w) in finite() {
        sum += v * w;
        weight += w;
        squares += w * w;
    }
    if weight <= 0.0 {
        return None;
    }
    let value = sum / weight;
    let n = weight * weight / squares;
    let spread: f64 = finite().map(|(v, w)| (w * (v - value)).powi(2)).sum::<f64>();
    let half = if n > 1.0 {
        two_sided_t(level, n - 1.0) * (spread * n / (n - 1.0)).sqrt() / weight
    } else {
        f64::INFINITY
    };
    Some(Interval { value, low: value - half, high: value + half })
}

/// The weighted quantile. With `n` rows, the `j`-th smallest is at or below the true quantile and
/// the `k`-th at or above it with a probability that the binomial distribution of `n` and `q` gives,
/// whatever the distribution of the figures.
fn quantile(own: &[(f64, f64)], q: f64, n: f64, level: f64) -> Option<Interval> {
    let mut sorted = own.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = sorted.iter().map(|(_, w)| w).sum();
    let at = |share: f64| {
        // A share that is whole in exact arithmetic must not pass on to the next row.
        let (need, mut sum) = (share * total * (1.0 - 1e-12), 0.0);
        sorted.iter().find(|(_, w)| {
            sum += w;
            sum >= need
        })
    };
    let value = at(q)?.0;
    let rows = n.round().max(1.0);
    let tail = 0.5 * (1.0 - level);
    // The chance of k or fewer of the rows below the quantile.
    let chance = |k: f64| if k >= rows { 1.0 } else { 1.0 - beta_cdf(k + 1.0, rows - k, q) };
    let first = |ok: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (-1.0, rows);
        while high - low > 1.0 {
            let middle = (0.5 * (low + high)).floor();
            if ok(middle) { high = middle } else { low = middle }
        }
        high
    };
    // Ranks from 1: the largest j with P(B < j) <= tail, the least k with P(B >= k) <= tail.
    let j = first(&|k| chance(k) > tail);
    let k = first(&|k| chance(k) >= 1.0 - tail) + 1.0;
    let low = if j < 1.0 { f64::NEG_INFINITY } else { at(j / rows)?.0 };
    let high = if k > rows { f64::INFINITY } else { at(k / rows)?.0 };
    Some(Interval { value, low: low.min(value), high: high.max(value) })
}
