//! Mixed-integer linear programs: the least `c.x` subject to `low <= a.x <= high` for each row, bounds
//! and integrality for each variable.
//!
//! For genuine logic (if-then, at most k, mutually exclusive) and as an independent check of the
//! searches that are made for one problem. Solvers are those of others, behind [`Milp`]: [`Solver::Microlp`]
//! is always there, `Solver::Highs` with the feature `highs`. What a solver returns is not taken on
//! trust: integers are rounded, the values are put into the rows again by plain sums, and only values
//! that violate nothing by more than [`TOLERANCE`] (times the size of a row's terms) are handed on. Where
//! rounding cost something, the program is split at the rounded variable until no part can hold less.
//! The proof of optimality or infeasibility of each part is the solver's own.
//!
//! ```
//! use linecall_search::milp::{Milp, Model, Solver};
//! use linecall_search::Limits;
//!
//! // The most of x + 2 y with x <= 3.5, y in {0, .., 3}, x + y <= 4: at most one half of x is left.
//! let mut model = Model::default();
//! let x = model.add_variable(0.0, 3.5, -1.0);
//! let y = model.add_integer(0, 3, -2.0);
//! model.add_row(vec![(x, 1.0), (y, 1.0)], f64::NEG_INFINITY, 4.0);
//! let best = Solver::Microlp.minimise(&model, None, &Limits::default())?.exact().unwrap();
//! assert_eq!((best.values[y], best.objective), (3.0, -7.0));
//! # Ok::<(), linecall_search::Error>(())
//! ```

#[cfg(feature = "highs")]
mod high;
mod micro;

use std::time::{Duration, Instant};

use crate::{Answer, Error, Limits, Result};

/// Largest violation of a row or a bound, as a share of one plus the sizes of the row's terms.
pub const TOLERANCE: f64 = 1e-6;

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variable {
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
    /// What one unit costs.
    pub cost: f64,
    /// Whether it must be whole.
    pub integer: bool,
}

/// A row `low <= sum a_j x_j <= high`; either may be infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Variable and coefficient; each variable once.
    pub terms: Vec<(usize, f64)>,
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
}

/// A program: the least cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// The variables.
    pub variables: Vec<Variable>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// Values that violate nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// One a variable; integers are whole.
    pub values: Vec<f64>,
    /// Their cost, by plain sums.
    pub objective: f64,
    /// The largest violation, relative as in [`TOLERANCE`].
    pub violation: f64,
}

/// No values satisfy the rows; the solver's own finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSolution {
    /// Which solver found it.
    pub solver: Solver,
}

/// A solver by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solver {
    /// The pure-Rust solver `microlp`.
    Microlp,
    /// HiGHS, in C++, on one thread. A cancelling flag is looked at before it starts only.
    #[cfg(feature = "highs")]
    Highs,
}

/// What solves a program.
pub trait Milp {
    /// The least cost. `start` holds values to begin with, if any are known.
    ///
    /// # Errors
    /// When the model is not well formed or unbounded, the start has another length, or the solver
    /// fails.
    fn minimise(
        &self,
        model: &Model,
        start: Option<&[f64]>,
        limits: &Limits,
    ) -> Result<Answer<Solution, NoSolution>>;
}

/// What a solver says, before it is checked.
struct Said {
    values: Option<Vec<f64>>,
    /// No cost is lower.
    bound: f64,
    proved: bool,
    infeasible: bool,
}

