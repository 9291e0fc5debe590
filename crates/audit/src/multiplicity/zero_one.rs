//! Multiplicity under the 0-1 loss: which calls can change at no, or little, cost in errors.
//!
//! Marx, Calmon & Ustun, "Predictive multiplicity in classification" (ICML 2020): over all linear
//! classifiers with at most `R(h0) + floor(epsilon n)` errors on `n` rows, *discrepancy* is the largest
//! share of rows that one of them calls otherwise than `h0`, and *ambiguity* the share of rows that some
//! of them calls otherwise. Where the paper solves a mixed-integer program for each, here equal rows are
//! one point and the sides of points are searched by branch and cut
//! ([`linecall_search::zero_one`]), whose conflicts serve all questions: once the first are answered, the
//! least errors with one point's call forced over take milliseconds, and give the epsilon at which each
//! row becomes ambiguous ([`ZeroOne::flip_costs`]).
//!
//! Classifiers are `sign(w.x + b)` with all coefficients within `bound` and no row's score within
//! `margin` of 0. Every count that is reported below a bound is that of a witness, called by plain
//! prediction.

use linecall_data::{Dataset, Design};
use linecall_linear::{LinearModel, Link};
use linecall_search::zero_one::{Cell, Hyperplanes, Points, Space, Task};
use linecall_search::{Answer, Limits};
use serde::Serialize;

use super::ranges::{Bracket, Flips};
use crate::{Error, Result};

/// Labelled rows as distinct points.
#[derive(Clone, Debug)]
pub struct Sample<'a> {
    design: &'a Design,
    classes: Vec<String>,
    positive: usize,
    /// Whether each row is of the positive class.
    labels: Vec<bool>,
    weights: Option<Vec<f64>>,
    points: Points,
    /// The point of each row.
    of: Vec<usize>,
}

/// A classifier with its errors.
#[derive(Clone, Debug)]
pub struct ExactModel {
    /// The classifier; it has no probabilities.
    pub model: LinearModel,
    /// Weight of the rows that it calls wrongly, and a proved lower bound.
    pub errors: Bracket,
    /// The least distance of a row's score from 0.
    pub margin: f64,
}

/// The most calls that one classifier within the budget changes.
#[derive(Clone, Debug, Serialize)]
pub struct ZeroOneDiscrepancy {
    /// The slack, as a share of the rows.
    pub epsilon: f64,
    /// The most errors allowed.
    pub budget: f64,
    /// Weight of the rows that are called otherwise: by the witness, and at most.
    pub flipped: Bracket,
    /// The same as a share.
    pub share: Bracket,
    /// Errors of the witness.
    pub witness_errors: f64,
    /// The witness.
    #[serde(skip)]
    pub witness: LinearModel,
}

/// The rows that some classifier within the budget calls otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct ZeroOneAmbiguity {
    /// The slack, as a share of the rows.
    pub epsilon: f64,
    /// The most errors allowed.
    pub budget: f64,
    /// Weight of the rows that some witness calls otherwise, and of those for which that is not
    /// excluded.
    pub flipped: Bracket,
    /// The same as a share.
    pub share: Bracket,
    /// The verdict for each row.
    pub flips: Vec<Flips>,
    /// Searches that it took.
    pub searches: usize,
    /// The witnesses; each row that flips is flipped by one of them.
    #[serde(skip)]
    pub witnesses: Vec<LinearModel>,
}

/// What it costs to change one row's call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FlipCost {
    /// Errors beyond those of the baseline that a classifier needs to call this row otherwise: those
    /// of a witness, and at least. Infinite where no classifier does. Below 0 where the baseline is
    /// not the best.
    pub extra: Bracket,
}

