//! One class against the rest: every cut between two distinct scores, chosen again in each
//! replicate.

use super::cost::{self, Cells};
use super::cuts::{Cuts, Row, Tally};
use super::rule::best_other;
use super::{Alternative, By, Chosen, CurvePoint, Figures, Optimism, Rule, Sample, Task};
use super::{budget, floor};
use crate::metrics::bootstrap::{Kind, Range, interval};
use crate::metrics::{Bootstrap, Interval, effective_rows, two_sided_z, wilson};
use crate::{Error, LinearModel, Result};

/// Points of the curve.
const POINTS: usize = 240;
/// Figures of calls: flagged, precision, recall, accuracy, cost.
const FIGURES: usize = 5;

pub(super) fn choose(
    model: &LinearModel,
    sample: &Sample<'_>,
    task: &Task,
    bootstrap: &Bootstrap,
) -> Result<Chosen> {
    let flag = task.flag(model).unwrap_or(0);
    let cuts = rows(model, sample, flag)?;
    let ask = Ask::new(model, task, flag, &cuts)?;
    let mut whole = Tally::default();
    let weights = cuts.weights();
    cuts.tally(&weights, &mut whole);
    let cut = ask.cut(&cuts, &whole).ok_or_else(|| ask.unreachable(model, &whole))?;
    let at = ask.fixed.unwrap_or_else(|| settle(&cuts, &whole, cut));
    let other = ask.other.map(|(by, fixed)| {
        let cut = fixed.map_or_else(|| ask.cheapest(&whole), |value| cuts.above(value));
        (by, fixed.unwrap_or_else(|| settle(&cuts, &whole, cut)), cut)
    });
    let plain = Plain::of(&cuts, &weights);
    let before = ask.plain_figures(&whole, &plain);
    let replicates = bootstrap.replicate(&weights, Tally::default, |drawn, tally| {
        cuts.tally(drawn, tally);
        ask.replicate(&cuts, tally, drawn, (&whole, &before))
    });
    let told = Told { ask: &ask, cuts: &cuts, replicates: &replicates, bootstrap };
    let after = ask.figures(&whole, cut);
    let turned = Turned { model, flag };
    let threshold = told.threshold(at);
    let reached = told.column(0);
    let reached = match reached.len() {
        0 => 1.0,
        n => reached.iter().flatten().count() as f64 / n as f64,
    };
    let above = turned.threshold(at, &cuts);
    let rule = match model.positive() {
        Some(_) => Rule::Score { above },
        None => Rule::Class { class: flag, above },
    };
    Ok(Chosen {
        probability: turned.probability(above),
        threshold: Some(turned.interval(threshold, above)),
        plain: told.figures(before, 1 + FIGURES, &whole, plain.flagged),
        after: told.figures(after, 1, &whole, whole.at(cut).0),
        saved: told.difference(before[4], after[4], 11),
        optimism: told.optimism(12),
        other: other.and_then(|(by, value, cut)| {
            let own = ask.figures(&whole, cut)[4]?;
            Some(Alternative {
                by,
                above: turned.threshold(value, &cuts),
                cost: told.of(own, 17, Range(f64::MIN, f64::MAX)),
                more: told.of(own - after[4]?, 18, Range(f64::MIN, f64::MAX)),
            })
        }),
        tied: ask.tied(&whole, cut),
        reached,
        rows: cuts.rows.len() as u64,
        curve: curve(&ask, &cuts, &whole, cut, &turned),
        rule,
    })
}

/// The rows in the order in which a class is flagged.
fn rows(model: &LinearModel, sample: &Sample<'_>, flag: usize) -> Result<Cuts> {
    let each = sample.scores.chunks_exact(model.n_scores()).zip(sample.truth).enumerate();
    Cuts::new(each.map(|(row, (scores, &truth))| {
        let (truth, plain) = (truth as usize, model.class_of(scores));
        let by = match model.positive() {
            Some(positive) => {
                let score = scores.first().copied().unwrap_or(0.0);
                if flag == positive { score } else { -score }
            }
            None => {
                model.probabilities_of(scores).and_then(|p| p.get(flag).copied()).unwrap_or(0.0)
            }
        };
        let other = match model.positive() {
            Some(_) => 1 - flag.min(1),
            None => best_other(scores, flag),
        };
        Row {
            by,
            own: truth == flag,
            right: truth == other,
            plain: plain == flag,
            plain_right: plain == truth,
            weight: sample.weights.map_or(1.0, |w| w[row]),
        }
    }))
}

