//! What counts of n-grams become: rarity among the training texts, and counts that saturate.
//!
//! With `n` training texts, of which `df` hold an n-gram:
//!
//! - TF-IDF as scikit-learn has it: `ln((1 + n) / (1 + df)) + 1` (smooth) or `ln(n / df) + 1`, times
//!   the count;
//! - Okapi BM25 (Robertson et al. 1994; the logarithm of Lucene, which is never negative):
//!   `ln(1 + (n - df + 1/2) / (df + 1/2))` times `c (k1 + 1) / (c + k1 (1 - b + b L))`, with the
//!   length `L` of the text as a share of the mean, `k1 = 1.2`, `b = 0.75`.

use linecall_data::{Cells, TextSettings, Weighting};
use rayon::prelude::*;

use super::recipe::{Space, TextRecipe};

/// How fast counts saturate.
const K1: f64 = 1.2;
/// How much the length of a text counts.
const B: f64 = 0.75;

/// What counts of each n-gram are multiplied by; empty where they are not.
pub(super) fn rarity(settings: &TextSettings, texts: u64, df: &[u64]) -> Vec<f64> {
    let n = texts as f64;
    match settings.weighting {
        Weighting::Count | Weighting::Binary => Vec::new(),
        Weighting::TfIdf if settings.smooth_idf => {
            df.iter().map(|df| ((1.0 + n) / (1.0 + *df as f64)).ln() + 1.0).collect()
        }
        Weighting::TfIdf => df.iter().map(|df| (n / *df as f64).ln() + 1.0).collect(),
        Weighting::Bm25 => {
            df.iter().map(|df| (1.0 + (n - *df as f64 + 0.5) / (*df as f64 + 0.5)).ln()).collect()
        }
    }
}

/// What a count becomes in a text of this length, as a share of the mean length.
pub(super) fn saturated(count: f64, length: f64) -> f64 {
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length))
}

/// Mean number of n-grams of a text that have a column; 1 where there are none.
pub(super) fn mean_length(recipe: &TextRecipe, cells: &Cells) -> f64 {
    // Whole numbers: their sum does not depend on its order.
    let sum: f64 = (0..cells.len())
        .into_par_iter()
        .with_min_len(256)
        .map_init(Space::default, |space, row| recipe.length(&cells.raw(row), space))
        .sum();
    let mean = sum / cells.len().max(1) as f64;
    if mean > 0.0 { mean } else { 1.0 }
}
