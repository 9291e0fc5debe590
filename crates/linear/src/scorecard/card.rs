//! The card as it is printed: conditions with points, and the risk of every total.

use std::collections::BTreeMap;

use linecall_data::{Dataset, DesignColumn, Term};
use serde::Serialize;

use super::plan::ScorecardPlan;
use crate::metrics::{two_sided_z, wilson};
use crate::weights::Weights;
use crate::{LinearModel, Result};

/// Totals up to which each has a row of its own; more are put into so many bands.
const MOST_TOTALS: usize = 40;
const BANDS: usize = 10;
/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// A condition and its points.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CardLine {
    /// In the user's words: `age >= 45`, `45 <= age < 60`, or a column that is multiplied.
    pub condition: String,
    /// Points where the condition holds; of a column of numbers, for each unit.
    pub points: i64,
    /// Whether the points are multiplied by the column's value.
    pub per_unit: bool,
    /// The design columns behind it.
    pub columns: Vec<usize>,
}

/// The lines of one of the user's columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CardVariable {
    /// The user's column.
    pub variable: String,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// One line is met at most where these are bands of a ladder.
    pub lines: Vec<CardLine>,
}

/// The risk of a total, or of a band of totals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RiskRow {
    /// The least total.
    pub low: f64,
    /// The largest total.
    pub high: f64,
    /// Risk of the positive class by the card; of a band, the mean over its rows.
    pub risk: Option<f64>,
    /// Rows with such a total.
    pub rows: u64,
    /// Those of the positive class.
    pub events: u64,
    /// Their share.
    pub observed: f64,
    /// Its Wilson interval at 95%.
    pub interval: (f64, f64),
    /// Whether the positive class is called.
    pub positive: bool,
}

/// The card as it is printed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CardTable {
    /// The positive class.
    pub positive: String,
    /// Conditions by the user's column, in the order of the columns.
    pub variables: Vec<CardVariable>,
    /// The least total from which the positive class is called: halfway between two totals, or at
    /// the number of points where totals are whole.
    pub from: f64,
    /// Least and largest total that the conditions can come to; of the rows, where columns are numbers.
    pub range: (f64, f64),
    /// Risks by total, in order.
    pub risks: Vec<RiskRow>,
}

impl CardTable {
    /// The card of a model on rows.
    ///
    /// # Errors
    /// When the rows do not fit the model.
    pub fn of(model: &LinearModel, data: &Dataset, plan: &ScorecardPlan) -> Result<Self> {
        let weights = Weights::of(&data.labels, data.weights.as_deref(), &plan.class_weight)?;
        let coef = model.coef().first().map_or(&[][..], Vec::as_slice);
        let intercept = model.intercept().first().copied().unwrap_or(0.0);
        let variables = variables(data.design.columns(), coef);
        let scores = model.scores(&data.design)?;
        let totals: Vec<f64> = scores.iter().map(|s| tidy(s - intercept)).collect();
        let rows: Vec<Seen> = totals
            .iter()
            .zip(data.labels.codes())
            .zip(&weights.row)
            .filter(|(_, weight)| **weight > 0.0)
            .map(|((total, code), _)| Seen {
                total: *total,
                event: *code as usize == plan.positive,
            })
            .collect();
        let whole =
            data.design.columns().iter().zip(coef).all(|(c, w)| *w == 0.0 || c.term.is_indicator())
                || rows.iter().all(|r| r.total.fract() == 0.0);
        let from = if whole { (-intercept).floor() + 1.0 } else { -intercept };
        let range = range(&variables, &rows);
        let risks = risks(model, intercept, rows);
        let positive = model.classes().get(plan.positive).cloned().unwrap_or_default();
        Ok(Self { positive, variables, from, range, risks })
    }
}

/// A row: its total and whether it is positive.
struct Seen {
    total: f64,
    event: bool,
}

/// Without the rounding of sums.
fn tidy(total: f64) -> f64 {
    let whole = total.round();
    if (total - whole).abs() < 1e-9 * (1.0 + whole.abs()) { whole + 0.0 } else { total }
}