impl<'a> Sample<'a> {
    /// The rows of a dataset of two classes; `positive` is the index of the positive class.
    ///
    /// # Errors
    /// When there are not two classes, one a row, or there are no rows.
    pub fn new(data: &'a Dataset, positive: usize) -> Result<Self> {
        let classes = data.labels.classes().to_vec();
        if classes.len() != 2 || data.labels.is_multilabel() || positive > 1 {
            let value = format!("{} classes", classes.len());
            return Err(Error::Setting {
                name: "classes",
                value,
                expected: "two classes, one a row",
            });
        }
        let rows: Vec<Vec<f64>> = (0..data.rows())
            .map(|i| {
                let mut row = vec![0.0; data.design.cols()];
                data.design.for_each_in_row(i, |j, x| {
                    if let Some(cell) = row.get_mut(j) {
                        *cell = x;
                    }
                });
                row.push(1.0);
                row
            })
            .collect();
        let labels: Vec<bool> =
            data.labels.codes().iter().map(|c| *c as usize == positive).collect();
        let (points, of) = Points::of_rows(&rows, &labels, data.weights.as_deref())?;
        let (design, weights) = (&data.design, data.weights.clone());
        Ok(Self { design, classes, positive, labels, weights, points, of })
    }

    /// The distinct points; their last column is the intercept's.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// The point of each row.
    pub fn point_of_row(&self) -> &[usize] {
        &self.of
    }

    /// Weight of all rows.
    pub fn total(&self) -> f64 {
        self.weights.as_ref().map_or(self.of.len() as f64, |w| w.iter().sum())
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w.get(row).copied().unwrap_or(0.0))
    }

    /// What a model calls each row: whether positive.
    pub(super) fn calls(&self, model: &LinearModel) -> Result<Vec<bool>> {
        let scores = model.scores(self.design)?;
        if model.classes() != self.classes.as_slice() || model.positive().is_none() {
            let (found, expected) = (model.classes().len(), self.classes.len());
            return Err(Error::Shape { what: "classes of the model", found, expected });
        }
        let call = |s: &f64| model.class_of(std::slice::from_ref(s)) == self.positive;
        Ok(scores.iter().map(call).collect())
    }

    /// Weight of the rows for which something holds.
    pub(super) fn weigh(&self, of: impl Fn(usize) -> bool) -> f64 {
        (0..self.of.len()).filter(|&i| of(i)).fold(0.0, |sum, i| sum + self.weight(i))
    }

    /// Weight of the rows that a model calls wrongly, by plain prediction.
    ///
    /// # Errors
    /// When the model has other columns or classes.
    pub fn errors(&self, model: &LinearModel) -> Result<f64> {
        let calls = self.calls(model)?;
        Ok(self.weigh(|i| calls.get(i) != self.labels.get(i)))
    }

    /// Weight of the rows that two models call otherwise, by plain prediction.
    ///
    /// # Errors
    /// When a model has other columns or classes.
    pub fn differ(&self, one: &LinearModel, other: &LinearModel) -> Result<f64> {
        let (a, b) = (self.calls(one)?, self.calls(other)?);
        Ok(self.weigh(|i| a.get(i) != b.get(i)))
    }

    /// `R(h0) + floor(epsilon n)`.
    pub(super) fn budget(&self, baseline: &LinearModel, epsilon: f64) -> Result<f64> {
        // A product such as 0.05 * 6180 must not fall short of its integer.
        Ok(self.errors(baseline)? + (epsilon * self.total() * (1.0 + 1e-12)).floor())
    }

    /// The model of coefficients, the intercept last.
    fn model(&self, w: &[f64]) -> Result<LinearModel> {
        let (coef, intercept) = match w.split_last() {
            Some((b, w)) => (w.to_vec(), *b),
            None => (Vec::new(), 0.0),
        };
        let (classes, positive) = (self.classes.clone(), self.positive);
        Ok(LinearModel::new(vec![coef], vec![intercept], classes, positive, Link::Score)?)
    }
}

/// The questions about one sample. What one search learns serves the next.
pub struct ZeroOne<'s> {
    sample: &'s Sample<'s>,
    family: Hyperplanes,
    space: Space<'s>,
    /// Coefficients of the cells found so far.
    found: Vec<Vec<f64>>,
}

/// A baseline: its call of each point, and its errors.
struct Baseline {
    sides: Vec<bool>,
    errors: f64,
}

