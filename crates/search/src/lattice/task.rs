//! What is asked, and what a card is.

use super::choices::{Caps, Choices, Rules};
use super::errors::{self, Prices, Threshold};
use super::newton::{Bounds, Fit, LONGEST, Optimum};
use super::scale::{Scaled, Totals};
use super::table::{Cells, Table};
use crate::{Error, Result};

/// A family of cards on the rows of a table.
#[derive(Clone, Debug)]
pub struct Task<'t> {
    /// The rows.
    pub table: &'t Table,
    /// The points that each column may be given, with their costs.
    pub choices: Vec<Choices>,
    /// Rules between columns.
    pub rules: Rules,
    /// Most columns that are used.
    pub max_size: usize,
    /// What wrong calls cost, by class.
    pub prices: Prices,
    /// Where thresholds may lie (0-1 loss).
    pub threshold: Threshold,
}

/// A card: points for columns, and what they come to on the rows of the task.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Column and points of the columns that are used, by column.
    pub points: Vec<(usize, i32)>,
    /// `log-odds = slope total + intercept` (logistic loss); 1 and the intercept that is added to
    /// the total (0-1 loss).
    pub slope: f64,
    /// See `slope`.
    pub intercept: f64,
    /// Mean loss.
    pub loss: f64,
    /// Mean loss and the costs of the points.
    pub cost: f64,
}

impl Card {
    /// Number of columns that are used.
    pub fn size(&self) -> usize {
        self.points.len()
    }
}

/// Columns and what a card on them may be.
pub(super) struct Support<'t> {
    pub(super) task: &'t Task<'t>,
    /// Increasing.
    pub(super) columns: Vec<usize>,
    pub(super) cells: Cells,
    pub(super) span: Vec<f64>,
    pub(super) whole: bool,
}

impl<'t> Task<'t> {
    /// Checks that the parts fit together.
    ///
    /// # Errors
    /// When there is not one set of choices for each column, a rule speaks of a column that does
    /// not exist, a cap is not a share, or a cost is negative or not finite.
    pub fn check(&self) -> Result<()> {
        let (found, expected) = (self.choices.len(), self.table.width());
        if found != expected {
            return Err(Error::Shape(format!("{found} sets of points for {expected} columns")));
        }
        for (j, choices) in self.choices.iter().enumerate() {
            if let Some((_, bad)) = choices.pairs().find(|(_, c)| !(c.is_finite() && *c >= 0.0)) {
                let what = format!("a cost of column {j} (which must be 0 or above)");
                return Err(Error::NotFinite { what, value: bad.to_string() });
            }
        }
        self.prices.check()?;
        self.rules.check(self.table.width())
    }

    /// Columns that may be used and are not the same in every row.
    pub(super) fn usable(&self) -> Vec<usize> {
        let usable = |j: &usize| self.choices[*j].usable() && self.table.column(*j).span > 0.0;
        (0..self.choices.len()).filter(usable).collect()
    }

    /// The signs that a column's points may have.
    pub(super) fn signs(&self, j: usize) -> Bounds {
        let (low, high) = self.choices[j].ends();
        Bounds::signs(low < 0, high > 0)
    }

    /// What using columns costs at least.
    pub(super) fn least_cost(&self, columns: &[usize]) -> f64 {
        columns.iter().map(|&j| self.choices[j].least_cost()).sum()
    }

    /// What points cost.
    pub fn cost_of(&self, points: &[(usize, i32)]) -> f64 {
        points.iter().filter_map(|&(j, v)| self.choices[j].cost(v)).sum()
    }

    /// Whether points keep the rules that speak of which columns are used, and how.
    pub(super) fn allows(&self, points: &[(usize, i32)]) -> bool {
        let rules = &self.rules;
        if points.len() > self.max_size || !rules.signs_allow(points) {
            return false;
        }
        rules.free() || rules.allow(&points.iter().map(|p| p.0).collect::<Vec<_>>())
    }

    /// Cards without common divisors of their points, each once.
    pub(super) fn reduced(&self, cards: Vec<Card>, logistic: bool) -> Vec<Card> {
        if !self.divisible() || !logistic && self.threshold != Threshold::Any {
            return cards;
        }
        let mut all: Vec<Card> = Vec::with_capacity(cards.len());
        for mut card in cards {
            let by = divisor(card.points.iter().map(|p| p.1));
            if by > 1 {
                card.points.iter_mut().for_each(|p| p.1 /= by);
                match logistic {
                    true => card.slope *= f64::from(by),
                    false => card.intercept /= f64::from(by),
                }
                card.cost = card.loss + self.cost_of(&card.points);
            }
            if all.iter().all(|known| known.points != card.points) {
                all.push(card);
            }
        }
        all
    }

    /// Whether of cards that are multiples of each other the smallest will do.
    pub(super) fn divisible(&self) -> bool {
        self.choices.iter().all(Choices::divisible)
    }

