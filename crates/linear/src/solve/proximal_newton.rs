//! Proximal Newton method for penalties with corners, groups and bounds.
//!
//! Each outer step makes a quadratic model of the loss at the current point and minimises it plus
//! the penalty by coordinate descent ([`super::quadratic`]) over the working set: the coefficients
//! that are not zero, and those that want to leave it (Friedman, Hastie and Tibshirani 2010; Yuan,
//! Ho and Lin 2012). A line search on the true objective makes every step safe.
//!
//! The curvature matrix is by far the dearest part, and along a path it changes little from one
//! strength to the next. So it is kept ([`Memory`]) and built anew only when steps with the old one
//! no longer shrink the residual well; the steps stay steps of descent all the same. Where many
//! columns are at work the matrix would be larger than they are: their entries are listed by column
//! instead ([`super::bend`]), and the list is what is kept.
//!
//! Where columns are many, those whose coefficient is proved to be 0 ([`crate::screening`]) are not
//! looked at again.
//!
//! Scores that are tied together (the multinomial loss) use the bound
//! `diag(p) - p p' <= 2 diag(p (1 - p))`, which separates the classes.

use faer::Mat;
use linecall_data::StopReason;

use super::bend::{Bend, Entries, Listed, Square};
use super::quadratic::Quadratic;
use super::{Solution, Stop, line_search};
use crate::Result;
use crate::dual::bound_at;
use crate::gram::gram;
use crate::problem::{Pass, Problem};
use crate::rows::Chosen;
use crate::screening::zeros;
use crate::terms::Terms;

/// Up to so many columns the curvature of all is built, so that it serves a whole path.
const ALL_COLUMNS: usize = 400;
/// Up to so many columns at work their curvature matrix is built.
const MATRIX: usize = 300;
/// Columns whose slope, made larger by this, would leave 0 are listed with those that do.
const NEXT: f64 = 1.25;
/// How far a model is minimised, relative to the residual, where its matrix is at hand. Otherwise a
/// round is as dear as a pass over the data: the tolerance begins at the first residual and is cut
/// whenever one round was enough.
const TIGHT: f64 = 1e-3;
/// Rounds over a model: as many as cost what so many passes over the data do, at least and at most.
const PASSES: usize = 20;
const LEAST: usize = 30;
const MOST: usize = 1_000;
/// Screening is done again when the residual has fallen to this share.
const AGAIN: f64 = 0.1;
/// A step that shrinks the residual by less than this asks for fresh curvature.
const GOOD: f64 = 0.25;

/// Curvature matrices, by score, and listed columns, from one call to the next.
#[derive(Default)]
pub(crate) struct Memory {
    /// Norms of the columns ([`crate::screening`]).
    pub(crate) norms: Option<Vec<f64>>,
    scores: Vec<Option<Curvature>>,
    entries: Option<Entries>,
    /// How far models of listed columns are minimised.
    loose: f64,
}

/// A curvature matrix over some columns and the intercept.
struct Curvature {
    columns: Chosen,
    h: Mat<f64>,
}

pub(crate) async fn solve(
    problem: &Problem<'_>,
    terms: &Terms,
    start: Vec<f64>,
    stop: Stop,
    memory: &mut Memory,
) -> Result<Solution> {
    let mut theta = start;
    let mut pass = problem.shared_pass(&theta).await;
    let mut objective = problem.objective(&theta, pass.loss, terms);
    let mut residual = problem.residual(&theta, &pass.gradient, terms);
    let (mut iterations, mut best, mut stalled) = (0, f64::INFINITY, 0);
    let mut refresh = memory.scores.len() != problem.width();
    memory.scores.resize_with(problem.width(), || None);
    memory.loose = residual;
    let mut screened = Screened { zero: Vec::new(), next: residual };
    let reason = loop {
        problem.stop.check()?;
        if residual <= stop.tolerance {
            break StopReason::Converged;
        }
        stalled = if residual < 0.999 * best { 0 } else { stalled + 1 };
        best = best.min(residual);
        if stalled >= 30 && residual < 1e-6 {
            break StopReason::Precision;
        }
        if iterations == stop.max_iterations {
            break StopReason::IterationLimit;
        }
        iterations += 1;
        screened.look(problem, terms, (objective, residual), &pass, memory);
        let at =
            Current { theta: &theta, gradient: &pass.gradient, residual, zero: &screened.zero };
        let fresh = direction(problem, terms, &at, &pass, memory, refresh);
        let (direction, used_old) = fresh;
        let slope = predicted(problem, terms, &theta, &pass.gradient, &direction).min(0.0);
        let from = (theta.as_slice(), objective, residual);
        match line_search(problem, terms, from, &direction, slope).await {
            Some((next, next_pass, value)) => {
                let before = residual;
                residual = problem.residual(&next, &next_pass.gradient, terms);
                refresh = residual > GOOD * before;
                (theta, pass, objective) = (next, next_pass, value);
            }
            None if used_old => refresh = true,
            None => break StopReason::Precision,
        }
    };
    Ok(Solution { theta, pass, iterations, residual, reason })
}

