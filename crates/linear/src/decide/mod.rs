//! Where a score becomes a call, when errors do not cost the same.
//!
//! A model calls its positive class where the score is above 0 (two classes) or the class of the
//! largest score (more). [`choose`] finds another [`Rule`] for a [`Task`]: the least expected cost
//! under a cost matrix or the largest expected value ([`cost`], Elkan, "The foundations of
//! cost-sensitive learning", IJCAI 2001), a budget of rows that may be flagged ([`budget`]), or a
//! floor under precision or recall ([`floor`]).
//!
//! The scores must be of rows that the model did not see: cross-validated ones, or fresh rows. With
//! two classes every cut between two distinct scores is looked at, after one sort; equal scores are
//! never parted. With more, one class is called against the rest by its probability, or the class
//! of least expected cost is.
//!
//! How sure is it? A replicate of the bootstrap ([`crate::metrics::Bootstrap`]) draws rows again
//! **and chooses again**: the intervals are those of the threshold and of what the rule gives,
//! choice included. The rows that a rule was chosen on flatter it; by how much is estimated as Efron
//! does ("Estimating the error rate of a prediction rule", JASA 1983): the mean over replicates of
//! the figure on the replicate minus the figure of the same rule on the rows as they are, less the
//! same difference of the model's own calls, which nobody chose (it is 0 but for the draws).
//!
//! Cost: `O(n log n)` for the sort, `O(n)` a replicate.
//!
//! ```
//! use linecall_linear::decide::{Sample, Task, choose};
//! use linecall_linear::metrics::Bootstrap;
//! use linecall_linear::{LinearModel, Link};
//!
//! let classes = ["good", "bad"].map(str::to_owned).to_vec();
//! let model = LinearModel::new(vec![vec![1.0]], vec![0.0], classes, 1, Link::Logistic)?;
//! // Scores of ten rows that the model did not see; one in five may be flagged.
//! let scores = [-3.0, -2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 3.0];
//! let truth = [0, 0, 0, 1, 0, 0, 1, 1, 1, 1];
//! let sample = Sample { scores: &scores, truth: &truth, weights: None };
//! let task = Task::Budget { share: 0.2, flag: 1, confidence: None };
//! let found = choose(&model, &sample, &task, &Bootstrap::default())?;
//! assert_eq!(found.threshold.unwrap().value, 1.75);
//! assert_eq!(found.after.flagged.unwrap().value, 0.2);
//! assert_eq!(found.after.precision.unwrap().value, 1.0);
//! # Ok::<(), linecall_linear::Error>(())
//! ```

pub mod budget;
pub mod cost;
mod cuts;
pub mod floor;
mod joint;
mod outcome;
mod rule;
mod single;
mod task;

pub use cost::{CostMatrix, least_cost};
pub use outcome::{Alternative, Chosen, CurvePoint, Figures, Optimism};
pub use rule::Rule;
pub use task::{By, Task};

use crate::metrics::{Bootstrap, calls};
use crate::{Error, LinearModel, Result};

/// Rows with the scores that a model gives them, and what they are.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Scores, row after row: `n` for two classes, `n * K` for K.
    pub scores: &'a [f64],
    /// The class of each row, in the model's numbering.
    pub truth: &'a [u32],
    /// Row weights, finite and not negative; `None` is 1 each.
    pub weights: Option<&'a [f64]>,
}

impl Sample<'_> {
    fn check(&self, model: &LinearModel) -> Result<()> {
        let n = self.truth.len();
        calls::same("scores", self.scores.len(), n * model.n_scores())?;
        calls::check_codes("true class", self.truth, model.classes().len())?;
        calls::check_finite("score", self.scores, model.n_scores())?;
        calls::check_weights(self.weights, n)
    }
}

/// Chooses the rule for a task on rows that the model did not see.
///
/// # Errors
/// [`Error::Unreachable`] when no threshold does what is asked, with the best that is reached;
/// [`Error::Setting`] when the task means nothing for this model, or a number of it is out of range;
/// when the sample does not fit the model, and [`Error::NoRows`] when it has no rows of positive
/// weight.
pub fn choose(
    model: &LinearModel,
    sample: &Sample<'_>,
    task: &Task,
    bootstrap: &Bootstrap,
) -> Result<Chosen> {
    if model.is_multilabel() {
        return Err(Error::Setting {
            name: "rule",
            value: "for calls that are sets of labels".to_owned(),
            expected: "a model of one class a row",
        });
    }
    task.check(model)?;
    bootstrap.check()?;
    sample.check(model)?;
    match (task, model.positive()) {
        (Task::Cost { costs, .. }, None) => joint::choose(model, sample, costs, bootstrap),
        _ => single::choose(model, sample, task, bootstrap),
    }
}