fn variables(columns: &[DesignColumn], coef: &[f64]) -> Vec<CardVariable> {
    let mut of: Vec<(String, Vec<usize>)> = Vec::new();
    for (j, column) in columns.iter().enumerate() {
        if coef.get(j).is_none_or(|w| *w == 0.0) {
            continue;
        }
        match of.iter_mut().find(|(source, _)| *source == column.source) {
            Some((_, own)) => own.push(j),
            None => of.push((column.source.clone(), vec![j])),
        }
    }
    let one = |(variable, own): (String, Vec<usize>)| {
        let (rungs, others): (Vec<usize>, Vec<usize>) =
            own.into_iter().partition(|j| columns[*j].rung().is_some());
        let mut lines = ladder(columns, coef, rungs);
        lines.extend(others.iter().map(|&j| CardLine {
            condition: columns[j].name(),
            points: coef[j] as i64,
            per_unit: !columns[j].term.is_indicator(),
            columns: vec![j],
        }));
        let unit = lines.first().and_then(|l| columns[l.columns[0]].unit.clone());
        CardVariable { variable, unit, lines }
    };
    of.into_iter().map(one).collect()
}

/// Steps as bands: of several thresholds that are met the points add up, so that a band has the sum.
fn ladder(columns: &[DesignColumn], coef: &[f64], mut rungs: Vec<usize>) -> Vec<CardLine> {
    let cut = |j: usize| columns[j].rung().unwrap_or(0.0);
    rungs.sort_by(|a, b| cut(*a).total_cmp(&cut(*b)));
    let mut points = 0;
    let mut lines = Vec::new();
    for (at, &j) in rungs.iter().enumerate() {
        points += coef[j] as i64;
        let condition = match rungs.get(at + 1) {
            None => columns[j].name(),
            Some(&next) => {
                let source = &columns[j].source;
                format!("{} <= {source} < {}", bound(&columns[j]), bound(&columns[next]))
            }
        };
        let columns = rungs.iter().take(at + 1).copied().collect();
        lines.push(CardLine { condition, points, per_unit: false, columns });
    }
    lines
}

/// The cut of a step, or its level.
fn bound(column: &DesignColumn) -> String {
    match &column.term {
        Term::AtLeastLevel { level, .. } => level.clone(),
        _ => column.name().rsplit(" >= ").next().unwrap_or_default().to_owned(),
    }
}

fn range(variables: &[CardVariable], rows: &[Seen]) -> (f64, f64) {
    let lines = || variables.iter().flat_map(|v| &v.lines);
    if lines().any(|line| line.per_unit) {
        let all = rows.iter().map(|r| r.total);
        return all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), t| (l.min(t), h.max(t)));
    }
    let mut range = (0.0, 0.0);
    for variable in variables {
        // Bands of a ladder, levels and groups of one column exclude each other.
        let points = || variable.lines.iter().map(|l| l.points as f64);
        range.0 += points().fold(0.0, f64::min);
        range.1 += points().fold(0.0, f64::max);
    }
    range
}

fn risks(model: &LinearModel, intercept: f64, mut rows: Vec<Seen>) -> Vec<RiskRow> {
    rows.sort_by(|a, b| a.total.total_cmp(&b.total));
    let mut by_total: BTreeMap<u64, usize> = BTreeMap::new();
    rows.iter().for_each(|r| *by_total.entry(r.total.to_bits()).or_default() += 1);
    let single = by_total.len() <= MOST_TOTALS;
    let share = rows.len().div_ceil(BANDS);
    let mut bands: Vec<Vec<Seen>> = Vec::new();
    for row in rows {
        let same = bands.last().and_then(|b| b.last()).is_some_and(|r| r.total == row.total);
        match bands.last_mut() {
            Some(band) if same || !single && band.len() < share => band.push(row),
            _ => bands.push(vec![row]),
        }
    }
    bands.into_iter().filter_map(|band| risk_row(model, intercept, &band)).collect()
}

fn risk_row(model: &LinearModel, intercept: f64, band: &[Seen]) -> Option<RiskRow> {
    let (low, high) = (band.first()?.total, band.last()?.total);
    let score = |row: &Seen| row.total + intercept;
    let positive = model.positive()?;
    let risk =
        |row: &Seen| model.probabilities_of(&[score(row)]).and_then(|p| p.get(positive).copied());
    let all: Option<Vec<f64>> = band.iter().map(risk).collect();
    let rows = band.len() as f64;
    let events = band.iter().filter(|r| r.event).count();
    let observed = events as f64 / rows;
    Some(RiskRow {
        low,
        high,
        risk: all.map(|all| all.iter().sum::<f64>() / rows),
        rows: band.len() as u64,
        events: events as u64,
        observed,
        interval: wilson(observed, rows, two_sided_z(LEVEL)),
        positive: score(band.first()?) > 0.0,
    })
}
