//! Passes that learn nothing: the scores of held-out rows, the objectives of several models, and a
//! proved lower bound of the optimum ([`crate::dual`] batch by batch).

use linecall_data::{Dataset, Labels, StopReason};

use super::survey::Frame;
use super::{Batch, Source};
use crate::calibrate::platt_link;
use crate::error::internal;
use crate::metrics::Calls;
use crate::model::{LinearModel, Link};
use crate::plan::{Fit, Plan};
use crate::problem::Problem;
use crate::setup::{Part, Setup, certificate};
use crate::solve::Solver;
use crate::terms::Terms;
use crate::view::View;
use crate::{Error, Result};

/// The problem of one batch, in the units and weights of all rows.
pub(super) fn setup<'a>(plan: &Plan, frame: &Frame, batch: &'a Batch) -> Result<Setup<'a>> {
    let weight = frame.weights(batch);
    let view = View::plain(&batch.data.design);
    Setup::scaled(plan, &batch.data.labels, &weight, view, frame.scaling.clone())
}

pub(super) fn terms(plan: &Plan, setup: &Setup) -> Result<Terms> {
    Ok(setup.shape.terms(plan.penalty.check()?))
}

/// A model of a vector of standardised coefficients, and the model per standard deviation.
fn model(
    plan: &Plan,
    setup: &Setup,
    data: &Dataset,
    theta: &[f64],
) -> Result<(LinearModel, Vec<Vec<f64>>)> {
    let (w, b) = setup.problem.to_raw(theta);
    let part = Part { w, b, ..Part::default() };
    let coefficients = setup.coefficients(plan, data.labels.classes().len(), &part);
    Ok((coefficients.model(plan, data)?, coefficients.standardized))
}

/// Scores held-out rows by models that were not taught them, and finds the best of the models on
/// the rows that they were taught.
pub(super) struct Scorer<'a> {
    plan: &'a Plan,
    frame: &'a Frame,
    thetas: Vec<Vec<f64>>,
    models: Vec<LinearModel>,
    loss: Vec<f64>,
    scores: Vec<Vec<f64>>,
    codes: Vec<u32>,
    weights: Option<Vec<f64>>,
}

/// Calls of held-out rows.
pub(super) struct HeldOut {
    pub(super) calls: Calls,
    pub(super) link: Link,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(plan: &'a Plan, frame: &'a Frame, thetas: Vec<Vec<f64>>) -> Self {
        let loss = vec![0.0; thetas.len()];
        let scores = vec![Vec::new(); thetas.len()];
        let (models, codes) = (Vec::new(), Vec::new());
        Self { plan, frame, thetas, models, loss, scores, codes, weights: None }
    }

    pub(super) fn score(&mut self, batch: &Batch) -> Result<()> {
        let setup = setup(self.plan, self.frame, batch)?;
        if self.models.is_empty() {
            let terms = terms(self.plan, &setup)?;
            for (theta, loss) in self.thetas.iter().zip(&mut self.loss) {
                self.models.push(model(self.plan, &setup, &batch.data, theta)?.0);
                *loss += setup.problem.objective(theta, 0.0, &terms);
            }
        }
        let held: Vec<usize> = (0..batch.held.len()).filter(|&i| batch.held[i]).collect();
        let rows = batch.data.select(&held).map_err(internal)?;
        for ((theta, model), (loss, scores)) in
            self.thetas.iter().zip(&self.models).zip(self.loss.iter_mut().zip(&mut self.scores))
        {
            *loss += setup.problem.lift(&setup.problem.scores(theta)).loss;
            scores.extend(model.scores(&rows.design)?);
        }
        self.codes.extend(rows.labels.codes());
        if let Some(weights) = rows.weights {
            self.weights.get_or_insert_default().extend(weights);
        }
        Ok(())
    }

    /// The calls of the model with the smallest objective. Scores of a margin loss are calibrated
    /// on every other row, and the calls are those of the rest.
    pub(super) fn calls(self) -> Result<HeldOut> {
        let best = best(&self.loss);
        let mut scores = self.scores;
        let (scores, model) = match (scores.get_mut(best), self.models.get(best)) {
            (Some(scores), Some(model)) => (std::mem::take(scores), model),
            _ => return Err(Error::NoRows),
        };
        let classes = model.classes().to_vec();
        let labels = |codes: Vec<u32>| Labels::from_codes(classes.clone(), codes).map_err(internal);
        if *model.link() != Link::Score {
            let calls =
                Calls::from_scores(model, scores, &labels(self.codes)?, self.weights.as_deref())?;
            return Ok(HeldOut { calls, link: model.link().clone() });
        }
        let k = model.n_scores();
        let every_other = |first: usize| {
            let rows = (first..self.codes.len()).step_by(2);
            let own: Vec<f64> =
                rows.clone().flat_map(|i| scores[i * k..(i + 1) * k].to_vec()).collect();
            let codes: Vec<u32> = rows.clone().map(|i| self.codes[i]).collect();
            let weights = self.weights.as_ref().map(|w| rows.map(|i| w[i]).collect::<Vec<f64>>());
            (own, codes, weights)
        };
        let (own, codes, weights) = every_other(0);
        let positive = model.positive().unwrap_or(0);
        let link = platt_link(classes.len(), positive, &own, &codes, weights.as_deref())?;
        let model = model.clone().with_link(link.clone())?;
        let (own, codes, weights) = every_other(1);
        let calls = Calls::from_scores(&model, own, &labels(codes)?, weights.as_deref())?;
        Ok(HeldOut { calls, link })
    }
}

