//! Programs through `microlp`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use microlp::{
    ComparisonOp, OptimizationDirection, Problem, ResumeOptions, SolveOptions, SolveOutcome,
    TerminationReason, Variable,
};

use super::{Model, Said, failed, time_left};
use crate::{Limits, Result};

/// How long it runs before the cancelling flag is looked at.
const SLICE: Duration = Duration::from_millis(200);

pub(super) fn run(model: &Model, start: Option<&[f64]>, limits: &Limits) -> Result<Said> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let variables: Vec<Variable> = model
        .variables
        .iter()
        .map(|v| match v.integer {
            true => problem.add_integer_var(v.cost, (v.low as i32, v.high as i32)),
            false => problem.add_var(v.cost, (v.low, v.high)),
        })
        .collect();
    for row in &model.rows {
        let terms: Vec<(Variable, f64)> =
            row.terms.iter().filter_map(|&(j, a)| Some((*variables.get(j)?, a))).collect();
        if row.low == row.high {
            problem.add_constraint(terms, ComparisonOp::Eq, row.low);
            continue;
        }
        if row.low > f64::NEG_INFINITY {
            problem.add_constraint(terms.clone(), ComparisonOp::Ge, row.low);
        }
        if row.high < f64::INFINITY {
            problem.add_constraint(terms, ComparisonOp::Le, row.high);
        }
    }
    let slice = |limits: &Limits| {
        let slice = limits.cancel.map(|_| SLICE);
        [slice, time_left(limits)].into_iter().flatten().min()
    };
    let mut options = SolveOptions::default();
    options.time_limit = slice(limits);
    options.node_limit = limits.nodes;
    options.warm_start =
        start.map(|values| variables.iter().copied().zip(values.iter().copied()).collect());
    let mut outcome = match problem.solve_with(options) {
        Ok(outcome) => outcome,
        Err(microlp::Error::Infeasible) => return Ok(infeasible()),
        Err(error) => return Err(failed("microlp", error)),
    };
    loop {
        let over = time_left(limits).is_some_and(|left| left.is_zero())
            || limits.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed));
        if outcome.termination_reason() != TerminationReason::TimeLimit || over {
            return Ok(said(&outcome, &variables));
        }
        let mut again = ResumeOptions::default();
        again.time_limit = slice(limits);
        again.node_limit = limits.nodes;
        outcome = match outcome.resume_with(again) {
            Ok(outcome) => outcome,
            Err(microlp::Error::Infeasible) => return Ok(infeasible()),
            Err(error) => return Err(failed("microlp", error)),
        };
    }
}

fn infeasible() -> Said {
    Said { values: None, bound: f64::INFINITY, proved: true, infeasible: true }
}

fn said(outcome: &SolveOutcome, variables: &[Variable]) -> Said {
    let proved = outcome.is_optimal();
    let values = outcome.solution().map(|s| variables.iter().map(|v| s.var_value(*v)).collect());
    let objective = outcome.solution().map(|s| s.objective());
    let bound = match (proved, objective) {
        (true, Some(objective)) => objective,
        _ => outcome.stats().best_bound.unwrap_or(f64::NEG_INFINITY),
    };
    Said { values, bound, proved, infeasible: false }
}
