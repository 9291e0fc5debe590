//! From rows and a plan to a card, its model and its certificate.

use std::time::Instant;

use linecall_data::{CardCertificate, Dataset, Design};
use linecall_search::lattice::{self, Card, Cards, Choices, Prices, Table, Task};
use linecall_search::{Answer, Limits};

use super::card::CardTable;
use super::plan::{CardLoss, ScorecardPlan};
use super::pool::{Equal, Prefer, choose};
use crate::weights::Weights;
use crate::{Error, LinearModel, Link, Result};

/// A card of a smaller loss separates the rows.
const SEPARATED: f64 = 1e-9;
/// Two costs nearer than this are the same: what the search allows for rounding.
const SAME: f64 = 1e-9;

/// When a search ends, and what it keeps.
#[derive(Clone, Copy, Debug)]
pub struct CardSearch<'a> {
    /// The time to stop; a card found until then is returned with its gap.
    pub deadline: Option<Instant>,
    /// Most supports whose cards are bounded; unlike a time, the same everywhere.
    pub nodes: Option<u64>,
    /// Stops the search when it becomes true.
    pub cancel: Option<&'a std::sync::atomic::AtomicBool>,
    /// Stop when the bound is within this share of the objective.
    pub gap: f64,
    /// Keep all cards up to so much above the best.
    pub delta: f64,
    /// Most cards that are kept.
    pub pool: usize,
}

impl Default for CardSearch<'_> {
    fn default() -> Self {
        Self { deadline: None, nodes: None, cancel: None, gap: 0.0, delta: 0.0, pool: 100 }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CardProgress {
    /// Objective of the best card.
    pub upper: f64,
    /// No card has a smaller one.
    pub lower: f64,
    /// Supports that were bounded.
    pub nodes: u64,
}

/// A card with its model and what is proved.
#[derive(Clone, Debug)]
pub struct ScorecardFit {
    /// Points, threshold and risks.
    pub model: LinearModel,
    /// What is proved.
    pub certificate: CardCertificate,
    /// The card as it is printed.
    pub card: CardTable,
    /// The cards that were kept, the best first; the chosen one is among them.
    pub pool: Vec<Equal>,
}

/// The rows of a task, without names.
pub(super) struct Rows {
    pub(super) table: Table,
    choices: Vec<Choices>,
}

impl ScorecardPlan {
    /// Finds the best card that is allowed, and proves it as far as the search may go.
    ///
    /// # Errors
    /// When a setting is out of range or names no column, there are not two classes with rows, and
    /// when no card is allowed that tells the classes apart.
    pub fn fit(
        &self,
        data: &Dataset,
        search: &CardSearch<'_>,
        prefer: &Prefer<'_>,
        watch: &mut dyn FnMut(CardProgress),
    ) -> Result<ScorecardFit> {
        let rows = self.rows(data)?;
        let task = self.task(&rows, &data.design)?;
        let limits =
            Limits { deadline: search.deadline, nodes: search.nodes, cancel: search.cancel };
        let wanted =
            lattice::Search { limits, gap: search.gap, width: search.delta, most: search.pool };
        let solve = match self.scorecard {
            CardLoss::Risk => lattice::risk,
            CardLoss::Slim => lattice::slim,
        };
        let answer = solve(&task, &wanted, &mut |at| {
            watch(CardProgress { upper: at.upper, lower: at.lower, nodes: at.nodes });
        });
        let (cards, lower) = match answer.map_err(refused)? {
            Answer::Exact(cards) => (cards, None),
            Answer::Gap { best: Some(cards), lower, .. } => (cards, Some(lower)),
            Answer::Gap { best: None, .. } => return Err(none("allowed within the time")),
            Answer::Infeasible(_) => return Err(none("allowed that tells the classes apart")),
        };
        self.finish(data, &task, cards, lower, search, prefer)
    }

    fn finish(
        &self,
        data: &Dataset,
        task: &Task<'_>,
        found: Cards,
        lower: Option<f64>,
        search: &CardSearch<'_>,
        prefer: &Prefer<'_>,
    ) -> Result<ScorecardFit> {
        let best = found.cards.first().map_or(f64::INFINITY, |card| card.cost);
        let mut pool = Vec::new();
        for card in &found.cards {
            pool.push(Equal {
                model: self.model(data, task, card)?,
                objective: card.cost,
                size: card.size(),
                columns: card.points.iter().map(|p| p.0).collect(),
            });
        }
        let at = choose(&pool, best + search.delta.max(SAME), &data.design, prefer)?;
        let (Some(card), Some(chosen)) = (found.cards.get(at), pool.get(at)) else {
            return Err(none("allowed"));
        };
        let model = chosen.model.clone();
        let lower = lower.unwrap_or(best).min(best);
        let certificate = CardCertificate {
            objective: self.scorecard.name().to_owned(),
            loss: card.loss,
            upper: card.cost,
            lower,
            gap: card.cost - lower,
            size: card.size() as u64,
            max_size: self.max_size as u64,
            columns: data.design.cols() as u64,
            points: task.table.points() as u64,
            nodes: found.nodes,
            optimal: card.cost - lower <= SAME,
            delta: search.delta,
            pool: pool.len() as u64,
            complete: found.complete,
        };
        let table = CardTable::of(&model, data, self)?;
        Ok(ScorecardFit { model, certificate, card: table, pool })
    }

    /// The model of a card: points, minus the threshold, and the risks of totals.
    fn model(&self, data: &Dataset, task: &Task<'_>, card: &Card) -> Result<LinearModel> {
        let mut coef = vec![0.0; data.design.cols()];
        for &(j, points) in &card.points {
            coef[j] = f64::from(points);
        }
        // The risk of a total; a card under the 0-1 loss has one too, where its totals tell anything.
        let risk = match self.scorecard {
            CardLoss::Risk => Some((card.slope, card.intercept)),
            CardLoss::Slim => task.risk_card(&card.points).map(|c| (c.slope, c.intercept)),
        };
        // Of rows that the card separates no risk is between the classes: halfway, then.
        let separated = card.loss < SEPARATED;
        let intercept = match (self.scorecard, risk) {
            (CardLoss::Risk, Some((slope, b))) if !self.capped() && !separated => b / slope,
            _ => task.threshold_of(&card.points).unwrap_or(card.intercept),
        };
        let link = match risk {
            Some((slope, b)) => {
                Link::Platt { slope: vec![slope], intercept: vec![b - slope * intercept] }
            }
            None => Link::Score,
        };
        let classes = data.labels.classes().to_vec();
        LinearModel::new(vec![coef], vec![intercept], classes, self.positive, link)
    }

    /// The distinct rows of the data.
    pub(super) fn rows(&self, data: &Dataset) -> Result<Rows> {
        self.check()?;
        let classes = data.labels.classes();
        if data.labels.is_multilabel() || classes.len() != 2 || self.positive > 1 {
            return Err(Error::Setting {
                name: "scorecard",
                value: format!("for {} classes", classes.len()),
                expected: "rows of two classes, each row of one",
            });
        }
        let weights = Weights::of(&data.labels, data.weights.as_deref(), &self.class_weight)?;
        weights.every_class(classes)?;
        let design = &data.design;
        let mut columns = vec![vec![0.0; design.rows()]; design.cols()];
        for i in 0..design.rows() {
            design.for_each_in_row(i, |j, v| columns[j][i] = v);
        }
        let positive: Vec<bool> =
            data.labels.codes().iter().map(|code| *code as usize == self.positive).collect();
        let choices = self.choices(design)?;
        let table = Table::new(columns, &positive, Some(&weights.row)).map_err(refused)?;
        Ok(Rows { table, choices })
    }

    pub(super) fn task<'t>(&self, rows: &'t Rows, design: &Design) -> Result<Task<'t>> {
        Ok(Task {
            table: &rows.table,
            choices: rows.choices.clone(),
            rules: self.rules(design)?,
            max_size: self.max_size,
            prices: Prices::default(),
            threshold: self.threshold(),
        })
    }
}

