//! Certificates: what defines the coefficients, and what a model is worth by it.

use linecall_data::{Dataset, DirectCertificate};

use super::task::{Defined, Notes, Task};
use super::{
    DirectPlan, Learner, bayes_bernoulli, bayes_complement, bayes_gaussian, bayes_multinomial,
    centroid, lda, online, worth,
};
use crate::{Error, LinearModel, Result};

impl DirectPlan {
    /// What defines the coefficients on these rows.
    pub(super) fn define(&self, task: &Task) -> Result<Defined> {
        let formula = match &self.learner {
            Learner::NaiveBayesMultinomial { alpha, priors } => {
                bayes_multinomial::solve(task, *alpha, priors)
            }
            Learner::NaiveBayesBernoulli { alpha, priors } => {
                bayes_bernoulli::solve(task, *alpha, priors)
            }
            Learner::NaiveBayesComplement { alpha, norm } => {
                bayes_complement::solve(task, *alpha, *norm)
            }
            Learner::NaiveBayesGaussian { var_smoothing, priors } => {
                bayes_gaussian::solve(task, *var_smoothing, priors)
            }
            Learner::NearestCentroid { shrink_threshold, standardize } => {
                centroid::solve(task, *shrink_threshold, *standardize)
            }
            Learner::Lda { shrinkage, priors, standardize } => {
                let equations = lda::Equations::of(task, *shrinkage, priors, *standardize)?;
                return Ok(Defined::Equations(equations));
            }
            Learner::Perceptron { passes } => {
                return Ok(Defined::Algorithm(online::Rule::Perceptron, *passes));
            }
            Learner::PassiveAggressive { c, variant, passes } => {
                let rule = online::Rule::PassiveAggressive(*c, *variant);
                return Ok(Defined::Algorithm(rule, *passes));
            }
        };
        formula.map(Defined::Formula)
    }

    /// The certificate of a model, given what is known besides its coefficients.
    pub(super) fn certificate(
        &self,
        task: &Task,
        model: &LinearModel,
        notes: Notes,
        residual: Option<f64>,
    ) -> Result<DirectCertificate> {
        let worth = worth::of(task, model, &self.learner)?;
        Ok(DirectCertificate {
            learner: self.learner.name().to_owned(),
            class_weight: task.weights.class.clone(),
            priors: notes.priors,
            shrinkage: notes.shrinkage,
            rank: notes.rank,
            residual,
            loss: worth.name.to_owned(),
            mean_loss: worth.mean_loss,
            training_error: worth.error,
            passes: notes.passes,
            mistakes: notes.mistakes,
        })
    }
}

/// The certificate of given coefficients on given rows, without refitting: class weights, priors
/// and shrinkage from the rows; the residual of the equations that define the coefficients, the
/// mean loss and the training error at the model's own coefficients.
///
/// `rank` and `mistakes` come with solving alone and are empty here; `passes` are those of the
/// check.
///
/// # Errors
/// When the model does not fit the data or the plan.
pub fn certify(
    plan: &DirectPlan,
    model: &LinearModel,
    data: &Dataset,
) -> Result<DirectCertificate> {
    let shape = |what, found, expected| Err(Error::Shape { what, found, expected });
    if model.n_features() != data.design.cols() {
        return shape("columns of the design", data.design.cols(), model.n_features());
    }
    if model.classes() != data.labels.classes() {
        return shape("classes of the data", data.labels.classes().len(), model.classes().len());
    }
    let task = Task::new(plan, data)?;
    plan.check_values(data)?;
    let (notes, residual) = match plan.define(&task)? {
        Defined::Formula(solved) => {
            let solved = solved.contrast().towards(plan.positive);
            let distance = worth::distance(&task, model, &solved);
            (solved.notes, Some(distance))
        }
        Defined::Equations(equations) => {
            let residual = equations.residual(model);
            (equations.notes, Some(residual))
        }
        Defined::Algorithm(..) => (Notes { passes: 1, ..Notes::default() }, None),
    };
    plan.certificate(&task, model, notes, residual)
}