/// Coefficients that are proved to be 0 at the optimum, and so need not be looked at.
struct Screened {
    /// Empty where none are known.
    zero: Vec<bool>,
    /// Residual at which to look again.
    next: f64,
}

impl Screened {
    /// Looks for them where columns are many, as the residual falls.
    fn look(
        &mut self,
        problem: &Problem<'_>,
        terms: &Terms,
        (objective, residual): (f64, f64),
        pass: &Pass,
        memory: &mut Memory,
    ) {
        if problem.cols() <= ALL_COLUMNS || residual > self.next {
            return;
        }
        self.next = residual * AGAIN;
        let bound = bound_at(problem, terms, objective, &pass.slope, &pass.gradient);
        let zero = bound.and_then(|bound| zeros(problem, terms, &bound, &mut memory.norms));
        self.zero = zero.unwrap_or_default();
    }
}

/// Where a step begins.
struct Current<'a> {
    theta: &'a [f64],
    /// Of the loss.
    gradient: &'a [f64],
    residual: f64,
    /// [`Screened::zero`].
    zero: &'a [bool],
}

impl Current<'_> {
    /// Whether a coefficient is 0 and stays so.
    fn rests(&self, at: usize) -> bool {
        self.theta[at] == 0.0 && self.zero.get(at).copied().unwrap_or(false)
    }
}

/// First-order change of the objective along a direction: slope plus change of the penalty.
pub(crate) fn predicted(
    problem: &Problem<'_>,
    terms: &Terms,
    theta: &[f64],
    gradient: &[f64],
    direction: &[f64],
) -> f64 {
    let (end, k) = (problem.columns_end(), problem.width());
    let moved: Vec<f64> = theta.iter().zip(direction).map(|(t, d)| t + d).collect();
    linecall_kernels::dot(gradient, direction) + terms.value(&moved[..end], k)
        - terms.value(&theta[..end], k)
}

/// The step of a problem of one score to the minimiser of the quadratic model plus penalty, from a
/// curvature matrix over all columns that have a scale.
pub(crate) fn model_step(
    problem: &Problem<'_>,
    terms: &Terms,
    (theta, gradient, residual): (&[f64], &[f64], f64),
    (columns, h): (&Chosen, &Mat<f64>),
) -> Vec<f64> {
    let at = Current { theta, gradient, residual, zero: &[] };
    let working = working_set(problem, terms, &at, 0);
    let at = Corner { problem, terms, theta, score: 0 };
    let mut direction = vec![0.0; problem.len()];
    let bend = Square { h, slope: at.of(columns, gradient) };
    at.descend(bend, columns, &working, TIGHT * residual, &mut direction);
    direction
}

/// The step to the minimiser of the quadratic model plus penalty, score by score, and whether it
/// came from old curvature.
fn direction(
    problem: &Problem<'_>,
    terms: &Terms,
    at: &Current,
    pass: &Pass,
    memory: &mut Memory,
    refresh: bool,
) -> (Vec<f64>, bool) {
    let Current { theta, residual, .. } = *at;
    let mut direction = vec![0.0; problem.len()];
    let mut used_old = false;
    for c in 0..problem.width() {
        let working = working_set(problem, terms, at, c);
        let rests = |j: usize| at.rests(j * problem.width() + c);
        let at = Corner { problem, terms, theta, score: c };
        let larger = !problem.is_dense() || 2 * working.len() > problem.n();
        if larger && working.len() > MATRIX {
            let entries = listed(&at, pass, &working, rests, &mut memory.entries);
            let row = curvature(problem, pass, c);
            let columns = &entries.columns;
            let bend = Listed::new(entries, &row, at.of(columns, &pass.gradient));
            let rounds = at.descend(bend, columns, &working, memory.loose, &mut direction);
            if rounds == 1 {
                memory.loose *= 0.25;
            }
            continue;
        }
        let known = &mut memory.scores[c];
        let covers = |known: &Curvature| known.columns.hold(&working);
        if refresh || !known.as_ref().is_some_and(covers) {
            let live = (0..problem.cols()).filter(|&j| problem.scaling.scale[j] != 0.0);
            let few = problem.cols() <= ALL_COLUMNS;
            let columns = if few { live.collect() } else { working.clone() };
            let columns = Chosen::new(columns, problem.cols());
            let h = gram(problem, &curvature(problem, pass, c), &columns);
            *known = Some(Curvature { columns, h });
        } else {
            used_old = true;
        }
        let Some(Curvature { columns, h }) = known else { continue };
        let bend = Square { h, slope: at.of(columns, &pass.gradient) };
        at.descend(bend, columns, &working, TIGHT * residual, &mut direction);
    }
    (direction, used_old)
}

