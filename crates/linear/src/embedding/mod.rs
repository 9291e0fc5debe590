//! Vectors of columns, averaged into a linear head: fastText and byteSteady.
//!
//! Answers: which class is a bag of so many different things, words, pairs of words, runs of bytes, that
//! each is seen a few times? Every column `j` of the design has a vector `E_j` of `D` numbers; a row
//! is `h = sum_j x_j E_j`, the average of the vectors of what it holds when its values are shares; scores
//! are `O h`. Columns that behave alike come to share directions, which a penalty on single
//! coefficients does not give them.
//!
//! Sources: Joulin, Grave, Bojanowski & Mikolov, "Bag of tricks for efficient text classification" (EACL
//! 2017); Zhang, Drouin & Li, "byteSteady: fast classification using byte-level n-gram embeddings" (2021).
//! Departures: vectors are kept for columns that training rows hold, and all others count as zero rather
//! than as random numbers; the descent is the same to the last bit with any number of threads; a
//! fit collapses to the [`crate::LinearModel`] with the same scores, `coef = O E'`.
//!
//! The average belongs to the rows, not to the model: [`averaged`] divides each row by its sum, and
//! the collapsed model is linear in what comes out.
//!
//! Cost of an epoch: each entry of the design visits its vector twice.
//!
//! ```
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::embedding::{EmbeddingPlan, averaged};
//!
//! let counts = [[2.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 3.0, 1.0], [0.0, 1.0, 0.0]];
//! let counts = Design::from_rows(&counts.map(|r| r.to_vec()), &["goal", "vote", "the"])?;
//! let shares = averaged(&counts)?;
//! let y = Labels::from_names(["sport", "sport", "politics", "politics"]);
//! let plan = EmbeddingPlan { dim: 4, epochs: 50, ..EmbeddingPlan::default() };
//! let embedding = plan.fit(&Dataset::new(shares.clone(), y)?)?.embedding;
//! let (factored, model) = (embedding.scores(&shares)?, embedding.collapse()?);
//! let pairs = factored.iter().zip(model.scores(&shares)?);
//! assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-12));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod head;
mod input;
mod model;
mod packed;
mod plan;
mod product;
mod prune;
mod team;
mod train;
mod tree;
mod tune;

pub use input::averaged;
pub use model::Embedding;
pub use packed::PackedModel;
pub use plan::{Decay, EmbeddingFit, EmbeddingLoss, EmbeddingPlan, Epoch, HoldOut, RowScale};
pub use product::PackedEmbedding;
pub use tune::{EmbeddingChoice, EmbeddingSearch, Trial};