impl Milp for Solver {
    fn minimise(
        &self,
        model: &Model,
        start: Option<&[f64]>,
        limits: &Limits,
    ) -> Result<Answer<Solution, NoSolution>> {
        model.check()?;
        if let Some(start) = start.filter(|s| s.len() != model.variables.len()) {
            let (found, wanted) = (start.len(), model.variables.len());
            return Err(Error::Shape(format!("{found} values to start from, {wanted} variables")));
        }
        let mut open = vec![model.clone()];
        let mut best = start.and_then(|values| model.rounded(values));
        // No answer costs less, in any part that is settled.
        let (mut lower, mut parts, mut infeasible) = (f64::INFINITY, 0, true);
        while let Some(part) = open.pop() {
            let said = self.run(&part, start, limits)?;
            parts += 1;
            if said.infeasible {
                continue;
            }
            infeasible = false;
            if let Some(found) = self.whole(&part, &said, limits)?
                && best.as_ref().is_none_or(|b| found.objective < b.objective)
            {
                best = Some(found);
            }
            let split = part.split(said.values.as_deref());
            match split.filter(|_| said.proved && parts < PARTS && is_open(said.bound, &best)) {
                Some(two) => open.extend(two),
                None => lower = lower.min(said.bound),
            }
        }
        if infeasible {
            if best.is_none() {
                return Ok(Answer::Infeasible(NoSolution { solver: *self }));
            }
            // The start violates nothing: the finding is one of tolerances.
            lower = f64::NEG_INFINITY;
        }
        let upper = best.as_ref().map_or(f64::INFINITY, |b| b.objective);
        match best {
            Some(found) if !is_open(lower, &Some(found.clone())) => Ok(Answer::Exact(found)),
            best => Ok(Answer::Gap { best, lower: lower.min(upper), upper }),
        }
    }
}

/// Most parts into which a program is split (see [`Model::split`]).
const PARTS: usize = 1000;

/// Whether less than the best may still cost.
fn is_open(bound: f64, best: &Option<Solution>) -> bool {
    let upper = best.as_ref().map_or(f64::INFINITY, |b| b.objective);
    upper.is_infinite() || upper - bound > 1e-6 * (1.0 + upper.abs())
}

impl Solver {
    /// What was found, with whole integers. Where rounding them moved the rows too far, the other
    /// variables may make up for it.
    fn whole(&self, part: &Model, said: &Said, limits: &Limits) -> Result<Option<Solution>> {
        let Some(values) = &said.values else { return Ok(None) };
        let found = part.rounded(values);
        if found.is_some() || part.variables.iter().all(|v| v.integer) {
            return Ok(found);
        }
        let again = self.run(&part.with_integers_at(values), None, limits)?;
        Ok(again.values.as_deref().and_then(|values| part.rounded(values)))
    }

    fn run(&self, model: &Model, start: Option<&[f64]>, limits: &Limits) -> Result<Said> {
        match self {
            Self::Microlp => micro::run(model, start, limits),
            #[cfg(feature = "highs")]
            Self::Highs => high::run(model, start, limits),
        }
    }
}

/// The time that is left.
fn time_left(limits: &Limits) -> Option<Duration> {
    limits.deadline.map(|end| end.saturating_duration_since(Instant::now()))
}

fn failed(solver: &str, what: impl std::fmt::Display) -> Error {
    Error::Solver(format!("{solver}: {what}"))
}

impl Model {
    /// Adds a variable that may be anything between two numbers; returns its position.
    pub fn add_variable(&mut self, low: f64, high: f64, cost: f64) -> usize {
        self.variables.push(Variable { low, high, cost, integer: false });
        self.variables.len() - 1
    }

    /// Adds a whole variable; returns its position.
    pub fn add_integer(&mut self, low: i32, high: i32, cost: f64) -> usize {
        let (low, high) = (f64::from(low), f64::from(high));
        self.variables.push(Variable { low, high, cost, integer: true });
        self.variables.len() - 1
    }

    /// Adds a row.
    pub fn add_row(&mut self, terms: Vec<(usize, f64)>, low: f64, high: f64) {
        self.rows.push(Row { terms, low, high });
    }

    /// The cost of values.
    pub fn objective(&self, values: &[f64]) -> f64 {
        self.variables.iter().zip(values).map(|(v, x)| v.cost * x).sum()
    }

