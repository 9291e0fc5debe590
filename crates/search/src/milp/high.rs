//! Programs through HiGHS.

use std::sync::atomic::Ordering;

use highs::{HighsModelStatus, HighsSolutionStatus, RowProblem, Sense};

use super::{Model, Said, failed, time_left};
use crate::{Limits, Result};

pub(super) fn run(model: &Model, start: Option<&[f64]>, limits: &Limits) -> Result<Said> {
    let nothing = Said { values: None, bound: f64::NEG_INFINITY, proved: false, infeasible: false };
    if limits.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
        return Ok(nothing);
    }
    let wrong = |what: &str, status| failed("HiGHS", format!("{what}: {status:?}"));
    let mut problem = RowProblem::default();
    let columns: Vec<highs::Col> = model
        .variables
        .iter()
        .map(|v| match v.integer {
            true => problem.add_integer_column(v.cost, v.low..=v.high),
            false => problem.add_column(v.cost, v.low..=v.high),
        })
        .collect();
    for row in &model.rows {
        let terms = row.terms.iter().filter_map(|&(j, a)| Some((*columns.get(j)?, a)));
        problem.add_row(row.low..=row.high, terms.collect::<Vec<_>>());
    }
    let mut solver = problem.try_optimise(Sense::Minimise).map_err(|s| wrong("the model", s))?;
    solver.make_quiet();
    let set = |name: &str, ok: std::result::Result<(), _>| {
        ok.map_err(|_| failed("HiGHS", format!("it has no option `{name}`")))
    };
    set("threads", solver.try_set_option("threads", 1).map(|_| ()))?;
    set("mip_rel_gap", solver.try_set_option("mip_rel_gap", 0.0).map(|_| ()))?;
    set(
        "mip_feasibility_tolerance",
        solver.try_set_option("mip_feasibility_tolerance", 1e-9).map(|_| ()),
    )?;
    if let Some(left) = time_left(limits) {
        set("time_limit", solver.try_set_option("time_limit", left.as_secs_f64()).map(|_| ()))?;
    }
    if let Some(nodes) = limits.nodes {
        let nodes = i32::try_from(nodes).unwrap_or(i32::MAX);
        set("mip_max_nodes", solver.try_set_option("mip_max_nodes", nodes).map(|_| ()))?;
    }
    if let Some(values) = start {
        solver
            .try_set_solution(Some(values), None, None, None)
            .map_err(|s| wrong("the start", s))?;
    }
    let solved = solver.try_solve().map_err(|s| wrong("solving", s))?;
    let status = solved.status();
    match status {
        HighsModelStatus::Infeasible => {
            return Ok(Said { infeasible: true, proved: true, bound: f64::INFINITY, values: None });
        }
        HighsModelStatus::Unbounded | HighsModelStatus::UnboundedOrInfeasible => {
            return Err(failed("HiGHS", "the program is unbounded"));
        }
        _ => {}
    }
    let found = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    let values = found.then(|| solved.get_solution().columns().to_vec());
    let proved = status == HighsModelStatus::Optimal;
    let whole = model.variables.iter().any(|v| v.integer);
    let bound = match (whole, proved) {
        (true, _) => solved.double_info_value(c"mip_dual_bound").unwrap_or(f64::NEG_INFINITY),
        (false, true) => solved.objective_value(),
        (false, false) => f64::NEG_INFINITY,
    };
    Ok(Said { values, bound, proved, infeasible: false })
}