    pub(super) fn support(&'t self, columns: Vec<usize>) -> Support<'t> {
        let cells = self.table.on(&columns);
        let span = columns.iter().map(|&j| self.table.column(j).span).collect();
        let whole = columns.iter().all(|&j| self.table.column(j).whole);
        Support { task: self, columns, cells, span, whole }
    }

    /// Whether points are ones that the task allows: numbers of their columns, few enough, by the rules.
    pub fn permits(&self, points: &[(usize, i32)]) -> bool {
        let known = |(j, v): &(usize, i32)| {
            self.choices.get(*j).is_some_and(|choices| choices.cost(*v).is_some())
        };
        points.iter().all(known) && self.allows(points)
    }

    /// The intercept of the best threshold of a card within the caps, which is added to its totals.
    pub fn threshold_of(&self, points: &[(usize, i32)]) -> Option<f64> {
        self.cut(points).map(|cut| cut.intercept)
    }

    /// The price of the wrong calls of a card at its best threshold within the caps.
    pub fn price_of(&self, points: &[(usize, i32)]) -> Option<f64> {
        self.cut(points).map(|cut| cut.price)
    }

    fn cut(&self, points: &[(usize, i32)]) -> Option<errors::Cut> {
        let support = self.support(points.iter().map(|p| p.0).collect());
        let values: Vec<i32> = points.iter().map(|p| p.1).collect();
        let totals = Totals::new(&support.cells, &values, &support.span, support.whole);
        let (steps, sums) = errors::steps(&totals);
        let caps = self.rules.caps;
        errors::least(&steps, sums, self.prices, caps, self.threshold, errors::SAME)
    }

    /// The card of points under the logistic loss.
    pub fn risk_card(&self, points: &[(usize, i32)]) -> Option<Card> {
        let points: Vec<(usize, i32)> = points.iter().copied().filter(|p| p.1 != 0).collect();
        let support = self.support(points.iter().map(|p| p.0).collect());
        let values: Vec<i32> = points.iter().map(|p| p.1).collect();
        support.card(&values, (0.0, 0.0))
    }
}

impl Support<'_> {
    /// The logistic fit of the columns.
    pub(super) fn fit(&self, w: &[f64], intercept: f64, enough: f64) -> Optimum {
        let bounds = self.columns.iter().map(|&j| self.task.signs(j)).collect();
        self.fit_within(bounds, w, intercept, enough)
    }

    /// The logistic fit with coefficients that are points of the choices' range at a slope, or
    /// between them; those of the given signs.
    pub(super) fn fit_at(&self, slope: f64, w: &[f64], intercept: f64, enough: f64) -> Optimum {
        let one = |(j, w): (&usize, &f64)| {
            let values = self.task.choices[*j].values();
            let positive = *w > 0.0 || *w == 0.0 && values.last().is_some_and(|v| *v > 0);
            let own = || values.iter().filter(|v| if positive { **v > 0 } else { **v < 0 });
            let (low, high) = (own().min(), own().max());
            let at = |v: Option<&i32>| slope * f64::from(v.copied().unwrap_or(0));
            Bounds { low: at(low), high: at(high) }
        };
        let bounds = self.columns.iter().zip(w).map(one).collect();
        self.fit_within(bounds, w, intercept, enough)
    }

    fn fit_within(&self, bounds: Vec<Bounds>, w: &[f64], intercept: f64, enough: f64) -> Optimum {
        let largest = self.columns.iter().map(|&j| self.task.table.column(j).largest).collect();
        let span = self.span.clone();
        Fit { cells: &self.cells, bounds, span, largest, enough }.run(w, intercept)
    }

    /// The card of points by position; `None` where a rule forbids it, it is a multiple of another
    /// card, or its totals tell nothing.
    pub(super) fn card(&self, values: &[i32], start: (f64, f64)) -> Option<Card> {
        let points: Vec<(usize, i32)> =
            self.columns.iter().copied().zip(values.iter().copied()).filter(|p| p.1 != 0).collect();
        if points.is_empty() || !self.task.allows(&points) {
            return None;
        }
        let totals = Totals::new(&self.cells, values, &self.span, self.whole);
        let fit = totals.fit(start)?;
        let caps = self.task.rules.caps;
        if caps != Caps::default() {
            let (steps, sums) = errors::steps(&totals);
            let prices = self.task.prices;
            errors::least(&steps, sums, prices, caps, Threshold::Any, errors::SAME)?;
        }
        let cost = fit.loss + self.task.cost_of(&points);
        let (slope, intercept, loss) = (fit.slope, fit.intercept, fit.loss);
        Some(Card { points, slope, intercept, loss, cost })
    }

    /// The same card with slope and intercept to the last digits.
    pub(super) fn polished(&self, card: &Card) -> Card {
        let totals = Totals::new(&self.cells, &self.values(card), &self.span, self.whole);
        let (slope, intercept, loss) = (card.slope, card.intercept, card.loss);
        let fit = totals.polished(Scaled { slope, intercept, loss });
        let (slope, intercept) = (fit.slope, fit.intercept);
        let (loss, cost) = (fit.loss, card.cost - card.loss + fit.loss);
        Card { slope, intercept, loss, cost, ..card.clone() }
    }

    /// The largest slope at which every column that is used is worth a point or more.
    pub(super) fn coarsest(&self, w: &[f64]) -> f64 {
        let one = |(j, w): (&usize, &f64)| {
            let own = |v: &&i32| if *w < 0.0 { **v < 0 } else { **v > 0 };
            let least = self.task.choices[*j].values().iter().filter(own).map(|v| v.abs()).min();
            w.abs() / f64::from(least.unwrap_or(1))
        };
        self.columns.iter().zip(w).map(one).fold(f64::INFINITY, f64::min)
    }

    /// The least slope with which no coefficient is beyond its choices.
    pub(super) fn finest(&self, w: &[f64]) -> f64 {
        let one = |(j, w): (&usize, &f64)| {
            let (low, high) = self.task.choices[*j].ends();
            let end = if *w < 0.0 { -low } else { high };
            if end > 0 { w.abs() / f64::from(end) } else { 0.0 }
        };
        let finest = self.columns.iter().zip(w).map(one).fold(0.0, f64::max);
        if finest > 0.0 { finest } else { LONGEST.recip() }
    }
}

/// The greatest common divisor of points.
pub(super) fn divisor(values: impl IntoIterator<Item = i32>) -> i32 {
    let gcd = |mut a: i32, mut b: i32| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    values.into_iter().fold(0, |d, v| gcd(d, v.abs()))
}