/// The threshold of a cut: halfway between the nearest rows of positive weight on both sides.
fn settle(cuts: &Cuts, tally: &Tally, cut: usize) -> f64 {
    let weight = tally.at(cut).0;
    let (mut low, mut high) = (cut, cut);
    while low > 0 && tally.at(low - 1).0 == weight {
        low -= 1;
    }
    while high + 1 < tally.cuts() && tally.at(high + 1).0 == weight {
        high += 1;
    }
    if low == high {
        return cuts.threshold(cut);
    }
    match (low.checked_sub(1).and_then(|c| cuts.values.get(c)), cuts.values.get(high)) {
        (Some(above), Some(below)) => {
            let middle = below + (above - below) / 2.0;
            if middle < *above { middle } else { *below }
        }
        (None, Some(below)) => *below,
        (Some(above), None) => above.next_down(),
        (None, None) => cuts.threshold(cut),
    }
}

/// A task over cuts.
struct Ask<'a> {
    task: &'a Task,
    /// Costs, of two classes.
    cells: Option<Cells>,
    /// One minus the confidence.
    tail: Option<f64>,
    /// Rows that a unit of weight stands for.
    per: f64,
    /// The threshold that does not depend on the rows.
    fixed: Option<f64>,
    /// The other way to a least cost, with its threshold if that is fixed.
    other: Option<(By, Option<f64>)>,
}

impl<'a> Ask<'a> {
    fn new(model: &LinearModel, task: &'a Task, flag: usize, cuts: &Cuts) -> Result<Self> {
        let total: f64 = cuts.rows.iter().map(|row| row.weight).sum();
        let per = effective_rows(cuts.rows.iter().map(|row| row.weight)) / total;
        let tail = task.confidence().map(|level| 1.0 - level);
        let mut ask = Self { task, cells: None, tail, per, fixed: None, other: None };
        if let Task::Cost { costs, by } = task {
            ask.cells = Some(Cells::of(costs, flag));
            let stated = costs.probability(flag).map(|p| score_above(model, flag, p));
            match by {
                By::Probabilities => {
                    let Some(stated) = stated else {
                        return Err(Error::Setting {
                            name: "cost-matrix",
                            value: "such that one call never costs more than the other".to_owned(),
                            expected: "errors that cost more than right calls",
                        });
                    };
                    ask.fixed = Some(stated?);
                    ask.other = Some((By::Scores, None));
                }
                By::Scores => {
                    let stated = stated.and_then(Result::ok);
                    ask.other = stated.map(|value| (By::Probabilities, Some(value)));
                }
            }
        }
        Ok(ask)
    }

    /// The cut that does what is asked.
    fn cut(&self, cuts: &Cuts, tally: &Tally) -> Option<usize> {
        match self.task {
            Task::Cost { .. } => Some(match self.fixed {
                Some(value) => cuts.above(value),
                None => self.cheapest(tally),
            }),
            Task::Budget { share, .. } => {
                budget::best_cut(tally, *share, self.tail, self.per * tally.total())
            }
            Task::Precision { floor, .. } => {
                floor::by_precision(tally, *floor, self.tail, self.per)
            }
            Task::Recall { floor, .. } => floor::by_recall(tally, *floor, self.tail, self.per),
        }
    }

    fn cheapest(&self, tally: &Tally) -> usize {
        self.cells.as_ref().map_or(0, |cells| cost::best_cut(tally, cells))
    }

    fn unreachable(&self, model: &LinearModel, tally: &Tally) -> Error {
        let best = match self.task {
            Task::Budget { .. } => budget::least(self.per * tally.total(), self.tail),
            Task::Precision { .. } => floor::best_precision(tally, self.tail, self.per),
            _ => floor::best_recall(tally, self.tail, self.per),
        };
        Error::Unreachable { asked: self.task.describe(model.classes()), best }
    }

    /// Flagged, precision, recall, accuracy and cost at a cut.
    fn figures(&self, tally: &Tally, cut: usize) -> [Option<f64>; FIGURES] {
        let (flagged, hits) = tally.at(cut);
        self.shares(tally, flagged, hits, tally.right(cut))
    }

    fn plain_figures(&self, tally: &Tally, plain: &Plain) -> [Option<f64>; FIGURES] {
        self.shares(tally, plain.flagged, plain.hits, plain.right)
    }

