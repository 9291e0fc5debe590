//! The simulated studies of four papers, each from a seed: what a method promises, measured.
//!
//! ```
//! use linecall::study::{self, Study};
//! let small = linecall::study::adamixup::Study { steps: 0, ..Default::default() };
//! let outcome = study::run(&Study::Adamixup(small), &|_, _| ())?;
//! assert!(matches!(outcome, linecall::study::Outcome::Adamixup(o) if o.rows.len() == 3));
//! # Ok::<(), linecall::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::Result;

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

/// What to simulate.
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
}

/// Runs a study. `watch` is told (parts done, parts in all).
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
