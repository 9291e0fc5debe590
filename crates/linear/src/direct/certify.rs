//! Certificates: what defines the coefficients, and what a model is worth by it.

use linecall_data::{Dataset, DirectCertificate};

use super::task::{Defined, Notes, Task};
use super::{
    DirectPlan, Learner, Priors, Shrinkage, bayes_bernoulli, bayes_complement, bayes_gaussian,
    bayes_multinomial, centroid, lda, online, worth,
};
use crate::class_stats::ClassStats;
use crate::{Error, LinearModel, Result};

impl DirectPlan {
    /// What defines the coefficients on these rows.
    pub(super) fn define(&self, task: &Task) -> Result<Defined> {
        let keep = self.learner.keeps();
        if let (Some(keep), false) = (keep, matches!(self.learner, Learner::Lda { .. })) {
            return self.formula(&task.stats(keep)?, task.classes);
        }
        match &self.learner {
            Learner::Lda { shrinkage, priors, standardize } => {
                let equations = lda::Equations::of(task, *shrinkage, priors, *standardize)?;
                Ok(Defined::Equations(equations))
            }
            Learner::Perceptron { passes } => {
                Ok(Defined::Algorithm(online::Rule::Perceptron, *passes))
            }
            Learner::PassiveAggressive { c, variant, passes } => {
                let rule = online::Rule::PassiveAggressive(*c, *variant);
                Ok(Defined::Algorithm(rule, *passes))
            }
            other => Err(no_statistics(other)),
        }
    }

    /// What defines the coefficients, from class statistics that hold what
    /// [`Learner::keeps`](super::Learner::keeps) asks for.
    pub(super) fn formula(&self, stats: &ClassStats, classes: &[String]) -> Result<Defined> {
        let solved = match &self.learner {
            Learner::NaiveBayesMultinomial { alpha, priors } => {
                bayes_multinomial::solve(stats, classes, *alpha, priors)
            }
            Learner::NaiveBayesBernoulli { alpha, priors } => {
                bayes_bernoulli::solve(stats, classes, *alpha, priors)
            }
            Learner::NaiveBayesComplement { alpha, norm } => {
                bayes_complement::solve(stats, *alpha, *norm)
            }
            Learner::NaiveBayesGaussian { var_smoothing, priors } => {
                bayes_gaussian::solve(stats, classes, *var_smoothing, priors)
            }
            Learner::NearestCentroid { shrink_threshold, standardize } => {
                centroid::solve(stats, *shrink_threshold, *standardize)
            }
            Learner::Lda { shrinkage, priors: Priors::Empirical, standardize } => {
                let share = match shrinkage {
                    Shrinkage::None => 0.0,
                    Shrinkage::Fixed { share } => *share,
                    _ => return Err(no_statistics(&self.learner)),
                };
                let equations = lda::Equations::of_stats(stats, classes, share, *standardize)?;
                return Ok(Defined::Equations(equations));
            }
            other => return Err(no_statistics(other)),
        };
        solved.map(Defined::Formula)
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

/// Refuses a learner whose coefficients class statistics do not determine.
fn no_statistics(learner: &Learner) -> Error {
    Error::Setting {
        name: "learner",
        value: learner.name().replace('_', "-"),
        expected: "a closed form that class statistics determine",
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
    if plan.learner.descends() {
        let notes = Notes { passes: 1, ..Notes::default() };
        return plan.certificate(&task, model, notes, None);
    }
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