    fn shares(&self, tally: &Tally, flagged: f64, hits: f64, right: f64) -> [Option<f64>; FIGURES] {
        let (total, own) = (tally.total(), tally.own());
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| (part / whole).clamp(0.0, 1.0));
        let cost = self.cells.filter(|_| total > 0.0);
        [
            share(flagged, total),
            share(hits, flagged),
            share(hits, own),
            share(right, total),
            cost.map(|cells| cells.mean(total, own, flagged, hits)),
        ]
    }

    /// Threshold, figures with the rule and without it, what is saved, what the replicate flatters,
    /// and the other threshold's cost: 19 numbers.
    fn replicate(
        &self,
        cuts: &Cuts,
        tally: &Tally,
        drawn: &[f64],
        (whole, before): (&Tally, &[Option<f64>; FIGURES]),
    ) -> Vec<Option<f64>> {
        let mut out = vec![None; 19];
        let plain = self.plain_figures(tally, &Plain::of(cuts, drawn));
        out[1 + FIGURES..1 + 2 * FIGURES].copy_from_slice(&plain);
        let Some(cut) = self.cut(cuts, tally).filter(|_| tally.total() > 0.0) else { return out };
        let value = self.fixed.unwrap_or_else(|| settle(cuts, tally, cut));
        let own = self.figures(tally, cut);
        let there = self.figures(whole, cuts.above(value));
        out[0] = Some(value);
        out[1..1 + FIGURES].copy_from_slice(&own);
        out[11] = plain[4].zip(own[4]).map(|(a, b)| a - b);
        for j in 0..FIGURES {
            // What the draw alone does is seen in the calls without the rule, which nobody chose.
            let drawn = plain[j].zip(before[j]).map_or(0.0, |(here, there)| here - there);
            out[12 + j] = own[j].zip(there[j]).map(|(here, there)| here - there - drawn);
        }
        if let Some((_, fixed)) = self.other {
            let cut = fixed.map_or_else(|| self.cheapest(tally), |value| cuts.above(value));
            out[17] = self.figures(tally, cut)[4];
            out[18] = out[17].zip(own[4]).map(|(a, b)| a - b);
        }
        out
    }

    /// Of a budget: the share whose scores tie just below the cut.
    fn tied(&self, tally: &Tally, cut: usize) -> Option<f64> {
        let Task::Budget { .. } = self.task else { return None };
        (cut + 1 < tally.cuts()).then(|| (tally.at(cut + 1).0 - tally.at(cut).0) / tally.total())
    }
}

/// Weight flagged without the rule, what of it is of the class, and the weight of right calls.
struct Plain {
    flagged: f64,
    hits: f64,
    right: f64,
}

impl Plain {
    fn of(cuts: &Cuts, weights: &[f64]) -> Self {
        let mut out = Self { flagged: 0.0, hits: 0.0, right: 0.0 };
        for (row, w) in cuts.rows.iter().zip(weights) {
            if row.plain {
                out.flagged += w;
                out.hits += if row.own { *w } else { 0.0 };
            }
            out.right += if row.plain_right { *w } else { 0.0 };
        }
        out
    }
}

/// From what rows are flagged by to the model's own score or probability.
struct Turned<'a> {
    model: &'a LinearModel,
    flag: usize,
}

impl Turned<'_> {
    fn turns(&self) -> bool {
        self.model.positive().is_some_and(|positive| positive != self.flag)
    }

    /// The model's threshold: rows above it are called the positive class, and those of another
    /// class that is flagged are not above it.
    fn threshold(&self, value: f64, cuts: &Cuts) -> f64 {
        if !self.turns() {
            return value;
        }
        // A row at the value itself is not flagged, so it must be above the threshold.
        let at = cuts.values.binary_search_by(|own| value.total_cmp(own)).is_ok();
        if at { (-value).next_down() } else { -value }
    }

    fn interval(&self, found: Interval, value: f64) -> Interval {
        let Interval { low, high, .. } = found;
        let (low, high) = if self.turns() { (-high, -low) } else { (low, high) };
        Interval { value, low: low.min(value), high: high.max(value) }
    }

    fn probability(&self, above: f64) -> Option<f64> {
        self.model.positive()?;
        self.model.probabilities_of(&[above])?.get(self.flag).copied()
    }
}