impl<'s> ZeroOne<'s> {
    /// The questions about a sample, for a family of hyperplanes.
    ///
    /// # Errors
    /// When the bound or the margin is not above 0.
    pub fn new(sample: &'s Sample<'s>, family: Hyperplanes) -> Result<Self> {
        let space = Space::new(&sample.points, family)?;
        Ok(Self { sample, family, space, found: Vec::new() })
    }

    /// The family.
    pub fn family(&self) -> Hyperplanes {
        self.family
    }

    /// Conflicts known so far, each with a checked proof.
    pub fn conflicts(&self) -> usize {
        self.space.conflicts()
    }

    /// Adds coefficients that searches may begin with, such as a logistic model's; they change no
    /// answer.
    pub fn suggest(&mut self, model: &LinearModel) {
        let sign = if model.positive() == Some(self.sample.positive) { 1.0 } else { -1.0 };
        if let (Some(coef), Some(b)) = (model.coef().first(), model.intercept().first()) {
            self.found.push(coef.iter().chain([b]).map(|v| sign * v).collect());
        }
    }

    /// The classifier of least errors.
    ///
    /// # Errors
    /// When no classifier of the family exists, or none was found within the limits.
    pub fn least_errors(&mut self, limits: &Limits) -> Result<ExactModel> {
        let task = Task::least_errors(&self.sample.points);
        let (cell, lower) = self.search(task, limits)?;
        let Some(cell) = cell else { return Err(self.none()) };
        let model = self.sample.model(&cell.coefficients)?;
        let upper = self.sample.errors(&model)?;
        let errors = Bracket { lower: lower.unwrap_or(upper), upper };
        Ok(ExactModel { model, errors, margin: cell.margin })
    }

    /// Discrepancy: the most calls that one classifier within the budget changes.
    ///
    /// # Errors
    /// When the baseline has other columns or classes, epsilon is negative or not finite, or no
    /// classifier was found within budget and limits.
    pub fn discrepancy(
        &mut self,
        baseline: &LinearModel,
        epsilon: f64,
        limits: &Limits,
    ) -> Result<ZeroOneDiscrepancy> {
        let (base, budget) = self.baseline(baseline, epsilon)?;
        let points = &self.sample.points;
        let task = Task::most_flips(points, &base.sides, &self.weights(|_| true), budget);
        let (cell, lower) = self.search(task, limits)?;
        let Some(cell) = cell else { return Err(self.none()) };
        let witness = self.checked(&cell, budget)?;
        let (flipped, witness_errors) =
            (self.sample.differ(baseline, &witness)?, self.sample.errors(&witness)?);
        let flipped = Bracket { lower: flipped, upper: lower.map_or(flipped, |l| -l) };
        let share = self.share(flipped);
        Ok(ZeroOneDiscrepancy { epsilon, budget, flipped, share, witness_errors, witness })
    }

    /// Ambiguity: the rows that some classifier within the budget calls otherwise. For each point that
    /// no witness has flipped yet, the least errors with its call forced over decide. The limits are for
    /// all searches together, but that nodes are counted for each.
    ///
    /// # Errors
    /// As for [`ZeroOne::discrepancy`].
    pub fn ambiguity(
        &mut self,
        baseline: &LinearModel,
        epsilon: f64,
        limits: &Limits,
    ) -> Result<ZeroOneAmbiguity> {
        let (base, budget) = self.baseline(baseline, epsilon)?;
        let mut state = Verdicts::new(&base);
        for w in self.found.clone() {
            if let Some(model) = self.within(&w, budget)? {
                state.take(&self.sides(&model)?, model);
            }
        }
        for point in 0..base.sides.len() {
            if state.of.get(point) == Some(&Flips::Yes) {
                continue;
            }
            let side = base.sides.get(point) == Some(&true);
            let task = Task::least_errors(&self.sample.points).with_side(point, !side);
            let task = Task { budget: Some(budget), ..task };
            state.searches += 1;
            let (cell, lower) = self.search(task, limits)?;
            match cell {
                Some(cell) => {
                    let model = self.checked(&cell, budget)?;
                    state.take(&cell.sides, model);
                }
                // No cell within the budget, or none yet and none below a bound.
                None if lower.is_none_or(|l| l > budget) => state.set(point, Flips::No),
                None => {}
            }
        }
        Ok(self.ambiguity_of(epsilon, budget, state))
    }

