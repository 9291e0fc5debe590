//! A certificate computed again from coefficients and data.

use linecall_data::{Dataset, Design, FitCertificate, Labels, StopReason};

use crate::model::LinearModel;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::screening::Proof;
use crate::setup::{Part, Setup, certificate};
use crate::solve::{Solution, Solver, Stop, dual_descent, interior_point};
use crate::terms::Terms;
use crate::{Error, Result};

/// Objective, residual and gap of given coefficients on given rows, without refitting.
///
/// Checks a certificate: the numbers are those that `plan` would report at this model.
///
/// # Errors
/// When the model does not fit the data or the plan.
pub fn certify(plan: &Plan, model: &LinearModel, data: &Dataset) -> Result<FitCertificate> {
    let weight = plan.row_weights(data, data.weights.as_deref())?;
    let setup = Setup::new(plan, data, &weight)?;
    check_shape(model, &data.design, &data.labels)?;
    let problem = &setup.problem;
    let theta = setup.theta(model);
    let penalty = plan.penalty.check()?;
    let terms = setup.shape.terms(penalty);
    let mut pass = problem.pass(&theta);
    if !plan.loss.is_smooth() {
        pass.slope = certifying_slopes(plan, problem, &terms, &theta)?;
        pass.gradient = problem.rows_times(&pass.slope);
    }
    let residual = problem.residual(&theta, &pass.gradient, &terms);
    let objective = problem.objective(&theta, pass.loss, &terms);
    let reason =
        if residual <= plan.tolerance { StopReason::Converged } else { StopReason::Precision };
    let solution = Solution { theta, pass, iterations: 0, residual, reason };
    let proof = Proof::of(problem, &terms, &solution, &mut None);
    let passes = problem.passes();
    let Proof { gap, proved_zero } = proof;
    let part =
        Part { penalty, objective, gap, proved_zero, passes, residual, reason, ..Part::default() };
    Ok(certificate(plan, &part))
}

/// Slopes that bound the optimum from below, where the loss has corners.
fn certifying_slopes(
    plan: &Plan,
    problem: &Problem,
    terms: &Terms,
    theta: &[f64],
) -> Result<Vec<f64>> {
    if Solver::Auto.resolve(&plan.loss, problem, terms)? == Solver::InteriorPoint {
        // A bound holds whatever it came from; the coefficients under test do not change.
        let stop = Stop { tolerance: 0.1 * plan.tolerance, max_iterations: plan.max_iterations };
        let at = interior_point::solve(&plan.loss, problem, terms, theta.to_vec(), stop)?;
        return Ok(at.pass.slope);
    }
    dual_descent::certifying_slopes(&plan.loss, problem, terms, theta, plan.tolerance)
}

pub(crate) fn check_shape(model: &LinearModel, design: &Design, labels: &Labels) -> Result<()> {
    if model.n_features() != design.cols() {
        return Err(Error::Shape {
            what: "columns of the design",
            found: design.cols(),
            expected: model.n_features(),
        });
    }
    if model.classes() != labels.classes() || model.is_multilabel() != labels.is_multilabel() {
        let classes = labels.classes();
        return Err(Error::Shape {
            what: "classes of the data",
            found: classes.len(),
            expected: model.classes().len(),
        });
    }
    Ok(())
}
