//! Studies of papers. Four are simulated, each from a seed: what a method promises, measured. Two are
//! grids over the user's own texts: [`text_grid`] and [`encodings`].
//!
//! ```
//! use linecall::study::{self, Study};
//! let small = linecall::study::adamixup::Study { steps: 0, ..Default::default() };
//! let outcome = study::run(&Study::Adamixup(small), &|_, _| ())?;
//! assert!(matches!(outcome, linecall::study::Outcome::Adamixup(o) if o.rows.len() == 3));
//! # Ok::<(), linecall::Error>(())
//! ```

mod texts;

use serde::{Deserialize, Serialize};

use crate::Result;

pub use texts::{About, ClassScore, LearnerName, Seconds, TextOptions};

/// Four representations of texts under four learners.
pub mod text_grid {
    pub use super::texts::grid::{
        CurvePoint, Representation, Study, StudyOutcome, StudyRow, Topics, study,
    };
}

/// Encodings of texts under logistic regression.
pub mod encodings {
    pub use super::texts::encodings::{Level, Study, StudyOutcome, StudyRow, cells, study};
}

/// Mixup against the plain loss, and mixtures by coordinates.
pub mod mixup {
    pub use linecall_linear::vicinal::study::{MaskedRow, Study, StudyOutcome, StudyRow};
}

/// Mixtures that do not intrude.
pub mod adamixup {
    pub use linecall_linear::vicinal::adamixup_study::{Study, StudyOutcome, StudyRow};
}

/// Losses whose slopes are dear.
pub mod surrogate {
    pub use linecall_linear::surrogate::{Study, StudyOutcome, StudyRow};
}

/// Learned weights of the examples at every step.
pub mod curriculum {
    pub use linecall_linear::curriculum::{Study, StudyOutcome, StudyRow};
}

/// What to simulate; the studies of texts have functions of their own.
#[derive(Clone, Debug, PartialEq)]
pub enum Study {
    /// Mixup in score space.
    Mixup(mixup::Study),
    /// Safe intervals and the adversary.
    Adamixup(adamixup::Study),
    /// Target-based surrogates.
    Surrogate(surrogate::Study),
    /// Optimal-policy curriculum.
    Curriculum(curriculum::Study),
}

/// What a study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Outcome {
    /// Mixup in score space.
    Mixup(mixup::StudyOutcome),
    /// Safe intervals and the adversary.
    Adamixup(adamixup::StudyOutcome),
    /// Target-based surrogates.
    Surrogate(surrogate::StudyOutcome),
    /// Optimal-policy curriculum.
    Curriculum(curriculum::StudyOutcome),
    /// Four representations of texts under four learners.
    TextGrid(text_grid::StudyOutcome),
    /// Encodings of texts.
    Encodings(encodings::StudyOutcome),
}

/// Runs a simulated study. `watch` is told (parts done, parts in all).
///
/// # Errors
/// When a setting is out of range.
pub fn run(study: &Study, watch: &dyn Fn(usize, usize)) -> Result<Outcome> {
    Ok(match study {
        Study::Mixup(of) => Outcome::Mixup(linecall_linear::vicinal::study::study(of, watch)?),
        Study::Adamixup(of) => {
            Outcome::Adamixup(linecall_linear::vicinal::adamixup_study::study(of, watch)?)
        }
        Study::Surrogate(of) => Outcome::Surrogate(linecall_linear::surrogate::study(of, watch)?),
        Study::Curriculum(of) => {
            Outcome::Curriculum(linecall_linear::curriculum::study(of, watch)?)
        }
    })
}
