//! Learners by closed form or by single passes: no penalty, no iteration to convergence.
//!
//! Naive Bayes (multinomial, Bernoulli, complement, Gaussian with shared variances), linear
//! discriminant analysis with shrinkage, nearest centroid, the averaged perceptron and
//! passive-aggressive learning; and gradient descent under a learned curriculum. All return the one [`LinearModel`](crate::LinearModel): with two
//! classes the difference of the class scores, in favour of the positive class; with K > 2 one
//! score a class, without what all classes share (coefficients sum to zero over classes).
//!
//! Where the scores are log odds of a posterior (naive Bayes but the complement one, and the
//! discriminant), the link is logistic or softmax. The others have scores alone
//! ([`Link::Score`](crate::Link::Score)): [`DirectPlan::calibrated`] fits probabilities to the scores of rows held out of training.
//!
//! [`certify`] computes a [`DirectCertificate`](linecall_data::DirectCertificate) again from the
//! saved coefficients and the rows: whether they satisfy the equations that define them, and what they lose on the rows.
//!
//! ```
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::direct::{DirectPlan, Learner, Priors};
//!
//! let x = Design::from_rows(&[vec![2.0, 0.0], vec![1.0, 0.0], vec![0.0, 3.0]], &["hi", "buy"])?;
//! let data = Dataset::new(x, Labels::from_names(["ham", "ham", "spam"]))?;
//! let learner = Learner::NaiveBayesMultinomial { alpha: 1.0, priors: Priors::Empirical };
//! let fit = DirectPlan::new(learner).fit(&data)?;
//! assert!((fit.model.coef()[0][1] - 4f64.ln()).abs() < 1e-12); // (4/5) / (1/5)
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bayes_bernoulli;
mod bayes_complement;
mod bayes_gaussian;
mod bayes_multinomial;
mod centroid;
mod certify;
mod curriculum;
mod embedding;
mod lda;
mod learner;
mod online;
mod plan;
mod tally;
mod task;
mod values;
mod worth;

pub use certify::certify;
pub use curriculum::{CurriculumRun, CurriculumSettings};
pub use learner::{Learner, Passes, Priors, Shrinkage, Variant};
pub use plan::{DirectFit, DirectPlan};
pub use tally::Tally;

use task::{Notes, Solved, Task};