fn best(objectives: &[f64]) -> usize {
    let order = |a: &usize, b: &usize| objectives[*a].total_cmp(&objectives[*b]);
    (0..objectives.len()).min_by(order).unwrap_or(0)
}

/// The best of several models over all rows with its certificate: two passes.
pub(super) fn certified<S: Source>(
    plan: &Plan,
    source: &mut S,
    frame: &Frame,
    thetas: Vec<Vec<f64>>,
) -> std::result::Result<(usize, Fit), S::Error> {
    let mut sums: Vec<Sums> = thetas.iter().map(|theta| Sums::new(theta.len())).collect();
    let mut last = None;
    source.pass(&mut |batch| {
        let setup = setup(plan, frame, batch)?;
        for (theta, sums) in thetas.iter().zip(&mut sums) {
            sums.add(&setup.problem, theta);
        }
        if last.is_none() {
            let terms = terms(plan, &setup)?;
            for (theta, sums) in thetas.iter().zip(&mut sums) {
                sums.loss += setup.problem.objective(theta, 0.0, &terms);
            }
            let none = batch.data.select(&[]).map_err(internal)?;
            last = Some(Batch { data: none, held: Vec::new() });
        }
        Ok(())
    })?;
    let objectives: Vec<f64> = sums.iter().map(|sums| sums.loss).collect();
    let best = best(&objectives);
    let (theta, sums) = (&thetas[best], &sums[best]);
    let gap = gap(plan, source, frame, theta, sums)?;
    let rest = last.ok_or(Error::NoRows)?;
    let setup = setup(plan, frame, &rest)?;
    let residual = setup.problem.residual(theta, &sums.gradient, &terms(plan, &setup)?);
    let (model, standardized) = model(plan, &setup, &rest.data, theta)?;
    let part = Part {
        penalty: plan.penalty,
        solver: Solver::AveragedSgd,
        objective: sums.loss,
        gap,
        residual,
        reason: match residual <= plan.tolerance {
            true => StopReason::Converged,
            false => StopReason::PassesDone,
        },
        ..Part::default()
    };
    let constant = (0..setup.problem.cols()).filter(|&j| frame.scaling.deviation[j] == 0.0);
    let fit = Fit {
        model,
        certificate: certificate(plan, &part),
        standardized,
        separation: Vec::new(),
        constant: constant.map(|j| setup.view.name(j)).collect(),
        aliased: Vec::new(),
    };
    Ok((best, fit))
}

/// Sums over all rows at one point.
struct Sums {
    loss: f64,
    gradient: Vec<f64>,
    /// What balances the slopes for a free intercept ([`crate::loss::RowLoss::tally`]).
    tally: Vec<f64>,
}

impl Sums {
    fn new(len: usize) -> Self {
        Self { loss: 0.0, gradient: vec![0.0; len], tally: Vec::new() }
    }

    fn add(&mut self, problem: &Problem, theta: &[f64]) {
        let pass = problem.pass(theta);
        self.loss += pass.loss;
        add(&mut self.gradient, &pass.gradient);
        let tally = problem.loss.tally(&pass.slope, &problem.weight);
        self.tally.resize(tally.len(), 0.0);
        add(&mut self.tally, &tally);
    }
}

fn add(total: &mut [f64], more: &[f64]) {
    total.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}

/// Objective minus a lower bound of the optimum, as [`crate::dual::gap_at`] has it: one pass.
fn gap<S: Source>(
    plan: &Plan,
    source: &mut S,
    frame: &Frame,
    theta: &[f64],
    at: &Sums,
) -> std::result::Result<Option<f64>, S::Error> {
    let (mut loss, mut columns) = (Some(0.0), vec![0.0; theta.len()]);
    let mut penalty = None;
    source.pass(&mut |batch| {
        let Some(sum) = loss else { return Ok(()) };
        let setup = setup(plan, frame, batch)?;
        let problem = &setup.problem;
        let lifted = problem.lift(&problem.scores(theta));
        let mut slope = lifted.slope;
        let balanced =
            !plan.fit_intercept || problem.loss.balance_by(&at.tally, &mut slope, &problem.weight);
        let conjugate = problem.loss.conjugate(&slope, &problem.weight);
        loss = conjugate.filter(|_| balanced).map(|conjugate| sum + conjugate);
        add(&mut columns, &problem.rows_times(&slope));
        if penalty.is_none() {
            penalty = Some((terms(plan, &setup)?, problem.width()));
        }
        Ok(())
    })?;
    let (Some(loss), Some((terms, k))) = (loss, penalty) else { return Ok(None) };
    let mut conjugate = 0.0;
    for c in 0..k {
        let own: Vec<f64> =
            columns[..columns.len() - k].iter().skip(c).step_by(k).map(|u| -u).collect();
        // An L2 penalty takes any slopes whole.
        let Some((value, _)) = terms.conjugate(&own) else { return Ok(None) };
        conjugate += value;
    }
    let gap = at.loss + loss + conjugate;
    Ok(gap.is_finite().then_some(gap.max(0.0)))
}