/// What the certificate of a saved card says, computed again from its model and the rows: loss and
/// objective. Bound, gap and the search's own figures are those stated.
///
/// # Errors
/// As for [`ScorecardPlan::fit`], and when the points are not ones that the plan allows.
pub fn certify(
    plan: &ScorecardPlan,
    model: &LinearModel,
    data: &Dataset,
    stated: &CardCertificate,
) -> Result<CardCertificate> {
    let rows = plan.rows(data)?;
    let task = plan.task(&rows, &data.design)?;
    let coef = model.coef().first().map_or(&[][..], Vec::as_slice);
    if coef.len() != data.design.cols() {
        let (found, expected) = (coef.len(), data.design.cols());
        return Err(Error::Shape { what: "points", found, expected });
    }
    let points: Vec<(usize, i32)> =
        coef.iter().enumerate().filter(|p| *p.1 != 0.0).map(|(j, p)| (j, *p as i32)).collect();
    let whole = coef.iter().all(|p| p.fract() == 0.0);
    if !whole || !task.permits(&points) {
        return Err(none("among those that the plan allows with these points"));
    }
    let costs = task.cost_of(&points);
    let loss = match plan.scorecard {
        CardLoss::Risk => log_loss(plan, model, data)?,
        CardLoss::Slim => task.price_of(&points).map_or(f64::INFINITY, |p| p / rows.table.total()),
    };
    let upper = loss + costs;
    let gap = upper - stated.lower;
    Ok(CardCertificate { loss, upper, gap, size: points.len() as u64, ..stated.clone() })
}

/// The weighted mean log loss of the model's probabilities.
fn log_loss(plan: &ScorecardPlan, model: &LinearModel, data: &Dataset) -> Result<f64> {
    let weights = Weights::of(&data.labels, data.weights.as_deref(), &plan.class_weight)?;
    let (slope, b) = match model.link() {
        Link::Platt { slope, intercept } => (slope[0], intercept[0]),
        _ => (1.0, 0.0),
    };
    let scores = model.scores(&data.design)?;
    let mut sum = 0.0;
    for ((score, code), weight) in scores.iter().zip(data.labels.codes()).zip(&weights.row) {
        let sign = if *code as usize == plan.positive { -1.0 } else { 1.0 };
        sum += weight * linecall_kernels::log1p_exp(sign * (slope * score + b));
    }
    Ok(sum / weights.total())
}

fn refused(error: linecall_search::Error) -> Error {
    Error::Scorecard(error.to_string())
}

fn none(what: &str) -> Error {
    Error::Scorecard(format!(
        "no card is {what}; allow more conditions (--max-size), other points, or fewer rules"
    ))
}