/// The score above which the probability of the positive class is above `p`.
fn score_above(model: &LinearModel, positive: usize, p: f64) -> Result<f64> {
    let of = |score: f64| model.probabilities_of(&[score]).and_then(|p| p.get(positive).copied());
    let above = |score: f64| of(score).is_some_and(|own| own > p);
    let (mut low, mut high) = (-1.0, 1.0);
    while above(low) && low > -1e12 {
        low *= 4.0;
    }
    while !above(high) && high < 1e12 {
        high *= 4.0;
    }
    if above(low) || !above(high) {
        return Err(Error::Setting {
            name: "by",
            value: "probabilities".to_owned(),
            expected: "scores: the model's probabilities do not rise through the one that the costs \
                       ask for",
        });
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return Ok(low);
        }
        if above(middle) { high = middle } else { low = middle }
    }
}

/// Intervals from replicates.
struct Told<'a> {
    ask: &'a Ask<'a>,
    cuts: &'a Cuts,
    replicates: &'a [Vec<Option<f64>>],
    bootstrap: &'a Bootstrap,
}

impl Told<'_> {
    fn column(&self, at: usize) -> &[Option<f64>] {
        self.replicates.get(at).map_or(&[][..], Vec::as_slice)
    }

    fn of(&self, value: f64, at: usize, range: Range) -> Interval {
        interval(value, self.column(at), self.bootstrap.level, range, Kind::Percentile)
    }

    fn threshold(&self, value: f64) -> Interval {
        let ends = (self.cuts.values.last(), self.cuts.values.first());
        let low = ends.0.map_or(value, |v| v.next_down());
        let high = ends.1.map_or(value, |v| *v);
        self.of(value, 0, Range(low.min(value), high.max(value)))
    }

    /// Figures whose replicates start at a column.
    fn figures(
        &self,
        values: [Option<f64>; FIGURES],
        at: usize,
        whole: &Tally,
        flagged: f64,
    ) -> Figures {
        let z = two_sided_z(self.bootstrap.level);
        let share = |j: usize, weight: f64| {
            values[j].map(|value| {
                let own = self.of(value, at + j, Range(0.0, 1.0));
                // Where nothing varies, resampling would claim certainty.
                let sure = own.low == own.high && self.bootstrap.replicates > 0;
                if !sure {
                    return own;
                }
                let (low, high) = wilson(value, self.ask.per * weight, z);
                Interval { value, low: low.min(value), high: high.max(value) }
            })
        };
        let (total, own) = (whole.total(), whole.own());
        let nothing = Interval { value: 0.0, low: 0.0, high: 0.0 };
        Figures {
            flagged: share(0, total),
            precision: share(1, flagged),
            recall: share(2, own),
            accuracy: share(3, total).unwrap_or(nothing),
            cost: values[4].map(|value| self.of(value, at + 4, Range(f64::MIN, f64::MAX))),
        }
    }

    fn difference(&self, a: Option<f64>, b: Option<f64>, at: usize) -> Option<Interval> {
        Some(self.of(a? - b?, at, Range(f64::MIN, f64::MAX)))
    }

    /// Mean over replicates, of five columns.
    fn optimism(&self, at: usize) -> Optimism {
        let mut values = [None; FIGURES];
        for (j, value) in values.iter_mut().enumerate() {
            *value = mean(self.column(at + j));
        }
        Optimism::of(values)
    }
}

/// The mean of what is defined.
pub(super) fn mean(values: &[Option<f64>]) -> Option<f64> {
    let defined: Vec<f64> = values.iter().flatten().copied().collect();
    (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64)
}

/// Figures at many cuts, lowest threshold first.
fn curve(
    ask: &Ask<'_>,
    cuts: &Cuts,
    whole: &Tally,
    chosen: usize,
    turned: &Turned<'_>,
) -> Vec<CurvePoint> {
    let last = whole.cuts() - 1;
    let points = POINTS.min(last);
    let mut at: Vec<usize> = (0..=points).map(|p| p * last / points.max(1)).collect();
    at.push(chosen.min(last));
    at.sort_unstable();
    at.dedup();
    let mut points: Vec<CurvePoint> = at
        .into_iter()
        .map(|cut| {
            let [flagged, precision, recall, _, cost] = ask.figures(whole, cut);
            CurvePoint {
                above: turned.threshold(cuts.threshold(cut), cuts),
                flagged: flagged.unwrap_or(0.0),
                precision,
                recall,
                cost,
            }
        })
        .collect();
    points.sort_by(|a, b| a.above.total_cmp(&b.above));
    points
}