    /// The same answer by another way, as an independent check: the rows that are not yet flipped are
    /// flipped as many at a time as can be, until none can; that last answer proves the rest.
    ///
    /// # Errors
    /// As for [`ZeroOne::discrepancy`].
    pub fn ambiguity_by_maxima(
        &mut self,
        baseline: &LinearModel,
        epsilon: f64,
        limits: &Limits,
    ) -> Result<ZeroOneAmbiguity> {
        let (base, budget) = self.baseline(baseline, epsilon)?;
        let weight = self.weights(|_| true);
        let mut state = Verdicts::new(&base);
        loop {
            let left = self.weights(|i| state.of.get(i) == Some(&Flips::Undecided));
            let task = Task::most_flips(&self.sample.points, &base.sides, &left, budget);
            state.searches += 1;
            let (cell, lower) = self.search(task, limits)?;
            let news = match &cell {
                Some(cell) if cell.cost < 0.0 => {
                    let model = self.checked(cell, budget)?;
                    state.take(&cell.sides, model)
                }
                _ => false,
            };
            if news && lower.is_none() {
                continue;
            }
            // None of what is left weighs more than one classifier can flip of it.
            let most = lower.map_or(0.0, |l| -l);
            for (point, weight) in weight.iter().enumerate() {
                let open = state.of.get(point) == Some(&Flips::Undecided);
                if open && *weight > most + 1e-9 * (1.0 + most) {
                    state.set(point, Flips::No);
                }
            }
            return Ok(self.ambiguity_of(epsilon, budget, state));
        }
    }

    fn ambiguity_of(&self, epsilon: f64, budget: f64, state: Verdicts) -> ZeroOneAmbiguity {
        let verdict = |row: &usize| state.of.get(*row).copied().unwrap_or(Flips::Undecided);
        let flips: Vec<Flips> = self.sample.of.iter().map(verdict).collect();
        let sure = self.sample.weigh(|i| flips.get(i) == Some(&Flips::Yes));
        let open = self.sample.weigh(|i| flips.get(i) == Some(&Flips::Undecided));
        let flipped = Bracket { lower: sure, upper: sure + open };
        let share = self.share(flipped);
        let Verdicts { searches, witnesses, .. } = state;
        ZeroOneAmbiguity { epsilon, budget, flipped, share, flips, searches, witnesses }
    }

    /// The model of coefficients, if it is of the family and within the budget.
    fn within(&self, w: &[f64], budget: f64) -> Result<Option<LinearModel>> {
        let top = w.iter().fold(0f64, |m, v| m.max(v.abs()));
        if w.len() != self.sample.design.cols() + 1 || !(top > 0.0 && top.is_finite()) {
            return Ok(None);
        }
        let w: Vec<f64> = w.iter().map(|v| v * self.family.bound / top).collect();
        let model = self.sample.model(&w)?;
        let scores = model.scores(self.sample.design)?;
        let clear = scores.iter().all(|s| s.abs() >= self.family.margin);
        Ok((clear && self.sample.errors(&model)? <= budget).then_some(model))
    }

    /// A model's call of each point.
    fn sides(&self, model: &LinearModel) -> Result<Vec<bool>> {
        let mut sides = vec![false; self.sample.points.len()];
        for (point, call) in self.sample.of.iter().zip(self.sample.calls(model)?) {
            if let Some(side) = sides.get_mut(*point) {
                *side = call;
            }
        }
        Ok(sides)
    }

    /// What it costs to change the call of each row, equal rows once: a search for each point. The
    /// limits are for all together.
    ///
    /// # Errors
    /// When the baseline has other columns or classes.
    pub fn flip_costs(&mut self, baseline: &LinearModel, limits: &Limits) -> Result<Vec<FlipCost>> {
        let (base, _) = self.baseline(baseline, 0.0)?;
        let mut costs = Vec::with_capacity(base.sides.len());
        for (point, side) in base.sides.iter().enumerate() {
            let task = Task::least_errors(&self.sample.points).with_side(point, !side);
            let (cell, lower) = self.search(task, limits)?;
            let upper = match &cell {
                Some(cell) => {
                    self.sample.errors(&self.sample.model(&cell.coefficients)?)? - base.errors
                }
                None => f64::INFINITY,
            };
            let lower = lower.map_or(upper, |l| l - base.errors);
            costs.push(FlipCost { extra: Bracket { lower, upper } });
        }
        let unknown =
            FlipCost { extra: Bracket { lower: f64::NEG_INFINITY, upper: f64::INFINITY } };
        Ok(self.sample.of.iter().map(|p| costs.get(*p).copied().unwrap_or(unknown)).collect())
    }