/// The entries of working columns. Those that are missing are added, and with them, outside groups,
/// the columns that come close to wanting to leave 0: they are likely to be next.
fn listed<'m>(
    at: &Corner,
    pass: &Pass,
    working: &[usize],
    rests: impl Fn(usize) -> bool,
    kept: &'m mut Option<Entries>,
) -> &'m Entries {
    let entries = kept.get_or_insert_with(|| Entries::none(at.problem));
    if !entries.columns.hold(working) {
        let k = at.problem.width();
        let absent = |j: &usize| entries.columns.position[*j] == usize::MAX;
        let close = |j: &usize| {
            let slope = pass.gradient[j * k + at.score];
            at.problem.scaling.scale[*j] != 0.0
                && !rests(*j)
                && at.terms.violation(*j, 0.0, NEXT * slope) > 0.0
        };
        let mut new: Vec<usize> = working.iter().copied().filter(absent).collect();
        if at.terms.groups.is_none() {
            new.extend((0..at.problem.cols()).filter(absent).filter(close));
        }
        new.sort_unstable();
        new.dedup();
        entries.add(at.problem, &new);
    }
    entries
}

/// Where a step for one score begins.
struct Corner<'a> {
    problem: &'a Problem<'a>,
    terms: &'a Terms,
    theta: &'a [f64],
    score: usize,
}

impl Corner<'_> {
    /// Where a coordinate stands in `theta`; the last one is the intercept.
    fn place(&self, columns: &Chosen, a: usize) -> usize {
        let k = self.problem.width();
        columns.columns.get(a).copied().unwrap_or(self.problem.cols()) * k + self.score
    }

    /// The coordinates' numbers among those of `theta`.
    fn of(&self, columns: &Chosen, numbers: &[f64]) -> Vec<f64> {
        (0..=columns.columns.len()).map(|a| numbers[self.place(columns, a)]).collect()
    }

    /// Minimises the model over the working columns; writes the step, returns the rounds taken.
    fn descend(
        &self,
        bend: impl Bend,
        columns: &Chosen,
        working: &[usize],
        tolerance: f64,
        direction: &mut [f64],
    ) -> usize {
        let mut model = Quadratic {
            delta: vec![0.0; bend.len()],
            rounds: (PASSES * self.problem.nnz() / bend.work().max(1)).clamp(LEAST, MOST),
            bend,
            start: self.of(columns, self.theta),
            columns: &columns.columns,
            terms: self.terms,
            stop: self.problem.stop.clone(),
            free_intercept: self.problem.fit_intercept,
            turned: false,
        };
        let working: Vec<usize> = working.iter().map(|&j| columns.position[j]).collect();
        let rounds = model.minimise(&working, tolerance);
        for (a, delta) in model.delta.iter().enumerate() {
            direction[self.place(columns, a)] = *delta;
        }
        rounds
    }
}

/// Columns whose coefficient is not zero or wants to leave it; whole groups of them.
fn working_set(problem: &Problem<'_>, terms: &Terms, at: &Current, c: usize) -> Vec<usize> {
    let Current { theta, gradient, .. } = *at;
    let (k, d) = (problem.width(), problem.cols());
    let live = |j: &usize| problem.scaling.scale[*j] != 0.0;
    let Some(groups) = &terms.groups else {
        let wants = |j: &usize| {
            let own = j * k + c;
            theta[own] != 0.0
                || terms.violation(*j, theta[own], gradient[own]) > 0.0 && !at.rests(own)
        };
        return (0..d).filter(live).filter(wants).collect();
    };
    let mut out = Vec::new();
    for (members, strength) in groups.members.iter().zip(&groups.strength) {
        let norm = |of: &[f64]| members.iter().map(|j| of[j * k + c].powi(2)).sum::<f64>().sqrt();
        let rests = members.iter().all(|j| at.rests(j * k + c));
        if norm(theta) > 0.0 || norm(gradient) > *strength && !rests {
            out.extend(members.iter().copied().filter(live));
        }
    }
    out.sort_unstable();
    out
}

/// Curvature of one score, a row at a time.
fn curvature(problem: &Problem<'_>, pass: &Pass, score: usize) -> Vec<f64> {
    let k = problem.width();
    if k == 1 {
        return pass.state[..problem.n()].to_vec();
    }
    let bound = if problem.loss.is_coupled() { 2.0 } else { 1.0 };
    (0..problem.n())
        .map(|i| bound * problem.loss.own_curvature(&pass.state, problem.weight[i], i, score))
        .collect()
}
