//! Studies of texts: every cell of a declared grid, on the same rows, the same folds and the same
//! test rows.
//!
//! Each cell is a front end of n-grams with a linear learner. What a front end learns (vocabulary,
//! rarity, directions) it learns from the rows that are trained on: of a fold, from the fold's
//! training rows alone. Strengths are chosen by the folds' accuracy; a tie goes to the simpler model.
//! The model is then learnt on all training rows and measured on the test rows.
//!
//! Cost: for each cell, the front end and a path of strengths for each fold, and one more fit.

pub(super) mod corpus;
pub(super) mod encodings;
pub(super) mod grid;
mod learners;
mod represent;
mod trial;
mod worth;

use linecall_data::Schema;
use linecall_data::read::ReadOptions;
use serde::{Deserialize, Serialize};

pub use learners::LearnerName;
pub use worth::{ClassScore, Seconds};

/// What a study of texts is about, and how it is read.
#[derive(Clone, Debug, Default)]
pub struct TextOptions {
    /// How files are read.
    pub read: ReadOptions,
    /// What each column is; `None` infers it.
    pub schema: Option<Schema>,
    /// The column that is predicted, where there is no schema.
    pub target: Option<String>,
    /// The column of texts; `None` takes the only one.
    pub text: Option<String>,
    /// The file with the test rows; `None` holds out a fifth of the rows.
    pub test: Option<String>,
    /// Seed of the split, the folds, the order of rows and the random directions.
    pub seed: u64,
    /// N-grams that are kept, the most frequent; `None` is the study's own number.
    pub max_features: Option<u64>,
}

/// What a study of texts was about, as its outcome tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The data, as given.
    pub data: String,
    /// The column of texts.
    pub text: String,
    /// The column that is predicted.
    pub target: String,
    /// The classes.
    pub classes: Vec<String>,
    /// The file with the test rows, where there was one.
    pub test: Option<String>,
    /// Rows trained on, and test rows.
    pub rows: [usize; 2],
    /// Number of folds that strengths were chosen by.
    pub folds: usize,
    /// Most n-grams that were kept.
    pub max_features: u64,
    /// Seed of the split, the folds, the order of rows and the random directions.
    pub seed: u64,
}

/// Folds that strengths are chosen by.
pub(super) const FOLDS: usize = 3;
/// The share of the rows that is held out where there is no test file.
pub(super) const HOLDOUT: f64 = 0.2;