    /// The best cell, and a lower bound of the cost where that is not proved to be it. No cell and no
    /// bound: there is none.
    fn search(&mut self, mut task: Task, limits: &Limits) -> Result<(Option<Cell>, Option<f64>)> {
        task.start.clone_from(&self.found);
        let (cell, lower) = match self.space.best(&task, limits) {
            Answer::Exact(cell) => (Some(cell), None),
            Answer::Gap { best, lower, .. } => (best, Some(lower)),
            Answer::Infeasible(_) => (None, None),
        };
        if let Some(cell) = &cell {
            self.found.push(cell.coefficients.clone());
        }
        Ok((cell, lower))
    }

    /// The model of a cell, whose errors by plain prediction are within the budget.
    fn checked(&self, cell: &Cell, budget: f64) -> Result<LinearModel> {
        let model = self.sample.model(&cell.coefficients)?;
        let errors = self.sample.errors(&model)?;
        if errors > budget + 1e-9 * budget.abs() {
            return Err(Error::Model(format!(
                "a witness makes {errors} errors by plain prediction, which is more than the budget \
                 of {budget}: use a larger margin"
            )));
        }
        Ok(model)
    }

    fn baseline(&self, model: &LinearModel, epsilon: f64) -> Result<(Baseline, f64)> {
        if !(epsilon.is_finite() && epsilon >= 0.0) {
            let (value, expected) = (epsilon.to_string(), "a finite number, 0 or above");
            return Err(Error::Setting { name: "epsilon", value, expected });
        }
        let sides = self.sides(model)?;
        let errors = self.sample.errors(model)?;
        Ok((Baseline { sides, errors }, self.sample.budget(model, epsilon)?))
    }

    /// Weight of each point for which something holds, 0 otherwise.
    fn weights(&self, of: impl Fn(usize) -> bool) -> Vec<f64> {
        let points = &self.sample.points;
        let sums = points.positive().iter().zip(points.negative());
        sums.enumerate().map(|(i, (p, n))| if of(i) { p + n } else { 0.0 }).collect()
    }

    fn share(&self, of: Bracket) -> Bracket {
        let total = self.sample.total();
        Bracket { lower: of.lower / total, upper: of.upper / total }
    }

    fn none(&self) -> Error {
        Error::Model(format!(
            "no classifier with coefficients within {} leaves every row a score of at least {} \
             within the budget and the limits: use a smaller margin or longer limits",
            self.family.bound, self.family.margin
        ))
    }
}

/// What is known of each point on the way to an ambiguity.
struct Verdicts {
    base: Vec<bool>,
    of: Vec<Flips>,
    witnesses: Vec<LinearModel>,
    searches: usize,
}

impl Verdicts {
    fn new(base: &Baseline) -> Self {
        let of = vec![Flips::Undecided; base.sides.len()];
        Self { base: base.sides.clone(), of, witnesses: Vec::new(), searches: 0 }
    }

    fn set(&mut self, point: usize, verdict: Flips) {
        if let Some(slot) = self.of.get_mut(point) {
            *slot = verdict;
        }
    }

    /// Marks what a witness flips, and keeps it if that is news; returns whether it is.
    fn take(&mut self, sides: &[bool], model: LinearModel) -> bool {
        let mut news = false;
        for ((verdict, side), base) in self.of.iter_mut().zip(sides).zip(&self.base) {
            if side != base && *verdict != Flips::Yes {
                (*verdict, news) = (Flips::Yes, true);
            }
        }
        if news {
            self.witnesses.push(model);
        }
        news
    }
}