    /// The largest violation of a bound or a row, as a share of one plus the sizes of its terms.
    pub fn violation(&self, values: &[f64]) -> f64 {
        let out = |x: f64, low: f64, high: f64| (low - x).max(x - high).max(0.0);
        let bounds = self.variables.iter().zip(values);
        let bounds = bounds.map(|(v, x)| out(*x, v.low, v.high) / (1.0 + x.abs()));
        let rows = self.rows.iter().map(|row| {
            let term = |&(j, a): &(usize, f64)| a * values.get(j).copied().unwrap_or(0.0);
            let sum: f64 = row.terms.iter().map(term).sum();
            let size: f64 = row.terms.iter().map(|t| term(t).abs()).sum();
            out(sum, row.low, row.high) / (1.0 + size)
        });
        bounds.chain(rows).fold(0.0, f64::max)
    }

    /// Values with whole integers, if they violate nothing.
    fn rounded(&self, values: &[f64]) -> Option<Solution> {
        let one = |(v, x): (&Variable, &f64)| {
            if v.integer { x.round() } else { x.clamp(v.low, v.high) }
        };
        let values: Vec<f64> = self.variables.iter().zip(values).map(one).collect();
        let violation = self.violation(&values);
        let objective = self.objective(&values);
        (values.len() == self.variables.len() && violation <= TOLERANCE).then_some(Solution {
            values,
            objective,
            violation,
        })
    }

    /// Two programs that leave out what lies between two whole numbers at the variable that is
    /// farthest from one. A solver takes 1e-6 for whole, and what it gains by that would stay
    /// between its bound and the cost of the rounded values.
    fn split(&self, values: Option<&[f64]>) -> Option<[Self; 2]> {
        let off = |x: f64| (x - x.round()).abs();
        let whole = self.variables.iter().zip(values?).enumerate().filter(|(_, (v, _))| v.integer);
        let (j, (v, &x)) = whole.max_by(|a, b| off(*a.1.1).total_cmp(&off(*b.1.1)))?;
        let (below, above) = (x.floor(), x.ceil());
        if below == above || below < v.low || above > v.high {
            return None;
        }
        let mut two = [self.clone(), self.clone()];
        two[0].variables.get_mut(j)?.high = below;
        two[1].variables.get_mut(j)?.low = above;
        Some(two)
    }

    fn with_integers_at(&self, values: &[f64]) -> Self {
        let mut model = self.clone();
        for (v, x) in model.variables.iter_mut().zip(values).filter(|p| p.0.integer) {
            (v.low, v.high) = (x.round(), x.round());
        }
        model
    }

    fn check(&self) -> Result<()> {
        for (j, v) in self.variables.iter().enumerate() {
            if !v.cost.is_finite() {
                let value = v.cost.to_string();
                return Err(Error::NotFinite { what: format!("the cost of variable {j}"), value });
            }
            if v.low.is_nan() || v.high.is_nan() || v.low > v.high {
                let Variable { low, high, .. } = v;
                return Err(Error::Shape(format!("variable {j} is between {low} and {high}")));
            }
            if v.integer
                && !(v.low.abs() <= f64::from(i32::MAX) && v.high.abs() <= f64::from(i32::MAX))
            {
                return Err(Error::Shape(format!("the whole variable {j} needs finite bounds")));
            }
        }
        for (i, row) in self.rows.iter().enumerate() {
            if row.low.is_nan() || row.high.is_nan() || row.low > row.high {
                return Err(Error::Shape(format!(
                    "row {i} is between {} and {}",
                    row.low, row.high
                )));
            }
            let mut seen = std::collections::HashSet::new();
            for &(j, a) in &row.terms {
                if j >= self.variables.len() || !seen.insert(j) {
                    return Err(Error::Shape(format!(
                        "row {i} has no, or twice the, variable {j}"
                    )));
                }
                if !a.is_finite() {
                    let what = format!("the coefficient of variable {j} in row {i}");
                    return Err(Error::NotFinite { what, value: a.to_string() });
                }
            }
        }
        Ok(())
    }
}
